"""Code actions: a feature of the sentence under the cursor on or off. Text is written when one is chosen."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from lsprotocol import types

from prism_lsp.protocol import RequestFailed
from prism_lsp.reading import FAMILIES, PRESENT, PROJECT_FAMILIES, EngineError, Feature, Reading, Rewrite
from prism_lsp.variations import Moves, Origin

if TYPE_CHECKING:
    from prism_lsp.document import Document
    from prism_lsp.prose import Sentence
    from prism_lsp.server import PrismServer

logger = logging.getLogger(__name__)

KIND = "refactor.rewrite.prism"
ANOTHER = "Another variation"
STALE = "The sentence has changed since; open the menu again."
PATIENCE = 3.0
"""Seconds that a menu waits for a model which is still being loaded."""


_ORDER = (*PROJECT_FAMILIES, *FAMILIES)
"""Of what is offered: a project's own concepts first, since somebody wanted them."""


class Target(NamedTuple):
    """What an action carries in its `data`: enough to carry it out later, in whatever version the document is then."""

    uri: str
    version: int
    start: int
    end: int
    """Where the sentence stood, in characters of that version."""
    text: str
    """The sentence as it was read when the menu was opened (`Sentence.reads`)."""
    source: str
    """The sentence to rewrite: `text`, or for another variation the one that `text` was made from."""
    moves: Moves
    skip: int
    """How many rewrites, best first, to pass over."""
    chosen: str = ""
    """The rewrite that was shown and is to be taken; empty: the one that `moves` and `skip` lead to."""

    def to_json(self) -> dict[str, Any]:
        """As `data`."""
        data = {**self._asdict(), "moves": [list(move) for move in self.moves]}
        return data if self.chosen else {key: value for key, value in data.items() if key != "chosen"}

    @classmethod
    def from_json(cls, data: object) -> Target:
        """From `data`. Raises RequestFailed if it is not an action's."""
        try:
            assert isinstance(data, dict)
            moves = tuple((str(feature), float(amount)) for feature, amount in data["moves"])
            text = str(data["text"])
            return cls(
                uri=str(data["uri"]),
                version=int(data["version"]),
                start=int(data["start"]),
                end=int(data["end"]),
                text=text,
                source=str(data.get("source") or text),
                moves=moves,
                skip=int(data.get("skip", 0)),
                chosen=str(data.get("chosen") or ""),
            )
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            raise RequestFailed("This is not one of Prism's actions; open the menu again.") from error


