"""`prism/spectrum` and `prism/spectrumChanged`, as a client that draws the matrix uses them."""

from __future__ import annotations

import asyncio
from base64 import b64decode
from typing import Any

import pytest
from editor import FULL_CLIENT, URI, Editor, LspError, StubEngine, editing, span

from prism_lsp.features import spectrum
from prism_lsp.reading import EngineError, Feature, Reading

pytestmark = pytest.mark.asyncio

METHOD = "prism/spectrum"
CHANGED = "prism/spectrumChanged"
DOCUMENT = {"textDocument": {"uri": URI}}


class Matrix:
    """What a client keeps of the answers for one document."""

    def __init__(self) -> None:
        self.features: list[str] = []
        self.activations: list[bytes] = []
        self.percentiles: list[bytes] = []
        self.ranges: list[int] = []
        self.headings: list[int] = []
        self.answer: dict[str, Any] = {}

    def take(self, answer: dict[str, Any]) -> Matrix:
        """As docs/protocol.md tells it."""
        self.answer = answer
        if "since" not in answer:
            self.features = [feature["id"] for feature in answer["features"]]
            self.activations, self.percentiles = [], []
        start = answer.get("start", 0)
        end = start + answer.get("deleteCount", 0)
        for rows, name in ((self.activations, "activations"), (self.percentiles, "percentiles")):
            data, width = b64decode(answer[name]), len(self.features)
            rows[start:end] = [data[at : at + width] for at in range(0, len(data), width or 1)]
        self.ranges = answer.get("ranges", self.ranges)
        self.headings = answer.get("headings", self.headings)
        assert len(self.activations) == len(self.percentiles) == answer["count"] == len(self.ranges) / 4
        assert self.activations.count(b"\xff" * len(self.features)) == answer["unread"]
        return self

    def sentences(self, editor: Editor, uri: str = URI) -> list[str]:
        places = zip(*[iter(self.ranges)] * 4, strict=True)
        return [editor.cut(span(*place), uri) for place in places]

    def level(self, sentence: int, feature: str) -> int:
        return self.activations[sentence][self.features.index(feature)]


async def matrix(editor: Editor, **params: Any) -> Matrix:
    return Matrix().take(await editor.ask(METHOD, {**DOCUMENT, "wait": True, **params}))


async def test_the_matrix_of_a_document() -> None:
    async with editing() as editor:
        editor.open("# Why me?\n\nIt was\nnot so. A dog.\n")
        found = await matrix(editor)
        assert found.sentences(editor) == ["Why me?", "It was\nnot so.", "A dog."]
        assert found.headings == [0, 1]
        assert [found.level(0, id) for id in ("question", "first-person", "negation")] == [127, 127, 0]
        assert [found.level(1, id) for id in ("question", "past-tense", "negation")] == [0, 127, 127]
        assert set(found.activations[2]) == {0}
        assert found.percentiles[0][0] == round(0.95 * 254)
        assert found.answer["version"] == 1 and found.answer["first"] == found.answer["unread"] == 0
        assert found.answer["features"][0] == {
            "id": "question",
            "name": "Question",
            "family": "sentence",
            "density": 0.0,
        }


async def test_bytes_of_a_reading() -> None:
    reading = Reading((0.0, 0.5, 1.0, 1.999, 2.0, 7.5), (0.0, 0.5, 0.95, 0.999, 1.0, 1.0))
    rows = spectrum.quantised([Feature(str(i), "", "", "", density=i / 10) for i in range(6)], reading)
    assert rows[:2] == (bytes([0, 64, 127, 254, 254, 254]), bytes([0, 127, 241, 254, 254, 254]))
    assert rows[2] == (3, 4, 4, 4, 5, 4, 1, 1, 2, 2), "strong ones first, of those the rarer"
    assert spectrum.UNREAD not in rows[0] + rows[1]


