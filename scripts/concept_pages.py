"""The pages of concepts, from their TOML files, the pack's figures and `benchmarks/results/detect.json`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from prism_lsp.engine import concepts
from prism_lsp.engine.concepts import Concept, Pair
from prism_lsp.reading import FAMILIES

CONCEPTS = "prism_lsp/concepts"
PACK = "models/smollm2-135m"
DETECT = "benchmarks/results/detect.json"
MADE = "This page is written by `python scripts/docs.py`"

GOOD = 0.9
"""An AUROC under it is said to be weak: the bar of `benchmarks/detect.py`."""
SHOWN = 3
"""Example pairs on a page."""
LONG = 110
"""Characters from which a sentence is no good example."""

LABELS = {
    "tags": "by the Brown corpus's part-of-speech tags",
    "quotes": "by their quotation marks",
    "read": "by reading",
}
"""How the sentences of `benchmarks/truth.py` were labelled."""

HEAD = f"""\
# Concepts

{MADE} from [`{CONCEPTS}`](../../{CONCEPTS}) and the figures of the pack.

A concept is a feature that was fitted from example pairs: one TOML file each, with the same sentence without it and with it.
*Prose* is the share of reference sentences of ordinary prose in which it is present. *Pairs* is the AUROC on pairs that were in no fit
(`prism-lsp build concepts`): 1 is faultless, .5 is guessing.
"""


class Known(NamedTuple):
    """What is known of all concepts, by id."""

    figures: dict[str, dict[str, float]]
    """On held-out pairs; see `prism_lsp/build/concepts.py`."""
    densities: dict[str, float]
    detection: list[dict[str, Any]]
    """Rows of `benchmarks/detect.py`, [] when it has not been run on this pack."""


def pages(root: Path) -> dict[str, str]:
    """Path from the root -> text: the index, and a page for each concept."""
    every = concepts.load_all(root / CONCEPTS)
    known = _known(root)
    found = {f"docs/concepts/{concept.id}.md": _page(concept, known) for concept in every}
    return {"docs/concepts/README.md": _index(every, known), **found}


def _known(root: Path) -> Known:
    figures = json.loads((root / PACK / "concepts.json").read_text("utf-8"))
    rows = [json.loads(line) for line in (root / PACK / "features.jsonl").read_text("utf-8").splitlines()]
    detect = root / DETECT
    detection = json.loads(detect.read_text("utf-8")) if detect.exists() else []
    return Known(figures, {row["id"]: row["density"] for row in rows}, detection)


def _index(every: list[Concept], known: Known) -> str:
    parts = [HEAD]
    for family in FAMILIES:
        mine = sorted((concept for concept in every if concept.family == family), key=lambda concept: concept.id)
        if mine:
            parts.append(f"\n## {family.capitalize()}\n\n| concept | | prose | pairs |\n|---|---|--:|--:|\n")
        for each in mine:
            density, figures = known.densities.get(each.id), known.figures.get(each.id)
            parts.append(
                f"| [{each.name}]({each.id}.md) `{each.id}` | {each.description} "
                f"| {'–' if density is None else _percent(density)} | {_auroc(figures['auroc']) if figures else '–'} |\n"
            )
    return "".join(parts)


def _page(concept: Concept, known: Known) -> str:
    return f"""\
# {concept.name}

{concept.description}

* **Id:** `{concept.id}`, of the family *{concept.family}*.
* **Code actions:** *{concept.on}*, *{concept.off}*.
{_density(concept, known)}

## For example

{_examples(concept)}
## In use

In a project's `prism.toml`, which [the page on rules](../rules.md) explains:

```toml
[rules]
{concept.id} = "at most 10%"
```

On the command line, as a heat map and as a rewrite that turns it on or off:

    prism-lsp inspect chapter.md --focus {concept.id}
    prism-lsp rewrite chapter.md --feature {concept.id}
    prism-lsp rewrite chapter.md --feature=-{concept.id}

