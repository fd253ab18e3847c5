"""Semantic tokens: one token per sentence and line, or more where code stands in it: the type its feature's family, the modifier how strong it is."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types

from prism_lsp.opened import LONGEST_NOTE
from prism_lsp.profiles import PORTION, portions
from prism_lsp.reading import (
    FAMILIES,
    FOCUS_STEPS,
    PRESENT,
    PROJECT_FAMILIES,
    PROMINENT_STEPS,
    Feature,
    Reading,
    prominence,
    steps_reached,
)

if TYPE_CHECKING:
    from prism_lsp.document import Document
    from prism_lsp.opened import Split
    from prism_lsp.server import PrismServer

LEGEND = types.SemanticTokensLegend(
    token_types=[f"prism{family.capitalize()}" for family in (*FAMILIES, *PROJECT_FAMILIES)],
    token_modifiers=["l1", "l2", "l3", "l4"],
)
_TYPE_OF = {family: index for index, family in enumerate((*FAMILIES, *PROJECT_FAMILIES))}

PATIENCE = 1.5
"""Seconds that an answer waits for the sentences a writer sees."""

PATIENCE_ALONE = 10.0
"""The same for a client that cannot be told to ask again."""

MOST_COLOURS = 100_000
"""Sentences whose colour is remembered."""

Colour = tuple[int, int]
"""Index of the token type, and level 0 to 3."""


class Span(NamedTuple):
    """A part of a sentence in one line, in units of the client's encoding."""

    sentence: int
    line: int
    start: int
    length: int


class View(NamedTuple):
    """What is shown: mode `prominent` or `focus`, the focused feature's id, and ids that are not shown."""

    mode: str
    focus: str | None
    hidden: tuple[str, ...]


class Tokens:
    """Memory between requests: each document's spans, and the answer that a delta is told against."""

    def __init__(self) -> None:
        self._spans: dict[str, tuple[Split, list[Span]]] = {}
        self._answers: dict[str, tuple[str, list[int]]] = {}
        self._count = 0
        self._colours: dict[str, Colour | None] = {}
        self._coloured_by: tuple[tuple[Feature, ...], View] | None = None

    def colours(self, features: tuple[Feature, ...], view: View) -> dict[str, Colour | None]:
        """Colours already found, by the sentence's text; empty when features or view are others than before."""
        if self._coloured_by is None or self._coloured_by[0] is not features or self._coloured_by[1] != view:
            self._coloured_by, self._colours = (features, view), {}
        if len(self._colours) > MOST_COLOURS:
            self._colours.clear()
        return self._colours

    async def spans(self, split: Split, encoding: str) -> list[Span]:
        """Spans of a version of a document, found once; where it is as in the version before, they are taken from there."""
        known = self._spans.get(split.document.uri)
        if known is not None and known[0] is split:
            return known[1]
        head, tail = same(known[0], split) if known is not None else (0, 0)
        last = len(split.sentences) - tail
        found: list[Span] = []
        for span in spans(split, encoding, head, last):
            found.append(span)
            if len(found) % PORTION == 0:
                await asyncio.sleep(0)  # a book has many
        found.sort(key=lambda span: (span.line, span.start))  # a note stands inside its sentence
        if known is not None:
            found = spliced(known, split, head, found, tail)
        self._spans[split.document.uri] = split, found
        return found

    def answer(self, uri: str, data: list[int]) -> types.SemanticTokens:
        """A full answer, remembered."""
        self._count += 1
        self._answers[uri] = (str(self._count), data)
        return types.SemanticTokens(data=data, result_id=str(self._count))

    def previous(self, uri: str, result_id: str) -> list[int] | None:
        """The answer with that id, if it was the last one."""
        known = self._answers.get(uri)
        return known[1] if known and known[0] == result_id else None

    def forget(self, uri: str) -> None:
        """The document was closed."""
        self._spans.pop(uri, None)
        self._answers.pop(uri, None)


async def full(ls: PrismServer, params: types.SemanticTokensParams) -> types.SemanticTokens:
    """Tokens of the whole document, for the sentences that have been read."""
    uri = params.text_document.uri
    data = await _whole(ls, ls.session.document(uri))
    return ls.tokens.answer(uri, data)


async def delta(
    ls: PrismServer, params: types.SemanticTokensDeltaParams
) -> types.SemanticTokens | types.SemanticTokensDelta:
    """What has changed since an earlier answer; everything, if that answer is not known any more."""
    uri = params.text_document.uri
    data = await _whole(ls, ls.session.document(uri))
    previous = ls.tokens.previous(uri, params.previous_result_id)
    answer = ls.tokens.answer(uri, data)
    if previous is None:
        return answer
    return types.SemanticTokensDelta(edits=edits(previous, data), result_id=answer.result_id)


