"""The two nouns above the engine, `Reading` and `Edit`, and what they are made of. Plain Python: no torch, no numpy.

Offsets are characters (Unicode code points) of the sentence's text, half-open.
"""

from __future__ import annotations

from typing import NamedTuple

FAMILIES = (
    "sentence",
    "verb",
    "logic",
    "narration",
    "tone",
    "feeling",
    "stance",
    "imagery",
    "structure",
    "topic",
    "words",
    "other",
)
"""Feature families, in the order of the semantic-token legend. Fixed: themes and clients name them."""

PROJECT_FAMILIES = ("project1", "project2", "project3", "project4")
"""Slots behind them in the legend, for a project's own concepts."""

PRESENT = 0.5
"""An activation from here on counts as present. Probes are scaled so that the median sentence that has the feature reads 1,
and one half way to those that lack it reads 1/4 (`engine/concepts.py`)."""


class Feature(NamedTuple):
    """A named direction in the latent space: a concept, or a unit of the dictionary. They look the same from here up."""

    id: str
    """Stable within a pack: `question`."""
    name: str
    family: str
    """One of `FAMILIES` or `PROJECT_FAMILIES`."""
    description: str
    kind: str = "concept"
    """`concept`, `dictionary`, or `project` for a concept of the project's own."""
    on: str = ""
    """Title of the code action that turns the feature on: "Make this a question". Empty: it cannot be steered."""
    off: str = ""
    """Title of the code action that turns it off."""
    density: float = 0.0
    """Share of reference sentences in which it is present."""


class Share(NamedTuple):
    """One word's exact part in a feature's activation before the relu (the parts and the bias add up to it)."""

    start: int
    end: int
    share: float


class Reading(NamedTuple):
    """What the model finds in one sentence. Lists run parallel to the pack's features."""

    activations: tuple[float, ...]
    """relu(w.z + b): 0 when absent, about 1 when clearly present."""
    percentiles: tuple[float, ...]
    """Share of reference sentences with a smaller activation, 0 to 1."""
    evidence: tuple[tuple[Share, ...], ...] | None = None
    """Per feature, each word's share in text order; None when not asked for."""


class Edit(NamedTuple):
    """A move in the latent space: the sum of amount times direction over features. +1 turns on, -1 turns off."""

    moves: tuple[tuple[str, float], ...]


class Rewrite(NamedTuple):
    """A candidate that passed the check, with what it did."""

    text: str
    features: dict[str, tuple[float, float]]
    """Score before and after, for every feature moved and every other one whose activation changed noticeably.

    A score is the activation before the relu: the lower below 0, the more clearly the feature is absent."""
    similarity: float
    """How much of the meaning stayed, 0 to 1 (see `engine/check.py`)."""
    fluency: float
    """Perplexity of the source over that of the rewrite, cut off at 1, under the plain base model."""


class Rewrites(NamedTuple):
    """The answer to an edit: best first, or none and the reason."""

    rewrites: tuple[Rewrite, ...]
    refused: str | None


class Progress(NamedTuple):
    """A step of long work."""

    stage: str
    """find, download, verify, convert, load, read or rewrite."""
    done: int
    total: int | None
    """None: length unknown."""
    message: str


class EngineError(Exception):
    """The engine could not do what was asked. `str()` is one clear sentence for the writer.

    `code`: cancelled, weights, pack, input, internal.
    """

    def __init__(self, message: str, code: str = "internal") -> None:
        super().__init__(message)
        self.code = code


PROMINENT_STEPS = (0.90, 0.97, 0.99)
"""Percentiles from which a prominent feature takes the second, third and fourth shade."""

FOCUS_STEPS = (0.25, 0.5, 0.75, 1.0)
"""Activations from which the focused feature takes the first, second, third and fourth shade."""


def steps_reached(value: float, steps: tuple[float, ...]) -> int:
    """How many of the steps a value has reached."""
    return sum(value >= step for step in steps)


def prominence(feature: Feature, activation: float, percentile: float) -> tuple[bool, float, float, float]:
    """What features are ranked by where each sentence shows its strongest: the largest counts.

    First whether it is strong (the third shade); among those the rarer feature, since a question says more about a sentence
    than its tense does; then percentile and activation.
    """
    return percentile >= PROMINENT_STEPS[1], -feature.density, percentile, activation
