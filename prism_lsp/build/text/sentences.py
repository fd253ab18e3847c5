"""Sentences of a document as the server would read them, those that are no prose left out; order and parts."""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from prism_lsp import prose
from prism_lsp.build.corpus import SLUR

SHORTEST, LONGEST = 3, 80
"""Words."""

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ENDS = re.compile(r"[.?!…][\"'”’)\]*_»]*$|[—–-][\"”’]$")
_STARTS = re.compile(r"[\"'“‘(\[«—–*_¿¡…$£€]*[\s.]*[\w]")
_JUNK = re.compile(
    r"https?:|www\.|\.(?:com|org|net|html?)\b|@\w|[<>{}|\\~^=]|__|[#*]{2}|&\w+;|\"\?\w|\w\?\w|\ufffd|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
    r"|\.{5}|-{4}|\b[A-Z][a-z]+:\s*[A-Z]\w+:|\(\s*\)|\[\d|\b\d+:\d+[-,]\d|ISBN|Retrieved|^\d+(?:\.\d+)* [A-Z]"
)
"""Addresses, code, tables, holes where a mark was lost, lists of references: none of it is a writer's prose."""
_COMMON = (
    "the a an of to in and is was it that he she they you i we for on with as at by this be are not have had his her my me do "
    "what who how no if but or from so there will would can all when your him them been has were their its out up"
)
_WORDS_OF_ENGLISH = frozenset(_COMMON.split())


class Record(NamedTuple):
    """A sentence of the corpus; a line of a part."""

    text: str
    source: str
    doc: str
    register: str
    tier: int


def of(text: str) -> Iterator[str]:
    """The sentences of a document's text that are prose, with the marks of the quotations that they are a part of."""
    text = unicodedata.normalize("NFC", text)
    for sentence in prose.sentences(text, "plaintext"):
        if sentence.heading or _JUNK.search(text, sentence.start, sentence.end):  # addresses are not in what it reads
            continue
        reads = sentence.reads
        if is_prose(reads):
            yield reads


def is_prose(text: str) -> bool:
    """Whether a sentence is whole, English and running text: three to eighty words, mostly letters, with a final mark."""
    if not 12 <= len(text) <= 600 or _JUNK.search(text) or not _ENDS.search(text) or not _STARTS.match(text):
        return False
    if text.lstrip("\"'“‘([«*_—– ")[:1].islower():
        return False  # the rest of a sentence that began elsewhere
    words = _WORD.findall(text)
    if not SHORTEST <= len(words) <= LONGEST:
        return False
    letters = sum(map(str.isalpha, text))
    solid = sum(not character.isspace() for character in text)
    if letters < 0.7 * solid or sum(map(str.isupper, text)) > 0.4 * letters:
        return False
    if any(len(word) > 30 for word in words) or SLUR.search(text):
        return False
    if sum(len(word) == 1 and word not in "aAIiO" for word in words) > max(1, len(words) // 8):
        return False
    return len(words) < 8 or any(word.lower() in _WORDS_OF_ENGLISH for word in words)


def key(text: str) -> bytes:
    """The same for sentences that differ only in capitals, marks, blanks and numbers."""
    bare = re.sub(r"[\W_]+", " ", re.sub(r"\d+", "0", unicodedata.normalize("NFKD", text).lower()))
    return hashlib.blake2b(bare.strip().encode(), digest_size=12).digest()


def held_out(source: str, doc: str) -> bool:
    """One document in ten, by its name alone."""
    return _uniform(f"split\0{source}\0{doc}") < 0.1


def turn(text: str, weight: float) -> float:
    """When a sentence has its turn: taken in this order, every beginning of the corpus is a weighted sample of it.

    Weighted sampling without replacement by exponential keys (Efraimidis & Spirakis 2006).
    """
    return -math.log(_uniform(f"turn\0{text}")) / weight


def _uniform(text: str) -> float:
    """In (0, 1), by hash: the same on every machine."""
    return (int.from_bytes(hashlib.blake2b(text.encode(), digest_size=7).digest(), "big") + 0.5) / 2**56
