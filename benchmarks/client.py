"""An editor's side of the protocol over real stdin and stdout, for timing: what comes is stamped when it arrives."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "workspace": {"semanticTokens": {"refreshSupport": True}, "workspaceEdit": {"documentChanges": True}},
    "textDocument": {
        "codeAction": {
            "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["", "refactor"]}},
            "dataSupport": True,
            "resolveSupport": {"properties": ["edit"]},
        },
    },
}
SERVER = (sys.executable, "-m", "prism_lsp")


class Client:
    """Starts a server and talks to it as VS Code does. Times are seconds of `time.perf_counter`."""

    def __init__(self, command: Sequence[str] = SERVER, env: dict[str, str] | None = None) -> None:
        self.born = time.perf_counter()
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        self.versions: dict[str, int] = {}
        self.refreshes = 0
        """How often the server has asked to be asked for tokens again."""
        self.states: list[tuple[float, str]] = []
        """When the engine was said to be in which state."""
        self._answers: dict[int, tuple[float, dict[str, Any]]] = {}
        self._count = 0
        self._news = queue.SimpleQueue[None]()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        stream = self.process.stdout
        assert stream
        while header := stream.readline():
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
            elif not header.strip():
                body = stream.read(length)
                self._take(time.perf_counter(), json.loads(body))

    def _take(self, now: float, message: dict[str, Any]) -> None:
        method, number = message.get("method"), message.get("id")
        if method is None and number is not None:
            self._answers[number] = now, message
        elif method == "prism/state":
            self.states.append((now, message["params"]["engine"]))
        elif method == "workspace/semanticTokens/refresh":
            self.refreshes += 1
        if method is not None and number is not None:
            self._send({"jsonrpc": "2.0", "id": number, "result": None})
        self._news.put(None)

    def _send(self, message: dict[str, Any]) -> None:
        assert self.process.stdin
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def note(self, method: str, params: Any) -> None:
        """Send a notification."""
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def start(self, method: str, params: Any) -> int:
        """Send a request; its number."""
        self._count += 1
        self._send({"jsonrpc": "2.0", "id": self._count, "method": method, "params": params})
        return self._count

    def answer(self, number: int, seconds: float = 120) -> tuple[float, dict[str, Any]]:
        """When a request was answered, and the whole answer. Raises TimeoutError."""
        self.until(lambda: number in self._answers, seconds)
        return self._answers.pop(number)

    def ask(self, method: str, params: Any, seconds: float = 120) -> Any:
        """The result of a request. Raises RuntimeError when it is refused."""
        message = self.answer(self.start(method, params), seconds)[1]
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']['message']}")
        return message["result"]

    def until(self, found: Callable[[], Any], seconds: float = 120) -> Any:
        """Wait until `found` finds something. Raises TimeoutError."""
        end = time.perf_counter() + seconds
        while not (result := found()):
            if time.perf_counter() > end:
                raise TimeoutError(f"nothing came in {seconds} s")
            try:
                self._news.get(timeout=0.2)
            except queue.Empty:
                if self.process.poll() is not None:
                    raise RuntimeError(f"the server ended (exit code {self.process.returncode})") from None
        return result

    def initialize(self, **settings: Any) -> float:
        """Begin; seconds from the start of the process to the answer."""
        options = {"prism": {"notifications": True, **settings}}
        params = {"processId": None, "rootUri": None, "capabilities": CAPABILITIES, "initializationOptions": options}
        answered, _ = self.answer(self.start("initialize", params))
        self.note("initialized", {})
        return answered - self.born

    def open(self, uri: str, text: str, language: str) -> None:
        """Open a document."""
        self.versions[uri] = 1
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.note("textDocument/didOpen", {"textDocument": item})

    def insert(self, uri: str, line: int, character: int, text: str) -> None:
        """Type something."""
        self.versions[uri] += 1
        place = {"line": line, "character": character}
        change = {"range": {"start": place, "end": place}, "text": text}
        identifier = {"uri": uri, "version": self.versions[uri]}
        self.note("textDocument/didChange", {"textDocument": identifier, "contentChanges": [change]})

    def colours(self, uri: str, first: int, last: int) -> list[int]:
        """Tokens of these lines."""
        stretch = {"start": {"line": first, "character": 0}, "end": {"line": last, "character": 0}}
        params = {"textDocument": {"uri": uri}, "range": stretch}
        data: list[int] = self.ask("textDocument/semanticTokens/range", params)["data"]
        return data

    def close(self) -> None:
        """Shut the server down."""
        self.ask("shutdown", None)
        self.note("exit", None)
        self.process.wait(20)
