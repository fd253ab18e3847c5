"""Semantic tokens, as an editor gets them."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest
from editor import FULL_CLIENT, URI, StubEngine, editing, span

from prism_lsp.engine.pace import AWAITED
from prism_lsp.features import tokens
from prism_lsp.reading import FAMILIES, Feature, Reading
from prism_lsp.session import URGENT_BATCH

pytestmark = pytest.mark.asyncio

FULL = "textDocument/semanticTokens/full"
DOCUMENT = {"textDocument": {"uri": URI}}


async def test_the_legend_is_the_contract() -> None:
    assert tokens.LEGEND.token_types == [
        *("prismSentence", "prismVerb", "prismLogic", "prismNarration", "prismTone", "prismFeeling", "prismStance"),
        *("prismImagery", "prismStructure", "prismTopic", "prismWords", "prismOther"),
        *("prismProject1", "prismProject2", "prismProject3", "prismProject4"),
    ]
    assert tokens.LEGEND.token_modifiers == ["l1", "l2", "l3", "l4"]
    assert len(FAMILIES) == 12


async def test_each_sentence_shows_its_strongest_feature() -> None:
    async with editing() as editor:
        editor.open("Call me. Was it so? The door is green.")
        assert await editor.colours() == [
            ("Call me.", "prismNarration", "l3"),
            ("Was it so?", "prismSentence", "l2"),
            ("The door is green.", "prismVerb", "l3"),
        ]


async def test_a_sentence_that_shows_nothing_has_no_token() -> None:
    async with editing() as editor:
        editor.open("A dog. Why?")
        assert [text for text, _, _ in await editor.colours()] == ["Why?"]


async def test_one_token_a_line_and_none_over_blanks_or_markup_at_its_ends() -> None:
    async with editing() as editor:
        editor.open("> **Why did**   \n> _you  \n>   ask_?\n\n- **No!**\n\n```\nWhy code?\n```\n")
        texts = [text for text, _, _ in await editor.colours()]
        assert texts[:3] == ["Why did", "you", "ask_?"]
        assert texts[3:] == ["No!"]


async def test_code_and_addresses_between_words_split_a_token_and_emphasis_does_not() -> None:
    async with editing() as editor:
        editor.open("Why did **you** see [the docs](https://a.b) or `code` there?[^1] No, *I* did!\n\n[^1]: Why?\n")
        texts = [text for text, _, _ in await editor.colours()]
        assert texts == ["Why did **you** see [the docs", "or", "there?", "No, *I* did!", "Why?"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
async def test_columns_are_right_after_emoji_in_every_encoding(encoding: str, end: str) -> None:
    capabilities = {**FULL_CLIENT, "general": {"positionEncodings": [encoding]}}
    async with editing(capabilities=capabilities) as editor:
        editor.open(f"A 🐋 was 🐳 seen, é? I knew it.{end}It was{end}not 🐋 me!{end}{end}Why?\u2028No!{end}{end}Yes?")
        texts = [text for text, _, _ in await editor.colours()]
        assert texts == ["A 🐋 was 🐳 seen, é?", "I knew it.", "It was", "not 🐋 me!", "Why?", "No!", "Yes?"]


async def test_focus_shows_one_feature_as_a_heat_map() -> None:
    async with editing(mode="focus", focus="negation") as editor:
        editor.open("It was not so. It was so.")
        assert await editor.colours() == [("It was not so.", "prismLogic", "l4")]


async def test_levels() -> None:
    feature = Feature("x", "X", "feeling", "")

    def level(mode: str, activation: float, percentile: float) -> Any:
        return tokens.colour((feature,), Reading((activation,), (percentile,)), tokens.View(mode, "x", ()))

    shown = [level("prominent", 1.0, p) for p in (0.5, 0.9, 0.97, 0.99)]
    assert shown == [(5, 0), (5, 1), (5, 2), (5, 3)]
    assert level("prominent", 0.49, 0.99) is None
    assert [level("focus", a, 0.0) for a in (0.2, 0.25, 0.5, 0.75, 1.0)] == [None, (5, 0), (5, 1), (5, 2), (5, 3)]


async def test_hidden_features_are_not_shown() -> None:
    async with editing(hidden=["first-person"]) as editor:
        editor.open("Call me. The dog went.")
        assert await editor.colours() == [("The dog went.", "prismVerb", "l2")]


async def test_a_delta_turns_the_old_answer_into_the_new_one() -> None:
    async with editing() as editor:
        editor.open("Call me.\n\nWhy?\n\nNo!\n\nI saw it.")
        first = await editor.ask(FULL, DOCUMENT)
        editor.type(2, 0, 3, "Who goes there")
        delta = await editor.ask(f"{FULL}/delta", {**DOCUMENT, "previousResultId": first["resultId"]})
        (edit,) = delta["edits"]
        assert edit["deleteCount"] == len(edit["data"]) == 5
        data = first["data"]
        data[edit["start"] : edit["start"] + edit["deleteCount"]] = edit["data"]
        assert data == (await editor.ask(FULL, DOCUMENT))["data"]


async def test_a_delta_without_a_change_is_empty_and_one_against_the_unknown_is_everything() -> None:
    async with editing() as editor:
        editor.open("Call me.")
        first = await editor.ask(FULL, DOCUMENT)
        same = await editor.ask(f"{FULL}/delta", {**DOCUMENT, "previousResultId": first["resultId"]})
        assert same["edits"] == []
        other = await editor.ask(f"{FULL}/delta", {**DOCUMENT, "previousResultId": "77"})
        assert other["data"] == first["data"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ([], [1, 1, 1, 1, 1]),
        ([1, 1, 1, 1, 1], []),
        ([1] * 15, [1] * 10),
        ([1, 2, 3, 4, 5, 9, 9, 9, 9, 9], [1, 2, 3, 4, 6, 9, 9, 9, 9, 9]),
        ([1] * 10, [1] * 10),
    ],
)
async def test_edits_rebuild_the_new_answer(old: list[int], new: list[int]) -> None:
    data = list(old)
    for edit in tokens.edits(old, new):
        assert edit.start % 5 == edit.delete_count % 5 == 0
        data[edit.start : edit.start + edit.delete_count] = edit.data or []
    assert data == new


async def test_edits_rebuild_long_answers_too() -> None:
    numbers = random.Random(1)
    for _ in range(200):
        old = [numbers.randrange(3) for _ in range(5 * numbers.randrange(400))]
        new = list(old)
        for _ in range(numbers.randrange(3)):
            at = 5 * numbers.randrange(len(new) // 5 + 1)
            new[at : at + 5 * numbers.randrange(3)] = [numbers.randrange(3) for _ in range(5 * numbers.randrange(3))]
        data = list(old)
        for edit in tokens.edits(old, new):
            data[edit.start : edit.start + edit.delete_count] = edit.data or []
        assert data == new


async def test_a_range_answers_for_its_lines_and_is_read_first() -> None:
    engine = StubEngine()
    engine.delay = 0.002
    async with editing(engine) as editor:
        editor.open("\n\n".join(f"Why {i}?" for i in range(400)))
        params = {**DOCUMENT, "range": span(600, 0, 604, 0)}
        answer = await editor.ask("textDocument/semanticTokens/range", params)
        assert [text for text, _, _ in editor.decode(answer["data"])] == ["Why 300?", "Why 301?", "Why 302?"]
        assert len(engine.read_texts) <= 8 * URGENT_BATCH


async def test_a_long_document_is_coloured_where_it_is_seen_and_refreshed_until_its_end() -> None:
    engine = StubEngine()
    engine.delay = 0.003
    async with editing(engine) as editor:
        editor.open("\n\n".join(f"Why {i}?" for i in range(300)))
        first = await editor.colours()
        assert 30 <= len(first) < 300
        await editor.until(
            lambda: editor.sent("prism/state")[-1]["engine"] == "ready" and len(engine.read_texts) == 300
        )
        await editor.until(lambda: editor.sent("workspace/semanticTokens/refresh"))
        await asyncio.sleep(1.1)
        refreshes = len(editor.sent("workspace/semanticTokens/refresh"))
        assert 1 <= refreshes <= 6
        assert len(await editor.colours()) == 300


async def test_an_answer_is_empty_not_late_while_the_model_is_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "PATIENCE", 0.1)
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with editing(engine) as editor:
        editor.open("Why?")
        assert await editor.colours() == []
        engine.gate.set()
        await editor.until(lambda: editor.sent("workspace/semanticTokens/refresh"))
        assert len(await editor.colours()) == 1


async def test_no_refresh_is_sent_to_an_editor_that_does_not_take_it() -> None:
    async with editing(capabilities={}) as editor:
        editor.open("\n\n".join(f"Why {i}?" for i in range(100)))
        assert await editor.colours()
        await asyncio.sleep(0.2)
        assert editor.sent("workspace/semanticTokens/refresh") == []
        assert editor.sent("window/workDoneProgress/create") == []


async def test_typing_asks_for_no_refresh_when_the_answer_carries_the_colours() -> None:
    async with editing() as editor:
        editor.open("Call me.\n\nWhy?")
        await editor.colours()
        editor.type(2, 0, 3, "Who")
        assert ("Who?", "prismSentence", "l2") in await editor.colours()
        await asyncio.sleep(0.4)
        assert editor.sent("workspace/semanticTokens/refresh") == []


async def test_unknown_and_unwanted_documents_are_empty_never_null() -> None:
    async with editing(maxFileSize=100) as editor:
        unknown = {"textDocument": {"uri": "file:///nowhere.md"}}
        assert (await editor.ask(FULL, unknown))["data"] == []
        assert (await editor.ask(f"{FULL}/delta", {**unknown, "previousResultId": "77"}))["data"] == []
        where = {**unknown, "range": span(0, 0, 9, 0)}
        assert (await editor.ask("textDocument/semanticTokens/range", where))["data"] == []
        editor.open("print('why?')", "file:///code.py", "python")
        assert await editor.colours("file:///code.py") == []
        editor.open("Why? " * 30, "file:///long.md")
        assert await editor.colours("file:///long.md") == []
        (message,) = editor.sent("window/showMessage")
        assert (
            message["message"] == "long.md is longer than 100 characters, so Prism leaves it alone (prism.maxFileSize)."
        )
        assert editor.engine.read_texts == []


async def test_an_edit_that_opens_or_closes_a_quotation_colours_the_sentences_behind_it_anew() -> None:
    async with editing(mode="focus", focus="dialogue") as editor:
        editor.open("“I am here. I saw it. I left.” He went.")
        spoken = ["“I am here.", "I saw it.", "I left.”"]
        assert [text for text, _, _ in await editor.colours()] == spoken
        editor.type(0, 10, 11, ".”")
        assert [text for text, _, _ in await editor.colours()] == ["“I am here.”", "I left.”"]
        editor.type(0, 11, 12, "")
        assert [text for text, _, _ in await editor.colours()] == spoken


class Slow(StubEngine):
    """Reads everything at once but numbered sentences, which it never reads."""

    async def read(self, texts: Sequence[str], evidence: bool = False, rank: int = AWAITED) -> list[Reading]:
        if any("Number" in text for text in texts):
            await asyncio.Event().wait()
        return await super().read(texts, evidence, rank)


async def test_a_keystroke_waits_for_its_own_sentence_and_not_for_what_else_is_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tokens, "PATIENCE", 60.0)
    async with editing(Slow()) as editor:
        editor.open("".join(f"Number {n} was not read.\n\n" for n in range(100)))
        await editor.until(lambda: editor.server.session.features)
        await asyncio.sleep(0.05)
        editor.type(0, 0, 0, "Was it so?\n\n")
        answer = await editor.ask(FULL, DOCUMENT)
        assert [text for text, _, _ in editor.decode(answer["data"])] == ["Was it so?"]
