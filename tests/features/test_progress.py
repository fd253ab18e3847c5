"""Progress, state and refreshes."""

from __future__ import annotations

import asyncio

import pytest
from editor import StubEngine, editing

from prism_lsp.features.progress import Throttle
from prism_lsp.reading import Progress

pytestmark = pytest.mark.asyncio


async def test_fetching_shows_one_bar_with_percent_and_the_state() -> None:
    engine = StubEngine()
    engine.steps = [Progress("download", i * 10, 100, "Fetching the model, 98 MB") for i in range(10)]
    engine.steps += [Progress("load", 1, None, "Loading the model") for _ in range(3)]
    async with editing(engine) as editor:
        await editor.until(lambda: editor.sent("prism/state")[-1]["engine"] == "ready")
        await editor.until(lambda: editor.sent("$/progress")[-1]["value"]["kind"] == "end")
        values = [sent["value"] for sent in editor.sent("$/progress")]
        assert len({sent["token"] for sent in editor.sent("$/progress")}) == 1
        assert values[0]["kind"] == "begin" and values[0]["message"] == "Fetching the model, 98 MB"
        percentages = [value["percentage"] for value in values if value.get("percentage") is not None]
        assert percentages == sorted(percentages) and len(percentages) >= 2
        states = [state["engine"] for state in editor.sent("prism/state")]
        assert states == ["starting", "downloading", "starting", "ready"]


async def test_the_first_reading_of_a_long_document_shows_how_far_it_is() -> None:
    engine = StubEngine()
    engine.delay = 0.005
    async with editing(engine) as editor:
        editor.open("\n\n".join(f"Why {i}?" for i in range(200)))
        await editor.until(lambda: len(engine.read_texts) == 200)
        await editor.until(lambda: editor.sent("$/progress")[-1]["value"]["kind"] == "end")
        values = [sent["value"] for sent in editor.sent("$/progress")]
        assert values[0]["title"] == "Prism is reading my novel.md"
        assert any(value.get("message", "").endswith("of 200 sentences") for value in values)


async def test_short_work_shows_nothing() -> None:
    async with editing() as editor:
        editor.open("Why?")
        await editor.colours()
        await asyncio.sleep(0.4)
        assert editor.sent("$/progress") == editor.sent("window/workDoneProgress/create") == []


async def test_calls_are_throttled_and_the_last_is_not_lost() -> None:
    calls: list[float] = []
    called = asyncio.Event()

    async def call() -> None:
        calls.append(asyncio.get_running_loop().time())
        called.set()

    throttle = Throttle(call)
    start = asyncio.get_running_loop().time()
    for number in (1, 2):
        for _ in range(20):
            throttle.ask(0.1)
        await asyncio.wait_for(called.wait(), 60)
        called.clear()
        assert len(calls) == number
    assert calls[1] - start >= 0.099
    await asyncio.sleep(0.2)
    assert len(calls) == 2