async def test_what_each_sentence_shows_is_what_its_colour_shows() -> None:
    async with editing() as editor:
        editor.open("Why not? A dog. It was so.\n")
        found = (await matrix(editor)).answer
        shown = [found["features"][column]["family"] if column >= 0 else None for column in found["prominent"][::2]]
        assert shown == ["logic", None, "verb"]
        tokens = (await editor.ask("textDocument/semanticTokens/full", DOCUMENT))["data"]
        levels = [level for level in found["prominent"][1::2] if level]
        assert [1 << level - 1 for level in levels] == tokens[4::5]
        asked = (await matrix(editor, features=["past-tense", "negation"])).answer
        assert [asked["prominent"][at] for at in (0, 2, 4)] == [1, -1, 0], "of the features that were asked for"


async def test_what_a_document_has_more_of_than_ordinary_prose_stands_first() -> None:
    class Counted(StubEngine):
        async def features(self) -> list[Feature]:
            return [
                each._replace(density=0.6 if each.id == "past-tense" else 0.05) for each in await super().features()
            ]

    async with editing(Counted()) as editor:
        editor.open("It was so. It was here. Why? A dog.\n")
        found = await matrix(editor)
        present = dict(zip(found.features, found.answer["present"], strict=True))
        assert {id: n for id, n in present.items() if n} == {"past-tense": 2, "question": 1}
        assert [found.features[column] for column in found.answer["order"]] == ["question", "past-tense"]
        editor.type(0, 0, 24, "")
        found.take(await editor.ask(METHOD, {**DOCUMENT, "wait": True, "since": found.answer["resultId"]}))
        assert [found.features[column] for column in found.answer["order"]] == ["question"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_ranges_are_in_the_encoding_that_was_agreed_on(encoding: str) -> None:
    async with editing(capabilities={**FULL_CLIENT, "general": {"positionEncodings": [encoding]}}) as editor:
        editor.open("A 🐋 dog. 🐋 Why 🐳\r\nnot é? 🐳 No!\r\n")
        found = await matrix(editor)
        assert found.sentences(editor)[0] == "A 🐋 dog." and found.sentences(editor)[-1].endswith("No!")


async def test_sentences_that_have_not_been_read_have_null_rows() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with editing(engine) as editor:
        editor.open("Why?\n\nA dog.\n")
        await editor.ask("workspace/executeCommand", {"command": "prism.features"})
        found = await matrix(editor, wait=False)
        assert found.answer["unread"] == 2 and found.sentences(editor) == ["Why?", "A dog."]
        engine.gate.set()
        assert (await matrix(editor)).answer["unread"] == 0


async def test_before_the_model_has_loaded_there_are_sentences_without_features() -> None:
    loading = asyncio.Event()

    class Slow(StubEngine):
        async def start(self) -> None:
            await loading.wait()

    async with editing(Slow()) as editor:
        editor.open("Why?\n")
        answer = await editor.ask(METHOD, DOCUMENT)
        assert (answer["features"], answer["count"], answer["unread"], answer["activations"]) == ([], 1, 1, "")
        loading.set()
        assert (await matrix(editor)).level(0, "question") == 127


async def test_waiting_ends_when_the_engine_cannot_work() -> None:
    engine = StubEngine()
    engine.load_error = EngineError("There are no weights.", "weights")
    async with editing(engine) as editor:
        editor.open("Why?\n")
        with pytest.raises(LspError, match="no weights"):
            await editor.ask(METHOD, {**DOCUMENT, "wait": True})
        assert (await editor.ask(METHOD, DOCUMENT))["unread"] == 1


async def test_waiting_ends_when_the_document_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spectrum, "WAIT_STEP", 0.05)
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with editing(engine) as editor:
        editor.open("Why?\n")
        number = editor.start(METHOD, {**DOCUMENT, "wait": True})
        await asyncio.sleep(0.05)
        editor.note("textDocument/didClose", DOCUMENT)
        assert (await editor.answer(number))["version"] is None


async def test_what_cannot_be_read_is_not_waited_for() -> None:
    engine = StubEngine()
    engine.read_error = {"BROKEN": EngineError("It cannot be read.")}
    async with editing(engine) as editor:
        editor.open("Why? BROKEN words.\n")
        assert (await matrix(editor)).answer["unread"] == 1


