"""A project's own concepts in Neovim."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from neovim import Neovim

PAGE = """\
The mizzen was white.

The mizzen was red.

The mizzen was blue.

It rained all day. She was not well. He was late.
"""


def test_a_concept_is_made_of_selected_lines_and_colours_once_it_is_saved(
    start: Callable[..., Neovim], tmp_path: Path
) -> None:
    nvim = start()
    book = tmp_path / "book"
    (book / ".prism").mkdir(parents=True)
    nvim.edit(book / "page.md", PAGE)
    page = nvim.vim.current.buffer.number
    nvim.vim.command("1,5PrismNewConcept Mizzen")
    nvim.until(lambda: nvim.vim.current.buffer.name.endswith("/.prism/concepts/mizzen.toml"), what="the file")
    lines = nvim.vim.current.buffer[:]
    assert 'with = "The mizzen was blue."' in lines and 'without = "He was late."' in lines
    nvim.vim.command("silent write")
    nvim.vim.command(f"silent buffer {page}")
    nvim.until(lambda: nvim.lua("return require('prism').complete('miz')") == ["mizzen"], what="the feature")
    nvim.until(lambda: nvim.colour("The mizzen was red.") == "prismProject1.l4", what="the colour")
