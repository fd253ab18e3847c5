"""References: the sentences of the open documents that look most like the one under the cursor to the model."""

from __future__ import annotations

from heapq import nlargest
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types

from prism_lsp.profiles import likeness, portions

if TYPE_CHECKING:
    from prism_lsp.opened import Split
    from prism_lsp.server import PrismServer

PATIENCE = 3.0
"""Seconds that an answer waits for the sentence under the cursor to be read."""

MOST = 20
"""Sentences in an answer."""

ALIKE = 0.7
"""Likeness from which a sentence counts: one pair in twenty. Independent rules agree on such a pair by 0.39 to 0.54, and by
0.32 just below (`python -m benchmarks.alike`)."""


class Found(NamedTuple):
    """A sentence that is alike. The largest is the best: of equal ones that of this document, then the nearest."""

    likeness: float
    here: bool
    nearness: int
    number: int
    split: Split


async def alike(ls: PrismServer, params: types.ReferenceParams) -> list[types.Location]:
    """The sentences most alike, best first; the sentence itself, if it is asked for, before them."""
    document = ls.session.document(params.text_document.uri)
    if document is None:
        return []
    split = await ls.session.split(document)
    here = split.number(document.offset(params.position.line, params.position.character, ls.encoding))
    if here is None:
        return []
    features, text = ls.session.features, split.sentences[here].reads
    await ls.session.wait(document.uri, [text], PATIENCE, colours=False)
    own = ls.profiles.of(features, text)
    if own is None:
        return []
    found: list[Found] = []
    for opened in list(ls.session.opened.values()):
        other = split if opened.document.uri == document.uri else await ls.session.split(opened.document)
        profiles = await ls.profiles.all(features, other)
        async for start, some in portions(profiles, 2000):
            for number, profile in enumerate(some, start):
                if profile is not None and (score := likeness(own.direction, profile.direction)) >= ALIKE:
                    same = other is split
                    if not (same and number == here):
                        found.append(Found(score, same, -abs(number - here), number, other))
        found = nlargest(MOST, found, key=lambda one: one[:4])
    places = [(one.split, one.number) for one in found]
    if params.context.include_declaration:
        places.insert(0, (split, here))
    return [
        types.Location(at.document.uri, ls.range(at.document, at.sentences[n].start, at.sentences[n].end))
        for at, n in places[:MOST]
    ]
