"""Neovim, the plugin and the server, with an engine that needs no model."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from neovim import Neovim, kill_engine

Start = Callable[..., Neovim]

PAGE = """---
title: Who was Ishmael?
---

# Loomings

Where to, old ship? The whale, white as snow.

> "Call me Ishmael," said he.

```text
Was it not I? "No!"
```

It was not 🐋 the *whale*. Why
should he ask?
"""


def show_page(nvim: Neovim, folder: Path) -> Neovim:
    nvim.edit(folder / "page.md", PAGE)
    nvim.until(lambda: nvim.colour("Where to") and nvim.colour("should he"), what="colour")
    return nvim


@pytest.fixture
def page(nvim: Neovim, tmp_path: Path) -> Neovim:
    return show_page(nvim, tmp_path)


def test_the_plugin_needs_no_setup(page: Neovim) -> None:
    assert page.vim.current.buffer.options["filetype"] == "markdown"
    assert page.colour("Where to") == "prismSentence.l2"
    assert page.notified == []


def test_tokens_stand_on_the_right_columns(page: Neovim) -> None:
    row, column = page.find("Where to")
    assert column == 0
    last = len("Where to, old ship?") - 1
    for place in (0, last // 2, last):
        assert page.group(row, place) == "@lsp.typemod.prismSentence.l2.markdown"
    assert page.group(row, last + 1) is None
    assert page.group(row, last + 2) is None, "nothing stands out there"
    row, column = page.find("It was not")
    lines = page.vim.current.buffer[:]
    whale = len("It was not 🐋 the *whale*.".encode())
    assert lines[row].encode()[whale:] == b" Why"
    assert page.group(row, 0) == page.group(row, whale - 1) == "@lsp.typemod.prismLogic.l3.markdown"
    assert page.group(row, whale) is None
    assert page.group(row, whale + 1) == page.group(row + 1, 0) == "@lsp.typemod.prismSentence.l2.markdown"


def test_only_prose_is_coloured(page: Neovim) -> None:
    for words in ("title: Who", "---", "```text", "Was it not I", '"No!"'):
        assert page.colour(words) is None, words
    row, column = page.find("> ")
    assert page.group(row, column) is None
    assert page.colour('"Call me').startswith("prismNarration.")


def test_hover_explains_the_sentence(page: Neovim) -> None:
    text = page.hover("Where to")
    assert "Question" in text
    assert "█" in text and "“?”" in text
    assert "The sentence asks something." in text


def test_an_action_changes_the_buffer(page: Neovim) -> None:
    titles = page.menu("The whale", choose="Make this a question")
    assert "Negate this" in titles and "Make this a statement" not in titles
    page.until(lambda: "Is it so that the whale, white as snow?" in page.text(), what="the rewrite")
    assert page.text() == PAGE.replace("The whale, white as snow.", "Is it so that the whale, white as snow?")
    page.until(lambda: page.colour("Is it so") == "prismSentence.l2", what="the new colour")
    assert "Another variation" in page.menu("Is it so")
    page.vim.command("undo")
    assert page.text() == PAGE


def test_an_action_on_a_sentence_over_two_lines_keeps_the_break(page: Neovim) -> None:
    page.menu("should he", choose="Make this a statement")
    page.until(lambda: page.text() == PAGE.replace("ask?", "ask."), what="the rewrite")


def test_a_sentence_changed_meanwhile_is_left_alone(start: Start, tmp_path: Path) -> None:
    nvim = start(environment={"FAKE_ENGINE_DELAY": "0.2"})
    nvim.edit(tmp_path / "page.txt", "The whale is white.\n")
    nvim.until(lambda: nvim.colour("The whale"), what="colour")
    nvim.menu("The whale", choose="Make this a question")
    nvim.type("A The end.<Esc>0xiS<Esc>")
    nvim.until(lambda: any("has changed since" in message for message in nvim.notified), what="the refusal")
    assert nvim.text() == "She whale is white. The end.\n"


def test_an_action_waits_for_a_writer_who_types_elsewhere(start: Start, tmp_path: Path) -> None:
    nvim = start(environment={"FAKE_ENGINE_DELAY": "0.2"})
    nvim.edit(tmp_path / "page.txt", "Now then. The whale, white as snow. So it goes.\n")
    nvim.until(lambda: nvim.colour("So it goes"), what="colour")
    nvim.menu("The whale", choose="Make this a question")
    nvim.type("ggOA 🐋 line before.<Esc>Go<CR>And one behind.<Esc>")
    expected = "A 🐋 line before.\nNow then. Is it so that the whale, white as snow? So it goes.\n\nAnd one behind.\n"
    nvim.until(lambda: nvim.text() == expected, what="the rewrite")
    assert nvim.server_text() == expected
    assert nvim.notified == []


def test_a_rewrite_shows_that_it_goes_on(start: Start, tmp_path: Path) -> None:
    nvim = start(environment={"FAKE_ENGINE_DELAY": "0.4"})
    nvim.edit(tmp_path / "page.txt", "Now then. The whale, white as snow.\n")
    nvim.until(lambda: nvim.colour("Now then") is None and nvim.server_text(), what="the server")
    bottom = "return vim.trim(vim.fn.join(vim.fn.map(vim.fn.range(1, 60), 'screenstring(&lines, v:val)'), ''))"
    nvim.menu("The whale", choose="Make this a question")
    nvim.until(lambda: nvim.lua(bottom) == "Make this a question …", what="the progress")
    nvim.until(lambda: "Is it so" in nvim.text() and nvim.lua(bottom) == "", what="the end of it")


def test_focus_and_unfocus(page: Neovim) -> None:
    page.vim.command("PrismFocus negation")
    page.until(lambda: page.colour("It was not") == "prismLogic.l4", what="the heat map")
    assert page.colour("Where to") is None
    assert page.lua("return require('prism').status()") == "negation"
    page.vim.command("PrismUnfocus")
    page.until(lambda: page.colour("Where to") == "prismSentence.l2", what="all colours")
    assert page.lua("return require('prism').status()") == ""


def test_focus_asks_which_feature(page: Neovim) -> None:
    page.lua("""
      vim.ui.select = function(items, options, done)
        _G.items = vim.tbl_map(options.format_item, items)
        done(items[6])
      end""")
    page.vim.command("PrismFocus")
    page.until(lambda: page.colour("It was not") == "prismLogic.l4", what="the heat map")
    assert page.lua("return _G.items")[:2] == ["Question (sentence)", "Exclamation (sentence)"]


def test_focus_completes_and_refuses(page: Neovim) -> None:
    assert page.vim.funcs.getcompletion("PrismFocus p", "cmdline") == ["past-tense", "present-tense", "passive"]
    page.vim.command("PrismFocus negatoin")
    page.until(lambda: page.notified, what="a message")
    assert page.notified == ["There is no feature “negatoin”. There is: negation."]


def test_commands_without_a_server_say_so(start: Start) -> None:
    nvim = start()
    nvim.vim.command("PrismUnfocus")
    assert "vim.lsp.enable('prism')" in nvim.notified[0]


def test_the_legend_names_what_the_pack_has(page: Neovim) -> None:
    page.vim.command("PrismLegend")
    code = """
      for _, window in ipairs(vim.api.nvim_list_wins()) do
        if vim.api.nvim_win_get_config(window).relative ~= '' then
          local buffer = vim.api.nvim_win_get_buf(window)
          local space = vim.api.nvim_create_namespace('prism')
          local marks = vim.api.nvim_buf_get_extmarks(buffer, space, 0, -1, { details = true })
          local groups = vim.tbl_map(function(mark) return mark[4].hl_group end, marks)
          return { vim.api.nvim_buf_get_lines(buffer, 0, -1, false), groups }
        end
      end"""
    lines, groups = page.until(lambda: page.lua(code), what="the window")
    assert [line.split()[0] for line in lines[:5]] == ["sentence", "verb", "logic", "narration", "tone"]
    assert "Past tense, Present tense, Passive voice" in lines[1]
    assert "@lsp.typemod.prismVerb.l4" in groups and len(groups) == 20
    assert max(map(len, lines)) <= 80


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
def test_typing_keeps_both_copies_equal(start: Start, tmp_path: Path, line_end: str) -> None:
    nvim = start(environment={"FAKE_ENGINE_DELAY": "0.01"})
    lines = ["The 🐋 was here. Was it?", "", "𝒲hy not? Cafe\u0301s are open\u2028here.", "", "I said: no.", ""]
    content = line_end.join(lines)
    (tmp_path / "page.txt").write_bytes(content.encode())
    if line_end == "\r":  # not tried by default
        nvim.vim.command("set fileformats=mac")
    nvim.edit(tmp_path / "page.txt")
    assert nvim.text() == content
    chance = random.Random(7)
    for number in range(60):
        buffer = nvim.vim.current.buffer
        row = chance.randrange(len(buffer))
        line = buffer[row]
        start_at, end_at = sorted(chance.randrange(len(line) + 1) for _ in range(2))
        if chance.random() < 0.6:
            end_at = start_at
        new = chance.choice(["a", "🐋", "é. ", " Why? ", "\n", "\u2028", "I was ", ""])
        columns = [len(line[:at].encode()) for at in (start_at, end_at)]
        nvim.vim.request("nvim_buf_set_text", 0, row, columns[0], row, columns[1], new.split("\n"))
        if number % 6 == 0:
            assert nvim.server_text() == nvim.text()
        if number % 20 == 10:
            nvim.vim.command("silent! undo")
    nvim.type("GoAnd so 🐋 up the hill?<Esc>")
    nvim.until(lambda: nvim.text().endswith(f"the hill?{line_end}"), what="typing")
    assert nvim.server_text() == nvim.text()
    nvim.until(lambda: nvim.colour("And so") == "prismSentence.l2", what="colour")
    assert nvim.group(len(nvim.vim.current.buffer) - 1, len("And so 🐋 up the hill?".encode()) - 1)
    assert not nvim.notified


def test_crlf_and_emoji_columns_and_edits(nvim: Neovim, tmp_path: Path) -> None:
    nvim.edit(tmp_path / "page.md", "# Title\r\n\r\n🐋🐋 Why so? 🧑🏽‍🚀 The whale is white.\r\n")
    assert nvim.vim.current.buffer.options["fileformat"] == "dos"
    nvim.until(lambda: nvim.colour("Why so"), what="colour")
    assert nvim.colour("The whale").startswith("prismVerb.")
    nvim.menu("The whale", choose="Negate this")
    nvim.until(lambda: "is not white" in nvim.text(), what="the rewrite")
    assert nvim.text() == "# Title\r\n\r\n🐋🐋 Why so? 🧑🏽‍🚀 The whale is not white.\r\n"
    nvim.vim.command("write")
    assert (tmp_path / "page.md").read_bytes() == nvim.text().encode()


def test_the_colours_come_back_when_the_engine_dies(start: Start, tmp_path: Path) -> None:
    page = show_page(start(), tmp_path)
    dead = kill_engine(page)
    page.type("GoWhat then?<Esc>")
    page.until(lambda: page.colour("What then") == "prismSentence.l2", what="colour")
    assert page.colour("Where to") == "prismSentence.l2"
    page.vim.command("PrismRestart")
    page.until(lambda: page.colour("Where to") == "prismSentence.l2", what="colour")
    assert dead and not page.notified


def test_restart_starts_a_server_that_has_ended(start: Start, tmp_path: Path) -> None:
    page = show_page(start(), tmp_path)
    page.lua("vim.lsp.get_clients({ name = 'prism' })[1]:stop(true)")
    page.until(lambda: not page.attached(), what="the end of the server")
    assert page.lua("return require('prism').status()") == ""
    page.vim.command("PrismRestart")
    page.until(page.attached, what="the server")
    page.until(lambda: page.colour("Where to") == "prismSentence.l2", what="colour")


def test_settings_and_more_file_types(start: Start, tmp_path: Path) -> None:
    nvim = start(filetypes=["markdown", "mail"], settings={"hidden": ["negation"]})
    nvim.edit(tmp_path / "page.eml", "It was not so.\n")
    nvim.until(lambda: nvim.colour("It was"), what="colour")
    assert nvim.group(0, 0) == "@lsp.typemod.prismVerb.l2.mail"


def test_one_server_for_every_folder(nvim: Neovim, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / ".git").mkdir(parents=True)
        nvim.edit(tmp_path / name / "page.md", "Where to, old ship?\n")
        nvim.until(lambda: nvim.colour("Where to") == "prismSentence.l2", what="colour")
    assert nvim.lua("return #vim.lsp.get_clients({ name = 'prism' })") == 1


def test_what_is_wrong_is_said_once_and_clearly(start: Start, tmp_path: Path) -> None:
    nvim = start(environment={"FAKE_ENGINE_FAIL": "The weights are broken."})
    nvim.edit(tmp_path / "page.md", "Where to, old ship?\n")
    nvim.until(lambda: nvim.lua("return require('prism').status()") == "Prism: stopped", what="the end of the engine")
    assert sum("The weights are broken." in message for message in nvim.notified) == 1


def test_checkhealth(page: Neovim) -> None:
    page.vim.command("checkhealth prism")
    text = "\n".join(page.vim.current.buffer[:])
    assert "It is running, ready." in text
    assert "ERROR" not in text
