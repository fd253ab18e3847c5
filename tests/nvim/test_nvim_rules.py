"""A project's rules in Neovim: marks, their quick fix, and the rule file itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from neovim import Neovim

RULES = '[rules]\nquestion = "off"\n'
PAGE = "# 🐋 Loomings\n\n🐋 The whale is white. Was it so?\n"


def marks(nvim: Neovim) -> list[tuple[str, str]]:
    """The text under each diagnostic, and its message."""
    code = """
      return vim.tbl_map(function(d)
        local text = vim.api.nvim_buf_get_text(0, d.lnum, d.col, d.end_lnum, d.end_col, {})
        return { table.concat(text, '\\n'), d.message }
      end, vim.diagnostic.get(0))"""
    return [tuple(mark) for mark in nvim.lua(code)]


@pytest.fixture
def book(nvim: Neovim, tmp_path: Path) -> Path:
    """A project with a rule."""
    (tmp_path / "prism.toml").write_text(RULES)
    return tmp_path


def test_what_breaks_a_rule_is_marked_and_its_quick_fix_comes_first(nvim: Neovim, book: Path) -> None:
    nvim.edit(book / "page.md", PAGE)
    nvim.until(lambda: marks(nvim) == [("Was it so?", "Question: off in this project.")], what="the mark")
    titles = nvim.menu("Was it", "Make this a statement")
    assert titles[0] == "Make this a statement" and titles.count("Make this a statement") == 1
    nvim.until(lambda: "Was it so." in nvim.text(), what="the rewrite")
    nvim.until(lambda: marks(nvim) == [], what="the end of the mark")


def test_rules_hold_from_when_they_are_saved(nvim: Neovim, book: Path) -> None:
    nvim.edit(book / "page.md", PAGE)
    nvim.until(lambda: marks(nvim), what="the mark")
    page = nvim.vim.current.buffer.number
    nvim.edit(book / "prism.toml")
    nvim.vim.current.buffer[1] = 'present-tense = "off"'
    nvim.vim.command("silent write")
    nvim.vim.command(f"silent buffer {page}")
    nvim.until(lambda: [text for text, _ in marks(nvim)] == ["🐋 The whale is white."], what="the new mark")


def test_the_rule_file_is_checked_completed_and_explained_and_is_no_prose(nvim: Neovim, book: Path) -> None:
    nvim.edit(book / "prism.toml", '# Was it so?\n[rules]\nquestoin = "off"\n')
    expected = [("questoin", "There is no feature “questoin”. Did you mean question?")]
    nvim.until(lambda: marks(nvim) == expected, what="the problem")
    assert nvim.tokens() == []
    nvim.vim.current.buffer[2] = 'question = "off"'
    nvim.until(lambda: marks(nvim) == [], what="the end of the problem")
    assert "The sentence asks something." in nvim.hover("question")
    nvim.vim.current.buffer.append("neg")
    nvim.vim.command("normal! G$")
    nvim.lua("vim.bo.completeopt = 'menuone,noinsert'")
    nvim.type("A<C-x><C-o>")
    found = nvim.until(lambda: nvim.lua("return vim.fn.complete_info({'items'}).items"), what="the completion")
    assert [item["abbr"] for item in found] == ["negation"]
    nvim.type("<C-e><Esc>")


def test_other_toml_files_are_left_alone(nvim: Neovim, book: Path) -> None:
    nvim.edit(book / "page.md", PAGE)
    (book / "Cargo.toml").write_text("x = 1\n")
    nvim.vim.command(f"edit {book / 'Cargo.toml'}")
    assert nvim.vim.current.buffer.options["filetype"] == "toml"
    assert not nvim.attached()
