"""The pages of settings, from `prism_lsp/settings.py` and the manifest of the VS Code client."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

from prism_lsp import settings

MANIFEST = Path(__file__).resolve().parent.parent / "editors" / "vscode" / "package.json"
MADE = "This page is written by `python scripts/docs.py` from `prism_lsp/settings.py`."

HEAD = f"""\
# Settings

{MADE}

A client hands settings over as a JSON object, in three ways. Later ones stand above earlier ones, name by name:

1. `initializationOptions`: `{{"prism": {{"mode": "focus", "focus": "question"}}}}`, or the inner object alone.
2. The answer to `workspace/configuration` for the section `prism`, which the server asks for when it starts, if the client has
   the capability `workspace.configuration`.
3. `workspace/didChangeConfiguration`, with the settings or with `null`; then the server asks again. It asks to be told of
   changes if the client has the capability `workspace.didChangeConfiguration.dynamicRegistration`.

A name that is missing or `null` has its default. A value that cannot be used is told once, in one sentence, and has its
default. The names `server`, `trace`, `install`, `show` and `scrollBar` are left to the client. A changed `model`, `pack`, `threads` or `cacheSize` starts the engine
again.

Each setting has a page of its own, with examples for the editors; [editors.md](editors.md) says where they go.

| setting | | value | default |
|---|---|---|---|
"""

AT_ONCE = "At once, when the client tells of it."
ENGINE = "At once: the engine starts again with it, and what is open is read anew."
START = "When the server starts: it is read in `initializationOptions` only."


class Told(NamedTuple):
    """What `settings.py` does not say about a setting."""

    example: Any
    """A value that a writer might give."""
    effect: str
    together: dict[str, Any] = {}  # noqa: RUF012
    """Settings that the example needs beside it."""


TOLD = {
    "model": Told("/home/ada/models/SmolLM2-135M-Instruct.Q4_1.gguf", ENGINE),
    "pack": Told("/home/ada/packs/my-pack", ENGINE),
    "threads": Told(2, ENGINE),
    "mode": Told(
        "focus",
        AT_ONCE + " The commands `prism.focus` and `prism.unfocus` change what is shown without changing the setting, "
        "until the setting itself is changed.",
        {"focus": "question"},
    ),
    "focus": Told("question", AT_ONCE + " It counts only with `mode` “focus”.", {"mode": "focus"}),
    "hidden": Told(["present-tense", "past-tense"], AT_ONCE),
    "languages": Told(
        ["markdown", "latex"],
        AT_ONCE
        + " Most editors have a list of their own of the documents that they tell the server of, and it is read when they "
        "start: a language has to be in both.",
    ),
    "maxFileSize": Told(500000, AT_ONCE),
    "cacheSize": Told(500, "At once: the engine starts again. What was read before stays, as far as there is room."),
    "candidates": Told(4, "With the next rewrite."),
    "notifications": Told(True, START),
    "commandLinks": Told(True, START),
    "inlayHints": Told("paragraphs", AT_ONCE + " The editor has to show inlay hints, too."),
    "disabled": Told(["documentHighlight"], START),
}


def documentation() -> dict[str, str]:
    """The text under each field of `Settings`."""
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(settings.Settings))).body
    assert isinstance(tree, ast.ClassDef)
    found, name = {}, ""
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name = node.target.id
        elif name and isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found[name] = " ".join(str(node.value.value).split())
    return found


def pages() -> dict[str, str]:
    """Path from the root -> text: the index, and a page for each setting."""
    told = documentation()
    defaults = {field.name: field.default for field in dataclasses.fields(settings.Settings)}
    manifest = json.loads(MANIFEST.read_text("utf-8"))
    in_vscode = manifest["contributes"]["configuration"]["properties"]
    assert TOLD.keys() == settings.names().keys(), "scripts/setting_pages.py: TOLD has to tell of every setting"
    index, found = [HEAD], {}
    for name, (field, wanted) in settings.names().items():
        default = json.dumps(defaults[field])
        index.append(f"| [`prism.{name}`](settings/{name}.md) | {told[field]} | {wanted} | `{default}` |\n")
        found[f"docs/settings/{name}.md"] = _page(name, told[field], wanted, default, in_vscode.get(f"prism.{name}"))
    return {"docs/settings.md": "".join(index), **found}


def _page(name: str, text: str, wanted: str, default: str, vscode: dict[str, Any] | None) -> str:
    told = TOLD[name]
    values = {name: told.example, **told.together}
    problems = settings.from_json(values)[1]
    assert not problems, f"scripts/setting_pages.py: the example for {name} is wrong: {problems}"
    return f"""\
# `prism.{name}`

{text}

* **Value:** {wanted}.
* **Default:** `{default}`.{_other_default(default, vscode)}
* **Takes effect:** {told.effect}

## VS Code

{_vscode(values, vscode)}
## Neovim

```lua
vim.lsp.config('prism', {{
  settings = {{ prism = {_lua(values)} }},
}})
```

## Helix

In `languages.toml`; Helix tells it when the server starts, so `:lsp-restart` after a change.

```toml
[language-server.prism.config]
prism = {_toml(values)}
```

## Any other editor

In `initializationOptions`, or wherever the editor keeps a server's settings ([editors.md](../editors.md)):

```json
{json.dumps({"prism": values})}
```

[Every setting](../settings.md). {MADE}
"""


def _other_default(default: str, vscode: dict[str, Any] | None) -> str:
    """A sentence where VS Code begins with another value than the server."""
    if vscode is None or json.dumps(vscode["default"]) == default:
        return ""
    return f" In VS Code: `{json.dumps(vscode['default'])}`."


def _vscode(values: dict[str, Any], vscode: dict[str, Any] | None) -> str:
    if vscode is None:
        return "The extension sets it itself; there is nothing to set.\n"
    lines = ",\n".join(f'  "prism.{name}": {json.dumps(value)}' for name, value in values.items())
    return f"In `settings.json`:\n\n```json\n{{\n{lines}\n}}\n```\n"


def _lua(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_lua(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list):
        return "{ " + ", ".join(map(_lua, value)) + " }"
    return f"'{value}'" if isinstance(value, str) else json.dumps(value)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml(each)}" for name, each in value.items()) + " }"
    return json.dumps(value)
