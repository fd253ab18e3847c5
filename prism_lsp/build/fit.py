"""Fitting the probes: one small model for all concepts, trained on every sentence of which something is known.

Sentences come in kinds (hand-written pairs, rule-made pairs, labelled real sentences), and a concept is far more common in
pairs than in prose. Each kind therefore has a bias of its own for every concept while the probes are fitted, so that what
they learn is order within a kind. The bias that ships is set afterwards, on ordinary prose (`place`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from prism_lsp.engine.probes import Pool, Probes

Array = NDArray[np.float32]
BATCH = 128


class Moments(NamedTuple):
    """Of a token's state in ordinary prose, (d,) each."""

    centre: Array
    spread: Array


@dataclass(frozen=True)
class Recipe:
    """How probes are fitted. The values were chosen on train-part sentences (`prism-lsp build sweep`)."""

    epochs: int = 20
    rate: float = 3e-3
    decay: float = 3.0
    """Weight decay (decoupled) of all maps."""
    dropout: float = 0.1
    """Share of the state's dimensions hidden in a batch."""
    poolings: tuple[str, ...] = ("tied", "mean")
    """`key`: attention pooling; `tied`: the same with the value, scaled, as its key; `mean`: all tokens alike. A concept
    may have a key of its own where the others' is tied (see `fit`)."""
    seed: int = 0


class _Net(torch.nn.Module):
    own: Tensor

    def __init__(self, size: int, concepts: int, kinds: int, poolings: tuple[str, ...], own: Sequence[int]) -> None:
        super().__init__()

        def zeros(*shape: int) -> torch.nn.Parameter:
            return torch.nn.Parameter(torch.zeros(*shape))

        self.poolings = poolings
        self.value, self.key, self.mean = zeros(size, concepts), zeros(size, concepts), zeros(size, concepts)
        mask = torch.full((concepts,), "key" in poolings)
        mask[list(own)] = True
        self.register_buffer("own", mask)
        self.sharp, self.bias = torch.nn.Parameter(torch.ones(concepts)), zeros(kinds, concepts)

    def forward(self, x: Tensor, real: Tensor, kind: Tensor) -> Tensor:
        score = self.bias[kind]
        if "key" in self.poolings or "tied" in self.poolings:
            value = x @ self.value
            key = torch.where(self.own, x @ self.key, value * self.sharp)
            score = score + (key.masked_fill(~real[..., None], -torch.inf).softmax(1) * value).sum(1)
        if "mean" in self.poolings:
            score = score + (x * real[..., None]).sum(1) / real.sum(1, keepdim=True) @ self.mean
        return score


def fit(
    states: Sequence[Array],
    known: Array,
    kinds: NDArray[np.int64],
    moments: Moments,
    recipe: Recipe = Recipe(),
    device: str = "cpu",
    own_key: Sequence[int] = (),
) -> Probes:
    """Probes for every column of `known`; their bias is 0 (see `place`).

    states: token states of each sentence, (tokens, d); known: (sentences, concepts), 1 has it, 0 lacks it, nan unknown;
    kinds: (sentences,), which kind each is of. Within a kind and concept both sides weigh the same. own_key: columns whose
    attention has a key of its own in any recipe: where one loud token (a mark) must not drown what the others tell.
    """
    torch.manual_seed(recipe.seed)
    draw = np.random.default_rng(recipe.seed)
    weight = balanced(known, kinds)
    net = _Net(states[0].shape[1], known.shape[1], int(kinds.max()) + 1, recipe.poolings, own_key).to(device)
    maps = [p for name, p in net.named_parameters() if name in ("value", "key", "mean")]
    free = [p for name, p in net.named_parameters() if name not in ("value", "key", "mean")]
    groups = [{"params": maps, "weight_decay": recipe.decay}, {"params": free, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=recipe.rate)
    order = np.argsort([len(each) for each in states], kind="stable")
    batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]
    ready = [padded([states[row] for row in rows], moments) for rows in batches]
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, recipe.epochs * len(batches))
    for _ in range(recipe.epochs):
        for number in draw.permutation(len(batches)):
            rows, (x, real) = batches[number], ready[number]
            hidden = (torch.rand(x.shape[-1]) > recipe.dropout) / (1 - recipe.dropout)
            score = net((x * hidden).to(device), real.to(device), torch.from_numpy(kinds[rows]).to(device))
            target = torch.from_numpy(known[rows]).to(device)
            loss = F.binary_cross_entropy_with_logits(
                score, target.nan_to_num(), torch.from_numpy(weight[rows]).to(device), reduction="sum"
            ) / len(rows)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    spread = torch.from_numpy(moments.spread)
    with torch.no_grad():
        value, key, mean = (p.cpu() for p in (net.value, net.key, net.mean))
        key = torch.where(net.own.cpu(), key, value * net.sharp.cpu())
        value, key, mean = (each / spread[:, None] for each in (value, key, mean))
    return Probes(
        moments.centre,
        np.ascontiguousarray(value.T.numpy()),
        np.ascontiguousarray(key.T.numpy()),
        np.ascontiguousarray(mean.T.numpy()),
        np.zeros(known.shape[1], np.float32),
    )


