"""Choose the sentences of `engine/ordinary.txt`: `python -m prism_lsp.build.ordinary [--count 600]`.

Drawn as the pack's reference is (half Brown, a quarter each Austen and Moby-Dick, train parts only), without those that
labels or benchmarks have.
"""

from __future__ import annotations

import argparse

from prism_lsp.build import examples
from prism_lsp.build.concepts import reference
from prism_lsp.engine.ordinary import FILE

SEED = 7


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=600)
    arguments = parser.parse_args()
    labelled = {sentence.text for sentence in examples.labelled()}
    chosen = [text for text in reference(arguments.count, SEED) if text not in labelled]
    FILE.write_text("".join(" ".join(text.split()) + "\n" for text in chosen), "utf-8")
    print(len(chosen), "sentences,", FILE.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
