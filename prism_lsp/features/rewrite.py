"""`prism/rewrite`: candidates for one sentence or several, to choose from; `prism/edit`: the edit that the chosen ones make.

`docs/protocol.md` says how. A candidate carries its text, so that what was shown is what is written, whatever the engine would
write by then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pygls.exceptions import JsonRpcInvalidParams

from prism_lsp.features import actions
from prism_lsp.features.commands import no_such_feature
from prism_lsp.features.sentence import STALE, Place, handle, range_json, reading_of, sentences, uri_of
from prism_lsp.protocol import RequestFailed
from prism_lsp.reading import PRESENT, EngineError, Rewrite
from prism_lsp.variations import MOST_CANDIDATES, Moves, Origin

if TYPE_CHECKING:
    from prism_lsp.document import Document
    from prism_lsp.prose import Sentence
    from prism_lsp.server import PrismServer

METHOD = "prism/rewrite"
EDIT = "prism/edit"

MOST_AMOUNT = 2.0
"""The farthest move of one feature, and the highest level that can be wanted."""

NEAR = 0.25
"""A level that is nearer than this to the wanted one is left as it is: nobody would notice the difference."""

LESS = 0.95
"""The farthest way down to a level at which the feature is still present: the check takes a whole step for off."""

THERE_ALREADY = "The sentence is like this already."


class Wish(NamedTuple):
    """What one feature is to do: move by an amount, or go to a level."""

    feature: str
    amount: float | None
    to: float | None

    def amount_from(self, level: float) -> float:
        """How far a sentence with this level is to move; 0 if it is there already."""
        if self.amount is not None:
            return self.amount
        assert self.to is not None
        amount = max(-LESS if self.to >= PRESENT else -MOST_AMOUNT, min(MOST_AMOUNT, self.to - level))
        return round(amount, 3) if abs(amount) >= NEAR else 0.0


class Query(NamedTuple):
    """What a request asks for."""

    place: Place | None
    handles: list[actions.Target]
    """Sentences that an earlier answer named, where no place is given."""
    wishes: list[Wish]
    candidates: int | None

    @classmethod
    def from_json(cls, params: object) -> Query:
        """Raises JsonRpcInvalidParams with what is wrong."""
        uri_of(params, METHOD)
        assert isinstance(params, dict)
        named, moves, candidates = params.get("sentences"), params.get("moves"), params.get("candidates")
        if not (candidates is None or (isinstance(candidates, int) and 1 <= candidates <= MOST_CANDIDATES)):
            raise JsonRpcInvalidParams(f"candidates of {METHOD} must be a whole number from 1 to {MOST_CANDIDATES}.")
        if named is not None and not isinstance(named, list):
            raise JsonRpcInvalidParams(f"sentences of {METHOD} must be a list of what prism/sentence gave as data.")
        wishes = [_wish(move) for move in moves] if isinstance(moves, list) else []
        if not wishes or len({wish.feature for wish in wishes}) < len(wishes):
            raise JsonRpcInvalidParams(f"moves of {METHOD} must be a list that names a feature at least, none twice.")
        place = None if named is not None else Place.from_json(params, METHOD)
        return cls(place, [actions.Target.from_json(data) for data in named or ()], wishes, candidates)


def _wish(move: object) -> Wish:
    feature = move.get("feature") if isinstance(move, dict) else None
    if isinstance(move, dict) and isinstance(feature, str) and ("amount" in move) != ("to" in move):
        value = move.get("amount", move.get("to"))
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= MOST_AMOUNT:
            if "to" in move and value >= 0:
                return Wish(feature, None, float(value))
            if "amount" in move and value:
                return Wish(feature, float(value), None)
    raise JsonRpcInvalidParams(
        f"A move of {METHOD} has a feature, and either an amount from -2 to 2, but not 0, or a level “to” from 0 to 2."
    )


async def rewrite(ls: PrismServer, params: Any) -> dict[str, Any]:
    """The answer to a request. Raises JsonRpcInvalidParams and RequestFailed."""
    query = Query.from_json(params)
    if not await ls.session.loaded():
        raise RequestFailed(ls.session.state[1])
    _steerable(ls, query.wishes)
    targets = query.handles
    if query.place is not None:
        found = await sentences(ls, query.place)
        targets = [handle(found[0], each) for each in found[1]] if found is not None else []
        if not targets:
            raise RequestFailed("There is no sentence here that Prism reads.")
    title = "Rewriting the sentence" if len(targets) == 1 else f"Rewriting {len(targets)} sentences"
    made: list[tuple[actions.Target, list[Rewrite], str | None]] = []
    with ls.bars.work(title, params.get("workDoneToken")) as bar:
        for number, target in enumerate(targets):
            if bar is not None and len(targets) > 1:
                bar.report(f"{number + 1} of {len(targets)}", 100 * number // len(targets))
            made.append(await _candidates(ls, target, query))
    # Only now are they looked for: what is told holds for one version, the newest.
    uri = uri_of(params, METHOD)
    while True:
        document = ls.session.document(uri)
        told = [await _told(ls, *each) for each in made]
        if ls.session.document(uri) is document:
            return {"version": document.version if document is not None else None, "sentences": told}


def _steerable(ls: PrismServer, wishes: list[Wish]) -> None:
    known = {feature.id: feature for feature in ls.session.features}
    for wish in wishes:
        if wish.feature not in known:
            raise no_such_feature(ls.session.features, wish.feature)
        if not (known[wish.feature].on or known[wish.feature].off):
            raise RequestFailed(f"The feature “{known[wish.feature].name}” can be read, but not steered.")


async def _candidates(
    ls: PrismServer, target: actions.Target, query: Query
) -> tuple[actions.Target, list[Rewrite], str | None]:
    """The rewrites of one sentence with the moves that made them, or the reason why there are none."""
    try:
        _, sentence = await actions.find(ls, target)
    except RequestFailed:
        return target, [], STALE
    reading = await reading_of(ls, sentence)
    levels = dict(zip((feature.id for feature in ls.session.features), reading.activations, strict=True))
    moves = tuple((wish.feature, wish.amount_from(levels[wish.feature])) for wish in query.wishes)
    target = target._replace(source=target.text, moves=tuple(move for move in moves if move[1]))
    if not target.moves:
        return target, [], THERE_ALREADY
    try:
        count = query.candidates or ls.settings.candidates
        answer = await ls.variations.offered(Origin(target.text, target.moves, 0), count)
    except EngineError as error:
        return target, [], str(error)
    return target, list(answer.rewrites), answer.refused


async def _told(
    ls: PrismServer, target: actions.Target, rewrites: list[Rewrite], refused: str | None
) -> dict[str, Any]:
    """A sentence with its candidates, as JSON. Those that would break what stands around it are left out."""
    try:
        document, sentence = await actions.find(ls, target)
    except RequestFailed:
        return {"range": None, "text": target.text, "candidates": [], "refused": STALE}
    told = []
    for skip, each in enumerate(rewrites):
        try:
            text, edits = _placed(document, sentence, each.text)
        except EngineError as error:
            refused = str(error)
            continue
        told.append(
            {
                "text": text,
                "diff": diff(sentence.text, text),
                "moved": _moved(each, target.moves),
                "similarity": each.similarity,
                "fluency": each.fluency,
                "edits": _edits_json(ls, document, edits),
                "data": handle(document, sentence, target.moves, each.text)._replace(skip=skip).to_json(),
            }
        )
    where = range_json(ls.range(document, sentence.start, sentence.end))
    return {"range": where, "text": sentence.text, "candidates": told, "refused": None if told else refused}


def _placed(document: Document, sentence: Sentence, rewritten: str) -> tuple[str, list[tuple[int, int, str]]]:
    """What is to stand there, and the replacements that make it. Raises MarkupError."""
    from prism_lsp import prose

    text = sentence.rewritten(rewritten)
    return text, prose.edits(sentence, document.text, text)


def _moved(rewrite: Rewrite, moves: Moves) -> list[dict[str, Any]]:
    """What the rewrite did: first the features that were asked for, then the others."""
    asked = [feature for feature, _ in moves if feature in rewrite.features]
    others = [feature for feature in rewrite.features if feature not in asked]
    pairs = ((feature, rewrite.features[feature]) for feature in (*asked, *others))
    return [{"feature": feature, "before": before, "after": after} for feature, (before, after) in pairs]


def _edits_json(ls: PrismServer, document: Document, edits: list[tuple[int, int, str]]) -> list[dict[str, Any]]:
    return [{"range": range_json(ls.range(document, start, end)), "newText": new} for start, end, new in edits]


def diff(old: str, new: str) -> list[tuple[str, str]]:
    """Both texts in one: what stays (" "), what goes ("-") and what comes ("+"), by words."""
    from prism_lsp import prose

    parts: list[tuple[str, str]] = []
    at = 0
    for start, end, text in prose.differences(old, new):
        parts += (" ", old[at:start]), ("-", old[start:end]), ("+", text)
        at = end
    return [part for part in (*parts, (" ", old[at:])) if part[1]]


async def edit(ls: PrismServer, params: object) -> dict[str, Any]:
    """`prism/edit`: the edits of chosen candidates in the newest version. Raises JsonRpcInvalidParams and RequestFailed."""
    uri = uri_of(params, EDIT)
    assert isinstance(params, dict)
    chosen = params.get("candidates")
    if not isinstance(chosen, list) or not chosen:
        raise JsonRpcInvalidParams(f"{EDIT} takes a list of candidates, each as the data that prism/rewrite gave.")
    targets = [actions.Target.from_json(data) for data in chosen]
    if any(target.uri != uri or not target.chosen for target in targets):
        raise JsonRpcInvalidParams(f"The candidates of {EDIT} must be of its document, and of prism/rewrite.")
    while True:
        document = ls.session.document(uri)
        if document is None:
            raise RequestFailed("The document is not open any more.")
        answer = await _edited(ls, document, targets)
        if ls.session.document(uri) is document:
            return answer


async def _edited(ls: PrismServer, document: Document, targets: list[actions.Target]) -> dict[str, Any]:
    """From the last sentence to the first, each is tried on the text as the ones behind it leave it."""
    from prism_lsp import prose

    refused: list[str | None] = [None] * len(targets)
    found: list[tuple[int, Sentence]] = []
    for number, target in enumerate(targets):
        try:
            _, sentence = await actions.find(ls, target)
            found.append((number, sentence))
        except RequestFailed:
            refused[number] = STALE
    found.sort(key=lambda each: -each[1].start)
    edits: list[tuple[int, int, str]] = []
    text = document.text
    for number, sentence in found:
        target = targets[number]
        try:
            new = sentence.rewritten(target.chosen)
            some = prose.edits(sentence, text, new)
        except EngineError as error:
            refused[number] = str(error)
            continue
        if edits and some and some[-1][1] > edits[0][0]:
            refused[number] = "Its markup hangs together with that of the sentence behind it; make this edit alone."
            continue
        text, edits = prose.replaced(text, some), [*some, *edits]
        ls.variations.produced(new, Origin(target.source, target.moves, target.skip))
    return {"version": document.version, "edits": _edits_json(ls, document, edits), "refused": refused}
