"""Neovim, the server, the real model and the shipped pack, on chapter 1 of Moby-Dick."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from neovim import ROOT, SERVE, Neovim, editing, kill_engine

PACK = ROOT / "models" / "smollm2-135m"
CHAPTER = ROOT / "tests" / "data" / "moby-dick-1.md"
LONG = 300.0
"""Seconds for the model to be found, loaded, and the chapter to be read."""

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not (PACK / "pack.toml").exists(), reason="the pack has not been built"),
]

QUESTIONS = ("What do you see?", "How then is this?", "Are the green fields gone?")
STATEMENTS = (
    "There is magic in it.",
    "But here is an artist.",
    "There is nothing surprising in this.",
    "But even this wears off in time.",
    "Surely all this is not without meaning.",
)
"""Plain ones. The model may say of some that it finds no good question, but not of all."""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Neovim]:
    settings = {"pack": str(PACK), "threads": 1}
    with editing(tmp_path_factory.mktemp("home"), command=SERVE, settings=settings) as nvim:
        yield nvim


@pytest.fixture
def chapter(editor: Neovim, tmp_path: Path) -> Neovim:
    """The chapter, fresh and read."""
    editor.forget()
    editor.edit(tmp_path / "chapter.md", CHAPTER.read_bytes())
    editor.until(lambda: editor.lua("return (require('prism').state or {}).engine") == "ready", LONG, "the model")
    editor.until(lambda: editor.colour("He thinks he breathes it first"), LONG, "the colours of the whole chapter")
    return editor


def test_every_question_is_coloured_from_its_first_letter_to_its_last(chapter: Neovim) -> None:
    chapter.vim.command("PrismFocus question")  # else "How then is this?" is shown as what leads on from before
    chapter.until(lambda: {kind for *_, kind in chapter.tokens()} == {"prismSentence"}, LONG, "the focus on questions")
    tokens = {(row, start): (end, kind) for row, start, end, kind in chapter.tokens()}
    for question in QUESTIONS:
        row, column = chapter.find(question)
        end = column + len(question)
        assert tokens[row, column] == (end, "prismSentence")
        # and so it is drawn: both ends, and not the blank before it
        for place in (column, end - 1):
            group = chapter.group(row, place)
            assert group is not None and group.startswith("@lsp.typemod.prismSentence.l"), question
        assert chapter.group(row, column - 1) is None
    row, column = chapter.find("they here?")
    line = chapter.vim.current.buffer[row - 1]
    assert line.endswith("What do") and chapter.group(row - 1, len(line.encode()) - 1) == chapter.group(row, column)


def test_call_me_ishmael(chapter: Neovim) -> None:
    row, column = chapter.find("Call me Ishmael.")
    assert (chapter.group(row, column) or "").startswith("@lsp.typemod.prismSentence.l")
    assert chapter.group(row, column + len("Call me Ishmael.")) is None
    assert chapter.hover("Call me Ishmael.", LONG).splitlines()[0].count("Imperative") == 1


def test_tokens_are_parts_of_lines_of_prose(chapter: Neovim) -> None:
    lines = [line.encode() for line in chapter.vim.current.buffer[:]]
    fence = [row for row, line in enumerate(lines) if line.startswith(b"```")]
    front = [row for row, line in enumerate(lines) if line == b"---"]
    tokens = chapter.tokens()
    assert len(tokens) > 60
    end_before = (-1, 0)
    for row, start, end, kind in tokens:
        assert not front[0] <= row <= front[1] and not fence[0] <= row <= fence[1], lines[row]
        assert 0 <= start < end <= len(lines[row])
        assert (row, start) >= end_before
        assert lines[row][start:end].strip() == lines[row][start:end] != b"", lines[row]
        assert kind.startswith("prism")
        end_before = (row, end)
    quoted = {row for row, *_ in tokens if lines[row].startswith(b"> ")}
    assert all(start >= 2 for row, start, *_ in tokens if row in quoted)


def test_hover_names_features_and_words(chapter: Neovim) -> None:
    text = chapter.hover("What do you see?", LONG)
    first = text.splitlines()[0]
    assert "Question" in first and "█" in first and "“" in first
    assert "stronger than in" in first


def test_focus_shows_dialogue_and_nothing_else(chapter: Neovim) -> None:
    chapter.vim.command("PrismFocus dialogue")
    chapter.until(lambda: (chapter.colour('"Because it') or "").startswith("prismNarration"), what="the dialogue")
    assert {kind for *_, kind in chapter.tokens()} == {"prismNarration"}
    assert chapter.colour("There is magic in it.") is None
    chapter.vim.command("PrismUnfocus")
    chapter.until(lambda: (chapter.colour("What do you see?") or "").startswith("prismS"), what="all colours")


def test_a_statement_becomes_a_question_while_the_writer_types(chapter: Neovim) -> None:
    before, typed = chapter.text(), ""
    for statement in STATEMENTS:
        said = len(chapter.notified)
        assert "Make this a question" in chapter.menu(statement, choose="Make this a question", seconds=LONG)
        chapter.type("Go<CR>It was late.<Esc>")  # the model works now, and the writer goes on elsewhere
        typed += "\n\nIt was late."
        chapter.until(lambda typed=typed: typed in chapter.text(), what="typing")
        done = lambda statement=statement, said=said: statement not in chapter.text() or len(chapter.notified) > said  # noqa: E731
        chapter.until(done, LONG, f"the rewrite of {statement!r}")
        if statement not in chapter.text():
            break
    else:
        raise AssertionError(f"no statement became a question: {chapter.notified}")
    head, tail = before.split(statement)
    after = chapter.text()
    assert after.startswith(head)
    assert after.endswith(tail.removesuffix("\n") + typed + "\n")
    question = after[len(head) : len(after) - len(tail) - len(typed)]
    assert question.endswith("?") and "\n" not in question
    assert chapter.server_text() == after
    chapter.vim.command("PrismFocus question")
    chapter.until(lambda: chapter.colour(question), what="the colour of the new question")
    assert "Another variation" in chapter.menu(question, seconds=LONG)
    chapter.vim.command("PrismUnfocus")


def test_typing_is_coloured_soon_and_both_copies_stay_equal(chapter: Neovim) -> None:
    chapter.type("GoThe whale 🐋 is old. How far is the land?<Esc>")
    chapter.type("ggjjjjjjoI was there. <Esc>u")
    chapter.until(lambda: (chapter.colour("How far") or "").startswith("prismSentence"), what="colour")
    assert chapter.server_text() == chapter.text()
    row, column = chapter.find("How far")
    end = column + len("How far is the land?")
    assert (row, column, end, "prismSentence") in chapter.tokens()
    assert chapter.group(row, column) == chapter.group(row, end - 1)
    assert chapter.group(row, column - 1) is None
    chapter.vim.command("silent undo 0")
    chapter.vim.command("silent redo")
    assert chapter.server_text() == chapter.text()


def test_crlf_and_emoji(editor: Neovim, tmp_path: Path) -> None:
    editor.forget()
    text = "---\r\ntitle: Why?\r\n---\r\n\r\nThe 🐋🐋 came. *What* do you want? The 🧑🏽‍🚀 left. How\r\nfar is the sea?\r\n"
    editor.edit(tmp_path / "page.md", text)
    assert editor.vim.current.buffer.options["fileformat"] == "dos"
    editor.until(lambda: (editor.colour("far is the sea?") or "").startswith("prismSentence"), LONG, "colour")
    row, column = editor.find("far is the sea?")
    assert column == 0
    assert editor.group(row, len("far is the sea?") - 1) == editor.group(row, 0) == editor.group(*editor.find("How"))
    row, column = editor.find("*What*")
    assert editor.group(row, column - 1) is None
    assert (editor.group(row, column + 1) or "").startswith("@lsp.typemod.prismSentence.l")
    assert editor.colour("title: Why?") is None
    editor.type("GoThe 🐋 is old. Where is it?<Esc>")
    editor.until(lambda: (editor.colour("Where is it?") or "").startswith("prismSentence"), what="colour")
    assert editor.server_text() == editor.text() == text + "The 🐋 is old. Where is it?\r\n"


def test_the_engine_is_killed_and_the_colours_come_back(chapter: Neovim) -> None:
    kill_engine(chapter)
    chapter.type("GoHow far is the sea?<Esc>")
    chapter.until(lambda: (chapter.colour("How far is") or "").startswith("prismSentence"), LONG, "colour")
    assert (chapter.colour("What do you see?") or "").startswith("prismSentence")
    assert "Question" in chapter.hover("What do you see?", LONG)
