"""The plain base model as a rewriter: prompted, or repeating the sentence with a direction added in the middle.

Several sentences are decoded in one batch behind one shared beginning (instruction, examples), which is computed once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from tokenizers import Tokenizer
from torch import Tensor

from prism_lsp.engine.concepts import Concept
from prism_lsp.engine.llama import Llama, rms_norm, rotate

SYSTEM = "You are a helpful AI assistant named SmolLM, trained by Hugging Face"
"""The system prompt that the model's own chat template puts first."""

REPEAT = "Repeat this sentence exactly as it is: "
SHOWN = 4
"""Sentences that the plain model is shown repeated before it repeats one; without them it seldom does."""

INSTRUCTIONS = {
    ("question", True): "as a question",
    ("question", False): "as a statement instead of a question",
    ("exclamation", True): "as an exclamation",
    ("exclamation", False): "as a calm statement, without an exclamation mark",
    ("past-tense", True): "in the past tense",
    ("past-tense", False): "in the present tense instead of the past tense",
    ("present-tense", True): "in the present tense",
    ("present-tense", False): "in the past tense instead of the present tense",
    ("passive", True): "in the passive voice",
    ("passive", False): "in the active voice instead of the passive voice",
    ("negation", True): "as its negation, with not or never",
    ("negation", False): "without its negation, as a positive statement",
    ("dialogue", True): "as dialogue, spoken by someone in quotation marks",
    ("dialogue", False): "as narration, without quotation marks",
    ("first-person", True): "in the first person",
    ("first-person", False): "in the third person instead of the first person",
    ("formal", True): "in a more formal tone",
    ("formal", False): "in a less formal tone",
    ("informal", True): "in a more informal, casual tone",
    ("informal", False): "in a less informal, less casual tone",
}
"""What follows "Rewrite this sentence …"; the concept's action titles serve for a concept that is not listed."""


def instruction(concept: Concept, on: bool) -> str:
    """The instruction in the context of the prompted baselines."""
    title = concept.on if on else concept.off
    how = INSTRUCTIONS.get((concept.id, on), f"like this: {title}")
    return f"Rewrite this sentence {how}, keep everything else the same, and answer with the sentence only: "


