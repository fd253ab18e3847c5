"""Workspace symbols: sentences by feature, by their words, and what stands out."""

from __future__ import annotations

import asyncio

import pytest
from editor import FULL_CLIENT, URI, Editor, StubEngine, editing

from prism_lsp.features import search
from prism_lsp.reading import Feature

pytestmark = pytest.mark.asyncio

OTHER = "file:///home/ada/letters.txt"


async def found(editor: Editor, query: str) -> list[tuple[str, str, str | None]]:
    """Name, text of the range, and container of each answer."""
    answer = await editor.ask("workspace/symbol", {"query": query})
    return [
        (each["name"], editor.cut(each["location"]["range"], each["location"]["uri"]), each.get("containerName"))
        for each in answer
    ]


async def test_a_features_strongest_sentences_with_the_heading_above_them() -> None:
    async with editing() as editor:
        editor.open("Why? A dog.\n\n# The sea\n\nIs it? Or not? Or *what*?! It is not.\n")
        editor.open("Chapter 2\n\nWho? He? She?\n", OTHER, "plaintext")
        await editor.all_read()
        await editor.all_read(OTHER)
        assert await found(editor, "#negation") == [
            ("#negation Or not?", "Or not?", "The sea"),
            ("#negation It is not.", "It is not.", "The sea"),
        ]
        questions = await found(editor, "#question")
        assert [text for _, text, _ in questions] == ["Why?", "Is it?", "Or not?", "Or *what*?!", "Who?", "He?", "She?"]
        assert [heading for *_, heading in questions] == [None, "The sea", "The sea", "The sea", *["Chapter 2"] * 3]


async def test_the_stronger_come_first() -> None:
    async with editing() as editor:
        editor.open("He will not. He will not, no. He will not, no, never.")
        await editor.all_read()
        assert [text for _, text, _ in await found(editor, "negation")] == [
            "He will not, no, never.",
            "He will not, no.",
            "He will not.",
        ]


async def test_words_of_a_name_or_description_find_a_feature() -> None:
    features = [
        Feature("question", "Question", "sentence", "The sentence asks something."),
        Feature("past-tense", "Past tense", "verb", "The verbs tell of the past."),
        Feature("present-tense", "Present tense", "verb", "The verbs tell of the present."),
    ]

    def ids(query: str) -> list[str]:
        return [feature.id for feature in search.named(features, query)]

    assert ids("question") == ids("#question") == ids("QUEST") == ids("asks") == ["question"]
    assert ids("tense") == ids("#tense") == ["past-tense", "present-tense"]
    assert ids("tense past") == ids("past-tense") == ["past-tense"]
    assert ids("verbs") == ["past-tense", "present-tense"]
    assert ids("the") == ids("whale") == ids('"question"') == ids("“past”") == ids("#") == ids("?!") == []


async def test_words_that_are_no_feature_are_looked_for_in_the_text() -> None:
    async with editing() as editor:
        editor.open("# Whales\n\nThe *white*\nwhale. A dog. Was the White Whale a question?\n")
        await editor.all_read()
        assert await found(editor, "white  WHALE") == [
            ("The white whale.", "The *white*\nwhale.", "Whales"),
            ("Was the White Whale a question?", "Was the White Whale a question?", "Whales"),
        ]
        assert [name for name, _, _ in await found(editor, '"question"')] == ["Was the White Whale a question?"]
        assert await found(editor, "#whale") == await found(editor, "octopus") == []


async def test_words_are_found_before_the_model_has_loaded() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with editing(engine) as editor:
        editor.open("The white whale.\n")
        assert [name for name, _, _ in await found(editor, "whale")] == ["The white whale."]
        assert await found(editor, "") == await found(editor, "#question") == []


async def test_a_long_sentence_is_shown_where_the_words_are() -> None:
    async with editing() as editor:
        editor.open("A dog " + "and a dog " * 30 + "and the whale " + "and a cat " * 30 + "came.\n")
        ((name, _, _),) = await found(editor, "the whale")
        assert len(name) <= search.LONGEST_NAME + 2
        assert name[0] == name[-1] == "…" and "the whale" in name
        ((name, _, _),) = await found(editor, "came")
        assert name.endswith("came.") and name[0] == "…"


async def test_no_query_shows_what_stands_out() -> None:
    async with editing() as editor:
        editor.open("Why? Who? A dog. Is it?! What? No.\n")
        await editor.all_read()
        nbsp = "\N{NO-BREAK SPACE}"
        answer = await found(editor, "")
        assert answer[0] == (f"#question: in 67{nbsp}% of sentences (0{nbsp}% in ordinary prose)", "Why?", None)
        assert await found(editor, "#") == answer


async def test_hidden_features_are_not_found() -> None:
    async with editing(hidden=["question"]) as editor:
        editor.open("Why? Who? Is not this a question?\n")
        await editor.all_read()
        assert [name for name, _, _ in await found(editor, "question")] == ["Is not this a question?"]
        assert all("question" not in name for name, _, _ in await found(editor, ""))


async def test_there_are_fifty_at_most() -> None:
    async with editing() as editor:
        editor.open("\n\n".join(f"Why {i}?" for i in range(70)))
        await editor.all_read()
        assert len(await found(editor, "#question")) == len(await found(editor, "why")) == search.MOST


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_ranges_are_exact_behind_emoji(encoding: str) -> None:
    async with editing(capabilities={**FULL_CLIENT, "general": {"positionEncodings": [encoding]}}) as editor:
        editor.open("A 🐋 dog. 🐋 Was 🐳\r\nit é? 🐳\r\n")
        await editor.all_read()
        assert [text for _, text, _ in await found(editor, "#question")] == ["🐋 Was 🐳\r\nit é? 🐳"]
        assert [text for _, text, _ in await found(editor, "🐳 it")] == ["🐋 Was 🐳\r\nit é? 🐳"]


async def test_nothing_open_is_nothing_found() -> None:
    async with editing() as editor:
        for query in ("", "#question", "whale", '"'):
            assert await found(editor, query) == []
        assert URI not in editor.server.session.opened
