"""Probes: parts add up, padding and other sentences change nothing, one telling token counts the same in a long sentence."""

from __future__ import annotations

import numpy as np
import torch

from prism_lsp.engine.probes import Pool, Probes


def some(seed: int = 0, size: int = 8, features: int = 3) -> Probes:
    draw = np.random.default_rng(seed)

    def array(*shape: int) -> np.ndarray:
        return draw.standard_normal(shape).astype(np.float32)

    return Probes(array(size), *(array(features, size) for _ in range(3)), array(features))


def test_padding_has_no_part() -> None:
    pool, states = Pool(some()), torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0))
    parts = pool.parts(states, torch.tensor([3, 5]))
    assert not parts[0, 3:].any()
    alone = pool.parts(states[:1, :3], torch.tensor([3]))
    torch.testing.assert_close(parts[0, :3], alone[0])
    torch.testing.assert_close(pool.scores(parts)[:1], pool.scores(alone))


def test_the_score_is_what_the_docstring_says() -> None:
    probes, x = some(), torch.randn(1, 4, 8, generator=torch.Generator().manual_seed(1))
    centred = x[0].numpy() - probes.centre
    key = centred @ probes.key.T
    weight = np.exp(key) / np.exp(key).sum(0)
    expected = probes.bias + (weight * (centred @ probes.value.T)).sum(0) + (centred @ probes.mean.T).mean(0)
    pool = Pool(probes)
    found = pool.scores(pool.parts(x, torch.tensor([4])))[0].numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def test_one_telling_token_counts_the_same_in_a_long_sentence() -> None:
    size = 4
    telling = np.eye(size, dtype=np.float32)[:1]
    nothing = np.zeros((1, size), np.float32)
    pool = Pool(Probes(np.zeros(size, np.float32), telling, 30 * telling, nothing, np.zeros(1, np.float32)))

    def score(tokens: int) -> float:
        states = torch.zeros(1, tokens, size)
        states[0, 0, 0] = 1
        return float(pool.scores(pool.parts(states, torch.tensor([tokens])))[0, 0])

    assert abs(score(3) - score(60)) < 1e-6


def test_joined_probes_score_as_each_did() -> None:
    one, other = some(0), some(1)._replace(centre=some(0).centre)
    x, lengths = torch.randn(2, 6, 8, generator=torch.Generator().manual_seed(2)), torch.tensor([6, 2])
    both = Pool(one.joined(other))
    apart = [Pool(each).scores(Pool(each).parts(x, lengths)) for each in (one, other)]
    torch.testing.assert_close(both.scores(both.parts(x, lengths)), torch.cat(apart, 1))
