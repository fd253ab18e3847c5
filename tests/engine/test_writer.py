"""Writing through the tiny model: candidates in one batch agree with each alone, and work can be stopped."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from prism_lsp.engine.local import LocalEngine
from prism_lsp.engine.writer import Cancelled
from prism_lsp.reading import Edit, EngineError
from tests import tiny

SOURCE = "The quick fox was there."


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> LocalEngine:
    return tiny.engine(Path(tmp_path_factory.mktemp("tiny")))


def naive(engine: LocalEngine, delta: torch.Tensor, guidance: float) -> str:
    """The same decoding without cache, batch or early ends: the definition."""
    writer = engine.writer
    ids, out = writer.prompt.ids(SOURCE), []
    limit = len(ids) + 2 * len(writer.prompt.text(SOURCE)) + 16
    start = len(ids)

    def distribution(move: torch.Tensor) -> torch.Tensor:
        hidden = engine.model.run(engine.model.embed(torch.tensor([ids + out])), range(writer.inject))
        hidden[:, start - 1 :] += move @ writer.steer.T
        upper = range(writer.inject, engine.model.config.num_hidden_layers)
        return engine.model.logits(engine.model.run(hidden, upper, writer.adapter)[:, -1]).log_softmax(-1)[0]

    while len(ids) + len(out) <= limit:
        c = distribution(delta)
        if guidance != 1:
            u = distribution(torch.zeros_like(delta))
            mixed = u + guidance * (c - u)
            mixed[c < c.max() - 6] = -torch.inf
            c = mixed
        token = int(c.argmax())
        if token == writer.prompt.end:
            break
        out.append(token)
    return engine.tokenizer.decode(out).strip()


@torch.inference_mode()
def test_a_batch_of_candidates_writes_what_each_alone_would(engine: LocalEngine) -> None:
    move = engine.delta(Edit((("question", 1.0),)))
    deltas = torch.cat([0 * move, move, 2 * move, -move, move])
    guidance = [1.0, 1.0, 1.5, 2.0, 3.0]
    together = engine.writer.decode(SOURCE, deltas, guidance)
    assert together == [naive(engine, d, g) for d, g in zip(deltas, guidance, strict=True)]
    assert len(set(together)) > 1


def test_work_stops_at_the_next_token(engine: LocalEngine) -> None:
    calls = 0

    def step() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Cancelled

    with pytest.raises(EngineError) as caught:
        engine.rewrite(SOURCE, Edit((("question", 1.0),)), 2, step)
    assert caught.value.code == "cancelled"
    assert calls == 3


def test_bad_edits_are_refused_with_a_reason(engine: LocalEngine) -> None:
    with pytest.raises(EngineError, match="Did you mean question"):
        engine.rewrite(SOURCE, Edit((("qestion", 1.0),)))
    with pytest.raises(EngineError, match="moves nothing"):
        engine.rewrite(SOURCE, Edit(()))
    with pytest.raises(EngineError, match="characters"):
        engine.rewrite("x " * 1000, Edit((("question", 1.0),)))


def test_a_pack_without_writer_says_so(engine: LocalEngine, tmp_path: Path) -> None:
    bare = LocalEngine(engine.model, engine.tokenizer, engine.pack._replace(folder=tmp_path))
    with pytest.raises(EngineError, match="no usable writer"):
        bare.rewrite(SOURCE, Edit((("question", 1.0),)))
