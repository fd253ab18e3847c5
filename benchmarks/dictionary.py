"""What a dictionary of latents holds: how much of them, how sparsely, and how much of what is known about the sentences.

    python -m benchmarks.dictionary FOLDER [--other FOLDER] [--control FOLDER] [--latents F] [--control-latents F]
        [--out benchmarks/results/dictionary]

On held-out sentences: variance explained, activations a sentence (L0), dead and dense units, density histogram. On sentences
that were labelled by reading (`build/labels` to fit, `benchmarks/labels/detect.jsonl` to report): how much of every concept's
AUROC outlives reconstruction, the probe being fitted on the latents; and probes on the best k = 1 and 5 units alone, as in
SAEBench (arXiv 2503.09532). `--other` is the same recipe with another seed. Beside it the principal components, as many as the
dictionary has activations a sentence, and with `--control` a dictionary of the same model with random weights
(`prism-lsp build harvest --control 0`, then `build dictionary`): what that one has too says nothing about the model.
Writes OUT.md and OUT.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks import truth
from prism_lsp.build import examples, harvest
from prism_lsp.engine import dictionary, weights
from prism_lsp.engine.concepts import auroc
from prism_lsp.engine.llama import Llama
from prism_lsp.engine.local import load_tokenizer
from prism_lsp.engine.reader import Reader

Array = NDArray[np.float32]
FEWEST = 15
"""Labelled sentences with a concept, on either side, below which its figure would be chance."""
BINS = (0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Of the density: the share of sentences in which a unit is active."""
ALIKE = 0.7
"""Cosine of two units' decoders from which they count as the same (facts, B1)."""
K = (1, 5)


class Code(NamedTuple):
    """A way of writing latents down."""

    name: str
    codes: Callable[[Array], Array]
    """(sentences, d) to (sentences, units)"""
    reconstruction: Callable[[Array], Array]
    """(sentences, d) to (sentences, d)"""


class Labelled(NamedTuple):
    """Sentences of which every concept is known."""

    latents: Array
    has: NDArray[np.float32]
    """(sentences, concepts): 1, 0, or nan where nobody looked."""


def raw() -> Code:
    """The latent itself: an upper bound of what a probe can find, and one dimension a unit."""
    return Code("latent", lambda z: z, lambda z: z)


def sae(name: str, found: dictionary.Dictionary) -> Code:
    """A dictionary."""

    def codes(z: Array) -> Array:
        return np.concatenate([found.activations(torch.from_numpy(part)).numpy() for part in _pieces(z)])

    def reconstruction(z: Array) -> Array:
        done = (found.reconstruction(found.activations(torch.from_numpy(part))).numpy() for part in _pieces(z))
        return np.concatenate(list(done))

    return Code(name, codes, reconstruction)


def pca(latents: Array, count: int) -> Code:
    """The first `count` principal components of these latents."""
    mean = latents.mean(0)
    spread = np.cov((latents - mean).T.astype(np.float64))
    axes = np.linalg.eigh(spread)[1][:, ::-1][:, :count].astype(np.float32)
    return Code(f"PCA, {count} components", lambda z: (z - mean) @ axes, lambda z: (z - mean) @ axes @ axes.T + mean)


def _pieces(z: Array, size: int = 4096) -> list[Array]:
    return [np.ascontiguousarray(z[at : at + size], np.float32) for at in range(0, len(z), size)]


def explained(z: Array, mean: Array, code: Code) -> float:
    """Share of the variance about `mean` that the reconstruction has. z: (sentences, d)."""
    left = sum(float(np.square(part - code.reconstruction(part), dtype=np.float64).sum()) for part in _pieces(z))
    return 1 - left / float(np.square(z - mean, dtype=np.float64).sum())


def density(z: Array, code: Code) -> Array:
    """The share of the sentences in which each unit is active, (units,)."""
    return np.asarray(sum((code.codes(part) > 0).sum(0) for part in _pieces(z)) / len(z), np.float32)


def histogram(shares: Array) -> dict[str, int]:
    """Units by density; the first row is the dead ones."""
    rows = {"0 (dead)": int((shares == 0).sum())}
    for low, high in pairwise(BINS):
        rows[f"{low:g} to {high:g}"] = int(((shares > low) & (shares <= high)).sum())
    return rows


