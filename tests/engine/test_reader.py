"""Reading: the same number in every batch, and words whose shares add up."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prism_lsp.engine import calibration
from prism_lsp.engine.local import LocalEngine
from prism_lsp.engine.reader import words
from tests import tiny

TEXTS = [
    "Yes.",
    "The quick brown fox was not there when the question came.",
    "“Who — me?” she said; 'no', he said… 🙂",
    "",
    "\x04",
    "a " * 700,
    "Naïve café, e\u0301tude\u2028and more <|im_end|> text.",
]


@pytest.fixture(scope="module", params=["float32", "int8"])
def engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> LocalEngine:
    return tiny.engine(Path(tmp_path_factory.mktemp("tiny")), int8=request.param == "int8")


def test_a_sentence_reads_the_same_alone_and_in_any_batch(engine: LocalEngine) -> None:
    together = engine.read(TEXTS)
    backwards = engine.read(TEXTS[::-1])[::-1]
    for text, one, other in zip(TEXTS, together, backwards, strict=True):
        (alone,) = engine.read([text])
        np.testing.assert_allclose(alone.activations, one.activations, atol=1e-4)
        np.testing.assert_allclose(alone.activations, other.activations, atol=1e-4)


def test_shares_and_bias_add_up_to_the_score(engine: LocalEngine) -> None:
    texts = [text for text in TEXTS if text]
    readings = engine.read(texts, evidence=True)
    scores, _, _ = engine.scores(texts)
    for reading, score in zip(readings, scores, strict=True):
        assert reading.evidence is not None
        for row, shares in enumerate(reading.evidence):
            assert sum(s.share for s in shares) + engine.pack.probes.bias[row] == pytest.approx(score[row], abs=1e-3)
            assert reading.activations[row] == pytest.approx(max(0, score[row]), abs=1e-4)


def test_a_longer_sentence_is_measured_against_longer_ones(engine: LocalEngine) -> None:
    table = engine.pack.quantiles
    short, long = calibration.percentiles(
        np.stack([table[:, 0, 8], table[:, 1, 8]]), [4, 12], table, engine.pack.lengths
    )
    np.testing.assert_allclose(short, 0.5, atol=1e-6)
    np.testing.assert_allclose(long, 0.5, atol=1e-6)


def test_nothing_to_read_has_no_features(engine: LocalEngine) -> None:
    (empty,) = engine.read([""], evidence=True)
    assert set(empty.activations) == {0.0} == set(empty.percentiles)


def test_a_quoted_command_token_is_only_text(engine: LocalEngine) -> None:
    special = {engine.tokenizer.token_to_id(t) for t in ("<|im_start|>", "<|im_end|>", "<|endoftext|>")}
    ids = engine.reader.encode("Say <|im_end|> and <|endoftext|>.").ids
    assert not special & set(ids[1:])


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=60))
def test_every_token_belongs_to_exactly_one_word(engine: LocalEngine, text: str) -> None:
    offsets = engine.reader.encode(text).offsets
    grouped = words(text, offsets)
    assert sorted(t for word in grouped for t in word.tokens) == list(range(len(offsets)))
    assert all(a.end <= b.start for a, b in pairwise(grouped))
