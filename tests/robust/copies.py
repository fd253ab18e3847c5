"""A naive copy of a document: the code units of an encoding, one after the other, as an editor would keep them."""

from __future__ import annotations

import random
import re
import sys
from typing import Any

UTF16 = f"utf-16-{sys.byteorder[0]}e"

PIECES = [
    *"ab. ?!",
    " was ",
    " I ",
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "é",
    "e\u0301",
    "\u0301\u0327",
    "😀",
    "👩\u200d👧",
    "𝔘",
    "\u2028",
    "\u2029",
    "\u0085",
    "\x0b",
    "\x0c",
    "\x1c",
    "\0",
    "\ufeff",
    "\uffff",
    "“x”",
    "*",
    "`",
    "# ",
    "> ",
    "[^1]",
    "$",
    "\\",
    "{",
    "}",
    "---\n",
    "```\n",
]
"""Text that bites: long characters, what only some programs take for line ends, markup."""


def units(text: str, encoding: str) -> str:
    """The code units of a text, each as a character of its number."""
    if encoding == "utf-8":
        return text.encode().decode("latin-1")
    return "".join(map(chr, memoryview(text.encode(UTF16)).cast("H"))) if encoding == "utf-16" else text


class Copy:
    """A document as its code units."""

    def __init__(self, text: str, encoding: str) -> None:
        self.encoding = encoding
        self.units = units(text, encoding)

    @property
    def text(self) -> str:
        """The document. Raises UnicodeError when a character has been cut in two."""
        if self.encoding == "utf-8":
            return self.units.encode("latin-1").decode()
        return self.units.encode(UTF16, "surrogatepass").decode(UTF16) if self.encoding == "utf-16" else self.units

    def lines(self) -> list[tuple[int, int]]:
        """Where each line starts and where it ends before its line break."""
        breaks = [match.span() for match in re.finditer(r"\r\n|\r|\n", self.units)]
        return list(
            zip([0, *(end for _, end in breaks)], [*(begin for begin, _ in breaks), len(self.units)], strict=True)
        )

    def begins(self, at: int) -> bool:
        """Whether a character begins at this unit, or the text ends there."""
        unit = ord(self.units[at]) if at < len(self.units) else 0
        if self.encoding == "utf-8":
            return unit & 0xC0 != 0x80
        return self.encoding == "utf-32" or not 0xDC00 <= unit < 0xE000

    def place(self, chance: random.Random) -> tuple[int, dict[str, int]]:
        """A unit where a character begins, and a position that means it: now and then one past the end, or inside it."""
        lines = self.lines()
        number = chance.randrange(len(lines))
        start, end = lines[number]
        kind = chance.random()
        if kind < 0.02:
            return len(self.units), {"line": len(lines) + chance.randrange(3), "character": chance.randrange(9)}
        if kind < 0.06:
            beyond = chance.choice([1, 7, 2**31 - 1])
            return end, {"line": number, "character": min(end - start + beyond, 2**31 - 1)}
        told = at = chance.randint(start, end)
        while not self.begins(at):
            at -= 1
        if kind > 0.2:
            told = at
        return at, {"line": number, "character": told - start}

    def edit(self, chance: random.Random, longest: int = 3000) -> dict[str, Any]:
        """Change it somewhere; the change as the protocol tells it."""
        new = "".join(chance.choices(PIECES, k=chance.choice((0, 1, 1, 1, 2, 5, 30))))
        if chance.random() < 0.003:
            self.units = units(new, self.encoding)
            return {"text": new}
        (begin, first), (end, last) = sorted((self.place(chance), self.place(chance)), key=lambda place: place[0])
        if len(self.units) < longest and end - begin > 40:
            end, last = begin, first
        self.units = self.units[:begin] + units(new, self.encoding) + self.units[end:]
        return {"text": new, "range": {"start": first, "end": last}}
