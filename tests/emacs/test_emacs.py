"""Real Emacs, with the configurations of docs/editors.md as they stand there, and an engine that needs no model.

Debian's `emacs-nox elpa-eglot elpa-lsp-mode elpa-markdown-mode`; what is missing is passed over.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from client import FAKE_ENGINE
from markdown_it import MarkdownIt

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
EMACS = shutil.which("emacs")

TEXT = "# Why?\n\nIt was not so. A dog ran home.\n\nThe door was opened by me! Is it so?\n"
RULES = '[rules]\nexclamation = "off"\n'


def configuration(heading: str) -> str:
    """The Lisp under a heading of docs/editors.md."""
    found, inside = [], False
    tokens = MarkdownIt().parse((ROOT / "docs" / "editors.md").read_text("utf-8"))
    for token, after in zip(tokens, [*tokens[1:], None], strict=True):
        if token.type == "heading_open" and after:
            inside = after.content == heading
        elif inside and token.type == "fence" and token.info == "elisp":
            found.append(token.content)
    assert found, f"docs/editors.md has no Lisp under {heading}"
    return "\n".join(found)


def session(package: str, folder: Path) -> dict[str, Any]:
    """What a session in Emacs found. Skips the test where Emacs or the package is missing."""
    needed = f"(mapc #'require '(markdown-mode {package}))"
    common = HERE / "common.el"
    batch = [EMACS or "", "-Q", "--batch"]
    if EMACS is None or subprocess.run([*batch, "-l", common, "--eval", needed], capture_output=True).returncode:
        pytest.skip(f"needs Emacs with markdown-mode and {package}")
    project, home, programs = folder / "project", folder / "home", folder / "bin"
    for each in (project / ".git", home, programs):
        each.mkdir(parents=True)
    (project / "chapter.md").write_text(TEXT, "utf-8")
    (project / "prism.toml").write_text(RULES, "utf-8")
    setting = folder / "configuration.el"
    setting.write_text(configuration(f"Emacs with {package}"), "utf-8")
    program = programs / "prism-lsp"
    engine = f'"{sys.executable}" "{FAKE_ENGINE}"'
    program.write_text(f"#!/bin/sh\nexec '{sys.executable}' -m prism_lsp serve --engine-command '{engine}'\n", "utf-8")
    program.chmod(0o755)
    environment = {
        **os.environ,
        "HOME": str(home),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "PRISM_CONFIGURATION": str(setting),
    }
    command = [*batch, "-l", HERE / f"{package}.el", project / "chapter.md"]
    done = subprocess.run(command, env=environment, cwd=project, capture_output=True, text=True, timeout=180)
    lines = [line for line in done.stdout.splitlines() if line.startswith("FOUND ")]
    assert lines, f"Emacs ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    found: dict[str, Any] = json.loads(lines[-1].removeprefix("FOUND "))
    return found


@pytest.fixture(scope="module")
def eglot(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return session("eglot", tmp_path_factory.mktemp("eglot"))


@pytest.fixture(scope="module")
def lsp_mode(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return session("lsp-mode", tmp_path_factory.mktemp("lsp-mode"))


@pytest.mark.parametrize("package", ["eglot", "lsp_mode"])
def test_a_writers_session(package: str, request: pytest.FixtureRequest) -> None:
    found = request.getfixturevalue(package)
    assert "**Negation**" in found["hover"]
    assert "Make this a question" in found["titles"]
    assert found["text"] == TEXT.replace("It was not so.", "It was so.")
    assert any("Exclamation: off in this project." in mark for mark in found["marks"])


def test_lsp_mode_colours_sentences_and_focuses(lsp_mode: dict[str, Any]) -> None:
    assert "prismLogic-face" in lsp_mode["colour"]
    assert "prism-strong-face" in lsp_mode["strong"]
    assert lsp_mode["focus"] == "question"
