"""Shallow grammar over Brown's gold tags: noun phrases and the first main clause.

Anything that is not recognised gives None, and the sentence is skipped: precision before recall.
"""

from typing import NamedTuple

from prism_lsp.build.corpus import Token
from prism_lsp.build.rules.base import (
    DETERMINER,
    FINITE,
    MODIFIER,
    NOUN,
    OPENS_CLAUSE,
    PRONOUN,
    low,
    tag_of,
)


class Clause(NamedTuple):
    """The first main clause of a sentence, as positions in `tokens`."""

    tokens: list[Token]
    start: int
    """Where the subject starts; what stands before is the front (adverbial, subordinate clause, "And")."""
    end: int
    """Behind the subject's last token."""
    verb: int
    """The finite verb (an auxiliary or the main verb)."""
    number: str
    """"sg" (third person singular), "pl" (everything that takes "are"), "I", or "?" when the head noun does not
    tell."""

    @property
    def subject(self) -> list[Token]:
        """The subject's tokens, as they stand."""
        return self.tokens[self.start : self.end]

    @property
    def front(self) -> list[Token]:
        """What stands before the subject."""
        return self.tokens[: self.start]

    @property
    def close(self) -> int:
        """Where the closing mark stands."""
        return len(self.tokens) - 1


class Phrase(NamedTuple):
    """A noun phrase: [start, end) and the number of its head."""

    start: int
    end: int
    number: str
    head: int
    kind: str
    """"pronoun", "name" or "noun"."""


def noun_phrase(tokens: list[Token], at: int, post: bool = True) -> Phrase | None:
    """The noun phrase that starts at `at`; with `post`, prepositional phrases and co-ordinated phrases go along."""
    first = _simple_phrase(tokens, at)
    if first is None or not post or (first.kind == "pronoun" and tag_of(tokens[first.head]) not in {"pn", "dt", "dts"}):
        return first
    phrase = first
    while phrase.end < len(tokens):
        tag, word = tag_of(tokens[phrase.end]), low(tokens[phrase.end])
        if tag == "in" and word not in {"as", "like", "than", "except", "but"}:
            nxt = _simple_phrase(tokens, phrase.end + 1)
            if nxt is None or (nxt.kind == "pronoun" and tag_of(tokens[nxt.head]) in {"pps", "ppss"}):
                break
            number = phrase.number
            if word == "of" and phrase.end == first.end and _quantity(tokens, first):
                number = "?"
            phrase = Phrase(at, nxt.end, number, first.head, first.kind)
        elif tag == "cc" and word == "and":
            nxt = _simple_phrase(tokens, phrase.end + 1)
            if nxt is None:
                break
            after = tag_of(tokens[nxt.end]) if nxt.end < len(tokens) else "."
            plain = phrase.end == first.end
            number = "pl" if plain and (after in FINITE or after in {"rb", "cc", "in", "vb", "hv", "do"}) else "?"
            phrase = Phrase(at, nxt.end, number, first.head, first.kind)
        else:
            break
    return phrase


def _quantity(tokens: list[Token], phrase: Phrase) -> bool:
    head = low(tokens[phrase.head])
    return head in {
        "number", "majority", "lot", "lots", "rest", "half", "part", "variety", "series", "all", "some", "most",
        "none", "any",
        "percent", "per", "group", "couple", "pair", "deal", "bulk", "kind", "sort", "kinds", "sorts", "handful",
        "third", "plenty",
        "crowd", "minority", "more", "bunch",
    }  # fmt: skip


