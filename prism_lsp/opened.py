"""An open document with its sentences, and what is to be read in it. No LSP types."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    import asyncio

    from prism_lsp.document import Document
    from prism_lsp.prose import Sentence

Found = TypeVar("Found")

LONGEST_NOTE = 50
"""Sentences of notes that a sentence is looked for behind."""

_SIGNS = re.compile(r"\s*(?:(?:[^\w\s]|_)\s*){0,3}")

VISIBLE_BEFORE, VISIBLE_AFTER, MOST_VISIBLE = 5, 30, 150
"""Sentences around the place where the writer looks that count as visible."""


class Split(NamedTuple):
    """A version of a document and its sentences, in text order."""

    document: Document
    sentences: Sequence[Sentence]
    starts: list[int]
    """Where each sentence starts, in characters of the document."""

    def at(self, start: int, end: int | None = None) -> Sentence | None:
        """The sentence at a place, or the first one that a stretch of characters touches; its very end counts."""
        number = self.number(start, end)
        return None if number is None else self.sentences[number]

    def number(self, start: int, end: int | None = None) -> int | None:
        """The number of the sentence that `at` finds."""
        index = bisect_right(self.starts, start) - 1
        # Where one sentence ends and the next begins at once, the next one is meant. A sentence goes on behind a note.
        for number in range(index, max(-1, index - LONGEST_NOTE - 1), -1):
            if start <= self.sentences[number].end:
                return number
        if end is not None and index + 1 < len(self.sentences) and self.starts[index + 1] < end:
            return index + 1
        return None

    def masks(self, index: int) -> list[tuple[int, int]]:
        """What no colour and no mark lies on inside a sentence, given by its number: markup, code and notes, in order.

        Blanks and up to three signs, such as those of emphasis, are none: a colour goes on over them.
        """
        text, between = self.document.text, self.sentences[index].masks
        return [(start, end) for start, end, code in between if code or not _SIGNS.fullmatch(text, start, end)]

    def notes(self, index: int) -> Iterator[Sentence]:
        """The sentences of notes that stand inside a sentence, given by its number."""
        end = self.sentences[index].end
        for number in range(index + 1, len(self.sentences)):
            if self.starts[number] >= end:
                break
            yield self.sentences[number]

    def within(self, start: int, end: int) -> Sequence[Sentence]:
        """Sentences that touch a stretch of characters."""
        return self.sentences[self.first(start) : bisect_left(self.starts, end)]

    def first(self, start: int) -> int:
        """Number of the first sentence that ends behind a place."""
        index = max(0, bisect_right(self.starts, start) - 1)
        return index + (index < len(self.sentences) and self.sentences[index].end <= start)

    def around(self, start: int, end: int) -> Sequence[Sentence]:
        """Sentences that touch a stretch of characters, and some before and after."""
        first = bisect_right(self.starts, start) - 1 - VISIBLE_BEFORE
        last = bisect_left(self.starts, end) + VISIBLE_AFTER
        return self.sentences[max(0, first) : min(last, first + MOST_VISIBLE)]


class PerVersion(Generic[Found]):
    """What is found once for a version of a document, and kept until there is another one."""

    def __init__(self, find: Callable[[Split], Found]) -> None:
        self.find = find
        self._known: dict[str, tuple[Split, Found]] = {}

    def of(self, split: Split) -> Found:
        """What was found for this version."""
        known = self._known.get(split.document.uri)
        if known is None or known[0] is not split:
            known = self._known[split.document.uri] = (split, self.find(split))
        return known[1]

    def forget(self, uri: str) -> None:
        """The document was closed."""
        self._known.pop(uri, None)


class Opened:
    """An open document: its newest version, and what is to be read in it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.split: Split | None = None
        """Of this version or an older one."""
        self.splitting: tuple[Document, asyncio.Future[Split]] | None = None
        """The version that is being split now, and its split to be."""
        self.texts: dict[str, None] = {}
        """Texts of the sentences of `split`."""
        self.unread: dict[str, None] = {}
        """Texts to be read, from top to bottom."""
        self.edited: dict[str, None] = {}
        """Those of them that an edit made."""
        self.look = (0, 0)
        """Where the writer looks: the stretch last asked for or edited, in characters."""
        self.first: int | None = None
        """How many sentences the first reading has to read; None before the first split and once it is done."""

    def visible(self) -> list[str]:
        """Texts around the place where the writer looks."""
        return [sentence.reads for sentence in self.split.around(*self.look)] if self.split else []
