"""Text out of the formats that packages ship it in. Every function is pure: bytes or text in, pieces of plain text out."""

from __future__ import annotations

import email
import email.policy
import gzip
import html
import re
import struct
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser

_BLOCKS = "p div li ul ol h1 h2 h3 h4 h5 h6 tr td th table blockquote pre br hr title l lg dd dt dl center"
BLOCKS = frozenset(_BLOCKS.split())
"""HTML and OSIS elements between which a paragraph ends."""
_HIDDEN = "script style head note reference title pre code h1 h2 h3 h4 h5 h6"
HIDDEN = frozenset(_HIDDEN.split())
"""Elements whose text is no prose."""
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\n\s*\n\s*")


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        known = dict(attrs)
        if tag in BLOCKS or (tag == "div" and "type" in known):
            self.parts.append("\n\n")
        if tag == "reference":
            self.parts.append("\ufffd")  # what is left of the sentence has a hole
        if tag in HIDDEN:
            self.parts.append(" ")  # words round a note are two
            self.hidden += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS:
            self.parts.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.parts.append("\n\n")
        if tag in HIDDEN:
            self.hidden = max(0, self.hidden - 1)

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.parts.append(re.sub(r"\s+", " ", data))


def markup(source: str) -> str:
    """HTML or OSIS without its markup; paragraphs are separated by blank lines, scripts and titles left out;
    a replacement character stands for a reference."""
    parser = _Text()
    parser.feed(source)
    parser.close()
    text = re.sub(r" (?=[,.;:?!”’)])", "", _BLANKS.sub(" ", "".join(parser.parts)))
    return _LINES.sub("\n\n", text).strip()


def messages(catalogue: bytes) -> Iterator[str]:
    """The English messages of a gettext catalogue (.mo), without contexts and plural forms."""
    order = "<" if catalogue[:4] == b"\xde\x12\x04\x95" else ">"
    _, _, count, start = struct.unpack(f"{order}4I", catalogue[:16])
    for number in range(count):
        length, at = struct.unpack_from(f"{order}2I", catalogue, start + 8 * number)
        text = catalogue[at : at + length].decode("utf-8", "replace").partition("\0")[0]
        yield text.rpartition("\x04")[2]


def sword(index: bytes, blocks: bytes) -> Iterator[str]:
    """The blocks (books or chapters, OSIS markup) of a compressed SWORD module: its *.?zs and *.?zz files."""
    for at in range(0, len(index) - 11, 12):
        offset, length, _ = struct.unpack_from("<3I", index, at)
        if length:
            yield zlib.decompress(blocks[offset : offset + length]).decode("utf-8", "replace")


def dictd(compressed: bytes) -> str:
    """The text of a .dict.dz file (gzip with an index that is not needed to read all of it)."""
    return gzip.decompress(compressed).decode("utf-8", "replace")


_WEBSTER_SOURCE = re.compile(r"\s*\[[^\]\n]{1,60}\]")
_BLOCK = re.compile(r"(?:.*\S.*(?:\n|\Z))+")
_QUOTED = re.compile(r'[“"]([A-Z][^"“”]{12,}?[.?!])[”"]')
_SENSE = re.compile(r"^\s*(?:\d+\.\s*)?(?:\([a-z]\)\s*)?(?:\([A-Z][\w .]*\)\s*)?(?:Specifically:\s*)?")


def webster(text: str) -> Iterator[str]:
    """Definitions and quotations of the Collaborative International Dictionary, one a piece."""
    for block in (match.group() for match in _BLOCK.finditer(text)):
        lines = block.split("\n")
        if lines and not lines[0].startswith(" "):
            lines = lines[1:]  # the headword with its pronunciation and etymology
        joined = " ".join(" ".join(lines).split())
        if (
            not joined
            or "]" in _WEBSTER_SOURCE.sub("", joined)
            or re.match(r"\[?(Syn|Note|Usage)\b", joined)
            or "[=" in joined
            or "\\" in joined
        ):
            continue
        joined = re.sub(r"[{}]", "", _WEBSTER_SOURCE.sub("", joined)).strip()
        yield from (match.group(1) for match in _QUOTED.finditer(joined))
        definition = re.split(r'[“"]|\s--[A-Z]|\bSee \b|\bCf\. ', _SENSE.sub("", joined))[0].strip()
        if definition:
            yield definition


def wordnet(data: str) -> Iterator[str]:
    """Examples of a WordNet data file, as sentences: they come without a capital and a full stop."""
    for line in data.split("\n"):
        if line.startswith("  ") or "|" not in line:
            continue
        gloss = line.partition("|")[2].strip()
        for example in re.findall(r'"([^"]{15,})"', gloss):
            yield example[0].upper() + example[1:] + ("" if example[-1] in ".?!" else ".")


def fortunes(text: str) -> Iterator[str]:
    """The cookies of a fortune file, without the lines that say where they are from; verse and talk keep their lines."""
    for cookie in re.split(r"^%\s*$", text, flags=re.MULTILINE):
        lines = [line for line in cookie.strip("\n").split("\n") if not re.match(r"\s*(--|-{5,}|={5,}|\*{3,})", line)]
        if any(lines):
            yield "\n".join(line.expandtabs().strip().replace(" -- ", "—") for line in lines)


