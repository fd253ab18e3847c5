"""What the readers of LaTeX, reStructuredText, AsciiDoc and Org share: a block is what is left when its markup is out.

Those readers do not build a tree. They find the markup of a block, in any order; all else in it is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from ..blocks import Block, Mark, Stretch, urls

LONGEST_CODE = 30
"""Characters; longer inline code and formulas are left out."""

DEEPEST = 8
"""Notes within notes; what is deeper is read as part of the note around it."""

_CARRIAGE_RETURN = re.compile(r"\r\n?")


class Markup(NamedTuple):
    """A stretch of the document that is not text."""

    start: int
    end: int
    stretch: Stretch | None = None
    """What is read there; None: nothing."""


def words(text: str) -> frozenset[str]:
    """A set of names, written as running text."""
    return frozenset(text.split())


def one_line_end(text: str) -> str:
    """The text with \\n as its only line end, and every other character where it was."""
    return _CARRIAGE_RETURN.sub(lambda end: "\n".rjust(len(end[0])), text) if "\r" in text else text


def block(
    source: str, start: int, end: int, markup: Iterable[Markup] = (), marks: Iterable[Mark] = (), heading: int = 0
) -> Block:
    """What is read from `start` to `end`. Of markup that overlaps, what begins first counts."""
    addresses = (Markup(start + first, start + last) for first, last in urls(source[start:end]))
    found: list[Markup] = []
    for each in sorted((*addresses, *markup), key=_place):
        if start <= each.start < each.end <= end and (not found or found[-1].end <= each.start):
            found.append(each)
    starts = {each.start for each in found}
    whole = [mark for mark in marks if mark.open_start in starts and mark.close_start in starts]
    return Block(source, _stretches(start, end, found), whole, heading)


def _place(markup: Markup) -> tuple[int, int]:
    return markup.start, -markup.end


def _stretches(start: int, end: int, markup: Sequence[Markup]) -> Iterator[Stretch]:
    for first, last, stretch in markup:
        if start < first:
            yield Stretch(start, first)
        if stretch is not None:
            yield stretch
        start = last
    if start < end:
        yield Stretch(start, end)


def code(source: str, start: int, end: int, margin: int = 1) -> Markup:
    """Code or a formula: short, it is read as its text, so that no hole is left in the sentence; else left out."""
    content = source[start + margin : end - margin]
    if not 0 < len(content) <= LONGEST_CODE or content != " ".join(content.split()):
        return Markup(start, end)
    return Markup(start, end, Stretch(start, end, "code", margin))


def glyph(start: int, end: int, character: str) -> Markup:
    """What is read as another character than stands there."""
    return Markup(start, end, Stretch(start, end, "escape", 0, character))


def blank(start: int, end: int, kept: bool = False) -> Markup:
    """What is read as a blank; `kept`: it is markup and no edit touches it."""
    return Markup(start, end, Stretch(start, end, "break" if kept else "blank"))


class Pairs:
    """Signs that open and close emphasis, such as `*`, met from left to right.

    The first sign that can open waits for the first one that can close it; those that wait in between are then text.
    At most one of each kind waits, so that no text takes long.
    """

    def __init__(self) -> None:
        self._waiting: list[list[tuple[str, int, int]]] = [[]]

    def meet(self, sign: str, start: int, end: int, opens: bool, closes: bool) -> tuple[int, int] | None:
        """A sign from `start` to `end`; answers the place of the sign that it closes, if it closes one."""
        waiting = self._waiting[-1]
        number = next((number for number, each in enumerate(waiting) if each[0] == sign), -1)
        if number >= 0 and closes and waiting[number][2] < start:
            place = waiting[number][1:]
            del waiting[number:]
            return place
        if number < 0 and opens:
            waiting.append((sign, start, end))
        return None

    def waits(self, sign: str, end: int | None = None) -> bool:
        """Whether such a sign (that ends there) waits to be closed."""
        return any(each[0] == sign and end in (None, each[2]) for each in self._waiting[-1])

    def enter(self) -> None:
        """A link or a note begins: what is opened outside is not closed inside."""
        self._waiting.append([])

    def leave(self) -> None:
        """It ends."""
        self._waiting.pop()


class Frame(NamedTuple):
    """What is being read: the block, a note in it, a link's text or some other part of it."""

    kind: Literal["block", "note", "link", "part"]
    start: int
    """Where its opening sign stands ..."""
    content: int
    """... and ends."""
    stop: int
    """Where its closing sign stands ..."""
    end: int
    """... and ends."""


class Nested:
    """One walk over a block whose markup can stand in other markup. A note in it becomes a block of its own."""

    tokens: re.Pattern[str]
    """What markup begins with."""

    def __init__(self, piece: str, start: int, end: int, heading: int = 0) -> None:
        """`heading`: level of the heading that the block is, or 0; the notes in it are none."""
        self.piece, self.heading = piece, heading
        self.frames = [Frame("block", start, start, end, end)]
        self.blocks: list[Block] = []
        self.pairs = Pairs()
        self._parts: list[tuple[int, list[Markup], list[Mark]]] = [(start, [], [])]
        self._addresses = [(start + first, start + last) for first, last in urls(piece[start:end])]

    def token(self, token: re.Match[str]) -> int:
        """Read one token; answers where to go on."""
        raise NotImplementedError

    def scan(self) -> list[Block]:
        """The blocks: notes first, then what they stand in."""
        at, address = self.frames[0].start, 0
        while self.frames:
            token = self.tokens.search(self.piece, at, self.frames[-1].stop)
            if token is None:
                at = self._leave()
                continue
            while address < len(self._addresses) and self._addresses[address][1] <= token.start():
                address += 1
            if address < len(self._addresses) and self._addresses[address][0] < token.start():
                at = min(self._addresses[address][1], self.frames[-1].stop)
            else:
                at = self.token(token)
        return self.blocks

    def add(self, markup: Markup) -> None:
        """Markup in the innermost block."""
        self._parts[-1][1].append(markup)

    def mark(self, mark: Mark) -> None:
        """Paired markup, which has been added."""
        self._parts[-1][2].append(mark)

    def enter(self, kind: Literal["note", "link", "part"], start: int, content: int, stop: int, end: int) -> None:
        """Read from `content` to `stop` before all else goes on."""
        if kind == "note" and len(self._parts) > DEEPEST:
            kind = "part"
        if kind == "note":
            self.add(Markup(start, end))
            self._parts.append((content, [], []))
        self.frames.append(Frame(kind, start, content, stop, end))
        self.pairs.enter()

    def _leave(self) -> int:
        kind, start, content, stop, end = self.frames.pop()
        if kind in ("block", "note"):
            begin, markup, marks = self._parts.pop()
            self.blocks.append(block(self.piece, begin, stop, markup, marks, self.heading if kind == "block" else 0))
        else:
            self.add(Markup(start, content))
            self.add(Markup(stop, end))
            if kind == "link":
                self.mark(Mark(start, content, stop, end, False))
        self.pairs.leave()
        return end

    def sign(self, sign: str, start: int, end: int, opens: bool, closes: bool) -> None:
        """A sign of emphasis; a pair of them is markup."""
        if place := self.pairs.meet(sign, start, end, opens, closes):
            self.add(Markup(*place))
            self.add(Markup(start, end))
            self.mark(Mark(*place, start, end, True))
