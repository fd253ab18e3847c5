"""`prism-lsp build writer`: teach the base model to obey an edit of the latent space.

    python -m prism_lsp.build.writer [--pack models/smollm2-135m] [--minutes 60] [--device cpu] [--install]

Given sentence x in the prompt and delta = z(y) - z(x) in the middle, write y. W.delta (W starts as the identity) is added to
the residual stream after layer `inject` at the last prompt position and at every position of the answer; low-rank parts on
all linear maps of the layers above learn to obey (LoRA, Hu et al. 2021). Training is one pass over a seeded, endless
shuffle; it stops after --minutes or --steps, with a learning rate that falls as a cosine to nothing at that end. It can be
stopped and started again: it goes on from the last checkpoint in --work.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import shutil
import time
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import platformdirs
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

from prism_lsp.build import pairs as rules
from prism_lsp.engine import concepts, weights
from prism_lsp.engine import pack as packs
from prism_lsp.engine.llama import MAPS, Llama, LowRank
from prism_lsp.engine.local import load_tokenizer
from prism_lsp.engine.reader import Reader
from prism_lsp.engine.writer import Prompt, adapter_tensors

INJECT = 10
"""The move is added to the residual stream after this many layers (facts/writer-prototype.md)."""

HAND_WRITTEN = 3
"""How many times more often a hand-written pair is drawn than one made by a rule."""

KINDS = {"direction": 0.45, "projection": 0.2, "difference": 0.2, "copy": 0.08, "keep": 0.07}
"""What delta is, and how often. direction: the concept's mean difference, as the product sends it. projection: the part of
z(y) - z(x) along it. difference: all of z(y) - z(x). copy: delta 0, y = x. keep: the concept's direction for a sentence
that is already on that side, y = x."""


class Example(NamedTuple):
    """One step of work for one row of a batch."""

    source: str
    target: str
    kind: str
    concept: str
    sign: int


class Sampler:
    """Endless, seeded: concepts alike often, both ways, hand-written pairs weighed up."""

    def __init__(self, pairs: list[dict[str, str]], seed: int) -> None:
        self.random = random.Random(seed)
        self.by_concept: dict[str, list[dict[str, str]]] = defaultdict(list)
        self.weights: dict[str, list[float]] = defaultdict(list)
        for pair in pairs:
            self.by_concept[pair["concept"]].append(pair)
            self.weights[pair["concept"]].append(HAND_WRITTEN if pair.get("rule", "hand") == "hand" else 1)

    def draw(self, count: int) -> list[Example]:
        """The next examples."""
        examples = []
        for _ in range(count):
            concept = self.random.choice(sorted(self.by_concept))
            pair = self.random.choices(self.by_concept[concept], self.weights[concept])[0]
            kind = self.random.choices(list(KINDS), list(KINDS.values()))[0]
            sign = self.random.choice((1, -1))
            source, target = (pair["without"], pair["with"]) if sign > 0 else (pair["with"], pair["without"])
            if kind in ("copy", "keep"):
                source = target
            examples.append(Example(source, target, kind, concept, sign))
        return examples


def hand_written(folder: Path) -> list[dict[str, str]]:
    """The concepts' own pairs that are not held out, and those of `build/written/`."""
    pairs = [
        {"concept": c.id, "without": p.without, "with": p.with_, "rule": "hand"}
        for c in concepts.load_all(folder / "concepts")
        for p in c.pairs
        if not p.held_out
    ]
    for path in sorted((folder / "build" / "written").glob("*.jsonl")):
        pairs += [{**json.loads(line), "rule": "hand"} for line in path.read_text("utf-8").splitlines() if line]
    return pairs


def new_parameters(model: Llama, rank: int, seed: int) -> dict[str, torch.Tensor]:
    """Start of training: W the identity, every low-rank part silent (b = 0)."""
    generator = torch.Generator().manual_seed(seed)
    width = model.config.hidden_size
    parameters = {"steer": torch.eye(width)}
    for layer in range(INJECT, model.config.num_hidden_layers):
        for name in MAPS:
            out, into = getattr(model.block(layer), name).shape
            parameters[f"{layer}.{name}.a"] = torch.randn(rank, into, generator=generator) / math.sqrt(into)
            parameters[f"{layer}.{name}.b"] = torch.zeros(out, rank)
    return {name: tensor.to(model.device).requires_grad_() for name, tensor in parameters.items()}


