"""Pairs for `informal` and `formal`: contractions, word choice, "that", sentence openers; several of them in one
sentence."""

from random import Random

from prism_lsp.build.corpus import Token
from prism_lsp.build.rules import inflect
from prism_lsp.build.rules.base import (
    FINITE,
    NOUN,
    Pair,
    low,
    render,
    tag_of,
)
from prism_lsp.build.rules.contractions import contract, expand
from prism_lsp.build.rules.wording import substitute


def informal(tokens: list[Token], rng: Random) -> list[Pair]:
    """Sentence with formal words, full forms and "that" made informal; and real informal sentences as they are."""
    loose, rules = loosen(tokens, rng)
    if rules:
        return [Pair("informal", render(tokens), render(loose), "+".join(sorted(rules)))]
    stiff, rules = stiffen(tokens, rng)
    return [Pair("informal", render(stiff), render(tokens), "real:" + "+".join(sorted(rules)))] if rules else []


def formal(tokens: list[Token], rng: Random) -> list[Pair]:
    """Sentence with contractions and plain words made formal; and real formal sentences as they are."""
    stiff, rules = stiffen(tokens, rng)
    if rules:
        return [Pair("formal", render(tokens), render(stiff), "+".join(sorted(rules)))]
    loose, rules = loosen(tokens, rng)
    rules -= {"contract"} if rng.random() < 0.6 else set()
    return [Pair("formal", render(loose), render(tokens), "real:" + "+".join(sorted(rules)))] if rules else []


def loosen(tokens: list[Token], rng: Random) -> tuple[list[Token], set[str]]:
    """The informal twin and the names of what was done; an empty set when nothing was."""
    out, words = substitute(tokens, up=False)
    dropped = drop_that(out)
    short = contract(dropped)
    rules = set()
    if words:
        rules.add("words")
    if len(dropped) != len(out):
        rules.add("drop-that")
    if short != dropped:
        rules.add("contract")
    return short, rules


def stiffen(tokens: list[Token], rng: Random) -> tuple[list[Token], set[str]]:
    """The formal twin and the names of what was done; an empty set when nothing was."""
    full = expand(tokens)
    if full is None or any(low(t) in {"thy", "thou", "thee"} for t in tokens):
        return tokens, set()
    rules = {"expand"} if full != tokens else set()
    out, words = substitute(full, up=True)
    if words:
        rules.add("words")
    added = add_that(out)
    if len(added) != len(out):
        rules.add("add-that")
    return added, rules


_DROP = {
    "say",
    "think",
    "know",
    "believe",
    "hope",
    "suppose",
    "guess",
    "feel",
    "see",
    "wish",
    "hear",
    "realize",
    "decide",
    "admit",
}
_ADD = {
    "know",
    "think",
    "believe",
    "hope",
    "suppose",
    "feel",
    "realize",
    "say",
    "wish",
    "decide",
    "imagine",
    "suspect",
    "understand",
}


def drop_that(tokens: list[Token]) -> list[Token]:
    """ "I knew that he was" gives "I knew he was", before a pronoun only."""
    out = []
    for i, token in enumerate(tokens):
        if (
            low(token) == "that" and tag_of(token) == "cs" and 0 < i < len(tokens) - 2
            and tag_of(tokens[i - 1]) in {"vb", "vbd", "vbz"} and inflect.lemma(low(tokens[i - 1])) in _DROP
            and tag_of(tokens[i + 1]) in {"pps", "ppss", "ex"}
        ):  # fmt: skip
            continue
        out.append(token)
    return out


def add_that(tokens: list[Token]) -> list[Token]:
    """ "I knew he was" gives "I knew that he was", where a pronoun and its finite verb follow."""
    out: list[Token] = []
    for i, token in enumerate(tokens):
        out.append(token)
        if (
            0 < i < len(tokens) - 3 and tag_of(token) in {"vb", "vbd", "vbz"} and inflect.lemma(low(token)) in _ADD
            and tag_of(tokens[i + 1]) in {"pps", "ppss"} and tag_of(tokens[i + 2]) in FINITE
            and tag_of(tokens[i - 1]) in {"pps", "ppss", "md", "np", "nn", "rb", "*",
            "to"} and "``" not in [t[0] for t in tokens]
            and not any(t[0] == "," for t in tokens[max(0, i - 3) : i]) and tokens[-1][0] != "?"
            and not any(tag_of(t) in {"wps", "wdt", "wrb", "wpo"} or low(t) in {"that", "as", "than", "so",
            "all"} for t in tokens[:i])
            and tag_of(tokens[0]) not in NOUN | {"at"} and not _gap(tokens, i)
        ):  # fmt: skip
            out.append(("that", "cs"))
    return out


def _gap(tokens: list[Token], i: int) -> bool:
    return i + 3 >= len(tokens) - 1