async def test_features_are_those_asked_for_in_that_order() -> None:
    async with editing() as editor:
        editor.open("Why not? A dog.\n")
        found = await matrix(editor, features=["negation", "question"])
        assert found.features == ["negation", "question"]
        assert found.activations == [bytes([127, 127]), bytes([0, 0])]
        assert (await editor.ask(METHOD, {**DOCUMENT, "wait": True, "features": []}))["activations"] == ""
        with pytest.raises(LspError, match=r"There is no feature “questions”\. There is: question"):
            await matrix(editor, features=["questions"])


async def test_hidden_features_are_left_out_unless_they_are_asked_for() -> None:
    async with editing(hidden=["question"]) as editor:
        editor.open("Why not?\n")
        assert "question" not in (await matrix(editor)).features
        assert (await matrix(editor, features=["question"])).level(0, "question") == 127
        await editor.ask("workspace/executeCommand", {"command": "prism.focus", "arguments": ["question"]})
        assert "question" in (await matrix(editor)).features, "in focus it is shown all the same"


async def test_a_part_of_a_document() -> None:
    async with editing() as editor:
        editor.open("\n\n".join(f"Why {i}?" for i in range(100)))
        found = await matrix(editor, range=span(100, 0, 104, 2))
        assert found.sentences(editor) == ["Why 50?", "Why 51?", "Why 52?"]
        assert found.answer["first"] == 50


async def test_an_answer_can_be_told_against_an_earlier_one() -> None:
    engine = StubEngine()
    async with editing(engine) as editor:
        editor.open("One.\n\nTwo.\n\nThree.\n\nFour.\n")
        found = await matrix(editor)
        editor.type(2, 0, 3, "Why not? Who")
        found.take(await editor.ask(METHOD, {**DOCUMENT, "wait": True, "since": found.answer["resultId"]}))
        assert (found.answer["start"], found.answer["deleteCount"], found.answer["count"]) == (1, 1, 5)
        assert found.sentences(editor) == ["One.", "Why not?", "Who.", "Three.", "Four."]
        assert [found.level(i, "question") for i in range(5)] == [0, 127, 0, 0, 0]
        found.take(await editor.ask(METHOD, {**DOCUMENT, "since": found.answer["resultId"]}))
        assert found.answer["start"] == found.answer["count"] and found.answer["deleteCount"] == 0
        assert not {"ranges", "headings", "features"} & set(found.answer)


async def test_readings_that_come_in_are_told_without_the_rest() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with editing(engine) as editor:
        editor.open("\n\n".join(f"Why {i}?" for i in range(40)))
        await editor.ask("workspace/executeCommand", {"command": "prism.features"})
        found = await matrix(editor, wait=False)
        assert found.answer["unread"] == 40
        engine.gate.set()
        found.take(await editor.ask(METHOD, {**DOCUMENT, "wait": True, "since": found.answer["resultId"]}))
        assert found.answer["unread"] == 0 and "ranges" not in found.answer
        assert all(found.level(i, "question") == 127 for i in range(40))


async def test_an_unknown_result_or_another_question_is_answered_in_full() -> None:
    async with editing() as editor:
        editor.open("Why? Who?")
        first = (await matrix(editor)).answer["resultId"]
        for params in (
            {"since": "77"},
            {"since": first, "features": ["question"]},
            {"since": first, "range": span(0, 0, 0, 3)},
        ):
            assert "since" not in (await matrix(editor, **params)).answer


async def test_the_client_is_told_once_that_there_is_more_to_ask_for() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with editing(engine) as editor:
        editor.open("\n\n".join(f"Why {i}?" for i in range(100)))
        await editor.ask("workspace/executeCommand", {"command": "prism.features"})
        found = await matrix(editor, wait=False)
        assert editor.sent(CHANGED) == []
        engine.gate.set()
        await editor.all_read()
        await editor.until(lambda: editor.sent(CHANGED))
        await asyncio.sleep(1.2)
        assert editor.sent(CHANGED) == [DOCUMENT]
        found.take(await editor.ask(METHOD, {**DOCUMENT, "since": found.answer["resultId"]}))
        assert found.answer["unread"] == 0
        editor.type(0, 0, 3, "Who")
        await editor.until(lambda: len(editor.sent(CHANGED)) == 2)


