"""`read`: sentences to latents, and each word's exact part in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from tokenizers import Tokenizer
from torch import Tensor

from prism_lsp.engine.int8 import SAMPLE
from prism_lsp.engine.llama import Llama
from prism_lsp.engine.lower import LONGEST, Lower
from prism_lsp.reading import EngineError

MAX_TOKENS = LONGEST
"""A longer sentence is read up to here."""

BATCH_TOKENS = 512
"""Tokens in a batch, padding counted. Measured with `python -m benchmarks.read`: larger batches gain nothing on two cores."""

_WORD = re.compile(r"\w+(?:['’\-]\w+)*|[^\w\s]+")


class Word(NamedTuple):
    """A word of the sentence and the tokens that it is written with."""

    start: int
    end: int
    tokens: list[int]
    """Positions among the sentence's tokens, 0 being the first token after the leading special one."""


class Encoded(NamedTuple):
    """A sentence as the model gets it."""

    ids: list[int]
    """The leading special token, then the sentence's own."""
    offsets: list[tuple[int, int]]
    """Characters of the sentence that each of its own tokens covers."""


def words(text: str, offsets: Sequence[tuple[int, int]]) -> list[Word]:
    """Tokens grouped by word; every token belongs to exactly one word, so that shares add up."""
    spans = [match.span() for match in _WORD.finditer(text)] or [(0, len(text))]
    grouped: list[Word] = [Word(start, end, []) for start, end in spans]
    at = 0
    for token, (start, end) in enumerate(offsets):
        while start < end - 1 and text[start].isspace():
            start += 1
        while at + 1 < len(spans) and spans[at + 1][0] <= start:
            at += 1
        grouped[at].tokens.append(token)
    return [word for word in grouped if word.tokens]


def special(tokenizer: Tokenizer, token: str) -> int:
    """The id of a special token. Raises EngineError (weights) when the tokenizer lacks it."""
    found: int | None = tokenizer.token_to_id(token)
    if found is None:
        raise EngineError(f"These weights' tokenizer has no {token}, which the pack needs.", "weights")
    return found


class Reader:
    """Reads sentences with the lower layers of the base model."""

    def __init__(
        self,
        model: Llama,
        tokenizer: Tokenizer,
        layer: int,
        first_token: str = "<|endoftext|>",
        probed: Sequence[int] = (),
        int8: bool = False,
    ) -> None:
        """`layer`: the latent lives in the residual stream after so many; `probed`: layers after which probes read.

        int8: compute in it what is slow; readings then agree with float32 to two or three digits (`int8.py`).
        """
        self.model = model
        self.tokenizer = tokenizer
        self.layer = layer
        self.probed = tuple(probed) or (layer,)
        # a writer may quote "<|im_end|>": it is text, not a command
        tokenizer.encode_special_tokens = True
        self.first = special(tokenizer, first_token)
        self.lower = Lower(model, self.first, [self.encode(text).ids[1:] for text in SAMPLE] if int8 else ())

    def encode(self, text: str) -> Encoded:
        """Tokens of a sentence behind one special token.

        The residual stream's first position is a norm outlier whatever stands there (text-and-dictionaries, B3), so a
        special token takes that place and the latent leaves it out; every word of the sentence counts.
        """
        encoding = self.tokenizer.encode(text, add_special_tokens=False)
        return Encoded([self.first, *encoding.ids][:MAX_TOKENS], encoding.offsets[: MAX_TOKENS - 1])

    def batches(self, encoded: Sequence[Encoded], most: int = BATCH_TOKENS) -> Iterator[list[int]]:
        """Indices in batches of alike length, so that little is padded. most: tokens of one, padding counted."""
        batch: list[int] = []
        for index in sorted(range(len(encoded)), key=lambda i: len(encoded[i].ids)):
            if batch and (len(batch) + 1) * len(encoded[index].ids) > most:
                yield batch
                batch = []
            batch.append(index)
        if batch:
            yield batch

    def padded(self, encoded: Sequence[Encoded], batch: Sequence[int]) -> Tensor:
        """Token ids of a batch, padded at the right (which attention never sees), (sentences, longest)."""
        longest = max(len(encoded[i].ids) for i in batch)
        ids = [encoded[i].ids + [0] * (longest - len(encoded[i].ids)) for i in batch]
        return torch.tensor(ids, device=self.model.device)

    @torch.inference_mode()
    def batched(
        self, texts: Sequence[str], layers: Sequence[int], most: int = BATCH_TOKENS
    ) -> Iterator[tuple[list[int], list[Encoded], Tensor]]:
        """Batches in order of length: (indices, their tokens, residual stream after each of `layers`, joined).

        The stream is (sentences, longest, len(layers) hidden), right-padded, without the leading special token.
        """
        encoded = [self.encode(text) for text in texts]
        for batch in self.batches(encoded, most):
            states = self.lower.states([encoded[index].ids[1:] for index in batch], layers)
            yield batch, [encoded[index] for index in batch], states

    @torch.inference_mode()
    def latents(self, texts: Sequence[str]) -> Tensor:
        """Latents z, (sentences, hidden): the mean of the residual stream over each sentence's tokens. Empty text: 0."""
        out = torch.zeros(len(texts), self.model.config.hidden_size, device=self.model.device)
        for batch, encoded, hidden in self.batched(texts, (self.layer,)):
            for row, index in enumerate(batch):
                if count := len(encoded[row].ids) - 1:
                    out[index] = hidden[row, :count].mean(0)
        return out