def outlived(fit: Labelled, test: Labelled, codes: Sequence[Code], names: Sequence[str]) -> dict[str, dict[str, float]]:
    """AUROC of every concept by code: the probe is fitted on the latents and reads their reconstruction."""
    from sklearn.linear_model import LogisticRegression

    mean, spread = fit.latents.mean(0), fit.latents.std(0) + 1e-6
    read = {code.name: (code.reconstruction(test.latents) - mean) / spread for code in codes}
    out: dict[str, dict[str, float]] = {}
    for column, name in enumerate(names):
        mine, known = _known(fit, column), _known(test, column)
        if mine is None or known is None:
            continue
        probe = LogisticRegression(C=0.01, class_weight="balanced", max_iter=500)
        probe.fit((fit.latents[mine] - mean) / spread, fit.has[mine, column])
        has = test.has[known, column] == 1
        scores = {code: (x[known] @ probe.coef_[0]) for code, x in read.items()}
        out[name] = {code: auroc(score[has], score[~has]) for code, score in scores.items()}
    return out


def sparse(fit: Labelled, test: Labelled, code: Code, names: Sequence[str], k: int) -> dict[str, float]:
    """AUROC of every concept with the k units whose mean differs most (in their spreads) between sentences with and without."""
    from sklearn.linear_model import LogisticRegression

    x, y = code.codes(fit.latents), code.codes(test.latents)
    spread = x.std(0) + 1e-6
    out: dict[str, float] = {}
    for column, name in enumerate(names):
        mine, known = _known(fit, column), _known(test, column)
        if mine is None or known is None:
            continue
        has, told = fit.has[mine, column] == 1, test.has[known, column] == 1
        step = (x[mine][has].mean(0) - x[mine][~has].mean(0)) / spread
        best = np.argsort(-np.abs(step), kind="stable")[:k]
        probe = LogisticRegression(class_weight="balanced", max_iter=500).fit(x[mine][:, best] / spread[best], has)
        score = y[known][:, best] / spread[best] @ probe.coef_[0]
        out[name] = auroc(score[told], score[~told])
    return out


def _known(labelled: Labelled, column: int) -> NDArray[np.bool_] | None:
    has = labelled.has[:, column]
    return ~np.isnan(has) if min((has == 1).sum(), (has == 0).sum()) >= FEWEST else None


def agreement(one: Array, other: Array) -> dict[str, float]:
    """How far the live units' decoders, rows of either, are found again in the other."""
    a, b = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (one, other))
    best = np.concatenate([(part @ b.T).max(1) for part in _pieces(a)])
    return {"mean of the nearest's cosine": float(best.mean()), f"share over {ALIKE}": float((best > ALIKE).mean())}


def labelled(latents: Callable[[Sequence[str]], Array]) -> tuple[Labelled, Labelled, list[str]]:
    """What to fit on, what to report on, and the concepts."""
    rows = [*examples.labelled(), *(row for path in examples.CHOSEN for row in examples.labelled(path))]
    held = examples.labelled(truth.READ)
    names = sorted({name for row in held for name in row.concepts})

    def known(some: Sequence[examples.Labelled]) -> Labelled:
        has = [
            [float(name in row.concepts) if row.asked is None or name in row.asked else np.nan for name in names]
            for row in some
        ]
        return Labelled(latents([row.text for row in some]), np.array(has, np.float32))

    return known(rows), known(held), names


def measure(
    found: dictionary.Dictionary, train: Array, held: Array, fit: Labelled, test: Labelled, names: Sequence[str]
) -> dict[str, Any]:
    """Every figure of one dictionary on latents of its own model."""
    mine, mean = sae("dictionary", found), train.mean(0)
    shares = density(held, mine)
    each = float(shares.sum())
    components = pca(train, max(1, round(each)))
    codes = (raw(), mine, components)
    aurocs = outlived(fit, test, codes, names)
    return {
        "units": found.units,
        "explained": {code.name: explained(held, mean, code) for code in codes[1:]},
        "L0": each,
        "dead": int((shares == 0).sum()),
        "dense (over 0.1)": int((shares > 0.1).sum()),
        "density": histogram(shares),
        "AUROC": {code.name: _mean(aurocs[name][code.name] for name in aurocs) for code in codes},
        "AUROC by concept": aurocs,
        "sparse": {
            code.name: {f"k = {k}": _mean(sparse(fit, test, code, names, k).values()) for k in K} for code in codes
        },
    }


def _mean(values: Any) -> float:
    found = list(values)
    return float(np.mean(found)) if found else float("nan")