async def test_only_a_client_that_asked_and_takes_it_is_told() -> None:
    async with editing() as editor:
        editor.open("Why?\n")
        await editor.all_read()
        await asyncio.sleep(0.1)
        assert editor.sent(CHANGED) == []
    async with editing(notifications=False) as editor:
        editor.open("Why?\n")
        await matrix(editor)
        editor.type(0, 0, 3, "Who")
        await editor.all_read()
        await asyncio.sleep(0.1)
        assert editor.sent(CHANGED) == []


async def test_another_model_is_another_spectrum() -> None:
    engine = StubEngine()
    async with editing(engine) as editor:
        editor.open("Why?\n")
        first = (await matrix(editor)).answer["resultId"]
        await editor.ask("workspace/executeCommand", {"command": "prism.restartEngine"})
        await editor.until(lambda: editor.sent(CHANGED))
        found = await matrix(editor, since=first)
        assert "since" not in found.answer and found.level(0, "question") == 127


async def test_an_unknown_document_is_empty() -> None:
    async with editing() as editor:
        answer = await editor.ask(METHOD, {"textDocument": {"uri": "file:///no.md"}, "wait": True})
        assert answer["version"] is None and answer["count"] == 0 and answer["ranges"] == []
        assert answer["activations"] == answer["percentiles"] == ""


@pytest.mark.parametrize(
    ("params", "message"),
    [
        (None, "takes an object with a textDocument"),
        ([], "takes an object with a textDocument"),
        ({"textDocument": {}}, "must have a uri"),
        ({**DOCUMENT, "features": "question"}, "list of feature ids"),
        ({**DOCUMENT, "features": [1]}, "list of feature ids"),
        ({**DOCUMENT, "range": [1, 2]}, "range"),
        ({**DOCUMENT, "range": {"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 0}}}, "range"),
        ({**DOCUMENT, "range": {"start": {"line": 0}}}, "range"),
        ({**DOCUMENT, "since": 7}, "resultId"),
        ({**DOCUMENT, "wait": "yes"}, "true or false"),
    ],
)
async def test_wrong_parameters_are_refused_with_what_is_wrong(params: Any, message: str) -> None:
    async with editing() as editor:
        with pytest.raises(LspError, match=message) as error:
            await editor.ask(METHOD, params)
        assert error.value.code == -32602


async def test_the_server_says_that_it_has_a_spectrum() -> None:
    async with editing() as editor:
        (answer,) = editor.answers[1]
        assert answer["result"]["capabilities"]["experimental"]["prism"]["spectrum"] == 1


async def test_a_client_is_told_of_hidden_features_but_not_of_focus() -> None:
    async with editing() as editor:
        editor.open("Why?\n")
        await matrix(editor)
        await editor.ask("workspace/executeCommand", {"command": "prism.focus", "arguments": ["question"]})
        await asyncio.sleep(0.05)
        assert editor.sent(CHANGED) == []
        editor.note("workspace/didChangeConfiguration", {"settings": {"prism": {"hidden": ["negation"]}}})
        await editor.until(lambda: editor.sent(CHANGED))
        assert "negation" not in (await matrix(editor)).features


async def test_colours_are_asked_for_again_although_a_spectrum_waits_for_the_same_sentences() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with editing(engine) as editor:
        editor.open("Why?\n")
        number = editor.start(METHOD, {**DOCUMENT, "wait": True})
        await editor.ask("workspace/executeCommand", {"command": "prism.features"})
        assert editor.sent("workspace/semanticTokens/refresh") == []
        engine.gate.set()
        assert (await editor.answer(number))["unread"] == 0
        await editor.until(lambda: editor.sent("workspace/semanticTokens/refresh"))


async def test_a_spectrum_that_waits_can_be_cancelled() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with editing(engine) as editor:
        editor.open("Why?\n")
        number = editor.start(METHOD, {**DOCUMENT, "wait": True})
        await asyncio.sleep(0.05)
        editor.note("$/cancelRequest", {"id": number})
        with pytest.raises(LspError) as error:
            await editor.answer(number)
        assert error.value.code == -32800
        assert editor.server.session.readings.awaited() == set()
