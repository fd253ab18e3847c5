"""Document highlights: the sentences that share what is most prominent in the one under the cursor."""

from __future__ import annotations

from heapq import nlargest
from typing import TYPE_CHECKING

from lsprotocol import types

from prism_lsp.features.tokens import View, prominent
from prism_lsp.profiles import portions
from prism_lsp.reading import PRESENT, Feature, Reading

if TYPE_CHECKING:
    from prism_lsp.server import PrismServer

PATIENCE = 1.0
"""Seconds that an answer waits for the sentence under the cursor to be read."""

MOST = 50
"""Sentences; of more the strongest are shown."""


async def highlights(ls: PrismServer, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
    """The sentence under the cursor and those that share its feature, in text order."""
    document = ls.session.document(params.text_document.uri)
    if document is None:
        return []
    split = await ls.session.split(document)
    here = split.number(document.offset(params.position.line, params.position.character, ls.encoding))
    if here is None:
        return []
    text, readings = split.sentences[here].reads, ls.session.readings
    await ls.session.wait(document.uri, [text], PATIENCE, colours=False)
    reading = readings.get(text)
    feature = None if reading is None else shared(ls.session.features, reading, ls.view)
    if feature is None:
        return []
    found: list[tuple[bool, float, int]] = []
    async for start, sentences in portions(split.sentences, 5000):
        for number, sentence in enumerate(sentences, start):
            other = readings.get(sentence.reads)
            if other is not None and (activation := other.activations[feature]) >= PRESENT:
                found.append((number == here, activation, -number))
    kept = sorted(-number for _, _, number in nlargest(MOST, found))
    return [
        types.DocumentHighlight(
            ls.range(document, split.sentences[number].start, split.sentences[number].end),
            types.DocumentHighlightKind.Text,
        )
        for number in kept
    ]


def shared(features: tuple[Feature, ...], reading: Reading, view: View) -> int | None:
    """Number of the feature to look for: the focused one if it is present, else the most prominent one."""
    if view.mode != "focus":
        return prominent(features, reading, view.hidden)
    for number, feature in enumerate(features):
        if feature.id == view.focus and reading.activations[number] >= PRESENT:
            return number
    return None
