"""The engine's process as the server sees it: ask, cancel, and never lose a question when the process dies.

Imports neither torch nor numpy. The other end is `worker.py`; the wire is one JSON object a line.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from prism_lsp.concept_file import Concept, to_json
from prism_lsp.engine.pace import AWAITED, rank
from prism_lsp.reading import Edit, EngineError, Feature, Progress, Reading, Rewrite, Rewrites, Share

logger = logging.getLogger(__name__)

TRIES = 3
"""A request that the process died on so often, with nothing else to do, is answered with an error."""

KILLS = 30
"""The same where the process was killed from outside. Many: that is hardly ever the request's doing (it may eat all memory)."""

OUTSIDE = (-1, -2, -9, -15)
"""Exit codes of a process that was ended by another: by SIGHUP, SIGINT, SIGKILL or SIGTERM."""

RESTART_DELAYS = (0.0, 0.2, 1.0, 3.0)
"""Seconds before the next start, by how many starts in a row answered nothing."""

PATIENT = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Environment of the process, where the writer's own says nothing else. Threads that wait for each other sleep instead of spinning.
Spinning took 3.5 s a sentence against 0.7 s on two cores with a load of 15 (in turn, in one run)."""

LINE_LIMIT = 1 << 26
"""Bytes of the longest answer line."""


@dataclass(slots=True)
class _Request:
    message: dict[str, Any]
    answer: asyncio.Future[Any]
    sent: bool = False
    """The process that runs now has it."""
    suspect: bool = False
    """A process died while it had this."""
    late: bool = False
    """One died while it worked on this, as it said, or had nothing else: the others are asked first."""
    deaths: int = 0
    """How many ended by themselves while they had nothing but this."""
    kills: int = 0
    """How many were ended from outside then."""


class Engine:
    """A handle on the engine process. All methods belong to the event loop that `start` was called in."""

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        model: str | None = None,
        pack: str | None = None,
        threads: int | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        on_restart: Callable[[str], None] | None = None,
    ) -> None:
        """`command`: what to run instead of this Python's worker, for tests. The others are handed to `LocalEngine.load`."""
        self.command = list(command) if command else [sys.executable, "-m", "prism_lsp.engine.worker"]
        self._load: dict[str, Any] = {"model": model, "pack": pack, "threads": threads}
        self._on_progress = on_progress or (lambda progress: None)
        self._on_restart = on_restart or (lambda reason: None)
        self._open: dict[int, _Request] = {}
        """What has no answer yet, in the order in which it is to be worked on."""
        self._number = 0
        self._working: int | None = None
        """The request that the process is working on, as it says."""
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._loaded: asyncio.Future[list[Feature]] | None = None
        self._answered = False
        self._closing = False

    async def start(self) -> None:
        """Spawn the process and begin loading; returns at once."""
        loop = asyncio.get_running_loop()
        self._loaded = loop.create_future()
        # an error that nobody asks for is not a crash
        self._loaded.add_done_callback(lambda done: done.cancelled() or done.exception())
        self._keeper = asyncio.create_task(self._keep())
        self._keeper.add_done_callback(self._kept)

    async def features(self) -> list[Feature]:
        """The pack's features, when weights and pack are loaded. Raises EngineError when they cannot be."""
        if self._loaded is None:
            raise EngineError("The engine was not started.")
        return await asyncio.shield(self._loaded)

    async def read(self, texts: Sequence[str], evidence: bool = False, rank: int = AWAITED) -> list[Reading]:
        """Readings of sentences, in order. `rank`: what may overtake them (`pace.py`)."""
        await self.features()
        answer = await self._ask("read", {"texts": list(texts), "evidence": evidence, "rank": rank})
        return [_reading(reading) for reading in answer["readings"]]

    async def rewrite(self, text: str, edit: Edit, candidates: int = 8) -> Rewrites:
        """Checked rewrites of a sentence, best first, or the reason why there is none."""
        await self.features()
        moves = [list(move) for move in edit.moves]
        answer = await self._ask("rewrite", {"text": text, "moves": moves, "candidates": candidates})
        rewrites = tuple(
            Rewrite(r["text"], {k: (b, a) for k, (b, a) in r["features"].items()}, r["similarity"], r["fluency"])
            for r in answer["rewrites"]
        )
        return Rewrites(rewrites, answer["refused"])

    async def fit(self, concepts: Sequence[Concept]) -> list[tuple[str, str]]:
        """Fit a project's concepts, which may take some seconds; reading goes on. Returns (id, why not) of those that
        cannot be used."""
        await self.features()
        answer = await self._ask("fit", {"concepts": list(map(to_json, concepts))})
        return [(id_, message) for id_, message in answer["problems"]]

    async def adopt(self, concepts: Sequence[Concept]) -> list[Feature]:
        """These are the project's concepts from now on, whenever the process is started. Returns the features with them.

        Whoever has asked to read meanwhile does not know which features the answer is of. If it raises EngineError, they are
        what they were.
        """
        await self.features()
        before, wanted = self._load.get("concepts", []), list(map(to_json, concepts))
        self._load["concepts"] = wanted
        try:
            answer = await self._ask("adopt", {"concepts": wanted})
        except EngineError:
            self._load["concepts"] = before
            raise
        return [Feature(**each) for each in answer["features"]]

    async def restart(self) -> None:
        """Kill the process; the keeper starts it again and asks again what was open."""
        if self._process and self._process.returncode is None:
            self._process.kill()

    async def close(self) -> None:
        """End the process. What is still open gets EngineError (cancelled)."""
        self._closing = True
        if self._keeper:
            self._keeper.cancel()
        if self._process and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()
        if self._keeper:
            await asyncio.wait([self._keeper])
        for request in self._open.values():
            if not request.answer.done():
                request.answer.set_exception(EngineError("The engine was closed.", "cancelled"))
        if self._loaded and not self._loaded.done():
            self._loaded.set_exception(EngineError("The engine was closed.", "cancelled"))

    async def _ask(self, method: str, params: dict[str, Any]) -> Any:
        """Send a request and wait for its answer; being cancelled here cancels it there."""
        if self._closing:
            raise EngineError("The engine was closed.", "cancelled")
        self._number += 1
        number = self._number
        request = _Request(
            {"id": number, "method": method, "params": params}, asyncio.get_running_loop().create_future()
        )
        self._open[number] = request
        self._send_open()
        try:
            return await request.answer
        except asyncio.CancelledError:
            if request.sent:
                self._send({"method": "cancel", "params": {"id": number}})
            raise
        finally:
            self._open.pop(number, None)
            self._send_open()

    def _send_open(self) -> None:
        """Send what is open; one at a time while a process has died on any of it, so that the next death shows on which.
        Then what would overtake the others goes first, and last what a process is most likely to have died on."""
        waiting = [request for request in self._open.values() if not request.answer.done()]
        if any(request.suspect for request in waiting):
            first = min(waiting, key=lambda request: (request.late, rank(request.message)))
            waiting = [] if any(request.sent for request in waiting) else [first]
        for request in waiting:
            if not request.sent:
                request.sent = self._send(request.message)

    def _send(self, message: dict[str, Any]) -> bool:
        """Write a line, if there is a process to take it. When it dies first, the keeper asks again."""
        if self._process and self._process.stdin and self._process.returncode is None:
            with contextlib.suppress(ConnectionError, RuntimeError):
                self._process.stdin.write(json.dumps(message).encode() + b"\n")
                return True
        return False

    async def _keep(self) -> None:
        """Start the process, hand out its answers, and start it again when it ends."""
        silent = killed = 0
        while True:
            await asyncio.sleep(RESTART_DELAYS[min(silent + killed, len(RESTART_DELAYS) - 1)])
            self._answered = False
            outside = await self._run()
            if self._closing:
                return
            silent, killed = (0, 0) if self._answered else (silent + (not outside), killed + outside)
            code = self._process.returncode if self._process else None
            if self._loaded and self._loaded.done() and self._loaded.exception():
                return  # it said why it cannot load; trying again would say it again
            if silent >= len(RESTART_DELAYS) or killed >= KILLS:
                times = silent + killed
                self._fail(
                    EngineError(f"The engine cannot be kept running: it ended {times} times (exit code {code}).")
                )
                return
            self._blame(outside)
            self._on_restart(f"The engine ended (exit code {code}) and is started again.")

    def _kept(self, keeper: asyncio.Task[None]) -> None:
        if not keeper.cancelled() and (error := keeper.exception()) is not None:
            logger.error("the keeper of the engine failed", exc_info=error)
            self._fail(EngineError("Prism made a mistake with the engine; its log says more."))

    async def _run(self) -> bool:
        """One life of the process. Answers whether it was ended from outside."""
        try:
            self._process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=LINE_LIMIT,
                env={**PATIENT, **os.environ},
            )
        except OSError as error:
            self._fail(EngineError(f"The engine cannot be started: {self.command[0]}: {error.strerror}."))
            return False
        assert self._process.stdout
        self._working = None
        self._send({"id": 0, "method": "load", "params": self._load})
        self._send_open()
        lingered = False
        try:
            while line := await self._process.stdout.readline():
                self._hear(line)
        except ValueError:
            logger.error("the engine wrote more than %d bytes in a line", LINE_LIMIT)
        finally:
            lingered = await self._bury(self._process)
        return self._process.returncode in OUTSIDE and not lingered

    async def _bury(self, process: asyncio.subprocess.Process) -> bool:
        """Wait for a process that has closed its output; one that lingers is killed, which is what is answered. (A kill
        at once would race with the child watcher for the exit code.)"""
        try:
            await asyncio.wait_for(process.wait(), 2)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            return True
        return False

    def _hear(self, line: bytes) -> None:
        """A line of the process."""
        try:
            self._take(json.loads(line))
        except Exception as error:  # half a line of a dying process, or a program that is no engine
            logger.warning("a line of the engine could not be understood: %r", error)

    def _take(self, message: dict[str, Any]) -> None:
        """A message from the process."""
        if message.get("method") == "progress":
            self._on_progress(Progress(**message["params"]))
            return
        if message.get("method") == "working":
            self._working = message["params"]["id"]
            return
        error = message.get("error")
        failure = EngineError(error["message"], error["code"]) if error else None
        if message["id"] == 0:
            # a life that got as far as loading is no reason to give up: the request that ends it is to blame
            self._answered = not failure
            if self._loaded and not self._loaded.done():
                if failure:
                    self._loaded.set_exception(failure)
                else:
                    self._loaded.set_result([Feature(**each) for each in message["result"]["features"]])
            return
        self._answered = True
        request = self._open.get(message["id"])
        if request and not request.answer.done():
            if failure:
                request.answer.set_exception(failure)
            else:
                request.answer.set_result(message["result"])

    def _blame(self, outside: bool) -> None:
        """Suspect what the dead process had. What it had alone is to blame. That, or what it said that it worked on, is
        asked again last; to have been worked on is not to be to blame, since a rewrite may have been overtaken."""
        had = [
            (number, request) for number, request in self._open.items() if request.sent and not request.answer.done()
        ]
        for _, request in had:
            request.sent, request.suspect = False, True
        if self._working in self._open:
            self._open[self._working].late = True
        if len(had) != 1 or not self._answered:  # one that died loading did not come to it
            return
        number, request = had[0]
        request.kills, request.deaths = request.kills + outside, request.deaths + (not outside)
        if request.deaths >= TRIES or request.kills >= KILLS:
            times, method = request.deaths + request.kills, request.message["method"]
            request.answer.set_exception(EngineError(f"The engine died {times} times on this request ({method})."))
            return
        request.late = True
        self._open[number] = self._open.pop(number)

    def _fail(self, error: EngineError) -> None:
        """Answer everything with the error."""
        if self._loaded and not self._loaded.done():
            self._loaded.set_exception(error)
        for request in self._open.values():
            if not request.answer.done():
                request.answer.set_exception(error)
        self._closing = True


def _reading(raw: dict[str, Any]) -> Reading:
    evidence = raw["evidence"]
    return Reading(
        tuple(raw["activations"]),
        tuple(raw["percentiles"]),
        None if evidence is None else tuple(tuple(Share(*share) for share in feature) for feature in evidence),
    )
