"""`prism-lsp build dictionary`: a sparse autoencoder of sentence latents.

    python -m prism_lsp.build.dictionary --out FOLDER [--layer 12] [--units 4096] [--k 32] [--matryoshka 512 2048]
        [--steps 20000] [--seed 0] [--device cuda]

BatchTopK (Bussmann, Leask & Nanda 2024, arXiv 2412.06410): of all activations of a batch the largest k times its size are
kept, so that a sentence has as many as it needs. With `--matryoshka` the first units must also do alone (Bussmann et al. 2025,
arXiv 2503.17547). Units that stay dark are taught on what the others leave over (AuxK, Gao et al. 2024, arXiv 2406.04093).
Latents are centred on their mean first (Simon et al., arXiv 2605.31518) and scaled; both are folded into the weights at the end,
with one threshold in place of the batch. The folder is SAELens' (`SAE.load_from_disk`): cfg.json, sae_weights.safetensors.

Own code and not SAELens' trainer: that one wants a language model and a hook point to draw activations from, brings some
eighty packages, and has nothing that a hundred lines on vectors from a file lack.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.numpy import save_file
from torch import Tensor

from prism_lsp.build import harvest
from prism_lsp.engine import weights

Array = NDArray[np.float32]


@dataclass(frozen=True)
class Recipe:
    """How a dictionary is trained. Sources of the numbers: `facts/text-and-dictionaries.md`, B2 and B4."""

    units: int = 4096
    k: int = 32
    """Activations of a sentence, in the mean."""
    levels: tuple[int, ...] = ()
    """Matryoshka: so many first units must also reconstruct alone; `units` is always a level."""
    steps: int = 20_000
    batch: int = 4096
    """Sentences."""
    rate: float = 4e-4
    """2e-4 / sqrt(units / 2^14), as dictionary_learning and sparsify scale it."""
    warm_up: int = 1000
    decay: float = 0.2
    """Share of the steps at the end over which the rate falls to 0."""
    auxiliary: float = 1 / 32
    """Weight of what dark units are taught."""
    dark_after: int = 500_000
    """Sentences without an activation, after which a unit counts as dark."""
    seed: int = 0


class Dictionary(NamedTuple):
    """A trained dictionary of latents z, as JumpReLU: p = (z - centre) encoder + bias; a = p where p > threshold, else 0;
    z is about a decoder + centre."""

    encoder: Array  # (d, units)
    bias: Array  # (units,)
    decoder: Array  # (units, d), rows of length 1
    centre: Array  # (d,)
    threshold: Array  # (units,)


class _Net(torch.nn.Module):
    def __init__(self, size: int, units: int, seed: int) -> None:
        super().__init__()
        draw = torch.Generator().manual_seed(seed)
        decoder = F.normalize(torch.randn(units, size, generator=draw), dim=1)
        self.decoder = torch.nn.Parameter(decoder)
        self.encoder = torch.nn.Parameter(decoder.T.clone())
        self.bias = torch.nn.Parameter(torch.zeros(units))
        self.centre = torch.nn.Parameter(torch.zeros(size))

    def activations(self, x: Tensor) -> Tensor:
        """Before any is left out, (batch, units)."""
        return F.relu((x - self.centre) @ self.encoder + self.bias)


def batch_top_k(activations: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """The largest k times the batch's size, the others 0, and the smallest that is kept. activations: (batch, units)."""
    count = min(k * len(activations), activations.numel())
    least = activations.flatten().topk(count, sorted=False).values.min()
    return activations * (activations >= least.clamp(min=torch.finfo(activations.dtype).tiny)), least


