"""Which stretches of an Org document are prose.

The scanner here is its own: no parser of Org on PyPI keeps the offsets of inline markup (orgparse knows headlines only).
It follows the description of Org's syntax, line by line, with one state that goes from paragraph to paragraph.

Left out: keywords other than captions, drawers of properties and logs, planning lines, comments and commented subtrees,
code, examples and exports, LaTeX environments, tags, keywords and priorities of headlines, link targets, footnote marks,
citations, timestamps, macros and addresses. Short code and formulas inside a sentence are read as their text, entities
(`\\\\mdash`) as their character.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..blocks import Block, remembered
from .inline import block, one_line_end, words
from .org_inline import Inline

_CUT = re.compile(r"\n(?:[ \t]*\n)+")
_SIMPLE = re.compile(r"(?:(?:[^\W\d_]|[\"'(][^\W\d_]|[“‘«—…])[^\n]*(?:\n|\Z))+[ \t\n]*\Z")
"""Lines that begin like this can only be a paragraph."""
_ANY_MARKUP = re.compile(r"[*/_+=~\[\]<>\\{}$@|^]|src_|call_")
_HEADLINE = re.compile(r"(\*+)[ \t]+(?=\S)")
_PRIORITY = re.compile(r"\[#\w{1,2}\][ \t]*")
_TAGS = re.compile(r"(?:[ \t]+|\A):[\w@#%:]+:\Z")
_KEYWORDS = re.compile(r"^[ \t]*#\+(?:SEQ_|TYP_)?TODO:(.*)", re.IGNORECASE | re.MULTILINE)
_BEGIN = re.compile(r"#\+begin_(\S+)", re.IGNORECASE)
_END = re.compile(r"#\+end_(\S+)", re.IGNORECASE)
_DYNAMIC = re.compile(r"#\+begin:", re.IGNORECASE)
_CAPTION = re.compile(r"#\+caption(?:\[[^\]\n]*\])?:[ \t]*", re.IGNORECASE)
_KEYWORD = re.compile(r"#\+\S+?:|#\+\S+")
_DRAWER = re.compile(r":([\w-]+):\Z")
_UNREAD_LINE = re.compile(
    r"#(?:[ \t]|\Z)|:(?:[ \t]|\Z)|(?:SCHEDULED|DEADLINE|CLOSED|CLOCK):|%%\(|-{5,}\Z|\|-|\+-[-+]*\+\Z"
)
_ENVIRONMENT = re.compile(r"\\begin\{([A-Za-z0-9*]+)\}")
_DEFINITION = re.compile(r"\[fn:[-\w]+\][ \t]*")
_ITEM = re.compile(r"(?:[-+]|\d+[.)])(?:[ \t]+|\Z)(?:\[@\d+\][ \t]*)?(?:\[[ xX-]\](?:[ \t]+|\Z))?")
_STAR = re.compile(r"\*(?:[ \t]+|\Z)(?:\[[ xX-]\](?:[ \t]+|\Z))?")
_TERM = re.compile(r"[ \t]::(?=[ \t]|\Z)")
_ALIGNMENT = re.compile(r"<[lrc]?\d*>\Z")
_ELEMENT = re.compile(
    r"#(?:[ \t+]|\Z)|:(?:[ \t]|[\w-]+:\Z|\Z)|[-+](?:[ \t]|\Z)|\d+[.)](?:[ \t]|\Z)|\||\\begin\{|\[fn:[-\w]+\]|-{5,}\Z|%%\(|CLOCK:"
)
"""What ends a paragraph without a blank line."""

UNREAD_BLOCKS = words("""
ascii beamer comment ditaa dot example export html jupyter-python latex lilypond mermaid odt plantuml src stan texinfo
align align* equation equation* tikzpicture
""")
"""Blocks of which nothing is read. Others are only a frame around paragraphs."""


class _Read(NamedTuple):
    blocks: tuple[Block, ...]
    state: str
    """What is open behind the piece: `#+end_src` or `:end:`, the line that ends it; `comment 2`, a commented subtree of
    that level; or nothing."""


def org(text: str) -> Iterator[tuple[int, Sequence[Block]]]:
    """Pieces of an Org document: where each starts, and its blocks."""
    text = one_line_end(text)
    todo: tuple[str, ...] = ("TODO", "DONE")
    if "TODO:" in text or "todo:" in text:
        own = (str(word).split("(")[0] for match in _KEYWORDS.finditer(text) for word in match[1].split())
        todo = tuple(dict.fromkeys((*todo, *(word for word in own if word != "|"))))
    start, state = int(text.startswith("\ufeff")), ""
    lower: str | None = None
    last: dict[str, int] = {}
    for cut in [*(match.end() for match in _CUT.finditer(text, start)), len(text)]:
        blocks, state = _read(text[start:cut], state, todo)
        if blocks:
            yield start, blocks
        start = cut
        if state and not state.startswith("comment"):
            if state not in last:
                lower = text.lower() if lower is None else lower
                last[state] = lower.rfind(state)
            if last[state] < start:  # it is never closed: it is still being typed, and is not to hide all the rest
                state = ""


_ESCAPES = {
    "*": r"\ast{}", "/": r"\slash{}", "_": r"\under{}", "+": r"\plus{}", "=": r"\equal{}", "~": r"\tilde{}",
    "|": r"\vert{}", "^": r"\asciicirc{}", "<": r"\lt{}", ">": r"\gt{}",
}  # fmt: skip
_SPECIAL = re.compile(r"[*/_+=~|^<>]")


def escape(text: str) -> str:
    """Text such that Org reads every character as itself, as far as it has a name for it."""
    return _SPECIAL.sub(lambda found: _ESCAPES[found[0]], text)


@remembered
def _read(piece: str, state: str, todo: tuple[str, ...]) -> _Read:
    """Blocks of a piece, given what is open before it and the document's keywords of headlines."""
    if not state and _SIMPLE.match(piece) and not _ANY_MARKUP.search(piece):
        return _Read((block(piece, 0, len(piece)),), "")
    scan = _Scan(piece, state, todo)
    scan.run()
    return _Read(tuple(each for each in scan.blocks if each.text), scan.state)


