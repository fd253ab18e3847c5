"""Would another runtime read faster than the product? ONNX Runtime and OpenVINO beside torch and the product's own int8.

    python -m benchmarks.runtimes [--sentences 100] [--compared 200] [--rounds 3] [--threads 2] [--graphs FOLDER]

Every way goes from ready tokens, in the product's batches, to the states that the probes read. They take turns and the best
of the rounds counts. The graphs are built on first use, minutes of work, and kept in the folder if one is named. A runtime
that is not installed (`pip install '.[bench]'`) is left out.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from benchmarks import graphs
from benchmarks.opened import Graph, opened
from benchmarks.read import timed
from benchmarks.sentences import held_out
from prism_lsp.engine.int8 import SAMPLE
from prism_lsp.engine.local import LocalEngine, Runtime

Way = Callable[[Sequence[list[int]]], Tensor]
"""Sentences' tokens, the leading one first, to states, (sentences, longest, d)."""

PLAIN = "product, float32"

SHALLOW = (6, 9)
"""Layers after which the product's int8 is timed as well."""

CONCLUSION = "## What follows"
"""What is written by hand under this line of the page stays when the page is made again."""

START = """
import json, sys, time
began, given = time.perf_counter(), json.loads(sys.argv[1])
if given["runtime"] == "product":
    from prism_lsp.engine.local import LocalEngine
    engine = LocalEngine.load(runtime=given["way"], threads=given["threads"])
    run = lambda length: engine.reader.lower.states([list(range(100, 100 + length))], engine.reader.probed)
else:
    import numpy
    from benchmarks.opened import Graph, opened
    graph = opened(Graph(given["runtime"], given["file"], given["settings"]), given["threads"])
    run = lambda length: graph(numpy.arange(99, 100 + length)[None])
run(20)
seconds, spent = time.perf_counter() - began, time.process_time()
for length in range(1, 60):
    run(length)
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(seconds, spent, *(int(status[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon")))
"""

PACKAGES = {
    "torch": ["torch"],
    "onnxruntime": ["onnxruntime", "flatbuffers", "protobuf"],
    "openvino": ["openvino", "openvino-telemetry"],
}
"""What a runtime brings besides numpy; what only builds graphs is not counted."""


def padded(sentences: Sequence[list[int]]) -> NDArray[np.int64]:
    """Tokens as one matrix, right-padded."""
    longest = max(map(len, sentences))
    return np.array([tokens + [0] * (longest - len(tokens)) for tokens in sentences], np.int64)


def torch_ways(engines: dict[Runtime, LocalEngine]) -> dict[str, Way]:
    """The bare forward pass and the product's two ways."""
    plain = engines["float32"]

    @torch.inference_mode()
    def bare(sentences: Sequence[list[int]]) -> Tensor:
        layers = range(plain.reader.layer)
        return plain.model.run(plain.model.embed(torch.from_numpy(padded(sentences))), layers)[:, 1:]

    def product(engine: LocalEngine, layers: Sequence[int]) -> Way:
        return lambda sentences: engine.reader.lower.states([tokens[1:] for tokens in sentences], layers)

    ways: dict[str, Way] = {"bare torch, float32": bare}
    ways |= {f"product, {runtime}": product(engine, engine.reader.probed) for runtime, engine in engines.items()}
    return ways | {f"product, int8, {layers} layers": product(engines["int8"], (layers,)) for layers in SHALLOW}


def graph_way(graph: Graph, threads: int) -> Way:
    """A graph as a way."""
    run = opened(graph, threads)
    return lambda sentences: torch.from_numpy(run(padded(sentences)))


def build(folder: Path, engine: LocalEngine) -> tuple[dict[str, Graph], list[str]]:
    """The graphs of the runtimes that are installed, and a line about each that is not."""
    found: dict[str, Graph] = {}
    absent = []
    encoded = [engine.reader.encode(text).ids for text in SAMPLE]
    layers, probed = engine.reader.layer, engine.reader.probed
    plain = graphs.Layers(engine.model, graphs.plain_blocks(engine.model, layers), probed)
    blocks = graphs.smoothed_blocks(engine.model, layers, engine.reader.first, [ids[1:] for ids in encoded])
    smooth = graphs.Layers(engine.model, blocks, probed)
    for runtime, make in (("onnxruntime", graphs.onnx_graphs), ("openvino", graphs.openvino_graphs)):
        if names := graphs.missing(runtime):
            absent.append(f"{runtime} is left out: {', '.join(names)} not installed (`pip install '.[bench]'`).")
        else:
            found |= make(folder, plain, smooth, [torch.tensor([ids]) for ids in encoded])
    return found, absent


