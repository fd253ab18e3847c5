"""Pairs for `past-tense` and `present-tense`: every finite verb of a sentence moved to the other time frame."""

from random import Random

from prism_lsp.build.corpus import Token
from prism_lsp.build.rules import inflect
from prism_lsp.build.rules.base import (
    BE,
    FINITE,
    HAVE,
    NOUN,
    PAST,
    PRESENT,
    Pair,
    has_word,
    low,
    quoted,
    render,
    tag_of,
    words,
)
from prism_lsp.build.rules.grammar import clause, noun_phrase

_PAST_TIME = words(
    "ago yesterday last once formerly previously used ought must needn't dared 1961 recently originally "
    "earlier until since had've wish wished"
)
_PRESENT_TIME = words(
    "now today tomorrow nowadays currently present tonight yet since so-called recently ago last next ever"
)
_MODAL_PRESENT = {"could": "can", "would": "will", "might": "may", "'d": "'ll", "should": "should"}
_MODAL_PAST = {
    "can": "could",
    "will": "would",
    "may": "might",
    "'ll": "'d",
    "ca": "could",
    "wo": "would",
    "should": "should",
}


def to_present(tokens: list[Token]) -> list[Token] | None:
    """All past verbs made present; None unless every finite verb is past and every subject's number is sure."""
    if has_word(tokens, _PAST_TIME) or any(
        w[:2] in {"17", "18", "19"} and len(w) == 4 and w.isdigit() for w, _ in tokens
    ):
        return None
    conditional = has_word(tokens, {"if", "though", "wish", "rather", "better", "lest"})
    out = list(tokens)
    changed = False
    numbers: list[str] = []
    for i, token in enumerate(tokens):
        tag, word = tag_of(token), low(token)
        if tag in PRESENT:
            return None
        if tag in {"vb", "hv", "be", "do"} and not _infinitive(tokens, i):
            return None
        if tag == "md":
            if conditional or word not in _MODAL_PRESENT or _next_tag(tokens, i) in HAVE:
                return None
            out[i] = (_case(_MODAL_PRESENT[word], token[0]), "md")
            if word == "could" and low(tokens[i + 1]) == "n't":
                out[i] = ("ca", "md")
            if word == "would" and low(tokens[i + 1]) == "n't":
                out[i] = ("wo", "md")
            if word == "might" and low(tokens[i + 1]) == "n't":
                return None
            numbers.append(subject_number(tokens, i, numbers) or "?")
        elif tag in PAST:
            number = subject_number(tokens, i, numbers)
            if number is None or (word == "were" and number == "sg") or (word == "was" and number == "pl"):
                return None
            if word == "were" and conditional:
                return None
            if tag == "hvd" and conditional:
                return None
            numbers.append(number)
            form = _present_form(tokens, i, number)
            if form is None:
                return None
            out[i] = (_case(form, token[0]), _PRESENT_TAG[tag][0 if number == "sg" else 1 if number == "pl" else 2])
            changed = True
    return out if changed else None


_PRESENT_TAG = {
    "vbd": ("vbz", "vb", "vb"), "hvd": ("hvz", "hv", "hv"), "dod": ("doz", "do", "do"), "bedz": ("bez", "ber", "bem"),
    "bed": ("bez", "ber", "bem"),
}  # fmt: skip
"""Tags of the present forms for "sg", "pl" and "I"."""


def _present_form(tokens: list[Token], i: int, number: str) -> str | None:
    word, tag = low(tokens[i]), tag_of(tokens[i])
    if word == "'d":
        return {"sg": "'s", "pl": "'ve", "I": "'ve"}[number]
    if tag in BE:
        if low(tokens[i + 1]) == "n't" and number == "I":
            return None
        return inflect.present("be", number)
    if word == "lay":
        return ("lies" if number == "sg" else "lie") if _next_tag(tokens, i) in {"in", "rb", "rp", "jj", "."} else None
    if tag == "vbd" and word in {"read", "used", "bore", "wound", "quit", "born"} and word != "read":
        return None
    return inflect.present(inflect.lemma(word), number)


