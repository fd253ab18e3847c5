"""Write docs/settings.md from prism_lsp/settings.py.

    python scripts/docs.py [--check]

With `--check` nothing is written; the exit code is 1 when the file is not what would be written.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import json
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from prism_lsp import settings  # noqa: E402

TARGET = ROOT / "docs" / "settings.md"

HEAD = """\
# Settings

This page is written by `python scripts/docs.py` from `prism_lsp/settings.py`.

A client hands settings over as a JSON object, in three ways. Later ones stand above earlier ones, name by name:

1. `initializationOptions`: `{"prism": {"mode": "focus", "focus": "question"}}`, or the inner object alone.
2. The answer to `workspace/configuration` for the section `prism`, which the server asks for when it starts, if the client has
   the capability `workspace.configuration`.
3. `workspace/didChangeConfiguration`, with the settings or with `null`; then the server asks again. It asks to be told of
   changes if the client has the capability `workspace.didChangeConfiguration.dynamicRegistration`.

A name that is missing or `null` has its default. A value that cannot be used is told once, in one sentence, and has its
default. The names `server` and `trace` are left to the client. A changed `model`, `pack`, `threads` or `cacheSize` starts the engine
again.
"""


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


def page() -> str:
    """The whole page."""
    told = documentation()
    defaults = {field.name: field.default for field in dataclasses.fields(settings.Settings)}
    parts = [HEAD]
    for name, (field, wanted) in settings.names().items():
        value = json.dumps(defaults[field])
        parts.append(f"## `prism.{name}`\n\n{told[field]}\n\nValue: {wanted}. Default: `{value}`.\n")
    return "\n".join(parts)


def main() -> int:
    """Write or check the page."""
    text = page()
    if "--check" in sys.argv[1:]:
        return int(not TARGET.exists() or TARGET.read_text("utf-8") != text)
    TARGET.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
