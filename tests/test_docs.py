"""The pages and manifests that tell of settings agree with the program."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path

from prism_lsp import prose, settings
from prism_lsp.features import tokens

ROOT = Path(__file__).parent.parent
VSCODE = ROOT / "editors" / "vscode"

EDITORS_OWN = {"server.command", "trace.server"}
NOT_FOR_WRITERS = {"notifications"}
OTHER_DEFAULTS = {"languages", "disabled"}
"""VS Code has no language `text`, and a highlight of its own for the word under the cursor."""


def test_the_page_of_settings_is_what_the_program_says() -> None:
    check = subprocess.run([sys.executable, ROOT / "scripts" / "docs.py", "--check"], check=False)
    assert check.returncode == 0, "run `python scripts/docs.py`"


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
