"""From the residual stream to the next token: which ones are near the best, and how likely a text is."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from prism_lsp.engine.int8 import Int8
from prism_lsp.engine.layer import Map
from prism_lsp.engine.llama import Llama, rms_norm

NEAR = 6.0
"""Guidance chooses only among tokens whose conditional log-probability is within this many nats of the best one's."""

SLACK = 1.0
"""Logits are first taken in int8; those that may be near, this much farther away, are then computed in float32."""


class Near(NamedTuple):
    """The tokens near the best one, ascending, with their logits."""

    tokens: Tensor
    logits: Tensor


class Head:
    """The output map of the model, tied with its embedding."""

    def __init__(self, model: Llama, int8: bool = False) -> None:
        self.model = model
        self.slack = SLACK if int8 else 0.0
        self.map: Map = Int8(model.embedding, fine=True) if int8 else partial(F.linear, weight=model.embedding)

    def normed(self, hidden: Tensor) -> Tensor:
        """What the map reads, (tokens, hidden), from the residual stream after the last layer."""
        return rms_norm(hidden, self.model.final_norm, self.model.config.rms_norm_eps)

    def logits(self, normed: Tensor, tokens: Tensor) -> Tensor:
        """Logits of these tokens in float32; normed: (hidden,)."""
        return self.model.embedding[tokens] @ normed

    def near(self, normed: Tensor) -> list[Near]:
        """For each row of `normed`, (tokens, hidden), the next tokens to choose from."""
        rough = self.map(normed)
        close = rough >= rough.amax(-1, keepdim=True) - NEAR - self.slack
        rows, tokens = close.nonzero(as_tuple=True)
        found = []
        for row, ids in enumerate(torch.split(tokens, torch.bincount(rows, minlength=len(normed)).tolist())):
            logits = self.logits(normed[row], ids)
            kept = logits >= logits.max() - NEAR
            found.append(Near(ids[kept], logits[kept]))
        return found

    def surprise(self, normed: Tensor, targets: Tensor) -> Tensor:
        """Negative log-likelihood of each target in nats, (tokens,); normed: (tokens, hidden)."""
        return F.cross_entropy(self.map(normed), targets, reduction="none")
