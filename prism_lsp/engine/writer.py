"""`write`: rewrite a sentence with a move of the latent space added in the middle of the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer
from torch import Tensor

from prism_lsp.engine.branches import Branches, Guesses
from prism_lsp.engine.draft import guesses
from prism_lsp.engine.head import Head
from prism_lsp.engine.int8 import SAMPLE
from prism_lsp.engine.layer import Layer, merged
from prism_lsp.engine.llama import Adapter, Cache, Llama, LowRank
from prism_lsp.engine.reader import special
from prism_lsp.engine.tree import Prefix, Tree
from prism_lsp.reading import EngineError


class Prompt:
    """The chat template around a sentence, in tokens. What is typed inside it stays text, whatever it says."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        tokenizer.encode_special_tokens = True
        self.start, self.end = special(tokenizer, "<|im_start|>"), special(tokenizer, "<|im_end|>")
        newline = self.text("\n")
        self.before = [self.start, *self.text("user\n")]
        self._after = [self.end, *newline, self.start, *self.text("assistant\n")]

    def text(self, text: str) -> list[int]:
        """Tokens of plain text."""
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def ids(self, source: str) -> list[int]:
        """The prompt for a sentence; the answer begins right after it."""
        return [*self.before, *self.text(source), *self._after]


def adapter_tensors(parameters: dict[str, Tensor]) -> dict[str, Tensor]:
    """Parameters as they are stored: half precision, contiguous."""
    return {name: tensor.half().contiguous() for name, tensor in parameters.items()}


COPIED = 4
"""Sentences of `int8.SAMPLE` that the int8 layers are fitted to."""


class Cancelled(Exception):
    """The rewrite is no longer wanted."""


class Writer:
    """The base model with the adapter that taught it to obey. Its layers are made when the first rewrite is asked for."""

    def __init__(self, model: Llama, tokenizer: Tokenizer, path: Path, head: Head, int8: bool = False) -> None:
        """`path`: the adapter's safetensors. `int8`: compute in it what is slow; one text in ten then differs in a word.
        Raises EngineError (pack) when the file is missing or of another shape."""
        try:
            with safe_open(str(path), framework="pt", device=str(model.device)) as file:
                tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
                self.inject = int(file.metadata()["inject"])
            self.steer = tensors["steer"]
        except (OSError, KeyError, TypeError, ValueError, SafetensorError) as error:
            raise EngineError(f"The pack has no usable writer ({path.name}): {error}.", "pack") from error
        self.model = model
        self.head = head
        self.prompt = Prompt(tokenizer)
        self.tokenizer = tokenizer
        self.adapter: Adapter = {
            (int(layer), part): LowRank(tensors[f"{name}.a"], tensors[f"{name}.b"])
            for name in (key[:-2] for key in tensors if key.endswith(".a"))
            for layer, part in [name.split(".")]
        }
        self.int8 = int8
        self._layers: list[Layer] = []
        self._cache = Cache(len(self.prompt.before))
        self._first = model.embed(torch.tensor([self.prompt.before], device=model.device))  # (1, tokens, hidden)
        tokens, self._sample_parents = self._sample()
        self._sample_states = model.embed(torch.tensor(tokens, device=model.device))  # (tokens, hidden)

    @torch.inference_mode()
    def prepare(self, step: Callable[[], None] = lambda: None) -> None:
        """Make the layers that are not there yet. step: called before each; when it raises, those that are made stay."""
        for number in range(len(self._layers), self.model.config.num_hidden_layers):
            step()
            self._layers.append(self._layer(number))
        self.head.prepare(step)

    def _layer(self, number: int) -> Layer:
        """A layer with the adapter. What the prompt's first tokens leave in it goes to the cache."""
        here = range(number, number + 1)
        self._first = self.model.run(self._first, here, self.adapter, self._cache)
        block = self.model.block(number)
        if not self.int8:
            return Layer.of(block).adapted(self.adapter, number)
        block, reach = merged(block, self.adapter, number), dict[str, Tensor]()
        watched = Layer.of(block).watched(reach)
        tree = Tree(self.model, [watched], Prefix(self._cache, here))
        self._sample_states = tree.grow(self._sample_states, self._sample_parents)
        self.model.forget(number)  # float32 weights, four times as large
        return Layer.int8(block, reach)

    def below(self) -> Tree:
        """A tree of the layers below the injected move, which begins as every prompt does."""
        return Tree(self.model, self._layers[: self.inject], Prefix(self._cache, range(self.inject)))

    def above(self) -> Tree:
        """The same for the layers above it."""
        above = range(self.inject, len(self._layers))
        return Tree(self.model, self._layers[self.inject :], Prefix(self._cache, above))

    def _sample(self) -> tuple[list[int], list[int]]:
        """Ordinary sentences copied, which tell int8 layers how far their channels reach: tokens, and each one's parent."""
        start, tokens, parents = len(self.prompt.before), list[int](), list[int]()
        for text in SAMPLE[:COPIED]:
            for place, token in enumerate([*self.prompt.ids(text)[start:], *self.prompt.text(text)]):
                parents.append(start + len(tokens) - 1 if place else start - 1)
                tokens.append(token)
        return tokens, parents

    @torch.inference_mode()
    def decode(
        self,
        source: str,
        deltas: Tensor,
        guidance: Sequence[float],
        step: Callable[[], None] = lambda: None,
        guesses: Guesses = guesses,
        leash: bool = True,
        turns: Sequence[int] = (),
    ) -> list[str]:
        """Greedy rewrites of `source`, one for each row of `deltas`.

        deltas: (candidates, latent), moves of the latent. guidance: per candidate g; 1 is the conditional alone, above it
        the next token is chosen by u + g (c - u), u being the logits of the row's twin with delta 0 (classifier-free
        guidance, Sanchez et al. 2023). step: called before every layer of a pass; what it raises ends the work.
        guesses: how a text may go on; they decide how fast the work goes, never what is written.
        leash: a candidate that strays from its source is given up, and is the empty text.
        turns: per candidate k; above 0 it copies the source up to the k-th likeliest turn (`Branches.turns`) and goes on from
        there. Most rewrites change little, and where there are many ways to do that, copying is always the likeliest next
        word; so the places where the move pulls most are looked for, and the first step is taken. None when left out.
        """
        return self.branches(source, deltas, guidance, step, guesses, leash, turns).texts()

    @torch.inference_mode()
    def branches(
        self,
        source: str,
        deltas: Tensor,
        guidance: Sequence[float],
        step: Callable[[], None] = lambda: None,
        guesses: Guesses = guesses,
        leash: bool = True,
        turns: Sequence[int] = (),
    ) -> Branches:
        """As `decode`, with what was computed on the way, for whoever asks how likely a text is (`Branches.likelihoods`)."""
        self.prepare(step)
        found = Branches(self, source, deltas, guidance, guesses, leash, turns)
        while found.growing:
            found.grow(step)
        return found
