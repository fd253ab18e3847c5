"""The engine process: JSON lines in on stdin, JSON lines out on stdout. `process.py` is its other end.

One job at a time, in the order of arrival; while a rewrite runs, reads that arrive are answered between its passes, so that
typing never waits for it. The process ends when its stdin does.
"""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Sequence
from typing import Any, TextIO

from prism_lsp.concept_file import from_json
from prism_lsp.reading import Edit, EngineError, Progress

Message = dict[str, Any]


class Worker:
    """Takes messages from a queue and answers them."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.inbox: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self.later: list[Message] = []
        self.cancelled: set[int] = set()
        self.engine: Any = None

    def send(self, message: Message) -> None:
        """One line out."""
        self.out.write(json.dumps(message) + "\n")
        self.out.flush()

    def listen(self, lines: TextIO) -> None:
        """Runs in its own thread: cancels count at once, everything else waits its turn. End of input ends the process."""
        for line in lines:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if message.get("method") == "cancel":
                self.cancelled.add(message["params"]["id"])
            else:
                self.inbox.put(message)
        os._exit(0)

    def serve(self) -> None:
        """Answer for ever."""
        while True:
            message = self.later.pop(0) if self.later else self.inbox.get()
            if message is not None:
                self.answer(message)

    def answer(self, message: Message) -> None:
        """Exactly one answer to a request, whatever happens in it."""
        number = message["id"]
        try:
            if number in self.cancelled:
                raise EngineError("The request was cancelled.", "cancelled")
            self.send({"id": number, "result": getattr(self, "do_" + message["method"])(number, **message["params"])})
        except EngineError as error:
            self.send({"id": number, "error": {"code": error.code, "message": str(error)}})
        except Exception as error:  # a fault must not take the other requests with it
            import traceback

            traceback.print_exc(file=sys.stderr)
            self.send({"id": number, "error": {"code": "internal", "message": f"The engine failed: {error!r}."}})
        finally:
            self.cancelled.discard(number)

    def do_load(
        self, number: int, model: str | None, pack: str | None, threads: int | None, concepts: Sequence[Message] = ()
    ) -> Message:
        """Weights and pack into memory, and the project's own concepts."""
        self.progress(Progress("load", 0, None, "Loading the language model"))
        from prism_lsp.engine.local import LocalEngine

        self.engine = LocalEngine.load(model, pack, threads, self.progress)
        self.engine.read(["The first reading loads the layers."])
        loaded = self.engine.pack
        return {**self.do_adopt(number, concepts), "pack": {"name": loaded.name, "version": loaded.version}}

    def do_fit(self, number: int, concepts: Sequence[Message]) -> Message:
        """Fit the project's concepts into the cache; reads are answered meanwhile, and read what they did before."""
        problems = self.ready().fit(list(map(from_json, concepts)), lambda: self.between(number))
        return {"problems": problems}

    def do_adopt(self, number: int, concepts: Sequence[Message]) -> Message:
        """These are the project's concepts from now on; the features with them."""
        engine = self.ready()
        engine.adopt(list(map(from_json, concepts)))
        return {"features": [feature._asdict() for feature in engine.features]}

    def do_read(self, number: int, texts: list[str], evidence: bool = False) -> Message:
        """Readings, in the order of the texts."""
        return {"readings": [reading._asdict() for reading in self.ready().read(texts, evidence)]}

    def do_rewrite(self, number: int, text: str, moves: list[tuple[str, float]], candidates: int = 8) -> Message:
        """Rewrites that passed the check; reads are answered between passes."""
        from prism_lsp.engine.writer import Cancelled

        def step() -> None:
            try:
                self.between(number)
            except EngineError as error:
                raise Cancelled from error

        found = self.ready().rewrite(text, Edit(tuple((f, float(a)) for f, a in moves)), candidates, step)
        return {"rewrites": [rewrite._asdict() for rewrite in found.rewrites], "refused": found.refused}

    def between(self, number: int) -> None:
        """Answer the reads that have arrived during longer work. Raises EngineError when that was cancelled."""
        while not self.inbox.empty():
            waiting = self.inbox.get()
            if waiting is not None and waiting["method"] == "read":
                self.answer(waiting)
            elif waiting is not None:
                self.later.append(waiting)
        if number in self.cancelled:
            raise EngineError("The request was cancelled.", "cancelled")

    def progress(self, progress: Progress) -> None:
        """Tell the other end."""
        self.send({"method": "progress", "params": progress._asdict()})

    def ready(self) -> Any:
        """The engine; EngineError when nothing was loaded yet."""
        if self.engine is None:
            raise EngineError("The engine has not loaded a model yet.")
        return self.engine


def main() -> None:
    """Entry point of the child process. stdout is the wire: whatever a library prints goes to stderr."""
    wire = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    worker = Worker(wire)
    threading.Thread(target=worker.listen, args=(os.fdopen(0, encoding="utf-8"),), daemon=True).start()
    try:
        worker.serve()
    except (KeyboardInterrupt, BrokenPipeError):
        os._exit(0)


if __name__ == "__main__":
    main()
