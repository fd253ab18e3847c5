"""Graphs of the lower layers, opened without torch, so that a runtime's own start and memory can be seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Run = Callable[[NDArray[np.int64]], NDArray[np.float32]]
"""Token ids, (sentences, tokens), to the states that probes read, (sentences, tokens - 1, d)."""


class Graph(NamedTuple):
    """A graph on disk and how it is run."""

    runtime: str
    """"onnxruntime" or "openvino"."""
    file: Path
    settings: dict[str, str]
    """OpenVINO's configuration of the compiled model."""


def opened(graph: Graph, threads: int) -> Run:
    """The graph, ready to run. Imports the runtime and nothing of torch."""
    return _opened_onnx(graph, threads) if graph.runtime == "onnxruntime" else _opened_openvino(graph, threads)


def _opened_onnx(graph: Graph, threads: int) -> Run:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # as OMP_WAIT_POLICY=PASSIVE for torch
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph.file, options, providers=["CPUExecutionProvider"])

    def run(ids: NDArray[np.int64]) -> NDArray[np.float32]:
        states: NDArray[np.float32] = session.run(None, {"ids": ids})[0]
        return states

    return run


def _opened_openvino(graph: Graph, threads: int) -> Run:
    import openvino

    settings = {"INFERENCE_NUM_THREADS": str(threads), "PERFORMANCE_HINT": "LATENCY", **graph.settings}
    compiled = openvino.Core().compile_model(graph.file, "CPU", settings)

    def run(ids: NDArray[np.int64]) -> NDArray[np.float32]:
        states: NDArray[np.float32] = compiled(ids)[0]
        return states

    return run
