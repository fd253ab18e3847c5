"""Concept files of a project's own: what is wrong in one as it is typed, and the concepts that hold once it is saved."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types

from prism_lsp import concept_file
from prism_lsp.toml_file import Problem
from prism_lsp.workspace import Fault, is_concept_file, path_of

if TYPE_CHECKING:
    from prism_lsp.document import Document
    from prism_lsp.server import PrismServer


def diagnostics(ls: PrismServer, document: Document) -> list[types.Diagnostic]:
    """What is wrong in a concept file, and what would make it better. An id is taken only once the features are known."""
    path = path_of(document.uri)
    stem = path.stem if path else document.uri.rpartition("/")[2].removesuffix(".toml")
    file = concept_file.parse(document.text, stem, shipped(ls))
    elsewhere = [Problem(0, 0, message) for message in ls.own.elsewhere(path)] if path else []
    told = [(each, types.DiagnosticSeverity.Error) for each in (*file.problems, *elsewhere)]
    told += [(each, types.DiagnosticSeverity.Information) for each in file.advice]
    return [
        types.Diagnostic(
            range=ls.range(document, problem.start, problem.end),
            message=problem.message,
            severity=severity,
            source="prism",
        )
        for problem, severity in sorted(told)
    ]


def shipped(ls: PrismServer) -> list[str]:
    """Ids that a project's concept cannot have."""
    return [feature.id for feature in ls.session.features if feature.kind != "project"]


class Own:
    """The concepts of the project's own that hold, and what the writer has been told of their files."""

    def __init__(self, ls: PrismServer) -> None:
        self.ls = ls
        self._faults: tuple[Fault, ...] = ()
        self._told: set[str] = set()
        self._refused: dict[str, str] = {}

    def changed(self, paths: Iterable[Path]) -> None:
        """These files were changed, made or deleted."""
        if any(is_concept_file(path.as_posix()) for path in paths):
            self.take()

    def take(self) -> None:
        """Read the concept files of all open folders, and use what they say."""
        found = self.ls.folders.concepts(shipped(self.ls))
        self._faults = found.faults
        self._tell()
        self.ls.session.use(found.concepts)

    def refused(self, problems: Iterable[tuple[str, str]]) -> None:
        """The engine cannot use these concepts: (id, why not)."""
        self._refused = dict(problems)
        self._tell()

    def elsewhere(self, path: Path) -> list[str]:
        """What is wrong with a file for what others say, or the engine."""
        told = [fault.message for fault in self._faults if fault.file == path and not fault.line]
        return told + [message for id_, message in self._refused.items() if id_ == path.stem]

    def _tell(self) -> None:
        """Say what has not been said and is so still. What stands in an open file is marked there."""
        opened = {path_of(uri) for uri in self.ls.session.opened}
        now = dict.fromkeys(str(fault) for fault in self._faults if fault.file not in opened)
        now |= dict.fromkeys(self._refused.values())
        for message in now:
            if message not in self._told:
                self.ls.say(message)
        self._told = set(now)
