"""The check: every candidate is read again, and only what did what was asked is offered.

Three steps. It must have *reached* the target by the same reading that colours the text. It must be *whole*: no mark, name or
number lost that the edit is not about, no misspelt word. And it must be *trusted*: a logistic regression on what was measured
(`Measures`), fitted on rewrites that readers judged (`prism-lsp build check`), says how likely a reader finds it good, and each
group of features has a least trust of its own. A pack without that regression has two plain floors instead.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from prism_lsp.engine.pack import Pack
from prism_lsp.engine.trust import Measures, group_of, trust
from prism_lsp.reading import PRESENT, Edit, Rewrite, Rewrites

Array = NDArray[np.float32]

ABSENT = 0.35
"""A feature that is turned off must read below this."""

PART = 0.4
"""What is moved must move by this part of the step that lies between the sides of the concept's own pairs."""

MOVED = 0.15
"""And by this much at least."""

LEAST_STEP = 0.3
"""No step is taken to be smaller when what moved is counted in steps."""

LEAST_LIKELY = -60.0
"""Nothing counts as less likely, in nats."""

GRADED = ("tone", "feeling", "stance")
"""Families that have more and less: what is asked is a step, wherever it ends."""

SIMILARITY = 0.8
"""Least similarity of what is offered by a pack that knows no better: set on 100 candidates that one reader judged."""

FLUENCY = 0.25
"""Least fluency, likewise."""

NOTICEABLE = 0.3
"""Another feature's change is worth telling from here on."""

AIM = 0.15
"""What a candidate loses in rank for each step that it ends away from where the fader stands."""

ABOUT_WORDS = ("topic", "words", "narration", "imagery", "other")
"""Families whose edits may take a name or a number out; a project's own concepts may too."""


class Candidate(NamedTuple):
    """A decoded text with what was measured on it."""

    text: str
    scores: Array  # (features,), before the relu
    kept: tuple[float, float, float]
    """How much stayed of the words in order, of the words, and of the latent, 0 to 1 (see `likeness`)."""
    surprise: float
    """Mean negative log-likelihood per token less that of the source, in nats."""
    likely: float
    """How likely the writer finds it, log-probability in nats."""
    whole: bool = True
    """Nothing is broken: see `whole`."""

    @property
    def similarity(self) -> float:
        """How much of the meaning stayed, 0 to 1: the mean of the views of words and latent."""
        order, shared, latent = self.kept
        return ((order + shared) / 2 + latent) / 2

    @property
    def fluency(self) -> float:
        """Perplexity of the source over that of the candidate, 1 at most."""
        return float(min(1.0, np.exp(-self.surprise)))


def words(text: str) -> list[str]:
    """Lower-case words; typographic apostrophes as plain ones."""
    return re.findall(r"\w+(?:['’]\w+)*", text.lower().replace("’", "'"))


def likeness(
    source: str, text: str, source_latent: Array, latent: Array, edit: Edit, pack: Pack
) -> tuple[float, float, float]:
    """How much stayed, 0 to 1, in three views.

    The share of letters in words that both have and that stand in the same order; the same, order aside; the cosine of both
    latents about the mean of ordinary prose, after the moved directions are taken out of both.
    """
    a, b = words(source), words(text)
    letters = max(1, sum(map(len, a)) + sum(map(len, b)))
    ordered = sum(
        sum(len(w) for w in a[block.a : block.a + block.size])
        for block in SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
    )
    shared = sum(len(w) * n for w, n in (Counter(a) & Counter(b)).items())
    x, y = source_latent - pack.mean, latent - pack.mean
    moved, _ = np.linalg.qr(np.stack([pack.direction[pack.row(feature)] for feature, _ in edit.moves]).T)
    x, y = x - moved @ (moved.T @ x), y - moved @ (moved.T @ y)
    cosine = float(x @ y / max(float(np.linalg.norm(x) * np.linalg.norm(y)), 1e-9))
    return 2 * ordered / letters, 2 * shared / letters, max(0.0, cosine)


def whole(source: str, text: str, edit: Edit, pack: Pack, pieces: Callable[[str], int]) -> bool:
    """True when nothing that was whole is broken: marks, spelling, and names and numbers that the edit is not about."""
    if not well_formed(source, text) or strange_words(source, text, pieces):
        return False
    moved = [pack.features[pack.row(feature)] for feature, _ in edit.moves]
    about = any(feature.kind != "concept" or feature.family in ABOUT_WORDS for feature in moved)
    return about or not lost(source, text)


def lost(source: str, text: str) -> list[str]:
    """Names (capitalised inside the sentence) and numbers that the text has no more."""
    known = set(re.findall(r"\w+", text.lower()))
    names = re.findall(r"(?<=[\w,;:] )(?!I\b)[A-Z][\w’']*[a-z]\w*", source)
    told = [re.sub(r"['’]s$", "", name) for name in names] + re.findall(r"\d+", source)
    return [name for name in told if not all(part in known for part in re.findall(r"\w+", name.lower()))]


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


