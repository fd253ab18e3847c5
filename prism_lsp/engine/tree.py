"""Many continuations of one prompt as a tree of tokens: what several of them share is computed and kept once.

A token sees its ancestors and nothing else, so that siblings never meet; tokens that turn out not to be wanted are left
where they are, seen by nobody. That makes one forward pass do for any number of texts of any length (Miao et al. 2023,
arXiv 2305.09781, "tree-based parallel decoding").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from prism_lsp.engine.layer import Layer, tables, turned
from prism_lsp.engine.llama import Cache, Llama

SPARE = 256
"""Nodes there is room for at first; the room doubles when it is full."""


class Prefix:
    """Keys and values of tokens that every tree begins with, for a stack of layers. They are computed in float32 once: the
    first position is a norm outlier that int8 would spoil for every later one."""

    def __init__(self, cache: Cache, numbers: range) -> None:
        """`cache` holds one text, run through the layers of these numbers."""
        self.keys = [cache.keys[n][0, :, : cache.length[n]] for n in numbers]  # (kv heads, tokens, head) each
        self.values = [cache.values[n][0, :, : cache.length[n]] for n in numbers]
        self.length = self.keys[0].shape[1] if self.keys else 0


class Tree:
    """Keys and values of a tree's nodes in a stack of layers. The prefix's tokens are its first nodes, one below the other."""

    def __init__(self, model: Llama, layers: Sequence[Layer], prefix: Prefix) -> None:
        self.model = model
        self.layers = layers
        self.size = prefix.length
        """Nodes so far."""
        room = prefix.length + SPARE
        self._sees = np.tri(room, dtype=np.float32)  # (nodes, nodes), 1 where a node sees another
        self._keys = [_with_room(each, room) for each in prefix.keys]
        self._values = [_with_room(each, room) for each in prefix.values]

    def grow(self, hidden: Tensor, parents: Sequence[int], step: Callable[[], None] = lambda: None) -> Tensor:
        """The residual stream of new nodes after the last layer, (nodes, hidden), given the one before the first.

        parents: the node that each hangs from, an old one or one before it in this very call; the new nodes are numbered
        on from `size`. step: called before each layer; when it raises, the tree is of no use any more.
        """
        c, old, new = self.model.config, self.size, self.size + len(parents)
        if new > len(self._sees):
            self._make_room(2 * new)
        for node, parent in enumerate(parents, old):
            self._sees[node] = self._sees[parent]
            self._sees[node, node] = 1
        seen = self._sees[old:new, :new]
        places = torch.from_numpy(seen.sum(1) - 1).to(hidden.device)
        mask = torch.from_numpy(np.where(seen > 0, np.float32(0), np.float32(-np.inf))).to(hidden.device)
        cos, sin = tables(*self.model.rotary(places))
        query, shared = c.num_attention_heads, c.num_key_value_heads
        for layer, keys, values in zip(self.layers, self._keys, self._values, strict=True):

            def attend(heads: Tensor, keys: Tensor = keys, values: Tensor = values) -> Tensor:
                heads = heads.view(len(heads), -1, c.head_size)
                placed = turned(heads[:, : query + shared], cos, sin)
                keys[:, old:new] = placed[:, query:].transpose(0, 1)
                values[:, old:new] = heads[:, query + shared :].transpose(0, 1)
                mixed = F.scaled_dot_product_attention(
                    placed[None, :, :query].transpose(1, 2),
                    keys[None, :, :new],
                    values[None, :, :new],
                    mask,
                    enable_gqa=True,
                )
                return mixed[0].transpose(0, 1).flatten(1)

            step()
            hidden = layer.run(hidden, attend, c.rms_norm_eps)
        self.size = new
        return hidden

    def _make_room(self, room: int) -> None:
        sees = np.zeros((room, room), np.float32)
        sees[: self.size, : self.size] = self._sees[: self.size, : self.size]
        self._sees = sees
        self._keys = [_with_room(each[:, : self.size], room) for each in self._keys]
        self._values = [_with_room(each[:, : self.size], room) for each in self._values]


def _with_room(tensor: Tensor, room: int) -> Tensor:
    """A copy of (heads, nodes, head) with room for so many nodes."""
    wider = tensor.new_empty(tensor.shape[0], room, tensor.shape[2])
    wider[:, : tensor.shape[1]] = tensor
    return wider
