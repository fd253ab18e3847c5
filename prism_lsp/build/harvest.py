"""`prism-lsp build harvest`: the latents of the corpus' sentences, in shards.

    python -m prism_lsp.build.harvest [--layers 9 12] [--parts N] [--device cuda] [--shard I/N] [--control SEED]
    accelerate launch -m prism_lsp.build.harvest ...          (or torchrun: a share of the parts for each process)

For every part of the corpus (`prism-lsp build corpus`; nothing is fetched here but the weights) one safetensors file with a
tensor `layer<L>` for each layer, (sentences, hidden) in half precision, in the order of the part's lines: the mean of the
residual stream after that layer over the sentence's tokens, without the special token that it stands behind, exactly what the
server reads (`engine/reader.py`). A part is done once its file is there, so a run that was cut short goes on where it stopped.
The order of the parts makes the first `--parts` a sample of all, with fiction weighed up.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import platformdirs
import torch
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import save_file
from tokenizers import Tokenizer

from prism_lsp.build.text.__main__ import SPLITS, default_folder, read
from prism_lsp.engine import weights
from prism_lsp.engine.llama import Llama
from prism_lsp.engine.local import load_tokenizer
from prism_lsp.engine.reader import MAX_TOKENS, Reader

FIRST_TOKEN = "<|endoftext|>"
BATCH_TOKENS = {"cpu": 512, "cuda": 32768}
"""Tokens of a batch by kind of device. `python -m benchmarks.read` measured the first."""


class RandomLlama(Llama):
    """The same architecture with noise for weights: the control of Heap et al. (arXiv 2501.17727).

    Every map has the spread of the trained one; norms are kept.
    """

    def __init__(self, folder: Path, device: str | torch.device, seed: int) -> None:
        """`seed`: of the noise, together with the tensor's name."""
        self.seed = seed
        super().__init__(folder, device)

    def _tensors(self, *names: str) -> list[torch.Tensor]:
        return [self._noise(name, each) for name, each in zip(names, super()._tensors(*names), strict=True)]

    def _noise(self, name: str, trained: torch.Tensor) -> torch.Tensor:
        if trained.dim() < 2:
            return trained
        draw = torch.Generator().manual_seed(
            self.seed * 1_000_003 + sum(ord(c) * 31**i for i, c in enumerate(name)) % 2**31
        )
        return (torch.randn(trained.shape, generator=draw) * float(trained.std())).to(self.device)


@torch.inference_mode()
def latents(
    reader: Reader, texts: Sequence[str], layers: Sequence[int], most: int = BATCH_TOKENS["cpu"]
) -> dict[int, NDArray[np.float16]]:
    """Latents of sentences after each of `layers`, (sentences, hidden) by layer. most: tokens of a batch."""
    layers, hidden = sorted(layers), reader.model.config.hidden_size
    encoded = [
        each.ids[: MAX_TOKENS - 1] for each in reader.tokenizer.encode_batch(list(texts), add_special_tokens=False)
    ]
    out = torch.zeros(len(texts), len(layers) * hidden, device=reader.model.device)
    batch: list[int] = []
    for index in [*sorted(range(len(texts)), key=lambda i: (len(encoded[i]), i)), -1]:
        if batch and (index < 0 or (len(batch) + 1) * len(encoded[index]) > most):
            states = reader.lower.states([encoded[i] for i in batch], layers)  # 0 after a sentence's end
            lengths = torch.tensor([max(1, len(encoded[i])) for i in batch], device=states.device)
            out[batch] = states.sum(1) / lengths[:, None]
            batch = []
        batch.append(index)
    found = out.cpu().numpy().astype(np.float16)
    return {layer: found[:, at * hidden : (at + 1) * hidden] for at, layer in enumerate(layers)}


def held(path: Path, marks: dict[str, str]) -> dict[str, NDArray[np.float16]]:
    """The tensors of a shard; none when it is not there yet.

    Raises SystemExit when it is of others, which a longer run would only mix up.
    """
    if not path.exists():
        return {}
    with safe_open(str(path), "numpy") as file:
        found = file.metadata() or {}
        if any(found.get(name) != value for name, value in marks.items()):
            raise SystemExit(
                f"{path} is of other text or other weights. Delete its folder, or choose another with --out."
            )
        return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (no dictionary)


