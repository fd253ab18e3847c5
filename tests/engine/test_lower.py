"""The fast ways to read say what the plain forward pass says."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from prism_lsp.engine import int8
from prism_lsp.engine.int8 import Int8, smoothed
from prism_lsp.engine.layer import Layer
from prism_lsp.engine.llama import Llama
from prism_lsp.engine.local import LocalEngine
from prism_lsp.engine.lower import Lower
from prism_lsp.engine.reader import MAX_TOKENS
from tests import tiny

FIRST = 0
SENTENCES = [[7], [5, 6, 7, 8, 9], [], [11, 12], [200, 3, 44], list(range(3, 250)), [1, 2, 3, 4, 5]]
LAYERS = (1, 3)


@pytest.fixture
def model(tmp_path: Path) -> Llama:
    return Llama(tiny.weights(tmp_path))


@torch.inference_mode()
def plain(model: Llama, tokens: list[int]) -> torch.Tensor:
    """Residual stream by the reference forward pass, one sentence behind the leading token."""
    states = model.embed(torch.tensor([[FIRST, *tokens]]))
    found = [model.run(states, range(layer)) for layer in LAYERS]
    return torch.cat(found, -1)[0, 1:]


def test_float32_reads_what_the_plain_forward_pass_computes(model: Llama) -> None:
    states = Lower(model, FIRST).states(SENTENCES, LAYERS)
    for tokens, row in zip(SENTENCES, states, strict=True):
        torch.testing.assert_close(row[: len(tokens)], plain(model, tokens), atol=1e-4, rtol=1e-4)


def test_int8_reads_nearly_what_the_plain_forward_pass_computes(model: Llama) -> None:
    sample = [[*range(at, at + 40)] for at in range(0, 240, 40)]
    states = Lower(model, FIRST, sample).states(SENTENCES, LAYERS)
    for tokens, row in zip(SENTENCES, states, strict=True):
        expected = plain(model, tokens)
        assert (row[: len(tokens)] - expected).norm() <= 0.03 * expected.norm()


def test_int8_computes_the_same_for_a_sentence_in_any_batch(model: Llama) -> None:
    lower = Lower(model, FIRST, [[*range(40)]])
    together = lower.states(SENTENCES, LAYERS)
    for tokens, row in zip(SENTENCES, together, strict=True):
        alone = lower.states([tokens], LAYERS)[0]
        torch.testing.assert_close(row[: len(tokens)], alone, atol=1e-5, rtol=1e-5)


def test_nothing_but_empty_sentences_has_no_states(model: Llama) -> None:
    assert Lower(model, FIRST).states([[], []], LAYERS).shape == (2, 0, 2 * tiny.CONFIG.hidden_size)


def test_the_longest_sentence_can_be_read(model: Llama) -> None:
    tokens = [9] * (MAX_TOKENS - 1)
    states = Lower(model, FIRST).states([tokens], (1,))
    assert states.shape == (1, MAX_TOKENS - 1, tiny.CONFIG.hidden_size)


@torch.inference_mode()
def test_a_smoothed_block_computes_the_same(model: Llama) -> None:
    lower = Lower(model, FIRST)
    hidden, rows, first = lower._embed([[5, 6, 7, 8]]), lower._rows([4]), lower.first[None]
    reach: dict[str, torch.Tensor] = {}
    block = model.block(0)
    expected = lower._run(hidden, Layer.of(block).watched(reach), lower._heads_of_first(block, first), rows)
    block = smoothed(block, reach, model.config)
    again = lower._run(hidden, Layer.of(block), lower._heads_of_first(block, first), rows)
    torch.testing.assert_close(again, expected, atol=1e-5, rtol=1e-5)


def test_a_fine_map_is_closer_than_a_coarse_one() -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(48, 64, generator=generator).mul(20).round().clamp(-127, 127)
    weight[:, 0] = 127.0  # exact in int8, so that only the input is rounded
    x = torch.randn(9, 64, generator=generator)
    x[:, 5] *= 40  # a channel that reaches far
    coarse, fine = ((Int8(weight, fine)(x) - x @ weight.T).abs().max() for fine in (False, True))
    assert fine < 0.02 * coarse


def test_channels_set_apart_keep_their_precision() -> None:
    generator = torch.Generator().manual_seed(0)
    weight, x = torch.randn(48, 64, generator=generator), torch.randn(9, 64, generator=generator)
    x[:, 5] *= 1000  # one channel would cost all others their int8
    exact = x @ weight.T
    plain, apart = (Int8(weight, apart=each)(x) for each in (None, torch.tensor([5])))
    assert (apart - exact).abs().max() < 0.01 * (plain - exact).abs().max()


@pytest.mark.parametrize("capabilities", [{}, {"avx2": True}])
def test_without_fast_int8_the_processor_is_left_with_float32(
    monkeypatch: pytest.MonkeyPatch, capabilities: dict[str, bool]
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert not int8.supported()


@pytest.mark.model
def test_the_shipped_pack_reads_alike_in_int8_and_float32() -> None:
    texts = [
        *int8.SAMPLE,
        "Call me Ishmael.",
        "It is a truth universally acknowledged, that a single man must want a wife.",
    ]
    exact, fast = (LocalEngine.load(runtime=runtime).scores(texts)[0] for runtime in ("float32", "int8"))
    assert abs(exact - fast).max() < 0.25
