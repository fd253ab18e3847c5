"""Paragraphs and sections of a document."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from prism_lsp import prose
from prism_lsp.document import Document
from prism_lsp.opened import PerVersion, Split
from prism_lsp.outline import Outline


def outline(text: str, language: str = "markdown") -> Outline:
    found = prose.sentences(text, language)
    document = Document("file:///a", 1, language, text)
    return Outline(Split(document, found, [sentence.start for sentence in found]))


def test_a_section_holds_those_below_it_and_ends_before_the_next_of_its_level() -> None:
    text = "Before.\n\n# A\n\nOne.\n\n## B\n\n```\ncode\n```\n\n\n# C *d*\nTwo. Three."
    found = outline(text)
    assert [(s.title, s.level, s.parent) for s in found.sections] == [("A", 1, None), ("B", 2, 0), ("C d", 1, None)]
    assert [text[s.start : s.end] for s in found.sections] == [
        "# A\n\nOne.\n\n## B\n\n```\ncode\n```",
        "## B\n\n```\ncode\n```",
        "# C *d*\nTwo. Three.",
    ]
    assert [(s.first, s.body, s.last) for s in found.sections] == [(1, 2, 4), (3, 4, 4), (4, 5, 7)]


def test_levels_may_be_left_out_and_headings_may_have_several_sentences() -> None:
    found = outline("### Why? Why not!\n\nText.\n\n# A\n\n#### B\n\n## C\n")
    assert [(s.title, s.parent) for s in found.sections] == [("Why? Why not!", None), ("A", None), ("B", 1), ("C", 1)]


def test_the_heading_above_a_place() -> None:
    text = "Before.\n\n# A\n\nOne.\n\n## B\n\nTwo."
    found = outline(text)
    assert [found.heading(text.index(word)) for word in ("Before", "A", "One", "Two")] == [None, "A", "A", "B"]
    assert [section.title for section in found.around(text.index("Two"))] == ["B", "A"]


def test_paragraphs() -> None:
    found = outline("# A\n\nOne. Two.\n\n- Three.\n- Four. Five.\n")
    assert [tuple(paragraph) for paragraph in found.paragraphs] == [(0, 1, 1), (1, 3, 0), (3, 4, 0), (4, 6, 0)]
    assert [found.paragraph(number).first for number in range(6)] == [0, 1, 1, 3, 4, 4]


def test_a_document_without_prose_has_no_shape() -> None:
    for text in ("", "\n\n", "```\n# code\n```\n"):
        assert outline(text).sections == outline(text).paragraphs == ()
        assert outline(text).heading(0) is None


@given(st.lists(st.sampled_from(["# A\n\n", "## B\n\n", "### C? D.\n\n", "One. Two.\n\n", "\n", "```\nx\n```\n\n"])))
def test_sections_nest_and_cover_their_sentences(pieces: list[str]) -> None:
    found = outline("".join(pieces))
    for section in found.sections:
        assert section.first < section.body <= section.last
        sentences = found.split.sentences[section.first : section.last]
        assert section.start <= sentences[0].start and sentences[-1].end <= section.end
        if section.parent is not None:
            parent = found.sections[section.parent]
            assert parent.level < section.level
            assert parent.start < section.start and section.end <= parent.end and section.last <= parent.last
    for one, other in pairwise(found.sections):
        assert one.start < other.start and (other.start < one.end or one.last <= other.first)


def test_what_is_found_for_a_version_is_found_once() -> None:
    asked: list[int] = []
    document = Document("file:///a", 1, "markdown", "One.")
    one, other = Split(document, [], []), Split(document, [], [])
    found = PerVersion(lambda split: asked.append(0) or len(asked))
    assert [found.of(one), found.of(one), found.of(other), found.of(other)] == [1, 1, 2, 2]
    found.forget("file:///a")
    assert found.of(other) == 3
