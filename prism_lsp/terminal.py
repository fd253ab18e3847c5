"""Drawing on a terminal: a passage coloured by its features, a sentence before and after, a progress bar.

Where there are no colours (a pipe, NO_COLOR) the same is said in plain text, with labels in brackets.
"""

from __future__ import annotations

import colorsys
import io
import os
import re
import sys
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, NamedTuple, Protocol

from rich.console import Console
from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text

from prism_lsp.reading import (
    FAMILIES,
    FOCUS_STEPS,
    PRESENT,
    PROMINENT_STEPS,
    Feature,
    Reading,
    Rewrite,
    Rewrites,
    prominence,
    steps_reached,
)

if TYPE_CHECKING:
    import rich.progress

    from prism_lsp.prose import Sentence

WIDTH = 88
"""Columns of running text at the most: longer lines are hard to read."""

HUES = (210, 32, 140, 285, 345)
"""Degrees on the colour wheel: blue, orange, green, purple, red. More are not told apart at a glance."""

NAMED = ("blue", "yellow", "green", "magenta", "red")
"""The same on a terminal with sixteen colours."""


class Mark(NamedTuple):
    """What one sentence shows."""

    feature: Feature
    level: int
    """Shade, 0 to 3."""
    label: str
    """For plain text: `Question 97%`."""


def marks(features: Sequence[Feature], readings: Sequence[Reading], focus: str | None) -> list[Mark | None]:
    """Each sentence's strongest present feature, or how strong `focus` (a feature's id) is in it; None: nothing."""
    return [_focused(features, reading, focus) if focus else _prominent(features, reading) for reading in readings]


def _prominent(features: Sequence[Feature], reading: Reading) -> Mark | None:
    present = [row for row in zip(features, *reading[:2], strict=True) if row[1] >= PRESENT]
    if not present:
        return None
    feature, _, percentile = max(present, key=lambda row: prominence(*row))
    shade = steps_reached(percentile, PROMINENT_STEPS)
    return Mark(feature, shade, f"{feature.name} {percent(percentile)}")


def _focused(features: Sequence[Feature], reading: Reading, focus: str) -> Mark | None:
    for feature, activation in zip(features, reading.activations, strict=True):
        if feature.id == focus and activation >= FOCUS_STEPS[0]:
            return Mark(feature, steps_reached(activation, FOCUS_STEPS) - 1, f"{feature.name} {activation:.2f}")
    return None


def hues(found: Sequence[Mark | None]) -> dict[str, int]:
    """A hue's index for the (at most five) families seen most often; a family keeps its own hue where it is free."""
    seen = Counter(mark.feature.family for mark in found if mark)
    taken: dict[str, int] = {}
    for family, _ in seen.most_common(len(HUES)):
        own = FAMILIES.index(family) % len(HUES) if family in FAMILIES else 0
        order = sorted(range(len(HUES)), key=lambda hue: (hue - own) % len(HUES))
        taken[family] = next(hue for hue in order if hue not in taken.values())
    return taken


def shade(console: Console, hue: int | None, level: int) -> Style:
    """Background for a hue (None: grey) and a level from 0 (faint) to 3, with a text colour that is legible on it."""
    if console.color_system == "standard":
        return Style(color="black", bgcolor="white" if hue is None else NAMED[hue], bold=level > 1)
    light = _light_background()
    lightness = (0.93, 0.87, 0.80, 0.71)[level] if light else (0.15, 0.21, 0.28, 0.36)[level]
    saturation = 0.0 if hue is None else (0.45, 0.55, 0.65, 0.75)[level]
    rgb = colorsys.hls_to_rgb((HUES[hue] if hue is not None else 0) / 360, lightness, saturation)
    return Style(
        color="#1a1a1a" if light else "#f0f0f0", bgcolor="#" + "".join(f"{round(255 * part):02x}" for part in rgb)
    )


def _light_background() -> bool:
    # "15;0": text and background colour as many terminals tell them; 7 and 9 to 15 are light ones
    told = os.environ.get("COLORFGBG", "").rpartition(";")[2]
    return told.isdigit() and (int(told) == 7 or int(told) > 8)


class Screen(Console):
    """Standard output. That nobody reads on is the caller's to see."""

    def on_broken_pipe(self) -> None:
        """Let the error out; rich itself would end the program with code 1."""
        raise