def message(raw: bytes) -> str:
    """What the writer of an e-mail wrote: no headers, no quoted lines, no signature, no footer of a list; "" if HTML only."""
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    try:
        part = parsed.get_body(("plain",))
        body = part.get_content() if part is not None else ""
    except (KeyError, LookupError, ValueError, AttributeError):  # mail of 2002 has charsets that never were
        return ""
    kept: list[str] = []
    for line in str(body).replace("\r\n", "\n").split("\n"):
        if re.match(r"-- ?$|_{10,}|-{10,}|={10,}|\*{10,}|-+ ?(Original|Forwarded) Message", line):
            break
        if re.match(r"\s*[>|}:%]", line) or re.search(r"\b(wrote|writes|said):\s*$|^On .{5,60}$|https?:|\S@\S", line):
            kept.append("")
            continue
        kept.append(line)
    return "\n".join(kept).strip()


_WIKI_PAGE = re.compile(r"<title>(.*?)</title>.*?<text[^>]*>(.*?)</text>", re.DOTALL)


def wiki_pages(dump: str) -> Iterator[tuple[str, str]]:
    """(title, plain text) of the articles of a MediaWiki dump."""
    for title, source in (match.groups() for match in _WIKI_PAGE.finditer(dump)):
        if ":" not in title and not source.lstrip().upper().startswith("#REDIRECT"):
            yield html.unescape(title), wiki(html.unescape(source))


def wiki(source: str) -> str:
    """Running text of MediaWiki source: no templates, tables, references, files, headings or lists."""
    text = re.sub(
        r"<!--.*?-->|<ref[^>/]*/>|<ref.*?</ref>|<(math|gallery|nowiki|code)\b.*?</\1>", "", source, flags=re.DOTALL
    )
    for pattern in (r"\{\{[^{}]*\}\}", r"\{\|[^{}]*\|\}"):
        before = ""
        while before != text:
            before, text = text, re.sub(pattern, "", text)
    before = ""
    while before != text:
        before, text = text, re.sub(r"\[\[(?:File|Image|Category|[a-z-]{2,10}):[^\[\]]*\]\]", "", text)
        text = re.sub(r"\[\[(?:[^|\[\]:]*\|)?([^|\[\]]*)\]\]", r"\1", text)
    text = re.sub(r"\[https?://\S+ ?([^\]]*)\]", r"\1", text)
    text = re.sub(r"'{2,}|<[^>]+>|__[A-Z]+__", "", text).replace("\u00a0", " ")
    lines = [line for line in text.split("\n") if not re.match(r"\s*[=*#:;|!{}\[]", line)]
    return re.sub(r"\s*\(\s*[;,]?\s*\)", "", "\n\n".join(line.strip() for line in lines if line.strip()))


def play(text: str) -> str:
    """A play as speeches: without the names of who speaks, stage directions, acts and lists of persons."""
    lines: list[str] = []
    for line in text.split("\n"):
        bare = line.strip()
        if re.match(r"(ACT|SCENE|Act|Scene|Enter|Exeunt|Exit|PERSONS|DRAMATIS|THE END)\b", bare) or bare.isupper():
            bare = ""
        bare = re.sub(r"\[[^\]]*\]?|_[^_]*_", "", bare).strip()
        bare = re.sub(r"^([A-Z][A-Z]+[A-Z .’']*|[A-Z][a-z]{1,12}(?: [A-Z][a-z]{1,9})?)\.(?=\s{1,2}\S|$)\s*", "\n", bare)
        lines.append(bare)
    return "\n".join(lines)


def database(text: str) -> Iterator[str]:
    """Descriptions and talk of a Dungeon Crawl text file: entries between %%%% lines, the first line their key."""
    for entry in re.split(r"^%%%%\s*$", text, flags=re.MULTILINE):
        lines = [line for line in entry.strip().split("\n") if not re.match(r"[#:<]|w:\d", line)][1:]
        for piece in re.split(r"\n\s*\n", "\n".join(lines)):
            piece = re.sub(r"^[A-Z]+:|^[A-Z][\w ]{2,30} \w+s: ", "", " ".join(piece.split()))
            if piece and not re.search(r"[@{}\[\]<>_]|\d{3}", piece):
                yield piece


_TAG = re.compile(
    r"</?(?:b|i|u|tt|big|small|bold|italic|header|span|ref|format|color\w*|good|bad|info|neutral|\w+_header)\b[^<>]*>"
)
_SLOT = re.compile(r"%\d?\$?[sd]|\$\w+|<[\w/]|@\w|\\[nt]|\x1b|\{\w")


def game(text: str) -> str:
    """A message of a game without colours and tags; "" if it has slots, which are holes in its sentences."""
    text = _TAG.sub("", text)
    return "" if _SLOT.search(text) else _BLANKS.sub(" ", text).strip()