async def within(ls: PrismServer, params: types.SemanticTokensRangeParams) -> types.SemanticTokens:
    """Tokens of the lines that the writer sees; these are read first."""
    document = ls.session.document(params.text_document.uri)
    if document is None:
        return types.SemanticTokens(data=[])
    start, end = ls.offsets(document, params.range)
    ls.session.look(document.uri, start, end)
    split = await ls.session.split(document)
    visible = split.within(start, end)
    await _read(ls, document.uri, [sentence.reads for sentence in visible])
    found = await ls.tokens.spans(split, ls.encoding)
    first = bisect_left(found, params.range.start.line, key=lambda span: span.line)
    last = bisect_left(found, params.range.end.line + 1, key=lambda span: span.line)
    return types.SemanticTokens(data=encode(await _coloured(ls, split, found[first:last])))


async def _whole(ls: PrismServer, document: Document | None) -> list[int]:
    if document is None:
        return []
    split = await ls.session.split(document)
    await asyncio.sleep(0)  # first the engine gets what it is to read, and while it does
    found = await ls.tokens.spans(split, ls.encoding)
    await _read(ls, document.uri, ls.session.unread_visible(document.uri))
    return encode(await _coloured(ls, split, found))


async def _read(ls: PrismServer, uri: str, visible: list[str]) -> None:
    """Wait for what the answer should have: what was just edited, if anything was, for a client that can be told of the
    rest when it has been read; else all that is seen."""
    if ls.client.refresh:
        await ls.session.wait(uri, ls.session.unread_edited(uri) or visible, PATIENCE)
    else:
        await ls.session.wait(uri, visible, PATIENCE_ALONE)


async def _coloured(ls: PrismServer, split: Split, found: list[Span]) -> list[tuple[Span, int, int]]:
    """Spans with type and level, without those that show nothing."""
    features, view = ls.session.features, ls.view
    known = ls.tokens.colours(features, view)
    coloured = []
    async for _, some in portions(found):
        if features is not ls.session.features:
            break  # they have changed meanwhile, and the readings with them: the client is told to ask again
        for span in some:
            text = split.sentences[span.sentence].reads
            if text not in known:
                reading = ls.session.readings.get(text)
                if reading is None:
                    continue
                known[text] = colour(features, reading, view)
            if (shown := known[text]) is not None:
                coloured.append((span, *shown))
    return coloured


def colour(features: tuple[Feature, ...], reading: Reading, view: View) -> Colour | None:
    """Type and level of a sentence; None if it shows nothing."""
    if view.mode == "focus":
        for feature, activation in zip(features, reading.activations, strict=False):
            if feature.id == view.focus:
                shade = steps_reached(activation, FOCUS_STEPS) - 1
                return (_type_of(feature), shade) if shade >= 0 else None
        return None
    best = prominent(features, reading, view.hidden)
    if best is None:
        return None
    return _type_of(features[best]), steps_reached(reading.percentiles[best], PROMINENT_STEPS)


def prominent(features: tuple[Feature, ...], reading: Reading, hidden: tuple[str, ...]) -> int | None:
    """Index of the present feature with the highest prominence; of equal ones the first."""
    shown = [i for i, a in enumerate(reading.activations) if a >= PRESENT and features[i].id not in hidden]
    return max(
        shown, key=lambda i: prominence(features[i], reading.activations[i], reading.percentiles[i]), default=None
    )


def _type_of(feature: Feature) -> int:
    return _TYPE_OF.get(feature.family, _TYPE_OF["other"])


def same(old: Split, new: Split) -> tuple[int, int]:
    """How many sentences at the beginning and at the end have the spans that they had, but for their line's number.

    They are as they were, and so is what stands before them in their lines, and no sentence goes over the border.
    """
    from prism_lsp.blocks import moved

    before, after = old.document.text, new.document.text
    by = len(after) - len(before)
    equal = alike(before, after)
    head = 0
    for one, other in zip(old.sentences, new.sentences, strict=False):
        if other.end > equal or one.start != other.start or one.text != other.text or not moved(one.map, other.map, 0):
            break
        head += 1
    equal = min(alike(before[::-1], after[::-1]), min(len(before), len(after)) - equal)
    line = new.document.line_of(len(after) - equal) + 1
    first = new.document.line_start(line) if line < new.document.line_count else len(after) + 1
    most = min(len(old.sentences), len(new.sentences)) - head
    tail = 0
    for one, other in zip(old.sentences[: -most - 1 : -1], new.sentences[: -most - 1 : -1], strict=True):
        if other.start < first or one.start + by != other.start or one.text != other.text:
            break
        if not moved(one.map, other.map, by):
            break
        tail += 1
    while head and not (_parted(old, head) and _parted(new, head)):
        head -= 1
    while tail and not (_parted(old, len(old.sentences) - tail) and _parted(new, len(new.sentences) - tail)):
        tail -= 1
    return head, tail


