"""How long a rewrite takes, stage by stage, beside the same without what makes it fast.

    python -m benchmarks.writing [--sentences 24] [--slow 6] [--threads 2] [--seed 0]

Held-out sentences of 18 to 22 words, ten concepts taking turns, eight candidates each. Methods:

    int8         the product where the processor is fast at int8
    float32      the product elsewhere
    no guesses   float32, one token a pass, and no candidate given up
    before       one row of a batch for each candidate and twin, float32, and the check in three passes (`reference.py`)

All but int8 are run on the first `--slow` sentences only. Every sentence goes through all methods before the next one does,
so that a machine with other work treats them alike. Wall time on a machine with other work says little; processor time,
summed over threads, says more. Memory is that of a process of its own, which reads, rewrites once, and rewrites again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from benchmarks import reference
from benchmarks.sentences import held_out
from prism_lsp.engine import check
from prism_lsp.engine.local import LocalEngine
from prism_lsp.reading import Edit

CONCEPTS = (
    "question", "negation", "past-tense", "first-person", "dialogue",
    "formal", "informal", "exclamation", "present-tense", "passive",
)  # fmt: skip
METHODS = ("int8", "float32", "no guesses", "before")

WAYS = ((1.0, 1.0), (1.5, 1.0), (1.0, 1.5), (2.0, 1.0), (1.5, 1.5), (1.0, 2.0), (1.5, 2.0), (1.0, 3.0))
"""Candidates: (amount, guidance). None starts from a turn, which the reference does not know."""


class Run(NamedTuple):
    """One sentence through one method."""

    decoding: float
    """Seconds until all candidates are written."""
    reading: float
    """Seconds for reading them again, as far up as the check asks."""
    ranking: float
    """Seconds for all else that the check does."""
    processor: float
    """Seconds of processor time for both."""
    passes: int
    pause: float
    """The longest time between two moments at which the work could be stopped, in seconds."""
    texts: list[str]


@contextmanager
def ranking() -> Iterator[list[float]]:
    """Seconds spent in the functions of `check`, one number for each call."""
    names, found = ("likeness", "whole", "judge"), list[float]()
    before = {name: getattr(check, name) for name in names}

    def timed(function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any) -> Any:
            began = time.perf_counter()
            try:
                return function(*arguments)
            finally:
                found.append(time.perf_counter() - began)

        return run

    for name, function in before.items():
        setattr(check, name, timed(function))
    try:
        yield found
    finally:
        for name, function in before.items():
            setattr(check, name, function)


def run(method: str, engine: LocalEngine, text: str, edit: Edit) -> Run:
    """Decode and read again."""
    deltas = torch.cat([amount * engine.delta(edit) for amount, _ in WAYS])
    guidance = [guidance for _, guidance in WAYS]
    ticks = [time.perf_counter()]
    worked = time.process_time()

    def step() -> None:
        ticks.append(time.perf_counter())

    if method == "before":
        texts = reference.decode(engine.writer, text, deltas, guidance, step)
    elif method == "no guesses":
        texts = engine.writer.decode(text, deltas, guidance, step, lambda source, written, others: [], leash=False)
    else:
        texts = engine.writer.decode(text, deltas, guidance, step)
    passes, decoded = len(ticks) - 1, time.perf_counter()
    with ranking() as ranked:
        if method == "before":
            reference.measure(engine, list(dict.fromkeys([text, *filter(None, texts)])))
        else:
            engine._judge(text, list(dict.fromkeys(texts)), edit, step)
    step()
    worked = time.process_time() - worked
    reading = ticks[-1] - decoded - sum(ranked)
    return Run(decoded - ticks[0], reading, sum(ranked), worked, passes, float(np.diff(ticks).max()), texts)


def memory(threads: int) -> dict[str, dict[str, int]]:
    """Megabytes of this process after each stage of its life: all of it, and the most that it ever was."""

    def now() -> dict[str, int]:
        lines = [line.split() for line in Path("/proc/self/status").read_text().splitlines()]
        return {line[0][2:-1]: int(line[1]) // 1024 for line in lines if line[0] in ("VmRSS:", "VmHWM:")}

    engine, edit, found = LocalEngine.load(threads=threads), Edit((("question", 1.0),)), {}
    engine.read(["The first reading loads the layers."])
    found["reading"] = now()
    engine.rewrite("It was a warm day.", edit)
    found["after the first rewrite"] = now()
    for text in sentences(5, 0):
        engine.rewrite(text, edit)
    found["after five more"] = now()
    return found


def sentences(count: int, seed: int) -> list[str]:
    """Held-out sentences of about twenty words."""
    return [held.text for held in held_out(seed) if 18 <= len(held.text.split()) <= 22][:count]


def table(runs: dict[str, list[Run]], stages: dict[str, dict[str, int]], arguments: argparse.Namespace) -> str:
    """The results as Markdown."""
    load = os.getloadavg()[1]
    lines = [
        "# How long a rewrite takes",
        "",
        f"`python -m benchmarks.writing --sentences {arguments.sentences} --slow {arguments.slow} --threads {arguments.threads}`, "
        f"{os.cpu_count()} cores, torch {torch.__version__}; other work was running: load {load:.1f} over five minutes.",
        "",
        "Held-out sentences of 18 to 22 words, eight candidates. Seconds, median and 95th percentile; *processor* is processor "
        "time, summed over threads. *Steps* are the moments at which decoding can be stopped (for the tree one for each layer of a "
        "pass), *pause* is the longest time between two. *As before*: "
        "texts that are the same, letter for letter, as without any of it, in float32; *given up*: candidates that strayed.",
        "",
        "| method | sentences | decoding | reading again | ranking | all | all, 95 % | processor | steps | pause | longest pause "
        "| as before | given up |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    rows = [(method, runs[method], len(runs[method])) for method in METHODS if runs[method]]
    few = len(runs["before"])
    if few < len(runs["int8"]):
        rows.insert(1, ("int8, the first ones", runs["int8"][:few], few))
    for name, found, count in rows:
        both = [each.decoding + each.reading + each.ranking for each in found]
        pairs = [
            pair for a, b in zip(found, runs["before"], strict=False) for pair in zip(a.texts, b.texts, strict=True)
        ]
        given_up = sum(not a for a, _ in pairs)
        columns: list[Callable[[Run], float]] = [lambda r: r.decoding, lambda r: r.reading, lambda r: r.ranking]
        cells = [
            name, str(count), *(f"{np.median([column(r) for r in found]):.2f}" for column in columns),
            f"{np.median(both):.2f}", f"{np.quantile(both, 0.95):.2f}",
            f"{np.median([r.processor for r in found]):.2f}", f"{np.median([r.passes for r in found]):.0f}",
            f"{np.median([r.pause for r in found]):.2f}", f"{max(r.pause for r in found):.2f}", f"{sum(a == b for a, b in pairs if a)} of {len(pairs)}",
            str(given_up),
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| process, in MB | now | at most so far |", "|---|--:|--:|"]
    lines += [f"| {stage} | {taken['RSS']} | {taken['HWM']} |" for stage, taken in stages.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and report."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sentences", type=int, default=24)
    options.add_argument("--slow", type=int, default=6, help="sentences for all methods but int8")
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--minutes", type=float, default=1e9, help="begin nothing new after so many minutes")
    options.add_argument("--out", type=Path, default=Path("benchmarks/results/writing.md"))
    options.add_argument("--memory", action="store_true", help="print this process's memory as JSON, and nothing else")
    arguments = options.parse_args()
    if arguments.memory:
        print(json.dumps(memory(arguments.threads)))
        return
    alone = [sys.executable, "-m", "benchmarks.writing", "--memory", "--threads", str(arguments.threads)]
    stages = json.loads(subprocess.run(alone, capture_output=True, text=True, check=True).stdout)
    kinds: dict[str, Any] = {"int8": "int8", "float32": "float32", "no guesses": "float32", "before": "float32"}
    engines = {kind: LocalEngine.load(threads=arguments.threads, runtime=kind) for kind in set(kinds.values())}
    for engine in engines.values():
        engine.rewrite("It was a warm day.", Edit((("question", 1.0),)))  # makes the layers
    runs: dict[str, list[Run]] = {method: [] for method in METHODS}
    deadline = time.monotonic() + 60 * arguments.minutes
    for number, text in enumerate(sentences(arguments.sentences, arguments.seed)):
        if time.monotonic() > deadline:
            break
        edit = Edit(((CONCEPTS[number % len(CONCEPTS)], 1.0),))
        for method in METHODS if number < arguments.slow else METHODS[:1]:
            runs[method].append(run(method, engines[kinds[method]], text, edit))
            found = runs[method][-1]
            print(
                f"{number} {method}: {found.decoding:.2f} + {found.reading + found.ranking:.2f} s",
                file=sys.stderr,
                flush=True,
            )
    found_table = table(runs, stages, arguments)
    arguments.out.write_text(found_table, "utf-8")
    print(found_table)


if __name__ == "__main__":
    main()
