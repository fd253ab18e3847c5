"""Training pairs from the corpus: `python -m prism_lsp.build.pairs --out FILE [--seed 0]` (see `main` for the rest)."""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from prism_lsp.build import corpus
from prism_lsp.build.rules import CONCEPTS, pairs_of
from prism_lsp.build.rules.base import Pair
from prism_lsp.build.rules.plain import plain_pairs

PER_CONCEPT = 3000
FICTION_SHARE = 0.6
"""Brown is one quarter fiction; writers' prose is what the editor meets, so fiction is weighed up."""
RULE_SHARE = {
    "mark": 0.35,
    "wrap": 0.45,
    "novel-not": 0.1,
    "novel-real": 0.35,
    "novel-speech": 0.25,
    "inversion": 0.8,
    "contract": 0.25,
    "real:contract": 0.15,
}
"""The largest share of a concept's pairs that one easy rule may have."""


class Row(NamedTuple):
    """A pair with where it came from."""

    pair: Pair
    source: str
    fiction: bool


def rows(cache: Path | None, split: str, seed: int) -> Iterator[Row]:
    """All pairs of one split, in corpus order: every rule on the tagged Brown corpus, the plain ones on the novels."""
    for sentence in corpus.brown(cache):
        if sentence.split == split:
            for pair in pairs_of(sentence, seed):
                yield Row(pair, sentence.source, sentence.genre in corpus.FICTION)
    for novel in (corpus.austen(cache), corpus.moby_dick(cache)):
        for line in novel:
            if line.split == split and not corpus.SLUR.search(line.text):
                for pair in plain_pairs(line.text):
                    yield Row(pair, line.source, True)


def choose(found: Iterable[Row], count: int, seed: int) -> list[Row]:
    """Up to `count` rows a concept: no sentence twice, fiction weighed up, easy rules held down, lengths as they
    come."""
    by_concept: dict[str, list[Row]] = defaultdict(list)
    for row in found:
        by_concept[row.pair.concept].append(row)
    out: list[Row] = []
    for concept in CONCEPTS:
        out += _choose_one(by_concept[concept], count, Random(f"{seed}|{concept}"))
    Random(seed).shuffle(out)
    return out


def _choose_one(found: list[Row], count: int, rng: Random) -> list[Row]:
    rng.shuffle(found)
    kept: list[Row] = []
    seen: set[str] = set()
    used: Counter[str] = Counter()
    limit = {
        "fiction": count if sum(row.fiction for row in found) < count else round(count * FICTION_SHARE),
        "other": count,
    }
    for fiction in (True, False):
        for row in found:
            if row.fiction != fiction or len(kept) >= (limit["fiction"] if fiction else count):
                continue
            pair = row.pair
            size = min(count, len(found))
            if used[pair.rule] >= RULE_SHARE.get(pair.rule, 1.0) * size or pair.without in seen or pair.with_ in seen:
                continue
            seen |= {pair.without, pair.with_}
            used[pair.rule] += 1
            kept.append(row)
    return kept


def write(path: Path, lines: Iterable[dict[str, str]]) -> int:
    """Writes JSON lines; returns how many."""
    path.parent.mkdir(parents=True, exist_ok=True)
    texts = [json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("".join(text + "\n" for text in texts), encoding="utf-8")
    return len(texts)


def as_json(row: Row) -> dict[str, str]:
    """The line that a row becomes."""
    pair = row.pair
    return {
        "concept": pair.concept,
        "without": pair.without,
        "with": pair.with_,
        "source": row.source,
        "rule": pair.rule,
    }


def load(path: Path | None, seed: int = 0) -> list[dict[str, str]]:
    """Training pairs from a file that `main` wrote, or made from the corpus (a minute or two) when none is given."""
    if path is not None:
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [as_json(row) for row in choose(rows(None, "train", seed), PER_CONCEPT, seed)]


def plain_sentences(cache: Path | None, split: str, count: int, seed: int) -> list[dict[str, str]]:
    """`count` sentences of one split from all three sources, each once, two to sixty words, shuffled."""
    found: dict[str, dict[str, str]] = {}
    for tagged in corpus.brown(cache):
        found.setdefault(
            tagged.text, {"text": tagged.text, "source": tagged.source, "genre": tagged.genre, "split": tagged.split}
        )
    for novel in (corpus.austen(cache), corpus.moby_dick(cache)):
        for sentence in novel:
            found.setdefault(
                sentence.text,
                {"text": sentence.text, "source": sentence.source, "genre": "novel", "split": sentence.split},
            )
    kept = [line for line in found.values() if line["split"] == split and is_sentence(line["text"])]
    Random(seed).shuffle(kept)
    return kept[:count]


def is_sentence(text: str) -> bool:
    """True for what looks like a whole sentence of mostly words, two to sixty of them."""
    letters = sum(c.isalpha() or c.isspace() for c in text)
    if corpus.SLUR.search(text):
        return False
    return (
        2 <= len(text.split()) <= 60
        and letters >= 0.8 * len(text)
        and text[-1] in ".?!\"'"
        and text[0] in "\"'“‘" + text[0].upper()
    )


def main(arguments: list[str] | None = None) -> None:
    """Writes training pairs, and on demand held-out pairs and plain sentences."""
    parser = argparse.ArgumentParser(prog="python -m prism_lsp.build.pairs", description="Rule-made rewrite pairs.")
    parser.add_argument("--out", type=Path, help="training pairs, JSON lines")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=PER_CONCEPT, help="pairs a concept")
    parser.add_argument("--held-out", type=int, default=0, metavar="N", help="N held-out pairs a concept")
    parser.add_argument("--held-out-file", type=Path, help="where they go")
    parser.add_argument("--sentences", type=Path, help="30,000 plain sentences of the train split")
    parser.add_argument("--held-out-sentences", type=Path, help="5,000 plain sentences of the held-out split")
    parser.add_argument("--cache", type=Path, help="where fetched text is kept")
    args = parser.parse_args(arguments)
    if args.out:
        kept = choose(rows(args.cache, "train", args.seed), args.count, args.seed)
        write(args.out, map(as_json, kept))
        print(Counter(row.pair.concept for row in kept))
    if args.held_out:
        if args.held_out_file is None:
            parser.error("--held-out needs --held-out-file")
        kept = choose(rows(args.cache, "held-out", args.seed), args.held_out, args.seed)
        print("held-out", write(args.held_out_file, map(as_json, kept)))
    if args.sentences:
        lines = plain_sentences(args.cache, "train", 30000, args.seed)
        print("sentences", write(args.sentences, ({k: v for k, v in line.items() if k != "genre"} for line in lines)))
    if args.held_out_sentences:
        print(
            "held-out sentences",
            write(args.held_out_sentences, plain_sentences(args.cache, "held-out", 5000, args.seed)),
        )


if __name__ == "__main__":
    main()
