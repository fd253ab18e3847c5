"""Storms of cancelled requests: exactly one answer each, and a server that works as before."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from client import Client
from editor import FULL_CLIENT, place, span

Start = Callable[..., Client]

URI = "file:///home/ada/my%20novel.md"
DOCUMENT = {"textDocument": {"uri": URI}}
CANCELLED, CHANGED = -32800, -32803
LINES = 200


def wanted(chance: random.Random) -> tuple[str, Any]:
    """A request of any kind."""
    line = 2 * chance.randrange(LINES)
    where = {**DOCUMENT, "range": span(line, 0, line, 4)}
    kinds: list[tuple[str, Any]] = [
        ("textDocument/hover", place(line, 1)),
        ("textDocument/semanticTokens/full", DOCUMENT),
        ("textDocument/semanticTokens/range", {**DOCUMENT, "range": span(line, 0, line + 9, 0)}),
        ("textDocument/codeAction", {**where, "context": {"diagnostics": []}}),
        ("textDocument/inlayHint", where),
        ("textDocument/references", {**place(line, 1), "context": {"includeDeclaration": True}}),
        ("textDocument/documentSymbol", DOCUMENT),
        ("textDocument/selectionRange", {**DOCUMENT, "positions": [place(line, 1)["position"]]}),
        ("workspace/symbol", {"query": "#question"}),
        ("prism/spectrum", {**DOCUMENT, "wait": chance.random() < 0.5}),
        ("workspace/executeCommand", {"command": "prism.features", "arguments": []}),
        ("workspace/executeCommand", {"command": "prism.focus", "arguments": ["question"]}),
        ("no/such", {}),
        ("codeAction/resolve", action(line)),
    ]
    return chance.choice(kinds)


def action(line: int) -> dict[str, Any]:
    """A code action that the server made for the sentence of a line."""
    text = sentence(line // 2)
    start = sum(len(sentence(each)) + 2 for each in range(line // 2))
    target = {"uri": URI, "version": 1, "start": start, "end": start + len(text), "text": text, "source": text}
    data = {**target, "moves": [["question", 1.0]], "variation": 0, "title": "Make this a question"}
    return {"title": "Make this a question", "kind": "refactor.rewrite.prism", "data": data}


def sentence(number: int) -> str:
    """A sentence of the document."""
    return f"Whale {number} was never seen."


def outcome(answers: Counter[int], numbers: list[int]) -> set[int]:
    """The requests that have not exactly one answer."""
    return {number for number in numbers if answers[number] != 1}


def test_thousands_of_cancelled_requests(start: Start, chance: random.Random, many: Callable[[int], int]) -> None:
    client = start(FAKE_ENGINE_DELAY="0.001")
    client.initialize(FULL_CLIENT)
    client.open(URI, "\n\n".join(map(sentence, range(LINES))))

    def cancel(number: int | str) -> None:
        client.note("$/cancelRequest", {"id": number})

    numbers: list[int] = []
    for _ in range(many(4000)):
        kind = chance.randrange(6)
        if kind == 0:
            cancel(len(numbers) + 3 + chance.randrange(3))  # before there is such a request
        number = client.start(*wanted(chance))
        numbers.append(number)
        if kind in (1, 2):
            cancel(number)
        if kind == 2:
            cancel(number)
        if kind == 3:
            cancel(chance.choice(numbers))  # perhaps long answered
        if kind == 4:
            cancel(chance.choice([-1, "x", 10**9]))
    client.until(lambda: answered(client) >= set(numbers), 180)
    client.ask("workspace/executeCommand", {"command": "prism.unfocus"}, 60)
    assert len(client.ask("textDocument/semanticTokens/full", DOCUMENT, 60)["data"]) == 5 * LINES
    counts = Counter(message["id"] for message in client.messages if "method" not in message)
    assert outcome(counts, numbers) == set()
    codes = Counter(
        message["error"]["code"] for message in client.messages if "error" in message and message["id"] in numbers
    )
    assert codes[CANCELLED] > len(numbers) / 20
    assert set(codes) == {CANCELLED, -32601}
    assert client.leave(30) == 0
    assert client.errors == ""


def answered(client: Client) -> set[int]:
    """The requests that have been answered."""
    return {message["id"] for message in list(client.messages) if "method" not in message}


def test_a_cancelled_restart_is_still_a_restart(
    start: Start, chance: random.Random, many: Callable[[int], int]
) -> None:
    client = start()
    client.initialize(FULL_CLIENT)
    client.open(URI, "\n\n".join(map(sentence, range(5))))
    numbers = []
    for _ in range(many(10)):
        numbers.append(client.start("workspace/executeCommand", {"command": "prism.restartEngine"}))
        if chance.random() < 0.8:
            client.note("$/cancelRequest", {"id": numbers[-1]})
    client.until(lambda: answered(client) >= set(numbers), 120)
    assert client.ask("textDocument/hover", place(0, 1), 120)["contents"]["value"]
    assert len(client.ask("textDocument/semanticTokens/full", DOCUMENT, 120)["data"]) == 25
    assert client.leave(30) == 0
    assert client.errors == ""


def test_a_request_whose_id_is_taken_is_refused_and_the_first_is_answered(start: Start) -> None:
    client = start(FAKE_ENGINE_LOAD="1")
    client.initialize(FULL_CLIENT)
    request = {
        "jsonrpc": "2.0",
        "id": 77,
        "method": "workspace/executeCommand",
        "params": {"command": "prism.features"},
    }
    client.send(request)
    client.send(request)
    client.send({"jsonrpc": "2.0", "id": 77, "result": None})  # what looks like an answer to it is none
    client.until(lambda: len([message for message in client.messages if message.get("id") == 77]) == 2, 60)
    refused, answer = [message for message in client.messages if message.get("id") == 77]
    assert refused["error"]["code"] == -32600
    assert len(answer["result"]) == 10
