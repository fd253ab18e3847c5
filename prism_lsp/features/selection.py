"""Selection that grows: word, sentence, paragraph, section, the section around it, document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from prism_lsp.opened import Split
    from prism_lsp.server import PrismServer

_WORD = re.compile(r"[^\W_]+(?:['’\u0300-\u036f]+[^\W_]+)*[\u0300-\u036f]*")
LONGEST_WORD = 100
"""Characters before and after the cursor that are searched for the ends of its word."""


async def ranges(ls: PrismServer, params: types.SelectionRangeParams) -> list[types.SelectionRange] | None:
    """For each place what holds it, innermost first."""
    document = ls.session.document(params.text_document.uri)
    if document is None:
        return None
    split = await ls.session.split(document)
    return [selection(ls, split, document.offset(at.line, at.character, ls.encoding)) for at in params.positions]


def selection(ls: PrismServer, split: Split, offset: int) -> types.SelectionRange:
    """What holds a place. Each stretch is larger than the one inside it."""
    outline, document = ls.outlines.of(split), split.document
    stretches = [word(document.text, offset)]
    number = split.number(offset)
    if number is not None:
        sentence, paragraph = split.sentences[number], outline.paragraph(number)
        stretches += [
            (sentence.start, sentence.end),
            (split.sentences[paragraph.first].start, split.sentences[paragraph.last - 1].end),
        ]
    stretches += [(section.start, section.end) for section in outline.around(offset)]
    stretches.append((0, len(document.text)))
    kept: list[tuple[int, int]] = []
    start = end = offset
    for first, last in stretches:
        if first <= start and end <= last and (first, last) != (start, end):
            kept.append((first, last))
            start, end = first, last
    found = types.SelectionRange(ls.range(document, 0, len(document.text)))
    for first, last in reversed(kept[:-1] if (start, end) == (0, len(document.text)) else kept):
        found = types.SelectionRange(ls.range(document, first, last), found)
    return found


def word(text: str, offset: int) -> tuple[int, int]:
    """The run of letters and digits at a place; nothing but the place where there is none."""
    begin = max(0, offset - LONGEST_WORD)
    for match in _WORD.finditer(text, begin, offset + LONGEST_WORD):
        if match.start() <= offset <= match.end():
            return match.span()
    return offset, offset
