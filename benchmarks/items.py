"""What a run of `benchmarks.rewrite` keeps: the sentences of every task, and an item for every method and sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

from prism_lsp.reading import Edit

Item = dict[str, Any]


class Task(NamedTuple):
    """A concept and a direction."""

    concept: str
    on: bool

    @property
    def name(self) -> str:
        """As in the results: "question/on"."""
        return f"{self.concept}/{'on' if self.on else 'off'}"

    @property
    def edit(self) -> Edit:
        """The edit that the product would be asked for."""
        return Edit(((self.concept, 1.0 if self.on else -1.0),))


class Results:
    """The results file: meta, the sentences of every task, and an item for every method and sentence."""

    def __init__(self, path: Path, meta: dict[str, Any]) -> None:
        """Raises SystemExit when the file holds figures of another pack."""
        self.path = path
        self.data: dict[str, Any] = {"meta": meta, "tasks": {}, "items": {}}
        if path.exists():
            self.data = json.loads(path.read_text("utf-8"))
            for key in ("pack", "seed"):
                if self.data["meta"][key] != meta[key]:
                    raise SystemExit(f"{path} was made with another {key}: name another file with --out, or remove it.")
            self.data["meta"] = meta

    def key(self, task: Task, method: str, text: str) -> str:
        """Where an item is kept."""
        return f"{task.name}|{method}|{text}"

    def missing(self, task: Task, method: str, count: int) -> list[dict[str, Any]]:
        """The task's first `count` sentences that this method has not done yet."""
        rows: list[dict[str, Any]] = self.data["tasks"][task.name][:count]
        return [row for row in rows if self.key(task, method, row["text"]) not in self.data["items"]]

    def every(self) -> list[Item]:
        """All items."""
        return list(self.data["items"].values())

    def add(self, task: Task, method: str, row: dict[str, Any], item: Item) -> None:
        """Keep a finished item."""
        self.data["items"][self.key(task, method, row["text"])] = {
            "concept": task.concept, "direction": task.name.split("/")[1],
            "method": method, "source": row["text"], **item,
        }  # fmt: skip

    def save(self) -> None:
        """Write to a neighbour, then rename."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        partial.write_text(json.dumps(self.data, ensure_ascii=False, indent=1) + "\n", "utf-8")
        partial.replace(self.path)
