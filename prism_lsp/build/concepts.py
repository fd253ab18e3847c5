"""`prism-lsp build concepts`: fit every concept's probe and direction, and write them into the pack.

    python -m prism_lsp.build.concepts --pack models/smollm2-135m [--probed 9] [--reference 8000] [--rule-pairs 200]
        [--tagged 4000]

The direction (for writing) is the mean difference of the concept's pairs and of rewrites by hand (`moves`). The probes (for reading) are fitted
together on all that `build/examples.py` knows. Ordinary prose then says where a feature counts as present and what its
percentiles are. Token states are kept in the user's cache by sentence, so that a second run, after a concept's file was
changed, takes a minute. Held-out figures are printed and written to concepts.json in the pack.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import platformdirs
import torch

from prism_lsp.build import corpus, examples, fit, lessons
from prism_lsp.engine import calibration, concepts, pack, weights
from prism_lsp.engine.llama import Llama
from prism_lsp.engine.local import load_tokenizer
from prism_lsp.engine.probes import Probes
from prism_lsp.engine.reader import Reader
from prism_lsp.reading import Feature

FIRST_TOKEN = "<|endoftext|>"
"""What a sentence is read behind."""

CONCEPTS = Path(__file__).parents[1] / "concepts"

REWRITES = 40
"""Rewrites of real sentences that a direction is made from, beside the concept's own pairs."""

VERSION = "0.4.0"
"""Of the pack that this makes."""


class States:
    """Token states and latents by sentence, kept in a file between runs."""

    def __init__(self, reader: Reader, base: str) -> None:
        """`base`: SHA-256 of the weights; it names the file together with the layers."""
        self.reader = reader
        name = "-".join(map(str, (base[:12], *reader.probed, reader.layer)))
        self.path = platformdirs.user_cache_path("prism-lsp") / "states" / f"{name}.npz"
        self._known: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._new = False
        if self.path.exists():
            with np.load(self.path) as file:
                ends = np.cumsum(file["lengths"])[:-1]
                found = zip(np.split(file["states"], ends), file["latents"], strict=True)
                self._known = dict(zip(file["keys"].tolist(), found, strict=True))

    def __call__(self, texts: list[str]) -> list[np.ndarray]:
        """Token states of each sentence, (tokens, d), half precision."""
        return [self._known[key][0] for key in self._read(texts)]

    def latents(self, texts: list[str]) -> concepts.Array:
        """(sentences, latent)"""
        return np.stack([self._known[key][1] for key in self._read(texts)])

    def _read(self, texts: list[str]) -> list[str]:
        keys = [hashlib.sha256(text.encode()).hexdigest()[:24] for text in texts]
        new = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        layers = sorted({*self.reader.probed, self.reader.layer})
        size = self.reader.model.config.hidden_size
        names = list(new)
        for batch, encoded, joined in self.reader.batched(list(new.values()), layers):
            parts = dict(zip(layers, torch.split(joined, size, -1), strict=True))
            probed = np.concatenate([parts[layer].numpy() for layer in self.reader.probed], -1)
            for row, index in enumerate(batch):
                count = len(encoded[row].ids) - 1
                latent = parts[self.reader.layer][row, :count].mean(0).numpy()
                self._known[names[index]] = probed[row, :count].astype(np.float16), latent
            self._new = True
        return keys

    def save(self) -> None:
        """Write the file for the next run."""
        if not self._new:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_name(self.path.stem + ".partial.npz")
        states, latents = zip(*self._known.values(), strict=True)
        np.savez(
            partial,
            keys=np.array(list(self._known)),
            lengths=np.array([len(each) for each in states]),
            states=np.concatenate(states),
            latents=np.stack(latents),
        )
        partial.replace(self.path)


def reference(count: int, seed: int = 0, split: str = "train") -> list[str]:
    """Sentences of ordinary prose to measure against: half Brown, a quarter each Austen and Moby-Dick."""
    draw = random.Random(seed)
    chosen = []
    for source, share in ((corpus.brown(), 0.5), (corpus.austen(), 0.25), (corpus.moby_dick(), 0.25)):
        texts = sorted({s.text for s in source if s.split == split and len(s.text.split()) > 1})
        chosen += draw.sample(texts, min(len(texts), int(count * share)))
    return chosen


