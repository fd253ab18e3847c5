"""Pairs for `question`: inversion and do-support, a few wh-questions, and real questions turned back."""

from random import Random

from prism_lsp.build.corpus import Token
from prism_lsp.build.rules import inflect
from prism_lsp.build.rules.base import (
    BE,
    DO,
    HAVE,
    NOUN,
    Pair,
    has_word,
    low,
    lower_first,
    quoted,
    render,
    tag_of,
    words,
)
from prism_lsp.build.rules.grammar import Clause, noun_phrase
from prism_lsp.build.rules.verbs import NEGATIVE, coordinated, do_support, is_auxiliary, plain_clause

_NO_QUESTION = NEGATIVE | words(
    "perhaps maybe certainly indeed surely doubtless probably possibly obviously course clearly undoubtedly "
    "apparently evidently alas yes oh well please fortunately unfortunately actually naturally why what how "
    "who whom whose however moreover nevertheless thus therefore hence furthermore besides frankly finally "
    "meanwhile"
)


_FULL = {"'m": "am", "'re": "are", "'ll": "will", "'ve": "have"}


def invert(c: Clause) -> list[Token] | None:
    """The yes/no question of a clause."""
    own = coordinated(c)
    if own is None:
        return None
    tokens = list(c.tokens)
    verb, rest = tokens[c.verb], tokens[c.end : c.verb]
    verb = (
        _FULL.get(low(verb), verb[0]) if low(verb) != "'s" else {"bez": "is", "hvz": "has"}.get(tag_of(verb), "is"),
        verb[1],
    )
    if verb[0] == "'d":
        verb = ("had" if tag_of(verb) == "hvd" else "would", verb[1])
    subject = lower_first(c.subject) if c.start == 0 else c.subject
    front = c.front
    if front and tag_of(front[-1]) not in {"cc"} and front[-1][0] != "," and low(front[0]) not in _TIME:
        if tag_of(front[0]) != "in":
            return None
        front = [*front, (",", ",")]
    if is_auxiliary(tokens, c.verb):
        if any(tag_of(tokens[i]) == "vbd" for i in own):
            return None
        if own:
            return None
        out = [*front, verb, *subject, *rest, *tokens[c.verb + 1 :]]
    else:
        support = do_support(verb[0], tag_of(verb), c.number)
        if support is None or (
            support[1] == "do" and tag_of(tokens[c.verb + 1]) not in {"at", "pp$", "ap", "nn", "nns", "ppo", "dt", "pn"}
        ):
            return None
        for i in own:
            later = do_support(tokens[i][0], tag_of(tokens[i]), c.number)
            if later is None or later[0] != support[0] or tag_of(tokens[i]) in BE | {"md"} or is_auxiliary(tokens, i):
                return None
            tokens[i] = (later[1], "vb")
        out = [*front, (support[0], "do"), *subject, *rest, (support[1], "vb"), *tokens[c.verb + 1 :]]
    out[-1] = ("?", ".")
    return out


_NO_FRONT = words(
    "if then though although because since so still now there here unless anyway first second also even "
    "while or nor yet just "
    "whereas but"
)
"""Openings behind which a question does not follow."""


def question(tokens: list[Token], rng: Random) -> list[Pair]:
    """Statement to yes/no question by inversion; a few wh-questions; real questions back to statements."""
    if tokens[-1][0] == "?" and not quoted(tokens):
        return question_to_statement(tokens)
    c = plain_clause(tokens)
    if (
        c is None
        or has_word(tokens[: c.verb + 2], _NO_QUESTION)
        or low(tokens[c.start]) == "let"
        or low(tokens[c.verb]) in {"must", "ought"}
    ):
        return []
    if any(
        tag_of(t) in {"dod", "doz", "do"} and low(tokens[i - 1]) in {"so", "as", "than", "nor"}
        for i, t in enumerate(tokens)
    ):
        return []
    if c.front and low(c.front[0]) in _NO_FRONT:
        return []
    if (tag_of(tokens[c.verb]) == "bed" and c.number == "sg") or has_word(
        tokens, {"n't", "but", "too", "though", "although"}
    ):
        return []
    if low(tokens[c.start]) == "i" and rng.random() < 0.7:
        return []
    if has_word(c.front, {"some", "least", "fact"}):
        return []
    asked = wh_question(c) if rng.random() < 0.25 else None
    if asked:
        return [Pair("question", render(tokens), render(asked), "wh")]
    out = invert(c)
    return [Pair("question", render(tokens), render(out), "inversion")] if out else []


