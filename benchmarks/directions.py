"""Part "unseen" of `benchmarks.rewrite`: directions that the writer never met in training.

The concepts of `benchmarks/unseen/` ship nowhere. Each is fitted from two thirds of its pairs as a project's own concept is
(`engine/project.py`); a second probe from the last third is the judge that neither the direction nor the check has seen.
Beside it stands a random direction of the same length, judged for the same edit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.items import Item, Results, Task
from benchmarks.parts import Setting, Trial, Want, complete, drawn, label, measure, median, say, share, table
from benchmarks.product import random_move
from prism_lsp.engine import concepts
from prism_lsp.engine.local import GRID

FOLDER = Path(__file__).parent / "unseen"

CELLS = tuple((amount, guidance) for guidance in (1.0, 2.0, 3.0) for amount in (1.0, 2.0))

JUDGE = "-judge"
"""Ends the id of the second probe."""

RANDOM = "random "

ITS_JUDGE = 0.25
"""The judge's score must have moved by this much in the edit's direction, as the check asks of its own probe."""


def third(pair: concepts.Pair) -> bool:
    """True for the third of the pairs that only the judge sees."""
    return hashlib.sha256(pair.without.encode()).digest()[1] % 3 == 0


def split(concept: concepts.Concept) -> tuple[concepts.Concept, concepts.Concept]:
    """(the concept from two thirds of its pairs, its judge from the others)"""
    judge = tuple(pair for pair in concept.pairs if third(pair))
    mine = tuple(pair for pair in concept.pairs if not third(pair))
    return concept._replace(pairs=mine), concept._replace(id=concept.id + JUDGE, pairs=judge)


def run(setting: Setting, count: int, results: Results, folder: Path = FOLDER) -> None:
    """`count` sentences for each concept and direction."""
    engine = setting.engine
    found = concepts.load_all(folder)
    if wanted := setting.arguments.concepts:
        found = [concept for concept in found if concept.id in wanted.split(",")]
    halves = [split(concept) for concept in found]
    if not halves:
        say(f"There are no unseen concepts in {folder.name}.")
        return
    mine, judges = zip(*halves, strict=True)
    known = results.data.setdefault("unseen", {})
    # a judge that stood among the features would be one that moved without being asked, and so spoil what it judges
    try:
        engine.adopt(mine)
        for own, judge in halves:
            told = known.setdefault(own.id, {"pairs": [len(own.pairs), len(judge.pairs)]})
            told.setdefault("auroc", auroc(setting, own.id, judge.pairs))
        tasks = [Task(concept.id, on) for on in (True, False) for concept in found]
        jobs = drawn(setting, results, {task.name: task.edit for task in tasks}, count)
        complete(setting, results, jobs, lambda name, text: do(setting, name, text))
        measure(setting, results)
        engine.adopt(judges)
        for own, judge in halves:
            known[own.id].setdefault("judge", auroc(setting, judge.id, own.pairs))
        judged(setting, results)
        results.save()
    finally:
        engine.adopt(())


def auroc(setting: Setting, id_: str, pairs: Sequence[concepts.Pair]) -> float:
    """How well a concept's probe tells the two sides of pairs apart that it was not fitted from."""
    row = setting.engine.pack.row(id_)
    sides = ([pair.with_ for pair in pairs], [pair.without for pair in pairs])
    return round(concepts.auroc(*(setting.engine.scores(texts)[0][:, row] for texts in sides)), 3)


def do(setting: Setting, name: str, text: str) -> Item:
    """The product's candidates and the table's cells, in the concept's direction and in a random one."""
    engine = setting.engine
    concept, direction = name.split("/")
    task = Task(concept, direction == "on")
    grid = list(dict.fromkeys((*GRID, *((a, g, 0) for a, g in CELLS))))
    ways = {"": engine.delta(task.edit), RANDOM: random_move(engine, task, text, setting.arguments.seed)}
    wants = [Want(label(a, g, way, t), a * move, g, t) for way, move in ways.items() for a, g, t in grid]
    trial = Trial(engine, text, task.edit, wants)
    return trial.item(
        product={way: trial.first([label(a, g, way, t) for a, g, t in GRID]) for way in ways},
        cells={
            label(a, g, way): {
                "text": trial.written[label(a, g, way)],
                "offered": trial.first([label(a, g, way)]) is not None,
            }
            for way in ways
            for a, g in CELLS
        },
    )