def _parted(split: Split, index: int) -> bool:
    """Whether no sentence goes over the border before this one."""
    if index >= len(split.sentences):
        return True
    start = split.sentences[index].start
    return all(each.end <= start for each in split.sentences[max(0, index - LONGEST_NOTE) : index])


def spliced(known: tuple[Split, list[Span]], new: Split, head: int, found: list[Span], tail: int) -> list[Span]:
    """Spans of the first `head` and the last `tail` sentences as they were, with those found between."""
    old, earlier = known
    border = len(old.sentences) - tail
    first = bisect_left(earlier, True, key=lambda span: span.sentence >= head)
    last = bisect_left(earlier, True, key=lambda span: span.sentence >= border)
    by, lines = len(new.sentences) - len(old.sentences), new.document.line_count - old.document.line_count
    if by or lines:
        moved = [Span(sentence + by, line + lines, start, length) for sentence, line, start, length in earlier[last:]]
    else:
        moved = earlier[last:]
    return [*earlier[:first], *found, *moved]


def spans(split: Split, encoding: str, first_sentence: int = 0, last_sentence: int | None = None) -> Iterator[Span]:
    """One span per sentence and line, without overlap, blanks or markup at either end; in text order but for notes.

    Of the sentences from `first_sentence` to before `last_sentence`, over whose borders no sentence goes.
    """
    document = split.document
    taken = next_line = 0
    line, line_start, plain = -1, 0, False
    stop = len(split.sentences) if last_sentence is None else last_sentence
    for index, sentence in enumerate(split.sentences[first_sentence:stop], first_sentence):
        places, text = sentence.map, sentence.text
        masks = split.masks(index)  # each of them splits a span
        notes = [each.start for each in split.notes(index)]
        if sentence.start < taken:  # a note in the sentence before it
            taken = 0
        low = 0
        while low < len(places):
            masks = [mask for mask in masks if mask[1] > places[low]] if masks else masks
            if masks and masks[0][0] <= places[low]:  # code
                low = bisect_left(places, masks[0][1], low)
                continue
            if not line_start <= places[low] < next_line:
                line = document.line_of(places[low])
                line_start, line_end = document.line_start(line), document.line_end(line)
                next_line = document.line_start(line + 1) if line + 1 < document.line_count else line_end + 1
                # Where a character is a unit, columns need no counting: that is most lines of most books.
                plain = encoding == "utf-32" or document.text[line_start:line_end].isascii()
            # Most sentences stand on one line.
            high = len(places) if places[-1] < next_line else bisect_left(places, next_line, low)
            high = min((high, *(bisect_left(places, note, low) for note in notes if note > places[low])))
            high = min(high, bisect_left(places, masks[0][0], low)) if masks else high
            first, last = low, high - 1
            while first < last and text[first].isspace():
                first += 1
            while last > first and text[last].isspace():
                last -= 1
            start, end = max(places[first], taken), places[last] + 1
            if start < end and not text[first].isspace():
                if plain:
                    yield Span(index, line, start - line_start, end - start)
                else:
                    column = document.position(start, encoding)[1]
                    yield Span(index, line, column, document.position(end, encoding)[1] - column)
                taken = end
            low = max(high, low + 1)


def encode(coloured: list[tuple[Span, int, int]]) -> list[int]:
    """Five numbers a token, relative to the one before."""
    data: list[int] = []
    line = start = 0
    for span, kind, level in coloured:
        before = start if span.line == line else 0
        data += (span.line - line, span.start - before, span.length, kind, 1 << level)
        line, start = span.line, span.start
    return data


def edits(old: list[int], new: list[int]) -> list[types.SemanticTokensEdit]:
    """The smallest single edit, in whole tokens, that turns one answer into the other; none when they are equal."""
    most = min(len(old), len(new))
    head = alike(old, new)
    if head == len(old) == len(new):
        return []
    head -= head % 5
    tail = min(alike(old[head:][::-1], new[head:][::-1]), most - head)
    tail -= tail % 5
    return [types.SemanticTokensEdit(start=head, delete_count=len(old) - head - tail, data=new[head : len(new) - tail])]


def alike(old: Sequence[object], new: Sequence[object]) -> int:
    """How many items at the beginning of both are the same."""
    at, most = 0, min(len(old), len(new))
    while at < most and old[at : at + 500] == new[at : at + 500]:
        at += 500
    at = min(at, most)
    while at < most and old[at] == new[at]:
        at += 1
    return at
