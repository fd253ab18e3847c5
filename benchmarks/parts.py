"""What the further parts of `benchmarks.rewrite` share: sentences to take, many candidates of one sentence decoded together
and judged as the product does, and results that are kept. Faders, sums, unseen directions and modes are a module each.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks.items import Item, Results
from benchmarks.lexicon import brown
from benchmarks.measures import Similarity, mean_interval, wilson
from benchmarks.rules import Rules
from benchmarks.sentences import Held, held_out
from prism_lsp.engine import check
from prism_lsp.engine.check import Candidate
from prism_lsp.engine.local import GRID, LocalEngine
from prism_lsp.reading import PRESENT, Edit, Rewrites

Array = NDArray[np.float32]

SHELF = 800
"""Held-out sentences that a part chooses from; all features of all of them are read once."""


class Setting:
    """The engine and what sentences are judged with, for all parts of a run."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.engine = LocalEngine.load(arguments.model, arguments.pack, arguments.threads)
        self.rules = Rules(brown())
        self.deadline = time.monotonic() + 60 * arguments.minutes
        pack = self.engine.pack
        digest = hashlib.sha256((pack.folder / "pack.toml").read_bytes() + pack.writer.read_bytes()).hexdigest()
        self.meta: dict[str, Any] = {
            "pack": {"name": pack.name, "version": pack.version, "sha256": digest}, "seed": arguments.seed,
            "threads": torch.get_num_threads(), "torch": torch.__version__, "grid": GRID,
            "check": {name: getattr(check, name) for name in ("ABSENT", "MOVED", "SIMILARITY", "FLUENCY")},
        }  # fmt: skip

    def results(self, part: str) -> Results:
        """The part's results, in a file beside the main ones."""
        return Results(path_of(self.arguments.out, part), dict(self.meta))

    def out_of_time(self) -> bool:
        """True when nothing new is to be begun."""
        return bool(time.monotonic() > self.deadline)


def path_of(out: Path, part: str) -> Path:
    """Where a part's results are: rewrite.json has rewrite-faders.json beside it."""
    return out.with_name(f"{out.stem}-{part}.json")


def say(line: str) -> None:
    """A line of progress."""
    print(line, file=sys.stderr, flush=True)


# Sentences ----------------------------------------------------------------------------------------------------------


