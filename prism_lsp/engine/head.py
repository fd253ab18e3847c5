"""From the residual stream to the next token: which ones are near the best, and how likely a text is."""

from __future__ import annotations

from collections.abc import Callable
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


ROWS = 32
"""Tokens that are looked at together: for each there is a number for every word of the vocabulary."""


class Near(NamedTuple):
    """The tokens near the best one, ascending, with their logits."""

    tokens: Tensor
    logits: Tensor


class Head:
    """The output map of the model, tied with its embedding."""

    def __init__(self, model: Llama, int8: bool = False) -> None:
        self.model = model
        self.int8 = int8
        self.slack = SLACK if int8 else 0.0
        self._map: Map | None = None

    @torch.inference_mode()
    def prepare(self, step: Callable[[], None] = lambda: None) -> Map:
        """The map, made when it is first needed. step: called again and again meanwhile; it may raise."""
        if self._map is None and self.int8:
            self._map = Int8(self.model.embedding, fine=True, step=step)
            self.model.leave_embedding()  # all of it was read
        elif self._map is None:
            self._map = partial(F.linear, weight=self.model.embedding)
        return self._map

    def normed(self, hidden: Tensor) -> Tensor:
        """What the map reads, (tokens, hidden), from the residual stream after the last layer."""
        return rms_norm(hidden, self.model.final_norm, self.model.config.rms_norm_eps)

    def logits(self, normed: Tensor, tokens: Tensor) -> Tensor:
        """Logits of these tokens in float32; normed: (hidden,)."""
        return self.model.embedding[tokens] @ normed

    def near(self, normed: Tensor, step: Callable[[], None] = lambda: None) -> list[Near]:
        """For each row of `normed`, (tokens, hidden), the next tokens to choose from. step: called before every `ROWS`."""
        found = []
        for some in torch.split(normed, ROWS):
            step()
            found += self._near(some)
        return found

    def _near(self, normed: Tensor) -> list[Near]:
        rough = self.prepare()(normed)
        close = rough >= rough.amax(-1, keepdim=True) - NEAR - self.slack
        rows, tokens = close.nonzero(as_tuple=True)
        found = []
        for row, ids in enumerate(torch.split(tokens, torch.bincount(rows, minlength=len(normed)).tolist())):
            logits = self.logits(normed[row], ids)
            kept = logits >= logits.max() - NEAR
            found.append(Near(ids[kept], logits[kept]))
        return found

    def surprise(self, normed: Tensor, targets: Tensor, step: Callable[[], None] = lambda: None) -> Tensor:
        """Negative log-likelihood of each target in nats, (tokens,); normed: (tokens, hidden). step: as for `near`."""
        run, found = self.prepare(step), [normed.new_empty(0)]
        for some, wanted in zip(torch.split(normed, ROWS), torch.split(targets, ROWS), strict=True):
            step()
            found.append(F.cross_entropy(run(some), wanted, reduction="none"))
        return torch.cat(found)
