"""What the server's times are held against: the bare forward pass (the limit), a sentence encoder, and a grammar checker."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs
import torch

HARPER = "harper.js@2.10.0"
"""The npm package; only this command uses it."""


class Neighbour(NamedTuple):
    """What another program, or the limit, needs for the same sentences."""

    name: str
    rate: float
    """Sentences a second when it gets them all at once."""
    alone: float
    """Seconds for one changed sentence, median."""
    note: str


def limit(texts: Sequence[str], alone: Sequence[str], rounds: int = 3) -> Neighbour:
    """Embedding and the layers that are read, on ready tokens: what no reader on this machine in float32 gets below."""
    from benchmarks.read import batches
    from prism_lsp.engine.local import LocalEngine

    engine = LocalEngine.load()

    @torch.inference_mode()
    def bare(ready: Sequence[torch.Tensor]) -> None:
        for ids in ready:
            engine.model.run(engine.model.embed(ids), range(engine.reader.layer))

    together = batches(engine, list(texts))
    single = [batches(engine, [text]) for text in alone]
    note = f"{engine.reader.layer} layers, {torch.get_num_threads()} threads"
    return _timed("bare forward pass", bare, together, single, len(texts), rounds, note)


def minilm(texts: Sequence[str], alone: Sequence[str], rounds: int = 3) -> Neighbour:
    """all-MiniLM-L6-v2 in torch: a sentence encoder of 6 layers."""
    from benchmarks.measures import Similarity

    model = Similarity().model

    def encode(some: Sequence[str]) -> None:
        model.encode(list(some), batch_size=64, show_progress_bar=False)

    return _timed(
        "MiniLM-L6 (torch)", encode, texts, [[text] for text in alone], len(texts), rounds, "an embedding each"
    )


def _timed(
    name: str, work: Callable[[Any], None], together: Any, single: Sequence[Any], count: int, rounds: int, note: str
) -> Neighbour:
    best = min(_seconds(work, together) for _ in range(rounds + 1))  # one round warms up
    return Neighbour(name, count / best, statistics.median(_seconds(work, each) for each in single), note)


def _seconds(work: Callable[[Any], None], what: Any) -> float:
    began = time.perf_counter()
    work(what)
    return time.perf_counter() - began


def harper(text: str, sentences: int, alone: Sequence[str], folder: Path | None = None) -> Neighbour | None:
    """Harper's linter in node, on the whole text. None where node or npm is missing."""
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    folder = folder or platformdirs.user_cache_path("prism-lsp") / "harper"
    if not (folder / "node_modules" / "harper.js").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["npm", "install", "--silent", "--prefix", str(folder), HARPER], check=True)
    script = Path(__file__).with_name("harper.mjs")
    asked = json.dumps({"text": text, "sentences": list(alone)})
    env = {**os.environ, "NODE_OPTIONS": ""}
    done = subprocess.run(["node", script, folder], input=asked, text=True, capture_output=True, env=env, check=False)
    if done.returncode:
        raise RuntimeError(f"Harper did not run: {done.stderr.strip()[-300:]}")
    told = json.loads(done.stdout)
    note = f"a grammar checker, one thread; loads in {told['load']:.1f} s, {told['memory']:.0f} MB"
    return Neighbour("Harper (harper.js)", sentences / told["whole"], statistics.median(told["alone"]), note)