def _simple_phrase(tokens: list[Token], at: int) -> Phrase | None:
    if at >= len(tokens):
        return None
    tag, word = tag_of(tokens[at]), low(tokens[at])
    nxt = tag_of(tokens[at + 1]) if at + 1 < len(tokens) else "."
    if tag in PRONOUN and not (tag in {"dt", "dts", "dtx"} and (nxt in NOUN or nxt in MODIFIER or nxt == "ql")):
        if tag == "dtx":
            return None
        number = {"pps": "sg", "pn": "sg", "dt": "sg", "dts": "pl", "ppo": "sg"}.get(tag, "pl")
        if word == "i":
            number = "I"
        if tag == "ex":
            number = "?"
        if tag in {"pp$$", "dt"} and word not in {"this", "that", "each", "another"}:
            number = "?"
        end = at + 1
        if tag == "pn" and end < len(tokens) and low(tokens[end]) == "else":
            end += 1
        return Phrase(at, end, number, at, "pronoun")
    if word in {"no"} and nxt == "pn":
        return Phrase(at, at + 2, "sg", at + 1, "pronoun")
    i = at
    determined = False
    while i < len(tokens) and (tag_of(tokens[i]) in DETERMINER or tag_of(tokens[i]) in {"abl", "abx"}):
        if tag_of(tokens[i]) == "wdt":
            return None
        determined = determined or tag_of(tokens[i]) in {"at", "pp$", "np$", "nn$", "dt", "dts", "dti"}
        i += 1
    while i < len(tokens):
        tag = tag_of(tokens[i])
        if (
            tag in MODIFIER
            or tag in {"ql"}
            or (tag == "rb" and i + 1 < len(tokens) and tag_of(tokens[i + 1]) in {"jj", "vbn"} and i > at)
            or (
                tag == "cc"
                and i > at
                and tag_of(tokens[i - 1]) in {"jj", "jjr"}
                and tag_of(tokens[i + 1]) in {"jj", "jjr", "vbn"}
            )
            or (
                tag == ","
                and i > at
                and tag_of(tokens[i - 1]) == "jj"
                and tag_of(tokens[i + 1]) in {"jj", "vbn"}
                and _adjectives(tokens, i + 1)
            )
        ):
            i += 1
        else:
            break
    head = None
    while i < len(tokens) and (tag_of(tokens[i]) in NOUN or (head is not None and tag_of(tokens[i]) in {"np$", "nn$"})):
        if head is not None and tag_of(tokens[i]) == "nr" and not tokens[i][0][0].isupper():
            break
        head = i
        i += 1
        if i < len(tokens) and tag_of(tokens[i]) in {"np$", "nn$", "nns$"}:
            return None
    if head is None:
        # "two", "the other", "the rich": a head that is no noun
        last = tag_of(tokens[i - 1]) if i > at else ""
        if i > at and last == "cd" and low(tokens[i - 1]) != "one" and not determined:
            return Phrase(at, i, "pl", i - 1, "noun")
        if i > at and last == "ap" and low(tokens[i - 1]) in {"other", "latter", "former", "last", "first", "others"}:
            return Phrase(at, i, "?", i - 1, "noun")
        if i > at and i < len(tokens) and low(tokens[i]) == "of" and last in {"ap", "dti", "abn", "cd", "od", "dt"}:
            return Phrase(at, i, "?", i - 1, "noun")
        return None
    tag = tag_of(tokens[head])
    number = "pl" if tag in {"nns", "nps", "nrs"} else "sg"
    if low(tokens[head]) in {"people", "police", "cattle"}:
        number = "pl"
    elif low(tokens[head]) in {"series", "politics", "species", "headquarters", "means", "data", "mathematics",
        "news", "physics",
                               "economics", "staff", "team", "family", "crew", "pair", "couple", "press",
                               "public"}:  # fmt: skip
        number = "?"
    kind = "name" if tag == "np" and at == head - sum(tag_of(t) in {"np", "nn"} for t in tokens[at:head]) else "noun"
    return Phrase(at, i, number, head, kind)


def _adjectives(tokens: list[Token], i: int) -> bool:
    while i < len(tokens) and tag_of(tokens[i]) in {"jj", "vbn", "vbg", "cc", ","}:
        i += 1
    return i < len(tokens) and tag_of(tokens[i]) in NOUN


def finite_at(tokens: list[Token], i: int, number: str) -> bool:
    """Whether token i is a finite verb after a subject of `number`."""
    tag = tag_of(tokens[i])
    if tag in FINITE:
        return True
    return tag in {"vb", "hv", "do"} and number in {"pl", "I"}


