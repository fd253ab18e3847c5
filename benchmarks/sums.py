"""Part "sums" of `benchmarks.rewrite`: several edits of one sentence at once, as one sum of moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.items import Item, Results
from benchmarks.parts import Setting, Trial, Want, complete, drawn, label, measure, median, share, table
from prism_lsp.engine.local import GRID
from prism_lsp.reading import Edit

SUMS = (
    "question+past-tense", "first-person+informal", "formal+hedged+negative-feeling", "negation+question",
    "dialogue+future", "polite+imperative", "archaic+female-subject", "law+technical", "past-tense+passive",
    "first-person+positive-feeling", "negation+past-tense", "certain+formal", "future-negation", "present-tense-passive",
)  # fmt: skip
"""Concepts turned on behind a plus, off behind a minus: ids have hyphens too, see `edit_of`."""


def edit_of(name: str, known: Sequence[str]) -> Edit:
    """The edit that a sum's name stands for, its parts the longest ids of `known`. Raises ValueError for another name."""
    moves, sign, rest = [], 1.0, name
    while rest:
        found = max(
            (id_ for id_ in known if rest == id_ or rest.startswith((id_ + "+", id_ + "-"))), key=len, default=""
        )
        if not found:
            raise ValueError(f"{name!r} is no sum of known concepts: nothing is called {rest!r}")
        moves.append((found, sign))
        sign, rest = (1.0 if rest[len(found) :][:1] == "+" else -1.0), rest[len(found) + 1 :]
    return Edit(tuple(moves))


def run(setting: Setting, count: int, results: Results) -> None:
    """`count` sentences for each sum."""
    ids = [feature.id for feature in setting.engine.features]
    edits = {}
    for name in SUMS:
        try:
            edits[name] = edit_of(name, ids)
        except ValueError:
            continue  # the pack lacks one of them
    wanted = set(setting.arguments.concepts.split(",")) if setting.arguments.concepts else set()
    if wanted:
        edits = {name: edit for name, edit in edits.items() if wanted & {feature for feature, _ in edit.moves}}
    jobs = drawn(setting, results, edits, count)
    complete(setting, results, jobs, lambda name, text: do(setting, edits[name], text))
    measure(setting, results)


def do(setting: Setting, edit: Edit, text: str) -> Item:
    """The product's candidates for the sum, and the plain ones for each of its parts alone."""
    engine = setting.engine
    wants = [Want(label(a, g, "", t), a * engine.delta(edit), g, t) for a, g, t in GRID]
    alone = [Want(f"alone {move[0]}", engine.delta(Edit((move,))), 1) for move in edit.moves]
    trial = Trial(engine, text, edit, [*wants, *alone])
    answer = trial.offer([want.label for want in wants])
    return trial.item(
        text=answer.rewrites[0].text if answer.rewrites else None,
        refused=answer.refused,
        first=trial.written[label(1, 1)],
        candidates=[trial.written[want.label] for want in wants],
        alone={want.label.removeprefix("alone "): trial.written[want.label] for want in alone},
    )


def parts_got(item: Item, text: str | None) -> list[str]:
    """The parts of the sum that a text reached."""
    return (
        [feature for feature, hit in item["measured"][text]["reached"].items() if hit]
        if text in item["measured"]
        else []
    )


def got(item: Item, text: str | None) -> int:
    """How many they are."""
    return len(parts_got(item, text))


def line(name: str, items: Sequence[Item]) -> list[str]:
    """One row."""
    parts = [len(item["edit"]) for item in items]
    offered = [item for item in items if item["text"]]
    figures = [item["measured"][item["text"]] for item in offered]
    return [
        name,
        share(len(offered), len(items)),
        share(sum(got(item, item["first"]) == n for item, n in zip(items, parts, strict=True)), len(items)),
        share(sum(got(item, item["first"]) for item in items), sum(parts)),
        share(
            sum(any(got(item, text) == n for text in item["candidates"]) for item, n in zip(items, parts, strict=True)),
            len(items),
        ),
        share(sum(f in parts_got(item, text) for item in items for f, text in item["alone"].items()), sum(parts)),
        median([each["similarity"] for each in figures]),
        median([each["fluency"] for each in figures]),
        median([item["seconds"] for item in items], 1),
    ]


def report(data: dict[str, Any]) -> str:
    """The section."""
    items = [item for item in data["items"].values() if "scores" in item]
    heads = ["sum", "offered", "all reached, plain", "parts reached, plain", "all reached by any candidate", "each alone, plain", "similarity", "fluency", "seconds"]  # fmt: skip
    names = dict.fromkeys(item["job"] for item in items)
    rows = (
        [line("**all**", items), *(line(n, [item for item in items if item["job"] == n]) for n in names)]
        if items
        else []
    )
    return (
        "## Several edits at once\n\n"
        f"{len(items)} sentences that lack what is turned on and have what is turned off. *Offered*: the product had a "
        "rewrite; by its check all parts are reached in it. *Plain*: amount 1 and guidance 1, unchecked: how often all "
        "parts, and how many parts, were reached. *Each alone*: the same writer asked for one part at a time, on the same "
        "sentences. Similarity and fluency are medians over what was offered.\n\n" + table(heads, rows) + "\n"
    )
