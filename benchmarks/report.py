"""The figures of `benchmarks.rewrite` as Markdown. Nothing here is measured, only counted."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from benchmarks.measures import wilson
from benchmarks.rules import WEAK

Item = dict[str, Any]

HEAD = (
    "| {first} | n | refused | copies | target by probe | target by rule [95 %] | good, of all | similarity | fluency "
    "| seconds |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n"
)


def _median(values: Sequence[float]) -> float | None:
    ordered = sorted(values)
    if not ordered:
        return None
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def _number(value: float | None, digits: int = 2) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _percent(hits: int, of: int) -> str:
    return f"{hits}/{of} ({hits / of:.0%})" if of else "–"


def line(name: str, items: Sequence[Item], kept: float) -> str:
    """One row of a table. Shares by probe and by rule are of what was offered; "good" is of all sentences.

    kept: the similarity from which on the meaning counts as kept.
    """
    offered = [i for i in items if i.get("scores")]
    told = [i for i in offered if i["rule"] is not None and i["concept"] not in WEAK]
    hits = sum(i["rule"] for i in told)
    low, high = wilson(hits, len(told))
    good = sum(i["scores"]["reached"] and i["rule"] is not False and i["scores"]["similarity"] >= kept for i in offered)
    seconds = _median([i["seconds"] for i in items if i["seconds"] is not None])
    batched = "~" if any("batched" in i for i in items) else ""
    cells = [
        name,
        str(len(items)),
        str(sum(i["text"] is None for i in items)),
        str(sum(i["scores"]["copy"] for i in offered)),
        _percent(sum(i["scores"]["reached"] for i in offered), len(offered)),
        f"{_percent(hits, len(told))} [{low:.0%}–{high:.0%}]" if told else "–",
        _percent(good, len(items)),
        _number(_median([i["scores"]["similarity"] for i in offered])),
        _number(_median([i["scores"]["fluency"] for i in offered])),
        batched + _number(seconds, 1),
    ]
    return "| " + " | ".join(cells) + " |\n"


def table(data: dict[str, Any]) -> str:
    """The whole report."""
    items: list[Item] = [i for i in data["items"].values() if "scores" in i or i["text"] is None]
    methods = list(dict.fromkeys(i["method"] for i in items))
    order = ["prism", "prism-unchecked", "copy", "prompt-0", "prompt-8", "plain-add", "random"]
    methods.sort(key=order.index)
    meta = data["meta"]
    out = (
        "# Rewriting held-out real sentences\n\n"
        f"`python -m benchmarks.rewrite`, pack {meta['pack']['name']} {meta['pack']['version']} "
        f"({meta['pack']['sha256'][:12]}), seed {meta['seed']}, {meta['threads']} threads. Sentences of 5 to 25 words "
        "from the held-out parts of Brown, Austen and Moby-Dick; the concept absent (on) or present (off) by probe and "
        "by rule.\n\n"
        "*Target by probe* and *by rule* are shares of what was offered; the rule (`benchmarks/rules.py`) knows "
        "nothing of the probe; it is left out where it cannot tell, and for formal and informal (mere word lists). "
        "*Good* is the share of all sentences, refused ones counting as misses, where something was offered, the probe "
        "was reached, the rule does not object, and the similarity is at least what nine in ten of the concepts' own "
        f"held-out pairs have ({meta['kept']:.2f}). *Similarity* (cosine by all-MiniLM-L6-v2) and *fluency* (perplexity "
        "of the source over that of the rewrite, cut off at 1) are medians over what was offered, *seconds* medians "
        "over all; ~ was decoded in a batch.\n\n"
        "## Methods on the same sentences\n\n"
    )
    shared = _shared(items, methods)
    out += (
        f"Only the {len(shared)} sentences that all of these methods have done, so that they can be compared.\n\n"
        + HEAD.format(first="method")
    )
    for method in methods:
        out += line(
            method, [i for i in items if i["method"] == method and _name(i) + i["source"] in shared], meta["kept"]
        )
    out += "\n## Methods, each on all sentences that it was given\n\n" + HEAD.format(first="method")
    for method in methods:
        out += line(method, [i for i in items if i["method"] == method], meta["kept"])
    for method in methods:
        if method == "copy":
            continue
        out += f"\n## {method}, by concept and direction\n\n" + HEAD.format(first="concept")
        mine = [i for i in items if i["method"] == method]
        for name in dict.fromkeys(_name(i) for i in mine):
            rows = [i for i in mine if _name(i) == name]
            label = name + (f" (strength {rows[0]['strength']})" if "strength" in rows[0] else "")
            out += line(label, rows, meta["kept"])
    refusals = [i["refused"] for i in items if i["method"] == "prism" and i["refused"]]
    if refusals:
        out += "\n## Why prism refused\n\n"
        kinds = {
            "left it as it is": "left the sentence", "strayed from it": "strayed too far",
            "did not move far enough": "moved far enough", "broken, or without a name or a number": "well formed",
            "not likely enough to be good": "likely enough", "not fluent": "fluent",
        }  # fmt: skip
        for label, part in kinds.items():
            out += f"- {label}: {sum(part in reason for reason in refusals)}\n"
    return out


def _name(item: Item) -> str:
    return f"{item['concept']}/{item['direction']}"


def _shared(items: Sequence[Item], methods: Sequence[str]) -> set[str]:
    done = [{_name(i) + i["source"] for i in items if i["method"] == method} for method in methods]
    return set.intersection(*done) if done else set()


def page(data: dict[str, Any], count: int, seed: int) -> str:
    """Rewrites drawn at random, none picked: before, edit, after or refusal, figures."""
    items: list[Item] = [i for i in data["items"].values() if i["method"] == "prism"]
    drawn = random.Random(seed).sample(items, min(count, len(items)))
    pack = data["meta"]["pack"]
    out = (
        f"# {len(drawn)} rewrites, drawn at random\n\n"
        f"From {len(items)} rewrites of held-out sentences by pack {pack['name']} {pack['version']} (seed {seed}); "
        "none is picked or left out. *target*: score of the feature before and after, below 0 where it is absent; *kept*: cosine of both "
        "sentences by all-MiniLM-L6-v2; *fluency*: perplexity before over after, cut off at 1.\n\n"
    )
    for number, item in enumerate(drawn, 1):
        sign = "+" if item["direction"] == "on" else "−"
        out += f"{number}. **{sign} {item['concept']}**\n   - before: {item['source']}\n"
        scores = item.get("scores")
        if scores:
            rule = {True: "yes", False: "**no**", None: "cannot tell"}[item["rule"]]
            out += (
                f"   - after: {item['text']}\n"
                f"   - target {scores['before']:.2f} → {scores['after']:.2f}, rule: {rule}, "
                f"kept {scores['similarity']:.2f}, fluency {scores['fluency']:.2f}\n"
            )
        else:
            out += f"   - refused: {item['refused']}\n"
    return out
