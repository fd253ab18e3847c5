"""Several rewrites of one sentence in the making, decoded together: tokens that they share are computed once.

Below the injected move a token's states depend on the text alone, above it on the move and the text. So there are two trees.
The lower one has a node for every text so far, the upper one for every pair of a move and a text. Candidates of the same
move and text are the same node, whatever their guidance; the twins with delta 0 that guidance compares with are
one more move. What was computed for a guess that proved wrong may be another candidate's right one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from prism_lsp.engine.draft import departures, leash
from prism_lsp.engine.head import Near

if TYPE_CHECKING:
    from prism_lsp.engine.writer import Writer

Guesses = Callable[[Sequence[int], Sequence[int], Sequence[Sequence[int]]], list[list[int]]]
"""(source, text so far, the other candidates' texts so far) to the ways in which the text may go on."""

PASS = 128
"""Nodes computed in one pass at most: between its layers the writer can be stopped, and reads are answered."""

SIGHT = 64_000
"""Nodes of a pass times nodes of the tree at most, for the same reason: each new node looks at every old one."""


PULL = 1.0
"""Weight of what the move itself has brought about among the reasons for a turn."""

EACH_PLACE = 2
"""Turns at one place of the source at most."""


def portion(size: int) -> int:
    """Nodes for the next pass through a tree of this size."""
    return max(8, min(PASS, SIGHT // max(1, size)))


UNMOVED = 0
"""The number of the move that is none."""


class Branches:
    """The state of one call of `Writer.decode`."""

    def __init__(
        self,
        writer: Writer,
        source: str,
        deltas: Tensor,
        guidance: Sequence[float],
        guesses: Guesses,
        leashed: bool = True,
        turns: Sequence[int] = (),
    ) -> None:
        self.writer = writer
        self.source = writer.prompt.text(source)
        self.guidance = guidance
        self.guesses = guesses
        self.leash = leash(self.source) if leashed else math.inf
        self._departed = [(0, 0) for _ in guidance]
        self.limit = 2 * len(self.source) + 17
        """Tokens of a rewrite at most."""
        self.written: list[list[int]] = [[] for _ in guidance]
        self.growing = list(range(len(guidance)))
        """Candidates that are not finished."""
        self._turning = {row: turn for row, turn in enumerate(turns) if turn}
        """Candidates that still wait for the turn, the first the likeliest, from which they are to start."""
        self._ranked: dict[int, list[tuple[int, int]]] = {}
        """By move: its turns, best first."""
        self._number_moves(deltas)
        self._plant(source)

    def _number_moves(self, deltas: Tensor) -> None:
        """Equal moves get one number; none at all is number 0."""
        numbers = {bytes(torch.zeros_like(deltas[0]).cpu().numpy()): UNMOVED}
        different = [torch.zeros_like(deltas[0])]
        self.move_of: list[int] = []
        """Each candidate's move."""
        for delta in deltas + 0.0:  # -0 is 0
            key = bytes(delta.cpu().numpy())
            if key not in numbers:
                numbers[key] = len(different)
                different.append(delta)
            self.move_of.append(numbers[key])
        self._moves = torch.stack(different).to(self.writer.model.device) @ self.writer.steer.T

    def _plant(self, source: str) -> None:
        """The trees with the prompt, none of it computed yet. It has no moves up to its last token, where the answer begins."""
        writer = self.writer
        self._lower, self._upper = writer.below(), writer.above()
        start = len(writer.prompt.before)
        ids = writer.prompt.ids(source)
        self._tokens, self._parents = ids[:start], [-1, *range(start - 1)]  # of the lower tree's nodes
        self._child: dict[tuple[int, int], int] = {}  # (node of the lower tree, token): the node below it
        self._node: dict[tuple[int, int], int] = {(UNMOVED, node): node for node in range(start)}  # of the upper tree
        self._wanted: list[tuple[int, int]] = []  # (move, lower node) that are to be computed
        self._near: dict[tuple[int, int], Near] = {}
        self._normed: dict[tuple[int, int], Tensor] = {}
        self._below: list[Tensor] = [torch.empty(0)] * start  # residual stream between the trees, by lower node
        at = start - 1
        for token in ids[start:-1]:
            at = self._follow(at, token)
            self._want(UNMOVED, at)
        root = self._follow(at, ids[-1])
        self._first_answer = root
        self._at = [root for _ in self.guidance]  # each candidate's last lower node
        self._path = [root]
        """Lower nodes of the answer that is the source, if somebody waits for a turn."""
        for token in self.source if self._turning else ():
            self._path.append(self._follow(self._path[-1], token))

    def _follow(self, node: int, token: int) -> int:
        """The lower node below this one with this token, made if there is none."""
        if (node, token) not in self._child:
            self._child[node, token] = len(self._tokens)
            self._tokens.append(token)
            self._parents.append(node)
        return self._child[node, token]

    def _want(self, move: int, node: int) -> None:
        if (move, node) not in self._node:
            self._node[move, node] = len(self._node)
            self._wanted.append((move, node))

    def _views(self, row: int) -> set[int]:
        """The moves under which a candidate's tokens have to be seen: its own, and none at all for guidance."""
        return {self.move_of[row]} if self.guidance[row] == 1 else {self.move_of[row], UNMOVED}

    @property
    def nodes(self) -> tuple[int, int]:
        """Nodes computed so far in the lower and the upper tree, wrong guesses counted."""
        return self._lower.size, self._upper.size

    def grow(self, step: Callable[[], None]) -> None:
        """Some guesses ahead for every candidate, and each as far on as the guesses were right. step: called before each layer."""
        for row in self.growing:
            if row in self._turning:
                for node in self._path:
                    self._want(self.move_of[row], node)
                    self._want(UNMOVED, node)
                continue
            text = self.written[row]
            others = [other for other in self.written if other and other is not text]
            self._look(row, self._at[row])
            for guess in self.guesses(self.source, text, others):
                node = self._at[row]
                for token in guess[: self.limit - len(text) - 1]:
                    node = self._follow(node, token)
                    self._look(row, node)
        self._compute(step)
        for row in list(self.growing):
            if row in self._turning:
                self._turn(row, self._turning.pop(row))
                continue
            self._write(row)
            self._departed[row] = departures(self.source, self.written[row], *self._departed[row])
            if self._departed[row][1] > self.leash:
                self.written[row] = []
                if row in self.growing:
                    self.growing.remove(row)

    def texts(self) -> list[str]:
        """What the candidates have written, one for each row of deltas."""
        return [self.writer.tokenizer.decode(tokens).strip() for tokens in self.written]

    @torch.inference_mode()
    def likelihoods(self, row: int, texts: Sequence[str], step: Callable[[], None] = lambda: None) -> list[float]:
        """How likely the writer finds each text as its answer to a candidate's move: log-probability in nats, without guidance.

        What is out of reach (`head.NEAR`) of the likeliest tokens is left out of the sum that probabilities are shares of.
        Once it is asked, no candidate grows any more.
        """
        writer, move = self.writer, self.move_of[row]
        self.growing = [row]  # so that this move's next tokens are looked for
        paths: list[list[tuple[int, int]]] = []
        for text in texts:
            node, path = self._first_answer, list[tuple[int, int]]()
            for token in [*writer.prompt.text(text), writer.prompt.end]:
                self._want(move, node)
                path.append((node, token))
                node = node if token == writer.prompt.end else self._follow(node, token)
            paths.append(path)
        self._compute(step)
        self.growing = []
        return [sum(self._chance(move, node, token) for node, token in path) for path in paths]

    def _chance(self, move: int, node: int, token: int) -> float:
        """Log-probability of a token after a node."""
        normed = self._normed[move, node]
        logit = self.writer.head.logits(normed, torch.tensor([token], device=normed.device))[0]
        return float(logit - self._near[move, node].logits.logsumexp(0))

    def turns(self, move: int) -> list[tuple[int, int]]:
        """Where a move leaves the source, best first: (tokens copied, the other token that follows).

        Ranked by how much likelier that token is than the source's own, in nats, and how much of this the move has brought
        about (the same without the move, taken off); a place is there twice at most.
        """
        head, end = self.writer.head, self.writer.prompt.end
        found = list[tuple[float, int, int]]()
        for place, (node, own) in enumerate(zip(self._path, [*self.source, end], strict=True)):
            tokens, near = self._near[move, node]
            ids = torch.cat([tokens, tokens.new_tensor([own])])
            with_, without = (
                torch.cat([near, head.logits(self._normed[move, node], ids[-1:])]),
                head.logits(self._normed[UNMOVED, node], ids),
            )
            gain = (with_ - with_[-1]) + PULL * ((with_ - with_[-1]) - (without - without[-1]))
            best = sorted(zip(gain[:-1].tolist(), tokens.tolist(), strict=True), reverse=True)
            found += [(score, place, token) for score, token in best if token != own][:EACH_PLACE]
        return [(place, token) for _, place, token in sorted(found, reverse=True)]

    def _turn(self, row: int, number: int) -> None:
        """Put a candidate behind its turn; one that has none is given up."""
        move = self.move_of[row]
        if move not in self._ranked:
            self._ranked[move] = self.turns(move)
        if number > len(self._ranked[move]):
            self.growing.remove(row)
            return
        place, token = self._ranked[move][number - 1]
        self.written[row] = self.source[:place]
        if token == self.writer.prompt.end or place >= self.limit:
            self.growing.remove(row)
            return
        self.written[row].append(token)
        self._at[row] = self._follow(self._path[place], token)

    def _look(self, row: int, node: int) -> None:
        """A node is wanted under all the views of a candidate."""
        for move in sorted(self._views(row)):
            self._want(move, node)

    def _compute(self, step: Callable[[], None]) -> None:
        """All nodes that are wanted and not there yet."""
        model = self.writer.model
        while (start := self._lower.size) < len(self._tokens):
            new = range(start, min(start + portion(start), len(self._tokens)))
            ids = torch.tensor(self._tokens[new.start : new.stop], device=model.device)
            self._below.extend(self._lower.grow(model.embed(ids), self._parents[new.start : new.stop], step))
        conditional = {self.move_of[row] for row in self.growing}
        while self._wanted:
            count = portion(self._upper.size)
            new_pairs, self._wanted = self._wanted[:count], self._wanted[count:]
            hidden = torch.stack([self._below[node] for _, node in new_pairs])
            moved = [m if n >= self._first_answer else UNMOVED for m, n in new_pairs]
            hidden = self._upper.grow(
                hidden + self._moves[moved], [self._above(move, node) for move, node in new_pairs], step
            )
            normed = self.writer.head.normed(hidden)
            answers = [i for i, (_, node) in enumerate(new_pairs) if node >= self._first_answer]
            self._normed.update((new_pairs[i], normed[i]) for i in answers)
            chosen = [i for i in answers if new_pairs[i][0] in conditional]
            if chosen:
                near = self.writer.head.near(normed[chosen], step)
                self._near.update(zip((new_pairs[i] for i in chosen), near, strict=True))

    def _above(self, move: int, node: int) -> int:
        """The parent in the upper tree. The first token of an answer hangs from the prompt, which no move has touched."""
        parent = self._parents[node]
        return self._node[move if node > self._first_answer else UNMOVED, parent]

    def _write(self, row: int) -> None:
        """Choose tokens for a candidate as long as what they depend on is computed."""
        text = self.written[row]
        while all((move, self._at[row]) in self._node for move in self._views(row)):
            token = self._choose(row)
            if token == self.writer.prompt.end:
                break
            text.append(token)
            if len(text) == self.limit:
                break
            self._at[row] = self._follow(self._at[row], token)
        else:
            return
        self.growing.remove(row)

    def _choose(self, row: int) -> int:
        """The next token of a candidate."""
        node, guidance = self._at[row], self.guidance[row]
        tokens, c = self._near[self.move_of[row], node]
        if guidance != 1:
            u = self.writer.head.logits(self._normed[UNMOVED, node], tokens)
            c = u + guidance * (c - u)
        return int(tokens[c.argmax()])
