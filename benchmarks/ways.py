"""Part "modes" of `benchmarks.rewrite`: where an edit aims, four ways on the same sentences (`prism_lsp/engine/modes.py`)."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from benchmarks.items import Item, Results, Task
from benchmarks.parts import Setting, Trial, Want, complete, drawn, label, mean, measure, median, say, share, table
from prism_lsp.build import corpus
from prism_lsp.engine import modes, ordinary
from prism_lsp.engine.local import GRID

Array = NDArray[np.float32]

TASKS = (
    "question/on", "negation/on", "past-tense/off", "passive/on", "first-person/on", "future/on", "dialogue/off",
    "formal/on", "informal/on", "hedged/on", "negative-feeling/on", "archaic/on", "certain/off", "movement/off",
)  # fmt: skip

SENTENCES = 3000
"""Of the corpus' train part, that the readout is fitted on; a fifth of them only tells how well."""

SHRINKS = (0.03, 0.1, 0.3, 1.0, 3.0)


def run(setting: Setting, count: int, results: Results) -> None:
    """`count` sentences for each task."""
    known = {feature.id for feature in setting.engine.features}
    wanted = setting.arguments.concepts.split(",") if setting.arguments.concepts else known
    names = [name for name in TASKS if name.split("/")[0] in known and name.split("/")[0] in wanted]
    tasks = {name: Task(name.split("/")[0], name.endswith("/on")) for name in names}
    jobs = drawn(setting, results, {name: task.edit for name, task in tasks.items()}, count)
    if any(f"{name}|{held.text}" not in results.data["items"] for name, rows in jobs.items() for held in rows):
        readout = fitted(setting, results)
        aims = {mode: modes.Aim(mode, setting.engine.pack, readout) for mode in modes.MODES}
        complete(setting, results, jobs, lambda name, text: do(setting, aims, tasks[name], text))
    measure(setting, results)


# The readout --------------------------------------------------------------------------------------------------------


