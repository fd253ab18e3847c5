"""The rule file itself in the editor: what is wrong in it, what can be typed where, and what each word means."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lsprotocol import types

from prism_lsp import rules
from prism_lsp.findings import FEWEST
from prism_lsp.places import Path, Places, Span
from prism_lsp.workspace import is_rule_file

if TYPE_CHECKING:
    from prism_lsp.document import Document
    from prism_lsp.reading import Feature
    from prism_lsp.server import PrismServer

COMPLETION = types.CompletionOptions(trigger_characters=['"', "'"])
PATIENCE = 1.0
"""Seconds that a hover or a completion waits for features that are still being loaded."""

_GLOBS = "Globs of the documents that {}, from this file's folder: `*.md` beside it, `chapters/**/*.md` at any depth."
_FILE = {
    "include": _GLOBS.format("the rules are for; all, if there is none"),
    "exclude": _GLOBS.format("the rules are not for"),
    "severity": f"How loud rules are that do not say it themselves; {rules.CALM} if it is not here.",
    "rules": "A feature's id and its limit on each line.",
}
_RULE = {
    "limit": "How many of a document's sentences may or must have the feature.",
    "severity": "How loud this rule is.",
    "message": "What you are told, in front of the figures.",
    "include": _GLOBS.format("this rule is for"),
    "exclude": _GLOBS.format("this rule is not for"),
}
_LIMITS = {
    "off": "No sentence may have it: each that has it is marked.",
    "required": "One sentence at least must have it; if none has, the document's first one is marked.",
    "at most": "If a larger share of the sentences has it, as many as are too many are marked, the strongest first. "
    f"Documents of fewer than {FEWEST} sentences are left alone.",
    "at least": "If a smaller share of the sentences has it, the document's first one is marked. "
    f"Documents of fewer than {FEWEST} sentences are left alone.",
}
_SEVERITIES = {
    "error": "Shown as an error; `prism-lsp check` fails.",
    "warning": "Shown as a warning; `prism-lsp check` fails.",
    "information": "Shown as a remark; `prism-lsp check` tells it and does not fail.",
    "hint": "Hardly shown; `prism-lsp check` tells it and does not fail.",
}


def diagnostics(ls: PrismServer, document: Document) -> list[types.Diagnostic]:
    """What is wrong in a rule file, as it is typed. Features are unknown only once the known ones are."""
    file = rules.parse(document.text)
    unknown = rules.unknown(file, [feature.id for feature in ls.session.features]) if ls.session.features else []
    return [
        types.Diagnostic(
            range=ls.range(document, problem.start, problem.end),
            message=problem.message,
            severity=types.DiagnosticSeverity.Error,
            source="prism",
        )
        for problem in sorted((*file.problems, *unknown))
    ]


# Completion


class Offer(NamedTuple):
    """Something that can be typed."""

    label: str
    text: str
    detail: str
    documentation: str
    kind: types.CompletionItemKind


async def completion(ls: PrismServer, params: types.CompletionParams) -> types.CompletionList | None:
    """What can be typed at a place of a rule file; prose is nobody's to complete."""
    document = ls.session.document(params.text_document.uri)
    if document is None or not is_rule_file(document.uri):
        return None
    await ls.session.loaded(PATIENCE)
    at = document.offset(params.position.line, params.position.character, ls.encoding)
    places = Places(document.text)
    slot = places.slot(at)
    if slot is None:
        return None
    start, end = (min(at, slot.token[0]), max(at, slot.token[1])) if slot.token[0] < slot.token[1] else (at, at)
    typed = document.text[start:end]
    if "\n" in typed or "\r" in typed:
        return None
    if slot.kind == "value":
        offers = values(slot.path, typed)
    elif slot.kind == "header" and not slot.path:
        offers = [Offer("rules", "rules", "", _FILE["rules"], types.CompletionItemKind.Property)]
    else:
        followed = slot.kind == "header" or re.compile(r"[ \t]*[=.]").match(document.text, end)
        offers = keys(slot.path, places, slot.token, ls.session.features, "" if followed else " = ")
    where = ls.range(document, start, end)
    quoted = typed[:1] in ('"', "'")
    items = [
        types.CompletionItem(
            label=offer.label,
            kind=offer.kind,
            detail=offer.detail,
            documentation=offer.documentation,
            sort_text=f"{number:04}",
            # editors look for what stands in the range, quotation mark and all
            filter_text=typed[0] + offer.label if quoted else offer.label,
            text_edit=types.TextEdit(range=where, new_text=offer.text),
        )
        for number, offer in enumerate(offers)
    ]
    return types.CompletionList(is_incomplete=False, items=items)


