"""`prism/spectrum`: the matrix sentence x feature of a document, for clients that draw it. `docs/protocol.md` says how."""

from __future__ import annotations

from base64 import b64encode
from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from pygls.exceptions import JsonRpcInvalidParams

from prism_lsp.features.commands import no_such_feature
from prism_lsp.features.tokens import alike
from prism_lsp.profiles import more_than, portions
from prism_lsp.protocol import Plain, RequestFailed
from prism_lsp.reading import PRESENT, PROMINENT_STEPS, Feature, Reading, prominence, steps_reached

if TYPE_CHECKING:
    from prism_lsp.opened import Split
    from prism_lsp.prose import Sentence
    from prism_lsp.server import PrismServer

METHOD = "prism/spectrum"
CHANGED = "prism/spectrumChanged"

ACTIVATION_STEP = 127
"""An activation of 1 as a byte; from 2 on it is `MOST`."""
MOST = 254
"""The largest byte of a reading: a percentile of 1."""
UNREAD = 255
"""All bytes of a sentence that has not been read."""

WAIT_STEP = 2.0
"""Seconds after which a request that waits looks whether the document is still there and the engine still works."""

KEPT_ANSWERS = 4
"""Answers of a document against which a later one can be told."""

KEPT_ROWS = 100_000
"""Sentences whose bytes are remembered."""

_PRESENT = bytes(PRESENT * ACTIVATION_STEP <= byte < UNREAD for byte in range(256))
"""1 for the bytes of activations that count as present."""

Rows = tuple[bytes, bytes, tuple[int, ...]]
"""A sentence's activations and percentiles, and two numbers for each feature that is present, the most prominent first:
its place in the pack, and its level from 1 to 4."""


class Query(NamedTuple):
    """What a request asks for."""

    uri: str
    range: tuple[int, int, int, int] | None
    """Lines and characters of its start and end."""
    features: tuple[str, ...] | None
    since: str | None
    wait: bool

    @classmethod
    def from_json(cls, params: object) -> Query:
        """Raises JsonRpcInvalidParams with what is wrong."""
        if not isinstance(params, dict) or not isinstance(params.get("textDocument"), dict):
            raise JsonRpcInvalidParams("prism/spectrum takes an object with a textDocument.")
        uri, asked, features = params["textDocument"].get("uri"), params.get("range"), params.get("features")
        since, wait = params.get("since"), params.get("wait") or False
        if not isinstance(uri, str):
            raise JsonRpcInvalidParams("textDocument of prism/spectrum must have a uri.")
        if features is not None and not (isinstance(features, list) and all(isinstance(id, str) for id in features)):
            raise JsonRpcInvalidParams("features of prism/spectrum must be a list of feature ids.")
        if not isinstance(wait, bool) or not (since is None or isinstance(since, str)):
            raise JsonRpcInvalidParams("since of prism/spectrum must be a resultId, wait true or false.")
        try:
            where = asked and [asked[end][part] for end in ("start", "end") for part in ("line", "character")]
            assert not where or all(isinstance(number, int) and number >= 0 for number in where)
        except (AssertionError, KeyError, TypeError) as error:
            raise JsonRpcInvalidParams("range of prism/spectrum must be a range.") from error
        return cls(uri, tuple(where) if where else None, None if features is None else tuple(features), since, wait)


class Answer(NamedTuple):
    """What a later answer can be told against."""

    id: str
    """Its resultId."""
    query: Query
    """Without `since` and `wait`."""
    features: tuple[Feature, ...]
    first: int
    """Number of its first sentence in the document."""
    rows: list[str | None]
    """Text of each sentence that has been read, None for the others: equal where the bytes are equal."""
    ranges: list[int]
    headings: list[int]


