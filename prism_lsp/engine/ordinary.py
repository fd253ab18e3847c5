"""Ordinary prose, as a project's own concepts are measured against: `ordinary.txt`, read once and kept in the user's cache.

The sentences are Brown's, Austen's and Melville's (`python -m prism_lsp.build.ordinary` chose them); a pack needs to hold
nothing of them, and nothing has to be fetched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import platformdirs
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from prism_lsp.engine.reader import Reader

Array = NDArray[np.float32]

FILE = Path(__file__).with_name("ordinary.txt")


class Sentences(NamedTuple):
    """What has been read of sentences."""

    states: Array
    """Of all their tokens, one sentence behind the other, (tokens, d)."""
    counts: NDArray[np.int64]
    """Tokens of each, at least 1, (sentences,)."""
    latents: Array
    """(sentences, latent)"""

    @property
    def means(self) -> Array:
        """Mean state of each, (sentences, d)."""
        starts = np.cumsum(self.counts) - self.counts
        return np.asarray(np.add.reduceat(self.states, starts, 0) / self.counts[:, None], np.float32)


def cache() -> Path:
    """Where what was computed on this machine is kept."""
    return platformdirs.user_cache_path("prism-lsp")


def texts() -> list[str]:
    """The sentences of ordinary prose."""
    return FILE.read_text("utf-8").splitlines()


def read(reader: Reader, sentences: list[str], step: Callable[[], None] = lambda: None) -> Sentences:
    """Token states and latents of sentences, none of them empty. `step` is called before every batch; it may raise."""
    size = reader.model.config.hidden_size
    layers = sorted({*reader.probed, reader.layer})
    states: list[Array] = [np.zeros((0, size), np.float32)] * len(sentences)
    latents = np.zeros((len(sentences), size), np.float32)
    step()
    for batch, encoded, joined in reader.batched(sentences, layers):
        parts = {layer: joined[..., at * size : (at + 1) * size] for at, layer in enumerate(layers)}
        for row, index in enumerate(batch):
            count = len(encoded[row].ids) - 1
            states[index] = np.concatenate([parts[layer][row, :count].cpu().numpy() for layer in reader.probed], -1)
            latents[index] = parts[reader.layer][row, :count].mean(0).cpu().numpy()
        step()
    return Sentences(np.concatenate(states), np.array([len(each) for each in states], np.int64), latents)


def load(reader: Reader, base: str, step: Callable[[], None] = lambda: None, folder: Path | None = None) -> Sentences:
    """Ordinary prose as these weights read it: from the cache, or read now (some seconds) and kept.

    base: SHA-256 of the weights; folder: the cache.
    """
    sentences = texts()
    told = "\n".join((base, str((*reader.probed, reader.layer)), *sentences))
    path = (folder or cache()) / "ordinary" / f"{hashlib.sha256(told.encode()).hexdigest()[:24]}.safetensors"
    try:
        known = load_file(path)
        return Sentences(known["states"].astype(np.float32), known["counts"], known["latents"])
    except (OSError, SafetensorError, KeyError):
        found = read(reader, sentences, step)
    keep(path, found._replace(states=found.states.astype(np.float16))._asdict())
    return found


def keep(path: Path, tensors: dict[str, NDArray[np.generic]]) -> None:
    """Write a file of the cache. One that cannot be written is computed again next time."""
    import contextlib
    import tempfile

    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as work:
            partial = Path(work) / path.name
            save_file({name: np.array(each, order="C") for name, each in tensors.items()}, partial)
            partial.replace(path)
