"""Inlay hints: what a writer sees at the ends of paragraphs and sentences."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from editor import FULL_CLIENT, URI, Editor, StubEngine, editing, span

from prism_lsp.features import hints

pytestmark = pytest.mark.asyncio

METHOD = "textDocument/inlayHint"
EVERYTHING = span(0, 0, 10_000, 0)
REFRESH = "workspace/inlayHint/refresh"


async def shown(editor: Editor, where: dict[str, Any] = EVERYTHING, uri: str = URI) -> list[tuple[str, str]]:
    """Each hint with the text of its line before it."""
    answer = await editor.ask(METHOD, {"textDocument": {"uri": uri}, "range": where}, 15)
    return [
        (editor.cut(span(at["line"], 0, at["line"], at["character"]), uri), hint["label"])
        for hint, at in places(answer)
    ]


def places(answer: list[dict[str, Any]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return [(hint, hint["position"]) for hint in answer]


async def test_nothing_is_written_into_the_text_unless_it_is_asked_for() -> None:
    async with editing() as editor:
        editor.open("Why? Who? What?")
        assert await shown(editor) == []


async def test_a_paragraph_has_its_signature_at_its_end() -> None:
    async with editing(inlayHints="paragraphs") as editor:
        editor.open(
            "# Why? Who?\n\nWhy? Who? What?\nWhere?\n\nA dog.\n\n- See my dog! Feed my cat! Ask me! Go to my den.\n- A cat.\n"
        )
        assert await shown(editor) == [
            ("Where?", "█ question"),
            ("- See my dog! Feed my cat! Ask me! Go to my den.", "█ first person  ▆ exclamation"),
        ]


async def test_the_tooltip_says_it_in_words() -> None:
    async with editing(inlayHints="paragraphs") as editor:
        editor.open("See my dog! Feed my cat! Ask me! Go to my den.\n")
        (hint,) = await editor.ask(METHOD, {"textDocument": {"uri": URI}, "range": EVERYTHING})
        assert hint["tooltip"] == "First person: in 4 of 4 sentences\nExclamation: in 3 of 4 sentences"
        assert hint["paddingLeft"] is True


async def test_alike_paragraphs_look_alike() -> None:
    async with editing(inlayHints="paragraphs") as editor:
        editor.open("Why? Who? What?\n\nOr who? And where? But when?\n")
        one, other = await shown(editor)
        assert one[1] == other[1] == "█ question"


async def test_three_features_at_most_and_none_that_are_hidden() -> None:
    text = "Was I not asked upon it?! Had we never seen stuff therefore?! Did nobody thank me, guys?!\n"
    async with editing(inlayHints="paragraphs") as editor:
        editor.open(text)
        ((_, label),) = await shown(editor)
        assert len(label.split("  ")) == hints.MOST_FEATURES
        assert "first person" in label
    async with editing(inlayHints="paragraphs", hidden=["first-person"]) as editor:
        editor.open(text)
        ((_, label),) = await shown(editor)
        assert "first person" not in label


async def test_only_the_lines_that_are_asked_about() -> None:
    async with editing(inlayHints="paragraphs") as editor:
        editor.open("\n\n".join(["Why? Who? What?"] * 30))
        answer = await editor.ask(METHOD, {"textDocument": {"uri": URI}, "range": span(20, 0, 24, 99)})
        assert [at["line"] for _, at in places(answer)] == [20, 22, 24]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_hints_stand_behind_emoji_trailing_blanks_and_markup(encoding: str) -> None:
    capabilities = {**FULL_CLIENT, "general": {"positionEncodings": [encoding]}}
    text = "Why 🐋? Who? **What 🐳?**   \r\n\r\n| Why? Who? 🐋? What? | ok |\r\n|---|---|\r\n| so | Why? Or who? How? |\r\n"
    async with editing(capabilities=capabilities, inlayHints="paragraphs") as editor:
        editor.open(text)
        assert [before for before, _ in await shown(editor)] == [
            "Why 🐋? Who? **What 🐳?**",
            "| Why? Who? 🐋? What?",
            "| so | Why? Or who? How? |",
        ]


async def test_in_focus_each_sentence_has_the_features_level() -> None:
    async with editing(inlayHints="sentences", mode="focus", focus="question") as editor:
        editor.open("Why? A dog.\nWho goes\nthere? *Who?*\n")
        assert await shown(editor) == [("Why?", "█"), ("there?", "█"), ("there? *Who?", "█")]
        (first, *_) = await editor.ask(METHOD, {"textDocument": {"uri": URI}, "range": EVERYTHING})
        assert first["tooltip"] == "Question: 1.00, stronger than in 95\N{NO-BREAK SPACE}% of sentences"
        await editor.ask("workspace/executeCommand", {"command": "prism.unfocus"})
        await editor.until(lambda: editor.sent(REFRESH))
        assert [label for _, label in await shown(editor)] == ["▆ question"]


async def test_bars_have_eight_heights() -> None:
    assert "".join(hints.bar(share / 8) for share in range(1, 9)) == "▁▂▃▄▅▆▇█"
    assert hints.bar(0.0) == "▁" and hints.bar(7.0) == "█"


async def test_hints_are_asked_for_again_when_readings_come_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "PATIENCE", 0.05)
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with editing(engine, inlayHints="paragraphs") as editor:
        editor.open("Why? Who? What?\n\nA dog.\n")
        assert await shown(editor) == []
        assert editor.sent(REFRESH) == []
        engine.gate.set()
        await editor.until(lambda: editor.sent(REFRESH))
        assert [label for _, label in await shown(editor)] == ["█ question"]


async def test_no_refresh_when_the_answer_was_complete() -> None:
    async with editing(inlayHints="paragraphs") as editor:
        editor.open("Why? Who? What?\n")
        assert len(await shown(editor)) == 1
        editor.type(0, 0, 3, "Where")
        assert len(await shown(editor)) == 1
        await asyncio.sleep(0.1)
        assert editor.sent(REFRESH) == []


async def test_an_editor_that_takes_no_refresh_is_sent_none() -> None:
    async with editing(capabilities={}, inlayHints="paragraphs") as editor:
        editor.open("Why? Who? What?\n")
        assert len(await shown(editor)) == 1
        await editor.ask("workspace/executeCommand", {"command": "prism.focus", "arguments": ["question"]})
        await asyncio.sleep(0.05)
        assert editor.sent(REFRESH) == []


async def test_a_changed_setting_shows_or_hides_them() -> None:
    async with editing() as editor:
        editor.open("Why? Who? What?\n")
        assert await shown(editor) == []
        editor.note("workspace/didChangeConfiguration", {"settings": {"prism": {"inlayHints": "paragraphs"}}})
        await editor.until(lambda: editor.sent(REFRESH))
        assert len(await shown(editor)) == 1


async def test_a_long_document_is_answered_before_all_of_it_is_read() -> None:
    engine = StubEngine()
    engine.delay = 0.003
    async with editing(engine, inlayHints="paragraphs") as editor:
        editor.open("\n\n".join(f"Why {i}? Who {i}? What {i}?" for i in range(200)))
        assert 5 <= len(await shown(editor)) < 200
        await editor.all_read()
        await editor.until(lambda: editor.sent(REFRESH))
        assert len(await shown(editor)) == 200


async def test_what_cannot_be_read_does_not_hold_up_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints, "PATIENCE", 5.0)
    from prism_lsp.reading import EngineError

    engine = StubEngine()
    engine.read_error = {"BROKEN": EngineError("It cannot be read.")}
    async with editing(engine, inlayHints="paragraphs") as editor:
        editor.open("Why? Who? BROKEN. What?\n")
        assert await shown(editor) == [("Why? Who? BROKEN. What?", "█ question")]


async def test_unknown_documents_have_none() -> None:
    async with editing(inlayHints="paragraphs") as editor:
        assert await editor.ask(METHOD, {"textDocument": {"uri": "file:///no.md"}, "range": EVERYTHING}) == []
