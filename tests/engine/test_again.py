"""Reading again in stages: the same outcome as with everything measured, and no layer that nobody asked for."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from prism_lsp.engine import check
from prism_lsp.engine.again import Again
from prism_lsp.engine.local import LocalEngine
from prism_lsp.reading import Edit, Rewrites
from tests import tiny

WORDS = ["The", "quick", "fox", "was", "not", "there", "when", "it", "came,", "and", "question"]


@pytest.fixture(scope="module", params=[False, True], ids=["float32", "int8"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LocalEngine:
    return tiny.engine(Path(tmp_path_factory.mktemp("tiny")), request.param)


def unstaged(engine: LocalEngine, source: str, texts: Sequence[str], edit: Edit) -> Rewrites:
    """The check with everything measured on everything."""
    texts = [source, *(text for text in texts if text and text != source)]
    latents, scores, surprise = engine.measure(texts)
    found = [
        check.Candidate(
            text,
            scores[i],
            check.likeness(source, text, latents[0], latents[i], edit, engine.pack),
            float(surprise[i] - surprise[0]),
            engine.likelihoods(source, edit, [text])[0],
            check.whole(source, text, edit, engine.pack, engine.pieces),
        )
        for i, text in enumerate(texts)
        if i
    ]
    return check.judge(source, scores[0], found, edit, engine.pack)


def edited(dice: random.Random, words: Sequence[str]) -> str:
    """A sentence with a word or two changed, sometimes broken in its looks."""
    changed = list(words)
    for _ in range(dice.randint(1, 2)):
        at = dice.randrange(len(changed))
        changed[at : at + 1] = dice.choice(([dice.choice(WORDS)], [changed[at], dice.choice(WORDS)], []))
        changed = changed or ["It"]
    return " ".join(changed) + dice.choice((".", ".", ".", "", '."'))


def same(found: Rewrites, expected: Rewrites) -> bool:
    assert found.refused == expected.refused
    assert [rewrite.text for rewrite in found.rewrites] == [rewrite.text for rewrite in expected.rewrites]
    for a, b in zip(found.rewrites, expected.rewrites, strict=True):
        assert (a.similarity, a.fluency) == pytest.approx((b.similarity, b.fluency), abs=2e-3)
        assert a.features.keys() == b.features.keys()
    return bool(found.rewrites)


def test_stages_offer_and_refuse_what_measuring_everything_does(engine: LocalEngine) -> None:
    dice, offers, reasons = random.Random(0), 0, set()
    for _ in range(60):
        words = dice.choices(WORDS, k=dice.randint(4, 16))
        source, texts = " ".join(words) + ".", [edited(dice, words) for _ in range(dice.randint(1, 6))]
        features = dice.sample(tiny.FEATURES, dice.randint(1, 2))
        edit = Edit(tuple((feature.id, dice.choice((-1.0, 1.0))) for feature in features))
        found = engine._judge(source, texts, edit, lambda: None)
        offers += same(found, unstaged(engine, source, texts, edit))
        reasons.add((found.refused or "offered")[:18])
    assert offers
    assert len(reasons) >= 3  # so that every stage was the last one for somebody


def test_nothing_is_read_higher_than_asked(engine: LocalEngine) -> None:
    engine.measure(["The fox."])  # makes the layers
    steps = list[int]()
    again = Again(engine.reader, engine.head, ["The fox.", "It was not there.", "When?"], lambda: steps.append(1))
    again.probed(range(3))
    assert len(steps) == max(tiny.PROBED)
    again.latents([0, 2])
    assert len(steps) == max(tiny.PROBED)  # the latent is not above the probes here
    again.surprise([0, 2])
    assert len(steps) <= tiny.CONFIG.num_hidden_layers + 2
    again.surprise([2, 0])
    assert not [key for key in again._seen if key == (tiny.CONFIG.num_hidden_layers, 1)]


def test_a_text_left_behind_can_still_be_lifted(engine: LocalEngine) -> None:
    texts = ["The fox.", "It was not there.", "When the question came, the fox was not there."]
    surprise = engine.measure(texts)[2]
    again = Again(engine.reader, engine.head, texts, lambda: None)
    found = [float(again.surprise([place])[0]) for place in (1, 0, 2)]
    assert found == pytest.approx([surprise[1], surprise[0], surprise[2]], abs=1e-4)
