"""Document highlights: the sentences that share the feature of the one under the cursor."""

from __future__ import annotations

import asyncio

import pytest
from editor import FULL_CLIENT, URI, Editor, StubEngine, editing

from prism_lsp.features import highlight

pytestmark = pytest.mark.asyncio

METHOD = "textDocument/documentHighlight"


async def lit(editor: Editor, line: int, character: int) -> list[str]:
    params = {"textDocument": {"uri": URI}, "position": {"line": line, "character": character}}
    answer = await editor.ask(METHOD, params)
    assert all(each["kind"] == 1 for each in answer)
    return [editor.cut(each["range"]) for each in answer]


async def test_the_sentences_that_share_the_most_prominent_feature_light_up() -> None:
    async with editing() as editor:
        editor.open("Why? A dog. Who\ngoes? I see not.\n\nIs *it*?\n")
        await editor.all_read()
        assert await lit(editor, 0, 1) == ["Why?", "Who\ngoes?", "Is *it*?"]
        assert await lit(editor, 0, 7) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_ranges_are_exact_behind_emoji(encoding: str) -> None:
    async with editing(capabilities={**FULL_CLIENT, "general": {"positionEncodings": [encoding]}}) as editor:
        editor.open("A 🐋 dog. Was 🐳 it é? 🐋 Why 🐳?\r\n")
        await editor.all_read()
        assert await lit(editor, 0, 0) == []
        assert await lit(editor, 0, 40) == ["Was 🐳 it é?", "🐋 Why 🐳?"]


async def test_in_focus_the_focused_feature_counts_where_it_is_present() -> None:
    async with editing(mode="focus", focus="negation") as editor:
        editor.open("Why not? Why? Not I, never. Nobody was not here.\n")
        await editor.all_read()
        assert await lit(editor, 0, 1) == ["Why not?", "Not I, never.", "Nobody was not here."]
        assert await lit(editor, 0, 10) == []


async def test_hidden_features_are_passed_over() -> None:
    async with editing(hidden=["question"]) as editor:
        editor.open("Why not? Why? I am not.\n")
        await editor.all_read()
        assert await lit(editor, 0, 1) == ["Why not?", "I am not."]


async def test_of_many_the_strongest_and_the_cursors_own_are_shown_in_text_order() -> None:
    async with editing() as editor:
        weak, strong = [f"Why {i}?" for i in range(60)], [f"Why {i}? (Or why not?)" for i in range(60, 115)]
        editor.open("\n\n".join(["Why?", *strong, *weak]))
        await editor.all_read()
        found = await lit(editor, 0, 1)
        assert len(found) == highlight.MOST
        assert found[0] == "Why?"
        assert found[1:] == [
            editor.server.session.opened[URI].split.sentences[i].text for i in range(1, highlight.MOST)
        ]


async def test_a_sentence_that_has_not_been_read_lights_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(highlight, "PATIENCE", 0.05)
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with editing(engine) as editor:
        editor.open("Why? Who?")
        assert await lit(editor, 0, 1) == []
        engine.gate.set()
        monkeypatch.setattr(highlight, "PATIENCE", 5.0)
        assert "Why?" in await lit(editor, 0, 1)


async def test_between_sentences_and_in_unknown_documents_there_is_nothing() -> None:
    async with editing() as editor:
        editor.open("Why?\n\n```\nWho?\n```\n")
        await editor.all_read()
        assert await lit(editor, 3, 1) == []
        params = {"textDocument": {"uri": "file:///no.md"}, "position": {"line": 0, "character": 0}}
        assert await editor.ask(METHOD, params) == []
