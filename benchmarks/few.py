"""How well a project's own concept is read when only a few pairs are there, and which way of fitting is best then.

    python -m benchmarks.few [--sizes 8 16 40] [--concepts ID ...] [--out benchmarks/results/few.md]

Each shipped concept is fitted anew as if it were a project's: from the first 8, 16 or 40 of its own pairs alone. It is judged
by AUROC on 15 of its held-out pairs, and on the labelled sentences of the corpus' train part, of which these fits see none.
The shipped probes were fitted on those, so they are no rival here. The cuts say where PRESENT might lie.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from prism_lsp.build import examples, fit
from prism_lsp.build.concepts import CONCEPTS, FIRST_TOKEN, States
from prism_lsp.engine import concepts, ordinary, project, weights
from prism_lsp.engine.llama import Llama
from prism_lsp.engine.local import load_tokenizer
from prism_lsp.engine.ordinary import Sentences
from prism_lsp.engine.probes import Probes
from prism_lsp.engine.reader import Reader
from prism_lsp.reading import PRESENT

Array = NDArray[np.float32]
LAYER = 12
MOST_HELD_OUT = 15
SOME = (
    *("comparison", "conditional", "dialogue", "first-person", "formal", "hedged", "imperative", "list", "movement"),
    *("negation", "negative-feeling", "opinion", "passive", "question", "sensory", "thought"),
)
"""Concepts of every kind; all that ship take long on two busy cores."""

FEWEST = 5
"""A concept that fewer of the labelled sentences have is not judged on them."""


def latent_covariance(pairs: Sentences, prose: Sentences) -> Array:
    """(a) Linear discriminant of the mean states; covariance of ordinary sentences' means."""
    background = concepts.Background(prose.means.mean(0), np.cov(prose.means.T).astype(np.float32))
    return concepts.fit_probe(pairs.means[::2], pairs.means[1::2], background).weight


def mean(pairs: Sentences, prose: Sentences) -> Probes:
    """(a), read by the mean."""
    weight = latent_covariance(pairs, prose)[None]
    return Probes(prose.states.mean(0), 0 * weight, 0 * weight, weight, np.zeros(1, np.float32))


def tied(pairs: Sentences, prose: Sentences) -> Probes:
    """(c) (a)'s weight as value and key of attention pooling."""
    weight = latent_covariance(pairs, prose)[None]
    weight /= (prose.states @ weight[0]).std()
    return Probes(prose.states.mean(0), weight, weight, 0 * weight, np.zeros(1, np.float32))


