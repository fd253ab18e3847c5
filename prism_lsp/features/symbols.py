"""The outline of a document: its headings as a tree, each with what its section has more of than the whole document."""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING

from lsprotocol import types

from prism_lsp.profiles import Profile, more_than, portions

if TYPE_CHECKING:
    from prism_lsp.opened import Split
    from prism_lsp.outline import Outline, Section
    from prism_lsp.server import PrismServer

MOST_FEATURES = 2
"""In a section's line."""

CLEARLY_MORE = 3.0
"""Standard deviations: one section in about 700 has that much more of a feature by chance."""

Answer = list[types.DocumentSymbol] | list[types.SymbolInformation]


async def tree(ls: PrismServer, params: types.DocumentSymbolParams) -> Answer:
    """The headings; nothing for a document without."""
    document = ls.session.document(params.text_document.uri)
    if document is None:
        return []
    split = await ls.session.split(document)
    outline = ls.outlines.of(split)
    if not outline.sections:
        return []
    if not ls.client.symbol_tree:
        return [_flat(ls, split, outline, section) for section in outline.sections]
    found = await details(ls, outline, await ls.profiles.all(ls.session.features, split))
    top: list[types.DocumentSymbol] = []
    symbols: list[types.DocumentSymbol] = []
    for section, detail in zip(outline.sections, found, strict=True):
        heading = split.sentences[section.first].start, split.sentences[section.body - 1].end
        symbol = types.DocumentSymbol(
            name=section.title,
            kind=types.SymbolKind.String,
            range=ls.range(split.document, section.start, section.end),
            selection_range=ls.range(split.document, *heading),
            detail=detail or None,
            children=[],
        )
        symbols.append(symbol)
        around = top if section.parent is None else symbols[section.parent].children
        assert isinstance(around, list)
        around.append(symbol)
    return top


def _flat(ls: PrismServer, split: Split, outline: Outline, section: Section) -> types.SymbolInformation:
    location = types.Location(split.document.uri, ls.range(split.document, section.start, section.end))
    around = None if section.parent is None else outline.sections[section.parent].title
    return types.SymbolInformation(location, section.title, types.SymbolKind.String, container_name=around)


async def details(ls: PrismServer, outline: Outline, profiles: list[Profile | None]) -> list[str]:
    """For each section the features that it has clearly more of than the document, and in how many of its sentences."""
    features = ls.session.features
    own: list[Counter[int]] = []
    whole = _counted(profiles[: outline.sections[0].first])  # before the first heading
    async for start, sections in portions(outline.sections, 20):
        for number, section in enumerate(sections, start):
            own.append(_counted(profiles[section.body : _end_of_own(outline, number)]))
            whole.update(own[-1])
    for number in reversed(range(len(own))):  # those inside stand behind
        if (parent := outline.sections[number].parent) is not None:
            own[parent].update(own[number])
    lines = []
    for counts in own:
        more = {
            number: more_than(count, counts[-1], whole[number] / whole[-1])
            for number, count in counts.items()
            if number >= 0 and features[number].id not in ls.view.hidden
        }
        strongest = sorted((n for n, far in more.items() if far >= CLEARLY_MORE), key=lambda n: -more[n])
        lines.append(
            ", ".join(
                f"{features[n].name.lower()} {100 * counts[n] / counts[-1]:.0f}\N{NO-BREAK SPACE}%"
                for n in strongest[:MOST_FEATURES]
            )
        )
    return lines


def _counted(profiles: list[Profile | None]) -> Counter[int]:
    """In how many sentences each feature is present; at -1 how many have been read."""
    read = [profile.present for profile in profiles if profile is not None]
    counts = Counter(chain.from_iterable(read))
    counts[-1] = len(read)
    return counts


def _end_of_own(outline: Outline, number: int) -> int:
    """Where the sentences end that are under this heading and no other."""
    following = number + 1
    return outline.sections[following].first if following < len(outline.sections) else outline.sections[number].last
