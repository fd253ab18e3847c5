"""Held-out sentences of which it is known whether they have a concept, from two sources that no probe was fitted on.

* Tags: Brown's part-of-speech tags (`build/tags.py`), and the quotation marks of Austen's novels, for nine concepts.
* Read: 1,200 random sentences of Brown, Austen and Moby-Dick, labelled by reading for every concept before any score was
  seen (`benchmarks/labels/detect.jsonl`; `benchmarks/labels/detect.md` is the guide that was followed).
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from prism_lsp.build import corpus, examples
from prism_lsp.build.tags import LONGEST, SHORTEST, TAGS, usable

READ = Path(__file__).parent / "labels" / "detect.jsonl"


class Truth(NamedTuple):
    """Sentences and whether each has the concept."""

    concept: str
    source: str
    """`tags`, `quotes` or `read`."""
    texts: Sequence[str]
    has: NDArray[np.bool_]


def tags(count: int, seed: int = 0) -> list[Truth]:
    """Every concept of `TAGS` on the same `count` held-out sentences of Brown."""
    pool = [s for s in corpus.brown() if s.split == "held-out" and usable(s)]
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
