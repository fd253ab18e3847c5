"""The rule file in the editor: problems as it is typed, what can be typed where, and what words mean."""

from __future__ import annotations

import random

import pytest
from editor import FULL_CLIENT, Editor, StubEngine, editing

from prism_lsp.document import Document
from prism_lsp.features import prism_toml
from prism_lsp.reading import EngineError, Feature

pytestmark = pytest.mark.asyncio

FILE = "file:///book/prism.toml"
PUBLISH = "textDocument/publishDiagnostics"


def problems(editor: Editor, uri: str = FILE) -> list[tuple[str, str]]:
    """What each problem is about, and its message. Raises IndexError while nothing was told."""
    items = [each for each in editor.sent(PUBLISH) if each["uri"] == uri][-1]["diagnostics"]
    document = editor.server.session.document(uri)
    assert document is not None
    found = []
    for item in items:
        places = (item["range"]["start"], item["range"]["end"])
        start, end = (document.offset(at["line"], at["character"], editor.server.encoding) for at in places)
        found.append((document.text[start:end], item["message"]))
    return found


async def complete(editor: Editor, text: str) -> dict[str, str] | None:
    """Open a file and complete where | stands: label -> the file after it was chosen."""
    at = text.index("|")
    document = Document(FILE, 1, "toml", text.replace("|", ""))
    editor.open(document.text, FILE, "toml")
    line, character = document.position(at, editor.server.encoding)
    params = {"textDocument": {"uri": FILE}, "position": {"line": line, "character": character}}
    answer = await editor.ask("textDocument/completion", params)
    if answer is None:
        return None
    found = {}
    for item in answer["items"]:
        edit = item["textEdit"]
        where = edit["range"]
        assert where["start"]["line"] == where["end"]["line"] == line
        assert where["start"]["character"] <= character <= where["end"]["character"]
        start = document.offset(line, where["start"]["character"], editor.server.encoding)
        end = document.offset(line, where["end"]["character"], editor.server.encoding)
        found[item["label"]] = document.text[:start] + edit["newText"] + document.text[end:]
        typed = document.text[start:at]
        assert typed[:1] not in ("'", '"') or item["filterText"][0] == typed[0], "editors would not show it"
        assert item["documentation"] or item["detail"]
    return found


async def hover(editor: Editor, text: str) -> tuple[str, str] | None:
    """Open a file and hover where | stands: what is meant, and the text."""
    at = text.index("|")
    document = Document(FILE, 1, "toml", text.replace("|", ""))
    editor.open(document.text, FILE, "toml")
    line, character = document.position(at, editor.server.encoding)
    params = {"textDocument": {"uri": FILE}, "position": {"line": line, "character": character}}
    answer = await editor.ask("textDocument/hover", params)
    if answer is None:
        return None
    places = (answer["range"]["start"], answer["range"]["end"])
    start, end = (document.offset(at["line"], at["character"], editor.server.encoding) for at in places)
    return document.text[start:end], answer["contents"]["value"]


# Problems


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_problems_are_told_where_they_stand_in_every_encoding(encoding: str) -> None:
    capabilities = {**FULL_CLIENT, "general": {"positionEncodings": [encoding]}}
    async with editing(capabilities=capabilities) as editor:
        editor.open('[rules]\n"🐋é" = "off"\nquestion = { limit = "off", message = "🐋🐋", loud = 1 }\n', FILE, "toml")
        unknown = "There is no feature “🐋é”. `prism-lsp features` lists them."
        setting = "There is no setting “loud” here. There are: limit, severity, message, include, exclude."
        await editor.until(lambda: problems(editor) == [('"🐋é"', unknown), ("loud", setting)])
        assert {item["severity"] for item in editor.sent(PUBLISH)[-1]["diagnostics"]} == {1}


