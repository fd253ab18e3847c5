"""`prism-lsp build writer`: teach the base model to obey an edit of the latent space.

    python -m prism_lsp.build.writer [--pack models/smollm2-135m] [--minutes 60] [--device cpu] [--install]

Given sentence x in the prompt and delta = z(y) - z(x) in the middle, write y. W M delta (W starts as the identity, M is the
pack's metric, and the product of both is stored) is added to the residual stream after layer `inject` at the last prompt
position and at every position of the answer; low-rank parts on all linear maps of the layers above learn to obey (LoRA, Hu
et al. 2021). Training is one pass over a seeded, endless shuffle; it stops after --minutes or --steps, with a learning rate that falls as a cosine to nothing at that end. It can be
stopped and started again: it goes on from the last checkpoint in --work.
"""

from __future__ import annotations

import argparse
import math
import random
import shutil
import time
from collections.abc import Sequence
from difflib import SequenceMatcher
from pathlib import Path

import platformdirs
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file
from tokenizers import Tokenizer

from prism_lsp.build import corpus, pairs
from prism_lsp.build.corrupt import word_classes
from prism_lsp.build.lessons import Lesson, Material, Sampler, gather, written
from prism_lsp.build.moves import deltas, survey
from prism_lsp.engine import concepts, weights
from prism_lsp.engine import pack as packs
from prism_lsp.engine.llama import MAPS, Llama, LowRank
from prism_lsp.engine.local import load_tokenizer
from prism_lsp.engine.reader import Reader
from prism_lsp.engine.writer import Prompt, adapter_tensors

INJECT = 10
"""The move is added to the residual stream after this many layers (facts/writer-prototype.md)."""

LONGEST = 40
"""Words of a sentence that is damaged, at most."""

CHANGED = 3.0
"""Weight in the loss of tokens that are not simply copied from the source, against 1 of those that are."""


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


def resume(path: Path, model: Llama, metric: torch.Tensor) -> dict[str, torch.Tensor]:
    """Parameters from an adapter that was trained before, in the metric.

    Raises ValueError when it was made for another place or shape.
    """
    with safe_open(str(path), framework="pt") as file:
        if int(file.metadata()["inject"]) != INJECT:
            raise ValueError(f"{path.name} adds its move after layer {file.metadata()['inject']}, not {INJECT}.")
        stored = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118
    rank = stored[f"{INJECT}.qkv.a"].shape[0]
    parameters = new_parameters(model, rank, 0)
    if {n: t.shape for n, t in stored.items()} != {n: t.shape for n, t in parameters.items()}:
        raise ValueError(f"{path.name} was made for a model of another shape.")
    stored["steer"] = torch.linalg.solve(metric, stored["steer"], left=False)
    return {name: tensor.to(model.device).requires_grad_() for name, tensor in stored.items()}


def copied(source: Sequence[int], target: Sequence[int]) -> list[bool]:
    """Which tokens of the target stand in the source in the same order."""
    same = [False] * len(target)
    for _, start, size in SequenceMatcher(None, source, target, autojunk=False).get_matching_blocks():
        same[start : start + size] = [True] * size
    return same


def loss_of(
    lessons: Sequence[Lesson], delta: torch.Tensor, model: Llama, prompt: Prompt, parameters: dict[str, torch.Tensor]
) -> tuple[torch.Tensor, int]:
    """Weighted mean cross-entropy of the answers' tokens; number of all tokens computed."""
    prompts = [prompt.ids(lesson.source) for lesson in lessons]
    answers = [[*prompt.text(lesson.target), prompt.end] for lesson in lessons]
    longest = max(len(p) + len(a) - 1 for p, a in zip(prompts, answers, strict=True))
    ids = torch.zeros(len(lessons), longest, dtype=torch.long)
    steered = torch.zeros(len(lessons), longest, dtype=torch.bool)
    targets, weights_ = [], []
    for row, (p, a) in enumerate(zip(prompts, answers, strict=True)):
        ids[row, : len(p) + len(a) - 1] = torch.tensor(p + a[:-1])
        steered[row, len(p) - 1 : len(p) + len(a) - 1] = True
        targets += a
        weights_ += [1.0 if same else CHANGED for same in copied(prompt.text(lessons[row].source), a)]
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
    weight = torch.tensor(weights_, device=model.device)
    losses = F.cross_entropy(
        model.logits(hidden[steered]), torch.tensor(targets, device=model.device), reduction="none"
    )
    return (losses * weight).sum() / weight.sum(), ids.numel()


def material(arguments: argparse.Namespace, model: Llama, tokenizer: Tokenizer) -> Material:
    """Everything that is taught."""
    tagged = [s for s in corpus.brown() if s.split == "train" and pairs.is_sentence(s.text)]
    plain = [s["text"] for s in pairs.plain_sentences(None, "train", 30_000, arguments.seed)]
    return gather(
        concepts.load_all(Path(__file__).parents[1] / "concepts"),
        pairs.load(arguments.pairs),
        written(),
        word_classes(tagged, tokenizer, model.embedding, arguments.classes, arguments.seed),
        [text for text in plain if len(text.split()) <= LONGEST],
    )


