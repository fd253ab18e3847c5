"""The inline markup of Org: emphasis, code, links, entities, and the notes that stand in a sentence."""

from __future__ import annotations

import re
from html.entities import name2codepoint

from .inline import Markup, Nested, blank, code, glyph

_TOKEN = re.compile(
    r"""
    (?P<link>\[\[[^\[\]\n]{1,2000}\](?:\]|\[(?=[^\]])))
    |(?P<note>\[fn:[-\w]*(?:\]|:))
    |(?P<target><<<|>>>|<<[^<>\n]{1,200}>>)
    |(?P<unread><[A-Za-z][A-Za-z0-9+.-]*:[^<>\n]{1,2000}>
        |[<\[]\d{4}-\d\d-\d\d[^<>\[\]\n]{0,60}[>\]](?:--[<\[]\d{4}-\d\d-\d\d[^<>\[\]\n]{0,60}[>\]])?
        |\[\d*(?:/\d*|%)\]
        |\[cite(?:/[\w/-]{1,60})?:[^\[\]]{1,2000}\]
        |\{\{\{[^{}]{1,1000}\}\}\}
        |@@[\w-]{1,60}:[^@]{0,2000}@@
        |\\\[[^\0]{0,400}?\\\]|\$\$[^$]{1,400}\$\$
        |\bcall_[\w-]{1,60}(?:\[[^\[\]\n]{0,200}\])?\([^()\n]{0,500}\)(?:\[[^\[\]\n]{0,200}\])?)
    |(?P<source>\bsrc_[\w-]{1,60}(?:\[[^\[\]\n]{0,200}\])?(?=\{[^{}\n]{0,500}\}))
    |(?P<formula>\\\([^\0]{1,300}?\\\)|(?<![$\w])\$(?:[^\s.,;$]|[^\s.,;$][^$]{0,300}?[^\s.,$])\$(?=[\s\-.,;:!?'")\]}]|\Z))
    |(?P<break>\\\\[ \t]*(?=\n|\Z))
    |(?P<fragment>\\[A-Za-z]+\*?(?:\[[^\[\]\n]{0,100}\]|\{[^{}\n]{1,200}\})+)
    |(?P<entity>\\([A-Za-z]+)(?:\{\})?)
    |(?P<script>(?<=\S)[_^](?=\{[^{}\n]{0,200}\}))
    |(?P<run>(?P<same>[*/_+=~])(?P=same){4,})
    |(?P<code>[=~])
    |(?P<sign>[*/_+])
    """,
    re.VERBOSE,
)
_NAME = re.compile(r"\\([A-Za-z]+)")
_SIGNS = frozenset("*/_+")
_BEFORE = frozenset("-–—({'\"")
_AFTER = frozenset("-–—.,;:!?')}[\"\\")
_CODE_END = {sign: re.compile(rf"(?<=\S){sign}(?=[\s\-–—.,;:!?')}}\[\"\\]|\Z)") for sign in "=~"}

ENTITIES = {name: chr(point) for name, point in name2codepoint.items()} | {
    "S": "§", "asciicirc": "^", "ast": "*", "bdquo": "„", "colon": ":", "dag": "†", "ddag": "‡", "dots": "…",
    "equal": "=", "euro": "€", "ldots": "…", "plus": "+", "pounds": "£", "slash": "/", "ss": "ß", "tilde": "~",
    "under": "_", "vbar": "|", "vert": "|",
}  # fmt: skip
"""Names that Org knows for characters: mostly those of HTML."""


