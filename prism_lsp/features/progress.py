"""What the server tells unasked: progress, `prism/state`, token refreshes, and one message when the engine fails."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from lsprotocol import types

from prism_lsp.features import spectrum
from prism_lsp.reading import Progress

if TYPE_CHECKING:
    from prism_lsp.server import PrismServer

logger = logging.getLogger(__name__)

WORK_DELAY = 0.3
"""Seconds before work shows a bar: what is done sooner needs none."""

REPORT_EVERY = 0.1
"""Seconds between two reports of a bar."""

REFRESH_SEEN = 0.3
"""Seconds between two refreshes while sentences that the writer looks at come in."""

REFRESH_UNSEEN = 1.0
"""The same for the rest of a document."""

WORTH_A_BAR = 32
"""Sentences. Documents with less to read show no bar."""


class Bar:
    """One work-done progress. Made with the client's token, or with one that the client is asked to make first."""

    def __init__(
        self, ls: PrismServer, title: str, token: int | str | None, cancel: Callable[[], object] | None
    ) -> None:
        self.ls = ls
        self.title = title
        self.cancel = cancel
        self.token = token if token is not None else f"prism-{uuid.uuid4()}"
        self.message: str | None = None
        self.percentage: int | None = None
        self.begun = self.ended = False
        self.reported = 0.0
        self.created = token is not None

    async def begin(self) -> None:
        """Show it, unless it has ended in the meantime."""
        if not self.created:
            params = types.WorkDoneProgressCreateParams(token=self.token)
            try:
                await self.ls.window_work_done_progress_create_async(params)
            except (Exception, asyncio.CancelledError):
                return
        if not self.ended:
            self.begun = True
            self._notify(
                types.WorkDoneProgressBegin(
                    title=self.title,
                    message=self.message,
                    percentage=self.percentage,
                    cancellable=self.cancel is not None,
                )
            )

    def report(self, message: str | None, percentage: int | None) -> None:
        """Where the work is; `percentage` 0 to 100, or None when its length is unknown."""
        changed = (message, percentage) != (self.message, self.percentage)
        self.message, self.percentage = message, percentage
        if self.begun and not self.ended and changed and time.monotonic() - self.reported >= REPORT_EVERY:
            self.reported = time.monotonic()
            self._notify(types.WorkDoneProgressReport(message=message, percentage=percentage))

    def end(self, message: str | None = None) -> None:
        """Take it away."""
        if self.begun and not self.ended:
            self._notify(types.WorkDoneProgressEnd(message=message))
        self.ended = True

    def _notify(
        self, value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd
    ) -> None:
        self.ls.progress(types.ProgressParams(token=self.token, value=value))


class Bars:
    """The progress bars that are shown now."""

    def __init__(self, ls: PrismServer) -> None:
        self.ls = ls
        self._shown: dict[int | str, Bar] = {}
        self._tasks: set[asyncio.Future[None]] = set()

    def start(
        self, title: str, token: int | str | None = None, cancel: Callable[[], object] | None = None, delay: float = 0.0
    ) -> Bar | None:
        """Show a bar after `delay` seconds. None: the client shows none."""
        if token is None and not self.ls.client.progress:
            return None
        bar = Bar(self.ls, title, token, cancel)
        self._shown[bar.token] = bar

        async def begin() -> None:
            await asyncio.sleep(delay)
            if not bar.ended:
                await bar.begin()

        task = asyncio.ensure_future(begin())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return bar

    def end(self, bar: Bar | None, message: str | None = None) -> None:
        """Take a bar away."""
        if bar is not None:
            self._shown.pop(bar.token, None)
            bar.end(message)

    def cancelled(self, token: int | str) -> None:
        """The writer pressed its cancel button."""
        bar = self._shown.get(token)
        if bar is not None and bar.cancel is not None:
            bar.cancel()

    @contextmanager
    def work(self, title: str, token: int | str | None = None) -> Iterator[Bar | None]:
        """A bar around the current request, whose cancel button cancels it."""
        task = asyncio.current_task()
        bar = self.start(title, token, task.cancel if task else None, 0.0 if token is not None else WORK_DELAY)
        try:
            yield bar
        finally:
            self.end(bar)


class Throttle:
    """Calls at once, then at most every so many seconds, and once more at the end if something was held back."""

    def __init__(self, call: Callable[[], Awaitable[None]]) -> None:
        self.call = call
        self._last = float("-inf")
        self._timer: asyncio.TimerHandle | None = None
        self._running: asyncio.Future[None] | None = None

    def ask(self, seconds: float) -> None:
        """Ask for a call."""
        due = max(0.0, self._last + seconds - time.monotonic())
        loop = asyncio.get_running_loop()
        if self._timer is not None:
            if self._timer.when() <= loop.time() + due:
                return
            self._timer.cancel()
        self._timer = loop.call_later(due, self._now)

    def _now(self) -> None:
        self._timer = None
        if self._running is not None and not self._running.done():
            self.ask(REFRESH_SEEN)  # the client has not taken the last one yet
            return
        self._last = time.monotonic()
        self._running = asyncio.ensure_future(self.call())

    def stop(self) -> None:
        """Drop what was held back."""
        if self._timer is not None:
            self._timer.cancel()
        if self._running is not None:
            self._running.cancel()


