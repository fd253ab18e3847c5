"""Rewrites of a sentence, one after the other: an edit's list is kept, so that another variation costs nothing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from prism_lsp.reading import Edit, EngineError, Rewrite, Rewrites

MOST_CANDIDATES = 64
"""Not more are tried for one edit, however often another variation is asked for."""

NO_OTHER = "There is no other variation of this sentence that is good enough."

Moves = tuple[tuple[str, float], ...]


class Origin(NamedTuple):
    """Where a sentence came from that a rewrite produced."""

    source: str
    moves: Moves
    skip: int
    """How many of the rewrites stand before it."""


class _Offer:
    def __init__(self) -> None:
        self.rewrites: list[Rewrite] = []
        self.asked = 0
        """Candidates asked for so far."""


class Variations:
    """Memory of what was rewritten into what."""

    def __init__(self, rewrite: Callable[[str, Edit, int], Awaitable[Rewrites]], kept: int = 500) -> None:
        self.rewrite = rewrite
        self.kept = kept
        self._offers: OrderedDict[tuple[str, Moves], _Offer] = OrderedDict()
        self._origins: OrderedDict[str, Origin] = OrderedDict()

    async def get(self, origin: Origin, candidates: int) -> Rewrite:
        """The rewrite of that number, best first. Asks the engine only for what is not known. Raises EngineError."""
        offer = self._offers.get((origin.source, origin.moves)) or _Offer()
        while origin.skip >= len(offer.rewrites):
            more = min(max(candidates, 2 * offer.asked), MOST_CANDIDATES)
            if more <= offer.asked:
                raise EngineError(NO_OTHER, "input")
            known = len(offer.rewrites)
            refused = await self._more(offer, origin, more)
            if not offer.rewrites:
                raise EngineError(refused, "input")
            if len(offer.rewrites) == known:
                raise EngineError(NO_OTHER, "input")
        return offer.rewrites[origin.skip]

    async def offered(self, origin: Origin, candidates: int) -> Rewrites:
        """All rewrites, once so many have been tried, or the reason why there are none. `skip` plays no part.

        Raises EngineError.
        """
        offer = self._offers.get((origin.source, origin.moves)) or _Offer()
        refused = await self._more(offer, origin, candidates) if offer.asked < candidates else None
        return Rewrites(tuple(offer.rewrites), None if offer.rewrites else refused)

    async def _more(self, offer: _Offer, origin: Origin, candidates: int) -> str:
        """Have so many candidates tried, and keep those that are new. Answers why there are none, if there are none."""
        answer = await self.rewrite(origin.source, Edit(origin.moves), candidates)
        offer.asked = max(offer.asked, candidates)
        known = {rewrite.text for rewrite in offer.rewrites} | {origin.source}
        offer.rewrites.extend(rewrite for rewrite in answer.rewrites if rewrite.text not in known)
        if offer.rewrites:  # else not kept: who asks again is answered anew
            key = (origin.source, origin.moves)
            self._offers[key] = offer
            self._offers.move_to_end(key)
            while len(self._offers) > self.kept:
                self._offers.popitem(last=False)
        return answer.refused or "No rewrite good enough was found."

    def produced(self, text: str, origin: Origin) -> None:
        """Remember that a rewrite made this sentence."""
        self._origins[text] = origin
        self._origins.move_to_end(text)
        while len(self._origins) > self.kept:
            self._origins.popitem(last=False)

    def origin(self, text: str) -> Origin | None:
        """Where a sentence came from, if a rewrite produced it."""
        return self._origins.get(text)

    def clear(self) -> None:
        """Forget every rewrite: another model would write others."""
        self._offers.clear()
        self._origins.clear()