In Neovim `:PrismFocus {concept.id}`, in VS Code *Prism: Focus on a Feature…*, elsewhere the command `prism.focus` with `"{concept.id}"`.

## How well it is read

{_figures(concept, known)}{_detection(concept, known)}
[Every concept](README.md). {MADE} from [{concept.id}.toml](../../{CONCEPTS}/{concept.id}.toml) and the pack's figures.
"""


def _density(concept: Concept, known: Known) -> str:
    density = known.densities.get(concept.id)
    if density is None:
        return "* **In ordinary prose:** not measured yet: the pack that ships does not know this concept."
    return f"* **In ordinary prose:** {_percent(density)} of the pack's reference sentences have it."


def _examples(concept: Concept) -> str:
    parts = []
    for pair in _shown(concept.pairs):
        genre = f" ({pair.genre})" if pair.genre else ""
        parts.append(f"* without{genre}: {_plain(pair.without)}  \n  with: {_plain(pair.with_)}\n")
    count = len(concept.pairs)
    return (
        "".join(parts) + f"\nThese are {len(parts)} of the {count} hand-written pairs; a fifth of them is in no fit.\n"
    )


def _shown(pairs: tuple[Pair, ...]) -> list[Pair]:
    """The first short pair of each genre, in the file's order; where that is not enough, the shortest others."""
    short = [pair for pair in pairs if max(len(pair.without), len(pair.with_)) < LONG]
    first = list({pair.genre: pair for pair in reversed(short)}.values())[::-1]
    rest = sorted((pair for pair in pairs if pair not in first), key=lambda pair: len(pair.without + pair.with_))
    return [*first, *rest][:SHOWN]


def _plain(text: str) -> str:
    """A sentence with nothing in it that Markdown would read."""
    return "".join("\\" + c if c in "\\`*_[]<>#" else c for c in text)


def _figures(concept: Concept, known: Known) -> str:
    figures = known.figures.get(concept.id)
    if figures is None:
        return "It has not been measured on pairs yet.\n"
    weak = "" if figures["auroc"] >= GOOD else " **That is weak: read a mark of it as a question.**"
    return (
        f"On {figures['held_out']} of its {figures['pairs']} pairs, which were in no fit (`prism-lsp build concepts`): AUROC "
        f"{_auroc(figures['auroc'])}.{weak} The side with the concept reads higher than its own pair's other side in "
        f"{_percent(figures['pair_order'])} of them; it counts as present on {_percent(figures['present_with'])} of the sides with it and on "
        f"{_percent(figures['present_without'])} of those without.\n"
    )


def _detection(concept: Concept, known: Known) -> str:
    """The table of `benchmarks/detect.py`: a row for each way of labelling, a column for each method."""
    rows = [row for row in known.detection if row["concept"] == concept.id]
    if not rows:
        return ""
    methods = list(dict.fromkeys(row["method"] for row in rows))
    lines = [
        "",
        "On held-out real sentences (`python -m benchmarks.detect`), AUROC with its 95 % interval, beside logistic regressions that were "
        "fitted on the same examples:",
        "",
        f"| labelled | sentences | with it | {' | '.join(methods)} |",
        f"|---|--:|--:|{'--:|' * len(methods)}",
    ]
    for source in dict.fromkeys(row["source"] for row in rows):
        mine = {row["method"]: row for row in rows if row["source"] == source}
        one = next(iter(mine.values()))
        cells = [
            f"{_auroc(mine[m]['auroc'])} [{_auroc(mine[m]['low'])}, {_auroc(mine[m]['high'])}]" if m in mine else "–"
            for m in methods
        ]
        lines.append(f"| {LABELS.get(source, source)} | {one['n']:,} | {one['has']:,} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _auroc(value: float) -> str:
    return "1.000" if value >= 0.9995 else f"{value:.3f}".removeprefix("0")


def _percent(share: float) -> str:
    value = 100 * share
    return f"{value:.1f} %" if 0 < value < 10 else f"{value:.0f} %"
