"""Which stretches of a reStructuredText document are prose.

The scanner here is its own. docutils gives no offsets within a paragraph, runs directives while it parses (some open
files), and knows none of Sphinx's; it is what the tests compare with instead.

Left out: comments, literal and doctest blocks, tables, targets, substitutions, directives of unknown content and the
options of all, field names, the fields at the head of a document, footnote marks, citations and addresses. Short code
inside a sentence is read as its text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

from ..blocks import Block, Mark, remembered
from .inline import Markup, blank, block, one_line_end, words
from .rst_inline import NAME, Inline

_CUT = re.compile(r"\n[ \t]*\n(?=[^ \t\n])")
_ENUMERATOR = re.compile(r"(\(?)(#|\d+|[A-Za-z]|[ivxlcdm]+|[IVXLCDM]+)([).])(?:[ \t]+|\Z)")
_SIMPLE = re.compile(
    r"(?!(?:[A-Za-z]|[ivxlcdm]+|[IVXLCDM]+)[.)](?:\s|\Z))"
    r"(?:(?:[^\W\d_]|[\"'(][^\W\d_]|[“‘«—…])[^\n]*(?:\n|\Z))+[ \t\n]*\Z"
)
"""Lines that begin like this, without a blank line between them, can only be a paragraph."""
_ANY_MARKUP = re.compile(r"[\\*`|_]|::[ \t\n]*\Z")
_BULLET = re.compile(r"[-+*•‣⁃](?:[ \t]+|\Z)")
_FIELD = re.compile(r":(?![: ])(?:[^:\\]|\\.|:(?![ `]|\Z)){1,200}(?<! ):(?:[ \t]+|\Z)")
_OPTION_WORD = r"(?:[-+/]\w(?: ?(?:[A-Za-z][\w-]*|<[^<> ]+>))?|(?:--|/)\w[\w-]*(?:[ =](?:[A-Za-z][\w-]*|<[^<> ]+>))?)"
_OPTION = re.compile(rf"{_OPTION_WORD}(?:, {_OPTION_WORD})*(?:[ \t]{{2,}}|[ \t]?\Z)")
_DOCTEST = re.compile(r">>>(?:[ \t]|\Z)")
_LINE_BLOCK = re.compile(r"\|(?:[ \t]+|\Z)")
_GRID_TABLE = re.compile(r"\+-[-+]+-\+[ \t]*\Z")
_SIMPLE_TABLE = re.compile(r"=+(?:[ \t]+=+)+[ \t]*\Z")
_EXPLICIT = re.compile(r"\.\.(?:[ \t]+|\Z)")
_NOTE = re.compile(rf"\[(?:\d+|#(?:{NAME})?|\*|{NAME})\](?:[ \t]+|\Z)")
_DIRECTIVE = re.compile(rf"({NAME}) ?::(?:[ \t]+|\Z)")
_RULE = re.compile(r"(?!::\Z)([!-/:-@\[-`{-~])\1*\Z")
_CLASSIFIER = re.compile(r"[ \t]+:[ \t]+")
_ATTRIBUTION = re.compile(r"(?:---?(?!-)|—)[ \t]*(?=\S)")
_ANONYMOUS = re.compile(r"__(?:[ \t]|\Z)")
_VERSION = re.compile(r"\S+[ \t]*")

_TITLED = words("""admonition topic sidebar rubric centered list-table table csv-table dropdown card tab tab-item details
exercise solution theorem proof definition example""")
_BODY = words("""note warning tip hint important attention caution danger error seealso epigraph highlights pull-quote
compound glossary todo header footer quote""")
_OPAQUE = words("""container class figure only hlist tabs tab-set grid grid-item grid-item-card function method attribute
data exception module classmethod staticmethod option envvar confval describe object parsed-quote rst-class""")
_DATED = words("versionadded versionchanged deprecated versionremoved")
DIRECTIVES = {
    **dict.fromkeys(_TITLED, "title"),
    **dict.fromkeys(_BODY, "body"),
    **dict.fromkeys(_OPAQUE, "opaque"),
    **dict.fromkeys(_DATED, "dated"),
}
"""Directives of which something is read, and what their argument is: a heading, the beginning of the content, nothing
to be read, or a version before the content. All other directives are left out."""


class _Read(NamedTuple):
    blocks: tuple[Block, ...]
    state: str
    """`head`: no text has been read yet; `literal`: quoted lines that follow are literal; `table 1`: inside a simple
    table, of which so many rules have been seen; else `body`."""


def rst(text: str) -> Iterator[tuple[int, Sequence[Block]]]:
    """Pieces of a reStructuredText document: where each starts, and its blocks."""
    text = one_line_end(text)
    start, state = int(text.startswith("\ufeff")), "head"
    styles: list[int] = []
    for cut in [*(match.end() for match in _CUT.finditer(text, start)), len(text)]:
        blocks, state = _read(text[start:cut], state)
        if any(each.heading for each in blocks):
            blocks = tuple(each.leveled(_level(each.heading, styles)) if each.heading else each for each in blocks)
        if blocks:
            yield start, blocks
        start = cut


def _level(style: int, styles: list[int]) -> int:
    """The level of a heading: its style's place among those that the document uses, in the order in which they come."""
    if style not in styles:
        styles.append(style)
    return styles.index(style) + 1


