"""The document store against a naive rebuild: every change, in every encoding, with the characters that bite."""

from __future__ import annotations

import re
import time
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prism_lsp.document import ENCODINGS, Change, Document, Position, Range

PIECES = [
    "a",
    "b",
    " ",
    "\n",
    "\r",
    "\r\n",
    "é",
    "e\u0301",
    "😀",
    "👩\u200d👧",
    "\u2028",
    "\u0085",
    "\x0b",
    "\x0c",
    "\0",
    "“x”",
]
texts = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)
encodings = st.sampled_from(ENCODINGS)
positions = st.builds(Position, st.integers(0, 12), st.integers(0, 20))
changes = st.one_of(
    st.builds(Change, texts, st.none()),
    st.builds(Change, texts, st.builds(lambda a, b: Range(min(a, b), max(a, b)), positions, positions)),
)


def document(text: str) -> Document:
    return Document("file:///a.md", 1, "markdown", text)


def naive_lines(text: str) -> list[str]:
    """Lines with their line breaks."""
    parts = re.split(r"(\r\n|\r|\n)", text)
    return [line + (parts[2 * i + 1] if 2 * i + 1 < len(parts) else "") for i, line in enumerate(parts[::2])]


def naive_offset(text: str, line: int, character: int, encoding: str) -> int:
    lines = naive_lines(text)
    if line >= len(lines):
        return len(text)
    offset, used = sum(map(len, lines[:line])), 0
    for char in lines[line].rstrip("\r\n"):
        used += naive_width(char, encoding)
        if used > character:
            break
        offset += 1
    return offset


def naive_width(char: str, encoding: str) -> int:
    if encoding == "utf-8":
        return len(char.encode("utf-8"))
    return 2 if encoding == "utf-16" and ord(char) > 0xFFFF else 1


@settings(deadline=None)  # other work on the machine is no failure
@given(texts, st.lists(changes, max_size=6), encodings)
def test_changes_give_what_a_naive_rebuild_gives(text: str, edits: list[Change], encoding: str) -> None:
    applied = document(text).apply(edits, 7, encoding)
    for edit in edits:
        if edit.range is None:
            text = edit.text
        else:
            start = naive_offset(text, *edit.range.start, encoding)
            end = max(start, naive_offset(text, *edit.range.end, encoding))
            text = text[:start] + edit.text + text[end:]
    assert applied.text == text
    assert applied.starts == document(text).starts
    assert applied.starts == [len("".join(naive_lines(text)[:i])) for i in range(len(naive_lines(text)))]
    assert applied.version == 7


@settings(deadline=None)  # other work on the machine is no failure
@given(texts, st.integers(-1, 12), st.integers(-1, 30), encodings)
def test_a_position_becomes_the_offset_of_its_character(text: str, line: int, character: int, encoding: str) -> None:
    expected = 0 if line < 0 else naive_offset(text, line, character, encoding)
    assert document(text).offset(line, character, encoding) == expected


@settings(deadline=None)  # other work on the machine is no failure
@given(texts, encodings)
def test_every_offset_goes_to_a_position_and_back(text: str, encoding: str) -> None:
    doc = document(text)
    for offset in range(len(text) + 1):
        line, character = doc.position(offset, encoding)
        inside_break = text[offset - 1 : offset + 1] == "\r\n" and offset > 0
        assert doc.offset(line, character, encoding) == offset - inside_break


@pytest.mark.parametrize(
    ("encoding", "character", "expected"),
    [
        ("utf-8", 1, 1),
        ("utf-8", 3, 1),  # inside the emoji's four bytes
        ("utf-8", 5, 2),
        ("utf-8", 6, 2),  # inside the é
        ("utf-16", 2, 1),  # between the halves of its pair
        ("utf-16", 3, 2),
        ("utf-32", 2, 2),
        ("utf-8", 99, 4),
        ("utf-16", 99, 4),
        ("utf-32", 99, 4),
    ],
)
def test_a_position_inside_a_character_is_its_start(encoding: str, character: int, expected: int) -> None:
    assert document("a😀éb\r\nnext").offset(0, character, encoding) == expected


def test_only_three_line_ends_count() -> None:
    doc = document("a\u2028b\u2029\x0b\x0c\x1c\x85c\nd\re\r\nf")
    assert doc.line_count == 4
    assert [doc.text[doc.line_start(i) : doc.line_end(i)] for i in range(1, 4)] == ["d", "e", "f"]


@pytest.mark.parametrize(
    ("before", "edit", "after"),
    [
        ("a\rb", Change("\n", Range(Position(1, 0), Position(1, 0))), [0, 3]),  # \r + \n become one line break
        ("a\r\nb", Change("x", Range(Position(1, 0), Position(1, 0))), [0, 3]),
        ("a\nb", Change("\r", Range(Position(0, 1), Position(0, 1))), [0, 3]),
        ("", Change("\n", Range(Position(0, 0), Position(9, 9))), [0, 1]),
    ],
)
def test_line_breaks_that_join_or_part(before: str, edit: Change, after: list[int]) -> None:
    assert document(before).apply([edit], 2).starts == after


def test_lsp_objects_apply_without_conversion() -> None:
    at = SimpleNamespace(start=SimpleNamespace(line=0, character=2), end=SimpleNamespace(line=0, character=3))
    partial, whole = SimpleNamespace(range=at, text="u"), SimpleNamespace(text="hot")
    assert document("hat").apply([whole, partial], 3).text == "hou"


def test_an_empty_change_takes_the_new_version_and_leaves_the_old_document() -> None:
    first = document("a\nb")
    second = first.apply([], 2)
    assert (first.version, second.version, second.text, second.starts) == (1, 2, "a\nb", [0, 2])


def test_half_a_pair_is_kept_as_one_unit_that_can_be_written() -> None:
    doc = document("a\ud83dz\ud83d\ude00")
    assert doc.text == "a\ufffdz😀"
    assert doc.offset(0, 2, "utf-16") == 2


def test_an_unknown_encoding_is_named() -> None:
    with pytest.raises(ValueError, match="utf-7"):
        document("a").offset(0, 1, "utf-7")


@given(texts, st.lists(st.integers(0, 60)), encodings)
def test_many_positions_are_those_of_each(text: str, offsets: list[int], encoding: str) -> None:
    document = Document("file:///a", 1, "plaintext", text)
    offsets = [offset for offset in offsets if offset <= len(document.text)]
    expected = [number for offset in offsets for number in document.position(offset, encoding)]
    assert document.positions(offsets, encoding) == expected


def test_many_positions_in_one_long_line_are_found_quickly() -> None:
    document = Document("file:///a", 1, "plaintext", "Was it 🐋? " * 20_000)
    start = time.perf_counter()
    found = document.positions(range(0, len(document.text), 5), "utf-16")
    assert found[-1] == document.position(len(document.text) - 5, "utf-16")[1]
    assert time.perf_counter() - start < 5
