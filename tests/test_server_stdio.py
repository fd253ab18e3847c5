"""The server's own process over stdin and stdout, with an engine process that needs no model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from client import SERVER, Client
from editor import FULL_CLIENT, place, span

from prism_lsp import concept_file

URI = "file:///home/ada/my%20novel.md"
DOCUMENT = {"textDocument": {"uri": URI}}
FULL = "textDocument/semanticTokens/full"

Start = Callable[..., Client]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers, and ends those that are left."""
    clients = []

    def begin(command: list[str] = SERVER, **env: str) -> Client:
        log = {"FAKE_ENGINE_LOG": str(tmp_path / "engine.log")}
        clients.append(Client(command, {**os.environ, **log, **env}))
        return clients[-1]

    yield begin
    for client in clients:
        client.stop()


def engine_log(tmp_path: Path) -> list[dict[str, Any]]:
    """What the engine was asked."""
    log = tmp_path / "engine.log"
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []


def read_texts(tmp_path: Path) -> list[str]:
    """The sentences that the engine was asked to read."""
    asked = [message["params"] for message in engine_log(tmp_path) if message["method"] == "read"]
    return [text for params in asked if not params["evidence"] for text in params["texts"]]


def ended(process_id: int) -> bool:
    """Whether a process is gone, or only waits to be collected."""
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


def test_a_writers_session(start: Start, tmp_path: Path) -> None:
    client = start()
    capabilities = client.initialize(FULL_CLIENT)["capabilities"]
    assert capabilities["semanticTokensProvider"]["full"] == {"delta": True}
    assert capabilities["semanticTokensProvider"]["range"] is True
    assert capabilities["codeActionProvider"] == {
        "codeActionKinds": ["quickfix", "refactor.rewrite.prism", "refactor.extract.prism"],
        "resolveProvider": True,
    }
    assert capabilities["textDocumentSync"] == {"openClose": True, "change": 2, "save": True}
    client.open(URI, "The 🐋 was white.\r\n\r\nHe had never seen it.\r\n")
    tokens = client.ask(FULL, DOCUMENT)
    assert len(tokens["data"]) == 10
    hover = client.ask("textDocument/hover", place(2, 4))
    assert "Negation" in hover["contents"]["value"]
    where = {"range": span(2, 4, 2, 4), "context": {"diagnostics": [], "triggerKind": 1}}
    menu = client.ask("textDocument/codeAction", {**DOCUMENT, **where})
    (action,) = [action for action in menu if action["title"] == "Make this a question"]
    edit = client.ask("codeAction/resolve", action)["edit"]
    assert edit["documentChanges"][0]["textDocument"] == {"uri": URI, "version": 1}
    features = client.ask("workspace/executeCommand", {"command": "prism.features"})
    assert len(features) == 10
    engine = engine_log(tmp_path)[0]["pid"]
    assert client.leave() == 0
    assert ended(engine)
    assert client.errors == ""


def test_neither_torch_nor_numpy_is_imported(start: Start) -> None:
    heavy = ("torch", "numpy", "transformers", "safetensors", "click", "rich")
    program = (
        "import sys, prism_lsp.__main__ as m\n"
        "try: m.main()\n"
        f"finally: print('IMPORTED', [name for name in {heavy!r} if name in sys.modules], file=sys.stderr)"
    )
    client = start([sys.executable, "-c", program, *SERVER[3:]])
    client.initialize(FULL_CLIENT)
    client.open(URI, "# A\n\nNobody saw it.\n")
    assert client.ask(FULL, DOCUMENT)["data"]
    assert client.ask("textDocument/hover", place(2, 1))
    assert client.leave() == 0
    client.until(lambda: "IMPORTED" in client.errors)
    assert client.errors.strip() == "IMPORTED []"