class _Scan:
    """One pass over the lines of a piece."""

    def __init__(self, piece: str, state: str, todo: tuple[str, ...]) -> None:
        self.piece, self.state, self.todo = piece, state, todo
        self.blocks: list[Block] = []
        self.lines: list[tuple[int, int, int]] = []
        """Start, first character that is no blank, and end without blanks of each line."""
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

    def _line(self, line: int) -> int:
        """Read what begins on a line; answers the line behind it."""
        piece = self.piece
        begin, start, end = self.lines[line]
        if begin == start and (headline := _HEADLINE.match(piece, start, end)):
            self._headline(headline, end)
            return line + 1
        if self.state:
            if not self.state.startswith("comment") and piece[start:end].lower().startswith(self.state):
                self.state = ""
            return line + 1
        if start == end or _UNREAD_LINE.match(piece, start, end):
            return line + 1
        if piece[start] == "#" and piece[start + 1 : start + 2] == "+":
            self._keyword(start, end)
        elif drawer := _DRAWER.match(piece, start, end):
            if drawer[1].upper() in ("PROPERTIES", "LOGBOOK"):
                self.state = ":end:"
        elif environment := _ENVIRONMENT.match(piece, start, end):
            closing = rf"\end{{{environment[1].lower()}}}"
            if closing not in piece[environment.end() : end].lower():
                self.state = closing
        elif piece[start] == "|":
            self._row(start, end)
        else:
            return self._text(line)
        return line + 1

    def _headline(self, headline: re.Match[str], end: int) -> None:
        level = len(headline[1])
        if self.state.startswith("comment") and level > int(self.state.split()[1]):
            return
        self.state = ""
        start = headline.end()
        for word in self.todo:
            if self.piece.startswith(f"{word} ", start, end) or self.piece[start:end] == word:
                start = min(start + len(word) + 1, end)
                break
        while start < end and self.piece[start] in " \t":
            start += 1
        if priority := _PRIORITY.match(self.piece, start, end):
            start = priority.end()
        if self.piece.startswith("COMMENT ", start, end) or self.piece[start:end] == "COMMENT":
            self.state = f"comment {level}"
            return
        if tags := _TAGS.search(self.piece, max(start, end - 200), end):
            end = tags.start()
        self._add(start, end, level)

    def _keyword(self, start: int, end: int) -> None:
        """`#+begin_src`, `#+caption:` and the like."""
        if opening := _BEGIN.match(self.piece, start, end):
            if opening[1].lower() in UNREAD_BLOCKS:
                self.state = f"#+end_{opening[1].lower()}"
        elif _DYNAMIC.match(self.piece, start, end):
            self.state = "#+end:"
        elif caption := _CAPTION.match(self.piece, start, end):
            self._add(caption.end(), end)

    def _row(self, start: int, end: int) -> None:
        """A row of a table: each cell is a block."""
        while start < end:
            bar = self.piece.find("|", start + 1, end)
            bar = end if bar < 0 else bar
            first = start + 1
            while first < bar and self.piece[first] in " \t":
                first += 1
            if first < bar and not _ALIGNMENT.match(self.piece[first:bar].rstrip()):
                self._add(first, bar)
            start = bar

    def _text(self, line: int) -> int:
        """A paragraph, a list item or the text of a footnote."""
        begin, start, end = self.lines[line]
        indent = -1
        item = _ITEM.match(self.piece, start, end) or (_STAR.match(self.piece, start, end) if start > begin else None)
        if item:
            indent = start - begin
            start = item.end()
            if item[0][0] in "-+*" and (term := _TERM.search(self.piece, start, end)):
                self._add(start, term.start())
                start = term.end()
        elif definition := _DEFINITION.match(self.piece, start, end):
            start = definition.end()
        line += 1
        while line < len(self.lines):
            begin, first, last = self.lines[line]
            if first == last or first - begin <= indent or _ELEMENT.match(self.piece, first, last):
                break
            if (_STAR if first > begin else _HEADLINE).match(self.piece, first, last):
                break
            end = last
            line += 1
        self._add(start, end)
        return line

    def _add(self, start: int, end: int, heading: int = 0) -> None:
        if start < end:
            self.blocks += Inline(self.piece, start, end, heading).scan()
