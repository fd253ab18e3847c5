"""The labelled boundaries, and how splitters are scored on them."""

from __future__ import annotations

from collections import Counter

import pytest

from benchmarks.split import (
    KINDS,
    SPLITTERS,
    Outcome,
    Paragraph,
    Place,
    counts,
    curly,
    exact,
    f1,
    outcome,
    paragraphs,
    unquoted,
)

TEXT = '"Stop! Go." He went--No.'
PLACES = [
    Place(6, 7, True, "dialogue-inside"),
    Place(11, 12, True, "speech-tag"),
    Place(19, 21, True, "dash"),
]
PARAGRAPH = Paragraph("dev", "none", TEXT, PLACES)


def test_labels_stand_where_a_sentence_might_end() -> None:
    labelled = paragraphs()
    assert len({p.source for p in labelled}) == len(labelled)
    for p in labelled:
        assert p.part in ("dev", "test")
        assert p.places
        assert all(before.end <= behind.start for before, behind in zip(p.places, p.places[1:], strict=False))
        for place in p.places:
            assert 0 < place.start <= place.end < len(p.text)
            assert place.kind in KINDS
            assert not p.text[place.start : place.end].strip(" \n—-")
            assert not p.text[place.end].isspace()


def test_there_are_enough_labels_of_both_sorts_and_no_book_is_in_both_parts() -> None:
    labelled = paragraphs()
    for part, least in (("dev", 300), ("test", 700)):
        sorts = Counter(place.boundary for p in labelled if p.part == part for place in p.places)
        assert sorts.total() >= least
        assert 0.4 < sorts[True] / sorts.total() < 0.6

    def books(part: str) -> set[str]:
        sources = [p.source.split("/")[0] for p in labelled if p.part == part]
        return {source[:8] if source.startswith("brown") else source for source in sources}

    assert not books("dev") & books("test")


def test_prism_splits_better_than_its_peers_on_the_part_that_may_be_looked_at() -> None:
    dev = [p for p in paragraphs() if p.part == "dev"]
    total = {}
    for name, splitter in SPLITTERS.items():
        rows = [counts(p, outcome(p, splitter(p.text))) for p in dev]
        total[name] = f1(*(sum(column) for column in zip(*rows, strict=True)))
    assert total["Prism"] > 0.95
    assert total["Prism"] > max(total["sentencex"], total["pySBD"]) + 0.2


def test_a_cut_counts_at_its_place_and_as_wrong_elsewhere() -> None:
    assert outcome(PARAGRAPH, [(6, 7), (18, 21)]) == Outcome([True, False, True], 0)
    done = outcome(PARAGRAPH, [(6, 7), (14, 15)])
    assert done == Outcome([True, False, False], 1)
    assert counts(PARAGRAPH, done) == (1, 1, 2)
    assert counts(PARAGRAPH, done, unquoted) == (0, 0, 2)
    assert not exact(PARAGRAPH, done)
    assert exact(PARAGRAPH, Outcome([True, True, True], 0))


def test_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    assert f1(2, 1, 2) == pytest.approx(2 * (2 / 3) * 0.5 / (2 / 3 + 0.5))
    assert f1(0, 3, 0) == 0


def test_marks_are_made_curly_in_place() -> None:
    assert curly("\"'Tis,\" he said--\"don't.\" 'No--' \"'Yes.'\"") == "“‘Tis,” he said--“don’t.” ‘No--’ “‘Yes.’”"
    assert curly('"Yes." "No."', "‘’") == "‘Yes.’ ‘No.’"
