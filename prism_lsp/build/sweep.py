"""`prism-lsp build sweep`: which layers and which pooling read best, measured.

    python -m prism_lsp.build.sweep [--layers 6 9 12] [--out models/smollm2-135m/sweep.json]

Probes are fitted on the pairs that are not held out, on rule-made pairs and on half of the labelled sentences (by text, so
that no text is on both sides), and scored by AUROC on the other half. Layers, pooling and the recipe's numbers are chosen
here, so only the corpus' train part is used; `benchmarks.detect` reports on the held-out part.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from prism_lsp.build import examples, fit
from prism_lsp.build.concepts import CONCEPTS, FIRST_TOKEN, States, reference
from prism_lsp.engine import concepts, weights
from prism_lsp.engine.llama import Llama
from prism_lsp.engine.local import load_tokenizer
from prism_lsp.engine.reader import Reader

RECIPES = {
    "mean": fit.Recipe(poolings=("mean",)),
    "attention, key of its own": fit.Recipe(poolings=("key", "mean")),
    "attention, value as key": fit.Recipe(poolings=("tied",)),
    "attention, value as key, and mean": fit.Recipe(poolings=("tied", "mean")),
    "the same, decay 10": fit.Recipe(poolings=("tied", "mean"), decay=10),
    "the same, decay 1": fit.Recipe(poolings=("tied", "mean"), decay=1),
}

FEWEST = 5
"""A concept that fewer of the sentences have is left out of the mean."""


def halves(read: Sequence[examples.Labelled]) -> tuple[list[examples.Labelled], list[examples.Labelled]]:
    """Labelled sentences by text or chapter: even ones and odd ones of their sources, in order of appearance."""
    sources = {source: number for number, source in enumerate(sorted({s.source for s in read}))}
    return [s for s in read if sources[s.source] % 2 == 0], [s for s in read if sources[s.source] % 2]


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, nargs="+", default=[6, 9, 12])
    parser.add_argument("--rule-pairs", type=int, default=200)
    parser.add_argument("--tagged", type=int, default=4000)
    parser.add_argument("--out", type=Path, default=Path("models/smollm2-135m/sweep.json"))
    arguments = parser.parse_args()

    base = weights.ensure()
    model, tokenizer = Llama(base.path), load_tokenizer(base.path)
    found = concepts.load_all(CONCEPTS)
    names = [concept.id for concept in found]
    fitted, judged = halves(examples.labelled())
    judged_texts = {sentence.text for sentence in judged}
    every = examples.every(found, arguments.rule_pairs, arguments.tagged, read=fitted)
    texts, known, kinds = examples.matrix([each for each in every if each.text not in judged_texts], names)
    keys = examples.own_keys(names)
    has = np.array([[name in sentence.concepts for name in names] for sentence in judged])
    rows: list[dict[str, Any]] = []
    for layer in arguments.layers:
        states = States(Reader(model, tokenizer, 12, FIRST_TOKEN, (layer,)), base.sha256)
        sample = np.concatenate(states(reference(1000))).astype(np.float32)
        moments = fit.Moments(sample.mean(0), sample.std(0))
        ours, theirs = states(texts), states([sentence.text for sentence in judged])
        states.save()
        for name, recipe in RECIPES.items():
            scores = fit.scores(fit.fit(ours, known, kinds, moments, recipe, own_key=keys), theirs)
            aurocs = {
                concept: round(concepts.auroc(scores[has[:, row], row], scores[~has[:, row], row]), 4)
                for row, concept in enumerate(names)
                if has[:, row].sum() >= FEWEST
            }
            rows.append({"layer": layer, "pooling": name, "mean": round(float(np.mean(list(aurocs.values()))), 4),
                         "least": min(aurocs.values()), "auroc": aurocs})  # fmt: skip
            print(f"layer {layer:2}  {name:36} mean {rows[-1]['mean']:.4f}  least {rows[-1]['least']:.3f}", flush=True)
            arguments.out.write_text(json.dumps({"sentences": len(judged), "rows": rows}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
