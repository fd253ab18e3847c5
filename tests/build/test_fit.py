"""The fit of probes, and where a feature counts as present."""

from __future__ import annotations

import numpy as np

from prism_lsp.build import examples, fit
from prism_lsp.engine import calibration, concepts
from prism_lsp.reading import PRESENT


def sentences(count: int, telling: bool, draw: np.random.Generator, size: int = 16) -> list[np.ndarray]:
    """Sentences of noise; in telling ones a single token carries the concept."""
    out = []
    for _ in range(count):
        states = draw.standard_normal((int(draw.integers(4, 40)), size)).astype(np.float32)
        if telling:
            states[draw.integers(len(states)), 3] += 6
        out.append(states)
    return out


def test_a_single_telling_token_is_found_in_sentences_of_any_length() -> None:
    draw = np.random.default_rng(0)
    states = sentences(150, True, draw) + sentences(150, False, draw)
    known = np.array([[1.0]] * 150 + [[0.0]] * 150, np.float32)
    moments = fit.Moments(np.zeros(16, np.float32), np.ones(16, np.float32))
    recipe = fit.Recipe(epochs=200, decay=1.0)
    probes = fit.fit(states, known, np.zeros(300, np.int64), moments, recipe)
    has, lacks = (fit.scores(probes, sentences(100, telling, draw))[:, 0] for telling in (True, False))
    assert concepts.auroc(has, lacks) > 0.97


def test_a_feature_is_present_in_its_share_of_ordinary_prose() -> None:
    draw = np.random.default_rng(1)
    ordinary = draw.standard_normal((1000, 1)).astype(np.float32)
    empty = np.zeros((1, 4), np.float32)
    probes = fit.Probes(np.zeros(4, np.float32), empty, empty, empty, np.zeros(1, np.float32))
    placed = fit.place(probes, ordinary, np.array([0.2], np.float32))
    scale = 0.5 / (np.quantile(ordinary, 0.9) - np.quantile(ordinary, 0.8))
    scores = ordinary[:, 0] * scale + placed.bias[0]
    assert abs((scores >= PRESENT).mean() - 0.2) < 0.01
    assert abs(np.median(scores[scores >= PRESENT]) - 1) < 0.05


def test_both_sides_of_a_kind_weigh_the_same_up_to_a_limit() -> None:
    known = np.array([[1.0]] + [[0.0]] * 4 + [[np.nan]], np.float32)
    weight = fit.balanced(known, np.zeros(6, np.int64))
    assert weight[0, 0] == np.float32(2) and weight[1, 0] == np.float32(0.5) and weight[5, 0] == 0


def test_marks_come_off_and_quotation_marks_stay() -> None:
    assert examples.bare("Who came?") == "Who came"
    assert examples.bare("“Who came?!”") == "“Who came”"
    assert examples.bare("Mr. Smith came") == "Mr. Smith came"


def test_percentiles_mean_the_same_at_every_length() -> None:
    draw = np.random.default_rng(2)
    tokens = draw.integers(3, 60, 20000)
    scores = (draw.standard_normal(20000) + np.log(tokens)).astype(np.float32)[:, None]
    lengths, table = calibration.table(scores, tokens)
    found = calibration.percentiles(scores, tokens, table, lengths)[:, 0]
    for low, high in ((3, 8), (8, 20), (20, 60)):
        inside = (tokens >= low) & (tokens < high)
        assert abs((found[inside] > 0.97).mean() - 0.03) < 0.012
