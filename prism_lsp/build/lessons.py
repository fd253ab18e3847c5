"""What the writer is taught: sentences before and after, and which features were moved between them.

*Pairs*: one concept, by rules from real sentences (`build/pairs.py`), hand-written (`concepts/*.toml`), or real sentences
rewritten by hand (`build/written/*.jsonl`). *Levels*: one sentence in a row of ever more of a quality. *Both*: two concepts at
once. *Classes* and *spans*: damage undone (`build/corrupt.py`). *Copies*: nothing asked, nothing changed.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from prism_lsp.build.corrupt import Damaged, damage_spans
from prism_lsp.engine import concepts

WRITTEN = Path(__file__).parent / "written"

HAND_WRITTEN = 3
"""How many times more often a hand-written pair is drawn than one made by a rule."""

AMOUNTS = (0.0, 0.5, 1.0, 1.7)
"""What the source and the three rewrites of a row of levels stand for."""

GROUPS = {"pairs": 0.56, "levels": 0.08, "both": 0.06, "classes": 0.14, "spans": 0.11, "copies": 0.05}
"""How often each group is drawn; one that has nothing is left out."""

KINDS = {
    "pairs": {"direction": 0.55, "projection": 0.12, "difference": 0.13, "sparse": 0.1, "keep": 0.1},
    "levels": {"direction": 0.8, "projection": 0.2},
    "both": {"direction": 0.7, "sparse": 0.15, "difference": 0.15},
    "classes": {"direction": 0.7, "projection": 0.15, "difference": 0.15},
    "spans": {"difference": 0.5, "cut": 0.5},
    "copies": {"copy": 1.0},
}
"""What delta is in each group, and how often (`build/moves.py`)."""

Move = tuple[str, float]
"""(concept or "class N", amount)"""


class Lesson(NamedTuple):
    """One row of a batch: given `source` and the move, write `target`."""

    source: str
    target: str
    kind: str
    moves: tuple[Move, ...]


class Pair(NamedTuple):
    """A sentence without and with a concept; weight: how often it is drawn."""

    without: str
    with_: str
    weight: int


class Material(NamedTuple):
    """All that lessons are made of."""

    pairs: dict[str, list[Pair]]
    levels: dict[str, list[tuple[str, ...]]]
    """Per concept, rows of four: the sentence, and a little, clearly and strongly more."""
    both: list[tuple[str, str, tuple[str, str]]]
    classes: list[list[Damaged]]
    plain: list[str]

    def names(self) -> list[str]:
        """Everything that has a direction of its own, classes by number."""
        return [*sorted(self.pairs), *(f"class {i}" for i in range(len(self.classes)))]


def written(folder: Path = WRITTEN) -> list[dict[str, Any]]:
    """Rows of the files of rewrites by hand, all three sorts (`build/written/README.md`)."""
    return [
        json.loads(line)
        for path in sorted(folder.glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
        if line
    ]


def rewritten(folder: Path = WRITTEN) -> list[dict[str, str]]:
    """Of these, the sentences that were given or rid of one concept."""
    return [row for row in written(folder) if "concept" in row and "with" in row]


def gather(
    found: Sequence[concepts.Concept],
    rules: Sequence[dict[str, str]],
    rewrites: Sequence[dict[str, Any]],
    classes: list[list[Damaged]],
    plain: list[str],
) -> Material:
    """Put the sources together. A held-out pair of a concept is left out."""
    pairs: dict[str, list[Pair]] = defaultdict(list)
    levels: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    both: list[tuple[str, str, tuple[str, str]]] = []
    for concept in found:
        pairs[concept.id] += [Pair(p.without, p.with_, HAND_WRITTEN) for p in concept.pairs if not p.held_out]
    for rule in rules:
        pairs[rule["concept"]].append(Pair(rule["without"], rule["with"], 1))
    for row in rewrites:
        if "levels" in row:
            levels[row["concept"]].append((row["text"], *row["levels"]))
        elif "concepts" in row:
            both.append((row["without"], row["with"], tuple(row["concepts"])))
        else:
            pairs[row["concept"]].append(Pair(row["without"], row["with"], HAND_WRITTEN))
    return Material(dict(pairs), dict(levels), both, classes, plain)


class Sampler:
    """Endless, seeded: concepts alike often and both ways."""

    def __init__(self, material: Material, seed: int) -> None:
        self.material = material
        self.random = random.Random(seed)
        self.groups = {name: share for name, share in GROUPS.items() if name == "copies" or self._has(name)}

    def _has(self, group: str) -> bool:
        return bool(self.material.plain if group == "spans" else getattr(self.material, group))

    def draw(self, count: int) -> list[Lesson]:
        """The next lessons."""
        names, shares = list(self.groups), list(self.groups.values())
        return [self._one(self.random.choices(names, shares)[0]) for _ in range(count)]

    def _one(self, group: str) -> Lesson:
        kinds = KINDS[group]
        kind = self.random.choices(list(kinds), list(kinds.values()))[0]
        made: Lesson = getattr(self, f"_{group}")(kind)
        return made

    def _pairs(self, kind: str) -> Lesson:
        concept = self.random.choice(sorted(self.material.pairs))
        mine = self.material.pairs[concept]
        pair = self.random.choices(mine, [p.weight for p in mine])[0]
        sign = self.random.choice((1, -1))
        source, target = (pair.without, pair.with_) if sign > 0 else (pair.with_, pair.without)
        amount = self.random.uniform(0.8, 1.9)
        return Lesson(target if kind == "keep" else source, target, kind, ((concept, sign * amount),))

    def _levels(self, kind: str) -> Lesson:
        concept = self.random.choice(sorted(self.material.levels))
        row = self.random.choice(self.material.levels[concept])
        start, end = self.random.sample(range(len(AMOUNTS)), 2)
        amount = (AMOUNTS[end] - AMOUNTS[start]) * self.random.uniform(0.9, 1.1)
        return Lesson(row[start], row[end], kind, ((concept, amount),))

    def _both(self, kind: str) -> Lesson:
        without, with_, concepts_ = self.random.choice(self.material.both)
        sign = self.random.choice((1, -1))
        moves = tuple((concept, sign * self.random.uniform(0.8, 1.4)) for concept in concepts_)
        return Lesson(*((without, with_) if sign > 0 else (with_, without)), kind, moves)

    def _classes(self, kind: str) -> Lesson:
        number = self.random.randrange(len(self.material.classes))
        damaged, original = self.random.choice(self.material.classes[number])
        return Lesson(damaged, original, kind, ((f"class {number}", self.random.uniform(0.8, 1.6)),))

    def _spans(self, kind: str) -> Lesson:
        text, foreign = self.random.choice(self.material.plain), self.random.choice(self.material.plain)
        return Lesson(*damage_spans(text, foreign, self.random), kind, ())

    def _copies(self, kind: str) -> Lesson:
        if self.material.plain and self.random.random() < 0.5:
            text = self.random.choice(self.material.plain)
        else:
            text = self._pairs("direction").target
        return Lesson(text, text, kind, ())
