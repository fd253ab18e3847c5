"""Sentences read again for the check: each as far up through the model as somebody asks, and no farther.

What a candidate has to show first is read lowest: its activations, then its latent, and only after all layers how likely it
is. Most candidates are out before that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import torch
from torch import Tensor

from prism_lsp.engine.head import Head
from prism_lsp.engine.lower import Stream
from prism_lsp.engine.reader import Reader

TOKENS = 512
"""Tokens that go through a layer together; after each layer a rewrite can be stopped, and readings are answered."""


class Again:
    """The plain model's view of some sentences, none of them empty. The work is done when it is asked for."""

    def __init__(self, reader: Reader, head: Head, texts: Sequence[str], step: Callable[[], None]) -> None:
        """step: called before every layer; what it raises ends the work."""
        self.reader = reader
        self.head = head
        self.step = step
        self.encoded = [reader.encode(text) for text in texts]
        self.last = reader.model.config.num_hidden_layers
        self.kept = sorted({*reader.probed, reader.layer, self.last})
        """Layers after which somebody may want to look."""
        self._seen: dict[tuple[int, int], Tensor] = {}
        """By (layer, text): residual stream of its tokens, (tokens, hidden)."""
        self._on_their_way: list[tuple[list[int], Stream]] = [
            (batch, reader.lower.begin([self.encoded[text].ids[1:] for text in batch]))
            for batch in reader.batches(self.encoded, TOKENS)
        ]

    def states(self, texts: Collection[int], layer: int) -> list[Tensor]:
        """Residual stream of each text's tokens after one of the `kept` layers, (tokens, hidden) each."""
        missing = {text for text in texts if (layer, text) not in self._seen}
        if missing:
            self._lift(missing, layer)
        return [self._seen[layer, text] for text in texts]

    def _lift(self, texts: Collection[int], layer: int) -> None:
        """Run these texts up to a layer. The others of their batches stay where they are."""
        lower, found = self.reader.lower, list[tuple[list[int], Stream]]()
        for batch, stream in self._on_their_way:
            chosen = [place for place, text in enumerate(batch) if text in texts]
            others = [place for place, text in enumerate(batch) if text not in texts]
            if others:
                found.append(([batch[place] for place in others], lower.only(stream, others)))
            if not chosen:
                continue
            batch, stream = [batch[place] for place in chosen], lower.only(stream, chosen)
            for mark in self.kept:
                if stream.done < mark <= layer:
                    stream = lower.up(stream, mark, self.step)
                    self._seen |= {(mark, text): each for text, each in zip(batch, stream.each(), strict=True)}
            found.append((batch, stream))
        self._on_their_way = found

    @torch.inference_mode()
    def latents(self, texts: Collection[int]) -> Tensor:
        """(texts, hidden)"""
        return torch.stack([states.mean(0) for states in self.states(texts, self.reader.layer)])

    @torch.inference_mode()
    def probed(self, texts: Collection[int]) -> tuple[Tensor, Tensor]:
        """What the probes read: residual stream after each probed layer, joined, (texts, longest, layers hidden), 0 after a
        text's end, and the tokens of each, (texts,)."""
        layers = [self.states(texts, layer) for layer in sorted(self.reader.probed, reverse=True)][::-1]
        joined = [torch.cat(each, -1) for each in zip(*layers, strict=True)]
        lengths = torch.tensor([len(each) for each in joined], device=joined[0].device)
        return torch.nn.utils.rnn.pad_sequence(joined, batch_first=True), lengths

    @torch.inference_mode()
    def surprise(self, texts: Collection[int]) -> Tensor:
        """Mean negative log-likelihood per token under the plain base model, in nats, (texts,)."""
        states = self.states(texts, self.last)
        # each token is foretold by the one before it, the first one by the leading special token
        before = [part for each in states for part in (self.reader.lower.first, each[:-1])]
        targets = [token for text in texts for token in self.encoded[text].ids[1:]]
        normed = self.head.normed(torch.cat(before))
        losses = self.head.surprise(normed, torch.tensor(targets, device=normed.device), self.step)
        return torch.stack([loss.mean() for loss in torch.split(losses, [len(each) for each in states])])
