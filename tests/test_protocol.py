"""Framing and life cycle."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from typing import Any

import pytest
from editor import URI, Editor, LspError, StubEngine, editing, place

from prism_lsp.protocol import bodies, watch_parent
from prism_lsp.server import create_server


def framed(stream: bytes) -> list[bytes]:
    """The bodies in a stream."""
    read, write = os.pipe()
    os.write(write, stream)
    os.close(write)
    try:
        return list(bodies(read))
    finally:
        os.close(read)


@pytest.mark.parametrize(
    ("stream", "found"),
    [
        (b"Content-Length: 2\r\n\r\n{}", [b"{}"]),
        (b"content-length:2\r\nContent-Type: x; charset=utf-8\r\n\r\n{}Content-Length: 3\r\n\r\n[1]", [b"{}", b"[1]"]),
        (b"X: y\r\n\r\nContent-Length: 1\r\n\r\n1", [b"1"]),
        (b"Content-Length: -5\r\n\r\nContent-Length: 1\r\n\r\n1", [b"1"]),
        (b"Content-Length: 9\r\n\r\n{}", []),
        (b"Content-Length: 99999999999999\r\n\r\n{}", []),
        (b"Content-Length: 0\r\n\r\nContent-Length: 1\r\n\r\n1", [b"", b"1"]),
        (b"\x00\xff" * 20, []),
        (b"", []),
    ],
)
def test_frames(stream: bytes, found: list[bytes]) -> None:
    assert framed(stream) == found


@pytest.mark.asyncio
async def test_requests_before_initialize_and_after_shutdown_are_refused() -> None:
    editor = Editor(create_server(), StubEngine())
    with pytest.raises(LspError) as error:
        await editor.ask("textDocument/hover", {})
    assert error.value.code == -32002
    editor.note("textDocument/didOpen", {"textDocument": {"uri": URI, "languageId": "x", "version": 1, "text": ""}})
    await editor.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    with pytest.raises(LspError) as error:
        await editor.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    assert error.value.code == -32600
    assert editor.server.session.document(URI) is None
    await editor.ask("shutdown")
    for method in ("textDocument/hover", "shutdown", "no/such"):
        with pytest.raises(LspError) as error:
            await editor.ask(method, {})
        assert error.value.code == -32600


@pytest.mark.asyncio
async def test_exit_codes() -> None:
    editor = Editor(create_server(), StubEngine())
    assert editor.receive({"jsonrpc": "2.0", "method": "exit"}) == 1
    await editor.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    assert editor.receive({"jsonrpc": "2.0", "method": "exit"}) == 1
    await editor.ask("shutdown")
    assert editor.receive({"jsonrpc": "2.0", "method": "exit"}) == 0


@pytest.mark.asyncio
async def test_every_request_is_answered_whatever_it_is() -> None:
    async with editing() as editor:
        for method, params, code in (
            ("no/such", {}, -32601),
            ("$/no", None, -32601),
            ("textDocument/hover", {"position": 3}, -32602),
            ("textDocument/hover", None, -32602),
            ("workspace/executeCommand", {"command": 7, "arguments": "x"}, -32602),
        ):
            with pytest.raises(LspError) as error:
                await editor.ask(method, params)
            assert error.value.code == code, method
        editor.note("$/unknown", {"a": 1})
        editor.note("textDocument/didChange", {"nonsense": True})
        editor.server.protocol.receive(b"not json")
        editor.server.protocol.receive(b"[]")
        editor.server.protocol.receive(b'{"jsonrpc": "2.0", "id": 999, "result": null}')
        editor.open("Why?")
        assert len(await editor.colours()) == 1
        assert editor.sent("window/showMessage") == []


@pytest.mark.asyncio
async def test_a_document_that_was_never_opened_can_be_changed_and_closed() -> None:
    async with editing() as editor:
        document = {"uri": "file:///ghost.md", "version": 2}
        editor.note("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": "x"}]})
        editor.note("textDocument/didClose", {"textDocument": document})
        editor.open("Why?")
        assert len(await editor.colours()) == 1
        assert editor.sent("window/showMessage") == []


@pytest.mark.asyncio
async def test_an_end_beyond_the_greatest_number_is_the_end() -> None:
    async with editing() as editor:
        editor.open("Why?\nHow?\n")
        end = {"line": 2**32 - 1, "character": 2**53}
        change = {"text": "Who?", "range": {"start": {"line": 1, "character": 0}, "end": end}}
        document = {"uri": URI, "version": 2}
        editor.note("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})
        await editor.colours()
        assert editor.text() == "Why?\nWho?"


@pytest.mark.asyncio
async def test_a_document_with_a_change_that_cannot_be_understood_is_left_alone_until_it_is_opened_again() -> None:
    async with editing() as editor:
        editor.open("Why?")
        await editor.colours()
        editor.note(
            "textDocument/didChange", {"textDocument": {"uri": URI, "version": 2}, "contentChanges": [{"x": 1}]}
        )
        assert await editor.ask("textDocument/hover", place(0, 0)) is None
        (said,) = editor.sent("window/showMessage")
        assert "does not understand a change of my%20novel.md" in said["message"]
        editor.open("How?")
        assert len(await editor.colours()) == 1


@pytest.mark.asyncio
async def test_a_storm_of_cancels_gets_one_answer_each_and_leaves_nothing_behind() -> None:
    engine = StubEngine()
    engine.delay = 0.002
    async with editing(engine) as editor:
        editor.open("\n\n".join(f"Why {i}?" for i in range(50)))
        numbers = []
        for i in range(100):
            numbers.append(editor.start("textDocument/semanticTokens/full", {"textDocument": {"uri": URI}}))
            if i % 3:
                editor.note("$/cancelRequest", {"id": numbers[-1 if i % 2 else i // 2]})
            await asyncio.sleep(0.001 * (i % 2))
        await editor.until(lambda: all(number in editor.answers for number in numbers))
        await asyncio.sleep(0.1)
        codes: list[Any] = [editor.answers[number][0].get("error", {}).get("code") for number in numbers]
        assert all(len(editor.answers[number]) == 1 for number in numbers)
        assert set(codes) == {None, -32800}
        assert len(editor.server.protocol._request_futures) <= 1


@pytest.mark.asyncio
async def test_notifications_leave_nothing_behind() -> None:
    async with editing() as editor:
        editor.open("Why?")
        for i in range(50):
            editor.type(0, 0, 0, str(i))
        await editor.colours()
        assert len(editor.server.protocol._request_futures) <= 1


@pytest.mark.asyncio
async def test_mistakes_stay_inside_their_request(monkeypatch: pytest.MonkeyPatch) -> None:
    async with editing() as editor:
        editor.open("Why?")

        def broken(*args: object) -> None:
            raise RuntimeError("secret text")

        with monkeypatch.context() as patch:
            patch.setattr("prism_lsp.features.hover.lines", broken)
            with pytest.raises(LspError, match=r"Prism made a mistake; its log says more") as error:
                await editor.ask("textDocument/hover", place(0, 0))
            assert error.value.code == -32603
        assert len(await editor.colours()) == 1
        assert editor.sent("window/showMessage") == []


def test_the_watch_sees_a_client_that_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("prism_lsp.protocol.WATCH_SECONDS", 0.05)
    client = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    gone = threading.Event()
    threading.Thread(target=watch_parent, args=(lambda: client.pid, gone.set), daemon=True).start()
    assert not gone.wait(0.15)
    client.kill()  # it stays a zombie: nobody waits for it yet
    assert gone.wait(10)
    client.wait()


@pytest.mark.asyncio
async def test_a_client_that_is_not_on_this_machine_is_not_watched() -> None:
    editor = Editor(create_server(), StubEngine())
    await editor.ask("initialize", {"processId": 2**22 + 7, "rootUri": None, "capabilities": {}})
    assert editor.server.client_process is None
