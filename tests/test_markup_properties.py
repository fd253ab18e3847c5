"""Every format of prose, from made documents: where sentences stand, what is never read, and what no edit touches."""

from __future__ import annotations

import re
import sys
import unicodedata
from itertools import pairwise
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prism_lsp import prose
from prism_lsp.document import Document
from prism_lsp.features import diagnostics, tokens
from prism_lsp.opened import Split
from prism_lsp.prose import MarkupError, Sentence, edits, replaced, sentences

WORDS = [
    "Call",
    "me",
    "Ishmael.",
    "No!",
    "“Yes?”",
    "e\u0301té",
    "😀",
    "don't",
    "it's",
    "so,",
    "a\u2028line",
    "ship\u00a0s",
]
MASK = "ZQX"
"""Stands in everything that is not read."""
CODE = "KOD"
"""Stands in short code, which is read and nothing else."""


class Format(NamedTuple):
    """How a language says things."""

    language: str
    blocks: tuple[str, ...]
    """What is not read, each a block of its own; `ZQX` stands for it."""
    inline: tuple[str, ...]
    """The same inside a sentence."""
    code: tuple[str, ...]
    """Code and formulas that are read inside a sentence; `KOD` stands for it."""
    frames: tuple[str, ...]
    """Around a paragraph, `{}`."""
    emphasis: tuple[str, ...]
    """Around words."""
    glyphs: str
    """Signs at which another character is read than stands there."""
    off: str
    """A comment, `{}`."""


