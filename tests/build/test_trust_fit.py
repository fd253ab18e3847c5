"""Fitting when a rewrite is trusted."""

from __future__ import annotations

import numpy as np
import pytest

from prism_lsp.build import check
from prism_lsp.engine.trust import Measures, trust


def made(count: int = 400, seed: int = 0) -> list[check.Judged]:
    draw = np.random.default_rng(seed)
    out = []
    for i in range(count):
        m = Measures(*draw.uniform(0, 1, len(Measures._fields)).tolist())
        group = "grammar" if i % 2 else "tone"
        odds = 8 * m.order - 4 - 2 * m.likely + (1 if group == "tone" else 0)
        out.append(check.Judged(group, m, bool(draw.uniform() < 1 / (1 + np.exp(-odds))), str(i // 2)))
    return out


def test_the_regression_finds_what_readers_go_by() -> None:
    fitted = check.fit(made(4000))
    assert fitted.weights[0] == pytest.approx(8, abs=1)
    assert fitted.weights[-1] == pytest.approx(-2, abs=0.6)
    assert fitted.weights[1] == pytest.approx(0, abs=0.5)
    assert fitted.intercepts["tone"] - fitted.intercepts["grammar"] == pytest.approx(1, abs=0.4)


def test_a_rewrite_is_never_judged_by_what_was_fitted_on_its_own_sentence() -> None:
    judged = made(200)
    odd = judged[0]._replace(good=not judged[0].good)
    alone = [odd, odd._replace(good=odd.good), *judged[2:]]
    scores = check.crossed(alone)
    assert scores[0] == pytest.approx(check.crossed([alone[0]._replace(good=not odd.good), *alone[1:]])[0])
    assert scores[0] != pytest.approx(trust(odd.measures, check.fit(alone), odd.group), abs=1e-4)


def test_the_least_trust_is_where_the_goal_is_met() -> None:
    scores = np.array([0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
    good = np.array([1, 1, 1, 1, 1, 0, 1, 0, 0, 0], bool)
    assert check.least(scores, good, 0.85) == pytest.approx(0.4)
    assert check.least(scores, good, 0.9) == pytest.approx(0.6)


def test_a_goal_out_of_reach_leaves_what_is_more_likely_good_than_not() -> None:
    scores = np.linspace(0.9, 0.1, 10)
    assert check.least(scores, np.tile([True, False], 5), 0.9) == check.EVEN  # only one in ten would be left
    assert check.least(scores, np.zeros(10, bool), 0.9) == check.EVEN
