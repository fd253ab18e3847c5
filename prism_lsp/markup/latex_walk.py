"""One walk over the tokens of a stretch of LaTeX: which characters are text, and which block they belong to."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Mapping

from ..blocks import Block, Mark, Stretch
from .inline import DEEPEST, Markup, blank, block, code, glyph
from .latex_macros import (
    ACCENTS,
    BLANKS,
    BREAKING,
    ENVIRONMENTS,
    GLYPHS,
    LEVELS,
    LINE_BREAKS,
    LOOKED_AT,
    NAMES,
    SETTING,
    prose_in,
)

_TOKEN = re.compile(
    r"""
    (?P<verb>\\(?:verb\*?|lstinline(?:\[[^\[\]\n]{0,200}\])?|mintinline(?:\[[^\[\]\n]{0,200}\])?\{[^{}\n]{0,60}\})
            (?P<fence>[^\w\s*{}\[\]\\])[^\n]{0,300}?(?P=fence)
        |\\(?:lstinline(?:\[[^\[\]\n]{0,200}\])?|mintinline(?:\[[^\[\]\n]{0,200}\])?\{[^{}\n]{0,60}\}|path|code|Verb)
            \{[^{}\n]{0,300}\})
    |(?P<address>\\(?:url|nolinkurl|href)[ \t]*\{[^{}\n]{0,2000}\})
    |\\(?:begin|end)[ \t]*\{(?P<environment>[^{}\n]{0,60})\}
    |(?P<accent>\\(?:['"`^~=.]|[cvHukdbr](?=[ \t{\\]))[ \t]*(?:\{[ \t]*(?:[A-Za-z]|\\[ij])[ \t]*\}|[A-Za-z]|\\[ij](?![A-Za-z])))
    |\\(?P<macro>[A-Za-z@]+)\*?
    |(?P<symbol>\\(?:[^\n]|\n[ \t]*|\Z))
    |(?P<comment>%[^\n]*(?:\n[ \t]*)?)
    |(?P<dollar>\$\$?)
    |(?P<skipped>[\0\1]+)
    |(?P<ligature>``|''|---?|[!?]`|`)
    |(?P<tie>~+)
    |(?P<other>[{}\[\]&])
    """,
    re.VERBOSE,
)
_LIGATURES = {"``": "“", "''": "”", "--": "–", "---": "—", "!`": "¡", "?`": "¿", "`": "'"}
_NAME = re.compile(r"\\([A-Za-z]+)")
_LENGTH = re.compile(r"(?:skip|kern|glue|indent|width|height|depth|sep|margin|stretch)\Z")
_DIMENSION = re.compile(
    r"[ \t]*=?(?:[ \t]*(?:plus|minus)?[ \t]*-?(?:\d*\.)?\d+[ \t]*"
    r"(?:pt|em|ex|cm|mm|in|pc|bp|dd|sp|mu|fil{1,3}|\\[A-Za-z]+)(?![A-Za-z])){1,3}"
)
_OVERLAY = re.compile(r"<[\d,\-+|.@a-z: ]{1,40}>")
_LINE_BREAK = re.compile(r"\*?(?:\[[^\[\]\n]{0,20}\])?")
_FILE = re.compile(r"[ \t]+[^\s\\{}]+")
_GAP = re.compile(r"[ \t]*\n?[ \t]*\Z")


class _Part:
    """A block that is being read: the paragraph, or a note that stands in it."""

    def __init__(self, start: int, heading: int = 0) -> None:
        self.start, self.heading = start, heading
        self.markup: list[Markup] = []
        self.marks: list[Mark] = []


class Walk:
    """One walk over the tokens of a piece."""

    def __init__(self, piece: str, masked: str, arguments: Mapping[str, str]) -> None:
        self.piece, self.arguments = piece, arguments
        self.tokens = list(_TOKEN.finditer(masked))
        self.kinds = [token[0] if token.lastgroup in ("other", "dollar") else token.lastgroup for token in self.tokens]
        self.pairs = self._paired()
        self.paired = set(self.pairs)
        self.closing = {
            key: [index for index, token in enumerate(self.tokens) if token[0] == key]
            for key in ("$", "$$", r"\)", r"\]")
        }
        self.blocks: list[Block] = []
        self.parts = [_Part(0)]
        self.skips: dict[int, int] = {}
        """Opening token of an argument that is not read -> its closing token."""
        self.enters: dict[int, tuple[str, int]] = {}
        """Opening token of an argument that is read -> its letter, and where its macro begins."""
        self.leaves: dict[int, tuple[str, int, int]] = {}
        """Closing token -> the same, and where the argument begins."""
        self.limits = [len(self.tokens)]
        """Closing tokens of the arguments that are being read: no formula goes beyond."""

    def walk(self) -> list[Block]:
        """The blocks in the order in which they end."""
        index = 0
        while index < len(self.tokens):
            index = self._step(index)
        while self.parts:
            self._end_part(len(self.piece))
        return self.blocks

    def _paired(self) -> list[int]:
        """Index of the token that closes each `{` and `[`, or -1."""
        pairs = [-1] * len(self.tokens)
        braces: list[int] = []
        brackets: list[list[int]] = [[]]
        for index, kind in enumerate(self.kinds):
            if kind == "{":
                braces.append(index)
                brackets.append([])
            elif kind == "}" and braces:
                pairs[braces.pop()] = index
                brackets.pop()
            elif kind == "[":
                brackets[-1].append(index)
            elif kind == "]" and brackets[-1]:
                pairs[brackets[-1].pop()] = index
        return pairs

    # Blocks

    def _hole(self, start: int, end: int) -> None:
        self.parts[-1].markup.append(Markup(start, end))

    def _break(self, start: int, end: int) -> None:
        """The block ends at `start`; the next one begins at `end`."""
        part = self.parts[-1]
        found = block(self.piece, part.start, start, part.markup, part.marks, part.heading)
        if found.text:
            self.blocks.append(found)
        self.parts[-1] = _Part(end)

    def _end_part(self, end: int) -> None:
        self._break(end, end)
        self.parts.pop()

    # Tokens

    def _step(self, index: int) -> int:
        """Read one token, and what belongs to it; answers the next one."""
        token, kind = self.tokens[index], self.kinds[index]
        start, end = token.span()
        if kind == "macro":
            return self._macro(index)
        if kind == "environment":
            return self._environment(index)
        if kind == "symbol":
            return self._symbol(index)
        if kind in ("{", "["):
            return self._open(index)
        if kind in ("}", "]"):
            self._close(index)
        elif kind in ("$", "$$"):
            return self._math(index, kind, 1 if kind == "$" else 0)
        elif kind == "ligature":
            self.parts[-1].markup.append(glyph(start, end, _LIGATURES[token[0]]))
        elif kind == "accent":
            self._accent(start, end)
        elif kind == "verb":
            self._verbatim(start, end)
        elif kind == "tie":
            self.parts[-1].markup.append(blank(start, end))
        elif kind == "skipped" and token[0][0] == "\0":
            self._break(start, end)
        elif kind == "address" and token[0].startswith(r"\href"):
            self._hole(start, end)
            self._arguments(index, "l", start)
        else:  # a comment, a formula, an address, a stray &
            self._hole(start, end)
        return index + 1

    def _symbol(self, index: int) -> int:
        token = self.tokens[index]
        start, end = token.span()
        sign = token[0][1:2]
        if sign in ("(", "["):
            return self._math(index, r"\)" if sign == "(" else r"\]", 2 if sign == "(" else 0)
        if sign and sign in "{}%$&#_":
            self.parts[-1].markup.append(Markup(start, end, Stretch(start, end, "escape")))
        elif sign == "\\":
            end = _LINE_BREAK.match(self.piece, end).end()  # type: ignore[union-attr]
            self.parts[-1].markup.append(blank(start, end, kept=True))
            return bisect_right(self.tokens, end - 1, lo=index + 1, key=re.Match.start)
        elif sign and sign in " \t\n,;:>":
            self.parts[-1].markup.append(blank(start, end))
        else:
            self._hole(start, end)
        return index + 1

    def _math(self, index: int, closing: str, margin: int) -> int:
        """A formula; a sign that opens none is left out."""
        token = self.tokens[index]
        places = self.closing[closing]
        number = bisect_right(places, index)
        if number == len(places) or places[number] >= self.limits[-1]:
            self._hole(*token.span())
            return index + 1
        start, end = token.start(), self.tokens[places[number]].end()
        self.parts[-1].markup.append(code(self.piece, start, end, margin) if margin else Markup(start, end))
        return places[number] + 1

    def _accent(self, start: int, end: int) -> None:
        sign, letter = self.piece[start + 1], self.piece[start + 2 : end].strip(" \t{}\\")
        character = unicodedata.normalize("NFC", letter + ACCENTS[sign])
        self.parts[-1].markup.append(glyph(start, end, character if len(character) == 1 else letter))

    def _verbatim(self, start: int, end: int) -> None:
        fence = self.piece[end - 1]
        inner = self.piece.rindex("{" if fence == "}" else fence, start, end - 1)
        self._hole(start, inner)
        self.parts[-1].markup.append(code(self.piece, inner, end))

    # Macros, environments and their arguments

    def _macro(self, index: int) -> int:
        token = self.tokens[index]
        start, end = token.span()
        name = token["macro"]
        if name in GLYPHS:
            if len(name) <= 2 and end < len(self.piece) and self.piece[end] == " ":
                end += 1  # TeX takes it as the end of the name: "\\oe uvre" is one word
            self.parts[-1].markup.append(glyph(start, end, GLYPHS[name]))
            return index + 1
        if name in NAMES:
            self._hole(start, start + 1)
            self.parts[-1].markup.append(Markup(start + 1, end, Stretch(start + 1, end, "name")))
            return index + 1
        if name in BREAKING or "h" in self.arguments.get(name, ""):
            self._break(start, end)
        elif name in BLANKS or name in LINE_BREAKS:
            self.parts[-1].markup.append(blank(start, end, kept=True))
        else:
            self._hole(start, end)
        if overlay := _OVERLAY.match(self.piece, end):
            self._hole(end, overlay.end())
            end = overlay.end()
        if name in self.arguments:
            self._arguments(index, self.arguments[name], start)
        elif name in ("def", "gdef", "edef", "xdef"):
            return self._definition(index)
        elif name in ("input", "include") and (file := _FILE.match(self.piece, end)):
            self._hole(end, file.end())
        else:
            self._all_arguments(index, start, SETTING.match(name) is None)
        if _LENGTH.search(name) and (dimension := _DIMENSION.match(self.piece, end)):
            self._hole(end, dimension.end())
            end = dimension.end()
        return bisect_right(self.tokens, end - 1, lo=index + 1, key=re.Match.start)

    def _environment(self, index: int) -> int:
        token = self.tokens[index]
        self._break(*token.span())
        name = token["environment"].rstrip("*")
        if token[0].startswith(r"\begin"):
            if overlay := _OVERLAY.match(self.piece, token.end()):
                self._hole(token.end(), overlay.end())
            if name in ENVIRONMENTS:
                self._arguments(index, ENVIRONMENTS[name], token.start())
            else:
                self._all_arguments(index, token.start(), True)
        return index + 1

    def _definition(self, index: int) -> int:
        """`\\def\\name#1{...}`: nothing of it is read."""
        brace = next((at for at in range(index + 1, min(index + 12, len(self.tokens))) if self.kinds[at] == "{"), -1)
        if brace < 0 or not brace < self.pairs[brace] < self.limits[-1]:
            return index + 1
        self._hole(self.tokens[index].start(), self.tokens[self.pairs[brace]].end())
        return self.pairs[brace] + 1

    def _next(self, index: int, adjacent: bool = False) -> int:
        """The token behind, if nothing but blanks and comments stand in between; -1 if there is none."""
        at = self.tokens[index].end()
        if overlay := _OVERLAY.match(self.piece, at):
            at = overlay.end()
        index += 1
        while index < len(self.tokens):
            token = self.tokens[index]
            gap = self.piece[at : token.start()]
            if gap and (adjacent or not _GAP.match(gap)):
                return -1
            if self.kinds[index] != "comment":
                return index
            at = token.end()
            index += 1
        return -1

    def _arguments(self, index: int, letters: str, macro: int) -> None:
        """Remember what is to become of the arguments behind a macro, which stands at `macro`."""
        for letter in letters:
            following = self._next(index)
            if following < 0:
                return
            optional = letter in "oB"
            if self.kinds[following] != ("[" if optional else "{"):
                if optional:
                    continue
                return
            close = self.pairs[following]
            if letter in "om" and close >= 0:
                self.skips[following] = close
            elif letter != "o":
                self.enters[following] = (letter if letter != "m" else "t", macro)
            else:
                return
            if close < 0:
                return
            index = close

    def _all_arguments(self, index: int, macro: int, shown: bool) -> None:
        """All arguments behind an unknown macro are left out, but for the last one in braces if it looks like prose.

        That is a block if it is whole sentences or a box's, else text of the sentence. `shown`: whether the macro may show it.
        """
        last, box = -1, self.kinds[index] == "environment"
        while (following := self._next(index, adjacent=True)) >= 0 and self.kinds[following] in ("{", "["):
            close = self.pairs[following]
            if close < 0:
                break
            self.skips[following] = index = close
            last = following if self.kinds[following] == "{" else last
        if shown and last >= 0:
            start, end = self.tokens[last].end(), self.tokens[self.skips[last]].start()
            if letter := prose_in(
                self.piece[start : min(end, start + LOOKED_AT)], self.piece[max(start, end - 9) : end]
            ):
                del self.skips[last]
                self.enters[last] = ("b" if box else letter, macro)

    def _open(self, index: int) -> int:
        token, close = self.tokens[index], self.pairs[index]
        start, end = token.span()
        if index in self.skips:
            self._hole(start, self.tokens[close].end())
            return close + 1
        if index not in self.enters:
            if token[0] == "{":
                self._hole(start, end)
            return index + 1
        letter, macro = self.enters[index]
        if len(self.parts) > DEEPEST:
            letter = "t"
        if close >= 0:
            self.leaves[close] = (letter, macro, end)
            self.limits.append(close)
        if letter in "bhB":
            self._hole(start, self.tokens[close].end() if close >= 0 else len(self.piece))
            name = _NAME.match(self.piece, macro)
            self.parts.append(_Part(end, LEVELS.get(name[1], 0) if letter == "h" and name else 0))
        elif letter == "q" and close >= 0:
            self.parts[-1].markup.append(Markup(start, end, Stretch(start, end, "name", 0, "“")))
        else:
            self._hole(start, end)
        return index + 1

    def _close(self, index: int) -> None:
        start, end = self.tokens[index].span()
        if index not in self.leaves:
            if self.kinds[index] == "}":
                if index in self.paired:
                    self._hole(start, end)
                else:  # of a note or a group that began paragraphs before
                    self._break(start, end)
            return
        letter, macro, content = self.leaves[index]
        self.limits.pop()
        if letter in "bhB":
            self._end_part(start)
            return
        part = self.parts[-1]
        if letter == "q":
            part.markup.append(Markup(start, end, Stretch(start, end, "name", 0, "”")))
        else:
            part.markup.append(Markup(start, end))
            part.marks.append(Mark(macro, content, start, end, letter == "t"))