def test_leaving_without_shutdown_is_exit_code_1_and_leaves_no_engine(start: Start, tmp_path: Path) -> None:
    client = start()
    client.initialize(FULL_CLIENT)
    client.until(lambda: engine_log(tmp_path))
    client.note("exit")
    assert client.process.wait(10) == 1
    assert ended(engine_log(tmp_path)[0]["pid"])


def test_a_client_that_closes_the_stream_ends_the_server(start: Start, tmp_path: Path) -> None:
    client = start()
    client.initialize(FULL_CLIENT)
    client.until(lambda: engine_log(tmp_path))
    assert client.process.stdin
    client.process.stdin.close()
    assert client.process.wait(10) == 1
    assert ended(engine_log(tmp_path)[0]["pid"])


@pytest.mark.skipif(sys.platform == "win32", reason="orphans are adopted on POSIX only")
def test_the_server_ends_when_its_parent_dies(start: Start, tmp_path: Path) -> None:
    # A parent that hands its streams to the server: the input stays open when it dies.
    program = "import subprocess, sys; p = subprocess.Popen(sys.argv[1:]); open({!r}, 'w').write(str(p.pid)); p.wait()"
    file = tmp_path / "pid"
    client = start([sys.executable, "-c", program.format(str(file)), *SERVER])
    client.initialize(FULL_CLIENT)
    client.until(lambda: file.exists() and file.read_text() and engine_log(tmp_path))
    server, engine = int(file.read_text()), engine_log(tmp_path)[0]["pid"]
    client.process.kill()
    client.process.wait()
    died = time.monotonic()
    client.until(lambda: ended(server), 5)
    client.until(lambda: ended(engine), 5)
    assert time.monotonic() - died < 5


def test_the_server_ends_when_the_client_it_was_told_of_dies(start: Start) -> None:
    other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    client = start()
    client.initialize(FULL_CLIENT, other.pid)
    assert client.process.poll() is None
    other.kill()
    assert client.process.wait(5) == 1
    other.wait()


def test_an_engine_that_dies_is_asked_again(start: Start, tmp_path: Path) -> None:
    client = start(FAKE_ENGINE_MARKER=str(tmp_path / "killed"))
    client.initialize(FULL_CLIENT)
    client.open(URI, "Why not? KILL-THE-ENGINE was here. Nobody saw it.")
    client.until(lambda: len(client.ask(FULL, DOCUMENT)["data"]) == 15)
    processes = {message["pid"] for message in engine_log(tmp_path)}
    assert len(processes) == 2
    assert client.sent("window/showMessage") == []


def test_a_sentence_that_always_kills_the_engine_does_not_keep_the_others(start: Start) -> None:
    client = start()
    client.initialize(FULL_CLIENT)
    client.open(URI, "KILL-THE-ENGINE was here.\n\nWhy not?\n\nNobody saw it.")
    client.until(lambda: len(client.ask(FULL, DOCUMENT)["data"]) == 10, 40)
    assert client.sent("window/showMessage") == []


def test_weights_that_cannot_be_had_are_told_once(start: Start) -> None:
    client = start(FAKE_ENGINE_FAIL="The model could not be fetched: there is no network.")
    client.initialize(FULL_CLIENT)
    client.open(URI, "Why not?")
    assert client.ask(FULL, DOCUMENT)["data"] == []
    message = {"type": 1, "message": "The model could not be fetched: there is no network."}
    client.until(lambda: client.sent("window/showMessage"))
    assert client.sent("window/showMessage") == [message]
    assert client.sent("prism/state")[-1]["engine"] == "failed"
    assert client.leave() == 0


