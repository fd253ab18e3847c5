"""`prism/sentence`, as a client with faders uses it."""

from __future__ import annotations

from typing import Any

import pytest
from editor import URI, Editor, LspError, StubEngine, editing, span

from prism_lsp.reading import EngineError

pytestmark = pytest.mark.asyncio

METHOD = "prism/sentence"


async def asked(editor: Editor, **params: Any) -> dict[str, Any]:
    answer: dict[str, Any] = await editor.ask(METHOD, {"textDocument": {"uri": URI}, **params})
    return answer


def at(line: int, character: int) -> dict[str, Any]:
    return {"position": {"line": line, "character": character}}


async def test_the_sentence_at_the_cursor_and_its_levels() -> None:
    async with editing(hidden=["informal"]) as editor:
        editor.open("A dog. 🐋 It was\n**not** so. Why?")
        answer = await asked(editor, **at(1, 3))
        (found,) = answer["sentences"]
        assert answer["version"] == 1
        assert editor.cut(found["range"]).endswith("It was\n**not** so.") and found["text"].endswith("It was not so.")
        assert found["levels"]["negation"] == 1.0 and found["levels"]["question"] == 0.0
        assert "informal" not in found["levels"] and "offers" not in found


async def test_what_the_menu_offers() -> None:
    async with editing() as editor:
        editor.open("It was not so.")
        (found,) = (await asked(editor, **at(0, 3), offers=True))["sentences"]
        offers = {offer["title"]: offer["moves"] for offer in found["offers"]}
        assert offers["Turn off: negation"] == [{"feature": "negation", "amount": -1.0}]
        assert [offer["title"] for offer in found["offers"]] == [a["title"] for a in await editor.menu(0, 3)]


async def test_a_range_is_each_sentence_that_it_touches_and_a_paragraph_all_of_it() -> None:
    async with editing() as editor:
        editor.open("# One\n\nA dog. A cat. A cow.\n\nA whale.")

        async def texts(**params: Any) -> list[str]:
            return [each["text"] for each in (await asked(editor, **params))["sentences"]]

        assert await texts(range=span(2, 3, 2, 9)) == ["A dog.", "A cat."]
        assert await texts(range=span(2, 8, 2, 8)) == ["A cat."]
        assert await texts(**at(2, 8), paragraph=True) == ["A dog.", "A cat.", "A cow."]
        assert await texts(**at(3, 0)) == []


async def test_a_version_that_is_not_the_documents_is_refused() -> None:
    async with editing() as editor:
        editor.open("A dog.")
        editor.type(0, 2, 5, "cat")
        assert (await asked(editor, **at(0, 1), version=2))["version"] == 2
        with pytest.raises(LspError, match=r"^The sentence has changed since; choose it again\.$") as error:
            await asked(editor, **at(0, 1), version=1)
        assert error.value.code == -32803


async def test_too_many_sentences_are_refused_and_no_document_has_none() -> None:
    async with editing() as editor:
        assert await asked(editor, **at(0, 0)) == {"version": None, "sentences": []}
        editor.open("A dog. " * 51)
        with pytest.raises(LspError, match=r"^These are 51 sentences; choose 50 at most\.$"):
            await asked(editor, **at(0, 0), paragraph=True)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({}, "takes a position or a range"),
        ({"position": {"line": -1, "character": 0}}, "takes a position or a range"),
        ({"range": {"start": {"line": 0, "character": 0}}}, "takes a position or a range"),
        ({**at(0, 0), "version": "1"}, "version of prism/sentence must be"),
        ({**at(0, 0), "paragraph": 1}, "paragraph true or false"),
        ({**at(0, 0), "textDocument": {}}, "which has a uri"),
    ],
)
async def test_wrong_parameters(params: dict[str, Any], message: str) -> None:
    async with editing() as editor:
        with pytest.raises(LspError, match=message) as error:
            await asked(editor, **params)
        assert error.value.code == -32602


async def test_a_sentence_that_cannot_be_read_says_why() -> None:
    engine = StubEngine()
    engine.read_error = {"dog": EngineError("The dog was too much.")}
    async with editing(engine) as editor:
        editor.open("A dog.")
        with pytest.raises(LspError, match=r"The dog was too much\."):
            await asked(editor, **at(0, 0))
