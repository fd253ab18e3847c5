"""Places of keys and values: what `tomllib` reads stands there, and nothing that is typed raises."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prism_lsp.places import Path, Places

FILE = """\
# rules
include = ["a/**", 'b',
  "c" ]   # three
"a key".x = 1
[rules]
passive = "at most 10%"
inner = { limit = 'off', list = [1, [2]] }
text = \"\"\"
key = 1
\"\"\"
[[tables.are]]
n = 1979-05-27 07:32:00
[[tables.are]]
n = 2
[tables.are.within]
deep = true
"""


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value in parsed TOML that is no table or array, with its path."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*path, key))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from leaves(each, (*path, number))
    else:
        yield path, value


@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_what_stands_at_a_place_is_what_tomllib_reads_there(line_break: str) -> None:
    text = FILE.replace("\n", line_break)
    places = Places(text)
    found = dict(leaves(tomllib.loads(text)))
    assert set(found) <= set(places.entries)
    for path, value in found.items():
        entry = places.entries[path]
        assert tomllib.loads(f"x = {text[slice(*entry.value)]}")["x"] == value
        if isinstance(path[-1], str):
            assert text[slice(*entry.key)].strip('"') == path[-1]
    assert places.duplicates == []


def test_a_table_has_the_place_of_its_header() -> None:
    places = Places(FILE)
    assert FILE[slice(*places.value(("rules",)))] == "rules"
    assert FILE[slice(*places.key(("tables", "are", 1)))] == "are"
    assert places.key(("tables", "are", 1)) != places.key(("tables", "are", 0))


def test_what_has_no_place_has_that_of_its_surroundings() -> None:
    text = "a.b = 1\n[rules]\n"
    places = Places(text)
    assert text[slice(*places.key(("a",)))] == "b"
    assert text[slice(*places.key(("rules", "gone", "too")))] == "rules"
    assert places.key(("nothing",)) == (0, 0)


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("a = 1\nb = 2\na = 3", 12),
        ("[t]\na = 1\n[t]", 11),
        ("[t]\na = 1\n[t.a]", 13),
        ("t = { a = 1, a = 2 }", 13),
        ("'a' = 1\n\"a\" = 1", 8),
    ],
)
def test_what_is_there_twice_is_found(text: str, second: int) -> None:
    [(entry, first)] = Places(text).duplicates
    assert entry.key[0] == second
    assert first.path == entry.path


@pytest.mark.parametrize(
    ("text", "kind", "path", "token"),
    [
        ("|", "key", (), ""),
        ("incl|", "key", (), "incl"),
        ("[ru|", "header", (), "ru"),
        ("[rules.pa|]", "header", ("rules",), "pa"),
        ("rules.|", "key", ("rules",), ""),
        ("rules . passive.li| = 3", "key", ("rules", "passive"), "li"),
        ("[rules]\n|", "key", ("rules",), ""),
        ("[rules]\n  pas| # x", "key", ("rules",), "pas"),
        ("[rules]\n|passive = 'off'", "key", ("rules",), "passive"),
        ("[rules]\npassive = |", "value", ("rules", "passive"), ""),
        ("[rules]\npassive =|\n", "value", ("rules", "passive"), ""),
        ('[rules]\npassive = "at m|"', "value", ("rules", "passive"), '"at m"'),
        ('[rules]\npassive = "at m|\nx = 1', "value", ("rules", "passive"), '"at m'),
        ("[rules]\npassive = at m| # x", "value", ("rules", "passive"), "at m"),
        ("[rules]\npassive = { | }", "key", ("rules", "passive"), ""),
        ("[rules]\npassive = { limit = 'off', sev|", "key", ("rules", "passive"), "sev"),
        ("[rules]\npassive = { limit = |, severity = 1 }", "value", ("rules", "passive", "limit"), ""),
        ("[rules]\npassive = [ 'off', | ]", "value", ("rules", "passive", 1), ""),
        ("[rules]\npassive = [ { limit = '|' } ]", "value", ("rules", "passive", 0, "limit"), "''"),
        ("[rules.passive]\n|", "key", ("rules", "passive"), ""),
        ("[[rules.passive]]\n[[rules.passive]]\nlimit = |", "value", ("rules", "passive", 1, "limit"), ""),
        ("include = [\n[rules]\n|", "key", ("rules",), ""),
        ("include = [\n  'a',\n|\n]", "value", ("include", 1), ""),
    ],
)
def test_where_the_cursor_is(text: str, kind: str, path: Path, token: str) -> None:
    slot = Places(text.replace("|", "")).slot(text.index("|"))
    assert slot is not None
    assert (slot.kind, slot.path, text.replace("|", "")[slice(*slot.token)]) == (kind, path, token)


@pytest.mark.parametrize("text", ["# com|ment", "a = 1 # com|ment", "a |= 1", "[rules]| "])
def test_where_nothing_can_be_typed(text: str) -> None:
    assert Places(text.replace("|", "")).slot(text.index("|")) is None


PIECES = [
    "[",
    "]",
    "{",
    "}",
    "=",
    ",",
    ".",
    '"',
    "'",
    '"""',
    "#",
    "\\",
    "\n",
    "\r",
    " ",
    "a",
    "rules",
    "1",
    "é",
    "\ufeff",
]


@settings(deadline=None)  # other work on the machine is no failure
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_no_text_is_too_strange(text: str) -> None:
    places = Places(text)
    for slot in places.slots:
        assert 0 <= slot.start <= slot.token[0] <= slot.token[1] <= slot.end <= len(text)
    for entry in places.entries.values():
        assert 0 <= entry.key[0] <= entry.key[1] <= len(text)
        assert 0 <= entry.value[0] <= entry.value[1] <= len(text)


def test_deep_and_long_texts_end() -> None:
    for text in (
        "[" * 5000,
        "a = " + "[" * 5000,
        "a = " + "{a=" * 5000,
        "a = [" + "\n" * 5000,
        '"' * 5000,
        "a." * 5000,
    ):
        assert Places(text).slots
