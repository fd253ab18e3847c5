"""Any clause of a sentence, main or subordinate, with a sure opening ("when", "that", a comma, the start) and a sure
subject."""

from collections.abc import Iterator
from typing import NamedTuple

from prism_lsp.build.corpus import Token
from prism_lsp.build.rules.base import (
    FINITE,
    NOUN,
    low,
    lower_first,
    tag_of,
    words,
)
from prism_lsp.build.rules.grammar import noun_phrase

_LEFT = words(
    "when if because before after while although though until since once where whether that so as how why unless"
)


class Local(NamedTuple):
    """One clause: its subject is tokens[start:end], its finite verb tokens[verb], and it ends before `stop`."""

    tokens: list[Token]
    start: int
    end: int
    """Behind the subject; an adverb may stand between it and the verb."""
    verb: int
    number: str
    stop: int
    relative: bool
    """Whether a relative clause follows, which keeps its place only behind unchanged words."""

    @property
    def subject(self) -> list[Token]:
        """The subject as it is inside a sentence."""
        own = self.tokens[self.start : self.end]
        return lower_first(own) if self.opens else own

    @property
    def opens(self) -> bool:
        """Whether the clause opens the sentence or a speech."""
        return self.start == 0 or self.tokens[self.start - 1][0] == "``"


def local_clauses(tokens: list[Token]) -> Iterator[Local]:
    """Clauses whose subject stands right before the verb and opens right behind a clause mark."""
    for verb in range(1, len(tokens) - 2):
        if tag_of(tokens[verb]) not in FINITE and tag_of(tokens[verb]) not in {"hv"}:
            continue
        for start in range(max(0, verb - 12), verb):
            if not _opening(tokens, start):
                continue
            phrase = noun_phrase(tokens, start)
            adverb = (
                phrase is not None
                and phrase.end == verb - 1
                and tag_of(tokens[verb - 1]) == "rb"
                and low(tokens[verb - 1]).endswith("ly")
            )
            if phrase and (phrase.end == verb or adverb) and tag_of(tokens[start]) not in {"ex", "wdt", "wps", "ppo"}:
                stop = _stop(tokens, verb)
                if stop is not None:
                    relative = _relative(tokens, stop)
                    yield Local(tokens, start, phrase.end, verb, phrase.number, stop, relative)
                break


def _opening(tokens: list[Token], at: int) -> bool:
    if at == 0:
        return True
    tag, word, raw = tag_of(tokens[at - 1]), low(tokens[at - 1]), tokens[at - 1][0]
    if tag in {"cs", "wrb"}:
        return word in _LEFT and (
            word not in {"as", "so", "how"} or at == 1 or tokens[at - 2][0] in {",", "and", "but"}
        )
    if raw in {";", ":", "--", "``"}:
        return True
    before = tokens[: at - 1]
    if tag == "cc" and word in {"and", "but", "or"}:
        return at == 1 or (before[-1][0] in {",", ";"} and any(tag_of(t) in FINITE for t in before))
    if raw == ",":
        fronted = tag_of(before[0]) in {"in", "cs", "wrb", "rb"} or (
            low(before[0]) in {"and", "but"} and len(before) > 1 and tag_of(before[1]) in {"in", "cs", "wrb"}
        )
        commas = sum(t[0] == "," for t in before)
        return fronted and commas == 0 and not any(tag_of(t) == "vbg" for t in before)
    if tag_of(tokens[0]) == "in" and at > 2:
        phrase = noun_phrase(tokens, 1, post=False)
        while phrase and phrase.end < at and low(tokens[phrase.end]) in {"of", "in", "at", "on"}:
            phrase = noun_phrase(tokens, phrase.end + 1, post=False)
        return phrase is not None and phrase.end == at
    return (
        tag == "rb"
        and at == 1
        and low(tokens[0]) in {"then", "now", "finally", "later", "soon", "sometimes", "eventually"}
    )


def _stop(tokens: list[Token], verb: int) -> int | None:
    """Where the clause ends; None when something co-ordinated shares its subject or verb, or the end is not sure."""
    for i in range(verb + 1, len(tokens)):
        tag, word = tag_of(tokens[i]), low(tokens[i])
        if tokens[i][0] in {".", "?", "!", ";", ":", "(", "''"}:
            return i if tokens[i][0] != "?" else None
        if tokens[i][0] in {"--", "``"}:
            return None
        if tag in {"cs", "wrb"} and word not in {"as", "than", "that", "how", "what", "where", "why", "whether"}:
            return None if _later_verb(tokens, i) else i
        if tag in {"wps", "wdt", "wpo"} and i > verb + 2 and tag_of(tokens[i - 1]) in NOUN | {"in", ","}:
            back = i - 1 if tag_of(tokens[i - 1]) in {"in", ","} else i
            return None if _later_verb(tokens, i) else back
        if tag in FINITE or tag in {"wps", "wdt", "wpo", "wp$"}:
            return None
        if tag == "cc" or tokens[i][0] == ",":
            j = i + 1
            if tokens[i][0] == "," and tag_of(tokens[j]) in {"cc"}:
                j += 1
            while tag_of(tokens[j]) in {"rb", "ql"}:
                j += 1
            after = tag_of(tokens[j])
            if tag == "cc" and tag_of(tokens[i - 1]) in NOUN | {"jj"} and after in NOUN | {"jj", "at", "pp$"}:
                phrase = noun_phrase(tokens, j)
                follows = tag_of(tokens[phrase.end]) if phrase else "vbd"
                if follows not in FINITE | {"vb", "rb", "hv"}:
                    continue
            if after in {"wps", "wdt"} and tokens[i][0] == ",":
                return None if _later_verb(tokens, i) else i
            if after in {"pps", "ppss", "ex", "at", "np", "pp$", "nn", "nns", "jj"} and j > i + 1:
                return i if any(tag_of(t) in FINITE for t in tokens[j:]) else None
            if (
                after in {"cs", "wrb"}
                and tokens[i][0] == ","
                and low(tokens[j]) not in {"as", "than", "how", "what", "that"}
            ):
                return None if _later_verb(tokens, i + 1) else i
            if after in {"pps", "ppss"} and tag == "cc":
                return i
            return None
    return None


def _later_verb(tokens: list[Token], at: int) -> bool:
    """Whether a verb that may belong to the clause before is co-ordinated behind `at`."""
    return any(
        (tag_of(t) == "cc" or t[0] == ",") and tag_of(tokens[i + 1]) in FINITE | {"vbn", "vb", "vbg", "rb"}
        for i, t in enumerate(tokens[at:-1], at)
    )


def _relative(tokens: list[Token], stop: int) -> bool:
    return any(tag_of(t) in {"wps", "wdt", "wpo"} for t in tokens[stop : stop + 2])
