"""A concept of a project's own: what may stand in its `.prism/concepts/NAME.toml` and what each part means. No LSP types.

`docs/concepts.md` is the same for writers. Nothing in such a file is ever run.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from prism_lsp import toml_file
from prism_lsp.places import Path, Places
from prism_lsp.reading import FAMILIES, PROJECT_FAMILIES
from prism_lsp.toml_file import Problem, meant, shown

FOLDER = ".prism/concepts"
"""Where the files are, from a project's folder."""

FEWEST, ENOUGH, MOST = 3, 8, 300
"""Pairs: fewer are refused, fewer than `ENOUGH` are read roughly (`python -m benchmarks.few`), more are refused."""

LONGEST, LONGEST_LINE, LONGEST_SENTENCE = 400_000, 4_000, 1_200
"""Characters of a file, of a line of it, and of one side of a pair."""

LONGEST_NAME = 60
"""Characters of an id or a name."""

MOST_UNKNOWN = 10
"""Unknown keys that are told, in a table."""

HELD_OUT = 5
"""One pair in five of a shipped concept is held out, by the hash of its `without` side: a pair never changes sides when
others are added."""

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Pair(NamedTuple):
    """A sentence without and one with the concept: the same one, as far as that can be."""

    without: str
    with_: str
    genre: str = ""

    @property
    def held_out(self) -> bool:
        """True for the fifth of a shipped concept that neither the probe nor the direction nor the writer sees."""
        return hashlib.sha256(self.without.encode()).digest()[0] % HELD_OUT == 0


class Concept(NamedTuple):
    """A concept as its TOML file tells it."""

    id: str
    name: str
    family: str
    """Empty: a slot of the project's own is still to be given."""
    description: str
    on: str
    off: str
    pairs: tuple[Pair, ...]


class ConceptFile(NamedTuple):
    """What a file says."""

    concept: Concept | None = None
    """None when something is wrong without which there is no concept. A pair that is wrong is only left out."""
    problems: tuple[Problem, ...] = ()
    advice: tuple[Problem, ...] = ()
    """What would make it better. Both in text order."""


def parse(text: str, stem: str, shipped: Iterable[str] = ()) -> ConceptFile:
    """A concept from its file's text. Never raises. `stem`: the file's name without `.toml`; `shipped`: ids that are taken."""
    loaded = toml_file.load(text, "concept", LONGEST, LONGEST_LINE)
    if loaded.problems:
        return ConceptFile(problems=loaded.problems)
    return _Reader(loaded.places).file(loaded.data, stem, frozenset(shipped))


def is_id(word: str) -> bool:
    """Whether a word can be a concept's id: `[a-z0-9-]+`, as in `stage-direction`."""
    return len(word) <= LONGEST_NAME and _ID.fullmatch(word) is not None


