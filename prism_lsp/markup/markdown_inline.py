"""The parser of Markdown, and one walk over the inline tokens of a block: what is read, and the markup around it."""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from typing import Literal, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from ..blocks import Mark, Stretch
from .inline import LONGEST_CODE

_FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]")
_TASK = re.compile(r"\[[ xX]\][ \t]")
_ALERT = re.compile(r"\[!\w+\][-+]?(?=\s|\Z)")
_WIKI_LINK = re.compile(r"!?\[\[(?:[^\[\]|\n]*\|)?([^\[\]|\n]+)\]\]")
_UNREAD = re.compile(
    r"""
    \$\$.+?\$\$
    |\\\[(?=[^\]]{0,200}?(?:\\[A-Za-z]|[\^_=])).{1,400}?\\\]
    |\\begin\{(\w+\*?)\}.{0,4000}?\\end\{\1\}
    |\{(?:[#.:][\w-]|[\w-]+=)[^{}\n]{0,300}\}|\{\{[^{}\n]{0,300}\}\}|\{%[^%\n]{0,300}%\}
    |\[[^\[\]@\n]{0,60}(?<!\w)@\w[^\[\]]{0,300}\](?![(\[])
    |\^\[(?:[^\[\]]|\[[^\[\]]{0,300}\]){1,2000}\]
    """,
    re.VERBOSE | re.DOTALL,
)
"""Formulas on lines of their own, attributes and templates in braces, citations, notes."""
_FORMULA = re.compile(
    r"""
    \$(?![\s$]|\d[\d.,]*\s[^$\\^_=]*\$)(?:[^$\\]|\\.){1,300}?(?<!\s)\$(?![\d$])
    |\\\((?=\s*\w\s*\\\)|[^)]{0,200}?[\\^_=+<>](?!\)))(?:[^\\]|\\(?!\))){1,300}?\\\)
    """,
    re.VERBOSE | re.DOTALL,
)
"""As in Pandoc, but a sum of money is not taken for the beginning of one."""
_LINE_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)
_CLOSING = {"em_open": "em_close", "strong_open": "strong_close", "s_open": "s_close"}


class Content(NamedTuple):
    """The inline content of one block, as markdown-it cuts it out, and where it stands."""

    content: str
    at: tuple[int, ...]
    """Where in `content` a stretch begins that stands in the piece as it is ..."""
    anchors: tuple[int, ...]
    """... from this offset on. Never further than the end of the line."""
    heading: int = 0
    """Level of the heading that it is; 0 if it is none, or one inside a quote or a list."""

    def offset(self, index: int) -> int:
        """Offset in the piece of a character of `content`."""
        line = bisect_right(self.at, index) - 1
        return self.anchors[max(line, 0)] + index - self.at[max(line, 0)]


class Traced(StateInline):
    """Inline state whose tokens know where they start: `meta["start"]`, an index of `src`."""

    first = 0

    def append_pending(self, text: str) -> None:
        """Remember where text begins."""
        if not self.pending:
            self.first = self.pos
        super().append_pending(text)

    def pushPending(self) -> Token:
        """The text so far as a token."""
        token = super().pushPending()
        token.meta = {"start": self.first}
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        """A token that starts here."""
        token = super().push(ttype, tag, nesting)
        start = self.pos
        before = self.tokens[-2] if len(self.tokens) > 1 else None
        if ttype == "text" and before and before.type == "text":  # each `*` of `***` is pushed at the first one
            start = max(start, before.meta["start"] + len(before.content))
        token.meta = {"start": start}
        return token


