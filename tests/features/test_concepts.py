"""A project's own concepts in the editor: used from when their file is saved, and marked where they are wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from editor import FULL_CLIENT, URI, Editor, LspError, StubEngine, editing, span

from prism_lsp import concept_file
from prism_lsp.reading import EngineError

pytestmark = pytest.mark.asyncio

EXECUTE = "workspace/executeCommand"
PUBLISH = "textDocument/publishDiagnostics"
PAIRS = [(f"It lay at {n} feet.", f"It lay at {n} fathoms, mizzen gone.") for n in range(8)]
TEXT = "The mizzen came down.\n\nIt rained."


def write(folder: Path, id_: str = "mizzen", text: str | None = None) -> Path:
    """A concept's file on disk. The stub finds the words of the id in a sentence."""
    file = folder / concept_file.FOLDER / f"{id_}.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(concept_file.write(id_.capitalize(), PAIRS, False) if text is None else text, "utf-8")
    return file


def changed(editor: Editor, *files: Path) -> None:
    """Another program changed files."""
    changes = [{"uri": file.as_uri(), "type": 2} for file in files]
    editor.note("workspace/didChangeWatchedFiles", {"changes": changes})


async def adopted(editor: Editor, *ids: str) -> None:
    """Wait until the engine has these concepts, and no others."""
    await editor.until(lambda: [f.id for f in editor.server.session.features if f.kind == "project"] == list(ids))


async def focused(editor: Editor, id_: str) -> list[tuple[str, str, str]]:
    """The colours of the document when this feature is shown alone."""
    await editor.ask(EXECUTE, {"command": "prism.focus", "arguments": [id_]})
    return await editor.colours()


def problems(editor: Editor, uri: str) -> list[tuple[str, str]]:
    """What each problem in an open file is about, and its message. Raises IndexError while nothing was told."""
    items = [each for each in editor.sent(PUBLISH) if each["uri"] == uri][-1]["diagnostics"]
    return [(editor.cut(item["range"], uri), item["message"]) for item in items]


def said(editor: Editor) -> list[str]:
    return [each["message"] for each in editor.sent("window/showMessage")]


# Used like those that ship


async def test_a_concept_of_the_project_colours_in_its_own_slot(tmp_path: Path) -> None:
    write(tmp_path)
    async with editing(folder=tmp_path) as editor:
        editor.open(TEXT)
        await adopted(editor, "mizzen")
        assert await focused(editor, "mizzen") == [("The mizzen came down.", "prismProject1", "l4")]


async def test_it_is_in_the_list_of_features_and_in_the_menu(tmp_path: Path) -> None:
    write(tmp_path)
    async with editing(folder=tmp_path) as editor:
        editor.open(TEXT)
        await adopted(editor, "mizzen")
        listed = (await editor.ask(EXECUTE, {"command": "prism.features"}))[-1]
        assert (listed["id"], listed["kind"], listed["on"]) == ("mizzen", "project", "More: Mizzen")
        assert "Less: Mizzen" in [action["title"] for action in await editor.menu(0, 3)]


async def test_a_rule_can_name_it(tmp_path: Path) -> None:
    write(tmp_path)
    rules = (tmp_path / "prism.toml").as_uri()
    async with editing(folder=tmp_path) as editor:
        editor.open('[rules]\nmizzen = "off"\nmast = "off"\n', rules, "toml")
        await adopted(editor, "mizzen")
        await editor.until(lambda: [about for about, _ in problems(editor, rules)] == ["mast"])


async def test_changing_the_file_changes_the_colours(tmp_path: Path) -> None:
    file = write(tmp_path)
    async with editing(folder=tmp_path) as editor:
        editor.open(TEXT)
        await adopted(editor, "mizzen")
        await editor.colours()
        file.unlink()
        other = write(tmp_path, "rained")
        before = len(editor.sent("workspace/semanticTokens/refresh"))
        changed(editor, file, other)
        await adopted(editor, "rained")
        await editor.until(lambda: len(editor.sent("workspace/semanticTokens/refresh")) > before)
        assert await focused(editor, "rained") == [("It rained.", "prismProject1", "l4")]


