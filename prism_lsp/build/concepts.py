"""`prism-lsp build concepts`: fit every concept's probe and direction, and write them into the pack.

    python -m prism_lsp.build.concepts --pack models/smollm2-135m [--layer 12] [--reference 6000]

Held-out figures (AUROC on the fifth of the pairs that no fit has seen) are printed and written to concepts.json in the pack.
"""

from __future__ import annotations

import argparse
import json
import random
from pathlib import Path

import numpy as np

from prism_lsp.build import corpus
from prism_lsp.engine import concepts, pack, weights
from prism_lsp.engine.llama import Llama
from prism_lsp.engine.local import load_tokenizer
from prism_lsp.engine.reader import Reader
from prism_lsp.reading import Feature

RANKS = 257
"""Points of the quantile table."""


def reference(count: int, seed: int = 0) -> list[str]:
    """Sentences of ordinary prose to measure against: half Brown, a quarter each Austen and Moby-Dick; train parts only."""
    draw = random.Random(seed)
    chosen = []
    for source, share in ((corpus.brown(), 0.5), (corpus.austen(), 0.25), (corpus.moby_dick(), 0.25)):
        texts = sorted({s.text for s in source if s.split == "train" and len(s.text.split()) > 1})
        chosen += draw.sample(texts, min(len(texts), int(count * share)))
    return chosen


def build(folder: Path, layer: int, count: int, name: str = "smollm2-135m", version: str = "0.1.0") -> dict[str, object]:
    """Fit everything and write the pack. Returns the figures by concept."""
    base = weights.ensure()
    model = Llama(base.path)
    reader = Reader(model, load_tokenizer(base.path), layer)
    background_latents = reader.latents(reference(count)).numpy()
    background = concepts.Background(
        background_latents.mean(0), np.cov(background_latents.T).astype(np.float32)
    )
    figures: dict[str, object] = {}
    features, probes, directions = [], [], []
    for concept in concepts.load_all(Path(__file__).parents[1] / "concepts"):
        with_ = reader.latents([p.with_ for p in concept.pairs]).numpy()
        without = reader.latents([p.without for p in concept.pairs]).numpy()
        held = np.array([p.held_out for p in concept.pairs])
        probe = concepts.fit_probe(with_[~held], without[~held], background)
        step = concepts.direction(with_[~held], without[~held])
        cosine = [float(d @ step / np.linalg.norm(d) / np.linalg.norm(step)) for d in with_[held] - without[held]]
        figures[concept.id] = {
            "pairs": len(concept.pairs),
            "held_out": int(held.sum()),
            "auroc": round(concepts.auroc(with_[held] @ probe.weight, without[held] @ probe.weight), 4),
            "pair_order": round(float(((with_[held] - without[held]) @ probe.weight > 0).mean()), 4),
            "direction_cosine": round(float(np.mean(cosine)), 4),
        }
        print(f"{concept.id:15}", figures[concept.id], flush=True)
        features.append(Feature(*concept[:4], "concept", concept.on, concept.off))
        probes.append(probe)
        directions.append(step)
    weight = np.stack([probe.weight for probe in probes])
    bias = np.array([probe.bias for probe in probes], np.float32)
    quantiles = np.quantile(background_latents @ weight.T + bias, np.linspace(0, 1, RANKS), axis=0).T
    pack.save(
        pack.Pack(
            folder, name, version, base.sha256, layer, "<|endoftext|>", tuple(features),
            background.mean, background.covariance, weight, bias, np.stack(directions), quantiles.astype(np.float32),
        )
    )  # fmt: skip
    (folder / "concepts.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return figures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, default=Path("models") / pack.DEFAULT)
    parser.add_argument("--layer", type=int, default=12)
    parser.add_argument("--reference", type=int, default=6000)
    arguments = parser.parse_args()
    build(arguments.pack, arguments.layer, arguments.reference)
