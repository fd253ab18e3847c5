"""How likely a reader finds a rewrite good: a logistic regression on what the check measures, with an intercept a group.

It ships as `check.json` in the pack: numbers only. `prism_lsp/build/check.py` fits it on judged rewrites.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from prism_lsp.reading import EngineError, Feature

GROUPS = ("grammar", "narration", "tone", "rhetoric", "topic", "other")
"""Features that are judged alike; the goals of precision differ by them."""

_OF_FAMILY = {
    "sentence": "grammar", "verb": "grammar", "logic": "grammar", "narration": "narration", "words": "narration",
    "tone": "tone", "feeling": "tone", "stance": "tone", "imagery": "rhetoric", "structure": "rhetoric", "topic": "topic",
}  # fmt: skip


class Measures(NamedTuple):
    """What is measured of a candidate that reached its target."""

    order: float
    """Share of letters in words that both have, in the same order, 0 to 1."""
    shared: float
    """The same, order aside."""
    latent: float
    """Cosine of the latents without the moved directions, 0 to 1."""
    surprise: float
    """Nats per token more than the source."""
    moved: float
    """How far the target moved, in steps of its own pairs (the least of several)."""
    end: float
    """Where it ended: its score, turned round when it was to go down."""
    aside: float
    """How far other features moved, all together."""
    likely: float
    """Log-probability that the writer gives it, in nats: how sure it was all the way."""


class Trust(NamedTuple):
    """The regression."""

    weights: tuple[float, ...]
    """In the order of `Measures`."""
    intercepts: Mapping[str, float]
    """By group."""
    least: Mapping[str, float]
    """By group: what is trusted less is not offered."""


def group_of(features: Sequence[Feature]) -> str:
    """The group whose rules hold for an edit of these features: the last of theirs in the order of `GROUPS`."""
    return max((_OF_FAMILY.get(feature.family, "other") for feature in features), key=GROUPS.index)


def trust(measures: Measures, fitted: Trust, group: str) -> float:
    """The probability that a reader finds it good."""
    score = fitted.intercepts[group] + sum(w * x for w, x in zip(fitted.weights, measures, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, score))))


def load(path: Path) -> Trust | None:
    """From `check.json`; None when the pack has none. Raises EngineError (pack) when it is not what is expected."""
    if not path.exists():
        return None
    try:
        raw = json.loads(path.read_text("utf-8"))
        found = Trust(
            tuple(float(raw["weights"][name]) for name in Measures._fields),
            {group: float(raw["intercepts"][group]) for group in GROUPS},
            {group: float(raw["least"][group]) for group in GROUPS},
        )
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise EngineError(f"The pack's {path.name} cannot be read: {error!r}.", "pack") from error
    return found


def save(path: Path, fitted: Trust) -> None:
    """Write `check.json`."""
    weights = dict(zip(Measures._fields, fitted.weights, strict=True))
    rounded = {
        name: {key: round(value, 4) for key, value in part.items()}
        for name, part in (("weights", weights), ("intercepts", fitted.intercepts), ("least", fitted.least))
    }
    path.write_text(json.dumps(rounded, indent=1) + "\n", "utf-8")
