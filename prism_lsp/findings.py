"""What a project's rules find in a document that has been read. The same for the editor and the command line."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol

from prism_lsp.reading import PRESENT, Feature, Reading
from prism_lsp.rules import Rule

FEWEST = 10
"""Sentences. In a shorter document one sentence is more than a tenth of it, so no limit with a percentage is looked at."""


class Finding(NamedTuple):
    """A sentence that a rule marks."""

    sentence: int
    """Its index in the document."""
    rule: Rule
    message: str
    amount: float
    """What would help, in amounts of the feature: -1 to turn it off, 1 to turn it on; 0: nothing in this sentence."""


class Line(Protocol):
    """What is asked of a sentence here; `prose.Sentence` is one."""

    @property
    def text(self) -> str:
        """What the model reads."""
        ...

    @property
    def block(self) -> int:
        """Number of its paragraph."""
        ...


def judge(
    rules: Sequence[Rule], features: Sequence[Feature], sentences: Sequence[Line], readings: Sequence[Reading | None]
) -> tuple[Finding, ...]:
    """What the rules find, in text order. `readings`: one a sentence, None where it could not be read.

    `off` marks every sentence that has the feature. `at most` marks as many as are too many, the strongest first, so
    that the document keeps the rule once these are changed. `at least` and `required` are about the whole document:
    they mark its beginning, which often is a heading. Rules for features that the pack has not are passed over.
    Headings and other fragments are no sentences here: neither counted nor marked for what they have.
    """
    whole = [None if cut else each for each, cut in zip(readings, fragments(sentences), strict=True)]
    found = [finding for rule in rules for finding in _judged(rule, features, whole)]
    return tuple(sorted(found, key=lambda finding: finding.sentence))


def fragments(sentences: Sequence[Line]) -> list[bool]:
    """Which of them are headings, table cells, items and the like: alone in their paragraph, and without an end mark.

    A model that was taught by sentences says little of them, and a share of sentences should not count them.
    """
    alone = Counter(sentence.block for sentence in sentences)
    return [alone[sentence.block] == 1 and sentence.text[-1:].isalnum() for sentence in sentences]


def _judged(rule: Rule, features: Sequence[Feature], readings: Sequence[Reading | None]) -> Iterator[Finding]:
    index = next((i for i, feature in enumerate(features) if feature.id == rule.feature), None)
    activations = {i: each.activations[index] for i, each in enumerate(readings) if each and index is not None}
    if index is None or not activations:
        return
    name, limit, count = features[index].name, rule.limit, len(activations)
    having = [i for i, activation in activations.items() if activation >= PRESENT]
    missing = 1.0 if activations.get(0, PRESENT) < PRESENT else 0.0  # what the document's beginning could do about it
    if limit.bound == "off":
        for i in having:
            yield Finding(i, rule, _message(rule, f"{name}: off in this project"), -1.0)
    elif limit.bound == "required":
        if not having:
            yield Finding(0, rule, _message(rule, f"{name}: required, but no sentence has it"), missing)
    elif count >= FEWEST:
        percent = 100 * len(having) / count
        message = _message(rule, f"{name}: {_told(percent, limit.percent)} % of the sentences, {limit}")
        if limit.bound == "at least":
            if percent < limit.percent:
                yield Finding(0, rule, message, missing)
        else:
            allowed = math.floor(limit.percent * count / 100 + 1e-9)
            strongest = sorted(having, key=lambda i: (-activations[i], i))
            for i in strongest[: max(0, len(having) - allowed)]:
                yield Finding(i, rule, message, -1.0)


def _message(rule: Rule, figures: str) -> str:
    return f"{figures}." if rule.message is None else f"{rule.message} ({figures}.)"


def _told(percent: float, limit: float) -> str:
    """With as many decimals as it takes to tell it from the limit."""
    for decimals in range(3):
        shown = f"{percent:.{decimals}f}"
        if float(shown) != limit:
            return shown
    return f"{percent:g}"