class Walk:
    """One walk over a block's inline tokens: what is read, and the markup around it."""

    def __init__(self, piece: str, inline: Content, urls: list[tuple[int, int]]) -> None:
        self.piece, self.inline, self.urls = piece, inline, urls
        self.stretches: list[Stretch] = []
        self.marks: list[Mark] = []

    def walk(self, tokens: list[Token]) -> tuple[list[Stretch], list[Mark]]:
        """Stretches and marks, with offsets in the piece."""
        opened: list[tuple[str, int, int]] = []
        automatic = False
        for token in tokens:
            start = token.meta["start"]
            if token.type == "link_open":
                automatic = token.info == "auto"
                opened.append(("link_close", start - 1, start))
            elif token.type == "link_close":
                automatic = False
                self._close(opened, "link_close", start, start + 1, False)
            elif automatic:
                continue
            elif token.type in _CLOSING:
                size = len(token.markup)
                begin = start - size + 1 if token.type == "strong_open" else start
                opened.append((_CLOSING[token.type], begin, begin + size))
            elif token.type in _CLOSING.values():
                self._close(opened, token.type, start, start + len(token.markup), True)
            else:
                self._read(token, start)
        return self.stretches, self.marks

    def _close(self, opened: list[tuple[str, int, int]], kind: str, start: int, end: int, droppable: bool) -> None:
        if opened and opened[-1][0] == kind:
            _, first, last = opened.pop()
            offset = self.inline.offset
            self.marks.append(Mark(offset(first), offset(last - 1) + 1, offset(start), offset(end - 1) + 1, droppable))

    def _read(self, token: Token, start: int) -> None:
        content, offset = token.content, self.inline.offset
        if token.type == "text":
            self._text(start, start + len(content))
        elif token.type == "text_special" and token.info == "entity":
            self._entity(start, token)
        elif token.type == "text_special":
            if len(content) == 2:  # a backslash that escapes nothing
                self._text(start, start + 2)
            elif not self._in_url(start):
                self.stretches.append(Stretch(offset(start), offset(start) + 2, "escape"))
        elif token.type in ("softbreak", "hardbreak"):
            self._break(start)
        elif token.type == "html_inline" and _LINE_BREAK_TAG.fullmatch(content):
            self.stretches.append(Stretch(offset(start), offset(start) + len(content), "break"))
        elif token.type == "code_inline":
            margin = len(token.markup)
            self._code(start, len(content), margin + (self.inline.content[start + margin] == " "))  # `` ` `` is one
        elif token.type == "formula":
            self._code(start, len(content), len(token.markup))

    def _entity(self, start: int, token: Token) -> None:
        """`&amp;` is read as its character; what shows nothing or several characters is left out."""
        begin = self.inline.offset(start)
        end = begin + len(token.markup)
        if self._in_url(start):
            return
        if token.content.isspace():
            self.stretches.append(Stretch(begin, end, "blank"))
        elif len(token.content) == 1 and token.content.isprintable():
            self.stretches.append(Stretch(begin, end, "escape", 0, token.content))

    def _code(self, start: int, length: int, margin: int) -> None:
        """Code with margins of so many characters; long code is left out."""
        content, offset = self.inline.content, self.inline.offset
        end = start + length + 2 * margin
        text = content[start + margin : end - margin]
        # In a table cell, a backslash before a pipe may stand in between.
        whole = offset(end - 1) - offset(start) == end - 1 - start
        if whole and 0 < length <= LONGEST_CODE and text == " ".join(text.split()):
            self.stretches.append(Stretch(offset(start), offset(end - 1) + 1, "code", margin))

    def _in_url(self, index: int) -> bool:
        return any(start <= index < end for start, end in self.urls)

    def _text(self, start: int, end: int) -> None:
        """Read the content from `start` to `end`, without URLs."""
        for first, last in self.urls:
            if first < end and start < last:
                self._verbatim_text(start, max(start, first))
                start = min(end, last)
        self._verbatim_text(start, end)

    def _verbatim_text(self, start: int, end: int) -> None:
        """Read the content from `start` to `end`; in a table cell it may stand in several parts."""
        cuts = [index for index in self.inline.at if start < index < end]
        for first, last in zip([start, *cuts], [*cuts, end], strict=True):
            if first < last:
                self.stretches.append(Stretch(self.inline.offset(first), self.inline.offset(first) + last - first))

    def _break(self, start: int) -> None:
        """A line break: from the blanks before it to the first character of the next line."""
        begin = self.inline.offset(start)
        lowest = self.stretches[-1].end if self.stretches else begin
        while begin > lowest and self.piece[begin - 1] in " \t":
            begin -= 1
        line = bisect_right(self.inline.at, start)
        end = self.inline.anchors[line] if line < len(self.inline.at) else begin + 1
        self.stretches.append(Stretch(begin, end, "blank"))


