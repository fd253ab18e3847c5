"""An editor for tests: talks JSON-RPC to a server in the same process, with an engine that needs no model."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import fake_engine

from prism_lsp.concept_file import Concept
from prism_lsp.engine.pace import AWAITED
from prism_lsp.features import tokens
from prism_lsp.reading import Edit, EngineError, Feature, Progress, Reading, Rewrite, Rewrites, Share
from prism_lsp.server import PrismServer, create_server

URI = "file:///home/ada/my%20novel.md"

FULL_CLIENT: dict[str, Any] = {
    "general": {"positionEncodings": ["utf-16"]},
    "workspace": {
        "semanticTokens": {"refreshSupport": True},
        "inlayHint": {"refreshSupport": True},
        "workspaceEdit": {"documentChanges": True},
    },
    "window": {"workDoneProgress": True},
    "textDocument": {
        "hover": {"contentFormat": ["markdown", "plaintext"]},
        "documentSymbol": {"hierarchicalDocumentSymbolSupport": True},
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "refactor"]}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit", "command"]},
        },
    },
}
"""Capabilities of an editor that can do everything the server asks for."""


class LspError(Exception):
    """The server answered with an error."""

    def __init__(self, error: dict[str, Any]) -> None:
        super().__init__(error["message"])
        self.code = error["code"]


class StubEngine:
    """The engine's handle, answering from the rules of `fake_engine`. Counts what it is asked."""

    def __init__(self) -> None:
        self.delay = 0.0
        """Seconds per sentence read."""
        self.gate: asyncio.Event | None = None
        """While this is there and not set, nothing is read or written."""
        self.load_gate: asyncio.Event | None = None
        """The same for loading."""
        self.known = list(fake_engine.RULES)
        """Ids of the features."""
        self.load_error: EngineError | None = None
        self.read_error: dict[str, EngineError] = {}
        """Part of a sentence -> what reading it raises."""
        self.steps: list[Progress] = []
        self.batches: list[list[str]] = []
        self.edits: list[tuple[str, Edit, int]] = []
        self.cancelled = 0
        self.starts = self.closes = 0
        self.most_at_once = self._at_once = 0
        self.callbacks: dict[str, Any] = {}
        self.own: list[Concept] = []
        """The project's concepts that were adopted."""
        self.fits: list[list[str]] = []
        """Ids of the concepts of each fit."""
        self.fit_error: EngineError | None = None
        self.fit_delay = 0.0

    def launch(self, **callbacks: Any) -> StubEngine:
        """Stands for the constructor."""
        self.callbacks = callbacks
        return self

    @property
    def read_texts(self) -> list[str]:
        """Every text read without evidence, in order."""
        return [text for batch in self.batches for text in batch]

    async def start(self) -> None:
        """Count it."""
        self.starts += 1

    async def features(self) -> list[Feature]:
        """The ten concepts."""
        for step in self.steps:
            self.callbacks["on_progress"](step)
            await asyncio.sleep(0.05)
        if self.load_gate is not None:
            await self.load_gate.wait()
        if self.load_error:
            raise self.load_error
        self.own = []
        return self._features()

    def _features(self) -> list[Feature]:
        shipped = [
            Feature(feature, name, family, f"About {name.lower()}.", "concept", on, off)
            for feature, (name, family, _, on, off) in fake_engine.RULES.items()
            if feature in self.known
        ]
        return shipped + [Feature(**fake_engine.described(each._asdict())) for each in self.own]

    async def fit(self, concepts: Sequence[Concept]) -> list[tuple[str, str]]:
        """Ids that are taken cannot be used."""
        self.fits.append([each.id for each in concepts])
        await asyncio.sleep(self.fit_delay)
        if self.fit_error:
            raise self.fit_error
        return [(each.id, f"{each.id} is taken.") for each in concepts if each.id in fake_engine.RULES]

    async def adopt(self, concepts: Sequence[Concept]) -> list[Feature]:
        """Takes effect at once."""
        self.own = [each for each in concepts if each.id not in fake_engine.RULES]
        return self._features()

    async def read(self, texts: Sequence[str], evidence: bool = False, rank: int = AWAITED) -> list[Reading]:
        """Readings, after the delay."""
        if not evidence:
            self.batches.append(list(texts))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await self._work(self.delay * len(texts))
        finally:
            self._at_once -= 1
        for text in texts:
            for part, error in self.read_error.items():
                if part in text:
                    raise error
        return [as_reading(fake_engine.reading(text, evidence, [each.id for each in self.own])) for text in texts]

    async def rewrite(self, text: str, edit: Edit, candidates: int = 8) -> Rewrites:
        """Rewrites, after the delay."""
        self.edits.append((text, edit, candidates))
        await self._work(self.delay)
        if "IMPOSSIBLE" in text:
            return Rewrites((), "No rewrite good enough was found: every candidate lost the meaning.")
        made = fake_engine.variants(text, [list(move) for move in edit.moves], candidates)
        moved = {feature: (1.0, -0.4) if amount < 0 else (-0.4, 1.0) for feature, amount in edit.moves}
        return Rewrites(tuple(Rewrite(new, moved, 0.93, 0.97) for new in made), None)

    async def close(self) -> None:
        """Count it."""
        self.closes += 1

    async def _work(self, seconds: float) -> None:
        try:
            await asyncio.sleep(seconds)
            if self.gate is not None:
                await self.gate.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise


