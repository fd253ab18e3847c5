"""The engine's process: what is waited for overtakes, nothing is lost, and typing never waits for a long portion."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import tiny

from prism_lsp.concept_file import Concept, Pair, to_json
from prism_lsp.engine import ordinary
from prism_lsp.engine.pace import AWAITED, CALM, REST, SEEN, TYPING, Pace
from prism_lsp.engine.worker import Worker
from prism_lsp.reading import EngineError, Reading

OWN = Concept("own", "Own", "project1", "", "", "", tuple(Pair(f"It is {n}.", f"It is but {n}.") for n in range(5)))


class Engine:
    """Reads in no time; `during` is called at every portion."""

    def __init__(self) -> None:
        self.portions: list[list[str]] = []
        self.during: Callable[[list[str]], None] = lambda texts: None

    def read(self, texts: Sequence[str], evidence: bool = False) -> list[Reading]:
        self.portions.append(list(texts))
        self.during(list(texts))
        return [Reading((float(len(text)),), (0.5,)) for text in texts]


@pytest.fixture
def worker() -> Worker:
    made = Worker(io.StringIO())
    made.engine = Engine()
    made.pace = Pace(lambda: 0.0)
    return made


def read(number: int, texts: list[str], rank: int) -> dict[str, Any]:
    return {"id": number, "method": "read", "params": {"texts": texts, "evidence": False, "rank": rank}}


def told(worker: Worker) -> list[dict[str, Any]]:
    return [json.loads(line) for line in worker.out.getvalue().splitlines()]  # type: ignore[attr-defined]


def answers(worker: Worker) -> list[dict[str, Any]]:
    return [message for message in told(worker) if "id" in message]


def answered(worker: Worker) -> list[int]:
    return [message["id"] for message in answers(worker)]


MANY = [f"A sentence of a long book, {'very ' * number}long." for number in range(60)]


def test_a_sentence_that_somebody_waits_for_overtakes_a_long_read(worker: Worker) -> None:
    worker.inbox.put(read(2, ["Typed."], AWAITED))
    worker.inbox.put(read(3, ["Seen."], SEEN))
    worker.inbox.put(read(4, ["More."], REST))
    worker.answer(read(1, MANY, REST))
    assert answered(worker) == [2, 3, 1]
    assert worker.engine.portions[1] == ["Typed."]
    assert [message["params"]["texts"] for message in worker.waiting] == [["More."]]


def test_answers_are_in_the_order_of_the_texts_whatever_was_read_together(worker: Worker) -> None:
    texts = MANY[::2] + MANY[1::2]
    worker.answer(read(1, texts, REST))
    (answer,) = (message for message in told(worker) if message.get("id") == 1)
    assert [reading["activations"] for reading in answer["result"]["readings"]] == [[len(text)] for text in texts]
    assert len(worker.engine.portions) > 1


def test_requests_are_taken_by_rank_and_then_in_order(worker: Worker) -> None:
    for message in (read(1, ["a"], REST), read(2, ["b"], SEEN), read(3, ["c"], AWAITED), read(4, ["d"], AWAITED)):
        worker.inbox.put(message)
    taken = [worker.next() for _ in range(4)]
    assert [message and message["id"] for message in taken] == [3, 4, 2, 1]


def test_a_rewrite_waits_neither_for_the_rest_of_a_book_nor_does_typing_for_it(worker: Worker) -> None:
    def rewrite(text: str, edit: object, candidates: int, step: Callable[[], None]) -> Any:
        worker.inbox.put(read(3, ["Typed."], AWAITED))
        worker.inbox.put(read(4, ["Of the book."], REST))
        step()
        raise EngineError("No.", "input")

    worker.engine.rewrite = rewrite
    worker.inbox.put({"id": 2, "method": "rewrite", "params": {"text": "x", "moves": []}})
    worker.answer(read(1, MANY, REST))
    assert answered(worker) == [3, 2, 1]


def test_a_long_read_that_is_cancelled_ends_at_the_next_portion(worker: Worker) -> None:
    worker.engine.during = lambda texts: worker.cancelled.add(1)
    worker.answer(read(1, MANY, REST))
    assert len(worker.engine.portions) == 1
    assert told(worker)[-1]["error"]["code"] == "cancelled"


def test_the_process_says_what_it_works_on(worker: Worker) -> None:
    worker.inbox.put(read(2, ["Typed."], AWAITED))
    worker.answer(read(1, MANY, REST))
    working = [message["params"]["id"] for message in told(worker) if message.get("method") == "working"]
    assert working == [1, 2, 1]


def test_requests_of_a_life_before_wait_for_loading(worker: Worker) -> None:
    worker.inbox.put(read(5, ["Typed."], AWAITED))
    worker.inbox.put({"id": 0, "method": "load", "params": {}})
    first = worker.next()
    assert first is not None and first["id"] == 0


def test_portions_are_small_while_somebody_types_and_follow_the_speed() -> None:
    now = [100.0]
    pace = Pace(lambda: now[0])
    texts, left = ["x" * 100] * 1000, list(range(1000))
    for _ in range(50):
        pace.learn(texts[:10], 0.1)  # 10,000 characters a second
    calm, _ = pace.portion(texts, left, REST)
    pace.portion(["Typed."], [0], AWAITED)
    typing, _ = pace.portion(texts, left, REST)
    now[0] += 60
    again, _ = pace.portion(texts, left, REST)
    assert len(calm) == len(again) == pytest.approx(100 * CALM, abs=1)
    assert len(typing) == pytest.approx(100 * TYPING, abs=1)


def test_a_sentence_longer_than_a_portion_is_read_alone() -> None:
    portion, left = Pace(lambda: 0.0).portion(["x" * 10_000] * 3, [0, 1, 2], REST)
    assert (list(portion), list(left)) == ([0], [1, 2])


def test_the_reading_thread_ends_nothing_while_lines_are_wrong(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = threading.Event()
    monkeypatch.setattr("prism_lsp.engine.worker.os._exit", lambda code: ended.set())
    worker.listen(io.StringIO("no json\n" + json.dumps(read(1, ["a"], REST)) + "\n"))
    assert ended.is_set() and worker.inbox.get()["id"] == 1


# a project's concepts -----------------------------------------------------------------------------------------------


@pytest.fixture
def fitting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worker:
    monkeypatch.setattr(ordinary, "cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(ordinary, "texts", lambda: [f"The {n} fox was not there." for n in range(9)])
    made = Worker(io.StringIO())
    made.engine = tiny.engine(tmp_path)
    return made


def test_reads_are_answered_while_a_concept_is_fitted_and_are_of_the_old_features(fitting: Worker) -> None:
    fitting.inbox.put({"id": 2, "method": "read", "params": {"texts": ["It is."]}})
    fitting.inbox.put({"id": 3, "method": "adopt", "params": {"concepts": [to_json(OWN)]}})
    fitting.answer({"id": 1, "method": "fit", "params": {"concepts": [to_json(OWN)]}})
    first, fitted = answers(fitting)
    assert (first["id"], fitted) == (2, {"id": 1, "result": {"problems": []}})
    assert len(first["result"]["readings"][0]["activations"]) == len(tiny.FEATURES)
    (later,) = fitting.waiting
    fitting.answer(later)
    assert answers(fitting)[-1]["result"]["features"][-1]["id"] == "own"


def test_a_fit_can_be_cancelled(fitting: Worker) -> None:
    fitting.cancelled.add(1)
    fitting.answer({"id": 1, "method": "fit", "params": {"concepts": [to_json(OWN)]}})
    assert answers(fitting) == [{"id": 1, "error": {"code": "cancelled", "message": "The request was cancelled."}}]


def test_a_long_read_is_of_the_same_features_from_its_first_sentence_to_its_last(fitting: Worker) -> None:
    fitting.pace.speed = 1.0  # a sentence a portion
    fitting.inbox.put({"id": 2, "method": "adopt", "params": {"concepts": [to_json(OWN)]}})
    fitting.answer(read(1, ["It is.", "It was."], REST))
    (first,) = answers(fitting)
    assert [len(each["activations"]) for each in first["result"]["readings"]] == [len(tiny.FEATURES)] * 2