@cache
def parser(links: bool = True) -> MarkdownIt:
    """CommonMark with tables, strikethrough, definition lists, footnotes, formulas and boxes."""
    made = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
    made.use(deflist_plugin).use(footnote_plugin, inline=False, move_to_end=False).disable("footnote_ref")
    for name, rule in (("math", _math), ("box", _box)):
        made.block.ruler.before("fence", name, rule, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    made.inline.ruler.before("escape", "formula", _formula)
    made.inline.ruler2.disable("fragments_join")  # it joins tokens that start in different places
    if links:
        made.inline.ruler.before("link", "mark", _mark)
    else:
        made.disable(["link", "image"])
    return made


def _box(state: StateBlock, startLine: int, endLine: int, silent: bool) -> bool:
    """`:::` and what the box is: a line that is no text, around others that are."""
    if state.is_code_block(startLine) or not state.src.startswith(
        ":::", state.bMarks[startLine] + state.tShift[startLine]
    ):
        return False
    if not silent:
        state.line = startLine + 1
        state.push("box", "", 0).map = [startLine, state.line]
    return True


def _math(state: StateBlock, startLine: int, endLine: int, silent: bool) -> bool:
    """`$$` up to a line that ends in `$$`."""
    start, end = state.bMarks[startLine] + state.tShift[startLine], state.eMarks[startLine]
    if state.is_code_block(startLine) or not state.src.startswith("$$", start, end):
        return False
    line, rest = startLine, state.src[start + 2 : end].rstrip()
    if "$$" in rest and not rest.endswith("$$"):
        return False  # a formula at the start of a paragraph
    while not rest.endswith("$$"):
        line += 1
        if line >= endLine or state.isEmpty(line) or state.sCount[line] < state.blkIndent:
            return False  # dollars, not a formula: TeX allows no blank line in one either
        rest = state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()
    if silent:
        return True
    state.line = line + 1
    token = state.push("math_block", "", 0)
    token.map = [startLine, state.line]
    return True


def _formula(state: StateInline, silent: bool) -> bool:
    """Formulas, and what is left out like them."""
    source, start = state.src, state.pos
    if source[start] not in "$\\{[^":
        return False
    match = _FORMULA.match(source, start)
    if match and match.end() <= state.posMax:
        if not silent:
            token = state.push("formula", "", 0)
            token.markup = match[0][: 1 if match[0][0] == "$" else 2]
            token.content = match[0][len(token.markup) : -len(token.markup)]
        state.pos = match.end()
        return True
    match = _UNREAD.match(source, start)
    if match is None or match.end() > state.posMax:
        return False
    if not silent:
        state.push("mark", "", 0)
    state.pos = match.end()
    return True


def _mark(state: StateInline, silent: bool) -> bool:
    """Footnote marks, task boxes, labels of alerts, and wiki links, of which the shown text is read."""
    source, start = state.src, state.pos
    link = _WIKI_LINK.match(source, start)
    match = link or _FOOTNOTE.match(source, start)
    match = match or ((_TASK.match(source) or _ALERT.match(source)) if start == 0 else None)
    if not match or match.end() > state.posMax:
        return False
    if silent:
        pass
    elif link and source[start] == "[":
        state.push("link_open", "", 1).meta = {"start": link.start(1)}
        text = state.push("text", "", 0)
        text.content, text.meta = link[1], {"start": link.start(1)}
        state.push("link_close", "", -1).meta = {"start": link.end(1)}
    else:
        state.push("mark", "", 0)
    state.pos = match.end()
    return True