FORMATS = {
    "markdown": Format(
        "markdown",
        ("```\nZQX\n\nZQX\n```", "<!--\nZQX\n\nZQX -->", "$$\nZQX\n$$", "[ref]: ZQX", "<div>ZQX</div>"),
        ("`ZQX ZQX ZQX ZQX ZQX ZQX ZQX ZQX ZQX`", "<!-- ZQX -->", "$$ ZQX $$", "<https://a.b/ZQX>", "![ZQX](ZQX)", "[@ZQX]"),
        ("`KOD`", "`` KOD + ` ``", "$KOD$"),
        ("# {}", "## {} ##", "> {}", "- {}", "1. {}", "- {}\n\n  - {}", "| {} | b |\n|---|---|\n| {} | {} |", "{}[^1]\n\n[^1]: {}"),
        ("**{}**", "*{}*", "[{}](http://ZQX)", "~~{}~~", "<b>{}</b>"),
        "\\&<",
        "<!-- {} -->",
    ),
    "latex": Format(
        "latex",
        ("\\begin{verbatim}\nZQX\n\nZQX\n\\end{verbatim}", "\\begin{align}\nZQX\n\\end{align}", "% ZQX", "\\label{ZQX}",
         "\\begin{tabular}{ll}\nZQX & ZQX \\\\\n\\end{tabular}", "\\[ZQX\\]", "\\iffalse\nZQX\n\\fi"),
        ("\\cite{ZQX}", "\\ref{ZQX}", "% ZQX\n", "$ZQX + ZQX + ZQX + ZQX + ZQX + ZQX$", "\\url{ZQX}", "\\index{ZQX}"),
        ("\\verb|KOD|", "$KOD$", "\\(KOD\\)", "\\lstinline{KOD}"),
        ("\\section{{{}}}", "\\chapter*{{{}}}", "\\begin{{quote}}\n{}\n\\end{{quote}}", "\\begin{{itemize}}\n\\item {}\n\\item {}\n\\end{{itemize}}"),
        ("\\emph{{{}}}", "\\textbf{{{}}}", "\\href{{ZQX}}{{{}}}", "``{}''", "{{\\it {}}}", "{}\\footnote{{Noted.}}"),
        "`'-\\~!?{}",
        "% {}",
    ),
    "restructuredtext": Format(
        "restructuredtext",
        ("::\n\n   ZQX\n\n   ZQX", ".. code-block:: python\n\n   ZQX\n\n   ZQX", ".. ZQX", ".. _ZQX: ZQX", ".. math::\n\n   ZQX",
         "=== ===\nZQX ZQX\n=== ===", ".. |a| image:: ZQX"),
        ("``ZQX ZQX ZQX ZQX ZQX ZQX ZQX ZQX ZQX``", ":ref:`ZQX`", "[ZQX]_", "|ZQX|", "http://ZQX"),
        ("``KOD``", ":code:`KOD`", ":math:`KOD + KOD`", ":class:`KOD`"),
        # behind a literal block or a directive, indented text alone would be a part of it
        ("* {}", "1. {}", ".. note:: {}", "Said:\n\n  {}", "| {}\n| {}", "Term\n   {}"),
        ("*{}*", "**{}**", "`{} <http://ZQX>`_", ":sub:`{}`"),
        "\\`<*",
        ".. {}",
    ),
    "asciidoc": Format(
        "asciidoc",
        ("----\nZQX\n\nZQX\n----", "....\nZQX\n....", "////\nZQX\n\nZQX\n////", "// ZQX", ":ZQX: ZQX", "image::ZQX[ZQX]",
         "[source,python]\nZQX", "[stem]\n++++\nZQX\n++++", "[[ZQX]]", " ZQX"),
        ("`ZQX ZQX ZQX ZQX ZQX ZQX ZQX ZQX ZQX`", "<<ZQX>>", "image:ZQX[ZQX]", "((( ZQX )))", "http://a.b/ZQX", "+++ZQX+++"),
        ("`KOD`", "stem:[KOD]", "kbd:[KOD]"),
        ("== {}", "* {}", ". {}", "NOTE: {}", "[quote]\n____\n{}\n____", "Term:: {}", "|===\n| {} | {}\n|==="),
        ("*{}*", "_{}_", "https://ZQX[{}]", "#{}#", "link:ZQX[{}]"),
        "\\`'{\"+",
        "// {}",
    ),
    "org": Format(
        "org",
        ("#+begin_src python\nZQX\n\nZQX\n#+end_src", "#+begin_example\nZQX\n#+end_example", "# ZQX", ": ZQX", "#+TITLE: ZQX",
         ":PROPERTIES:\n:ZQX: ZQX\n:END:", "\\begin{align}\nZQX\n\\end{align}", "#+begin_comment\nZQX\n#+end_comment"),
        ("=ZQX ZQX ZQX ZQX ZQX ZQX ZQX ZQX ZQX ZQX=", "[[ZQX]]", "[fn:ZQX]", "[cite:@ZQX]", "http://ZQX", "{{{{{{ZQX}}}}}}"),
        ("=KOD=", "~KOD~", "$KOD$", "\\(KOD\\)"),
        ("* {}", "** TODO {}", "- {}", "1. {}", "#+begin_quote\n{}\n#+end_quote", "| {} | {} |", "- Term :: {}"),
        ("*{}*", "/{}/", "[[http://ZQX][{}]]", "_{}_", "+{}+"),
        "\\",
        "# {}",
    ),
    "plaintext": Format("plaintext", (), ("https://a.b/ZQX",), (), (), (), "", "{}"),
}  # fmt: skip


@st.composite
def made(draw: st.DrawFn, each: Format, whole: bool = False) -> str:
    """A document; `whole`: of blocks that stand alone, with nothing left open."""
    parts: list[str] = []
    for _ in range(draw(st.integers(1, 6))):
        if each.blocks and draw(st.integers(0, 2)) == 0:
            parts.append(draw(st.sampled_from(each.blocks)))
            continue
        frame = draw(st.sampled_from(("{}", "{}", *each.frames)))
        parts.append(re.sub(r"(?<!\{)\{\}(?!\})", "{0}", frame).replace("{{{}}}", "{{{0}}}").format(draw(line(each))))
    text = "\n\n".join(parts)
    if not whole and draw(st.booleans()):
        at, size = draw(st.integers(0, len(text))), draw(st.integers(0, 8))
        text = (
            text[:at]
            + draw(st.sampled_from(["", "\n", "*", "`", "[", "{", "\\", "\0", " ", "\u0301"]))
            + text[at + size :]
        )
    return text.replace("\n", draw(st.sampled_from(["\n", "\n", "\r\n", "\r"])))


@st.composite
def line(draw: st.DrawFn, each: Format) -> str:
    """Words with emphasis and what is not read between them."""
    words = ["So", *draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8))]
    for _ in range(draw(st.integers(0, 2))):
        place = draw(st.integers(1, len(words)))
        inline = draw(st.booleans()) or not each.emphasis
        words.insert(place, draw(st.sampled_from((*each.inline, *each.code))).replace("{{{{{{", "{{{").replace("}}}}}}", "}}}") if inline
                     else draw(st.sampled_from(each.emphasis)).format("bold words"))  # fmt: skip
    return " ".join(words)


