"""`prism.newConcept`: a concept's file from sentences that have a quality, and sentences that lack it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from prism_lsp import concept_file
from prism_lsp.features import actions
from prism_lsp.profiles import likeness
from prism_lsp.protocol import RequestFailed
from prism_lsp.workspace import path_of

if TYPE_CHECKING:
    from prism_lsp.opened import Split
    from prism_lsp.server import PrismServer

COMMAND = "prism.newConcept"
KIND = "refactor.extract.prism"
TITLE = "New concept from these sentences"

FEWEST_WORDS = 2
"""A shorter sentence is no contrast."""

MOST = 100
"""Sentences that are taken from a selection."""


async def menu(ls: PrismServer, params: types.CodeActionParams) -> list[types.CodeAction | types.Command]:
    """The action on a selection of enough sentences."""
    document = ls.session.document(params.text_document.uri)
    if document is None or not actions.wanted(params.context.only, KIND) or params.range.start == params.range.end:
        return []
    split = await ls.session.split(document)
    if len(split.within(*ls.offsets(document, params.range))) < concept_file.FEWEST or not ls.folders.folders:
        return []
    argument = {"uri": document.uri, "with": [_plain(params.range)]}
    command = types.Command(title=TITLE, command=COMMAND, arguments=[argument])
    return [types.CodeAction(title=TITLE, kind=KIND, command=command) if ls.client.literals else command]


def _plain(where: types.Range) -> dict[str, Any]:
    return {
        "start": {"line": where.start.line, "character": where.start.character},
        "end": {"line": where.end.line, "character": where.end.character},
    }


async def new_concept(ls: PrismServer, arguments: list[Any], token: int | str | None = None) -> dict[str, Any]:
    """`prism.newConcept` [{uri, with: [range], without?: [range], name?}]: make a concept's file, and show it.

    Nothing is written but by the editor, so that it can be undone. Answers with the new file's uri and its id.
    """
    uri, with_, without, name = _arguments(arguments)
    document = ls.session.document(uri)
    if document is None:
        raise RequestFailed("Prism has not opened that document.")
    split = await ls.session.split(document)
    chosen = _sentences(ls, split, with_)
    if len(chosen) < concept_file.FEWEST:
        raise RequestFailed(f"Select {concept_file.FEWEST} sentences at least that have what you mean; better eight.")
    others = _sentences(ls, split, without) if without else [s.text for s in split.sentences]
    pairs = contrasts(ls, chosen[:MOST], [text for text in others if text not in chosen])
    if len(pairs) < concept_file.FEWEST:
        raise RequestFailed(f"There must be {concept_file.FEWEST} sentences at least that lack it, for the contrast.")
    file, name = _place(ls, uri, name)
    text = concept_file.write(name, pairs, not without)
    await _create(ls, file, text)
    return {"uri": file.as_uri(), "id": file.stem}


def _arguments(arguments: list[Any]) -> tuple[str, list[types.Range], list[types.Range], str | None]:
    """The command's argument. Raises JsonRpcInvalidParams."""
    try:
        (given,) = arguments
        with_, without = ([_range(each) for each in given.get(key) or ()] for key in ("with", "without"))
        uri, name = given["uri"], given.get("name")
        if not isinstance(uri, str) or not (name is None or isinstance(name, str)):
            raise TypeError
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        told = "{uri, with: [range, …], without: [range, …], name}; without and name may be missing"
        raise JsonRpcInvalidParams(f"{COMMAND} takes one argument: {told}.") from error
    return uri, with_, without, name


def _range(given: Any) -> types.Range:
    start, end = (types.Position(int(given[at]["line"]), int(given[at]["character"])) for at in ("start", "end"))
    return types.Range(start, end)


def _sentences(ls: PrismServer, split: Split, ranges: Sequence[types.Range]) -> list[str]:
    """Texts of the sentences that the ranges touch, each once."""
    places = (ls.offsets(split.document, where) for where in ranges)
    return list(dict.fromkeys(sentence.text for place in places for sentence in split.within(*place)))


def contrasts(ls: PrismServer, chosen: Sequence[str], others: Sequence[str]) -> list[tuple[str, str]]:
    """Pairs (without, with): to each chosen sentence the one of the others that is most like it, each used once.

    Alike: in length, and in what else they have, as far as they have been read.
    """
    left = dict.fromkeys(text for text in others if len(text.split()) >= FEWEST_WORDS)
    pairs = []
    for text in chosen:
        if left:
            best = min(left, key=lambda other: _difference(ls, text, other))
            del left[best]
            pairs.append((best, text))
    return pairs


def _difference(ls: PrismServer, one: str, other: str) -> float:
    lengths = abs(math.log(max(1, len(one.split())) / len(other.split())))
    features = ls.session.features
    mine, theirs = ls.profiles.of(features, one), ls.profiles.of(features, other)
    return lengths + (1 - likeness(mine.direction, theirs.direction) if mine and theirs else 0.0)


def _place(ls: PrismServer, uri: str, name: str | None) -> tuple[Path, str]:
    """The new file and the concept's name. Raises RequestFailed when there is no place for it."""
    folders, path = ls.folders.folders, path_of(uri)
    if not folders:
        raise RequestFailed("A concept belongs to a project: open the folder of this document first.")
    above = [folder for folder in folders if path is not None and path.is_relative_to(folder)]
    home = max(above, key=lambda folder: len(folder.parts), default=folders[0]) / concept_file.FOLDER
    taken = {feature.id for feature in ls.session.features} | {file.stem for file in home.glob("*.toml")}
    if name is None or not name.strip():
        number = next(n for n in range(1, len(taken) + 2) if f"concept-{n}" not in taken)
        return home / f"concept-{number}.toml", f"Concept {number}"
    name = " ".join(name.split())[: concept_file.LONGEST_NAME]
    id_ = concept_file.id_of(name)
    if not id_:
        raise RequestFailed(f"“{name}” has no letter from a to z: give the concept another name.")
    if id_ in taken:
        raise RequestFailed(f"There is a concept “{id_}” already: give this one another name.")
    return home / f"{id_}.toml", name


async def _create(ls: PrismServer, file: Path, text: str) -> None:
    """Have the editor make the file and show it."""
    uri, start = file.as_uri(), types.Position(0, 0)
    insert = types.TextEdit(range=types.Range(start, start), new_text=text)
    if ls.client.create_files:
        identifier = types.OptionalVersionedTextDocumentIdentifier(uri=uri, version=None)
        filled = types.TextDocumentEdit(text_document=identifier, edits=[insert])
        edit = types.WorkspaceEdit(document_changes=[types.CreateFile(uri=uri), filled])
    else:
        edit = types.WorkspaceEdit(changes={uri: [insert]})
    answer = await ls.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(edit=edit, label=TITLE))
    if not answer.applied:
        raise RequestFailed(f"The editor did not make {file.name}. {answer.failure_reason or ''}".strip())
    if ls.client.show_documents:
        await ls.window_show_document_async(types.ShowDocumentParams(uri=uri, take_focus=True))