class Shelf:
    """Held-out sentences with the readings of the engine's features as they are now."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.held: list[Held] = held_out(setting.arguments.seed)[: setting.arguments.shelf]
        self.scores = setting.engine.scores([held.text for held in self.held])[0]

    def take(self, name: str, edit: Edit, count: int) -> list[Held]:
        """The first `count` sentences, from a place drawn by `name` on, that lack all that the edit turns on and have all
        that it turns off, by the probe, and by the rule where there is one."""
        pack, rules = self.setting.engine.pack, self.setting.rules
        activations = np.maximum(self.scores, 0)
        fits = np.ones(len(self.held), bool)
        for feature, amount in edit.moves:
            mine = activations[:, pack.row(feature)]
            fits &= mine <= check.ABSENT if amount > 0 else mine >= PRESENT
        start = random.Random(f"{self.setting.arguments.seed}|{name}").randrange(len(self.held))
        places = [at % len(self.held) for at in range(start, start + len(self.held)) if fits[at % len(self.held)]]
        agreed = (
            self.held[at]
            for at in places
            if all(not rules.knows(f) or rules.holds(f, self.held[at].text) is not (a > 0) for f, a in edit.moves)
        )
        return [held for _, held in zip(range(count), agreed, strict=False)]


def drawn(setting: Setting, results: Results, edits: Mapping[str, Edit], count: int) -> dict[str, list[Held]]:
    """`count` sentences for every job, which is an edit by its name; those that are there already stay."""
    have = results.data["tasks"]
    short = {name: edit for name, edit in edits.items() if len(have.get(name, [])) < count}
    if short:
        shelf = Shelf(setting)
        have.update({name: [held._asdict() for held in shelf.take(name, edit, count)] for name, edit in short.items()})
        results.save()
    return {name: [Held(**row) for row in have[name][:count]] for name in edits}


# One sentence -------------------------------------------------------------------------------------------------------


class Want(NamedTuple):
    """A candidate to be decoded."""

    label: str
    delta: Tensor  # (1, latent)
    guidance: float
    turn: int = 0


class Trial:
    """Many candidates of one sentence: what was written, and what the check measured on it."""

    def __init__(self, engine: LocalEngine, source: str, edit: Edit, wants: Sequence[Want]) -> None:
        began = time.perf_counter()
        self.engine, self.source, self.edit = engine, source, edit
        wants = list({want.label: want for want in wants}.values())
        deltas = torch.cat([want.delta for want in wants])
        texts = engine.writer.decode(
            source, deltas, [want.guidance for want in wants], turns=[want.turn for want in wants]
        )
        self.written = dict(zip((want.label for want in wants), texts, strict=True))
        self.before, found = engine.candidates(source, list(dict.fromkeys(texts)), edit)
        self.found: dict[str, Candidate] = {each.text: each for each in found}
        self.seconds = round(time.perf_counter() - began, 3)

    def offer(self, labels: Sequence[str], edit: Edit | None = None) -> Rewrites:
        """What the product would offer if it had decoded only these."""
        texts = dict.fromkeys(self.written[label] for label in labels)
        if not any(texts):
            return Rewrites((), "Every rewrite strayed too far from the sentence.")
        found = [self.found[text] for text in texts if text in self.found]
        return check.judge(self.source, self.before, found, edit or self.edit, self.engine.pack)

    def first(self, labels: Sequence[str], edit: Edit | None = None) -> str | None:
        """The text of its first offer, None when it refuses."""
        rewrites = self.offer(labels, edit).rewrites
        return rewrites[0].text if rewrites else None

    def item(self, **told: Any) -> Item:
        """An item with what was measured on every text."""
        rows = {feature: self.engine.pack.row(feature) for feature, _ in self.edit.moves}
        others = [row for row in range(len(self.before)) if row not in rows.values()]

        def figures(c: Candidate) -> Item:
            away = np.abs(np.maximum(c.scores, 0) - np.maximum(self.before, 0))[others]
            return {
                "reached": {
                    f: check.reached(
                        float(self.before[rows[f]]), float(c.scores[rows[f]]), a, rows[f], self.engine.pack
                    )
                    for f, a in self.edit.moves
                },
                "fluency": round(c.fluency, 4),
                "others": round(float(away.mean()), 4),
                "noticed": int((away >= check.NOTICEABLE).sum()),
            }

        return {
            "source": self.source,
            "edit": self.edit.moves,
            "seconds": self.seconds,
            "measured": {text: figures(c) for text, c in self.found.items()},
            **told,
        }


def label(amount: float, guidance: float, before: str = "", turn: int = 0) -> str:
    """The name of a candidate: "1.5|2", and its turn behind that."""
    return f"{before}{amount:g}|{guidance:g}" + (f"|{turn}" if turn else "")


# Running ------------------------------------------------------------------------------------------------------------


def complete(
    setting: Setting, results: Results, jobs: Mapping[str, Sequence[Held]], do: Callable[[str, str], Item]
) -> None:
    """Do what is not there yet, the jobs' first sentences before their second, and keep it. do: (job, sentence) -> item."""
    most = max(map(len, jobs.values()), default=0)
    order = [(name, rows[at]) for at in range(most) for name, rows in jobs.items() if at < len(rows)]
    left = [(name, held) for name, held in order if f"{name}|{held.text}" not in results.data["items"]]
    took: list[float] = []
    for name, held in left:
        if setting.out_of_time():
            say(f"The time is up with {len(left) - len(took)} left: the same command goes on from here.")
            break
        item = do(name, held.text)
        results.data["items"][f"{name}|{held.text}"] = {"job": name, "group": held.group, **item}
        took.append(item["seconds"])
        if len(took) in (3, 30):
            say(f"  {len(left) - len(took)} left at {np.mean(took):.1f} s each")
        results.save()


def measure(setting: Setting, results: Results) -> None:
    """Scores before the relu and MiniLM's similarity of every text that lacks them."""
    engine = setting.engine
    new = [item for item in results.every() if "scores" not in item]
    texts = sorted({text for item in new for text in (item["source"], *item["measured"])})
    if texts:
        scores = dict(zip(texts, engine.scores(texts)[0], strict=True))
        pairs = [(item["source"], text) for item in new for text in item["measured"]]
        cosine = dict(zip(pairs, Similarity()(pairs), strict=True))
        for item in new:
            rows = {feature: engine.pack.row(feature) for feature, _ in item["edit"]}
            item["scores"] = {
                text: {feature: round(float(scores[text][row]), 4) for feature, row in rows.items()}
                for text in (item["source"], *item["measured"])
            }
            for text, figures in item["measured"].items():
                figures["similarity"] = round(cosine[item["source"], text], 4)
    results.save()


# Reporting ----------------------------------------------------------------------------------------------------------


def share(hits: int, of: int) -> str:
    """A share with Wilson's interval: "8/10 (80%) [49%–94%]"."""
    low, high = wilson(hits, of)
    return f"{hits}/{of} ({hits / of:.0%}) [{low:.0%}–{high:.0%}]" if of else "–"


def mean(values: Sequence[float], digits: int = 2) -> str:
    """A mean with its interval: "0.80 [0.71–0.88]"."""
    middle, low, high = mean_interval(values)
    return f"{middle:.{digits}f} [{low:.{digits}f}–{high:.{digits}f}]" if values else "–"


def median(values: Sequence[float], digits: int = 2) -> str:
    """A median."""
    return f"{float(np.median(values)):.{digits}f}" if len(values) else "–"


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table, the first column to the left."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)