_SPECIAL = re.compile(r"[\\*`|_]|(?<!\S)[-+.:>=#(](?!\w)|(?<=\w)[.)](?=\s|\Z)|:(?=:)")


def escape(text: str) -> str:
    """Text such that reStructuredText reads every character of it as itself."""
    return _SPECIAL.sub(r"\\\g<0>", text)


@remembered
def _read(piece: str, state: str) -> _Read:
    """Blocks of a piece, given the state that the one before it left."""
    if state in ("head", "body") and _SIMPLE.match(piece) and not _ANY_MARKUP.search(piece):
        return _Read((block(piece, 0, len(piece)),), "body")
    scan = _Scan(piece, state)
    scan.run()
    return _Read(tuple(each for each in scan.blocks if each.text), scan.state)


class _Scan:
    """One pass over the lines of a piece."""

    def __init__(self, piece: str, state: str) -> None:
        self.piece, self.state = piece, state
        self.blocks: list[Block] = []
        self.starts: list[int] = []
        """Offset of each line's first character that is no blank."""
        self.ends: list[int] = []
        self.columns: list[int] = []
        """How far each line is indented; -1 where nothing stands."""
        self.marked: set[int] = set()
        """Columns in which the text of list items stands."""
        self.quoted = 0
        """The column of the last paragraph."""
        at = 0
        for line in piece.split("\n"):
            text = line.strip(" \t\v\f")
            indent = len(line) - len(line.lstrip(" \t\v\f"))
            self.starts.append(at + indent)
            self.ends.append(at + indent + len(text))
            self.columns.append(len(line[:indent].expandtabs(8)) if text else -1)
            at += len(line) + 1

    def run(self) -> None:
        """Find the blocks."""
        line = 0
        if self.state == "literal":
            self.state = "body"
            line = self._quoted(line, 0)
        elif self.state.startswith("table"):
            line = self._table(line, int(self.state.split()[1]))
        while line < len(self.starts):
            line = self._element(line) if self.columns[line] >= 0 else line + 1

    def _element(self, line: int) -> int:
        """Read what begins on a line; answers the line behind it."""
        piece, start, end, column = self.piece, self.starts[line], self.ends[line], self.columns[line]
        while start < end:
            marker = _BULLET.match(piece, start, end) or self._enumerator(line, start, column)
            if marker:
                column += len(marker[0].expandtabs(8))
                start = marker.end()
                self.marked.add(column)
                continue
            if marker := _FIELD.match(piece, start, end):
                if self.state == "head":
                    return self._behind(line, column)
            else:
                marker = _OPTION.match(piece, start, end)
            if marker:
                start, column = marker.end(), self._hanging(line, column)
                self.marked.add(column)
                continue
            if not _EXPLICIT.match(piece, start, end):
                return self._text(line, start, column)
            found = self._explicit(line, start, column)
            if isinstance(found, int):
                return found
            start, column = found
            self.marked.add(column)
        return line + 1

    def _text(self, line: int, start: int, column: int) -> int:
        end = self.ends[line]
        if _DOCTEST.match(self.piece, start, end) or _GRID_TABLE.match(self.piece, start, end):
            line += 1
            while line < len(self.starts) and self.columns[line] >= min(column, 1):
                line += 1
            return line
        if _LINE_BLOCK.match(self.piece, start, end):
            return self._lines(line, start, column)
        if _SIMPLE_TABLE.match(self.piece, start, end):
            return self._table(line + 1, 1)
        if _ANONYMOUS.match(self.piece, start, end):
            return self._behind(line, column)
        if rule := _RULE.match(self.piece, start, end):
            title = line + 2 < len(self.starts) and self._line(line + 2) == rule[0] and self.columns[line + 1] >= 0
            if title and not column and len(rule[0]) >= min(4, self._width(line + 1)):
                self._add((self.starts[line + 1], self.ends[line + 1]), style=2 * ord(rule[1]) + 1)
                return line + 3
            if end - start >= 4:
                return line + 1
        following = self.columns[line + 1] if line + 1 < len(self.starts) else -1
        rule = self._match(_RULE, line + 1) if following == column == 0 else None
        if rule and len(rule[0]) >= min(4, self._width(line)):
            self._add((start, end), style=2 * ord(rule[1]))
            return line + 2
        self.state = "body"
        if following > column:
            self._term(start, end)
            return line + 1
        return self._paragraph(line, start, column)

    # What begins with a marker

    def _enumerator(self, line: int, start: int, column: int) -> re.Match[str] | None:
        """`1.` or `(a)`, if the next line does not show that a sentence merely begins like that."""
        marker = _ENUMERATOR.match(self.piece, start, self.ends[line])
        if marker is None or (marker[1] and marker[3] == ".") or not _values(marker[2]):
            return None
        if line + 1 == len(self.starts) or self.columns[line + 1] != column:
            return marker
        following = self._match(_ENUMERATOR, line + 1)
        if following is None or (following[1], following[3]) != (marker[1], marker[3]):
            return None
        return (
            marker if following[2] == "#" or {each + 1 for each in _values(marker[2])} & _values(following[2]) else None
        )

    def _hanging(self, line: int, column: int) -> int:
        """The column of a body whose first line stands behind a marker: that of its other lines."""
        return min(
            (each for each in self.columns[line + 1 : self._behind(line, column)] if each >= 0), default=column + 1
        )

    def _explicit(self, line: int, start: int, column: int) -> int | tuple[int, int]:
        """What begins with `..`: the line behind it, or where its content begins on this line, and its column."""
        piece, end = self.piece, self.ends[line]
        start = _EXPLICIT.match(piece, start, end).end()  # type: ignore[union-attr]
        if start == end and (line + 1 == len(self.starts) or self.columns[line + 1] < 0):
            return line + 1  # an empty comment, to which nothing belongs
        if note := _NOTE.match(piece, start, end):
            return note.end(), self._hanging(line, column)
        directive = _DIRECTIVE.match(piece, start, end)
        kind = DIRECTIVES.get(directive[1].rsplit(":", 1)[-1].lower()) if directive else None
        behind = self._behind(line, column)
        if directive is None or kind is None:
            return behind
        start = directive.end()
        first = next((at for at in range(line + 1, behind) if self.columns[at] < 0), behind)
        options = next((at for at in range(line + 1, first) if self._match(_FIELD, at)), first)
        self.columns[options:first] = [-1] * (first - options)
        if directive[1] == "csv-table":
            self.columns[first:behind] = [-1] * (behind - first)
        if kind == "title" and start < end:
            self._add((start, self.ends[options - 1]))
        if kind in ("title", "opaque"):
            return options
        if kind == "dated":
            start = version.end() if (version := _VERSION.match(piece, start, end)) else start
        return start, self._hanging(line, column)

    def _behind(self, line: int, column: int) -> int:
        """The line behind a body that is indented by more than `column`."""
        line += 1
        while line < len(self.starts) and (self.columns[line] < 0 or self.columns[line] > column):
            line += 1
        return line

    # Text

    def _line(self, line: int) -> str:
        return self.piece[self.starts[line] : self.ends[line]]

    def _match(self, pattern: re.Pattern[str], line: int) -> re.Match[str] | None:
        return pattern.match(self.piece, self.starts[line], self.ends[line])

    def _width(self, line: int) -> int:
        return sum(1 + (unicodedata.east_asian_width(sign) in "WF") for sign in self._line(line))

    def _paragraph(self, line: int, start: int, column: int) -> int:
        last = line
        while last + 1 < len(self.starts) and self.columns[last + 1] == column:
            last += 1
        end, behind = self.ends[last], last + 1
        if self.piece.endswith("::", start, end):
            end -= 2 if end - start == 2 or self.piece[end - 3].isspace() else 1
            while behind < len(self.starts) and self.columns[behind] < 0:
                behind += 1
            if behind < len(self.starts) and self.columns[behind] > column:
                behind = self._behind(behind - 1, column)
            elif behind == len(self.starts) and not column:
                self.state = "literal"
            else:
                behind = self._quoted(behind, column)
        before, self.quoted = self.quoted, column
        if (
            before == column > 0
            and column not in self.marked
            and (dashes := _ATTRIBUTION.match(self.piece, start, end))
        ):
            start = dashes.end()
        self._add((start, end))
        return behind

    def _quoted(self, line: int, column: int) -> int:
        """Behind a literal block that is not indented: each line begins with the same sign."""
        sign = self.piece[self.starts[line] : self.starts[line] + 1] if line < len(self.starts) else ""
        if not sign or not _RULE.match(sign):
            return line
        while line < len(self.starts) and self.columns[line] == column and self.piece[self.starts[line]] == sign:
            line += 1
        return line

    def _table(self, line: int, rules: int) -> int:
        """Behind a simple table, in which there may be blank lines, so that it may go on in the next piece."""
        self.state = "body"
        while line < len(self.starts):
            if self._match(_SIMPLE_TABLE, line):
                rules += 1
                if rules == 3 or line + 1 == len(self.starts) or self.columns[line + 1] < 0:
                    return line + 1
            line += 1
        self.state = f"table {rules}"
        return line

    def _lines(self, line: int, start: int, column: int) -> int:
        """A line block: a block a stanza, in whose lines markup does not go beyond the line."""
        stanza: list[tuple[int, int]] = []
        while True:
            marker = _LINE_BLOCK.match(self.piece, start, self.ends[line])
            if marker is None:
                break
            first, end = marker.end(), self.ends[line]
            line += 1
            while line < len(self.starts) and self.columns[line] > column:
                end = self.ends[line]
                line += 1
            if first < end:
                stanza.append((first, end))
            if first == end or line == len(self.starts) or self.columns[line] != column:
                self._add(*stanza)
                stanza = []
            if line == len(self.starts) or self.columns[line] != column:
                break
            start = self.starts[line]
        self._add(*stanza)
        return line

    def _term(self, start: int, end: int) -> None:
        """A term of a definition list, and its classifiers."""
        while classifier := _CLASSIFIER.search(self.piece, start, end):
            self._add((start, classifier.start()))
            start = classifier.end()
        self._add((start, end))

    def _add(self, *lines: tuple[int, int], style: int = 0) -> None:
        """A block of stretches with markup of their own. What stands between them is markup and read as a blank.

        `style` tells headings of one kind from those of another; which level that is, the whole document says.
        """
        markup: list[Markup] = []
        marks: list[Mark] = []
        for number, (start, end) in enumerate(lines):
            if number:
                markup.append(blank(lines[number - 1][1], start, kept=True))
            found = Inline(self.piece, start, end).scan()
            markup += found[0]
            marks += found[1]
        if lines and lines[0][0] < lines[-1][1]:
            self.blocks.append(block(self.piece, lines[0][0], lines[-1][1], markup, marks, style))


_DIGITS = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
_ROMAN = re.compile(r"m{0,4}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})\Z")


@cache
def _values(ordinal: str) -> frozenset[int]:
    """What an ordinal can stand for: a number, a letter, a Roman number; nothing, if it is none."""
    if ordinal == "#":
        return frozenset((0,))
    if ordinal.isdecimal():
        return frozenset((int(ordinal[:9]),))
    found = {ord(ordinal) - 1000 - 50 * ordinal.islower()} if len(ordinal) == 1 else set()
    if _ROMAN.match(lower := ordinal.lower()):
        digits = [_DIGITS[sign] for sign in lower]
        pairs = zip(digits, [*digits[1:], 0], strict=True)
        found.add(sum(-digit if digit < behind else digit for digit, behind in pairs) + 10000 * ordinal.islower())
    return frozenset(found)
