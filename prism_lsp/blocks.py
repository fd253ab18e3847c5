"""A block of prose: what is read of a paragraph, and where in the document every character of it stands.

A reader (`prose.plain`, `markup.markdown.markdown`) finds the stretches of a document that are prose; `Block` joins those of
one paragraph into the text that the model reads. Offsets are characters of the piece of document that the reader
looked at.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property, lru_cache, wraps
from typing import Concatenate, Literal, NamedTuple, ParamSpec, Protocol, TypeVar, overload

from .boundaries import split
from .quotations import completed
from .verse import is_verse, pieces

P = ParamSpec("P")
T = TypeVar("T")

LONGEST = 2000
"""Characters; a longer "sentence" (a list without full stops, say) is cut at a blank."""

_URL = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.)(?:[^\s<>\[\]()\"“”‘’|`*\\]|\([^\s()<>]*\))+(?<![.,;:!?'_~])", re.IGNORECASE
)
_BLANKS = re.compile(r"\s{2,}")
_BLANK = re.compile(r"[^\S ]")
_WORD = re.compile(r"[^\W_]")
_NEW_LINE = re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]")
_LINE_END = re.compile(r"[\n\r\x0b\x0c\x85\u2028\u2029]|<br", re.IGNORECASE)


class Stretch(NamedTuple):
    """A stretch of the document that is read."""

    start: int
    end: int
    kind: Literal["text", "blank", "escape", "code", "name", "break"] = "text"
    """`text` is read as it is. `blank` (a line break and the markers after it, say) is read as one blank; so is
    `break`, which is markup and never edited. `escape` is read as its last character. `code` is never edited, coloured
    or marked, and read without its first and last `margin` characters. `name` is text that is never edited."""
    margin: int = 0
    glyph: str = ""
    """What an `escape` (one character), `code` or `name` is read as instead: `---` as a dash. No longer than the stretch."""


class Mark(NamedTuple):
    """Paired markup: `**` and `**`, `[` and `](url)`."""

    open_start: int
    open_end: int
    close_start: int
    close_end: int
    droppable: bool
    """Emphasis may go when nothing is left to emphasise; a link may not."""


class Run(NamedTuple):
    """Part of a block's text, and the stretch of document that it stands for."""

    at: int
    """Where in the text."""
    length: int
    """In characters of the text; 0 for a further blank that was collapsed into the one before."""
    start: int
    end: int
    anchor: int
    """Offset of the first character; those after it follow one by one."""
    locked: bool
    masked: bool = False
    """Whether it is code: read, so that the sentence has no hole, and left alone by all else."""

    @property
    def exact(self) -> bool:
        """Whether text and document are the same, character by character."""
        return self.length == self.end - self.start and not self.locked


class Offsets(Sequence[int]):
    """The offset in the document of every character of a sentence. Reads like a tuple; holds only where it jumps."""

    __slots__ = ("_anchors", "_at", "_base", "_length", "_masks")

    def __init__(
        self,
        at: Sequence[int],
        anchors: Sequence[int],
        length: int,
        base: int = 0,
        masks: Sequence[tuple[int, int, bool]] = (),
    ) -> None:
        """From `at[i]` on, characters stand at `base + anchors[i]` and so on; `at[0]` is 0. `masks`: see below."""
        self._at, self._anchors, self._length, self._base, self._masks = at, anchors, length, base, masks

    def shifted(self, by: int) -> Offsets:
        """The same, `by` characters further on."""
        return Offsets(self._at, self._anchors, self._length, self._base + by, self._masks)

    @property
    def masks(self) -> list[tuple[int, int, bool]]:
        """Stretches of the document, in order, that are no text: markup, several blanks, code (True) that is read."""
        return [(start + self._base, end + self._base, code) for start, end, code in self._masks]

    def moved(self, other: Offsets, by: int) -> bool:
        """Whether the other is this one, `by` characters further on. Cheap; where one is put together otherwise: False."""
        if self._length != other._length:
            return False
        if self._anchors is other._anchors and self._at is other._at:  # of the same paragraph
            return self._base + by == other._base
        shift = self._base + by - other._base
        return tuple(self._at) == tuple(other._at) and [each + shift for each in self._anchors] == list(other._anchors)

    def __len__(self) -> int:
        """Characters of the sentence."""
        return self._length

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[int, ...]: ...
    def __getitem__(self, index: int | slice) -> int | tuple[int, ...]:
        """Offset of one character, or of several as a tuple."""
        if isinstance(index, slice):
            return tuple(self)[index]
        if index < 0:
            index += self._length
        if not 0 <= index < self._length:
            raise IndexError("sentence index out of range")
        run = bisect_right(self._at, index) - 1
        return self._base + self._anchors[run] + index - self._at[run]

    def __iter__(self) -> Iterator[int]:
        """Offsets in order."""
        for at, end, anchor in zip(self._at, (*self._at[1:], self._length), self._anchors, strict=True):
            yield from range(self._base + anchor, self._base + anchor + end - at)

    def __eq__(self, other: object) -> bool:
        """Equal to any sequence of the same offsets."""
        return (
            isinstance(other, Sequence)
            and len(self) == len(other)
            and all(a == b for a, b in zip(self, other, strict=True))
        )

    def __hash__(self) -> int:
        """As the tuple's."""
        return hash(tuple(self))

    def __repr__(self) -> str:
        """All offsets."""
        return f"Offsets{tuple(self)}"