def screen() -> Screen:
    """A console on standard output that never fails for a letter that its encoding lacks."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if sys.stdout.isatty():
            sys.stdout.reconfigure(errors="replace")
        else:
            sys.stdout.reconfigure(encoding="utf-8")
    return Screen(highlight=False, emoji=False, markup=False)


def plain(console: Console) -> bool:
    """Whether colours are not to be used."""
    return console.no_color or console.color_system is None or not console.is_terminal


def passage(
    console: Console,
    sentences: Sequence[Sentence],
    features: Sequence[Feature],
    readings: Sequence[Reading],
    focus: str | None,
) -> None:
    """Draw sentences, each coloured by what it shows, and a legend. In plain text: a line each, its label first."""
    found = marks(features, readings, focus)
    if plain(console):
        for sentence, mark in zip(sentences, found, strict=True):
            line = f"[{mark.label if mark else '-'}] {clean(sentence.text)}" if sentence.text else ""
            console.print(Text(line), soft_wrap=True)
        return
    colours = hues(found)
    text, block = Text(), sentences[0].block if sentences else 0
    for number, (sentence, mark) in enumerate(zip(sentences, found, strict=True)):
        if number:
            text.append(" " if sentence.block == block else "\n\n" if sentence.text else "\n")
        block = sentence.block
        style = shade(console, colours.get(mark.feature.family), mark.level) if mark else Style()
        text.append(clean(sentence.text), style)
    width = min(console.width, WIDTH)
    console.print(text, width=width)
    console.print()
    _legend(console, found, colours, focus)


def _legend(console: Console, found: Sequence[Mark | None], colours: dict[str, int], focus: str | None) -> None:
    counts = Counter(mark.feature.name for mark in found if mark)
    families: dict[str, list[str]] = {}
    for mark in found:
        if mark and mark.feature.name not in families.setdefault(mark.feature.family, []):
            families[mark.feature.family].append(mark.feature.name)
    table = Table.grid(padding=(0, 2))
    for family, names in sorted(families.items(), key=lambda item: colours.get(item[0], len(HUES))):
        swatch = Text()
        for level in range(4):
            swatch.append("  ", shade(console, colours.get(family), level))
        names.sort(key=lambda name: -counts[name])
        table.add_row(swatch, Text(family, "bold"), Text(", ".join(f"{name} {counts[name]}" for name in names)))
    if not families:
        console.print(Text("No sentence shows it." if focus else "Nothing stands out in these sentences.", "dim"))
        return
    console.print(table, width=min(console.width, WIDTH))
    steps = (
        "an activation of 0.25, 0.5, 0.75 and 1" if focus else "the lower 90 % of all sentences, the top 10, 3 and 1 %"
    )
    console.print(Text(f"Shades, from faint to strong: {steps}.", "dim"), width=min(console.width, WIDTH))


def details(
    console: Console,
    sentences: Sequence[Sentence],
    features: Sequence[Feature],
    readings: Sequence[Reading],
    focus: str | None,
) -> None:
    """Every sentence with all its features, strongest first."""
    for sentence, reading in zip(sentences, readings, strict=True):
        console.print()
        console.print(Text(clean(sentence.text), "bold"), soft_wrap=plain(console))
        rows = sorted(zip(features, *reading[:2], strict=True), key=lambda row: -row[1])
        for feature, activation, percentile in rows:
            if focus in (None, feature.id):
                figures = f"  {bar(activation)} {activation:5.2f}  {percent(percentile):>4}  {feature.name}"
                console.print(Text(figures, "" if activation >= PRESENT else "dim"), soft_wrap=True)


def rewritten(console: Console, text: str, result: Rewrites, features: Sequence[Feature], title: str = "") -> None:
    """Draw a sentence and the best of its rewrites with its figures, or why there is none."""
    wrap = plain(console)
    if title:
        console.print(Text(title, "bold"), soft_wrap=wrap)
    names = {feature.id: feature.name for feature in features}
    rows = [("before", Text(clean(text), "dim"))]
    if result.rewrites:
        best = result.rewrites[0]
        rows.append(("after", _changed(clean(text), clean(best.text))))
        rows.append(("", Text(figures(best, names), "dim")))
    else:
        rows.append(("none", Text(result.refused or "No rewrite was found.", "italic")))
    for label, line in rows:
        if wrap:
            console.print(Text(f"{label:7}") + line, soft_wrap=True)
        else:
            grid = Table.grid(padding=(0, 1))
            grid.add_column(width=6)
            grid.add_row(Text(label, "dim"), line)
            console.print(grid, width=min(console.width, WIDTH))
    console.print()


def figures(rewrite: Rewrite, names: dict[str, str]) -> str:
    """`Question 0.00 → 1.04 · meaning 93% · fluency 97%`."""
    moved = [f"{names.get(id_, id_)} {before:.2f} → {after:.2f}" for id_, (before, after) in rewrite.features.items()]
    return " · ".join([*moved, f"meaning {percent(rewrite.similarity)}", f"fluency {percent(rewrite.fluency)}"])


def _changed(old: str, new: str) -> Text:
    """The new text with the words that are not in the old one in bold."""
    left, right = (re.findall(r"\w+(?:['’]\w+)*|\s+|.", each) for each in (old, new))
    text = Text()
    for tag, _, _, start, end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        text.append("".join(right[start:end]), "" if tag == "equal" else "bold green")
    return text


def catalogue(console: Console, features: Sequence[Feature]) -> None:
    """The list of features: a table, or columns with tabs between them where there is no terminal."""
    if not console.is_terminal:
        for each in features:
            # not by rich, which makes blanks of tabs
            print(*map(clean, (each.id, each.name, each.family, each.description)), sep="\t", file=console.file)
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in ("id", "name", "family", "what it is"):
        table.add_column(column, no_wrap=column == "id")
    for each in features:
        table.add_row(Text(each.id, "bold"), Text(each.name), Text(each.family), Text(each.description))
    console.print(Padding(table, 0))


def bar(activation: float) -> str:
    """Eight blocks for an activation of 1 and more."""
    return ("█" * round(8 * min(1.0, max(0.0, activation)))).ljust(8, "░")


def percent(share: float) -> str:
    """A share from 0 to 1 as whole percents, rounded down: nothing is stronger than 100% of sentences."""
    return f"{int(100 * share + 1e-9)}%"


def clean(text: str) -> str:
    """Text without control characters: a file must not move the cursor of the terminal that shows it."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in text)


