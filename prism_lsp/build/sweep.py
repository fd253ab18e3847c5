"""`prism-lsp build sweep`: which layer reads best, measured.

    python -m prism_lsp.build.sweep [--sentences 2000] [--out models/smollm2-135m/sweep.json]

For each layer in {6, 9, 12, 15, 18, 21}: every concept's probe is fitted on the pairs that are not held out, and scored by
AUROC (a) on the held-out pairs, (b) on real sentences of the Brown corpus whose part-of-speech tags say whether the concept
is there. The layer is chosen here, so only the corpus' train part is used; `benchmarks` report on the held-out part.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from prism_lsp.build import corpus
from prism_lsp.build.concepts import reference
from prism_lsp.engine import concepts, weights
from prism_lsp.engine.llama import Llama
from prism_lsp.engine.local import load_tokenizer
from prism_lsp.engine.reader import Reader

LAYERS = (6, 9, 12, 15, 18, 21)

Array = concepts.Array


def _has(*starts: str) -> Callable[[corpus.Tagged], bool]:
    return lambda s: any(tag.startswith(starts) for _, tag in s.tokens)


LABELS: dict[str, Callable[[corpus.Tagged], bool]] = {
    "question": lambda s: s.tokens[-1][0] == "?" or s.text.rstrip("\"'”’").endswith("?"),
    "exclamation": lambda s: s.text.rstrip("\"'”’").endswith("!"),
    "negation": lambda s: any(tag.endswith("*") or word.lower() in {"never", "no", "nobody", "nothing", "none"} for word, tag in s.tokens),
    "past-tense": _has("vbd", "bed", "dod", "hvd"),
    "present-tense": _has("vbz", "bez", "doz", "hvz", "ber", "bem"),
    "first-person": lambda s: any(word.lower() in {"i", "me", "my", "we", "us", "our"} for word, _ in s.tokens),
    "dialogue": lambda s: "\"" in s.text and s.genre in corpus.FICTION,
    "passive": lambda s: any(
        tag.startswith("be") and any(t == "vbn" for _, t in s.tokens[i + 1 : i + 3])
        for i, (_, tag) in enumerate(s.tokens)
    ),
}  # fmt: skip
"""Labels that Brown's tags give for free. Formality has none."""


@torch.inference_mode()
def latents(reader: Reader, texts: list[str]) -> Array:
    """Latents at every layer of `LAYERS`, (layers, sentences, latent), in one pass."""
    model = reader.model
    out = np.zeros((len(LAYERS), len(texts), model.config.hidden_size), np.float32)
    encoded = [reader.encode(text) for text in texts]
    for batch in reader.batches(encoded):
        hidden, done = model.embed(reader.padded(encoded, batch)), 0
        for row, layer in enumerate(LAYERS):
            hidden, done = model.run(hidden, range(done, layer)), layer
            for at, index in enumerate(batch):
                out[row, index] = hidden[at, 1 : len(encoded[index].ids)].mean(0).cpu().numpy()
    return out


def sweep(count: int, seed: int = 0) -> dict[str, dict[str, list[float]]]:
    """AUROC by concept: `pairs` and, where tags can tell, `real`, one number a layer."""
    base = weights.ensure()
    reader = Reader(Llama(base.path), load_tokenizer(base.path), 0)
    background = latents(reader, reference(count, seed))
    sentences = [s for s in corpus.brown() if s.split == "train" and 3 < len(s.text.split()) < 40]
    sentences = random.Random(seed + 1).sample(sentences, count)
    real = latents(reader, [s.text for s in sentences])
    table: dict[str, dict[str, list[float]]] = {}
    for concept in concepts.load_all(Path(__file__).parents[1] / "concepts"):
        with_ = latents(reader, [p.with_ for p in concept.pairs])
        without = latents(reader, [p.without for p in concept.pairs])
        held = np.array([p.held_out for p in concept.pairs])
        label = np.array([LABELS[concept.id](s) for s in sentences]) if concept.id in LABELS else None
        row: dict[str, list[float]] = {"pairs": [], "real": []}
        for k in range(len(LAYERS)):
            moments = concepts.Background(background[k].mean(0), np.cov(background[k].T).astype(np.float32))
            weight = concepts.fit_probe(with_[k][~held], without[k][~held], moments).weight
            row["pairs"].append(round(concepts.auroc(with_[k][held] @ weight, without[k][held] @ weight), 4))
            if label is not None:
                scores = real[k] @ weight
                row["real"].append(round(concepts.auroc(scores[label], scores[~label]), 4))
        table[concept.id] = row
        print(f"{concept.id:15}", "  ".join(f"{k} {v}" for k, v in row.items()), flush=True)
    for kind in ("pairs", "real"):
        rows = [row[kind] for row in table.values() if row[kind]]
        print(f"mean {kind}:", dict(zip(LAYERS, np.mean(rows, 0).round(4).tolist(), strict=True)))
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=2000)
    parser.add_argument("--out", type=Path, default=Path("models/smollm2-135m/sweep.json"))
    arguments = parser.parse_args()
    found = sweep(arguments.sentences)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps({"layers": LAYERS, "auroc": found}, indent=1) + "\n", "utf-8")
