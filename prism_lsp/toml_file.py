"""What a project's TOML files have in common: how long they may be, and where and how a fault in one is told. No LSP types."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, NamedTuple

from prism_lsp.places import Places

_TOML_PLACE = re.compile(r" \(at (?:line ([0-9]+), column ([0-9]+)|end of document)\)$")


class Problem(NamedTuple):
    """Something in a file that cannot be used."""

    start: int
    end: int
    """Characters of the file, half-open."""
    message: str
    """One sentence that says what to do."""


class Loaded(NamedTuple):
    """A file's values and where they stand; or what is wrong with all of it."""

    data: dict[str, Any]
    places: Places
    problems: tuple[Problem, ...]
    """None, or the reason why nothing was read."""


def load(text: str, kind: str, longest: int, longest_line: int) -> Loaded:
    """Read a TOML text of at most so many characters, and so many in a line. Never raises. `kind`: "rule file"."""
    long = re.search(rf"[^\r\n]{{{longest_line + 1},}}", text)
    if long is not None or len(text) > longest:
        where = long.span() if long else (0, 0)
        return Loaded({}, Places(""), (Problem(*where, f"This is too long for a {kind}, so it is not read."),))
    places = Places(text)
    try:
        # a byte-order mark is no TOML, but some editors write it
        data = tomllib.loads(" " + text[1:] if text.startswith("\ufeff") else text)
    except (ValueError, RecursionError) as error:
        return Loaded({}, places, tuple(sorted(_duplicates(text, places) or [_not_toml(text, error)])))
    return Loaded(data, places, ())


def meant(word: str, known: Iterable[str]) -> str:
    """A hint at the nearest known words; empty if none is near."""
    near = get_close_matches(word.casefold(), list(known), 2, 0.6)
    return f"Did you mean {' or '.join(near)}?" if near else ""


def shown(value: object) -> str:
    """A value as it may stand in a message."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "a list"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return f"“{text if len(text) <= 40 else text[:39] + '…'}”"


def _duplicates(text: str, places: Places) -> list[Problem]:
    return [
        Problem(
            *entry.key, f"{shown(text[slice(*entry.key)])} is there already, on line {line_of(text, first.key[0])}."
        )
        for entry, first in places.duplicates
    ]


def line_of(text: str, offset: int) -> int:
    """The line that a character is in, counted from 1."""
    return text.count("\n", 0, offset) + 1


def _not_toml(text: str, error: Exception) -> Problem:
    """From where the parser stopped to the end of that line."""
    told = str(error) if isinstance(error, ValueError) else "it is nested too deep"
    match = _TOML_PLACE.search(told)
    start = len(text.rstrip())
    if match and match[1]:
        start = 0
        for _ in range(int(match[1]) - 1):
            start = text.find("\n", start) + 1
        start = min(start + int(match[2]) - 1, len(text))
    rest = re.compile(r"[^\r\n]*").match(text, start)
    end = rest.end() if rest else start
    if not text[start:end].strip():  # it stopped at the end of a line: what stands before is meant
        start, end = text.rfind("\n", 0, start) + 1, start
        start += len(text[start:end]) - len(text[start:end].lstrip())
    return Problem(start, end, f"This is not TOML: {told[: match.start()] if match else told}.")
