"""Folding: sections and long paragraphs."""

from __future__ import annotations

from typing import Any

import pytest
from editor import FULL_CLIENT, URI, Editor, editing

pytestmark = pytest.mark.asyncio

METHOD = "textDocument/foldingRange"


async def folds(editor: Editor, uri: str = URI) -> list[tuple[int, int]]:
    answer = await editor.ask(METHOD, {"textDocument": {"uri": uri}})
    return [(fold["startLine"], fold["endLine"]) for fold in answer]


async def test_sections_fold_to_their_heading() -> None:
    async with editing() as editor:
        editor.open("Before.\n\n# A\n\nText.\n\n## B\nText.\n```\ncode\n```\n\n\n# C\n\n# D\nText.\n\n")
        assert await folds(editor) == [(2, 10), (6, 10), (15, 16)]


async def test_paragraphs_of_many_lines_fold() -> None:
    async with editing() as editor:
        editor.open("One\ntwo\nthree\nfour.\n\n> One\n> two\n> three\n> four\n> five.\n\nOne.\n")
        assert await folds(editor) == [(5, 9)]


async def test_an_editor_that_wants_few_gets_the_outer_sections() -> None:
    limited: dict[str, Any] = {**FULL_CLIENT["textDocument"], "foldingRange": {"rangeLimit": 2}}
    async with editing(capabilities={**FULL_CLIENT, "textDocument": limited}) as editor:
        editor.open("# A\n\n## B\n\nText.\n\n# C\n\nText.\n")
        assert await folds(editor) == [(0, 4), (6, 8)]


async def test_carriage_returns_and_unknown_documents() -> None:
    async with editing() as editor:
        editor.open("# A\r\rText.\r")
        assert await folds(editor) == [(0, 2)]
        assert await folds(editor, "file:///no.md") == []
        editor.open("", "file:///empty.md")
        assert await folds(editor, "file:///empty.md") == []
