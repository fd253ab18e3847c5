"""The pages and manifests agree with the program, and the pages with each other."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from prism_lsp import prose, settings
from prism_lsp.features import tokens

ROOT = Path(__file__).parent.parent
VSCODE = ROOT / "editors" / "vscode"

EDITORS_OWN = {
    "server.command", "install.source", "install.python", "trace.server", "scrollBar.features",
    *(f"show.{layer}" for layer in ("text", "heatMap", "scrollBar", "gutter", "badges")),
}  # fmt: skip
NOT_FOR_WRITERS = {"notifications", "commandLinks"}
OTHER_DEFAULTS = {"languages", "disabled"}
"""VS Code has no language `text`, and a highlight of its own for the word under the cursor."""


def test_the_pages_made_from_the_sources_are_what_the_sources_say() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "docs.py"), "--check"]
    check = subprocess.run(command, check=False, capture_output=True, text=True)
    assert check.returncode == 0, f"run `python scripts/docs.py`; out of date: {check.stdout.split()} {check.stderr}"


def test_vs_code_has_every_setting_with_the_same_default() -> None:
    manifest = json.loads((VSCODE / "package.json").read_text("utf-8"))
    properties = manifest["contributes"]["configuration"]["properties"]
    declared = {name.removeprefix("prism."): value["default"] for name, value in properties.items()}
    fields = {name: field for name, (field, _) in settings.names().items()}
    assert declared.keys() - EDITORS_OWN == fields.keys() - NOT_FOR_WRITERS
    defaults = json.loads(json.dumps(dataclasses.asdict(settings.Settings())))
    for name in declared.keys() - EDITORS_OWN - OTHER_DEFAULTS:
        assert declared[name] == defaults[fields[name]], name
    parsed, problems = settings.from_json({name: declared[name] for name in declared.keys() - EDITORS_OWN})
    assert problems == []
    assert set(parsed.languages) <= set(settings.Settings().languages)


def test_editors_start_the_server_for_every_format_that_has_a_reader() -> None:
    """VS Code and Neovim have names of their own for some of them."""
    manifest = json.loads((VSCODE / "package.json").read_text("utf-8"))
    read = set(settings.Settings().languages)
    assert prose.LANGUAGES.keys() <= read
    code = set(manifest["contributes"]["configuration"]["properties"]["prism.languages"]["default"])
    assert code == read - {"text", "rst", "plaintex"}
    filetypes = re.search(r"filetypes = \{([^}]*)\}", (ROOT / "editors/nvim/lsp/prism.lua").read_text("utf-8"))
    assert filetypes is not None
    assert set(re.findall(r"'(\w+)'", filetypes[1])) == read - {"plaintext", "latex", "restructuredtext"} | {"toml"}


def test_vs_code_offers_the_values_that_the_server_takes() -> None:
    manifest = json.loads((VSCODE / "package.json").read_text("utf-8"))
    properties = manifest["contributes"]["configuration"]["properties"]
    assert properties["prism.mode"]["enum"] == list(settings.MODES)
    assert properties["prism.inlayHints"]["enum"] == list(settings.HINTS)
    assert properties["prism.disabled"]["items"]["enum"] == list(settings.METHODS)


def test_the_contract_of_the_vs_code_client_is_the_servers() -> None:
    contract = json.loads((VSCODE / "test" / "contract.json").read_text("utf-8"))
    assert contract["settings"].keys() == settings.names().keys() - NOT_FOR_WRITERS
    assert contract["tokenTypes"] == tokens.LEGEND.token_types
    assert contract["tokenModifiers"] == tokens.LEGEND.token_modifiers


def markdown_files() -> list[Path]:
    """Every Markdown file of the repository, without what was installed or built."""
    files = (file.relative_to(ROOT) for file in ROOT.rglob("*.md"))
    return sorted(f for f in files if not any(part == "node_modules" or part.startswith(".") for part in f.parts))


@cache
def tokens_of(file: Path) -> list[Token]:
    return MarkdownIt("commonmark").enable("table").parse(file.read_text("utf-8"))


def links(file: Path) -> Iterator[str]:
    """What the links and pictures of a file point to."""
    for token in tokens_of(file):
        for child in token.children or ():
            target = child.attrGet("href") or child.attrGet("src")
            if target:
                yield unquote(str(target))


@cache
def anchors(file: Path) -> set[str]:
    """The anchors that GitHub gives a file's headings."""
    names: list[str] = []
    for opening, inline in itertools.pairwise(tokens_of(file)):
        if opening.type == "heading_open":
            text = "".join(child.content for child in inline.children or ())
            names.append(re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-"))
    return {name if not (n := names[:i].count(name)) else f"{name}-{n}" for i, name in enumerate(names)}


def wrong(file: Path, target: str) -> bool:
    """Whether a relative link leads nowhere."""
    if urlsplit(target).scheme:
        return False
    path, _, anchor = target.partition("#")
    there = (file.parent / path).resolve() if path else file
    if not there.exists() or not there.is_relative_to(ROOT):
        return True
    return bool(anchor) and (there.suffix != ".md" or anchor not in anchors(there))


def test_relative_links_lead_somewhere() -> None:
    found = {name.as_posix(): [t for t in links(ROOT / name) if wrong(ROOT / name, t)] for name in markdown_files()}
    assert {name: targets for name, targets in found.items() if targets} == {}


@pytest.mark.parametrize(
    ("target", "broken"),
    [
        ("cli.md", False),
        ("cli.md#check", False),
        ("https://example.org/nothing.md", False),
        ("nothing.md", True),
        ("cli.md#nothing", True),
        ("../../outside.md", True),
    ],
)
def test_a_link_that_leads_nowhere_is_noticed(target: str, broken: bool) -> None:
    assert wrong(ROOT / "docs" / "rules.md", target) is broken


def test_configurations_for_the_editors_can_be_parsed() -> None:
    parsers = {"json": json.loads, "toml": tomllib.loads}
    for file in (ROOT / "docs" / "editors.md", *(ROOT / "docs" / "settings").glob("*.md")):
        for token in tokens_of(file):
            if token.type == "fence" and token.info in parsers:
                parsers[token.info](token.content)
