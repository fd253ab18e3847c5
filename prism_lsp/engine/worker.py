"""The engine process: JSON lines in on stdin, JSON lines out on stdout. `process.py` is its other end.

One job at a time, by rank (`pace.py`) and then in the order of arrival. What has a lower rank overtakes: reads are answered
between the layers of a rewrite's passes, while a concept is fitted, and between the portions of a longer read, so that typing
never waits long. The process ends when its stdin does.
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
from prism_lsp.engine.pace import AWAITED, WORK, Pace, rank
from prism_lsp.reading import Edit, EngineError, Progress, Reading

Message = dict[str, Any]


class Worker:
    """Takes messages from a queue and answers them."""

    def __init__(self, out: TextIO) -> None:
        self.out = out
        self.inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self.waiting: list[Message] = []
        self.working: list[int] = []
        """Numbers of the requests that are being worked on, the one that overtook the others last."""
        self.pace = Pace()
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
            if not self.waiting:
                self.waiting.append(self.inbox.get())
            self.answer(self.next() or self.waiting.pop(0))

    def next(self, below: int = 1 << 10) -> Message | None:
        """The first of the waiting requests with the lowest rank, if that is below the given one."""
        while not self.inbox.empty():
            self.waiting.append(self.inbox.get())
        first = min(self.waiting, key=rank, default=None)
        if first is None or rank(first) >= below:
            return None
        self.waiting.remove(first)
        return first

    def between(self, number: int, rank: int = WORK) -> None:
        """Answer what overtakes a request of that rank. Raises EngineError when the request itself was cancelled."""
        while (message := self.next(rank)) is not None:
            self.answer(message)
        if number in self.cancelled:
            raise EngineError("The request was cancelled.", "cancelled")

    def tell(self) -> None:
        """Say what is being worked on: should the process die, that is to blame."""
        self.send({"method": "working", "params": {"id": self.working[-1] if self.working else None}})

    def answer(self, message: Message) -> None:
        """Exactly one answer to a request, whatever happens in it."""
        number = message["id"]
        self.working.append(number)
        self.tell()
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
            self.working.pop()
            if self.working:
                self.tell()

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
        """Fit the project's concepts into the cache; what overtakes is answered meanwhile, and read as it was before."""
        problems = self.ready().fit(list(map(from_json, concepts)), lambda: self.between(number))
        return {"problems": problems}

    def do_adopt(self, number: int, concepts: Sequence[Message]) -> Message:
        """These are the project's concepts from now on; the features with them."""
        engine = self.ready()
        engine.adopt(list(map(from_json, concepts)))
        return {"features": [feature._asdict() for feature in engine.features]}

    def do_read(self, number: int, texts: list[str], evidence: bool = False, rank: int = AWAITED) -> Message:
        """Readings, in the order of the texts."""
        engine, found = self.ready(), dict[int, Reading]()
        left: Sequence[int] = sorted(range(len(texts)), key=lambda each: len(texts[each]))  # so that little is padded
        while left:
            if found:
                self.between(number, rank)
            portion, left = self.pace.portion(texts, left, rank)
            some, began = [texts[each] for each in portion], self.pace.clock()
            found |= zip(portion, engine.read(some, evidence), strict=True)
            self.pace.learn(some, self.pace.clock() - began)
        return {"readings": [found[each]._asdict() for each in range(len(texts))]}

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
