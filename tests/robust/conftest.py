"""Nothing breaks: what these tests share. Every test is drawn from a seed; one that fails shows it, and what was said.

Set by the environment:
  PRISM_SEED    another seed (default 1)
  PRISM_SCALE   how much of the full numbers is done (default 1)
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "nvim"))

from client import SERVER, Client

Start = Callable[..., Client]

SHOWN = 60
"""Messages of a conversation that are shown when a test fails."""


@pytest.fixture
def chance() -> random.Random:
    """Where everything random in a test comes from."""
    seed = int(os.environ.get("PRISM_SEED", "1"))
    print(f"PRISM_SEED={seed}")  # shown when the test fails
    return random.Random(seed)


@pytest.fixture
def many() -> Callable[[int], int]:
    """How many of a full number are done."""
    scale = float(os.environ.get("PRISM_SCALE", "1"))
    return lambda full: max(1, round(full * scale))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts servers; ends those that are left, and shows what they said if the test has failed."""
    clients = []

    def begin(command: list[str] = SERVER, **env: str) -> Client:
        log = {"FAKE_ENGINE_LOG": str(tmp_path / "engine.log")}
        clients.append(Client(command, {**os.environ, **log, **env}))
        return clients[-1]

    yield begin
    for client in clients:
        client.stop()
        print(*(json.dumps(message)[:300] for message in client.messages[-SHOWN:]), client.errors[-5000:], sep="\n")
