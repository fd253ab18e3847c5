"""What readers say of rewrites: how many first offers are good, and the same for the methods beside it.

    python -m benchmarks.judged --export FILE [--methods prism,prism-unchecked,prompt-8] [--most 900]
    python -m benchmarks.judged [--out benchmarks/results/judged]

The rewrites are those of `benchmarks.rewrite` (held-out sentences). `--export` writes those that nobody has judged yet, shuffled,
without method, score or figure; what two methods wrote alike is there once. A reader calls a rewrite good when the edit is done,
all else that the sentence says is kept, and an editor would print it. The labels go to `benchmarks/labels/rewrites.jsonl`. The
table counts a group's and a concept's first offers, with 95 % intervals (Wilson), beside the share that was refused.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import prism_lsp
from benchmarks.measures import wilson
from prism_lsp.build.check import GOALS
from prism_lsp.engine import concepts
from prism_lsp.engine.trust import group_of
from prism_lsp.reading import Feature

LABELS = Path(__file__).parent / "labels" / "rewrites.jsonl"
RUN = Path(__file__).parent / "results" / "rewrite.json"
METHODS = ("prism", "prism-unchecked", "prompt-0", "prompt-8", "plain-add", "random")

Key = tuple[str, str, str]


def key(row: dict[str, Any]) -> Key:
    """(concept/direction, source, text)"""
    return f"{row['concept']}/{row['direction']}", row["source"], row["text"]


def labels() -> dict[Key, bool]:
    """Every judgement."""
    if not LABELS.exists():
        return {}
    return {key(row): bool(row["good"]) for row in map(json.loads, LABELS.read_text("utf-8").splitlines())}


def waiting(items: Sequence[dict[str, Any]], known: dict[Key, bool], most: int) -> list[dict[str, str]]:
    """What is to be judged, in an order that says nothing; a copy of the sentence needs no reader."""
    new = {
        key(item): item for item in items if item["text"] and item["text"] != item["source"] and key(item) not in known
    }
    rows = [{name: item[name] for name in ("concept", "direction", "source", "text")} for item in new.values()]
    random.Random(0).shuffle(rows)
    return rows[:most]


def line(name: str, items: Sequence[dict[str, Any]], known: dict[Key, bool], goal: float | None = None) -> str:
    """A row of the table: all, refused, judged, and of these good."""
    refused = sum(item["text"] is None for item in items)
    told = [
        item["text"] != item["source"] and known[key(item)] for item in items if item["text"] and _told(item, known)
    ]
    low, high = wilson(sum(told), len(told))
    share = f"{sum(told)}/{len(told)} ({sum(told) / len(told):.0%}) [{low:.0%}–{high:.0%}]" if told else "–"
    aim = f"{goal:.0%}" if goal else ""
    return f"| {name} | {len(items)} | {refused / max(1, len(items)):.0%} | {share} | {aim} |"


def _told(item: dict[str, Any], known: dict[Key, bool]) -> bool:
    return item["text"] == item["source"] or key(item) in known


def table(items: Sequence[dict[str, Any]], known: dict[Key, bool], families: dict[str, str]) -> str:
    """The page."""
    head = "| {} | rewrites | refused | good, of those judged [95 %] | goal |\n|---|--:|--:|--:|--:|\n"
    groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
    tasks: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in items:
        if item["method"] == "prism":
            groups[families[item["concept"]]].append(item)
            tasks[key(item)[0]].append(item)
    out = ["# Rewrites judged by readers", "", __doc__ or "", "", "## First offers, by group of concepts", ""]
    out += [head.format("group") + "\n".join(line(g, groups[g], known, GOALS[g]) for g in sorted(groups))]
    out += ["", "## Methods", "", head.format("method")]
    by_method = {m: [item for item in items if item["method"] == m] for m in METHODS}
    out[-1] += "\n".join(line(m, found, known) for m, found in by_method.items() if found)
    out += ["", "A copy counts as not good; a method whose rewrites nobody judged has a dash.", ""]
    out += ["## First offers, by concept and direction", ""]
    out += [head.format("concept") + "\n".join(line(t, tasks[t], known) for t in sorted(tasks)), ""]
    return "\n".join(out)


def main() -> None:
    """Export what is to be judged, or count."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--export", type=Path)
    parser.add_argument("--methods", default="prism,prism-unchecked,prompt-8")
    parser.add_argument("--most", type=int, default=900)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/judged"))
    arguments = parser.parse_args()
    items = list(json.loads(RUN.read_text("utf-8"))["items"].values())
    known = labels()
    if arguments.export:
        mine = [item for item in items if item["method"] in arguments.methods.split(",")]
        rows = waiting(mine, known, arguments.most)
        arguments.export.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
        print(f"{len(rows)} rewrites to judge in {arguments.export}")
        return
    found = concepts.load_all(Path(prism_lsp.__file__).parent / "concepts")
    page = table(items, known, {c.id: group_of([Feature(*c[:4])]) for c in found})
    arguments.out.with_suffix(".md").write_text(page, "utf-8")
    print(page)


if __name__ == "__main__":
    main()
