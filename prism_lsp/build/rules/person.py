"""Pairs for `first-person`: the one person a sentence is about becomes "I" or "we", and the reverse for real
first-person text."""

from random import Random

from prism_lsp.build.corpus import Token
from prism_lsp.build.rules import inflect
from prism_lsp.build.rules.base import (
    FINITE,
    NOUN,
    OPENS_CLAUSE,
    PAST,
    Pair,
    has_word,
    low,
    options,
    quoted,
    render,
    tag_of,
    words,
)
from prism_lsp.build.rules.grammar import clause
from prism_lsp.build.rules.people import ANYBODY, FEMALE, MALE, PEOPLE, is_person

HE = {"he": "I", "him": "me", "his": "my", "himself": "myself"}
SHE = {"she": "I", "her": "me", "herself": "myself"}
THEY = {"they": "we", "them": "us", "their": "our", "themselves": "ourselves", "theirs": "ours"}


def first_person(tokens: list[Token], rng: Random) -> list[Pair]:
    """Third person to first where only one person can be meant; real first person to third."""
    body = _outside_quotes(tokens)
    if body is None:
        return []
    words = [low(tokens[i]) for i in body]
    if any(word in {"i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ourselves"} for word in words):
        return _to_third(tokens, body, rng)
    return _to_first(tokens, body, rng)


def _outside_quotes(tokens: list[Token]) -> list[int] | None:
    """Positions outside quotation marks; None when there is too little."""
    out, inside = [], False
    for i, (word, _) in enumerate(tokens):
        if word == "``":
            inside = True
        elif word == "''":
            inside = False
        elif not inside:
            out.append(i)
    return out if len(out) >= 3 and not any(w == "'" for w, _ in tokens) else None


# Third to first -----------------------------------------------------------------------------------------------------


def _to_first(tokens: list[Token], body: list[int], rng: Random) -> list[Pair]:
    words = {low(tokens[i]) for i in body}
    male, female, plural = words & set(HE), words & (set(SHE) | {"hers"}), words & set(THEY)
    names = _person_names(tokens, body)
    nouns = {low(tokens[i]).removesuffix("'s") for i in body if tag_of(tokens[i]) in {"nn", "nn$"}}
    nouns = {noun for noun in nouns if is_person(noun)}
    if words & ANYBODY:
        return []
    choice = None
    if "he" in male and not names and not (nouns - FEMALE):
        choice = "he"
    elif "she" in female and not names and not (nouns - MALE):
        choice = "she"
    if choice and male and female and choice == "he" and "she" in female and rng.random() < 0.5:
        choice = "she" if not (nouns - MALE) else choice
    if (
        choice is None
        and "they" in plural
        and not male
        and not female
        and not names
        and not any(
            tag_of(tokens[i]) in {"nns", "nps", "dts"}
            for i in body[: next(k for k, i in enumerate(body) if low(tokens[i]) == "they")]
        )
    ):
        choice = "they"
    if choice:
        out = replace_pronouns(tokens, body, choice)
        rule = f"{choice}-to-first"
    else:
        out = _replace_subject(tokens, body, names, nouns, male, female, plural)
        rule = "subject-to-first"
    if out is None:
        return []
    return [Pair("first-person", render(tokens), render(out), rule)]


def _person_names(tokens: list[Token], body: list[int]) -> set[int]:
    return {i for i in body if tag_of(tokens[i]) in {"np", "np$", "nps"} or "-tl" in tokens[i][1]}


def replace_pronouns(tokens: list[Token], body: list[int], who: str) -> list[Token] | None:
    """All pronouns of one kind become first person; None when an object pronoun may be somebody else."""
    table = {"he": HE, "she": SHE, "they": THEY}[who]
    objects = {"he": "him", "she": "her", "they": "them"}[who]
    out = list(tokens)
    for i in body:
        word, tag = low(tokens[i]), tag_of(tokens[i])
        if word not in table:
            if word == "hers" and who == "she":
                return None
            continue
        new = table[word]
        if word == "her" and tag == "pp$":
            new = "my"
        elif word == "his" and tag == "pp$$":
            new = "mine"
        if word == objects and tag == "ppo" and _same_clause_subject(tokens, i, who):
            return None
        if word == who and who == "they" and (_after_is_thing(tokens, i) or tag_of(tokens[i + 1]) == "bedz"):
            return None
        out[i] = (new.capitalize() if i == 0 else new, tag)
        if word == who and not _agree(tokens, out, i, who):
            return None
    return _coordinated_agreement(tokens, out, body, who)


