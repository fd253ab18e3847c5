"""How fast sentences are read in float32 and in int8, beside the bare forward pass; and how far the two agree.

    python -m benchmarks.read [--sentences 100] [--compared 500] [--rounds 3] [--batches 256,512,768] [--threads 2]

Everything is timed in one run, the ways taking turns, and the best of the rounds counts, so that a busy machine harms all
of them alike. Time on the clock suffers from a busy machine, time on the processor less so: both are given. The bare
forward pass is `Llama.run`, embedding and layers alone in float32, on ready tokens in padded batches.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import numpy as np
import torch

from benchmarks.sentences import held_out
from prism_lsp.engine import reader
from prism_lsp.engine.local import LocalEngine, Runtime

RUNTIMES: tuple[Runtime, ...] = ("float32", "int8")

START = """
import sys, time
began = time.perf_counter()
from prism_lsp.engine.local import LocalEngine
engine = LocalEngine.load(runtime=sys.argv[1], threads=int(sys.argv[2]))
engine.read(["The first reading loads the layers."])
seconds = time.perf_counter() - began
engine.read([("word " * n).strip() + "." for n in range(1, 60)])
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(seconds, time.process_time(), *(int(status[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon", "VmHWM")))
"""


class Timing(NamedTuple):
    """Best seconds of one way at one size of batch, on the clock and on the processor (all threads)."""

    way: str
    batch: int
    clock: float
    processor: float


class Start(NamedTuple):
    """A process from its first import to the first reading; memory in MiB after 59 more sentences."""

    runtime: str
    clock: float
    processor: float
    resident: float
    own: float
    """Resident and not a mapped file, which the system may take back."""
    peak: float


class Agreement(NamedTuple):
    """Scores of one feature, before the relu, in int8 beside float32."""

    feature: str
    correlation: float
    largest: float
    deviation: float
    """Standard deviation of the float32 scores."""
    turned: float
    """Share of sentences whose score is on the other side of 0."""


def batches(engine: LocalEngine, texts: list[str]) -> list[torch.Tensor]:
    """The batches that the reader makes, padded, (sentences, tokens) each."""
    encoded = [engine.reader.encode(text) for text in texts]
    return [engine.reader.padded(encoded, batch) for batch in engine.reader.batches(encoded)]


@torch.inference_mode()
def bare(engine: LocalEngine, ready: list[torch.Tensor]) -> None:
    """Embedding and layers, nothing else."""
    for ids in ready:
        engine.model.run(engine.model.embed(ids), range(engine.reader.layer))


def timed(ways: dict[str, Callable[[], Any]], rounds: int) -> dict[str, tuple[float, float]]:
    """Best seconds of each way, (clock, processor), after one round to warm up."""
    best: dict[str, tuple[float, float]] = {}
    for turn in range(rounds + 1):
        for way, work in ways.items():
            clock, processor = time.perf_counter(), time.process_time()
            work()
            spent = time.perf_counter() - clock, time.process_time() - processor
            if turn:
                before = best.get(way, spent)
                best[way] = min(before[0], spent[0]), min(before[1], spent[1])
    return best


def measure(engines: dict[Runtime, LocalEngine], texts: list[str], sizes: Sequence[int], rounds: int) -> list[Timing]:
    """Best times of every way at every size of batch."""
    timings, plain = [], engines["float32"]
    for size in sizes:
        with mock.patch.object(reader, "BATCH_TOKENS", size):
            ready = batches(plain, texts)
            ways: dict[str, Callable[[], Any]] = {"bare forward pass": lambda ready=ready: bare(plain, ready)}  # type: ignore[misc]
            for runtime, engine in engines.items():
                ways[f"read, {runtime}"] = lambda engine=engine: engine.read(texts)  # type: ignore[misc]
                ways[f"read with evidence, {runtime}"] = lambda engine=engine: engine.read(texts, True)  # type: ignore[misc]
            timings += [Timing(way, size, *spent) for way, spent in timed(ways, rounds).items()]
    return timings


def start(runtime: str, threads: int) -> Start:
    """A process of its own, with the weights in the place where they are found by default."""
    command = [sys.executable, "-c", START, runtime, str(threads)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    clock, processor, resident, own, peak = map(float, answer.split())
    return Start(runtime, clock, processor, resident, own, peak)


def agreement(engines: dict[Runtime, LocalEngine], texts: list[str]) -> list[Agreement]:
    """Every feature's scores in int8 beside those in float32."""
    exact, fast = (engines[runtime].scores(texts)[0] for runtime in RUNTIMES)
    return [
        Agreement(
            feature.id,
            float(np.corrcoef(exact[:, row], fast[:, row])[0, 1]),
            float(np.abs(exact[:, row] - fast[:, row]).max()),
            float(exact[:, row].std()),
            float(((exact[:, row] > 0) != (fast[:, row] > 0)).mean()),
        )
        for row, feature in enumerate(engines["float32"].features)
    ]


def alone(engine: LocalEngine, texts: list[str]) -> float:
    """Largest difference in any score between sentences read one by one and all together."""
    single = np.concatenate([engine.scores([text])[0] for text in texts])
    return float(np.abs(single - engine.scores(texts)[0]).max())


def main() -> None:
    """Measure and print tables; keep them beside the other results."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sentences", type=int, default=100, help="to time")
    options.add_argument("--compared", type=int, default=500, help="sentences to compare the runtimes on")
    options.add_argument("--alone", type=int, default=50, help="sentences to read one by one as well")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--batches", default="256,512,768", help="tokens in a batch, padding counted")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--out", type=Path, default=Path("benchmarks/results/read.json"))
    arguments = options.parse_args()
    starts = [start(runtime, arguments.threads) for runtime in RUNTIMES]
    engines = {runtime: LocalEngine.load(threads=arguments.threads, runtime=runtime) for runtime in RUNTIMES}
    pool = [held.text for held in held_out(arguments.seed)]
    texts, one = pool[: arguments.sentences], next(text for text in pool if len(text.split()) == 20)
    plain = engines["float32"]
    tokens = sum(len(plain.reader.encode(text).ids) - 1 for text in texts)
    sizes = [int(size) for size in arguments.batches.split(",")]
    figures = {
        "sentences": len(texts), "tokens": tokens, "threads": arguments.threads, "rounds": arguments.rounds,
        "product_batch": reader.BATCH_TOKENS, "layers": plain.reader.layer, "compared": arguments.compared,
        "starts": [each._asdict() for each in starts],
        "agreement": [each._asdict() for each in agreement(engines, pool[: arguments.compared])],
        "alone": {runtime: alone(engine, pool[: arguments.alone]) for runtime, engine in engines.items()},
        "timings": [each._asdict() for each in measure(engines, texts, sizes, arguments.rounds)],
        "one": timed(
            {"bare forward pass": lambda: bare(plain, batches(plain, [one]))}
            | {runtime: lambda engine=engine: engine.read([one], True) for runtime, engine in engines.items()},
            4 * arguments.rounds,
        ),
    }  # fmt: skip
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    page = report(figures)
    arguments.out.with_suffix(".md").write_text(page, "utf-8")
    print(page)


def report(f: dict[str, Any]) -> str:
    """The page from the figures."""
    lines = [
        "# Reading", "", f"`python -m benchmarks.read --sentences {f['sentences']} --compared {f['compared']} "
        f"--rounds {f['rounds']} --threads {f['threads']}`: {f['tokens']} tokens of held-out sentences, {f['layers']} layers, best of "
        f"{f['rounds']}; the product's batch is {f['product_batch']} tokens. Where the machine was busy, time on the processor "
        "says more than time on the clock.", "",
        "| way | tokens in a batch | tokens/s, clock | tokens/s of one core | over the bare pass, processor |",
        "|---|---:|---:|---:|---:|",
    ]  # fmt: skip
    limit = {t["batch"]: t["processor"] for t in f["timings"] if t["way"] == "bare forward pass"}
    lines += [
        f"| {t['way']} | {t['batch']} | {f['tokens'] / t['clock']:.0f} | {f['tokens'] / t['processor']:.0f} | "
        f"{limit[t['batch']] / t['processor']:.2f} × |"
        for t in f["timings"]
    ]
    lines += ["", "| one sentence of 20 words | ms, clock | ms, processor |", "|---|---:|---:|"]
    lines += [f"| {way} | {1e3 * clock:.0f} | {1e3 * cpu:.0f} |" for way, (clock, cpu) in f["one"].items()]
    lines += [
        "", "| a process to its first reading | s, clock | s, processor | MiB resident | of it not mapped files | MiB at the most |",
        "|---|---:|---:|---:|---:|---:|",
    ]  # fmt: skip
    lines += [
        f"| {s['runtime']} | {s['clock']:.1f} | {s['processor']:.1f} | {s['resident']:.0f} | {s['own']:.0f} | {s['peak']:.0f} |"
        for s in f["starts"]
    ]
    differences = ", ".join(f"{runtime} {value:.1e}" for runtime, value in f["alone"].items())
    lines += [
        "", f"Int8 beside float32, {f['compared']} sentences, scores before the relu. Largest difference between a sentence read alone "
        f"and in a batch: {differences}.", "",
        "| feature | correlation | largest difference | deviation of the scores | other side of 0 |", "|---|---:|---:|---:|---:|",
    ]  # fmt: skip
    lines += [
        f"| {a['feature']} | {a['correlation']:.5f} | {a['largest']:.3f} | {a['deviation']:.2f} | {a['turned']:.1%} |"
        for a in sorted(f["agreement"], key=lambda a: a["correlation"])
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
