"""The sentences of a document, and how a rewritten sentence goes back into it.

What is prose is decided by one reader a language (`LANGUAGES`; a language without one is read as plain text). All else
here is the same for every language. Offsets are characters of the document, half-open.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import accumulate, chain, product, repeat
from typing import NamedTuple

from . import ignore
from .blocks import Block, Mark, Offsets, Reader, Run, Stretch, remembered, urls
from .quotations import balance, marks
from .reading import EngineError, Reading

Replacement = tuple[int, int, str]
"""Start and end in the document, and the text to stand there instead."""

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_BLANK_LINES_ANY = re.compile(r"(?:\r\n|\r(?!\n)|\n)[^\S\r\n]*(?:\r\n|\r(?!\n)|\n)\s*")
_TOKEN = re.compile(r"\w+(?:['’\u0300-\u036f]+\w+)*[\u0300-\u036f]*|\s|.", re.DOTALL)
_NOTHING = re.compile(r"[\s*_~]*")


class Sentence(NamedTuple):
    """A sentence of a document."""

    start: int
    """Offset of its first character: neither a blank nor markup."""
    end: int
    """Offset after its last character."""
    text: str
    """What stands there: every run of blanks and line breaks one blank, markup left out."""
    map: Sequence[int]
    """Offset in the document of every character of `text`. A blank that stands for more maps to the first of them."""
    block: int
    """Number of its paragraph, heading, list item or table cell, counting those with a sentence from 0."""
    language_id: str = "plaintext"
    """How it was read, which is how `edits` writes."""
    heading: int = 0
    """Level of the heading that it belongs to, from 1; 0 in running text."""
    opened: str = ""
    """Quotation marks that stand before an earlier sentence of the same quotation ..."""
    closed: str = ""
    """... and behind a later one."""

    @property
    def reads(self) -> str:
        """What the model reads: `text` with the marks of the quotation that it is a part of. Readings are kept by it."""
        return f"{self.opened}{self.text}{self.closed}" if self.opened or self.closed else self.text

    @property
    def masks(self) -> Sequence[tuple[int, int, bool]]:
        """Stretches of the document, in order, that are no text: markup, several blanks, code (True) that is read."""
        return self.map.masks if isinstance(self.map, Offsets) else ()

    def own(self, reading: Reading) -> Reading:
        """A reading of `reads` with evidence in characters of `text`: marks that are not there carry nothing."""
        if reading.evidence is None or not (self.opened or self.closed):
            return reading
        before, most = len(self.opened), len(self.text)
        evidence = tuple(
            tuple(
                share._replace(start=max(share.start - before, 0), end=min(share.end - before, most))
                for share in shares
                if share.end > before and share.start < before + most
            )
            for shares in reading.evidence
        )
        return reading._replace(evidence=evidence)

    def rewritten(self, text: str) -> str:
        """What is to stand here when `reads` was rewritten into `text`: without the marks that are not here.

        Raises MarkupError if it would open or close a quotation that goes on around it.
        """
        text = " ".join(text.split())
        if not (self.opened or self.closed):
            return text
        whole = text.startswith(self.opened) and text.endswith(self.closed)
        text = text.removeprefix(self.opened).removesuffix(self.closed).strip()
        if balance(text) != balance(self.text) or not (whole or marks(text) == marks(self.text)):
            raise MarkupError(
                "This rewrite would break the quotation that the sentence is a part of; it is not offered."
            )
        return text


class Language(NamedTuple):
    """How documents of one language are read and written."""

    read: Reader
    escape: Callable[[str], str] | None = None
    """Text such that the language reads every character as itself; None when there is no such thing."""
    comment: str = ignore.line()
    """Pattern of a comment, with `{}` for what it says; plain text has none, and says it on a line of its own."""


class MarkupError(EngineError):
    """A rewritten sentence cannot be put into the document. `str()` is one clear sentence for the writer."""

    def __init__(self, message: str) -> None:
        """`message` is that sentence."""
        super().__init__(message, "input")


WRAPPED = 160
"""Characters; a plain text with a longer line is not wrapped by hand, and a line break ends a paragraph there."""

_LINE = re.compile(r"[^\r\n]+")

_DIVISIONS = {
    word: level
    for level, words in enumerate(("volume", "part act", "book", "chapter scene canto letter stave"), 1)
    for word in words.split()
}
"""Levels of the divisions of a book, each with a number behind it."""
_NUMBER = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty first second third fourth fifth sixth seventh eighth ninth tenth last"
).replace(" ", "|")
_DIVISION = re.compile(
    rf"\s*(?P<kind>{'|'.join(_DIVISIONS)})\s+(?:the\s+)?(?:\d+|[ivxlc]+|(?:{_NUMBER})(?:[\s-]+(?:{_NUMBER}))?)"
    r"(?:[.:]?|[.:]?[^\S\r\n]*(?:[.:—–-]|\r\n|\r|\n)[^\r\n]{1,90}|(?P<bare>,?[^\S\r\n]+\S[^\r\n]{0,90}))\s*",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"\s*(?:prologue|epilogue|preface|foreword|afterword|introduction|interlude|postscript|(?-i:[IVXL]+))[.:]?\s*",
    re.IGNORECASE,
)
"""Chapters without a number, and numbers without a word."""
CONTENTS = 3
"""Chapter lines with nothing between them; where more stand together, they are a table of contents."""


def plain(text: str) -> Iterator[tuple[int, Sequence[Block]]]:
    """Paragraphs between blank lines, whose hard-wrapped lines are joined; where lines are not wrapped, each is one."""
    start = int(text.startswith("\ufeff"))
    lines: list[tuple[int, str, int]] = []
    for offset, piece in _pieces(text, start):
        blocks = _paragraph(piece)
        if blocks and blocks[0].heading:
            lines.append((offset, piece, blocks[0].heading))
        elif blocks:
            yield from _headings(lines)
            lines.clear()
            yield offset, blocks
    yield from _headings(lines)


def _pieces(text: str, start: int) -> Iterator[tuple[int, str]]:
    """Stretches between blank lines, line by line where a line is longer than anybody wraps by hand."""
    breaks = (_BLANK_LINES_ANY if "\r" in text else _BLANK_LINES).finditer(text, start)
    for end, following in chain((match.span() for match in breaks), [(len(text), len(text))]):
        piece = text[start:end]
        lines = _unwrapped(piece) if end - start > WRAPPED else ()
        if lines:
            yield from ((start + offset, line) for offset, line in lines)
        else:
            yield start, piece
        start = following


@remembered
def _unwrapped(piece: str) -> Sequence[tuple[int, str]]:
    """The lines of a piece, each with its offset, if one of them is longer than anybody wraps by hand; else none."""
    lines = [(line.start(), line.group()) for line in _LINE.finditer(piece)]
    return lines if any(len(line) > WRAPPED for _, line in lines) else ()


def _headings(lines: Sequence[tuple[int, str, int]]) -> Iterator[tuple[int, Sequence[Block]]]:
    """Chapter lines that follow each other. Of a table of contents only those count under which the text goes on."""
    lower = [*accumulate((level for _, _, level in reversed(lines)), min)][-2::-1] if len(lines) > CONTENTS else []
    for (offset, piece, level), below in zip(lines, chain(lower, repeat(10)), strict=False):
        yield offset, _paragraph(piece, level < below)


@remembered
def _paragraph(piece: str, heading: bool = True) -> Sequence[Block]:
    cuts = [0, *(cut for url in urls(piece) for cut in url), len(piece)]
    stretches = (Stretch(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=True) if start < end)
    block = Block(piece, stretches, heading=_division(piece) if heading else 0)
    return (block,) if block.text else ()


def _division(piece: str) -> int:
    """Level of a chapter line; 0 if it is none."""
    if len(piece) > WRAPPED:
        return 0
    match = _DIVISION.fullmatch(piece)
    if match is not None and (match["bare"] is None or match["kind"].isupper()):
        return _DIVISIONS[match["kind"].lower()]
    return _DIVISIONS["chapter"] if _ALONE.fullmatch(piece) else 0


def _markdown() -> Language:
    from .markup import markdown  # only when one is opened

    return Language(markdown.markdown, markdown.escape, r"<!--\s*{}\s*-->")


def _asciidoc() -> Language:
    from .markup import asciidoc

    return Language(asciidoc.asciidoc, asciidoc.escape, ignore.line(r"//[ \t]*"))


def _latex() -> Language:
    from .markup import latex

    return Language(latex.latex, latex.escape, r"(?<!\\)%+[ \t]*{}[ \t]*(?=[\r\n]|\Z)")


def _org() -> Language:
    from .markup import org

    return Language(org.org, org.escape, ignore.line(r"#[ \t]+"))


def _rst() -> Language:
    from .markup import rst

    return Language(rst.rst, rst.escape, ignore.line(r"\.\.[ \t]+"))


LANGUAGES: dict[str, Callable[[], Language]] = {
    "asciidoc": _asciidoc,
    "latex": _latex,
    "markdown": _markdown,
    "org": _org,
    "plaintex": _latex,
    "quarto": _markdown,
    "restructuredtext": _rst,
    "rmd": _markdown,
    "rst": _rst,
    "tex": _latex,
}
"""Languages by LSP language id; functions, so that a parser is imported when a document needs it."""


def language(language_id: str) -> Language:
    """How documents with this id are read: as plain text when there is no better way."""
    return LANGUAGES[language_id]() if language_id in LANGUAGES else Language(plain)


def pieces(text: str, language_id: str) -> Iterator[tuple[int, Sequence[Block]]]:
    """Pieces of a document: where each starts, and its blocks, without what the writer has taken out."""
    known = language(language_id)
    ignored = ignore.ignored(text, known.comment)
    return ignore.without(known.read(text), ignored) if ignored else known.read(text)


def sentences(text: str, language_id: str) -> list[Sentence]:
    """The sentences of a document by their start, never across paragraphs, each with a letter or digit.

    They share no character. A note that stands inside a sentence has sentences of its own, which come behind it.
    Paragraphs are remembered: after a keystroke only the changed one is split again.
    """
    found: list[Sentence] = []
    number = 0
    for base, blocks in pieces(text, language_id):
        for block in blocks:
            for start, end, words, offsets, opened, closed in block.sentences:
                where = base + start, base + end, words, offsets.shifted(base)
                found.append(Sentence(*where, number, language_id, block.heading, opened, closed))
            number += bool(block.sentences)
    found.sort(key=_start)  # a note inside a sentence is a block of its own
    return found


def _start(sentence: Sentence) -> int:
    return sentence.start


def edits(sentence: Sentence, document_text: str, new_text: str) -> list[Replacement]:
    """The smallest replacements, in order and disjoint, after which the sentence reads `new_text`.

    Only changed words are replaced, so that line breaks and markup around the others survive. Where a change spans
    markup, the new words go before it and the old ones behind it are deleted; emphasis with nothing left in it goes
    too. Every answer has been tried: the changed document was read again and differs in this sentence only.

    Raises MarkupError when the sentence is not there any more, or when no replacement would leave code and links whole.
    """
    escape = language(sentence.language_id).escape
    before = list(pieces(document_text, sentence.language_id))
    base, block, at = _find(before, sentence)
    new_text = " ".join(new_text.split())
    if new_text == sentence.text:
        return []
    changed = block.text[:at] + new_text + block.text[at + len(sentence.text) :]
    # Pieces are remembered, so that paragraphs with the same words are the same block: the place tells them apart.
    expected = [
        " ".join(changed.split()) if each is block and place == base else each.text
        for place, blocks in before
        for each in blocks
    ]
    expected = [text for text in expected if text]

    words = list(differences(sentence.text, new_text))
    whole = [(0, len(sentence.text), new_text)]
    tried: list[list[Replacement]] = []
    for moves, drop_touched, write, after in product((words, whole), (False, True), (str, escape), (True, False)):
        if write is None:
            continue
        draft = _draft(block, [(at + start, at + end, write(text)) for start, end, text in moves], after)
        if draft is None:
            continue
        draft = _with_marks(block.marks, draft, document_text[base:], drop_touched)
        if draft is None or draft in tried:
            continue
        tried.append(draft)
        replacements = [(base + start, base + end, text) for start, end, text in draft]
        after_it = pieces(replaced(document_text, replacements), sentence.language_id)
        if [each.text for _, blocks in after_it for each in blocks] == expected:
            return replacements
    raise MarkupError("This rewrite would break code, a link or other markup in the sentence, so it is not offered.")


def replaced(text: str, replacements: Iterable[Replacement]) -> str:
    """The text after replacements that are in order and disjoint."""
    parts: list[str] = []
    position = 0
    for start, end, new in replacements:
        parts += text[position:start], new
        position = end
    return "".join((*parts, text[position:]))


def _find(found: Sequence[tuple[int, Sequence[Block]]], sentence: Sentence) -> tuple[int, Block, int]:
    """Where the sentence stands: start of the piece, block, and index in the block's text."""
    for base, blocks in reversed(found):
        if base <= sentence.start:
            for block in blocks:
                at = block.index(sentence.start - base)
                if at is not None and block.text.startswith(sentence.text, at):
                    return base, block, at
            break
    raise MarkupError("The sentence has changed since; open the menu again.")


