"""What is added in the middle of the model while a lesson is taught.

direction   the named features' directions, times their amounts: what the product sends
keep        the same, for a sentence that is there already
projection  the part of z(y) - z(x) that lies in the plane of those directions
sparse      z(y) - z(x) as a sum of at most four of all directions (orthogonal matching pursuit, Pati et al. 1993): an edit of a
            few features, as a dictionary makes
difference  all of z(y) - z(x)
cut         z(y) - z(x) cut to some of the largest principal components of ordinary latents
copy        nothing

All of it is in the pack's metric (`concepts.metric`), and so is the noise that is added to it.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from prism_lsp.build.corrupt import Damaged
from prism_lsp.build.lessons import Lesson, Material
from prism_lsp.engine.concepts import loud
from prism_lsp.engine.pack import Pack
from prism_lsp.engine.reader import Reader

NOISE = 0.1
"""Length of the noise in every delta against the delta's own, so that no exact vector is needed."""

FEATURES = 4
"""Directions that a sparse delta is made of at most."""

AVERAGED = 12
"""Sentences that a word class's direction is the mean of, at most."""

SAMPLE = 2000
"""Sentences that the principal components are of."""

COMPONENTS = 64
"""Principal components that a cut delta has at most; eight at least."""


class Space(NamedTuple):
    """Directions by name, (names, latent), and principal components, (components, latent), all in the pack's metric."""

    names: list[str]
    directions: Tensor
    components: Tensor
    metric: Tensor

    def of(self, name: str) -> Tensor:
        """One direction, (latent,). Raises ValueError for a name that has none."""
        return self.directions[self.names.index(name)]


def survey(material: Material, pack: Pack, reader: Reader, kept: Path) -> Space:
    """Directions of the pack's concepts as they ship, of the word classes as their mean difference, and the components.

    kept: a file for what takes minutes (the latter two), for a resumed run. Raises ValueError for a concept without direction.
    """
    missing = set(material.pairs) - {feature.id for feature in pack.features}
    if missing:
        raise ValueError(
            f"The pack has no direction for {', '.join(sorted(missing))}: `prism-lsp build concepts` first."
        )
    names = material.names()
    metric = torch.from_numpy(pack.metric)
    rows = torch.stack([torch.from_numpy(pack.direction[pack.row(name)]) for name in sorted(material.pairs)]) @ metric
    found = None
    if kept.exists():
        found = load_file(kept)
    if found is None or len(found["classes"]) != len(material.classes):
        found = {"classes": torch.zeros(0, rows.shape[1]), "components": torch.zeros(1, rows.shape[1])}
        if material.classes:
            steps = [_step(pairs[:AVERAGED], reader).numpy() for pairs in material.classes]
            found["classes"] = torch.from_numpy(np.stack([loud(step, pack.metric) for step in steps])) @ metric
        if material.plain:
            plain = reader.latents(material.plain[:SAMPLE]).cpu() @ metric
            found["components"] = torch.linalg.svd(plain - plain.mean(0), full_matrices=False)[2][
                :COMPONENTS
            ].contiguous()
        save_file(found, kept)
    return Space(names, torch.cat([rows, found["classes"]]), found["components"], metric)


def _step(pairs: Sequence[Damaged], reader: Reader) -> Tensor:
    """Mean difference that the damage's undoing makes, (latent,)."""
    latents = reader.latents([pair.original for pair in pairs] + [pair.damaged for pair in pairs]).cpu()
    return (latents[: len(pairs)] - latents[len(pairs) :]).mean(0)


def deltas(lessons: Sequence[Lesson], space: Space, reader: Reader, draw: random.Random) -> Tensor:
    """What is added for each lesson, in the metric, (lessons, latent)."""
    rows = torch.zeros(len(lessons), space.directions.shape[1])
    need = [i for i, lesson in enumerate(lessons) if lesson.kind in ("projection", "sparse", "difference", "cut")]
    if need:
        latents = reader.latents([lessons[i].target for i in need] + [lessons[i].source for i in need]).cpu()
        rows[need] = (latents[: len(need)] - latents[len(need) :]) @ space.metric
    for i, lesson in enumerate(lessons):
        if lesson.kind in ("direction", "keep"):
            rows[i] = sum((amount * space.of(name) for name, amount in lesson.moves), torch.zeros_like(rows[i]))
        elif lesson.kind == "projection":
            rows[i] = onto(rows[i], torch.stack([space.of(name) for name, _ in lesson.moves]))
        elif lesson.kind == "sparse":
            rows[i] = sparse(rows[i], space.directions, FEATURES)
        elif lesson.kind == "cut":
            rows[i] = onto(rows[i], space.components[: draw.randint(8, COMPONENTS)])
        noise = torch.tensor([draw.gauss(0, 1) for _ in range(rows.shape[1])])
        rows[i] += NOISE * rows[i].norm() / math.sqrt(rows.shape[1]) * noise
    return rows


def onto(row: Tensor, directions: Tensor) -> Tensor:
    """The part of a vector that lies in the span of others."""
    weights: Tensor = torch.linalg.lstsq(directions.T, row[:, None]).solution
    return torch.mv(directions.T, weights[:, 0])


def sparse(row: Tensor, directions: Tensor, most: int) -> Tensor:
    """Orthogonal matching pursuit: the best sum of at most `most` directions, each next one nearest to what is left."""
    unit = directions / directions.norm(dim=-1, keepdim=True)
    chosen: list[int] = []
    found = torch.zeros_like(row)
    for _ in range(most):
        left = unit @ (row - found)
        left[chosen] = 0
        chosen.append(int(left.abs().argmax()))
        found = onto(row, unit[chosen])
    return found
