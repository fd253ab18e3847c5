"""The inline markup of reStructuredText, as docutils finds it: from left to right, none within another."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

from ..blocks import Mark, Stretch
from .inline import Markup, blank, code, words

_TOKEN = re.compile(
    r"(?P<escape>\0(?:[^\n]|\n|\Z))|(?P<start>\*\*|\*(?!\*)|``|_`|\|(?!\|))(?=\S)|(?P<role>`(?!`))(?=\S)|(?P<note>\[[^\]\s]{1,100}\]_)|(?P<name>__?)"
)
_BACKSLASH = re.compile(r"\\([\s\S]|\Z)")
NAME = r"(?:(?!_)\w)+(?:[-._+:](?:(?!_)\w)+)*"
"""A simple reference name."""
_REFERENCE = re.compile(rf"{NAME}\Z")
_ROLE = re.compile(rf":({NAME}):\Z")
_END = {
    "**": re.compile(r"(?<![\s\0])\*\*"),
    "*": re.compile(r"(?<![\s\0])\*"),
    "``": re.compile(r"(?<!\s)``"),
    "_`": re.compile(r"(?<![\s\0])`"),
    "|": re.compile(r"(?<![\s\0])\|_{0,2}"),
    "`": re.compile(rf"(?<![\s\0])`(?::(?P<role>{NAME}):|__?)?"),
}
_TARGET = re.compile(r"(?:\A|\s+)<[^<>]+>\Z")
_PART = re.compile(r"\0| (?=[^\s\0])|\s+|[^\s\0]+(?: [^\s\0]+)*")
_PAIRS = {'"': '"', "'": "'", "(": ")", "[": "]", "{": "}", "<": ">", "“": "”", "‘": "’", "«": "»", "„": "”", "‚": "’"}

TEXT_ROLES = words("""
emphasis strong sub subscript sup superscript title title-reference t dfn term abbr guilabel menuselection index
abbreviation acronym
""")
UNREAD_ROLES = words("""
raw cite cite:p cite:t footcite footcite:p footcite:t pep pep-reference rfc rfc-reference download numref eq label fn
""")
REFERENCE_ROLES = words("ref doc any keyref option envvar token std:ref std:doc")
"""Roles that show a text which stands somewhere else, unless they are given one."""
CODE_ROLES = words("""
code literal math command file kbd samp program envvar option mimetype makevar regexp class func meth mod attr exc data
const obj type
""")


@cache
def _opens(sign: str) -> bool:
    return sign.isspace() or sign in "-/:'\"<([{" or (sign > "\x7f" and unicodedata.category(sign) in _AROUND | {"Ps"})


@cache
def _closes(sign: str) -> bool:
    return (
        sign.isspace()
        or sign in "'\")]}>-/:.,;!?\\\0"
        or (sign > "\x7f" and unicodedata.category(sign) in _AROUND | {"Pe"})
    )


_AROUND = {"Pi", "Pf", "Pd", "Po"}


class Inline:
    """The inline markup of a block, from left to right as docutils finds it: none within another."""

    def __init__(self, piece: str, start: int, end: int) -> None:
        self.piece, self.base = piece, start
        # A backslash that escapes is told from one that is escaped itself.
        text = piece[start:end]
        self.text = _BACKSLASH.sub(lambda found: "\0" + found[1], text) if "\\" in text else text
        self.markup: list[Markup] = []
        self.marks: list[Mark] = []
        self.dead: set[str] = set()
        """Markup that is not closed in the rest of the block."""
        self.fresh = 0
        """The end of the last markup: behind it anything may begin."""

    def scan(self) -> tuple[list[Markup], list[Mark]]:
        """Markup and marks, with offsets in the piece."""
        at = 0
        while token := _TOKEN.search(self.text, at):
            at = self._token(token)
        return self.markup, self.marks

    def _token(self, token: re.Match[str]) -> int:
        start, end = token.span()
        if token.lastgroup == "escape":
            self._escape(start, end)
        elif token.lastgroup == "note":
            if self._may_begin(start, end) and self._may_end(end):
                self._hole(start, end)
                self.fresh = end
        elif token.lastgroup == "name":
            self._reference(start, end)
        else:
            role = _ROLE.search(self.text, max(self.fresh, start - 60), start) if token.lastgroup == "role" else None
            if role and self._may_begin(role.start(), end):
                start = role.start()
            elif self._may_begin(start, end):
                role = None
            else:
                return end
            self.fresh = end
            if close := self._closing(token[0], end):
                self.fresh = close[1]
                self._markup(token[0], start, end, *close, role[1] if role else None)
            return self.fresh
        return end

    def _escape(self, start: int, end: int) -> None:
        if self.text[start + 1 : end].strip():
            at = self.base + start
            self.markup.append(Markup(at, at + 2, Stretch(at, at + 2, "escape")))
        else:  # an escaped blank is nothing
            self._hole(start, end)

    def _hole(self, start: int, end: int) -> None:
        if start < end:
            self.markup.append(Markup(self.base + start, self.base + end))

    def _may_begin(self, start: int, end: int) -> bool:
        if start == self.fresh:
            return True
        before = self.text[start - 1]
        return _opens(before) and not (end < len(self.text) and _PAIRS.get(before) == self.text[end])

    def _may_end(self, end: int) -> bool:
        return end == len(self.text) or _closes(self.text[end])

    def _closing(self, sign: str, start: int) -> tuple[int, int, str | None] | None:
        """Where markup with this sign, and content from `start`, is closed, and by which role behind it."""
        if sign in self.dead:
            return None
        for close in _END[sign].finditer(self.text, start):
            if close.start() > start:
                if self._may_end(close.end()):
                    return *close.span(), close["role"] if sign == "`" else None
                if sign in "`|" and self._may_end(close.start() + 1):
                    return close.start(), close.start() + 1, None
        self.dead.add(sign)
        return None

    def _reference(self, start: int, end: int) -> None:
        """`name_` is a link."""
        name = _REFERENCE.search(self.text, max(self.fresh, start - 100), start)
        if name and self._may_end(end) and self._may_begin(name.start(), name.end()):
            self._locked(name.start(), start)
            self._hole(start, end)
            self.fresh = end

    def _mark(self, start: int, content: int, stop: int, end: int, droppable: bool) -> None:
        """Markup around text that is read."""
        self._hole(start, content)
        for escape in re.finditer(r"\0(?:[\s\S]|\Z)", self.text[content:stop]):
            self._escape(content + escape.start(), content + escape.end())
        self._hole(stop, end)
        base = self.base
        self.marks.append(Mark(base + start, base + content, base + stop, base + end, droppable))

    def _locked(self, start: int, stop: int) -> None:
        """Text that is read but names something, so that no edit may touch it."""
        for part in _PART.finditer(self.text, start, stop):
            first, last = self.base + part.start(), self.base + part.end()
            if part[0] == "\0":
                self._hole(part.start(), part.end())
            elif part[0].isspace():
                self.markup.append(blank(first, last, kept=True))
            else:
                self.markup.append(Markup(first, last, Stretch(first, last, "name")))

    def _markup(
        self, sign: str, start: int, content: int, stop: int, end: int, behind: str | None, before: str | None
    ) -> None:
        """Markup from `start` to `end` around content, with a role before it or behind it."""
        if sign == "``":
            self.markup.append(code(self.piece, self.base + start, self.base + end, 2))
        elif sign == "|":
            self._hole(start, end)
        elif sign == "_`":
            self._hole(start, content)
            self._locked(content, stop)
            self._hole(stop, end)
        elif sign != "`":
            self._mark(start, content, stop, end, True)
        else:
            role = before or behind or ("_" if end - stop > 1 else "")
            self._interpreted(start, content, stop, end, role.lower())

    def _interpreted(self, start: int, content: int, stop: int, end: int, role: str) -> None:
        """Text between backticks; `_` as a role is a link."""
        target = _TARGET.search(self.text, content, stop) if role not in TEXT_ROLES | CODE_ROLES else None
        if role in UNREAD_ROLES or (role in REFERENCE_ROLES and not target):
            self._hole(start, end)
        elif target:
            self._mark(start, content, target.start(), end, False)
        elif role in CODE_ROLES or ":" in role:
            self._hole(start, content)
            self.markup.append(code(self.piece, self.base + content, self.base + stop, 0))
            self._hole(stop, end)
        elif role in ("_", "term"):
            self._hole(start, content)
            self._locked(content, stop)
            self._hole(stop, end)
        else:
            self._mark(start, content, stop, end, True)
