"""Hover: what the model sees in a sentence, strongest first, and the words that carry it."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from lsprotocol import types

from prism_lsp.features import prism_toml
from prism_lsp.reading import PRESENT, EngineError, Feature, Reading, prominence
from prism_lsp.workspace import is_rule_file

if TYPE_CHECKING:
    from prism_lsp.server import PrismServer

MOST_FEATURES = 6
MOST_WORDS = 3
FAINTEST = 0.1
"""Activations below are not worth a line."""

PATIENCE = 3.0
"""Seconds that a hover waits for a model which is still being loaded."""

_BAR = 8
_EIGHTHS = " ▏▎▍▌▋▊▉"


class Line(NamedTuple):
    """One feature in a hover."""

    feature: Feature
    activation: float
    percentile: float
    words: tuple[str, ...]


async def hover(ls: PrismServer, params: types.HoverParams) -> types.Hover | None:
    """The sentence under the cursor."""
    document = ls.session.document(params.text_document.uri)
    if document is None:
        return None
    place = document.offset(params.position.line, params.position.character, ls.encoding)
    if is_rule_file(document.uri):
        return await prism_toml.hover(ls, document, place)
    split = await ls.session.split(document)
    sentence = split.at(place)
    if sentence is None:
        return None
    try:
        if await ls.session.loaded(PATIENCE):
            reading = sentence.own(await ls.session.read(sentence.reads, evidence=True))
            found = lines(ls.session.features, reading, sentence.text, ls.view.hidden, ls.view.focus)
            text = render(found, ls.client.markdown, ls.client.command_links, ls.view.focus)
        else:
            text = ls.session.state[1] or "Prism is still loading the model."
    except EngineError as error:
        text = str(error)
    kind = types.MarkupKind.Markdown if ls.client.markdown else types.MarkupKind.PlainText
    return types.Hover(
        contents=types.MarkupContent(kind=kind, value=text),
        range=ls.range(document, sentence.map[0], sentence.map[-1] + 1),
    )


def lines(
    features: tuple[Feature, ...], reading: Reading, text: str, hidden: tuple[str, ...], focus: str | None
) -> list[Line]:
    """The sentence's features: the focused one, then those present by prominence, then the fainter by activation."""

    def rank(index: int) -> tuple[float, ...]:
        activation = reading.activations[index]
        present = activation >= PRESENT
        strength = prominence(features[index], activation, reading.percentiles[index]) if present else (activation,)
        return (features[index].id != focus, not present, *(-part for part in strength))

    shown = [
        index
        for index, feature in enumerate(features)
        if feature.id == focus or (reading.activations[index] >= FAINTEST and feature.id not in hidden)
    ]
    found = []
    for number, index in enumerate(sorted(shown, key=rank)[:MOST_FEATURES]):
        words = carriers(reading, index, text) if number < 3 and reading.activations[index] > 0 else ()
        found.append(Line(features[index], reading.activations[index], reading.percentiles[index], words))
    return found


def carriers(reading: Reading, index: int, text: str) -> tuple[str, ...]:
    """The words with the largest shares, in text order; words with less than a quarter of the largest are left out."""
    if reading.evidence is None:
        return ()
    telling = (s for s in reading.evidence[index] if re.search(r"[\w?!\"“”]", text[s.start : s.end]))
    shares = sorted(telling, key=lambda share: -share.share)[:MOST_WORDS]
    strong = [share for share in shares if share.share > 0 and share.share >= shares[0].share / 4]
    return tuple(text[share.start : share.end].strip() for share in sorted(strong))


def bar(activation: float) -> str:
    """Eight blocks for an activation of 1 and more."""
    eighths = round(min(1.0, max(0.0, activation)) * 8 * _BAR)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(_BAR, "░")


def render(found: list[Line], markdown: bool, links: bool = False, focus: str | None = None) -> str:
    """The hover's text. With `links` in Markdown a feature's name shows it alone, and the focused one's all again."""
    links = links and markdown
    if not found:
        return "Nothing stands out in this sentence."
    rows = []
    for number, line in enumerate(found):
        name = f"**{_escape(line.feature.name)}**" if markdown else line.feature.name
        name = _linked(name, line.feature.id, focus) if links else name
        percent = min(99, round(100 * line.percentile))
        share = f"{'more than ' if line.percentile > 0.99 else ''}{percent}\N{NO-BREAK SPACE}%"
        row = f"{bar(line.activation)} {name} · " + (f"stronger than in {share} of sentences" if number == 0 else share)
        if line.words:
            words = ", ".join(f"“{_escape(word) if markdown else word}”" for word in line.words)
            row += f" · {words}"
        rows.append(row)
    description = found[0].feature.description
    text = ("  \n" if markdown else "\n").join(rows)
    if description:
        text += f"\n\n{_escape(description) if markdown else description}"
    return text


def _linked(name: str, id: str, focus: str | None) -> str:
    if id == focus:
        return f'[{name}](command:prism.unfocus "Show each sentence\N{RIGHT SINGLE QUOTATION MARK}s strongest feature again")'
    return f'[{name}](command:prism.focus?{quote(json.dumps([id]), safe="")} "Show this feature alone")'


def _escape(text: str) -> str:
    return "".join("\\" + character if character in "\\`*_{}[]<>#|~" else character for character in text)
