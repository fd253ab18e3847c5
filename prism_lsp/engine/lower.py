"""The lower layers as reading needs them: sentences end to end, nothing padded, nothing computed twice.

The linear maps, where nearly all the time goes, run over the tokens of all sentences as one matrix; only attention looks at
sentences. Every sentence stands behind the same special token, which sees nothing but itself: its keys and values are the
same in all of them and are computed once. The maps are float32, or int8 where the processor multiplies that faster
(`int8.py`); residual stream, norms and attention are float32 in either case.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from prism_lsp.engine.int8 import smoothed
from prism_lsp.engine.layer import Layer, tables, turned
from prism_lsp.engine.llama import Block, Llama, rms_norm

LONGEST = 512
"""Tokens of the longest sentence, the leading one counted."""


class Rows(NamedTuple):
    """Where the tokens of a batch stand in the one matrix, (tokens, ·); the leading special ones are not in it."""

    groups: list[tuple[int, int]]
    """(sentences, tokens of each) of neighbours of the same length. Attention takes a group at a time: with nothing padded,
    a sentence meets the very same arithmetic alone and in any batch, and int8 leaves no room for near misses."""
    cos: Tensor
    sin: Tensor
    """Rotary tables of every token, (tokens, 1, head); the sine's first half is negative, see `layer.turned`."""


class Stream(NamedTuple):
    """Sentences on their way up through the layers."""

    lengths: list[int]
    """Tokens of each."""
    rows: Rows
    hidden: Tensor
    """Residual stream of their tokens, end to end, (tokens, hidden)."""
    done: int = 0
    """Layers that it has been through."""

    def each(self) -> tuple[Tensor, ...]:
        """The residual stream of every sentence, (its tokens, hidden)."""
        return torch.split(self.hidden, self.lengths)