async def test_a_file_is_checked_as_it_is_typed_and_never_read_as_prose() -> None:
    async with editing(languages=["markdown", "plaintext", "toml"]) as editor:
        for language, uri in (("toml", FILE), ("plaintext", "untitled:prism.toml")):
            editor.open('[rules]\nquestion = "off"\nWas it so', uri, language)
            await editor.until(lambda uri=uri: problems(editor, uri))
            assert problems(editor, uri)[0][0] == "it so"
            editor.type(2, 0, 9, "", uri)
            await editor.until(lambda uri=uri: problems(editor, uri) == [])
            assert await editor.colours(uri) == []
            assert await editor.menu(1, 0, uri=uri) == []
        assert editor.engine.read_texts == []


async def test_features_are_unknown_only_once_the_known_ones_are() -> None:
    engine = StubEngine()
    engine.load_error = EngineError("There are no weights.", "weights")
    async with editing(engine) as editor:
        editor.open('[rules]\nxyzzy = "on"', FILE, "toml")
        await editor.until(lambda: problems(editor))
        assert [about for about, _ in problems(editor)] == ['"on"']


async def test_other_toml_files_are_nobodys_business() -> None:
    other = "file:///book/Cargo.toml"
    async with editing() as editor:
        editor.open("rules = 3\n# Was it so?", other, "toml")
        assert await editor.colours(other) == []
        where = {"textDocument": {"uri": other}, "position": {"line": 0, "character": 0}}
        assert await editor.ask("textDocument/completion", where) is None
        assert await editor.ask("textDocument/hover", where) is None
        assert editor.sent(PUBLISH) == editor.engine.read_texts == []


# Completion


@pytest.mark.parametrize(
    ("text", "label", "after"),
    [
        ("|", "include", "include = "),
        ("|", "rules", "[rules]"),
        ("inc| = []", "include", "include = []"),
        ("[ru|]", "rules", "[rules]"),
        ("[rules.|]", "question", "[rules.question]"),
        ("rules.que|", "question", "rules.question = "),
        ("rules.question.| = 'off'", "limit", "rules.question.limit = 'off'"),
        ("[rules]\n|", "past-tense", "[rules]\npast-tense = "),
        ("[rules]\nque|\nnegation = 'off'", "question", "[rules]\nquestion = \nnegation = 'off'"),
        ("[rules]\npassive = |", "at most 10%", '[rules]\npassive = "at most 10%"'),
        ('[rules]\npassive = "|"', "required", '[rules]\npassive = "required"'),
        ("[rules]\npassive = 'a|", "at least 20%", "[rules]\npassive = 'at least 20%'"),
        ("[rules]\npassive = at m|", "at most 10%", '[rules]\npassive = "at most 10%"'),
        ("[rules]\npassive = ['off', |]", "at least 20%", "[rules]\npassive = ['off', \"at least 20%\"]"),
        ("[rules]\npassive = { | }", "limit", "[rules]\npassive = { limit =  }"),
        ("[rules]\npassive = { limit = | }", "off", '[rules]\npassive = { limit = "off" }'),
        ("[rules]\npassive = { severity = '|' }", "warning", "[rules]\npassive = { severity = 'warning' }"),
        ("[rules.passive]\n|", "severity", "[rules.passive]\nseverity = "),
        ("[[rules.passive]]\nlimit = |", "off", '[[rules.passive]]\nlimit = "off"'),
        ("severity = |", "hint", 'severity = "hint"'),
        ("# 🐋\nseverity = '🐋|'", "hint", "# 🐋\nseverity = 'hint'"),
    ],
)
async def test_what_can_be_typed(text: str, label: str, after: str) -> None:
    async with editing() as editor:
        found = await complete(editor, text)
        assert found is not None and label in found
        assert found[label] == after


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("include = []\n[rules]\n|", None),
        ("severity = 'hint'\n|", ["include", "exclude", "rules"]),
        ("|\n[rules]", ["include", "exclude", "severity"]),
        ("[rules]\npassive = { limit = 'off', | }", ["severity", "message", "include", "exclude"]),
        ("[rules]\npassive = { message = | }", []),
        ("[rules]\npassive = |", ["off", "required", "at most 10%", "at least 20%"]),
        ("severity = |", ["error", "warning", "information", "hint"]),
        ("[other]\n|", []),
    ],
)
async def test_nothing_is_offered_twice_or_in_the_wrong_place(text: str, labels: list[str] | None) -> None:
    async with editing() as editor:
        found = await complete(editor, text)
        assert found is not None
        expected = [feature.id for feature in editor.server.session.features] if labels is None else labels
        assert list(found) == expected


