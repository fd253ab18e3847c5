"""Pairs for `dialogue` and `exclamation`."""

from random import Random

from prism_lsp.build.corpus import Token
from prism_lsp.build.rules import inflect
from prism_lsp.build.rules.base import (
    BE,
    Pair,
    has_word,
    is_name,
    low,
    lower_first,
    options,
    quoted,
    render,
    tag_of,
    words,
)
from prism_lsp.build.rules.grammar import clause, noun_phrase, verbs_after

_SPEAKERS = options(
    "he|she|he|she|he|she|I|they|the old man|her mother|his wife|the doctor|the girl|Mr. Hale|Anna|"
    "Thomas|the captain|"
    "Miss Grey|her brother|the young man|my father|the sheriff|Clara|the boy|Mrs. Dunn|the clerk|Peter|"
    "one of the men|"
    "the stranger|Ruth|the landlord|her aunt|the teacher|Harris|the professor|my sister|Captain Shaw|"
    "the widow|his friend|"
    "Daniel|Lady Marsh|a voice from the hall|the woman beside him|the nurse|Kate|the driver|old Martin|Eleanor|"
    "the lieutenant|Joe"
)
_SAY = options(
    "said|said|said|said|said|replied|answered|remarked|added|went on|whispered|muttered|told him|"
    "explained|observed|murmured|"
    "continued|admitted|insisted|declared"
)
_ASK = options("asked|asked|asked|asked|wanted to know|inquired|demanded|said")
_CRY = options("cried|cried|shouted|exclaimed|called out|said")
_MANNER = options(
    "||||||||||| quietly| at last| softly| with a smile| after a moment| slowly| without looking up|"
    " in a low voice| gravely|"
    " to her| to no one in particular| at once| with a shrug| over his shoulder| from the doorway|"
    " in a dry tone| patiently"
)
_QUOTES = [('"', '"')] * 12 + [("“", "”")] * 5 + [("'", "'")] * 2 + [("‘", "’")] * 2


_SPOKEN = words("i you we me my your our us yes no n't please")


def dialogue(tokens: list[Token], rng: Random) -> list[Pair]:
    """A sentence as somebody's speech; a real spoken sentence bare."""
    if quoted(tokens):
        return _unwrap(tokens)
    if (
        any(w in {"(", ":", ";"} for w, _ in tokens)
        or len(tokens) > 36
        or (tag_of(tokens[0]) == "cc" and rng.random() < 0.7)
    ):
        return []
    spoken = has_word(tokens, _SPOKEN) or any(tag_of(t) in {"bez", "ber", "bem", "vbz", "hvz", "doz"} for t in tokens)
    if verbs_after(tokens, 0) == [] or rng.random() < (0.3 if spoken else 0.9):
        return []
    if _has_thought(tokens):
        return []
    bare = render(tokens)
    if '"' in bare or ("'" in bare and "'" not in bare.replace("n't", "").replace("'s", "").replace("'ll", "")):
        return []
    return [Pair("dialogue", bare, wrap(tokens, bare, rng), "wrap")]


def _has_thought(tokens: list[Token]) -> bool:
    """ "..., he thought, ...": somebody speaks or thinks in the sentence already."""
    return any(
        word == ","
        and tag_of(tokens[i + 1]) in {"pps", "ppss", "np"}
        and tag_of(tokens[i + 2]) == "vbd"
        and tokens[i + 3][0] in {",", ".", "?", "!"}
        for i, (word, _) in enumerate(tokens[:-3])
    )


