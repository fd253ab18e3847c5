"""Commands (`workspace/executeCommand`). Each takes its arguments as a list, and a work-done token or None."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from prism_lsp.features import actions
from prism_lsp.protocol import RequestFailed
from prism_lsp.reading import Feature

if TYPE_CHECKING:
    from prism_lsp.server import PrismServer

PATIENCE = 3.0
"""Seconds that a command waits for a model which is still being loaded."""


async def focus(ls: PrismServer, arguments: list[Any], token: int | str | None = None) -> dict[str, Any]:
    """`prism.focus` [featureId]: show this feature alone, as a heat map."""
    if len(arguments) != 1 or not isinstance(arguments[0], str):
        raise JsonRpcInvalidParams("prism.focus takes one argument, a feature's id.")
    wanted = arguments[0]
    if await ls.session.loaded(PATIENCE) and all(feature.id != wanted for feature in ls.session.features):
        raise no_such_feature(ls.session.features, wanted)
    ls.show("focus", wanted)
    return {"mode": ls.view.mode, "focus": ls.view.focus}


def no_such_feature(features: Sequence[Feature], wanted: str) -> RequestFailed:
    """What to raise for an id that no feature has."""
    known = [feature.id for feature in features]
    near = get_close_matches(wanted, known, n=3) or known[:10]
    return RequestFailed(f"There is no feature “{wanted}”. There is: {', '.join(near)}.")


async def unfocus(ls: PrismServer, arguments: list[Any], token: int | str | None = None) -> dict[str, Any]:
    """`prism.unfocus` []: show each sentence's strongest feature again."""
    ls.show("prominent", None)
    return {"mode": ls.view.mode, "focus": ls.view.focus}


async def features(ls: PrismServer, arguments: list[Any], token: int | str | None = None) -> list[dict[str, Any]]:
    """`prism.features` []: the pack's features, once the model is loaded."""
    if not await ls.session.loaded():
        raise RequestFailed(ls.session.state[1])
    return [feature._asdict() for feature in ls.session.features]


async def restart(ls: PrismServer, arguments: list[Any], token: int | str | None = None) -> None:
    """`prism.restartEngine` []: end the engine's process and start it again; what is open is read again."""
    await ls.restart_engine()


async def rewrite(ls: PrismServer, arguments: list[Any], token: int | str | None = None) -> None:
    """`prism.rewrite` [data of a code action]: for clients that do not resolve code actions."""
    if len(arguments) != 1:
        raise JsonRpcInvalidParams("prism.rewrite takes one argument, the data of a code action.")
    edit = await actions.edit(ls, actions.Target.from_json(arguments[0]), "Rewriting the sentence", token)
    params = types.ApplyWorkspaceEditParams(edit=edit, label="Prism")
    answer = await ls.workspace_apply_edit_async(params)
    if not answer.applied:
        raise RequestFailed(f"The editor did not take the edit. {answer.failure_reason or ''}".strip())