async def test_a_feature_that_has_a_rule_is_not_offered_again() -> None:
    async with editing() as editor:
        found = await complete(editor, "[rules]\nquestion = 'off'\n|\n[[rules.negation]]\nlimit = 'off'\n")
        assert found is not None
        assert not {"question", "negation"} & set(found)
        assert "passive" in found


@pytest.mark.parametrize("text", ["# com|ment", 'x = """\n|"""'])
async def test_nothing_where_nothing_fits(text: str) -> None:
    async with editing() as editor:
        assert await complete(editor, text) is None


async def test_prose_is_not_completed() -> None:
    async with editing() as editor:
        editor.open('He said "')
        where = {"textDocument": {"uri": "file:///home/ada/my%20novel.md"}, "position": {"line": 0, "character": 9}}
        assert await editor.ask("textDocument/completion", where) is None


# Hover


@pytest.mark.parametrize(
    ("text", "about", "says"),
    [
        ("[rules]\nquest|ion = 'off'", "question", "**Question**\n\nAbout question."),
        ("[rules.question|]\nlimit = 'off'", "question", "**Question**"),
        ("[[rules.question]]\n[[rules.question|]]", "question", "**Question**"),
        ("[rules]\nquestion = '|off'", "'off'", "No sentence may have it"),
        ("[rules]\nquestion = ['off', 'at most| 10%']", "'at most 10%'", "fewer than 10 sentences"),
        ("[rules]\nquestion = { lim|it = 'off' }", "limit", "may or must have the feature"),
        ("[rules]\nquestion = { limit = 'off', severity = 'war|ning' }", "'warning'", "`prism-lsp check` fails"),
        ("# 🐋\n'include'| = []", "'include'", "Globs of the documents"),
        ("sever|ity = 'hint'", "severity", "How loud"),
    ],
)
async def test_what_a_word_means(text: str, about: str, says: str) -> None:
    async with editing() as editor:
        found = await hover(editor, text)
        assert found is not None
        assert found[0] == about
        assert says in found[1]


@pytest.mark.parametrize(
    "text", ["|", "# ques|tion", "[rules]\nxyz|zy = 'off'", "[rules]\nquestion = 'o|n'", "in|clde = 3"]
)
async def test_what_means_nothing_is_not_explained(text: str) -> None:
    async with editing() as editor:
        assert await hover(editor, text) is None


async def test_plain_text_for_an_editor_that_shows_no_markdown() -> None:
    async with editing(capabilities={}) as editor:
        assert await hover(editor, "[rules]\nquest|ion = 'off'") == ("question", "Question\n\nAbout question.")


async def test_how_common_a_feature_is_is_told() -> None:
    feature = Feature("question", "Question", "sentence", "It asks.", density=0.042)
    assert prism_toml.about(feature) == "It asks.\n\nOrdinary prose: 4 % of the sentences have it."
    assert prism_toml.about(feature._replace(density=0.004)).endswith("0.4 % of the sentences have it.")


PIECES = [
    "[rules]",
    "[[rules.question]]",
    "question",
    "limit",
    "'off'",
    "=",
    ",",
    ".",
    "[",
    "]",
    "{",
    "}",
    '"""',
    "\n",
    " ",
    "🐋",
]


async def test_no_text_and_no_place_is_too_strange() -> None:
    numbers = random.Random(1)
    async with editing() as editor:
        for _ in range(100):
            text = "".join(numbers.choices(PIECES, k=numbers.randrange(15)))
            at = numbers.randrange(len(text) + 1)
            await complete(editor, f"{text[:at]}|{text[at:]}")
            await hover(editor, f"{text[:at]}|{text[at:]}")
