"""Guesses at how a rewrite goes on. Most of it is its source, word for word; the writer checks a whole guess in one pass."""

from __future__ import annotations

from collections.abc import Sequence

FIRST = 3
"""Tokens guessed where little speaks for the guess."""

EACH = 2
"""Tokens guessed for each one that the text and its model have in common just before."""

MOST = 16
"""Tokens guessed at most."""


FROM_OTHER = 8
"""Tokens guessed from another candidate at most."""


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


def guesses(source: Sequence[int], text: Sequence[int], others: Sequence[Sequence[int]]) -> list[list[int]]:
    """Ways in which `text` may go on: as `draft` says, and as that one of the `others` does, candidates that are being written
    too, which says most of the same up to here.

    Longer guesses, and more of them, save passes and cost tokens, which comes to the same.
    """
    common, at, other = max(
        ((*_common(other, text), other) for other in others), default=(0, 0, ()), key=lambda f: f[0]
    )
    found = [draft(source, text), list(other[at : at + FROM_OTHER]) if common else []]
    return [guess for guess in found if guess]


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
