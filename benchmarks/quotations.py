"""Sentences inside a quotation of several: does the model read them as dialogue, alone and with its marks completed?

    python -m benchmarks.quotations [--most 100]    # writes results/quotations.md

Held-out chapters of Austen and Moby-Dick. *Middle* sentences stand inside a quotation and have no mark of their own
(`Sentence.opened` and `closed`, `prism_lsp/quotations.py`); *narration* are sentences without a mark inside or around
them, of paragraphs in which somebody speaks. Read is as *dialogue* what has an activation of 0.5 or more.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from prism_lsp import prose
from prism_lsp.build import corpus
from prism_lsp.engine.local import LocalEngine
from prism_lsp.prose import Sentence
from prism_lsp.quotations import marks
from prism_lsp.reading import PRESENT

RESULTS = Path(__file__).parent / "results" / "quotations.md"
SEED = 0


class Found(NamedTuple):
    """Sentences of one book."""

    middle: list[Sentence]
    narration: list[Sentence]


def books() -> dict[str, list[str]]:
    """The held-out chapters of each book."""
    found: dict[str, list[str]] = {}
    for source, texts in (("Austen", corpus.austen_chapters()), ("Moby-Dick", corpus.moby_dick_chapters())):
        found[source] = [text for _, number, text in texts if corpus.split_of(number) == "held-out"]
    return found


def sort(chapters: Sequence[str]) -> Found:
    """The sentences that are compared."""
    found = Found([], [])
    for chapter in chapters:
        for paragraph in _paragraphs(prose.sentences(chapter, "plaintext")):
            speech = any(marks(each.text) or each.opened for each in paragraph)
            for sentence in paragraph:
                if marks(sentence.text) or sentence.heading:
                    continue
                if sentence.opened and sentence.closed:
                    found.middle.append(sentence)
                elif speech and not sentence.opened and not sentence.closed:
                    found.narration.append(sentence)
    return found


def _paragraphs(sentences: Sequence[Sentence]) -> Iterator[list[Sentence]]:
    paragraph: list[Sentence] = []
    for sentence in sentences:
        if paragraph and sentence.block != paragraph[0].block:
            yield paragraph
            paragraph = []
        paragraph.append(sentence)
    if paragraph:
        yield paragraph


def main() -> None:
    """Read, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=100, help="sentences of a kind and book, drawn at random (seed 0)")
    most = parser.parse_args().most
    engine = LocalEngine.load()
    dialogue = [feature.id for feature in engine.features].index("dialogue")

    def share(texts: Sequence[str]) -> str:
        if not texts:
            return "–"
        readings = engine.read(list(texts))
        return f"{sum(each.activations[dialogue] >= PRESENT for each in readings) / len(texts):.3f}"

    rows = []
    for name, chapters in books().items():
        found = sort(chapters)
        draw = random.Random(SEED)
        middle, narration = (draw.sample(each, min(most, len(each))) for each in found)
        shares = share([each.text for each in middle]), share([each.reads for each in middle])
        row = (name, len(found.middle), len(middle), *shares, len(found.narration), len(narration))
        rows.append(f"| {' | '.join(map(str, row))} | {share([each.text for each in narration])} |")
    report = f"""# Sentences inside a quotation, read as dialogue

By `python -m benchmarks.quotations --most {most}`, with the pack {engine.pack.version}. {(__doc__ or "").split("results/quotations.md", 1)[1].strip()}

| book | middle sentences | read | dialogue, as split | dialogue, marks completed | narration between | read | dialogue |
|---|--:|--:|--:|--:|--:|--:|--:|
"""
    report += "\n".join(rows) + "\n"
    print(report)
    RESULTS.write_text(report, encoding="utf-8")


if __name__ == "__main__":
    main()