def build(
    folder: Path, layer: int, probed: tuple[int, ...], count: int, pairs_file: Path | None, rules: int, tagged: int
) -> None:
    """Fit everything, write the pack, print the figures."""
    base = weights.ensure()
    reader = Reader(Llama(base.path), load_tokenizer(base.path), layer, FIRST_TOKEN, probed)
    states = States(reader, base.sha256)
    found = concepts.load_all(CONCEPTS)
    names = [concept.id for concept in found]
    read = examples.labelled()
    texts, known, kinds = examples.matrix(examples.every(found, rules, tagged, pairs_file), names)
    fitted = set(texts)
    ordinary = [text for text in reference(count) if text not in fitted]
    ordinary_states = states(ordinary)
    sample = np.concatenate(ordinary_states[:2000]).astype(np.float32)
    moments = fit.Moments(sample.mean(0), sample.std(0))
    probes = fit.fit(states(texts), known, kinds, moments, own_key=examples.own_keys(names))
    shares = np.array([np.mean([name in sentence.concepts for sentence in read]) for name in names], np.float32)
    probes = fit.place(probes, fit.scores(probes, ordinary_states), shares)
    scores = fit.scores(probes, ordinary_states)
    lengths, quantiles = calibration.table(scores, np.array([len(each) for each in ordinary_states]))

    figures, features, marks = {}, [], []
    directions, space = moves(found, states)
    for row, (concept, step) in enumerate(zip(found, directions, strict=True)):
        sides = (fit.scores(probes, states(side))[:, row] for side in _sides(concept, held_out=False))
        marks.append(concepts.marks(*sides))
        density = float((scores[:, row] >= 0.5).mean())
        features.append(Feature(*concept[:4], "concept", concept.on, concept.off, round(density, 3)))
        figures[concept.id] = _held_out(concept, row, probes, step, states)
        print(f"{concept.id:18}", figures[concept.id], flush=True)
    states.save()
    mean = states.latents(ordinary).mean(0)
    pack.save(
        pack.Pack(
            folder, folder.name, VERSION, base.sha256, layer, probed, FIRST_TOKEN, tuple(features), mean,
            directions, probes, lengths, quantiles, space, np.stack(marks),
        )
    )  # fmt: skip
    (folder / "concepts.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")


def moves(found: Sequence[concepts.Concept], states: States) -> tuple[concepts.Array, concepts.Array]:
    """Directions of concepts, (concepts, latent), and the metric that they are measured in, (latent, latent).

    Of each: the mean difference of its own pairs and of some real sentences rewritten by hand, pair by pair.
    """
    rewrites: dict[str, list[dict[str, str]]] = defaultdict(list)
    for row in lessons.rewritten():
        rewrites[row["concept"]].append(row)
    differences = []
    for concept in found:
        mine = list(zip(*_sides(concept, held_out=False), strict=True))
        some = random.Random(concept.id).sample(rewrites[concept.id], min(REWRITES, len(rewrites[concept.id])))
        mine += [(row["with"], row["without"]) for row in some]
        differences.append(states.latents([w for w, _ in mine]) - states.latents([o for _, o in mine]))
    space = concepts.metric(np.concatenate(differences))
    return np.stack([concepts.loud(each.mean(0), space) for each in differences]), space


def _sides(concept: concepts.Concept, held_out: bool) -> tuple[list[str], list[str]]:
    """Sentences with and without, of the pairs that are held out or of the others."""
    mine = [pair for pair in concept.pairs if pair.held_out == held_out]
    return [pair.with_ for pair in mine], [pair.without for pair in mine]


def _held_out(
    concept: concepts.Concept, row: int, probes: Probes, step: concepts.Array, states: States
) -> dict[str, float]:
    """A concept's figures on its held-out pairs."""
    sides = _sides(concept, held_out=True)
    has, lacks = (fit.scores(probes, states(side))[:, row] for side in sides)
    difference = states.latents(sides[0]) - states.latents(sides[1])
    cosine = difference @ step / np.linalg.norm(difference, axis=1) / np.linalg.norm(step)
    return {
        "pairs": len(concept.pairs),
        "held_out": len(has),
        "auroc": round(concepts.auroc(has, lacks), 4),
        "pair_order": round(float((has > lacks).mean()), 4),
        "present_with": round(float((has >= 0.5).mean()), 4),
        "present_without": round(float((lacks >= 0.5).mean()), 4),
        "direction_cosine": round(float(cosine.mean()), 4),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, default=Path("models") / pack.DEFAULT)
    parser.add_argument("--layer", type=int, default=12, help="where the latent is, which edits move")
    parser.add_argument("--probed", type=int, nargs="+", default=[9], help="layers that the probes read")
    parser.add_argument("--reference", type=int, default=8000, help="sentences of ordinary prose")
    parser.add_argument("--pairs", type=Path, help="a file of `build pairs`; made from the corpus when not given")
    parser.add_argument("--rule-pairs", type=int, default=200, help="how many of them a concept")
    parser.add_argument("--tagged", type=int, default=4000, help="sentences of Brown that tell by their tags")
    arguments = parser.parse_args()
    build(
        arguments.pack,
        arguments.layer,
        tuple(arguments.probed),
        arguments.reference,
        arguments.pairs,
        arguments.rule_pairs,
        arguments.tagged,
    )
