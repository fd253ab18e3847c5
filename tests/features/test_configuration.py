"""Where settings come from: initializationOptions, the client's configuration at the start, and later changes."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from editor import FULL_CLIENT, Editor, StubEngine, editing

import prism_lsp.server as servers

pytestmark = pytest.mark.asyncio

PULL = "workspace/configuration"
REGISTER = "client/registerCapability"
CONFIGURE = "workspace/didChangeConfiguration"


def client(**workspace: Any) -> dict[str, Any]:
    return {**FULL_CLIENT, "workspace": {**FULL_CLIENT["workspace"], **workspace}}


PULLED = client(configuration=True)


def answering(monkeypatch: pytest.MonkeyPatch, settings: Any, error: bool = False) -> None:
    """From now on editors answer with this when they are asked for their configuration."""
    begin = Editor.__init__

    def init(self: Editor, *rest: Any) -> None:
        begin(self, *rest)
        self.replies[PULL] = settings

    monkeypatch.setattr(Editor, "__init__", init)


async def ready(editor: Editor) -> None:
    await editor.until(lambda: editor.server.session.features)


async def test_settings_are_asked_for_before_the_engine_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, [{"threads": 2, "focus": "question", "mode": "focus"}])
    engine = StubEngine()
    async with editing(engine, PULLED, threads=1, candidates=3) as editor:
        await ready(editor)
        settings = editor.server.settings
        assert (settings.threads, settings.focus, settings.candidates) == (2, "question", 3)
        assert editor.server.view.mode == "focus"
        assert engine.starts == 1
        assert editor.sent(PULL) == [{"items": [{"section": "prism"}]}]


@pytest.mark.parametrize("answer", [None, [], [None], ["nonsense"], {"prism": 1}])
async def test_an_answer_of_nothing_leaves_the_first_settings(monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    answering(monkeypatch, answer)
    async with editing(capabilities=PULLED, candidates=3) as editor:
        await ready(editor)
        assert editor.server.settings.candidates == 3
        assert editor.sent("window/showMessage") == []


async def test_a_client_that_cannot_be_asked_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    async with editing() as editor:
        await ready(editor)
        assert editor.sent(PULL) == editor.sent(REGISTER) == []


async def test_an_answer_that_comes_late_is_still_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "PULL_PATIENCE", 0.05)
    held: list[dict[str, Any]] = []
    receive = Editor.receive

    def hold(self: Editor, message: dict[str, Any]) -> int | None:
        asked = [m["id"] for m in self.messages if m["method"] == PULL]
        if message.get("id") in asked and "result" in message and not held:
            held.append(message)
            return None
        return receive(self, message)

    monkeypatch.setattr(Editor, "receive", hold)
    answering(monkeypatch, [{"threads": 2}])
    engine = StubEngine()
    async with editing(engine, PULLED) as editor:
        await ready(editor)
        assert editor.server.settings.threads is None
        receive(editor, held[0])
        await editor.until(lambda: engine.starts == 2)
        assert editor.server.settings.threads == 2


async def test_the_client_is_asked_to_tell_of_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    capabilities = client(configuration=True, didChangeConfiguration={"dynamicRegistration": True})
    async with editing(capabilities=capabilities) as editor:
        await editor.until(lambda: editor.sent(REGISTER))
        (registration,) = editor.sent(REGISTER)[0]["registrations"]
        assert registration["method"] == CONFIGURE
        assert registration["registerOptions"] == {"section": "prism"}


async def test_what_an_editor_keeps_for_itself_in_the_section_is_no_mistake() -> None:
    async with editing() as editor:
        settings = {"server": {"command": ["x"]}, "trace": {"server": "off"}, "candidates": 5}
        editor.note(CONFIGURE, {"settings": {"prism": settings}})
        await editor.until(lambda: editor.server.settings.candidates == 5)
        assert editor.sent("window/showMessage") == []


async def test_a_mistake_in_the_settings_is_said_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, [{"mode": "loud"}])
    async with editing(capabilities=PULLED, mode="loud") as editor:
        await ready(editor)
        editor.note(CONFIGURE, {"settings": None})
        await asyncio.sleep(0.05)
        assert len(editor.sent("window/showMessage")) == 1
        editor.replies[PULL] = [{"mode": "prominent"}]
        editor.note(CONFIGURE, {"settings": None})
        await asyncio.sleep(0.05)
        editor.replies[PULL] = [{"mode": "loud"}]
        editor.note(CONFIGURE, {"settings": None})
        await editor.until(lambda: len(editor.sent("window/showMessage")) == 2)


async def test_methods_can_be_withheld() -> None:
    def offered(editor: Editor) -> set[str]:
        (answer,) = editor.answers[1]
        return {name.removesuffix("Provider") for name in answer["result"]["capabilities"]}

    async with editing() as editor:
        everything = offered(editor)
        wanted = {"documentHighlight", "documentSymbol", "foldingRange", "inlayHint", "references", "selectionRange"}
        assert wanted | {"workspaceSymbol", "hover", "semanticTokens"} <= everything
    async with editing(disabled=["documentHighlight", "symbol"]) as editor:
        assert everything - offered(editor) == {"documentHighlight", "workspaceSymbol"}
    async with editing(disabled=["hover"]) as editor:
        await ready(editor)
        assert offered(editor) == everything
        (message,) = editor.sent("window/showMessage")
        assert message["message"].startswith("prism.disabled must be a list of these: documentHighlight, ")


async def test_a_client_that_never_answers_does_not_hold_up_the_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "PULL_PATIENCE", 0.05)
    receive = Editor.receive
    monkeypatch.setattr(Editor, "receive", lambda self, m: receive(self, m) if "method" in m else None)
    async with editing(capabilities=PULLED, candidates=3) as editor:
        editor.open("Why?\n")
        assert len(await editor.colours()) == 1
        assert editor.server.settings.candidates == 3
