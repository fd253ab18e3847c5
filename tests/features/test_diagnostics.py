"""Diagnostics: only from a project's rules, only of what has been read, and calm while the writer types."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from editor import FULL_CLIENT, Editor, LspError, StubEngine, editing, span

from prism_lsp.features import diagnostics

pytestmark = pytest.mark.asyncio

PULLS: dict[str, Any] = {
    **FULL_CLIENT,
    "workspace": {**FULL_CLIENT["workspace"], "diagnostics": {"refreshSupport": True}},
    "textDocument": {**FULL_CLIENT["textDocument"], "diagnostic": {}},
}
PULL, REFRESH, PUBLISH = "textDocument/diagnostic", "workspace/diagnostic/refresh", "textDocument/publishDiagnostics"

PAGE = "# One\n\n" + "\n\n".join(f"The door {i} was opened. I saw it {i} times." for i in range(6))
"""A heading and twelve sentences; six in the passive voice, the first on line 2."""


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer who thinks fast."""
    monkeypatch.setattr(diagnostics, "CALM", 0.25)
    monkeypatch.setattr(diagnostics, "SOON", 0.02)


def ruled(folder: Path, rules: str, head: str = "") -> str:
    """Write the folder's rules; the uri of a document in it."""
    (folder / "prism.toml").write_text(f"{head}\n[rules]\n{rules}\n", encoding="utf-8")
    return (folder / "one.md").as_uri()


async def pull(editor: Editor, uri: str, previous: str | None = None) -> dict[str, Any]:
    report: dict[str, Any] = await editor.ask(PULL, {"textDocument": {"uri": uri}, "previousResultId": previous})
    return report


async def told(editor: Editor, uri: str) -> list[dict[str, Any]]:
    """A document's diagnostics, once the server has asked for a pull."""
    await editor.until(lambda: editor.sent(REFRESH))
    items: list[dict[str, Any]] = (await pull(editor, uri))["items"]
    return items


def published(editor: Editor, uri: str) -> list[dict[str, Any]]:
    """What the editor was last told by itself. Raises IndexError if nothing was."""
    found: list[dict[str, Any]] = [each for each in editor.sent(PUBLISH) if each["uri"] == uri][-1]["diagnostics"]
    return found


def marked(editor: Editor, uri: str, items: list[dict[str, Any]]) -> list[str]:
    """The text under each diagnostic."""
    document = editor.server.session.document(uri)
    assert document is not None
    found = []
    for item in items:
        places = (item["range"]["start"], item["range"]["end"])
        start, end = (document.offset(at["line"], at["character"], editor.server.encoding) for at in places)
        found.append(document.text[start:end])
    return found


def messages(items: list[dict[str, Any]]) -> list[str]:
    return [item["message"] for item in items]


async def test_without_a_rule_file_nothing_is_said(tmp_path: Path) -> None:
    uri = (tmp_path / "one.md").as_uri()
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open(PAGE, uri)
        await editor.until(lambda: len(editor.engine.read_texts) == 13)
        await asyncio.sleep(0.1)
        assert (await pull(editor, uri))["items"] == []
        assert editor.sent(REFRESH) == editor.sent(PUBLISH) == []


