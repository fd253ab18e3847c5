"""Where the check's thresholds come from: candidates that reached their target, judged good or bad by reading.

    python -m benchmarks.threshold

`benchmarks/labels/check.jsonl` holds the candidates of 40 rewrites of train-part sentences (two for each concept and
direction), labelled blind to every score: edit done, meaning kept, grammatical. Printed for every threshold: the good ones
that it keeps and the bad ones that it refuses.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from prism_lsp.engine import check
from prism_lsp.engine.local import LocalEngine
from prism_lsp.reading import Edit

LABELS = Path(__file__).parent / "labels" / "check.jsonl"


def main() -> None:
    """Measure the labelled candidates again and print the table."""
    rows = [json.loads(line) for line in LABELS.read_text("utf-8").splitlines()]
    engine = LocalEngine.load()
    texts = sorted({row[key] for row in rows for key in ("source", "text")})
    latent = dict(zip(texts, engine.reader.latents(texts).numpy(), strict=True))
    surprise = dict(zip(texts, engine.surprise(texts).tolist(), strict=True))
    measured = []
    for row in rows:
        edit = Edit(((row["edit"][1:], 1.0 if row["edit"][0] == "+" else -1.0),))
        source, text = row["source"], row["text"]
        similarity = check.similarity(source, text, latent[source], latent[text], edit, engine.pack)
        fluency = min(1.0, float(np.exp(surprise[source] - surprise[text])))
        whole = check.well_formed(source, text) and not check.strange_words(source, text, engine.pieces)
        measured.append((row["good"], similarity, fluency, whole))
    good = [m for m in measured if m[0]]
    bad = [m for m in measured if not m[0]]
    print(f"{len(good)} good, {len(bad)} bad\n")
    print("| threshold | good kept | bad refused |\n|---|--:|--:|")

    def line(name: str, column: int, least: float) -> None:
        kept, refused = sum(m[column] >= least for m in good), sum(m[column] < least for m in bad)
        print(f"| {name} {least} | {kept}/{len(good)} | {refused}/{len(bad)} |")

    for least in (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9):
        line("similarity", 1, least)
    for least in (0.1, 0.2, 0.25, 0.3, 0.4, 0.5):
        line("fluency", 2, least)
    line("whole", 3, 1)

    def passes(m: tuple[bool, float, float, bool]) -> bool:
        return m[1] >= check.SIMILARITY and m[2] >= check.FLUENCY and m[3]

    kept = [m for m in measured if passes(m)]
    print(
        f"\nAs shipped (similarity {check.SIMILARITY}, fluency {check.FLUENCY}, whole): {sum(m[0] for m in kept)} of "
        f"{len(good)} good ones kept; {sum(m[0] for m in kept)} of the {len(kept)} that are offered are good."
    )


if __name__ == "__main__":
    main()