def wh_question(c: Clause) -> list[Token] | None:
    """ "Harry left in 1950." gives "When did Harry leave?"; "... because he was tired." gives "Why ...?"; a person
    "Who ...?"."""
    tokens = c.tokens
    if c.front or any(low(t) in {"if", "that", "which", "who", "when", "than"} for t in tokens):
        return None
    if low(tokens[-3]) == "in" and tokens[-2][0].isdigit() and len(tokens[-2][0]) == 4:
        return _asking("When", c, len(tokens) - 3)
    if low(tokens[-2]) in {"yesterday", "tomorrow", "tonight"} and tag_of(tokens[-3]) not in {"in", "at", "cc", "nr"}:
        return _asking("When", c, len(tokens) - 2)
    if (
        low(tokens[-3]) in {"last", "that", "this", "next"}
        and low(tokens[-2]) in {"night", "week", "year", "morning", "evening", "afternoon"}
        and (tag_of(tokens[-4]) not in {"in", "at", "cc"})
    ):
        return _asking("When", c, len(tokens) - 3)
    reasons = [i for i, t in enumerate(tokens) if low(t) == "because" and tag_of(t) == "cs"]
    if len(reasons) == 1 and reasons[0] > c.verb + 1:
        cut = reasons[0] - (tokens[reasons[0] - 1][0] == ",")
        if not any(t[0] == "," or tag_of(t) == "cc" for t in tokens[c.verb : cut]):
            return _asking("Why", c, cut)
    person = len(c.subject) <= 2 and (
        all(tag_of(t) == "np" for t in c.subject) or low(c.subject[0]) in {"he", "she", "somebody", "someone"}
    )
    if (
        person
        and c.number == "sg"
        and len(tokens) < 18
        and coordinated(c) is not None
        and tokens[c.verb][0][0] != "'"
        and tokens[c.verb + 1][0] != ","
        and not any(tag_of(t) in {"pp$", "ppl", "pps", "ppo"} for t in tokens[c.verb :])
    ):
        return [("Who", "wps"), *tokens[c.end : -1], ("?", ".")]
    return None


def _asking(word: str, c: Clause, cut: int) -> list[Token] | None:
    short = [*c.tokens[:cut], (".", ".")]
    between = c.tokens[c.verb + 1 : cut]
    if any(
        tag_of(t) in {"cc", "cd", "vbn", ","} or low(t) in {"more", "just", "only", "partly", "simply"} for t in between
    ):
        return None
    made = invert(Clause(short, c.start, c.end, c.verb, c.number))
    return [(word, "wrb"), *lower_first(made)] if made and cut - c.verb > 1 else None


_ANY = words("any anything anyone anybody ever either or yet anywhere whether else")


def question_to_statement(tokens: list[Token]) -> list[Pair]:
    """A real yes/no question turned back: "Did he find it?" gives "He found it."."""
    at = 1 if tag_of(tokens[0]) == "cc" and low(tokens[0]) in {"and", "but"} else 0
    tag, word = tag_of(tokens[at]), low(tokens[at])
    if (
        tag not in BE | HAVE | DO | {"md"}
        or has_word(tokens, _ANY)
        or has_word(tokens, {"not", "n't", "''", ":", ";", "--"})
    ):
        return []
    subject = noun_phrase(tokens, at + 1, post=False)
    if subject is None or (subject.kind == "noun" and tag in BE):
        return []
    nxt = tag_of(tokens[subject.end])
    if nxt in NOUN | {"in", "cc", ","} and not (subject.kind == "pronoun" and tag in BE and nxt == "in"):
        return []
    if subject.kind != "pronoun" and nxt not in {"vb", "vbg", "vbn", "be", "hv"}:
        return []
    phrase = tokens[subject.start : subject.end]
    later = tokens[subject.end :]
    i = subject.end
    while tag_of(tokens[i]) in {"rb", "ql"}:
        i += 1
    if word in {"did", "does", "do"}:
        if tag_of(tokens[i]) not in {"vb", "hv", "do", "be"}:
            return []
        base = tokens[i][0]
        if word == "did":
            form = inflect.past(inflect.lemma(base) if base.lower() != "lay" else base)
        else:
            form = inflect.present(base, "sg" if word == "does" else "pl")
        body = phrase + tokens[subject.end : i] + [(form, "vbd")] + tokens[i + 1 :]
        if any(tag_of(t) == "cc" and tag_of(tokens[k + 1]) in {"vb", "rb"} for k, t in enumerate(tokens[i:-1], i)):
            return []
    else:
        if tag in HAVE and tag_of(tokens[i]) not in {"vbn", "ben", "hvn"}:
            return []
        if tag == "md" and (tag_of(tokens[i]) not in {"vb", "be", "hv", "do"} or word in {"shall", "may"}):
            return []
        body = [*phrase, (tokens[at][0].lower(), tag), *later]
    out = tokens[:at] + body
    out[-1] = (".", ".")
    return [Pair("question", render(out), render(tokens), "real-question")]


_TIME = words("then now today yesterday sometimes afterwards tomorrow later soon often usually")
