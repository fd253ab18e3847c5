"""References: the sentences that look most like the one under the cursor."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from editor import FULL_CLIENT, URI, Editor, StubEngine, editing

from prism_lsp.features import references

pytestmark = pytest.mark.asyncio

METHOD = "textDocument/references"
OTHER = "file:///home/ada/letters.txt"


async def alike(
    editor: Editor, line: int, character: int, itself: bool = False, uri: str = URI
) -> list[tuple[str, str]]:
    params: dict[str, Any] = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
    answer = await editor.ask(METHOD, {**params, "context": {"includeDeclaration": itself}})
    return [(each["uri"], editor.cut(each["range"], each["uri"])) for each in answer]


async def test_the_most_alike_come_first_from_every_open_document() -> None:
    async with editing() as editor:
        editor.open("Why did I not see it? A dog. It is so.\n\nWhy?\n\nWhat did I never hear?\n")
        editor.open("Who had not seen me? The ship went.\n", OTHER, "plaintext")
        await editor.all_read()
        await editor.all_read(OTHER)
        assert await alike(editor, 0, 3) == [(URI, "What did I never hear?"), (OTHER, "Who had not seen me?")]


async def test_the_sentence_itself_stands_first_if_it_is_asked_for() -> None:
    async with editing() as editor:
        editor.open("Why? A dog. Who?\n")
        await editor.all_read()
        assert await alike(editor, 0, 1) == [(URI, "Who?")]
        assert await alike(editor, 0, 1, itself=True) == [(URI, "Why?"), (URI, "Who?")]


async def test_the_same_words_elsewhere_are_found_the_nearest_first() -> None:
    async with editing() as editor:
        editor.open("Why?\n\nWhy?\n\nA dog.\n\nWhy?\n")
        await editor.all_read()
        params = {"textDocument": {"uri": URI}, "position": {"line": 6, "character": 1}}
        answer = await editor.ask(METHOD, {**params, "context": {"includeDeclaration": False}})
        assert [each["range"]["start"]["line"] for each in answer] == [2, 0]


async def test_there_are_twenty_at_most_and_none_below_the_floor() -> None:
    async with editing() as editor:
        editor.open(" ".join([*(f"Why {i}?" for i in range(30)), "I was not there!", "Call it a day."]))
        await editor.all_read()
        assert len(await alike(editor, 0, 1)) == len(await alike(editor, 0, 1, itself=True)) == references.MOST
        end = len(editor.text())
        assert await alike(editor, 0, end - len("Call it a day.") - 3) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_ranges_are_exact_behind_emoji(encoding: str) -> None:
    async with editing(capabilities={**FULL_CLIENT, "general": {"positionEncodings": [encoding]}}) as editor:
        editor.open("A 🐋 dog. Was 🐳 it é?\r\n🐋 🐋 Was 🐳\r\nhe?\r\n")
        await editor.all_read()
        assert await alike(editor, 2, 1) == [(URI, "Was 🐳 it é?")]


async def test_what_has_not_been_read_is_not_found_and_nothing_is_said_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "PATIENCE", 0.05)
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with editing(engine) as editor:
        editor.open("Why? Who?")
        assert await alike(editor, 0, 1, itself=True) == []


async def test_outside_of_sentences_and_documents_there_are_none() -> None:
    async with editing() as editor:
        editor.open("Why?\n\n```\nWho?\n```\n")
        await editor.all_read()
        assert await alike(editor, 3, 1, itself=True) == []
        params = {"textDocument": {"uri": "file:///no.md"}, "position": {"line": 0, "character": 0}}
        assert await editor.ask(METHOD, {**params, "context": {"includeDeclaration": True}}) == []
