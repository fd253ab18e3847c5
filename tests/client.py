"""A client over real stdin and stdout, for tests of the server's process."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

FAKE_ENGINE = Path(__file__).with_name("fake_engine.py")
SERVER = [sys.executable, "-m", "prism_lsp", "serve", "--engine-command", f'"{sys.executable}" "{FAKE_ENGINE}"']


class Client:
    """Starts a server and talks to it. A failing wait shows the whole conversation."""

    def __init__(self, command: Sequence[str] = SERVER, env: dict[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
        )
        self.messages: list[dict[str, Any]] = []
        """Everything the server sent, answers too."""
        self.errors = ""
        self._count = 0
        self._news: queue.SimpleQueue[None] = queue.SimpleQueue()
        for reader in (self._read, self._read_errors):
            threading.Thread(target=reader, daemon=True).start()

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream
        while True:
            length = 0
            while line := stream.readline().strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if not length:
                return
            message = json.loads(stream.read(length))
            self.messages.append(message)
            if "method" in message and "id" in message:
                self.send({"jsonrpc": "2.0", "id": message["id"], "result": None})
            self._news.put(None)

    def _read_errors(self) -> None:
        assert self.process.stderr
        for line in self.process.stderr:
            self.errors += line.decode()

    def send(self, message: Any) -> None:
        """Send a message."""
        body = json.dumps(message).encode()
        self.send_bytes(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def send_bytes(self, data: bytes) -> None:
        """Send bytes as they are."""
        assert self.process.stdin
        try:
            self.process.stdin.write(data)
            self.process.stdin.flush()
        except BrokenPipeError:
            pass

    def note(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def start(self, method: str, params: Any = None) -> int:
        """Send a request; its number."""
        self._count += 1
        self.send({"jsonrpc": "2.0", "id": self._count, "method": method, "params": params})
        return self._count

    def until(self, found: Callable[[], Any], seconds: float = 20.0) -> Any:
        """Wait until `found` finds something."""
        end = time.monotonic() + seconds
        while not (result := found()):
            with contextlib.suppress(queue.Empty):
                self._news.get(timeout=max(0.0, min(0.1, end - time.monotonic())))
            if time.monotonic() > end:
                conversation = "\n".join(json.dumps(message)[:300] for message in self.messages)
                raise AssertionError(f"nothing came in {seconds} s\n{conversation}\n{self.errors}")
        return result

    def answer(self, number: int, seconds: float = 20.0) -> dict[str, Any]:
        """The whole answer to a request."""
        found: list[dict[str, Any]] = self.until(
            lambda: [m for m in self.messages if m.get("id") == number and "method" not in m], seconds
        )
        assert len(found) == 1, "a request has one answer"
        return found[0]

    def ask(self, method: str, params: Any = None, seconds: float = 20.0) -> Any:
        """The result of a request."""
        answer = self.answer(self.start(method, params), seconds)
        assert "error" not in answer, answer
        return answer["result"]

    def sent(self, method: str) -> list[Any]:
        """Parameters of what the server sent by this method."""
        return [message.get("params") for message in self.messages if message.get("method") == method]

    def initialize(
        self, capabilities: dict[str, Any], process_id: int | None = None, root: str | None = None, **settings: Any
    ) -> Any:
        """Begin. `root`: uri of the open folder."""
        options = {"prism": {"notifications": True, **settings}}
        params = {"processId": process_id, "rootUri": root, "capabilities": capabilities}
        result = self.ask("initialize", {**params, "initializationOptions": options})
        self.note("initialized", {})
        return result

    def open(self, uri: str, text: str, language: str = "markdown") -> None:
        """Open a document."""
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.note("textDocument/didOpen", {"textDocument": item})

    def leave(self, seconds: float = 10.0) -> int:
        """Shut down; the exit code."""
        self.ask("shutdown")
        self.note("exit")
        return self.process.wait(seconds)

    def stop(self) -> None:
        """End the process whatever it does, and close its streams."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        assert self.process.stdin
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
