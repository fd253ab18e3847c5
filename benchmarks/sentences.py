"""Held-out real sentences: the parts of Brown, Austen and Moby-Dick that nothing in a pack was made from."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice, zip_longest
from typing import NamedTuple

from prism_lsp.build import corpus

GROUPS = {
    "fiction": corpus.FICTION,
    "essay": frozenset({"essay", "lore", "religion", "hobbies"}),
    "news": frozenset({"news", "editorial", "reviews"}),
    "learned": frozenset({"learned", "government"}),
}
"""Brown's genres, put together; the novels are groups of their own."""

SHORTEST, LONGEST = 5, 25
"""Words."""


class Held(NamedTuple):
    """A held-out sentence."""

    text: str
    source: str
    group: str


def _usable(text: str) -> bool:
    """A whole, decent sentence: begins like one, ends with a mark, is mostly letters."""
    letters = sum(c.isalpha() or c.isspace() for c in text)
    return (
        SHORTEST <= len(text.split()) <= LONGEST
        and letters >= 0.8 * len(text)
        and text[-1] in ".?!\"'”’"
        and text.count('"') % 2 == 0
        and (text[0].isupper() or text[0] in "\"'“‘")
        and not corpus.SLUR.search(text)
    )


def _all() -> Iterator[Held]:
    group_of = {genre: group for group, genres in GROUPS.items() for genre in genres}
    for tagged in corpus.brown():
        if tagged.split == "held-out":
            yield Held(tagged.text, tagged.source, group_of[tagged.genre])
    for name, novel in (("austen", corpus.austen()), ("moby-dick", corpus.moby_dick())):
        for sentence in novel:
            if sentence.split == "held-out":
                yield Held(sentence.text, sentence.source, name)


def held_out(seed: int) -> list[Held]:
    """Every usable held-out sentence once, shuffled, the six groups taking turns."""
    groups: dict[str, dict[str, Held]] = defaultdict(dict)
    for held in _all():
        if _usable(held.text):
            groups[held.group].setdefault(held.text, held)
    shuffled = []
    for name in sorted(groups):
        members = list(groups[name].values())
        random.Random(f"{seed}|{name}").shuffle(members)
        shuffled.append(members)
    return [held for turn in zip_longest(*shuffled) for held in turn if held is not None]


def choose(
    pool: list[Held], count: int, rule: Callable[[str], bool], probe: Callable[[list[str]], list[bool]], seed: str
) -> list[Held]:
    """The first `count` sentences of the pool, from a drawn start on, that rule and probe both take.

    More sentences later on begin with the same ones. probe: for a list of sentences, whether it takes each.
    """
    # the groups take turns until the smallest has no more, far behind the first quarter
    start = random.Random(seed).randrange(max(1, len(pool) // 4))
    passing = (held for held in pool[start:] + pool[:start] if rule(held.text))
    taken: list[Held] = []
    while len(taken) < count and (some := list(islice(passing, max(4, count)))):
        taken += [held for held, good in zip(some, probe([h.text for h in some]), strict=True) if good]
    return taken[:count]
