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
    from prism_lsp.concept_file import Concept

T = TypeVar("T")

logger = logging.getLogger(__name__)

PATIENCE = 1.5
"""Seconds. A disk that takes longer is no help: the sentences are read."""


class Disk:
    """A cache that is opened, asked and written to in the background."""

    def __init__(self) -> None:
        self.make: Callable[[tuple[Concept, ...]], Cache | None] | None = None
        """Opens the cache of readings by the pack's features and these concepts; None, or an answer of None: there is none.
        Called on the thread."""
        self._cache: Cache | None = None
        self._thread: ThreadPoolExecutor | None = None

    async def open(self, concepts: tuple[Concept, ...]) -> tuple[Feature, ...]:
        """Let go of the cache that is open, if any, and open that for a project with these concepts of its own. Answers the
        features that it has readings of."""
        await self.close()
        make = self.make
        if make is None:
            return ()
        self._thread = ThreadPoolExecutor(1, "cache")
        self._cache = await self._ask(lambda: make(concepts), None)
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
        self._cache = self._thread = None  # from now on nothing more is asked of it
        if cache is not None and thread is not None:
            await self._ask(cache.close, None, thread)
        if thread is not None:
            thread.shutdown(wait=False)

    async def _ask(self, work: Callable[[], T], otherwise: T, thread: ThreadPoolExecutor | None = None) -> T:
        thread = thread or self._thread
        assert thread is not None
        try:
            return await asyncio.wait_for(asyncio.get_running_loop().run_in_executor(thread, work), PATIENCE)
        except TimeoutError:
            logger.warning("the cache of readings is slow; going on without it")
        except Exception:  # never a reason not to read
            logger.exception("the cache of readings could not be used")
        return otherwise