class Step(Protocol):
    """What a bar shows: `reading.Progress`, or the like of it in `engine.weights`."""

    @property
    def stage(self) -> str:
        """What is being done."""
        ...

    @property
    def done(self) -> int:
        """How much is done."""
        ...

    @property
    def total(self) -> int | None:
        """How much there is; None when not known."""
        ...

    @property
    def message(self) -> str:
        """For the writer."""
        ...


BYTES = frozenset({"download", "verify", "convert"})
"""Stages that count bytes."""


class Bar:
    """Progress on standard error, gone when the `with` block ends; nothing at all unless that is a terminal."""

    def __init__(self, shown: bool = True) -> None:
        """`shown`: False for work that is not worth a bar."""
        self.shown = shown and sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._progress: rich.progress.Progress | None = None
        self._stage: tuple[str, str] | None = None

    def __enter__(self) -> Bar:
        """Nothing is drawn before the first step."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None

    def __call__(self, step: Step) -> None:
        """Show a step."""
        if not self.shown:
            return
        if self._progress is None:
            self._progress = self._started()
        if self._stage != (step.stage, step.message):
            self._stage = (step.stage, step.message)
            for task in self._progress.task_ids:
                self._progress.remove_task(task)
            self._progress.add_task(step.message, total=step.total, amount="")
        amount = f"{step.done}/{step.total}" if step.total else ""
        if step.stage in BYTES:
            amount = f"{step.done / 1e6:.0f}/{step.total / 1e6:.0f} MB" if step.total else f"{step.done / 1e6:.0f} MB"
        self._progress.update(self._progress.task_ids[0], completed=step.done, total=step.total, amount=amount)

    @staticmethod
    def _started() -> rich.progress.Progress:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[amount]}", markup=False),
            TimeRemainingColumn(),
        )
        progress = Progress(*columns, console=Console(stderr=True), transient=True)
        progress.start()
        return progress
