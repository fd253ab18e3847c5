"""What a project's rules find in a document that has been read. The same for the editor and the command line."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

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
    present: bool
    """Whether the sentence has the feature: what would help is to turn it off, else on."""


def judge(
    rules: Sequence[Rule], features: Sequence[Feature], readings: Sequence[Reading | None]
) -> tuple[Finding, ...]:
    """What the rules find, in text order. `readings`: one a sentence, None where it could not be read.

    `off` marks every sentence that has the feature. `at most` marks as many as are too many, the strongest first, so
    that the document keeps the rule once these are changed. `at least` and `required` are about the whole document:
    they mark its first sentence, which often is its heading. Rules for features that the pack has not are passed over.
    """
    found = [finding for rule in rules for finding in _judged(rule, features, readings)]
    return tuple(sorted(found, key=lambda finding: finding.sentence))


def _judged(rule: Rule, features: Sequence[Feature], readings: Sequence[Reading | None]) -> Iterator[Finding]:
    index = next((i for i, feature in enumerate(features) if feature.id == rule.feature), None)
    activations = [(i, each.activations[index]) for i, each in enumerate(readings) if each and index is not None]
    if index is None or not activations:
        return
    name, limit, count = features[index].name, rule.limit, len(activations)
    having = [(i, activation) for i, activation in activations if activation >= PRESENT]
    first, strength = activations[0]
    if limit.bound == "off":
        for i, _ in having:
            yield Finding(i, rule, _message(rule, f"{name}: off in this project"), True)
    elif limit.bound == "required":
        if not having:
            yield Finding(first, rule, _message(rule, f"{name}: required, but no sentence has it"), False)
    elif count >= FEWEST:
        percent = 100 * len(having) / count
        message = _message(rule, f"{name}: {_told(percent, limit.percent)} % of the sentences, {limit}")
        if limit.bound == "at least":
            if percent < limit.percent:
                yield Finding(first, rule, message, strength >= PRESENT)
        else:
            allowed = math.floor(limit.percent * count / 100 + 1e-9)
            strongest = sorted(having, key=lambda each: (-each[1], each[0]))
            for i, _ in strongest[: max(0, len(having) - allowed)]:
                yield Finding(i, rule, message, True)


def _message(rule: Rule, figures: str) -> str:
    return f"{figures}." if rule.message is None else f"{rule.message} ({figures}.)"


def _told(percent: float, limit: float) -> str:
    """With as many decimals as it takes to tell it from the limit."""
    for decimals in range(3):
        shown = f"{percent:.{decimals}f}"
        if float(shown) != limit:
            return shown
    return f"{percent:g}"