def formats() -> st.SearchStrategy[tuple[Format, str]]:
    return st.sampled_from(list(FORMATS.values())).flatmap(lambda each: st.tuples(st.just(each), made(each)))


def whole_formats() -> st.SearchStrategy[tuple[Format, str]]:
    return st.sampled_from(list(FORMATS.values())).flatmap(lambda each: st.tuples(st.just(each), made(each, True)))


def masks(document: str) -> set[int]:
    return {at for match in re.finditer(f"{MASK}|{CODE}", document) for at in range(*match.span())}


def parted(text: str, language: str) -> Split:
    found = sentences(text, language)
    return Split(Document("file:///a", 1, language, text), found, [sentence.start for sentence in found])


@settings(deadline=None, max_examples=300)
@given(formats())
def test_sentences_are_ordered_disjoint_and_map_back_to_what_was_read(case: tuple[Format, str]) -> None:
    each, document = case
    found = sentences(document, each.language)
    taken: set[int] = set()
    assert [s.start for s in found] == sorted(s.start for s in found)
    for sentence in found:
        offsets = list(sentence.map)
        assert len(offsets) == len(sentence.text)
        assert (offsets[0], offsets[-1] + 1) == (sentence.start, sentence.end)
        assert 0 <= sentence.start < sentence.end <= len(document)
        assert offsets == sorted(set(offsets)) and not taken & set(offsets)
        taken |= set(offsets)
        for character, offset in zip(sentence.text, offsets, strict=True):
            blank = character == " " and (document[offset].isspace() or document[offset] in "\\<~-+|>*&%{")
            named = re.search(r"[\\&][#\w]*\Z", document[max(0, offset - 30) : offset]) is not None  # \i is read as ı
            accented = unicodedata.normalize("NFD", character)[0] == document[offset]
            assert document[offset] == character or blank or named or accented or document[offset] in each.glyphs


@settings(deadline=None, max_examples=300)
@given(whole_formats())
def test_what_is_not_prose_is_never_read_and_all_else_is(case: tuple[Format, str]) -> None:
    each, document = case
    read = " ".join(sentence.text for sentence in sentences(document, each.language))
    assert MASK not in read
    assert read.count("Ishmael") == document.count("Ishmael")


@settings(deadline=None, max_examples=300)
@given(whole_formats(), st.data())
def test_no_edit_touches_what_is_not_read(case: tuple[Format, str], data: st.DataObject) -> None:
    each, document = case
    found = sentences(document, each.language)
    if not found:
        return
    sentence = data.draw(st.sampled_from(found))
    words = sentence.text.split()
    place = data.draw(st.integers(0, len(words)))
    words[place : place + data.draw(st.integers(0, 3))] = data.draw(
        st.lists(st.sampled_from(["New", "50%", "a_b", "words."]))
    )
    new = " ".join(words)
    try:
        changes = edits(sentence, document, new)
    except MarkupError:
        return
    assert all(a[1] <= b[0] for a, b in pairwise(changes))
    assert not masks(document) & {at for start, end, _ in changes for at in range(start, end)}
    after = replaced(document, changes)
    assert after.count(MASK) == document.count(MASK)
    assert MASK not in " ".join(s.text for s in sentences(after, each.language))


@settings(deadline=None, max_examples=200)
@given(whole_formats(), st.sampled_from(["utf-8", "utf-16", "utf-32"]))
def test_colours_begin_and_end_at_what_is_read(case: tuple[Format, str], encoding: str) -> None:
    each, text = case
    split = parted(text, each.language)
    document = split.document
    read = {at for sentence in split.sentences for at in sentence.map}
    before, left = (0, 0), {at for at in read - masks(text) if text[at].isalnum()}
    for shown in sorted(tokens.spans(split, encoding), key=lambda span: (span.line, span.start)):
        start = document.offset(shown.line, shown.start, encoding)
        end = document.offset(shown.line, shown.start + shown.length, encoding)
        assert before <= (shown.line, shown.start)
        before = shown.line, shown.start + shown.length
        assert start in read and end - 1 in read
        assert not masks(text) & set(range(start, end))
        left -= set(range(start, end))
    assert "Ishmael" not in "".join(text[at] for at in sorted(left))