class Inline(Nested):
    """The inline markup of a block, and of the notes that stand in it."""

    tokens = _TOKEN

    def __init__(self, piece: str, start: int, end: int, heading: int = 0) -> None:
        super().__init__(piece, start, end, heading)
        self.dead: set[tuple[str, int]] = set()
        """Signs that are not closed up to some place."""
        self.brackets = self._brackets(start, end) if piece.find("[fn:", start, end) >= 0 else {}

    def _brackets(self, start: int, end: int) -> dict[int, int]:
        """Where each bracket that opens is closed."""
        found: dict[int, int] = {}
        waiting: list[int] = []
        for match in re.finditer(r"[\[\]]", self.piece[start:end]):
            if match[0] == "[":
                waiting.append(start + match.start())
            elif waiting:
                found[waiting.pop()] = start + match.start()
        return found

    def token(self, token: re.Match[str]) -> int:
        """Read one token; answers where to go on."""
        start, end = token.span()
        kind = token.lastgroup
        if kind == "sign":
            self.sign(token[0], start, end, *self._edges(start, end))
        elif kind == "code":
            return self._code(token[0], start)
        elif kind == "link":
            self._link(start, end)
        elif kind == "note":
            self._note(start, end)
        elif kind == "run":
            pass
        elif kind == "formula":
            self.add(code(self.piece, start, end, 1 if token[0][0] == "$" else 2))
        elif kind == "break":
            self.add(blank(start, end, kept=True))
        elif kind == "entity":
            self._entity(start, end)
        elif kind == "fragment" and (name := _NAME.match(self.piece, start)) and name[1] in ENTITIES:
            self._entity(start, name.end())
            return name.end()
        elif kind == "source":
            last = self.piece.index("}", end) + 1
            self.add(Markup(start, end))
            self.add(code(self.piece, end, last))
            return last
        elif kind == "script":
            close = self.piece.index("}", end)
            self.enter("part", start, end + 1, close, close + 1)
            return end + 1
        else:
            self.add(Markup(start, end))
        return end

    def _edges(self, start: int, end: int) -> tuple[bool, bool]:
        """Whether a sign can open and whether it can close. Inside other emphasis, its ends are as good as blanks."""
        low, high = self.frames[-1].content, self.frames[-1].stop
        behind, before = end, start
        while before > low and self.piece[before - 1] in _SIGNS and self.pairs.waits(self.piece[before - 1], before):
            before -= 1
        while behind < high and self.piece[behind] in _SIGNS and self.pairs.waits(self.piece[behind]):
            behind += 1
        blank_before = start == low or self.piece[start - 1].isspace()
        blank_behind = end == high or self.piece[end].isspace()
        return (
            not blank_behind
            and (
                blank_before or before == low or self.piece[before - 1].isspace() or self.piece[before - 1] in _BEFORE
            ),
            not blank_before
            and (blank_behind or behind == high or self.piece[behind].isspace() or self.piece[behind] in _AFTER),
        )

    def _code(self, sign: str, start: int) -> int:
        stop = self.frames[-1].stop
        if self._edges(start, start + 1)[0] and (sign, stop) not in self.dead:
            if close := _CODE_END[sign].search(self.piece, start + 2, stop):
                self.add(code(self.piece, start, close.end()))
                return close.end()
            self.dead.add((sign, stop))
        return start + 1

    def _link(self, start: int, end: int) -> None:
        stop = self.frames[-1].stop
        if self.piece[end - 1] == "]":
            self.add(Markup(start, end))
        elif ("[[", stop) not in self.dead:
            close = self.piece.find("]]", end, stop)
            if close < 0:
                self.dead.add(("[[", stop))
            else:
                self.enter("link", start, end, close, close + 2)

    def _note(self, start: int, end: int) -> None:
        close = self.brackets.get(start, -1)
        if self.piece[end - 1] == "]":
            self.add(Markup(start, end))
        elif start < close < self.frames[-1].stop:
            self.enter("note", start, end, close, close + 1)

    def _entity(self, start: int, end: int) -> None:
        name = self.piece[start + 1 : end].removesuffix("{}")
        if name in ("nbsp", "ensp", "emsp", "thinsp"):
            self.add(blank(start, end))
        elif name in ENTITIES:
            self.add(glyph(start, end, ENTITIES[name]))
        elif self.piece.endswith("}", start, end):
            self.add(Markup(start, end))