def examples(concept: Concept, on: bool, count: int) -> list[tuple[str, str]]:
    """(before, after): pairs of the concept's file that are not held out, spread over it, 25 words at most."""
    short = [p for p in concept.pairs if not p.held_out and max(len(p.without.split()), len(p.with_.split())) <= 25]
    step = max(1, len(short) // count) if count else 1
    return [(p.without, p.with_) if on else (p.with_, p.without) for p in short[::step][:count]]


def clean(answer: str, source: str) -> str:
    """The sentence in an answer: no announcement ("Here is …:"), no second line, no quotation marks around it all."""
    lines = [line.strip() for line in answer.strip().splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].endswith(":"):
        lines = lines[1:]
    text = lines[0] if lines else ""
    # "Here is the rewritten sentence: …", "Rewritten: …"
    text = re.sub(r'^[^:"]{0,90}:\s*(?=")|^(rewritten( sentence)?|answer|sentence):\s*', "", text, flags=re.IGNORECASE)
    if len(text) > 1 and text[0] == text[-1] == '"' and text.count('"') == 2 and '"' not in source:
        text = text[1:-1]
    return text


class Added(NamedTuple):
    """A direction added to the residual stream after `layer` layers, for every new token; one row a sentence."""

    layer: int
    rows: Tensor  # (sentences, hidden)


class Plain:
    """Greedy decoding of the plain model for several sentences at once."""

    def __init__(self, model: Llama, tokenizer: Tokenizer) -> None:
        self.model = model
        self.tokenizer = tokenizer
        tokenizer.encode_special_tokens = True
        self.start, self.end = self._special("<|im_start|>"), self._special("<|im_end|>")

    def _special(self, name: str) -> int:
        token = self.tokenizer.token_to_id(name)
        if token is None:
            raise ValueError(f"the tokenizer has no {name}: the prompts are written for chat templates that use it")
        return token

    def _text(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def _turn(self, role: str, text: str) -> list[int]:
        return [self.start, *self._text(f"{role}\n{text}"), self.end, *self._text("\n")]

    def prefix(self, ask: str, shown: Sequence[tuple[str, str]]) -> list[int]:
        """Tokens before the sentence: the system prompt, the examples as turns, and the instruction."""
        ids = self._turn("system", SYSTEM)
        for before, after in shown:
            ids += self._turn("user", ask + before) + self._turn("assistant", after)
        return [*ids, self.start, *self._text("user\n")]

    @torch.inference_mode()
    def decode(
        self, ask: str, shown: Sequence[tuple[str, str]], sources: Sequence[str], added: Added | None = None
    ) -> list[str]:
        """Answers, cleaned. With `added`, its rows run parallel to `sources`."""
        shared = self.prefix(ask, shown)
        after = [self.end, *self._text("\n"), self.start, *self._text("assistant\n")]
        tails = [[*self._text(ask + source), *after] for source in sources]
        limit = max(len(self._text(source)) for source in sources) * 2 + 16
        longest = max(map(len, tails))
        count = len(tails)
        # the shared beginning is computed once; every tail is padded on the left, and padding is never attended to
        cache: list[tuple[Tensor, Tensor]] = []
        here = torch.arange(len(shared))[None]
        causal = torch.ones(len(shared), len(shared), dtype=torch.bool).tril()[None, None]
        self._run(self.model.embed(torch.tensor([shared])), here, causal, cache, None)
        cache = [(k.expand(count, -1, -1, -1), v.expand(count, -1, -1, -1)) for k, v in cache]
        ids = torch.tensor([[0] * (longest - len(tail)) + tail for tail in tails])
        real = torch.tensor([[False] * (longest - len(tail)) + [True] * len(tail) for tail in tails])
        positions = len(shared) + (real.cumsum(1) - 1).clamp(min=0)
        seen = torch.cat([torch.ones(count, len(shared), dtype=torch.bool), real], 1)  # (sentences, positions)
        lower = torch.ones(longest, longest, dtype=torch.bool).tril()
        mask = torch.cat([torch.ones(longest, len(shared), dtype=torch.bool), lower], 1)[None] & seen[:, None]
        moves = None
        if added is not None:
            steered = torch.zeros(count, longest, 1)
            steered[:, -1] = 1
            moves = (added.layer, steered * added.rows[:, None])
        hidden = self._run(self.model.embed(ids), positions, mask[:, None], cache, moves)[:, -1]
        written: list[list[int]] = [[] for _ in sources]
        done = [False] * count
        for step in range(limit):
            chosen = self.model.logits(hidden).argmax(-1)
            for row, token in enumerate(chosen.tolist()):
                if not done[row]:
                    done[row] = token == self.end
                    if not done[row]:
                        written[row].append(token)
                        done[row] = self._complete(written[row])
            if all(done):
                break
            seen = torch.cat([seen, torch.ones(count, 1, dtype=torch.bool)], 1)
            moves = (added.layer, added.rows[:, None]) if added is not None else None
            at = positions[:, -1:] + 1 + step
            hidden = self._run(self.model.embed(chosen[:, None]), at, seen[:, None, None], cache, moves)[:, 0]
        return [clean(self.tokenizer.decode(w), source) for w, source in zip(written, sources, strict=True)]

    def _complete(self, ids: list[int]) -> bool:
        """True when a whole line is written that is not a mere announcement."""
        if len(ids) < 2 or "\n" not in self.tokenizer.decode(ids[-1:]):
            return False
        return bool(re.sub(r"^[^\n]*:\s*\n", "", self.tokenizer.decode(ids).lstrip()).strip())

    def _run(
        self,
        hidden: Tensor,
        positions: Tensor,
        mask: Tensor,
        cache: list[tuple[Tensor, Tensor]],
        moves: tuple[int, Tensor] | None,
    ) -> Tensor:
        """All layers with a mask and a position for every row, which `Llama.run` does not need. Appends to `cache`.

        hidden: (rows, new, hidden); positions: (rows, new); mask: (rows, 1, new, seen), True where attended.
        """
        model, c = self.model, self.model.config
        rows, new, _ = hidden.shape
        half = c.head_size // 2
        frequency = 1.0 / c.rope_theta ** (torch.arange(half).float() / half)
        angle = positions.float()[:, None, :, None] * frequency
        cos, sin = angle.cos(), angle.sin()
        shares = c.num_attention_heads // c.num_key_value_heads
        for layer in range(c.num_hidden_layers):
            if moves is not None and moves[0] == layer:
                hidden = hidden + moves[1]
            block = model.block(layer)
            x = rms_norm(hidden, block.attention_norm, c.rms_norm_eps)
            heads = F.linear(x, block.qkv).view(rows, new, -1, c.head_size).transpose(1, 2)
            keys, values = c.num_attention_heads, c.num_attention_heads + c.num_key_value_heads
            q, k, v = heads[:, :keys], heads[:, keys:values], heads[:, values:]
            q, k = rotate(q, cos, sin), rotate(k, cos, sin)
            if layer < len(cache):
                k, v = torch.cat([cache[layer][0], k], 2), torch.cat([cache[layer][1], v], 2)
                cache[layer] = (k, v)
            else:
                cache.append((k, v))
            mixed = F.scaled_dot_product_attention(
                q, k.repeat_interleave(shares, 1), v.repeat_interleave(shares, 1), mask
            )
            hidden = hidden + F.linear(mixed.transpose(1, 2).reshape(rows, new, -1), block.out)
            gate, up = F.linear(rms_norm(hidden, block.mlp_norm, c.rms_norm_eps), block.gate_up).chunk(2, -1)
            hidden = hidden + F.linear(F.silu(gate) * up, block.down)
        return hidden