def recipe(pairs: Sentences, prose: Sentences) -> Probes:
    """(b) The recipe of the shipped probes, on these pairs alone: 200 steps."""
    states = np.split(pairs.states, np.cumsum(pairs.counts)[:-1])
    known = np.tile(np.array([1, 0], np.float32), len(states) // 2)[:, None]
    moments = fit.Moments(prose.states.mean(0), prose.states.std(0))
    epochs = 200 // -(-len(states) // fit.BATCH)
    return fit.fit(states, known, np.zeros(len(states), np.int64), moments, fit.Recipe(epochs=epochs))


def ours(pairs: Sentences, prose: Sentences) -> Probes:
    """What ships: `project.raw`."""
    return project.raw(pairs, prose)


METHODS: dict[str, Callable[[Sentences, Sentences], Probes]] = {
    "(a) discriminant, mean": mean,
    "(b) the shipped probes’ recipe": recipe,
    "(c) discriminant as tied attention": tied,
    "(d) discriminant against the tokens’ covariance, attention, mean: what ships": ours,
}


def half_way(found: Array, common: Array) -> float:
    """What ships: half way between the pairs' medians, within bounds."""
    return project.cut(found, common)


CUTS: dict[str, Callable[[Array, Array], float]] = {
    "half way between the pairs, 2 to 50 % of prose (ships)": half_way,
    "half way between the pairs": lambda found, common: float(np.median(found[::2]) + np.median(found[1::2])) / 2,
    "the upper 5 % of prose": lambda found, common: float(np.quantile(common, 0.95)),
    "the upper 10 % of prose": lambda found, common: float(np.quantile(common, 0.9)),
    "the upper 20 % of prose": lambda found, common: float(np.quantile(common, 0.8)),
}


class Judged(NamedTuple):
    """One fit's figures."""

    pairs: float
    real: float


def sentences(states: list[Array]) -> Sentences:
    """Sentences from their token states; the latents are not needed here."""
    joined = np.concatenate(states).astype(np.float32)
    return Sentences(joined, np.array([len(each) for each in states]), joined[:0])


def turns(states: States, pairs: list[concepts.Pair]) -> Sentences:
    """With and without by turns."""
    return sentences(states([side for pair in pairs for side in (pair.with_, pair.without)]))


def f1(has: NDArray[np.bool_], found: NDArray[np.bool_]) -> tuple[float, float, float]:
    """(precision, recall, F1)"""
    hits = float((has & found).sum())
    precision, recall = hits / max(found.sum(), 1), hits / max(has.sum(), 1)
    return precision, recall, 2 * hits / max(has.sum() + found.sum(), 1)


def measure(states: States, wanted: list[concepts.Concept], sizes: list[int]) -> str:
    """The tables."""
    read = examples.labelled()
    real, prose = (sentences(states(texts)) for texts in ([s.text for s in read], ordinary.texts()))
    judged: dict[tuple[str, int], list[Judged]] = defaultdict(list)
    cuts: dict[tuple[str, int], list[tuple[float, float, float]]] = defaultdict(list)
    each: dict[str, list[Judged]] = defaultdict(list)
    for concept in wanted:
        rest = [pair for pair in concept.pairs if not pair.held_out]
        random.Random(0).shuffle(rest)
        held = turns(states, [pair for pair in concept.pairs if pair.held_out][:MOST_HELD_OUT])
        has = np.array([concept.id in sentence.concepts for sentence in read])
        for size in sizes:
            pairs = turns(states, rest[:size])
            for name, method in METHODS.items():
                probe = method(pairs, prose)
                there, everywhere = project.scores(probe, held), project.scores(probe, real)
                enough = has.sum() >= FEWEST
                result = Judged(
                    concepts.auroc(there[::2], there[1::2]),
                    concepts.auroc(everywhere[has], everywhere[~has]) if enough else np.nan,
                )
                judged[name, size].append(result)
                if method is ours:
                    each[concept.id].append(result)
                    found, common = project.scores(probe, pairs), project.scores(probe, prose)
                    for cut, at in CUTS.items():
                        if enough:
                            cuts[cut, size].append(f1(has, everywhere >= at(found, common)))
        print(concept.id, *(f"{result.real:.3f}" for result in each[concept.id]), flush=True)
    states.save()
    return report(len(read), sizes, judged, each, cuts)


def report(
    count: int,
    sizes: list[int],
    judged: dict[tuple[str, int], list[Judged]],
    each: dict[str, list[Judged]],
    cuts: dict[tuple[str, int], list[tuple[float, float, float]]],
) -> str:
    """The page."""
    heads = [f"{size} pairs" for size in sizes]
    lines = [
        "# A concept from a few pairs\n",
        f"By `python -m benchmarks.few`: {len(each)} of the shipped concepts, each fitted anew from so many of its own pairs; mean AUROC",
        f"on {MOST_HELD_OUT} other pairs of it / on {count} labelled real sentences of the corpus’ train part (none of them fitted on). Choosing was",
        "done on the same sentences as measuring, so the last row and the first cut are a little flattered.\n",
    ]
    lines += [_row("way of fitting", heads), _rule(len(heads))]
    for name in METHODS:
        rows = [judged[name, size] for size in sizes]
        lines.append(
            _row(
                name,
                [f"{np.mean([r.pairs for r in row]):.3f} / {np.nanmean([r.real for r in row]):.3f}" for row in rows],
            )
        )
    lines += ["", "What ships, concept by concept:", "", _row("concept", heads), _rule(len(heads))]
    lines += [_row(id_, [f"{r.pairs:.3f} / {r.real:.3f}" for r in row]) for id_, row in each.items()]
    lines += ["", f"Where the cut (activation {PRESENT}) might lie: precision / recall / F1 on the same real sentences, mean over concepts.", ""]  # fmt: skip
    lines += [_row("cut", heads), _rule(len(heads))]
    for cut in CUTS:
        means = [np.mean(cuts[cut, size], axis=0) for size in sizes]
        lines.append(_row(cut, [" / ".join(f"{value:.2f}" for value in row) for row in means]))
    return "\n".join(lines) + "\n"


def _row(first: str, cells: list[str]) -> str:
    return f"| {first} | {' | '.join(cells)} |"


def _rule(count: int) -> str:
    return "|---|" + "--:|" * count


def main() -> None:
    """Measure and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[8, 16, 40])
    parser.add_argument("--concepts", nargs="+", default=SOME, help="ids")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results" / "few.md")
    arguments = parser.parse_args()
    base = weights.ensure()
    reader = Reader(Llama(base.path), load_tokenizer(base.path), LAYER, FIRST_TOKEN, (LAYER,))
    found = concepts.load_all(CONCEPTS)
    wanted = [each for each in found if each.id in arguments.concepts]
    page = measure(States(reader, base.sha256), wanted, arguments.sizes)
    arguments.out.write_text(page, "utf-8")
    print(page)


if __name__ == "__main__":
    main()
