"""Whether a percentile means what it says: for every feature, and for sentences of every length.

    python -m benchmarks.calibration [--sentences 3000] [--out benchmarks/results/calibration.md]

Held-out sentences, drawn as the reference was (half Brown, a quarter each Austen and Moby-Dick). Were the percentiles exact,
10 % of them would stand at .90 or above, 3 % at .97, 1 % at .99, whatever the feature and the length.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np

from prism_lsp.build.concepts import reference
from prism_lsp.engine import calibration
from prism_lsp.engine.local import LocalEngine

LEVELS = (0.90, 0.97, 0.99)
CLASSES = (0, 9, 18, 32, 1000)
"""Tokens, the upper end inclusive: coarser than the table's own, so that each class holds enough sentences."""


def main() -> None:
    """Measure and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sentences", type=int, default=3000)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/calibration.md"))
    arguments = parser.parse_args()
    engine = LocalEngine.load()
    scores, tokens, _ = engine.scores(reference(arguments.sentences, split="held-out"))
    found = calibration.percentiles(scores, tokens, engine.pack.quantiles, engine.pack.lengths)
    lines = [
        f"# Percentiles\n\n`python -m benchmarks.calibration`: {len(found)} held-out sentences, {len(engine.features)} features. Share of the sentences at a "
        "percentile or above: mean over the features, and the features farthest off.\n",
        f"| tokens | sentences | {' | '.join(f'at {level} or above (wanted {1 - level:.0%}) | least and most' for level in LEVELS)} |",
        f"|---|--:|{'--:|---|' * len(LEVELS)}",
    ]
    for low, high in [*pairwise(CLASSES), (0, CLASSES[-1])]:
        mine = found[(tokens > low) & (tokens <= high)]
        cells = []
        for level in LEVELS:
            share = (mine >= level).mean(0)
            worst = [engine.features[int(row)].id for row in (np.argmin(share), np.argmax(share))]
            cells += [f"{share.mean():.1%}", f"{share.min():.1%} ({worst[0]}), {share.max():.1%} ({worst[1]})"]
        name = (
            "all"
            if (low, high) == (0, CLASSES[-1])
            else f"{low + 1} to {high}"
            if high < CLASSES[-1]
            else f"over {low}"
        )
        lines.append(f"| {name} | {len(mine)} | {' | '.join(cells)} |")
    arguments.out.write_text("\n".join(lines) + "\n", "utf-8")
    print(arguments.out.read_text("utf-8"))


if __name__ == "__main__":
    main()
