"""The base model: a Llama-family causal transformer in plain torch, open in the middle.

Written out (not taken from a library) because the middle is what Prism is about: reading stops after layer L, writing adds
a vector there and runs on with an adapter, candidates share one prompt. Computation follows Touvron et al. 2023
(arXiv 2302.13971) with grouped-query attention; agreement with transformers is pinned by `tests/engine/test_llama.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import torch
import torch.nn.functional as F
from safetensors import safe_open
from torch import Tensor

from prism_lsp.engine.memory import trim


@dataclass(frozen=True)
class Config:
    """What `config.json` of the converted weights says."""

    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    intermediate_size: int
    rms_norm_eps: float
    rope_theta: float
    vocab_size: int

    @property
    def head_size(self) -> int:
        """Dimensions of one attention head."""
        return self.hidden_size // self.num_attention_heads

    @classmethod
    def load(cls, folder: Path) -> Config:
        """Read `folder/config.json`; keys that are not fields are ignored."""
        raw = json.loads((folder / "config.json").read_text("utf-8"))
        return cls(**{name: raw[name] for name in cls.__dataclass_fields__})


class Block(NamedTuple):
    """One layer's weights; maps that read the same input are fused. Shapes are (out, in)."""

    attention_norm: Tensor
    qkv: Tensor
    out: Tensor
    mlp_norm: Tensor
    gate_up: Tensor
    down: Tensor


MAPS = ("qkv", "out", "gate_up", "down")
"""The linear maps of a block, by the names of `Block`'s fields; an adapter has a low-rank part for each."""


class LowRank(NamedTuple):
    """A LoRA part (Hu et al. 2021): the map's output grows by x aᵀ bᵀ; the scale is folded into b."""

    a: Tensor  # (rank, in)
    b: Tensor  # (out, rank)


Adapter = Mapping[tuple[int, str], LowRank]
"""Low-rank parts by (layer, name of the map)."""


class Cache:
    """Keys and values of the positions seen so far, in buffers laid out once.

    Each is (batch, kv heads, capacity, head) per layer; `length` positions of it are filled.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.length: dict[int, int] = {}
        self.keys: dict[int, Tensor] = {}
        self.values: dict[int, Tensor] = {}

    def extend(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Append this step's keys and values of a layer and give back all of them."""
        start = self.length.get(layer, 0)
        end = start + key.shape[2]
        if start == 0:
            shape = (*key.shape[:2], self.capacity, key.shape[3])
            self.keys[layer], self.values[layer] = key.new_empty(shape), value.new_empty(shape)
        self.keys[layer][:, :, start:end] = key
        self.values[layer][:, :, start:end] = value
        self.length[layer] = end
        return self.keys[layer][:, :, :end], self.values[layer][:, :, :end]

    def rows(self, rows: Tensor) -> Cache:
        """A copy with these rows of the batch; a row may be named more than once."""
        other = Cache(self.capacity)
        other.length = dict(self.length)
        other.keys = {layer: key[rows] for layer, key in self.keys.items()}
        other.values = {layer: value[rows] for layer, value in self.values.items()}
        return other


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Root-mean-square norm over the last dimension."""
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + eps) * weight


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotary position embedding, halves convention. x: (batch, heads, positions, head)."""
    left, right = x.chunk(2, -1)
    return torch.cat([left * cos - right * sin, right * cos + left * sin], -1)