def harvest(
    reader: Reader,
    corpus: Path,
    out: Path,
    layers: Sequence[int],
    parts: Sequence[Path],
    marks: dict[str, str],
    most: int,
) -> None:
    """Write the shards of these parts that are not there yet."""
    sums = {part["file"]: part["sha256"] for split in SPLITS for part in _manifest(corpus)["parts"].get(split, ())}
    out.mkdir(parents=True, exist_ok=True)
    for path in parts:
        shard = out / path.name.replace(".jsonl.gz", ".safetensors")
        mine = {**marks, "text": sums[path.name]}
        tensors = held(shard, mine)
        missing = [layer for layer in layers if f"layer{layer}" not in tensors]
        if not missing:
            continue
        start = time.perf_counter()
        texts = [record.text for record in read(path)]
        for layer, found in latents(reader, texts, missing, most).items():
            tensors[f"layer{layer}"] = np.ascontiguousarray(found)
        partial = shard.with_suffix(f".{os.getpid()}.partial")
        save_file(tensors, partial, mine)
        partial.replace(shard)
        print(f"{shard.name}: {len(texts)} sentences in {time.perf_counter() - start:.0f} s", flush=True)


def load(folder: Path, layer: int, split: str = "train", limit: int | None = None) -> NDArray[np.float16]:
    """Latents of all shards of a split after a layer, in order, (sentences, hidden). limit: sentences at most.

    Raises FileNotFoundError when there is none.
    """
    found: list[NDArray[np.float16]] = []
    count = 0
    for path in sorted(folder.glob(f"{split}-*.safetensors")):
        with safe_open(str(path), "numpy") as file:
            found.append(file.get_tensor(f"layer{layer}"))
        count += len(found[-1])
        if limit and count >= limit:
            break
    if not found:
        raise FileNotFoundError(
            f"There are no latents of {split} sentences in {folder}: `prism-lsp build harvest` first."
        )
    return np.concatenate(found)[:limit]


def _manifest(corpus: Path) -> dict[str, dict[str, list[dict[str, str]]]]:
    try:
        return json.loads((corpus / "manifest.json").read_text("utf-8"))  # type: ignore[no-any-return]
    except FileNotFoundError:
        raise SystemExit(f"There is no corpus in {corpus}: `prism-lsp build corpus` first.") from None


def chosen(corpus: Path, parts: int | None, held_out: int | None, shard: tuple[int, int]) -> list[Path]:
    """The first parts of both splits, and of these every N-th: shard is (I, N), I from 0."""
    manifest = _manifest(corpus)["parts"]
    names = [
        part["file"] for split, most in zip(SPLITS, (parts, held_out), strict=True) for part in manifest[split][:most]
    ]
    return [corpus / name for name in names[shard[0] :: shard[1]]]


def share(given: str | None) -> tuple[int, int]:
    """Which share of the parts is this process's: `--shard I/N`, else what accelerate or torchrun set, else all."""
    if given:
        number, _, count = given.partition("/")
        return int(number), int(count)
    return int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))


def default_out(sha256: str, control: int | None = None) -> Path:
    """Where shards of these weights are, in the user's cache."""
    name = sha256[:12] + ("" if control is None else f"-random{control}")
    return platformdirs.user_cache_path("prism-lsp") / "latents" / name


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=default_folder())
    parser.add_argument("--out", type=Path, help="folder of the shards")
    parser.add_argument("--weights", type=Path, help="converted weights of the base model, or its GGUF file")
    parser.add_argument("--first-token", default=FIRST_TOKEN, help="the special token that a sentence is read behind")
    parser.add_argument("--layers", type=int, nargs="+", default=[9, 12])
    parser.add_argument("--parts", type=int, help="so many parts of the train split (default: all)")
    parser.add_argument("--held-out", type=int, help="so many parts of the held-out split (default: all)")
    parser.add_argument("--shard", metavar="I/N", help="every N-th part from the I-th, from 0")
    parser.add_argument("--device", default=None, help="cpu, cuda, cuda:1; by default cuda where there is one")
    parser.add_argument("--batch-tokens", type=int, help="tokens of a batch")
    parser.add_argument("--control", type=int, metavar="SEED", help="noise for weights, as a control")
    options = parser.parse_args(arguments)
    device = options.device or (f"cuda:{os.environ.get('LOCAL_RANK', 0)}" if torch.cuda.is_available() else "cpu")
    if (
        options.weights
        and (options.weights / "config.json").exists()
        and not (options.weights / "source.json").exists()
    ):
        folder, sha256 = options.weights, weights_sum(options.weights)
    else:
        folder, sha256 = weights.ensure(options.weights)[:2]
    control = options.control
    model = Llama(folder, device) if control is None else RandomLlama(folder, device, control)
    tokenizer: Tokenizer = load_tokenizer(folder)
    reader = Reader(model, tokenizer, max(options.layers), options.first_token)
    marks = {"base": sha256 + ("" if control is None else f"-random{control}"), "first_token": options.first_token}
    harvest(
        reader,
        options.corpus,
        options.out or default_out(sha256, control),
        options.layers,
        chosen(options.corpus, options.parts, options.held_out, share(options.shard)),
        marks,
        options.batch_tokens or BATCH_TOKENS[torch.device(device).type],
    )


def weights_sum(folder: Path) -> str:
    """SHA-256 of a folder's weights, for models that come as safetensors."""
    import hashlib

    with (folder / "model.safetensors").open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    main()
