"""How well sentences are rewritten, on held-out real sentences, beside what else one could do with the same model.

    python -m benchmarks.rewrite [--sentences N] [--baselines N] [--random N] [--concepts id,…] [--methods …] [--seed 0]
        [--only methods,faders,sums,modes,unseen] [--faders N] [--sums N] [--modes N] [--unseen N] [--readout N]
    python -m benchmarks.rewrite --report      only render the finished figures again (--rules: the rules applied anew)
    python -m benchmarks.rewrite --page 60     a page of rewrites drawn at random

For each concept and direction, sentences where it is absent (on) or present (off) by the probe and by the independent
rule (`benchmarks/rules.py`) are drawn from the held-out parts of Brown, Austen and Moby-Dick. Methods, on the same:

    prism            what the product offers first
    prism-unchecked  the writer's answer at amount 1 and guidance 1, whatever it is
    copy             the sentence as it was
    prompt-0         the plain model, told what to do
    prompt-8         the same with eight of the concept's pairs before it
    plain-add        the plain model repeats the sentence while the concept's direction is added after the pack's layer,
                     at the strength (of 1, 2, 3, 4) that does best for this task on these very sentences
    random           as prism, with a random direction of the same length, judged by the same check for the same edit

Then come four parts with a results file of their own beside the main one (rewrite-faders.json, …) and a module each:

    faders           more of a concept moves the reading further (`benchmarks/faders.py`)
    sums             several edits at once (`benchmarks/sums.py`)
    modes            where an edit aims: added, translated, or by gradient descent (`benchmarks/ways.py`)
    unseen           directions that the writer never met in training (`benchmarks/directions.py`)

Finished items are kept in the results file and not computed again; a run that is broken off goes on where it was. `--only`
takes some of the parts ("methods" is the table above), `--faders 6` more sentences for one, `--concepts` some concepts.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

import prism_lsp
from benchmarks import directions, faders, report, sums, ways
from benchmarks.items import Item, Results, Task
from benchmarks.lexicon import brown
from benchmarks.measures import Similarity
from benchmarks.parts import SHELF, Setting, path_of, say
from benchmarks.plain import REPEAT, SHOWN, Added, Plain, examples, instruction
from benchmarks.product import prism, random_move
from benchmarks.rules import WEAK, Rules
from benchmarks.scoring import apply_rules, score
from benchmarks.sentences import choose, held_out
from prism_lsp.engine import check, concepts
from prism_lsp.reading import PRESENT

PARTS = {"faders": faders, "sums": sums, "modes": ways, "unseen": directions}
"""Name -> module with `run(setting, sentences, results)` and `report(data)`, in the order in which they are done."""

METHODS = ("prism", "prism-unchecked", "copy", "prompt-0", "prompt-8", "plain-add", "random")
STRENGTHS = (1.0, 2.0, 3.0, 4.0)
TIMED = 1
"""Sentences of each task on which the unchecked writer is timed alone; else its text is taken from prism's batch."""

RELATIVE = {
    "prism": 1.0,
    "random": 1.0,
    "prism-unchecked": 0.0,
    "copy": 0.0,
    "prompt-0": 0.3,
    "prompt-8": 0.9,
    "plain-add": 1.2,
}
"""Time for a sentence as a share of prism's, for the estimate only."""


