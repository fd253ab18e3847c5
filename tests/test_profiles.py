"""What stands out, against hand-made readings of ordinary and other prose."""

from __future__ import annotations

import math
import random

import pytest

from prism_lsp.document import Document
from prism_lsp.opened import Split
from prism_lsp.profiles import Profiles, direction, gamma_tail, likeness, more_than, scale, standing_out
from prism_lsp.prose import Sentence
from prism_lsp.reading import Feature, Reading
from prism_lsp.readings import Readings, packed

FEATURES = (
    Feature("past-tense", "Past tense", "verb", "", density=0.47),
    Feature("question", "Question", "sentence", "", density=0.04),
    Feature("dialogue", "Dialogue", "narration", "", density=0.1),
)


def reading(*activations: float, percentiles: tuple[float, ...] | None = None) -> Reading:
    return Reading(activations, percentiles or tuple(0.99 if a else 0.0 for a in activations))


def compare(one: Reading, other: Reading) -> float:
    scales = scale(FEATURES)
    return likeness(direction(one.activations, scales), direction(other.activations, scales))


def test_a_sentence_is_most_like_itself() -> None:
    assert compare(reading(1.0, 0.4, 0.0), reading(1.0, 0.4, 0.0)) == pytest.approx(1)


def test_a_rare_feature_makes_sentences_more_alike_than_a_common_one() -> None:
    both_ask = compare(reading(1.0, 1.0, 0.0), reading(0.0, 1.0, 0.0))
    both_past = compare(reading(1.0, 1.0, 0.0), reading(1.0, 0.0, 0.0))
    assert both_ask > 0.7 > both_past


def test_what_is_stronger_than_strong_makes_no_difference() -> None:
    assert compare(reading(0.0, 2.0, 0.0), reading(0.0, 9.0, 0.0)) == pytest.approx(1)


def test_features_whose_density_is_unknown_are_taken_for_rare() -> None:
    assert scale([Feature("x", "X", "tone", "")]) == [(0.02, math.sqrt(0.02 * 0.98))]


def test_the_gamma_distribution() -> None:
    for shape, value in [(1, 0.5), (1, 3.0), (4, 8.0), (10, 16.0), (10, 5.0), (40, 60.0)]:
        exact = math.exp(-value) * sum(value**k / math.factorial(k) for k in range(shape))
        assert gamma_tail(shape, value) == pytest.approx(exact, abs=0.006)
    assert gamma_tail(5000, 5000.0) == pytest.approx(0.5, abs=0.01)
    assert gamma_tail(5000, 8000.0) < 1e-9
    assert gamma_tail(1, 0.0) == pytest.approx(1, abs=0.01)


def test_in_ordinary_prose_half_a_feature_stands_out_in_a_paragraph() -> None:
    numbers = random.Random(1)
    features = [Feature(str(number), "", "tone", "", density=0.5) for number in range(20)]
    found = 0
    for _ in range(300):
        ranks = [[numbers.random() for _ in features] for _ in range(numbers.randrange(2, 9))]
        paragraph = [Reading(tuple(float(rank >= 0.5) for rank in ranks_), tuple(ranks_)) for ranks_ in ranks]
        found += len(standing_out(features, paragraph))
    assert 0.35 < found / 300 < 0.65


def test_what_stands_out_is_told_with_the_least_likely_first() -> None:
    past, ask = (
        reading(1.0, 0.0, 0.0, percentiles=(0.6, 0.0, 0.0)),
        reading(1.0, 1.0, 0.0, percentiles=(0.6, 0.97, 0.0)),
    )
    found = standing_out(FEATURES, [past, ask, ask, past])
    assert [(FEATURES[one.feature].id, one.present) for one in found] == [("question", 2)]
    assert [FEATURES[one.feature].id for one in standing_out(FEATURES, [reading(1.0, 1.0, 0.0)] * 9)][:2] == [
        "past-tense",
        "question",
    ]


def test_what_is_hidden_or_nowhere_present_does_not_stand_out() -> None:
    strong = reading(0.4, 1.0, 0.0)
    assert [one.feature for one in standing_out(FEATURES, [strong] * 5)] == [1]
    assert standing_out(FEATURES, [strong] * 5, ["question"]) == []
    assert standing_out((), [Reading((), ())]) == standing_out(FEATURES, []) == []


def test_how_far_a_part_lies_above_the_rest() -> None:
    assert more_than(50, 100, 0.5) == 0
    assert more_than(20, 100, 0.1) == pytest.approx(10 / 3)
    assert more_than(0, 0, 0.1) == 0
    assert math.isfinite(more_than(5, 5, 1.0)) and math.isfinite(more_than(5, 5, 0.0))


async def test_profiles_are_made_once_and_anew_for_other_features() -> None:
    readings = Readings()
    readings.put({"Why?": packed(reading(0.2, 1.0, 0.0))}, 10)
    document = Document("file:///a", 1, "plaintext", "Why? No.")
    split = Split(document, [Sentence(0, 4, "Why?", range(4), 0), Sentence(5, 8, "No.", range(5, 8), 0)], [0, 5])
    profiles = Profiles(readings)
    first, unread = await profiles.all(FEATURES, split)
    assert first is not None and first.present == (1,) and unread is None
    assert profiles.of(FEATURES, "Why?") is first
    assert profiles.of(tuple(FEATURES[:2]), "Why?") is not first
