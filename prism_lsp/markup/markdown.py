"""Which stretches of a Markdown document are prose.

Blocks and inline markup come from markdown-it-py. It gives lines for blocks but no offsets for inline tokens, so the
inline state is watched (`_Traced`): every rule works at `state.pos`, and what it pushes there starts there.

Left out: front matter, code blocks, HTML, math blocks, images, URLs, footnote marks, link definitions, table delimiters
and all markers. Short inline code is read as its text: a hole in a sentence would change what the model sees more than
a noun does.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from ..blocks import Block, Mark, Stretch, remembered, urls

LONGEST_CODE = 30
"""Characters; longer inline code is left out."""

_EOL = r"(?:\r\n|\r|\n)"
_FRONT_MATTER = re.compile(
    rf"\ufeff?(?:---[ \t]*{_EOL}(?![ \t]*{_EOL})(?:.*?{_EOL})??(?:---|\.\.\.)"
    rf"|\+\+\+[ \t]*{_EOL}(?:.*?{_EOL})??\+\+\+)[ \t]*(?:{_EOL}|\Z)",
    re.DOTALL,
)
"""YAML or TOML. As in Pandoc, a blank line after `---` makes it a rule across the page."""
_CUT = re.compile(r"\n[ \t]*\n(?=[^ \t\n])")
_CUT_ANY = re.compile(r"(?:\r\n|\r(?!\n)|\n)[ \t]*(?:\r\n|\r(?!\n)|\n)(?=[^ \t\r\n])")
"""A blank line before a line that is not indented: a new block begins there, except inside a fence or HTML. The second
is for text with a carriage return in it."""
_ONLY_PARAGRAPH = re.compile(r"(?:(?:[^\W\d_]|[\"'“”‘’«»(—–…])[^\r\n]*(?:\r\n|\r|\n|\Z))+[ \t\r\n]*\Z")
"""Lines that begin like this, without a blank line between them, can only be a paragraph: markdown-it need not look."""
_LINE_END = re.compile(_EOL)
_MARKUP = re.compile(r"[\\`*_~\[<]|\$\$|://|www\.")
"""Where this does not occur, a paragraph is only text."""
_FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]")
_TASK = re.compile(r"\[[ xX]\][ \t]")
_FORMULA = re.compile(r"\$\$.+?\$\$", re.DOTALL)
_WIKI_LINK = re.compile(r"!?\[\[(?:[^\[\]|\n]*\|)?([^\[\]|\n]+)\]\]")
_LINE_BREAK_TAG = re.compile(r"<br\s*/?>", re.IGNORECASE)

_SPECIAL = re.compile(r"[\\`*_\[\]<>~|$#]|(?<!\S)[-+=](?!\w)|(?<=\d)[.)](?=\s|\Z)")
"""Characters that can be markup, at the start of a line too."""

_CLOSING = {"em_open": "em_close", "strong_open": "strong_close", "s_open": "s_close"}
_PROBE = "prism"


class _Inline(NamedTuple):
    """The inline content of one block, as markdown-it cuts it out, and where it stands."""

    content: str
    at: tuple[int, ...]
    """Where in `content` a stretch begins that stands in the piece as it is ..."""
    anchors: tuple[int, ...]
    """... from this offset on. Never further than the end of the line."""

    def offset(self, index: int) -> int:
        """Offset in the piece of a character of `content`."""
        line = bisect_right(self.at, index) - 1
        return self.anchors[max(line, 0)] + index - self.at[max(line, 0)]


class _Parsed(NamedTuple):
    closed: bool
    """Whether the piece ends on its own: no fence, HTML or math is left open."""
    inlines: tuple[_Inline, ...]
    labels: tuple[str, ...]
    """Link labels that the piece defines."""


def markdown(text: str) -> Iterator[tuple[int, Sequence[Block]]]:
    """Pieces of a Markdown document: where each starts, and its blocks."""
    front = _FRONT_MATTER.match(text)
    start = front.end() if front else int(text.startswith("\ufeff"))
    pieces = list(_pieces(text, start))
    labels = tuple(sorted({label for _, _, parsed in pieces for label in parsed.labels}))
    for offset, piece, parsed in pieces:
        if parsed.inlines:
            yield offset, _blocks(piece, labels if "[" in piece else ())


def escape(text: str) -> str:
    """Text such that Markdown reads every character of it as itself."""
    return _SPECIAL.sub(r"\\\g<0>", text)


def _pieces(text: str, start: int) -> Iterator[tuple[int, str, _Parsed]]:
    """Pieces of the document that do not depend on each other. Where a block goes on, more are taken together."""
    cuts = [match.end() for match in (_CUT_ANY if "\r" in text else _CUT).finditer(text, start)] + [len(text)]
    first = 0
    while first < len(cuts):
        count = 1
        while True:
            last = min(first + count, len(cuts)) - 1
            piece = text[start : cuts[last]]
            parsed = _parse(piece)
            if parsed.closed or last + 1 == len(cuts):
                break
            count *= 2
        yield start, piece, parsed
        first, start = last + 1, cuts[last]


@lru_cache(16384)
def _parse(piece: str) -> _Parsed:
    """Block structure of a piece."""
    source = _LINE_END.sub("\n", piece) if "\r" in piece else piece
    starts = [0, *(end.end() for end in _LINE_END.finditer(piece))]
    lines = source.split("\n")
    if _ONLY_PARAGRAPH.match(piece):
        inline = _paragraph(source.rstrip(), lines, starts)
        return _Parsed(True, (inline,) if inline else (), ())
    return _parse_blocks(source, lines, starts)


def _parse_blocks(source: str, lines: Sequence[str], starts: Sequence[int]) -> _Parsed:
    """Block structure by markdown-it. `source` has no carriage returns; its lines start at `starts` in the piece."""
    env: dict[str, Any] = {}
    tokens: list[Token] = []
    # A paragraph put behind the piece tells whether everything in it is closed.
    _parser().block.parse(f"{source}\n\n{_PROBE}", _parser(), env, tokens)
    closed = len(tokens) > 2 and tokens[-2].content == _PROBE and tokens[-2].level == 1
    if closed:
        del tokens[-3:]
    inlines = []
    cell = (-1, 0)  # line and where the next table cell may begin
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type != "inline" or not token.content or token.map is None:
            continue
        line = token.map[0]
        kind = before.type if before else ""
        if kind in ("th_open", "td_open"):
            inline, end = _cell(token.content, lines[line], starts[line], cell[1] if cell[0] == line else 0)
            cell = (line, end)
        elif kind == "heading_open" and before and before.markup.startswith("#"):
            begin = lines[line].index(token.content, lines[line].index("#") + len(before.markup))
            inline = _Inline(token.content, (0,), (starts[line] + begin,))
        else:
            inline = _paragraph(token.content, lines[line:], starts[line:])
        inlines += [inline] if inline else []
    return _Parsed(closed, tuple(inlines), tuple(env.get("references", ())))


def _paragraph(content: str, lines: Sequence[str], starts: Sequence[int]) -> _Inline | None:
    """Content's lines are the ends of the document's lines, but for blanks at the end of the last.

    None, and not read, when they are not: markdown-it has then done something that is unknown here.
    """
    parts = content.split("\n")
    texts = [part.strip() for part in parts]
    first = 0  # markdown-it drops first lines of odd blanks, such as U+2028
    while not all(map(str.endswith, (line.rstrip() for line in lines[first : first + len(parts)]), texts)):
        first += 1
    if first + len(parts) > len(lines):
        return None
    at, anchors, position = [], [], 0
    for line, start, part in zip(lines[first:], starts[first:], parts, strict=False):
        text = part.lstrip(" \t")
        at.append(position + len(part) - len(text))
        anchors.append(start + line.rindex(text))
        position += len(part) + 1
    return _Inline(content, tuple(at), tuple(anchors))


def _cell(content: str, line: str, start: int, begin: int) -> tuple[_Inline | None, int]:
    """A table cell: its text stands in the line, but for a backslash before every pipe. Also where the cell ends."""
    parts = content.split("|")
    match = re.compile(r"\\\|".join(map(re.escape, parts))).search(line, begin)
    if match is None:
        return None, begin
    at, anchors, index, offset = [0], [start + match.start()], 0, start + match.start()
    for part in parts[:-1]:
        index, offset = index + len(part), offset + len(part) + 1
        at.append(index)
        anchors.append(offset)
        index, offset = index + 1, offset + 1
    return _Inline(content, tuple(at), tuple(anchors)), match.end()


@remembered
def _blocks(piece: str, labels: tuple[str, ...] = ()) -> Sequence[Block]:
    """Blocks of a piece, given the link labels that the whole document defines."""
    blocks = (_block(piece, inline, labels) for inline in _parse(piece).inlines)
    return tuple(block for block in blocks if block.text)


def _block(piece: str, inline: _Inline, labels: tuple[str, ...]) -> Block:
    if not _MARKUP.search(inline.content) and "|" not in inline.content:  # a pipe: a table cell may stand in parts
        return Block(piece, _plain(piece, inline))
    env = {"references": {label: {"href": "", "title": ""} for label in labels}}
    state = _Traced(inline.content, _parser(), env, [])
    _parser().inline.tokenize(state)
    for rule in _parser().inline.ruler2.getRules(""):
        rule(state)
    stretches, marks = _Walk(piece, inline, urls(inline.content)).walk(state.tokens)
    return Block(piece, stretches, marks)


def _plain(piece: str, inline: _Inline) -> Iterator[Stretch]:
    """Text without markup: lines, and the breaks between them where more than the line break stands there."""
    ends = [*(index - 1 for index in inline.at[1:]), len(inline.content)]
    start, before = inline.anchors[0], -1
    for anchor, index, end in zip(inline.anchors, inline.at, ends, strict=True):
        if before >= 0 and anchor != before + 1:
            yield Stretch(start, before)
            yield Stretch(before, anchor, "blank")
            start = anchor
        before = anchor + len(inline.content[index:end].rstrip())
    yield Stretch(start, before)


class _Traced(StateInline):
    """Inline state whose tokens know where they start: `meta["start"]`, an index of `src`."""

    first = 0

    def append_pending(self, text: str) -> None:
        if not self.pending:
            self.first = self.pos
        super().append_pending(text)

    def pushPending(self) -> Token:
        token = super().pushPending()
        token.meta = {"start": self.first}
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = super().push(ttype, tag, nesting)
        start = self.pos
        before = self.tokens[-2] if len(self.tokens) > 1 else None
        if ttype == "text" and before and before.type == "text":  # each `*` of `***` is pushed at the first one
            start = max(start, before.meta["start"] + len(before.content))
        token.meta = {"start": start}
        return token


class _Walk:
    """One walk over a block's inline tokens: what is read, and the markup around it."""

    def __init__(self, piece: str, inline: _Inline, urls: list[tuple[int, int]]) -> None:
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
            margin += self.inline.content[start + margin] == " "  # `` ` `` is one backtick
            end = start + len(content) + 2 * margin
            verbatim = self.inline.content[start + margin : end - margin] == content == " ".join(content.split())
            # In a table cell, a backslash before a pipe may stand in between.
            whole = offset(end - 1) - offset(start) == end - 1 - start
            if verbatim and whole and len(content) <= LONGEST_CODE:
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
def _parser() -> MarkdownIt:
    """CommonMark with tables, strikethrough, math blocks, footnote marks and task boxes; entities stay as they are."""
    parser = MarkdownIt("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"]).disable("entity")
    parser.block.ruler.before("fence", "math", _math, {"alt": ["paragraph", "reference", "blockquote", "list"]})
    parser.inline.ruler.before("link", "mark", _mark)
    parser.inline.ruler2.disable("fragments_join")  # it joins tokens that start in different places
    return parser


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


def _mark(state: StateInline, silent: bool) -> bool:
    """Footnote marks, task boxes, formulas between `$$`, and wiki links, of which the shown text is read."""
    source, start = state.src, state.pos
    link = _WIKI_LINK.match(source, start)
    match = link or _FOOTNOTE.match(source, start) or _FORMULA.match(source, start)
    match = match or (_TASK.match(source) if start == 0 else None)
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
    # "[^1]: the footnote itself"
    state.pos = match.end() + (start == 0 and source.startswith("[^") and source.startswith(":", match.end()))
    return True
