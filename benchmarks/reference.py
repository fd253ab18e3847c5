"""Writing as it was before it was made fast: the reference for what is written and for the time that it takes.

Every candidate and every twin is a row of one float32 batch, one token a pass; the read-again runs the lower layers twice
and all layers once more, each sentence padded to the longest.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from prism_lsp.engine.head import NEAR
from prism_lsp.engine.llama import Cache
from prism_lsp.engine.local import LocalEngine
from prism_lsp.engine.writer import Writer


@torch.inference_mode()
def decode(
    writer: Writer, source: str, deltas: Tensor, guidance: Sequence[float], step: Callable[[], None] = lambda: None
) -> list[str]:
    """What `Writer.decode` says, token by token, with the plain model and the adapter beside it."""
    model, end = writer.model, writer.prompt.end
    lower, upper = range(writer.inject), range(writer.inject, model.config.num_hidden_layers)
    ids = writer.prompt.ids(source)
    limit = len(ids) + len(writer.prompt.text(source)) * 2 + 16
    guided = [row for row, g in enumerate(guidance) if g != 1]
    moves = torch.cat([deltas, torch.zeros(len(guided), deltas.shape[1])]).to(model.device) @ writer.steer.T
    strength = torch.tensor([guidance[row] for row in guided], device=model.device)[:, None]
    cache = Cache(limit)
    prompt = model.embed(torch.tensor([ids[:-1]], device=model.device))
    model.run(model.run(prompt, lower, None, cache), upper, writer.adapter, cache)
    cache = cache.rows(torch.zeros(len(moves), dtype=torch.long, device=model.device))
    # `alive` are the candidates still being written; row r of the batch is alive[r], their twins follow in order
    alive, twins = list(range(len(deltas))), guided
    written: list[list[int]] = [[] for _ in alive]
    token = torch.full((len(moves), 1), ids[-1], device=model.device)
    for position in range(len(ids) - 1, limit):
        step()
        hidden = model.run(model.embed(token), lower, None, cache, position) + moves[:, None]
        hidden = model.run(hidden, upper, writer.adapter, cache, position)
        logits = model.logits(hidden[:, 0]).log_softmax(-1)
        conditional = logits[: len(alive)]
        if twins:
            rows = torch.tensor([alive.index(row) for row in twins], device=model.device)
            c, u = conditional[rows], logits[len(alive) :]
            mixed = u + strength * (c - u)
            mixed[c < c.max(-1, keepdim=True).values - NEAR] = -torch.inf
            conditional = conditional.index_copy(0, rows, mixed)
        chosen = conditional.argmax(-1).tolist()
        for row, token_id in zip(alive, chosen, strict=True):
            written[row].append(token_id)
        going = [i for i, token_id in enumerate(chosen) if token_id != end]
        if not going:
            break
        if len(going) < len(alive):
            still = {alive[i] for i in going}
            kept = [i for i, row in enumerate(twins) if row in still]
            rows = torch.tensor(going + [len(alive) + i for i in kept], device=model.device)
            cache, moves, strength = cache.rows(rows), moves[rows], strength[kept]
            twins = [twins[i] for i in kept]
            alive = [alive[i] for i in going]
        next_of = {row: written[row][-1] for row in alive}
        token = torch.tensor([[next_of[row]] for row in alive + twins], device=model.device)
    return [writer.tokenizer.decode([t for t in w if t != end]).strip() for w in written]


@torch.inference_mode()
def measure(engine: LocalEngine, texts: Sequence[str]) -> None:
    """The read-again: latents, readings, and the likelihood of each text, one after the other."""
    engine.reader.latents(texts)
    engine.read(texts)
    encoded = [engine.reader.encode(text) for text in texts]
    for batch in engine.reader.batches(encoded):
        ids = engine.reader.padded(encoded, batch)
        hidden = engine.model.run(engine.model.embed(ids), range(engine.model.config.num_hidden_layers))
        for row, index in enumerate(batch):
            targets = ids[row, 1 : len(encoded[index].ids)]
            torch.nn.functional.cross_entropy(engine.model.logits(hidden[row, : len(targets)]), targets)