def moved(one: Sequence[int], other: Sequence[int], by: int) -> bool:
    """Whether the second is the first, `by` characters further on."""
    if isinstance(one, Offsets) and isinstance(other, Offsets):
        return one.moved(other, by)
    return len(one) == len(other) and all(a + by == b for a, b in zip(one, other, strict=True))


class Span(NamedTuple):
    """A sentence of a block."""

    start: int
    """In the piece of document, like `end` and `offsets`."""
    end: int
    text: str
    offsets: Offsets
    opened: str
    """Quotation marks to be read before it ..."""
    closed: str
    """... and behind it."""


class Block:
    """One paragraph, heading, list item or table cell."""

    def __init__(self, source: str, stretches: Iterable[Stretch], marks: Sequence[Mark] = (), heading: int = 0) -> None:
        """Join stretches of `source`, which are in order and disjoint. `heading`: its level from 1, or 0 if it is none."""
        self.text, self.runs = _join(source, stretches)
        self.marks = tuple(marks)
        self.heading = heading
        self.lines = tuple(_lines(source, self.runs))
        """Indices in `text` at which a further line of the document starts."""

    def index(self, offset: int) -> int | None:
        """Index in `text` of the character that stands at `offset`, if one does."""
        for run in self.runs:
            if run.length and run.anchor <= offset < run.anchor + run.length:
                return run.at + offset - run.anchor
        return None

    def between(self, start: int, end: int) -> Block:
        """The part of the block that stands between two offsets; code or an escape that is cut is left out."""
        parts: list[str] = []
        runs: list[Run] = []
        at, blank = 0, True
        for run in self.runs:
            first, last = max(run.start, start), min(run.end, end)
            if first >= last or (not run.exact and (first, last) != (run.start, run.end)):
                continue
            if run.exact:
                text = self.text[run.at + first - run.start : run.at + last - run.start]
                if blank and text[0] == " ":
                    text, first = text[1:], first + 1
                run = Run(at, len(text), first, last, first, False)
            else:
                text = self.text[run.at : run.at + run.length]
                if blank and text == " ":
                    text = ""
                run = run._replace(at=at, length=len(text))
            if text or (at and first < last):
                parts.append(text)
                runs.append(run)
                at += len(text)
                blank = text[-1] == " " if text else blank
        marks = [mark for mark in self.marks if start <= mark.open_start and mark.close_end <= end]
        return Block._of("".join(parts), runs, marks, self.heading)

    def leveled(self, heading: int) -> Block:
        """The same block as a heading of this level."""
        found = copy(self)
        found.heading = heading
        return found

    @classmethod
    def _of(cls, text: str, runs: list[Run], marks: Iterable[Mark], heading: int) -> Block:
        block = cls("", (), (), heading)
        block.text, block.runs = (text[:-1], _without_last_blank(runs)) if text.endswith(" ") else (text, tuple(runs))
        block.marks = tuple(marks)
        return block

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """Sentences in order: trimmed, at most `LONGEST` characters, each with a letter or digit at least."""
        runs = tuple(run for run in self.runs if run.length)
        at, anchors = [run.at for run in runs], [run.anchor for run in runs]
        spans = list(_split(self.text, self.lines))
        marks = completed(self.text, spans)
        return tuple(self._span(*span, *both, runs, at, anchors) for span, both in zip(spans, marks, strict=True))

    def _span(
        self, start: int, end: int, opened: str, closed: str, runs: Sequence[Run], at: list[int], anchors: list[int]
    ) -> Span:
        first, last = bisect_right(at, start) - 1, bisect_left(at, end)
        offsets = Offsets(
            (0, *(index - start for index in at[first + 1 : last])),
            (anchors[first] + start - at[first], *anchors[first + 1 : last]),
            end - start,
            masks=tuple(_masks(runs[first:last])) if last - first > 1 or runs[first].masked else (),
        )
        return Span(offsets[0], offsets[-1] + 1, self.text[start:end], offsets, opened, closed)


def urls(text: str) -> list[tuple[int, int]]:
    """Where URLs stand in the text; they are left out in every language."""
    if "://" not in text and "www." not in text:  # much faster than the expression
        return []
    return [match.span() for match in _URL.finditer(text)]