def _after_is_thing(tokens: list[Token], i: int) -> bool:
    return tag_of(tokens[i + 1]) in {"ber", "bed"} and tag_of(tokens[i + 2]) in {"vbn"}


def _same_clause_subject(tokens: list[Token], i: int, who: str) -> bool:
    """Whether the subject before position i, without another subject between, is `who`: then the object is someone
    else."""
    for j in range(i - 1, -1, -1):
        tag, word = tag_of(tokens[j]), low(tokens[j])
        if word == who:
            return True
        if tag in {"pps", "ppss", "wps", "ex"} or word in {"who", "which"}:
            return False
        if tag in FINITE:
            k = j - 1
            while k >= 0 and tag_of(tokens[k]) in {"rb", "ql"}:
                k -= 1
            if k >= 0 and tag_of(tokens[k]) in NOUN | {"pn", "dt"}:
                return False
    return any(low(t) == who for t in tokens[i + 1 :])


def _agree(tokens: list[Token], out: list[Token], i: int, who: str) -> bool:
    """Gives the verb of the pronoun at i its first-person form."""
    j = i + 1
    while j < len(tokens) and tag_of(tokens[j]) in {"rb", "ql", "abn", "ppl"}:
        j += 1
    if j >= len(tokens):
        return False
    word, tag = tokens[j][0], tag_of(tokens[j])
    if low(tokens[j]) == "ai":
        return False
    if who == "they":
        return True
    if tag == "bez":
        if low(tokens[j + 1]) == "n't":
            out[j], out[j + 1] = ("am", "bem"), ("not", "*")
        else:
            out[j] = ("'m" if word == "'s" else "am", "bem")
    elif tag == "hvz":
        out[j] = ("'ve" if word == "'s" else "have", "hv")
    elif tag == "doz":
        out[j] = ("do", "do")
    elif tag == "vbz":
        out[j] = (inflect.lemma(word), "vb")
    elif tag == "bedz" or tag in PAST - {"bed"} or tag == "md":
        return True
    elif tag == "bed":
        return False
    elif i and tag_of(tokens[i - 1]) in {"bez", "hvz", "doz", "vbz", "bedz", "dod", "md", "hvd", "vbd", "bed"}:
        back = tag_of(tokens[i - 1])  # "does he", "said he"
        change = {"bez": "am", "hvz": "have", "doz": "do"}
        if back in change:
            out[i - 1] = (change[back].capitalize() if tokens[i - 1][0][0].isupper() else change[back], back)
        elif back == "vbz":
            out[i - 1] = (inflect.lemma(tokens[i - 1][0]), "vb")
        return back != "bed"
    else:
        return tag not in {"vb"} or True
    return True


def _coordinated_agreement(tokens: list[Token], out: list[Token], body: list[int], who: str) -> list[Token] | None:
    """A present verb behind "and" or a comma would have to agree too: such a sentence is left alone unless it is
    past."""
    if who == "they":
        return out
    for i in body:
        if tag_of(tokens[i]) in {"vbz", "bez", "hvz", "doz"} and out[i] == tokens[i]:
            j = i - 1
            while j >= 0 and tag_of(tokens[j]) in {"rb", "ql"}:
                j -= 1
            if j >= 0 and (tag_of(tokens[j]) == "cc" or tokens[j][0] == ","):
                return None
    return out


