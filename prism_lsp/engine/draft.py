"""Guesses at how a rewrite goes on. Most of it is its source, word for word; the writer checks a whole guess in one pass."""

from __future__ import annotations

from collections.abc import Sequence

FIRST = 3
"""Tokens guessed where little speaks for the guess."""

EACH = 2
"""Tokens guessed for each one that the text and its model have in common just before."""

MOST = 16
"""Tokens guessed at most."""


def draft(source: Sequence[int], text: Sequence[int]) -> list[int]:
    """The tokens that probably follow `text`: those behind the last place where the source said the same.

    The more tokens the two have in common up to there, the more are guessed (as in prompt lookup decoding, Saxena 2023). A
    text that goes round in circles is its own model. Empty when nothing speaks for anything.
    """
    if not text:
        return list(source[:FIRST])
    common, at = _common(source, text)
    own, own_at = _common(text[:-1], text)
    if own >= 2 and own > common:
        common, at, source = own, own_at, text
    return list(source[at : at + min(MOST, max(FIRST, EACH * common))]) if common else []


AHEAD, AHEAD_EACH, AHEAD_MOST = 6, 6, 32
"""The same three numbers for `guesses`. A token more in a pass costs a hundredth of the pass: of what was tried these took the
fewest passes on the candidates of `benchmarks/results/rewrite.json`, a seventh fewer than `draft` alone."""

RESUMED = 2
"""Tokens guessed behind a new word."""


def guesses(source: Sequence[int], text: Sequence[int], others: Sequence[Sequence[int]]) -> list[list[int]]:
    """Ways in which `text` may go on, those that are likely enough to be worth a look.

    As `draft` says, only longer; and as the one of the `others`, candidates that are being written too, which says the same
    up to here. Where neither has anything to say, the last token is new: the source may go on behind it as if it stood in
    the place of one of the source's own, or between two.
    """
    if not text:
        return [list(source[:AHEAD])]
    found = [_onward(source, text)]
    common, at, other = max(
        ((*_common(other, text), other) for other in others), default=(0, 0, ()), key=lambda f: f[0]
    )
    if common:
        found.append(list(other[at : at + AHEAD]))
    if not any(found):
        common, at = _common(source, text[:-1]) if len(text) > 1 else (1, 0)
        if common:
            found += [list(source[place : place + RESUMED]) for place in (at + 1, at)]
    return [guess for guess in found if guess]


def _onward(source: Sequence[int], text: Sequence[int]) -> list[int]:
    """What follows the place where the source, or the text itself, last said the same."""
    common, at = _common(source, text)
    own, own_at = _common(text[:-1], text)
    if own >= 2 and own > common:
        common, at, source = own, own_at, text
    return list(source[at : at + min(AHEAD_MOST, max(AHEAD, AHEAD_EACH * common))]) if common else []


def departures(source: Sequence[int], text: Sequence[int], at: int = 0, count: int = 0) -> tuple[int, int]:
    """(how far the text has been looked through, how often it left its source up to there): where a guess would be wrong.

    `at` and `count` are what was found on a shorter text, to go on from; the outcome is the same without.
    """
    while at < len(text):
        guess, right = draft(source, text[:at]), 0
        while right < len(guess) and at + right < len(text) and guess[right] == text[at + right]:
            right += 1
        if at + right == len(text):
            break
        at, count = at + right + 1, count + 1
    return at, count


def leash(source: Sequence[int]) -> float:
    """Departures after which a text is no rewrite any more: it rambles, at a pass for every word.

    Of the 107 rewrites offered in `benchmarks/results/rewrite.json` none has more, of all 338 decoded for them 39 do.
    """
    return 8 + len(source) / 2


def _common(model: Sequence[int], text: Sequence[int]) -> tuple[int, int]:
    """(how many of the last tokens of `text` stand in `model` too, where they end there). Of several places with as many,
    the one nearest to where the text is."""
    best = (0, 0)
    for end in range(1, len(model) + 1):
        count = 0
        while count < min(end, len(text)) and model[end - 1 - count] == text[-1 - count]:
            count += 1
        if count > best[0] or (count == best[0] and abs(end - len(text)) < abs(best[1] - len(text))):
            best = (count, end)
    return best
