"""Folding: sections, and paragraphs that are wrapped over many lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from prism_lsp.server import PrismServer

LONG = 5
"""Lines from which a paragraph can be folded."""


async def ranges(ls: PrismServer, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    """Whole lines: most editors fold nothing else. A client that wants fewer gets the outer sections first."""
    document = ls.session.document(params.text_document.uri)
    if document is None:
        return []
    split = await ls.session.split(document)
    outline = ls.outlines.of(split)
    document = split.document
    sections = sorted(outline.sections, key=lambda section: section.level)
    spans = [(section.start, section.end) for section in sections]
    for paragraph in outline.paragraphs:
        spans.append((split.sentences[paragraph.first].start, split.sentences[paragraph.last - 1].end))
    found: dict[int, types.FoldingRange] = {}
    for number, (start, end) in enumerate(spans):
        first, last = document.line_of(start), document.line_of(end)
        if first not in found and last - first >= (1 if number < len(sections) else LONG - 1):
            found[first] = types.FoldingRange(first, last)
    return sorted(list(found.values())[: ls.client.most_folds], key=lambda fold: fold.start_line)
