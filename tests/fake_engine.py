"""An engine without a model: speaks the engine's wire on stdin and stdout, the ten concepts by simple rules.

For tests. Set by the environment:
  FAKE_ENGINE_DELAY    seconds of work per sentence read, and per word written (default 0)
  FAKE_ENGINE_LOAD     seconds that loading takes (default 0)
  FAKE_ENGINE_FAIL     loading fails with this message (code `weights`)
  FAKE_ENGINE_LOG      a file that gets one JSON line per request, with the process's id
  FAKE_ENGINE_MARKER   a sentence with KILL-THE-ENGINE kills the process, unless this file exists (it is made first);
                       without it, the sentence kills the process every time
"""

from __future__ import annotations

import json
import os
import queue
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

DELAY = float(os.environ.get("FAKE_ENGINE_DELAY", "0"))
LOAD = float(os.environ.get("FAKE_ENGINE_LOAD", "0"))

PAST = r"\b(was|were|had|did|said|went|came|saw|took|walked|ran|looked|knew|thought|\w{2,}ed)\b"
RULES: dict[str, tuple[str, str, str, str, str]] = {
    # id: (name, family, what matches, on, off)
    "question": ("Question", "sentence", r"\?", "Make this a question", "Make this a statement"),
    "exclamation": ("Exclamation", "sentence", r"!", "Make this an exclamation", "Make this calmer"),
    "past-tense": ("Past tense", "verb", PAST, "Put this in the past", "Take this out of the past"),
    "present-tense": (
        "Present tense",
        "verb",
        r"\b(is|are|am|has|does|says|goes|comes)\b",
        "Put this in the present",
        "Take this out of the present",
    ),
    "passive": (
        "Passive voice",
        "verb",
        r"\b(was|were|is|are|been) \w+(ed|en)\b",
        "Use the passive voice",
        "Use the active voice",
    ),
    "negation": ("Negation", "logic", r"\b(not|no|never|nothing|nobody)\b|n't\b", "Negate this", "Turn off: negation"),
    "dialogue": ("Dialogue", "narration", r"[\"“”]", "Make this dialogue", "Make this narration"),
    "first-person": (
        "First person",
        "narration",
        r"\b(I|me|my|we|us|our)\b",
        "Use the first person",
        "Use the third person",
    ),
    "formal": ("Formal", "tone", r"\b(therefore|shall|upon|whom|regarding)\b", "More formal", "Less formal"),
    "informal": ("Informal", "tone", r"\b(gonna|kinda|yeah|stuff|guys)\b", "More informal", "Less informal"),
}
DESCRIPTIONS = {"question": "The sentence asks something.", "negation": "The sentence says that something is not so."}


def activation(feature: str, text: str) -> float:
    """0 when the rule finds nothing, 1 for one match, a little more for every further one."""
    found = len(re.findall(RULES[feature][2], text))
    return 0.0 if not found else 0.9 + 0.1 * found


def described(concept: dict[str, Any]) -> dict[str, Any]:
    """The feature that a project's concept becomes."""
    shown = {key: concept[key] for key in ("id", "name", "family", "description", "on", "off")}
    return {**shown, "kind": "project", "density": 0.0}


def own_activation(concept: str, text: str) -> float:
    """1 where the sentence has the words of the id of a project's concept: `sea-words` finds "sea words"."""
    return float(concept.replace("-", " ") in text.lower())


def reading(text: str, evidence: bool, own: Sequence[str] = ()) -> dict[str, object]:
    """A reading as on the wire; `own`: ids of the project's concepts."""
    activations = [activation(feature, text) for feature in RULES] + [own_activation(each, text) for each in own]
    percentiles = [0.0 if not a else min(0.999, 0.5 + 0.45 * a + 0.005 * i) for i, a in enumerate(activations)]
    shares = None
    if evidence:
        words = [match.span() for match in re.finditer(r"\w+|[^\w\s]", text)]
        shares = [
            [[start, end, round(a if re.search(rule, text[start:end]) else 0.01, 3)] for start, end in words]
            for rule, a in zip([*(rule[2] for rule in RULES.values()), *own], activations, strict=True)
        ]
    return {"activations": activations, "percentiles": percentiles, "evidence": shares}


def variants(text: str, moves: list[list[object]], count: int) -> list[str]:
    """What the moves make of the text, in up to `count` (never more than ten) ways."""
    for feature, amount in moves:
        on = float(str(amount)) > 0
        bare = text.rstrip(".?!")
        if feature == "question":
            text = f"Is it so that {bare[:1].lower()}{bare[1:]}?" if on else f"{bare}."
        elif feature == "exclamation":
            text = f"{bare}!" if on else f"{bare}."
        elif feature == "negation":
            text = re.sub(r"\b(was|is|are|were)\b", r"\1 not", text, count=1) if on else text.replace(" not", "")
        else:
            text = f"{bare}, {str(feature).replace('-', ' ')} {'on' if on else 'off'}."
    ways = ["", "Well, ", "And ", "So, ", "Then ", "Still, ", "Now, ", "Yet ", "But ", "Thus "]
    return [way + (text if not way else text[:1].lower() + text[1:]) for way in ways[:count]]


