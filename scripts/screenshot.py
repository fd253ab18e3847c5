"""docs/neovim.png: the real Neovim with the real server on chapter 1 of Moby-Dick, drawn from Neovim's own screen.

    python scripts/screenshot.py [--out docs/neovim.png] [--pack models/smollm2-135m] [--focus FEATURE] [--light]

Neovim tells what its screen shows (the UI protocol, `:help ui-linegrid`); here it is only painted. Needs the extra
`test`, and a monospaced font that fontconfig knows.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "nvim"))

from neovim import SERVE, Neovim, editing  # noqa: E402

FONTS = ("JetBrains Mono", "DejaVu Sans Mono", "Liberation Mono", "monospace")
SIZE = 28
MARGIN = 28
LINE_HEIGHT = 1.22

SHAPES = {chr(0x2588 + n): [(0, 0.12, 1 - n / 8, 0.88)] for n in range(8)} | {
    "░": [(0, 0.47, 1, 0.53)],
    "─": [(0, 0.48, 1, 0.52)],
    "│": [(0.46, 0, 0.54, 1)],
    "╭": [(0.46, 0.48, 0.54, 1), (0.46, 0.48, 1, 0.52)],
    "╮": [(0.46, 0.48, 0.54, 1), (0, 0.48, 0.54, 0.52)],
    "╰": [(0.46, 0, 0.54, 0.52), (0.46, 0.48, 1, 0.52)],
    "╯": [(0.46, 0, 0.54, 0.52), (0, 0.48, 0.54, 0.52)],
}
"""Bars and frames as rectangles (left, top, right, bottom; parts of a cell), for they must fill their cells."""

LOOK = """
vim.o.winborder = 'rounded'
vim.o.showmode, vim.o.ruler, vim.o.showcmd, vim.o.shortmess = false, false, false, vim.o.shortmess .. 'FIWc'
vim.o.foldcolumn, vim.o.linebreak, vim.o.scrolloff, vim.o.cmdheight = '2', true, 0, 0
vim.o.fillchars = 'eob: '
vim.o.statusline = '  %t%=%{v:lua.shown()}  '
vim.g.prism_progress = false
function _G.shown()
  local focus = require('prism').status()
  return focus == '' and 'each sentence by its strongest feature' or 'only: ' .. focus
end
"""

COLOURS = """
for group, link in pairs({ StatusLine = 'Folded', ['@markup.raw.markdown_inline'] = 'Comment' }) do
  vim.api.nvim_set_hl(0, group, { link = link })
end
"""
"""A quieter status line, and quieter bars in the hover (inline code)."""


class Screen:
    """What Neovim's screen shows, kept from its `redraw` events."""

    def __init__(self, columns: int, rows: int) -> None:
        self.cells = [[(" ", 0)] * columns for _ in range(rows)]
        self.styles: dict[int, dict[str, Any]] = {0: {}}
        self.colours = {"foreground": 0xE0E2EA, "background": 0x14161B}
        self.cursor = (0, 0)

    def take(self, events: list[list[Any]]) -> None:
        """One `redraw` notification."""
        for name, *calls in events:
            handle: Callable[..., None] | None = getattr(self, f"on_{name}", None)
            if handle:
                for arguments in calls:
                    handle(*arguments)

    def on_default_colors_set(self, foreground: int, background: int, *_: Any) -> None:
        self.colours = {"foreground": foreground, "background": background}

    def on_hl_attr_define(self, number: int, style: dict[str, Any], *_: Any) -> None:
        self.styles[number] = style

    def on_grid_line(self, grid: int, row: int, column: int, cells: list[list[Any]], *_: Any) -> None:
        style = 0
        for text, *rest in cells:
            style = rest[0] if rest else style
            for _repeat in range(rest[1] if len(rest) > 1 else 1):
                self.cells[row][column] = (text, style)
                column += 1

    def on_grid_clear(self, grid: int) -> None:
        self.cells = [[(" ", 0)] * len(row) for row in self.cells]

    def on_grid_cursor_goto(self, grid: int, row: int, column: int) -> None:
        self.cursor = (row, column)

    def on_grid_scroll(self, grid: int, top: int, bottom: int, left: int, right: int, rows: int, columns: int) -> None:
        order = range(top, bottom - rows) if rows > 0 else range(bottom - 1, top - rows - 1, -1)
        for row in order:
            self.cells[row][left:right] = self.cells[row + rows][left:right]

    def paint(self) -> Image.Image:
        """The picture."""
        fonts = {bold: ImageFont.truetype(font_file(bold), SIZE) for bold in (False, True)}
        wide, high = round(fonts[False].getlength("M")), round(SIZE * LINE_HEIGHT)
        baseline = round((high - SIZE) / 2 + SIZE * 0.8)
        size = (wide * len(self.cells[0]) + 2 * MARGIN, high * len(self.cells) + 2 * MARGIN)
        image = Image.new("RGB", size, rgb(self.colours["background"]))
        draw = ImageDraw.Draw(image)
        for row, cells in enumerate(self.cells):
            for column, (text, number) in enumerate(cells):
                style = {**self.colours, **self.styles.get(number, {})}
                fore, back = style["foreground"], style["background"]
                if bool(style.get("reverse")) != ((row, column) == self.cursor):
                    fore, back = back, fore
                x, y = MARGIN + column * wide, MARGIN + row * high
                if back != self.colours["background"]:
                    draw.rectangle((x, y, x + wide - 1, y + high - 1), fill=rgb(back))
                if shape := SHAPES.get(text):
                    for left, top, right, bottom in shape:
                        box = (x + left * wide, y + top * high, x + right * wide - 1, y + bottom * high - 1)
                        draw.rectangle(tuple(map(round, box)), fill=rgb(fore))
                elif text.strip():
                    draw.text((x, y + baseline), text, rgb(fore), fonts[bool(style.get("bold"))], anchor="ls")
        return image


