"""The session's way to the cache of readings: on a thread of its own, and never waited for longer than `PATIENCE`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from prism_lsp.reading import Feature

if TYPE_CHECKING:
    from prism_lsp.cache import Cache  # the server answers `initialize` before it loads SQLite

T = TypeVar("T")

logger = logging.getLogger(__name__)

PATIENCE = 1.5
"""Seconds. A disk that takes longer is no help: the sentences are read."""


class Disk:
    """A cache that is opened, asked and written to in the background."""

    def __init__(self) -> None:
        self.make: Callable[[], Cache | None] | None = None
        """Opens the cache; None, or an answer of None: there is none. Called on the thread."""
        self._cache: Cache | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def open(self) -> tuple[Feature, ...]:
        """The features that the cache has readings of."""
        if self.make is None:
            return ()
        self._thread = ThreadPoolExecutor(1, "cache")
        self._cache = await self._ask(self.make, None)
        return self._cache.features if self._cache else ()

    async def look_up(self, texts: Sequence[str]) -> dict[str, bytes]:
        """Packed readings of those sentences that are known."""
        if self._cache is None or not texts:
            return {}
        cache = self._cache
        return await self._ask(lambda: cache.look_up(texts), {})

    def begin(self, features: Sequence[Feature]) -> None:
        """From now on readings are of these features."""
        if self._cache is not None and self._thread is not None:
            self._thread.submit(self._cache.begin, features)

    def keep(self, readings: Mapping[str, bytes]) -> None:
        """Write these, some time."""
        if self._cache is not None and self._thread is not None and readings:
            self._thread.submit(self._cache.keep, readings)

    async def close(self) -> None:
        """Let go of the cache when everything is written."""
        cache, thread = self._cache, self._thread
        if cache is not None:
            await self._ask(cache.close, None)
        self._cache = self._thread = None
        if thread is not None:
            thread.shutdown(wait=False)

    async def _ask(self, work: Callable[[], T], otherwise: T) -> T:
        assert self._thread is not None
        try:
            return await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(self._thread, work), PATIENCE)
        except TimeoutError:
            logger.warning("the cache of readings is slow; going on without it")
        except Exception:  # never a reason not to read
            logger.exception("the cache of readings could not be used")
        return otherwise
