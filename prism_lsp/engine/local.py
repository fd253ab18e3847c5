"""The engine in this process: weights, pack, reader and writer put together, with the two verbs `read` and `rewrite`."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from prism_lsp.concept_file import Concept
from prism_lsp.engine import calibration, check, int8, modes, ordinary, project, weights
from prism_lsp.engine import pack as packs
from prism_lsp.engine.again import Again
from prism_lsp.engine.head import Head
from prism_lsp.engine.llama import Llama
from prism_lsp.engine.memory import trim
from prism_lsp.engine.probes import Pool
from prism_lsp.engine.reader import Encoded, Reader, words
from prism_lsp.engine.writer import Cancelled, Writer
from prism_lsp.reading import Edit, EngineError, Progress, Reading, Rewrites, Share

GRID = (
    (1.0, 1.0, 0), (1.5, 1.0, 1), (1.5, 1.5, 0), (1.5, 1.0, 2), (2.0, 1.0, 0), (1.5, 1.0, 3), (1.5, 2.5, 0), (1.5, 1.0, 4),
)  # fmt: skip
"""Candidates: (amount, guidance, turn), in the order in which fewer candidates take them (`Writer.decode`)."""

SURE = 1.5
"""Amount of the move under which it is asked how likely a candidate is."""

Likely = Callable[[Sequence[str]], list[float]]

Runtime = Literal["auto", "float32", "int8"]

MAX_REWRITE = 1200
"""Characters; a longer sentence is not rewritten."""


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of converted weights."""
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


