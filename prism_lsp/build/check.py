"""`prism-lsp build check`: fit when a rewrite is trusted, on rewrites that readers judged.

    python -m prism_lsp.build.check --collect FILE [--sentences 4]    rewrites of train-part sentences, to be judged
    python -m prism_lsp.build.check [--pack models/smollm2-135m]      fit on build/labels/rewrites.jsonl, write check.json

Collected are candidates that reached their target and are whole, whatever else is measured on them, in an order that says
nothing. A reader who sees the sentence, what was asked and the candidate calls it good when the edit is done, all else that
the sentence says is kept, and an editor would print it. The least trust of each group is where, of judged rewrites that were
held out by source text in turn, the goal's share is good, or where a good one is as likely as a bad one if the goal is out of reach. `benchmarks.judged` reports on held-out sentences.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from prism_lsp.build.concepts import reference
from prism_lsp.engine import check, trust
from prism_lsp.engine import pack as packs
from prism_lsp.engine.local import LocalEngine
from prism_lsp.reading import PRESENT, Edit

Array = NDArray[np.float64]

LABELS = Path(__file__).parent / "labels" / "rewrites.jsonl"

GOALS = {"grammar": 0.95, "narration": 0.90, "tone": 0.85, "rhetoric": 0.85, "topic": 0.85, "other": 0.85}
"""Share of what is offered that readers are to find good."""

RIDGE = 1.0
"""Penalty on the standardised weights, and on how far a group lies from all; the intercept of all is free."""

EVEN = 0.5
"""Trust from which on a rewrite is more likely good than not."""

FOLDS = 10
MOST = 3
"""Candidates of one sentence that are collected."""


class Judged(NamedTuple):
    """A judged rewrite with what was measured on it."""

    group: str
    measures: trust.Measures
    good: bool
    source: str


def collect(engine: LocalEngine, sentences: int, seed: int) -> list[dict[str, Any]]:
    """Candidates to be judged: for every concept and direction from `sentences` sentences of the train part."""
    pool = [text for text in reference(6000, seed + 50) if 5 <= len(text.split()) <= 25]
    random.Random(seed).shuffle(pool)
    pool = pool[:2500]
    activations = engine.scores(pool)[0]
    rows = []
    for column, feature in enumerate(engine.features):
        for amount in (1.0, -1.0):
            mine = activations[:, column] <= check.ABSENT if amount > 0 else activations[:, column] >= PRESENT
            chosen = [
                pool[i]
                for i in random.Random(f"{seed}|{feature.id}|{amount}").sample(range(len(pool)), len(pool))
                if mine[i]
            ]
            for source in chosen[:sentences]:
                edit = Edit(((feature.id, amount),))
                rows += [
                    {"source": source, "moves": [[feature.id, amount]], "text": text}
                    for text in reaching(engine, source, edit)
                ]
            print(feature.id, amount, len(rows), flush=True)
    random.Random(seed).shuffle(rows)
    return rows


def reaching(engine: LocalEngine, source: str, edit: Edit) -> list[str]:
    """Up to MOST different candidates of an edit that reach it and are whole, as the product decodes them."""
    texts, likely = engine.decoded(source, edit)
    before, candidates = engine.candidates(source, texts, edit, likely=likely)
    found = [c for c in candidates if c.whole and check.arrived(before, c.scores, edit, engine.pack)]
    found.sort(key=lambda c: -c.similarity)
    # the best, the worst and the middle one: what is seldom offered must be judged too
    spread = [found[0], found[-1], found[len(found) // 2]] if len(found) > 2 else found
    return list(dict.fromkeys(c.text for c in spread))[:MOST]


def edit_of(row: dict[str, Any]) -> Edit:
    """What a judged rewrite was asked for."""
    return Edit(tuple((str(feature), float(amount)) for feature, amount in row["moves"]))


def measured(engine: LocalEngine, rows: Sequence[dict[str, Any]]) -> list[Judged]:
    """Judged rewrites as the check would see them; those that it would refuse before trust is asked are left out."""
    texts = list(dict.fromkeys(text for row in rows for text in (row["source"], row["text"])))
    latents, scores, surprise = engine.measure(texts)
    at = {text: i for i, text in enumerate(texts)}
    asked: dict[tuple[str, Edit], list[str]] = defaultdict(list)
    for row in rows:
        asked[row["source"], edit_of(row)].append(row["text"])
    likely = {
        (source, edit, text): value
        for (source, edit), mine in asked.items()
        for text, value in zip(mine, engine.likelihoods(source, edit, mine), strict=True)
    }
    out = []
    for row in rows:
        edit = edit_of(row)
        i, j = at[row["source"]], at[row["text"]]
        moves = [(engine.pack.row(feature), amount) for feature, amount in edit.moves]
        if not check.arrived(scores[i], scores[j], edit, engine.pack):
            continue
        if not check.whole(row["source"], row["text"], edit, engine.pack, engine.pieces):
            continue
        kept = check.likeness(row["source"], row["text"], latents[i], latents[j], edit, engine.pack)
        candidate = check.Candidate(
            row["text"], scores[j], kept, float(surprise[j] - surprise[i]), likely[row["source"], edit, row["text"]]
        )
        group = trust.group_of([engine.pack.features[r] for r, _ in moves])
        out.append(
            Judged(group, check.measures(scores[i], candidate, moves, engine.pack), bool(row["good"]), row["source"])
        )
    return out


def logistic(x: Array, y: Array, penalty: Array) -> Array:
    """Weights of a logistic regression with a ridge penalty on each, by Newton's method. x: (rows, columns)."""
    weights = np.zeros(x.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ weights))
        gradient = x.T @ (y - p) - penalty * weights
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        weights += step
        if np.abs(step).max() < 1e-8:
            break
    return weights


