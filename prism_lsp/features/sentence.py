"""`prism/sentence`: the sentences at a place with what the model finds in them, for faders. `docs/protocol.md` says how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from prism_lsp.features import actions
from prism_lsp.protocol import RequestFailed
from prism_lsp.reading import EngineError, Reading
from prism_lsp.variations import Moves

if TYPE_CHECKING:
    from prism_lsp.document import Document
    from prism_lsp.opened import Split
    from prism_lsp.prose import Sentence
    from prism_lsp.server import PrismServer

METHOD = "prism/sentence"

MOST = 50
"""Sentences that a request can be about: a long paragraph. To rewrite them takes a minute and more."""

STALE = "The sentence has changed since; choose it again."

Points = tuple[tuple[int, int], tuple[int, int]]


class Place(NamedTuple):
    """Where the sentences stand that a request is about."""

    uri: str
    version: int | None
    """Of the document that the client has in mind; None: the newest."""
    points: Points
    """Lines and characters of start and end."""
    paragraph: bool
    """All sentences of the paragraphs that are touched are meant."""

    @classmethod
    def from_json(cls, params: object, method: str) -> Place:
        """Raises JsonRpcInvalidParams with what is wrong."""
        uri = uri_of(params, method)
        assert isinstance(params, dict)
        version, paragraph = params.get("version"), params.get("paragraph") or False
        if not (version is None or _whole(version)) or not isinstance(paragraph, bool):
            raise JsonRpcInvalidParams(f"version of {method} must be a whole number, paragraph true or false.")
        try:
            one = params.get("position")
            where: Any = params.get("range") if one is None else {"start": one, "end": one}
            start, end = ((where[end]["line"], where[end]["character"]) for end in ("start", "end"))
            assert all(_whole(number) and number >= 0 for number in (*start, *end))
        except (AssertionError, KeyError, TypeError) as error:
            raise JsonRpcInvalidParams(f"{method} takes a position or a range.") from error
        return cls(uri, version, (start, end), paragraph)


def uri_of(params: object, method: str) -> str:
    """The document that a request is about. Raises JsonRpcInvalidParams."""
    item = params.get("textDocument") if isinstance(params, dict) else None
    uri = item.get("uri") if isinstance(item, dict) else None
    if not isinstance(uri, str):
        raise JsonRpcInvalidParams(f"{method} takes an object with a textDocument, which has a uri.")
    return uri


def _whole(number: object) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


async def sentences(ls: PrismServer, place: Place) -> tuple[Document, Sequence[Sentence]] | None:
    """The sentences there, in text order; None if the document is not open.

    Raises RequestFailed if it is in another version than the client has in mind, or if there are too many.
    """
    document = ls.session.document(place.uri)
    if document is None:
        return None
    if place.version is not None and place.version != document.version:
        raise RequestFailed(STALE)
    split = await ls.session.split(document)
    start, end = (document.offset(line, character, ls.encoding) for line, character in place.points)
    found = touched(split, start, end)
    if place.paragraph:
        blocks = {sentence.block for sentence in found}
        found = [sentence for sentence in split.sentences if sentence.block in blocks]
    if len(found) > MOST:
        raise RequestFailed(f"These are {len(found)} sentences; choose {MOST} at most.")
    return document, found


def touched(split: Split, start: int, end: int) -> Sequence[Sentence]:
    """The sentence at a place, or those that a stretch of characters touches."""
    found = split.within(start, end) if start < end else ()
    one = None if found else split.at(start, end)
    return found if one is None else [one]


async def sentence(ls: PrismServer, params: object) -> dict[str, Any]:
    """The answer to a request. Raises JsonRpcInvalidParams and RequestFailed."""
    place = Place.from_json(params, METHOD)
    assert isinstance(params, dict)
    found = await sentences(ls, place)
    if found is None:
        return {"version": None, "sentences": []}
    document, chosen = found
    readings = [await reading_of(ls, each) for each in chosen]
    offers = params.get("offers") is True
    told = [_told(ls, document, each, reading, offers) for each, reading in zip(chosen, readings, strict=True)]
    return {"version": document.version, "sentences": told}


async def reading_of(ls: PrismServer, sentence: Sentence) -> Reading:
    """What the model finds in a sentence. Raises RequestFailed."""
    try:
        return await ls.session.read(sentence.reads)
    except EngineError as error:
        raise RequestFailed(str(error)) from error


def _told(ls: PrismServer, document: Document, sentence: Sentence, reading: Reading, offers: bool) -> dict[str, Any]:
    levels = zip(ls.session.features, reading.activations, strict=True)
    told: dict[str, Any] = {
        "range": range_json(ls.range(document, sentence.start, sentence.end)),
        "text": sentence.text,
        "levels": {feature.id: round(level, 3) for feature, level in levels if feature.id not in ls.view.hidden},
        "data": handle(document, sentence).to_json(),
    }
    if offers:
        told["offers"] = [
            {"title": title, "moves": [{"feature": id_, "amount": amount} for id_, amount in origin.moves]}
            for title, origin in actions.offers(ls, sentence, reading)
            if title != actions.ANOTHER
        ]
    return told


def handle(document: Document, sentence: Sentence, moves: Moves = (), chosen: str = "") -> actions.Target:
    """What finds a sentence again in whatever version the document is then."""
    where = document.uri, document.version, sentence.start, sentence.end
    return actions.Target(*where, sentence.reads, sentence.reads, moves, 0, chosen)


def range_json(found: types.Range) -> dict[str, Any]:
    """A range, in an answer that is JSON already."""
    return {
        "start": {"line": found.start.line, "character": found.start.character},
        "end": {"line": found.end.line, "character": found.end.character},
    }
