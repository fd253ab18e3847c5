"""Which sentences are headings, and of which level."""

from __future__ import annotations

import time

import pytest
from editor import URI, editing

from prism_lsp.prose import sentences


def levels(document: str, language_id: str) -> list[tuple[str, int]]:
    return [(sentence.text, sentence.heading) for sentence in sentences(document, language_id)]


def test_markdown_headings_of_both_kinds() -> None:
    document = "Title\n=====\n\n## A *b* `c`\nText.\n\nSub\n---\n\n###### Six ######\n"
    assert levels(document, "markdown") == [("Title", 1), ("A b c", 2), ("Text.", 0), ("Sub", 2), ("Six", 6)]


def test_every_sentence_of_a_heading_belongs_to_it() -> None:
    assert levels("# Why? Because!\n", "markdown") == [("Why?", 1), ("Because!", 1)]


def test_a_heading_inside_a_quote_or_a_list_begins_no_section() -> None:
    assert levels("> # Quoted\n\n- # In a list\n", "markdown") == [("Quoted", 0), ("In a list", 0)]


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("CHAPTER 1. Loomings.", 4),
        ("Chapter One", 4),
        ("  Chapter XII  ", 4),
        ("Chapter 12: The dog", 4),
        ("Chapter Twenty-One", 4),
        ("CHAPTER IV The Whale", 4),
        ("Chapter 3\nIn Which Nothing Happens", 4),
        ("Volume 2", 1),
        ("PART TWO", 2),
        ("ACT II, SCENE 3", 2),
        ("BOOK THE FIRST", 3),
        ("Scene 2", 4),
        ("Prologue", 4),
        ("EPILOGUE.", 4),
        ("IV", 4),
    ],
)
def test_chapter_lines_of_plain_text(line: str, level: int) -> None:
    for end in ("\n", "\r\n"):
        document = f"{line}\n\nText.\n".replace("\n", end)
        assert {found for text, found in levels(document, "plaintext") if text != "Text."} == {level}


@pytest.mark.parametrize(
    "line",
    [
        "Chapter two was the best of them.",
        "Part of me agreed.",
        "Book three seats, please.",
        "Act one way and think another.",
        "The prologue",
        "Ill.",
        "I see.",
        "12",
        "Chapter 1\nIt was a dark night.\nAnd so on.",
        "Chapter 1. " + "A very long line of text that nobody would give a chapter for its title, " * 2,
    ],
)
def test_prose_is_no_chapter_line(line: str) -> None:
    assert {level for _, level in levels(f"{line}\n\nText.\n", "plaintext")} == {0}


def test_a_table_of_contents_is_not_taken_for_chapters() -> None:
    contents = "PART I\n\nChapter 1\n\nChapter 2\n\nPART II\n\nChapter 3\n\n"
    book = "PART I\n\nChapter 1\n\nText.\n\nChapter 2\n\nText.\n\nPART II\n\nChapter 3\n\nText.\n"
    found = [text for text, level in levels(contents + book, "plaintext") if level]
    assert found == ["PART I", "Chapter 1", "Chapter 2", "PART II", "Chapter 3"]


def test_chapters_that_are_yet_to_be_written_are_chapters() -> None:
    found = [text for text, level in levels("Chapter 1\n\nText.\n\nChapter 2\n\nChapter 3\n", "plaintext") if level]
    assert found == ["Chapter 1", "Chapter 2", "Chapter 3"]


def test_a_great_many_chapter_lines_take_no_longer_than_so_many_lines() -> None:
    start = time.perf_counter()
    assert len(levels("IV\n\n" * 20_000, "plaintext")) == 20_000
    assert time.perf_counter() - start < 5


@pytest.mark.parametrize(
    ("language_id", "document", "expected"),
    [
        ("latex", "\\chapter{A \\emph{b}}\nText.\\footnote{Note.}\n\\section*{Sub\\footnote{Note.}}\nText.",
         [("A b", 2), ("Text.", 0), ("Note.", 0), ("Sub", 3), ("Note.", 0), ("Text.", 0)]),
        ("latex", "\\part{One}\\subsection[x]{Two}\\begin{figure}\\caption{Three}\\end{figure}",
         [("One", 1), ("Two", 4), ("Three", 0)]),
        ("restructuredtext", "====\nBook\n====\n\nOne\n===\n\nText.\n\nSub\n---\n\nTwo\n===\n",
         [("Book", 1), ("One", 2), ("Text.", 0), ("Sub", 3), ("Two", 2)]),
        ("asciidoc", "= Book\n\n== One ==\nText.\n\n.A title\nText.\n\nTwo\n---\n\n==== Deep\n",
         [("Book", 1), ("One", 2), ("Text.", 0), ("A title", 0), ("Text.", 0), ("Two", 2), ("Deep", 4)]),
        ("org", "* TODO One :tag:\nText.\n** Two[fn:: Note.]\n*not one*\n",
         [("One", 1), ("Text.", 0), ("Two", 2), ("Note.", 0), ("not one", 0)]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_headings_of_other_formats(
    language_id: str, document: str, expected: list[tuple[str, int]], line_end: str
) -> None:
    assert levels(document.replace("\n", line_end), language_id) == expected


@pytest.mark.parametrize("language_id", ["latex", "asciidoc", "org", "restructuredtext"])
async def test_an_editor_gets_an_outline_of_every_format(language_id: str) -> None:
    document = {
        "latex": "\\section{One}\nText.\n\n\\subsection{Two}\nText.\n",
        "asciidoc": "== One\n\nText.\n\n=== Two\n\nText.\n",
        "org": "* One\nText.\n\n** Two\nText.\n",
        "restructuredtext": "One\n===\n\nText.\n\nTwo\n---\n\nText.\n",
    }[language_id]
    async with editing() as editor:
        editor.open(document, language=language_id)
        (one,) = await editor.ask("textDocument/documentSymbol", {"textDocument": {"uri": URI}})
        assert (one["name"], [child["name"] for child in one["children"]]) == ("One", ["Two"])
        folds = await editor.ask("textDocument/foldingRange", {"textDocument": {"uri": URI}})
        assert {fold["startLine"] for fold in folds} >= {0}
