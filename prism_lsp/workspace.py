"""The folders that an editor has open: which `prism.toml` is for a document, which concepts are the project's own, and who
wants to know when one of these files changes.

No LSP types. Files are looked at when they are asked about, once a second at most; `changed` says that one has changed.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from prism_lsp import concept_file, rules
from prism_lsp.concept_file import Concept, ConceptFile
from prism_lsp.rules import Problem, Rule, RuleFile
from prism_lsp.toml_file import line_of

WATCHED = (f"**/{rules.FILE}", f"**/{concept_file.FOLDER}/*.toml")
"""Globs of the files whose changes are told to the listeners."""

LOOK_AGAIN = 1.0
"""Seconds for which an answer of the file system holds."""

MOST_CONCEPTS = 32
"""Concept files that are read in all folders together."""

_DRIVE = re.compile(r"/[A-Za-z]:(?=/|$)")


class _Loaded(NamedTuple):
    stamp: tuple[int, int, int]
    file: RuleFile


class Fault(NamedTuple):
    """Something wrong with a concept file."""

    file: Path
    line: int
    """Counted from 1; 0: what other files say is the reason, so that the text alone does not show it."""
    message: str

    def __str__(self) -> str:
        return f"{self.file}{f', line {self.line}' if self.line else ''}: {self.message}"


class Own(NamedTuple):
    """The concepts of the project's own, and what is wrong with their files."""

    concepts: tuple[Concept, ...] = ()
    faults: tuple[Fault, ...] = ()


class Workspace:
    """The open folders, and the rule files in them."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now`: a clock in seconds."""
        self.folders: list[Path] = []
        self.listeners: list[Callable[[Iterable[Path]], None]] = []
        """Called with the files of `WATCHED` that were changed, made or deleted."""
        self._now = now
        self._found: dict[Path, tuple[float, Path | None]] = {}
        self._loaded: dict[Path, _Loaded] = {}

    def change_folders(self, added: Iterable[str], removed: Iterable[str] = ()) -> None:
        """Folders, by their uris, that are open from now on and that are not any more."""
        gone = [path_of(uri) for uri in removed]
        new = [path for uri in added if (path := path_of(uri)) is not None]
        self.folders = [*dict.fromkeys([folder for folder in self.folders if folder not in gone] + new)]
        self._found.clear()

    def changed(self, paths: Iterable[Path]) -> None:
        """These files were changed, made or deleted. Of those of `WATCHED`, the listeners are told."""
        told = [path for path in paths if any(rules.matches(glob, path.as_posix().lstrip("/")) for glob in WATCHED)]
        if not told:
            return
        self._found.clear()
        for path in told:
            self._loaded.pop(path, None)
        for listener in self.listeners:
            listener(told)

    def rules(self, uri: str) -> tuple[Rule, ...]:
        """The rules for a document: of the nearest rule file, from its folder up to the one the editor has open.

        A document outside of every open folder is looked after up to the file system's root; one that is not on disk
        has no rules.
        """
        path = path_of(uri)
        file = None if path is None else self.nearest(path)
        if path is None or file is None:
            return ()
        return self.load(file).applying(path.relative_to(file.parent).as_posix())

    def concepts(self, shipped: Iterable[str] = ()) -> Own:
        """The concepts of all open folders, read now; `shipped`: ids that are taken. Of two with one id the first counts."""
        found: dict[str, tuple[Path, Concept]] = {}
        faults: list[Fault] = []
        taken = frozenset(shipped)
        files = [file for folder in self.folders for file in concept_files(folder)]
        for file in files[:MOST_CONCEPTS]:
            text, told = read_concept(file, taken)
            faults += [Fault(file, line_of(text, each.start), each.message) for each in told.problems]
            concept = told.concept
            if concept is None:
                continue
            other, known = found.setdefault(concept.id, (file, concept))
            if other != file and known != concept:
                faults.append(Fault(file, 0, f"{other} has the id “{concept.id}” too, and counts: rename one of them."))
        faults += [Fault(file, 0, f"Only {MOST_CONCEPTS} concepts are read.") for file in files[MOST_CONCEPTS:]]
        return Own(concept_file.slotted(concept for _, concept in found.values()), tuple(faults))

    def nearest(self, path: Path) -> Path | None:
        """The rule file for a document."""
        top = max((f for f in self.folders if path.is_relative_to(f)), key=lambda f: len(f.parts), default=None)
        for folder in path.parents:
            looked, file = self._found.get(folder, (-LOOK_AGAIN, None))
            if self._now() - looked >= LOOK_AGAIN:
                candidate = folder / rules.FILE
                file = candidate if _stamp(candidate) else None
                self._found[folder] = (self._now(), file)
                if file is not None and (known := self._loaded.get(file)) and known.stamp != _stamp(file):
                    del self._loaded[file]
            if file is not None or folder == top:
                return file
        return None

    def load(self, file: Path) -> RuleFile:
        """What a rule file says; read again when it has changed. Never raises."""
        known = self._loaded.get(file)
        if known is None:
            known = self._loaded[file] = _Loaded(_stamp(file) or (0, 0, 0), read(file))
        return known.file


