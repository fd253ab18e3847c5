"""A tiny made model: random weights of three layers, a byte-level tokenizer, a pack of four features and a writer.

It reads and writes nonsense, in milliseconds, through the very code that the real one uses.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from prism_lsp.engine import pack as packs
from prism_lsp.engine.llama import Config, Llama
from prism_lsp.engine.local import LocalEngine, load_tokenizer
from prism_lsp.engine.probes import Probes
from prism_lsp.reading import Feature

CONFIG = Config(
    hidden_size=32,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    intermediate_size=48,
    rms_norm_eps=1e-5,
    rope_theta=10000.0,
    vocab_size=300,
)
LAYER, INJECT = 2, 1
PROBED = (1, 2)
SHA = "0" * 64
FEATURES = (
    Feature("question", "Question", "sentence", "It asks.", "concept", "Make this a question", "Make this a statement"),
    Feature("negation", "Negation", "logic", "It denies.", "concept", "Negate this", "Turn off: negation"),
    Feature("past-tense", "Past tense", "verb", "It was.", "concept", "Put this in the past", "Out of the past"),
    Feature("formal", "Formal", "tone", "It is stiff.", "concept", "More formal", "Less formal"),
)


def weights(folder: Path, seed: int = 0) -> Path:
    """Converted weights of the tiny model."""
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    c = CONFIG

    def matrix(out: int, into: int) -> np.ndarray:
        return (draw.standard_normal((out, into)) / np.sqrt(into)).astype(np.float32)

    tensors = {
        "model.embed_tokens.weight": matrix(c.vocab_size, c.hidden_size) * 3,
        "model.norm.weight": np.ones(c.hidden_size, np.float32),
    }
    for layer in range(c.num_hidden_layers):
        at = f"model.layers.{layer}."
        tensors |= {
            at + "input_layernorm.weight": np.ones(c.hidden_size, np.float32),
            at + "post_attention_layernorm.weight": np.ones(c.hidden_size, np.float32),
            at + "self_attn.q_proj.weight": matrix(c.hidden_size, c.hidden_size),
            at + "self_attn.k_proj.weight": matrix(c.num_key_value_heads * c.head_size, c.hidden_size),
            at + "self_attn.v_proj.weight": matrix(c.num_key_value_heads * c.head_size, c.hidden_size),
            at + "self_attn.o_proj.weight": matrix(c.hidden_size, c.hidden_size),
            at + "mlp.gate_proj.weight": matrix(c.intermediate_size, c.hidden_size),
            at + "mlp.up_proj.weight": matrix(c.intermediate_size, c.hidden_size),
            at + "mlp.down_proj.weight": matrix(c.hidden_size, c.intermediate_size),
        }
    save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(c.__dict__), "utf-8")
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    tokenizer.train_from_iterator(
        ["The quick brown fox was not there when the question came."] * 3,
        trainers.BpeTrainer(
            vocab_size=c.vocab_size,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    return folder


def pack(folder: Path, seed: int = 1) -> packs.Pack:
    """A pack for it, with a writer whose low-rank parts are small noise."""
    draw = np.random.default_rng(seed)
    d, count = CONFIG.hidden_size, len(FEATURES)

    def some(*shape: int) -> np.ndarray:
        return draw.standard_normal(shape).astype(np.float32)

    folder.mkdir(parents=True, exist_ok=True)
    tensors = {"steer": np.eye(d, dtype=np.float32)}
    maps = {
        "qkv": (d + 2 * CONFIG.num_key_value_heads * CONFIG.head_size, d),
        "out": (d, d),
        "gate_up": (2 * CONFIG.intermediate_size, d),
        "down": (d, CONFIG.intermediate_size),
    }
    for layer in range(INJECT, CONFIG.num_hidden_layers):
        for name, (out, into) in maps.items():
            tensors[f"{layer}.{name}.a"], tensors[f"{layer}.{name}.b"] = some(2, into) * 0.1, some(out, 2) * 0.1
    save_file(
        {k: v.astype(np.float16) for k, v in tensors.items()}, folder / "writer.safetensors", {"inject": str(INJECT)}
    )
    made = packs.Pack(
        folder, "tiny", "1", SHA, LAYER, PROBED, "<|endoftext|>", FEATURES, some(d) * 0.1, some(count, d),
        Probes(some(2 * d) * 0.1, some(count, 2 * d), some(count, 2 * d), some(count, 2 * d), some(count) * 0.1),
        np.array([4.0, 12.0], np.float32), np.sort(some(count, 2, 17), axis=2),
        np.eye(d, dtype=np.float32) * 2, np.tile(np.array([1.0, 0.5, 0.0], np.float32), (count, 1)),
    )  # fmt: skip
    packs.save(made)
    return packs.load(folder, SHA)


def engine(folder: Path, int8: bool = False) -> LocalEngine:
    """Both, put together."""
    where = weights(folder / "weights")
    return LocalEngine(Llama(where), load_tokenizer(where), pack(folder / "pack"), int8)
