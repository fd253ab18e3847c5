"""Which stretches of a Markdown document are prose.

Blocks and inline markup come from markdown-it-py. It gives lines for blocks but no offsets for inline tokens, so the
inline state is watched (`markdown_inline.Traced`): every rule works at `state.pos`, and what it pushes there starts there.

Left out: front matter, code blocks, HTML, formulas (a short one inside a sentence is read as its source), images, URLs,
footnote marks, citations, link definitions, attributes in braces, the markers of tables, lists and boxes. Short inline
code is read as its text: a hole in a sentence would change what the model sees more than a noun does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from markdown_it.token import Token

from ..blocks import Block, Stretch, remembered, urls
from .markdown_inline import Content, Traced, Walk, parser

MOST_LABELS = 20_000_000
"""Brackets times characters of a paragraph beyond which no links are looked for: that is no prose, and takes minutes."""

_EOL = r"(?:\r\n|\r|\n)"
_FRONT_MATTER = re.compile(
    rf"\ufeff?(?:---[ \t]*{_EOL}(?![ \t]*{_EOL})(?:.*?{_EOL})??(?:---|\.\.\.)"
    rf"|\+\+\+[ \t]*{_EOL}(?:.*?{_EOL})??\+\+\+)[ \t]*(?:{_EOL}|\Z)",
    re.DOTALL,
)
"""YAML or TOML. As in Pandoc, a blank line after `---` makes it a rule across the page."""
_NEW = r"(?:[^ \t\r\n:~]|[:~][^ \t])"
_CUT = re.compile(rf"\n[ \t]*\n(?={_NEW})")
_CUT_ANY = re.compile(rf"(?:\r\n|\r(?!\n)|\n)[ \t]*(?:\r\n|\r(?!\n)|\n)(?={_NEW})")
"""A blank line before a line that is neither indented nor a definition: a new block begins there, except inside a fence
or HTML. The second is for text with a carriage return in it."""
_ONLY_PARAGRAPH = re.compile(r"(?:(?:[^\W\d_]|[\"'“”‘’«»(—–…])[^\r\n]*(?:\r\n|\r|\n|\Z))+[ \t\r\n]*\Z")
"""Lines that begin like this, without a blank line between them, can only be a paragraph: markdown-it need not look."""
_LINE_END = re.compile(_EOL)
_MARKUP = re.compile(r"[\\`*_~\[<{$]|&[#\w]|://|www\.")
"""Where this does not occur, a paragraph is only text."""

_SPECIAL = re.compile(r"[\\`*_\[\]<>~|$#]|&(?=#?\w+;)|(?<!\S)[-+=](?!\w)|(?<=\d)[.)](?=\s|\Z)")
"""Characters that can be markup, at the start of a line too."""

_PROBE = "prism"


class _Parsed(NamedTuple):
    closed: bool
    """Whether the piece ends on its own: no fence, HTML or math is left open."""
    inlines: tuple[Content, ...]
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
    parser().block.parse(f"{source}\n\n{_PROBE}", parser(), env, tokens)
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
            inline = Content(token.content, (0,), (starts[line] + begin,))
        else:
            end = token.map[1] + 1
            inline = _paragraph(token.content, lines[line:end], starts[line:end])
        if inline and kind == "heading_open" and before and before.level == 0:
            inline = inline._replace(heading=int(before.tag[1:]))
        inlines += [inline] if inline else []
    return _Parsed(closed, tuple(inlines), tuple(env.get("references", ())))


def _paragraph(content: str, lines: Sequence[str], starts: Sequence[int]) -> Content | None:
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
    return Content(content, tuple(at), tuple(anchors))


def _cell(content: str, line: str, start: int, begin: int) -> tuple[Content | None, int]:
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
    return Content(content, tuple(at), tuple(anchors)), match.end()


@remembered
def _blocks(piece: str, labels: tuple[str, ...] = ()) -> Sequence[Block]:
    """Blocks of a piece, given the link labels that the whole document defines."""
    blocks = (_block(piece, inline, labels) for inline in _parse(piece).inlines)
    return tuple(block for block in blocks if block.text)


def _block(piece: str, inline: Content, labels: tuple[str, ...]) -> Block:
    if not _MARKUP.search(inline.content) and "|" not in inline.content:  # a pipe: a table cell may stand in parts
        return Block(piece, _plain(piece, inline), heading=inline.heading)
    env = {"references": {label: {"href": "", "title": ""} for label in labels}}
    tool = parser(links=inline.content.count("[") * len(inline.content) < MOST_LABELS)
    state = Traced(inline.content, tool, env, [])
    tool.inline.tokenize(state)
    for rule in tool.inline.ruler2.getRules(""):
        rule(state)
    stretches, marks = Walk(piece, inline, urls(inline.content)).walk(state.tokens)
    return Block(piece, stretches, marks, inline.heading)


def _plain(piece: str, inline: Content) -> Iterator[Stretch]:
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