def deltas(examples: list[Example], reader: Reader, pack: packs.Pack, draw: random.Random) -> torch.Tensor:
    """What is added in the middle for each example, (rows, d), with a little noise so that no exact vector is needed."""
    directions = torch.from_numpy(pack.direction)
    rows = torch.zeros(len(examples), directions.shape[1])
    need = [i for i, e in enumerate(examples) if e.kind in ("projection", "difference")]
    if need:
        latents = reader.latents([examples[i].target for i in need] + [examples[i].source for i in need]).cpu()
        rows[need] = latents[: len(need)] - latents[len(need) :]
    for i, example in enumerate(examples):
        along = directions[pack.row(example.concept)]
        if example.kind == "projection":
            rows[i] = (rows[i] @ along) / (along @ along) * along
        elif example.kind in ("direction", "keep"):
            rows[i] = example.sign * draw.uniform(0.8, 1.6) * along
        noise = torch.tensor([draw.gauss(0, 1) for _ in range(rows.shape[1])])
        rows[i] += 0.1 * rows[i].norm() / math.sqrt(rows.shape[1]) * noise
    return rows


def loss_of(
    examples: list[Example], delta: torch.Tensor, model: Llama, prompt: Prompt, parameters: dict[str, torch.Tensor]
) -> tuple[torch.Tensor, int, int]:
    """Mean cross-entropy of the answers' tokens; number of those tokens and of all tokens computed."""
    prompts = [prompt.ids(e.source) for e in examples]
    answers = [[*prompt.text(e.target), prompt.end] for e in examples]
    longest = max(len(p) + len(a) - 1 for p, a in zip(prompts, answers, strict=True))
    ids = torch.zeros(len(examples), longest, dtype=torch.long)
    steered = torch.zeros(len(examples), longest, dtype=torch.bool)
    targets = []
    for row, (p, a) in enumerate(zip(prompts, answers, strict=True)):
        ids[row, : len(p) + len(a) - 1] = torch.tensor(p + a[:-1])
        steered[row, len(p) - 1 : len(p) + len(a) - 1] = True
        targets += a
    ids, steered, delta = ids.to(model.device), steered.to(model.device), delta.to(model.device)
    with torch.no_grad():
        hidden = model.run(model.embed(ids), range(INJECT))
    hidden = hidden + steered[..., None] * (delta @ parameters["steer"].T)[:, None]
    adapter = {
        (layer, name): LowRank(parameters[f"{layer}.{name}.a"], parameters[f"{layer}.{name}.b"])
        for layer in range(INJECT, model.config.num_hidden_layers)
        for name in MAPS
    }
    hidden = model.run(hidden, range(INJECT, model.config.num_hidden_layers), adapter)
    loss = F.cross_entropy(model.logits(hidden[steered]), torch.tensor(targets, device=model.device))
    return loss, len(targets), ids.numel()