async def menu(ls: PrismServer, params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
    """What can be done to the sentence under the cursor. A menu that opens by itself never makes the model work."""
    document = ls.session.document(params.text_document.uri)
    if document is None or not wanted(params.context.only):
        return []
    start, end = ls.offsets(document, params.range)
    split = await ls.session.split(document)
    sentence = split.at(start, end)
    if sentence is None:
        return []
    reading = ls.session.readings.get(sentence.reads)
    if reading is None:
        if params.context.trigger_kind == types.CodeActionTriggerKind.Automatic:
            return []
        try:
            reading = await ls.session.read(sentence.reads) if await ls.session.loaded(PATIENCE) else None
        except EngineError as error:
            logger.warning("no actions: %s", error)
        if reading is None:
            return []
    return [
        action(ls, title, Target(document.uri, document.version, sentence.start, sentence.end, sentence.reads, *origin))
        for title, origin in offers(ls, sentence, reading)
    ]


def wanted(only: Sequence[str] | None, mine: str = KIND) -> bool:
    """Whether the client asks for actions of this kind. Kinds are hierarchical; an empty one asks for all."""
    return not only or any(not kind or kind == mine or mine.startswith(f"{kind}.") for kind in map(_value, only))


def _value(kind: str) -> str:
    return str(getattr(kind, "value", kind))


def offers(ls: PrismServer, sentence: Sentence, reading: Reading) -> list[tuple[str, Origin]]:
    """Titles, and what each asks for: another variation, then what is present to turn off, then the rest to turn on.

    The rest stands by family, how a sentence is built before what it is about: a menu shows the first twenty.
    """
    found: list[tuple[str, Origin]] = []
    if (origin := ls.variations.origin(sentence.text)) is not None:
        found.append((ANOTHER, origin._replace(skip=origin.skip + 1)))
    features = [
        (feature, reading.activations[index], reading.percentiles[index])
        for index, feature in enumerate(ls.session.features)
        if feature.id not in ls.view.hidden
    ]
    present = sorted((item for item in features if item[1] >= PRESENT), key=lambda item: (-item[2], -item[1]))
    found += [(feature.off, _alone(sentence.reads, feature, -1.0)) for feature, _, _ in present if feature.off]
    absent = sorted((feature for feature, a, _ in features if a < PRESENT), key=_place)
    found += [(feature.on, _alone(sentence.reads, feature, 1.0)) for feature in absent if feature.on]
    return found


def _place(feature: Feature) -> int:
    return _ORDER.index(feature.family if feature.family in _ORDER else "other")


def _alone(text: str, feature: Feature, amount: float) -> Origin:
    return Origin(text, ((feature.id, amount),), 0)


def action(
    ls: PrismServer, title: str, target: Target, kind: str = KIND, **shown: Any
) -> types.CodeAction | types.Command:
    """An action in the form that the client takes; `shown`: what else it is told of it."""
    command = types.Command(title=title, command="prism.rewrite", arguments=[target.to_json()])
    if not ls.client.literals:
        return command
    if not ls.client.lazy_edit:
        return types.CodeAction(title=title, kind=kind, command=command, **shown)
    return types.CodeAction(title=title, kind=kind, data=target.to_json(), **shown)


async def resolve(ls: PrismServer, chosen: types.CodeAction) -> types.CodeAction:
    """Write the text that the action stands for."""
    chosen.edit = await edit(ls, Target.from_json(chosen.data), chosen.title)
    return chosen


async def edit(ls: PrismServer, target: Target, title: str, token: int | str | None = None) -> types.WorkspaceEdit:
    """The edit of an action. Raises RequestFailed with a reason for the writer."""
    await find(ls, target)
    origin = Origin(target.source, target.moves, target.skip)
    with ls.bars.work(title, token):
        try:
            rewrite = await ls.variations.get(origin, ls.settings.candidates)
        except EngineError as error:
            raise RequestFailed(str(error)) from error
    document, sentence = await find(ls, target)  # the writer may have gone on typing
    ls.window_log_message(types.LogMessageParams(types.MessageType.Info, f"{title}: {figures(rewrite)}"))
    try:
        text = sentence.rewritten(rewrite.text)
        ls.variations.produced(text, origin)
        return workspace_edit(ls, document, sentence, text)
    except EngineError as error:  # the new words would break code, a link or a quotation
        raise RequestFailed(str(error)) from error


async def find(ls: PrismServer, target: Target) -> tuple[Document, Sentence]:
    """The sentence in the newest version, nearest to where it stood. Raises RequestFailed if it is gone."""
    document = ls.session.document(target.uri)
    if document is None:
        raise RequestFailed(STALE)
    split = await ls.session.split(document)
    same = [sentence for sentence in split.sentences if sentence.reads == target.text]
    if not same or ls.session.document(target.uri) is not document:
        if same:  # it changed while its sentences were being found
            return await find(ls, target)
        raise RequestFailed(STALE)
    return document, min(same, key=lambda sentence: abs(sentence.start - target.start))


def workspace_edit(ls: PrismServer, document: Document, sentence: Sentence, text: str) -> types.WorkspaceEdit:
    """The smallest edits that make a sentence read `text`, with the version they are for if the client takes that."""
    from prism_lsp import prose

    edits = [
        types.TextEdit(range=ls.range(document, start, end), new_text=new)
        for start, end, new in prose.edits(sentence, document.text, text)
    ]
    if not ls.client.versioned_edits:
        return types.WorkspaceEdit(changes={document.uri: edits})
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri=document.uri, version=document.version)
    return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(text_document=identifier, edits=list(edits))])


def figures(rewrite: Rewrite) -> str:
    """What a rewrite did, in a line: each feature before and after, what stayed of the meaning, how fluent it is."""
    moved = ", ".join(f"{feature} {before:.2f} to {after:.2f}" for feature, (before, after) in rewrite.features.items())
    return f"{moved}; meaning {100 * rewrite.similarity:.0f} %, fluency {100 * rewrite.fluency:.0f} %"