def page(results: dict[str, Any], command: str) -> str:
    """The results as Markdown."""
    subjects = [name for name in ("trained", "random weights") if name in results]
    lines = [
        "# Dictionary",
        "",
        f"`{command}`: {results['held out']:,} held-out sentences, latents after layer {results['layer']}.",
        "",
    ]
    lines += [f"| | {' | '.join(subjects)} |", f"|---|{'--:|' * len(subjects)}"]

    def row(name: str, value: Callable[[dict[str, Any]], str]) -> None:
        lines.append(f"| {name} | {' | '.join(value(results[each]) for each in subjects)} |")

    row("units", lambda r: f"{r['units']:,}")
    row("variance explained", lambda r: f"{r['explained']['dictionary']:.3f}")
    row("variance explained by as many principal components", lambda r: f"{_pca(r['explained']):.3f}")
    row("activations a sentence (L0)", lambda r: f"{r['L0']:.1f}")
    row("dead units", lambda r: str(r["dead"]))
    row("units active in over a tenth", lambda r: str(r["dense (over 0.1)"]))
    for name in results["trained"]["density"]:
        row(f"units of density {name}", lambda r, name=name: str(r["density"][name]))  # type: ignore[misc]
    row("concepts' AUROC, latent", lambda r: f"{r['AUROC']['latent']:.3f}")
    row("after reconstruction", lambda r: f"{r['AUROC']['dictionary']:.3f}")
    row("after PCA", lambda r: f"{_pca(r['AUROC']):.3f}")
    for k in (f"k = {k}" for k in K):
        row(f"{k}: latent's dimensions", lambda r, k=k: f"{r['sparse']['latent'][k]:.3f}")  # type: ignore[misc]
        row(f"{k}: dictionary's units", lambda r, k=k: f"{r['sparse']['dictionary'][k]:.3f}")  # type: ignore[misc]
        row(f"{k}: principal components", lambda r, k=k: f"{_pca(r['sparse'])[k]:.3f}")  # type: ignore[misc]
    if "seeds" in results:
        told = ", ".join(f"{name} {value:.3f}" for name, value in results["seeds"].items())
        lines += ["", f"Two seeds: {told}."]
    lines += ["", "| concept | latent | dictionary | PCA |", "|---|--:|--:|--:|"]
    for name, by in results["trained"]["AUROC by concept"].items():
        lines.append(f"| {name} | {by['latent']:.3f} | {by['dictionary']:.3f} | {_pca(by):.3f} |")
    return "\n".join(lines) + "\n"


def _pca(by: dict[str, Any]) -> Any:
    return next(value for name, value in by.items() if name.startswith("PCA"))


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dictionary", type=Path)
    parser.add_argument("--other", type=Path, help="the same recipe with another seed")
    parser.add_argument("--control", type=Path, help="a dictionary of the model with random weights")
    parser.add_argument("--layer", type=int, default=12)
    parser.add_argument("--latents", type=Path)
    parser.add_argument("--control-latents", type=Path)
    parser.add_argument("--control-seed", type=int, default=0)
    parser.add_argument("--train", type=int, default=200_000, help="train sentences for mean and components")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/dictionary"))
    given = parser.parse_args()
    base = weights.ensure()
    tokenizer = load_tokenizer(base.path)

    def figures(folder: Path, latents: Path, model: Llama) -> dict[str, Any]:
        reader = Reader(model, tokenizer, given.layer)
        train = harvest.load(latents, given.layer, "train", given.train).astype(np.float32)
        held = harvest.load(latents, given.layer, "held-out").astype(np.float32)
        results["held out"] = len(held)
        fit, test, names = labelled(
            lambda texts: harvest.latents(reader, texts, (given.layer,))[given.layer].astype(np.float32)
        )
        return measure(dictionary.load(folder), train, held, fit, test, names)

    results: dict[str, Any] = {"layer": given.layer}
    results["trained"] = figures(given.dictionary, given.latents or harvest.default_out(base.sha256), Llama(base.path))
    if given.other:
        decoders = [dictionary.load(folder).decoder.numpy() for folder in (given.dictionary, given.other)]
        results["seeds"] = agreement(decoders[0], decoders[1])
    if given.control:
        where = given.control_latents or harvest.default_out(base.sha256, given.control_seed)
        control = harvest.RandomLlama(base.path, "cpu", given.control_seed)
        results["random weights"] = figures(given.control, where, control)
    given.out.with_suffix(".json").write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    given.out.with_suffix(".md").write_text(
        page(results, f"python -m benchmarks.dictionary {given.dictionary.name}"), "utf-8"
    )
    print(given.out.with_suffix(".md").read_text("utf-8"))


if __name__ == "__main__":
    main()
