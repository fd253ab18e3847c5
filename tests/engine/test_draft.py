"""What is guessed about how a rewrite goes on."""

from __future__ import annotations

from prism_lsp.engine.draft import FIRST, MOST, departures, draft, guesses, leash

SOURCE = [*range(10, 40)]


def test_the_first_guess_is_how_the_source_begins() -> None:
    assert draft(SOURCE, []) == SOURCE[:FIRST]


def test_a_text_that_copies_is_guessed_to_copy_on_the_farther_the_longer_it_did() -> None:
    assert draft(SOURCE, [99, 14]) == SOURCE[5:8]
    assert draft(SOURCE, [99, 14, 15, 16, 17]) == SOURCE[8:16]
    assert draft(SOURCE, SOURCE[:12]) == SOURCE[12 : 12 + MOST]


def test_of_two_like_places_the_nearer_one_is_meant() -> None:
    assert draft([1, 7, 2, 3, 4, 5, 7, 6], [9, 9, 9, 9, 9, 7]) == [6]


def test_a_text_that_goes_round_in_circles_is_guessed_to_go_on() -> None:
    assert draft(SOURCE, [1, 2, 3, 1, 2, 3, 1, 2, 3]) == [1, 2, 3] or draft(SOURCE, [1, 2, 3, 1, 2, 3])[0] == 1


def test_nothing_is_guessed_behind_a_word_that_the_source_lacks_or_its_last() -> None:
    assert draft(SOURCE, [10, 99]) == []
    assert draft(SOURCE, SOURCE) == []


def test_a_text_strays_when_it_leaves_its_source_again_and_again() -> None:
    new = range(100, 200)
    mixed = [token for pair in zip(SOURCE, new, strict=False) for token in pair]
    for text, strays in ((SOURCE, False), ([*new[:20], *SOURCE], False), ([*new[:40]], True), (mixed, True)):
        assert (departures(SOURCE, text)[1] > leash(SOURCE)) is strays


def test_departures_are_the_same_counted_in_pieces() -> None:
    text = [10, 11, 99, 13, 14, 15, 98, 97, 20, 21, 10, 11]
    for cut in range(len(text)):
        assert departures(SOURCE, text, *departures(SOURCE, text[:cut])) == departures(SOURCE, text)


def test_another_candidate_that_said_the_same_is_a_guess_too() -> None:
    assert guesses(SOURCE, [10, 99], [[10, 99, 98, 97], [10, 11]]) == [[98, 97]]
    assert guesses(SOURCE, [10, 11], [[10, 11, 98]]) == [draft(SOURCE, [10, 11]), [98]]
    assert guesses(SOURCE, [99], [[10, 11]]) == []
