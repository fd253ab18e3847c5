"""Sentences inside a quotation of several: read with its marks, which are never written into the document."""

from __future__ import annotations

import pytest
from editor import LspError, editing, place, span
from hypothesis import given
from hypothesis import strategies as st

from prism_lsp.prose import MarkupError, sentences
from prism_lsp.reading import Reading, Share

SPEECH = "He sat. “Call me. I saw it. I left,” he said. “Go!” It rained."


def reads(document: str) -> list[str]:
    return [sentence.reads for sentence in sentences(document, "plaintext")]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (SPEECH, ["He sat.", "“Call me.”", "“I saw it.”", "“I left,” he said.", "“Go!”", "It rained."]),
        ('"Call me. I saw it. I left." It rained.', ['"Call me."', '"I saw it."', '"I left."', "It rained."]),
        ("He said, «Call me. I saw it.» So.", ["He said, «Call me.»", "«I saw it.»", "So."]),
        ("“One. Two.\n\n“Three. Four.” Five.", ["“One.”", "“Two.”", "“Three.”", "“Four.”", "Five."]),
        ('It is 6" wide. It is new.', ['It is 6" wide.', "It is new."]),
        ('A 6" nail. Then "Go. Now." So.', ['A 6" nail.', 'Then "Go."', '"Now."', "So."]),
        ("It’s John’s. ‘Yes. No.’", ["It’s John’s.", "‘Yes.", "No.’"]),
        ("No mark at all. None.", ["No mark at all.", "None."]),
    ],
)
def test_each_sentence_of_a_quotation_is_read_with_its_marks(document: str, expected: list[str]) -> None:
    assert reads(document) == expected


@given(
    st.lists(st.sampled_from(["Call me.", "“", "”", '"', "«", "»", "„", " ", "\n\n", "Go. "]), max_size=20).map("".join)
)
def test_what_stands_in_the_document_is_not_changed_by_it(document: str) -> None:
    for sentence in sentences(document, "plaintext"):
        assert sentence.reads == sentence.opened + sentence.text + sentence.closed
        assert [document[at] for at in sentence.map] == list(sentence.text)


def test_evidence_lies_on_characters_that_are_there() -> None:
    sentence = sentences(SPEECH, "plaintext")[2]
    shares = (Share(0, 1, 0.5), Share(0, 2, 0.4), Share(2, 5, 0.1), Share(5, 11, 0.1), Share(10, 11, 0.2))
    (own,) = sentence.own(Reading((1.0,), (0.9,), (shares,))).evidence or ()
    assert [(sentence.text[s.start : s.end], s.share) for s in own] == [("I", 0.4), (" sa", 0.1), ("w it.", 0.1)]


@pytest.mark.parametrize(
    ("number", "rewrite", "expected"),
    [(2, "“Did I see it?”", "Did I see it?"), (2, "Did I see it?", "Did I see it?"), (1, "“Phone me.”", "“Phone me."),
     (3, "“I go,” he said.", "I go,” he said."), (2, "“I saw,” she said, “it.”", "I saw,” she said, “it.")],
)  # fmt: skip
def test_a_rewrite_leaves_the_added_marks_out(number: int, rewrite: str, expected: str) -> None:
    assert sentences(SPEECH, "plaintext")[number].rewritten(rewrite) == expected


@pytest.mark.parametrize(
    ("number", "rewrite"), [(1, "Phone me."), (2, "“I saw it,” he said."), (2, "So “I saw it.”?"), (3, "He left.")]
)
def test_a_rewrite_that_breaks_the_quotation_is_refused(number: int, rewrite: str) -> None:
    with pytest.raises(MarkupError, match="quotation"):
        sentences(SPEECH, "plaintext")[number].rewritten(rewrite)


async def test_an_editor_sees_dialogue_in_the_middle_and_gets_a_rewrite_without_its_marks() -> None:
    document = "“Call me. It was so. I left,” he said."
    number = document.index("It was")
    async with editing() as editor:
        editor.open(document)
        colours = {text: kind for text, kind, _ in await editor.colours()}
        assert set(colours.values()) == {"prismNarration"}
        hover = await editor.ask("textDocument/hover", place(0, number))
        assert "Dialogue" in hover["contents"]["value"]
        assert hover["range"] == span(0, number, 0, number + len("It was so."))
        assert await editor.choose("Negate this", 0, number) == document.replace("was", "was not")


async def test_an_editor_is_not_given_a_rewrite_with_the_added_marks_in_it() -> None:
    async with editing() as editor:
        editor.open(SPEECH)
        await editor.colours()
        with pytest.raises(LspError, match="quotation"):  # the engine makes “Is it so that “I saw it.”?” of it
            await editor.choose("Make this a question", 0, SPEECH.index("I saw it."))
