"""Readings by the sentence's text, and who waits for them. No LSP types."""

from __future__ import annotations

import asyncio
import struct
from collections import OrderedDict
from collections.abc import Iterable, Mapping

from prism_lsp.reading import Reading

KEPT_EVIDENCE = 256
"""Readings with evidence that are kept: those of sentences just looked at."""


def packed(reading: Reading) -> bytes:
    """Activations, then percentiles, as little-endian float32 (which the engine computes in): an eighth of the memory."""
    return struct.pack(f"<{2 * len(reading.activations)}f", *reading.activations, *reading.percentiles)


def unpacked(data: bytes) -> Reading:
    """The reading, without evidence."""
    numbers = struct.unpack(f"<{len(data) // 4}f", data)
    half = len(numbers) // 2
    return Reading(numbers[:half], numbers[half:])


class Readings:
    """Every sentence that has been read, packed, the least recently used first."""

    def __init__(self) -> None:
        self.unreadable: dict[str, str] = {}
        """Sentence -> why the engine cannot read it."""
        self._readings: OrderedDict[str, bytes] = OrderedDict()
        self._evidence: OrderedDict[str, Reading] = OrderedDict()
        self._waiters: dict[asyncio.Future[None], set[str]] = {}
        self._colouring: set[asyncio.Future[None]] = set()
        """Those of them whose answer carries the colours."""

    def __len__(self) -> int:
        return len(self._readings)

    def get(self, text: str) -> Reading | None:
        """What is known of a sentence."""
        data = self._readings.get(text)
        return None if data is None else unpacked(data)

    def packed(self, texts: Iterable[str]) -> dict[str, bytes]:
        """Those that are known of these, packed."""
        return {text: data for text in texts if (data := self._readings.get(text)) is not None}

    def evidence(self, text: str) -> Reading | None:
        """The same with each word's share."""
        return self._evidence.get(text)

    def missing(self, texts: Iterable[str]) -> list[str]:
        """Those that have not been read and can be, each once and in order."""
        known, unreadable = self._readings, self.unreadable
        return [text for text in dict.fromkeys(texts) if text not in known and text not in unreadable]

    def touch(self, texts: Iterable[str]) -> None:
        """These are in use."""
        for text in texts:
            if text in self._readings:
                self._readings.move_to_end(text)

    def put(self, readings: Mapping[str, bytes], most: int) -> None:
        """Keep these, packed; beyond `most`, the least recently used are forgotten."""
        for text, data in readings.items():
            self._readings[text] = data
            self._readings.move_to_end(text)
        while len(self._readings) > most:
            self._readings.popitem(last=False)

    def put_evidence(self, text: str, reading: Reading) -> None:
        """Keep a reading with evidence for a while."""
        self._evidence[text] = reading
        while len(self._evidence) > KEPT_EVIDENCE:
            self._evidence.popitem(last=False)

    def clear(self) -> None:
        """Forget everything: another model or pack would read otherwise."""
        self._readings.clear()
        self._evidence.clear()
        self.unreadable.clear()

    async def wait(self, texts: Iterable[str], seconds: float, colours: bool = True) -> None:
        """Wait until these have been read (or cannot be), for so many seconds at most.

        `colours`: the answer that waits carries the colours, so that nobody has to ask for them again.
        """
        missing = set(self.missing(texts))
        if not missing:
            return
        waiter = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = missing
        if colours:
            self._colouring.add(waiter)
        try:
            await asyncio.wait_for(waiter, seconds)
        except TimeoutError:
            pass
        finally:
            self._waiters.pop(waiter, None)
            self._colouring.discard(waiter)

    def awaited(self) -> set[str]:
        """Texts that somebody waits for who answers with colours."""
        return set().union(*(self._waiters[waiter] for waiter in self._colouring))

    def done(self, texts: Iterable[str] | None) -> None:
        """Wake who waits for these; None: nothing more will come."""
        texts = None if texts is None else set(texts)
        for waiter, missing in list(self._waiters.items()):
            missing.difference_update(missing.copy() if texts is None else texts)
            if not missing and not waiter.done():
                waiter.set_result(None)
