"""Held-out sentences of which it is known whether they have a concept, from two sources that no probe was fitted on.

* Tags: Brown's part-of-speech tags, and the quotation marks of Austen's novels, for nine concepts.
* Read: 1,200 random sentences of Brown, Austen and Moby-Dick, labelled by reading for every concept before any score was
  seen (`benchmarks/labels/detect.jsonl`; `benchmarks/labels/detect.md` is the guide that was followed).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from prism_lsp.build import corpus, examples

READ = Path(__file__).parent / "labels" / "detect.jsonl"
SHORTEST, LONGEST = 4, 60
"""Words."""

FIRST = frozenset({"i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ourselves"})
SECOND = frozenset({"you", "your", "yours", "yourself", "yourselves", "thou", "thee", "thy", "thine", "ye"})
DENIAL = frozenset({"never", "no", "nobody", "nothing", "none", "nowhere", "nor", "neither"})

Rule = Callable[[corpus.Tagged], bool]


class Truth(NamedTuple):
    """Sentences and whether each has the concept."""

    concept: str
    source: str
    """`tags`, `quotes` or `read`."""
    texts: Sequence[str]
    has: NDArray[np.bool_]


def _tag(*starts: str) -> Rule:
    return lambda s: any(tag.startswith(starts) for _, tag in s.tokens)


def _word(words: frozenset[str], *tags: str) -> Rule:
    """One of these words with one of these tags (a pronoun's, so that "World War I" is none)."""
    return lambda s: any(word.lower() in words and tag.startswith(tags) for word, tag in s.tokens)


def _ends(mark: str) -> Rule:
    return lambda s: s.text.rstrip("\"'”’)").endswith(mark)


def _passive(sentence: corpus.Tagged) -> bool:
    """A form of be, then a past participle, with at most two adverbs or a "not" between."""
    for at, (_, tag) in enumerate(sentence.tokens):
        if not tag.startswith("be"):
            continue
        for _, other in sentence.tokens[at + 1 : at + 4]:
            if other.startswith("vbn"):
                return True
            if not other.startswith(("rb", "*", "ql")):
                break
    return False


def _denies(sentence: corpus.Tagged) -> bool:
    return any(tag.endswith("*") or word.lower() in DENIAL for word, tag in sentence.tokens)


TAGS: dict[str, Rule] = {
    "question": _ends("?"),
    "exclamation": _ends("!"),
    "negation": _denies,
    "past-tense": _tag("vbd", "bed", "dod", "hvd"),
    "present-tense": _tag("vbz", "bez", "doz", "hvz", "ber", "bem"),
    "first-person": _word(FIRST, "pp"),
    "second-person": _word(SECOND, "pp"),
    "passive": _passive,
}
"""What Brown's tags tell. Question and exclamation are read with the final mark taken off."""


def tags(count: int, seed: int = 0) -> list[Truth]:
    """Every concept of `TAGS` on the same `count` held-out sentences of Brown."""
    pool = [s for s in corpus.brown() if s.split == "held-out" and SHORTEST <= len(s.text.split()) <= LONGEST]
    chosen = random.Random(seed).sample(pool, min(count, len(pool)))
    out = []
    for concept, rule in TAGS.items():
        texts = [examples.bare(s.text) if concept in examples.BARE else s.text for s in chosen]
        out.append(Truth(concept, "tags", texts, np.array([rule(s) for s in chosen])))
    return out


def quotes(count: int, seed: int = 0) -> Truth:
    """Dialogue: quoted speech in held-out chapters of Austen."""
    pool = [s for s in corpus.austen() if s.split == "held-out" and SHORTEST <= len(s.text.split()) <= LONGEST]
    chosen = random.Random(seed).sample(pool, min(count, len(pool)))
    has = np.array([any(mark in s.text for mark in '"“”') for s in chosen])
    return Truth("dialogue", "quotes", [s.text for s in chosen], has)


def read(concepts: Sequence[str]) -> list[Truth]:
    """Every concept on the labelled sentences."""
    rows = examples.labelled(READ)
    texts = [row.text for row in rows]
    return [Truth(c, "read", texts, np.array([c in row.concepts for row in rows])) for c in concepts]
