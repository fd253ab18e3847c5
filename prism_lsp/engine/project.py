"""A project's own concepts: each fitted from its few pairs on the writer's machine, and kept in the user's cache.

What ships was fitted on more than a thousand labelled sentences; here there are 3 to 300 pairs and ordinary prose. The probe
is a linear discriminant, read by attention; `python -m benchmarks.few` compares it with others.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from prism_lsp.concept_file import Concept
from prism_lsp.engine import concepts, ordinary, pack
from prism_lsp.engine.probes import Probes
from prism_lsp.engine.reader import Reader
from prism_lsp.reading import PRESENT, Feature

Array = NDArray[np.float32]

RECIPE = 2
"""Number of the way of fitting. It is part of the cache's names: raise it when anything here changes what comes out."""

NEAREST = 150
"""Ordinary sentences, the nearest in length, that a row of the quantile table is made of."""

LEAST_SHARE, MOST_SHARE = 0.02, 0.5
"""Of ordinary prose that a concept may take: its true share is unknown, and few pairs may set the cut far off."""


KEPT = 200
"""Fits that are kept in the cache, about 60 kB each."""

ATTENDED = 0.8
"""Part of a score's spread that comes from attention; the rest is of all tokens alike."""


class Fitted(NamedTuple):
    """A concept as fitted: one row of everything that a pack has of a feature."""

    direction: Array
    """(latent,)"""
    value: Array
    """(d,), as `key` and `mean`; see `Probes`."""
    key: Array
    mean: Array
    bias: Array
    """()"""
    quantiles: Array
    """(lengths, ranks) at the pack's lengths."""
    density: Array
    """()"""
    marks: Array
    """(3,)"""


class Fitter:
    """Fits concepts for one pack."""

    def __init__(
        self,
        shipped: pack.Pack,
        reader: Reader,
        step: Callable[[], None] = lambda: None,
        cache: Path | None = None,
    ) -> None:
        """`step` is called between batches of sentences, and may raise; `cache`: a folder to use instead of the user's."""
        self.shipped = shipped
        self.reader = reader
        self.step = step
        self.cache = cache or ordinary.cache()

    def problems(self, wanted: Sequence[Concept]) -> list[tuple[str, str]]:
        """Fit what is not in the cache. Returns (id, why not) of those that cannot be used."""
        taken = {feature.id for feature in self.shipped.features}
        found = []
        for concept in wanted:
            if concept.id in taken:
                found.append(
                    (concept.id, f"The pack {self.shipped.name} has a concept “{concept.id}” already: rename yours.")
                )
            else:
                taken.add(concept.id)
                self.fitted(concept)
        return found

    def extended(self, wanted: Sequence[Concept]) -> pack.Pack:
        """The pack with these concepts behind its features; those whose ids are taken are left out."""
        left_out = {id_ for id_, _ in self.problems(wanted)}
        mine = [concept for concept in wanted if concept.id not in left_out]
        if not mine:
            return self.shipped
        rows = [self.fitted(concept) for concept in mine]
        value, key, mean, bias = (np.stack(each) for each in zip(*(row[1:5] for row in rows), strict=True))
        return self.shipped._replace(
            features=(*self.shipped.features, *map(_feature, mine, rows)),
            direction=np.concatenate([self.shipped.direction, np.stack([row.direction for row in rows])]),
            probes=self.shipped.probes.joined(Probes(self.shipped.probes.centre, value, key, mean, bias)),
            quantiles=np.concatenate([self.shipped.quantiles, np.stack([row.quantiles for row in rows])]),
            marks=np.concatenate([self.shipped.marks, np.stack([row.marks for row in rows])]),
        )

    def fitted(self, concept: Concept) -> Fitted:
        """A concept's rows, from the cache or fitted now and kept."""
        path = self.cache / "concepts" / f"{self.key(concept)}.safetensors"
        try:
            return Fitted(**load_file(path))
        except (OSError, SafetensorError, TypeError):
            found = self.fit(concept)
        ordinary.keep(path, found._asdict())
        forget(path.parent)
        return found

    def key(self, concept: Concept) -> str:
        """What a fit depends on: the pairs, the pack with its weights, ordinary prose, and the recipe."""
        shipped = self.shipped
        seal = hashlib.sha256((shipped.folder / "pack.toml").read_bytes()).hexdigest()
        told = [RECIPE, seal, shipped.base_sha256, ordinary.texts(), [pair[:2] for pair in concept.pairs]]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]

    @cached_property
    def prose(self) -> ordinary.Sentences:
        """Ordinary prose."""
        return ordinary.load(self.reader, self.shipped.base_sha256, self.step, self.cache)

    def fit(self, concept: Concept) -> Fitted:
        """Fit a concept from its pairs."""
        read = ordinary.read(
            self.reader, [side for pair in concept.pairs for side in (pair.with_, pair.without)], self.step
        )
        probe = placed(raw(read, self.prose)._replace(centre=self.shipped.probes.centre), read, self.prose)
        found, own = scores(probe, self.prose), scores(probe, read)
        return Fitted(
            concepts.loud(concepts.direction(read.latents[::2], read.latents[1::2]), self.shipped.metric),
            probe.value[0],
            probe.key[0],
            probe.mean[0],
            probe.bias[0],
            quantiles(found, self.prose.counts, self.shipped.lengths, self.shipped.quantiles.shape[2]),
            np.array((found >= PRESENT).mean(), np.float32),
            concepts.marks(own[::2], own[1::2]),
        )