async def test_a_sentence_that_has_what_is_off_is_marked(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = { limit = "off", severity = "warning" }')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("He sat.\n\nThe **door** was opened.\n", uri)
        [item] = await told(editor, uri)
        assert marked(editor, uri, [item]) == ["The **door** was opened."]
        assert item["message"] == "Passive voice: off in this project."
        assert (item["severity"], item["code"], item["source"]) == (2, "passive", "prism")


async def test_at_most_marks_as_many_as_are_too_many(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "at most 35%"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open(PAGE, uri)
        items = await told(editor, uri)
        assert marked(editor, uri, items) == ["The door 0 was opened.", "The door 1 was opened."]
        assert messages(items) == ["Passive voice: 50 % of the sentences, at most 35 %."] * 2
        assert [item["severity"] for item in items] == [3, 3]


async def test_at_least_and_required_mark_the_heading(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'dialogue = "at least 20%"\nquestion = "required"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open(PAGE, uri)
        items = await told(editor, uri)
        assert marked(editor, uri, items) == ["One", "One"]
        assert messages(items) == [
            "Dialogue: 0 % of the sentences, at least 20 %.",
            "Question: required, but no sentence has it.",
        ]


async def test_documents_outside_the_globs_are_left_alone(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "off"', 'exclude = ["notes/**"]')
    notes = (tmp_path / "notes" / "a.md").as_uri()
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("It was opened.", notes)
        editor.open("It was opened.", uri)
        assert len(await told(editor, uri)) == 1
        assert (await pull(editor, notes))["items"] == []


async def test_an_untitled_document_has_no_rules(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "off"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("It was opened.", "untitled:Untitled-1")
        editor.open("It was opened.", uri)
        assert len(await told(editor, uri)) == 1
        assert (await pull(editor, "untitled:Untitled-1"))["items"] == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_marks_are_right_after_emoji_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    uri = ruled(tmp_path, 'passive = "off"')
    capabilities = {**PULLS, "general": {"positionEncodings": [encoding]}}
    async with editing(capabilities=capabilities, folder=tmp_path) as editor:
        editor.open("🐋🐋 is é. The 🐳 was opened. Yes.", uri)
        assert marked(editor, uri, await told(editor, uri)) == ["The 🐳 was opened."]


async def test_nothing_is_said_of_a_document_that_is_half_read(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "at most 35%"')
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with editing(engine, PULLS, tmp_path) as editor:
        editor.open(PAGE, uri)
        await editor.until(lambda: engine.batches)
        assert (await pull(editor, uri))["items"] == []
        assert editor.sent(REFRESH) == []
        engine.gate.set()
        assert len(await told(editor, uri)) == 2


async def test_what_has_not_changed_is_not_sent_again(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "off"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("It was opened.\n\nYes.", uri)
        await told(editor, uri)
        report = await pull(editor, uri)
        assert report["kind"] == "full"
        again = await pull(editor, uri, report["resultId"])
        assert again == {"kind": "unchanged", "resultId": report["resultId"]}
        editor.type(0, 0, 0, "Ah. ", uri)
        assert (await pull(editor, uri, report["resultId"]))["kind"] == "full"


async def test_the_sentence_being_typed_is_not_marked_and_the_others_stay_marked(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "at most 35%"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open(PAGE, uri)
        before = marked(editor, uri, await told(editor, uri))
        refreshes = len(editor.sent(REFRESH))
        end = len("The door 5 was opened. I saw it 5 times.")
        for count, letter in enumerate(" It was opened, it was closed."):
            editor.type(12, end + count, end + count, letter, uri)
            assert marked(editor, uri, (await pull(editor, uri))["items"]) == before
            await asyncio.sleep(0.01)
        assert len(editor.sent(REFRESH)) == refreshes
        await editor.until(lambda: len(editor.sent(REFRESH)) > refreshes)
        after = marked(editor, uri, (await pull(editor, uri))["items"])
        assert after == [*before, "It was opened, it was closed."], "seven of thirteen are three too many"


async def test_a_marked_sentence_that_changes_loses_its_mark_at_once(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "off"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("It was opened.\n\nIt was closed.\n\nIt was closed.", uri)
        assert len(await told(editor, uri)) == 3
        editor.type(2, 0, 2, "That", uri)
        items = (await pull(editor, uri))["items"]
        assert [item["range"]["start"]["line"] for item in items] == [0, 4]


async def test_after_a_paste_the_old_marks_stay_until_all_is_read(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "at most 35%"')
    engine = StubEngine()
    async with editing(engine, PULLS, tmp_path) as editor:
        editor.open(PAGE, uri)
        before = marked(editor, uri, await told(editor, uri))
        engine.gate = asyncio.Event()
        editor.type(0, 0, 0, "\n\n".join(f"A ship {i} sailed." for i in range(30)) + "\n\n", uri)
        await asyncio.sleep(1.5 * diagnostics.CALM)
        assert marked(editor, uri, (await pull(editor, uri))["items"]) == before
        refreshes = len(editor.sent(REFRESH))
        engine.gate.set()
        await editor.until(lambda: len(editor.sent(REFRESH)) > refreshes)
        assert (await pull(editor, uri))["items"] == []


async def test_rules_that_change_on_disk_hold_at_once(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "off"')
    capabilities = {
        **PULLS,
        "workspace": {**PULLS["workspace"], "didChangeWatchedFiles": {"dynamicRegistration": True}},
    }
    async with editing(capabilities=capabilities, folder=tmp_path) as editor:
        await editor.until(lambda: editor.sent("client/registerCapability"))
        [asked] = editor.sent("client/registerCapability")[0]["registrations"]
        assert asked["method"] == "workspace/didChangeWatchedFiles"
        globs = [watcher["globPattern"] for watcher in asked["registerOptions"]["watchers"]]
        assert globs == ["**/prism.toml", "**/.prism/concepts/*.toml"]
        editor.open("It was opened. Was it?", uri)
        assert marked(editor, uri, await told(editor, uri)) == ["It was opened."]
        for rules, expected in (('question = "off"', ["Was it?"]), (None, [])):
            refreshes = len(editor.sent(REFRESH))
            ruled(tmp_path, rules) if rules else (tmp_path / "prism.toml").unlink()
            change = {"uri": (tmp_path / "prism.toml").as_uri(), "type": 2 if rules else 3}
            editor.note("workspace/didChangeWatchedFiles", {"changes": [change]})
            await editor.until(lambda before=refreshes: len(editor.sent(REFRESH)) > before)
            assert marked(editor, uri, (await pull(editor, uri))["items"]) == expected


async def test_rules_hold_from_when_their_file_is_saved(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "off"')
    file = (tmp_path / "prism.toml").as_uri()
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("It was opened. Was it?", uri)
        await told(editor, uri)
        editor.open((tmp_path / "prism.toml").read_text(), file, "toml")
        editor.type(2, 0, 7, "question", file)
        await asyncio.sleep(0.1)
        assert marked(editor, uri, (await pull(editor, uri))["items"]) == ["It was opened."]
        refreshes = len(editor.sent(REFRESH))
        ruled(tmp_path, 'question = "off"')
        editor.note("textDocument/didSave", {"textDocument": {"uri": file}})
        await editor.until(lambda: len(editor.sent(REFRESH)) > refreshes)
        assert marked(editor, uri, (await pull(editor, uri))["items"]) == ["Was it?"]


async def test_other_open_folders_other_rules(tmp_path: Path) -> None:
    ruled(tmp_path, 'passive = "off"')
    inner = tmp_path / "book"
    inner.mkdir()
    uri = (inner / "one.md").as_uri()
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("It was opened.", uri)
        assert len(await told(editor, uri)) == 1
        refreshes = len(editor.sent(REFRESH))
        event = {"added": [{"uri": inner.as_uri(), "name": "book"}], "removed": []}
        editor.note("workspace/didChangeWorkspaceFolders", {"event": event})
        await editor.until(lambda: len(editor.sent(REFRESH)) > refreshes)
        assert (await pull(editor, uri))["items"] == []


async def test_a_client_that_cannot_pull_is_pushed_to_with_the_version(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "off"')
    async with editing(folder=tmp_path) as editor:
        with pytest.raises(LspError):
            await pull(editor, uri)
        editor.open("It was opened.\n\nYes.", uri)
        await editor.until(lambda: published(editor, uri))
        assert editor.sent(PUBLISH)[-1]["version"] == 1
        editor.type(0, 0, 0, "Ah. ", uri)
        await editor.until(lambda: editor.sent(PUBLISH)[-1]["version"] == 2)
        assert marked(editor, uri, published(editor, uri)) == ["It was opened."]
        editor.type(0, 4, 18, "He opened it.", uri)
        await editor.until(lambda: published(editor, uri) == [])
        assert editor.sent(REFRESH) == []


async def test_pushes_go_out_only_when_there_is_something_new(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "off"')
    async with editing(folder=tmp_path) as editor:
        editor.open("It was opened.\n\nYes.", uri)
        await editor.until(lambda: published(editor, uri))
        for count in range(8):
            editor.type(2, 3 + count, 3 + count, "!", uri)
            await asyncio.sleep(0.03)
        await asyncio.sleep(2 * diagnostics.CALM)
        assert len(editor.sent(PUBLISH)) == 1


async def test_a_client_that_pulls_is_never_pushed_to(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "off"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("It was opened.", uri)
        await told(editor, uri)
        editor.note("textDocument/didClose", {"textDocument": {"uri": uri}})
        await asyncio.sleep(0.1)
        assert editor.sent(PUBLISH) == []
        assert (await pull(editor, uri))["items"] == []


async def test_marks_go_with_the_document(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "off"')
    async with editing(folder=tmp_path) as editor:
        editor.open("It was opened.", uri)
        await editor.until(lambda: published(editor, uri))
        editor.note("textDocument/didClose", {"textDocument": {"uri": uri}})
        await editor.until(lambda: published(editor, uri) == [])


async def test_a_client_that_pulls_but_cannot_be_told_to_is_pushed_to(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "off"')
    capabilities = {**FULL_CLIENT, "textDocument": PULLS["textDocument"]}
    async with editing(capabilities=capabilities, folder=tmp_path) as editor:
        editor.open("It was opened.", uri)
        await editor.until(lambda: published(editor, uri))


# Quick fixes

QUICK = ["quickfix"]


def only_titles(menu: list[dict[str, Any]]) -> list[str]:
    return [action["title"] for action in menu]


async def test_the_quick_fix_rewrites_the_marked_sentence(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'question = "off"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("He sat. Was it so? Yes.", uri)
        items = await told(editor, uri)
        [fix] = await editor.menu(0, 10, uri=uri, only=QUICK, diagnostics=items)
        assert (fix["title"], fix["kind"], fix["isPreferred"]) == ("Make this a statement", "quickfix", True)
        assert fix["diagnostics"] == items
        assert "edit" not in fix and editor.engine.edits == []
        resolved = await editor.ask("codeAction/resolve", fix)
        assert editor.apply(resolved["edit"]) == "He sat. Was it so. Yes."


async def test_a_fix_is_offered_by_place_too_and_nothing_where_no_mark_is(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'question = "off"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("He sat. Was it so? Yes.", uri)
        items = await told(editor, uri)
        assert only_titles(await editor.menu(0, 10, uri=uri, only=QUICK)) == ["Make this a statement"]
        assert await editor.menu(0, 3, uri=uri, only=QUICK) == []
        assert await editor.menu(0, 3, uri=uri, only=QUICK, diagnostics=items) == []


async def test_in_a_menu_of_everything_the_fix_stands_first_and_once(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'question = "off"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("He sat. Was it so? Yes.", uri)
        await told(editor, uri)
        found = only_titles(await editor.menu(0, 10, uri=uri))
        assert found[0] == "Make this a statement"
        assert found.count("Make this a statement") == 1
        assert "Negate this" in found
        refactor = await editor.menu(0, 10, uri=uri, only=["refactor"])
        assert "Make this a statement" in only_titles(refactor)


async def test_of_two_fixes_none_is_the_preferred_one(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'question = "off"\nnegation = "off"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("Why not?", uri)
        await told(editor, uri)
        fixes = await editor.menu(0, 3, uri=uri, only=QUICK)
        assert only_titles(fixes) == ["Make this a statement", "Turn off: negation"]
        assert not any("isPreferred" in fix for fix in fixes)


async def test_for_what_is_missing_the_fix_turns_it_on_and_is_not_preferred(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'question = "required"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("He sat.", uri)
        await told(editor, uri)
        [fix] = await editor.menu(0, 3, uri=uri, only=QUICK)
        assert fix["title"] == "Make this a question"
        assert "isPreferred" not in fix
        assert (await editor.ask("codeAction/resolve", fix))["edit"]


async def test_everything_at_once_is_not_offered(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'question = "off"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("Why?", uri)
        await told(editor, uri)
        assert await editor.menu(0, 1, uri=uri, only=["source.fixAll"]) == []


async def test_a_mark_that_the_editor_still_shows_on_a_changed_sentence_offers_nothing(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'question = "off"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("Was it so?", uri)
        items = await told(editor, uri)
        editor.type(0, 4, 6, "that", uri)
        assert await editor.menu(0, 3, uri=uri, only=QUICK, diagnostics=items) == []


async def test_a_mark_from_before_a_restart_of_the_server_still_offers_its_fix(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'question = "off"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("He sat. Was it so?", uri)
        items = await told(editor, uri)
    (tmp_path / "prism.toml").unlink()  # nothing is found any more
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("Well, he sat. Was it so?", uri)
        items[0]["range"] = span(0, 14, 0, 24)  # the editor moves its marks
        await editor.until(lambda: editor.engine.read_texts)
        [fix] = await editor.menu(0, 16, uri=uri, only=QUICK, diagnostics=items)
        resolved = await editor.ask("codeAction/resolve", fix)
        assert editor.apply(resolved["edit"]) == "Well, he sat. Was it so."


async def test_marks_of_other_servers_are_passed_over(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'question = "off"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open("Why?", uri)
        [mine] = await told(editor, uri)
        others = [{**mine, "source": "spelling", "data": data} for data in (None, 3, {"moves": "x"})]
        assert len(await editor.menu(0, 1, uri=uri, only=QUICK, diagnostics=others)) == 1


async def test_an_editor_that_resolves_nothing_gets_a_command(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'question = "off"')
    literals = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": [""]}}}
    async with editing(
        capabilities={**FULL_CLIENT, "textDocument": {"codeAction": literals}}, folder=tmp_path
    ) as editor:
        editor.open("Was it so?", uri)
        await editor.until(lambda: published(editor, uri))
        first, *others = await editor.menu(0, 3, uri=uri)
        assert (first["kind"], first["command"]["command"]) == ("quickfix", "prism.rewrite")
        assert "Make this a statement" not in only_titles(others)


async def test_a_mark_ends_before_code_and_addresses(tmp_path: Path) -> None:
    uri = ruled(tmp_path, 'passive = "off"')
    async with editing(capabilities=PULLS, folder=tmp_path) as editor:
        editor.open(
            "The *door* was opened. `It` was opened by `me`.\n\nWhat is `x`? A [door](https://a.b) was opened.\n", uri
        )
        items = await told(editor, uri)
        assert marked(editor, uri, items) == ["The *door* was opened.", "was opened by", "A [door"]
