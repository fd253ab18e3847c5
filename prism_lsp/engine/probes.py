"""Probes: from a sentence's token states to the activation of every feature, and each token's exact part in it.

A probe sums its tokens twice. `mean` weighs every token alike: what the sentence is as a whole. `value` and `key` are
attention pooling (as in Lee et al. 2019, arXiv 1810.00825, with one query): the tokens that matter take nearly all the
weight, so that one "not" counts the same in a long sentence as in a short one.

    score = bias + sum_t p_t v.x_t + (1/T) sum_t m.x_t,    p = softmax over t of k.x_t

Either sum is one over tokens, so a token's part in the score is simply its term: no attribution method is needed.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Array = NDArray[np.float32]


class Probes(NamedTuple):
    """The probes of all features. d: size of a token's state, which is the residual stream after each layer read, joined."""

    centre: Array
    """Mean state of a token of ordinary prose, (d,): a token like any other has no part in anything."""
    value: Array
    """(features, d)"""
    key: Array
    """(features, d)"""
    mean: Array
    """(features, d)"""
    bias: Array
    """(features,)"""

    def joined(self, other: Probes) -> Probes:
        """These and more features; both are about the same centre."""
        value, key, mean, bias = (np.concatenate(pair) for pair in zip(self[1:], other[1:], strict=True))
        return Probes(self.centre, value, key, mean, bias)


class Pool:
    """Probes ready to be used on batches of token states."""

    def __init__(self, probes: Probes, device: str | torch.device = "cpu") -> None:
        self.count = len(probes.bias)
        maps = torch.from_numpy(np.concatenate([probes.value, probes.key, probes.mean])).to(device)
        self._maps = maps.T.contiguous()  # (d, 3 features)
        self._centred = torch.from_numpy(probes.centre).to(device) @ self._maps
        self._bias = torch.from_numpy(probes.bias).to(device)

    def parts(self, states: Tensor, lengths: Tensor) -> Tensor:
        """Each token's part in every feature's score; with the bias they add up to it.

        states: (sentences, tokens, d), right-padded; lengths: (sentences,) tokens that count, at least 1.
        Returns (sentences, tokens, features), 0 where padded.
        """
        value, key, mean = torch.split(states @ self._maps - self._centred, self.count, -1)
        real = (torch.arange(states.shape[1], device=states.device) < lengths[:, None])[..., None]
        weight = key.masked_fill(~real, -torch.inf).softmax(1)
        parts: Tensor = weight * value + torch.where(real, mean / lengths[:, None, None], 0.0)
        return parts

    def scores(self, parts: Tensor) -> Tensor:
        """Scores before the relu, (sentences, features)."""
        return parts.sum(1) + self._bias
