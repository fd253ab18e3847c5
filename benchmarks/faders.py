"""Part "faders" of `benchmarks.rewrite`: a strength is a fader, so that more of it moves the reading further.

Sentences that lack a concept are rewritten with amounts 0, 0.5, 1, 1.5 and 2 of it, twice: raw (one candidate, no guidance,
no check) and as the product offers it (its eight candidates at that amount, checked; at 0 it has nothing to offer).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.items import Item, Results, Task
from benchmarks.measures import spearman
from benchmarks.parts import Setting, Trial, Want, complete, drawn, label, mean, measure, median, share, table
from prism_lsp.engine import check
from prism_lsp.engine.local import GRID
from prism_lsp.reading import Edit

GRADED = (
    *("formal", "informal", "hedged", "certain", "positive-feeling", "negative-feeling"),
    *("technical", "lyrical", "archaic", "polite", "urgent", "plain"),
)
"""Concepts that there is more or less of."""

PLAIN = ("question", "past-tense", "negation", "first-person", "passive", "future")
"""Concepts of grammar, for comparison."""

AMOUNTS = (0.5, 1.0, 1.5, 2.0)

LEVEL = check.MOVED
"""Scores that lie so far apart count as different levels."""


def run(setting: Setting, count: int, results: Results) -> None:
    """`count` sentences for each concept."""
    known = {feature.id for feature in setting.engine.features}
    chosen = setting.arguments.concepts.split(",") if setting.arguments.concepts else (*GRADED, *PLAIN)
    tasks = [Task(concept, True) for concept in chosen if concept in known]
    jobs = drawn(setting, results, {task.name: task.edit for task in tasks}, count)
    complete(setting, results, jobs, lambda name, text: do(setting, name, text))
    measure(setting, results)


def do(setting: Setting, name: str, text: str) -> Item:
    """All amounts of one sentence in one tree of candidates: many of them are the same move and guidance."""
    concept, direction = name.split("/")
    edit = Task(concept, direction == "on").edit
    move = setting.engine.delta(edit)
    wants = [Want(label(a, 1), a * move, 1) for a in (0.0, *AMOUNTS)]
    wants += [Want(label(a * b, g, "", t), a * b * move, g, t) for a in AMOUNTS for b, g, t in GRID]
    trial = Trial(setting.engine, text, edit, wants)
    offers = {
        f"{a:g}": trial.offer([label(a * b, g, "", t) for b, g, t in GRID], Edit(((concept, a * edit.moves[0][1]),)))
        for a in AMOUNTS
    }
    return trial.item(
        raw={f"{a:g}": trial.written[label(a, 1)] for a in (0.0, *AMOUNTS)},
        product={a: each.rewrites[0].text if each.rewrites else None for a, each in offers.items()},
        refused={a: each.refused for a, each in offers.items()},
    )


# Figures ------------------------------------------------------------------------------------------------------------


def levels(scores: Sequence[float], apart: float = LEVEL) -> int:
    """How many different levels are among these scores: each lies at least `apart` above the one below it."""
    count, last = 0, float("-inf")
    for score in sorted(scores):
        if score >= last + apart:
            count, last = count + 1, score
    return count


def curve(item: Item, way: str) -> list[tuple[float, str, float]]:
    """(amount, text, score in the edit's direction) for every amount that has a text, 0 first."""
    (feature, sign), *_ = item["edit"]
    texts: dict[str, str | None] = {"0": item["source"], **item[way]}
    return [(float(a), text, sign * item["scores"][text][feature]) for a, text in texts.items() if text]


def figures(items: Sequence[Item], way: str) -> list[str]:
    """Cells of one row."""
    curves = [curve(item, way) for item in items]
    known = [points for points in curves if len(points) >= 3]
    rho = [spearman([a for a, *_ in points], [score for *_, score in points]) for points in known]
    similarity = [
        item["measured"][text]["similarity"]
        for item in items
        for text in item[way].values()
        if text in item["measured"]
    ]
    return [
        mean(rho),
        str(len(known)),
        share(sum(len({text for _, text, _ in points}) >= 3 for points in curves), len(curves)),
        share(sum(levels([score for *_, score in points]) >= 3 for points in curves), len(curves)),
        mean([points[-1][2] - points[0][2] for points in known]),
        median(similarity),
        "/".join(f"{sum(1 for item in items if item[way][f'{a:g}'])}" for a in AMOUNTS),
    ]


def report(data: dict[str, Any]) -> str:
    """The section."""
    items = [item for item in data["items"].values() if "scores" in item]
    heads = ["concept", "rank correlation [95 %]", "of", "three texts", "three levels", "from 0 to most", "similarity", "texts at .5/1/1.5/2"]  # fmt: skip
    still = sum(item["raw"]["0"] == item["source"] for item in items)
    out = (
        "## Strength as a fader\n\n"
        f"{len(items)} sentences that lack the concept, each with amounts 0, 0.5, 1, 1.5 and 2 of it. *Rank correlation* "
        "(Spearman) of amount and score, the probe's before the relu, in each sentence that has at least three amounts "
        "with a text (how many: *of*), 0 where nothing changes, then the mean. *Three texts*, *three levels* (scores at "
        f"least {LEVEL} apart): share of all sentences with so many among the five amounts. *From 0 to most*: how far the "
        "score goes. *Raw* is one candidate without guidance or check; *the product* is its first offer at each amount. "
        f"With amount 0 the raw writer leaves {share(still, len(items))} of the sentences as they are, letter for letter; "
        "the product offers nothing then.\n\n"
    )
    groups = {"graded concepts": GRADED, "grammar": PLAIN}
    for way, title in (("raw", "Raw"), ("product", "The product")):
        rows = []
        for name, members in groups.items():
            mine = [item for item in items if item["job"].split("/")[0] in members]
            rows.append([f"**{name}**", *figures(mine, way)])
            for job in dict.fromkeys(item["job"] for item in mine):
                rows.append([job, *figures([item for item in mine if item["job"] == job], way)])
        out += f"### {title}\n\n" + table(heads, rows) + "\n"
    return out