@torch.inference_mode()
def scores(engine: LocalEngine, way: Way, batches: Sequence[list[list[int]]]) -> NDArray[np.float32]:
    """Every feature's score before the relu on a way's states, (sentences, features)."""
    rows = []
    for batch in batches:
        lengths = torch.tensor([len(tokens) - 1 for tokens in batch])
        rows.append(engine.pool.scores(engine.pool.parts(way(batch), lengths)).numpy())
    return np.concatenate(rows)


def agreement(exact: NDArray[np.float32], found: NDArray[np.float32]) -> dict[str, float]:
    """How well a way's scores, (sentences, features), agree with float32's: the worst feature counts."""
    correlations = [float(np.corrcoef(exact[:, row], found[:, row])[0, 1]) for row in range(exact.shape[1])]
    return {"lowest": min(correlations), "median": float(np.median(correlations)), "turned": float(((exact > 0) != (found > 0)).mean())}  # fmt: skip


def installed(packages: Sequence[str]) -> float:
    """MiB on disk."""
    files = [Path(str(file.locate())) for name in packages for file in metadata.files(name) or []]
    return sum(file.stat().st_size for file in files if file.is_file()) / 2**20


def start(given: dict[str, Any]) -> dict[str, float]:
    """A process of its own, from its first import to the first states; memory after 59 more sentences, MiB."""
    command = [sys.executable, "-c", START, json.dumps(given)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(zip(("clock", "processor", "resident", "own"), map(float, answer.split()), strict=True))


def starts(found: dict[str, Graph], threads: int) -> dict[str, dict[str, float]]:
    """Every way's start."""
    given: dict[str, dict[str, Any]] = {
        f"product, {way}": {"runtime": "product", "way": way} for way in ("float32", "int8")
    }
    for name, graph in found.items():
        given[name] = {**graph._asdict(), "file": str(graph.file)}
    return {name: start({**each, "threads": threads}) for name, each in given.items()}


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All figures."""
    runtimes: tuple[Runtime, ...] = ("float32", "int8")
    engines = {runtime: LocalEngine.load(threads=options.threads, runtime=runtime) for runtime in runtimes}
    plain = engines["float32"]
    found, absent = build(folder, plain)
    begun = starts(found, options.threads)
    ways = torch_ways(engines) | {name: graph_way(graph, options.threads) for name, graph in found.items()}
    pool = [held.text for held in held_out(options.seed)]

    def batched(texts: list[str]) -> list[list[list[int]]]:
        encoded = [plain.reader.encode(text) for text in texts]
        return [[encoded[index].ids for index in batch] for batch in plain.reader.batches(encoded)]

    batches, compared = batched(pool[: options.sentences]), batched(pool[: options.compared])
    one = plain.reader.encode(next(text for text in pool if len(text.split()) == 20)).ids
    load = os.getloadavg()[0]

    def over(way: Callable[[Any], Any], given: list[Any]) -> Callable[[], Any]:
        return lambda: [way(each) for each in given]

    batch_by_batch = {name: over(way, batches) for name, way in ways.items()}
    by_itself = {name: over(way, [[one]]) for name, way in ways.items()}
    times, alone = timed(batch_by_batch, options.rounds), timed(by_itself, 4 * options.rounds)
    deep = {name: way for name, way in ways.items() if not name.endswith(" layers")}
    exact = scores(plain, ways[PLAIN], compared)
    single = [[tokens] for batch in compared[::2] for tokens in batch[:4]]
    together = [batch[:4] for batch in compared[::2]]
    return {
        "sentences": options.sentences, "compared": options.compared, "rounds": options.rounds, "threads": options.threads,
        "tokens": sum(len(tokens) - 1 for batch in batches for tokens in batch), "layers": plain.reader.layer,
        "load": [load, os.getloadavg()[0]], "cores": os.cpu_count(), "absent": absent, "starts": begun,
        "times": times, "one": alone,
        "agreement": {name: agreement(exact, scores(plain, way, compared)) for name, way in deep.items()},
        "company": {
            name: float(np.abs(scores(plain, way, single) - scores(plain, way, together)).max()) for name, way in deep.items()
        },
        "installed": {
            name: installed(packages) for name, packages in PACKAGES.items() if name == "torch" or not graphs.missing(name)
        },
        "versions": {name: metadata.version(name) for name in PACKAGES if name == "torch" or not graphs.missing(name)},
    }  # fmt: skip


def report(f: dict[str, Any]) -> str:
    """The page from the figures."""
    versions = ", ".join(f"{name} {version}" for name, version in f["versions"].items())
    lines = [
        "# Other runtimes", "", f"`OMP_WAIT_POLICY=PASSIVE python -m benchmarks.runtimes --sentences {f['sentences']} --compared "
        f"{f['compared']} --rounds {f['rounds']} --threads {f['threads']}`: {f['tokens']} tokens, {f['layers']} layers, from ready "
        f"tokens to the states that the probes read, best of {f['rounds']} rounds in turns. {versions}. The machine has {f['cores']} "
        f"cores; its load was {f['load'][0]:.1f} when the timing began and {f['load'][1]:.1f} when it ended. On a busy machine, "
        "time on the processor (all threads) says more than time on the clock.", "",
        "| way | sentences/s, clock | tokens/s, clock | tokens/s of one core | over bare torch, processor | 20 words: ms, clock | ms, processor |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]  # fmt: skip
    bare = f["times"]["bare torch, float32"][1]
    for way, (clock, processor) in f["times"].items():
        one = [1e3 * seconds for seconds in f["one"][way]]
        lines.append(
            f"| {way} | {f['sentences'] / clock:.1f} | {f['tokens'] / clock:.0f} | {f['tokens'] / processor:.0f} | "
            f"{bare / processor:.2f} × | {one[0]:.0f} | {one[1]:.0f} |"
        )
    lines += [
        "", f"Scores before the relu on {f['compared']} sentences beside the product's float32. *Company*: largest difference of any "
        "score between a sentence read alone and read among others.", "",
        "| way | lowest correlation of a feature | median | other side of 0 | company |", "|---|--:|--:|--:|--:|",
    ]  # fmt: skip
    lines += [
        f"| {way} | {a['lowest']:.5f} | {a['median']:.5f} | {a['turned']:.2%} | {f['company'][way]:.1e} |"
        for way, a in f["agreement"].items()
    ]
    lines += [
        "", "A process from its first import to the first states. The graphs lie ready on disk, and no torch is in their processes "
        "(the product needs it for writing); the product finds and verifies its weights and makes its layers.", "",
        "| way | s, clock | s, processor | MiB resident | of it not mapped files |", "|---|--:|--:|--:|--:|",
    ]  # fmt: skip
    lines += [
        f"| {way} | {s['clock']:.1f} | {s['processor']:.1f} | {s['resident']:.0f} | {s['own']:.0f} |"
        for way, s in f["starts"].items()
    ]
    sizes = ", ".join(f"{name} {size:.0f} MiB" for name, size in f["installed"].items())
    lines += ["", f"Installed, without what only builds graphs: {sizes}.", *(["", *f["absent"]] if f["absent"] else [])]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and print the page; keep it beside the other results."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=100, help="to time")
    parser.add_argument("--compared", type=int, default=200, help="sentences to compare the ways on")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--graphs", type=Path, help="folder to keep the graphs in, 1.2 GB")
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/runtimes.json"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.graphs or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        figures = measure(options, folder)
    options.out.write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    page = options.out.with_suffix(".md")
    _, mark, kept = page.read_text("utf-8").partition(CONCLUSION) if page.exists() else ("", "", "")
    page.write_text(report(figures) + (f"\n{mark}{kept}" if mark else ""), "utf-8")
    print(report(figures))


if __name__ == "__main__":
    main()
