"""One rewrite as the product does it, with everything that was decoded and judged on the way."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any
from unittest import mock

import torch

from benchmarks.items import Item, Task
from prism_lsp.engine import check
from prism_lsp.engine.local import GRID, LocalEngine


def noting(function: Callable[..., Any], notes: list[tuple[tuple[Any, ...], Any]]) -> Callable[..., Any]:
    """The same function; each call's arguments and result are noted."""

    def wrapped(*arguments: Any, **named: Any) -> Any:
        result = function(*arguments, **named)
        notes.append((arguments, result))
        return result

    return wrapped


def prism(engine: LocalEngine, task: Task, text: str, move: torch.Tensor | None = None) -> tuple[Item, str]:
    """One rewrite as shipped, and the text of amount 1 and guidance 1. `move` takes the place of the edit's own.

    The item tells every candidate, what the check measured on it, and why it was not offered.
    """
    decoded: list[Any] = []
    judged: list[Any] = []
    writer = engine.writer
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(writer, "branches", noting(writer.branches, decoded)))
        stack.enter_context(mock.patch.object(check, "judge", noting(check.judge, judged)))
        if move is not None:
            stack.enter_context(mock.patch.object(engine, "delta", lambda edit: move))
        began = time.perf_counter()
        answer = engine.rewrite(text, task.edit)
        seconds = time.perf_counter() - began
    texts = decoded[0][1].texts()
    before, found = judged[0][0][1], judged[0][0][2]
    row = engine.pack.row(task.concept)
    measured = {c.text: c for c in found}
    candidates = []
    for (amount, guidance, turn), written in zip(GRID, texts, strict=False):
        told: Item = {"amount": amount, "guidance": guidance, "turn": turn, "text": written}
        if written not in measured:
            told["reasons"] = ["a copy" if written else "empty"]
        else:
            c = measured[written]
            told["score"] = round(float(c.scores[row]), 3)
            told["reasons"] = [] if check.arrived(before, c.scores, task.edit, engine.pack) else ["not reached"]
            told["reasons"] += [] if c.whole else ["broken"]
            if not told["reasons"]:
                told |= {"similarity": round(c.similarity, 3), "fluency": round(c.fluency, 3)}
        candidates.append(told)
    first = answer.rewrites[0] if answer.rewrites else None
    item: Item = {
        "text": first.text if first else None,
        "refused": answer.refused,
        "offers": [rewrite._asdict() for rewrite in answer.rewrites],
        "candidates": candidates,
        "seconds": round(seconds, 3),
    }
    return item, texts[0]


def random_move(engine: LocalEngine, task: Task, text: str, seed: int) -> torch.Tensor:
    """A random direction as long as the concept's, drawn anew for every sentence, (1, latent)."""
    digest = hashlib.sha256(f"{seed}|{task.name}|{text}".encode()).digest()
    move = torch.randn(
        engine.pack.mean.shape, generator=torch.Generator().manual_seed(int.from_bytes(digest[:6], "big"))
    )
    scaled: torch.Tensor = move / move.norm() * engine.delta(task.edit).norm()
    return scaled[None]
