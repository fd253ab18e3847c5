"""One layer of the model over the tokens of many texts as one matrix: its maps, in float32 or int8, and its residual steps.

Nearly all the time goes into the linear maps, and they look at each token alone: only attention has to know which tokens
see which, and whoever runs a layer brings it (`lower.py` for reading, `tree.py` for writing).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from prism_lsp.engine.int8 import APART, Int8
from prism_lsp.engine.llama import MAPS, Adapter, Block, rms_norm

Map = Callable[[Tensor], Tensor]
"""(tokens, in) to (tokens, out)"""


class Layer(NamedTuple):
    """One layer, ready to run."""

    attention_norm: Tensor
    qkv: Map
    out: Map
    mlp_norm: Tensor
    gate_up: Map
    down: Map

    @classmethod
    def of(cls, block: Block) -> Layer:
        """A block's weights as maps in float32."""
        return cls._with(block, {name: partial(F.linear, weight=getattr(block, name)) for name in MAPS})

    @classmethod
    def int8(cls, block: Block, reach: Mapping[str, Tensor] | None = None) -> Layer:
        """A block's weights as maps in int8. reach: how far each map's input reaches in each channel; with it, the channels
        that reach furthest are computed in float32."""
        apart = {name: far.topk(min(APART, len(far))).indices for name, far in (reach or {}).items() if name != "down"}
        maps = {name: Int8(getattr(block, name), name == "down", apart.get(name)) for name in MAPS}
        return cls._with(block, maps)

    @classmethod
    def _with(cls, block: Block, maps: Mapping[str, Map]) -> Layer:
        return cls(block.attention_norm, maps["qkv"], maps["out"], block.mlp_norm, maps["gate_up"], maps["down"])

    def run(self, hidden: Tensor, attend: Map, eps: float) -> Tensor:
        """The residual stream after this layer, (tokens, hidden). attend: from the heads of queries, keys and values of all
        tokens, (tokens, qkv), to what attention brings to each, (tokens, hidden)."""
        hidden = hidden + self.out(attend(self.qkv(rms_norm(hidden, self.attention_norm, eps))))
        gate, up = self.gate_up(rms_norm(hidden, self.mlp_norm, eps)).chunk(2, -1)
        return hidden + self.down(F.silu(gate).mul_(up))

    def watched(self, reach: dict[str, Tensor]) -> Layer:
        """The layer; how far each map's input reached in each channel goes to `reach`."""
        return self._changed({name: watched(getattr(self, name), name, reach) for name in MAPS})

    def adapted(self, adapter: Adapter, number: int) -> Layer:
        """The layer with the adapter's low-rank parts for this number beside its maps."""

        def both(run: Map, a: Tensor, b: Tensor, x: Tensor) -> Tensor:
            return run(x) + F.linear(F.linear(x, a), b)

        parts = {name: adapter[number, name] for name in MAPS if (number, name) in adapter}
        return self._changed({name: partial(both, getattr(self, name), *part) for name, part in parts.items()})

    def _changed(self, maps: Mapping[str, Map]) -> Layer:
        return Layer(**{**self._asdict(), **maps})


def watched(run: Map, name: str, reach: dict[str, Tensor]) -> Map:
    """The map; how far its input reached in each channel goes to `reach`."""

    def noting(x: Tensor) -> Tensor:
        reach[name] = x.abs().amax(0)
        return run(x)

    return noting


def merged(block: Block, adapter: Adapter, number: int) -> Block:
    """A block's weights with the adapter's low-rank parts for this number added to them."""
    parts = {name: adapter[number, name] for name in MAPS if (number, name) in adapter}
    return block._replace(**{name: getattr(block, name) + part.b @ part.a for name, part in parts.items()})


def tables(cos: Tensor, sin: Tensor) -> tuple[Tensor, Tensor]:
    """Rotary tables as `turned` takes them, (tokens, 1, head), from the angles' cosine and sine, (tokens, head / 2) each."""
    cos, sin = cos[:, None], sin[:, None]
    return torch.cat([cos, cos], -1), torch.cat([-sin, sin], -1)


def turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding, halves convention; sin's first half is negative. x: (tokens, heads, head)."""
    left, right = x.chunk(2, -1)
    return torch.addcmul(x * cos, torch.cat([right, left], -1), sin)