def read(file: Path) -> RuleFile:
    """What a rule file on disk says; one that cannot be read has a problem and no rules."""
    try:
        with file.open("rb") as stream:
            data = stream.read(4 * rules.LONGEST + 1)  # no character has more than four bytes
        return rules.parse(data.decode(errors="strict" if len(data) <= 4 * rules.LONGEST else "replace"))
    except UnicodeDecodeError:
        return _unread("The file is not UTF-8; save it as UTF-8.")
    except OSError as error:
        return _unread(f"The file cannot be read ({error.strerror}).")


def concept_files(folder: Path) -> list[Path]:
    """The concept files of a folder that is open in the editor, by name."""
    try:
        return sorted(file for file in (folder / concept_file.FOLDER).glob("*.toml") if _stamp(file))
    except OSError:
        return []


def read_concept(file: Path, shipped: Iterable[str] = ()) -> tuple[str, ConceptFile]:
    """A concept file's text and what it says. Never raises: one that cannot be read has a problem."""
    try:
        with file.open("rb") as stream:
            text = stream.read(4 * concept_file.LONGEST + 1).decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        if error.end < 4 * concept_file.LONGEST:
            return "", ConceptFile(problems=(Problem(0, 0, "The file is not UTF-8; save it as UTF-8."),))
        text = "#" * (concept_file.LONGEST + 1)  # cut in the middle of a character, so it is too long anyway
    except OSError as error:
        return "", ConceptFile(problems=(Problem(0, 0, f"The file cannot be read ({error.strerror})."),))
    # an editor makes an empty file first when it carries `prism.newConcept` out
    return text, concept_file.parse(text, file.stem, shipped) if text.strip() else ConceptFile()


def _unread(message: str) -> RuleFile:
    return RuleFile(problems=(Problem(0, 0, message),))


def _stamp(file: Path) -> tuple[int, int, int] | None:
    """What changes when a file does; None where there is none (a folder or a pipe is none)."""
    try:
        found = file.stat()
    except (OSError, ValueError):
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino) if stat.S_ISREG(found.st_mode) else None


def path_of(uri: str) -> Path | None:
    """The path of a document on disk; None for one that is elsewhere or nowhere, such as an untitled one."""
    try:
        parts = urlsplit(uri)
        path = os.fsdecode(unquote_to_bytes(parts.path))
    except ValueError:
        return None
    if parts.scheme != "file" or not path.startswith("/") or "\0" in path:
        return None
    if parts.netloc not in ("", "localhost"):
        return Path(f"//{parts.netloc}{path}")
    return Path(path[1:] if _DRIVE.match(path) else path)


def is_rule_file(uri: str) -> bool:
    """Whether a document is a rule file, saved or not, by its name."""
    name = unquote(uri).rpartition("/")[2]
    return name.rpartition(":")[2] == rules.FILE


def is_concept_file(uri: str) -> bool:
    """Whether a document is a concept of a project's own, saved or not, by where it is."""
    return unquote(uri).rpartition("/")[0].endswith("/" + concept_file.FOLDER) and unquote(uri).endswith(".toml")
