"""Which `prism.toml` is for which document, and when it is looked at again."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from prism_lsp.workspace import LOOK_AGAIN, Workspace, is_rule_file, path_of, read

OFF = '[rules]\n{} = "off"\n'


class Clock:
    """A clock that stands until it is told to go."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def workspace(tmp_path: Path, clock: Clock) -> Workspace:
    """An editor that has the folder `book` open."""
    (tmp_path / "book" / "chapters").mkdir(parents=True)
    workspace = Workspace(clock)
    workspace.change_folders([(tmp_path / "book").as_uri()])
    return workspace


def features(workspace: Workspace, path: Path) -> list[str]:
    return [rule.feature for rule in workspace.rules(path.as_uri())]


def test_without_a_rule_file_there_are_no_rules(workspace: Workspace, tmp_path: Path) -> None:
    assert features(workspace, tmp_path / "book" / "chapters" / "1.md") == []


def test_the_nearest_file_counts_and_it_alone(workspace: Workspace, tmp_path: Path) -> None:
    book = tmp_path / "book"
    (book / "prism.toml").write_text(OFF.format("passive"))
    (book / "chapters" / "prism.toml").write_text(OFF.format("question"))
    assert features(workspace, book / "notes.md") == ["passive"]
    assert features(workspace, book / "chapters" / "1.md") == ["question"]


def test_nothing_above_the_open_folder_counts(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "prism.toml").write_text(OFF.format("passive"))
    assert features(workspace, tmp_path / "book" / "chapters" / "1.md") == []
    assert features(workspace, tmp_path / "letter.md") == ["passive"], "it is in no open folder"
    workspace.change_folders([], [(tmp_path / "book").as_uri()])
    assert features(workspace, tmp_path / "book" / "chapters" / "1.md") == ["passive"]


def test_of_open_folders_in_one_another_the_inner_one_is_the_document_s(workspace: Workspace, tmp_path: Path) -> None:
    book = tmp_path / "book"
    (book / "prism.toml").write_text(OFF.format("passive"))
    workspace.change_folders([(book / "chapters").as_uri()])
    assert features(workspace, book / "chapters" / "1.md") == []
    assert features(workspace, book / "1.md") == ["passive"]


def test_globs_are_from_the_files_own_folder(workspace: Workspace, tmp_path: Path) -> None:
    book = tmp_path / "book"
    (book / "prism.toml").write_text('include = ["chapters/*.md"]\n' + OFF.format("passive"))
    assert features(workspace, book / "chapters" / "my first.md") == ["passive"]
    assert features(workspace, book / "1.md") == []


def test_the_disk_is_looked_at_once_a_second_at_most(workspace: Workspace, clock: Clock, tmp_path: Path) -> None:
    document, file = tmp_path / "book" / "1.md", tmp_path / "book" / "prism.toml"
    assert features(workspace, document) == []
    for text, found in ((OFF.format("passive"), ["passive"]), (OFF.format("question"), ["question"]), (None, [])):
        before = features(workspace, document)
        if text is None:
            file.unlink()
        else:
            file.write_text(text)
        clock.now += 0.9 * LOOK_AGAIN
        assert features(workspace, document) == before
        clock.now += LOOK_AGAIN
        assert features(workspace, document) == found


def test_a_change_that_is_told_counts_at_once_and_is_passed_on(workspace: Workspace, tmp_path: Path) -> None:
    document, file = tmp_path / "book" / "1.md", tmp_path / "book" / "prism.toml"
    heard: list[Path] = []

    def listen(paths: Iterable[Path]) -> None:
        heard.extend(paths)
        assert features(workspace, document) == ["question"]

    file.write_text(OFF.format("passive"))
    assert features(workspace, document) == ["passive"]
    file.write_text(OFF.format("question"))
    workspace.listeners.append(listen)
    workspace.changed([file])
    assert heard == [file]


def test_a_file_is_parsed_once(workspace: Workspace, clock: Clock, tmp_path: Path) -> None:
    file = tmp_path / "book" / "prism.toml"
    file.write_text(OFF.format("passive"))
    assert workspace.nearest(tmp_path / "book" / "1.md") == file
    first = workspace.load(file)
    clock.now += 2 * LOOK_AGAIN
    assert workspace.nearest(tmp_path / "book" / "1.md") == file
    assert workspace.load(file) is first


def test_a_file_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    file = tmp_path / "prism.toml"
    assert read(file).problems[0].message == "The file cannot be read (No such file or directory)."
    file.write_bytes(b"\xff\xfe")
    assert read(file).problems[0].message == "The file is not UTF-8; save it as UTF-8."
    file.write_bytes("é".encode() * 10_000_000)
    assert read(file).problems[0].message == "This is too long for a rule file, so it is not read."
    file.unlink()
    file.mkdir()
    assert read(file).problems[0].message == "The file cannot be read (Is a directory)."


def test_a_folder_named_like_the_file_is_none(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "book" / "prism.toml").mkdir()
    assert workspace.nearest(tmp_path / "book" / "1.md") is None


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("file:///home/ada/my%20novel.md", "/home/ada/my novel.md"),
        ("file:///a/%C3%A9%23%3F.md", "/a/é#?.md"),
        ("file:///c%3A/Users/ada.md", "c:/Users/ada.md"),
        ("file:///C:/Users/ada.md", "C:/Users/ada.md"),
        ("file://localhost/a.md", "/a.md"),
        ("file://host/share/a.md", "//host/share/a.md"),
        ("FILE:///a.md", "/a.md"),
    ],
)
def test_a_path_from_a_uri(uri: str, path: str) -> None:
    assert path_of(uri) == Path(path)


@pytest.mark.parametrize(
    "uri", ["untitled:Untitled-1", "git:/a.md?x", "", "file:", "file://[", "file:///a%00b", "\ud800"]
)
def test_documents_that_are_not_on_disk_have_no_path_and_no_rules(uri: str) -> None:
    assert path_of(uri) is None
    assert Workspace().rules(uri) == ()


@pytest.mark.parametrize(
    ("uri", "answer"),
    [
        ("file:///a/prism.toml", True),
        ("file:///a/prism%2Etoml", True),
        ("untitled:prism.toml", True),
        ("file:///a/Cargo.toml", False),
        ("file:///prism.toml/a.md", False),
        ("file:///a/myprism.toml", False),
        ("\ud800", False),
    ],
)
def test_a_rule_file_is_known_by_its_name(uri: str, answer: bool) -> None:
    assert is_rule_file(uri) is answer