class Benchmark:
    """The engine, the plain model, the rules and the results."""

    def __init__(self, setting: Setting) -> None:
        arguments = self.arguments = setting.arguments
        self.engine, self.rules = setting.engine, setting.rules
        self.setting = setting
        folder = Path(prism_lsp.__file__).parent / "concepts"
        self.concepts = {concept.id: concept for concept in concepts.load_all(folder)}
        self.plain = Plain(self.engine.model, self.engine.tokenizer)
        self.results = Results(arguments.out, {**setting.meta, "strengths": STRENGTHS})
        wanted = arguments.concepts.split(",") if arguments.concepts else [f.id for f in self.engine.features]
        self.tasks = [Task(concept, on) for concept in wanted if concept in self.concepts for on in (True, False)]

    def counts(self, method: str) -> int:
        """Sentences of each task that a method gets."""
        a = self.arguments
        if method in ("prism", "prism-unchecked", "copy"):
            return int(a.sentences)
        return min(int(a.sentences), int(a.random if method == "random" else a.baselines))

    def draw(self) -> None:
        """The sentences of every task; those that are there already stay."""
        pool = held_out(self.arguments.seed)
        known: dict[str, tuple[float, ...]] = {}
        for task in self.tasks:
            have = self.results.data["tasks"].get(task.name, [])
            if len(have) >= self.arguments.sentences:
                continue
            row = self.engine.pack.row(task.concept)

            def rule(text: str, task: Task = task) -> bool:
                if not self.rules.knows(task.concept):
                    return True
                answer = self.rules.holds(task.concept, text)
                # a weak rule must only not speak against the choice
                return answer is not task.on if task.concept in WEAK else answer is (not task.on)

            def probe(texts: list[str], task: Task = task, row: int = row) -> list[bool]:
                new = [text for text in texts if text not in known]
                known.update(zip(new, (reading.activations for reading in self.engine.read(new)), strict=True))
                found = [known[text][row] for text in texts]
                return [value <= check.ABSENT if task.on else value >= PRESENT for value in found]

            chosen = choose(pool, self.arguments.sentences, rule, probe, f"{self.arguments.seed}|{task.name}")
            self.results.data["tasks"][task.name] = [
                {**h._asdict(), "before": round(known[h.text][row], 4)} for h in chosen
            ]
            say(f"{task.name}: {len(chosen)} sentences")
        self.results.save()

    def run(self) -> None:
        """All methods that are asked for, one after the other over all tasks."""
        methods = [m for m in METHODS if m in self.arguments.methods.split(",")]
        self.estimate(methods)
        for method in methods:
            for task in self.tasks:
                rows = self.results.missing(task, method, self.counts(method))
                if rows and self.setting.out_of_time():
                    say("The time is up: the same command goes on from here.")
                    return self.results.save()
                began = time.monotonic()
                if method in ("prism", "random"):
                    for row in rows:
                        self.one(task, method, row)
                        self.results.save()
                elif method == "prism-unchecked":
                    self.unchecked(task, rows)
                elif method == "copy":
                    for row in rows:
                        self.results.add(task, method, row, {"text": row["text"], "refused": None, "seconds": 0.0})
                elif rows:
                    self.batch(task, method, rows)
                if rows and method != "copy":
                    say(f"{method:16} {task.name:18} {len(rows)} sentences in {time.monotonic() - began:.1f} s")
                self.results.save()

    def estimate(self, methods: list[str]) -> None:
        """Do one rewrite and say how long all will take."""
        left = {m: sum(len(self.results.missing(t, m, self.counts(m))) for t in self.tasks) for m in methods}
        waiting = ((t, row) for t in self.tasks for row in self.results.missing(t, "prism", self.counts("prism")))
        if "prism" in methods and (first := next(waiting, None)):
            self.engine.rewrite("It was a warm day.", first[0].edit)  # loads the writer and all layers
            self.one(first[0], "prism", first[1])
        times = [i["seconds"] for i in self.results.every() if i["method"] == "prism"]
        each = float(np.median(times)) if times else 5.0
        work = sum(RELATIVE[method] * count for method, count in left.items()) + 0.02 * sum(left.values())
        jobs = ", ".join(f"{method} {count}" for method, count in left.items())
        say(f"To do: {jobs}; about {work * each / 60:.0f} minutes at {each:.1f} s a rewrite.")

    def one(self, task: Task, method: str, row: dict[str, Any]) -> None:
        """One sentence through the product, or through the product with a random direction."""
        move = random_move(self.engine, task, row["text"], self.arguments.seed) if method == "random" else None
        item, first = prism(self.engine, task, row["text"], move)
        self.results.add(task, method, row, item)
        twin = self.results.key(task, "prism-unchecked", row["text"])
        if method == "prism" and twin not in self.results.data["items"]:
            self.results.add(task, "prism-unchecked", row, {"text": first, "refused": None, "seconds": None})

    def measure(self) -> None:
        """Measure what was written."""
        say("Measuring …")
        similarity = Similarity()
        score(self.results.every(), self.engine, similarity)
        pairs = [(p.without, p.with_) for c in self.concepts.values() for p in c.pairs if p.held_out]
        self.results.data["meta"]["kept"] = round(float(np.quantile(similarity(pairs), 0.1)), 3)
        apply_rules(self.results.every(), self.rules)
        self.results.save()

    def unchecked(self, task: Task, rows: list[dict[str, Any]]) -> None:
        """Decode alone where prism has not done it yet, and for the time."""
        timed = self.results.data["tasks"][task.name][:TIMED]
        for row in rows + [row for row in timed if row not in rows]:
            have = self.results.data["items"].get(self.results.key(task, "prism-unchecked", row["text"]), {})
            if have.get("seconds") is None:
                began = time.perf_counter()
                text = self.engine.writer.decode(row["text"], self.engine.delta(task.edit), [1.0])[0]
                seconds = round(time.perf_counter() - began, 3)
                self.results.add(task, "prism-unchecked", row, {"text": text, "refused": None, "seconds": seconds})

    def batch(self, task: Task, method: str, rows: list[dict[str, Any]]) -> None:
        """A baseline of the plain model for all sentences of a task at once."""
        concept, texts = self.concepts[task.concept], [row["text"] for row in rows]
        began = time.perf_counter()
        if method == "plain-add":
            steps = torch.tensor(STRENGTHS).repeat(len(texts))[:, None] * self.engine.delta(task.edit)
            shown = [(before, before) for before, _ in examples(concept, task.on, SHOWN)]
            sources = [text for text in texts for _ in STRENGTHS]
            answers = self.plain.decode(REPEAT, shown, sources, Added(self.engine.pack.layer, steps))
            rows_of = [answers[at : at + len(STRENGTHS)] for at in range(0, len(answers), len(STRENGTHS))]
            found: list[Item] = [{"strengths": dict(zip(map(str, STRENGTHS), each, strict=True))} for each in rows_of]
        else:
            shown = examples(concept, task.on, 8 if method == "prompt-8" else 0)
            answers = self.plain.decode(instruction(concept, task.on), shown, texts)
            found = [{"text": text} for text in answers]
        seconds = round((time.perf_counter() - began) / len(rows), 3)
        for row, item in zip(rows, found, strict=True):
            self.results.add(task, method, row, {**item, "refused": None, "seconds": seconds, "batched": len(rows)})


