"""Linear maps in int8, for reading on processors that multiply int8 faster than float32 (VNNI).

A weight has one scale per output channel, an input one per token, taken from that token alone (Dettmers et al. 2022,
arXiv 2208.07339, section 2): what else is in the batch changes nothing. A few channels reach ten times as far as the rest and
would cost the others their precision; `smoothed` moves that reach into the weights beforehand (SmoothQuant, Xiao et al.
2022, arXiv 2211.10438), which is precise enough for reading. Writing is more delicate, and there the weights pay for what
the inputs gain: the few channels are computed apart, in float32 (`APART`; Dettmers et al., section 3). The input of `down`
cannot be smoothed for nothing and reaches furthest: it is given in two int8 parts, the second being what the first left
over. `python -m benchmarks.read` and `python -m benchmarks.writing` measure the agreement with float32.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from prism_lsp.engine.llama import Block, Config

TOP = 127

MIGRATION = 0.7
"""How much of an input channel's reach moves into the weights, alpha of SmoothQuant. Of .5, .7 and .85 the best in agreement."""

APART = 16
"""Input channels of a map that writing computes in float32, those that reach furthest."""

ROWS = 4096
"""Output channels that are made and computed at a time: more, as the vocabulary's map has, would need much memory for a moment,
and leave the processor's cache on the way."""

SAMPLE = (
    "She had not slept, and the lamp was still burning when he came down the stairs.",
    "“Why didn't you tell me?” he asked. “I would have come at once!”",
    "The committee was informed that 42% of the applications had been rejected in 1998.",
    "I think we should probably leave before it gets dark, don't you?",
    "If the file cannot be opened, the function returns an error and writes nothing.",
    "Rain, wind, salt; the old harbour smelled of tar and of fish, as it always will.",
    "Moreover, no evidence was found which could support Dr. Hale's second hypothesis.",
    "Wow, that's the best pizza I've ever had in my whole life!!",
)
"""Ordinary sentences, made up for this: the reach of each channel is taken from them."""


class Int8:
    """A linear map in int8: float32 (tokens, in) to float32 (tokens, out)."""

    def __init__(
        self,
        weight: Tensor,
        fine: bool = False,
        apart: Tensor | None = None,
        step: Callable[[], None] = lambda: None,
    ) -> None:
        """`weight`: (out, in). `fine`: the input has 15 bits instead of 8, for twice the work. `apart`: input channels that
        are left in float32. `step`: called before every `ROWS` channels; it may raise."""
        self.apart = apart
        if apart is not None:
            self.left = weight[:, apart].contiguous()
            weight = weight.index_fill(1, apart, 0)
        self.weight = weight.new_empty(weight.shape, dtype=torch.int8)
        self.scale = weight.new_empty(1, len(weight))  # (1, out)
        for start in range(0, len(weight), ROWS):
            step()
            rows = slice(start, start + ROWS)
            scale = weight[rows].abs().amax(1, keepdim=True).clamp_(min=1e-12) / TOP
            self.weight[rows] = (weight[rows] / scale).round_()
            self.scale[:, rows] = scale.T
        self.fine = fine

    def __call__(self, x: Tensor) -> Tensor:
        """The map of every token."""
        if self.apart is None:
            return self._whole(x)
        return self._whole(x.index_fill(1, self.apart, 0)).addmm_(x[:, self.apart], self.left.T)

    def _whole(self, x: Tensor) -> Tensor:
        reach = x.abs().amax(-1, keepdim=True).clamp_(min=1e-12)
        scaled = x * (TOP / reach)
        rounded = scaled.round()
        whole, unit = rounded.to(torch.int8), reach / TOP
        rest = scaled.sub_(rounded).mul_(2 * TOP).round_().to(torch.int8) if self.fine else None
        if len(self.weight) <= ROWS:
            return self._some(whole, rest, slice(None)).mul_(unit)
        found = x.new_empty(len(x), len(self.weight))
        for start in range(0, len(self.weight), ROWS):
            rows = slice(start, start + ROWS)
            torch.mul(self._some(whole, rest, rows), unit, out=found[:, rows])
        return found

    def _some(self, whole: Tensor, rest: Tensor | None, rows: slice) -> Tensor:
        """These output channels, in units of each token's input."""
        weight = self.weight[rows].T
        y = torch._int_mm(whole, weight).float()
        if rest is not None:
            y.add_(torch._int_mm(rest, weight), alpha=0.5 / TOP)
        return y.mul_(self.scale[:, rows])


def smoothed(block: Block, reach: Mapping[str, Tensor], config: Config) -> Block:
    """A block that computes the same in real numbers, whose maps' inputs have channels of alike reach.

    reach: largest absolute input of each channel by the map's name, (in,). The factors go where they cost nothing: into the
    norms, and for `out` into the rows of the values, which the query heads of a group share.
    """

    def factor(name: str, weight: Tensor) -> Tensor:
        columns = weight.abs().amax(0).clamp(min=1e-6)
        found: Tensor = reach[name].clamp(min=1e-6) ** MIGRATION / columns ** (1 - MIGRATION)
        return found

    size, shared = config.head_size, config.num_key_value_heads
    grouped = factor("out", block.out).view(shared, -1, size).amax(1, keepdim=True)  # (kv heads, 1, head)
    per_query = grouped.expand(-1, config.num_attention_heads // shared, -1).reshape(-1)
    values = torch.cat([block.qkv.new_ones(len(block.qkv) - shared * size), grouped.reshape(-1)])
    qkv, gate_up = factor("qkv", block.qkv), factor("gate_up", block.gate_up)
    return Block(
        block.attention_norm / qkv,
        block.qkv * qkv / values[:, None],
        block.out * per_query,
        block.mlp_norm / gate_up,
        block.gate_up * gate_up,
        block.down,
    )


def supported() -> bool:
    """Whether this processor multiplies int8 fast, and right: without VNNI, sums of products may overflow 16 bits."""
    capabilities = torch.cpu.get_capabilities()
    if not (capabilities.get("avx512_vnni") or capabilities.get("avx_vnni")):
        return False
    rows, columns = torch.full((32, 64), TOP, dtype=torch.int8), torch.full((64, 32), -TOP, dtype=torch.int8)
    return bool((torch._int_mm(rows, columns) == -64 * TOP * TOP).all())