class Course:
    """Batches by number, the same in a resumed run as in an unbroken one: each pool of them has a seed of its own."""

    def __init__(self, taught: Material, seed: int, batch: int, pool: int) -> None:
        self.taught, self.seed, self.batch, self.pool = taught, seed, batch, pool
        self._number = -1
        self._batches: list[list[Lesson]] = []

    def __getitem__(self, step: int) -> list[Lesson]:
        if step // self.pool != self._number:
            self._number = step // self.pool
            sampler = Sampler(self.taught, self.seed * 1_000_003 + self._number)
            lessons = sampler.draw(self.batch * self.pool)
            lessons.sort(key=lambda lesson: len(lesson.source) + len(lesson.target))
            self._batches = [lessons[at : at + self.batch] for at in range(0, len(lessons), self.batch)]
            sampler.random.shuffle(self._batches)
        return self._batches[step % self.pool]


def train(arguments: argparse.Namespace) -> None:
    """The loop: draw, forward, backward, step; a line every 20 steps and a checkpoint every 50."""
    torch.manual_seed(arguments.seed)
    base = weights.ensure()
    model = Llama(base.path, arguments.device)
    for layer in range(model.config.num_hidden_layers):
        model.block(layer)  # loaded here, outside the reader's inference mode: they take part in gradients
    pack = packs.load(arguments.pack, base.sha256)
    tokenizer = load_tokenizer(base.path)
    reader, prompt = Reader(model, tokenizer, pack.layer, pack.first_token), Prompt(tokenizer)
    taught = material(arguments, model, tokenizer)
    counts = {
        "pairs": sum(map(len, taught.pairs.values())), "levels": sum(map(len, taught.levels.values())),
        "both": len(taught.both), "classes": len(taught.classes), "plain": len(taught.plain),
    }  # fmt: skip
    print(counts, flush=True)
    arguments.work.mkdir(parents=True, exist_ok=True)
    space = survey(taught, pack, reader, arguments.work / "space.safetensors")
    if arguments.start:
        parameters = resume(arguments.start, model, space.metric)
    else:
        parameters = new_parameters(model, arguments.rank, arguments.seed)
    optimizer = torch.optim.AdamW(list(parameters.values()), lr=arguments.rate, weight_decay=0.0)
    step, spent, tokens = 0, 0.0, 0
    checkpoint = arguments.work / "checkpoint.pt"
    if checkpoint.exists():
        saved = torch.load(checkpoint, weights_only=True)
        for name, tensor in parameters.items():
            tensor.data.copy_(saved["parameters"][name])
        optimizer.load_state_dict(saved["optimizer"])
        step, spent, tokens = saved["step"], saved["spent"], saved["tokens"]
        print(f"goes on at step {step}, {spent / 60:.1f} minutes spent", flush=True)
    course = Course(taught, arguments.seed, arguments.batch, arguments.pool)
    losses: list[float] = []
    while True:
        done = max(spent / 60 / arguments.minutes, step / arguments.steps if arguments.steps else 0)
        if done >= 1:
            break
        began = time.monotonic()
        rate = arguments.rate * min(1, (step + 1) / 30) * 0.5 * (1 + math.cos(math.pi * done))
        for group in optimizer.param_groups:
            group["lr"] = rate
        lessons = course[step]
        draw = random.Random(arguments.seed * 7 + step)
        delta = deltas(lessons, space, reader, draw)
        loss, computed = loss_of(lessons, delta, model, prompt, parameters)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(list(parameters.values()), 1.0)
        optimizer.step()
        step, spent, tokens = step + 1, spent + time.monotonic() - began, tokens + computed
        losses.append(loss.item())
        if step % 20 == 0:
            mean = sum(losses[-20:]) / len(losses[-20:])
            print(
                f"step {step} loss {mean:.4f} rate {rate:.2e} {spent / 60:.1f} min {tokens / spent:.0f} tok/s",
                flush=True,
            )
        if step % 50 == 0:
            save_checkpoint(checkpoint, parameters, optimizer, step, spent, tokens)
    save_checkpoint(checkpoint, parameters, optimizer, step, spent, tokens)
    trained = {name: tensor.detach().cpu() for name, tensor in parameters.items()}
    save_file(
        adapter_tensors({**trained, "steer": trained["steer"] @ space.metric}),
        arguments.work / "writer.safetensors",
        {
            "inject": str(INJECT), "rank": str(parameters[f"{INJECT}.qkv.a"].shape[0]), "steps": str(step),
            "minutes": f"{spent / 60:.1f}", "tokens": str(tokens), "seed": str(arguments.seed), "device": arguments.device,
            "start": arguments.start.name if arguments.start else "", **{name: str(n) for name, n in counts.items()},
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
    parser.add_argument("--start", type=Path, help="an adapter to go on from, instead of from nothing")
    parser.add_argument("--classes", type=int, default=300, help="classes of words (`build/corrupt.py`)")
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
