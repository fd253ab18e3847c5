"""When whoever started the server dies, however busy or stuck it is, server and engine are gone within five seconds."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from client import SERVER, Client
from editor import FULL_CLIENT, place, span
from neovim import ROOT, SERVE, children

pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are looked for in /proc")

SECONDS = 5.0
PARENT = "import subprocess, sys; p = subprocess.Popen(sys.argv[1:]); open({!r}, 'w').write(str(p.pid)); p.wait()"
"""A parent that hands its streams on: the server's input stays open when it dies."""
PACK = ROOT / "models" / "smollm2-135m"
URI = "file:///home/ada/my%20novel.md"
DOCUMENT = {"textDocument": {"uri": URI}}


class Family:
    """An editor's process, the server that it started, and the engine that the server started."""

    def __init__(self, folder: Path, command: list[str], **env: str) -> None:
        self.file = folder / "server.pid"
        program = [sys.executable, "-c", PARENT.format(str(self.file)), *command]
        self.client = Client(program, {**os.environ, **env})
        self.client.until(lambda: self.file.exists() and self.file.read_text(), 60)
        self.server = int(self.file.read_text())

    def engine(self) -> int:
        """The engine's process, once it is there."""
        (engine,) = self.client.until(lambda: children(self.server), 60)
        return int(engine)

    def orphan(self, *others: int) -> None:
        """Kill the parent, and see the others end in time."""
        self.client.process.kill()
        self.client.process.wait()
        end = time.monotonic() + SECONDS
        while left := [pid for pid in (self.server, *others) if not ended(pid)]:
            assert time.monotonic() < end, f"{left} of server {self.server} and engine {others} live on"
            time.sleep(0.05)


def ended(process: int) -> bool:
    """Whether a process is gone, or only waits to be collected."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Any]:
    """Starts families, and ends what is left of them."""
    families: list[Family] = []

    def make(command: list[str] = SERVER, **env: str) -> Family:
        families.append(Family(tmp_path, command, **env))
        return families[-1]

    yield make
    for family in families:
        if not ended(family.server):
            os.kill(family.server, signal.SIGKILL)
        family.client.stop()


def test_before_initialize(begin: Any) -> None:
    family = begin()
    assert family.client.answer(family.client.start("shutdown"), 60)["error"]["code"] == -32002
    family.orphan()


def test_while_a_rewrite_goes_on(begin: Any) -> None:
    family = begin(FAKE_ENGINE_DELAY="30")
    family.client.initialize(FULL_CLIENT)
    family.client.open(URI, "The whale was never seen.")
    family.client.start("textDocument/hover", place(0, 1))
    family.orphan(family.engine())


def test_when_nobody_reads_what_the_server_writes(tmp_path: Path) -> None:
    # The streams outlive the parent and the pipe is full: the server's event loop stands still in a write.
    read, write = os.pipe()
    file = tmp_path / "server.pid"
    program = [sys.executable, "-c", PARENT.format(str(file)), *SERVER]
    parent = subprocess.Popen(program, stdin=subprocess.PIPE, stdout=write, stderr=subprocess.DEVNULL)
    try:
        assert parent.stdin
        initialize = {"processId": None, "rootUri": None, "capabilities": {}}
        for number in range(2000):
            method = "no/such/" + "x" * 100 if number else "initialize"
            body = json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": initialize}).encode()
            parent.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        parent.stdin.flush()
        until(lambda: waiting(read) > 60_000, 60)
        server = int(file.read_text())
        time.sleep(0.3)
        parent.kill()
        parent.wait()
        until(lambda: ended(server), SECONDS)
    finally:
        os.close(read)
        os.close(write)


def waiting(pipe: int) -> int:
    """Bytes in a pipe."""
    return int(struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0])


def until(condition: Callable[[], bool], seconds: float) -> None:
    """Wait until something is so."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not so after {seconds} s"
        time.sleep(0.02)


def test_a_server_that_is_killed_leaves_no_engine(begin: Any) -> None:
    family = begin(FAKE_ENGINE_DELAY="30")
    family.client.initialize(FULL_CLIENT)
    family.client.open(URI, "The whale was never seen.")
    engine = family.engine()
    os.kill(family.server, signal.SIGKILL)
    family.client.until(lambda: ended(engine), SECONDS)


@pytest.mark.model
def test_the_real_engine_while_it_loads_and_while_it_writes(begin: Any, tmp_path: Path) -> None:
    loading = begin(SERVE)
    loading.client.initialize(FULL_CLIENT, pack=str(PACK), threads=1)
    loading.orphan(loading.engine())
    loading.file.unlink()
    writing = begin(SERVE)
    writing.client.initialize(FULL_CLIENT, pack=str(PACK), threads=1)
    writing.client.open(URI, "The whale was never seen.", "plaintext")
    where = {"range": span(0, 0, 0, 0), "context": {"diagnostics": []}}
    states = lambda: [state["engine"] for state in writing.client.sent("prism/state")]  # noqa: E731
    writing.client.until(lambda: "ready" in states(), 300)
    (action, *_) = writing.client.ask("textDocument/codeAction", {**DOCUMENT, **where}, 300)
    writing.client.start("codeAction/resolve", action)
    time.sleep(1)
    writing.orphan(writing.engine())