def forget(folder: Path) -> None:
    """Delete the oldest fits beyond KEPT: each change of a pair has left one."""
    with contextlib.suppress(OSError):
        files = sorted(folder.glob("*.safetensors"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in files[KEPT:]:
            path.unlink()


def _feature(concept: Concept, fitted: Fitted) -> Feature:
    density = round(fitted.density.item(), 3)
    return Feature(*concept[:4], "project", concept.on, concept.off, density)


def raw(read: ordinary.Sentences, prose: ordinary.Sentences) -> Probes:
    """The probe of one concept, neither scaled nor shifted. read: of its pairs, `with` and `without` by turns.

    The weight is a linear discriminant of the pairs' means, against the covariance of ordinary prose's tokens (not of its
    sentences: what is read is tokens). It is the value and the key of attention pooling: one token's standard deviation more
    makes its share e times as large. Then the pairs are pooled so, the discriminant of that is taken, and the mean of both
    weights ships, with a little of it for all tokens alike. Each of these steps gains (`python -m benchmarks.few`).
    """
    centre = prose.states.mean(0)
    background = concepts.Background(centre, np.cov(prose.states.T).astype(np.float32))

    def discriminant(means: Array) -> Array:
        weight = concepts.fit_probe(means[::2], means[1::2], background).weight
        return weight / max(float((prose.states @ weight).std()), 1e-6)

    first = discriminant(read.means)
    both = first + discriminant(attended(read, first))
    weight = (both / max(float((prose.states @ both).std()), 1e-6)).astype(np.float32)[None]
    nothing, none = np.zeros_like(weight), np.zeros(1, np.float32)
    pooled = Probes(centre, weight, weight, nothing, none)
    alike = Probes(centre, nothing, nothing, weight, none)
    spreads = [max(float(scores(each, prose).std()), 1e-6) for each in (pooled, alike)]
    return Probes(centre, weight * (ATTENDED / spreads[0]), weight, weight * ((1 - ATTENDED) / spreads[1]), none)


def attended(read: ordinary.Sentences, key: Array) -> Array:
    """Mean state of each sentence's tokens, weighted by attention, (sentences, d)."""
    share = _softmax(read.states @ key, read.counts)
    return np.add.reduceat(read.states * share[:, None], _starts(read.counts), 0)


def cut(found: Array, common: Array) -> float:
    """The score from which a concept counts as present: half way between the medians of the pairs' sides.

    It never takes more of ordinary prose than MOST_SHARE nor less than LEAST_SHARE of it. found: scores of the pairs, `with`
    and `without` by turns; common: of ordinary prose.
    """
    middle = (np.median(found[::2]) + np.median(found[1::2])) / 2
    return float(np.clip(middle, *np.quantile(common, [1 - MOST_SHARE, 1 - LEAST_SHARE])))


def placed(probe: Probes, read: ordinary.Sentences, prose: ordinary.Sentences) -> Probes:
    """The probe scaled and shifted: PRESENT at the `cut`, 1 at the median of ordinary prose above it (as `fit.place`)."""
    common = scores(probe, prose)
    low = cut(scores(probe, read), common)
    scale = PRESENT / max(float(np.median(common[common >= low])) - low, 1e-6)
    bias = ((probe.bias - low) * scale + PRESENT).astype(np.float32)
    return Probes(probe.centre, probe.value * scale, probe.key, probe.mean * scale, bias)


def scores(probe: Probes, read: ordinary.Sentences) -> Array:
    """Scores before the relu of one concept's probe, (sentences,). The same sum as `Pool`'s, without padding."""
    maps = np.concatenate([probe.value, probe.key, probe.mean])
    value, key, mean = (read.states @ maps.T - probe.centre @ maps.T).T
    starts = _starts(read.counts)
    pooled = np.add.reduceat(_softmax(key, read.counts) * value, starts)
    return np.asarray(pooled + np.add.reduceat(mean, starts) / read.counts + probe.bias, np.float32)


def _starts(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.cumsum(counts) - counts


def _softmax(key: Array, counts: NDArray[np.int64]) -> Array:
    """Within each sentence. key: (tokens,)"""
    starts = _starts(counts)
    weight = np.exp(key - np.repeat(np.maximum.reduceat(key, starts), counts))
    return np.asarray(weight / np.repeat(np.add.reduceat(weight, starts), counts), np.float32)


def quantiles(found: Array, counts: NDArray[np.int64], lengths: Array, ranks: int) -> Array:
    """A feature's quantile table at the pack's lengths, (lengths, ranks): each of the sentences nearest in length.

    found: scores of ordinary sentences, (sentences,); counts: their tokens.
    """
    away = np.abs(np.log(counts)[None] - np.log(lengths)[:, None])
    nearest = np.argsort(away, axis=1, kind="stable")[:, :NEAREST]
    return np.quantile(found[nearest], np.linspace(0, 1, ranks), axis=1).T.astype(np.float32)
