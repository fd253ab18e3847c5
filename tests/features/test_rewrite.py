"""`prism/rewrite` and `prism/edit`, as a client uses them that shows candidates before one is taken."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from editor import FULL_CLIENT, URI, Editor, LspError, StubEngine, editing, span

from prism_lsp.features.rewrite import LESS, THERE_ALREADY, Wish, diff

pytestmark = pytest.mark.asyncio

METHOD, EDIT = "prism/rewrite", "prism/edit"
OFF = [{"feature": "negation", "amount": -1}]
STALE = "The sentence has changed since; choose it again."


def request(moves: Any = OFF, line: int = 0, character: int = 3, **params: Any) -> dict[str, Any]:
    place = {"position": {"line": line, "character": character}}
    return {
        "textDocument": {"uri": URI},
        **({} if params.keys() & {"range", "sentences"} else place),
        "moves": moves,
    } | params


async def rewritten(editor: Editor, moves: Any = OFF, **params: Any) -> list[dict[str, Any]]:
    sentences: list[dict[str, Any]] = (await editor.ask(METHOD, request(moves, **params)))["sentences"]
    return sentences


async def edited(editor: Editor, *candidates: dict[str, Any]) -> dict[str, Any]:
    params = {"textDocument": {"uri": URI}, "candidates": [each["data"] for each in candidates]}
    answer: dict[str, Any] = await editor.ask(EDIT, params)
    return answer


def apply(editor: Editor, answer: dict[str, Any]) -> str:
    change = {"textDocument": {"uri": URI, "version": answer["version"]}, "edits": answer["edits"]}
    return editor.apply({"documentChanges": [change]})


async def test_candidates_are_told_with_what_they_do_and_nothing_is_changed() -> None:
    async with editing(candidates=3) as editor:
        editor.open("A dog. It was **not** so.")
        (sentence,) = await rewritten(editor, character=10)
        assert editor.cut(sentence["range"]) == "It was **not** so." and sentence["refused"] is None
        assert [each["text"] for each in sentence["candidates"]] == ["It was so.", "Well, it was so.", "And it was so."]
        first = sentence["candidates"][0]
        assert first["diff"] == [[" ", "It was "], ["-", "not "], [" ", "so."]]
        assert first["moved"] == [{"feature": "negation", "before": 1.0, "after": -0.4}]
        assert (first["similarity"], first["fluency"]) == (0.93, 0.97)
        assert editor.text() == "A dog. It was **not** so."
        change = {"textDocument": {"uri": URI, "version": 1}, "edits": first["edits"]}
        assert editor.apply({"documentChanges": [change]}) == "A dog. It was so."


async def test_several_moves_are_one_rewrite() -> None:
    async with editing() as editor:
        editor.open("It was not so.")
        (sentence,) = await rewritten(editor, [*OFF, {"feature": "question", "amount": 1.5}], candidates=1)
        assert sentence["candidates"][0]["text"] == "Is it so that it was so?"
        (text, edit, candidates) = editor.engine.edits[0]
        assert (text, edit.moves, candidates) == ("It was not so.", (("negation", -1.0), ("question", 1.5)), 1)


async def test_each_sentence_of_a_range_goes_to_the_wanted_level_from_where_it_is() -> None:
    async with editing() as editor:
        editor.open("It was not so. Why not? A dog.")
        found = await rewritten(editor, [{"feature": "negation", "to": 0}], range=span(0, 2, 0, 30), candidates=1)
        assert [each["text"] for each in found] == ["It was not so.", "Why not?", "A dog."]
        assert [each["refused"] for each in found] == [None, None, THERE_ALREADY]
        assert [edit.moves for _, edit, _ in editor.engine.edits] == [(("negation", -1.0),)] * 2


async def test_less_of_what_stays_present_is_not_asked_for_as_off() -> None:
    assert Wish("formal", None, 0.6).amount_from(1.8) == pytest.approx(-LESS)
    assert Wish("formal", None, 0.0).amount_from(1.8) == pytest.approx(-1.8)


async def test_what_was_shown_is_what_is_written_even_by_another_engine() -> None:
    async with editing() as editor:
        editor.open("It was not so.")
        (sentence,) = await rewritten(editor, candidates=2)
        await editor.ask("workspace/executeCommand", {"command": "prism.restartEngine", "arguments": []})
        asked = len(editor.engine.edits)
        assert apply(editor, await edited(editor, sentence["candidates"][1])) == "Well, it was so."
        assert len(editor.engine.edits) == asked


async def test_chosen_candidates_of_several_sentences_are_one_edit() -> None:
    async with editing(capabilities={**FULL_CLIENT, "general": {"positionEncodings": ["utf-8"]}}) as editor:
        editor.open("# 🐋\n\nIt was not so. 🐳 He\nis *not* here. A dog.")
        found = await rewritten(editor, range=span(2, 0, 3, 14), candidates=1)
        assert len(found) == 2
        editor.type(0, 2, 6, "Whales")
        answer = await edited(editor, *(each["candidates"][0] for each in reversed(found)))
        assert answer["version"] == 2 and answer["refused"] == [None, None]
        assert apply(editor, answer) == "# Whales\n\nIt was so. 🐳 He\nis here. A dog."


async def test_another_variation_is_offered_of_what_was_taken() -> None:
    async with editing() as editor:
        editor.open("It was not so.")
        (sentence,) = await rewritten(editor)
        apply(editor, await edited(editor, sentence["candidates"][0]))
        await asyncio.sleep(0)
        assert (await editor.menu(0, 3))[0]["title"] == "Another variation"
        assert await editor.choose("Another variation", 0, 3) == "Well, it was so."


async def test_a_sentence_that_has_changed_is_told_and_the_others_are_edited() -> None:
    async with editing() as editor:
        editor.open("It was not so. He is not here.")
        found = await rewritten(editor, range=span(0, 0, 0, 30), candidates=1)
        editor.type(0, 3, 6, "is")
        answer = await edited(editor, *(each["candidates"][0] for each in found))
        assert answer["refused"] == [STALE, None]
        assert apply(editor, answer) == "It is not so. He is here."


async def test_a_sentence_that_changes_while_it_is_rewritten_has_no_candidates() -> None:
    engine = StubEngine()
    async with editing(engine) as editor:
        editor.open("A cat. It was not so.")
        await editor.all_read()
        engine.gate = asyncio.Event()
        number = editor.start(METHOD, request(character=10))
        await editor.until(lambda: engine.edits)
        editor.type(0, 10, 13, "is")
        engine.gate.set()
        answer = await editor.answer(number)
        assert answer["version"] == 2
        told = {"range": None, "text": "It was not so.", "candidates": [], "refused": STALE}
        assert answer["sentences"] == [told]


async def test_sentences_are_found_again_by_what_prism_sentence_gave() -> None:
    async with editing() as editor:
        editor.open("A cat. It was not so.")
        where = {"textDocument": {"uri": URI}, "range": span(0, 0, 0, 20)}
        handles = [each["data"] for each in (await editor.ask("prism/sentence", where))["sentences"]]
        editor.type(0, 2, 5, "whale")
        cat, negation = await rewritten(editor, sentences=handles, candidates=1)
        assert (cat["range"], cat["refused"]) == (None, STALE)
        assert editor.cut(negation["range"]) == "It was not so." and negation["candidates"][0]["text"] == "It was so."


async def test_a_refusal_gives_the_reason_of_its_sentence() -> None:
    async with editing() as editor:
        editor.open("IMPOSSIBLE is not so. It was not so.")
        first, second = await rewritten(editor, range=span(0, 0, 0, 30))
        assert first["candidates"] == [] and first["refused"].startswith("No rewrite good enough was found")
        assert second["candidates"] and second["refused"] is None


async def test_a_rewrite_that_would_break_markup_is_not_offered() -> None:
    async with editing() as editor:
        editor.open("It `is not` so.")
        (sentence,) = await rewritten(editor, candidates=1)
        assert sentence["candidates"] == [] and "would break code" in sentence["refused"]


async def test_it_can_be_cancelled_and_reports_to_the_clients_token() -> None:
    engine = StubEngine()
    async with editing(engine) as editor:
        editor.open("It was not so. He is not here.")
        await editor.all_read()
        engine.gate = asyncio.Event()
        number = editor.start(METHOD, request(range=span(0, 0, 0, 30), workDoneToken="mine"))
        await editor.until(lambda: engine.edits)
        await editor.until(lambda: any(each["token"] == "mine" for each in editor.sent("$/progress")))
        editor.note("$/cancelRequest", {"id": number})
        with pytest.raises(LspError) as error:
            await editor.answer(number)
        assert error.value.code == -32800
        await editor.until(lambda: engine.cancelled == 1)
        kinds = [each["value"]["kind"] for each in editor.sent("$/progress") if each["token"] == "mine"]
        assert kinds[0] == "begin" and kinds[-1] == "end"


@pytest.mark.parametrize(
    "moves",
    [
        None,
        [],
        [{"feature": "negation"}],
        [{"feature": "negation", "amount": 0}],
        [{"feature": "negation", "amount": 2.5}],
        [{"feature": "negation", "amount": True}],
        [{"feature": "negation", "to": -0.5}],
        [{"feature": "negation", "amount": 1, "to": 1}],
        [{"feature": 3, "amount": 1}],
        [*OFF, *OFF],
        ["negation"],
    ],
)
async def test_moves_that_mean_nothing(moves: Any) -> None:
    async with editing() as editor:
        editor.open("It was not so.")
        with pytest.raises(LspError, match="move") as error:
            await rewritten(editor, moves)
        assert error.value.code == -32602


async def test_what_cannot_be_done_is_said() -> None:
    async with editing() as editor:
        editor.open("It was not so.\n\nA dog.")
        for params, code, message in (
            (
                request([{"feature": "questions", "amount": 1}]),
                -32803,
                "There is no feature “questions”. There is: question.",
            ),
            (request(line=1, character=0), -32803, "There is no sentence here"),
            (request(version=7), -32803, STALE),
            (request(candidates=0), -32602, "from 1 to 64"),
            (request(sentences=[{}]), -32803, "not one of Prism's actions"),
        ):
            with pytest.raises(LspError, match=message) as error:
                await editor.ask(METHOD, params)
            assert error.value.code == code
        for candidates, message in (
            ([], "takes a list of candidates"),
            ([(await editor.menu(0, 3))[0]["data"]], "prism/rewrite"),
        ):
            with pytest.raises(LspError, match=message):
                await editor.ask(EDIT, {"textDocument": {"uri": URI}, "candidates": candidates})


async def test_a_diff_holds_both_texts() -> None:
    old, new = "He didn't go, alas.", "He went; alas!"
    parts = diff(old, new)
    assert "".join(text for sign, text in parts if sign != "+") == old
    assert "".join(text for sign, text in parts if sign != "-") == new
    assert diff("Same.", "Same.") == [(" ", "Same.")]