async def test_saving_the_file_is_enough_where_nobody_watches(tmp_path: Path) -> None:
    async with editing(folder=tmp_path) as editor:
        editor.open(TEXT)
        await editor.colours()
        editor.note("textDocument/didSave", {"textDocument": {"uri": write(tmp_path).as_uri()}})
        await adopted(editor, "mizzen")


async def test_a_file_that_says_the_same_is_not_fitted_again(tmp_path: Path) -> None:
    file = write(tmp_path)
    async with editing(folder=tmp_path) as editor:
        await adopted(editor, "mizzen")
        changed(editor, file)
        write(tmp_path, "other")
        changed(editor, file)
        await adopted(editor, "mizzen", "other")
        assert editor.engine.fits == [["mizzen"], ["mizzen", "other"]]


async def test_a_restarted_engine_has_them_too(tmp_path: Path) -> None:
    write(tmp_path)
    async with editing(folder=tmp_path) as editor:
        editor.open(TEXT)
        await adopted(editor, "mizzen")
        await editor.ask(EXECUTE, {"command": "prism.restartEngine"})
        await editor.until(lambda: len(editor.engine.fits) == 2)
        await adopted(editor, "mizzen")
        assert len(await focused(editor, "mizzen")) == 1


async def test_no_reading_of_the_old_features_is_taken_for_one_of_the_new(tmp_path: Path) -> None:
    engine = StubEngine()
    engine.delay = 0.002
    async with editing(engine, folder=tmp_path) as editor:
        editor.open("\n\n".join(f"Number {n} was a mizzen." for n in range(200)))
        await editor.until(lambda: len(engine.batches) > 2)
        changed(editor, write(tmp_path))
        await adopted(editor, "mizzen")
        await editor.all_read()
        readings = editor.server.session.readings
        texts = [f"Number {n} was a mizzen." for n in range(200)]
        assert {len(reading.activations) for text in texts if (reading := readings.get(text))} == {11}


async def test_the_concepts_of_a_folder_opened_later_and_closed(tmp_path: Path) -> None:
    write(tmp_path)
    folder = {"uri": tmp_path.as_uri(), "name": "book"}
    method = "workspace/didChangeWorkspaceFolders"
    async with editing() as editor:
        editor.open(TEXT)
        await editor.colours()
        editor.note(method, {"event": {"added": [folder], "removed": []}})
        await adopted(editor, "mizzen")
        editor.note(method, {"event": {"added": [], "removed": [folder]}})
        await adopted(editor)


async def test_a_fit_that_takes_long_is_shown_and_sentences_are_read_meanwhile(tmp_path: Path) -> None:
    write(tmp_path)
    engine = StubEngine()
    engine.fit_delay = 0.8
    async with editing(engine, folder=tmp_path) as editor:
        editor.open("Why?")
        assert [text for text, _, _ in await editor.colours()] == ["Why?"]
        await adopted(editor, "mizzen")
        await editor.until(lambda: editor.sent("$/progress")[-1]["value"]["kind"] == "end")
        steps = [each["value"] for each in editor.sent("$/progress")]
        (token,) = [step for step in steps if step.get("title") == "Prism is fitting the project’s concepts"]
        assert steps.index(token) < len(steps) - 1 and steps[-1]["kind"] == "end"


async def test_files_that_change_while_they_are_fitted_count_as_they_are_in_the_end(tmp_path: Path) -> None:
    file = write(tmp_path)
    engine = StubEngine()
    engine.fit_delay = 0.2
    async with editing(engine, folder=tmp_path) as editor:
        editor.open(TEXT)
        await editor.until(lambda: engine.fits)
        file.unlink()
        changed(editor, file, write(tmp_path, "rained"))
        await adopted(editor, "rained")
        assert engine.fits == [["mizzen"], ["rained"]]


# What is wrong


async def test_a_broken_file_is_marked_at_its_line_as_it_is_typed(tmp_path: Path) -> None:
    uri = (tmp_path / concept_file.FOLDER / "mizzen.toml").as_uri()
    text = concept_file.write("Mizzen", PAIRS, False)
    async with editing(folder=tmp_path) as editor:
        editor.open(text.replace('without = "It lay at 2 feet."', "without = 2"), uri, "toml")
        wrong = ("2", "`without` must be a text in quotation marks, not “2”.")
        await editor.until(lambda: wrong in problems(editor, uri))
        assert said(editor) == []


