"""Concepts: one TOML file of example pairs each, and the probe and direction fitted from them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from prism_lsp.concept_file import Concept as Concept
from prism_lsp.concept_file import Pair as Pair
from prism_lsp.reading import FAMILIES, EngineError

Array = NDArray[np.float32]


class Probe(NamedTuple):
    """A linear probe: activation = relu(w.z + b)."""

    weight: Array  # (latent,)
    bias: float


def load(path: Path) -> Concept:
    """Read a concept's TOML file. Raises EngineError (code input) that names the file and what is missing."""
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise EngineError(f"The concept file {path.name} cannot be read: {error}.", "input") from error
    problems = [
        f"`{key}` is missing or not text"
        for key in ("id", "name", "family", "description", "on", "off")
        if not isinstance(raw.get(key), str)
    ]
    if not problems and raw["family"] not in FAMILIES:
        problems.append(f"family {raw['family']!r} is none of {', '.join(FAMILIES)}")
    pairs = []
    for number, pair in enumerate(raw.get("pair", []), 1):
        if not isinstance(pair, dict) or not all(isinstance(pair.get(k), str) for k in ("with", "without")):
            problems.append(f"pair {number} needs `with` and `without`, both text")
        elif pair["with"].strip() == pair["without"].strip():
            problems.append(f"pair {number} has the same sentence on both sides")
        else:
            pairs.append(Pair(pair["without"].strip(), pair["with"].strip(), str(pair.get("genre", ""))))
    if not problems and len(pairs) < 3:
        problems.append("at least three pairs are needed")
    if problems:
        raise EngineError(f"The concept file {path.name} is not right: {'; '.join(problems)}.", "input")
    return Concept(raw["id"], raw["name"], raw["family"], raw["description"], raw["on"], raw["off"], tuple(pairs))


def load_all(folder: Path) -> list[Concept]:
    """Every concept of a folder, by file name. Raises EngineError when a file's id is not its name."""
    concepts = [load(path) for path in sorted(folder.glob("*.toml"))]
    for concept, path in zip(concepts, sorted(folder.glob("*.toml")), strict=True):
        if concept.id != path.stem:
            raise EngineError(f"The concept file {path.name} has the id {concept.id!r}; it must be its name.", "input")
    return concepts


class Background(NamedTuple):
    """First two moments of ordinary prose's latents: what a direction is measured against."""

    mean: Array  # (latent,)
    covariance: Array  # (latent, latent)


def direction(with_: Array, without: Array) -> Array:
    """The writer's direction: mean difference of the pairs' latents. (pairs, latent) each -> (latent,)."""
    return np.asarray((with_ - without).mean(0), np.float32)


LENGTH = 6.0
"""Length of every direction in the writer's metric, so that amount 1 is as loud for a subtle concept as for a coarse one."""

SHRINK = 0.3
"""Part of the mean variance that is added to all directions before the metric is taken."""


def metric(differences: Array) -> Array:
    """The map in which the differences of pairs are spread alike in all directions, (latent, latent), symmetric.

    Differences of latents have a few large directions (how long a sentence is, how rich) in common, which drown what sets one
    concept apart: the nearest of 53 directions is a training pair's own for 71 % of them, in the metric for 91 %. It is the
    inverse root of their second moments (ZCA whitening), shrunk, and scaled to keep their mean length.

    differences: (pairs, latent).
    """
    values, vectors = np.linalg.eigh(differences.T @ differences / len(differences))
    found = (vectors / np.sqrt(values + SHRINK * values.mean())) @ vectors.T
    scale = np.linalg.norm(differences, axis=1).mean() / np.linalg.norm(differences @ found, axis=1).mean()
    return np.asarray(found * scale, np.float32)


def loud(step: Array, space: Array) -> Array:
    """A direction (latent,) at `LENGTH` in a metric (latent, latent)."""
    return np.asarray(step * (LENGTH / max(float(np.linalg.norm(space @ step)), 1e-9)), np.float32)


def marks(with_: Array, without: Array) -> Array:
    """What a concept's own pairs read, (3,): median step, lower quartile with it, upper quartile without. (pairs,) each."""
    found = (np.median(with_ - without), np.quantile(with_, 0.25), np.quantile(without, 0.75))
    return np.array(found, np.float32)


def fit_probe(with_: Array, without: Array, background: Background, shrink: float = 1.0) -> Probe:
    """Linear discriminant of the pairs against a shrunk covariance, scaled by `scale`. (pairs, latent) each.

    The covariance is the mean of the within-class one and that of ordinary prose (many sentences, so it is well known
    where the pairs are few), and `shrink` times its mean variance on the diagonal. 1.0 was the best of .03, .1, .3, 1, 3
    and 10 on tagged sentences of Brown's train part (the weaker ones overfit the pairs).
    """
    inside = np.concatenate([with_ - with_.mean(0), without - without.mean(0)])
    covariance = 0.5 * (inside.T @ inside / len(inside)) + 0.5 * background.covariance
    covariance += shrink * np.trace(covariance) / len(covariance) * np.eye(len(covariance), dtype=np.float32)
    weight = np.linalg.solve(covariance.astype(np.float64), direction(with_, without).astype(np.float64))
    return scale(weight.astype(np.float32), with_, without)


def scale(weight: Array, with_: Array, without: Array) -> Probe:
    """Scale and shift a probe's weight: 1 at the median sentence with the concept, 1/4 half way between both medians.

    So 0 (where the relu cuts) lies well on the side without, and PRESENT (1/2) a little on the side with.
    """
    has, lacks = float(np.median(with_ @ weight)), float(np.median(without @ weight))
    step = 0.75 / max((has - lacks) / 2, 1e-6)
    return Probe(np.asarray(weight * step, np.float32), 1 - has * step)


def auroc(positive: Array, negative: Array) -> float:
    """Area under the ROC curve: how often a positive scores above a negative (ties count half)."""
    both = np.concatenate([positive, negative])
    order = both.argsort(kind="stable")
    ranks = np.empty(len(both))
    ranks[order] = np.arange(1, len(both) + 1)
    _, inverse, counts = np.unique(both, return_inverse=True, return_counts=True)
    ranks = (np.bincount(inverse, ranks) / counts)[inverse]
    return float(
        (ranks[: len(positive)].sum() - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative))
    )
