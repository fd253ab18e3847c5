"""Whatever stands in the stream, the server answers the next good request, or says why it ends. It never hangs."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from client import Client
from editor import place

Start = Callable[..., Client]

HOVER = "textDocument/hover"


def frame(body: bytes | dict[str, Any]) -> bytes:
    """A message with its header."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def request(number: Any, method: Any = HOVER, params: Any = None) -> dict[str, Any]:
    """A request as JSON."""
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params or place(0, 0)}


BODY = json.dumps(request(7)).encode()

SURVIVED = {
    "garbage": b"garbage",
    "garbage with line ends": b"\r\n\r\ngarbage\r\n\r\n\r\n",
    "a header of something else": b"X-Y: z\r\n\r\n",
    "no length": b"Content-Type: x\r\n\r\n" + BODY,
    "no header": BODY,
    "a negative length": b"Content-Length: -5\r\n\r\n" + BODY,
    "a length that is no number": b"Content-Length: 0x10\r\n\r\n" + BODY,
    "a length with a sign": b"Content-Length: +%d\r\n\r\n" % len(BODY) + BODY,
    "an empty length": b"Content-Length:\r\n\r\n" + BODY,
    "length 0": b"Content-Length: 0\r\n\r\n",
    "a length that is too small": b"Content-Length: %d\r\n\r\n" % (len(BODY) - 3) + BODY,
    "a header that breaks off": b"Content-Length: 12" + frame(BODY),
    "line ends of Unix": b"Content-Length: %d\n\n" % len(BODY) + BODY,
    "empty": frame(b" "),
    "no JSON": frame(b"{nonsense}"),
    "half of JSON": frame(BODY[: len(BODY) // 2]),
    "JSON nested deeply": frame(b"[" * 200_000),
    "an object nested deeply": frame(b'{"a":' * 200_000),
    "a number of 5000 digits": frame(b'{"jsonrpc":"2.0","id":' + b"9" * 5000 + b"}"),
    "no UTF-8": frame(b'{"jsonrpc": "2.0", "method": "\xff\xfe"}'),
    "half a UTF-8 sequence": frame(b'{"jsonrpc": "2.0", "method": "\xf0\x9f"}'),
    "half a surrogate pair": frame(b'{"jsonrpc": "2.0", "id": "\\ud83d", "method": "\\ud83d"}'),
    "UTF-16": frame(BODY.decode().encode("utf-16")),
    "a batch": frame(b"[" + BODY + b"," + BODY + b"]"),
    "an empty batch": frame(b"[]"),
    "JSON that is no object": frame(b"5"),
    "null": frame(b"null"),
    "another JSON-RPC": frame(b'{"jsonrpc": "1.0", "id": 7, "method": "shutdown"}'),
    "a method that is a number": frame(request(7, 5)),
    "a method that is an object": frame(request(7, {})),
    "a notification that is an object": frame({"jsonrpc": "2.0", "method": {}}),
    "an id that is a list": frame(request([7])),
    "an id that is no number": frame(b'{"jsonrpc": "2.0", "id": NaN, "method": "shutdown"}'),
    "an id that is true": frame(request(True)),
    "an answer with an id that is an object": frame({"jsonrpc": "2.0", "id": {}, "result": None}),
    "an answer to nothing": frame({"jsonrpc": "2.0", "id": 1, "result": None}),
    "an error to nothing": frame({"jsonrpc": "2.0", "id": None, "error": {"code": 1, "message": ""}}),
    "nothing at all": frame({"jsonrpc": "2.0"}),
    "infinite places": frame(b'{"jsonrpc": "2.0", "id": 7, "method": "' + HOVER.encode() + b'", "params": {"textDocument": '
                             b'{"uri": "x"}, "position": {"line": 1e999, "character": 1e99}}}'),
    "parameters in a list": frame(request(7, HOVER, [1])),
    "cancelling an object": frame({"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": {}}}),
    "cancelling nothing": frame({"jsonrpc": "2.0", "method": "$/cancelRequest"}),
    "an unknown length in many digits": b"Content-Length: " + b"0" * 5000 + b"2\r\n\r\n{}",
}  # fmt: skip

FATAL = {
    "2^63 bytes": (b"Content-Length: 9223372036854775808\r\n\r\n{}", "9223372036854775808 bytes was announced"),
    "a length of 5000 digits": (b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}", "bytes was announced"),
    "100,000 bytes without a header": (b"\0" * 100_000, "the stream is taken for broken"),
    "an end in a header": (b"Content-Len", "the input ended in the middle of a header"),
    "an end in a message": (frame(BODY)[:-5], "the input ended after"),
    "an end in a message of 256 MB": (b"Content-Length: 268435456\r\n\r\n{}", "the input ended after 2 of"),
}


@pytest.fixture(scope="module")
def lasting() -> Any:
    """A server for all that it must survive, one after the other."""
    client = Client()
    client.initialize({})
    yield client
    client.stop()


@pytest.mark.parametrize("name", SURVIVED)
def test_the_next_good_request_is_answered(lasting: Client, name: str) -> None:
    lasting.send_bytes(SURVIVED[name])
    if name in ("a length that is too small", "a header that breaks off"):
        lasting.note("$/lost")  # what follows may be lost with it
    assert lasting.ask(HOVER, place(0, 0)) is None
    assert lasting.process.poll() is None


@pytest.mark.parametrize("name", FATAL)
def test_what_cannot_be_mended_ends_the_server_with_a_reason(start: Start, name: str) -> None:
    client = start()
    client.initialize({})
    stream, reason = FATAL[name]
    client.send_bytes(stream)
    if "end" in name:
        assert client.process.stdin
        client.process.stdin.close()
    assert client.process.wait(30) == 1
    client.until(lambda: reason in client.errors)
    assert "Traceback" not in client.errors


def test_what_is_announced_is_not_allocated(start: Start) -> None:
    client = start()
    client.initialize({})
    client.send_bytes(b"Content-Length: 268435456\r\n\r\n{}")
    client.send_bytes(b" " * 100_000)
    status = Path(f"/proc/{client.process.pid}/status")
    if not status.exists():
        pytest.skip("only Linux tells how much a process uses")
    peak = int(status.read_text().split("VmHWM:")[1].split()[0])
    assert peak < 200_000  # kilobytes


def mutated(stream: bytes, chance: random.Random) -> bytes:
    """A stream with a few bytes lost, doubled, changed or put in."""
    data = bytearray(stream)
    for _ in range(chance.choice((1, 1, 2, 5))):
        at = chance.randrange(len(data))
        length = chance.choice((1, 1, 3, 20))
        kind = chance.randrange(4)
        if kind == 0:
            del data[at : at + length]
        elif kind == 1:
            data[at:at] = chance.randbytes(length)
        elif kind == 2:
            data[at : at + length] = data[at : at + 2 * length]
        else:
            data[at] = chance.choice(b'\0\r\n"{}[]0-9\xff')
    return bytes(data)


def test_mutated_streams(start: Start, chance: random.Random, many: Callable[[int], int]) -> None:
    document = {"uri": "file:///a.md", "languageId": "markdown", "version": 1, "text": "Was it 🐋 so?\r\n"}
    change = {"text": "é", "range": {"start": {"line": 0, "character": 1}, "end": {"line": 0, "character": 2}}}
    conversation = [
        {"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": document}},
        {
            "jsonrpc": "2.0",
            "method": "textDocument/didChange",
            "params": {"textDocument": {"uri": "file:///a.md", "version": 2}, "contentChanges": [change]},
        },
        request("a"),
        request("b", "textDocument/semanticTokens/full", {"textDocument": {"uri": "file:///a.md"}}),
        request("c", "workspace/executeCommand", {"command": "prism.features", "arguments": []}),
        {"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": "c"}},
    ]
    stream = b"".join(frame(message) for message in conversation)
    client = start()
    client.initialize({})
    ends = 0
    for _ in range(many(1000)):
        data = mutated(stream, chance)
        client.send_bytes(data)
        found = asked_until_answered(client)
        if found is not None:
            assert found == [None], data
            client.messages.clear()
            continue
        assert client.process.wait(30) == 1, data
        client.until(
            lambda client=client: client.errors.splitlines()[-1].startswith("prism-lsp: ERROR prism_lsp.protocol: ")
        )
        client.stop()
        client, ends = start(), ends + 1
        client.initialize({})
    assert ends < many(1000) / 4


def asked_until_answered(client: Client) -> list[Any] | None:
    """What good requests are answered after something broken; None when the server has ended.

    A message may wait for bytes that its wrong length promised: it gets them, and if they are too many, the end of the input.
    """
    for filling in (0, 1000, 100_000):
        client.send_bytes(b" " * filling)
        client.note("$/lost")
        number = client.start(HOVER, place(0, 0))
        with suppress(AssertionError):
            client.until(
                lambda number=number: client.process.poll() or said(client, number), 0.5 if filling < 9999 else 5
            )
        if answer := said(client, number):
            return [message.get("result", message) for message in answer]
        if client.process.poll() is not None:
            return None
    assert client.process.stdin
    client.process.stdin.close()
    return None


def said(client: Client, number: int) -> list[dict[str, Any]]:
    """The answers to a request."""
    return [message for message in client.messages if message.get("id") == number]
