"""A project's style rules: what may stand in its `prism.toml` and what each part means. No LSP types.

`docs/rules.md` is the same for writers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from prism_lsp import toml_file
from prism_lsp.places import Path, Places, Span
from prism_lsp.toml_file import Problem as Problem
from prism_lsp.toml_file import meant, shown

FILE = "prism.toml"
"""The name of the file, in a project's folder or in any folder of it."""

SEVERITIES = ("error", "warning", "information", "hint")
CALM = "information"
"""The severity of a rule that names none: a remark, not a reproach."""

LIMITS = ("off", "required", "at most 10%", "at least 20%")
"""One example of each kind of limit."""

LONGEST, LONGEST_LINE = 100_000, 2_000
"""Characters of a rule file and of one line of it. The work on dotted keys grows with the square of their length."""

_LIMIT = re.compile(r"(at most|at least)\s+([0-9]+(?:\.[0-9]+)?)\s*%", re.IGNORECASE)


@dataclass(frozen=True)
class Limit:
    """How much of a feature a document may or must have."""

    bound: str
    """`off`: no sentence may have it; `required`: one at least must; `at most` and `at least`: so large a share."""
    percent: float = 0.0
    """Of the document's sentences, 0 to 100; with `at most` and `at least`."""

    def __str__(self) -> str:
        return self.bound if self.bound in ("off", "required") else f"{self.bound} {self.percent:g} %"