def wrap(tokens: list[Token], bare: str, rng: Random) -> str:
    """`bare` in quotation marks, with a tag before, behind, inside, or none."""
    mark = bare[-1]
    verb = rng.choice({"?": _ASK, "!": _CRY}.get(mark, _SAY))
    speaker = rng.choice(_SPEAKERS)
    start, stop = rng.choice(_QUOTES)
    if "'" in bare and start == "'":
        start, stop = '"', '"'
    if start in "“‘":
        bare = bare.replace("'", "’")
    if verb == "told him":
        speaker = speaker if speaker not in {"he", "his friend"} else "she"
    manner = rng.choice(_MANNER)
    if (
        verb in {"told him", "wanted to know"}
        or ("to " in manner and mark == "?")
        or (speaker == "I" and "his" in manner.split())
        or ("to her" in manner and speaker == "she")
    ):
        manner = ""
    if "over his" in manner and speaker in {"she", "they", "Anna", "Clara", "Ruth", "Kate", "Eleanor"}:
        manner = ""
    inverted = speaker not in {"he", "she", "I", "they"} and rng.random() < 0.5 and " " not in verb
    tag = f"{verb} {speaker}{manner}" if inverted else f"{speaker} {verb}{manner}"
    inner = bare[:-1] + "," if mark == "." else bare
    form = rng.random()
    if form < 0.5:
        return f"{start}{inner}{stop} {tag}."
    if form < 0.66 and not inverted:
        colon = rng.choice([",", ",", ",", ":"])
        return f"{tag[0].upper()}{tag[1:]}{colon} {start}{bare}{stop}"
    if form < 0.84:
        cut = _break(tokens)
        if cut:
            left, right = render(tokens[:cut]), render([*tokens[cut + 1 :]])
            first = tokens[cut + 1]
            right = right if is_name(first) else right[0].lower() + right[1:]
            if start in "“‘":
                left, right = left.replace("'", "’"), right.replace("'", "’")
            return f"{start}{left},{stop} {tag}, {start}{right}{stop}"
        return f"{start}{inner}{stop} {tag}."
    return f"{start}{bare}{stop}"


def _break(tokens: list[Token]) -> int | None:
    """The comma behind an opening adverbial or clause, where a tag can stand."""
    c = clause(tokens)
    if c and c.start and tokens[c.start - 1][0] == ",":
        return c.start - 1
    for i, (word, _) in enumerate(tokens):
        if word == "," and i > 2 and tag_of(tokens[i + 1]) in {"cc", "cs"} and tag_of(tokens[i + 2]) in {"pps", "ppss"}:
            return i
    return None


def _unwrap(tokens: list[Token]) -> list[Pair]:
    """`"I am tired," he said.` gives `I am tired.`; also with the tag in front or inside."""
    opens = [i for i, t in enumerate(tokens) if t[0] == "``"]
    closes = [i for i, t in enumerate(tokens) if t[0] == "''"]
    if len(opens) != len(closes) or len(opens) > 2 or any(w == "'" for w, _ in tokens):
        return []
    if len(opens) == 1 and opens[0] == 0 and closes[0] < len(tokens) - 1:
        inner, tag = tokens[1 : closes[0]], tokens[closes[0] + 1 :]
    elif (
        len(opens) == 1 and closes[0] == len(tokens) - 1 and 1 < opens[0] <= 6 and tokens[opens[0] - 1][0] in {",", ":"}
    ):
        inner, tag = tokens[opens[0] + 1 : -1], tokens[: opens[0]]
    elif len(opens) == 2 and opens[0] == 0 and closes[1] >= len(tokens) - 2:
        tag = tokens[closes[0] + 1 : opens[1]]
        if not tag or tag[-1][0] != "," or tokens[closes[0] - 1][0] != ",":
            return []
        inner = tokens[1 : closes[0]] + tokens[opens[1] + 1 : closes[1]]
        if tag_of(tokens[opens[1] + 1]) not in {"cc", "cs", "pps", "ppss", "in"}:
            return []
    else:
        return []
    if not any(inflect.lemma(low(t)) in _SPEECH for t in tag if tag_of(t) in {"vbd", "vbz", "vbn"}) or len(inner) < 4:
        return []
    if not (inner[0][0][0].isupper() or inner[0][0][0].isdigit()) or inner[-1][0] not in {".", ",", "?", "!"}:
        return []
    if not any(
        tag_of(t) in {"vbd", "vbz", "bez", "ber", "bem", "bedz", "bed", "md", "vb", "hvd", "hv", "hvz", "do", "dod"}
        for t in inner
    ):
        return []
    if inner[-1][0] == ",":
        inner = [*inner[:-1], (".", ".")]
    return [Pair("dialogue", render(inner), render(tokens), "unwrap")]


_SPEECH = words(
    "say ask reply answer cry shout whisper mutter murmur call explain tell add exclaim remark observe "
    "declare demand insist continue suggest admit announce warn agree inquire protest snap yell growl sigh "
    "plead repeat begin grin laugh"
)

# Exclamation --------------------------------------------------------------------------------------------------------