def train(arguments: argparse.Namespace) -> None:
    """The loop: draw, forward, backward, step; a line every 20 steps and a checkpoint every 50."""
    torch.manual_seed(arguments.seed)
    base = weights.ensure()
    model = Llama(base.path, arguments.device)
    pack = packs.load(arguments.pack, base.sha256)
    tokenizer = load_tokenizer(base.path)
    reader, prompt = Reader(model, tokenizer, pack.layer, pack.first_token), Prompt(tokenizer)
    pairs = hand_written(Path(__file__).parents[1])
    pairs += rules.load(arguments.pairs)
    parameters = new_parameters(model, arguments.rank, arguments.seed)
    optimizer = torch.optim.AdamW(list(parameters.values()), lr=arguments.rate, weight_decay=0.0)
    step, spent, tokens = 0, 0.0, 0
    checkpoint = arguments.work / "checkpoint.pt"
    arguments.work.mkdir(parents=True, exist_ok=True)
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        for name, tensor in parameters.items():
            tensor.data.copy_(saved["parameters"][name])
        optimizer.load_state_dict(saved["optimizer"])
        step, spent, tokens = saved["step"], saved["spent"], saved["tokens"]
        print(f"goes on at step {step}, {spent / 60:.1f} minutes spent", flush=True)
    losses: dict[str, list[float]] = defaultdict(list)
    while True:
        done = max(spent / 60 / arguments.minutes, step / arguments.steps if arguments.steps else 0)
        if done >= 1:
            break
        began = time.monotonic()
        # every step draws from its own seed, so that a resumed run sees what an unbroken one would have seen
        sampler = Sampler(pairs, seed=arguments.seed * 1_000_003 + step // arguments.pool)
        examples = sampler.draw(arguments.batch * arguments.pool)
        examples.sort(key=lambda e: len(e.source) + len(e.target))
        order = list(range(arguments.pool))
        sampler.random.shuffle(order)
        at = order[step % arguments.pool] * arguments.batch
        batch = examples[at : at + arguments.batch]
        rate = arguments.rate * min(1, (step + 1) / 30) * 0.5 * (1 + math.cos(math.pi * done))
        for group in optimizer.param_groups:
            group["lr"] = rate
        draw = random.Random(arguments.seed * 7 + step)
        loss, _, computed = loss_of(batch, deltas(batch, reader, pack, draw), model, prompt, parameters)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(list(parameters.values()), 1.0)
        optimizer.step()
        step, spent, tokens = step + 1, spent + time.monotonic() - began, tokens + computed
        losses["all"].append(loss.item())
        if step % 20 == 0:
            mean = sum(losses["all"][-20:]) / len(losses["all"][-20:])
            print(
                f"step {step} loss {mean:.4f} rate {rate:.2e} {spent / 60:.1f} min {tokens / spent:.0f} tok/s",
                flush=True,
            )
        if step % 50 == 0:
            save_checkpoint(checkpoint, parameters, optimizer, step, spent, tokens)
    save_checkpoint(checkpoint, parameters, optimizer, step, spent, tokens)
    save_file(
        adapter_tensors({name: tensor.detach().cpu() for name, tensor in parameters.items()}),
        arguments.work / "writer.safetensors",
        {
            "inject": str(INJECT), "rank": str(arguments.rank), "steps": str(step), "minutes": f"{spent / 60:.1f}",
            "tokens": str(tokens), "pairs": str(len(pairs)), "seed": str(arguments.seed), "device": arguments.device,
        },
    )  # fmt: skip
    if arguments.install:
        shutil.copyfile(arguments.work / "writer.safetensors", pack.writer)
        packs.seal(pack)
    print(f"written after {step} steps, {spent / 60:.1f} minutes, {tokens} tokens", flush=True)


def save_checkpoint(
    path: Path,
    parameters: dict[str, torch.Tensor],
    optimizer: torch.optim.Optimizer,
    step: int,
    spent: float,
    tokens: int,
) -> None:
    """Write to a neighbour, then rename, so that a killed run leaves a whole checkpoint."""
    partial = path.with_suffix(".partial")
    state = {"parameters": {k: v.detach() for k, v in parameters.items()}, "optimizer": optimizer.state_dict()}
    torch.save({**state, "step": step, "spent": spent, "tokens": tokens}, partial)
    partial.replace(path)


def arguments_parser() -> argparse.ArgumentParser:
    """Options of the command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, default=Path("models") / packs.DEFAULT)
    parser.add_argument("--pairs", type=Path, help="a file of `build pairs`; made from the corpus when not given")
    parser.add_argument(
        "--work", type=Path, default=platformdirs.user_cache_path("prism-lsp") / "writer", help="folder for checkpoints"
    )
    parser.add_argument("--install", action="store_true", help="put the finished adapter into the pack")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--steps", type=int, default=0, help="stop after so many steps, if earlier than --minutes")
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--pool", type=int, default=16, help="batches that are sorted by length together")
    parser.add_argument("--rank", type=int, default=24)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--device", default="cpu")
    return parser


if __name__ == "__main__":
    train(arguments_parser().parse_args())
