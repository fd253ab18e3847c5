"""Variations: asked for once, then one after the other."""

from __future__ import annotations

import pytest

from prism_lsp.reading import Edit, EngineError, Rewrite, Rewrites
from prism_lsp.variations import MOST_CANDIDATES, NO_OTHER, Origin, Variations

pytestmark = pytest.mark.asyncio

MOVES = (("question", 1.0),)


class Writer:
    """Makes so many different rewrites at most."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.asked: list[int] = []

    async def __call__(self, text: str, edit: Edit, candidates: int) -> Rewrites:
        self.asked.append(candidates)
        made = [Rewrite(f"{text} {i}", {}, 1.0, 1.0) for i in range(min(candidates, self.most))]
        return Rewrites(tuple(made), None if made else "Nothing was good enough.")


async def test_the_list_is_kept() -> None:
    writer = Writer(8)
    variations = Variations(writer)
    texts = [(await variations.get(Origin("A.", MOVES, skip), 8)).text for skip in (0, 1, 2, 0)]
    assert texts == ["A. 0", "A. 1", "A. 2", "A. 0"]
    assert writer.asked == [8]


async def test_more_are_asked_for_when_they_are_used_up() -> None:
    writer = Writer(100)
    variations = Variations(writer)
    assert (await variations.get(Origin("A.", MOVES, 3), 2)).text == "A. 3"
    assert writer.asked == [2, 4]
    with pytest.raises(EngineError, match=NO_OTHER):
        await variations.get(Origin("A.", MOVES, MOST_CANDIDATES), 2)
    assert writer.asked[-1] == MOST_CANDIDATES


async def test_none_left_is_said_and_a_refusal_gives_its_reason_every_time() -> None:
    variations = Variations(Writer(2))
    await variations.get(Origin("A.", MOVES, 1), 2)
    with pytest.raises(EngineError, match=NO_OTHER):
        await variations.get(Origin("A.", MOVES, 2), 2)
    refusing = Variations(Writer(0))
    for _ in range(2):
        with pytest.raises(EngineError, match=r"Nothing was good enough"):
            await refusing.get(Origin("A.", MOVES, 0), 2)


async def test_origins_are_remembered_for_a_while() -> None:
    variations = Variations(Writer(1), kept=2)
    for text in ("a", "b", "c"):
        variations.produced(text, Origin(text, MOVES, 0))
    assert variations.origin("a") is None
    assert variations.origin("c") == Origin("c", MOVES, 0)
    variations.clear()
    assert variations.origin("c") is None