def train_part(count: int, seed: int) -> list[str]:
    """Sentences of 5 to 40 words, half Brown's, a quarter each Austen's and Melville's, drawn from the train parts."""
    draw = random.Random(f"readout|{seed}")
    chosen: list[str] = []
    others = set(ordinary.texts())  # the product's own readout is fitted on these
    for source, of in ((corpus.brown(), 2), (corpus.austen(), 1), (corpus.moby_dick(), 1)):
        words = (s.text.split() for s in source if s.split == "train")
        texts = sorted({" ".join(each) for each in words if 5 <= len(each) <= 40} - others)
        chosen += draw.sample(texts, min(len(texts), count * of // 4))
    draw.shuffle(chosen)
    return chosen


def observed(setting: Setting, texts: list[str]) -> tuple[Array, Array]:
    """(latents, scores of the pack's features), read once and kept in the user's cache."""
    pack = setting.engine.pack
    told = "\n".join([setting.meta["pack"]["sha256"], *(feature.id for feature in pack.features), *texts])
    path = ordinary.cache() / "readout" / f"{hashlib.sha256(told.encode()).hexdigest()[:24]}.safetensors"
    try:
        kept = load_file(path)
    except (OSError, SafetensorError):
        say(f"  reading {len(texts)} sentences for the readout")
        latents = setting.engine.reader.latents(texts).cpu().numpy()
        kept = {"latents": latents, "scores": setting.engine.scores(texts)[0]}
        ordinary.keep(path, dict(kept))
    return kept["latents"], kept["scores"]


def fitted(setting: Setting, results: Results) -> modes.Readout:
    """The readout that the modes use, and in the results how well it and others foretell."""
    latents, scores = observed(setting, train_part(setting.arguments.readout, setting.arguments.seed))
    held = len(latents) // 5

    def r2(readout: modes.Readout) -> Array:
        return modes.explained(readout, latents[:held], scores[:held])

    few = setting.engine.readout(ordinary.texts())  # what the product would fit by itself
    each = {s: r2(modes.fit(latents[held:], scores[held:], s)) for s in SHRINKS}
    ids = [feature.id for feature in setting.engine.features]
    results.data["readout"] = {
        "sentences": len(latents) - held, "held": held, "shrink": modes.SHRINK,
        "by_shrink": {str(s): round(float(np.mean(r)), 3) for s, r in each.items()},
        "ordinary": [len(ordinary.texts()), round(float(np.mean(r2(few))), 3)],
        "r2": {id_: round(float(r), 3) for id_, r in zip(ids, each[modes.SHRINK], strict=True)},
    }  # fmt: skip
    return modes.fit(latents[held:], scores[held:])


# One sentence -------------------------------------------------------------------------------------------------------


def do(setting: Setting, aims: dict[modes.Mode, modes.Aim], task: Task, text: str) -> Item:
    """The product's candidates in every mode."""
    engine = setting.engine
    latent = engine.reader.latents([text])[0].cpu().numpy()
    amounts = sorted({amount for amount, *_ in GRID})
    wants, far = [], {}
    for mode, aim in aims.items():
        moves = dict(zip(amounts, aim.moves(latent, task.edit, amounts), strict=True))
        wants += [Want(label(a, g, mode, t), moves[a][None], g, t) for a, g, t in GRID]
        direction = engine.delta(task.edit)[0]
        along = float(moves[1.0] @ direction / (direction @ direction))
        far[mode] = [round(along, 3), round(float(moves[1.0].norm() / direction.norm()), 3)]
    trial = Trial(engine, text, task.edit, wants)
    return trial.item(
        product={mode: trial.first([label(a, g, mode, t) for a, g, t in GRID]) for mode in aims},
        plain={mode: trial.written[label(1, 1, mode)] for mode in aims},
        far=far,
    )


# Figures ------------------------------------------------------------------------------------------------------------


def line(mode: str, items: Sequence[Item]) -> list[str]:
    """One row."""
    offered = [item["measured"][text] for item in items if (text := item["product"][mode])]
    plain = [item["measured"][text] for item in items if (text := item["plain"][mode]) in item["measured"]]
    return [
        mode,
        share(len(offered), len(items)),
        share(sum(all(each["reached"].values()) for each in plain), len(items)),
        median([each["similarity"] for each in offered]),
        median([each["fluency"] for each in offered]),
        mean([each["others"] for each in offered], 3),
        f"{np.mean([each['noticed'] for each in offered]):.1f}" if offered else "–",
        median([each["similarity"] for each in plain]),
        f"{np.mean([each['noticed'] for each in plain]):.1f}" if plain else "–",
        median([item["far"][mode][0] for item in items]) + " / " + median([item["far"][mode][1] for item in items]),
    ]


def report(data: dict[str, Any]) -> str:
    """The section."""
    items = [item for item in data["items"].values() if "scores" in item]
    told = data["readout"]
    r2 = sorted(told["r2"].values())
    heads = ["mode", "offered", "reached, plain", "similarity", "fluency", "others’ movement", "others noticed", "plain: similarity", "others noticed", "along / length"]  # fmt: skip
    out = (
        "## Where an edit aims\n\n"
        f"{len(items)} sentences, each with the product's eight candidates in every mode (`prism_lsp/engine/modes.py`). "
        "*Offered*: the check let one through. *Plain*: amount 1 and guidance 1, unchecked. *Others’ movement*: mean change "
        "of all other features' activations, and how many were *noticed* (.3 or more), in what was offered. *Along / "
        "length*: the move of amount 1, along the concept's direction and in all, in lengths of it (medians).\n\n"
        + table(heads, [line(mode, items) for mode in modes.MODES])
        + f"\nThe readout (ridge, shrink {told['shrink']}) from the latent to each feature's score was fitted on "
        f"{told['sentences']} train-part sentences; on {told['held']} others R² is {np.mean(r2):.2f} in the mean of "
        f"{len(r2)} features ({r2[0]:.2f} to {r2[-1]:.2f}); with other shrinks "
        f"{', '.join(f'{s}: {r:.2f}' for s, r in told['by_shrink'].items())}; fitted on the product's {told['ordinary'][0]} "
        f"ordinary sentences {told['ordinary'][1]:.2f}.\n\n"
    )
    names = list(dict.fromkeys(item["job"] for item in items))
    rows = []
    for name in names:
        mine = [item for item in items if item["job"] == name]
        offered = [f"{sum(item['product'][mode] is not None for item in mine)}/{len(mine)}" for mode in modes.MODES]
        rows.append([name, *offered, f"{told['r2'][name.split('/')[0]]:.2f}"])
    return out + table(["offered", *modes.MODES, "R² of the readout"], rows) + "\n"
