"""The forward pass: pieces agree with the whole, and the real weights with what transformers makes of them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from prism_lsp.engine import weights
from prism_lsp.engine.llama import Cache, Llama
from prism_lsp.engine.local import load_tokenizer
from tests import tiny


@torch.inference_mode()
def test_cached_steps_agree_with_one_pass(tmp_path: Path) -> None:
    model = Llama(tiny.weights(tmp_path))
    ids = torch.arange(3, 23)[None].repeat(2, 1)
    ids[1] += 50
    layers = range(tiny.CONFIG.num_hidden_layers)
    whole = model.run(model.embed(ids), layers)
    cache = Cache(20)
    parts, at = [], 0
    for length in (7, 1, 1, 8, 1, 1, 1):
        parts.append(model.run(model.embed(ids[:, at : at + length]), layers, None, cache, at))
        at += length
    torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-4, rtol=1e-4)


@torch.inference_mode()
def test_padding_at_the_right_changes_nothing(tmp_path: Path) -> None:
    model = Llama(tiny.weights(tmp_path))
    ids = torch.arange(3, 13)[None]
    padded = torch.cat([ids, torch.zeros(1, 5, dtype=torch.long)], 1)
    alone, among = (model.run(model.embed(i), range(3))[:, :10] for i in (ids, padded))
    torch.testing.assert_close(alone, among, atol=1e-5, rtol=1e-5)


@pytest.mark.model
@torch.inference_mode()
def test_real_weights_agree_with_transformers() -> None:
    """The golden file was made by transformers from the same GGUF; it names the versions."""
    golden = json.loads((Path(__file__).parent / "golden_smollm2.json").read_text("utf-8"))
    folder = weights.ensure().path
    model, tokenizer = Llama(folder), load_tokenizer(folder)
    for case in golden["forward"]:
        ids = tokenizer.encode(case["text"], add_special_tokens=False).ids
        assert ids == case["ids"]
        hidden = model.run(model.embed(torch.tensor([ids])), range(12))
        np.testing.assert_allclose(hidden[0, -1, :8], case["hidden_after_12_blocks"][:8], atol=2e-3, rtol=1e-3)
        top = model.logits(model.run(hidden, range(12, 30))[:, -1])[0].topk(10)
        np.testing.assert_allclose(top.values, case["top10_logits"], atol=2e-3)
        assert top.indices.tolist() == case["top10_ids"]
