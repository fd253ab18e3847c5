"""Where sentences end, in fiction as well: dialogue and its tags, dashes, ellipses, exclamations, asides, verse.

The rules are those of `benchmarks/labels/boundaries.md`; `python -m benchmarks.split` measures how well they are kept. For
English; where a script has no capitals, every full stop counts. The time taken is linear in the text.

A quotation's marks stay with the sentences in which they stand (“Call me. | I saw it.”), so one in its middle has none.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import NamedTuple

from .boundary_words import (
    COMMON,
    HEADINGS,
    INTERJECTIONS,
    NUMBERED,
    PRONOUNS,
    SPEECH,
    SPEECH_OR_ACTION,
    STARTERS,
    TITLES,
)

_MARKS = ".?!…。！？—–-"
_PICTURES = "\u2190-\u2bff\U0001f000-\U0001faff\ufe0f\u200d"
# A run of marks, what closes, a blank or a dash, what opens, and a word that has no small first letter. Nothing is given
# back once matched, and a run is tried from its first mark only: so the time stays linear.
_PLACE = re.compile(
    rf"([{_MARKS}](?<![{_MARKS}]{{2}})[{_MARKS}]*+)([)\]\"'”’»›*_」』{_PICTURES}]*+(?:\s»)?+)(\s*+(?:[—–-]++\s*+)?+)"
    rf"((?:[(\[\"'“‘„‹*_¿¡「『]|[«#$£€¥§@&~+<>=|^%{_PICTURES}]\s?+)*+)"
    r"((?:…|\.{3})\s?+\w++|[^\Wa-zß-öø-ÿα-ώа-џ_]\w*+)"
)
# The same for a text without any capital, where a small letter begins a sentence too; not after a quotation.
_SMALL_PLACE = re.compile(r"([.?!](?<![.?!…]{2})[?!]*+)([)\]*_]*+)(\s++)([(\[\"'“‘*_]*+)(\w++)")
_DASHES = "—–-"
_QUOTES = frozenset("\"'”’»›」』")
_WORD = re.compile(r"[^\W_]")
_LAST_WORD = re.compile(r"(?:[^\W_]|\.(?=\w))+\Z")
_NUMERAL = re.compile(r"[IVXLC]+|\d+")
_LETTERS = re.compile(r"[^\W\d_]+(?:\.[^\W\d_]+)+")
_TAG = re.compile(
    r"(?:(?:Mrs?|Ms|Dr|St|Capt|Col|Lt|Sgt|Prof|Rev|[A-Z])\. |[A-Z][\w’'-]*+ |(?:de|der|du|la|of|van|von) ){1,4}"
    r"(?:(?:\w+ly|also|again|even|now|only|soon|then) ){0,2}([a-z]++)([^\w ]|\Z| \w+ly\b)?"
)
_BRACKET = re.compile(r"[()\[\]]")
_ASIDE = 600
"""Characters; brackets round more than that are no aside."""

_ENDINGS = frozenset(word[-4:] for word in TITLES | COMMON | NUMBERED if len(word) >= 4)


class _Aside(NamedTuple):
    """Something in brackets."""

    start: int
    end: int
    """Before the closing bracket."""
    alone: bool
    """Between two sentences, and a sentence by its own full stop."""


def split(text: str, verse: Container[int] = ()) -> list[tuple[int, int]]:
    """Start and end of every sentence, in order and disjoint: together they hold every character that is no blank.

    `verse`: offsets at which a line of verse starts, whose capital says nothing.
    """
    if not text or text.isspace():
        return []
    starts = _starts(text, verse)
    spans = []
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        while text[end - 1].isspace():
            end -= 1
        spans.append((start, end))
    return spans


def _starts(text: str, verse: Container[int]) -> list[int]:
    """Where sentences start; never empty."""
    last = len(text) - len(text.lstrip())
    starts = [last]
    asides = _asides(text) if "(" in text or "[" in text else iter(())
    aside, closed, within = next(asides, None), -1, False
    bare = 0  # no word stands from `last` to here
    for place in (_SMALL_PLACE if text.islower() else _PLACE).finditer(text):
        at = place.start()
        while aside is not None and aside.start < at:
            if aside.alone and aside.start > last:
                last = aside.start
                starts.append(last)
            closed, within = aside.end, _WORD.search(text, max(last, bare), aside.start) is not None
            bare = bare if within else aside.start
            aside = next(asides, None)
        mark, close, gap, opening, word = place.groups()
        if within and at < closed and place.end(2) <= closed:
            continue
        if word[0] in "….":
            word = word.lstrip("…. ")
            if word[0].islower() and not opening:
                continue
        if mark == "." and gap == " " and not close:  # far the most frequent
            ending = text[at - 4 : at]
            ordinary = ending.islower() and ending.isalpha() and ending not in _ENDINGS
            if not ordinary and _abbreviates(text, at, opening, word):
                continue
            start = at + 2
        else:
            start = _start(place, word, verse, within and at < closed)
            if start < 0:
                continue
        if at - last < 9 and not _WORD.search(text, last, at):
            continue  # a lone “…” goes with what follows
        starts.append(start)
        last = start
    while aside is not None:
        if aside.alone and aside.start > last:
            starts.append(aside.start)
        aside = next(asides, None)
    return starts


def _start(place: re.Match[str], word: str, verse: Container[int], aside_ends: bool) -> int:
    """Where a sentence starts at this place; -1 when none does. `aside_ends`: an aside within a sentence closes here."""
    text, at = place.string, place.start()
    mark, close, gap, opening, _ = place.groups()
    ends = mark.rstrip(_DASHES)
    start = place.start(4)
    if not gap:
        if not ends or ends != mark:  # .--"They: what seemed to close opens
            opening, close, start = close + opening, "", place.start(2)
        elif not ((close and opening) or ends[-1] in "。！？" or (ends[-2:] in ("..", "…") and not word.isdigit())):
            return -1
    first = start
    if ends and ends != mark and not close:  # a dash after the mark goes with what follows
        start = at + len(ends)
    elif gap.strip():
        start = place.end(3) - len(gap.lstrip())

    quoted = not _QUOTES.isdisjoint(close)
    if quoted and ends != "." and not opening and _is_tag(text, first, word):
        return -1
    if not ends:
        if quoted and gap:  # speech broken off
            return start
        if mark == "-" or close or opening or word not in STARTERS or first in verse or not text[at - 1 : at].isalnum():
            return -1
        return -1 if _last_word(text, at) == word else start
    if ends == "." and text[at - 1 : at] != " ":
        if _last_word(text, at) in TITLES if quoted else _abbreviates(text, at, opening, word):
            return -1
    elif "…" in ends or "." in ends:
        if _last_word(text, at) == word:  # I … I
            return -1
    elif (
        ends[0] == "!"
        and not (close or opening)
        and (word not in STARTERS or first in verse)
        and _last_word(text, at).capitalize() in INTERJECTIONS
    ):
        return -1
    if aside_ends and ends != "." and not opening and word not in STARTERS:
        return -1
    return start


def _abbreviates(text: str, at: int, opening: str, word: str) -> bool:
    """Whether the full stop at `at` belongs to an abbreviation, initial or number that does not end a sentence."""
    token = _last_word(text, at)
    initial = len(word) == 1 and text.startswith(f" {word}.", at + 1)  # J. A. Smith
    goes_on = not opening and (word not in STARTERS or initial)
    if token in TITLES:
        return True
    if token in COMMON:
        return goes_on
    if token in NUMBERED and not opening and (word[0].isdigit() or (word != "I" and _NUMERAL.fullmatch(word))):
        return True
    if _NUMERAL.fullmatch(token):
        before = text[max(0, at - len(token) - 12) : at - len(token)].rstrip()
        if not before or before[-1] in ";:—-" or (before[-1] in ".?!" and len(token) < 3 and token != "I"):
            return True  # the number of a list's item or of a heading
        heading = before[before.rfind(" ") + 1 :]
        if heading.capitalize() in HEADINGS and (heading.isupper() or heading == before):
            return True
        return len(token) == 1 and token in "VXLC" and goes_on
    if len(token) == 1:
        return (token.isupper() and goes_on) or at == 1
    if _LETTERS.fullmatch(token):
        return word[0].isdigit() or (token[-1].isupper() and goes_on)
    return False


def _last_word(text: str, at: int) -> str:
    """The word before `at`, with full stops inside; blanks and full stops before `at` do not count."""
    before = text[max(0, at - 16) : at].rstrip(" .")
    word = before[before.rfind(" ") + 1 :]
    if word.isalnum():
        return word
    found = _LAST_WORD.search(word)
    return found.group() if found else ""


def _is_tag(text: str, start: int, word: str) -> bool:
    """Whether what starts here is the tag of the speech before: Anna asked."""
    if word in STARTERS and word not in PRONOUNS:
        return False
    tag = _TAG.match(text, start, start + 120)
    if tag is None:
        return False
    return tag[1] in SPEECH or (tag[1] in SPEECH_OR_ACTION and tag[2] is not None)


def _asides(text: str) -> Iterator[_Aside]:
    """The outermost pairs of brackets, in order."""
    pairs: list[tuple[int, int]] = []
    opened: list[int] = []
    for bracket in _BRACKET.finditer(text):
        if bracket.group() in "([":
            opened.append(bracket.start())
        elif opened:
            start = opened.pop()
            while pairs and pairs[-1][0] > start:
                pairs.pop()
            if bracket.start() - start <= _ASIDE:
                pairs.append((start, bracket.start()))
    for start, end in pairs:
        yield _Aside(start, end, _alone(text, start, end))


def _alone(text: str, start: int, end: int) -> bool:
    """Whether a bracket with a small first letter is a sentence: “Will you? (turning to her.) Will you choose?”"""
    if not text[start + 1 : start + 2].islower():
        return False  # the place before it is judged like any other
    before = text[max(0, start - 8) : start].rstrip(" —–-\"'”’)")
    inner = text[max(start, end - 4) : end].rstrip("\"'”’*_")
    behind = text[end + 1 : end + 8].lstrip(" —–-\"'“‘")
    return before[-1:] in tuple(".?!…") and inner[-1:] in tuple(".?!…") and not behind[:1].islower()
