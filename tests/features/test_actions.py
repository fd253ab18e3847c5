"""Code actions: the menu, choosing from it, and sentences that have changed meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from editor import FULL_CLIENT, URI, LspError, StubEngine, editing, span

pytestmark = pytest.mark.asyncio

AUTOMATIC, INVOKED = 2, 1
RESOLVE = "codeAction/resolve"


def titles(menu: list[dict[str, Any]]) -> list[str]:
    return [action["title"] for action in menu]


async def test_what_is_present_can_be_turned_off_and_the_rest_on() -> None:
    async with editing() as editor:
        editor.open("Why not me? A dog.")
        menu = await editor.menu(0, 3)
        assert titles(menu) == [
            "Use the third person",
            "Turn off: negation",
            "Make this a statement",
            "Make this an exclamation",
            "Put this in the past",
            "Put this in the present",
            "Use the passive voice",
            "Make this dialogue",
            "More formal",
            "More informal",
        ]
        assert all(action["kind"] == "refactor.rewrite.prism" for action in menu)
        assert all("edit" not in action and "disabled" not in action for action in menu)
        assert menu[1]["data"] == {
            "uri": URI,
            "version": 1,
            "start": 0,
            "end": 11,
            "text": "Why not me?",
            "source": "Why not me?",
            "moves": [["negation", -1.0]],
            "skip": 0,
        }
        assert editor.engine.edits == []


async def test_how_a_sentence_is_built_is_offered_before_its_tone_whatever_the_order_of_the_pack() -> None:
    engine = StubEngine()
    engine.known.reverse()
    async with editing(engine) as editor:
        editor.open("A dog.")
        wanted = ["Make this a question", "Put this in the past", "Negate this", "Make this dialogue", "More formal"]
        assert [title for title in titles(await editor.menu(0, 1)) if title in wanted] == wanted


async def test_hidden_features_are_not_offered() -> None:
    async with editing(hidden=["question", "negation"]) as editor:
        editor.open("Why not?")
        assert not {"Make this a statement", "Turn off: negation"} & set(titles(await editor.menu(0, 3)))


async def test_only_the_kinds_asked_for() -> None:
    async with editing() as editor:
        editor.open("Why?")
        for only, offered in (
            (["refactor"], True),
            (["refactor.rewrite"], True),
            (["refactor.rewrite.prism"], True),
            ([""], True),
            (["quickfix", "source.organizeImports"], False),
            (["refactor.rewrite.prism.more"], False),
            (["refactor.inline"], False),
        ):
            assert bool(await editor.menu(0, 1, only=only)) is offered, only


async def test_a_menu_that_opens_by_itself_reads_nothing() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with editing(engine) as editor:
        editor.open("Why?")
        assert await editor.menu(0, 1, triggerKind=AUTOMATIC) == []
        asking = asyncio.ensure_future(editor.menu(0, 1, triggerKind=INVOKED))
        await asyncio.sleep(0.05)
        assert not asking.done()
        engine.gate.set()
        assert "Make this a statement" in titles(await asking)
        assert "Make this a statement" in titles(await editor.menu(0, 1, triggerKind=AUTOMATIC))


async def test_nothing_between_paragraphs_or_in_unknown_documents() -> None:
    async with editing() as editor:
        editor.open("Why?\n\nNo.")
        assert await editor.menu(1, 0) == []
        params = {"textDocument": {"uri": "file:///x.md"}, "range": span(0, 0, 0, 0), "context": {"diagnostics": []}}
        assert await editor.ask("textDocument/codeAction", params) == []


async def test_choosing_writes_the_sentence_and_nothing_else() -> None:
    async with editing() as editor:
        editor.open("# One\r\n\r\nThe dog ran. The **cat**\r\nwas there. 🐋 No.\r\n")
        text = await editor.choose("Make this a question", 2, 15)
        assert text == "# One\r\n\r\nThe dog ran. Is it so that the **cat**\r\nwas there? 🐋 No.\r\n"
        assert editor.text() == text
        figures = "question -0.40 to 1.00; meaning 93 %, fluency 97 %"
        assert editor.sent("window/logMessage") == [{"type": 3, "message": f"Make this a question: {figures}"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_edits_are_right_after_emoji_in_every_encoding(encoding: str) -> None:
    capabilities = {**FULL_CLIENT, "general": {"positionEncodings": [encoding]}}
    async with editing(capabilities=capabilities) as editor:
        editor.open("🐋🐋 is é. The 🐳 is here.")
        assert await editor.choose("Negate this", 0, 24) == "🐋🐋 is é. The 🐳 is not here."


async def test_a_sentence_that_has_changed_is_refused() -> None:
    async with editing() as editor:
        editor.open("The dog ran.")
        menu = await editor.menu(0, 3)
        editor.type(0, 4, 7, "cat")
        with pytest.raises(LspError, match=r"The sentence has changed since; open the menu again") as error:
            await editor.ask(RESOLVE, menu[0])
        assert error.value.code == -32803
        assert editor.engine.edits == []


async def test_a_sentence_that_changes_while_it_is_rewritten_is_refused() -> None:
    engine = StubEngine()
    async with editing(engine) as editor:
        editor.open("The dog ran.")
        menu = await editor.menu(0, 3)
        engine.gate = asyncio.Event()
        number = editor.start(RESOLVE, menu[0])
        await editor.until(lambda: engine.edits)
        editor.type(0, 4, 7, "cat")
        engine.gate.set()
        with pytest.raises(LspError, match="has changed since"):
            await editor.answer(number)


async def test_a_sentence_that_has_moved_is_found_nearest_to_where_it_was() -> None:
    async with editing() as editor:
        editor.open("The dog ran.\n\nSome text.\n\nThe dog ran.")
        menu = await editor.menu(4, 3)
        editor.type(2, 0, 0, "More lines.\n\nAnd ")
        (action,) = [action for action in menu if action["title"] == "Make this a question"]
        resolved = await editor.ask(RESOLVE, action)
        text = editor.apply(resolved["edit"])
        assert text == "The dog ran.\n\nMore lines.\n\nAnd Some text.\n\nIs it so that the dog ran?"


async def test_no_rewrite_good_enough_is_said() -> None:
    async with editing() as editor:
        editor.open("This is IMPOSSIBLE.")
        menu = await editor.menu(0, 3)
        with pytest.raises(LspError, match="every candidate lost the meaning") as error:
            await editor.ask(RESOLVE, menu[0])
        assert error.value.code == -32803


async def test_another_variation_comes_from_the_same_list_until_there_is_no_other() -> None:
    async with editing(candidates=2) as editor:
        editor.open("The dog ran.")
        assert "Another variation" not in titles(await editor.menu(0, 3))
        assert await editor.choose("Make this a question", 0, 3) == "Is it so that the dog ran?"
        assert titles(await editor.menu(0, 3))[0] == "Another variation"
        assert await editor.choose("Another variation", 0, 3) == "Well, is it so that the dog ran?"
        assert len(editor.engine.edits) == 1
        assert await editor.choose("Another variation", 0, 3) == "And is it so that the dog ran?"
        assert [count for _, _, count in editor.engine.edits] == [2, 4]
        for _ in range(7):
            await editor.choose("Another variation", 0, 3)
        with pytest.raises(LspError, match="There is no other variation"):
            await editor.choose("Another variation", 0, 3)


async def test_cancelling_stops_the_model_and_is_answered_once() -> None:
    engine = StubEngine()
    async with editing(engine) as editor:
        editor.open("The dog ran.")
        menu = await editor.menu(0, 3)
        engine.gate = asyncio.Event()
        number = editor.start(RESOLVE, menu[0])
        await editor.until(lambda: engine.edits)
        editor.note("$/cancelRequest", {"id": number})
        with pytest.raises(LspError) as error:
            await editor.answer(number)
        assert error.value.code == -32800
        assert engine.cancelled == 1
        engine.gate.set()
        await asyncio.sleep(0.05)
        assert len(editor.answers[number]) == 1


async def test_work_shows_progress_that_can_be_cancelled() -> None:
    engine = StubEngine()
    async with editing(engine) as editor:
        editor.open("The dog ran.")
        menu = await editor.menu(0, 3)
        engine.gate = asyncio.Event()
        number = editor.start(RESOLVE, menu[0])
        await editor.until(lambda: editor.sent("$/progress"))
        (shown,) = editor.sent("$/progress")
        assert shown["value"]["kind"] == "begin" and shown["value"]["title"] == menu[0]["title"]
        assert shown["value"]["cancellable"] is True
        editor.note("window/workDoneProgress/cancel", {"token": shown["token"]})
        with pytest.raises(LspError) as error:
            await editor.answer(number)
        assert error.value.code == -32800
        assert editor.sent("$/progress")[-1]["value"]["kind"] == "end"


async def test_changes_without_versions_for_an_editor_that_takes_no_document_changes() -> None:
    workspace = {"semanticTokens": {"refreshSupport": True}}
    async with editing(capabilities={**FULL_CLIENT, "workspace": workspace}) as editor:
        editor.open("The dog is here.")
        (action,) = [action for action in await editor.menu(0, 3) if action["title"] == "Negate this"]
        edit = (await editor.ask(RESOLVE, action))["edit"]
        assert list(edit) == ["changes"]
        assert [change["newText"].strip() for change in edit["changes"][URI]] == ["not"]


async def test_an_editor_that_resolves_nothing_gets_a_command() -> None:
    literals = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": [""]}}}
    async with editing(capabilities={**FULL_CLIENT, "textDocument": {"codeAction": literals}}) as editor:
        editor.open("The dog ran.")
        (action,) = [action for action in await editor.menu(0, 3) if action["title"] == "Make this a question"]
        assert "data" not in action
        editor.replies["workspace/applyEdit"] = {"applied": True}
        command = {"command": action["command"]["command"], "arguments": action["command"]["arguments"]}
        assert await editor.ask("workspace/executeCommand", command) is None
        (applied,) = editor.sent("workspace/applyEdit")
        assert editor.apply(applied["edit"]) == "Is it so that the dog ran?"
        editor.replies["workspace/applyEdit"] = {"applied": False, "failureReason": "It is read-only."}
        menu = await editor.menu(0, 3)
        command = {"command": "prism.rewrite", "arguments": menu[0]["command"]["arguments"]}
        with pytest.raises(LspError, match=r"The editor did not take the edit\. It is read-only"):
            await editor.ask("workspace/executeCommand", command)


async def test_an_editor_that_takes_no_code_actions_gets_bare_commands() -> None:
    async with editing(capabilities={}) as editor:
        editor.open("The dog ran.")
        assert (await editor.menu(0, 3))[0]["command"] == "prism.rewrite"


async def test_what_is_not_one_of_our_actions_is_refused() -> None:
    async with editing() as editor:
        for data in (None, 3, {"uri": URI}, {"moves": 1}):
            with pytest.raises(LspError, match="not one of Prism's actions") as error:
                await editor.ask(RESOLVE, {"title": "x", "data": data})
            assert error.value.code == -32803
