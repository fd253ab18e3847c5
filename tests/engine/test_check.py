"""The check: what is offered did what was asked; what is refused says why."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from prism_lsp.engine import check, trust
from prism_lsp.engine.check import Candidate
from prism_lsp.engine.pack import Pack
from prism_lsp.engine.trust import GROUPS, Trust
from prism_lsp.reading import Edit, EngineError
from tests import tiny

SOURCE = "She came home."
ASK = Edit((("question", 1.0),))


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return tiny.pack(Path(tmp_path_factory.mktemp("pack")))


def candidate(
    text: str, question: float = 1.0, negation: float = 0.0, similar: float = 0.9, fluent: float = 1.0
) -> Candidate:
    return Candidate(text, np.array([question, negation, 0, 0], np.float32), (similar,) * 3, -float(np.log(fluent)))


def judge(pack: Pack, *candidates: Candidate, edit: Edit = ASK, before: float = 0.0) -> check.Rewrites:
    return check.judge(SOURCE, np.array([before, 0, 0, 0], np.float32), candidates, edit, pack)


def test_a_good_candidate_is_offered_with_its_figures(pack: Pack) -> None:
    (offer,) = judge(pack, candidate("Did she come home?")).rewrites
    assert offer.text == "Did she come home?"
    assert offer.features == {"question": (0.0, 1.0)}
    assert (offer.similarity, offer.fluency) == (pytest.approx(0.9), 1.0)


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
        ([candidate("Did he leave?", similar=0.2)], "20% of the meaning stayed"),
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
        kept = check.likeness(text, other, z, z, ASK, pack)
        return Candidate(other, z, kept, 0.0).similarity

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


def test_a_name_or_a_number_may_only_go_when_the_edit_is_about_it(pack: Pack) -> None:
    assert check.lost("Then Captain Ahab counted 12 whales.", "Ahab counted whales, the Captain.") == ["12"]
    assert check.lost("In May Anna's boat sank.", "Anna lost her boat in May.") == []
    assert check.lost("I think I know.", "He knows.") == []

    def whole(family: str) -> bool:
        question = pack.features[0]._replace(id="question", family=family)
        about = pack._replace(features=(question, *pack.features[1:]))
        return check.whole("Then Ahab ran.", "Then he ran.", ASK, about, lambda word: 1)

    assert not whole("sentence")
    assert whole("topic")


def test_a_feature_must_move_and_end_on_the_right_side(pack: Pack) -> None:
    question, formal = pack.row("question"), pack.row("formal")  # steps of 1, own pairs from .5 on, 0 without
    assert check.reached(-0.2, 0.6, 1.0, question, pack)
    assert not check.reached(-0.2, 0.4, 1.0, question, pack)  # it still lacks it
    assert not check.reached(0.4, 0.6, 1.0, question, pack)  # it hardly moved
    assert check.reached(0.9, 0.3, -1.0, question, pack)
    assert not check.reached(0.9, 0.4, -1.0, question, pack)
    assert check.reached(-3.0, -2.5, 1.0, formal, pack)  # a matter of degree: a step is enough
    assert not check.reached(-3.0, -2.7, 1.0, formal, pack)
    weak = pack._replace(marks=np.tile(np.array([1.0, -0.4, -1.0], np.float32), (4, 1)))
    assert check.reached(-1.5, -0.3, 1.0, question, weak)  # its own examples read no higher


def test_half_way_is_reached_by_half_the_step(pack: Pack) -> None:
    row = pack.row("question")
    assert check.reached(0.0, 0.21, 0.5, row, pack)
    assert not check.reached(0.0, 0.19, 0.5, row, pack)
    assert check.reached(1.0, 0.79, -0.5, row, pack)


TRUST = Trust((4.0, 4.0, 4.0, -1.0, 0.5, 0.0, -1.0), dict.fromkeys(GROUPS, -8.0), dict.fromkeys(GROUPS, 0.7))


def test_a_pack_that_was_taught_by_readers_offers_what_they_would(pack: Pack) -> None:
    taught = pack._replace(trust=TRUST)
    found = judge(taught, candidate("Did she leave?", similar=0.7), candidate("Did she come?", similar=0.95))
    assert [r.text for r in found.rewrites] == ["Did she come?", "Did she leave?"]
    refused = judge(taught, candidate("Was it?", similar=0.6))
    assert refused.refused and "likely enough to be good (at best 60%" in refused.refused


def test_a_fader_prefers_what_ends_where_it_stands(pack: Pack) -> None:
    found = judge(pack, candidate("Much more?", 1.6), candidate("A little?", 0.5), edit=Edit((("question", 0.5),)))
    assert [r.text for r in found.rewrites] == ["A little?", "Much more?"]


def test_trust_is_kept_in_the_pack_as_numbers(tmp_path: Path) -> None:
    trust.save(tmp_path / "check.json", TRUST)
    assert trust.load(tmp_path / "check.json") == TRUST
    assert trust.load(tmp_path / "none.json") is None
    (tmp_path / "check.json").write_text('{"weights": {}}')
    with pytest.raises(EngineError, match="cannot be read"):
        trust.load(tmp_path / "check.json")


def test_the_group_with_the_looser_rule_decides_for_several(pack: Pack) -> None:
    of = {family: pack.features[0]._replace(family=family) for family in ("verb", "tone", "topic")}
    assert trust.group_of([of["verb"]]) == "grammar"
    assert trust.group_of([of["topic"], of["verb"]]) == "topic"
    assert trust.group_of([of["tone"]._replace(family="project1")]) == "other"
