"""What Brown's part-of-speech tags tell of a sentence, for eight concepts.

The probes learn from tagged sentences of the train part (`build/examples.py`); `benchmarks/truth.py` measures on the held-out
part. A rule sees tags and words, never a model.
"""

from __future__ import annotations

from collections.abc import Callable

from prism_lsp.build import corpus

SHORTEST, LONGEST = 4, 60
"""Words of the sentences that are taken."""

FIRST = frozenset({"i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ourselves"})
SECOND = frozenset({"you", "your", "yours", "yourself", "yourselves", "thou", "thee", "thy", "thine", "ye"})
DENIAL = frozenset({"never", "no", "nobody", "nothing", "none", "nowhere", "nor", "neither"})

Rule = Callable[[corpus.Tagged], bool]


def _tag(*starts: str) -> Rule:
    return lambda s: any(tag.startswith(starts) for _, tag in s.tokens)


def _word(words: frozenset[str], *tags: str) -> Rule:
    """One of these words with one of these tags (a pronoun's, so that "World War I" is none)."""
    return lambda s: any(word.lower() in words and tag.startswith(tags) for word, tag in s.tokens)


def _ends(mark: str) -> Rule:
    return lambda s: s.text.rstrip("\"'”’)").endswith(mark)


def _passive(sentence: corpus.Tagged) -> bool:
    """A form of be, then a past participle, with at most two adverbs or a "not" between."""
    for at, (_, tag) in enumerate(sentence.tokens):
        if not tag.startswith("be"):
            continue
        for _, other in sentence.tokens[at + 1 : at + 4]:
            if other.startswith("vbn"):
                return True
            if not other.startswith(("rb", "*", "ql")):
                break
    return False


def _denies(sentence: corpus.Tagged) -> bool:
    return any(tag.endswith("*") or word.lower() in DENIAL for word, tag in sentence.tokens)


TAGS: dict[str, Rule] = {
    "question": _ends("?"),
    "exclamation": _ends("!"),
    "negation": _denies,
    "past-tense": _tag("vbd", "bed", "dod", "hvd"),
    "present-tense": _tag("vbz", "bez", "doz", "hvz", "ber", "bem"),
    "first-person": _word(FIRST, "pp"),
    "second-person": _word(SECOND, "pp"),
    "passive": _passive,
}
"""Question and exclamation are to be read with the final mark taken off."""


def usable(sentence: corpus.Tagged | corpus.Sentence) -> bool:
    """Whether a sentence is long enough to tell and short enough to be one."""
    return SHORTEST <= len(sentence.text.split()) <= LONGEST
