"""Quotations of several sentences: which marks a sentence inside one is to be read with.

A model that reads “I am here. I saw it. I left.” sentence by sentence sees no mark around the second one, and takes it for
narration. So each is read with its marks completed. In double marks and guillemets; a single mark may be an apostrophe.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

_MARK = re.compile(r"[“”„\"«»]")
_CLOSING = {"“": "”", "„": "“", '"': '"', "«": "»"}
_BEFORE = frozenset("([{—–-‘'“„«")


class _Quotation(NamedTuple):
    start: int
    """Where its opening mark stands."""
    end: int
    """Where its closing mark stands; behind the text where there is none."""
    mark: str


def completed(text: str, spans: Sequence[tuple[int, int]]) -> Iterator[tuple[str, str]]:
    """For each span of a paragraph, in order, the marks that are missing before and behind it."""
    quotations = list(_quotations(text)) if _MARK.search(text) else []
    first = 0
    for start, end in spans:
        while first < len(quotations) and quotations[first].end < start:
            first += 1
        before = behind = ""
        for opened, closed, mark in quotations[first:]:
            if opened >= end:
                break
            before += mark if opened < start <= closed else ""
            behind = _CLOSING[mark] + behind if end <= closed else behind
        yield before, behind


def balance(text: str) -> tuple[int, int, int]:
    """How many more quotations a text opens than it closes: in curly marks, straight ones (odd: 1) and guillemets."""
    return text.count("“") - text.count("”"), text.count('"') % 2, text.count("«") - text.count("»")


def marks(text: str) -> list[str]:
    """The marks in a text, in order."""
    return _MARK.findall(text)


def _quotations(text: str) -> Iterator[_Quotation]:
    """The outermost quotations, in order. One that is not closed goes on to the end, as speech of several paragraphs
    does; a straight mark only where it begins the paragraph, since it may mean inches."""
    opened: tuple[int, str] | None = None
    for match in _MARK.finditer(text):
        at, mark = match.start(), match[0]
        if opened is not None and mark == _CLOSING[opened[1]] and not (mark == '"' and _opens(text, at)):
            yield _Quotation(opened[0], at, opened[1])
            opened = None
        elif mark in _CLOSING and (opened is None or opened[1] == mark) and (mark != '"' or _opens(text, at)):
            opened = at, mark
    if opened is not None and (opened[1] != '"' or opened[0] == 0):
        yield _Quotation(opened[0], len(text), opened[1])


def _opens(text: str, at: int) -> bool:
    """Whether a straight mark can only open a quotation."""
    before, behind = text[at - 1 : at], text[at + 1 : at + 2]
    return (not before or before.isspace() or before in _BEFORE) and bool(behind) and not behind.isspace()