class Llama:
    """The model's weights and its forward pass in slices of layers. Layers are loaded when they are first used."""

    def __init__(self, folder: Path, device: str | torch.device = "cpu") -> None:
        self.folder = folder
        self.device = torch.device(device)
        self.config = Config.load(folder)
        self._blocks: dict[int, Block] = {}
        self.embedding = self._embedding()  # (vocabulary, hidden), tied with the output map
        self.final_norm = self._tensors("model.norm.weight")[0].clone()
        half = self.config.head_size // 2
        self._frequency = 1.0 / self.config.rope_theta ** (torch.arange(half, device=self.device).float() / half)

    def _tensors(self, *names: str) -> list[Tensor]:
        """Tensors of the weights' file, in a mapping of their own: what was once read of a mapping counts as this process's
        memory until the last tensor of it is gone."""
        with safe_open(str(self.folder / "model.safetensors"), framework="pt", device=str(self.device)) as file:
            return [file.get_tensor(name).float() for name in names]

    def _embedding(self) -> Tensor:
        return self._tensors("model.embed_tokens.weight")[0]

    def leave_embedding(self) -> None:
        """Give back the memory of all rows of the embedding that were read; they are read again when they are used again."""
        self.embedding = self._embedding()

    def block(self, layer: int) -> Block:
        """Weights of one layer."""
        if layer not in self._blocks:
            at = f"model.layers.{layer}."
            before, after = self._tensors(at + "input_layernorm.weight", at + "post_attention_layernorm.weight")
            out, down = self._tensors(at + "self_attn.o_proj.weight", at + "mlp.down_proj.weight")
            self._blocks[layer] = Block(
                before.clone(),
                torch.cat(self._tensors(*(f"{at}self_attn.{part}_proj.weight" for part in "qkv"))),
                out,
                after.clone(),
                torch.cat(self._tensors(*(f"{at}mlp.{part}_proj.weight" for part in ("gate", "up")))),
                down,
            )
        return self._blocks[layer]

    def forget(self, layer: int) -> None:
        """Give a layer's memory back; it is loaded again when it is used again."""
        self._blocks.pop(layer, None)
        trim()

    def rotary(self, positions: Tensor) -> tuple[Tensor, Tensor]:
        """Cosine and sine of every position's angles, (positions, head / 2) each."""
        angle = positions.float()[:, None] * self._frequency
        return angle.cos(), angle.sin()

    def embed(self, ids: Tensor) -> Tensor:
        """Residual stream before the first layer: (batch, positions, hidden)."""
        return F.embedding(ids, self.embedding)

    def run(
        self,
        hidden: Tensor,
        layers: range,
        adapter: Adapter | None = None,
        cache: Cache | None = None,
        position: int = 0,
    ) -> Tensor:
        """Residual stream after the last of `layers`, given the one before the first of them.

        hidden: (batch, positions, hidden). Attention is causal, so padding at the right changes nothing to its left.
        position: index of the first position when `cache` holds the ones before it.
        """
        c = self.config
        batch, length, _ = hidden.shape
        cos, sin = self.rotary(torch.arange(position, position + length, device=hidden.device))
        shares = c.num_attention_heads // c.num_key_value_heads
        for layer in layers:
            block = self.block(layer)

            def linear(x: Tensor, name: str, weight: Tensor, layer: int = layer) -> Tensor:
                y = F.linear(x, weight)
                part = adapter.get((layer, name)) if adapter else None
                return y if part is None else y + F.linear(F.linear(x, part.a), part.b)

            x = rms_norm(hidden, block.attention_norm, c.rms_norm_eps)
            heads = linear(x, "qkv", block.qkv).view(batch, length, -1, c.head_size).transpose(1, 2)
            q, k, v = torch.split(heads, [c.num_attention_heads, c.num_key_value_heads, c.num_key_value_heads], 1)
            q, k = rotate(q, cos, sin), rotate(k, cos, sin)
            if cache is not None:
                k, v = cache.extend(layer, k, v)
            seen = k.shape[2]
            if length == 1:
                # one new position: the query heads of a group stand as rows against their shared keys, nothing is copied
                groups = q.view(batch, c.num_key_value_heads, shares, c.head_size)
                scores = (groups @ k.transpose(2, 3)) * c.head_size**-0.5
                mixed = (scores.softmax(-1) @ v).reshape(batch, 1, -1)
            else:
                mask = None
                if seen != length:
                    mask = torch.ones(length, seen, dtype=torch.bool, device=hidden.device).tril(seen - length)
                mixed = F.scaled_dot_product_attention(
                    q, k.repeat_interleave(shares, 1), v.repeat_interleave(shares, 1), mask, is_causal=mask is None
                )
                mixed = mixed.transpose(1, 2).reshape(batch, length, -1)
            hidden = hidden + linear(mixed, "out", block.out)
            x = rms_norm(hidden, block.mlp_norm, c.rms_norm_eps)
            gate, up = linear(x, "gate_up", block.gate_up).chunk(2, -1)
            hidden = hidden + linear(F.silu(gate) * up, "down", block.down)
        return hidden

    def logits(self, hidden: Tensor) -> Tensor:
        """Next-token logits from the residual stream after the last layer."""
        return F.linear(rms_norm(hidden, self.final_norm, self.config.rms_norm_eps), self.embedding)
