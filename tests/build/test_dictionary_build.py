"""Training a dictionary: it finds directions that were put in, is the same again, and is read as it was trained."""

import json

import numpy as np
import pytest
import torch

from prism_lsp.build import dictionary as build
from prism_lsp.engine import dictionary

D, TRUE, K = 16, 24, 3


def made(count: int = 4000, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Latents that are sums of three of 24 directions around a far mean with one outlier; and the directions."""
    draw = np.random.default_rng(seed)
    directions = draw.standard_normal((TRUE, D))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    parts = np.zeros((count, TRUE))
    for row in parts:
        row[draw.choice(TRUE, K, replace=False)] = draw.uniform(1, 2, K)
    mean = np.full(D, 3.0)
    mean[5] = 300.0
    return (parts @ directions + mean).astype(np.float16 if seed else np.float32), directions


RECIPE = build.Recipe(units=48, k=K, steps=600, batch=256, rate=3e-3, dark_after=5000)


@pytest.fixture(scope="module")
def trained() -> build.Dictionary:
    return build.train(made()[0], RECIPE)


def as_read(folder, made_one: build.Dictionary, half: bool = False) -> dictionary.Dictionary:
    build.save(folder, made_one, {"model_name": "made"}, half)
    return dictionary.load(folder)


def test_what_was_put_in_is_found(trained, tmp_path):
    latents, directions = made()
    found = as_read(tmp_path, trained)
    activations = found.activations(torch.from_numpy(latents))
    rest = latents - found.reconstruction(activations).numpy()
    assert 1 - (rest**2).sum() / ((latents - latents.mean(0)) ** 2).sum() > 0.9
    assert abs(float((activations > 0).sum(1).float().mean()) - K) < 1
    assert (np.abs(directions @ trained.decoder.T).max(1) > 0.9).mean() > 0.8


def test_the_same_seed_gives_the_same_dictionary_and_another_another():
    latents = made(500)[0]
    short = build.Recipe(units=32, k=K, steps=20, batch=64)
    first, second = build.train(latents, short), build.train(latents, short)
    other = build.train(latents, build.Recipe(**{**short.__dict__, "seed": 1}))
    np.testing.assert_array_equal(first.encoder, second.encoder)
    assert not np.allclose(first.encoder, other.encoder)


def test_the_first_units_of_a_matryoshka_reconstruct_alone():
    latents = made()[0]
    spread = ((latents - latents.mean(0)) ** 2).sum()

    def left_by_first(levels: tuple[int, ...]) -> float:
        found = build.train(latents, build.Recipe(**{**RECIPE.__dict__, "levels": levels, "steps": 300}))
        before = np.maximum((latents - found.centre) @ found.encoder + found.bias, 0)
        kept = before * (before > found.threshold)
        return float(((latents - found.centre - kept[:, :12] @ found.decoder[:12]) ** 2).sum() / spread)

    assert left_by_first((12,)) < left_by_first(()) - 0.05


def test_the_batchs_largest_are_kept():
    kept, least = build.batch_top_k(torch.tensor([[5.0, 4.0, 3.0], [1.0, 0.0, 0.0]]), 1)
    assert kept.tolist() == [[5.0, 4.0, 0.0], [0.0, 0.0, 0.0]]
    assert float(least) == 4.0


def test_a_dictionary_in_half_precision_is_half_the_size_and_reads_nearly_the_same(trained, tmp_path):
    latents = torch.from_numpy(made()[0][:50] - np.eye(D, dtype=np.float32)[5] * 290)
    moved = trained._replace(centre=trained.centre - np.eye(D, dtype=np.float32)[5] * 290)
    whole, half = as_read(tmp_path / "1", moved), as_read(tmp_path / "2", moved, half=True)
    size = [(tmp_path / each / "sae_weights.safetensors").stat().st_size for each in "12"]
    assert size[1] < 0.6 * size[0]
    active = whole.activations(latents), half.activations(latents)
    assert float(((active[0] > 0) == (active[1] > 0)).float().mean()) > 0.99


def test_cfg_says_what_it_was_made_of(trained, tmp_path):
    build.save(tmp_path, trained, {"layer": 12})
    cfg = json.loads((tmp_path / "cfg.json").read_text())
    assert (cfg["d_in"], cfg["d_sae"], cfg["metadata"]["layer"]) == (D, 48, 12)


def test_sae_lens_loads_it_and_agrees(trained, tmp_path):
    sae_lens = pytest.importorskip("sae_lens")
    ours = as_read(tmp_path, trained)
    theirs = sae_lens.SAE.load_from_disk(str(tmp_path))
    latents = torch.from_numpy(made()[0][:20])
    with torch.inference_mode():
        torch.testing.assert_close(theirs.encode(latents), ours.activations(latents), atol=1e-3, rtol=1e-3)
        torch.testing.assert_close(
            theirs(latents), ours.reconstruction(ours.activations(latents)), atol=1e-2, rtol=1e-3
        )
