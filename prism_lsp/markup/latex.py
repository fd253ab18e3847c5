"""Which stretches of a LaTeX document are prose.

The scanner here is its own: it reads a document in pieces, between blank lines, in one pass each, and never fails on
what is being typed. pylatexenc, the parser that keeps offsets, takes 4 s for a novel, gives up at 300 nested groups and
reads everything after an open brace as its content; it is what the tests compare with instead.

Read as typeset: `` ``…'' `` as quotation marks, `--` and `---` as dashes, `~` as a blank, `\\'e` as é. A single quotation
mark that opens is read as the straight one, like the apostrophe that closes it.

Left out: the preamble, comments, formulas (a short one inside a sentence is read as its source), code, tables, pictures,
references, citations, labels, addresses, and the arguments of macros that nothing is known of, if they do not look like
prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..blocks import Block, remembered
from .inline import block, one_line_end
from .latex_macros import ARGUMENTS, MATH, UNREAD, VERBATIM
from .latex_walk import Walk

_CUT = re.compile(r"\n[ \t]*\n\s*")
_PLAIN = re.compile(r"[^\\{}$%~&`\0\1]*\Z")
"""Together with no `''` and `--`: a piece in which every character is text."""

_NESTING = re.compile(r"\\(begin|end)[ \t]*\{([A-Za-z0-9]+)\*?\}|\\(iffalse|fi)(?![A-Za-z])")
_VERB = re.compile(r"\\verb\*?([^\w\s*])[^\n]{0,300}?\1")
_COMMENTED = re.compile(r"(?<!\\)(?:\\\\)*%")
_DEFINITION = re.compile(
    r"\\(?:(?:re|provide)?newcommand|DeclareRobustCommand)\*?[ \t]*\{?\\([A-Za-z]+)\}?[ \t]*\[([1-9])\](\[[^\[\]\n]*\])?[ \t]*\{"
    r"|\\[gex]?def[ \t]*\\(?P<plain>[A-Za-z]+)(?P<places>(?:\#[1-9])+)[ \t]*\{"
    r"|\\(?:New|Renew|Provide|Declare)DocumentCommand[ \t]*\{?\\([A-Za-z]+)\}?[ \t]*\{([mo ]{1,20})\}[ \t]*\{"
)
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_SPECIAL = re.compile(r"[\\{}$%&#_~^`]|-(?=-)|'(?=')|(?<=[?!])`")
_ESCAPED = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "`": r"\textasciigrave{}",
    "-": "-{}", "'": "'{}",
}  # fmt: skip


class _Read(NamedTuple):
    blocks: tuple[Block, ...]
    opened: str | None
    """The unread environment that is still open behind the piece, and how deep: `tabular 2`."""


def latex(text: str) -> Iterator[tuple[int, Sequence[Block]]]:
    """Pieces of a LaTeX document: where each starts, and its blocks."""
    text = one_line_end(text)
    start, end = _body(text)
    defined = _defined(text)
    names = re.compile(rf"\\(?:{'|'.join(map(re.escape, defined))})(?![A-Za-z])") if defined else None
    shown = tuple(sorted(defined.items()))
    last: dict[str, int] = {}
    opened: str | None = None
    while start < end:
        cut = _CUT.search(text, start, end)
        stop = cut.end() if cut else end
        piece = text[start:stop]
        blocks, opened = _read(piece, opened, shown if names and names.search(piece) else ())
        if blocks:
            yield start, blocks
        start = stop
        if opened is not None:
            name = opened.split()[0]
            if name not in last:
                last[name] = text.rfind(r"\fi" if name == "iffalse" else rf"\end{{{name}")
            if last[name] < start:  # it is never closed: it is still being typed, and is not to hide all the rest
                opened = None


def escape(text: str) -> str:
    """Text such that LaTeX typesets every character of it as itself."""
    return _SPECIAL.sub(lambda found: _ESCAPED.get(found[0], "\\" + found[0]), text)


def _body(text: str) -> tuple[int, int]:
    """The text between preamble and `\\end{document}`; a chapter of its own has neither."""
    begin = _begin(text) if r"\begin{document}" in text else -1
    if begin < 0:
        start = (
            len(text) if text.lstrip("\ufeff \t\n").startswith(r"\documentclass") else int(text.startswith("\ufeff"))
        )
        return start, len(text)
    start = begin + len(r"\begin{document}")
    end = text.rfind(r"\end{document}", start)
    while end >= 0 and _is_shown(text, end):
        end = text.rfind(r"\end{document}", start, end)
    return start, len(text) if end < 0 else end


def _begin(text: str) -> int:
    """Where the document begins; in a chapter on LaTeX whole documents may be listed. -1 if it does nowhere."""
    opened = ""
    for match in _NESTING.finditer(text):
        if opened:
            opened = "" if match[1] == "end" and match[2] == opened else opened
        elif match[1] == "begin" and not _is_shown(text, match.start()):
            if match[2] == "document":
                return match.start()
            opened = match[2] if match[2] in VERBATIM else ""
    return -1


def _is_shown(text: str, place: int) -> bool:
    """Whether what stands at a place is part of a comment or of code in its line."""
    start = text.rfind("\n", 0, place) + 1
    if _COMMENTED.search(text, start, place):
        return True
    return any(
        match.start() < place < match.end() for match in _VERB.finditer(text, max(start, place - 400), place + 400)
    )


@remembered
def _read(piece: str, opened: str | None, defined: tuple[tuple[str, str], ...]) -> _Read:
    """Blocks of a piece, given the environment that is open before it and the macros that the document defines."""
    if opened is None and _PLAIN.match(piece) and "''" not in piece and "--" not in piece:
        whole = block(piece, 0, len(piece))
        return _Read((whole,) if whole.text else (), None)
    masked, opened = _without_unread(piece, opened)
    blocks = Walk(piece, masked, {**ARGUMENTS, **dict(defined)}).walk()
    return _Read(tuple(blocks), opened)


def _without_unread(piece: str, opened: str | None) -> tuple[str, str | None]:
    """The piece with a filler in place of environments that are not read: \\0, or \\1 for a formula."""
    if opened is None and "\\begin" not in piece and "\\iffalse" not in piece:
        return piece, None
    parts: list[str] = []
    at = 0
    name, depth = (opened.split()[0], int(opened.split()[1])) if opened else ("", 0)
    for match in _NESTING.finditer(piece):
        which = match[2] or "iffalse"
        if match.start() < at or (which != name if name else which not in UNREAD):
            continue
        if match[1] == "begin" or match[3] == "iffalse":
            if not name and _is_shown(piece, match.start()):
                continue
            if not name:
                parts.append(piece[at : match.start()])
                at, name = match.start(), which
            depth += not depth or name not in VERBATIM
        elif name:
            depth -= 1
            if not depth:
                parts.append(("\1" if name in MATH else "\0") * (match.end() - at))
                at, name = match.end(), ""
    if not name:
        return "".join((*parts, piece[at:])), None
    if name in MATH:
        return "".join((*parts, "\1" * (len(piece) - at))), None
    return "".join((*parts, "\0" * (len(piece) - at))), f"{name} {depth}"


def _defined(text: str) -> dict[str, str]:
    """Arguments of the macros that a document defines, where they are shown as text."""
    found: dict[str, str] = {}
    if "command" not in text and "Command" not in text and "def" not in text:
        return found
    for match in _DEFINITION.finditer(text):
        name, count, default, plain, places, other, letters = match.groups()
        depth = 1
        end = match.end()
        for brace in _BRACE.finditer(text, end, end + 1000):
            depth += {"{": 1, "}": -1}.get(brace[0], 0)
            if not depth:
                end = brace.start()
                break
        if places:
            letters = "m" * (len(places) // 2)
        elif letters is None:
            letters = ("o" if default else "") + "m" * (int(count) - bool(default))
        # Where does an argument turn up, if the macro stands between two words?
        body = f"\x03 {text[match.end() : end]} \x04".replace("#", "\x02")
        texts = [each.text for each in Walk(body, body, ARGUMENTS).walk()]
        whole = any("\x03" in each and "\x04" in each for each in texts)
        shown = ""
        for number, letter in enumerate(letters.replace(" ", ""), 1):
            place = next((each for each in texts if f"\x02{number}" in each), None)
            if letter == "o" or place is None:
                shown += letter
            elif "\x03" in place or "\x04" in place:
                shown += "t"
            else:
                shown += "b" if whole else "h"
        if set(shown) - {"o", "m"}:
            found[name or plain or other] = shown
    return found