class LocalEngine:
    """Reads and rewrites in this process."""

    def __init__(self, model: Llama, tokenizer: Tokenizer, pack: packs.Pack, fast: bool = False) -> None:
        self.shipped = pack
        """The pack as it ships; `pack` has the project's own concepts behind its features."""
        self.model = model
        self.tokenizer = tokenizer
        self.reader = Reader(model, tokenizer, pack.layer, pack.first_token, pack.probed, fast)
        self.mode: modes.Mode = "add"
        """How edits aim (`modes.py`). Another one fits its readouts from ordinary prose before the first rewrite."""
        self._use(pack)
        self._writer: Writer | None = None
        self._head: Head | None = None

    @classmethod
    def load(
        cls,
        model: str | None = None,
        pack: str | None = None,
        threads: int | None = None,
        progress: Callable[[Progress], None] | None = None,
        runtime: Runtime = "auto",
    ) -> LocalEngine:
        """Find, fetch and verify the weights, load the pack. Raises EngineError (weights, pack).

        runtime: what is computed in; "auto" is int8 where the processor is fast at it, else float32.
        """
        torch.set_num_threads(threads or min(4, os.cpu_count() or 1))
        try:
            folder = weights.ensure(Path(model) if model else None, progress=_bytes_to(progress))
        except weights.WeightsError as error:
            raise EngineError(str(error), "weights") from error
        loaded = packs.load(packs.find(pack), folder.sha256)
        fast = runtime == "int8" or (runtime == "auto" and int8.supported())
        return cls(Llama(folder.path), load_tokenizer(folder.path), loaded, fast)

    def _use(self, pack: packs.Pack) -> None:
        self.pack = pack
        self.features = pack.features
        self.pool = Pool(pack.probes, self.model.device)
        self._aim: modes.Aim | None = None

    def fit(self, concepts: Sequence[Concept], step: Callable[[], None] = lambda: None) -> list[tuple[str, str]]:
        """Fit a project's concepts, or find them in the cache. Returns (id, why not) of those that cannot be used.

        step: called between batches of sentences; it may raise.
        """
        return project.Fitter(self.shipped, self.reader, step).problems(concepts)

    def adopt(self, concepts: Sequence[Concept]) -> None:
        """These are the project's concepts from now on, in this order behind the pack's features. Quick after `fit`."""
        self._use(project.Fitter(self.shipped, self.reader).extended(concepts))

    def read(self, texts: Sequence[str], evidence: bool = False) -> list[Reading]:
        """Readings of sentences, each alone: the same whatever else is in the batch."""
        scores, tokens, shares = self.scores(texts, evidence)
        percentiles = calibration.percentiles(scores, tokens, self.pack.quantiles, self.pack.lengths)
        activations = np.maximum(scores, 0)
        return [
            Reading(tuple(activations[i].tolist()), tuple(percentiles[i].tolist()), shares[i] if evidence else None)
            for i in range(len(texts))
        ]

    @torch.inference_mode()
    def scores(
        self, texts: Sequence[str], evidence: bool = False
    ) -> tuple[NDArray[np.float32], NDArray[np.int64], list[tuple[tuple[Share, ...], ...]]]:
        """(scores before the relu (sentences, features), -inf for an empty one; tokens of each; shares if asked for)."""
        scores = np.full((len(texts), len(self.features)), -np.inf, np.float32)
        tokens = np.zeros(len(texts), np.int64)
        shares: list[tuple[tuple[Share, ...], ...]] = [((),) * len(self.features)] * len(texts)
        for batch, encoded, states in self.reader.batched(texts, self.reader.probed):
            if not states.shape[1]:
                continue
            parts = self._parts(encoded, states)
            found = self.pool.scores(parts).cpu().numpy()
            for row, index in enumerate(batch):
                if count := len(encoded[row].ids) - 1:
                    scores[index], tokens[index] = found[row], count
                    if evidence:
                        shares[index] = self._evidence(texts[index], encoded[row].offsets, parts[row, :count].cpu())
        return scores, tokens, shares

    def _parts(self, encoded: Sequence[Encoded], states: Tensor) -> Tensor:
        """Every token's part in every feature, (sentences, longest, features)."""
        counts = torch.tensor([len(each.ids) - 1 for each in encoded], device=states.device)
        return self.pool.parts(states, counts.clamp(min=1))

    def _evidence(self, text: str, offsets: Sequence[tuple[int, int]], parts: Tensor) -> tuple[tuple[Share, ...], ...]:
        spans = words(text, offsets)
        sums = torch.stack([parts[word.tokens].sum(0) for word in spans]).T.tolist()  # (features, words)
        return tuple(
            tuple(Share(word.start, word.end, share) for word, share in zip(spans, row, strict=True)) for row in sums
        )

    def delta(self, edit: Edit) -> Tensor:
        """The move of the latent that an edit asks for, (1, latent). Raises EngineError (input) for an unknown feature."""
        total = np.zeros(self.pack.mean.shape, np.float32)
        for feature, amount in edit.moves:
            total += amount * self.pack.direction[self.pack.row(feature)]
        return torch.from_numpy(total)[None]

    def moves(self, text: str, edit: Edit, amounts: Sequence[float]) -> Tensor:
        """The move for each of `amounts` times an edit of this sentence, (amounts, latent), in the engine's mode."""
        if self.mode == "add":
            delta = self.delta(edit)
            return torch.cat([amount * delta for amount in amounts])
        if self._aim is None or self._aim.mode != self.mode:
            self._aim = modes.Aim(self.mode, self.pack, self.readout(ordinary.texts()))
        return self._aim.moves(self.reader.latents([text])[0].cpu().numpy(), edit, amounts)

    def readout(self, texts: Sequence[str]) -> modes.Readout:
        """Scores of all features as a linear map of the latent, fitted on these sentences."""
        return modes.fit(self.reader.latents(texts).cpu().numpy(), self.scores(texts)[0])

    @property
    def writer(self) -> Writer:
        """The writer, loaded on first use."""
        if self._writer is None:
            self._writer = Writer(self.model, self.tokenizer, self.pack.writer, self.head, self.reader.lower.int8)
        return self._writer

    @property
    def head(self) -> Head:
        """The model's output map, made on first use."""
        if self._head is None:
            self._head = Head(self.model, self.reader.lower.int8)
        return self._head

    def rewrite(
        self,
        text: str,
        edit: Edit,
        candidates: int = 8,
        step: Callable[[], None] = lambda: None,
    ) -> Rewrites:
        """Rewrites of one sentence that the check lets through, best first, or none and the reason.

        step: called before every layer of every pass through the model; it may raise `writer.Cancelled`, which ends the work
        as EngineError.
        Raises EngineError (input) for an empty or overlong sentence, an unknown feature or an edit that asks for nothing.
        """
        if not text.strip() or len(text) > MAX_REWRITE:
            raise EngineError(f"Only sentences of 1 to {MAX_REWRITE} characters can be rewritten.", "input")
        if not self.delta(edit).any():
            raise EngineError("The edit moves nothing: name a feature with an amount other than 0.", "input")
        try:
            texts, likely = self.decoded(text, edit, candidates, step)
            return self._judge(text, texts, edit, step, likely)
        except Cancelled as error:
            raise EngineError("The rewrite was cancelled.", "cancelled") from error
        finally:
            if self.reader.lower.int8:  # float32 uses all of the embedding in every pass
                self.model.leave_embedding()
            trim()

    def decoded(
        self, text: str, edit: Edit, candidates: int = len(GRID), step: Callable[[], None] = lambda: None
    ) -> tuple[list[str], Likely]:
        """What the writer makes of a sentence, each text once and unchecked, and how likely it finds any text."""
        amounts, guidance, turns = zip(*GRID[: max(1, candidates)], strict=True)
        branches = self.writer.branches(text, self.moves(text, edit, amounts), guidance, step, turns=turns)
        sure = amounts.index(SURE) if SURE in amounts else 0
        return list(dict.fromkeys(branches.texts())), partial(branches.likelihoods, sure, step=step)

    def _judge(
        self,
        source: str,
        texts: list[str],
        edit: Edit,
        step: Callable[[], None] = lambda: None,
        likely: Likely | None = None,
    ) -> Rewrites:
        if not any(texts):
            return Rewrites((), "Every rewrite strayed too far from the sentence.")
        before, found = self.candidates(source, texts, edit, step, likely)
        return check.judge(source, before, found, edit, self.pack)

    def candidates(
        self,
        source: str,
        texts: Sequence[str],
        edit: Edit,
        step: Callable[[], None] = lambda: None,
        likely: Likely | None = None,
    ) -> tuple[NDArray[np.float32], list[check.Candidate]]:
        """(scores of the source, (features,); what the check needs to know of each text that is not empty nor it).

        They are read as far as the check asks and not farther: those that did not reach the target are not read for their
        meaning, nor what is broken for how fluent it is. What was not measured is nan. likely: how likely the writer finds
        texts, if somebody knows already (`likelihoods`).
        """
        texts = [source, *(t for t in texts if t and t != source)]
        again = Again(self.reader, self.head, texts, step)
        scores = self._scores(again, range(len(texts)))
        rows = range(1, len(texts))
        whole = [bool(i) and check.whole(source, text, edit, self.pack, self.pieces) for i, text in enumerate(texts)]
        hit = [i for i in rows if whole[i] and check.arrived(scores[0], scores[i], edit, self.pack)]
        kept = [(np.nan,) * 3] * len(texts)
        surprise, chance = np.full((2, len(texts)), np.nan)
        if hit:
            latents = again.latents([0, *hit]).cpu().numpy()
            for i, latent in zip(hit, latents[1:], strict=True):
                kept[i] = check.likeness(source, texts[i], latents[0], latent, edit, self.pack)
            found = again.surprise([0, *hit]).cpu().numpy()
            surprise[hit] = found[1:] - found[0]
            likely = likely or partial(self.likelihoods, source, edit, step=step)
            chance[hit] = likely([texts[i] for i in hit])
        return scores[0], [
            check.Candidate(texts[i], scores[i], kept[i], float(surprise[i]), float(chance[i]), whole[i]) for i in rows
        ]

    def likelihoods(
        self, source: str, edit: Edit, texts: Sequence[str], step: Callable[[], None] = lambda: None
    ) -> list[float]:
        """How likely the writer finds each text as its answer to an edit of amount `SURE`, log-probabilities in nats."""
        return self.writer.branches(source, self.moves(source, edit, [SURE]), [1.0], step).likelihoods(0, texts, step)

    @torch.inference_mode()
    def _scores(self, again: Again, texts: Sequence[int]) -> NDArray[np.float32]:
        """Before the relu, (texts, features)."""
        scores: NDArray[np.float32] = self.pool.scores(self.pool.parts(*again.probed(texts))).cpu().numpy()
        return scores

    def pieces(self, word: str) -> int:
        """Tokens that a word inside a sentence is written with."""
        return len(self.tokenizer.encode(" " + word, add_special_tokens=False).ids)

    @torch.inference_mode()
    def measure(
        self, texts: Sequence[str], step: Callable[[], None] = lambda: None
    ) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """What the check may need to know of sentences, all of it of all of them.

        Returns latents (sentences, hidden), scores before the relu (sentences, features), and the mean negative
        log-likelihood per token in nats (sentences,), all 0 for an empty text. step: called before each layer.
        """
        latents = np.zeros((len(texts), self.model.config.hidden_size), np.float32)
        scores = np.zeros((len(texts), len(self.features)), np.float32)
        surprise = np.zeros(len(texts), np.float32)
        full = [i for i, text in enumerate(texts) if text]
        if full:
            again, every = Again(self.reader, self.head, [texts[i] for i in full], step), range(len(full))
            scores[full] = self._scores(again, every)
            latents[full] = again.latents(every).cpu().numpy()
            surprise[full] = again.surprise(every).cpu().numpy()
        return latents, scores, surprise

    def surprise(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Mean negative log-likelihood per token of each sentence under the plain base model, in nats, (sentences,)."""
        return self.measure(texts)[2]


def _bytes_to(progress: Callable[[Progress], None] | None) -> Callable[[weights.Progress], None] | None:
    """The weights' own progress, handed on as everybody's."""
    return (lambda p: progress(Progress(*p))) if progress else None