class _Reader:
    """One reading of a file's values, which notes what is wrong with them."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.problems: list[Problem] = []
        self.fatal = False

    def file(self, data: dict[str, Any], stem: str, shipped: frozenset[str]) -> ConceptFile:
        self.known_keys((), data, ("id", "name", "family", "description", "on", "off", "pair"))
        self.identity(data, stem, shipped)
        name = self.text(("name",), data, None, LONGEST_NAME)
        if "name" not in data:
            self.missing(f'The concept has no name: add a line such as name = "{title(stem)}".')
        name = name or title(stem)
        family = self.text(("family",), data, "")
        if family and family not in (*FAMILIES, *PROJECT_FAMILIES):
            there = meant(family, FAMILIES) or f"There are: {', '.join((*FAMILIES, *PROJECT_FAMILIES))}."
            self.wrong(("family",), f"{shown(family)} is no family. {there}")
            family = ""
        description = self.text(("description",), data, "", LONGEST_SENTENCE)
        on = self.text(("on",), data, f"More: {name}", LONGEST_NAME)
        off = self.text(("off",), data, f"Less: {name}", LONGEST_NAME)
        pairs = self.pairs(data.get("pair", []))
        concept = (
            None if self.fatal else Concept(stem, name, family or "", description or "", on or "", off or "", pairs)
        )
        return ConceptFile(concept, tuple(sorted(self.problems)), () if self.fatal else self.advice(pairs))

    def identity(self, data: dict[str, Any], stem: str, shipped: frozenset[str]) -> None:
        told = data.get("id", stem)
        where: Path = ("id",) if "id" in data else ()
        if not is_id(stem):
            self.end(where, f"The file's name {shown(stem)} must be of a-z, 0-9 and hyphens: it is the concept's id.")
        elif told != stem:
            self.end(where, f"The id must be the file's name, “{stem}”, not {shown(told)}.")
        elif stem in shipped:
            self.end(where, f"Prism ships a concept {shown(stem)} already: give the file another name.")

    def pairs(self, value: object) -> tuple[Pair, ...]:
        if not isinstance(value, list):
            self.end(("pair",), f"The pairs must be tables: a line [[pair]] above each, not {shown(value)}.")
            return ()
        found: list[Pair] = []
        first: dict[tuple[str, str], int] = {}
        if len(value) > MOST:
            self.end(("pair", MOST), f"More than {MOST} pairs are not read: take the best.")
        for number, each in enumerate(value[:MOST]):
            pair = self.pair(("pair", number), number + 1, each)
            if pair is None:
                continue
            if (same := first.setdefault((pair.without, pair.with_), number + 1)) != number + 1:
                self.problems.append(Problem(*self.places.key(("pair", number)), f"Pair {same} is the same."))
            else:
                found.append(pair)
        if len(found) < FEWEST:
            some = "has none" if not found else "has one" if len(found) == 1 else f"has {len(found)}"
            self.end(
                ("pair",),
                f"A concept needs {FEWEST} good pairs at least, better {ENOUGH}; this one {some}.",
            )
        return tuple(found)

    def pair(self, path: Path, number: int, value: object) -> Pair | None:
        if not isinstance(value, dict):
            self.wrong(path, f"Pair {number} must be a table with `with` and `without`, not {shown(value)}.")
            return None
        self.known_keys(path, value, ("with", "without", "genre"))
        sides: dict[str, str] = {}
        for name in ("with", "without"):
            if name not in value:
                self.problems.append(Problem(*self.places.key(path), f"Pair {number} has no line {name} = “…”."))
            elif found := self.text((*path, name), value, None, LONGEST_SENTENCE):
                sides[name] = " ".join(found.split())
        if len(sides) < 2:
            return None
        if sides["with"] == sides["without"]:
            self.wrong((*path, "without"), f"Pair {number} has the same sentence on both sides.")
            return None
        return Pair(sides["without"], sides["with"], self.text((*path, "genre"), value, "") or "")

    def advice(self, pairs: Sequence[Pair]) -> tuple[Problem, ...]:
        if len(pairs) >= ENOUGH:
            return ()
        message = f"{len(pairs)} pairs give a rough reading; {ENOUGH} read better, and 40 well."
        return (Problem(*self.places.key(("pair", 0)), message),)

    def text(
        self, path: Path, table: dict[str, Any], default: str | None, longest: int = LONGEST_SENTENCE
    ) -> str | None:
        """A text that may be missing; `default` then, or when it cannot be used. Without a default it must not be empty."""
        name, value = str(path[-1]), table.get(str(path[-1]), default)
        if value is default:
            return default
        if not isinstance(value, str):
            self.wrong(path, f"`{name}` must be a text in quotation marks, not {shown(value)}.")
        elif default is None and not value.strip():
            self.wrong(path, f"`{name}` is empty.")
        elif len(value) > longest:
            self.wrong(path, f"`{name}` has more than {longest:,} characters: shorten it.")
        else:
            return value.strip()
        return default

    def known_keys(self, path: Path, table: dict[str, Any], known: tuple[str, ...]) -> None:
        for name in [name for name in table if name not in known][:MOST_UNKNOWN]:
            hint = meant(name, known) or f"There are: {', '.join(known)}."
            where = self.places.key((*path, name))
            self.problems.append(Problem(*where, f"There is no setting {shown(name)} here. {hint}"))

    def wrong(self, path: Path, message: str) -> None:
        self.problems.append(Problem(*self.places.value(path), message))

    def end(self, path: Path, message: str) -> None:
        """A problem without whose repair there is no concept."""
        self.wrong(path, message)
        self.fatal = True

    def missing(self, message: str) -> None:
        self.problems.append(Problem(0, 0, message))
        self.fatal = True


# Many files, and the wire --------------------------------------------------------------------------------------------


def slotted(concepts: Iterable[Concept]) -> tuple[Concept, ...]:
    """Concepts that name no family get the project's slots: first those that none has, then again from the first."""
    all_ = list(concepts)
    taken = {each.family for each in all_}
    free = [slot for slot in PROJECT_FAMILIES if slot not in taken] or list(PROJECT_FAMILIES)
    without = (each.id for each in all_ if not each.family)
    slots = {id_: free[number % len(free)] for number, id_ in enumerate(without)}
    return tuple(each._replace(family=each.family or slots[each.id]) for each in all_)


def to_json(concept: Concept) -> dict[str, Any]:
    """As the engine's process is told it."""
    return {**concept._asdict(), "pairs": [list(pair) for pair in concept.pairs]}


def from_json(raw: dict[str, Any]) -> Concept:
    """The other end of `to_json`."""
    return Concept(**{**raw, "pairs": tuple(Pair(*pair) for pair in raw["pairs"])})


# Writing one ---------------------------------------------------------------------------------------------------------

HEAD = """\
# A concept of your own: Prism finds in your sentences what the lines `with` have and the lines `without` lack.
# The best pairs say the same thing twice and differ in that alone. Change them, add some (eight are good to begin with),
# and save: the colours follow. docs/concepts.md tells more.
"""

CHOSEN = """\
# You did not say which sentences lack it, so the lines `without` are others of the same document, alike in length and in
# what else they have. Look at each: write it anew, or take it out, if it has the quality after all.
"""


def write(name: str, pairs: Iterable[tuple[str, str]], chosen: bool) -> str:
    """A concept's file of pairs (without, with). `chosen`: the sentences without were chosen by us."""
    parts = [HEAD + (CHOSEN if chosen else ""), f'name = {_quoted(name)}\ndescription = ""\n']
    parts += [f"[[pair]]\nwith = {_quoted(with_)}\nwithout = {_quoted(without)}\n" for without, with_ in pairs]
    return "\n".join(parts)


def _quoted(text: str) -> str:
    """A TOML basic string. JSON's escapes are TOML's, but for DEL, which JSON leaves as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def id_of(name: str) -> str:
    """An id from a name in a writer's words: "Stage direction!" is `stage-direction`. Empty if nothing is left of it."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST_NAME].rstrip("-")


def title(id_: str) -> str:
    """A name from an id: `stage-direction` is "Stage direction"."""
    return id_.replace("-", " ").strip().capitalize()