def balanced(known: Array, kinds: NDArray[np.int64], most: float = 8.0) -> Array:
    """Weights of the loss, (sentences, concepts): both sides alike within a kind, no sentence more than `most` times another;
    0 where nothing is known."""
    weight = np.zeros(known.shape, np.float32)
    for kind in np.unique(kinds):
        mine = kinds == kind
        has, lacks = (known[mine] == 1).sum(0), (known[mine] == 0).sum(0)
        more = np.clip(lacks / np.maximum(has, 1), 1 / most, most)
        weight[mine] = np.where(known[mine] == 1, np.sqrt(more), np.where(known[mine] == 0, 1 / np.sqrt(more), 0))
    return weight


def padded(states: Sequence[Array], moments: Moments) -> tuple[Tensor, Tensor]:
    """Standardised token states, (sentences, longest, d), and which are real, (sentences, longest)."""
    longest = max(len(each) for each in states)
    x = np.zeros((len(states), longest, states[0].shape[1]), np.float32)
    real = np.zeros((len(states), longest), bool)
    for row, each in enumerate(states):
        x[row, : len(each)] = (each - moments.centre) / moments.spread
        real[row, : len(each)] = True
    return torch.from_numpy(x), torch.from_numpy(real)


def scores(probes: Probes, states: Sequence[Array]) -> Array:
    """Scores before the relu, (sentences, features)."""
    pool = Pool(probes)
    out = np.zeros((len(states), len(probes.bias)), np.float32)
    order = np.argsort([len(each) for each in states], kind="stable")
    for start in range(0, len(order), BATCH):
        rows = order[start : start + BATCH]
        lengths = torch.tensor([len(states[row]) for row in rows])
        x = torch.zeros(len(rows), int(lengths.max()), states[0].shape[1])
        for at, row in enumerate(rows):
            x[at, : len(states[row])] = torch.from_numpy(np.asarray(states[row], np.float32))
        out[rows] = pool.scores(pool.parts(x, lengths)).numpy()
    return out


def place(probes: Probes, ordinary: Array, share: Array) -> Probes:
    """Scale and shift the scores so that PRESENT (1/2) cuts off the share of ordinary prose that has the feature.

    ordinary: scores of reference sentences, which no probe was fitted on, (sentences, features); share: of labelled
    sentences that have each feature, (features,). The median sentence above the cut reads 1.
    """
    cut = np.array([np.quantile(ordinary[:, row], 1 - each) for row, each in enumerate(share)], np.float32)
    middle = np.array([np.quantile(ordinary[:, row], 1 - each / 2) for row, each in enumerate(share)], np.float32)
    scale = 0.5 / np.maximum(middle - cut, 1e-6)
    return Probes(
        probes.centre,
        probes.value * scale[:, None],
        probes.key,
        probes.mean * scale[:, None],
        ((probes.bias - cut) * scale + 0.5).astype(np.float32),
    )