def _replace_subject(
    tokens: list[Token],
    body: list[int],
    names: set[int],
    nouns: set[str],
    male: set[str],
    female: set[str],
    plural: set[str],
) -> list[Token] | None:
    """A name or "the woman" as the subject becomes "I", with the possessives that can only be that person's."""
    c = clause(tokens)
    if (
        c is None
        or quoted(tokens)
        or "he" in male
        or "she" in female
        or "they" in plural
        or plural
        or (c.front and names - set(range(c.start, c.end)))
    ):
        return None
    subject = c.subject
    if not all(tag_of(t) == "np" or ("-tl" in t[1] and tag_of(t) == "nn") for t in subject):
        if (
            len(subject) > 3
            or low(subject[0]) != "the"
            or low(subject[-1]) not in PEOPLE
            or tag_of(subject[-1]) != "nn"
        ):
            return None
        noun = low(subject[-1])
    else:
        if not 1 <= len(subject) <= 3 or (len(subject) != 1 and tag_of(subject[-1]) != "np"):
            return None
        noun = ""
    inside = set(range(c.start, c.end))
    if names - inside or nouns - {noun} or c.number != "sg":
        return None
    if male and female:
        return None
    if (noun in MALE and female) or (noun in FEMALE and male):
        return None
    table = HE if male else SHE
    has_object = any(low(tokens[i]) in {"him", "her"} and tag_of(tokens[i]) == "ppo" for i in body)
    has_own = any(low(tokens[i]) in {"his", "her", "himself", "herself"} and tag_of(tokens[i]) != "ppo" for i in body)
    if has_object and (has_own or any(tag_of(tokens[i]) in OPENS_CLAUSE | {"pps", "ppss"} for i in body)):
        return None
    if any(tag_of(t) in {"pp$", "ppo", "ppl"} for t in c.front):
        return None
    tag = tag_of(tokens[c.verb])
    if not _looks_like_person(tokens, c.verb, has_own) and not noun:
        return None
    if tag not in PAST | {"md"} or tag == "bed":
        return None
    out = list(tokens)
    if not has_object:
        for i in range(c.end, len(tokens)):
            word = low(tokens[i])
            if word in table:
                new = "my" if word in {"his", "her"} and tag_of(tokens[i]) == "pp$" else table[word]
                out[i] = (new, tokens[i][1])
    front = out[: c.start]
    return [*front, ("I", "ppss"), *out[c.end :]]


_MIND = words(
    "say think know feel look walk sit stand turn smile nod laugh ask answer shake hear see watch remember "
    "wonder want wish hope decide stare shrug cry whisper run hurry lean reach realize believe sigh grin "
    "swear swallow drink eat sleep wake hesitate dream love hate understand like try listen glance speak talk "
    "jump kneel rise frown wait pick put open close lift"
)


def _looks_like_person(tokens: list[Token], verb: int, has_own: bool) -> bool:
    return has_own or inflect.lemma(low(tokens[verb])) in _MIND


# First to third -----------------------------------------------------------------------------------------------------

_NAMES_M = options("Martin|Thomas|Paul|Henry|Daniel|Walter|Simon|Edgar|Mr. Hale|David|Robert|Luke")
_NAMES_F = options("Anna|Clara|Ruth|Helen|Margaret|Kate|Eleanor|Lucy|Mrs. Dunn|Alice|Martha|Julia")
_THIRD = {
    "he": {"i": "he", "me": "him", "my": "his", "mine": "his", "myself": "himself"},
    "she": {"i": "she", "me": "her", "my": "her", "mine": "hers", "myself": "herself"},
    "they": {"we": "they", "us": "them", "our": "their", "ours": "theirs", "ourselves": "themselves"},
}


