"""A project's own concepts in the engine: fitted from their pairs, kept, and read and moved like those that ship."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch

from prism_lsp.concept_file import Concept, Pair
from prism_lsp.engine import concepts, ordinary, project
from prism_lsp.engine.local import LocalEngine
from prism_lsp.engine.probes import Pool
from prism_lsp.reading import Edit, EngineError

PROSE = [f"The {a} {b} was {c} there." for a in ("old", "red", "quick") for b in ("fox", "cart", "hen", "quill") for c in ("not", "once", "seen")]  # fmt: skip
PAIRS = tuple(Pair(text, text.replace(" was", " zzz was"), "") for text in PROSE[:24:2])
ZZZ = Concept("zzz", "Zzz", "project1", "It buzzes.", "More: Zzz", "Less: Zzz", PAIRS)


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LocalEngine:
    monkeypatch.setattr(ordinary, "cache", lambda: tmp_path / "cache")
    monkeypatch.setattr(ordinary, "texts", lambda: PROSE)
    return tiny.engine(tmp_path)


def test_a_concept_stands_behind_the_packs_features_and_changes_none_of_them(engine: LocalEngine) -> None:
    before = engine.read(PROSE[:3])
    assert engine.fit([ZZZ]) == []
    engine.adopt([ZZZ])
    assert [feature.id for feature in engine.features] == [*(feature.id for feature in tiny.FEATURES), "zzz"]
    added = engine.features[-1]
    assert (added.kind, added.family, added.on, added.off) == ("project", "project1", "More: Zzz", "Less: Zzz")
    after = engine.read(PROSE[:3])
    count = len(tiny.FEATURES)
    np.testing.assert_allclose([r.activations[:count] for r in after], [r.activations for r in before], atol=1e-5)
    assert [r.percentiles[:count] for r in after] == [r.percentiles for r in before]
    engine.adopt([])
    assert engine.read(PROSE[:3]) == before


def test_it_finds_in_other_sentences_what_its_pairs_have(engine: LocalEngine) -> None:
    engine.adopt([ZZZ])
    others = PROSE[1::2]
    has, lacks = (engine.scores(texts)[0][:, -1] for texts in ([t.replace(" was", " zzz was") for t in others], others))
    assert concepts.auroc(has, lacks) > 0.9


def test_every_words_share_adds_up_to_the_activation(engine: LocalEngine) -> None:
    engine.adopt([ZZZ])
    text = PAIRS[0].with_
    (reading,), (score, _, _) = engine.read([text], evidence=True), engine.scores([text])
    assert reading.evidence is not None
    bias = engine.pack.probes.bias[-1]
    assert sum(share.share for share in reading.evidence[-1]) + bias == pytest.approx(score[0, -1], abs=1e-4)


def test_a_rewrite_can_be_asked_for(engine: LocalEngine) -> None:
    engine.adopt([ZZZ])
    assert engine.delta(Edit((("zzz", 1.0),))).abs().sum() > 0
    result = engine.rewrite(PROSE[0], Edit((("zzz", 1.0),)), candidates=2)
    assert result.rewrites or result.refused


def test_a_concept_is_fitted_once(engine: LocalEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    first = engine.fit([ZZZ])
    monkeypatch.setattr(project.Fitter, "fit", lambda *_: pytest.fail("it was fitted again"))
    assert engine.fit([ZZZ._replace(name="Bzz", family="tone")]) == first
    engine.adopt([ZZZ])
    with pytest.raises(pytest.fail.Exception):
        engine.fit([ZZZ._replace(pairs=PAIRS[1:])])


@pytest.mark.parametrize("damage", [lambda path: path.write_bytes(b"no"), lambda path: path.unlink()])
def test_a_damaged_cache_is_made_anew(engine: LocalEngine, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    engine.adopt([ZZZ])
    before = engine.read(PROSE)
    files = list((tmp_path / "cache").rglob("*.safetensors"))
    assert len(files) == 2
    for path in files:
        damage(path)
    engine.adopt([ZZZ])
    np.testing.assert_allclose([r.activations for r in engine.read(PROSE)], [r.activations for r in before], atol=1e-3)


def test_old_fits_are_deleted(engine: LocalEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "KEPT", 2)
    for count in (5, 6, 7):
        engine.fit([ZZZ._replace(pairs=PAIRS[:count])])
    assert len(list((tmp_path / "cache" / "concepts").iterdir())) == 2


def test_an_id_that_the_pack_has_is_refused_and_the_others_stay(engine: LocalEngine) -> None:
    taken = ZZZ._replace(id="question")
    assert engine.fit([taken, ZZZ]) == [("question", "The pack tiny has a concept “question” already: rename yours.")]
    engine.adopt([taken, ZZZ])
    assert [feature.id for feature in engine.features].count("question") == 1
    assert engine.features[-1].id == "zzz"


def test_a_fit_that_is_cancelled_changes_nothing(engine: LocalEngine) -> None:
    def step() -> None:
        raise EngineError("The request was cancelled.", "cancelled")

    with pytest.raises(EngineError, match="cancelled"):
        engine.fit([ZZZ], step)
    assert engine.features == tiny.FEATURES


def test_scores_without_padding_are_the_pools(engine: LocalEngine) -> None:
    engine.adopt([ZZZ])
    read = ordinary.read(engine.reader, PROSE)
    probes = engine.pack.probes
    row = probes._replace(**{name: getattr(probes, name)[1:2] for name in ("value", "key", "mean", "bias")})
    states = torch.zeros(len(PROSE), int(read.counts.max()), read.states.shape[1])
    for at, some in enumerate(np.split(read.states, np.cumsum(read.counts)[:-1])):
        states[at, : len(some)] = torch.from_numpy(some)
    pool = Pool(row)
    expected = pool.scores(pool.parts(states, torch.from_numpy(read.counts)))[:, 0]
    np.testing.assert_allclose(project.scores(row, read), expected, atol=1e-3)


def test_present_cuts_between_the_pairs_but_never_half_of_prose() -> None:
    draw = np.random.default_rng(0)

    def of(values: np.ndarray) -> ordinary.Sentences:
        """Sentences of one token whose state is one number."""
        return ordinary.Sentences(values[:, None].astype(np.float32), np.ones(len(values), np.int64), values[:, None])

    prose = of(draw.standard_normal(1000))
    one, zero = np.ones((1, 1), np.float32), np.zeros((1, 1), np.float32)
    probe = project.Probes(np.zeros(1, np.float32), zero, zero, one, np.zeros(1, np.float32))
    for middle, share in ((1.0, 0.16), (-2.0, 0.5), (9.0, 0.02)):
        pairs = of(np.array([middle + 1, middle - 1] * 4))
        found = project.scores(project.placed(probe, pairs, prose), prose)
        assert (found >= 0.5).mean() == pytest.approx(share, abs=0.03)
        assert np.median(found[found >= 0.5]) == pytest.approx(1, abs=0.01)


def test_quantiles_are_of_the_sentences_nearest_in_length() -> None:
    counts = np.repeat([4, 40], project.NEAREST)
    found = np.where(counts == 4, 0.0, 1.0).astype(np.float32)
    table = project.quantiles(found, counts, np.array([4.0, 40.0], np.float32), 5)
    assert table.tolist() == [[0.0] * 5, [1.0] * 5]
