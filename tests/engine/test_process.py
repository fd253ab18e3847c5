"""The handle on the engine process: answers, cancels, deaths. The process is a few lines of Python, without a model."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from prism_lsp.concept_file import Concept, Pair
from prism_lsp.engine.process import TRIES, Engine
from prism_lsp.reading import Edit, EngineError

CHILD = r"""
import json, os, sys, threading, time
marker, out = sys.argv[1], threading.Lock()
cancelled = set()
feature = {"id": "length", "name": "Length", "family": "other", "description": "", "kind": "concept", "on": "", "off": ""}
def features(params):
    loaded.extend(each["id"] for each in params.get("concepts", ()))
    return [feature, *({**feature, "id": each["id"]} for each in params.get("concepts", ()))]
loaded = []
def send(m):
    with out: print(json.dumps(m), flush=True)
def slow(m):
    for _ in range(500):
        time.sleep(0.01)
        if os.path.exists(marker + ".end"):
            send({"id": m["id"], "result": {"rewrites": [], "refused": "None."}})
            return
        if m["id"] in cancelled:
            send({"id": m["id"], "error": {"code": "cancelled", "message": "cancelled"}})
            open(marker, "w").write("cancelled")
            return
for line in sys.stdin:
    m = json.loads(line)
    if m["method"] == "load":
        if m["params"]["model"] == "bad":
            send({"id": m["id"], "error": {"code": "weights", "message": "No network."}})
            continue
        send({"method": "progress", "params": {"stage": "load", "done": 1, "total": 2, "message": "half"}})
        send({"id": m["id"], "result": {"features": features(m["params"]), "pack": {"name": "p", "version": "1"}}})
    elif m["method"] == "fit":
        send({"id": m["id"], "result": {"problems": [["b", "No."]]}})
    elif m["method"] == "adopt":
        send({"id": m["id"], "result": {"features": features(m["params"])}})
    elif m["method"] == "read":
        texts = m["params"]["texts"]
        if "die always" in texts or ("die once" in texts and not os.path.exists(marker)):
            open(marker, "w").write("died")
            os._exit(3)
        send({"id": m["id"], "result": {"readings": [{"activations": [len(t)] + [0] * len(loaded), "percentiles": [0.5], "evidence": None} for t in texts]}})
    elif m["method"] == "rewrite":
        threading.Thread(target=slow, args=(m,), daemon=True).start()
    elif m["method"] == "cancel":
        cancelled.add(m["params"]["id"])
