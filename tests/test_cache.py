"""Readings on disk: found again, never as text, within their size; nothing that happens to the file stops anything."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from prism_lsp import cache
from prism_lsp.cache import Cache
from prism_lsp.reading import Feature, Reading
from prism_lsp.readings import packed, unpacked

FEATURES = (Feature("question", "Question", "sentence", "It asks."), Feature("past", "Past tense", "verb", "It was."))
READING = packed(Reading((1.25, 0.0), (0.5, 0.75)))
PLENTY = 1 << 30


@pytest.fixture
def opened(tmp_path: Path) -> Cache:
    """An empty cache that has begun."""
    found = Cache(tmp_path, "pack", PLENTY)
    found.begin(FEATURES)
    return found


def test_a_reading_is_found_again_by_the_next_process(tmp_path: Path, opened: Cache) -> None:
    opened.keep({"Is it so?": READING})
    opened.close()
    again = Cache(tmp_path, "pack", PLENTY)
    assert again.features == FEATURES
    assert again.look_up(["Is it so?", "It is so."]) == {"Is it so?": READING}
    assert unpacked(READING) == Reading((1.25, 0.0), (0.5, 0.75))


def test_more_sentences_than_one_statement_takes(opened: Cache) -> None:
    many = {f"Sentence number {i}.": READING for i in range(3 * cache.ASKED + 1)}
    opened.keep(many)
    assert opened.look_up(list(many)) == many


def test_another_identity_knows_nothing(tmp_path: Path, opened: Cache) -> None:
    opened.keep({"Is it so?": READING})
    other = Cache(tmp_path, "other", PLENTY)
    assert (other.features, other.look_up(["Is it so?"])) == ((), {})


def test_other_features_begin_anew(opened: Cache) -> None:
    opened.keep({"Is it so?": READING})
    opened.begin(FEATURES[:1])
    assert opened.look_up(["Is it so?"]) == {}


def test_no_text_is_on_disk_and_others_may_not_read_the_file(tmp_path: Path, opened: Cache) -> None:
    opened.keep({"Call me Ishmael.": READING})
    opened.close()
    files = list(tmp_path.iterdir())
    assert not any(b"Ishmael" in path.read_bytes() for path in files)
    assert {path.stat().st_mode & 0o077 for path in files} == {0}


def test_two_editors_share_a_file(tmp_path: Path, opened: Cache) -> None:
    other = Cache(tmp_path, "pack", PLENTY)
    other.keep({"One.": READING})
    opened.keep({"Two.": READING})
    assert len(opened.look_up(["One.", "Two."])) == len(other.look_up(["One.", "Two."])) == 2


def test_a_second_editor_that_begins_keeps_what_the_first_has(tmp_path: Path) -> None:
    first, second = Cache(tmp_path, "pack", PLENTY), Cache(tmp_path, "pack", PLENTY)
    first.begin(FEATURES)
    first.keep({"One.": READING})
    second.begin(FEATURES)
    assert second.look_up(["One."]) == {"One.": READING}


@pytest.mark.parametrize("damage", [b"no database", b"SQLite format 3\x00" + bytes(4000)])
def test_a_damaged_file_is_set_aside(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "pack.sqlite").write_bytes(damage)
    found = Cache(tmp_path, "pack", PLENTY)
    found.begin(FEATURES)
    found.keep({"One.": READING})
    assert found.look_up(["One."]) == {"One.": READING}
    assert (tmp_path / "pack.damaged").read_bytes() == damage


def test_a_file_that_becomes_damaged_while_it_is_used_is_set_aside(tmp_path: Path, opened: Cache) -> None:
    opened.keep({f"Sentence number {i}.": READING for i in range(500)})
    opened.close()
    path = tmp_path / "pack.sqlite"
    again = Cache(tmp_path, "pack", PLENTY)
    page = path.stat().st_size // 2 // 4096 * 4096
    with path.open("r+b") as file:
        file.seek(page)
        file.write(b"\xff" * (path.stat().st_size - page))
    texts = [f"Sentence number {i}." for i in range(500)]
    again.look_up(texts)
    again.begin(FEATURES)
    again.keep({"One.": READING})
    assert again.look_up(["One."]) == {"One.": READING}
    assert (tmp_path / "pack.damaged").exists()


def test_a_locked_file_is_done_without(tmp_path: Path, opened: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    opened.keep({"One.": READING})
    monkeypatch.setattr(cache, "WAIT", 0.01)
    monkeypatch.setattr(cache, "_minutes", lambda: 1 << 40)  # so that looking up writes
    impatient = Cache(tmp_path, "pack", PLENTY)
    other = sqlite3.connect(tmp_path / "pack.sqlite")
    other.execute("BEGIN IMMEDIATE")
    impatient.keep({"Two.": READING})
    assert impatient.look_up(["One.", "Two."]) == {"One.": READING}
    other.rollback()
    impatient.keep({"Two.": READING})
    assert len(impatient.look_up(["One.", "Two."])) == 2


def test_a_folder_that_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = Cache(tmp_path / "file" / "readings", "pack", PLENTY)
    found.begin(FEATURES)
    found.keep({"One.": READING})
    assert found.look_up(["One."]) == {}


def test_what_was_used_longest_ago_goes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    most = 200_000
    found = Cache(tmp_path, "pack", most)
    found.begin(FEATURES)
    old = [f"An old sentence, number {i}." for i in range(1000)]
    new = [f"A new sentence, number {i}." for i in range(6000)]
    monkeypatch.setattr(cache, "_minutes", lambda: 1)
    found.keep(dict.fromkeys(old, READING))
    monkeypatch.setattr(cache, "_minutes", lambda: 2)
    found.look_up(old[:500])
    for first in range(0, 6000, 500):
        monkeypatch.setattr(cache, "_minutes", lambda first=first: 3 + first)
        found.keep(dict.fromkeys(new[first : first + 500], READING))
    left = set(found.look_up(old))
    assert not left & set(old[500:])
    assert len(found.look_up(new[-500:])) == 500
    found.close()
    assert cache.kept(tmp_path).size <= most * 1.3


def test_files_of_other_packs_go_before_sentences(tmp_path: Path) -> None:
    other = Cache(tmp_path, "other", PLENTY)
    other.begin(FEATURES)
    other.keep({f"Sentence number {i}.": READING for i in range(3000)})
    other.close()
    found = Cache(tmp_path, "pack", 100_000)
    found.begin(FEATURES)
    found.keep({"One.": READING})
    assert not (tmp_path / "other.sqlite").exists()
    assert found.look_up(["One."]) == {"One.": READING}


def test_clearing_deletes_everything_of_the_cache_and_nothing_else(tmp_path: Path, opened: Cache) -> None:
    opened.keep({"One.": READING})
    opened.close()
    (tmp_path / "notes.txt").touch()
    assert cache.kept(tmp_path).files == 1
    cache.clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    assert cache.kept(tmp_path) == (0, 0)