class Spectra:
    """Memory between requests: answers, bytes by the sentence's text, and who is to be told of changes."""

    def __init__(self) -> None:
        self.waiting: set[str] = set()
        """Documents that a client has asked about and not been told of since, by URI."""
        self.ranges: dict[str, tuple[Split, list[int]]] = {}
        """Ranges of a version of a document, by its URI."""
        self._answers: dict[str, OrderedDict[str, Answer]] = {}
        self._count = 0
        self._rows: dict[str, Rows] = {}
        self._of: tuple[Feature, ...] | None = None

    def rows(self, features: tuple[Feature, ...]) -> dict[str, Rows]:
        """Bytes already made, of all features of the pack; empty when these are others than before."""
        if self._of is not features:
            self._answers.clear()  # another model reads the same sentences otherwise
        if self._of is not features or len(self._rows) > KEPT_ROWS:
            self._of, self._rows = features, {}
        return self._rows

    def next_id(self) -> str:
        """A resultId."""
        self._count += 1
        return str(self._count)

    def remember(self, answer: Answer) -> None:
        """Keep an answer."""
        answers = self._answers.setdefault(answer.query.uri, OrderedDict())
        answers[answer.id] = answer
        while len(answers) > KEPT_ANSWERS:
            answers.popitem(last=False)

    def earlier(self, query: Query, features: tuple[Feature, ...]) -> Answer | None:
        """The answer that the client has, if it is known and was about the same."""
        known = self._answers.get(query.uri, OrderedDict()).get(query.since or "")
        same = known and known.query == query._replace(since=None, wait=False) and known.features == features
        return known if same else None

    def forget(self, uri: str) -> None:
        """The document was closed."""
        self.waiting.discard(uri)
        self._answers.pop(uri, None)
        self.ranges.pop(uri, None)


class Part(NamedTuple):
    """The sentences that a request is about."""

    split: Split
    first: int
    """Number of the first of them in the document."""
    sentences: Sequence[Sentence]


async def spectrum(ls: PrismServer, params: object) -> Plain:
    """The answer to a request. Raises JsonRpcInvalidParams and RequestFailed."""
    query = Query.from_json(params)
    if query.wait and not await ls.session.loaded():
        raise RequestFailed(ls.session.state[1])
    part = await asked_about(ls, query)
    pack = ls.session.features
    features = chosen(pack, query.features, [id for id in ls.view.hidden if id != ls.view.focus])
    if part is None:
        nothing = Answer("", query, features, 0, [], [], [])
        return told(nothing, None, [], pack, None)
    rows, texts = await read_rows(ls, pack, part.sentences)
    ranges = (await all_ranges(ls, part.split))[4 * part.first : 4 * (part.first + len(part.sentences))]
    headings = [number for i, s in enumerate(part.sentences) if s.heading for number in (i, s.heading)]
    if pack is not ls.session.features:  # another model was started meanwhile
        return await spectrum(ls, params)
    asked = query._replace(since=None, wait=False)
    answer = Answer(ls.spectra.next_id(), asked, features, part.first, texts, ranges, headings)
    earlier = ls.spectra.earlier(query, features)
    if ls.session.document(query.uri) is not None:  # it may have been closed meanwhile
        ls.spectra.remember(answer)
        ls.spectra.waiting.add(query.uri)
    return told(answer, part.split.document.version, rows, pack, earlier)


def chosen(features: tuple[Feature, ...], ids: Sequence[str] | None, hidden: Sequence[str] = ()) -> tuple[Feature, ...]:
    """The features to tell of, in the order asked for; all that are not hidden when none are named.

    Raises RequestFailed for one that is not there.
    """
    if ids is None or not features:
        return tuple(feature for feature in features if feature.id not in hidden)
    known = {feature.id: feature for feature in features}
    for wanted in ids:
        if wanted not in known:
            raise no_such_feature(features, wanted)
    return tuple(known[id] for id in ids)


async def asked_about(ls: PrismServer, query: Query) -> Part | None:
    """The sentences of the newest version, once they have been read if the request waits for that."""
    while (document := ls.session.document(query.uri)) is not None:
        split = await ls.session.split(document)
        part = Part(split, 0, split.sentences)
        if query.range is not None:
            line, character, last_line, last_character = query.range
            start = document.offset(line, character, ls.encoding)
            end = document.offset(last_line, last_character, ls.encoding)
            part = Part(split, split.first(start), split.within(start, end))
            ls.session.look(query.uri, start, end)
        missing = ls.session.readings.missing(sentence.reads for sentence in part.sentences) if query.wait else []
        if not missing or ls.session.state[0] == "failed":
            return part
        await ls.session.wait(query.uri, missing, WAIT_STEP, colours=False)
    return None


async def all_ranges(ls: PrismServer, split: Split) -> list[int]:
    """Line and character of each sentence's start and end."""
    known = ls.spectra.ranges.get(split.document.uri)
    if known is not None and known[0] is split:
        return known[1]
    offsets = [offset for sentence in split.sentences for offset in (sentence.start, sentence.end)]
    ranges: list[int] = []
    async for _, some in portions(offsets, 4000):
        ranges += split.document.positions(some, ls.encoding)
    if ls.session.document(split.document.uri) is not None:
        ls.spectra.ranges[split.document.uri] = split, ranges
    return ranges


