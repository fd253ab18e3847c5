"""Verse: which paragraphs are, and where a sentence of verse that is too long to read at once is cut."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

LONGEST = 400
"""Characters, some ten lines; a longer sentence of verse is cut at the end of a line."""


def is_verse(text: str, lines: Sequence[int]) -> bool:
    """Whether the lines of a paragraph are lines of verse, and not wrapped prose.

    `lines`: offsets at which a line starts, but the first, in order. Three lines at least; four of five begin with a
    capital, or every other one had room for the next one's first word.
    """
    if len(lines) < 2:
        return False
    starts = (0, *lines)
    lengths = [end - start - 1 for start, end in pairwise((*starts, len(text) + 1))]
    capitals = sum(not _begins_small(text[start : start + 8]) for start in starts)
    if capitals >= 0.8 * len(starts):
        return True
    width = max(lengths)
    room = sum(
        length + 1 + len(text[start : start + 40].partition(" ")[0]) <= width
        for length, start in zip(lengths, lines, strict=False)
    )
    return room >= 0.5 * len(lines)


def pieces(text: str, start: int, end: int, lines: Sequence[int]) -> Iterator[tuple[int, int]]:
    """A sentence of verse in pieces of `LONGEST` characters at most, as far as there are ends of lines to cut at.

    After a semicolon or colon if a line of the second half ends so, else after a comma or dash, else at the last line.
    """
    while end - start > LONGEST:
        near = lines[bisect_right(lines, start) : bisect_right(lines, start + LONGEST + 1)]
        if not near:
            break
        late = [line for line in reversed(near) if line > start + LONGEST // 2]
        cut = next((line for marks in (";:", ",—-") for line in late if text[line - 2] in marks), near[-1])
        yield start, cut - 1
        start = cut
    yield start, end


def _begins_small(line: str) -> bool:
    """Whether the first letter is a small one."""
    return next((char.islower() for char in line if char.isalnum()), False)
