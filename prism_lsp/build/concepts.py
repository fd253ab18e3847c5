"""`prism-lsp build concepts`: fit every concept's probe and direction, and write them into the pack.

    python -m prism_lsp.build.concepts --pack models/smollm2-135m [--layer 12] [--reference 4000] [--rule-pairs 200]

The direction (for writing) is the mean difference of the concept's hand-written pairs. The probe (for reading) is fitted on
these and, where there are any, on pairs that rules made from real sentences of the corpus' train part: real sentences are
longer than minimal pairs. Latents are kept in the user's cache by sentence, so that a second run, after a concept's file
was changed, takes seconds. Held-out figures are printed and written to concepts.json in the pack.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections import defaultdict
from pathlib import Path

import numpy as np
import platformdirs

from prism_lsp.build import corpus, pairs
from prism_lsp.engine import concepts, pack, weights
from prism_lsp.engine.llama import Llama
from prism_lsp.engine.local import load_tokenizer
from prism_lsp.engine.reader import Reader
from prism_lsp.reading import PRESENT, Feature

RANKS = 257
"""Points of the quantile table."""

FIRST_TOKEN = "<|endoftext|>"
"""What a sentence is read behind. `<|im_start|>` was measured beside it: exclamation suffers (.79 for .91 at layer 12)."""


class Latents:
    """Latents by sentence, kept in a file between runs."""

    def __init__(self, reader: Reader, base: str) -> None:
        """`base`: SHA-256 of the weights; it names the file together with the layer."""
        self.reader = reader
        self.path = platformdirs.user_cache_path("prism-lsp") / "latents" / f"{base[:12]}-{reader.layer}.npz"
        self.known: dict[str, np.ndarray] = {}
        if self.path.exists():
            with np.load(self.path) as file:
                self.known = dict(zip(file["keys"].tolist(), file["latents"], strict=True))

    def __call__(self, texts: list[str]) -> concepts.Array:
        """(sentences, latent)"""
        keys = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self.known}
        if new:
            self.known |= dict(zip(new, self.reader.latents(list(new.values())).numpy(), strict=True))
        return np.stack([self.known[key] for key in keys])

    def save(self) -> None:
        """Write the file for the next run."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_name(self.path.stem + ".partial.npz")
        np.savez(partial, keys=np.array(list(self.known)), latents=np.stack(list(self.known.values())))
        partial.replace(self.path)


def reference(count: int, seed: int = 0) -> list[str]:
    """Sentences of ordinary prose to measure against: half Brown, a quarter each Austen and Moby-Dick; train parts only."""
    draw = random.Random(seed)
    chosen = []
    for source, share in ((corpus.brown(), 0.5), (corpus.austen(), 0.25), (corpus.moby_dick(), 0.25)):
        texts = sorted({s.text for s in source if s.split == "train" and len(s.text.split()) > 1})
        chosen += draw.sample(texts, min(len(texts), int(count * share)))
    return chosen


def rule_pairs(path: Path | None, count: int, seed: int = 0) -> dict[str, list[tuple[str, str]]]:
    """Up to `count` (without, with) a concept from a file of `build pairs`; made from the corpus when no file is given."""
    by_concept: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in pairs.load(path, seed):
        by_concept[row["concept"]].append((row["without"], row["with"]))
    return {name: random.Random(seed).sample(found, min(count, len(found))) for name, found in by_concept.items()}


def build(
    folder: Path, layer: int, count: int, pairs_file: Path | None, per_concept: int, version: str = "0.1.0"
) -> None:
    """Fit everything, write the pack, print the figures."""
    base = weights.ensure()
    latents = Latents(Reader(Llama(base.path), load_tokenizer(base.path), layer, FIRST_TOKEN), base.sha256)
    ordinary = latents(reference(count))
    background = concepts.Background(ordinary.mean(0), np.cov(ordinary.T).astype(np.float32))
    made = rule_pairs(pairs_file, per_concept)
    figures: dict[str, object] = {}
    features, probes, directions = [], [], []
    for concept in concepts.load_all(Path(__file__).parents[1] / "concepts"):
        with_, without = latents([p.with_ for p in concept.pairs]), latents([p.without for p in concept.pairs])
        held = np.array([p.held_out for p in concept.pairs])
        fit_with, fit_without = with_[~held], without[~held]
        if rules := made.get(concept.id, []):
            fit_with = np.concatenate([fit_with, latents([w for _, w in rules])])
            fit_without = np.concatenate([fit_without, latents([o for o, _ in rules])])
        probe = concepts.fit_probe(fit_with, fit_without, background)
        step = concepts.direction(with_[~held], without[~held])
        difference = with_[held] - without[held]
        cosine = difference @ step / np.linalg.norm(difference, axis=1) / np.linalg.norm(step)
        has, lacks = (np.maximum(z[held] @ probe.weight + probe.bias, 0) for z in (with_, without))
        figures[concept.id] = {
            "pairs": len(concept.pairs),
            "held_out": int(held.sum()),
            "rule_pairs": len(rules),
            "auroc": round(concepts.auroc(has, lacks), 4),
            "pair_order": round(float((difference @ probe.weight > 0).mean()), 4),
            "present_with": round(float((has >= 0.5).mean()), 4),
            "present_without": round(float((lacks >= 0.5).mean()), 4),
            "direction_cosine": round(float(cosine.mean()), 4),
        }
        print(f"{concept.id:15}", figures[concept.id], flush=True)
        density = float((ordinary @ probe.weight + probe.bias >= PRESENT).mean())
        features.append(Feature(*concept[:4], "concept", concept.on, concept.off, round(density, 3)))
        probes.append(probe)
        directions.append(step)
    latents.save()
    weight = np.stack([probe.weight for probe in probes])
    bias = np.array([probe.bias for probe in probes], np.float32)
    quantiles = np.quantile(ordinary @ weight.T + bias, np.linspace(0, 1, RANKS), axis=0).T.astype(np.float32)
    pack.save(
        pack.Pack(
            folder, folder.name, version, base.sha256, layer, FIRST_TOKEN, tuple(features),
            background.mean, background.covariance, weight, bias, np.stack(directions), quantiles,
        )
    )  # fmt: skip
    (folder / "concepts.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, default=Path("models") / pack.DEFAULT)
    parser.add_argument("--layer", type=int, default=12)
    parser.add_argument("--reference", type=int, default=4000, help="sentences of ordinary prose")
    parser.add_argument("--pairs", type=Path, help="a file of `build pairs`; made from the corpus when not given")
    parser.add_argument("--rule-pairs", type=int, default=200, help="how many of them a concept")
    arguments = parser.parse_args()
    build(arguments.pack, arguments.layer, arguments.reference, arguments.pairs, arguments.rule_pairs)
