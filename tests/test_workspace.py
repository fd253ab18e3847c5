"""Which `prism.toml` is for which document, which concepts are the project's own, and when files are looked at again."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from prism_lsp import concept_file
from prism_lsp.workspace import LOOK_AGAIN, Own, Workspace, is_concept_file, is_rule_file, path_of, read

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


# A project's own concepts


def concept(folder: Path, id_: str, text: str | bytes | None = None) -> Path:
    file = folder / ".prism" / "concepts" / f"{id_}.toml"
    file.parent.mkdir(parents=True, exist_ok=True)
    pairs = [(f"It is {n}.", f"It is but {n}.") for n in range(8)]
    made = concept_file.write(id_, pairs, False) if text is None else text
    file.write_bytes(made if isinstance(made, bytes) else made.encode())
    return file


def opened(*folders: Path) -> Workspace:
    workspace = Workspace()
    workspace.change_folders([folder.as_uri() for folder in folders])
    return workspace


def faults(workspace: Workspace) -> list[str]:
    return [str(fault) for fault in workspace.concepts().faults]


def test_the_concepts_of_all_open_folders_hold(tmp_path: Path) -> None:
    concept(tmp_path / "a", "sea")
    concept(tmp_path / "b", "air")
    (tmp_path / "a" / ".prism" / "concepts" / "notes.md").write_text("none")
    found = opened(tmp_path / "a", tmp_path / "b", tmp_path / "c").concepts()
    assert [(each.id, each.family) for each in found.concepts] == [("sea", "project1"), ("air", "project2")]
    assert found.faults == ()


def test_of_two_with_one_id_the_first_counts_and_equal_ones_are_no_fault(tmp_path: Path) -> None:
    first, second = concept(tmp_path / "a", "sea"), concept(tmp_path / "b", "sea")
    workspace = opened(tmp_path / "a", tmp_path / "b")
    assert len(workspace.concepts().concepts) == 1 and faults(workspace) == []
    second.write_text(second.read_text().replace('name = "sea"', 'name = "Other"'))
    assert [each.name for each in workspace.concepts().concepts] == ["sea"]
    assert faults(workspace) == [f"{second}: {first} has the id “sea” too, and counts: rename one of them."]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"\xff", ", line 1: The file is not UTF-8; save it as UTF-8."),
        ("é" * 1_600_001, ", line 1: This is too long for a concept, so it is not read."),
        ('name = "x"\n\nname = "y"', ", line 3: “name” is there already, on line 1."),
    ],
)
def test_a_file_that_cannot_be_used_is_told_with_its_line(tmp_path: Path, content: str | bytes, told: str) -> None:
    concept(tmp_path, "good")
    bad = concept(tmp_path, "bad", content)
    workspace = opened(tmp_path)
    assert faults(workspace) == [f"{bad}{told}"]
    assert [each.id for each in workspace.concepts().concepts] == ["good"]


def test_an_empty_file_is_one_that_is_being_made(tmp_path: Path) -> None:
    concept(tmp_path, "new", "\n")
    assert opened(tmp_path).concepts() == Own()


def test_pipes_and_folders_are_no_concepts(tmp_path: Path) -> None:
    folder = concept(tmp_path, "good").parent
    os.mkfifo(folder / "pipe.toml")
    (folder / "folder.toml").mkdir()
    assert [each.id for each in opened(tmp_path).concepts().concepts] == ["good"]


def test_so_many_concepts_are_read_and_no_more(tmp_path: Path) -> None:
    files = [concept(tmp_path, f"c{n:02}") for n in range(34)]
    workspace = opened(tmp_path)
    assert len(workspace.concepts().concepts) == 32
    assert faults(workspace) == [f"{file}: Only 32 concepts are read." for file in files[32:]]


@pytest.mark.parametrize(
    ("uri", "answer"),
    [
        ("file:///a/.prism/concepts/sea.toml", True),
        ("file:///a/%2Eprism/concepts/sea.toml", True),
        ("file:///a/.prism/concepts/sea.md", False),
        ("file:///a/.prism/sea.toml", False),
        ("file:///a/concepts/sea.toml", False),
        ("file:///a/.prism/concepts/b/sea.toml", False),
    ],
)
def test_a_concept_file_is_known_by_where_it_is(uri: str, answer: bool) -> None:
    assert is_concept_file(uri) is answer