def reached(before: float, after: float, amount: float, row: int, pack: Pack) -> bool:
    """True when a feature (a row of the pack) moved far enough and ended on the right side. before, after: scores.

    Far enough: a part of the step between the sides of its own pairs; for an amount below 1 that part of it. The right side:
    present, or above the lowest quarter of its own examples where those read lower; turned off likewise. A fader half way, and
    features that have more and less, only need to have moved.
    """
    step, low, high = pack.marks[row]
    if (after - before) * np.sign(amount) < min(1.0, abs(amount)) * max(PART * step, MOVED):
        return False
    if abs(amount) < 1 or pack.features[row].family in GRADED:
        return True
    return bool(after >= min(PRESENT, low) if amount > 0 else after <= max(ABSENT, high))


def arrived(before: Array, after: Array, edit: Edit, pack: Pack) -> bool:
    """True when every feature of the edit reached what was asked; before and after: (features,) scores."""
    rows = ((pack.row(feature), amount) for feature, amount in edit.moves)
    return all(reached(float(before[row]), float(after[row]), amount, row, pack) for row, amount in rows)


def judge(source: str, before: Array, candidates: Sequence[Candidate], edit: Edit, pack: Pack) -> Rewrites:
    """Rank what passes; refuse with the reason when nothing does. before: (features,) scores of the source."""
    rows = [(pack.row(feature), amount) for feature, amount in edit.moves]
    names = [pack.features[row].name.lower() for row, _ in rows]
    moved = {row for row, _ in rows}
    fresh = [c for c in candidates if c.text and c.text != source]
    if not fresh:
        return Rewrites((), "The model left the sentence as it is.")
    hit = [c for c in fresh if arrived(before, c.scores, edit, pack)]
    if not hit:
        best = max(fresh, key=lambda c: min((c.scores[row] - before[row]) * np.sign(a) for row, a in rows))
        parts = ", ".join(
            f"{name} went from {before[row]:.2f} to {best.scores[row]:.2f}"
            for name, (row, _) in zip(names, rows, strict=True)
        )
        return Rewrites((), f"No rewrite moved far enough: in the best one {parts}.")
    sound = [c for c in hit if c.whole]
    if not sound:
        return Rewrites((), "No rewrite was well formed, or each lost a name or a number.")
    if pack.trust is None:
        kept = [(c, c.similarity * min(1.0, c.fluency * 1.5)) for c in sound if c.similarity >= SIMILARITY]
        passed = [(c, score) for c, score in kept if c.fluency >= FLUENCY]
    else:
        group = group_of([pack.features[row] for row, _ in rows])
        scored = [(c, trust(measures(before, c, rows, pack), pack.trust, group)) for c in sound]
        kept = passed = [(c, score) for c, score in scored if score >= pack.trust.least[group]]
    if not passed:
        nearest = max(c.similarity for c in sound)
        what = (
            "was fluent enough"
            if kept
            else f"is likely enough to be good (at best {nearest:.0%} of the meaning stayed)"
        )
        return Rewrites((), f"No rewrite {what}.")

    def rank(item: tuple[Candidate, float]) -> float:
        """How good it is, less what moved that should not have, and how far it ended from where the fader stands."""
        c, score = item
        off = sum(abs(stepped(before, c, row, pack) - amount) for row, amount in rows if abs(amount) != 1)
        return score - 0.1 * aside(before, c, moved) - AIM * off

    offered = []
    for c, _ in sorted(passed, key=rank, reverse=True):
        told = {
            pack.features[row].id: (round(float(before[row]), 3), round(float(c.scores[row]), 3))
            for row in range(len(before))
            if row in moved or abs(max(c.scores[row], 0) - max(before[row], 0)) >= NOTICEABLE
        }
        offered.append(Rewrite(c.text, told, round(c.similarity, 3), round(c.fluency, 3)))
    return Rewrites(tuple(offered), None)


def aside(before: Array, candidate: Candidate, moved: Collection[int]) -> float:
    """How far features went that were not to move, of activations (the relu); what is hardly noticeable is left out."""
    away = np.abs(np.maximum(candidate.scores, 0) - np.maximum(before, 0)) - NOTICEABLE
    away[list(moved)] = 0
    return float(np.maximum(away, 0).sum())


def stepped(before: Array, candidate: Candidate, row: int, pack: Pack) -> float:
    """How far a feature moved, in steps of its own pairs."""
    return float(candidate.scores[row] - before[row]) / max(float(pack.marks[row, 0]), LEAST_STEP)


def sign(amount: float) -> float:
    """1 or -1."""
    return 1.0 if amount > 0 else -1.0


def measures(before: Array, candidate: Candidate, rows: Sequence[tuple[int, float]], pack: Pack) -> Measures:
    """What trust is judged by."""
    order, shared, latent = candidate.kept
    return Measures(
        order,
        shared,
        latent,
        float(np.clip(candidate.surprise, -2, 2)),
        min(stepped(before, candidate, row, pack) * sign(amount) for row, amount in rows),
        min(float(candidate.scores[row]) * sign(amount) for row, amount in rows),
        aside(before, candidate, [row for row, _ in rows]),
        max(candidate.likely, LEAST_LIKELY),
    )