class Reporter:
    """Listens to the session and tells the client."""

    def __init__(self, ls: PrismServer) -> None:
        self.ls = ls
        self.refreshes = Throttle(self._refresh)
        self.hints = Throttle(self._refresh_hints)
        self.spectra = Throttle(self._tell_spectra)
        self._changed: set[str] = set()
        """Documents whose spectrum has changed since the client asked about it."""
        self._loading: Bar | None = None
        self._fitting: Bar | None = None
        self._reading: dict[str, Bar | None] = {}

    def readings_changed(self, seen: bool) -> None:
        """Colours have changed."""
        if self.ls.client.refresh:
            self.refreshes.ask(REFRESH_SEEN if seen else REFRESH_UNSEEN)

    def all_changed(self, spectra: bool = True) -> None:
        """What is shown has changed everywhere; `spectra`: the features that can be shown too."""
        self.readings_changed(True)
        if self.ls.client.refresh_hints:
            self.hints.ask(REFRESH_SEEN)
        if spectra:
            self.spectrum_changed(*self.ls.session.opened)

    def sentences_read(self, uri: str) -> None:
        """Hints and spectra that lacked a reading are asked for again."""
        if uri in self.ls.hints.incomplete and self.ls.client.refresh_hints:
            self.hints.ask(REFRESH_UNSEEN)
        self.spectrum_changed(uri)

    def spectrum_changed(self, *uris: str) -> None:
        """Tell a client that has asked for a spectrum that it would get another one now; once, until it asks again."""
        if self.ls.client.notifications and (changed := self.ls.spectra.waiting.intersection(uris)):
            self._changed |= changed
            self.spectra.ask(REFRESH_UNSEEN)

    async def _tell_spectra(self) -> None:
        changed, self._changed = self._changed, set()
        for uri in sorted(changed & self.ls.spectra.waiting):
            self.ls.spectra.waiting.discard(uri)
            self.ls.protocol.notify(spectrum.CHANGED, {"textDocument": {"uri": uri}})

    async def _refresh(self) -> None:
        await _refreshed(self.ls.workspace_semantic_tokens_refresh_async(None), "token")

    async def _refresh_hints(self) -> None:
        await _refreshed(self.ls.workspace_inlay_hint_refresh_async(None), "hint")

    def state_changed(self, state: str, message: str) -> None:
        """Tell the state to clients that draw it; a loading bar ends with loading."""
        if state in ("ready", "reading", "failed"):
            self.ls.bars.end(self._loading)
            self._loading = None
        if state == "failed":
            for uri in list(self._reading):
                self.ls.bars.end(self._reading.pop(uri))
        if state == "ready":
            self.ls.diagnostics.update()
        self.tell_state()

    def tell_state(self) -> None:
        """Send `prism/state`."""
        if self.ls.client.notifications:
            state, message = self.ls.session.state
            view = self.ls.view
            params = {"engine": state, "message": message, "mode": view.mode, "focus": view.focus}
            self.ls.protocol.notify("prism/state", params)

    def progressed(self, step: Progress) -> None:
        """A step of loading: one bar for all of it."""
        if step.stage in ("read", "rewrite") or self.ls.session.ready:
            return
        if self._loading is None:
            self._loading = self.ls.bars.start("Prism", delay=WORK_DELAY)
        if self._loading is not None:
            self._loading.report(step.message, _percentage(step.done, step.total))

    def document_progressed(self, uri: str, done: int, total: int) -> None:
        """A step of a document's first reading."""
        if total < WORTH_A_BAR:
            return
        if done >= total:
            self.ls.bars.end(self._reading.pop(uri, None))
            return
        if uri not in self._reading:
            name = uri.rpartition("/")[2] or uri
            self._reading[uri] = self.ls.bars.start(f"Prism is reading {_unquoted(name)}", delay=WORK_DELAY)
        if (bar := self._reading[uri]) is not None:
            bar.report(f"{done} of {total} sentences", _percentage(done, total))

    def document_closed(self, uri: str) -> None:
        """No bar for a document that is gone."""
        self.ls.bars.end(self._reading.pop(uri, None))

    def fitting(self, going_on: bool) -> None:
        """A bar while a project's concepts are fitted."""
        self.ls.bars.end(self._fitting)
        title = "Prism is fitting the project’s concepts"
        self._fitting = self.ls.bars.start(title, delay=WORK_DELAY) if going_on else None

    def concepts_adopted(self, problems: Sequence[tuple[str, str]]) -> None:
        """There are other features to show, to offer and to judge by."""
        self.ls.variations.clear()
        self.ls.own.refused(problems)
        self.ls.diagnostics.update()
        self.all_changed()

    def engine_failed(self, message: str) -> None:
        """One clear message."""
        logger.error("the engine failed: %s", message)
        self.ls.say(message, types.MessageType.Error)


async def _refreshed(request: Awaitable[object], what: str) -> None:
    try:
        await asyncio.wait_for(request, 5)
    except TimeoutError:
        logger.info("the client has not answered a %s refresh", what)
    except Exception as error:
        logger.info("the client refused a %s refresh: %s", what, error)


def _percentage(done: int, total: int | None) -> int | None:
    return min(100, 100 * done // total) if total else None


def _unquoted(name: str) -> str:
    from urllib.parse import unquote

    return unquote(name)
