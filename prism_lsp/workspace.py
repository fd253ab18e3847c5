"""The folders that an editor has open: which `prism.toml` is for a document, and who wants to know when one changes.

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

from prism_lsp import rules
from prism_lsp.rules import Problem, Rule, RuleFile

WATCHED = (f"**/{rules.FILE}", "**/.prism/concepts/*.toml")
"""Globs of the files whose changes are told to the listeners."""

LOOK_AGAIN = 1.0
"""Seconds for which an answer of the file system holds."""

_DRIVE = re.compile(r"/[A-Za-z]:(?=/|$)")


class _Loaded(NamedTuple):
    stamp: tuple[int, int, int]
    file: RuleFile


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