def parser() -> argparse.ArgumentParser:
    """Options of the command."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sentences", type=int, default=12, help="sentences for each concept and direction")
    options.add_argument("--baselines", type=int, default=6, help="of these, how many the plain model's baselines get")
    options.add_argument("--random", type=int, default=3, help="and how many the random direction gets")
    options.add_argument("--only", default=",".join(("methods", *PARTS)), help="parts, separated by commas")
    options.add_argument("--faders", type=int, default=4, help="sentences for each concept of the faders")
    options.add_argument("--sums", type=int, default=4, help="sentences for each sum")
    options.add_argument("--modes", type=int, default=3, help="sentences for each task of the modes")
    options.add_argument("--unseen", type=int, default=3, help="sentences for each unseen concept and direction")
    options.add_argument("--shelf", type=int, default=SHELF, help="held-out sentences that the parts choose from")
    options.add_argument(
        "--readout", type=int, default=ways.SENTENCES, help="train-part sentences for the modes' readout"
    )
    options.add_argument("--concepts", default="", help="ids, separated by commas; all by default")
    options.add_argument("--methods", default=",".join(METHODS))
    options.add_argument("--out", type=Path, default=Path("benchmarks/results/rewrite.json"))
    options.add_argument("--seed", type=int, default=0)
    options.add_argument("--minutes", type=float, default=1e9, help="begin nothing new after so many minutes")
    options.add_argument("--report", action="store_true", help="only render the table again")
    options.add_argument("--rules", action="store_true", help="with --report: apply the rules again first")
    options.add_argument("--page", type=int, default=0, metavar="N", help="write a page of N rewrites drawn at random")
    options.add_argument("--model", default=None)
    options.add_argument("--pack", default=None)
    options.add_argument("--threads", type=int, default=None)
    return options


def checked(arguments: argparse.Namespace) -> argparse.Namespace:
    """The same. Raises SystemExit for a method or a part that does not exist."""
    for what, given, known in (("method", arguments.methods, METHODS), ("part", arguments.only, ("methods", *PARTS))):
        if unknown := set(given.split(",")) - set(known):
            raise SystemExit(f"There is no {what} {', '.join(sorted(unknown))}; there are {', '.join(known)}.")
    return arguments


def measured(arguments: argparse.Namespace) -> None:
    """Do what is not done yet of all parts that are asked for."""
    only, setting = arguments.only.split(","), Setting(arguments)
    if "methods" in only:
        benchmark = Benchmark(setting)
        benchmark.draw()
        benchmark.run()
        benchmark.measure()
    for name, part in PARTS.items():
        if name in only:
            say(f"{name} …")
            part.run(setting, getattr(arguments, name), setting.results(name))


def rendered(out: Path) -> str:
    """The whole page, of all results that are there."""
    data = json.loads(out.read_text("utf-8")) if out.exists() else None
    pages = [report.table(data)] if data else []
    for name, part in PARTS.items():
        if (path := path_of(out, name)).exists():
            pages.append(part.report(json.loads(path.read_text("utf-8"))))
    if not pages:
        raise SystemExit(f"There are no results at {out}: run the command without --report or --page first.")
    return "\n".join(pages)


def main() -> None:
    """Run, measure, report."""
    arguments = checked(parser().parse_args())
    out: Path = arguments.out
    if not (arguments.report or arguments.page):
        measured(arguments)
    if arguments.page or arguments.rules:
        if not out.exists():
            raise SystemExit(f"There are no results at {out}: run the command without --report or --page first.")
        data = json.loads(out.read_text("utf-8"))
    if arguments.rules:
        apply_rules(list(data["items"].values()), Rules(brown()))
        out.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if arguments.page:
        page = out.with_name(out.stem + "-page.md")
        page.write_text(report.page(data, arguments.page, arguments.seed), "utf-8")
        say(f"Written: {page}")
        return
    text = rendered(out)
    out.with_suffix(".md").write_text(text, "utf-8")
    print(text)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        raise SystemExit("Broken off: the same command goes on from here.") from None
