"""A dictionary: a sparse autoencoder in a folder as SAELens writes it, read safely (JSON and safetensors, nothing runs).

It is of sentence latents (`prism-lsp build dictionary`), or of single tokens (one that others trained, on any model); then
a sentence's activation is the largest of its tokens', and each token's own is the evidence (max-pooling as in Jiang et al. 2025,
arXiv 2512.10092).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from prism_lsp.reading import EngineError

SHAPES = {"W_enc": ("d_in", "d_sae"), "b_enc": ("d_sae",), "W_dec": ("d_sae", "d_in"), "b_dec": ("d_in",)}
"""Tensors of every architecture; `threshold` (d_sae) is JumpReLU's."""
ARCHITECTURES = ("jumprelu", "standard", "topk")
AT_ONCE = 2**24
"""Activations computed in one go: tokens times units."""


class Pooled(NamedTuple):
    """Activations of sentences by a dictionary of tokens."""

    activations: Tensor
    """The largest of each sentence's tokens', (sentences, units)."""
    tokens: Tensor
    """Which token has it, (sentences, units); 0 where none is active."""


class Dictionary:
    """A dictionary in memory."""

    def __init__(self, cfg: dict[str, Any], tensors: dict[str, Tensor], device: str | torch.device = "cpu") -> None:
        """`cfg` and `tensors` as SAELens names them; `load` verifies them first."""
        self.cfg = cfg
        self.size: int = cfg["d_in"]
        self.units: int = cfg["d_sae"]
        self.metadata: dict[str, Any] = cfg.get("metadata") or {}
        tensors = {name: each.to(device, torch.float32) for name, each in tensors.items()}
        self.encoder, self.bias = tensors["W_enc"], tensors["b_enc"]
        self.decoder, self.centre = tensors["W_dec"], tensors["b_dec"]
        self.threshold = tensors.get("threshold")
        self._offset = self.bias - (self.centre @ self.encoder if cfg.get("apply_b_dec_to_input", True) else 0)
        self._k: int | None = cfg["k"] if cfg["architecture"] == "topk" else None
        self._norms = self.decoder.norm(dim=1) if cfg.get("rescale_acts_by_decoder_norm") else None

    @torch.inference_mode()
    def activations(self, latents: Tensor) -> Tensor:
        """Activations of latents or of token states, (..., units). latents: (..., d)."""
        found = latents.float() @ self.encoder + self._offset
        if self._norms is not None:
            found = found * self._norms
        if self.threshold is not None:
            return torch.relu(found) * (found > self.threshold)
        found = torch.relu(found)
        if self._k is None:
            return found
        best = found.topk(self._k, dim=-1)
        return torch.zeros_like(found).scatter(-1, best.indices, best.values)

    @torch.inference_mode()
    def reconstruction(self, activations: Tensor) -> Tensor:
        """The latents that activations stand for, (..., d). activations: (..., units)."""
        if self._norms is not None:
            activations = activations / self._norms
        return activations @ self.decoder + self.centre

    @torch.inference_mode()
    def pooled(self, states: Tensor, lengths: Tensor) -> Pooled:
        """Activations of whole sentences from their tokens' states, for a dictionary of tokens.

        states: (sentences, tokens, d), right-padded, the leading special token left out; lengths: (sentences,).
        """
        out = states.new_zeros(len(states), self.units, dtype=torch.float32)
        where = torch.zeros(len(states), self.units, dtype=torch.long, device=states.device)
        most = max(1, AT_ONCE // self.units)
        for row, length in enumerate(lengths.tolist()):
            for start in range(0, length, most):
                best = self.activations(states[row, start : min(length, start + most)]).max(0)
                larger = best.values > out[row]
                out[row] = torch.where(larger, best.values, out[row])
                where[row] = torch.where(larger, best.indices + start, where[row])
        return Pooled(out, where)

    @torch.inference_mode()
    def evidence(self, states: Tensor, unit: int) -> Tensor:
        """A unit's activation at every token, (tokens,). states: of one sentence, (tokens, d)."""
        if self._k is not None:  # which are kept depends on the others
            return self.activations(states)[:, unit]
        found = states.float() @ self.encoder[:, unit] + self._offset[unit]
        if self._norms is not None:
            found = found * self._norms[unit]
        kept = found > (0 if self.threshold is None else self.threshold[unit])
        return torch.relu(found) * kept


def load(folder: Path, device: str | torch.device = "cpu") -> Dictionary:
    """Read a dictionary. Raises EngineError (pack) that says what is wrong with it."""
    try:
        cfg = json.loads((folder / "cfg.json").read_text("utf-8"))
        tensors = load_file(folder / "sae_weights.safetensors")
        problem = _problem(cfg, tensors)
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EngineError(f"The dictionary {folder.name} cannot be read: {error!r}.", "pack") from error
    if problem:
        raise EngineError(f"The dictionary {folder.name} cannot be used: {problem}.", "pack")
    return Dictionary(cfg, tensors, device)


def _problem(cfg: dict[str, Any], tensors: dict[str, Tensor]) -> str | None:
    """What this reader does not do, or what does not fit together."""
    architecture = cfg["architecture"]
    if architecture not in ARCHITECTURES:
        return f"its architecture is {architecture!r}, and only {', '.join(ARCHITECTURES)} are read"
    for name in ("normalize_activations", "reshape_activations"):
        if cfg.get(name, "none") not in ("none", None):
            return f"its {name} is {cfg[name]!r}; save it with SAELens' save_inference_model, which folds that in"
    if architecture == "topk" and not 0 < cfg["k"] <= cfg["d_sae"]:
        return f"its k is {cfg['k']}"
    wanted = SHAPES | ({"threshold": ("d_sae",)} if architecture == "jumprelu" else {})
    for name, sizes in wanted.items():
        shape = tuple(cfg[size] for size in sizes)
        if name not in tensors:
            return f"it has no {name}"
        if tuple(tensors[name].shape) != shape:
            return f"its {name} is {tuple(tensors[name].shape)} and cfg.json says {shape}"
    return None