def train(latents: NDArray[Any], recipe: Recipe, device: str = "cpu", report: Any = None) -> Dictionary:
    """A dictionary of these latents, (sentences, d). The same recipe, latents and device give the same dictionary.

    report: called with the step and a dict of figures, every hundredth step.
    """
    torch.manual_seed(recipe.seed)
    mean = np.stack([chunk.astype(np.float64).sum(0) for chunk in _chunks(latents)]).sum(0) / len(latents)
    square = sum(float(((chunk - mean) ** 2).sum()) for chunk in _chunks(latents)) / len(latents)
    size = latents.shape[1]
    scale = math.sqrt(square / size) or 1.0
    centre = torch.from_numpy(mean.astype(np.float32)).to(device)
    data = torch.from_numpy(np.ascontiguousarray(latents)).to(device)
    net = _Net(size, recipe.units, recipe.seed).to(device)
    optimizer = torch.optim.Adam(net.parameters(), lr=recipe.rate, betas=(0.9, 0.999))
    start_decay = int(recipe.steps * (1 - recipe.decay))

    def rate(step: int) -> float:
        falling = (recipe.steps - step) / max(1, recipe.steps - start_decay)
        return min(1.0, (step + 1) / max(1, min(recipe.warm_up, recipe.steps // 10)), max(falling, 1e-3))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    levels = [*sorted(level for level in set(recipe.levels) if level < recipe.units), recipe.units]
    dark_for = torch.zeros(recipe.units, device=device)
    threshold = torch.zeros((), device=device)
    draw = torch.Generator().manual_seed(recipe.seed)
    order, at = torch.randperm(len(data), generator=draw), 0
    batch = min(recipe.batch, len(data))
    for step in range(recipe.steps):
        if at + batch > len(data):
            order, at = torch.randperm(len(data), generator=draw), 0
        x = (data[order[at : at + batch].to(device)].float() - centre) / scale
        at += batch
        dense = net.activations(x)
        kept, least = batch_top_k(dense, recipe.k)
        rest, loss, first = x - net.centre, x.new_zeros(()), 0
        for level in levels:
            rest = rest - kept[:, first:level] @ net.decoder[first:level]
            loss, first = loss + rest.square().sum(1).mean() / len(levels), level
        with torch.no_grad():
            dark_for = torch.where((kept > 0).any(0), 0, dark_for + batch)
            dark = dark_for > recipe.dark_after
            share = 0.01 if step >= 100 else 0.1
            threshold = threshold + share * (least - threshold)
        if int(dark.sum()):
            loss = loss + recipe.auxiliary * _auxiliary(net, dense, rest.detach(), dark)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        with torch.no_grad():  # rows of the decoder keep length 1; what would only change it is no gradient
            grad = net.decoder.grad
            assert grad is not None
            grad -= (grad * net.decoder).sum(1, keepdim=True) * net.decoder
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        with torch.no_grad():
            net.decoder.copy_(F.normalize(net.decoder, dim=1))
        if report and (step % 100 == 99 or step + 1 == recipe.steps):
            unexplained = float(rest.detach().square().sum() / x.square().sum())
            report(step + 1, {"explained": 1 - unexplained, "dark": int(dark.sum()), "threshold": float(threshold)})
    return _folded(net, mean.astype(np.float32), scale, float(threshold))


def _auxiliary(net: _Net, dense: Tensor, rest: Tensor, dark: Tensor) -> Tensor:
    """What dark units leave unexplained of the rest, relative to it: AuxK, with half the latent's size of them."""
    mine = dense[:, dark]
    most = mine.topk(min(net.centre.shape[0] // 2, mine.shape[1]), dim=1)
    found = torch.zeros_like(mine).scatter(1, most.indices, most.values) @ net.decoder[dark]
    return ((rest - found).square().sum() / rest.square().sum().clamp(min=1e-9)) * rest.square().sum(1).mean()


def _folded(net: _Net, mean: Array, scale: float, threshold: float) -> Dictionary:
    """For latents as they are: centring and scale in the weights, activations in units of the latent."""
    encoder, bias, decoder, centre = (
        p.detach().cpu().numpy() for p in (net.encoder, net.bias, net.decoder, net.centre)
    )
    cut = np.full(len(bias), threshold * scale, np.float32)
    moved = (mean + np.float32(scale) * centre).astype(np.float32)
    return Dictionary(encoder, bias * np.float32(scale), decoder, moved, cut)


def _chunks(latents: NDArray[Any]) -> list[NDArray[np.float64]]:
    return [latents[at : at + 65536].astype(np.float64) for at in range(0, len(latents), 65536)]


def save(folder: Path, dictionary: Dictionary, about: dict[str, Any], half: bool = False) -> None:
    """Write a folder that SAELens loads. about: goes into the cfg's metadata.

    half: store in half precision, half the size; cfg.json says float32 all the same, in which it is to be computed, as
    latents have dimensions that half precision holds badly.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kind = np.float16 if half else np.float32
    size, units = dictionary.encoder.shape
    cfg = {
        "architecture": "jumprelu", "d_in": size, "d_sae": units, "dtype": "float32", "device": "cpu",
        "apply_b_dec_to_input": True, "normalize_activations": "none", "reshape_activations": "none",
        "metadata": {"sae_lens_version": "6.54.12", **about},
    }  # fmt: skip
    (folder / "cfg.json").write_text(json.dumps(cfg, indent=1) + "\n", "utf-8")
    names = ("W_enc", "b_enc", "W_dec", "b_dec", "threshold")
    tensors = {name: np.ascontiguousarray(each, kind) for name, each in zip(names, dictionary, strict=True)}
    save_file(tensors, folder / "sae_weights.safetensors")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--latents", type=Path, help="folder of the shards; that of the shipped weights when not given")
    parser.add_argument("--layer", type=int, default=12)
    parser.add_argument("--limit", type=int, help="so many sentences at most")
    for name, value in asdict(Recipe()).items():
        if name != "levels":
            parser.add_argument(f"--{name.replace('_', '-')}", type=type(value), default=value)
    parser.add_argument("--matryoshka", dest="levels", type=int, nargs="*", default=[], metavar="UNITS")
    parser.add_argument("--half", action="store_true", help="save in half precision")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    options = parser.parse_args(arguments)
    recipe = Recipe(
        **{name: getattr(options, name) for name in asdict(Recipe()) if name != "levels"}, levels=tuple(options.levels)
    )
    folder = options.latents or harvest.default_out(weights.BASE.sha256)
    found = harvest.load(folder, options.layer, "train", options.limit)
    start = time.perf_counter()

    def report(step: int, figures: dict[str, float]) -> None:
        if step % 1000 == 0 or step in (100, recipe.steps):
            told = ", ".join(f"{name} {value:.4g}" for name, value in figures.items())
            print(f"{step:6} {time.perf_counter() - start:5.0f} s  {told}", flush=True)

    made = train(found, recipe, options.device, report)
    about = {
        "hook_name": f"blocks.{options.layer - 1}.hook_resid_post", "pooling": "mean over the sentence's tokens, first left out",
        "model_name": folder.name, "sentences": len(found), "recipe": asdict(recipe),
    }  # fmt: skip
    save(options.out, made, about, options.half)


if __name__ == "__main__":
    main()
