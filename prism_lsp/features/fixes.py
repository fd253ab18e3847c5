"""Quick fixes: for a sentence that a rule marks, the rewrite that would keep the rule. Written when one is chosen.

There is no fix of everything at once (`source.fixAll`): a rewrite is a proposal, and each is for the writer to look at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lsprotocol import types

from prism_lsp.features import actions
from prism_lsp.protocol import RequestFailed
from prism_lsp.variations import Moves

if TYPE_CHECKING:
    from prism_lsp.server import PrismServer

KIND = "quickfix"

Action = types.CodeAction | types.Command


async def menu(ls: PrismServer, params: types.CodeActionParams) -> list[Action]:
    """The fixes of the marks that touch the range: of those that the client shows, and of those that were found."""
    document = ls.session.document(params.text_document.uri)
    if document is None or not actions.wanted(params.context.only, KIND):
        return []
    start, end = ls.offsets(document, params.range)
    found = await ls.diagnostics.report(document)
    split = await ls.session.split(document)
    fixes: dict[tuple[int, Moves], tuple[str, actions.Target, types.Diagnostic]] = {}
    for shown in (*params.context.diagnostics, *found):
        first, last = ls.offsets(document, shown.range)
        sentence = split.at(first) if first <= end and start <= last else None
        try:
            target = actions.Target.from_json(shown.data)
        except RequestFailed:
            continue  # it is another server's
        if sentence is None or sentence.reads != target.text:
            continue
        if title := _title(ls, target.moves):
            where = (sentence.start, sentence.end, sentence.reads, sentence.reads)
            target = actions.Target(document.uri, document.version, *where, target.moves, 0)
            fixes.setdefault((sentence.start, target.moves), (title, target, shown))
    per_sentence = [place for place, _ in fixes]
    return [
        actions.action(
            ls,
            title,
            target,
            KIND,
            diagnostics=[shown],
            # One feature turned off keeps the rule. With two to choose from, or one turned on in a single sentence of
            # a document that has too little of it, none is the fix.
            is_preferred=(per_sentence.count(place) == 1 and moves[0][1] < 0) or None,
        )
        for (place, moves), (title, target, shown) in fixes.items()
    ]


def _title(ls: PrismServer, moves: Moves) -> str:
    """The feature's own words for the move; empty if it cannot be steered."""
    if len(moves) != 1:
        return ""
    feature = next((feature for feature in ls.session.features if feature.id == moves[0][0]), None)
    return "" if feature is None else feature.off if moves[0][1] < 0 else feature.on


def without(fixes: list[Action], others: list[Action]) -> list[Action]:
    """The other actions, without those that do what a fix does."""
    done = [_data(fix) for fix in fixes]
    return [other for other in others if _data(other) not in done]


def _data(action: Action) -> Any:
    if isinstance(action, types.CodeAction) and action.data is not None:
        return action.data
    command = action.command if isinstance(action, types.CodeAction) else action
    return command.arguments[0] if isinstance(command, types.Command) and command.arguments else None