def rgb(color: int) -> tuple[int, int, int]:
    """24 bits as three channels."""
    return color >> 16, color >> 8 & 255, color & 255


def font_file(bold: bool) -> str:
    """The first of FONTS that is installed. Raises SystemExit when there is none."""
    for font in FONTS:
        pattern = f"{font}:bold" if bold else f"{font}:style=Regular,Book"
        asked = ["fc-match", pattern, "--format=%{family}\t%{file}"]
        family, _, path = subprocess.run(asked, capture_output=True, text=True, check=True).stdout.partition("\t")
        if font in family or (font == "monospace" and "Mono" in family):
            return path
    raise SystemExit("No monospaced font was found; install fonts-dejavu-core or fonts-jetbrains-mono.")


def capture(editor: Neovim, columns: int, rows: int) -> Screen:
    """What the screen shows now."""
    screen = Screen(columns, rows)
    editor.vim.ui_detach()
    editor.vim.ui_attach(columns, rows, rgb=True, ext_linegrid=True)
    editor.vim.command("redraw!")
    editor.lua("local to = ...; vim.defer_fn(function() vim.rpcnotify(to, 'shown') end, 300)", editor.vim.channel_id)
    while True:
        _, name, arguments = editor.vim.next_message()
        if name == "redraw":
            screen.take(arguments)
        elif name == "shown":
            return screen


def main() -> None:
    """Make the picture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "neovim.png")
    parser.add_argument("--pack", type=Path, default=ROOT / "models" / "smollm2-135m")
    parser.add_argument("--file", type=Path, default=ROOT / "tests" / "data" / "moby-dick-1.md")
    parser.add_argument("--hover", default="Call me Ishmael", help="words that the pointer is on; empty for none")
    parser.add_argument("--top", type=int, default=7, help="first line shown")
    parser.add_argument("--focus", default="", help="a feature to show alone")
    parser.add_argument("--light", action="store_true")
    parser.add_argument("--size", default="110x34", help="columns x rows")
    options = parser.parse_args()
    columns, rows = map(int, options.size.split("x"))
    with tempfile.TemporaryDirectory() as home:
        settings = {"pack": str(options.pack.resolve()), "threads": 1}
        with editing(Path(home), command=SERVE, settings=settings, size=(columns, rows)) as editor:
            editor.lua(LOOK)
            editor.vim.command(f"set background={'light' if options.light else 'dark'} | colorscheme default")
            editor.lua(COLOURS)
            page = Path(home) / options.file.name
            editor.edit(page, options.file.read_bytes())
            editor.until(lambda: editor.tokens(), 300, "the first colours")
            done = "return (require('prism').state or {}).engine == 'ready'"
            editor.until(lambda: editor.lua(done), 300, "the model")
            last = editor.vim.eval("line('$')")
            editor.until(lambda: any(row > last - 30 for row, *_ in editor.tokens()), 300, "all colours")
            if options.focus:
                editor.vim.command(f"PrismFocus {options.focus}")
                editor.until(lambda: editor.lua("return require('prism').state.mode") == "focus", 10, "the focus")
                editor.lua("vim.wait(1500)")
            editor.vim.funcs.winrestview({"topline": options.top, "lnum": options.top})
            if options.hover:
                row, column = editor.find(options.hover)
                editor.vim.funcs.winrestview({"topline": options.top, "lnum": row + 1, "col": column})
                editor.lua("vim.lsp.buf.hover({ max_width = 84 })")
                shown = "return #vim.api.nvim_list_wins() > 1"
                editor.until(lambda: editor.lua(shown), 60, "the hover")
            else:
                editor.vim.command("normal! M")
            image = capture(editor, columns, rows).paint()
    options.out.parent.mkdir(parents=True, exist_ok=True)
    image.quantize(256, dither=Image.Dither.NONE).save(options.out, optimize=True)
    print(f"{options.out}: {image.width} x {image.height}, {options.out.stat().st_size // 1024} KiB")


if __name__ == "__main__":
    main()
