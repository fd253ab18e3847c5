"""What `prism-lsp check` looks at and says: the findings of the projects' rules, for a terminal or for CI.

`docs/cli.md` is the promise that this keeps.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from prism_lsp import records, rules
from prism_lsp.document import Document
from prism_lsp.findings import judge
from prism_lsp.reading import Feature, Progress
from prism_lsp.rules import Rule
from prism_lsp.workspace import Workspace

PROSE = {*records.ENDINGS, ".txt", ".text"}
"""Endings of the files that are looked at in a folder. A file that is named is looked at whatever its ending."""

FAILING = ("error", "warning")
"""Severities of findings that make the command fail."""


class Job(NamedTuple):
    """A document, and the rules that apply to it."""

    name: str
    """As it was given, or below a folder that was."""
    rules: tuple[Rule, ...]


def jobs(names: Sequence[str]) -> tuple[list[Job], list[str]]:
    """The documents among these files and in these folders that rules apply to, and the rule files that they are from.

    Raises Failure for what is not there, and when no rule file is found at all.
    """
    workspace = Workspace()
    found: dict[str, Job] = {}
    files: dict[Path, None] = {}
    for name in (each for given in names for each in documents(given)):
        path = Path(os.path.abspath(name))
        file = workspace.nearest(path)
        if file is None:
            continue
        files[file] = None
        if path.name == rules.FILE:
            continue
        applying = workspace.load(file).applying(path.relative_to(file.parent).as_posix())
        if applying:
            found.setdefault(str(path), Job(name, applying))
    for given in names:  # a folder with a rule file and no document yet: what is wrong in it is told all the same
        if Path(given).is_dir() and (own := workspace.nearest(Path(os.path.abspath(given)) / rules.FILE)) is not None:
            files[own] = None
    if not files:
        given = "these files" if list(names) != ["."] else "this folder"
        raise records.Failure(f"There is no {rules.FILE} for {given}: it holds a project's rules.", records.USAGE)
    here = Path.cwd()
    return list(found.values()), [str(file.relative_to(here) if file.is_relative_to(here) else file) for file in files]


def documents(name: str) -> Iterator[str]:
    """A file itself; of a folder, every document in it, in order, but nothing hidden. Raises Failure."""
    path = Path(name)
    if path.is_dir():
        for folder, below, inside in os.walk(path):
            below[:] = sorted(each for each in below if not each.startswith("."))
            for each in sorted(inside):
                if Path(each).suffix.lower() in PROSE and not each.startswith("."):
                    yield os.path.normpath(os.path.join(folder, each))
    elif path.exists():
        yield name
    else:
        raise records.Failure(f"There is no file {name}.")


def in_rule_file(name: str, features: Sequence[Feature]) -> Iterator[dict[str, Any]]:
    """What is wrong in a rule file, as JSON."""
    file = Workspace().load(Path(os.path.abspath(name)))
    try:
        text = records.read_input(name)
    except records.Failure:
        text = ""  # the file's own problem says it
    document = Document("", 0, "toml", text)
    for problem in sorted((*file.problems, *rules.unknown(file, [feature.id for feature in features]))):
        yield described(name, document, problem.start, problem.end, "error", None, problem.message)


def in_document(job: Job, engine: records.Reads, progress: Callable[[Progress], None]) -> Iterator[dict[str, Any]]:
    """What the rules find in a document, as JSON. Raises Failure and EngineError."""
    text = records.read_input(job.name)
    document = Document("", 0, "", text)
    sentences = records.split(text, job.name, lines=False)
    readings = [reading for _, reading in records.read(engine, sentences, progress, evidence=False)]
    for finding in judge(job.rules, engine.features, sentences, readings):
        sentence, rule = sentences[finding.sentence], finding.rule
        found = described(
            job.name, document, sentence.start, sentence.end, rule.severity, rule.feature, finding.message
        )
        yield found | {"text": sentence.text}


def described(
    name: str, document: Document, start: int, end: int, severity: str, rule: str | None, message: str
) -> dict[str, Any]:
    """A finding as JSON: offsets in characters of the file, lines and columns from 1."""
    line, column = document.position(start, "utf-32")
    return {
        "file": name,
        "line": line + 1,
        "column": column + 1,
        "start": start,
        "end": end,
        "severity": severity,
        "rule": rule,
        "message": message,
        "text": document.text[start:end],
    }


def line(found: dict[str, Any]) -> str:
    """A finding in the form that editors and CI know: place, severity, message, rule."""
    rule = f" [{found['rule']}]" if found["rule"] else ""
    return f"{found['file']}:{found['line']}:{found['column']}: {found['severity']}: {found['message']}{rule}"