def as_reading(wire: dict[str, Any]) -> Reading:
    """A reading from the wire's form."""
    evidence = wire["evidence"]
    return Reading(
        tuple(wire["activations"]),
        tuple(wire["percentiles"]),
        evidence and tuple(tuple(Share(*share) for share in feature) for feature in evidence),
    )


class Editor:
    """The client's side."""

    def __init__(self, server: PrismServer, engine: StubEngine) -> None:
        self.server = server
        self.engine = engine
        self.messages: list[dict[str, Any]] = []
        """What the server sent without being asked."""
        self.answers: dict[int, list[dict[str, Any]]] = {}
        self.replies: dict[str, Any] = {}
        """What this editor answers to the server's requests, by method."""
        self.versions: dict[str, int] = {}
        self._count = 0
        self._news = asyncio.Event()
        server.protocol.set_writer(self)

    # The writer that pygls wants

    def write(self, data: bytes) -> None:
        """A message of the server."""
        message = json.loads(data.split(b"\r\n\r\n", 1)[1])
        if "method" not in message:
            self.answers.setdefault(message["id"], []).append(message)
        else:
            self.messages.append(message)
            if "id" in message:
                reply = {"jsonrpc": "2.0", "id": message["id"], "result": self.replies.get(message["method"])}
                asyncio.get_running_loop().call_soon(self.receive, reply)
        self._news.set()

    def close(self) -> None:
        """Nothing to close."""

    # JSON-RPC

    def receive(self, message: dict[str, Any]) -> int | None:
        """Hand the server a message."""
        return self.server.protocol.receive(json.dumps(message).encode())

    def note(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self.receive({"jsonrpc": "2.0", "method": method, "params": params})

    def start(self, method: str, params: Any = None) -> int:
        """Send a request; its number."""
        self._count += 1
        self.receive({"jsonrpc": "2.0", "id": self._count, "method": method, "params": params})
        return self._count

    async def answer(self, number: int, seconds: float = 5.0) -> Any:
        """The answer to a request. Raises LspError."""
        await self.until(lambda: number in self.answers, seconds)
        (message,) = self.answers[number]
        if "error" in message:
            raise LspError(message["error"])
        return message["result"]

    async def ask(self, method: str, params: Any = None, seconds: float = 5.0) -> Any:
        """Send a request and wait for its answer. Raises LspError."""
        return await self.answer(self.start(method, params), seconds)

    async def until(self, condition: Any, seconds: float = 5.0) -> None:
        """Wait until something is so. An IndexError (`sent(...)[-1]` of nothing yet) means that it is not."""

        def so() -> bool:
            try:
                return bool(condition())
            except IndexError:
                return False

        async with asyncio.timeout(seconds):
            while not so():
                self._news.clear()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), 0.02)

    def sent(self, method: str) -> list[Any]:
        """Parameters of what the server sent by this method."""
        return [message.get("params") for message in self.messages if message["method"] == method]

    # Documents

    def open(self, text: str, uri: str = URI, language: str = "markdown") -> None:
        """Open a document."""
        self.versions[uri] = 1
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.note("textDocument/didOpen", {"textDocument": item})

    def type(self, line: int, start: int, end: int, text: str, uri: str = URI) -> None:
        """Replace part of a line; places in the negotiated encoding."""
        self.versions[uri] += 1
        change = {"range": span(line, start, line, end), "text": text}
        document = {"uri": uri, "version": self.versions[uri]}
        self.note("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def text(self, uri: str = URI) -> str:
        """The server's copy."""
        document = self.server.session.document(uri)
        assert document is not None
        return document.text

    def cut(self, where: dict[str, Any], uri: str = URI) -> str:
        """The text of a range, by the server's copy."""
        document, encoding = self.server.session.document(uri), self.server.encoding
        assert document is not None
        start, end = (document.offset(at["line"], at["character"], encoding) for at in (where["start"], where["end"]))
        return document.text[start:end]

    async def all_read(self, uri: str = URI, seconds: float = 15.0) -> None:
        """Wait until nothing of a document is left to be read."""

        def so() -> bool:
            opened = self.server.session.opened.get(uri)
            split = opened.split if opened else None
            return bool(opened and split and split.document is opened.document and not opened.unread)

        await asyncio.sleep(0)  # what was just typed arrives first
        await self.until(so, seconds)

    async def colours(self, uri: str = URI, seconds: float = 15.0) -> list[tuple[str, str, str]]:
        """Full semantic tokens as (text, type, level)."""
        answer = await self.ask("textDocument/semanticTokens/full", {"textDocument": {"uri": uri}}, seconds)
        return self.decode(answer["data"], uri)

    def decode(self, data: list[int], uri: str = URI) -> list[tuple[str, str, str]]:
        """Tokens as (text, type, level)."""
        document = self.server.session.document(uri)
        assert document is not None and len(data) % 5 == 0
        found, line, start = [], 0, 0
        for at in range(0, len(data), 5):
            down, right, length, kind, modifiers = data[at : at + 5]
            line, start = (line + down, right) if down else (line, start + right)
            first = document.offset(line, start, self.server.encoding)
            last = document.offset(line, start + length, self.server.encoding)
            assert modifiers.bit_count() == 1
            level = tokens.LEGEND.token_modifiers[modifiers.bit_length() - 1]
            found.append((document.text[first:last], tokens.LEGEND.token_types[kind], level))
        return found

    async def menu(
        self, line: int, start: int, end: int | None = None, uri: str = URI, **context: Any
    ) -> list[dict[str, Any]]:
        """Code actions at a place."""
        where = span(line, start, line, start if end is None else end)
        params = {"textDocument": {"uri": uri}, "range": where, "context": {"diagnostics": [], **context}}
        actions: list[dict[str, Any]] = await self.ask("textDocument/codeAction", params)
        return actions

    async def choose(self, title: str, line: int, start: int) -> str:
        """Open the menu, choose an action, apply its edit to the document; the new text."""
        (action,) = [action for action in await self.menu(line, start) if action["title"] == title]
        resolved = await self.ask("codeAction/resolve", action)
        text = self.apply(resolved["edit"])
        await asyncio.sleep(0)
        return text

    def apply(self, edit: dict[str, Any]) -> str:
        """Apply a workspace edit to the one document and tell the server; the new text."""
        (change,) = edit["documentChanges"]
        uri = change["textDocument"]["uri"]
        document = self.server.session.document(uri)
        assert document is not None and change["textDocument"]["version"] == document.version
        self.versions[uri] += 1
        changes = sorted(change["edits"], key=lambda e: tuple(e["range"]["start"].values()), reverse=True)
        content = [{"range": e["range"], "text": e["newText"]} for e in changes]
        item = {"uri": uri, "version": self.versions[uri]}
        self.note("textDocument/didChange", {"textDocument": item, "contentChanges": content})
        for e in changes:
            where = e["range"]
            start = document.offset(where["start"]["line"], where["start"]["character"], self.server.encoding)
            end = document.offset(where["end"]["line"], where["end"]["character"], self.server.encoding)
            document = document.replace(start, end, e["newText"], document.version)
        return document.text


def span(line: int, start: int, end_line: int, end: int) -> dict[str, Any]:
    """A range."""
    return {"start": {"line": line, "character": start}, "end": {"line": end_line, "character": end}}


def place(line: int, character: int) -> dict[str, Any]:
    """Parameters of a request about a place."""
    return {"textDocument": {"uri": URI}, "position": {"line": line, "character": character}}


@asynccontextmanager
async def editing(
    engine: StubEngine | None = None,
    capabilities: dict[str, Any] | None = None,
    folder: Path | None = None,
    **settings: Any,
) -> AsyncIterator[Editor]:
    """An editor whose server is initialized and has started the engine. `folder`: one that it has open."""
    engine = engine or StubEngine()
    server = create_server()
    server.launch = engine.launch  # type: ignore[method-assign]
    server.session.launch = engine.launch  # type: ignore[assignment]
    editor = Editor(server, engine)
    wanted = FULL_CLIENT if capabilities is None else capabilities
    options = {"prism": {"notifications": True, **settings}}
    params = {
        "processId": None,
        "rootUri": folder and folder.as_uri(),
        "capabilities": wanted,
        "initializationOptions": options,
    }
    await editor.ask("initialize", params)
    editor.note("initialized", {})
    try:
        yield editor
    finally:
        await editor.ask("shutdown")