class Reader(Protocol):
    """Which stretches of a language's documents are prose."""

    def __call__(self, text: str) -> Iterator[tuple[int, Sequence[Block]]]:
        """Pieces of the document in order: where each starts, and its blocks (none empty) with offsets from there."""
        ...


def remembered(read: Callable[Concatenate[str, P], T]) -> Callable[Concatenate[str, P], T]:
    """Cache of a pure function of a piece, so that after a keystroke only the changed piece is read anew.

    16384 short pieces are about a dozen books' worth of paragraphs; of long ones only the last few are kept.
    """
    short, long = lru_cache(16384)(read), lru_cache(16)(read)

    @wraps(read)
    def look_up(piece: str, /, *rest: P.args, **named: P.kwargs) -> T:
        return (short if len(piece) < 8192 else long)(piece, *rest, **named)  # type: ignore[arg-type]

    return look_up


def _join(source: str, stretches: Iterable[Stretch]) -> tuple[str, tuple[Run, ...]]:
    """The text of a block, with every run of blanks as one blank and none at either end, and its runs."""
    parts: list[str] = []
    runs: list[Run] = []
    at = 0
    blank = True  # the text so far is empty or ends in a blank

    def add(text: str, start: int, end: int, anchor: int, locked: bool, masked: bool = False) -> None:
        nonlocal at
        run = Run(at, len(text), start, end, anchor, locked, masked)
        if runs and run.exact and runs[-1].exact and runs[-1].end == start:
            at_before, length, start_before = runs[-1][:3]
            run = Run(at_before, length + run.length, start_before, end, start_before, False)
            runs[-1] = run
        else:
            runs.append(run)
        parts.append(text)
        at += len(text)

    def add_blank(start: int, end: int, locked: bool) -> None:
        nonlocal blank
        if at:
            runs.append(Run(at, 0, start, end, start, locked)) if blank else add(" ", start, end, start, locked)
        blank = True

    def add_text(start: int, end: int) -> None:
        nonlocal blank
        if blank and source[start].isspace():
            add_blank(start, start + 1, False)
            start += 1
        if start < end:
            add(_BLANK.sub(" ", source[start:end]), start, end, start, False)
            blank = source[end - 1].isspace()

    for start, end, kind, margin, glyph in stretches:
        if kind == "text":
            position = start
            for match in _BLANKS.finditer(source, start, end):
                if match.start() > position:
                    add_text(position, match.start())
                add_blank(match.start(), match.end(), False)
                position = match.end()
            if position < end:
                add_text(position, end)
        elif kind in ("code", "name"):
            add(glyph or source[start + margin : end - margin], start, end, start + margin, True, kind == "code")
            blank = False
        elif kind == "escape":
            add(glyph or source[end - 1], start, end, end - 1, False)
            blank = False
        else:
            add_blank(start, end, kind == "break")
    text = "".join(parts)
    return (text[:-1], _without_last_blank(runs)) if text.endswith(" ") else (text, tuple(runs))


def _masks(runs: Sequence[Run]) -> Iterator[tuple[int, int, bool]]:
    """What stands between the characters that runs stand for, and code."""
    last = runs[0].start
    for run in runs:
        if last < run.start:
            yield last, run.start, False
        if run.masked or (run.length == 1 and run.end - run.start > 1 and run.anchor == run.start):  # a wide blank
            yield run.start, run.end, run.masked
        last = run.end


def _without_last_blank(runs: list[Run]) -> tuple[Run, ...]:
    """The runs without the last character of the text, a blank."""
    while not runs[-1].length:
        runs.pop()
    last = runs.pop()
    if last.length > 1:
        runs.append(last._replace(length=last.length - 1, end=last.end - 1))
    return tuple(runs)


def _lines(source: str, runs: Iterable[Run]) -> Iterator[int]:
    """Where in a block's text, after its first character, a line of the document starts; `<br>` begins one too."""
    last = 0
    for run in runs:
        if run.exact and run.length:
            for match in _NEW_LINE.finditer(source, run.start, run.end):
                last = run.at + match.end() - run.start
                yield last
        elif run.length < 2 and run.at + run.length > last and _LINE_END.search(source, run.start, run.end):
            last = run.at + run.length
            yield last


def _split(text: str, lines: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Sentences of a block's text as (start, end), none longer than `LONGEST`."""
    lines = lines if is_verse(text, lines) else ()
    for start, end in split(text, frozenset(lines)):
        for first, last in pieces(text, start, end, lines):
            while last - first > LONGEST:
                cut = text.rfind(" ", first, first + LONGEST)
                cut = cut if cut > first else first + LONGEST
                if _WORD.search(text, first, cut):
                    yield first, cut
                first = cut + (text[cut] == " ")
            if _WORD.search(text, first, last):
                yield first, last
