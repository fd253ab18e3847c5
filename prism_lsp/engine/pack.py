"""A model pack: what was fitted on one base model. Loading it never runs code: TOML, JSON lines and safetensors only.

pack.toml            name, version, base model and its SHA-256, layers, first token, hashes of the other files
features.jsonl       one feature a line, in the order of the tensors below
concepts.safetensors mean (d), direction (F, d); probes on states of size s: centre (s), value (F, s), key (F, s),
                     average (F, s), bias (F); lengths (L), quantiles (F, L, Q); metric (d, d),
                     marks (F, 3); see `Pack`
check.json           when a rewrite is trusted (`trust.py`); may be missing
writer.safetensors   steer (d, d), and the adapter's low-rank parts "<layer>.<map>.a|b"
card.md              what it was made of, and every figure
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from prism_lsp.engine.identity import DEFAULT as DEFAULT
from prism_lsp.engine.identity import find as find
from prism_lsp.engine.probes import Probes
from prism_lsp.engine.trust import Trust
from prism_lsp.engine.trust import load as load_trust
from prism_lsp.reading import EngineError, Feature

Array = NDArray[np.float32]

PROBES = ("centre", "value", "key", "average", "bias")
"""Names of the tensors of `Probes`, in its order."""


class Pack(NamedTuple):
    """A pack in memory, without the writer's adapter (it is read when the first rewrite is asked for)."""

    folder: Path
    name: str
    version: str
    base_sha256: str
    layer: int
    """The latent, which edits move, is in the residual stream after so many layers."""
    probed: tuple[int, ...]
    """Layers after which the probes read."""
    first_token: str
    """The special token that a sentence is read behind."""
    features: tuple[Feature, ...]
    mean: Array
    """Mean latent of the reference sentences, (d,)."""
    direction: Array
    """What the writer adds for amount 1, (features, d)."""
    probes: Probes
    """From token states to activations."""
    lengths: Array
    """Tokens of the sentences that each row of the quantile table stands for, ascending, (lengths,)."""
    quantiles: Array
    """Scores (before the relu) of the reference sentences of such a length at evenly spaced ranks, (features, lengths,
    ranks)."""
    metric: Array
    """Where directions are measured and the writer is taught, (d, d); see `concepts.metric`."""
    marks: Array
    """Of the scores of each concept's own pairs, (features, 3): the median step between their sides, the lower quartile with
    the concept and the upper one without."""
    trust: Trust | None = None
    """What a rewrite is judged by; None: plain floors."""

    @property
    def writer(self) -> Path:
        """The adapter's file."""
        return self.folder / "writer.safetensors"

    def row(self, feature: str) -> int:
        """Row of a feature. Raises EngineError (input) that names the nearest ids."""
        for number, each in enumerate(self.features):
            if each.id == feature:
                return number
        import difflib

        near = difflib.get_close_matches(feature, [each.id for each in self.features], 3, 0.4)
        hint = f" Did you mean {' or '.join(near)}?" if near else " `prism-lsp features` lists them."
        raise EngineError(f"There is no feature {feature!r} in the pack {self.name}.{hint}", "input")


def load(folder: Path, base_sha256: str | None = None) -> Pack:
    """Read a pack and verify its files' hashes. Raises EngineError (pack) when damaged or made for other weights."""
    try:
        info = tomllib.loads((folder / "pack.toml").read_text("utf-8"))
        for name, digest in info["files"].items():
            if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
                raise EngineError(f"The model pack {folder.name} is damaged: {name} is not what was built.", "pack")
        lines = (folder / "features.jsonl").read_text("utf-8").splitlines()
        features = tuple(Feature(**json.loads(line)) for line in lines if line)
        tensors = load_file(folder / "concepts.safetensors")
        base = info["base"]
        pack = Pack(
            folder, info["name"], info["version"], base["sha256"], base["layer"], tuple(base["probed"]), base["first_token"],
            features, tensors["mean"], tensors["direction"], Probes(*(tensors[name] for name in PROBES)),
            tensors["lengths"], tensors["quantiles"], tensors["metric"], tensors["marks"], load_trust(folder / "check.json"),
        )  # fmt: skip
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise EngineError(f"The model pack {folder.name} cannot be read: {error!r}.", "pack") from error
    if base_sha256 and base_sha256 != pack.base_sha256:
        raise EngineError(
            f"The model pack {pack.name} was built on other weights ({pack.base_sha256[:12]}) than these "
            f"({base_sha256[:12]}): its readings would be wrong. Build it again with `prism-lsp build`.",
            "pack",
        )
    return pack


def save(pack: Pack) -> None:
    """Write everything but the adapter and the card; pack.toml's hashes cover what lies in the folder."""
    pack.folder.mkdir(parents=True, exist_ok=True)
    tensors = {name: getattr(pack, name) for name in ("mean", "direction", "lengths", "quantiles", "metric", "marks")}
    tensors |= dict(zip(PROBES, pack.probes, strict=True))
    save_file(
        {name: np.ascontiguousarray(each, np.float32) for name, each in tensors.items()},
        pack.folder / "concepts.safetensors",
    )
    (pack.folder / "features.jsonl").write_text(
        "".join(json.dumps(each._asdict(), ensure_ascii=False) + "\n" for each in pack.features), "utf-8"
    )
    seal(pack)


def seal(pack: Pack) -> None:
    """Write pack.toml with the hashes of the files that are there."""
    hashes = {
        name: hashlib.sha256((pack.folder / name).read_bytes()).hexdigest()
        for name in ("features.jsonl", "concepts.safetensors", "writer.safetensors", "check.json")
        if (pack.folder / name).exists()
    }
    (pack.folder / "pack.toml").write_text(
        f'name = "{pack.name}"\nversion = "{pack.version}"\n\n'
        f'[base]\nsha256 = "{pack.base_sha256}"\nlayer = {pack.layer}\nprobed = {list(pack.probed)}\n'
        f'first_token = "{pack.first_token}"\n'
        f'pooling = "mean of the residual stream over the sentence\'s tokens, the first token left out"\n\n'
        "[files]\n" + "".join(f'"{name}" = "{digest}"\n' for name, digest in hashes.items()),
        "utf-8",
    )
