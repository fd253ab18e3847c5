"""The shades: legible, calm, and told apart by everyone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import pytest
from neovim import Neovim
from numpy.typing import NDArray

Array = NDArray[np.float64]

FAMILIES = ("Sentence", "Verb", "Logic", "Narration", "Tone")
OTHERS = ("Feeling", "Stance", "Imagery", "Structure", "Topic", "Words", "Other", *(f"Project{i}" for i in range(1, 5)))

SIGHT = {
    "normal": np.eye(3),
    "red-blind": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "green-blind": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "blue-blind": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""Machado, Oliveira, Fernandes: A Physiologically-based Model for Simulation of Color Vision Deficiency (2009)."""
LMS = np.array([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]])  # fmt: skip
LAB = np.array([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]])  # fmt: skip


def linear(color: int) -> Array:
    """24 bits to linear light, (3,)."""
    part = np.array([color >> 16, color >> 8 & 255, color & 255]) / 255
    return np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)


def lab(light: Array) -> Array:
    """OKLab (Ottosson, 2020), lightness from 0 to 100."""
    return 100 * LAB @ np.cbrt(LMS @ np.clip(light, 0, 1))


def contrast(one: int, other: int) -> float:
    """WCAG 2."""
    high, low = sorted((float(linear(color) @ [0.2126, 0.7152, 0.0722]) for color in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def shade(nvim: Neovim, family: str, level: int) -> int:
    found = nvim.background(f"@lsp.typemod.prism{family}.l{level}")
    assert found is not None
    return found


@pytest.fixture
def editor(nvim: Neovim) -> Iterator[Neovim]:
    yield nvim
    nvim.vim.command("set background=dark | colorscheme default")


SCHEMES = [("default", "dark"), ("default", "light"), ("habamax", "dark"), ("retrobox", "light"), ("morning", "light"), ("slate", "dark")]  # fmt: skip


@pytest.mark.parametrize(("scheme", "background"), SCHEMES)
def test_text_stays_legible_and_steps_grow(editor: Neovim, scheme: str, background: str) -> None:
    editor.vim.command(f"set background={background} | colorscheme {scheme} | set background={background}")
    text = editor.lua("return vim.api.nvim_get_hl(0, { name = 'Normal' }).fg")
    paper = editor.background("Normal")
    assert text is not None and paper is not None
    least = min(7.0, 0.8 * contrast(text, paper)) - 0.01
    editor.until(lambda: contrast(shade(editor, "Tone", 1), paper) < 1.5, what="new shades")
    for family in (*FAMILIES, *OTHERS):
        steps = [float(np.linalg.norm(lab(linear(shade(editor, family, n))) - lab(linear(paper)))) for n in range(1, 5)]
        assert steps == sorted(set(steps)), family
        for level in range(1, 5):
            assert contrast(shade(editor, family, level), text) >= least, (family, level)


@pytest.mark.parametrize("background", ["dark", "light"])
@pytest.mark.parametrize("sight", SIGHT)
def test_families_are_told_apart(editor: Neovim, background: str, sight: str) -> None:
    editor.vim.command(f"set background={background} | colorscheme default")
    seen = {family: lab(np.array(SIGHT[sight]) @ linear(shade(editor, family, 4))) for family in FAMILIES}
    apart = {pair: float(np.linalg.norm(seen[pair[0]] - seen[pair[1]])) for pair in combinations(FAMILIES, 2)}
    # 2 is about what an eye sees side by side
    assert min(apart.values()) >= 5, min(apart.items(), key=lambda item: item[1])


def test_shades_follow_the_background(start: Callable[..., Neovim]) -> None:
    nvim = start()
    nvim.vim.command("set background=dark")
    dark = nvim.until(lambda: nvim.background("@lsp.typemod.prismVerb.l2"))
    nvim.vim.command("set background=light")
    nvim.until(lambda: nvim.background("@lsp.typemod.prismVerb.l2") not in (None, dark), what="new shades")
    assert contrast(shade(nvim, "Verb", 4), 0x14161B) > 7


def test_a_writers_own_colours_stay(start: Callable[..., Neovim]) -> None:
    nvim = start()
    nvim.vim.command("highlight @lsp.typemod.prismVerb.l2 guibg=#102030")
    nvim.lua("vim.g.prism_hues = { logic = '#ff0000', tone = 'no colour' }; require('prism.colors').set()")
    assert nvim.background("@lsp.typemod.prismVerb.l2") == 0x102030
    logic = shade(nvim, "Logic", 4)
    assert logic >> 16 > 2 * (logic & 255)
    assert nvim.notified == ['Prism: g:prism_hues.tone = "no colour" is no colour.']
