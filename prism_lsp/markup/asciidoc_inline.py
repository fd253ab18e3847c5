"""The inline markup of AsciiDoc: emphasis, code, macros, links, and the notes that stand in a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..blocks import Mark
from .inline import Markup, Nested, blank, code, glyph

_TOKEN = re.compile(
    r"""
    (?P<pass>\+\+\+[\s\S]{0,2000}?\+\+\+|pass:[a-z,]{0,20}\[[^\]]{0,2000}\])
    |(?P<literal>\+\+(?P<content>[\s\S]{1,300}?)\+\+)
    |(?P<break>[ \t]\+[ \t]*(?=\n|\Z))
    |(?P<formula>(?:stem|latexmath|asciimath|\bkbd|\bbtn):[a-z,]{0,20}\[[^\]]{0,300}\])
    |(?P<note>footnote(?:ref)?:[\w-]{0,60}\[(?:[\w-]{1,60},)?)
    |(?P<unread>(?:image|icon|menu|anchor|indexterm|cite|citenp|counter):[^\s\[\]:][^\s\[\]]{0,500}\[[^\]]{0,1000}\]
        |indexterm:\[[^\]]{0,1000}\]
        |\[\[[^\[\]\n]{1,200}\]\]|\[\[\[[^\[\]\n]{1,200}\]\]\]
        |\(\(\([^()]{1,500}\)\)\)
        |<<[^<>,\n]{1,300}>>)
    |(?P<reference><<[^<>,\n]{1,300},[ \t]*(?=[^<>]{1,500}>>))
    |(?P<link>(?:link|xref|mailto):[^\s\[\]<>]{1,2000}\[|(?:(?<=[<\s>()\[\];"'])|\A)(?:https?|ftp|irc)://[^\s\[\]<>]{1,2000}\[)
    |(?P<term>\(\((?=[^()]{1,500}\)\)))
    |(?P<attribute>\{[A-Za-z][\w:-]{0,60}\})
    |(?P<escape>\\(?=(?:\{|\[\[|\(\(|<<|https?:|link:|xref:|footnote:|include::)))
    |(?P<raised>(?:\[[^\[\]\n]{1,100}\])?(?:\^[^\s^]{1,100}\^|~[^\s~]{1,100}~))
    |(?P<quote>["']`|`["'])
    |(?P<sign>\\?(?:\[[^\[\]\n]{1,100}\](?=[*_`\#]))?(?:\*\*?|__?|\#\#?|``?|\+))
    """,
    re.VERBOSE,
)
ATTRIBUTES = {
    "amp": "&", "apos": "'", "asterisk": "*", "backslash": "\\", "backtick": "`", "caret": "^", "deg": "°",
    "endsb": "]", "gt": ">", "ldquo": "“", "lsquo": "‘", "lt": "<", "plus": "+", "quot": '"', "rdquo": "”",
    "rsquo": "’", "startsb": "[", "tilde": "~", "vbar": "|",
}  # fmt: skip
"""Attributes that stand for one character. Others are left out."""


class Inline(Nested):
    """The inline markup of a block, and of the notes that stand in it."""

    tokens = _TOKEN

    def __init__(self, piece: str, start: int, end: int, markup: Sequence[Markup], heading: int = 0) -> None:
        super().__init__(piece, start, end, heading)
        self.dead: set[tuple[str, int]] = set()
        """Signs that are not closed up to some place."""
        for each in markup:
            self.add(each)

    def token(self, token: re.Match[str]) -> int:
        """Read one token; answers where to go on."""
        start, end = token.span()
        kind, piece = token.lastgroup, self.piece
        if kind == "sign":
            return self._sign(token[0], start, end)
        if kind == "quote":
            return self._quote(token[0], start, end)
        if kind == "link":
            return self._link(start, end)
        if kind == "note":
            return self._note(start, end)
        if kind == "reference":
            close = piece.index(">>", end)
            self.enter("link", start, end, close, close + 2)
        elif kind == "term":
            close = piece.index("))", end)
            self.enter("link", start, end, close, close + 2)
        elif kind == "literal":
            self._literal(start, start + 2, end - 2, end)
        elif kind == "break":
            self.add(blank(start, end, kept=True))
        elif kind == "formula":
            inner = piece.index("[", start)
            self.add(Markup(start, inner))
            self.add(code(piece, inner, end))
        elif kind == "attribute":
            self._attribute(start, end)
        elif kind == "raised":
            sign = piece.index(piece[end - 1], start)
            self.add(Markup(start, sign + 1))
            self.add(Markup(end - 1, end))
        elif kind == "escape":
            return self._escape(start, end)
        else:
            self.add(Markup(start, end))
        return end

    def _edges(self, start: int, end: int) -> tuple[bool, bool]:
        """Whether a single sign can open and whether it can close."""
        piece = self.piece
        low, high = self.frames[-1].content, self.frames[-1].stop
        before = piece[start - 1] if start > low else " "
        behind = piece[end] if end < high else " "
        opens = not (before.isalnum() or before in "_;:}<>&") and not behind.isspace()
        return opens, not before.isspace() and not (behind.isalnum() or behind == "_")

    def _sign(self, token: str, start: int, end: int) -> int:
        """A sign of emphasis or of code, perhaps with a role before it or a backslash that takes its meaning away."""
        sign = token.lstrip("\\")
        bare = start + len(token) - len(sign)
        if sign[0] == "[":
            bare += sign.index("]") + 1
            sign = sign[sign.index("]") + 1 :]
            if token[0] != "\\" and not self._edges(start, end)[0] and len(sign) == 1:
                start = bare  # what looks like a role is text
        if sign[0] in "`+":
            if start < bare and token[0] == "\\":
                return self._escape(start, bare)
            return self._code(sign, start, bare, end)
        if len(sign) == 2 and (self.pairs.waits(sign) or self._again(sign, end)):
            self.sign(sign, start, end, True, True)
            return end
        end = bare + 1
        opens, closes = self._edges(start, end)
        self.sign(sign[0], start, end, opens or (token[0] == "\\" and self._edges(bare, end)[0]), closes)
        return end

    def sign(self, sign: str, start: int, end: int, opens: bool, closes: bool) -> None:
        """A sign of emphasis; of a pair of which the first is escaped, the backslash goes and the rest stays."""
        if place := self.pairs.meet(sign, start, end, opens, closes):
            if self.piece[place[0]] == "\\":
                self.add(Markup(place[0], place[0] + 1))
            else:
                self.add(Markup(*place))
                self.add(Markup(start, end))
                self.mark(Mark(*place, start, end, True))

    def _again(self, sign: str, start: int) -> bool:
        """Whether a sign comes again in what is being read."""
        key = (sign, self.frames[-1].stop)
        if key not in self.dead and self.piece.find(sign, start + 1, key[1]) < 0:
            self.dead.add(key)
        return key not in self.dead

    def _code(self, sign: str, start: int, bare: int, end: int) -> int:
        """`` `code` ``, and `+text+`, which is read as it is."""
        stop = self.frames[-1].stop
        if len(sign) == 2 and self._again(sign, end):
            close = self.piece.find(sign, end + 1, stop)
            self.add(Markup(start, bare))
            self.add(code(self.piece, bare, close + 2, 2))
            return close + 2
        sign, end = sign[0], bare + 1
        if (sign, stop) not in self.dead and self._edges(start, end)[0]:
            close = end + 1
            while (close := self.piece.find(sign, close, stop)) > 0:
                if self._edges(close, close + 1)[1]:
                    if sign == "+":
                        self._literal(start, end, close, close + 1)
                    else:
                        wrapped = self.piece[end] == "+" == self.piece[close - 1] and close - end > 2
                        self.add(Markup(start, bare))
                        self.add(code(self.piece, bare, close + 1, 2 if wrapped else 1))
                    return close + 1
                close += 1
            self.dead.add((sign, stop))
        return end

    def _literal(self, start: int, content: int, stop: int, end: int) -> None:
        self.add(Markup(start, content))
        self.add(Markup(stop, end))
        self.mark(Mark(start, content, stop, end, True))

    def _quote(self, sign: str, start: int, end: int) -> int:
        """Curved quotation marks."""
        opens, closes = self._edges(start, end)
        mark = sign.strip("`")
        opening = sign[0] != "`"
        place = self.pairs.meet(mark, start, end, opening and opens, not opening and closes)
        if place:
            pair = "“”" if mark == '"' else "‘’"
            self.add(glyph(*place, pair[0]))
            self.add(glyph(start, end, pair[1]))
        elif sign == "`'" and not self.pairs.waits("'"):
            self.add(glyph(start, end, "’"))
        elif not self.pairs.waits(mark):
            return start + 1
        return end

    def _attribute(self, start: int, end: int) -> None:
        name = self.piece[start + 1 : end - 1]
        if name in ("nbsp", "sp", "space"):
            self.add(blank(start, end))
        elif name in ATTRIBUTES:
            self.add(glyph(start, end, ATTRIBUTES[name]))
        else:
            self.add(Markup(start, end))

    def _escape(self, start: int, end: int) -> int:
        """A backslash keeps the markup behind it from being some; where there would be none, both are read."""
        following = self.tokens.match(self.piece, end, self.frames[-1].stop)
        if following is None or (following.lastgroup == "sign" and not self._again(following[0][0], end)):
            return end
        self.add(Markup(start, end))
        return following.end()

    def _close(self, start: int) -> int:
        """Where the bracket is closed in which the text from `start` stands; -1 if it is not."""
        stop = self.frames[-1].stop
        if ("]", stop) in self.dead:
            return -1
        at = start
        while (at := self.piece.find("]", at, stop)) >= 0 and self.piece[at - 1] == "\\":
            at += 1
        if at < 0:
            self.dead.add(("]", stop))
        return at

    def _link(self, start: int, end: int) -> int:
        close = self._close(end)
        if close < 0:
            return end
        text = self.piece[end:close]
        if not text.strip() or (start > 0 and self.piece[start - 1] == "\\"):
            self.add(Markup(start, close + 1))
            return close + 1
        stop = close
        if "=" in text:  # attributes
            stop = end + text.index(",") if "," in text[: text.index("=")] else end
        if self.piece[stop - 1] == "^":
            stop -= 1
        if stop <= end:
            self.add(Markup(start, close + 1))
            return close + 1
        self.enter("link", start, end, stop, close + 1)
        return end

    def _note(self, start: int, end: int) -> int:
        close = self._close(end)
        if close < 0:
            return end
        if close == end:
            self.add(Markup(start, close + 1))
            return close + 1
        self.enter("note", start, end, close, close + 1)
        return end
