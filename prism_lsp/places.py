"""Where the keys and values of a TOML text stand. What they are worth, `tomllib` says; it tells no places.

Tolerant: a file that is being typed has places too. Nothing here raises. Offsets are characters of the text, half-open.
"""

from __future__ import annotations

import json
import re
from typing import Literal, NamedTuple

Span = tuple[int, int]
Path = tuple[str | int, ...]
"""Keys from the top; a number counts the items of an array, or the tables of an array of tables, from 0."""

DEEPEST = 20
"""Arrays and tables inside one another; what is deeper has no places."""


class Entry(NamedTuple):
    """A key with its value, an array's item, or a table's header."""

    path: Path
    key: Span
    """The last of its keys, with its quotation marks; of an item, the item."""
    value: Span
    """The value; right behind the equals sign where there is none, and of a header its end."""


class Slot(NamedTuple):
    """A place where something can be typed."""

    kind: Literal["key", "value", "header"]
    path: Path
    """Of a key or a header: the table it stands in. Of a value: where it belongs."""
    start: int
    end: int
    """The cursor is in this slot from here to there; both ends count."""
    token: Span
    """What stands there."""


class Places:
    """The places of one text."""

    def __init__(self, text: str) -> None:
        scan = _Scan(text)
        scan.run()
        self.slots = scan.slots
        self.entries: dict[Path, Entry] = {}
        self.duplicates: list[tuple[Entry, Entry]] = []
        """A key or header that was there before, and where it was."""
        for entry in scan.entries:
            first = self.entries.setdefault(entry.path, entry)
            if first is not entry:
                self.duplicates.append((entry, first))

    def key(self, path: Path) -> Span:
        """Where a key stands; one without a place of its own has that of what is in it, or of what it is in."""
        if path in self.entries:
            return self.entries[path].key
        within = (entry.key for entry in self.entries.values() if entry.path[: len(path)] == path)
        return next(within, None) or self.key(path[:-1]) if path else (0, 0)

    def value(self, path: Path) -> Span:
        """Where a value stands; of a table with a header, the header's key."""
        entry = self.entries.get(path)
        if entry is None or entry.value[0] == entry.value[1]:
            return self.key(path)
        return entry.value

    def slot(self, offset: int) -> Slot | None:
        """The slot that the cursor is in; the narrowest."""
        here = [slot for slot in self.slots if slot.start <= offset <= slot.end]
        return min(here, key=lambda slot: slot.end - slot.start, default=None)


_BLANKS = re.compile(r"[ \t]*")
_GAP = re.compile(r"(?:[ \t\r\n]+|#[^\r\n]*)*")
_LINE = re.compile(r"[^\r\n]*")
_KEY = re.compile(r"""[^\s=.,#\[\]{}"']+|"(?:[^"\\\r\n]|\\[^\r\n])*"?|'[^'\r\n]*'?""")
_STRING = re.compile(
    r"\"{3}(?:[^\\]|\\.)*?(?:\"{3,5}|\Z)|'{3}.*?(?:'{3,5}|\Z)|\"(?:[^\"\\\r\n]|\\[^\r\n])*\"?|'[^'\r\n]*'?", re.DOTALL
)
_WORDS = re.compile(r"[^,\]}#\r\n]*[^,\]}#\s]")
_STATEMENT = re.compile(r"[ \t]*(?:\[\[?[ \t]*[\w.-]+[ \t]*\]|[\w.-]+[ \t]*=)")
"""A line that is no part of an array, so that one whose end is not typed yet does not swallow the file."""


