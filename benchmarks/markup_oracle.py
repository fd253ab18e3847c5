"""What stands on the page of a document with markup: its passages of prose, word by word.

As pandoc understands the document; of reStructuredText docutils (`markup_docutils.py`), and AsciiDoc goes to pandoc through
Asciidoctor, as DocBook.
"""

from __future__ import annotations

import functools
import json
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import platformdirs

from benchmarks import markup_docutils
from prism_lsp.blocks import urls
from prism_lsp.markup.inline import LONGEST_CODE

FORMATS = {
    "asciidoc": "docbook",
    "latex": "latex",
    "markdown": "commonmark_x-smart+wikilinks_title_after_pipe+yaml_metadata_block",
    "org": "org-smart",
}
"""What pandoc calls them."""

TIMEOUT = 60
"""Seconds that a document may take."""
_ASCIIDOCTOR = """
import {convert} from '@asciidoctor/core'
import fs from 'node:fs'
const options = {safe: 'secure', backend: 'docbook5', standalone: true}
process.stdout.write(await convert(fs.readFileSync(0, 'utf8'), options))
"""

_KNOWN = re.compile(r"\\(?:emph|text\w\w)\{([^{}]*)\}")
_KEY = re.compile(r"\\[A-Za-z@]+\{[^{}\s]*\}")
_COMMENT = re.compile(r"(?<!\\)%[^\n]*\n?")
_GROUP = re.compile(r"\{([^{}]*)\}")
_MACRO = re.compile(r"\\[A-Za-z@]+")
_WORD = re.compile(r"[^\W_]+")
Node = Any
"""A piece of pandoc's tree: an object with `t` and `c`, or a list of them."""


class Passage(NamedTuple):
    """The words of a paragraph, heading, list item or cell."""

    all: tuple[str, ...]
    must: tuple[bool, ...]
    """Whether it is prose. Short code may be read or not."""

    @classmethod
    def of(cls, parts: Sequence[tuple[str, bool]]) -> Passage:
        """From stretches of text, and whether each is prose. Addresses are left out."""
        text = "".join(part for part, _ in parts)
        flags = [must for part, must in parts for _ in part]
        for start, end in urls(text):
            text = text[:start] + " " * (end - start) + text[end:]
        found = [(each, flags[match.start()]) for match in _WORD.finditer(text) for each in spoken(match[0])]
        return cls(tuple(word for word, _ in found), tuple(must for _, must in found))


def spoken(text: str) -> tuple[str, ...]:
    """The words of a text, without addresses."""
    for start, end in reversed(urls(text)):
        text = f"{text[:start]} {text[end:]}"
    return tuple(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


@functools.cache
def pandoc() -> str:
    """Where pandoc is. Raises SystemExit when it is not here."""
    found = shutil.which("pandoc")
    try:
        import pypandoc

        found = pypandoc.get_pandoc_path()
    except (ImportError, OSError):
        pass
    if not found:
        raise SystemExit("pandoc is needed and was not found: `pip install pypandoc_binary`.")
    return str(found)


def version() -> str:
    """`pandoc 3.9`."""
    done = subprocess.run([pandoc(), "--version"], capture_output=True, text=True, check=True)
    return done.stdout.split("\n")[0]


def passages(text: str, language: str) -> Iterator[Passage]:
    """The passages of a document. Notes are passages of their own. Raises RuntimeError if it cannot be read."""
    if language == "restructuredtext":
        found = list(markup_docutils.shown(text))
    else:
        if language == "asciidoc":
            command = ["node", "--input-type=module", "--eval", _ASCIIDOCTOR]
            text = _output(command, text, _asciidoctor())
        arguments = ["--from", FORMATS[language], "--to", "json", "--sandbox", "--quiet"]
        tree = json.loads(_output([pandoc(), *arguments], text))
        walk = _Walk(language)
        if language == "asciidoc" and (title := tree["meta"].get("title")):
            walk.passage(title["c"])
        if language == "latex" and (title := tree["meta"].get("title")):
            walk.passage(title["c"])
        if language == "latex" and (abstract := tree["meta"].get("abstract")):
            walk.blocks(abstract["c"])
        walk.blocks(tree["blocks"])
        found = walk.found
        if language == "latex":
            arguments[1] = "latex+raw_tex"
            raw = json.loads(_output([pandoc(), *arguments], text))
            found += [[(argument, False)] for argument in _unknown(raw["blocks"])]
    yield from (passage for passage in map(Passage.of, found) if passage.all)


def _unknown(node: Node) -> Iterator[str]:
    """Arguments of the macros that pandoc does not know, and drops: the page may show them."""
    if isinstance(node, dict) and node.get("t") in ("RawInline", "RawBlock"):
        plain = _KEY.sub(" ", _KNOWN.sub(r"\1", _COMMENT.sub("", node["c"][1])))
        yield from (_MACRO.sub(" ", group) for group in _GROUP.findall(plain) if len(group.split()) > 2)
    elif isinstance(node, (dict, list)):
        for each in node.values() if isinstance(node, dict) else node:
            yield from _unknown(each)


def _output(command: Sequence[str], text: str, folder: Path | None = None) -> str:
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command, input=text, cwd=folder, capture_output=True, text=True, check=False, timeout=TIMEOUT
        )
    except subprocess.TimeoutExpired as error:
        raise RuntimeError(f"{name}: no answer in time") from error
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr.strip()}")
    return done.stdout


