"""What rules find in readings: which sentences are marked, and what is said."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from prism_lsp.findings import FEWEST, Finding, fragments, judge
from prism_lsp.prose import Sentence, sentences
from prism_lsp.reading import Feature, Reading
from prism_lsp.rules import Rule, limit

FEATURES = (
    Feature("passive", "Passive voice", "verb", ""),
    Feature("dialogue", "Dialogue", "narration", ""),
)


def rule(words: str, feature: str = "passive", message: str | None = None) -> Rule:
    found = limit(words)
    assert found is not None
    return Rule(feature, found, message=message)


def reading(passive: float, dialogue: float = 0.0) -> Reading:
    return Reading((passive, dialogue), (0.0, 0.0))


def page(*passive: float, count: int = 20) -> list[Reading | None]:
    """So many sentences; the first have these activations, the others none."""
    return [*map(reading, passive), *(reading(0.0) for _ in range(count - len(passive)))]


def found(rules: list[Rule], readings: Sequence[Reading | None], texts: Sequence[str] = ()) -> tuple[Finding, ...]:
    """What the rules find; every sentence is a paragraph."""
    texts = texts or ["It was."] * len(readings)
    lines = [Sentence(0, 0, text, (), block) for block, text in enumerate(texts)]
    return judge(rules, FEATURES, lines, readings)


def marked(rule: Rule, readings: list[Reading | None]) -> list[int]:
    return [finding.sentence for finding in found([rule], readings)]


def test_off_marks_every_sentence_that_has_it() -> None:
    marks = found([rule("off")], [reading(0.0), reading(0.5), reading(0.49), reading(2.0)])
    assert [finding.sentence for finding in marks] == [1, 3]
    assert {finding.message for finding in marks} == {"Passive voice: off in this project."}
    assert all(finding.amount == -1 for finding in marks)


def test_at_most_marks_as_many_as_are_too_many_the_strongest_first() -> None:
    readings = page(0.6, 0.9, 0.7, 1.4, count=20)
    marks = found([rule("at most 10%")], readings)
    assert [finding.sentence for finding in marks] == [1, 3]
    assert {finding.message for finding in marks} == {"Passive voice: 20 % of the sentences, at most 10 %."}
    for finding in marks:
        readings[finding.sentence] = reading(0.0)
    assert marked(rule("at most 10%"), readings) == []


def test_of_equally_strong_ones_the_first_are_marked() -> None:
    assert marked(rule("at most 10%"), page(1, 1, 1, 1, count=20)) == [0, 1]


@pytest.mark.parametrize(
    ("percent", "having", "count"), [("7", 7, 100), ("29", 29, 100), ("7.5", 3, 40), ("57", 57, 100)]
)
def test_a_share_that_is_just_allowed_is_allowed(percent: str, having: int, count: int) -> None:
    assert marked(rule(f"at most {percent}%"), page(*[1.0] * having, count=count)) == []
    assert marked(rule(f"at least {percent}%"), page(*[1.0] * having, count=count)) == []
    assert len(marked(rule(f"at most {percent}%"), page(*[1.0] * (having + 1), count=count))) == 1
    assert len(marked(rule(f"at least {percent}%"), page(*[1.0] * (having - 1), count=count))) == 1


def test_at_least_and_required_mark_the_beginning() -> None:
    readings = page(0, 1, count=20)
    [finding] = found([rule("at least 20%")], readings)
    assert (finding.sentence, finding.amount) == (0, 1)
    assert finding.message == "Passive voice: 5 % of the sentences, at least 20 %."
    [finding] = found([rule("required", "dialogue")], readings)
    assert (finding.sentence, finding.amount) == (0, 1)
    assert finding.message == "Dialogue: required, but no sentence has it."
    assert marked(rule("required"), readings) == []


def test_where_the_beginning_has_it_or_cannot_be_read_nothing_there_would_help() -> None:
    for first in (reading(1), None):
        [finding] = found([rule("at least 20%")], [first, *page(count=20)])
        assert (finding.sentence, finding.amount) == (0, 0)


def test_headings_and_other_fragments_do_not_count() -> None:
    texts = ["Of Being Opened", *(f"It was {i}." for i in range(10)), "Opened by Ishmael"]
    readings = [reading(2), *page(1, count=10), reading(2)]
    assert [finding.sentence for finding in found([rule("off")], readings, texts)] == [1]
    assert found([rule("at most 10%")], readings, texts) == ()
    assert found([rule("at most 10%")], readings[:-2], texts[:-2]) == (), "nine sentences are too few"
    [finding] = found([rule("at least 20%")], readings, texts)
    assert (finding.sentence, finding.amount) == (0, 0), "told at the heading, which nobody should rewrite"
    assert finding.message.startswith("Passive voice: 10 %")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("# Of Whales\n\nThey swim.", [True, False]),
        ("- salt\n- It is wet.\n", [True, False]),
        ("He said: “No”\n\nThey swim. So do I", [False, False, False]),
    ],
)
def test_what_is_a_fragment(text: str, count: list[bool]) -> None:
    assert fragments(sentences(text, "markdown")) == count


def test_short_documents_are_not_told_percentages() -> None:
    for words in ("at most 0%", "at least 100%"):
        assert marked(rule(words), page(1, count=FEWEST - 1)) == []
        assert marked(rule(words), page(1, count=FEWEST)) == [0]
    assert marked(rule("off"), page(1, count=1)) == [0]
    assert marked(rule("required", "dialogue"), page(1, count=1)) == [0]


def test_a_share_never_looks_like_the_limit_it_breaks() -> None:
    [finding, *_] = found([rule("at most 10%")], page(*[1.0] * 21, count=200))
    assert finding.message == "Passive voice: 10.5 % of the sentences, at most 10 %."
    [finding] = found([rule("at least 33.3%")], page(*[1.0] * 333, count=1001))
    assert finding.message == "Passive voice: 33 % of the sentences, at least 33.3 %."


def test_a_message_of_ones_own_comes_first() -> None:
    [finding] = found([rule("off", message="Say who did it.")], [reading(1)])
    assert finding.message == "Say who did it. (Passive voice: off in this project.)"


def test_findings_come_in_text_order() -> None:
    marks = found([rule("off"), rule("off", "dialogue")], [reading(0, 1), reading(1, 1)])
    assert [(finding.sentence, finding.rule.feature) for finding in marks] == [
        (0, "dialogue"),
        (1, "passive"),
        (1, "dialogue"),
    ]


def test_nothing_is_found_in_nothing_nor_by_a_rule_for_what_nobody_knows() -> None:
    assert marked(rule("required"), []) == marked(rule("required"), [None]) == []
    assert marked(rule("off", "salt"), page(1)) == []
