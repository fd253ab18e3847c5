"""The figures of a dictionary on latents of which all is known."""

import numpy as np
import pytest
import torch

from benchmarks import dictionary as benchmark
from prism_lsp.engine import dictionary

D = 8
NAMES = ["first", "second", "rare"]


@pytest.fixture(scope="module")
def latents() -> np.ndarray:
    """Two of eight axes are active in each sentence."""
    draw = np.random.default_rng(0)
    z = np.zeros((600, D), np.float32)
    for row in z:
        row[draw.choice(D, 2, replace=False)] = draw.uniform(1, 2, 2)
    return z


@pytest.fixture(scope="module")
def axes() -> dictionary.Dictionary:
    """The dictionary that is right for them, and a unit that is never active."""
    tensors = {
        "W_enc": torch.cat([torch.eye(D), -torch.eye(D)[:, :1]], 1), "b_enc": torch.zeros(D + 1),
        "W_dec": torch.cat([torch.eye(D), -torch.eye(D)[:1]]), "b_dec": torch.zeros(D), "threshold": torch.zeros(D + 1),
    }  # fmt: skip
    return dictionary.Dictionary({"architecture": "jumprelu", "d_in": D, "d_sae": D + 1}, tensors)


@pytest.fixture(scope="module")
def figures(latents, axes):
    has = np.stack([latents[:, 0] > 0, latents[:, 1] > 0, np.arange(600) < 3], 1).astype(np.float32)
    known = benchmark.Labelled(latents, has)
    return benchmark.measure(axes, latents, latents, known, known, NAMES)


def test_a_dictionary_that_is_right_explains_all(figures):
    assert figures["explained"]["dictionary"] == pytest.approx(1)
    assert (figures["L0"], figures["dead"]) == (pytest.approx(2), 1)
    assert figures["density"]["0 (dead)"] == 1
    assert figures["density"]["0.1 to 1"] == D


def test_as_many_components_explain_less(figures):
    assert figures["explained"]["PCA, 2 components"] < 0.5


def test_concepts_outlive_the_reconstruction_and_need_one_unit(figures):
    assert figures["AUROC"]["dictionary"] == pytest.approx(figures["AUROC"]["latent"])
    assert figures["sparse"]["dictionary"]["k = 1"] == pytest.approx(1)
    assert figures["sparse"]["PCA, 2 components"]["k = 1"] < 0.95


def test_a_concept_with_few_sentences_is_left_out(figures):
    assert set(figures["AUROC by concept"]) == {"first", "second"}


def test_agreement_of_the_same_units_in_another_order_is_whole():
    decoder = np.linalg.qr(np.random.default_rng(0).standard_normal((D, D)))[0].astype(np.float32)
    assert benchmark.agreement(decoder, decoder[::-1])["share over 0.7"] == 1
    assert benchmark.agreement(decoder, -decoder)["share over 0.7"] == 0


def test_the_page_has_a_column_for_the_control(figures):
    text = benchmark.page({"layer": 2, "held out": 600, "trained": figures, "random weights": figures}, "x")
    assert "| variance explained | 1.000 | 1.000 |" in text
    assert "| first | " in text