def differences(old: str, new: str) -> Iterator[Replacement]:
    """Stretches of `old` that differ, and what `new` has there: by words, blanks and punctuation."""
    left, right = _TOKEN.findall(old), _TOKEN.findall(new)
    offsets = [0]
    for token in left:
        offsets.append(offsets[-1] + len(token))
    for tag, first, last, begin, end in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag != "equal":
            yield offsets[first], offsets[last], "".join(right[begin:end])


def _draft(block: Block, moves: Iterable[Replacement], after: bool) -> list[Replacement] | None:
    """Replacements in the block's text as replacements in the document; None when they would change what is locked.

    `after`: text that is added goes right behind the character before it, else right before the one behind it.
    """
    draft: list[Replacement] = []
    for first, last, text in moves:
        if first == last:
            place = _place(block.runs, first, after)
            if place is None:
                return None
            draft.append((place, place, text))
            continue
        parts: list[tuple[int, int]] = []
        for run in block.runs:
            if not run.length:
                if first < run.at <= last and not run.locked:
                    parts.append((run.start, run.end))
            elif run.at < last and first < run.at + run.length:
                if run.locked:
                    return None
                start, end = run.start, run.end
                if run.exact:
                    start, end = max(start, start + first - run.at), min(end, start + last - run.at)
                parts.append((start, end))
        draft += ((start, end, text if number == 0 else "") for number, (start, end) in enumerate(parts))
    return draft


