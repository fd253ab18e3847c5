"""The passages of a reStructuredText document, as docutils understands it. Sphinx's directives and roles are made up here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import docutils.core
import docutils.parsers.rst.roles
import docutils.utils
from docutils import nodes
from docutils.parsers.rst import Directive, directives

from prism_lsp.markup.inline import LONGEST_CODE
from prism_lsp.markup.rst import DIRECTIVES

_TARGET = re.compile(r"(?s)(.+?)\s*<[^<>]+>")
_UNREAD = (
    nodes.comment, nodes.docinfo, nodes.doctest_block, nodes.field_name, nodes.image, nodes.literal_block, nodes.math_block,
    nodes.meta, nodes.pending, nodes.raw, nodes.substitution_definition, nodes.system_message, nodes.table, nodes.target,
    nodes.label, nodes.option_group,
)  # fmt: skip
_PASSAGES = (
    nodes.paragraph, nodes.title, nodes.subtitle, nodes.term, nodes.classifier, nodes.rubric, nodes.attribution,
    nodes.caption, nodes.line_block,
)  # fmt: skip
_HOLES = (
    nodes.citation_reference, nodes.footnote_reference, nodes.generated, nodes.image, nodes.problematic,
    nodes.substitution_reference, nodes.target,
)  # fmt: skip


class _Sphinx(Directive):  # type: ignore[misc]
    """Any directive that docutils does not know: its content, if it is of a kind of which content is read."""

    optional_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = None

    def run(self) -> list[nodes.Node]:
        kind = DIRECTIVES.get(self.name)
        if kind is None:
            return []
        made = nodes.container()
        words = self.arguments[0] if self.arguments else ""
        if kind == "dated":
            words = words.partition(" ")[2] if "\n" not in words.split(" ")[0] else words.partition("\n")[2]
        if words and kind != "opaque":
            text, _ = self.state.inline_text(words, self.lineno)
            made += nodes.paragraph("", "", *text)
        self.state.nested_parse(self.content, self.content_offset, made)
        return [made]


def _role(name: str, rawtext: str, text: str, *rest: Any, **more: Any) -> tuple[list[nodes.Node], list[nodes.Node]]:
    """Any role that docutils does not know: code, which may be read if it is short."""
    target = _TARGET.fullmatch(text)
    return [nodes.literal(rawtext, target[1] if target else text)], []


def shown(text: str) -> Iterator[list[tuple[str, bool]]]:
    """Passages in parts: what is shown, and whether it is prose."""
    known_directive, known_role = directives.directive, docutils.parsers.rst.roles.role
    directives.directive = _directive(known_directive)
    docutils.parsers.rst.roles.role = _role_of(known_role)
    try:
        options = {"report_level": 5, "halt_level": 6, "file_insertion_enabled": False, "raw_enabled": False}
        tree = docutils.core.publish_doctree(text, settings_overrides=options)
    finally:
        directives.directive, docutils.parsers.rst.roles.role = known_directive, known_role
    yield from _passages(tree)


def _directive(known: Callable[..., Any]) -> Callable[..., Any]:
    def look_up(name: str, language: Any, document: Any) -> Any:
        found, _ = known(name, language, document)
        if found is None or name in ("class", "container", "contents", "list-table"):
            found = type(name, (_Sphinx,), {})
        return found, []

    return look_up


def _role_of(known: Callable[..., Any]) -> Callable[..., Any]:
    def look_up(name: str, language: Any, lineno: int, reporter: Any) -> Any:
        found, _ = known(name, language, lineno, reporter)
        return (found or _role), []

    return look_up


def _passages(node: nodes.Node) -> Iterator[list[tuple[str, bool]]]:
    for child in node.children:
        if isinstance(child, _UNREAD):
            continue
        if isinstance(child, nodes.line_block) and any(isinstance(each, nodes.line_block) for each in child.children):
            yield from _passages(child)
        elif isinstance(child, _PASSAGES):
            parts: list[tuple[str, bool]] = []
            _inline(child, parts)
            yield parts
        elif isinstance(child, nodes.line):
            parts = []
            _inline(child, parts)
            yield parts
        else:
            yield from _passages(child)


def _inline(node: nodes.Node, parts: list[tuple[str, bool]]) -> None:
    for child in node.children:
        if isinstance(child, nodes.Text):
            parts.append((str(child), True))
        elif isinstance(child, _HOLES) and not (isinstance(child, nodes.target) and child.astext()):
            continue
        elif isinstance(child, (nodes.literal, nodes.math)):
            if len(child.astext()) <= LONGEST_CODE:
                parts.append((child.astext(), False))
        elif isinstance(child, nodes.reference) and child.get("refuri", "").removeprefix("mailto:") == child.astext():
            continue
        else:
            _inline(child, parts)
            if isinstance(child, nodes.line):
                parts.append((" ", True))
