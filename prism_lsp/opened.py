"""An open document with its sentences, and what is to be read in it. No LSP types."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from prism_lsp.document import Document
    from prism_lsp.prose import Sentence

LONGEST_NOTE = 50
"""Sentences of notes that a sentence is looked for behind."""

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
        index = bisect_right(self.starts, start) - 1
        # Where one sentence ends and the next begins at once, the next one is meant. A sentence goes on behind a note.
        for sentence in self.sentences[max(0, index - LONGEST_NOTE) : index + 1][::-1]:
            if start <= sentence.end:
                return sentence
        if end is not None and index + 1 < len(self.sentences) and self.starts[index + 1] < end:
            return self.sentences[index + 1]
        return None

    def notes(self, index: int) -> Iterator[Sentence]:
        """The sentences of notes that stand inside a sentence, given by its number."""
        end = self.sentences[index].end
        for number in range(index + 1, len(self.sentences)):
            if self.starts[number] >= end:
                break
            yield self.sentences[number]

    def within(self, start: int, end: int) -> Sequence[Sentence]:
        """Sentences that touch a stretch of characters."""
        first = max(0, bisect_right(self.starts, start) - 1)
        found = self.sentences[first : bisect_left(self.starts, end)]
        return found[1:] if found and found[0].end <= start else found

    def around(self, start: int, end: int) -> Sequence[Sentence]:
        """Sentences that touch a stretch of characters, and some before and after."""
        first = bisect_right(self.starts, start) - 1 - VISIBLE_BEFORE
        last = bisect_left(self.starts, end) + VISIBLE_AFTER
        return self.sentences[max(0, first) : min(last, first + MOST_VISIBLE)]


class Opened:
    """An open document: its newest version, and what is to be read in it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.split: Split | None = None
        """Of this version or an older one."""
        self.texts: set[str] = set()
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
        return [sentence.text for sentence in self.split.around(*self.look)] if self.split else []
