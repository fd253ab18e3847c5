"""Where in the latent space an edit goes: four ways to aim, compared by `python -m benchmarks.rewrite --only modes`.

    add                amount times the concept's direction, wherever the sentence stands
    translate          along the same direction, as far as sets a linear readout of the feature to a wanted value
    gradient           from there on by gradient descent on the latent, until the readouts of all features are as wanted:
                       the moved ones at their new values, the others where they were
    gradient-original  the same descent towards the readings that the sentence had, as Prism's published code has it

The last three are Prism's (`edit_modes.py` of thesephist/spectre, "translate" and "dictgrad"). There the features are read
from the latent by the dictionary's encoder; here probes read single tokens, so that a ridge regression from the latent to
each feature's score stands in for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from prism_lsp.engine.pack import Pack
from prism_lsp.reading import Edit

Array = NDArray[np.float32]

Mode = Literal["add", "translate", "gradient", "gradient-original"]

MODES: tuple[Mode, ...] = ("add", "translate", "gradient", "gradient-original")

SHRINK = 0.3
"""Of the ridge; the benchmark prints how well others do."""

PRESENT_SCORE, ABSENT_SCORE = 1.0, -0.5
"""What a feature is set to by amount 1 and -1: the score of the median sentence that has it, and of the one that lacks it
(`PRESENT` lies half way between the cut and the first)."""

FARTHEST = 4.0
"""Times a direction that a sentence is translated along at most: a readout that the direction hardly moves would ask for
any distance."""

STEPS, RATE = 500, 1e-3
"""Of the descent, at most, with latents scaled to a mean length of 1, where Prism's are."""

BETA, DECAY = (0.9, 0.999), 0.01
"""Of AdamW (Loshchilov and Hutter 2019), as torch has them by default."""

CLOSE = 1e-3
"""The descent ends when no readout is farther from what is wanted."""


class Readout(NamedTuple):
    """Scores of all features, linear in the latent."""

    weight: Array
    """(features, latent)"""
    bias: Array
    """(features,)"""
    centre: Array
    """Mean latent of the sentences that it was fitted on, (latent,)."""
    radius: float
    """Root mean square distance of their latents from it."""

    def of(self, latents: Array) -> Array:
        """(…, latent) -> (…, features)"""
        return np.asarray(latents @ self.weight.T + self.bias, np.float32)


def fit(latents: Array, scores: Array, shrink: float = SHRINK) -> Readout:
    """Ridge regression of every feature's score on the latent.

    latents: (sentences, latent); scores: before the relu, (sentences, features); shrink: what is added to the covariance's
    diagonal, in mean variances.
    """
    centre, middle = latents.mean(0), scores.mean(0)
    x, y = (latents - centre).astype(np.float64), scores - middle
    covariance = x.T @ x / len(x)
    covariance += shrink * np.trace(covariance) / len(covariance) * np.eye(len(covariance))
    weight = np.linalg.solve(covariance, x.T @ y / len(x)).T.astype(np.float32)
    return Readout(weight, (middle - weight @ centre).astype(np.float32), centre, float(np.sqrt((x**2).sum(1).mean())))


def explained(readout: Readout, latents: Array, scores: Array) -> Array:
    """R² of each feature, (features,): the share of its variance on these sentences that the readout foretells."""
    left = ((scores - readout.of(latents)) ** 2).sum(0)
    return np.asarray(1 - left / np.maximum(((scores - scores.mean(0)) ** 2).sum(0), 1e-9), np.float32)


def wanted(current: float, amount: float) -> float:
    """The score that a feature with this one is set to: never one that is farther from the aim than what is there."""
    step = PRESENT_SCORE - ABSENT_SCORE
    if amount > 0:
        return max(current, ABSENT_SCORE + step * amount)
    return min(current, PRESENT_SCORE + step * amount)


def translated(latent: Array, directions: Array, rows: Sequence[int], values: Array, readout: Readout) -> Array:
    """The move along `directions` that sets the readouts of `rows` to `values`, (latent,).

    latent: (latent,); directions: (moved, latent), one for each of `rows`; values: (moved,).
    """
    gain = readout.weight[list(rows)] @ directions.T  # (moved readouts, directions)
    lack = values - readout.of(latent)[list(rows)]
    far = np.linalg.lstsq(gain.astype(np.float64), lack.astype(np.float64), rcond=1e-6)[0]
    return np.asarray(far.clip(-FARTHEST, FARTHEST) @ directions, np.float32)


def descended(start: Array, values: Array, readout: Readout, steps: int = STEPS) -> Array:
    """The latents at the end of a descent on the squared distance of all readouts from `values`: AdamW, the rate going down
    to 0 by a cosine. start: (n, latent); values: (n, features).

    By hand, since the gradient of a linear map is one line, and torch's optimizer takes many times as long for so little.
    """
    weight, still = readout.weight * readout.radius, readout.of(readout.centre)
    at = (start - readout.centre) / readout.radius
    mean, square = np.zeros_like(at), np.zeros_like(at)
    for step in range(1, steps + 1):
        away = at @ weight.T + still - values
        if np.abs(away).max() < CLOSE:
            break
        gradient = 2 / len(weight) * away @ weight
        mean = BETA[0] * mean + (1 - BETA[0]) * gradient
        square = BETA[1] * square + (1 - BETA[1]) * gradient**2
        rate = RATE * (1 + np.cos(np.pi * (step - 1) / steps)) / 2
        push = mean / (1 - BETA[0] ** step) / (np.sqrt(square / (1 - BETA[1] ** step)) + 1e-8)
        at = at - rate * (push + DECAY * at)
    return np.asarray(at * readout.radius + readout.centre, np.float32)


class Aim:
    """Moves of the latent for one pack, in one of the modes."""

    def __init__(self, mode: Mode, pack: Pack, readout: Readout) -> None:
        self.mode = mode
        self.pack = pack
        self.readout = readout

    def moves(self, latent: Array, edit: Edit, amounts: Sequence[float]) -> Tensor:
        """One move for each of `amounts`, all of which times the edit's own, (amounts, latent).

        latent: of the sentence, (latent,). Raises EngineError (input) for an unknown feature.
        """
        rows = [self.pack.row(feature) for feature, _ in edit.moves]
        directions = self.pack.direction[rows]
        own = np.array([amount for _, amount in edit.moves], np.float32)
        if self.mode == "add":
            return torch.from_numpy(np.outer(amounts, own).astype(np.float32) @ directions)
        read = self.readout.of(latent)
        values = np.array(
            [[wanted(read[r], a * m) for r, m in zip(rows, own, strict=True)] for a in amounts], np.float32
        )
        moves = np.stack([translated(latent, directions, rows, each, self.readout) for each in values])
        if self.mode != "translate":
            aims = np.tile(read, (len(amounts), 1))
            if self.mode == "gradient":
                aims[:, rows] = values
            moves = descended(latent + moves, aims, self.readout) - latent
        return torch.from_numpy(moves)