class FakeEngine:
    """One thread reads requests, one answers them in order; cancelling is seen at every word."""

    def __init__(self) -> None:
        self.requests: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.cancelled: set[int] = set()
        self.output = threading.Lock()
        self.own: list[str] = []
        self.log = os.environ.get("FAKE_ENGINE_LOG")

    def run(self) -> None:
        """Serve until stdin ends."""
        threading.Thread(target=self.work, daemon=True).start()
        for line in sys.stdin.buffer:
            message = json.loads(line)
            if message["method"] == "cancel":
                self.cancelled.add(message["params"]["id"])
            self.note(message)
            self.requests.put(message)
        os._exit(0)

    def note(self, message: dict[str, Any]) -> None:
        """Log a request."""
        if self.log:
            with open(self.log, "a", encoding="utf-8") as file:
                file.write(json.dumps({**message, "pid": os.getpid()}) + "\n")

    def send(self, message: dict[str, Any]) -> None:
        """Write one line."""
        with self.output:
            sys.stdout.buffer.write(json.dumps(message).encode() + b"\n")
            sys.stdout.buffer.flush()

    def work(self) -> None:
        """Answer requests in order."""
        methods: dict[str, Callable[[int, dict[str, Any]], dict[str, Any]]] = {
            "load": self.load,
            "fit": self.fit,
            "adopt": self.adopt,
            "read": self.read,
            "rewrite": self.rewrite,
        }
        while True:
            message = self.requests.get()
            method = methods.get(message["method"])
            if method is None:
                continue
            number = message["id"]
            try:
                self.send({"id": number, "result": method(number, message.get("params") or {})})
            except InterruptedError:
                self.send({"id": number, "error": {"code": "cancelled", "message": "Cancelled."}})
            except FileNotFoundError as error:
                self.send({"id": number, "error": {"code": "weights", "message": str(error)}})
            except Exception as error:
                self.send({"id": number, "error": {"code": "internal", "message": repr(error)}})

    def pause(self, number: int, seconds: float) -> None:
        """Work for so long; raises InterruptedError once the request was cancelled."""
        if number in self.cancelled:
            raise InterruptedError
        time.sleep(seconds)

    def load(self, number: int, params: dict[str, Any]) -> dict[str, Any]:
        """The features."""
        if message := os.environ.get("FAKE_ENGINE_FAIL"):
            raise FileNotFoundError(message)
        for step in range(4):
            progress = {"stage": "load", "done": step, "total": 4, "message": "Loading the model"}
            self.send({"method": "progress", "params": progress})
            time.sleep(LOAD / 4)
        return {**self.adopt(number, params), "pack": {"name": "fake", "version": "0"}}

    def fit(self, number: int, params: dict[str, Any]) -> dict[str, Any]:
        """Ids that are taken cannot be used."""
        taken = [each["id"] for each in params["concepts"] if each["id"] in RULES]
        return {"problems": [[id_, f"The pack fake has a concept “{id_}” already: rename yours."] for id_ in taken]}

    def adopt(self, number: int, params: dict[str, Any]) -> dict[str, Any]:
        """The features, and the project's behind them."""
        own = [each for each in params.get("concepts", ()) if each["id"] not in RULES]
        self.own = [each["id"] for each in own]
        features = [
            {
                "id": feature,
                "name": name,
                "family": family,
                "description": DESCRIPTIONS.get(feature, f"The sentence has the feature {name.lower()}."),
                "kind": "concept",
                "on": on,
                "off": off,
            }
            for feature, (name, family, _, on, off) in RULES.items()
        ]
        return {"features": [*features, *map(described, own)]}

    def read(self, number: int, params: dict[str, Any]) -> dict[str, Any]:
        """Readings."""
        readings = []
        for text in params["texts"]:
            if "KILL-THE-ENGINE" in text:
                marker = os.environ.get("FAKE_ENGINE_MARKER")
                if marker is None or not Path(marker).exists():
                    if marker:
                        Path(marker).touch()
                    os._exit(9)
            self.pause(number, DELAY)
            readings.append(reading(text, params.get("evidence", False), self.own))
        return {"readings": readings}

    def rewrite(self, number: int, params: dict[str, Any]) -> dict[str, Any]:
        """Rewrites."""
        text = params["text"]
        for _ in text.split():
            self.pause(number, DELAY)
        if "IMPOSSIBLE" in text:
            return {"rewrites": [], "refused": "No rewrite good enough was found: every candidate lost the meaning."}
        rewrites = []
        for new in variants(text, params["moves"], params.get("candidates", 8)):
            moved = {feature: [activation(feature, text), activation(feature, new)] for feature, _ in params["moves"]}
            rewrites.append({"text": new, "features": moved, "similarity": 0.93, "fluency": 0.97})
        return {"rewrites": rewrites, "refused": None}


if __name__ == "__main__":
    FakeEngine().run()
