"""The check: every candidate is read again, and only what did what was asked is offered."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from prism_lsp.engine.pack import Pack
from prism_lsp.reading import PRESENT, Edit, Rewrite, Rewrites

Array = NDArray[np.float32]

ABSENT = 0.35
"""A feature that is turned off must read below this."""

MOVED = 0.25
"""And it must have moved by at least this much."""

SIMILARITY = 0.8
"""Least similarity of what is offered: no good one of the labelled candidates lies below, two thirds of the bad ones do
(`python -m benchmarks.threshold`)."""

FLUENCY = 0.25
"""Least fluency of what is offered, from the same table; it refuses little, since a negation is less likely than its plain
sentence."""

NOTICEABLE = 0.3
"""Another feature's change is worth telling from here on."""


class Candidate(NamedTuple):
    """A decoded text with what was measured on it."""

    text: str
    activations: Array  # (features,)
    similarity: float
    fluency: float
    whole: bool = True
    """It looks like a sentence and has no misspelt words."""


def words(text: str) -> list[str]:
    """Lower-case words; typographic apostrophes as plain ones."""
    return re.findall(r"\w+(?:['’]\w+)*", text.lower().replace("’", "'"))


def similarity(source: str, text: str, source_latent: Array, latent: Array, edit: Edit, pack: Pack) -> float:
    """How much of the meaning stayed, 0 to 1: the mean of two views.

    The words: the share of letters in words that both have, half of it for those that stand in the same order. The latent:
    the cosine of both latents about the mean of ordinary prose, after the moved directions are taken out of both.
    """
    a, b = words(source), words(text)
    ordered = sum(
        sum(len(w) for w in a[block.a : block.a + block.size])
        for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    )
    shared = sum(len(w) * n for w, n in (Counter(a) & Counter(b)).items())
    surface = (ordered + shared) / max(1, sum(map(len, a)) + sum(map(len, b)))
    x, y = source_latent - pack.mean, latent - pack.mean
    moved, _ = np.linalg.qr(np.stack([pack.direction[pack.row(feature)] for feature, _ in edit.moves]).T)
    x, y = x - moved @ (moved.T @ x), y - moved @ (moved.T @ y)
    cosine = float(x @ y / max(float(np.linalg.norm(x) * np.linalg.norm(y)), 1e-9))
    return (surface + max(0.0, cosine)) / 2


def well_formed(source: str, text: str) -> bool:
    """True when what looked whole still does: the first letter's case, a mark at the end, quotation marks in pairs."""

    def look(sentence: str) -> tuple[bool, bool, bool]:
        letters = [c for c in sentence if c.isalpha()]
        straight, opened, closed = (sentence.count(mark) for mark in '"“”')
        return bool(letters) and letters[0].islower(), sentence[-1:].isalnum(), bool(straight % 2 or opened != closed)

    return not any(now and not was for was, now in zip(look(source), look(text), strict=True))


_CONTRACTED = re.compile(
    r"(?:do|does|did|is|are|was|were|have|has|had|ca|wo|would|could|should|might|must|need|ai|sha|dare|ought)n't$|"
    r"'(?:s|re|ve|ll|d|m|em|tis|twas|til)$|^o'|s'$|in'$"
)


def strange_words(source: str, text: str, pieces: Callable[[str], int]) -> list[str]:
    """New words that look misspelt: a contraction that English does not have, or a word that the model spells out.

    `pieces`: tokens of a word. A new word of three or more tokens is strange, unless it is an inflection of one of the
    source's words; names are left alone.
    """
    known = set(words(source))
    strange = []
    for word in re.findall(r"[A-Za-z]+(?:['’][A-Za-z]+)*", text):
        plain = word.lower().replace("’", "'")
        if plain in known or (plain.split("'")[0] in known and plain.endswith(("'s", "'ll", "'d"))):
            continue
        if "'" in plain:
            if not _CONTRACTED.search(plain):
                strange.append(word)
        elif word.islower() and pieces(word) >= 3:
            stems = (k for k in known if len(k) > 3 and plain[: max(4, len(k) - 2)] == k[: max(4, len(k) - 2)])
            if next(stems, None) is None:
                strange.append(word)
    return strange


def reached(before: float, after: float, amount: float) -> bool:
    """True when the feature moved far enough and ended on the right side."""
    if amount > 0:
        return after >= max(PRESENT, before + MOVED)
    return after <= min(ABSENT, before - MOVED)


def arrived(before: Array, after: Array, edit: Edit, pack: Pack) -> bool:
    """True when every feature of the edit reached what was asked; before and after: (features,) activations."""
    rows = ((pack.row(feature), amount) for feature, amount in edit.moves)
    return all(reached(before[row], after[row], amount) for row, amount in rows)


def judge(source: str, before: Array, candidates: Sequence[Candidate], edit: Edit, pack: Pack) -> Rewrites:
    """Rank what passes; refuse with the reason when nothing does. before: (features,) activations of the source."""
    rows = [(pack.row(feature), amount) for feature, amount in edit.moves]
    names = [pack.features[row].name.lower() for row, _ in rows]
    moved = {row for row, _ in rows}
    fresh = [c for c in candidates if c.text and c.text != source]
    if not fresh:
        return Rewrites((), "The model left the sentence as it is.")
    hit = [c for c in fresh if arrived(before, c.activations, edit, pack)]
    if not hit:
        best = max(fresh, key=lambda c: min((c.activations[row] - before[row]) * np.sign(a) for row, a in rows))
        parts = ", ".join(
            f"{name} went from {before[row]:.2f} to {best.activations[row]:.2f}"
            for name, (row, _) in zip(names, rows, strict=True)
        )
        return Rewrites((), f"No rewrite moved far enough: in the best one {parts}.")
    kept = [c for c in hit if c.similarity >= SIMILARITY]
    if not kept:
        best_kept = max(c.similarity for c in hit)
        return Rewrites((), f"Every rewrite changed too much of the meaning (at best {best_kept:.0%} of it stayed).")
    fluent = [c for c in kept if c.fluency >= FLUENCY and c.whole]
    if not fluent:
        return Rewrites((), "No rewrite was fluent and well formed enough.")

    def score(c: Candidate) -> float:
        """Meaning kept times fluency, less what moved that should not have."""
        others = sum(
            max(0.0, abs(float(c.activations[row] - before[row])) - NOTICEABLE)
            for row in range(len(before))
            if row not in moved
        )
        return c.similarity * min(1.0, c.fluency * 1.5) - 0.1 * others

    offered = []
    for c in sorted(fluent, key=score, reverse=True):
        told = {
            pack.features[row].id: (round(float(before[row]), 3), round(float(c.activations[row]), 3))
            for row in range(len(before))
            if row in moved or abs(c.activations[row] - before[row]) >= NOTICEABLE
        }
        offered.append(Rewrite(c.text, told, round(c.similarity, 3), round(c.fluency, 3)))
    return Rewrites(tuple(offered), None)
