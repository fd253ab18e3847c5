"""`prism-lsp check`: the findings of the editor, for a terminal and for CI."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from test_cli import FEATURES, StubEngine

from prism_lsp import cli

Run = Callable[..., Result]


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> StubEngine:
    """The engine that the command gets, in an empty project."""
    stub = StubEngine()
    monkeypatch.setattr(cli, "load_engine", lambda *_: stub)
    monkeypatch.setattr(cli, "load_features", lambda _: FEATURES)
    monkeypatch.chdir(tmp_path)
    return stub


@pytest.fixture
def run(engine: StubEngine) -> Run:
    return lambda *arguments: CliRunner().invoke(cli.cli, ["check", *map(str, arguments)])


def write(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def records(result: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_broken_rule_is_one_line_with_its_place(run: Run) -> None:
    write("prism.toml", '[rules]\nquestion = { limit = "off", severity = "warning" }')
    write("chapters/one.md", "# One\n\nHe 🚣 sat. Was it so? Yes.\n")
    result = run()
    place = Path("chapters/one.md")
    assert result.stdout == f"{place}:3:11: warning: Question: off in this project. [question]\n"
    assert (result.exit_code, result.stderr) == (1, "")


@pytest.mark.parametrize(("severity", "code"), [("error", 1), ("warning", 1), ("information", 0), ("hint", 0)])
def test_only_errors_and_warnings_fail(run: Run, severity: str, code: int) -> None:
    write("prism.toml", f'severity = "{severity}"\n[rules]\nquestion = "off"')
    write("one.txt", "Why?")
    result = run()
    assert (len(result.stdout.splitlines()), result.exit_code) == (1, code)


def test_rules_that_are_kept_say_nothing(run: Run) -> None:
    write("prism.toml", 'severity = "error"\n[rules]\nquestion = "off"\ndialogue = "at least 20%"')
    write("one.md", "He sat.")
    result = run("one.md")
    assert (result.output, result.exit_code) == ("", 0)


def test_json_is_one_object_a_finding(run: Run) -> None:
    write("prism.toml", '[rules]\nquestion = "off"')
    text = "He 🚣 sat.\r\n\r\nWas\r\nit so?"
    write("one.md", text)
    [found] = records(run("--json", "one.md"))
    assert text[found["start"] : found["end"]] == "Was\r\nit so?"
    del found["start"], found["end"]
    assert found == {
        "file": "one.md",
        "line": 3,
        "column": 1,
        "severity": "information",
        "rule": "question",
        "message": "Question: off in this project.",
        "text": "Was it so?",
    }


def test_in_a_folder_every_document_but_what_is_hidden_or_excluded(run: Run, engine: StubEngine) -> None:
    write("book/prism.toml", 'exclude = ["notes/"]\n[rules]\nquestion = "off"')
    write("book/letters/prism.toml", "[rules]\n")
    for name in (
        "b.md",
        "a.txt",
        "sub/c.markdown",
        "notes/d.md",
        ".git/e.md",
        ".f.md",
        "g.py",
        "letters/h.md",
        "z.tex",
    ):
        write(f"book/{name}", "Why?")
    found = records(run("--json", "book"))
    assert [each["file"] for each in found] == [
        str(Path("book", name)) for name in ("a.txt", "b.md", "z.tex", "sub/c.markdown")
    ]
    assert len(engine.texts) == 4


def test_a_file_that_is_named_is_looked_at_whatever_its_ending_and_once(run: Run) -> None:
    write("prism.toml", '[rules]\nquestion = "off"')
    write("one.letter", "Why?")
    assert len(run("one.letter", "./one.letter").stdout.splitlines()) == 1


def test_what_is_wrong_in_a_rule_file_is_told_and_fails(run: Run, engine: StubEngine) -> None:
    write("prism.toml", '[rules]\nquestoin = "off"\nnegation = "on"')
    assert run().stdout.splitlines() == [
        "prism.toml:2:1: error: There is no feature “questoin”. Did you mean question?",
        'prism.toml:3:12: error: “on” is no limit. Write "off", "required", "at most 10%" or "at least 20%" (0 to 100).',
    ]
    assert run("prism.toml").exit_code == 1
    assert engine.texts == [], "nothing to read"


def test_a_rule_file_that_cannot_be_read_is_told(run: Run) -> None:
    Path("prism.toml").write_bytes(b"\xff")
    result = run()
    assert result.stdout == "prism.toml:1:1: error: The file is not UTF-8; save it as UTF-8.\n"
    assert result.exit_code == 1


def test_a_rule_file_above_counts(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("prism.toml", '[rules]\nquestion = "off"')
    write("a/b/one.md", "Why?")
    monkeypatch.chdir("a/b")
    assert run().stdout.startswith("one.md:1:1: ")


def test_without_a_rule_file_the_command_says_so(run: Run) -> None:
    write("one.md", "Why?")
    result = run("one.md")
    assert result.stderr == "prism-lsp: There is no prism.toml for these files: it holds a project's rules.\n"
    assert result.exit_code == 2


def test_a_file_that_is_not_there_is_an_error(run: Run) -> None:
    write("prism.toml", "")
    result = run("two.md")
    assert (result.stderr, result.exit_code) == ("prism-lsp: There is no file two.md.\n", 1)
