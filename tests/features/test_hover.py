"""Hover, as a writer sees it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from editor import FULL_CLIENT, URI, StubEngine, editing, place, span

from prism_lsp.features import hover
from prism_lsp.reading import EngineError, Feature, Reading, Share

pytestmark = pytest.mark.asyncio

HOVER = "textDocument/hover"
PLAIN: dict[str, Any] = {}


async def test_features_strongest_first_with_bars_words_and_a_description() -> None:
    async with editing() as editor:
        editor.open("The dog ran. Did you not see him?\n")
        answer = await editor.ask(HOVER, place(0, 20))
        assert answer["range"] == span(0, 13, 0, 33)
        assert answer["contents"] == {
            "kind": "markdown",
            "value": "████████ **Negation** · stronger than in 98\N{NO-BREAK SPACE}% of sentences · “not”  \n"
            "████████ **Question** · 95\N{NO-BREAK SPACE}% · “?”\n\n"
            "About negation.",
        }


async def test_plain_text_for_an_editor_that_takes_no_markdown() -> None:
    async with editing(capabilities=PLAIN) as editor:
        editor.open("Why?", language="plaintext")
        contents = (await editor.ask(HOVER, place(0, 1)))["contents"]
        assert contents["kind"] == "plaintext"
        assert contents["value"].startswith("████████ Question · stronger than in 95")


async def test_the_range_is_the_whole_sentence_over_lines_in_the_editors_units() -> None:
    for encoding, column in (("utf-8", 5), ("utf-16", 3), ("utf-32", 2)):
        capabilities = {**FULL_CLIENT, "general": {"positionEncodings": [encoding]}}
        async with editing(capabilities=capabilities) as editor:
            editor.open("🐋 It was\r\nnever me.\r\n\r\n🐋 Why?")
            answer = await editor.ask(HOVER, place(1, 3))
            assert answer["range"] == span(0, 0, 1, 9)
            answer = await editor.ask(HOVER, place(3, column))
            assert answer["range"]["end"]["line"] == 3


async def test_between_paragraphs_and_in_code_there_is_nothing() -> None:
    async with editing() as editor:
        editor.open("Why?\n\n```\nWhy code?\n```\n")
        assert await editor.ask(HOVER, place(1, 0)) is None
        assert await editor.ask(HOVER, place(3, 2)) is None
        assert await editor.ask(HOVER, {**place(0, 0), "textDocument": {"uri": "file:///none.md"}}) is None


async def test_a_sentence_without_features_says_so() -> None:
    async with editing() as editor:
        editor.open("A dog.")
        answer = await editor.ask(HOVER, place(0, 1))
        assert answer["contents"]["value"] == "Nothing stands out in this sentence."


async def test_evidence_is_read_on_demand_and_once() -> None:
    engine = StubEngine()
    async with editing(engine) as editor:
        editor.open("Why?")
        await editor.ask(HOVER, place(0, 1))
        engine.gate = asyncio.Event()
        answer = await editor.ask(HOVER, place(0, 2))
        assert "“?”" in answer["contents"]["value"]


async def test_a_model_that_is_still_loading_or_has_failed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hover, "PATIENCE", 0.05)
    engine = StubEngine()
    engine.load_error = EngineError("The model's file is damaged; run prism-lsp fetch.", "weights")
    async with editing(engine) as editor:
        editor.open("Why?")
        answer = await editor.ask(HOVER, place(0, 1))
        assert answer["contents"]["value"] == "The model's file is damaged; run prism-lsp fetch."


async def test_six_features_at_most_and_the_focused_one_first() -> None:
    features = tuple(Feature(f"f{i}", f"F{i}", "tone", "") for i in range(9))
    reading = Reading((1.0,) * 8 + (0.0,), tuple(i / 10 for i in range(9)))
    found = hover.lines(features, reading, "x", ("f7",), "f8")
    assert [line.feature.id for line in found] == ["f8", "f6", "f5", "f4", "f3", "f2"]


async def test_words_that_carry_a_feature() -> None:
    text = "No, I never said nothing to him."
    shares = ((0, 2, 0.5), (4, 5, 0.0), (6, 11, 0.4), (12, 16, 0.05), (17, 24, 0.3), (25, 27, 0.35))
    reading = Reading((1.0,), (0.9,), (tuple(Share(*share) for share in shares),))
    assert hover.carriers(reading, 0, text) == ("No", "never", "to")
    assert hover.carriers(reading._replace(evidence=None), 0, text) == ()


async def test_bars() -> None:
    assert [hover.bar(a) for a in (0.0, 0.5, 0.55, 1.0, 1.7)] == [
        "░░░░░░░░",
        "████░░░░",
        "████▍░░░",
        "████████",
        "████████",
    ]


async def test_markdown_in_the_writers_words_is_escaped() -> None:
    line = hover.Line(Feature("x", "X_y", "tone", ""), 1.0, 0.5, ("*a*",))
    assert "“\\*a\\*”" in hover.render([line], True)
    assert "X\\_y" in hover.render([line], True)
    assert "“*a*”" in hover.render([line], False)


async def test_a_feature_is_a_link_that_shows_it_alone_for_a_client_that_runs_commands() -> None:
    async with editing(commandLinks=True) as editor:
        editor.open("Why?\n")
        params = {"textDocument": {"uri": URI}, "position": {"line": 0, "character": 1}}
        shown = (await editor.ask("textDocument/hover", params))["contents"]["value"]
        assert '[**Question**](command:prism.focus?%5B%22question%22%5D "Show this feature alone")' in shown
        await editor.ask("workspace/executeCommand", {"command": "prism.focus", "arguments": ["question"]})
        shown = (await editor.ask("textDocument/hover", params))["contents"]["value"]
        assert "[**Question**](command:prism.unfocus " in shown
    async with editing() as editor:
        editor.open("Why?\n")
        assert "command:" not in (await editor.ask("textDocument/hover", params))["contents"]["value"]
