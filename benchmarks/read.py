"""How fast sentences are read, beside the bare forward pass of the same layers on the same batches, which is the limit.

    python -m benchmarks.read [--sentences 300] [--rounds 3] [--batches 64,256,512,768,1536,3072]

Everything is timed in one run, the ways taking turns, and the best of the rounds counts, so that a busy machine harms
all of them alike. The limit is embedding and layers alone, on ready tokens in batches that are sorted by length.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import torch

from benchmarks.sentences import held_out
from prism_lsp.engine import reader
from prism_lsp.engine.local import LocalEngine


class Timing(NamedTuple):
    """Best seconds of one way at one size of batch."""

    way: str
    batch: int
    seconds: float


def batches(engine: LocalEngine, texts: list[str]) -> list[torch.Tensor]:
    """The same padded batches that the reader makes, (sentences, tokens) each."""
    encoded = [engine.reader.encode(text) for text in texts]
    return [engine.reader.padded(encoded, batch) for batch in engine.reader.batches(encoded)]


def measure(engine: LocalEngine, texts: list[str], sizes: list[int], rounds: int) -> list[Timing]:
    """Best times, ways and sizes taking turns."""

    @torch.inference_mode()
    def bare(ready: list[torch.Tensor]) -> None:
        for ids in ready:
            engine.model.run(engine.model.embed(ids), range(engine.reader.layer))

    best: dict[tuple[str, int], float] = {}
    for turn in range(rounds + 1):
        for size in sizes:
            with mock.patch.object(reader, "BATCH_TOKENS", size):
                ready = batches(engine, texts)
                ways: dict[str, Callable[[], Any]] = {
                    "bare forward pass": lambda ready=ready: bare(ready),  # type: ignore[misc]
                    "read": lambda: engine.read(texts),
                    "read with evidence": lambda: engine.read(texts, evidence=True),
                }
                for way, work in ways.items():
                    if turn == 0 and size != sizes[0]:
                        continue  # one round to warm up is enough
                    began = time.perf_counter()
                    work()
                    seconds = time.perf_counter() - began
                    if turn:
                        best[way, size] = min(seconds, best.get((way, size), seconds))
    return [Timing(way, size, seconds) for (way, size), seconds in best.items()]


def main() -> None:
    """Measure and print a table; keep it beside the other results."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sentences", type=int, default=300)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--batches", default="64,256,512,768,1536,3072", help="tokens in a batch, padding counted")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--model", default=None)
    options.add_argument("--pack", default=None)
    options.add_argument("--threads", type=int, default=None)
    options.add_argument("--out", type=Path, default=Path("benchmarks/results/read.json"))
    arguments = options.parse_args()
    engine = LocalEngine.load(arguments.model, arguments.pack, arguments.threads)
    texts = [held.text for held in held_out(arguments.seed)[: arguments.sentences]]
    tokens = sum(len(engine.reader.encode(text).ids) - 1 for text in texts)
    sizes = [int(size) for size in arguments.batches.split(",")]
    timings = measure(engine, texts, sizes, arguments.rounds)
    limit = {t.batch: t.seconds for t in timings if t.way == "bare forward pass"}
    threads = torch.get_num_threads()
    lines = [
        f"{len(texts)} held-out sentences, {tokens} tokens, {engine.reader.layer} layers, {threads} threads, best of "
        f"{arguments.rounds}; the product's batch is {reader.BATCH_TOKENS} tokens.\n",
        "| way | tokens in a batch | sentences/s | tokens/s | time over the limit's |",
        "|---|---:|---:|---:|---:|",
    ]
    for t in sorted(timings, key=lambda t: (sizes.index(t.batch), t.way)):
        ratio = t.seconds / limit[t.batch]
        lines.append(f"| {t.way} | {t.batch} | {len(texts) / t.seconds:.1f} | {tokens / t.seconds:.0f} | {ratio:.2f} |")
    table = "\n".join(lines) + "\n"
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    figures = {
        "sentences": len(texts), "tokens": tokens, "threads": threads, "timings": [t._asdict() for t in timings],
    }  # fmt: skip
    arguments.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    arguments.out.with_suffix(".md").write_text("# Reading\n\n`python -m benchmarks.read`: " + table, "utf-8")
    print(table)


if __name__ == "__main__":
    main()
