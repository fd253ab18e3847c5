"""A document's shape: its paragraphs, and its sections as a tree. No LSP types. Offsets are characters of the document."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from prism_lsp.opened import Split


class Paragraph(NamedTuple):
    """Sentences that stand together: of a paragraph, heading, list item or table cell."""

    first: int
    """Number of its first sentence."""
    last: int
    """Number after its last one."""
    heading: int
    """Level of the heading that it is, from 1; 0 in running text."""


class Section(NamedTuple):
    """A heading and all that stands below it, up to the next heading of its level or a higher one."""

    level: int
    title: str
    """The heading's text."""
    first: int
    """Number of the heading's first sentence."""
    body: int
    """Number of the first sentence below the heading."""
    last: int
    """Number after its last sentence."""
    start: int
    """Start of the heading's first line."""
    end: int
    """End of its last line that is not blank."""
    parent: int | None
    """Number of the section around it."""


class Outline:
    """Paragraphs and sections of a version of a document, in text order; a section stands before those in it."""

    def __init__(self, split: Split) -> None:
        self.split = split
        self.paragraphs = tuple(_paragraphs(split))
        self.sections = tuple(_sections(split, self.paragraphs))
        self._firsts = [paragraph.first for paragraph in self.paragraphs]
        self._starts = [section.start for section in self.sections]

    def paragraph(self, sentence: int) -> Paragraph:
        """The paragraph of a sentence, by its number."""
        return self.paragraphs[bisect_right(self._firsts, sentence) - 1]

    def around(self, offset: int) -> Iterator[Section]:
        """The sections that a place is in, innermost first."""
        number: int | None = bisect_right(self._starts, offset) - 1
        while number is not None and number >= 0:
            if offset <= self.sections[number].end:
                yield self.sections[number]
            number = self.sections[number].parent

    def heading(self, offset: int) -> str | None:
        """The heading that a place stands under, or is."""
        section = next(self.around(offset), None)
        return section.title if section else None


def _paragraphs(split: Split) -> Iterator[Paragraph]:
    first = 0
    for _, group in groupby(split.sentences, lambda sentence: sentence.block):
        sentences = list(group)
        yield Paragraph(first, first + len(sentences), sentences[0].heading)
        first += len(sentences)


def _sections(split: Split, paragraphs: Sequence[Paragraph]) -> Iterator[Section]:
    document, sentences = split.document, split.sentences
    # A note inside a heading stands between its sentences.
    parts = {sentences[each.first].block: each for each in reversed(paragraphs) if each.heading}
    headings = sorted(parts.values())
    following = _next_of_level([heading.heading for heading in headings])
    opened: list[int] = []
    for number, (heading, after) in enumerate(zip(headings, following, strict=True)):
        while opened and headings[opened[-1]].heading >= heading.heading:
            opened.pop()
        start = document.line_start(document.line_of(sentences[heading.first].start))
        if after is None:
            last, stop = len(sentences), len(document.text)
        else:
            last = headings[after].first
            stop = document.line_start(document.line_of(sentences[last].start))
        end = max(_without_blank_lines(document.text, stop), sentences[heading.last - 1].end)
        title = " ".join(sentence.text for sentence in sentences[heading.first : heading.last])
        parent = opened[-1] if opened else None
        yield Section(heading.heading, title, heading.first, heading.last, last, start, end, parent)
        opened.append(number)


def _next_of_level(levels: Sequence[int]) -> list[int | None]:
    """For each heading the number of the next one of its level or a higher one."""
    found: list[int | None] = [None] * len(levels)
    opened: list[int] = []
    for number, level in enumerate(levels):
        while opened and levels[opened[-1]] >= level:
            found[opened.pop()] = number
        opened.append(number)
    return found


def _without_blank_lines(text: str, end: int) -> int:
    while end and text[end - 1].isspace():
        end -= 1
    return end