"""


def engine(tmp_path: Path, **options: object) -> Engine:
    script = tmp_path / "child.py"
    script.write_text(CHILD)
    return Engine([sys.executable, str(script), str(tmp_path / "marker")], **options)  # type: ignore[arg-type]


async def test_reads_and_reports_progress(tmp_path: Path) -> None:
    seen = []
    one = engine(tmp_path, on_progress=seen.append)
    await one.start()
    assert [f.id for f in await one.features()] == ["length"]
    assert [r.activations for r in await one.read(["ab", "abc"])] == [(2,), (3,)]
    assert [(p.stage, p.done, p.total) for p in seen] == [("load", 1, 2)]
    await one.close()


async def test_a_death_loses_no_request(tmp_path: Path) -> None:
    restarts: list[str] = []
    one = engine(tmp_path, on_restart=restarts.append)
    await one.start()
    asked = [one.read(["a"]), one.read(["die once"]), one.read(["abc"])]
    assert [r[0].activations for r in await asyncio.gather(*asked)] == [(1,), (8,), (3,)]
    assert len(restarts) == 1 and "exit code 3" in restarts[0]
    await one.close()


async def test_a_request_that_kills_three_times_fails_alone(tmp_path: Path) -> None:
    one = engine(tmp_path)
    await one.start()
    await one.features()
    poison, fine = one.read(["die always"]), one.read(["abc"])
    results = await asyncio.gather(poison, fine, return_exceptions=True)
    assert isinstance(results[0], EngineError) and "died 3 times" in str(results[0])
    assert results[1][0].activations == (3,)  # type: ignore[index]
    await one.close()


async def test_kills_by_another_hand_fail_no_request(tmp_path: Path) -> None:
    one = engine(tmp_path)
    await one.start()
    await one.features()
    rewrite = asyncio.create_task(one.rewrite("x", Edit((("length", 1.0),))))
    for _ in range(2 * TRIES):
        await asyncio.sleep(0.1)
        await one.restart()  # SIGKILL while the rewrite is what it works on, or while it loads
    (tmp_path / "marker.end").touch()
    assert (await asyncio.wait_for(rewrite, 60)).refused == "None."
    await one.close()


async def test_a_sentence_that_kills_does_not_take_a_rewrite_with_it(tmp_path: Path) -> None:
    one = engine(tmp_path, on_restart=lambda reason: (tmp_path / "marker.end").touch())
    await one.start()
    await one.features()
    rewrite = asyncio.create_task(one.rewrite("x", Edit((("length", 1.0),))))
    await asyncio.sleep(0.1)
    with pytest.raises(EngineError, match="died 3 times"):
        await asyncio.wait_for(one.read(["die always"]), 60)
    assert (await asyncio.wait_for(rewrite, 60)).refused == "None."
    await one.close()


async def test_a_line_that_is_no_answer_is_passed_over(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    noise = (
        'for line in ("5", "[]", "{}", "null", "half {", \'{"method": "progress", "params": {"x": 1}}\'): print(line)\n'
    )
    script.write_text(noise + CHILD)
    one = Engine([sys.executable, str(script), str(tmp_path / "marker")])
    await one.start()
    assert [reading.activations for reading in await asyncio.wait_for(one.read(["ab"]), 60)] == [(2,)]
    await one.close()


async def test_a_cancelled_task_cancels_the_work(tmp_path: Path) -> None:
    one = engine(tmp_path)
    await one.start()
    await one.features()
    task = asyncio.create_task(one.rewrite("x", Edit((("length", 1.0),))))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    for _ in range(100):
        await asyncio.sleep(0.02)
        if (tmp_path / "marker").exists():
            break
    assert (tmp_path / "marker").read_text() == "cancelled"
    await one.close()


async def test_weights_that_cannot_be_had_are_told_once(tmp_path: Path) -> None:
    one = engine(tmp_path, model="bad")
    await one.start()
    with pytest.raises(EngineError, match="No network"):
        await one.features()
    with pytest.raises(EngineError, match="No network"):
        await one.read(["a"])
    await one.close()


async def test_a_program_that_does_not_run_is_told(tmp_path: Path) -> None:
    one = Engine([sys.executable, "-c", "raise SystemExit(7)"])
    await one.start()
    with pytest.raises(EngineError, match="exit code 7"):
        await asyncio.wait_for(one.features(), 30)
    await one.close()


async def test_a_program_that_does_not_exist_is_told() -> None:
    one = Engine(["/no/such/program"])
    await one.start()
    with pytest.raises(EngineError, match="cannot be started"):
        await asyncio.wait_for(one.features(), 30)
    await one.close()


async def test_a_process_that_is_started_again_has_the_projects_concepts(tmp_path: Path) -> None:
    one = engine(tmp_path)
    own = Concept("a", "A", "project1", "", "", "", (Pair("It is.", "It is so."),))
    await one.start()
    assert await one.fit([own]) == [("b", "No.")]
    assert [feature.id for feature in await one.adopt([own])] == ["length", "a"]
    assert [r.activations for r in await one.read(["die once"])] == [(8, 0)]
    await one.close()


async def test_concepts_that_cannot_be_taken_up_are_not_those_of_the_next_process_either(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    refused = 'send({"id": m["id"], "error": {"code": "internal", "message": "No."}})'
    script.write_text(CHILD.replace('send({"id": m["id"], "result": {"features": features(m["params"])}})', refused))
    one = Engine([sys.executable, str(script), str(tmp_path / "marker")])
    await one.start()
    with pytest.raises(EngineError, match="No"):
        await one.adopt([Concept("a", "A", "project1", "", "", "", (Pair("It is.", "It is so."),))])
    assert [reading.activations for reading in await one.read(["die once"])] == [(8,)]
    await one.close()


async def test_what_the_process_died_on_as_it_said_is_asked_again_last(tmp_path: Path) -> None:
    script, restarts = tmp_path / "child.py", list[str]()
    working = 'texts = m["params"]["texts"]; send({"method": "working", "params": {"id": m["id"]}})'
    script.write_text(CHILD.replace('texts = m["params"]["texts"]', working))
    one = Engine([sys.executable, str(script), str(tmp_path / "marker")], on_restart=restarts.append)
    await one.start()
    await one.features()
    poison = asyncio.create_task(one.read(["die always"]))
    await asyncio.sleep(0)
    assert [reading.activations for reading in await one.read(["abc"])] == [(3,)]
    assert len(restarts) == 1
    with pytest.raises(EngineError, match="died 3 times"):
        await poison
    await one.close()


async def test_what_is_typed_does_not_wait_for_what_the_process_may_have_died_on(tmp_path: Path) -> None:
    one = engine(tmp_path)
    await one.start()
    await one.features()
    rewrite = asyncio.create_task(one.rewrite("x", Edit((("length", 1.0),))))
    await asyncio.sleep(0.1)
    await one.restart()
    typed = await asyncio.wait_for(one.read(["abc"]), 60)
    assert typed[0].activations == (3,) and not rewrite.done()
    (tmp_path / "marker.end").touch()
    assert (await asyncio.wait_for(rewrite, 60)).refused == "None."
    await one.close()