def _place(runs: Sequence[Run], index: int, after: bool) -> int | None:
    """Offset between two characters of the text; None inside code."""
    before = next((run for run in reversed(runs) if run.length and run.at < index), None)
    behind = next((run for run in runs if run.length and run.at + run.length > index), None)
    if before is not None and before is behind:
        return before.start + index - before.at if before.exact else None
    if behind is None or (after and before is not None):
        return before.end if before else None
    return behind.start


def _with_marks(
    marks: Iterable[Mark], draft: list[Replacement], source: str, touched: bool
) -> list[Replacement] | None:
    """The draft without emphasis that would be empty (or that it touches); None when a link would lose its text."""
    gone: list[Replacement] = []
    for open_start, open_end, close_start, close_end, droppable in marks:
        inside = [
            (start - open_end, end - open_end, text)
            for start, end, text in draft
            if open_end <= start and end <= close_start
        ]
        content = source[open_end:close_start]
        empty = bool(_NOTHING.fullmatch(replaced(content, inside))) and not _NOTHING.fullmatch(content)
        if empty and not droppable:
            return None
        if empty or (
            touched and droppable and any(start <= close_end and open_start <= end for start, end, _ in draft)
        ):
            gone += (open_start, open_end, ""), (close_start, close_end, "")
    joined: list[Replacement] = []
    for start, end, text in sorted([*draft, *gone], key=lambda each: each[:2]):
        if joined and joined[-1][1] == start:
            start, text = joined[-1][0], joined[-1][2] + text
            joined.pop()
        joined.append((start, end, text))
    return joined
