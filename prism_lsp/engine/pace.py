"""In which order the engine's process does what it is asked, and in what portions, so that typing never waits long.

No torch: nothing here knows what reading is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

AWAITED, SEEN, WORK, REST = range(4)
"""Ranks. A request overtakes those of a higher rank, at the end of a portion: a sentence that somebody waits for, what a writer
looks at, a rewrite (and anything else), and the rest of a document."""

CALM, TYPING = 0.25, 0.03
"""Seconds that a portion should take, and while somebody types."""

TYPED_FOR = 5.0
"""Seconds after a sentence that somebody waited for in which another one is likely."""


def rank(message: dict[str, Any]) -> int:
    """A request's rank. Loading comes before everything; other features come behind every read that was asked for before."""
    if message["method"] == "load":
        return -1
    if message["method"] == "adopt":
        return REST  # it overtakes nothing: a read is of the same features from its first portion to its last
    found: int = message["params"].get("rank", AWAITED) if message["method"] == "read" else WORK
    return found


NEWS = 0.3
"""What a portion counts for in the speed."""


class Pace:
    """How fast sentences are read, and whether somebody types."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self.speed = 2000.0
        """Characters a second, padding counted; learnt from portion to portion."""
        self.awaited = float("-inf")
        """When somebody last waited for a sentence."""

    def portion(self, texts: Sequence[str], left: Sequence[int], rank: int) -> tuple[Sequence[int], Sequence[int]]:
        """What is to be read next of the numbers in `left`, sorted by their texts' lengths, and what is left then."""
        now = self.clock()
        if rank == AWAITED:
            self.awaited = now
            return left, ()  # nothing overtakes these
        room = self.speed * (TYPING if now - self.awaited < TYPED_FOR else CALM)
        count = 1
        while count < len(left) and (count + 1) * len(texts[left[count]]) <= room:
            count += 1
        return left[:count], left[count:]

    def learn(self, texts: Sequence[str], seconds: float) -> None:
        """These were read together in so many seconds."""
        size = len(texts) * max(map(len, texts), default=0)
        self.speed += NEWS * (size / max(seconds, 1e-6) - self.speed)
