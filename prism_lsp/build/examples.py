"""What the probes are fitted on: sentences of which it is known whether they have a concept.

Seven kinds: hand-written pairs (`concepts/*.toml`), pairs that rules made from real sentences, real sentences that were
rewritten by hand, real sentences whose part-of-speech tags tell (`build/tags.py`, eight concepts) or whose final mark told before it was taken off, and real sentences
that were labelled by reading, every concept: chosen ones, which are rich in what is rare, and random ones
(`build/labels/README.md` says how). All of the corpus' train part: nothing that a benchmark reports on.
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from prism_lsp.build import corpus, lessons, pairs
from prism_lsp.build.tags import TAGS, usable
from prism_lsp.engine.concepts import Concept

KINDS = ("pair", "rule", "tag", "mark", "written", "chosen", "read")
LABELS = Path(__file__).parent / "labels" / "sentences.jsonl"
CHOSEN = tuple(Path(__file__).parent / "labels" / name for name in ("chosen.jsonl", "more.jsonl"))

BARE = ("question", "exclamation")
"""Concepts that must be known without their mark too: writers leave it out, and words say more than a mark."""

_FINAL_MARK = re.compile(r"[.?!…]+(?=[\"'”’)\]]*$)")


class Example(NamedTuple):
    """A sentence and whether it has a concept."""

    text: str
    concept: str
    has: bool
    kind: int
    """Index in `KINDS`."""


class Labelled(NamedTuple):
    """A real sentence with every concept that a reader found in it."""

    text: str
    source: str
    concepts: frozenset[str]
    asked: frozenset[str] | None = None
    """The concepts that the reader looked for; None: all."""


def bare(text: str) -> str:
    """A sentence without its final mark; closing quotation marks stay."""
    return _FINAL_MARK.sub("", text)


def labelled(path: Path = LABELS) -> list[Labelled]:
    """The labelled sentences of a file. `asked.json` beside it names the concepts that were looked for, where not all were."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    limits = path.with_name("asked.json")
    names = json.loads(limits.read_text("utf-8")).get(path.name) if limits.exists() else None
    asked = None if names is None else frozenset(names)
    return [Labelled(row["text"], row["source"], frozenset(row["concepts"]), asked) for row in rows]


def of_pairs(concept: Concept, held_out: bool = False) -> list[Example]:
    """Both sides of a concept's own pairs: those that may be fitted on, or the held-out fifth."""
    mine = [pair for pair in concept.pairs if pair.held_out == held_out]
    return _both(concept.id, [(pair.without, pair.with_) for pair in mine], KINDS.index("pair"))


def of_rules(path: Path | None, count: int, seed: int = 0) -> list[Example]:
    """Both sides of up to `count` pairs a concept from a file of `build pairs`; made from the corpus when none is given."""
    by_concept: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in pairs.load(path, seed):
        by_concept[row["concept"]].append((row["without"], row["with"]))
    out = []
    for concept, found in by_concept.items():
        out += _both(concept, random.Random(seed).sample(found, min(count, len(found))), KINDS.index("rule"))
    return out


def of_tags(count: int, seed: int = 1) -> list[Example]:
    """What the tags of `count` random train-part sentences of Brown tell."""
    pool = [s for s in corpus.brown() if s.split == "train" and usable(s)]
    chosen = random.Random(seed).sample(pool, min(count, len(pool)))
    return [
        Example(bare(s.text) if concept in BARE else s.text, concept, rule(s), KINDS.index("tag"))
        for concept, rule in TAGS.items()
        for s in chosen
    ]


def of_marks(count: int, seed: int = 2) -> list[Example]:
    """Questions and exclamations of all three sources without their mark, `count` of each, and as many sentences that are
    neither."""
    draw = random.Random(seed)
    every: list[corpus.Tagged | corpus.Sentence] = [*corpus.brown(), *corpus.austen(), *corpus.moby_dick()]
    texts = sorted({s.text for s in every if s.split == "train" and usable(s)})
    ends = {mark: [t for t in texts if t.rstrip("\"'”’)").endswith(mark)] for mark in "?!"}
    ends["."] = [t for t in texts if "?" not in t and "!" not in t]
    drawn = {mark: draw.sample(found, min(count, len(found))) for mark, found in ends.items()}
    return [
        Example(bare(text), concept, mark == its, KINDS.index("mark"))
        for mark, found in drawn.items()
        for text in found
        for concept, its in (("question", "?"), ("exclamation", "!"))
    ]


def of_reading(sentences: Sequence[Labelled], concepts: Sequence[str], kind: str = "read") -> list[Example]:
    """Yes or no for every labelled sentence and each concept that its reader looked for; kind: `read` or `chosen`."""
    number = KINDS.index(kind)
    return [
        Example(s.text, concept, concept in s.concepts, number)
        for s in sentences
        for concept in concepts
        if s.asked is None or concept in s.asked
    ]


def of_written(names: Sequence[str]) -> list[Example]:
    """Both sides of real sentences that were rewritten by hand for the writer (`build/written/`)."""
    number = KINDS.index("written")
    rows = [row for row in lessons.rewritten() if row["concept"] in names]
    return [Example(row[side], row["concept"], side == "with", number) for row in rows for side in ("with", "without")]


def own_keys(concepts: Sequence[str]) -> list[int]:
    """Columns of the concepts that must be known without their mark: their attention has a key of its own."""
    return [column for column, concept in enumerate(concepts) if concept in BARE]


def every(
    found: Sequence[Concept],
    rule_pairs: int,
    tagged: int,
    pairs_file: Path | None = None,
    read: Sequence[Labelled] | None = None,
) -> list[Example]:
    """All that the probes of a pack are fitted on; `read`: random labelled sentences instead of all of them."""
    names = [concept.id for concept in found]
    out = [example for concept in found for example in of_pairs(concept)]
    out += [*of_rules(pairs_file, rule_pairs), *of_tags(tagged), *of_marks(tagged // 4)]
    for path in CHOSEN:
        out += of_reading(labelled(path), names, "chosen")
    return out + of_written(names) + of_reading(labelled() if read is None else read, names)


def _both(concept: str, found: Sequence[tuple[str, str]], kind: int) -> list[Example]:
    out = []
    for without, with_ in found:
        out += [Example(with_, concept, True, kind), Example(without, concept, False, kind)]
        if concept in BARE and bare(with_) != bare(without):  # where the mark was all, nothing is left to tell
            out += [Example(bare(with_), concept, True, kind), Example(bare(without), concept, False, kind)]
    return out


def matrix(
    examples: Sequence[Example], concepts: Sequence[str]
) -> tuple[list[str], NDArray[np.float32], NDArray[np.int64]]:
    """(texts, known (texts, concepts): 1, 0 or nan, kinds (texts,)); a text that is in two kinds counts in the later one."""
    texts = list(dict.fromkeys(example.text for example in examples))
    at, column = {text: i for i, text in enumerate(texts)}, {concept: i for i, concept in enumerate(concepts)}
    known = np.full((len(texts), len(concepts)), np.nan, np.float32)
    kinds = np.zeros(len(texts), np.int64)
    for text, concept, has, kind in examples:
        if concept in column:
            known[at[text], column[concept]] = has
            kinds[at[text]] = max(kinds[at[text]], kind)
    return texts, known, kinds
