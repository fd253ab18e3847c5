"""The engine is killed 200 times at random moments: every request gets exactly one answer, and the right one."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import fake_engine
import pytest
from client import Client
from editor import FULL_CLIENT, span
from neovim import ROOT, SERVE, children

Start = Callable[..., Client]

PACK = ROOT / "models" / "smollm2-135m"
URI = "file:///home/ada/novel.txt"
DOCUMENT = {"textDocument": {"uri": URI}}
WORDS = ["whale", "sea", "never", "was", "is", "not", "I", "saw", "walked", "gonna", "shall", "upon", "taken"]


class Killer:
    """Kills a server's engine again and again: while it loads, reads, rewrites or does nothing."""

    def __init__(self, server: int, chance: random.Random, log: Path | None = None, longest: float = 0.1) -> None:
        self.server, self.chance, self.log, self.longest = server, chance, log, longest
        self.kills = 0
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        """By what the engine has been asked, not by the clock alone: on a busy machine it would never get to work."""
        last = None
        while not self.stop.is_set():
            engines = [pid for pid in children(self.server) if pid != last]
            if not engines:
                time.sleep(0.005)
                continue
            last = engines[0]
            if self.chance.random() < 0.8:
                wanted = self.asked() + self.chance.randrange(1, 12)
                while self.asked() < wanted and not self.stop.is_set():
                    time.sleep(0.005)
            time.sleep(self.chance.uniform(0, self.longest))
            with suppress(ProcessLookupError):
                os.kill(last, signal.SIGKILL)
                self.kills += 1

    def asked(self) -> int:
        """How much engines have been asked so far."""
        return self.log.read_bytes().count(b"\n") if self.log and self.log.exists() else 0


def sentences(chance: random.Random, count: int) -> list[str]:
    """Sentences, no two alike."""
    return [
        f"{' '.join(chance.choices(WORDS, k=6))} {number}{chance.choice('.?!')}".capitalize() for number in range(count)
    ]


def place(number: int) -> dict[str, Any]:
    """Where a sentence starts; each is a paragraph."""
    return {**DOCUMENT, "position": {"line": 2 * number, "character": 0}}


def named(text: str) -> set[str]:
    """Names of the features that a sentence has."""
    return {rule[0] for feature, rule in fake_engine.RULES.items() if fake_engine.activation(feature, text)}


def ask(client: Client, chance: random.Random, number: int, text: str) -> tuple[int, Callable[[Any], bool]]:
    """Ask something about a sentence; the request's number, and whether a result is right."""
    if chance.random() < 0.6:
        wanted = named(text)

        def explains(result: Any) -> bool:
            # the hover names a few of the features, the strongest
            return bool(result) and (not wanted or any(name in result["contents"]["value"] for name in wanted))

        return client.start("textDocument/hover", place(number)), explains
    feature = chance.choice(["question", "exclamation", "formal"])
    on = 1.0 if fake_engine.activation(feature, text) == 0 else -1.0
    expected = fake_engine.variants(text, [[feature, on]], 8)
    where = {"range": span(2 * number, 0, 2 * number, 0), "context": {"diagnostics": []}}
    titles = fake_engine.RULES[feature][3:]
    menu = client.ask("textDocument/codeAction", {**DOCUMENT, **where}, 120)
    (action,) = [action for action in menu if action["title"] == titles[on < 0]]

    def rewrites(result: Any) -> bool:
        return edited(text, result["edit"]["documentChanges"][0]["edits"]) in expected

    return client.start("codeAction/resolve", action), rewrites


def edited(line: str, edits: list[dict[str, Any]]) -> str:
    """A line after edits inside it."""
    for edit in sorted(edits, key=lambda edit: edit["range"]["start"]["character"], reverse=True):
        start, end = (edit["range"][side]["character"] for side in ("start", "end"))
        line = line[:start] + edit["newText"] + line[end:]
    return line


def test_two_hundred_kills_lose_no_request(
    start: Start, chance: random.Random, many: Callable[[int], int], tmp_path: Path
) -> None:
    client = start(FAKE_ENGINE_DELAY="0.001", FAKE_ENGINE_LOAD="0.02")
    texts = sentences(chance, 2000)
    client.initialize(FULL_CLIENT)
    client.open(URI, "\n\n".join(texts), "plaintext")
    killer = Killer(client.process.pid, random.Random(chance.random()), tmp_path / "engine.log")
    kills = many(200)
    open_requests: dict[int, Callable[[Any], bool]] = {}
    asked = list(range(len(texts)))
    chance.shuffle(asked)
    count = 0
    while killer.kills < kills:
        for _ in range(chance.choice((1, 3, 8))):
            sentence = asked[count % len(asked)]
            number, right = ask(client, chance, sentence, texts[sentence])
            open_requests[number] = right
            count += 1
        for number in list(open_requests):
            answer = client.answer(number, 180)
            assert "error" not in answer, answer
            assert open_requests.pop(number)(answer["result"]), answer
    killer.stop.set()
    killer.thread.join()
    tokens = client.until(lambda: told(client, texts), 180)
    assert tokens
    answers = [message["id"] for message in client.messages if "method" not in message]
    assert len(answers) == len(set(answers))
    assert client.sent("window/showMessage") == []
    assert client.leave(30) == 0


def told(client: Client, texts: list[str]) -> bool:
    """Whether every sentence that has a feature is coloured."""
    data = client.ask("textDocument/semanticTokens/full", DOCUMENT, 120)["data"]
    return len(data) // 5 == sum(bool(named(text)) for text in texts)


@pytest.mark.model
def test_kills_of_the_real_engine_lose_no_request(start: Start, chance: random.Random) -> None:
    client = start(SERVE)
    client.initialize(FULL_CLIENT, pack=str(PACK), threads=1)
    texts = ["The whale was white.", "He walked to the sea.", "Nobody saw the ship."]
    client.open(URI, "\n\n".join(texts), "plaintext")

    def kill() -> None:
        (engine,) = client.until(lambda: children(client.process.pid), 60)
        os.kill(engine, signal.SIGKILL)

    waiting = [client.start("workspace/executeCommand", {"command": "prism.features"}) for _ in range(3)]
    for seconds in (0.0, 1.0):  # while it loads
        time.sleep(seconds)
        kill()
    for number in waiting:
        assert len(client.answer(number, 300)["result"]) > 20
    assert "Negation" in client.ask("textDocument/hover", place(2), 300)["contents"]["value"]
    where = {"range": span(0, 0, 0, 0), "context": {"diagnostics": []}}
    menu = client.ask("textDocument/codeAction", {**DOCUMENT, **where})
    (action,) = [action for action in menu if action["title"] == "Make this a question"]
    rewrite = client.start("codeAction/resolve", action)
    for seconds in (0.2, chance.uniform(3, 9)):  # while it writes, or loads for that
        time.sleep(seconds)
        kill()
    answer = client.answer(rewrite, 300)
    if "error" in answer:  # the model may find none
        assert "No rewrite" in answer["error"]["message"]
    else:
        assert edited(texts[0], answer["result"]["edit"]["documentChanges"][0]["edits"]).endswith("?")
    assert client.leave(60) == 0