def _to_third(tokens: list[Token], body: list[int], rng: Random) -> list[Pair]:
    """ "I" everywhere becomes "he" or "she" (whichever no one else in the sentence is) or a name; "we" becomes
    "they"."""
    words = {low(tokens[i]) for i in body}
    singular, many = words & {"i", "me", "my", "mine", "myself"}, words & {"we", "us", "our", "ours", "ourselves"}
    if (
        (singular and many)
        or quoted(tokens)
        or has_word(tokens, {"you", "your", "yours", "yourself", "let", "thou", "ai"})
    ):
        return []
    if singular:
        free = [who for who, others in (("he", set(HE)), ("she", set(SHE) | {"hers"})) if not words & others]
        people = {low(tokens[i]) for i in body if tag_of(tokens[i]) in {"nn"} and low(tokens[i]) in PEOPLE}
        free = [who for who in free if not (people & (MALE if who == "he" else FEMALE))] or free
        if not free or "i" not in words:
            return []
        who = rng.choice(free)
    else:
        if words & set(THEY) or "we" not in words:
            return []
        who = "they"
    out = list(tokens)
    for i in body:
        word = low(tokens[i])
        if word not in _THIRD[who]:
            continue
        if (
            word == "my"
            and i
            and tokens[i - 1][0] == ","
            and tokens[min(i + 2, len(tokens) - 1)][0] in {".", ",", "!", "?"}
        ):
            return []  # "..., my friend."
        if (word == "us" and tokens[i][0] == "US") or word == "'s":
            return []
        new = _THIRD[who][word]
        out[i] = (new.capitalize() if i == 0 else new, tokens[i][1])
        if word == "i" and not _agree_third(tokens, out, i):
            return []
    if who != "they" and not _present_follow(tokens, out, body):
        return []
    if who != "they" and rng.random() < 0.25 and low(tokens[0]) == "i" and sum(low(t) == "i" for t in tokens) >= 1:
        name = rng.choice(_NAMES_M if who == "he" else _NAMES_F)
        if tokens[1][0] not in {"'d", "'s", "'ll", "'m", "'ve"}:
            out = [*[(w, "np") for w in name.split()], *out[1:]]
    return [Pair("first-person", render(out), render(tokens), "first-to-" + who)]


def _agree_third(tokens: list[Token], out: list[Token], i: int) -> bool:
    j = i + 1
    while j < len(tokens) and tag_of(tokens[j]) in {"rb", "ql", "abn", "ppl"}:
        j += 1
    if j >= len(tokens) - 1:
        return False
    word, tag = tokens[j][0], tag_of(tokens[j])
    back = tag_of(tokens[i - 1]) if i else ""
    if (
        i
        and back in {"do", "hv", "bem", "dod", "md", "bedz", "hvd"}
        and tag_of(tokens[i - 1]) != "cs"
        and tag in {"vb", "vbn", "vbg", "be", "do", "rb", "hv", "in"}
    ):
        if tokens[i - 1][1].startswith("do") and back == "do":
            out[i - 1] = (_cap("does", tokens[i - 1][0]), "doz")
        elif back == "hv":
            out[i - 1] = (_cap("has", tokens[i - 1][0]), "hvz")
        elif back == "bem":
            out[i - 1] = (_cap("is", tokens[i - 1][0]), "bez")
        return True
    if tag == "bem":
        out[j] = ("'s" if word == "'m" else "is", "bez")
    elif tag == "hv":
        out[j] = ("'s" if word == "'ve" else "has", "hvz")
    elif tag == "do":
        out[j] = ("does", "doz")
    elif tag == "vb":
        out[j] = (inflect.third(word.lower()), "vbz")
    elif tag == "bed" or word == "ai":
        return False
    else:
        return tag in PAST | {"md"}
    return True


def _cap(word: str, like: str) -> str:
    return word.capitalize() if like[0].isupper() else word


def _present_follow(tokens: list[Token], out: list[Token], body: list[int]) -> bool:
    """A base-form verb that is co-ordinated with a present verb of "I" cannot be told from an infinitive: not sure
    then."""
    changed = [i for i in body if out[i] != tokens[i] and tag_of(tokens[i]) in {"vb", "hv", "do", "bem"}]
    if any(tag_of(tokens[i]) == "bem" and out[i] == tokens[i] for i in body):
        return False
    if not changed:
        return True
    for i in range(changed[0] + 1, len(tokens)):
        if tag_of(tokens[i]) in {"vb", "hv", "do"} and i not in changed:
            j = i - 1
            while j >= 0 and tag_of(tokens[j]) in {"rb", "ql", "*"}:
                j -= 1
            if tag_of(tokens[j]) == "cc" or tokens[j][0] == ",":
                return False
    return True