def to_past(tokens: list[Token]) -> list[Token] | None:
    """All present verbs made past; None unless every finite verb is present and surely finite."""
    if has_word(tokens, _PRESENT_TIME) or any(w[:2] in {"18", "19"} and len(w) == 4 and w.isdigit() for w, _ in tokens):
        return None
    out = list(tokens)
    numbers: list[str] = []
    changed = False
    for i, token in enumerate(tokens):
        tag, word = tag_of(token), low(token)
        if tag in PAST:
            return None
        if tag in {"vb", "hv", "do", "be"}:
            if _infinitive(tokens, i):
                continue
            number = subject_number(tokens, i, numbers)
            if tag == "be" or number not in {"pl", "I"} or _imperative(tokens, i):
                return None
            if word == "'ve":
                out[i] = ("'d", tag)
            else:
                out[i] = (_case(inflect.past(word), token[0]), tag)
            numbers.append(number)
            changed = True
        elif tag == "md":
            if word not in _MODAL_PAST or _next_tag(tokens, i) in HAVE or has_word(tokens, {"if", "unless"}):
                return None
            out[i] = (_case(_MODAL_PAST[word], token[0]), "md")
            numbers.append(subject_number(tokens, i, numbers) or "?")
        elif tag in PRESENT:
            number = subject_number(tokens, i, numbers)
            if number is None:
                return None
            numbers.append(number)
            if word in {"'s", "'re", "'m"}:
                if tag == "hvz":
                    out[i] = ("'d", tag)
                    changed = True
                    continue
                out[i] = ("was" if number in {"sg", "I"} else "were", tag)
            elif tag in BE:
                out[i] = (_case("were" if word == "are" else "was", token[0]), tag)
            else:
                out[i] = (_case(inflect.past(inflect.lemma(word)), token[0]), tag)
            changed = True
    return out if changed else None


def _case(form: str, like: str) -> str:
    return form[:1].upper() + form[1:] if like[:1].isupper() else form


def _next_tag(tokens: list[Token], i: int) -> str:
    j = i + 1
    while j < len(tokens) and tag_of(tokens[j]) in {"rb", "*", "ql"}:
        j += 1
    return tag_of(tokens[j]) if j < len(tokens) else "."


def _imperative(tokens: list[Token], i: int) -> bool:
    return i == 0 or (tokens[i - 1][0] in {",", "``"} and i < 3)


def _infinitive(tokens: list[Token], i: int) -> bool:
    """Whether the base form at i hangs on "to", a modal, "do", or "let/make/help/see somebody", or follows such a
    one by "and"."""
    j = i - 1
    while j >= 0 and tag_of(tokens[j]) in {"rb", "*", "ql"}:
        j -= 1
    if j >= 0 and tag_of(tokens[j]) in {"pps", "ppss"}:
        return j > 0 and tag_of(tokens[j - 1]) in {"md", "do", "dod", "doz"}
    seen_object = False
    for _ in range(6):
        while j >= 0 and tag_of(tokens[j]) in {"rb", "*", "ql", "rbr", "abn"}:
            j -= 1
        if j < 0:
            return False
        tag, word = tag_of(tokens[j]), low(tokens[j])
        if tag in {"to", "md"} or (word in {"do", "does", "did"} and tag in {"do", "doz", "dod"}):
            return True
        if tag in {"cc"} or word == ",":
            k = j - 1
            while k >= 0:
                before = tag_of(tokens[k])
                if before in {"vb", "be", "hv", "do"} and _infinitive(tokens, k):
                    return True
                if before in FINITE - {"md"} or before in {"cs", "wdt", "wps", "pps", "ppss"}:
                    return before in {"pps", "ppss"} and k > 0 and tag_of(tokens[k - 1]) in {"md", "do", "dod", "doz"}
                k -= 1
            return False
        if lemma_in(tokens[j], {"let", "make", "help", "see", "hear", "watch", "feel", "have", "but", "than"}) and (
            seen_object or word == "help"
        ):
            return True
        if tag in {
            "ppo",
            "ppl",
            "pps",
            "ppss",
            "pn",
            "np",
            "nn",
            "nns",
            "at",
            "pp$",
            "jj",
            "ppls",
            "dts",
            "ex",
            "ap",
            "cd",
            "np$",
        }:
            seen_object = True
            j -= 1
            continue
        return False
    return False


def lemma_in(token: Token, lemmas: set[str]) -> bool:
    """Whether the token is a form of one of these verbs, or one of "but" and "than" where these are listed."""
    return (tag_of(token).startswith(("vb", "hv")) and inflect.lemma(low(token)) in lemmas) or low(token) in {
        "but",
        "than",
    } & lemmas


