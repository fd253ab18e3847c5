"""A document as the editor sees it: text, version, and positions in the negotiated encoding.

Offsets are characters (Unicode code points) of the whole text. Positions are (line, character) with zero-based lines
and `character` counted in units of the encoding: UTF-8 bytes, UTF-16 units or code points. Lines end at \\n, \\r\\n and
\\r and nowhere else (Language Server Protocol 3.18, "Text Documents"); `str.splitlines` knows eight more, so it is not
used.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

ENCODINGS = ("utf-8", "utf-16", "utf-32")
"""Position encodings that `Document` understands."""

_LINE_END = re.compile(r"\r\n|\r|\n")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Position(NamedTuple):
    """A place between two characters. `character` is in units of the negotiated encoding."""

    line: int
    character: int


class Range(NamedTuple):
    """From `start` up to, but not including, `end`."""

    start: Position
    end: Position


class Change(NamedTuple):
    """One `contentChanges` item: `text` in place of `range`, or of the whole document when there is no range."""

    text: str
    range: Range | None = None


class _Position(Protocol):
    @property
    def line(self) -> int: ...
    @property
    def character(self) -> int: ...


class _Range(Protocol):
    @property
    def start(self) -> _Position: ...
    @property
    def end(self) -> _Position: ...


class ChangeLike(Protocol):
    """Anything shaped like an LSP content change: `Change`, or lsprotocol's two classes, one without a `range`."""

    @property
    def text(self) -> str:
        """What is to stand there."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """An immutable snapshot of one document. `apply` gives the next one.

    A lone surrogate (half of a UTF-16 pair, not a character) is held as U+FFFD: one UTF-16 unit like the original, so
    that positions stay right, and safe to hand to anything that writes UTF-8.
    """

    uri: str
    version: int
    language_id: str
    text: str
    starts: list[int] = field(default_factory=list, repr=False, compare=False)
    """Offset of every line's first character; found when not given. Not to be changed."""

    def __post_init__(self) -> None:
        """Index the lines, unless they come with the text (then it has been here before)."""
        if not self.starts:
            object.__setattr__(self, "text", _without_surrogates(self.text))
            object.__setattr__(self, "starts", [0, *(end.end() for end in _LINE_END.finditer(self.text))])

    @property
    def line_count(self) -> int:
        """Number of lines; text that ends in a line break has an empty last line."""
        return len(self.starts)

    def line_start(self, line: int) -> int:
        """Offset of the line's first character."""
        return self.starts[line]

    def line_end(self, line: int) -> int:
        """Offset of the end of the line, before its line break."""
        if line + 1 == len(self.starts):
            return len(self.text)
        end = self.starts[line + 1] - 1
        if self.text[end] == "\n" and end > self.starts[line] and self.text[end - 1] == "\r":
            end -= 1
        return end

    def line_of(self, offset: int) -> int:
        """Line that holds the character at `offset`."""
        return bisect_right(self.starts, offset) - 1

    def offset(self, line: int, character: int, encoding: str) -> int:
        """Offset of a position. Past the end of a line it is the line's end, before its line break; past the last line
        the end of the text; inside a surrogate pair or UTF-8 sequence the start of that character.

        Raises ValueError for an encoding other than `ENCODINGS`.
        """
        if line < 0:
            return 0
        if line >= len(self.starts):
            return len(self.text)
        start, end = self.starts[line], self.line_end(line)
        if character <= 0:
            return start
        # No unit of any encoding is shorter than a character, so the answer lies within `character` characters.
        return start + _characters(self.text[start : min(end, start + character)], character, encoding)

    def position(self, offset: int, encoding: str) -> tuple[int, int]:
        """(line, character) of an offset; one outside the text or inside a line break is clamped.

        Raises ValueError for an encoding other than `ENCODINGS`.
        """
        offset = max(0, min(offset, len(self.text)))
        line = bisect_right(self.starts, offset) - 1
        start = self.starts[line]
        return line, _units(self.text[start : min(offset, self.line_end(line))], encoding)

    def positions(self, offsets: Iterable[int], encoding: str) -> list[int]:
        """line, character, line, character, … of offsets.

        Where they ascend, each line is gone through once, so that many offsets in a long line are quick. Raises
        ValueError for an encoding other than `ENCODINGS`.
        """
        found: list[int] = []
        line, at, column, line_end, next_line = -1, 0, 0, -1, -1
        for offset in offsets:
            if offset >= next_line or offset < at:
                line = bisect_right(self.starts, offset) - 1
                at, column, line_end = self.starts[line], 0, self.line_end(line)
                next_line = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.text) + 1
            place = min(offset, line_end)
            column += _units(self.text[at:place], encoding)
            at = place
            found += (line, column)
        return found

    def apply(self, changes: Iterable[ChangeLike], version: int, encoding: str = "utf-16") -> Document:
        """The document after `changes`, each of which refers to the text that the one before it left.

        Takes `Change` or anything of that shape, such as lsprotocol's content changes. Raises ValueError for an
        encoding other than `ENCODINGS`.
        """
        document = self
        for change in changes:
            span: _Range | None = getattr(change, "range", None)
            if span is None:
                document = Document(self.uri, version, self.language_id, change.text)
                continue
            start = document.offset(span.start.line, span.start.character, encoding)
            end = document.offset(span.end.line, span.end.character, encoding)
            document = document.replace(min(start, end), max(start, end), change.text, version)
        if document.version != version:
            document = Document(document.uri, version, document.language_id, document.text, document.starts)
        return document

    def replace(self, start: int, end: int, text: str, version: int) -> Document:
        """The document with `text` in place of the characters from `start` to `end`. Only lines there are indexed."""
        text = _without_surrogates(text)
        whole = self.text[:start] + text + self.text[end:]
        new_end, shift = start + len(text), len(text) - (end - start)
        # A \r before the change or a \n after it can pair up or come apart: both line breaks are found again.
        first = bisect_right(self.starts, start - 1, lo=1)
        last = bisect_right(self.starts, end + 1, lo=1)
        found = (match.end() for match in _LINE_END.finditer(whole, max(start - 1, 0), new_end + 2))
        starts = self.starts[:first]
        starts += (offset for offset in found if offset <= new_end + 1)
        starts += [offset + shift for offset in self.starts[last:]] if shift else self.starts[last:]
        return Document(self.uri, version, self.language_id, whole, starts)