async def read_rows(
    ls: PrismServer, pack: tuple[Feature, ...], sentences: Sequence[Sentence]
) -> tuple[list[Rows], list[str | None]]:
    """Each sentence's bytes of all the pack's features, and its text if it has been read."""
    made, readings = ls.spectra.rows(pack), ls.session.readings
    unread = bytes([UNREAD]) * len(pack)
    none: Rows = unread, unread, ()
    rows, texts = list[Rows](), list[str | None]()
    async for _, some in portions(sentences):
        for sentence in some:
            text = sentence.reads
            row = made.get(text)
            if row is None and (reading := readings.get(text)) is not None:
                row = made[text] = quantised(pack, reading)
            rows.append(row or none)
            texts.append(text if row else None)
    return rows, texts


def quantised(features: Sequence[Feature], reading: Reading) -> Rows:
    """A byte a feature: activations in steps of 1/127, cut off at 2; percentiles in steps of 1/254."""
    activations, percentiles = reading.activations, reading.percentiles
    present = [i for i, activation in enumerate(activations) if activation >= PRESENT]
    present.sort(key=lambda i: prominence(features[i], activations[i], percentiles[i]), reverse=True)
    levels = [number for i in present for number in (i, 1 + steps_reached(percentiles[i], PROMINENT_STEPS))]
    return (
        bytes([int(a * ACTIVATION_STEP + 0.5) if a < MOST / ACTIVATION_STEP else MOST for a in activations]),
        bytes([int(p * MOST + 0.5) for p in percentiles]),
        tuple(levels),
    )


def told(
    answer: Answer, version: int | None, rows: list[Rows], pack: tuple[Feature, ...], earlier: Answer | None
) -> Plain:
    """An answer as JSON: all of it, or what is not as in the earlier one."""
    result: dict[str, Any] = {"version": version, "resultId": answer.id, "count": len(rows), "first": answer.first}
    result["unread"] = answer.rows.count(None)
    columns = list(range(len(pack))) if pack == answer.features else [pack.index(each) for each in answer.features]
    result["present"], result["order"] = summary(rows, columns, answer)
    if earlier is None:
        result["features"] = [
            {"id": f.id, "name": f.name, "family": f.family, "density": f.density} for f in answer.features
        ]
    else:
        begin = alike(earlier.rows, answer.rows)
        most = min(len(earlier.rows), len(answer.rows)) - begin
        tail = alike(earlier.rows[: -most - 1 : -1], answer.rows[: -most - 1 : -1])
        result |= {"since": earlier.id, "start": begin, "deleteCount": len(earlier.rows) - tail - begin}
        rows = rows[begin : len(rows) - tail]
    if earlier is None or earlier.ranges != answer.ranges:
        result["ranges"] = answer.ranges
    if earlier is None or earlier.headings != answer.headings:
        result["headings"] = answer.headings
    result["prominent"] = prominent(rows, columns)
    return Plain(result, **_matrix(rows, len(pack), columns))


def summary(rows: list[Rows], columns: list[int], answer: Answer) -> tuple[list[int], list[int]]:
    """In how many sentences each feature is present, and the columns of those that are, what stands out most first."""
    data, width = b"".join([row[0] for row in rows]).translate(_PRESENT), len(rows[0][0]) if rows else 0
    read = len(rows) - answer.rows.count(None)
    present = [data[column::width].count(1) if width else 0 for column in columns]
    more = [more_than(n, read, each.density) for n, each in zip(present, answer.features, strict=True)]
    return present, sorted((k for k, n in enumerate(present) if n), key=lambda k: -more[k])


def prominent(rows: list[Rows], columns: list[int]) -> list[int]:
    """Two numbers a sentence: the column of its most prominent feature, and the level from 1 to 4; -1 and 0 for none."""
    place = {column: at for at, column in enumerate(columns)}
    found: list[int] = []
    for _, _, levels in rows:
        at = next((at for at in range(0, len(levels), 2) if levels[at] in place), None)
        found += (-1, 0) if at is None else (place[levels[at]], levels[at + 1])
    return found


def _matrix(rows: list[Rows], width: int, columns: list[int]) -> dict[str, str]:
    """Activations and percentiles of the columns, of `width` in all."""
    whole = columns == list(range(width))
    parts = {}
    for name, data in (
        ("activations", b"".join([row[0] for row in rows])),
        ("percentiles", b"".join([row[1] for row in rows])),
    ):
        if not whole:
            some = bytearray(len(rows) * len(columns))
            for at, column in enumerate(columns):
                some[at :: len(columns)] = data[column::width]
            data = bytes(some)
        parts[name] = b64encode(data).decode()
    return parts
