"""Verb groups: do-support, auxiliaries, and which further verbs share a subject."""

from prism_lsp.build.corpus import Token
from prism_lsp.build.rules import inflect
from prism_lsp.build.rules.base import (
    BE,
    DO,
    FINITE,
    HAVE,
    NOUN,
    low,
    quoted,
    tag_of,
    words,
)
from prism_lsp.build.rules.grammar import Clause, clause, noun_phrase

NEGATIVE = words(
    "not n't never no none nothing nobody nowhere neither nor hardly scarcely barely seldom rarely without "
    "cannot few little no-one unless"
)


def do_support(word: str, tag: str, number: str) -> tuple[str, str] | None:
    """("did", base form) for a main verb, None when its form is not sure."""
    base = inflect.lemma(word)
    if tag in {"vbd", "hvd", "dod"}:
        if word.lower() == "lay":
            return None
        return "did", base
    if tag in {"vbz", "hvz", "doz"}:
        return "does", base
    if number not in {"pl", "I"} or inflect.past(word.lower()) == word.lower():
        return None  # "I put": present or past
    return "do", word


def is_auxiliary(tokens: list[Token], i: int) -> bool:
    """Whether the finite verb at i inverts by itself: be, a modal, or have and do followed by their participle or
    verb."""
    tag = tag_of(tokens[i])
    if tag == "md" or tag in BE:
        return low(tokens[i]) not in {"used", "need", "dare", "ought"}
    j = i + 1
    while j < len(tokens) and tag_of(tokens[j]) in {"rb", "ql", "*", "rbr"}:
        j += 1
    nxt = tag_of(tokens[j]) if j < len(tokens) else "."
    if tag in HAVE:
        return nxt in {"vbn", "ben", "hvn", "don"} and low(tokens[j]) != "to"
    return tag in DO and nxt in {"vb", "hv", "be", "do"}


def coordinated(c: Clause) -> list[int] | None:
    """Further finite verbs of the same subject ("pushed ... and found"); None when another finite verb is not surely
    placed.

    Verbs inside a subordinate clause behind the main verb are left out, as long as nothing is co-ordinated after them.
    """
    own: list[int] = []
    subordinate = False
    for i in range(c.verb + 1, c.close):
        tag = tag_of(c.tokens[i])
        if tag in {"cs", "wdt", "wps", "wpo", "wrb", "wp$", "wql"} and low(c.tokens[i]) != "than":
            subordinate = True
        if low(c.tokens[i]) in {"nor", "yet", "so"} and tag in {"cc", "cs"} and not subordinate:
            return None
        if tag in FINITE or (tag in {"vb", "hv", "do"} and _own_subject(c.tokens, i)):
            j = i - 1
            while tag_of(c.tokens[j]) in {"rb", "ql", "rbr"}:
                j -= 1
            if tag_of(c.tokens[j]) == "cc" or c.tokens[j][0] == ",":
                if subordinate or low(c.tokens[j]) == "but":
                    return None
                own.append(i)
            elif subordinate:
                continue
            elif tag_of(c.tokens[j]) in {"pps", "ppss"} | NOUN and not _clause_mark(c.tokens, c.verb, j):
                subordinate = True
            else:
                return None
        if tag == "cc" and subordinate:
            k = i + 1
            while tag_of(c.tokens[k]) in {"rb", "ql"}:
                k += 1
            if (
                tag_of(c.tokens[k]) in FINITE
                or tag_of(c.tokens[k]) in {"vb", "pps", "ppss"}
                or _subject_then_verb(c.tokens, k)
            ):
                return None
        elif tag == "cc" and (tag_of(c.tokens[i + 1]) in {"pps", "ppss"} or _subject_then_verb(c.tokens, i + 1)):
            return None
    return own


def _own_subject(tokens: list[Token], i: int) -> bool:
    return tag_of(tokens[i - 1]) == "ppss" and tag_of(tokens[i - 2]) not in DO | {"md"}


def _subject_then_verb(tokens: list[Token], at: int) -> bool:
    phrase = noun_phrase(tokens, at)
    return (
        phrase is not None
        and phrase.end < len(tokens)
        and tag_of(tokens[phrase.end]) in FINITE | {"rb"}
        and any(tag_of(t) in FINITE for t in tokens[phrase.end : phrase.end + 3])
    )


def _clause_mark(tokens: list[Token], a: int, b: int) -> bool:
    """A comma, colon or "and" between the verb and a later subject: that is a new main clause, not an object clause."""
    return any(tokens[i][0] in {",", ";", ":", "--"} or tag_of(tokens[i]) == "cc" for i in range(a, b))


def plain_clause(tokens: list[Token]) -> Clause | None:
    """The main clause of a statement without speech, dashes or colons."""
    if (
        tokens[-1][0] != "."
        or quoted(tokens)
        or any(w in {":", ";", "--", "(", "...", "?", "!"} for w, _ in tokens[:-1])
    ):
        return None
    c = clause(tokens)
    if c is None or tag_of(c.tokens[c.start]) in {"wdt", "wps"}:
        return None
    return c