def clause(tokens: list[Token]) -> Clause | None:
    """The first main clause, or None when the opening of the sentence is not surely understood."""
    for at in _starts(tokens):
        phrase = noun_phrase(tokens, at)
        if phrase is None:
            continue
        i = phrase.end
        while i < len(tokens) and tag_of(tokens[i]) in {"rb", "rbr", "ql", "qlp"}:
            i += 1
        if i >= len(tokens) - 1 or not finite_at(tokens, i, phrase.number):
            continue
        if at and not _front_ok(tokens[:at], tokens, phrase):
            continue
        number = phrase.number
        tag = tag_of(tokens[i])
        if number == "?" and tag in {"bedz", "bez", "vbz", "hvz", "doz"}:
            number = "sg"
        elif number == "?" and tag in {"bed", "ber"}:
            number = "pl"
        if phrase.kind == "pronoun" and low(tokens[phrase.head]) in {"that", "what"} and at:
            return None
        if (number == "sg" and tag in {"bed", "ber"}) or (
            number == "pl" and tag in {"bedz", "bez", "vbz", "hvz", "doz"}
        ):
            return None
        return Clause(tokens, at, phrase.end, i, number)
    return None


def _starts(tokens: list[Token]) -> list[int]:
    out = [0]
    i = 0
    while i < len(tokens) and tag_of(tokens[i]) in {"cc", "rb", "nr", "rbr", "ql", "rn"}:
        i += 1
        out.append(i)
    out += [i + 1 for i, (word, _) in enumerate(tokens) if word == ","][:4]
    if tag_of(tokens[0]) == "in" or (len(tokens) > 1 and tag_of(tokens[0]) == "cc" and tag_of(tokens[1]) == "in"):
        at = 1 if tag_of(tokens[0]) == "in" else 2
        phrase = noun_phrase(tokens, at)
        if phrase:
            out.append(phrase.end)
    return sorted(set(out))


def _front_ok(front: list[Token], tokens: list[Token], phrase: Phrase) -> bool:
    """Whether what stands before the subject is an adverbial that leaves the main clause's order alone."""
    tags = [tag_of(t) for t in front]
    words = [low(t) for t in front]
    if any(word in {"``", "''", "(", ")", "--", ":", ";"} for word in words):
        return False
    if any(word in {"not", "never", "nor", "neither", "hardly", "scarcely", "only", "seldom", "rarely", "no", "so",
        "either",
                    "both", "such", "than", "whether", "what", "who", "whoever",
                    "whatever"} for word in words):  # fmt: skip
        return False
    if tags and tags[0] == "cc":
        tags, words, front = tags[1:], words[1:], front[1:]
        if not tags:
            return True
    if all(tag in {"rb", "nr", "rbr", "ql", "rn"} for tag in tags):
        return words[0] not in {"there", "here"}
    if words[-1] != ",":
        return (
            tags[0] == "in"
            and tag_of(tokens[phrase.start]) in {"pps", "ppss", "at", "ex", "pp$"}
            and not any(tag in FINITE | {"vb", ","} for tag in tags)
        )
    has_verb = any(tag in FINITE or tag in {"vb", "hv", "do"} for tag in tags)
    if tags[0] in {"cs", "wrb"}:
        return words[0] not in {"that", "than", "how", "why"} and has_verb
    if has_verb:
        return False
    if tags[0] in {"vbg", "vbn", "to"}:
        return tags.count(",") == 1 and tags[0] != "to"
    if tags[0] in {"in", "rb", "nr", "dt", "at", "ap"}:
        if tags[0] in {"dt", "at", "ap"}:
            return words[-2] in {
                "morning",
                "night",
                "day",
                "week",
                "month",
                "year",
                "evening",
                "afternoon",
                "time",
                "moment",
                "spring",
            }
        return tags.count(",") == 1
    return False


def verbs_after(tokens: list[Token], at: int) -> list[int]:
    """Positions from `at` on of words that are or may be finite verbs."""
    return [i for i in range(at, len(tokens)) if tag_of(tokens[i]) in FINITE]


def opens_clause(tokens: list[Token], a: int, b: int) -> bool:
    """Whether a subordinate clause or an own subject starts between a and b."""
    return any(
        tag_of(tokens[i]) in OPENS_CLAUSE
        or tag_of(tokens[i]) in {"pps", "ppss", "ex"}
        or (low(tokens[i]) in {"that", "which", "who"} and tag_of(tokens[i]) != "dt")
        for i in range(a, b)
    )
