"""The engine's process as the server sees it: ask, cancel, and never lose a question when the process dies.

Imports neither torch nor numpy. The other end is `worker.py`; the wire is one JSON object a line.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from prism_lsp.engine.pace import AWAITED
from prism_lsp.reading import Edit, EngineError, Feature, Progress, Reading, Rewrite, Rewrites, Share

TRIES = 3
"""A request that the process died on so often is answered with an error."""

RESTART_DELAYS = (0.0, 0.2, 1.0, 3.0)
"""Seconds before the next start, by how many starts in a row answered nothing."""

PATIENT = {"OMP_WAIT_POLICY": "PASSIVE"}
"""Environment of the process, where the writer's own says nothing else. Threads that wait for each other sleep instead of spinning.
Spinning took 3.5 s a sentence against 0.7 s on two cores with a load of 15 (in turn, in one run)."""

LINE_LIMIT = 1 << 26
"""Bytes of the longest answer line."""


class _Request(NamedTuple):
    message: dict[str, Any]
    answer: asyncio.Future[Any]


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
        self._load = {"model": model, "pack": pack, "threads": threads}
        self._on_progress = on_progress or (lambda progress: None)
        self._on_restart = on_restart or (lambda reason: None)
        self._open: dict[int, _Request] = {}
        self._deaths: dict[int, int] = {}
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
        self._send(request.message)
        try:
            return await request.answer
        except asyncio.CancelledError:
            self._send({"method": "cancel", "params": {"id": number}})
            raise
        finally:
            self._open.pop(number, None)
            self._deaths.pop(number, None)

    def _send(self, message: dict[str, Any]) -> None:
        """Write a line; if the process is gone the keeper will ask again."""
        if self._process and self._process.stdin and self._process.returncode is None:
            with contextlib.suppress(ConnectionError, RuntimeError):
                self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _keep(self) -> None:
        """Start the process, hand out its answers, and start it again when it ends."""
        silent = 0
        while True:
            await asyncio.sleep(RESTART_DELAYS[min(silent, len(RESTART_DELAYS) - 1)])
            self._answered = False
            await self._run()
            if self._closing:
                return
            silent = 0 if self._answered else silent + 1
            code = self._process.returncode if self._process else None
            if self._loaded and self._loaded.done() and self._loaded.exception():
                return  # it said why it cannot load; trying again would say it again
            if silent >= len(RESTART_DELAYS):
                self._fail(
                    EngineError(f"The engine cannot be kept running: it ended {silent} times (exit code {code}).")
                )
                return
            self._blame()
            self._on_restart(f"The engine ended (exit code {code}) and is started again.")

    async def _run(self) -> None:
        """One life of the process."""
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
            return
        assert self._process.stdout
        self._working = None
        self._send({"id": 0, "method": "load", "params": self._load})
        for request in list(self._open.values()):
            self._send(request.message)
        try:
            while line := await self._process.stdout.readline():
                with contextlib.suppress(ValueError):  # a half line of a dying process
                    self._take(json.loads(line))
        finally:
            await self._bury(self._process)

    async def _bury(self, process: asyncio.subprocess.Process) -> None:
        """Wait for a process that has closed its output; one that lingers is killed. (A kill at once would race with the
        child watcher for the exit code.)"""
        try:
            await asyncio.wait_for(process.wait(), 2)
        except TimeoutError:
            process.kill()
            await process.wait()

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

    def _blame(self) -> None:
        """Count the death against the request that was being worked on; if that is not known, the oldest open one."""
        guilty = self._working if self._working in self._open else min(self._open, default=None)
        if guilty is None:
            return
        self._deaths[guilty] = self._deaths.get(guilty, 0) + 1
        request = self._open[guilty]
        if self._deaths[guilty] >= TRIES and not request.answer.done():
            request.answer.set_exception(
                EngineError(f"The engine died {TRIES} times on this request ({request.message['method']}).")
            )

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