@dataclass(frozen=True)
class Rule:
    """One limit for one feature."""

    feature: str
    """Its id."""
    limit: Limit
    severity: str = CALM
    message: str | None = None
    """What the writer is told in front of the figures."""
    include: tuple[str, ...] = ()
    """Globs of the documents it is for; none: all."""
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True)
class RuleFile:
    """What a `prism.toml` says."""

    rules: tuple[Rule, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    """In text order. What a problem is about is left out; the rest of the file holds, unless it is no TOML at all."""
    named: tuple[tuple[str, Span], ...] = ()
    """The features that are named, and where."""

    def applying(self, path: str) -> tuple[Rule, ...]:
        """The rules for a document; `path`: from the file's folder, with `/` between."""
        if not _chosen(path, self.include, self.exclude):
            return ()
        return tuple(rule for rule in self.rules if _chosen(path, rule.include, rule.exclude))


def parse(text: str) -> RuleFile:
    """A rule file from its text. Never raises: what is wrong is in `problems`."""
    loaded = toml_file.load(text, "rule file", LONGEST, LONGEST_LINE)
    return RuleFile(problems=loaded.problems) if loaded.problems else _Reader(loaded.places).file(loaded.data)


def unknown(file: RuleFile, ids: Iterable[str]) -> list[Problem]:
    """Features that a file names and that are none of `ids`."""
    known = list(ids)
    problems = []
    for name, (start, end) in file.named:
        if name not in known:
            hint = meant(name, known) or "`prism-lsp features` lists them."
            problems.append(Problem(start, end, f"There is no feature “{name}”. {hint}"))
    return problems


def matches(glob: str, path: str) -> bool:
    """Whether a path is one of a glob's: `*` and `?` within a folder's or file's name, `**` any folders, also none.

    Both are from the rule file's folder, with `/` between. `notes/` is all that is in it.
    """
    return _matches(glob.removeprefix("./"), path)


@lru_cache(1024)
def _matches(glob: str, path: str) -> bool:
    parts = (glob + "**" if glob.endswith("/") else glob).split("/")
    # the parts of the glob that the path so far may have reached: no backtracking, whatever the glob
    reached = _past_stars(parts, {0})
    for name in path.split("/"):
        step = {at for at in reached if at < len(parts) and parts[at] == "**"}
        step |= {at + 1 for at in reached if at < len(parts) and parts[at] != "**" and fnmatchcase(name, parts[at])}
        reached = _past_stars(parts, step)
    return len(parts) in reached


def _past_stars(parts: list[str], reached: set[int]) -> set[int]:
    more = set(reached)
    for at in reached:
        while at < len(parts) and parts[at] == "**":
            at += 1
            more.add(at)
    return more


def _chosen(path: str, include: tuple[str, ...], exclude: tuple[str, ...]) -> bool:
    wanted = not include or any(matches(glob, path) for glob in include)
    return wanted and not any(matches(glob, path) for glob in exclude)


def limit(value: object) -> Limit | None:
    """A limit as it is written; None when it is none."""
    if not isinstance(value, str):
        return None
    words = " ".join(value.split())
    if words.lower() in ("off", "required"):
        return Limit(words.lower())
    match = _LIMIT.fullmatch(words)
    if match is None or float(match[2]) > 100:
        return None
    return Limit(match[1].lower(), float(match[2]))


class _Reader:
    """One reading of a file's values, which notes what is wrong with them."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.problems: list[Problem] = []
        self.named: list[tuple[str, Span]] = []

    def file(self, data: dict[str, Any]) -> RuleFile:
        self.known_keys((), data, ("include", "exclude", "severity", "rules"))
        include, exclude = self.globs(("include",), data), self.globs(("exclude",), data)
        severity = self.severity(("severity",), data, CALM)
        table = data.get("rules", {})
        rules: list[Rule] = []
        if isinstance(table, dict):
            for feature, value in table.items():
                self.named.append((feature, self.places.key(("rules", feature))))
                several = enumerate(value) if isinstance(value, list) else [(None, value)]
                for number, each in several:
                    path = ("rules", feature) if number is None else ("rules", feature, number)
                    if (rule := self.rule(path, feature, each, severity)) is not None:
                        rules.append(rule)
        else:
            self.wrong(("rules",), f"rules must be a table: a line [rules], and the rules below, not {shown(table)}.")
        return RuleFile(tuple(rules), include, exclude, tuple(sorted(self.problems)), tuple(self.named))

    def rule(self, path: Path, feature: str, value: object, severity: str) -> Rule | None:
        """One rule: a limit, or a table with one. None when there is no limit that can be used."""
        if not isinstance(value, dict):
            bound = self.limit(path, value)
            return None if bound is None else Rule(feature, bound, severity)
        self.known_keys(path, value, ("limit", "severity", "message", "include", "exclude"))
        severity = self.severity((*path, "severity"), value, severity)
        include, exclude = self.globs((*path, "include"), value), self.globs((*path, "exclude"), value)
        message = self.get((*path, "message"), value, _words, "a text")
        if "limit" not in value:
            self.problems.append(Problem(*self.places.key(path), f"The rule has no limit: give it {_OR_LIMITS}."))
            return None
        bound = self.limit((*path, "limit"), value["limit"])
        return None if bound is None else Rule(feature, bound, severity, message, include, exclude)

    def limit(self, path: Path, value: object) -> Limit | None:
        bound = limit(value)
        if bound is None:
            self.wrong(path, f"{shown(value)} is no limit. Write {_OR_LIMITS} (0 to 100).")
        return bound

    def severity(self, path: Path, table: Mapping[str, object], default: str) -> str:
        value = table.get(str(path[-1]), default)
        if value in SEVERITIES:
            return str(value)
        hint = meant(value, SEVERITIES) if isinstance(value, str) else ""
        self.wrong(path, f"{shown(value)} is no severity. {hint or 'There are: ' + ', '.join(SEVERITIES) + '.'}")
        return default

    def globs(self, path: Path, table: Mapping[str, object]) -> tuple[str, ...]:
        found = self.get(path, table, _texts, 'a list of globs, such as ["chapters/**/*.md"]') or ()
        for number, glob in enumerate(found):
            if "\\" in glob or glob.startswith("/") or ":" in glob or ".." in glob.split("/"):
                self.wrong((*path, number), "A glob is a path from the folder of this file, with / between.")
        return found

    def get(self, path: Path, table: Mapping[str, object], read: Callable[[object], Any], wanted: str) -> Any:
        """A value that may be missing; None then, or when it is not what is wanted."""
        name = str(path[-1])
        if name not in table:
            return None
        value = read(table[name])
        if value is None:
            self.wrong(path, f"{name} must be {wanted}, not {shown(table[name])}.")
        return value

    def known_keys(self, path: Path, table: Mapping[str, object], known: tuple[str, ...]) -> None:
        for name in table:
            if name not in known:
                hint = meant(name, known) or f"There are: {', '.join(known)}."
                where = self.places.key((*path, name))
                self.problems.append(Problem(*where, f"There is no setting “{name}” here. {hint}"))

    def wrong(self, path: Path, message: str) -> None:
        self.problems.append(Problem(*self.places.value(path), message))


_OR_LIMITS = '"off", "required", "at most 10%" or "at least 20%"'


def _words(value: object) -> str | None:
    return " ".join(value.split()) if isinstance(value, str) and value.strip() else None


def _texts(value: object) -> tuple[str, ...] | None:
    return tuple(value) if isinstance(value, list) and all(isinstance(each, str) for each in value) else None
