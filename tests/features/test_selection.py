"""Selection that grows."""

from __future__ import annotations

from typing import Any

import pytest
from editor import FULL_CLIENT, URI, Editor, editing
from hypothesis import given, settings
from hypothesis import strategies as st

from prism_lsp.features.selection import word

METHOD = "textDocument/selectionRange"


async def grown(editor: Editor, line: int, character: int) -> list[str]:
    """What is selected, from the inside out."""
    params = {"textDocument": {"uri": URI}, "positions": [{"line": line, "character": character}]}
    ((selection),) = await editor.ask(METHOD, params)
    found = []
    while selection:
        found.append(editor.cut(selection["range"]))
        selection = selection.get("parent")
    return found


async def test_word_sentence_paragraph_sections_document() -> None:
    async with editing() as editor:
        editor.open("# One\n\n## Two\n\nIt's so. Didn’t he\nsay it?\n\nNext.\n\n# Three\n")
        assert await grown(editor, 4, 10) == [
            "Didn’t",
            "Didn’t he\nsay it?",
            "It's so. Didn’t he\nsay it?",
            "## Two\n\nIt's so. Didn’t he\nsay it?\n\nNext.",
            "# One\n\n## Two\n\nIt's so. Didn’t he\nsay it?\n\nNext.",
            editor.text(),
        ]


async def test_a_step_that_would_select_no_more_is_left_out() -> None:
    async with editing() as editor:
        editor.open("Why?")
        assert await grown(editor, 0, 2) == ["Why", "Why?"]


async def test_outside_of_prose_there_are_word_section_and_document() -> None:
    async with editing() as editor:
        editor.open("# One\n\n```\nsome_code()\n```\n\n# Two\n")
        assert await grown(editor, 3, 1) == ["some", "# One\n\n```\nsome_code()\n```", editor.text()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_every_encoding(encoding: str) -> None:
    async with editing(capabilities={**FULL_CLIENT, "general": {"positionEncodings": [encoding]}}) as editor:
        editor.open("🐋 Why 🐳? 🐋 Né!\r\n\r\nA dog.")
        end = {"utf-8": 20, "utf-16": 15, "utf-32": 12}[encoding]
        found = await grown(editor, 0, end)
        assert found[0] == "Né" and found[-2:] == ["🐋 Why 🐳? 🐋 Né!", editor.text()]


async def test_an_empty_document_and_several_places() -> None:
    async with editing() as editor:
        editor.open("")
        assert await grown(editor, 0, 0) == [""]
        editor.open("One. Two.", "file:///b.md")
        params = {
            "textDocument": {"uri": "file:///b.md"},
            "positions": [{"line": 0, "character": n} for n in (1, 6, 99)],
        }
        answer: list[dict[str, Any]] = await editor.ask(METHOD, params)
        assert [editor.cut(each["range"], "file:///b.md") for each in answer] == ["One", "Two", "Two."]


async def test_unknown_documents_have_none() -> None:
    async with editing() as editor:
        params = {"textDocument": {"uri": "file:///no.md"}, "positions": [{"line": 0, "character": 0}]}
        assert await editor.ask(METHOD, params) is None


@given(st.text(max_size=60), st.integers(0, 60))
@settings(max_examples=200)
def test_a_word_holds_its_place(text: str, offset: int) -> None:
    offset = min(offset, len(text))
    start, end = word(text, offset)
    assert 0 <= start <= offset <= end <= len(text)
