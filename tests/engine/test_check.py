"""The check: what is offered did what was asked; what is refused says why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from prism_lsp.engine import check
from prism_lsp.engine.check import Candidate
from prism_lsp.engine.pack import Pack
from prism_lsp.reading import Edit
from tests import tiny

SOURCE = "She came home."
ASK = Edit((("question", 1.0),))


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return tiny.pack(Path(tmp_path_factory.mktemp("pack")))


def candidate(
    text: str, question: float = 1.0, negation: float = 0.0, similar: float = 0.9, fluent: float = 1.0
) -> Candidate:
    return Candidate(text, np.array([question, negation, 0, 0], np.float32), similar, fluent)


def judge(pack: Pack, *candidates: Candidate, edit: Edit = ASK, before: float = 0.0) -> check.Rewrites:
    return check.judge(SOURCE, np.array([before, 0, 0, 0], np.float32), candidates, edit, pack)


def test_a_good_candidate_is_offered_with_its_figures(pack: Pack) -> None:
    (offer,) = judge(pack, candidate("Did she come home?")).rewrites
    assert offer.text == "Did she come home?"
    assert offer.features == {"question": (0.0, 1.0)}
    assert (offer.similarity, offer.fluency) == (0.9, 1.0)


def test_the_best_comes_first_and_side_effects_cost(pack: Pack) -> None:
    found = judge(pack, candidate("Did she not come home?", negation=1.5), candidate("Did she come home?"))
    assert [r.text for r in found.rewrites] == ["Did she come home?", "Did she not come home?"]
    assert found.rewrites[1].features["negation"] == (0.0, 1.5)


@pytest.mark.parametrize(
    ("candidates", "reason"),
    [
        ([], "left the sentence as it is"),
        ([candidate(SOURCE)], "left the sentence as it is"),
        ([candidate("She came home, then.", question=0.3)], "question went from 0.00 to 0.30"),
        ([candidate("Did he leave?", similar=0.2)], "20% of it stayed"),
        ([candidate("Did home she home home?", fluent=0.01)], "fluent"),
        ([candidate("did she come home?")._replace(whole=False)], "well formed"),
    ],
)
def test_a_refusal_says_why(pack: Pack, candidates: list[Candidate], reason: str) -> None:
    found = judge(pack, *candidates)
    assert not found.rewrites
    assert found.refused and reason in found.refused


def test_turning_off_must_end_below_and_have_moved(pack: Pack) -> None:
    off = Edit((("question", -1.0),))
    assert judge(pack, candidate("She did.", question=0.1), edit=off, before=1.0).rewrites
    assert not judge(pack, candidate("Did she?", question=0.6), edit=off, before=1.0).rewrites
    assert not judge(pack, candidate("She did.", question=0.2), edit=off, before=0.3).rewrites


def test_similarity_is_1_for_the_same_and_falls_with_every_word_lost(pack: Pack) -> None:
    z = np.random.default_rng(0).standard_normal(len(pack.mean)).astype(np.float32)
    text = "The old captain came home at noon."

    def of(other: str) -> float:
        return check.similarity(text, other, z, z, ASK, pack)

    assert of(text) == pytest.approx(1.0)
    scores = [of(t) for t in (text, "The old captain came home.", "The captain came.", "Nothing of it.")]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 4


def test_a_fragment_may_stay_a_fragment() -> None:
    assert check.well_formed("and so home", "and not home")
    assert check.well_formed('"Come', '"Go')
    assert check.well_formed("“Come,” she said.", "“Go,” she said.")


@pytest.mark.parametrize("text", ["did she come home?", "Did she come home", '"Did she come home?', "She came home.”"])
def test_what_lost_its_capital_end_or_a_quotation_mark_is_not_whole(text: str) -> None:
    assert not check.well_formed(SOURCE, text)


def test_misspelt_new_words_are_strange() -> None:
    def strange(source: str, text: str) -> list[str]:
        return check.strange_words(source, text, lambda word: len(word) // 3)

    assert strange("He could watch.", "He could't watch.") == ["could't"]
    assert strange("He indulged.", "He indulished and couldn't, she'll, they’re; the boys' o'clock.") == ["indulished"]
    assert strange("He indulged in Wickets.", "He indulges in Wicketkeeper's wickets.") == []
    assert strange("Zanzibarian fish.", "A zanzibarian fish is good.") == []
