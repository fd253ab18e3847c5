"""Commands and settings, as an editor uses them."""

from __future__ import annotations

import asyncio

import pytest
from editor import FULL_CLIENT, LspError, StubEngine, editing

from prism_lsp.reading import EngineError

pytestmark = pytest.mark.asyncio

EXECUTE = "workspace/executeCommand"
CONFIGURE = "workspace/didChangeConfiguration"


async def test_focus_and_unfocus_change_the_colours_and_ask_for_a_refresh() -> None:
    async with editing() as editor:
        editor.open("It was not so.\n\nWhy?")
        await editor.colours()
        answer = await editor.ask(EXECUTE, {"command": "prism.focus", "arguments": ["question"]})
        assert answer == {"mode": "focus", "focus": "question"}
        await editor.until(lambda: editor.sent("workspace/semanticTokens/refresh"))
        assert await editor.colours() == [("Why?", "prismSentence", "l4")]
        assert editor.sent("prism/state")[-1] == {
            "engine": "ready",
            "message": "",
            "mode": "focus",
            "focus": "question",
        }
        await editor.ask(EXECUTE, {"command": "prism.unfocus", "arguments": []})
        assert len(await editor.colours()) == 2


async def test_a_feature_that_does_not_exist_is_said_with_the_nearest() -> None:
    async with editing() as editor:
        with pytest.raises(LspError, match=r"There is no feature “questions”\. There is: question"):
            await editor.ask(EXECUTE, {"command": "prism.focus", "arguments": ["questions"]})
        with pytest.raises(LspError, match="one argument"):
            await editor.ask(EXECUTE, {"command": "prism.focus"})


async def test_the_features_are_listed() -> None:
    async with editing() as editor:
        features = await editor.ask(EXECUTE, {"command": "prism.features"})
        assert len(features) == 10
        assert features[0] == {
            "id": "question",
            "name": "Question",
            "family": "sentence",
            "description": "About question.",
            "kind": "concept",
            "on": "Make this a question",
            "off": "Make this a statement",
            "density": 0.0,
        }


async def test_an_unknown_command_is_refused() -> None:
    async with editing() as editor:
        with pytest.raises(LspError, match=r"Prism has no command “prism\.dance”"):
            await editor.ask(EXECUTE, {"command": "prism.dance"})


async def test_restarting_the_engine_after_it_failed() -> None:
    engine = StubEngine()
    engine.load_error = EngineError("The model could not be fetched: there is no network.", "weights")
    async with editing(engine) as editor:
        editor.open("Why?")
        assert await editor.colours() == []
        await editor.until(lambda: editor.sent("window/showMessage"))
        assert editor.sent("window/showMessage") == [{"type": 1, "message": str(engine.load_error)}]
        assert editor.sent("prism/state")[-1]["engine"] == "failed"
        with pytest.raises(LspError, match="no network"):
            await editor.ask(EXECUTE, {"command": "prism.features"})
        engine.load_error = None
        await editor.ask(EXECUTE, {"command": "prism.restartEngine"})
        assert len(await editor.colours()) == 1
        assert len(editor.sent("window/showMessage")) == 1


async def test_settings_change_while_running() -> None:
    engine = StubEngine()
    async with editing(engine, mode="focus", focus="negation") as editor:
        editor.open("It was not so.\n\nWhy?")
        assert len(await editor.colours()) == 1
        editor.note(CONFIGURE, {"settings": {"prism": {"mode": "prominent"}}})
        assert len(await editor.colours()) == 2
        editor.note(CONFIGURE, {"settings": {"prism": {"mode": "prominent", "languages": ["tex"]}}})
        assert await editor.colours() == []
        editor.note(CONFIGURE, {"settings": {"prism": {"mode": "prominent"}}})
        assert len(await editor.colours()) == 2
        assert engine.starts == 1
        editor.note(CONFIGURE, {"settings": {"prism": {"mode": "prominent", "threads": 1}}})
        assert len(await editor.colours()) == 2
        await editor.until(lambda: engine.starts == 2)


async def test_settings_are_fetched_from_an_editor_that_only_says_that_they_changed() -> None:
    workspace = {**FULL_CLIENT["workspace"], "configuration": True}
    async with editing(capabilities={**FULL_CLIENT, "workspace": workspace}) as editor:
        editor.replies["workspace/configuration"] = [{"mode": "focus", "focus": "question", "model": None}]
        editor.open("It was not so.\n\nWhy?")
        editor.note(CONFIGURE, {"settings": None})
        await editor.until(lambda: editor.server.view.mode == "focus")
        assert await editor.colours() == [("Why?", "prismSentence", "l4")]


async def test_wrong_settings_are_said_and_the_default_is_used() -> None:
    async with editing(mode="loud", colour="red") as editor:
        editor.open("Why?")
        assert len(await editor.colours()) == 1
        assert [message["message"].split(".")[0] for message in editor.sent("window/showMessage")] == [
            "prism",
            "Prism has no setting “colour”",
        ]


async def test_the_view_of_a_command_survives_other_settings() -> None:
    async with editing() as editor:
        await editor.ask(EXECUTE, {"command": "prism.focus", "arguments": ["question"]})
        editor.note(CONFIGURE, {"settings": {"prism": {"candidates": 3}}})
        await asyncio.sleep(0.01)
        assert editor.server.view.focus == "question"