def fit(judged: Sequence[Judged]) -> trust.Trust:
    """The regression, with no thresholds yet (they are 0)."""
    x = np.array([j.measures for j in judged])
    centre, spread = x.mean(0), np.maximum(x.std(0), 1e-6)
    groups = np.array([[j.group == group for group in trust.GROUPS] for j in judged], float)
    columns = np.hstack([(x - centre) / spread, np.ones((len(x), 1)), groups])
    penalty = np.array([RIDGE] * x.shape[1] + [1e-6] + [RIDGE] * len(trust.GROUPS))
    found = logistic(columns, np.array([j.good for j in judged], float), penalty)
    weights = found[: x.shape[1]] / spread
    base = float(found[x.shape[1]] - weights @ centre)
    intercepts = {group: base + float(found[x.shape[1] + 1 + i]) for i, group in enumerate(trust.GROUPS)}
    return trust.Trust(tuple(map(float, weights)), intercepts, dict.fromkeys(trust.GROUPS, 0.0))


def crossed(judged: Sequence[Judged]) -> Array:
    """Each rewrite's trust by a regression that was fitted without its source sentence, (rewrites,)."""
    sources = sorted({j.source for j in judged})
    random.Random(0).shuffle(sources)
    fold = {source: i % FOLDS for i, source in enumerate(sources)}
    out = np.zeros(len(judged))
    for number in range(FOLDS):
        fitted = fit([j for j in judged if fold[j.source] != number])
        for i, j in enumerate(judged):
            if fold[j.source] == number:
                out[i] = trust.trust(j.measures, fitted, j.group)
    return out


def least(scores: Array, good: NDArray[np.bool_], goal: float) -> float:
    """The lowest trust from which on the goal's share is good; EVEN where that would refuse more than half of the good ones."""
    order = np.argsort(-scores)
    found = np.cumsum(good[order])
    enough = np.flatnonzero((found >= goal * np.arange(1, len(order) + 1)) & (found >= good.sum() / 2))
    return float(scores[order[enough[-1]]]) if good.any() and len(enough) else EVEN


def main() -> None:
    """Collect, or fit and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, default=Path("models") / packs.DEFAULT)
    parser.add_argument("--collect", type=Path, help="write candidates to be judged, JSON lines")
    parser.add_argument("--sentences", type=int, default=4, help="for each concept and direction")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    engine = LocalEngine.load(pack=str(arguments.pack))
    if arguments.collect:
        rows = collect(engine, arguments.sentences, arguments.seed)
        arguments.collect.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
        return
    judged = measured(engine, [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()])
    scores = crossed(judged)
    by_group: dict[str, list[int]] = defaultdict(list)
    for i, j in enumerate(judged):
        by_group[j.group].append(i)
    thresholds = dict.fromkeys(trust.GROUPS, 0.5)
    print("| group | judged | good | goal | least trust | offered | of these good |\n|---|--:|--:|--:|--:|--:|--:|")
    for group, mine in sorted(by_group.items()):
        good = np.array([judged[i].good for i in mine])
        thresholds[group] = least(scores[mine], good, GOALS[group])
        taken = scores[mine] >= thresholds[group]
        print(
            f"| {group} | {len(mine)} | {good.mean():.0%} | {GOALS[group]:.0%} | {thresholds[group]:.2f} | {taken.mean():.0%} "
            f"| {good[taken].mean():.0%} |"
        )
    fitted = fit(judged)._replace(least=thresholds)
    trust.save(engine.shipped.folder / "check.json", fitted)
    packs.seal(engine.shipped)
    print(dict(zip(trust.Measures._fields, np.round(fitted.weights, 2).tolist(), strict=True)))


if __name__ == "__main__":
    main()
