"""Every text of a run measured alike, whatever method wrote it: probe, rule, similarity, fluency."""

from __future__ import annotations

import numpy as np

from benchmarks.items import Item
from benchmarks.measures import Similarity
from benchmarks.rules import Rules
from prism_lsp.engine import check
from prism_lsp.engine.local import LocalEngine


def score(items: list[Item], engine: LocalEngine, similarity: Similarity) -> None:
    """Measure the texts that have not been measured: probe, similarity by MiniLM, fluency. Changes the items."""
    new = [item for item in items if "scores" not in item]
    wanted = list(dict.fromkeys((item["source"], text) for item in new for text in _texts(item) if text))
    every = sorted({text for pair in wanted for text in pair})
    scores = dict(zip(every, engine.scores(every)[0], strict=True))
    surprise = dict(zip(every, engine.surprise(every).tolist(), strict=True))
    cosine = dict(zip(wanted, similarity(wanted), strict=True))

    def measured(item: Item, text: str | None) -> Item | None:
        if not text:
            return None
        source, row = item["source"], engine.pack.row(item["concept"])
        before, after = (float(scores[each][row]) for each in (source, text))
        return {
            "before": round(before, 4), "after": round(after, 4),
            "reached": check.reached(before, after, 1.0 if item["direction"] == "on" else -1.0, row, engine.pack),
            "similarity": round(cosine[source, text], 4),
            "fluency": round(float(min(1.0, np.exp(surprise[source] - surprise[text]))), 4),
            "copy": text == source,
        }  # fmt: skip

    for item in new:
        if "strengths" in item:
            item["all_scores"] = {strength: measured(item, text) for strength, text in item["strengths"].items()}
        else:
            item["scores"] = measured(item, item["text"])
    added = [item for item in items if "strengths" in item]
    for task in sorted({(item["concept"], item["direction"]) for item in added}):
        _choose_strength([item for item in added if (item["concept"], item["direction"]) == task])


def _texts(item: Item) -> list[str | None]:
    return list(item["strengths"].values()) if "strengths" in item else [item["text"]]


def _choose_strength(items: list[Item]) -> None:
    """Take the strength that does best over a task's sentences: target reached, times similarity, times fluency."""

    def worth(strength: str) -> tuple[float, float]:
        scores = [s for item in items if (s := item["all_scores"][strength])]
        good = sum(s["reached"] * max(0.0, s["similarity"]) * s["fluency"] for s in scores)
        return good, sum(s["similarity"] for s in scores)

    best = max(items[0]["strengths"], key=worth)
    for item in items:
        item |= {"strength": best, "text": item["strengths"][best], "scores": item["all_scores"][best]}


def apply_rules(items: list[Item], rules: Rules) -> None:
    """What the independent rule says of every text. Changes the items."""
    for item in items:
        text = item["text"]
        item["rule"] = rules.reached(item["concept"], item["direction"] == "on", text) if text else None
