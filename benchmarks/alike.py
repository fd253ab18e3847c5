"""How sentences are compared (`prism_lsp/profiles.py`): do those that are called alike have the same features by rule?

    python -m benchmarks.alike [--sentences 1500]

Held-out sentences of the Brown corpus are read, and each is compared with all others in several ways. The independent
rules (`benchmarks/rules.py`) say which features two sentences share; their agreement is the cosine of what they say,
standardised, so that sharing a rare feature counts for more and two sentences drawn at random agree in nothing (0).
Printed: the mean agreement of a sentence with the ten that each way calls most alike; then, for the way that the product
takes, the agreement by likeness, which is where the floor of `textDocument/references` comes from.
"""

from __future__ import annotations

import argparse
import random
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from benchmarks.lexicon import brown
from benchmarks.rules import Rules
from prism_lsp.build import corpus
from prism_lsp.engine.local import LocalEngine
from prism_lsp.profiles import direction, scale
from prism_lsp.reading import PRESENT, Reading

Matrix = NDArray[np.float64]

NEAREST = 10
BINS = (-1.0, 0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)


def unit(rows: Matrix) -> Matrix:
    """Rows brought to length 1."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float64)


def ways(engine: LocalEngine, readings: list[Reading]) -> dict[str, Matrix]:
    """Vectors by the way they are made, a row a sentence."""
    a = np.array([reading.activations for reading in readings])
    p = np.array([reading.percentiles for reading in readings])
    density = np.array([feature.density for feature in engine.features])
    deviation = np.sqrt(density * (1 - density))
    bits, rarity, present = -np.log2(np.maximum(1 - p, 1e-3)), -np.log2(density), a >= PRESENT
    scales = scale(engine.features)
    return {
        "activations": a,
        "activations, standardised on these sentences": (a - a.mean(0)) / a.std(0),
        "activations, standardised by density, not cut off": (a - density) / deviation,
        "activations, standardised by density, cut off at 1": (np.minimum(a, 1) - density) / deviation,
        "**as shipped: cut off at 1.5**": np.array([direction(r.activations, scales) for r in readings]),
        "activations times rarity": np.minimum(a, 1) * rarity,
        "present or not, standardised by density": (present - density) / deviation,
        "present or not, times rarity": present * rarity,
        "bits (-log2 of the share that has more)": bits,
        "bits, centred": bits - 1 / np.log(2),
        "bits of what is present": bits * present,
        "percentiles, centred": p - 0.5,
        "drawn at random": np.random.default_rng(0).normal(size=a.shape),
    }


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    engine, rules = LocalEngine.load(), Rules(brown())
    held = [s.text for s in corpus.brown() if s.split == "held-out" and 5 <= len(s.text.split()) <= 40]
    texts = random.Random(arguments.seed).sample(held, arguments.sentences)
    readings = [reading for start in range(0, len(texts), 64) for reading in engine.read(texts[start : start + 64])]

    def says(concept: str, text: str) -> float:
        try:
            answer = rules.holds(concept, text)
        except KeyError:
            answer = None
        return np.nan if answer is None else float(answer)

    said = np.array([[says(feature.id, text) for feature in engine.features] for text in texts])
    said = said[:, np.isfinite(said).any(0)]
    rate = np.nanmean(said, 0)
    said = np.nan_to_num((said - rate) / np.sqrt(np.maximum(rate * (1 - rate), 1e-9)))
    agreement = unit(said) @ unit(said).T
    np.fill_diagonal(agreement, np.nan)

    print(f"{len(texts)} held-out sentences, {len(engine.features)} features, {said.shape[1]} of them with a rule\n")
    print(f"| vectors | agreement of the nearest {NEAREST} |\n|---|--:|")
    for name, vectors in {**ways(engine, readings), "the rules themselves": said}.items():
        likeness = unit(vectors) @ unit(vectors).T
        np.fill_diagonal(likeness, -9)
        nearest = np.argsort(-likeness, axis=1)[:, :NEAREST]
        print(f"| {name} | {np.take_along_axis(agreement, nearest, axis=1).mean():.3f} |")
        if name.startswith("**"):
            shipped = likeness
    print("\n| likeness | pairs | agreement |\n|---|--:|--:|")
    for low, high in pairwise(BINS):
        within = (shipped >= low) & (shipped < high)
        print(
            f"| {low} to {min(high, 1)} | {within.sum() / (shipped.size - len(texts)):.2%} | {agreement[within].mean():.3f} |"
        )


if __name__ == "__main__":
    main()