def judged(setting: Setting, results: Results) -> None:
    """What the second probe says of every text that it has not been asked about."""
    engine = setting.engine
    there = {feature.id for feature in engine.features}
    new = [item for item in results.every() if "judge" not in item and item["edit"][0][0] + JUDGE in there]
    texts = sorted({text for item in new for text in (item["source"], *item["measured"])})
    scores = dict(zip(texts, engine.scores(texts)[0], strict=True)) if texts else {}
    for item in new:
        (feature, sign), *_ = item["edit"]
        row = engine.pack.row(feature + JUDGE)
        item["judge"] = {
            text: round(float(sign * (scores[text][row] - scores[item["source"]][row])), 4) for text in item["measured"]
        }


# Figures ------------------------------------------------------------------------------------------------------------


def line(name: str, items: Sequence[Item], texts: Sequence[str | None], offered: Sequence[bool]) -> list[str]:
    """One row. texts: of each item, what was written; offered: whether the check lets it through."""
    kept = [
        (item, text)
        for item, text, good in zip(items, texts, offered, strict=True)
        if text in item["measured"] and good
    ]
    all_ = [(item, text) for item, text in zip(items, texts, strict=True) if text in item["measured"]]

    def reached(item: Item, text: str | None) -> bool:
        return all(item["measured"][text]["reached"].values())

    figures = [item["measured"][text] for item, text in kept]
    return [
        name,
        share(len(kept), len(items)),
        share(sum(reached(*each) for each in all_), len(items)),
        share(sum(item["judge"][text] >= ITS_JUDGE for item, text in kept), len(kept)),
        str(len(items) - len(all_)),
        median([each["similarity"] for each in figures]),
        median([each["fluency"] for each in figures]),
        f"{np.mean([each['noticed'] for each in figures]):.1f}" if figures else "–",
    ]


def product(name: str, items: Sequence[Item], way: str) -> list[str]:
    """One row of what the product offers first."""
    texts = [item["product"][way] for item in items]
    return line(name, items, texts, [text is not None for text in texts])


def report(data: dict[str, Any]) -> str:
    """The section."""
    items = [item for item in data["items"].values() if "judge" in item]
    heads = ["", "offered", "reached by the probe, checked or not", "moved by the judge too, of offered", "copies or none", "similarity", "fluency", "others noticed"]  # fmt: skip
    rows = [
        product("**the product**", items, ""),
        product("a random direction", items, RANDOM),
        ["copy", share(0, len(items)), share(0, len(items)), "–", str(len(items)), "1.00", "1.00", "0.0"],
    ]
    for way in ("", RANDOM):
        for amount, guidance in CELLS:
            cells = [item["cells"][label(amount, guidance, way)] for item in items]
            rows.append(
                line(
                    f"{way}amount {amount:g}, guidance {guidance:g}",
                    items,
                    [cell["text"] for cell in cells],
                    [cell["offered"] for cell in cells],
                )
            )
    out = (
        "## Directions that the writer never saw\n\n"
        f"{len(items)} held-out sentences, {len({item['job'].split('/')[0] for item in items})} concepts "
        "(`benchmarks/unseen/`), on and off; direction and probe from two thirds of the pairs. *Moved by the judge too*: a "
        f"probe of the other third sees it moved by at least {ITS_JUDGE} (it is a weak one: its AUROC stands below). "
        "*Others noticed*: other features that moved by .3 or more. Similarity and fluency are medians over what was "
        "offered. A row with amount and guidance is one candidate alone; the product chooses among eight.\n\n"
        + table(heads, rows)
        + "\n"
    )
    known = data.get("unseen", {})
    heads = ["concept", "pairs, judge’s", "AUROC on the judge’s pairs", "judge’s on the others", "on: offered", "random", "judge agrees", "off: offered", "random", "judge agrees"]  # fmt: skip
    rows = []
    for concept, told in known.items():
        row: list[str] = []
        for direction in ("on", "off"):
            mine = [item for item in items if item["job"] == f"{concept}/{direction}"]
            own, random_ = product("", mine, ""), product("", mine, RANDOM)
            row += [own[1].split(" ")[0], random_[1].split(" ")[0], own[3].split(" ")[0]]
        rows.append([concept, "{}, {}".format(*told["pairs"]), f"{told['auroc']:.2f}", f"{told['judge']:.2f}", *row])
    return out + table(heads, rows) + "\n"