def _without_surrogates(text: str) -> str:
    """Pairs joined to their character, lone surrogates replaced by U+FFFD."""
    if text.isascii() or not _SURROGATE.search(text):
        return text
    joined = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
    return _SURROGATE.sub("\ufffd", joined)


def _units(text: str, encoding: str) -> int:
    """Length of `text` in units of the encoding."""
    if encoding not in ENCODINGS:
        raise ValueError(f"Unknown position encoding {encoding!r}; expected one of {', '.join(ENCODINGS)}.")
    if encoding == "utf-32" or text.isascii():
        return len(text)
    return len(text.encode("utf-8")) if encoding == "utf-8" else len(text.encode("utf-16-le")) // 2


def _characters(text: str, units: int, encoding: str) -> int:
    """Number of whole characters in the first `units` units of `text`; all of them when it is shorter."""
    if _units(text, encoding) <= units:
        return len(text)
    if encoding == "utf-8":
        data, cut = text.encode("utf-8"), units
        while data[cut] & 0xC0 == 0x80:  # inside a sequence
            cut -= 1
        return len(data[:cut].decode("utf-8"))
    data, cut = text.encode("utf-16-le"), 2 * units  # "utf-32" never comes here: its units are characters
    if data[cut + 1] & 0xFC == 0xDC:  # the second half of a pair
        cut -= 2
    return len(data[:cut].decode("utf-16-le"))
