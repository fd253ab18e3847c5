"""Which stretches of an AsciiDoc document are prose.

The scanner here is its own: no parser of AsciiDoc on PyPI keeps the offsets of inline markup, and Asciidoctor is Ruby. It
follows Asciidoctor's rules line by line, with one state that goes from paragraph to paragraph.

Left out: the header's author and attributes, attribute entries and lists, comments, listings, literal blocks and
paragraphs, passthroughs, block macros, formulas in blocks, anchors, targets of links, index terms, addresses and the
labels of admonitions. Short code and formulas inside a sentence are read as their text, "`…`" as quotation marks.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ..blocks import Block, remembered
from .asciidoc_inline import Inline
from .inline import Markup, block, one_line_end, words

_CUT = re.compile(r"\n(?:[ \t]*\n)+")
_SIMPLE = re.compile(
    r"(?![A-Za-z][.)][ \t]|[ivxIVX]+\)[ \t])(?:(?:[^\W\d_]|\([^\W\d_]|[“”‘’«—…])[^\n]*(?:\n|\Z))+[ \t\n]*\Z"
)
"""Lines that begin like this can only be a paragraph, if there is no markup in them."""
_ANY_MARKUP = re.compile(r"[*_`#^~+\[\]{}<>\\|]|\(\(|::|;;|^[A-Z]+: |^(?:-+|=+|\.+)$", re.MULTILINE)
_FENCE = re.compile(r"(?:-{4,}|\.{4,}|\+{4,}|/{4,}|`{3,}(?=\w*\Z)|,={3,}|:={3,})")
_FRAME = re.compile(r"(?:={4,}|\*{4,}|_{4,}|--|~{4,})\Z")
_TABLE = re.compile(r"[|!]={3,}\Z")
_ATTRIBUTE = re.compile(r":!?\w[\w-]*!?:(?:[ \t]|\Z)")
_LIST = re.compile(r"\[[^\n]*\]\Z")
_STYLE = re.compile(r"\[[ \t]*([\w-]*)")
_TITLE = re.compile(r"(={1,6}|#{1,6})[ \t]+(?=\S)")
_BLOCK_TITLE = re.compile(r"\.(?![ \t.])")
_RULE = re.compile(r"(?:'{3,}|<{3,}|---|\*\*\*|- - -|\* \* \*)\Z")
_MACRO = re.compile(r"[A-Za-z_][\w-]*::\S*\[[^\n]*\]\Z")
_DIRECTIVE = re.compile(r"\\?(?:include|ifdef|ifndef|ifeval|endif)::[^\n\[]*\[[^\n]*\]\Z")
_COMMENT = re.compile(r"//(?!/)")
_ITEM = re.compile(
    r"(?:\*{1,6}|-|•|\.{1,6}|\d+\.|[A-Za-z]\.|[ivxIVX]+\)|<(?:\d+|\.)>)[ \t]+(?=\S)(?:\[[ xX*]\][ \t]+(?=\S))?"
)
_TERM = re.compile(r"(?<=\S)(?:::{1,3}|;;)(?=[ \t]|\Z)")
_ADMONITION = re.compile(r"(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION):[ \t]+(?=\S)")
_QUOTED = re.compile(r">(?:[ \t]+|\Z)")
_UNDERLINES = "=-~^+"
"""The signs under titles, by level."""
_UNDERLINE = re.compile(r"(?:=+|-+|~+|\^+|\++)\Z")
_SPECIFIER = re.compile(r"(?:(?<=\s)|\A)(?:(?:\d+(?:\.\d+)?|\.\d+)[*+])?(?:[<^>](?:\.[<^>])?|\.[<^>])?([adehlmsv]?)\Z")
_BAR = re.compile(r"(?<!\\)[|!]")

UNREAD_STYLES = words("""
asciimath comment ditaa graphviz latexmath listing literal mermaid pass plantuml source stem vega
""")
"""Block styles of which nothing is read."""


_FOLLOWING = ("head", "unread", "term")
"""States that say something of the next block, and have no end of their own."""


class _Read(NamedTuple):
    blocks: tuple[Block, ...]
    state: str
    """What is open behind the piece: `---- ` with the line that ends it, `|===` a table, `unread` when the next block is
    not to be read, `term` when its definition follows, `head` at the beginning; or nothing."""


def asciidoc(text: str) -> Iterator[tuple[int, Sequence[Block]]]:
    """Pieces of an AsciiDoc document: where each starts, and its blocks."""
    text = one_line_end(text)
    start, state = int(text.startswith("\ufeff")), "head"
    last: dict[str, int] = {}
    for cut in [*(match.end() for match in _CUT.finditer(text, start)), len(text)]:
        blocks, state = _read(text[start:cut], state)
        if blocks:
            yield start, blocks
        start = cut
        if state not in ("", *_FOLLOWING):
            if state not in last:
                lines = re.finditer(rf"^{re.escape(state)}[ \t]*$", text, re.MULTILINE)
                last[state] = max((line.start() for line in lines), default=-1)
            if last[state] < start:  # it is never closed: it is still being typed, and is not to hide all the rest
                state = ""


_SPECIAL = re.compile(r"[*_`#^~+\[\]{}<>|\\]+")


def escape(text: str) -> str:
    """Text such that AsciiDoc reads every character of it as itself."""
    return _SPECIAL.sub(lambda found: "{plus}" * len(found[0]) if found[0][0] == "+" else f"++{found[0]}++", text)


@remembered
def _read(piece: str, state: str) -> _Read:
    """Blocks of a piece, given what is open before it."""
    if state in ("", "head") and _SIMPLE.match(piece) and not _ANY_MARKUP.search(piece):
        return _Read((block(piece, 0, len(piece)),), "")
    scan = _Scan(piece, state)
    scan.run()
    return _Read(tuple(each for each in scan.blocks if each.text), scan.state)


class _Scan:
    """One pass over the lines of a piece."""

    def __init__(self, piece: str, state: str) -> None:
        self.piece, self.state = piece, state
        self.blocks: list[Block] = []
        self.lines: list[tuple[int, int, int]] = []
        """Start, first character that is no blank, and end without blanks of each line."""
        self.items = self.defining = state == "term"
        """Whether the last line belongs to a list: then a marker ends a paragraph."""
        """Whether a term stands on the line before, so that an indented line is its definition."""
        if self.defining:
            self.state = ""
        at = 0
        for line in piece.split("\n"):
            text = line.strip(" \t\v\f")
            indent = len(line) - len(line.lstrip(" \t\v\f"))
            self.lines.append((at, at + indent, at + indent + len(text)))
            at += len(line) + 1

    def run(self) -> None:
        """Find the blocks."""
        line = 0
        while line < len(self.lines):
            line = self._line(line)
        if self.defining and not self.state:
            self.state = "term"

    def _line(self, line: int) -> int:
        """Read what begins on a line; answers the line behind it."""
        piece = self.piece
        begin, start, end = self.lines[line]
        if self.state in ("|===", "!===") or (self.state[:1] in ("|", "!") and self.state[1:2] == "="):
            return self._table(line)
        if self.state not in ("", *_FOLLOWING):
            if begin == start and piece[start:end] == self.state:
                self.state = ""
            return line + 1
        if start == end or _COMMENT.match(piece, start, end) or _DIRECTIVE.match(piece, start, end):
            return line + 1
        if begin == start:
            behind = self._special(line, start, end)
            if behind:
                return behind
        if self.state == "unread":
            self.state = ""
            return self._blank(line)
        self.state = ""
        return self._text(line)

    def _blank(self, line: int) -> int:
        """The next line on which nothing stands."""
        while line < len(self.lines) and self.lines[line][1] < self.lines[line][2]:
            line += 1
        return line

    def _special(self, line: int, start: int, end: int) -> int:
        """Read a line that is no text; answers the line behind it, or 0 for one that is."""
        piece = self.piece
        if _ATTRIBUTE.match(piece, start, end):
            while (
                piece[self.lines[line][2] - 1] == "\\" and line + 1 < len(self.lines) and self.lines[line + 1][2] > end
            ):
                line, end = line + 1, self.lines[line + 1][2]
        elif _FENCE.match(piece, start, end) and (fence := _FENCE.match(piece, start, end)):
            if fence.end() < end and fence[0][0] != "`":
                return 0
            self.state = fence[0]
        elif _FRAME.match(piece, start, end):
            self.state = piece[start:end] if self.state == "unread" else ""
        elif _TABLE.match(piece, start, end):
            self.state = piece[start:end]
        elif _LIST.match(piece, start, end):
            self._attributes(start, end)
        elif title := _TITLE.match(piece, start, end):
            self._title(title, end)
            if self.state == "head" and len(title[1]) == 1:  # author and revision
                return self._blank(line)
            self.state = ""
        elif _RULE.match(piece, start, end) or _MACRO.match(piece, start, end) or piece[start:end] == "+":
            self.items = True
        elif title := _BLOCK_TITLE.match(piece, start, end):
            self._add(title.end(), end)
        elif line + 1 < len(self.lines) and self._underlined(line):
            self._add(start, end, heading=_UNDERLINES.index(piece[self.lines[line + 1][1]]) + 1)
            line += 1
        else:
            return 0
        return line + 1

    def _attributes(self, start: int, end: int) -> None:
        """`[source,python]`: what the next block is."""
        style = _STYLE.match(self.piece, start, end)
        if (style and style[1] in UNREAD_STYLES) or re.search(r"format=|separator=", self.piece[start:end]):
            self.state = "unread"

    def _title(self, title: re.Match[str], end: int) -> None:
        start = title.end()
        if self.piece.endswith(f" {title[1]}", start, end):
            end -= len(title[1]) + 1
        self._add(start, end, heading=len(title[1]))

    def _underlined(self, line: int) -> bool:
        """Whether a title of two lines begins here."""
        (_, start, end), (begin, first, last) = self.lines[line : line + 2]
        return (
            begin == first
            and abs((last - first) - (end - start)) <= 1
            and last - first > 1
            and _UNDERLINE.match(self.piece, first, last) is not None
            and any(sign.isalnum() for sign in self.piece[start:end])
        )

    def _text(self, line: int) -> int:
        """A paragraph or a list item."""
        piece = self.piece
        begin, start, end = self.lines[line]
        if item := _ITEM.match(piece, start, end):
            self.items = True
            start = item.end()
        if (term := _TERM.search(piece, start, end)) and not _MACRO.match(piece, start, end):
            self.items = True
            self._add(start, term.start())
            start = term.end()
            while start < end and piece[start] in " \t":
                start += 1
        if start == end:
            self.defining = True
            return line + 1
        defining, self.defining = self.defining, False
        if start == begin == self.lines[line][1]:
            if admonition := _ADMONITION.match(piece, start, end):
                start = admonition.end()
        elif start == self.lines[line][1] and not item and not defining:
            return self._blank(line)  # a literal paragraph
        markup: list[Markup] = []
        quoted = _QUOTED.match(piece, start, end)
        if quoted:
            start = quoted.end()
        line += 1
        while line < len(self.lines):
            begin, first, last = self.lines[line]
            if (
                first == last
                or (begin == first and self._ends(first, last))
                or (self.items and self._is_item(first, last))
            ):
                break
            if _COMMENT.match(piece, begin, last) or _DIRECTIVE.match(piece, begin, last):
                markup.append(Markup(begin, min(last + 1, len(piece))))
                line += 1
                continue  # what stands at the end of the paragraph is no part of it
            if quoted and (marker := _QUOTED.match(piece, first, last)):
                markup.append(Markup(first, marker.end()))
            end = last
            line += 1
        self._add(start, end, markup)
        return line

    def _ends(self, start: int, end: int) -> bool:
        """Whether a line ends the paragraph before it."""
        piece = self.piece
        fence = _FENCE.match(piece, start, end)
        return bool(
            (fence and (fence.end() == end or fence[0][0] == "`"))
            or _FRAME.match(piece, start, end)
            or _TABLE.match(piece, start, end)
            or _LIST.match(piece, start, end)
            or piece[start:end] == "+"
        )

    def _is_item(self, start: int, end: int) -> bool:
        return bool(_ITEM.match(self.piece, start, end) or _TERM.search(self.piece, start, end))

    def _table(self, line: int) -> int:
        """The cells up to the end of the table or of the piece."""
        piece, start = self.piece, self.lines[line][0]
        last = line
        while last < len(self.lines) and piece[self.lines[last][0] : self.lines[last][2]] != self.state:
            last += 1
        stop = self.lines[last][0] if last < len(self.lines) else len(piece)
        bar = self.state[0]
        comments = [
            Markup(begin, min(end + 1, stop))
            for begin, _, end in self.lines[line:last]
            if _COMMENT.match(piece, begin, end)
        ]
        shown = piece
        if comments:  # a bar in one begins no cell
            gaps = (piece[a:b] for a, b in pairwise((0, *(at for each in comments for at in each[:2]), len(piece))))
            shown = "".join(" " * len(gap) if number % 2 else gap for number, gap in enumerate(gaps))
        unread = False
        for mark in _BAR.finditer(shown, start, stop):
            if mark[0] != bar:
                continue
            specifier = _SPECIFIER.search(piece, max(start, mark.start() - 12), mark.start())
            if not unread:
                self._cell(start, specifier.start() if specifier else mark.start(), comments)
            unread = specifier is not None and specifier[1] in ("l", "m")
            start = mark.end()
        if not unread:
            self._cell(start, stop, comments)
        if last < len(self.lines):
            self.state = ""
        return last + 1

    def _cell(self, start: int, end: int, comments: Sequence[Markup]) -> None:
        first, last = (bisect_left(comments, (place,)) for place in (start, end))
        self._add(start, end, comments[first:last])

    def _add(self, start: int, end: int, markup: Sequence[Markup] = (), heading: int = 0) -> None:
        if start < end:
            self.blocks += Inline(self.piece, start, end, markup, heading).scan()