def subject_number(tokens: list[Token], i: int, earlier: list[str]) -> str | None:
    """The number of the finite verb at i: "sg", "pl", "I", or None when the subject is not sure.

    Looks at the phrase that ends before the verb; a co-ordinated verb takes the number that all earlier verbs share.
    """
    j = i - 1
    while j >= 0 and tag_of(tokens[j]) in {"rb", "ql", "rbr", "qlp", "abx", "ppl", "abn"}:
        j -= 1
    if j < 0:
        return None
    tag, word = tag_of(tokens[j]), low(tokens[j])
    if tag == "cc" or word == ",":
        if not earlier or (j and tag_of(tokens[j - 1]) in {"jj", "vbn"}):
            return None
        return earlier[-1] if len(set(earlier)) == 1 and earlier[-1] != "?" else None
    if tag == "pps" or (
        word in {"this", "that", "each", "one", "nothing", "something", "everything"} and tag in {"dt", "pn"}
    ):
        return "sg"
    if tag == "pn":
        return "sg"
    if tag in {"ppss", "dts"}:
        return "I" if word == "i" else "pl"
    if tag == "ex":
        return _existential(tokens, i)
    if tag in {"wps", "wdt", "cs"} and word in {"who", "which", "that"}:
        return _antecedent(tokens, j)
    if tag in NOUN or tag in {"cd", "ap", "dt"}:
        for at in range(max(0, j - 14), j + 1):
            if not _phrase_start(tokens, at):
                continue
            phrase = noun_phrase(tokens, at)
            if phrase and phrase.end == j + 1 and phrase.number in {"sg", "pl"}:
                return _sure(tokens, at, phrase.number, phrase.end)
    return None


def _phrase_start(tokens: list[Token], at: int) -> bool:
    if at == 0:
        return True
    tag, word = tag_of(tokens[at - 1]), tokens[at - 1][0]
    if word in {",", "``", "--", ":", ";", "("} or tag in {"cs", "wrb", "wdt"} or (tag == "rb" and at <= 2):
        return True
    return tag == "cc" and (at == 1 or (word.lower() in {"but", "and", "or", "yet"} and tokens[at - 2][0] == ","))


def _sure(tokens: list[Token], start: int, number: str, end: int) -> str | None:
    """A phrase that follows a comma may be the last of a list or an apposition: then both must agree."""
    if (start and tokens[start - 1][0] == ",") or (
        start >= 2 and tokens[start - 2][0] == "," and tag_of(tokens[start - 1]) == "cc"
    ):
        before = [tag_of(t) for t in tokens[:start]]
        fronted = before and (before[0] in {"in", "cs", "wrb", "vbg", "vbn", "rb", "cc"})
        finite = any(tag in FINITE for tag in before)
        if not (fronted or finite):
            return None
    return number


def _existential(tokens: list[Token], i: int) -> str | None:
    word = low(tokens[i])
    if word in {"was", "is", "'s"}:
        return "sg"
    return "pl" if word in {"were", "are"} else None


def _antecedent(tokens: list[Token], j: int) -> str | None:
    """The number of what "who", "which" or "that" stands for: all nouns of the phrase before it must agree."""
    k = j - 1
    if k < 0 or tag_of(tokens[k]) not in NOUN:
        return "pl" if k >= 0 and low(tokens[k]) in {"those"} else None
    for at in range(max(0, k - 10), k + 1):
        phrase = noun_phrase(tokens, at)
        if phrase and phrase.end == k + 1:
            kinds = {tag_of(t) in {"nns", "nps"} for t in tokens[at : k + 1] if tag_of(t) in NOUN}
            if len(kinds) == 1 and not any(tag_of(t) == "cc" for t in tokens[max(0, at - 1) : k + 1]):
                if (
                    at
                    and tag_of(tokens[at - 1]) == "in"
                    and at >= 2
                    and tag_of(tokens[at - 2]) in NOUN | {"cd", "pn", "ap"}
                ):
                    continue
                return "pl" if kinds == {True} else "sg"
            return None
    return None


def tenses(tokens: list[Token], rng: Random) -> list[Pair]:
    """Both concepts from one conversion: a past sentence and its present twin."""
    if any(
        w == "," and tag_of(tokens[i + 1]) in {"ppss", "pps"} and tokens[min(i + 3, len(tokens) - 1)][0] in {".", ","}
        for i, (w, _) in enumerate(tokens[:-1])
    ):
        return []
    if (
        quoted(tokens)
        or any(w in {"(", ":", "...", "--"} for w, _ in tokens)
        or tokens[-1][0] == "?"
        or clause(tokens) is None
    ):
        return []
    out = to_present(tokens)
    if out:
        past, present, rule = render(tokens), render(out), "past-to-present"
    else:
        out = to_past(tokens)
        if not out:
            return []
        past, present, rule = render(out), render(tokens), "present-to-past"
    if past == present:
        return []
    return [Pair("past-tense", present, past, rule), Pair("present-tense", past, present, rule)]
