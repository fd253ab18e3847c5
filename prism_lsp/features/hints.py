"""Inlay hints: a signature at the end of each paragraph, or the focused feature's level at the end of each sentence."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

from prism_lsp.features.tokens import PATIENCE, PATIENCE_ALONE, View
from prism_lsp.outline import Outline, Paragraph
from prism_lsp.profiles import portions, standing_out
from prism_lsp.reading import FOCUS_STEPS, Feature, Reading

if TYPE_CHECKING:
    from prism_lsp.opened import Split
    from prism_lsp.server import PrismServer

MOST_FEATURES = 3
"""In a signature."""

MOST_SEEN = 150
"""Sentences of a request that an answer waits for."""

MOST_SIGNATURES = 50_000
"""Paragraphs whose signature is remembered."""

PORTION = 100
"""Paragraphs that are worked on before others get their turn."""

_HEIGHTS = "▁▂▃▄▅▆▇█"

Signature = tuple[str, str] | None
"""Label and tooltip."""


class Hints:
    """Memory between requests: signatures by the paragraph's sentences, and whose hints lacked a reading."""

    def __init__(self) -> None:
        self.incomplete: set[str] = set()
        """Documents, by URI."""
        self._known: dict[tuple[str, ...], Signature] = {}
        self._of: tuple[tuple[Feature, ...], tuple[str, ...]] | None = None

    def known(self, features: tuple[Feature, ...], view: View) -> dict[tuple[str, ...], Signature]:
        """Signatures already found; empty when the features are others than before."""
        if self._of is None or self._of[0] is not features or self._of[1] != view.hidden:
            self._of, self._known = (features, view.hidden), {}
        if len(self._known) > MOST_SIGNATURES:
            self._known.clear()
        return self._known

    def forget(self, uri: str) -> None:
        """The document was closed."""
        self.incomplete.discard(uri)


async def hints(ls: PrismServer, params: types.InlayHintParams) -> list[types.InlayHint]:
    """What the setting asks for, in the lines that the client asks about."""
    document = ls.session.document(params.text_document.uri)
    if document is None or ls.settings.inlay_hints == "off":
        return []
    start, end = ls.offsets(document, params.range)
    split = await ls.session.split(document)
    seen = [sentence.reads for sentence in split.within(start, end)]
    if len(seen) > MOST_SEEN:  # some editors ask about the whole document
        seen = ls.session.unread_visible(document.uri)
    patience = PATIENCE if ls.client.refresh_hints else PATIENCE_ALONE
    await ls.session.wait(document.uri, seen, patience, colours=False)
    if ls.settings.inlay_hints == "sentences" and ls.view.mode == "focus":
        found = await _levels(ls, split, start, end)
    else:
        found = await _signatures(ls, ls.outlines.of(split), start, end)
    if None in found:
        ls.hints.incomplete.add(document.uri)
    else:
        ls.hints.incomplete.discard(document.uri)
    places = split.document.positions([offset for offset, *_ in filter(None, found)], ls.encoding)
    return [
        types.InlayHint(types.Position(line, column), label, tooltip=tooltip, padding_left=True)
        for line, column, (_, label, tooltip) in zip(places[::2], places[1::2], filter(None, found), strict=True)
    ]


Found = list[tuple[int, str, str] | None]
"""Place, label and tooltip; None for what has not been read yet."""


async def _signatures(ls: PrismServer, outline: Outline, start: int, end: int) -> Found:
    """One at the end of each paragraph that has been read and has something that stands out."""
    split, features = outline.split, ls.session.features
    known = ls.hints.known(features, ls.view)
    first = bisect_left(outline.paragraphs, start, key=lambda each: split.starts[each.first])
    last = bisect_right(outline.paragraphs, end, key=lambda each: split.starts[each.first])
    found: Found = []
    async for _, paragraphs in portions(outline.paragraphs[max(0, first - 2) : last], PORTION):
        for paragraph in paragraphs:
            if paragraph.heading or not start <= split.sentences[paragraph.last - 1].end <= end:
                continue
            texts = tuple([sentence.reads for sentence in split.sentences[paragraph.first : paragraph.last]])
            if texts not in known:
                readings = [ls.session.readings.get(text) for text in texts]
                if None in readings and ls.session.readings.missing(texts):
                    found.append(None)
                    continue
                known[texts] = signature(features, [r for r in readings if r is not None], ls.view.hidden)
            if (shown := known[texts]) is not None:
                found.append((_end(split, paragraph), *shown))
    return found


def signature(features: Sequence[Feature], readings: Sequence[Reading], hidden: Sequence[str]) -> Signature:
    """The features that stand out in a paragraph, a bar for the share of its sentences, and all of it in words."""
    strongest = standing_out(features, readings, hidden)[:MOST_FEATURES] if readings else []
    if not strongest:
        return None
    labels, lines = [], []
    for number, present, _ in strongest:
        feature = features[number]
        labels.append(f"{bar(present / len(readings))} {feature.name[:1].lower()}{feature.name[1:]}")
        usual = f", of ordinary prose in {100 * feature.density:.0f}\N{NO-BREAK SPACE}%" if feature.density else ""
        lines.append(f"{feature.name}: in {present} of {len(readings)} sentences{usual}")
    return "  ".join(labels), "\n".join(lines)


def _end(split: Split, paragraph: Paragraph) -> int:
    """The end of a paragraph's last line; of its text, where another one follows in the same line (a table)."""
    document, place = split.document, split.sentences[paragraph.last - 1].end
    end = document.line_end(document.line_of(place))
    if paragraph.last < len(split.sentences) and split.starts[paragraph.last] < end:
        return place
    while end > place and document.text[end - 1].isspace():
        end -= 1
    return end


async def _levels(ls: PrismServer, split: Split, start: int, end: int) -> Found:
    """The focused feature at the end of each sentence that has some of it."""
    index = next((i for i, feature in enumerate(ls.session.features) if feature.id == ls.view.focus), None)
    if index is None:
        return [] if ls.session.features else [None]
    name, readings = ls.session.features[index].name, ls.session.readings
    found: Found = []
    async for _, sentences in portions(split.within(start, end), 2000):
        for sentence in sentences:
            reading = readings.get(sentence.reads)
            if reading is None:
                found += [None] if readings.missing([sentence.reads]) else []
            elif (activation := reading.activations[index]) >= FOCUS_STEPS[0]:
                share = 100 * min(reading.percentiles[index], 0.99)
                told = f"{name}: {activation:.2f}, stronger than in {share:.0f}\N{NO-BREAK SPACE}% of sentences"
                found.append((sentence.end, bar(activation), told))
    return found


def bar(share: float) -> str:
    """One glyph from ▁ to █ for 0 to 1."""
    return _HEIGHTS[max(0, min(round(share * len(_HEIGHTS)) - 1, len(_HEIGHTS) - 1))]
