"""Finding the way in Neovim: hints, references, outline, search, spectrum; with an engine that needs no model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from neovim import Neovim

PAGE = "# 🐋 Talk\n\nWhere to 🐋? Who\nelse then? What for?\n\n## Walk\n\nThe whale. The é is it?\n"


@pytest.fixture
def page(start: Callable[..., Neovim], tmp_path: Path) -> Neovim:
    nvim = start(settings={"inlayHints": "paragraphs"})
    nvim.edit(tmp_path / "page.md", PAGE)
    nvim.until(lambda: nvim.colour("Where to") and nvim.colour("The é"), what="colour")
    return nvim


def quickfix(nvim: Neovim, command: str) -> list[dict[str, Any]]:
    """Run a command of `vim.lsp.buf` that fills the quickfix or location list; its entries, with the text they select."""
    nvim.lua(f"_G.list = nil; {command}")
    code = """
      if not _G.list then return nil end
      return vim.tbl_map(function(item)
        local lines = vim.api.nvim_buf_get_text(
          vim.fn.bufadd(item.filename), item.lnum - 1, item.col - 1, item.end_lnum - 1, item.end_col - 1, {})
        return { text = item.text, selects = table.concat(lines, '\\n') }
      end, _G.list.items)"""
    found: list[dict[str, Any]] = nvim.until(lambda: nvim.lua(code), what=command)
    return found


def test_paragraphs_are_signed(page: Neovim) -> None:
    page.lua("vim.lsp.inlay_hint.enable()")
    code = "return vim.tbl_map(function(each) return { each.inlay_hint.label, each.inlay_hint.position.line } end, vim.lsp.inlay_hint.get())"
    assert page.until(lambda: page.lua(code), what="hints")[0] == ["█ question", 3]


def test_the_sentences_most_like_this_one(page: Neovim) -> None:
    page.go("Where to")
    found = quickfix(
        page, "vim.lsp.buf.references({ includeDeclaration = false }, { on_list = function(l) _G.list = l end })"
    )
    assert sorted(each["selects"] for each in found) == ["What for?", "Who\nelse then?"]


def test_a_features_sentences_in_the_workspace(page: Neovim) -> None:
    found = quickfix(page, "vim.lsp.buf.workspace_symbol('#question', { on_list = function(l) _G.list = l end })")
    texts = [each["text"] for each in found]
    assert len(texts) == 4 and any("#question Where to 🐋?" in text for text in texts)


def test_the_outline(page: Neovim) -> None:
    found = quickfix(page, "vim.lsp.buf.document_symbol({ on_list = function(l) _G.list = l end })")
    assert ["🐋 Talk" in found[0]["text"], "Walk" in found[1]["text"]] == [True, True]


def test_lua_can_read_the_spectrum(page: Neovim) -> None:
    code = """
      local client = vim.lsp.get_clients({ name = 'prism', bufnr = 0 })[1]
      local params = { textDocument = vim.lsp.util.make_text_document_params(), features = { 'question' }, wait = true }
      local answer = client:request_sync('prism/spectrum', params, 10000, 0).result
      return { vim.base64.decode(answer.activations):byte(1, -1) }"""
    assert page.lua(code) == [0, 127, 127, 127, 0, 0, 127]
