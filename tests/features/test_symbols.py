"""The outline of a document."""

from __future__ import annotations

from typing import Any

import pytest
from editor import FULL_CLIENT, URI, Editor, StubEngine, editing

pytestmark = pytest.mark.asyncio

METHOD = "textDocument/documentSymbol"
DOCUMENT = {"textDocument": {"uri": URI}}

Node = tuple[str, list[Any]]


def tree(symbols: list[dict[str, Any]]) -> list[Node]:
    return [(symbol["name"], tree(symbol["children"])) for symbol in symbols]


async def outline(editor: Editor) -> list[dict[str, Any]]:
    await editor.all_read()
    answer: list[dict[str, Any]] = await editor.ask(METHOD, DOCUMENT)
    return answer


async def test_headings_are_a_tree() -> None:
    async with editing() as editor:
        editor.open("Before.\n\n# A *b*\n\n### Deep\n\n## C? D!\n\nText.\n\nE\n=\n")
        assert tree(await outline(editor)) == [("A b", [("Deep", []), ("C? D!", [])]), ("E", [])]


async def test_chapters_of_a_plain_text_are_headings() -> None:
    async with editing() as editor:
        editor.open("PART ONE\n\nChapter 1\n\nText.\n\nCHAPTER 2. The End\n\nText.\n", language="plaintext")
        assert tree(await outline(editor)) == [("PART ONE", [("Chapter 1", []), ("CHAPTER 2. The End", [])])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_ranges_hold_the_section_and_its_name(encoding: str) -> None:
    async with editing(capabilities={**FULL_CLIENT, "general": {"positionEncodings": [encoding]}}) as editor:
        editor.open("# 🐋 One 🐳 #\r\n\r\nText 🐋.\r\n\r\n# Two\r\nMore.")
        one, two = await outline(editor)
        assert editor.cut(one["range"]) == "# 🐋 One 🐳 #\r\n\r\nText 🐋."
        assert editor.cut(one["selectionRange"]) in ("🐋 One 🐳", "One")
        assert editor.cut(two["range"]) == "# Two\r\nMore."


async def test_a_section_tells_what_it_has_more_of_than_the_document() -> None:
    async with editing() as editor:
        editor.open("# Talk\n\n" + "Why me? " * 20 + "\n\n# Walk\n\n" + "A dog. Was it. " * 40)
        talk, walk = await outline(editor)
        nbsp = "\N{NO-BREAK SPACE}"
        assert talk["detail"] == f"question 100{nbsp}%, first person 100{nbsp}%"
        assert "detail" not in walk or walk["detail"] is None


async def test_a_section_counts_what_stands_below_its_sub_headings() -> None:
    async with editing() as editor:
        editor.open("# Talk\n\n## More\n\n" + "Why? " * 20 + "\n\n# Walk\n\n" + "A dog. " * 40)
        talk, _ = await outline(editor)
        assert talk["detail"] == talk["children"][0]["detail"] == "question 100\N{NO-BREAK SPACE}%"


async def test_hidden_features_are_not_told() -> None:
    async with editing(hidden=["question"]) as editor:
        editor.open("# Talk\n\n" + "Why me? " * 20 + "\n\n# Walk\n\n" + "A dog. " * 40)
        talk, _ = await outline(editor)
        assert talk["detail"] == "first person 100\N{NO-BREAK SPACE}%"


async def test_an_outline_does_not_wait_for_the_model() -> None:
    engine = StubEngine()
    engine.delay = 10.0
    async with editing(engine) as editor:
        editor.open("# A\n\nWhy?\n")
        assert tree(await editor.ask(METHOD, DOCUMENT)) == [("A", [])]


async def test_an_editor_that_takes_no_tree_gets_a_list() -> None:
    async with editing(capabilities={}) as editor:
        editor.open("# A\n\n## B\n\nText.\n\n# C\n")
        answer = await outline(editor)
        assert [(each["name"], each.get("containerName")) for each in answer] == [("A", None), ("B", "A"), ("C", None)]
        assert editor.cut(answer[1]["location"]["range"]) == "## B\n\nText."


async def test_documents_without_headings_have_no_symbols() -> None:
    async with editing() as editor:
        assert await editor.ask(METHOD, {"textDocument": {"uri": "file:///no.md"}}) == []
        editor.open("Text.\n\nMore text.\n")
        assert await editor.ask(METHOD, DOCUMENT) == []
        editor.open("# no\n", "file:///code.py", "python")
        assert await editor.ask(METHOD, {"textDocument": {"uri": "file:///code.py"}}) == []
