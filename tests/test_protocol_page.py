"""docs/protocol.md is a conversation: each of its examples is sent to a server, or compared with what the server says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import fake_engine
from editor import Editor, LspError, StubEngine, editing

from prism_lsp.features import tokens
from prism_lsp.reading import Feature

PAGE = Path(__file__).parent.parent / "docs" / "protocol.md"
DENSITIES = {"question": 0.038, "negation": 0.086}

Example = tuple[str, str, Any]
"""What is done, with what, and the JSON."""


class Engine(StubEngine):
    """Features with the descriptions and densities of the page."""

    async def features(self) -> list[Feature]:
        return [
            feature._replace(
                description=fake_engine.DESCRIPTIONS.get(feature.id, ""), density=DENSITIES.get(feature.id, 0.1)
            )
            for feature in await super().features()
        ]


def examples() -> list[Example]:
    """Every block of JSON with the comment above it."""
    text = PAGE.read_text("utf-8")
    found = re.findall(r"<!-- (\w+) ?([^\n]*?) -->\n```json\n(.*?)```", text, re.DOTALL)
    assert len(found) == text.count("```json"), "a block of JSON has no comment that says what it is"
    return [(verb, what, json.loads(block)) for verb, what, block in found]


def fits(expected: Any, found: Any) -> bool:
    """Whether they are the same, where “…” stands for anything."""
    if expected == "…":
        return True
    if isinstance(expected, dict) and isinstance(found, dict):
        return expected.keys() == found.keys() and all(fits(expected[key], found[key]) for key in expected)
    if isinstance(expected, list) and isinstance(found, list):
        if expected and expected[-1] == "…":
            expected, found = expected[:-1], found[: len(expected) - 1]
        return len(expected) == len(found) and all(map(fits, expected, found))
    return bool(expected == found)


async def converse(editor: Editor, conversation: list[Example]) -> None:
    answer: Any = None
    for verb, what, content in conversation:
        if verb == "tell":
            editor.note(what, content)
        elif verb == "ask":
            method, _, whose = what.partition(", ")
            params = answer[0] if whose.startswith("the first") else content
            if whose.startswith("the candidates"):
                chosen = [each["candidates"][0]["data"] for each in answer["sentences"]]
                params = {**content, "candidates": chosen}
            assert fits(content, params)
            try:
                answer = await editor.ask(method, params)
            except LspError as error:
                answer = {"code": error.code, "message": str(error)}
        elif verb in ("answer", "error"):
            assert fits(content, answer), f"{json.dumps(content)}\nis not\n{json.dumps(answer)}"
        elif verb == "told":
            await editor.until(
                lambda what=what, content=content: any(fits(content, each) for each in editor.sent(what))
            )
        else:
            raise AssertionError(f"nobody knows what “{verb}” is")


async def test_every_example_is_true() -> None:
    conversation = examples()
    told = {f"{verb} {what}".strip(): content for verb, what, content in conversation}
    assert told["legend types"] == tokens.LEGEND.token_types
    assert told["legend modifiers"] == tokens.LEGEND.token_modifiers
    async with editing(Engine(), **told["options"]["prism"]) as editor:
        (initialized,) = editor.answers[1]
        assert initialized["result"]["capabilities"]["experimental"] == told["experimental"]
        await converse(editor, [each for each in conversation if each[0] not in ("legend", "options", "experimental")])


async def test_every_method_and_command_of_the_server_is_on_the_page() -> None:
    text = PAGE.read_text("utf-8")
    async with editing() as editor:
        features, commands = editor.server.protocol.fm.features, editor.server.protocol.fm.commands
        for method in features:
            if method.startswith("prism/") or (method.startswith("textDocument/") and "/did" not in method):
                short = method.removeprefix("textDocument/semanticTokens")
                assert f"`{method}`" in text or f"`{short}`" in text, method
        for command in commands:
            assert f"`{command}`" in text, command


def test_an_example_that_is_wrong_is_noticed() -> None:
    assert fits({"a": [1, "…"], "b": "…"}, {"a": [1, 2, 3], "b": None})
    for expected, found in [({"a": 1}, {"a": 1, "b": 2}), ([1], [1, 2]), ([1, "…"], [2]), ("x", "y"), ({"a": 1}, [1])]:
        assert not fits(expected, found)
