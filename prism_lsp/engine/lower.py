"""The lower layers as reading needs them: sentences end to end, nothing padded, nothing computed twice.

The linear maps, where nearly all the time goes, run over the tokens of all sentences as one matrix; only attention looks at
sentences. Every sentence stands behind the same special token, which sees nothing but itself: its keys and values are the
same in all of them and are computed once. The maps are float32, or int8 where the processor multiplies that faster
(`int8.py`); residual stream, norms and attention are float32 in either case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from prism_lsp.engine.int8 import Int8, smoothed
from prism_lsp.engine.llama import MAPS, Block, Llama, rms_norm

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
    first: Tensor
    """Heads of queries, keys and values of the leading special token, (heads, head)."""

    @classmethod
    def of(cls, block: Block, first: Tensor, int8: bool = False) -> Layer:
        """A block's weights as maps."""
        maps: dict[str, Map] = {
            name: Int8(getattr(block, name), fine=name == "down")
            if int8
            else partial(F.linear, weight=getattr(block, name))
            for name in MAPS
        }
        return cls(block.attention_norm, maps["qkv"], maps["out"], block.mlp_norm, maps["gate_up"], maps["down"], first)


class Rows(NamedTuple):
    """Where the tokens of a batch stand: `flat` is (tokens, ·) without the leading ones, `grid` is (sentences, longest, ·)."""

    sentences: int
    longest: int
    into_grid: Tensor
    """Flat row for every place of the grid, (sentences longest); any row where the sentence has ended."""
    out_of_grid: Tensor
    """Place of every token in a grid that also has the leading one, (tokens,)."""
    cos: Tensor
    sin: Tensor
    """Rotary tables of every token, (tokens, 1, head); the sine's first half is negative, see `turned`."""


class Lower:
    """The lower layers of a model behind one special token. Layers are made when they are first used."""

    def __init__(self, model: Llama, first: int, sample: Sequence[Sequence[int]] = ()) -> None:
        """`first`: the special token. `sample`: tokens of ordinary sentences; with them the maps are int8, fitted to these."""
        self.model = model
        self.layers: list[Layer] = []
        self._first = model.embed(torch.tensor([[first]], device=model.device))  # residual stream, (1, 1, hidden)
        self._sample = self._embed(sample) if sample else None
        self._sample_rows = self._rows([len(tokens) for tokens in sample]) if sample else None

    @torch.inference_mode()
    def states(self, sentences: Sequence[Sequence[int]], layers: Sequence[int]) -> Tensor:
        """Residual stream after each of `layers` (ascending), joined: (sentences, longest, len(layers) hidden).

        sentences: their own tokens, without the leading one. Places after a sentence's end hold arbitrary finite numbers.
        """
        rows = self._rows([len(tokens) for tokens in sentences])
        width = self.model.config.hidden_size
        if not rows.longest:
            return self._first.new_zeros(len(sentences), 0, width * len(layers))
        while len(self.layers) < max(layers):
            self._add_layer()
        hidden, done, found = self._embed(sentences), 0, []
        for layer in layers:
            for each in self.layers[done:layer]:
                hidden = self._run(hidden, each, rows)
            done = layer
            found.append(hidden.index_select(0, rows.into_grid).view(rows.sentences, rows.longest, width))
        return found[0] if len(found) == 1 else torch.cat(found, -1)

    def _embed(self, sentences: Sequence[Sequence[int]]) -> Tensor:
        return self.model.embed(torch.tensor([t for tokens in sentences for t in tokens], device=self.model.device))

    def _rows(self, counts: Sequence[int]) -> Rows:
        device, longest = self.model.device, max(counts)
        lengths, places = torch.tensor(counts, device=device), torch.arange(longest, device=device)
        real = places < lengths[:, None]  # (sentences, longest)
        starts = lengths.cumsum(0) - lengths
        into = (starts[:, None] + places).clamp_(max=max(0, sum(counts) - 1))
        out = (torch.arange(len(counts), device=device)[:, None] * (longest + 1) + 1 + places)[real]
        cos, sin = self.model.rotary((places + 1).expand(len(counts), -1)[real])
        return Rows(
            len(counts), longest, into.view(-1), out, torch.cat([cos, cos], -1)[:, None], torch.cat([-sin, sin], -1)[:, None]
        )  # fmt: skip

    def _run(self, hidden: Tensor, layer: Layer, rows: Rows) -> Tensor:
        """One layer over all tokens, (tokens, hidden)."""
        eps = self.model.config.rms_norm_eps
        heads = layer.qkv(rms_norm(hidden, layer.attention_norm, eps))
        hidden = hidden + layer.out(self._attention(heads, layer.first, rows))
        gate, up = layer.gate_up(rms_norm(hidden, layer.mlp_norm, eps)).chunk(2, -1)
        return hidden + layer.down(F.silu(gate).mul_(up))

    def _attention(self, heads: Tensor, first: Tensor, rows: Rows) -> Tensor:
        """Causal attention inside every sentence, (tokens, hidden); what follows a sentence's end is never looked at."""
        c = self.model.config
        query, shared = c.num_attention_heads, c.num_key_value_heads
        heads = heads.view(len(heads), -1, c.head_size)
        turned = _turned(heads[:, : query + shared], rows.cos, rows.sin)
        heads = torch.cat([turned, heads[:, query + shared :]], 1)
        grid = heads.new_empty(rows.sentences, rows.longest + 1, *heads.shape[1:])
        grid[:, 0] = first
        grid[:, 1:] = heads.index_select(0, rows.into_grid).view(rows.sentences, rows.longest, *heads.shape[1:])
        q, k, v = grid.transpose(1, 2).split([query, shared, shared], 1)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
        return mixed.transpose(1, 2).reshape(-1, query * c.head_size).index_select(0, rows.out_of_grid)

    def _add_layer(self) -> None:
        number = len(self.layers)
        block = self.model.block(number)
        layer = Layer.of(block, self._first_heads(block))
        if self._sample is not None:
            reach: dict[str, Tensor] = {}
            watched = {name: _watched(getattr(layer, name), name, reach) for name in MAPS}
            self._sample = self._run(self._sample, layer._replace(**watched), self._sample_rows)
            block = smoothed(block, reach, self.model.config)
            layer = Layer.of(block, self._first_heads(block), int8=True)
        self._first = self.model.run(self._first, range(number, number + 1))
        if self._sample is not None:
            self.model.forget(number)  # float32 weights, four times as large; the writer takes them up again
        self.layers.append(layer)

    def _first_heads(self, block: Block) -> Tensor:
        normed = rms_norm(self._first[0], block.attention_norm, self.model.config.rms_norm_eps)
        return F.linear(normed, block.qkv).view(-1, self.model.config.head_size)


def _watched(run: Map, name: str, reach: dict[str, Tensor]) -> Map:
    """The map; how far its input reached in each channel goes to `reach`."""

    def watched(x: Tensor) -> Tensor:
        reach[name] = x.abs().amax(0)
        return run(x)

    return watched


def _turned(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding, halves convention; sin's first half is negative. x: (tokens, heads, head)."""
    left, right = x.chunk(2, -1)
    return torch.addcmul(x * cos, torch.cat([right, left], -1), sin)