class _Scan:
    """One pass over a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.entries: list[Entry] = []
        self.slots: list[Slot] = []
        self.counts: dict[Path, int] = {}
        """Arrays of tables, and how many tables each has so far."""

    def run(self) -> None:
        table: Path = ()
        self.at = int(self.text.startswith("\ufeff"))
        while True:
            start = self.at
            self.skip(_BLANKS)
            here = self.peek()
            if here in ("", "\r", "\n"):
                self.slots.append(Slot("key", table, start, self.at, (self.at, self.at)))
            elif here == "[":
                table = self.header()
            elif here != "#":
                self.pair(table, 0)
            self.skip(_LINE)  # a comment, or what is not understood
            if self.at == len(self.text):
                return
            self.at += 2 if self.text.startswith("\r\n", self.at) else 1

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def skip(self, pattern: re.Pattern[str]) -> str:
        """Go behind what the pattern finds here, if it does."""
        match = pattern.match(self.text, self.at)
        if match is None:
            return ""
        self.at = match.end()
        return match.group()

    def header(self) -> Path:
        """`[table]` or `[[table]]`; the path of what follows."""
        array = self.text.startswith("[[", self.at)
        self.at += 1 + array
        self.skip(_BLANKS)
        keys = self.keys("header", ())
        path: Path = ()
        for name, _ in keys:
            path += (name,)
            if path in self.counts and not (array and len(path) == len(keys)):
                path += (self.counts[path] - 1,)
        if array and keys:
            self.counts[path] = self.counts.get(path, 0) + 1
            path += (self.counts[path] - 1,)
        if keys:
            self.entries.append(Entry(path, keys[-1][1], (self.at, self.at)))
        return path

    def keys(self, kind: Literal["key", "header"], table: Path) -> list[tuple[str, Span]]:
        """A key, perhaps with dots; the last part is a slot."""
        found: list[tuple[str, Span]] = []
        behind = self.at
        while True:
            start = self.at
            word = self.skip(_KEY)
            end = self.at
            if not word:
                path = (*table, *(name for name, _ in found))
                self.slots.append(Slot(kind, path, behind, end, (end, end)))
                return found
            found.append((_name(word), (start, end)))
            self.skip(_BLANKS)
            if self.peek() != ".":
                self.at = end
                path = (*table, *(name for name, _ in found[:-1]))
                self.slots.append(Slot(kind, path, start, end, (start, end)))
                return found
            self.at += 1
            behind = self.at
            self.skip(_BLANKS)

    def pair(self, table: Path, depth: int) -> None:
        """`key = value`."""
        keys = self.keys("key", table)
        path = (*table, *(name for name, _ in keys))
        self.skip(_BLANKS)
        if keys and self.peek() == "=":
            self.at += 1
            self.value(path, keys[-1][1], depth)

    def value(self, path: Path, key: Span | None, depth: int) -> None:
        """What stands behind an equals sign, or an array's item (that has no key)."""
        behind = self.at
        self.skip(_BLANKS)
        token = self.at
        opening = self.peek()
        if opening in ("[", "{"):
            if depth < DEEPEST:
                (self.array if opening == "[" else self.table)(path, depth + 1)
            else:
                self.skip(_LINE)
        else:
            self.skip(_STRING if opening in ('"', "'") else _WORDS)
            self.slots.append(Slot("value", path, behind, self.at, (token, self.at)))
        value = (token, self.at)
        self.entries.append(Entry(path, value if key is None else key, value))

    def array(self, path: Path, depth: int) -> None:
        """`[item, item]`, perhaps over several lines."""
        self.at += 1
        count, wanted = 0, True
        while True:
            start = self.at
            gap = self.skip(_GAP)
            if "\n" in gap and _STATEMENT.match(self.text, self.text.rindex("\n", start, self.at) + 1):
                self.at = start
                return
            here = self.peek()
            if here in ("", ",", "]"):
                if wanted:  # behind an item comes a comma first
                    self.slots.append(Slot("value", (*path, count), start, self.at, (self.at, self.at)))
                self.at += here != ""
                if here != ",":
                    return
                wanted = True
                continue
            before = self.at
            self.value((*path, count), None, depth)
            count, wanted = count + 1, False
            self.at += self.at == before

    def table(self, path: Path, depth: int) -> None:
        """`{ key = value, key = value }`, on one line."""
        self.at += 1
        wanted = True
        while True:
            start = self.at
            self.skip(_BLANKS)
            here = self.peek()
            if here in ("", "\r", "\n", ",", "}", "#"):
                if wanted:
                    self.slots.append(Slot("key", path, start, self.at, (self.at, self.at)))
                self.at += here in (",", "}")
                if here != ",":
                    return
                wanted = True
                continue
            before, wanted = self.at, False
            self.pair(path, depth)
            self.at += self.at == before


def _name(word: str) -> str:
    """A key without quotation marks."""
    if word[0] == "'":
        return word.strip("'")
    if word[0] != '"':
        return word
    try:
        return str(json.loads(word))
    except ValueError:
        return word.strip('"')
