"""The engine's process without the process: what is answered while longer work goes on."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import tiny

from prism_lsp.concept_file import Concept, Pair, to_json
from prism_lsp.engine import ordinary
from prism_lsp.engine.worker import Worker

OWN = Concept("own", "Own", "project1", "", "", "", tuple(Pair(f"It is {n}.", f"It is but {n}.") for n in range(5)))


@pytest.fixture
def worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(ordinary, "cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(ordinary, "texts", lambda: [f"The {n} fox was not there." for n in range(9)])
    worker = Worker(io.StringIO())
    worker.engine = tiny.engine(tmp_path)
    return worker


def answers(worker: Worker) -> list[dict[str, object]]:
    assert isinstance(worker.out, io.StringIO)
    return [json.loads(line) for line in worker.out.getvalue().splitlines()]


def test_reads_are_answered_while_a_concept_is_fitted_and_are_of_the_old_features(worker: Worker) -> None:
    worker.inbox.put({"id": 2, "method": "read", "params": {"texts": ["It is."]}})
    worker.inbox.put({"id": 3, "method": "adopt", "params": {"concepts": [to_json(OWN)]}})
    worker.answer({"id": 1, "method": "fit", "params": {"concepts": [to_json(OWN)]}})
    read, fitted = answers(worker)
    assert (read["id"], fitted) == (2, {"id": 1, "result": {"problems": []}})
    assert len(read["result"]["readings"][0]["activations"]) == len(tiny.FEATURES)  # type: ignore[index]
    (later,) = worker.later
    worker.answer(later)
    assert answers(worker)[-1]["result"]["features"][-1]["id"] == "own"  # type: ignore[index]


def test_a_fit_can_be_cancelled(worker: Worker) -> None:
    worker.cancelled.add(1)
    worker.answer({"id": 1, "method": "fit", "params": {"concepts": [to_json(OWN)]}})
    assert answers(worker) == [{"id": 1, "error": {"code": "cancelled", "message": "The request was cancelled."}}]
