"""Calibration: what share of ordinary sentences of the same length has a smaller score.

A long sentence has more room for anything, so a score means less there. The pack keeps a quantile table a length; between
two lengths, percentiles are interpolated by the logarithm of the length.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

BOUNDS = (6, 9, 13, 18, 24, 32, 44)
"""Tokens that end each length class of the table but the last, inclusive."""

RANKS = 129
"""Points of a quantile table."""


def table(scores: Array, tokens: NDArray[np.int64]) -> tuple[Array, Array]:
    """(lengths (L,), quantiles (features, L, RANKS)) of reference sentences' scores (sentences, features).

    tokens: (sentences,). A class with too few sentences takes its neighbours' in.
    """
    edges = (0, *BOUNDS, int(tokens.max()) + 1)
    lengths, rows = [], []
    for low, high in pairwise(edges):
        inside = (tokens > low) & (tokens <= high)
        if inside.sum() < 2 * RANKS:
            continue
        lengths.append(float(np.exp(np.log(tokens[inside]).mean())))
        rows.append(np.quantile(scores[inside], np.linspace(0, 1, RANKS), axis=0).T)
    if not rows:
        lengths, rows = [float(tokens.mean())], [np.quantile(scores, np.linspace(0, 1, RANKS), axis=0).T]
    return np.array(lengths, np.float32), np.stack(rows, 1).astype(np.float32)


def percentiles(scores: Array, tokens: Sequence[int] | NDArray[np.int64], quantiles: Array, lengths: Array) -> Array:
    """Share of the reference sentences of that length with a smaller score, (sentences, features), 0 to 1."""
    ranks = np.linspace(0, 1, quantiles.shape[2])
    place = np.interp(np.log(np.maximum(tokens, 1)), np.log(lengths), np.arange(len(lengths)))
    low = np.floor(place).astype(int)
    share = place - low
    out = np.zeros(scores.shape, np.float32)
    for step in (0, 1):
        row = np.minimum(low + step, len(lengths) - 1)
        weight = share if step else 1 - share
        for each in np.unique(row):
            mine = row == each
            for feature in range(scores.shape[1]):
                found = np.interp(scores[mine, feature], quantiles[feature, each], ranks)
                out[mine, feature] += weight[mine] * found
    return out