@settings(deadline=None, max_examples=200)
@given(whole_formats())
def test_a_mark_lies_on_the_first_words_of_its_sentence(case: tuple[Format, str]) -> None:
    each, text = case
    split = parted(text, each.language)
    for number, sentence in enumerate(split.sentences):
        words = [at for at in sentence.map if text[at].isalpha() and at not in masks(text)]
        place = diagnostics.marked(split, number)
        if place is None:
            assert not words
            continue
        start, end = place
        assert start in sentence.map and end - 1 in sentence.map
        assert not masks(text) & set(range(start, end))
        assert start <= words[0] < end
        if not split.masks(number):
            assert (start, end) == (sentence.start, sentence.end)


@settings(deadline=None, max_examples=150)
@given(whole_formats(), st.data())
def test_what_the_writer_has_taken_out_is_neither_read_nor_edited(
    case: tuple[Format, str], data: st.DataObject
) -> None:
    each, document = case
    off, on = (each.off.format(f"prism:{word}") for word in ("off", "on"))
    hidden = "Hidden it is.\n\nAnd this HIDDEN one."
    end = "\n" if "\n" in document or "\r" not in document else "\r"
    text = f"Before it.\n\n{off}\n\n{hidden}\n\n{on}\n\n".replace("\n", end) + document
    found = sentences(text, each.language)
    assert not any("idden" in sentence.text or "HIDDEN" in sentence.text for sentence in found)
    assert found[0].text == "Before it."
    changes = edits(found[0], text, "After it all.")
    assert hidden.replace("\n", end) in replaced(text, changes)


SNIPPETS = [
    (each.language, "\n\n".join((*each.blocks, *(frame.format(*["Call me Ishmael."] * 3) for frame in each.frames))))
    for each in FORMATS.values()
]


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(SNIPPETS), st.data())
def test_a_document_that_is_being_typed_is_read_without_a_fault(snippet: tuple[str, str], data: st.DataObject) -> None:
    language, text = snippet
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        typed = data.draw(st.text("*_`[](){}\\|$%#=+-~^<>&\"' \n\r\t\u2028\u0301😀a:.1", max_size=6))
        text = text[:at] + typed + text[at + data.draw(st.integers(0, 6)) :]
    position = 0
    for sentence in sentences(text, language):
        assert position <= sentence.start < sentence.end <= len(text)
        position = sentence.start


ADVERSARIES = {
    "backticks": "`", "brackets": "[", "closing brackets": "]", "links": "[a](", "stars": "**a ", "under": "_a ", "dollars": "$a ",
    "environments": "\\begin{itemize}\n", "formulas": "\\begin{align}\n\n", "braces": "{a", "notes": "\\footnote{",
    "Org's notes": "[fn:: a", "AsciiDoc's notes": "footnote:[", "comments": "<!-- a\n\n", "listings": "----\n\n",
    "sources": "#+begin_src\n\n", "roles": ":a:`b ", "bars": "|a ", "entities": "&amp;", "off": "<!-- prism:off -->a\n\n",
    "addresses": "http://(", "emphasis": "*/a ", "quotes": "> ", "numbers": "1. ", "items": "\\item[", "marks": "e\u0301",
}  # fmt: skip


@pytest.mark.parametrize("language", FORMATS)
@pytest.mark.parametrize("name", ADVERSARIES)
def test_the_work_grows_with_the_size_of_the_text(name: str, language: str) -> None:
    """Calls of functions, Python's own too; four times the text may take six times as many."""
    few, many = (_calls(ADVERSARIES[name] * count, language) for count in (500, 2000))
    assert many <= 6 * few + 2000


def _calls(text: str, language: str) -> int:
    count = 0

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    prose.sentences("", language)  # imports and patterns are not counted
    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        prose.sentences(text, language)
    finally:
        sys.setprofile(before)
    return count


def test_a_sentence_of_every_format_knows_its_language() -> None:
    for each in FORMATS.values():
        found: list[Sentence] = sentences("Call me Ishmael.", each.language)
        assert [(s.text, s.language_id) for s in found] == [("Call me Ishmael.", each.language)]
