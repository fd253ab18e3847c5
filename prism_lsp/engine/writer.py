"""`write`: rewrite a sentence with a move of the latent space added in the middle of the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer
from torch import Tensor

from prism_lsp.engine.llama import Adapter, Cache, Llama, LowRank
from prism_lsp.engine.reader import special
from prism_lsp.reading import EngineError


class Prompt:
    """The chat template around a sentence, in tokens. What is typed inside it stays text, whatever it says."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        tokenizer.encode_special_tokens = True
        self.start, self.end = special(tokenizer, "<|im_start|>"), special(tokenizer, "<|im_end|>")
        newline = self.text("\n")
        self._before = [self.start, *self.text("user\n")]
        self._after = [self.end, *newline, self.start, *self.text("assistant\n")]

    def text(self, text: str) -> list[int]:
        """Tokens of plain text."""
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def ids(self, source: str) -> list[int]:
        """The prompt for a sentence; the answer begins right after it."""
        return [*self._before, *self.text(source), *self._after]


def adapter_tensors(parameters: dict[str, Tensor]) -> dict[str, Tensor]:
    """Parameters as they are stored: half precision, contiguous."""
    return {name: tensor.half().contiguous() for name, tensor in parameters.items()}


NEAR = 6.0
"""Guidance chooses only among tokens whose conditional log-probability is within this many nats of the best one's."""


class Cancelled(Exception):
    """The rewrite is no longer wanted."""


class Writer:
    """The base model with the adapter that taught it to obey. Loaded when the first rewrite is asked for."""

    def __init__(self, model: Llama, tokenizer: Tokenizer, path: Path) -> None:
        """`path`: the adapter's safetensors. Raises EngineError (pack) when it is missing or of another shape."""
        try:
            with safe_open(str(path), framework="pt", device=str(model.device)) as file:
                tensors = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
                self.inject = int(file.metadata()["inject"])
            self.steer = tensors["steer"]
        except (OSError, KeyError, TypeError, ValueError, SafetensorError) as error:
            raise EngineError(f"The pack has no usable writer ({path.name}): {error}.", "pack") from error
        self.model = model
        self.prompt = Prompt(tokenizer)
        self.tokenizer = tokenizer
        self.adapter: Adapter = {
            (int(layer), part): LowRank(tensors[f"{name}.a"], tensors[f"{name}.b"])
            for name in (key[:-2] for key in tensors if key.endswith(".a"))
            for layer, part in [name.split(".")]
        }

    @torch.inference_mode()
    def decode(
        self,
        source: str,
        deltas: Tensor,
        guidance: Sequence[float],
        step: Callable[[], None] = lambda: None,
    ) -> list[str]:
        """Greedy rewrites of `source`, one for each row of `deltas`.

        deltas: (candidates, latent), moves of the latent. guidance: per candidate g; 1 is the conditional alone, above it
        the next token is chosen by u + g (c - u), u being the logits of the row's twin with delta 0 (classifier-free
        guidance, Sanchez et al. 2023). step: called before every token; what it raises ends the work.
        """
        lower, upper = range(self.inject), range(self.inject, self.model.config.num_hidden_layers)
        ids = self.prompt.ids(source)
        limit = len(ids) + len(self.prompt.text(source)) * 2 + 16
        guided = [row for row, g in enumerate(guidance) if g != 1]
        moves = torch.cat([deltas, torch.zeros(len(guided), deltas.shape[1])]).to(self.model.device) @ self.steer.T
        strength = torch.tensor([guidance[row] for row in guided], device=self.model.device)[:, None]
        cache = Cache(limit)
        prompt = self.model.embed(torch.tensor([ids[:-1]], device=self.model.device))
        self.model.run(self.model.run(prompt, lower, None, cache), upper, self.adapter, cache)
        cache = cache.rows(torch.zeros(len(moves), dtype=torch.long, device=self.model.device))
        # `alive` are the candidates still being written; row r of the batch is alive[r], their twins follow in order
        alive, twins = list(range(len(deltas))), guided
        written: list[list[int]] = [[] for _ in alive]
        token = torch.full((len(moves), 1), ids[-1], device=self.model.device)
        for position in range(len(ids) - 1, limit):
            step()
            hidden = self.model.run(self.model.embed(token), lower, None, cache, position) + moves[:, None]
            hidden = self.model.run(hidden, upper, self.adapter, cache, position)
            logits = self.model.logits(hidden[:, 0]).log_softmax(-1)
            conditional = logits[: len(alive)]
            if twins:
                rows = torch.tensor([alive.index(row) for row in twins], device=self.model.device)
                c, u = conditional[rows], logits[len(alive) :]
                mixed = u + strength * (c - u)
                mixed[c < c.max(-1, keepdim=True).values - NEAR] = -torch.inf
                conditional = conditional.index_copy(0, rows, mixed)
            chosen = conditional.argmax(-1).tolist()
            for row, token_id in zip(alive, chosen, strict=True):
                written[row].append(token_id)
            going = [i for i, token_id in enumerate(chosen) if token_id != self.prompt.end]
            if not going:
                break
            if len(going) < len(alive):
                still = {alive[i] for i in going}
                kept = [i for i, row in enumerate(twins) if row in still]
                rows = torch.tensor(going + [len(alive) + i for i in kept], device=self.model.device)
                cache, moves, strength = cache.rows(rows), moves[rows], strength[kept]
                twins = [twins[i] for i in kept]
                alive = [alive[i] for i in going]
            next_of = {row: written[row][-1] for row in alive}
            token = torch.tensor([[next_of[row]] for row in alive + twins], device=self.model.device)
        return [self.tokenizer.decode([t for t in w if t != self.prompt.end]).strip() for w in written]
