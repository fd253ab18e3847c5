"""Where an edit aims: the arithmetic of readouts, translation and descent on made linear cases, and the engine's switch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from prism_lsp.engine import modes
from prism_lsp.engine.local import LocalEngine
from prism_lsp.engine.modes import Aim, Readout
from prism_lsp.reading import Edit
from tests import tiny

SIZE, FEATURES = 12, 4


@pytest.fixture
def draw() -> np.random.Generator:
    return np.random.default_rng(3)


@pytest.fixture
def made(draw: np.random.Generator) -> Readout:
    """A readout of four features from twelve numbers, whose latents lie about 5 from their mean."""
    weight = draw.standard_normal((FEATURES, SIZE)).astype(np.float32) / 5
    return Readout(weight, np.array([0.1, -1, 0.5, 0], np.float32), draw.standard_normal(SIZE).astype(np.float32), 5.0)


def test_ridge_finds_a_linear_map_and_shrinks_it(draw: np.random.Generator) -> None:
    latents = draw.standard_normal((400, SIZE)).astype(np.float32) + 3
    weight = draw.standard_normal((FEATURES, SIZE)).astype(np.float32)
    scores = latents @ weight.T - 2
    found = modes.fit(latents, scores, 1e-6)
    np.testing.assert_allclose(found.weight, weight, atol=1e-3)
    np.testing.assert_allclose(found.of(latents), scores, atol=1e-2)
    shrunk = modes.fit(latents, scores, 1.0)
    assert np.linalg.norm(shrunk.weight) < 0.7 * np.linalg.norm(weight)
    np.testing.assert_allclose(shrunk.of(latents).mean(0), scores.mean(0), atol=1e-3)  # the mean is not shrunk


def test_r2_is_1_for_what_is_linear_and_0_for_noise(draw: np.random.Generator) -> None:
    latents = draw.standard_normal((2000, SIZE)).astype(np.float32)
    scores = np.stack([latents[:, 0], draw.standard_normal(2000).astype(np.float32)], 1)
    r2 = modes.explained(modes.fit(latents[:1000], scores[:1000], 1e-3), latents[1000:], scores[1000:])
    assert r2[0] > 0.99 and abs(r2[1]) < 0.05


def test_a_feature_is_set_to_the_median_sentence_that_has_or_lacks_it_and_never_back() -> None:
    assert modes.wanted(-2, 1) == 1 and modes.wanted(0.9, -1) == -0.5
    assert modes.wanted(-2, 2) > modes.wanted(-2, 1)
    assert modes.wanted(1.7, 1) == 1.7 and modes.wanted(-3, -1) == -3


def test_translating_sets_the_readouts_of_all_moved_features_along_their_directions(
    made: Readout, draw: np.random.Generator
) -> None:
    latent, directions = draw.standard_normal(SIZE).astype(np.float32), made.weight[[0, 2]] * 3
    values = made.of(latent)[[0, 2]] + np.array([1, -1], np.float32)
    move = modes.translated(latent, directions, [0, 2], values, made)
    np.testing.assert_allclose(made.of(latent + move)[[0, 2]], values, atol=1e-4)
    assert np.linalg.matrix_rank(np.vstack([directions, move]), tol=1e-3) == 2


def test_translating_goes_no_farther_than_the_bound(made: Readout) -> None:
    latent = np.zeros(SIZE, np.float32)
    direction = made.weight[[0]] * 1e-3
    move = modes.translated(latent, direction, [0], np.array([9], np.float32), made)
    assert np.linalg.norm(move) == pytest.approx(modes.FARTHEST * np.linalg.norm(direction), rel=1e-4)


def test_the_descent_ends_where_all_readouts_are_as_wanted(made: Readout, draw: np.random.Generator) -> None:
    start = (made.centre + draw.standard_normal((3, SIZE))).astype(np.float32)
    values = made.of(start) + np.array([0.4, 0, 0, 0], np.float32)
    found = modes.descended(start, values, made)
    np.testing.assert_allclose(made.of(found), values, atol=2e-3)
    assert np.linalg.norm(found - start, axis=1).max() < 3  # and not somewhere else altogether


def test_the_descent_is_torchs_adamw(made: Readout, draw: np.random.Generator) -> None:
    start = (made.centre + draw.standard_normal((1, SIZE))).astype(np.float32)
    values = made.of(start) + 2
    at = torch.from_numpy((start - made.centre) / made.radius).requires_grad_()
    optimizer = torch.optim.AdamW([at], lr=modes.RATE)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 40)
    weight, still = torch.from_numpy(made.weight * made.radius), torch.from_numpy(made.of(made.centre))
    for _ in range(40):
        optimizer.zero_grad()
        ((at @ weight.T + still - torch.from_numpy(values)) ** 2).mean(1).sum().backward()
        optimizer.step()
        rate.step()
    expected = at.detach().numpy() * made.radius + made.centre
    np.testing.assert_allclose(modes.descended(start, values, made, 40), expected, atol=1e-4)


# With an engine ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> LocalEngine:
    return tiny.engine(Path(tmp_path_factory.mktemp("tiny")))


def test_only_the_wanted_descent_ends_with_the_feature_moved_and_the_others_where_they_were(
    engine: LocalEngine, draw: np.random.Generator
) -> None:
    size, count = tiny.CONFIG.hidden_size, len(tiny.FEATURES)
    readout = Readout(engine.pack.direction / 40, np.zeros(count, np.float32), np.zeros(size, np.float32), 6.0)
    latent, edit = draw.standard_normal(size).astype(np.float32) / 2, Edit((("negation", 1.0),))
    before, row = readout.of(latent), engine.pack.row("negation")
    ends = {mode: readout.of(latent + Aim(mode, engine.pack, readout).moves(latent, edit, [1.0])[0].numpy()) for mode in modes.MODES}  # fmt: skip
    others = [at for at in range(count) if at != row]
    assert ends["translate"][row] == pytest.approx(1, abs=1e-3)
    assert np.abs(ends["translate"] - before)[others].max() > 0.05
    np.testing.assert_allclose(ends["gradient"][row], 1, atol=0.01)
    np.testing.assert_allclose(ends["gradient"][others], before[others], atol=0.01)
    assert abs(ends["gradient-original"][row] - before[row]) < 0.25 * abs(1 - before[row])  # on its way back


def test_another_mode_moves_otherwise_and_the_usual_one_is_amount_times_direction(
    engine: LocalEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "prism_lsp.engine.ordinary.texts", lambda: ["The fox was there.", "A question came.", "Not so."]
    )
    edit = Edit((("question", 1.0), ("formal", -0.5)))
    usual = engine.moves("The fox.", edit, [0.5, 2])
    torch.testing.assert_close(usual, torch.cat([0.5 * engine.delta(edit), 2 * engine.delta(edit)]))
    engine.mode = "translate"
    try:
        other = engine.moves("The fox.", edit, [0.5, 2])
    finally:
        engine.mode = "add"
    assert other.shape == usual.shape and not torch.allclose(other, usual)
