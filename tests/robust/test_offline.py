"""Once the weights are there, everything runs where there is no network interface at all, and no socket is made for one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from client import Client
from editor import FULL_CLIENT, URI, place, span
from neovim import ROOT

Start = Callable[..., Client]

PRISM = [sys.executable, "-m", "prism_lsp"]
PACK = str(ROOT / "models" / "smollm2-135m")
DOCUMENT = {"textDocument": {"uri": URI}}
LONG = 300.0
"""Seconds for the model to be loaded and used on a busy machine."""

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def alone() -> list[str]:
    """What runs a program without a network interface."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("unshare is missing (util-linux), so the network cannot be taken away")
    for command in ([unshare, "-n"], [unshare, "-rn"]):
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            look = "import socket; print([name for _, name in socket.if_nameindex()])"
            found = subprocess.check_output([*command, sys.executable, "-c", look], text=True)
            assert found.strip() in ("['lo']", "[]"), found
            return command
    pytest.skip("this system does not permit a network namespace of one's own (unshare -n)")


@pytest.fixture
def watched(tmp_path: Path) -> dict[str, str]:
    """An environment whose Python programs note every socket. The weights have been fetched before, with a network."""
    from prism_lsp.engine import weights

    weights.ensure()
    path = os.pathsep.join([str(Path(__file__).with_name("watch")), str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, "SOCKET_LOG": str(tmp_path / "sockets")}


def check_sockets(watched: dict[str, str], *programs: str) -> None:
    """These programs were started and seen, and no socket but those inside the machine's own system was made."""
    lines = Path(watched["SOCKET_LOG"]).read_text("utf-8").splitlines()
    for program in programs:
        assert any(line.startswith("started") and program in line for line in lines), lines
    assert [line for line in lines if line.startswith("socket")] == []


def test_inspect_and_rewrite(alone: list[str], watched: dict[str, str], tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("The whale was white. What do you see?\n", "utf-8")
    command = [*alone, *PRISM, "inspect", str(letter), "--json"]
    found = subprocess.run(command, env=watched, capture_output=True, text=True, timeout=LONG, check=False)
    assert found.returncode == 0, found.stderr
    assert len([json.loads(line) for line in found.stdout.splitlines()]) >= 2
    command = [*alone, *PRISM, "rewrite", str(letter), "--feature", "question"]
    made = subprocess.run(command, env=watched, capture_output=True, text=True, timeout=LONG, check=False)
    assert "Traceback" not in made.stderr
    assert made.returncode == 0, made.stderr
    assert "?" in made.stdout
    check_sockets(watched, "inspect", "rewrite")


def test_a_session(alone: list[str], watched: dict[str, str], start: Start) -> None:
    client = start([*alone, *PRISM, "serve"], **watched)
    client.initialize(FULL_CLIENT, pack=PACK, threads=1)
    client.open(URI, "The whale was white.\n\nWhat do you see?", "plaintext")
    client.ask("workspace/executeCommand", {"command": "prism.features"}, LONG)  # answered once the model is loaded
    hover = client.ask("textDocument/hover", place(2, 1), LONG)
    assert "Question" in hover["contents"]["value"]
    where = {"range": span(0, 0, 0, 0), "context": {"diagnostics": []}}
    menu = client.ask("textDocument/codeAction", {**DOCUMENT, **where}, LONG)
    (action,) = [action for action in menu if action["title"] == "Make this a question"]
    answer = client.answer(client.start("codeAction/resolve", action), LONG)
    assert "result" in answer or "No rewrite" in answer["error"]["message"]
    assert client.leave(60) == 0
    check_sockets(watched, "serve", "prism_lsp.engine.worker")


def test_the_watch_sees_a_socket(watched: dict[str, str]) -> None:
    program = "import socket; socket.socket(); socket.socketpair()"
    subprocess.run([sys.executable, "-c", program], env=watched, check=True)
    with pytest.raises(AssertionError, match=r"socket\.__new__"):
        check_sockets(watched, "-c")