def test_typing_while_reading_reads_unchanged_sentences_once(start: Start, tmp_path: Path) -> None:
    client = start(FAKE_ENGINE_DELAY="0.003")
    client.initialize(FULL_CLIENT)
    client.open(URI, "\n\n".join(f"Whale {i} was never seen." for i in range(150)))
    for version in range(2, 12):
        where = {"range": span(100, 0, 100, 0), "text": "O "}
        client.note(
            "textDocument/didChange", {"textDocument": {"uri": URI, "version": version}, "contentChanges": [where]}
        )
        client.ask(FULL, DOCUMENT)
    client.until(lambda: client.sent("prism/state")[-1]["engine"] == "ready")
    client.until(lambda: len(client.ask(FULL, DOCUMENT)["data"]) == 750)
    unchanged = [
        text for text in read_texts(tmp_path) if not text.startswith("O ") and text != "Whale 50 was never seen."
    ]
    assert len(unchanged) == len(set(unchanged)) == 149


def test_cancelling_reaches_the_engine(start: Start, tmp_path: Path) -> None:
    client = start(FAKE_ENGINE_DELAY="0.2")
    client.initialize(FULL_CLIENT)
    client.open(URI, "The whale was never seen by any of us.")
    where = {"range": span(0, 0, 0, 0), "context": {"diagnostics": []}}
    menu = client.ask("textDocument/codeAction", {**DOCUMENT, **where})
    number = client.start("codeAction/resolve", menu[0])
    client.until(lambda: [message for message in engine_log(tmp_path) if message["method"] == "rewrite"])
    began = time.monotonic()
    client.note("$/cancelRequest", {"id": number})
    assert client.answer(number)["error"]["code"] == -32800
    assert time.monotonic() - began < 0.5
    client.until(lambda: [message for message in engine_log(tmp_path) if message["method"] == "cancel"])
    time.sleep(0.5)
    client.answer(number)


def test_messages_in_pieces_and_headers_in_lower_case(start: Start) -> None:
    client = start()
    body = json.dumps(
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {"processId": None, "rootUri": None, "capabilities": {}},
        }
    ).encode()
    for byte in b"content-length: %d\r\n\r\n" % len(body) + body:
        client.send_bytes(bytes([byte]))
    assert client.answer(1)["result"]["capabilities"]["positionEncoding"] == "utf-16"


def test_a_broken_stream_ends_the_server(start: Start) -> None:
    client = start()
    client.send_bytes(b"\x00" * 100_000)
    assert client.process.wait(10) == 1
    assert "Traceback" not in client.errors


def test_a_known_text_is_coloured_while_the_model_still_loads(start: Start) -> None:
    text = "\n\n".join(f"Is this question {number}?" for number in range(100))
    client = start()
    client.initialize(FULL_CLIENT)
    client.open(URI, text)
    client.until(lambda: len(client.ask(FULL, DOCUMENT)["data"]) == 500)
    assert client.leave() == 0
    client = start(FAKE_ENGINE_LOAD="1000")
    client.initialize(FULL_CLIENT)
    client.open(URI, text)
    assert len(client.ask(FULL, DOCUMENT)["data"]) == 500
    assert client.sent("prism/state")[-1]["engine"] == "starting"


def test_so_is_one_of_a_project_with_a_concept_of_its_own(start: Start, tmp_path: Path) -> None:
    (tmp_path / concept_file.FOLDER).mkdir(parents=True)
    pairs = [(f"It lay at {n} feet.", f"It lay at {n} fathoms, mizzen gone.") for n in range(8)]
    (tmp_path / concept_file.FOLDER / "mizzen.toml").write_text(concept_file.write("Mizzen", pairs, False), "utf-8")
    settings = {"root": tmp_path.as_uri(), "mode": "focus", "focus": "mizzen"}
    text = "\n\n".join(f"The mizzen fell, number {number}." for number in range(100))
    client = start()
    client.initialize(FULL_CLIENT, **settings)
    client.open(URI, text)
    client.until(lambda: len(client.ask(FULL, DOCUMENT)["data"]) == 500)
    assert client.leave() == 0
    client = start(FAKE_ENGINE_LOAD="1000")
    client.initialize(FULL_CLIENT, **settings)
    client.open(URI, text)
    assert len(client.ask(FULL, DOCUMENT)["data"]) == 500
    assert client.sent("prism/state")[-1]["engine"] == "starting"
