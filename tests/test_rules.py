"""A project's `prism.toml`: what it may say, and that whatever is wrong is told where it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from prism_lsp.rules import Limit, Rule, RuleFile, limit, matches, parse, unknown

EVERYTHING = """\
include = ["chapters/**/*.md"]
exclude = ["chapters/draft.md"]
severity = "hint"

[rules]
passive = "at most 10%"
dialogue = ["at least 20%", "at most 60%"]
negation = { limit = "at most 15%", severity = "warning", message = "Say what is so.", include = ["a/*"], exclude = ["b/"] }

[rules.question]
limit = "off"
"""


def problems(text: str) -> list[tuple[str, str]]:
    """What each problem is about, and its message."""
    return [(text[each.start : each.end], each.message) for each in parse(text).problems]


def test_an_empty_file_has_no_rules() -> None:
    assert parse("") == parse("# nothing\n") == RuleFile()


def test_everything_that_can_be_said() -> None:
    file = parse(EVERYTHING)
    assert file.problems == ()
    assert (file.include, file.exclude) == (("chapters/**/*.md",), ("chapters/draft.md",))
    assert file.rules == (
        Rule("passive", Limit("at most", 10), "hint"),
        Rule("dialogue", Limit("at least", 20), "hint"),
        Rule("dialogue", Limit("at most", 60), "hint"),
        Rule("negation", Limit("at most", 15), "warning", "Say what is so.", ("a/*",), ("b/",)),
        Rule("question", Limit("off"), "hint"),
    )
    assert [EVERYTHING[slice(*place)] for _, place in file.named] == [name for name, _ in file.named]


def test_a_rule_is_a_calm_remark_unless_the_file_says_otherwise() -> None:
    assert parse('[rules]\npassive = "off"').rules == (Rule("passive", Limit("off"), "information"),)


def test_several_rules_for_a_feature_may_be_tables() -> None:
    text = '[[rules.passive]]\nlimit = "off"\ninclude = ["a/*"]\n[[rules.passive]]\nlimit = "at most 30%"\n'
    assert [str(rule.limit) for rule in parse(text).rules] == ["off", "at most 30 %"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("off", Limit("off")),
        ("Required", Limit("required")),
        ("at most 10%", Limit("at most", 10)),
        ("At  least 7.5 %", Limit("at least", 7.5)),
        ("at most 0%", Limit("at most", 0)),
        ("at most 100%", Limit("at most", 100)),
    ],
)
def test_limits(words: str, found: Limit) -> None:
    assert limit(words) == found


@pytest.mark.parametrize(
    "words", ["", "on", "at most", "at most 10", "at most ten %", "at most -1%", "at most 101%", "10%", 10, None, True]
)
def test_what_is_no_limit(words: object) -> None:
    assert limit(words) is None


OR = '"off", "required", "at most 10%" or "at least 20%"'


@pytest.mark.parametrize(
    ("text", "about", "message"),
    [
        ('[rules]\npassive = "at most ten"', '"at most ten"', f"“at most ten” is no limit. Write {OR} (0 to 100)."),
        ("[rules]\npassive = false # no", "false", f"“false” is no limit. Write {OR} (0 to 100)."),
        ("[rules]\npassive = ['off', 3]", "3", f"“3” is no limit. Write {OR} (0 to 100)."),
        ("[rules]\npassive = [['off']]", "['off']", f"a list is no limit. Write {OR} (0 to 100)."),
        ("[rules]\npassive = { }", "passive", f"The rule has no limit: give it {OR}."),
        ("[rules.passive]\nseverity = 'hint'", "passive", f"The rule has no limit: give it {OR}."),
        (
            "[rules]\npassive = { limit = 'off', severity = 'warn' }",
            "'warn'",
            "“warn” is no severity. Did you mean warning?",
        ),
        ("severity = 3", "3", "“3” is no severity. There are: error, warning, information, hint."),
        ("inclde = []", "inclde", "There is no setting “inclde” here. Did you mean include or exclude?"),
        (
            "[rules]\npassive = { limit = 'off', zzz = 1 }",
            "zzz",
            "There is no setting “zzz” here. There are: limit, severity, message, include, exclude.",
        ),
        (
            "include = 'a.md'",
            "'a.md'",
            'include must be a list of globs, such as ["chapters/**/*.md"], not “a.md”.',
        ),
        (
            "exclude = ['a', '../b']",
            "'../b'",
            "A glob is a path from the folder of this file, with / between.",
        ),
        ("[rules]\nx = { limit = 'off', message = 3 }", "3", "message must be a text, not “3”."),
        ("rules = 3", "3", "rules must be a table: a line [rules], and the rules below, not “3”."),
        ("[rules]\nx = 'off'\nx = 'off'", "x", "“x” is there already, on line 2."),
        ("[rules]\n[rules]", "rules", "“rules” is there already, on line 1."),
        ("a = 1\n[rules\nb = 2", "[rules", "This is not TOML: Expected ']' at the end of a table declaration."),
        ("[rules]\npassive = at most 10%", "at most 10%", "This is not TOML: Invalid value."),
        ("[rules]\r\npassive\r\n", "passive", "This is not TOML: Expected '=' after a key in a key/value pair."),
        ('[rules]\npassive = "', 'passive = "', "This is not TOML: Unterminated string."),
        ("\ufeff[rules]\nx = ", "x =", "This is not TOML: Invalid value."),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(text: str, about: str, message: str) -> None:
    assert problems(text) == [(about, message)]


def test_one_problem_leaves_the_rest_of_the_file_in_force() -> None:
    file = parse('include = 3\n[rules]\npassive = "seldom"\nquestion = "off"')
    assert len(file.problems) == 2
    assert file.rules == (Rule("question", Limit("off")),)


def test_a_file_that_is_no_toml_has_no_rules() -> None:
    assert parse('[rules]\nquestion = "off"\nx').rules == ()


@pytest.mark.parametrize("text", ["a = 1\n" * 20_000, "a" + ".a" * 2000 + " = 1"])
def test_a_file_that_would_take_long_is_not_read(text: str) -> None:
    [problem] = parse(text).problems
    assert problem.message == "This is too long for a rule file, so it is not read."


def test_a_byte_order_mark_is_passed_over() -> None:
    text = '\ufeff[rules]\nquestion = "off"'
    assert parse(text).rules == (Rule("question", Limit("off")),)
    assert [text[slice(*place)] for _, place in parse(text).named] == ["question"]


def test_unknown_features_are_told_with_the_nearest() -> None:
    text = '[rules]\npasive = "off"\nquestion = "off"\nxyzzy = 3'
    first, second = unknown(parse(text), ["passive", "question"])
    assert text[first.start : first.end] == "pasive"
    assert first.message == "There is no feature “pasive”. Did you mean passive?"
    assert second.message == "There is no feature “xyzzy”. `prism-lsp features` lists them."


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("*.md", ["a.md", ".md"], ["b/a.md", "a.txt"]),
        ("**/*.md", ["a.md", "b/a.md", "c/b/a.md"], ["a.txt"]),
        ("chapters/**", ["chapters/1.md", "chapters/a/1.md"], ["notes/1.md"]),
        ("chapters/", ["chapters/1.md", "chapters/a/1.md"], ["notes/1.md"]),
        ("chapters/**/end.md", ["chapters/end.md", "chapters/a/b/end.md"], ["chapters/end.md/x", "end.md"]),
        ("./a?.md", ["ab.md"], ["a.md", "abc.md"]),
        ("a.md", ["a.md"], ["axmd", "a.md.md"]),
        ("", [], ["a.md"]),
    ],
)
def test_globs(glob: str, yes: list[str], no: list[str]) -> None:
    assert [path for path in yes + no if matches(glob, path)] == yes


def test_a_glob_never_takes_long() -> None:
    assert not matches("/".join(["**", "*a*a*a*a*"] * 200), "/".join(["a" * 200] * 200) + "/b")


def test_a_rule_applies_where_the_file_and_the_rule_say() -> None:
    file = parse(
        "include = ['c/*']\nexclude = ['c/no.md']\n[rules]\nx = 'off'\ny = { limit = 'off', include = ['c/1.md'] }"
    )
    assert [rule.feature for rule in file.applying("c/1.md")] == ["x", "y"]
    assert [rule.feature for rule in file.applying("c/2.md")] == ["x"]
    assert file.applying("c/no.md") == file.applying("d/1.md") == ()


def test_the_examples_of_the_manual_are_rule_files() -> None:
    root = Path(__file__).parents[1]
    examples = re.findall(r"```toml\n(.*?)```", (root / "docs" / "rules.md").read_text("utf-8"), re.DOTALL)
    ids = [path.stem for path in (root / "prism_lsp" / "concepts").glob("*.toml")]
    assert len(examples) == 5
    for text in examples:
        file = parse(text)
        assert (*file.problems, *unknown(file, ids)) == ()


PIECES = [
    *("[rules]", "[[rules.passive]]", "[rules.passive]", "include", "severity", "limit", "passive", '"at most 10%"'),
    *("=", ".", ",", "[", "]", "{", "}", '"', "'", '"""', "\\", "\\ud800", "#", "\n", "\r", "\r\n", " ", "1", "1e999"),
    *("9" * 5000, "9999-99-99", "0001-01-01T00:00:00-23:59", "true", "inf", "é", "\ufeff", "\0", "\ud800", "*", "/"),
]


@settings(deadline=None, max_examples=300)  # other work on the machine is no failure
@given(st.one_of(st.lists(st.sampled_from(PIECES), max_size=30).map("".join), st.text()))
@example("a = " + "[" * 100_000)
@example("a = " + "{a=" * 100_000)
@example("a" + ".a" * 100_000 + " = 1")
def test_no_text_is_too_strange(text: str) -> None:
    file = parse(text)
    for problem in (*file.problems, *unknown(file, ["passive"])):
        assert 0 <= problem.start <= problem.end <= len(text)
        assert problem.message.endswith((".", "?"))
        assert "\n" not in problem.message