class Lower:
    """The lower layers of a model behind one special token. Layers are made when they are first used."""

    def __init__(self, model: Llama, first: int, sample: Sequence[Sequence[int]] = ()) -> None:
        """`first`: the special token. `sample`: tokens of ordinary sentences; with them the maps are int8, fitted to these."""
        self.model = model
        self.int8 = bool(sample)
        self.layers: list[Layer] = []
        self._heads: list[Tensor] = []  # each layer's queries, keys and values of the leading token, (heads, head)
        self._first = model.embed(torch.tensor([[first]], device=model.device))  # residual stream, (1, 1, hidden)
        self._rotary = model.rotary(torch.arange(LONGEST, device=model.device))
        self._sample_rows = self._rows([len(tokens) for tokens in sample])
        self._sample = self._embed(sample) if sample else None  # residual stream, (tokens, hidden)

    @torch.inference_mode()
    def states(self, sentences: Sequence[Sequence[int]], layers: Sequence[int]) -> Tensor:
        """Residual stream after each of `layers` (ascending), joined: (sentences, longest, len(layers) hidden).

        sentences: their own tokens, without the leading one. 0 after a sentence's end.
        """
        stream = self.begin(sentences)
        width, longest = self.model.config.hidden_size, max(stream.lengths, default=0)
        grid = self._first.new_zeros(len(sentences), longest, len(layers) * width)
        if not longest:
            return grid
        real = torch.arange(longest, device=grid.device) < torch.tensor(stream.lengths, device=grid.device)[:, None]
        for at, layer in enumerate(layers):
            stream = self.up(stream, layer)
            grid[..., at * width : (at + 1) * width][real] = stream.hidden
        return grid

    def begin(self, sentences: Sequence[Sequence[int]]) -> Stream:
        """Sentences before the first layer; their own tokens, without the leading one."""
        lengths = [len(tokens) for tokens in sentences]
        return Stream(lengths, self._rows(lengths), self._embed(sentences))

    @torch.inference_mode()
    def up(self, stream: Stream, layer: int, step: Callable[[], None] = lambda: None) -> Stream:
        """The stream after so many layers. step: called before each; it may raise, and it may read."""
        self.reach(layer, step)
        hidden = stream.hidden
        for number in range(stream.done, layer):
            step()
            hidden = self._run(hidden, self.layers[number], self._heads[number], stream.rows)
        return stream._replace(hidden=hidden, done=layer)

    def only(self, stream: Stream, kept: Sequence[int]) -> Stream:
        """Some of the sentences, by their places in the stream, ascending."""
        if len(kept) == len(stream.lengths):
            return stream
        each, lengths = stream.each(), [stream.lengths[place] for place in kept]
        hidden = torch.cat([each[place] for place in kept]) if kept else stream.hidden[:0]
        return Stream(lengths, self._rows(lengths), hidden, stream.done)

    @property
    def first(self) -> Tensor:
        """Residual stream of the leading token after the layers made so far, (1, hidden)."""
        return self._first[0]

    def _embed(self, sentences: Sequence[Sequence[int]]) -> Tensor:
        return self.model.embed(
            torch.tensor([t for tokens in sentences for t in tokens], dtype=torch.long, device=self.model.device)
        )

    def _rows(self, counts: Sequence[int]) -> Rows:
        groups = [(len(list(same)), length) for length, same in groupby(counts) if length]
        places = torch.tensor(
            [place for count in counts for place in range(1, count + 1)], dtype=torch.long, device=self.model.device
        )
        return Rows(groups, *tables(*(table[places] for table in self._rotary)))

    def _run(self, hidden: Tensor, layer: Layer, first: Tensor, rows: Rows) -> Tensor:
        """One layer over all tokens, (tokens, hidden)."""
        return layer.run(hidden, lambda heads: self._attention(heads, first, rows), self.model.config.rms_norm_eps)

    def _attention(self, heads: Tensor, first: Tensor, rows: Rows) -> Tensor:
        """Causal attention inside every sentence, (tokens, hidden)."""
        c = self.model.config
        query, shared = c.num_attention_heads, c.num_key_value_heads
        heads = heads.view(len(heads), -1, c.head_size)
        placed = turned(heads[:, : query + shared], rows.cos, rows.sin)
        mixed = heads.new_empty(len(heads), query * c.head_size)
        at = 0
        for sentences, length in rows.groups:
            here = slice(at, at := at + sentences * length)
            group = heads.new_empty(sentences, length + 1, *heads.shape[1:])
            group[:, 0] = first
            group[:, 1:, : query + shared] = placed[here].view(sentences, length, query + shared, -1)
            group[:, 1:, query + shared :] = heads[here, query + shared :].view(sentences, length, shared, -1)
            q, k, v = torch.split(group.transpose(1, 2), [query, shared, shared], 1)
            seen = F.scaled_dot_product_attention(q, k, v, is_causal=True, enable_gqa=True)
            mixed[here] = seen[:, :, 1:].transpose(1, 2).flatten(2).flatten(0, 1)
        return mixed

    @torch.inference_mode()
    def reach(self, count: int, step: Callable[[], None] = lambda: None) -> None:
        """Make the first `count` layers, if they are not there yet. step: called before each; it may raise, and it may read."""
        while len(self.layers) < count:
            step()
            if len(self.layers) < count:  # whoever read meanwhile may have made the last ones
                self._add_layer()

    def _add_layer(self) -> None:
        number = len(self.layers)
        block = self.model.block(number)
        layer, heads = Layer.of(block), self._heads_of_first(block, self._first)
        if self._sample is not None:
            reach: dict[str, Tensor] = {}
            self._sample = self._run(self._sample, layer.watched(reach), heads, self._sample_rows)
            block = smoothed(block, reach, self.model.config)
            layer, heads = Layer.int8(block), self._heads_of_first(block, self._first)
        self._first = self.model.run(self._first, range(number, number + 1))
        if self._sample is not None:
            self.model.forget(number)  # float32 weights, four times as large
        self.layers.append(layer)
        self._heads.append(heads)

    def _heads_of_first(self, block: Block, first: Tensor) -> Tensor:
        """What the leading token brings to a block's attention, (heads, head); first: its residual stream, (1, 1, hidden)."""
        normed = rms_norm(first[0], block.attention_norm, self.model.config.rms_norm_eps)
        return F.linear(normed, block.qkv).view(-1, self.model.config.head_size)
