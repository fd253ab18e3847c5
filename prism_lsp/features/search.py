"""Workspace symbols: sentences of the open documents, by feature or by their words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from heapq import nlargest
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types

from prism_lsp.profiles import more_than, portions
from prism_lsp.reading import PRESENT, Feature, prominence

if TYPE_CHECKING:
    from prism_lsp.opened import Split
    from prism_lsp.server import PrismServer

MOST = 50
"""Sentences in an answer."""

LONGEST_NAME = 80
"""Characters of a sentence that are shown."""

TELLING = 4
"""Letters from which a word of a feature's description finds it: “the” is in most of them."""

CLEARLY_MORE = 2.0
"""Standard deviations above ordinary prose from which a feature stands out in what is open."""

_WORD = re.compile(r"[^\W_]+")
_QUOTED = re.compile(r"[\"“](.*?)[\"”]?")


class Place(NamedTuple):
    """A sentence of a document."""

    split: Split
    number: int


async def search(ls: PrismServer, params: types.WorkspaceSymbolParams) -> list[types.WorkspaceSymbol]:
    """`#question`, or words of a feature's name: its strongest sentences. Nothing: what stands out. Else: their text."""
    query = params.query.strip()
    shown = [feature for feature in ls.session.features if feature.id not in ls.view.hidden]
    splits = [await ls.session.split(opened.document) for opened in list(ls.session.opened.values())]
    if not query or query == "#":
        return await standing_out(ls, splits, shown)
    found = named(shown, query)
    if found or query.startswith("#"):
        return await strongest(ls, splits, found)
    quoted = _QUOTED.fullmatch(query)
    return await with_words(ls, splits, quoted[1] if quoted else query)


def named(features: Sequence[Feature], query: str) -> list[Feature]:
    """The features that a query means: by id, else by the words of their names, else by those of their descriptions."""
    if exact := [feature for feature in features if query.lower() in (f"#{feature.id}", feature.id)]:
        return exact
    asked = _words(query)
    if not asked or query[0] in '"“':
        return []
    by_name = [
        feature
        for feature in features
        if all(any(w.startswith(word) for w in _words(f"{feature.id} {feature.name}")) for word in asked)
    ]
    if by_name or min(map(len, asked)) < TELLING:
        return by_name
    return [feature for feature in features if set(asked) <= set(_words(feature.description))]


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


async def strongest(ls: PrismServer, splits: Sequence[Split], wanted: Sequence[Feature]) -> list[types.WorkspaceSymbol]:
    """The sentences in which one of these features is most prominent."""
    features = ls.session.features
    numbers = [index for index, feature in enumerate(features) if feature in wanted]
    found: list[tuple[tuple[float, ...], int, int, int]] = []
    for order, split in enumerate(splits):
        async for start, sentences in portions(split.sentences, 2000):
            for number, sentence in enumerate(sentences, start):
                reading = ls.session.readings.get(sentence.reads)
                present = [i for i in numbers if reading is not None and reading.activations[i] >= PRESENT]
                if reading is not None and present:
                    a, p = reading.activations, reading.percentiles
                    rank, index = max((prominence(features[i], a[i], p[i]), i) for i in present)
                    found.append((rank, -order, -number, index))
        found = nlargest(MOST, found)
    return [_symbol(ls, Place(splits[-order], -number), f"#{features[index].id} ") for _, order, number, index in found]


async def with_words(ls: PrismServer, splits: Sequence[Split], words: str) -> list[types.WorkspaceSymbol]:
    """The first sentences whose text has these words, in text order."""
    sought = " ".join(words.casefold().split())
    found: list[Place] = []
    for split in splits:
        async for start, sentences in portions(split.sentences, 5000):
            found += [
                Place(split, number)
                for number, sentence in enumerate(sentences, start)
                if sought and sought in sentence.text.casefold()
            ]
            if len(found) >= MOST:
                break
    return [_symbol(ls, place, "", sought) for place in found[:MOST]]


async def standing_out(
    ls: PrismServer, splits: Sequence[Split], shown: Sequence[Feature]
) -> list[types.WorkspaceSymbol]:
    """The features that the open documents have more of than ordinary prose, each at its strongest sentence."""
    features = ls.session.features
    present = [0] * len(features)
    best: list[tuple[float, Place] | None] = [None] * len(features)
    read = 0
    for split in splits:
        async for start, sentences in portions(split.sentences):
            for number, sentence in enumerate(sentences, start):
                reading = ls.session.readings.get(sentence.reads)
                profile = ls.profiles.of(features, sentence.reads)
                if reading is None or profile is None:
                    continue
                read += 1
                for index in profile.present:
                    present[index] += 1
                    top = best[index]
                    if top is None or reading.activations[index] > top[0]:
                        best[index] = reading.activations[index], Place(split, number)
    found = []
    for feature in shown:
        index = features.index(feature)
        far = more_than(present[index], read, feature.density)
        if (top := best[index]) is not None and far >= CLEARLY_MORE:
            share = f"in {100 * present[index] / read:.0f}\N{NO-BREAK SPACE}% of sentences"
            usual = f"{100 * feature.density:.0f}\N{NO-BREAK SPACE}% in ordinary prose"
            place = _location(ls, top[1])
            name = f"#{feature.id}: {share} ({usual})"
            found.append((far, types.WorkspaceSymbol(location=place, name=name, kind=types.SymbolKind.Key)))
    return [symbol for _, symbol in sorted(found, key=lambda item: -item[0])]


def _symbol(ls: PrismServer, place: Place, before: str, sought: str = "") -> types.WorkspaceSymbol:
    sentence = place.split.sentences[place.number]
    return types.WorkspaceSymbol(
        location=_location(ls, place),
        name=before + excerpt(sentence.text, sought),
        kind=types.SymbolKind.String,
        container_name=ls.outlines.of(place.split).heading(sentence.start),
    )


def _location(ls: PrismServer, place: Place) -> types.Location:
    document, sentence = place.split.document, place.split.sentences[place.number]
    return types.Location(document.uri, ls.range(document, sentence.start, sentence.end))


def excerpt(text: str, sought: str = "") -> str:
    """A sentence, or so much of it as is shown: its beginning, or the part around what was sought."""
    if len(text) <= LONGEST_NAME:
        return text
    at = max(0, text.casefold().find(sought))
    begin = 0 if at + len(sought) < LONGEST_NAME - 1 else min(at - LONGEST_NAME // 4, len(text) - LONGEST_NAME)
    cut = text[begin : begin + LONGEST_NAME]
    return ("…" if begin else "") + cut.strip() + ("…" if begin + LONGEST_NAME < len(text) else "")
