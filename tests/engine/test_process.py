"""The handle on the engine process: answers, cancels, deaths. The process is a few lines of Python, without a model."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest

from prism_lsp.engine.process import Engine
from prism_lsp.reading import Edit, EngineError

CHILD = r"""
import json, os, sys, threading, time
marker, out = sys.argv[1], threading.Lock()
cancelled = set()
feature = {"id": "length", "name": "Length", "family": "other", "description": "", "kind": "concept", "on": "", "off": ""}
def send(m):
    with out: print(json.dumps(m), flush=True)
def slow(m):
    for _ in range(500):
        time.sleep(0.01)
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
        send({"id": m["id"], "result": {"features": [feature], "pack": {"name": "p", "version": "1"}}})
    elif m["method"] == "read":
        texts = m["params"]["texts"]
        if "die always" in texts or ("die once" in texts and not os.path.exists(marker)):
            open(marker, "w").write("died")
            os._exit(3)
        send({"id": m["id"], "result": {"readings": [{"activations": [len(t)], "percentiles": [0.5], "evidence": None} for t in texts]}})
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


async def test_a_death_is_blamed_on_what_was_being_worked_on(tmp_path: Path) -> None:
    script = tmp_path / "child.py"
    script.write_text(
        CHILD.replace(
            'texts = m["params"]["texts"]\n',
            """texts = m["params"]["texts"]
        if texts == ["waits"] and not os.path.exists(marker + "2"):
            continue
        send({"method": "working", "params": {"id": m["id"]}})
""",
        ).replace(
            "os._exit(3)",
            "deaths = open(marker + '1', 'a'); deaths.write('x'); deaths.close(); "
            "os.path.getsize(marker + '1') == 3 and open(marker + '2', 'w'); os._exit(3)",
        )
    )
    one = Engine([sys.executable, str(script), str(tmp_path / "marker")])
    await one.start()
    await one.features()
    results = await asyncio.gather(one.read(["waits"]), one.read(["die always"]), return_exceptions=True)
    assert results[0][0].activations == (5,)  # type: ignore[index]
    assert isinstance(results[1], EngineError) and "died 3 times" in str(results[1])
    await one.close()