async def test_a_name_that_prism_has_is_marked(tmp_path: Path) -> None:
    file = write(tmp_path, "question")
    async with editing(folder=tmp_path) as editor:
        editor.open(file.read_text("utf-8"), file.as_uri(), "toml")
        await editor.until(lambda: "ships a concept “question” already" in problems(editor, file.as_uri())[0][1])
        assert await editor.ask(EXECUTE, {"command": "prism.features"})


async def test_a_broken_file_that_is_not_open_is_told_once_and_the_others_stay(tmp_path: Path) -> None:
    write(tmp_path)
    broken = write(tmp_path, "broken", 'name = "Broken"\n')
    async with editing(folder=tmp_path) as editor:
        await adopted(editor, "mizzen")
        changed(editor, broken)
        (message,) = said(editor)
        assert message.startswith(f"{broken}, line 1: A concept needs 3 good pairs")
        write(tmp_path, "broken")
        changed(editor, broken)
        await adopted(editor, "broken", "mizzen")
        assert len(said(editor)) == 1


async def test_two_folders_with_one_id_are_told_and_the_first_counts(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    write(one)
    write(two, text=concept_file.write("Other", PAIRS, False))
    async with editing(folder=one) as editor:
        added = [{"uri": two.as_uri(), "name": "two"}]
        editor.note("workspace/didChangeWorkspaceFolders", {"event": {"added": added, "removed": []}})
        await adopted(editor, "mizzen")
        (message,) = said(editor)
        assert message.endswith(f"{one / concept_file.FOLDER / 'mizzen.toml'} has the id “mizzen” too, and counts: rename one of them.")  # fmt: skip
        assert [f.name for f in editor.server.session.features if f.kind == "project"] == ["Mizzen"]


async def test_an_engine_that_cannot_fit_says_why_and_the_rest_goes_on(tmp_path: Path) -> None:
    write(tmp_path)
    engine = StubEngine()
    engine.fit_error = EngineError("The pack tiny cannot fit a project's concepts.", "pack")
    async with editing(engine, folder=tmp_path) as editor:
        editor.open("Why?")
        await editor.until(lambda: said(editor) == [str(engine.fit_error)])
        assert [text for text, _, _ in await editor.colours()] == ["Why?"]


async def test_a_concept_file_is_not_read_as_prose(tmp_path: Path) -> None:
    file = write(tmp_path)
    async with editing(folder=tmp_path, languages=["markdown", "toml"]) as editor:
        editor.open(file.read_text("utf-8"), file.as_uri(), "toml")
        assert await editor.colours(uri=file.as_uri()) == []


# A new one from sentences

CREATES = {
    **FULL_CLIENT,
    "workspace": {
        **FULL_CLIENT["workspace"],
        "workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]},
    },
    "window": {"showDocument": {"support": True}},
}
BOOK = """\
The mizzen was white. The mainmast was red. The spanker was blue.

It rained all day. He ate the bread and the cheese that she had bought for him in town. She was not well. He was late.
"""


async def make(editor: Editor, **argument: Any) -> tuple[dict[str, Any], str]:
    """Run the command; its answer, and the text of the file."""
    editor.replies["workspace/applyEdit"] = {"applied": True}
    editor.replies["window/showDocument"] = {"success": True}
    argument = {"uri": URI, "with": [span(0, 0, 0, 60)], **argument}
    answer = await editor.ask(EXECUTE, {"command": "prism.newConcept", "arguments": [argument]})
    edit = editor.sent("workspace/applyEdit")[-1]["edit"]
    if "changes" in edit:
        ((uri, (insert,)),) = edit["changes"].items()
    else:
        made, filled = edit["documentChanges"]
        assert made == {"kind": "create", "uri": answer["uri"]}
        uri, (insert,) = filled["textDocument"]["uri"], filled["edits"]
    assert uri == answer["uri"]
    return answer, insert["newText"]


async def test_a_concept_from_chosen_sentences_with_others_of_the_document_for_contrast(tmp_path: Path) -> None:
    async with editing(capabilities=CREATES, folder=tmp_path) as editor:
        editor.open(BOOK)
        await editor.all_read()
        answer, text = await make(editor, name="Sails and masts")
        file = tmp_path / concept_file.FOLDER / "sails-and-masts.toml"
        assert answer == {"uri": file.as_uri(), "id": "sails-and-masts"}
        assert editor.sent("window/showDocument")[-1]["uri"] == answer["uri"]
        concept = concept_file.parse(text, "sails-and-masts").concept
        assert concept is not None and concept.name == "Sails and masts"
        chosen = ["The mizzen was white.", "The mainmast was red.", "The spanker was blue."]
        assert [pair.with_ for pair in concept.pairs] == chosen
        assert {pair.without for pair in concept.pairs} == {"It rained all day.", "She was not well.", "He was late."}
        assert "You did not say which sentences lack it" in text


async def test_sentences_without_can_be_chosen_too(tmp_path: Path) -> None:
    async with editing(capabilities=CREATES, folder=tmp_path) as editor:
        editor.open(BOOK)
        _, text = await make(editor, name="Masts", without=[span(2, 19, 2, 200)])
        concept = concept_file.parse(text, "masts").concept
        assert concept is not None and "It rained all day." not in {pair.without for pair in concept.pairs}
        assert "You did not say" not in text


async def test_an_editor_that_cannot_make_files_gets_a_plain_edit(tmp_path: Path) -> None:
    async with editing(folder=tmp_path) as editor:
        editor.open(BOOK)
        answer, text = await make(editor)
        assert answer["id"] == "concept-1" and 'name = "Concept 1"' in text
        assert editor.sent("window/showDocument") == []


async def test_a_selection_of_three_sentences_offers_it(tmp_path: Path) -> None:
    async with editing(folder=tmp_path) as editor:
        editor.open(BOOK)
        (action,) = [a for a in await editor.menu(0, 3, 50) if a["title"] == "New concept from these sentences"]
        assert action["command"]["arguments"] == [{"uri": URI, "with": [span(0, 3, 0, 50)]}]
        two = await editor.menu(0, 3, 30)
        assert two and "New concept from these sentences" not in [a["title"] for a in two]
        assert await editor.menu(0, 3, 50, only=["refactor.extract"]) == [action]
        assert action not in await editor.menu(0, 3, 50, only=["quickfix"])


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ({"with": [span(0, 0, 0, 10)]}, "Select 3 sentences at least"),
        ({"without": [span(2, 0, 2, 10)]}, "3 sentences at least that lack it"),
        ({"name": "Question"}, "There is a concept “question” already"),
        ({"name": "海"}, "has no letter from a to z"),
        ({"uri": "file:///nowhere.md"}, "not opened that document"),
        ({"with": 3}, "takes one argument"),
        ({"with": [{"start": 1}]}, "takes one argument"),
        ({"name": 3}, "takes one argument"),
    ],
)
async def test_what_cannot_be_made_is_said(tmp_path: Path, argument: dict[str, Any], message: str) -> None:
    async with editing(folder=tmp_path) as editor:
        editor.open(BOOK)
        await editor.colours()
        with pytest.raises(LspError, match=message):
            await make(editor, **argument)


async def test_without_a_folder_there_is_no_place_for_one() -> None:
    async with editing() as editor:
        editor.open(BOOK)
        with pytest.raises(LspError, match="open the folder of this document first"):
            await make(editor)


async def test_an_editor_that_refuses_is_told_of(tmp_path: Path) -> None:
    async with editing(folder=tmp_path) as editor:
        editor.open(BOOK)
        editor.replies["workspace/applyEdit"] = {"applied": False, "failureReason": "It is read-only."}
        argument = {"uri": URI, "with": [span(0, 0, 0, 60)]}
        with pytest.raises(LspError, match=r"did not make concept-1\.toml\. It is read-only\."):
            await editor.ask(EXECUTE, {"command": "prism.newConcept", "arguments": [argument]})