def exclamation(tokens: list[Token], rng: Random) -> list[Pair]:
    """A bare mark, "What a ...!", "How ...!"; real exclamations made calm."""
    if tokens[-1][0] == "!" and not quoted(tokens):
        if low(tokens[0]) in {"what", "how", "oh", "ah", "o", "alas"}:
            return _from_what_how(tokens)
        if any(w == "!" for w, _ in tokens[:-1]):
            return []
        calm = [*tokens[:-1], (".", ".")]
        return [Pair("exclamation", render(calm), render(tokens), "real")]
    if quoted(tokens):
        marks = [i for i, t in enumerate(tokens) if t[0] == "!"]
        if len(marks) == 1 and marks[0] + 1 < len(tokens) and tokens[marks[0] + 1][0] == "''":
            mark = "," if marks[0] + 2 < len(tokens) else "."
            out = [*tokens[: marks[0]], (mark, mark), *tokens[marks[0] + 1 :]]
            if not any(low(t) in {"what", "how", "oh"} for t in tokens[:3]):
                return [Pair("exclamation", render(out), render(tokens), "real-speech")]
        return []
    if tokens[-1][0] != "." or any(w in {":", ";", "(", "--"} for w, _ in tokens):
        return []
    special = _what_how(tokens)
    if special:
        return [Pair("exclamation", render(tokens), render(special), "what-how")]
    if inflect.lemma(low(tokens[-2])) in _SPEECH or any(
        tag_of(t) == "vbd" and inflect.lemma(low(t)) in _SPEECH for t in tokens[:5]
    ):
        return []
    if (
        len(tokens) <= 15
        and verbs_after(tokens, 0)
        and not has_word(tokens, {"perhaps", "however", "maybe", "per", "approximately"})
    ):
        return [Pair("exclamation", render(tokens), render([*tokens[:-1], ("!", ".")]), "mark")]
    return []


def _what_how(tokens: list[Token]) -> list[Token] | None:
    """ "It was a beautiful day." gives "What a beautiful day it was!"; "She was very kind." gives "How kind she
    was!"."""
    c = clause(tokens)
    if (
        c is None
        or c.start
        or c.end > 4
        or tag_of(tokens[c.verb]) not in BE | {"vbd", "hvd", "hvz"}
        or c.verb != c.end
        or len(tokens) > 16
    ):
        return None
    subject = lower_first(c.subject)
    at = c.verb + 1
    if low(tokens[at]) in {"a", "an"} and tag_of(tokens[c.verb]) in BE | {"hvd", "hvz"}:
        phrase = noun_phrase(tokens, at)
        if phrase is None or phrase.end != c.close or not any(tag_of(t) == "jj" for t in tokens[at : phrase.head]):
            return None
        if (
            any(tag_of(t) in {"cd", "ql", "ap", "od", "jjr", "jjt", "cc"} for t in tokens[at : phrase.end])
            or tag_of(c.subject[0]) == "ex"
        ):
            return None
        return [("What", "wdt"), *tokens[at : c.close], *subject, tokens[c.verb], ("!", ".")]
    if (
        (
            tag_of(tokens[c.verb]) in BE
            and low(tokens[at]) in {"very", "so", "extremely", "terribly", "really"}
            and tag_of(tokens[at]) == "ql"
        )
        and tag_of(tokens[at + 1]) in {"jj", "rb"}
        and at + 2 == c.close
        and tag_of(c.subject[0]) != "ex"
    ):
        return [("How", "wql"), tokens[at + 1], *subject, tokens[c.verb], ("!", ".")]
    return None


def _from_what_how(tokens: list[Token]) -> list[Pair]:
    """ "What a day it was!" back to "It was a day."."""
    if low(tokens[0]) != "what" or low(tokens[1]) not in {"a", "an"}:
        return []
    phrase = noun_phrase(tokens, 1)
    if phrase is None or tag_of(tokens[phrase.end]) not in {"pps", "ppss"}:
        return []
    rest = tokens[phrase.end : -1]
    if len(rest) != 2 or not any(tag_of(t) == "jj" for t in tokens[1 : phrase.end]):
        return []
    out = [*rest, *tokens[1 : phrase.end], (".", ".")]
    return [Pair("exclamation", render(out), render(tokens), "what-real")]
