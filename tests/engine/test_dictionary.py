"""Dictionaries that others made: read from SAELens' folder, refused when they do not fit, pooled over a sentence's tokens."""

import json
from pathlib import Path

import pytest
import tiny
import torch
from safetensors.torch import save_file

from prism_lsp.engine import dictionary
from prism_lsp.engine.llama import Llama
from prism_lsp.engine.local import load_tokenizer
from prism_lsp.engine.reader import Reader
from prism_lsp.reading import EngineError

D, UNITS = tiny.CONFIG.hidden_size, 40


def folder(path: Path, architecture: str = "jumprelu", **cfg: object) -> Path:
    """A made dictionary of token states of the tiny model."""
    draw = torch.Generator().manual_seed(0)
    tensors = {
        "W_enc": torch.randn(D, UNITS, generator=draw), "b_enc": torch.randn(UNITS, generator=draw),
        "W_dec": torch.randn(UNITS, D, generator=draw), "b_dec": torch.randn(D, generator=draw),
    }  # fmt: skip
    if architecture == "jumprelu":
        tensors["threshold"] = torch.rand(UNITS, generator=draw) * 3
    path.mkdir()
    save_file(tensors, path / "sae_weights.safetensors")
    said = {"architecture": architecture, "d_in": D, "d_sae": UNITS, "apply_b_dec_to_input": True, **cfg}
    (path / "cfg.json").write_text(json.dumps(said))
    return path


@pytest.fixture
def states(tmp_path: Path) -> tuple[torch.Tensor, torch.Tensor]:
    """Token states of two sentences, right-padded, and their lengths."""
    weights = tiny.weights(tmp_path / "weights")
    reader = Reader(Llama(weights), load_tokenizer(weights), 2)
    texts = ["The quick brown fox was not there.", "The question came."]
    lengths = torch.tensor([len(reader.encode(text).ids) - 1 for text in texts])
    grid = reader.lower.states([reader.encode(text).ids[1:] for text in texts], (2,))
    return grid, lengths


def test_a_jumprelu_unit_is_silent_up_to_its_threshold(tmp_path):
    found = dictionary.load(folder(tmp_path / "d"))
    z = torch.randn(5, D, generator=torch.Generator().manual_seed(1))
    before = (z - found.centre) @ found.encoder + found.bias
    expected = before * (before > found.threshold)
    torch.testing.assert_close(found.activations(z), expected, atol=1e-4, rtol=1e-4)
    assert 0 < int((expected > 0).sum()) < expected.numel()


def test_topk_keeps_k_of_a_token(tmp_path):
    found = dictionary.load(folder(tmp_path / "d", "topk", k=3, rescale_acts_by_decoder_norm=True))
    assert (found.activations(torch.randn(6, D)) > 0).sum(1).tolist() == [3] * 6


def test_a_sentence_has_the_largest_activation_of_its_tokens(tmp_path, states):
    found = dictionary.load(folder(tmp_path / "d"))
    grid, lengths = states
    pooled = found.pooled(grid, lengths)
    for row, length in enumerate(lengths.tolist()):
        each = found.activations(grid[row, :length])
        torch.testing.assert_close(pooled.activations[row], each.max(0).values)
        active = pooled.activations[row] > 0
        assert torch.equal(pooled.tokens[row][active], each.argmax(0)[active])


def test_long_sentences_are_pooled_in_pieces_alike(tmp_path, states, monkeypatch):
    found = dictionary.load(folder(tmp_path / "d"))
    whole = found.pooled(*states)
    monkeypatch.setattr(dictionary, "AT_ONCE", 2 * UNITS)
    pieces = found.pooled(*states)
    torch.testing.assert_close(pieces.activations, whole.activations)
    assert torch.equal(pieces.tokens, whole.tokens)


@pytest.mark.parametrize(("architecture", "more"), [("jumprelu", {}), ("standard", {}), ("topk", {"k": 4})])
def test_evidence_is_every_tokens_own_activation(tmp_path, states, architecture, more):
    found = dictionary.load(folder(tmp_path / "d", architecture, **more))
    grid, lengths = states
    mine = grid[0, : int(lengths[0])]
    for unit in range(0, UNITS, 7):
        torch.testing.assert_close(found.evidence(mine, unit), found.activations(mine)[:, unit], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("cfg", "message"),
    [
        ({"architecture": "gated"}, "architecture is 'gated'"),
        ({"normalize_activations": "layer_norm"}, "normalize_activations is 'layer_norm'"),
        ({"d_sae": 41}, "W_enc is"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_reason(tmp_path, cfg, message):
    where = folder(tmp_path / "d")
    said = json.loads((where / "cfg.json").read_text())
    (where / "cfg.json").write_text(json.dumps(said | cfg))
    with pytest.raises(EngineError, match=message):
        dictionary.load(where)


@pytest.mark.parametrize("name", ["cfg.json", "sae_weights.safetensors"])
def test_a_damaged_folder_is_refused(tmp_path, name):
    where = folder(tmp_path / "d")
    (where / name).write_bytes(b"\x80\x04not it")
    with pytest.raises(EngineError, match="cannot be read"):
        dictionary.load(where)