@functools.cache
def _asciidoctor() -> Path:
    """A folder in which node finds Asciidoctor, which is fetched once."""
    folder = platformdirs.user_cache_path("prism-lsp") / "markup" / "asciidoctor"
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        _output(["npm", "install", "--silent", "--prefix", str(folder), "@asciidoctor/core@4"], "")
    return folder


class _Walk:
    def __init__(self, language: str) -> None:
        self.language = language
        self.found: list[list[tuple[str, bool]]] = []

    def blocks(self, nodes: Sequence[Node]) -> None:
        for node in nodes:
            self.block(node["t"], node.get("c"))

    def block(self, kind: str, content: Node) -> None:
        if kind in ("Para", "Plain"):
            self.passage(content)
        elif kind == "Header":
            self.passage(content[2])
        elif kind == "LineBlock":
            self.passage([each for line in content for each in (*line, {"t": "Space"})])
        elif kind == "BlockQuote":
            self.blocks(content)
        elif kind == "BulletList":
            for item in content:
                self.blocks(item)
        elif kind == "OrderedList":
            for item in content[1]:
                self.blocks(item)
        elif kind == "DefinitionList":
            for term, definitions in content:
                self.passage(term)
                for each in definitions:
                    self.blocks(each)
        elif kind == "Div" and not (self.language == "latex" and NOT_PROSE & set(content[0][1])):
            self.div(content[0][1], content[1])
        elif kind == "Figure":
            self.blocks(content[1][1])
            self.blocks(content[2])
        elif kind == "Table" and self.language != "latex":  # left out by design
            self.table(content)

    def div(self, classes: Sequence[str], nodes: Sequence[Node]) -> None:
        """A box. The titles of admonitions are pandoc's own words."""
        if not ("title" in classes and self.language == "asciidoc" and _said(nodes) in ADMONITIONS):
            self.blocks(nodes)

    def table(self, content: Node) -> None:
        _, caption, _, head, bodies, foot = content
        self.blocks(caption[1])
        for rows in (head[1], *(part for body in bodies for part in body[2:]), foot[1]):
            for row in rows:
                for cell in row[1]:
                    self.blocks(cell[4])

    def passage(self, nodes: Sequence[Node]) -> None:
        """What is shown of inline nodes."""
        parts: list[tuple[str, bool]] = []
        self.inline(nodes, parts)
        self.found.append(parts)

    def inline(self, nodes: Sequence[Node], parts: list[tuple[str, bool]]) -> None:
        for node in nodes:
            kind, content = node["t"], node.get("c")
            if kind == "Str":
                parts.append((content, True))
            elif kind in ("Space", "SoftBreak", "LineBreak"):
                parts.append((" ", True))
            elif kind in ("Emph", "Strong", "Strikeout", "Superscript", "Subscript", "SmallCaps", "Underline"):
                self.inline(content, parts)
            elif kind == "Quoted":
                parts.append(("“", True))
                self.inline(content[1], parts)
                parts.append(("”", True))
            elif kind == "Span":
                self.span(content, parts)
            elif kind == "Link":
                self.link(content, parts)
            elif kind in ("Code", "Math"):
                self.code(content, parts)
            elif kind == "Note":
                self.blocks(content)

    def span(self, content: Node, parts: list[tuple[str, bool]]) -> None:
        if "kbd" in content[0][1]:
            inner: list[tuple[str, bool]] = []
            self.inline(content[1], inner)
            parts.append(("".join(part for part, _ in inner), False))
        else:
            self.inline(content[1], parts)

    def link(self, content: Node, parts: list[tuple[str, bool]]) -> None:
        inner: list[tuple[str, bool]] = []
        self.inline(content[1], inner)
        text = "".join(part for part, _ in inner)
        target = content[2][0]
        if text == target or f"mailto:{text}" == target:
            return
        parts += inner

    def code(self, content: Node, parts: list[tuple[str, bool]]) -> None:
        text: str = content[1]
        if len(text) <= LONGEST_CODE:
            parts.append((text, False))


def _said(nodes: Sequence[Node]) -> str:
    """The text of the first paragraph."""
    return "".join(str(each.get("c", " ")) for each in nodes[0]["c"]) if nodes else ""


NOT_PROSE = {"thebibliography", "picture"}
"""Environments of LaTeX that are left out by design: lists of references, and drawings, of which pandoc shows the coordinates."""
ADMONITIONS = ("Note", "Tip", "Important", "Warning", "Caution")