def keys(path: Path, places: Places, token: Span, features: tuple[Feature, ...], after: str) -> list[Offer]:
    """Keys for a table that are not in it yet."""
    there = {entry.path for entry in places.entries.values() if entry.key != token}
    kind = types.CompletionItemKind.Property
    if path == ("rules",):
        return [
            Offer(feature.id, feature.id + after, feature.name, about(feature), kind)
            for feature in features
            if (*path, feature.id) not in there and (*path, feature.id, 0) not in there
        ]
    known = _settings(path)
    offers = [
        Offer(name, "[rules]" if name == "rules" else name + after, "", known[name], kind)
        for name in known
        if (*path, name) not in there
    ]
    return [offer for offer in offers if offer.label != "rules" or not any(each[:1] == ("rules",) for each in there)]


def values(path: Path, typed: str) -> list[Offer]:
    """Values for a key, in the quotation marks that are there."""
    mark = "'" if typed.startswith("'") else '"'
    kind = types.CompletionItemKind.EnumMember
    name = _setting(path)
    if name == "severity":
        known = _SEVERITIES
    elif name == "limit":
        known = {each: _LIMITS[limit.bound] for each in rules.LIMITS if (limit := rules.limit(each))}
    else:
        return []
    return [Offer(each, f"{mark}{each}{mark}", name, known[each], kind) for each in known]


def _settings(path: Path) -> dict[str, str]:
    """What can be set in a table."""
    if not path:
        return _FILE
    return _RULE if path[0] == "rules" and len(_rule(path)) == 0 and len(path) > 1 else {}


def _setting(path: Path) -> str | None:
    """What a key sets: `limit`, also where a feature's limit stands alone."""
    if len(path) > 1 and path[0] == "rules":
        rest = _rule(path)
        return "limit" if not rest else str(rest[0]) if len(rest) == 1 and rest[0] in _RULE else None
    return str(path[0]) if len(path) == 1 and path[0] in _FILE else None


def _rule(path: Path) -> Path:
    """The part of a path that is within a rule."""
    return path[3:] if len(path) > 2 and isinstance(path[2], int) else path[2:]


# Hover


async def hover(ls: PrismServer, document: Document, at: int) -> types.Hover | None:
    """What the word at a place of a rule file means."""
    await ls.session.loaded(PATIENCE)
    entries = list(Places(document.text).entries.values())
    keys = [entry for entry in entries if entry.key != entry.value and entry.key[0] <= at <= entry.key[1]]
    inside = [entry for entry in entries if entry.value[0] <= at <= entry.value[1]]
    if keys:
        span, text = keys[0].key, _key_text(ls, keys[0].path)
    elif inside:
        narrowest = min(inside, key=lambda entry: entry.value[1] - entry.value[0])
        span = narrowest.value
        text = _value_text(narrowest.path, document.text[slice(*span)])
    if not (keys or inside) or not text:
        return None
    kind = types.MarkupKind.Markdown if ls.client.markdown else types.MarkupKind.PlainText
    return types.Hover(contents=types.MarkupContent(kind=kind, value=text), range=ls.range(document, *span))


def _key_text(ls: PrismServer, path: Path) -> str:
    if len(path) > 1 and path[0] == "rules" and not _rule(path):
        feature = next((feature for feature in ls.session.features if feature.id == path[1]), None)
        if feature is None:
            return ""
        return (
            f"**{feature.name}**\n\n{about(feature)}" if ls.client.markdown else f"{feature.name}\n\n{about(feature)}"
        )
    known = _RULE if len(path) > 1 and path[0] == "rules" else _FILE if len(path) == 1 else {}
    return known.get(str(path[-1]), "") if path else ""


def _value_text(path: Path, written: str) -> str:
    value = written.strip("\"'")
    name = _setting(path)
    if name == "severity":
        return _SEVERITIES.get(value, "")
    limit = rules.limit(value) if name == "limit" else None
    return _LIMITS[limit.bound] if limit else ""


def about(feature: Feature) -> str:
    """What a feature is, and how common."""
    if not feature.density:
        return feature.description
    percent = 100 * feature.density
    return (
        f"{feature.description}\n\nOrdinary prose: {percent:.{0 if percent >= 1 else 1}f} % of the sentences have it."
    )
