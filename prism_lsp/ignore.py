"""Stretches that a writer has taken out: from a comment `prism:off` to the next `prism:on`, or to the end.

Every language writes it as its own comment (`Language.comment`). It is looked for in the document as it stands, before
anything is read, so that it works in the same way everywhere.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache

from .blocks import Block


def line(sign: str = "") -> str:
    """Pattern of a comment that is alone on its line behind `sign`; `{}` stands for what it says."""
    return rf"(?:(?<=[\r\n])|\A\ufeff?)[ \t]*{sign}{{}}[ \t]*(?=[\r\n]|\Z)"


def ignored(text: str, comment: str) -> list[tuple[int, int]]:
    """Stretches of the document that are left alone, with the comments around them, in order and disjoint."""
    found: list[tuple[int, int]] = []
    if "prism:o" not in text:
        return found
    at, off = 0, True
    while match := _pattern(comment, "off" if off else "on").search(text, at):
        if off:
            found.append((match.start(), len(text)))
        else:
            found[-1] = (found[-1][0], match.end())
        at, off = match.end(), not off
    return found


@lru_cache
def _pattern(comment: str, word: str) -> re.Pattern[str]:
    return re.compile(comment.replace("{}", f"prism:{word}"))


def without(
    pieces: Iterator[tuple[int, Sequence[Block]]], ignored: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, Sequence[Block]]]:
    """The pieces with nothing of the stretches `ignored` in them; a block around one is cut in two."""
    starts = [start for start, _ in ignored]
    for base, blocks in pieces:
        left: list[Block] = []
        for block in blocks:
            start, end = base + block.runs[0].start, base + block.runs[-1].end
            first = max(0, bisect_right(starts, start) - 1)
            holes = [hole for hole in ignored[first : bisect_right(starts, end)] if hole[0] < end and start < hole[1]]
            if not holes:
                left.append(block)
                continue
            edges = [start, *(edge for hole in holes for edge in hole), end]
            parts = (block.between(a - base, b - base) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b)
            left += (part for part in parts if part.text)
        if left:
            yield base, left
