"""What the server knows: open documents, the readings of their sentences, and what is to be read in which order.

No LSP types. A reading is a pure function of a sentence's text, so readings are kept by text, for all documents
together: a sentence that has been read is never read again, wherever it stands.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from prism_lsp.disk import PATIENCE, Disk
from prism_lsp.engine.pace import AWAITED, REST, SEEN
from prism_lsp.opened import Opened, Split
from prism_lsp.reading import Edit, EngineError, Feature, Progress, Reading, Rewrites
from prism_lsp.readings import Readings, packed

if TYPE_CHECKING:
    from prism_lsp.concept_file import Concept
    from prism_lsp.document import Document
    from prism_lsp.engine.process import Engine
    from prism_lsp.prose import Sentence

logger = logging.getLogger(__name__)

URGENT_BATCH = 8
"""Sentences in a batch that somebody waits for. Small: the first answer counts."""

BULK_BATCH = 32
"""Sentences in any other batch. Others overtake them, but they are not read twice: who scrolls to them waits for the batch."""

IN_FLIGHT = {AWAITED: 2, SEEN: 1, REST: 1}
"""Batches at the engine at once, by rank."""

KEPT_READINGS = 20_000
"""Readings kept beyond those of the open documents."""

MOST_AWAITED = 32
"""Sentences that an answer for a whole document waits for."""

SAVE_AFTER = 5.0
"""Seconds from a reading to when it is written to disk, if its sentence still stands in an open document."""

SPLIT_INLINE = 50_000
"""Characters. A longer document is split into sentences on a thread, so that the server goes on answering."""


class Listener(Protocol):
    """Who hears from the session."""

    def readings_changed(self, seen: bool) -> None:
        """New readings are there; `seen`: some are of sentences that the writer looks at."""

    def sentences_read(self, uri: str) -> None:
        """Sentences of this document have been read, whoever waited for them."""

    def state_changed(self, state: str, message: str) -> None:
        """The engine is `starting`, `downloading`, `reading`, `ready` or `failed`."""

    def progressed(self, step: Progress) -> None:
        """A step of loading."""

    def document_progressed(self, uri: str, done: int, total: int) -> None:
        """A step of a document's first reading, in sentences."""

    def engine_failed(self, message: str) -> None:
        """The engine cannot work; `message` says why to the writer."""

    def fitting(self, going_on: bool) -> None:
        """A project's concepts are being fitted, or not any more."""

    def concepts_adopted(self, problems: Sequence[tuple[str, str]]) -> None:
        """The features are others: a project's concepts came or went. `problems`: (id, why not) of those left out."""


class Session:
    """Documents, readings and the engine. One task reads what is to be read."""

    def __init__(self, launch: Callable[..., Engine], listener: Listener, kept: int = KEPT_READINGS) -> None:
        """`launch(on_progress=, on_restart=)` makes an engine that has not been started."""
        self.launch = launch
        self.listener = listener
        self.kept = kept
        self.accepts: Callable[[Document], bool] = lambda document: True
        """Whether a document is to be read at all."""
        self.on_read: Callable[[str], object] = lambda uri: None
        """Called with a document's uri when nothing is left to be read in it, as it is now."""
        self.engine: Engine | None = None
        self.features: tuple[Feature, ...] = ()
        """The pack's features and the project's; empty until the engine has loaded or the cache is found to know them."""
        self.ready = False
        """The engine has loaded, and has the features."""
        self.disk = Disk()
        """Readings from earlier."""
        self.concepts: tuple[Concept, ...] = ()
        """The project's own concepts as they should be."""
        self.state = ("starting", "")
        self.opened: dict[str, Opened] = {}
        self.readings = Readings()
        self._suspects: set[str] = set()
        self._last_error: EngineError | None = None
        self._flying: set[str] = set()
        self._batches: dict[asyncio.Task[None], tuple[int, list[str]]] = {}
        """What waits for the engine, with rank and sentences."""
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._changing = asyncio.Lock()
        self._changes: set[asyncio.Task[None]] = set()
        self._closed = False
        self._thread: ThreadPoolExecutor | None = None
        self._loaded = asyncio.Event()
        self._held: tuple[Concept, ...] = ()
        """The project's own concepts that are among `features`; the readings, here and on disk, are by these."""
        self._adopted: tuple[Concept, ...] = ()
        """The project's own concepts as the engine was last asked to take them up, whether it could or not."""
        self._adopting = False
        self._steady = asyncio.Event()
        """Cleared while the engine has other features than `features`, which is when nothing may be asked of it."""
        self._recalled = asyncio.Event()
        """The cache has been opened, or there is none."""
        self._unsaved: dict[str, None] = {}
        self._saving: asyncio.TimerHandle | None = None

    # The engine

    def start(self) -> None:
        """Launch the engine and begin to read what is open."""
        self._set_state("starting", "Starting the model")
        self._steady.clear()
        engine = self.engine = self.launch(on_progress=self._progressed, on_restart=self._restarted)
        self._keep(self._recall())
        self._keep(self._load(engine))
        self._keep(self._schedule())

    async def close(self) -> None:
        """Stop reading and end the engine's process. What waits for a reading is woken."""
        self._closed = True
        await self._to_its_end(self._end_engine())

    async def restart(self, launch: Callable[..., Engine] | None = None) -> None:
        """End the engine and start it again, perhaps with another `launch`. Everything open is read again."""
        await self._to_its_end(self._start_again(launch))

    async def _to_its_end(self, work: Coroutine[Any, Any, None]) -> None:
        """Do this even if whoever waits is cancelled, one such thing at a time: half a restart would leave the writer
        without an engine, two at once with one too many."""

        async def alone() -> None:
            async with self._changing:
                await work

        task = asyncio.ensure_future(alone())
        self._changes.add(task)
        task.add_done_callback(self._changes.discard)
        await asyncio.shield(task)

    async def _end_engine(self) -> None:
        engine, self.engine = self.engine, None
        for task in (*self._tasks, *self._batches):
            task.cancel()
        await asyncio.gather(*self._tasks, *self._batches, return_exceptions=True)
        self._batches.clear()
        self._flying.clear()
        self._steady.set()  # who waits for it learns that there is no engine
        if engine is not None:
            await engine.close()
        self._save()
        await self.disk.close()

    async def _start_again(self, launch: Callable[..., Engine] | None) -> None:
        await self._end_engine()
        if self._closed:
            return
        self.launch = launch or self.launch
        self.features, self.ready = (), False
        self._held, self._adopted, self._adopting = (), (), False
        self._loaded.clear()
        self._recalled.clear()
        self._read_again()
        self.start()

    def _read_again(self) -> None:
        """Forget every reading; everything open is read again."""
        self.readings.clear()
        self._suspects.clear()
        self._unsaved.clear()
        for opened in self.opened.values():
            opened.split, opened.texts, opened.first = None, {}, None
        self.listener.readings_changed(True)
        self._wake.set()

    def use(self, concepts: tuple[Concept, ...]) -> None:
        """These are the project's own concepts; they are fitted as soon as the engine has loaded."""
        self.concepts = concepts
        if self.ready and self.engine is not None and not self._adopting and concepts != self._adopted:
            self._adopting = True
            self._keep(self._adopt(self.engine))

    async def _adopt(self, engine: Engine) -> None:
        """Have the project's concepts fitted, while reading goes on; then read everything with them."""
        self.listener.fitting(True)
        try:
            while self.concepts != self._adopted:
                wanted = self.concepts
                problems = await engine.fit(wanted)
                if wanted == self.concepts:  # else they have changed meanwhile
                    await self._switch(engine, wanted)
                    self.listener.concepts_adopted(problems)
        except EngineError as error:
            logger.warning("the project's concepts could not be fitted: %s", error)
            if error.code != "cancelled":
                self._adopted = self.concepts
                self.listener.concepts_adopted([("", str(error))])
        finally:
            self.listener.fitting(False)
            if engine is self.engine:
                self._adopting = False

    async def _switch(self, engine: Engine, wanted: tuple[Concept, ...]) -> None:
        """Let what is being read end, so that no reading is taken for one of the new features, on disk neither."""
        self._steady.clear()
        try:
            await asyncio.gather(*self._batches, return_exceptions=True)
            self._save()
            await self.disk.close()
            self._hold(wanted, tuple(await engine.adopt(wanted)))
            self._adopted = wanted
        finally:
            await self._look_up_again()
            self._steady.set()
            self._wake.set()

    def _hold(self, concepts: tuple[Concept, ...], features: tuple[Feature, ...]) -> None:
        """From now on readings are of these features, with these concepts of the project's own."""
        known = bool(self.features)
        self._held, self.features = concepts, features
        if known:
            self._read_again()

    async def _look_up_again(self) -> None:
        """Open the cache for what the readings are of now, and see what it knows of the open documents."""
        await self.disk.open(self._held)
        self.disk.begin(self.features)
        self.split_again()

    async def loaded(self, seconds: float | None = None) -> bool:
        """Wait until the features are known or the engine has failed. Answers whether they are."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._loaded.wait(), seconds)
        return bool(self.features)

    async def _recall(self) -> None:
        """Open the cache: what it knows can be shown before the engine has loaded."""
        for concepts in dict.fromkeys((self.concepts, ())):  # rather the pack's colours than none
            if features := await self.disk.open(concepts):
                self._hold(concepts, features)
                self._loaded.set()
                self.listener.readings_changed(True)
                self.split_again()  # one may have been split without it
                break
        self._recalled.set()
        self._wake.set()

    async def _load(self, engine: Engine) -> None:
        try:
            await engine.start()
            features = tuple(await engine.features())
            await self._recalled.wait()
            problems = await self._begin(engine, features)
        except EngineError as error:
            self._fail(error)
        except OSError as error:
            self._fail(EngineError(f"The model's process could not be started: {error}."))
        else:
            self.ready = True
            self._steady.set()
            self._set_state("ready", "")
            self._loaded.set()
            self._wake.set()
            if problems is not None:
                self.listener.concepts_adopted(problems)
            self.use(self.concepts)

    async def _begin(self, engine: Engine, features: tuple[Feature, ...]) -> list[tuple[str, str]] | None:
        """Go on with what the cache knew, if the engine, which has loaded with these features, can have the same; else with
        these. Answers what is wrong with the project's concepts if it has them."""
        wanted, problems = self._held, None
        held: tuple[Concept, ...] = ()
        if wanted and wanted == self.concepts:
            try:
                problems = await engine.fit(wanted)  # quick: they have been fitted before
                features, held = tuple(await engine.adopt(wanted)), wanted
                self._adopted = wanted
            except EngineError as error:
                if error.code == "cancelled":
                    raise
                logger.warning("the project's concepts could not be fitted: %s", error)  # `use` tries again and tells
        if held != self._held:
            self._save()
            await self.disk.close()
            self._hold(held, features)
            await self._look_up_again()
        elif features != self.features:
            self._hold(held, features)
            self.disk.begin(features)
        return problems

    def _progressed(self, step: Progress) -> None:
        if step.stage == "download":
            self._set_state("downloading", step.message)
        elif not self.ready:
            self._set_state("starting", step.message)
        self.listener.progressed(step)

    def _restarted(self, message: str) -> None:
        logger.warning("the engine was restarted: %s", message)

    def _fail(self, error: EngineError) -> None:
        if self.state[0] != "failed":
            self._set_state("failed", str(error))
            self.listener.engine_failed(str(error))
        self._loaded.set()
        self._steady.set()
        self.readings.done(None)

    def _set_state(self, state: str, message: str) -> None:
        if self.state != (state, message):
            self.state = (state, message)
            self.listener.state_changed(state, message)

    def _keep(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a task of the session failed", exc_info=error)
            self._fail(EngineError("Prism made a mistake and stopped reading; its log says more. Restart the engine."))

    # Documents

    def open(self, document: Document) -> None:
        """Read this document from now on."""
        self.opened[document.uri] = Opened(document)
        self._wake.set()

    def change(self, document: Document, at: int | None = None) -> None:
        """A new version of an open document; `at`: where the writer edits, in characters."""
        opened = self.opened[document.uri]
        opened.document = document
        if at is not None:
            opened.look = (at, at)
        self.opened[document.uri] = self.opened.pop(document.uri)  # last in the dict: edited last
        self._wake.set()

    def close_document(self, uri: str) -> None:
        """Forget a document; its readings stay for a while."""
        self._save()
        if (opened := self.opened.pop(uri, None)) is not None:
            self.readings.touch(opened.texts)
        self._wake.set()

    def split_again(self) -> None:
        """What is to be read has changed: look at every document anew."""
        for opened in self.opened.values():
            opened.split = None
        self._wake.set()

    def document(self, uri: str) -> Document | None:
        """The newest version of an open document."""
        opened = self.opened.get(uri)
        return opened.document if opened else None

    def look(self, uri: str, start: int, end: int) -> None:
        """The writer looks at this stretch of characters: read it first."""
        if (opened := self.opened.get(uri)) is not None:
            opened.look = (start, end)
            self._wake.set()

    async def split(self, document: Document) -> Split:
        """The sentences of a version of a document."""
        opened = self.opened.get(document.uri)
        if opened is None or opened.document is not document:
            return await self._split(document)
        if opened.split and opened.split.document is document:
            return opened.split
        if opened.splitting is None or opened.splitting[0] is not document:
            opened.splitting = document, asyncio.ensure_future(self._take_version(opened, document))
        return await asyncio.shield(opened.splitting[1])

    async def _take_version(self, opened: Opened, document: Document) -> Split:
        """Split a version once, whoever asks, and see what is known of its sentences from earlier."""
        split = await self._split(document)
        if self.disk.make is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._recalled.wait(), PATIENCE)
        texts = dict.fromkeys(sentence.reads for sentence in split.sentences)
        unread, features = self.readings.missing(texts), None
        if opened.split is None or len(unread) > URGENT_BATCH:  # what is being typed is not on disk
            while features is not self.features:  # what was looked up while they changed is of the old ones
                features = self.features
                found = await self.disk.look_up(unread)
                if features is self.features:
                    self._put(found, len(texts))
                unread = self.readings.missing(texts)
        if opened.document is document:
            self._arrange(opened, split, texts, unread)
        if opened.splitting is not None and opened.splitting[0] is document:
            opened.splitting = None
        return split

    async def _split(self, document: Document) -> Split:
        sentences: Sequence[Sentence] = []
        try:
            if not self.accepts(document):
                pass
            elif len(document.text) <= SPLIT_INLINE:
                sentences = _sentences(document)
            else:
                self._thread = self._thread or ThreadPoolExecutor(1, "split")
                sentences = await asyncio.get_running_loop().run_in_executor(self._thread, _sentences, document)
        except Exception:  # a document must never stop the server
            logger.exception("a document could not be split into sentences")
        return Split(document, sentences, [sentence.start for sentence in sentences])

    def _arrange(self, opened: Opened, split: Split, texts: dict[str, None], missing: Sequence[str]) -> None:
        """Take a new version's sentences: what is gone is not read any more, what is new is read first."""
        unread = dict.fromkeys(missing)
        if opened.split is None:
            opened.first, opened.edited = len(unread), {}
        else:
            opened.edited = {t: None for t in unread if t in opened.edited or t not in opened.texts}
        opened.split, opened.texts, opened.unread = split, texts, unread
        self._progress_of(opened)
        self._wake.set()

    # Readings

    def unread_visible(self, uri: str) -> list[str]:
        """What a writer would miss now: unread sentences just edited, and those where the writer looks."""
        opened = self.opened.get(uri)
        if opened is None:
            return []
        return [t for t in dict.fromkeys((*opened.edited, *opened.visible())) if t in opened.unread][:MOST_AWAITED]

    def unread_edited(self, uri: str) -> list[str]:
        """Unread sentences just edited."""
        opened = self.opened.get(uri)
        return [t for t in opened.edited if t in opened.unread][:MOST_AWAITED] if opened else []

    async def wait(self, uri: str, texts: Iterable[str], seconds: float, colours: bool = True) -> None:
        """Read these sentences of a document if they have not been, and wait for so many seconds at most.

        `colours`: the answer that waits carries the colours.
        """
        opened = self.opened.get(uri)
        missing = self.readings.missing(texts)
        if missing and opened is not None and self.state[0] != "failed":
            opened.unread.update(dict.fromkeys(missing))
            self._wake.set()
            await self.readings.wait(missing, seconds, colours)

    async def read(self, text: str, evidence: bool = False) -> Reading:
        """Read one sentence now, with each word's share if asked for. Raises EngineError."""
        known = self.readings.evidence(text) if evidence else self.readings.get(text)
        if known is not None:
            return known
        features = None
        while features is not self.features:  # what was read while they changed may be of the old ones
            engine = await self._steadied()
            features = self.features
            (reading,) = await engine.read([text], evidence=evidence)
        if evidence:
            self.readings.put_evidence(text, reading)
        self._take([text], [reading])
        return reading

    async def rewrite(self, text: str, edit: Edit, candidates: int) -> Rewrites:
        """Rewrite one sentence. Raises EngineError."""
        return await (await self._steadied()).rewrite(text, edit, candidates)

    async def _steadied(self) -> Engine:
        """The engine, once it has the features that are shown. Raises EngineError."""
        known = await self.loaded()
        while not self._steady.is_set():
            await self._steady.wait()
        if not known or self.engine is None:
            raise EngineError(self.state[1] or "The model is not running.")
        return self.engine

    def _take(self, texts: Sequence[str], readings: Sequence[Reading]) -> None:
        awaited = self.readings.awaited()
        seen = unawaited = False
        read_in = []
        for opened in self.opened.values():
            mine = [text for text in texts if text in opened.unread]
            if mine:
                visible = set(opened.visible())
                seen = seen or any(text in opened.edited or text in visible for text in mine)
                unawaited = unawaited or any(text not in awaited for text in mine)
                for text in mine:
                    del opened.unread[text]
                    opened.edited.pop(text, None)
                read_in.append(opened.document.uri)
                self._progress_of(opened)
        self._put(dict(zip(texts, map(packed, readings), strict=True)))
        self._save_soon(texts)
        self.readings.done(texts)
        if unawaited:  # the answer to a waiting request carries the others
            self.listener.readings_changed(seen)
        for uri in read_in:
            self.listener.sentences_read(uri)

    def _put(self, readings: Mapping[str, bytes], more: int = 0) -> None:
        """Keep readings; others are forgotten, but none of open documents, nor of `more` that will be in one."""
        most = self.kept + more + sum(len(opened.texts) for opened in self.opened.values())
        if len(self.readings) + len(readings) > most:
            for opened in self.opened.values():
                self.readings.touch(opened.texts)
        self.readings.put(readings, most)

    def _save_soon(self, texts: Sequence[str]) -> None:
        if self.disk.make is not None:
            self._unsaved.update(dict.fromkeys(texts))
            self._saving = self._saving or asyncio.get_running_loop().call_later(SAVE_AFTER, self._save)

    def _save(self) -> None:
        """Write what has been read to disk, but not what was there only while somebody typed."""
        if self._saving is not None:
            self._saving.cancel()
        unsaved, self._unsaved, self._saving = self._unsaved, {}, None
        stand = [text for text in unsaved if any(text in opened.texts for opened in self.opened.values())]
        self.disk.keep(self.readings.packed(stand))

    def _progress_of(self, opened: Opened) -> None:
        if opened.first:
            done = max(0, opened.first - len(opened.unread))
            self.listener.document_progressed(opened.document.uri, done, opened.first)
        if not opened.unread:
            opened.first = 0
            asyncio.get_running_loop().call_soon(self.on_read, opened.document.uri)

    # What to read next

    async def _schedule(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            for opened in list(self.opened.values()):
                if opened.split is None or opened.split.document is not opened.document:
                    await self.split(opened.document)
            if not self.ready or self.state[0] == "failed":
                continue
            self._drop_what_is_gone()
            while (found := self._next_batch()) is not None:
                rank, batch = found
                self._flying.update(batch)
                self._batches[asyncio.ensure_future(self._read_batch(batch, rank))] = found
            # A sentence being typed is not worth telling.
            much = any(len(opened.unread) > URGENT_BATCH for opened in self.opened.values())
            self._set_state("reading" if much else "ready", "")

    def _drop_what_is_gone(self) -> None:
        """A long batch of sentences that are in no document any more is not read on."""
        for task, (rank, texts) in self._batches.items():
            if rank == REST and not any(text in opened.unread for text in texts for opened in self.opened.values()):
                task.cancel()

    def _next_batch(self) -> tuple[int, list[str]] | None:
        """The most urgent texts, behind their rank: just edited, then where a writer looks, then every document from top to
        bottom."""
        if self.engine is None or not self._steady.is_set():
            return None
        recent, busy = list(reversed(self.opened.values())), [rank for rank, _ in self._batches.values()]
        for rank, find, count in (
            (AWAITED, self._edited, URGENT_BATCH),
            (SEEN, self._seen, URGENT_BATCH),
            (REST, self._rest, BULK_BATCH),
        ):
            documents = self.opened.values() if rank == REST else recent
            if busy.count(rank) < IN_FLIGHT[rank]:
                texts = (text for opened in documents for text in find(opened))
                if batch := self._pick(texts, count):
                    return rank, batch
        return None

    @staticmethod
    def _edited(opened: Opened) -> Iterable[str]:
        return opened.edited

    @staticmethod
    def _seen(opened: Opened) -> Iterable[str]:
        return [text for text in opened.visible() if text in opened.unread]

    @staticmethod
    def _rest(opened: Opened) -> Iterable[str]:
        return opened.unread

    def _pick(self, texts: Iterable[str], count: int) -> list[str]:
        """The first `count` of them that are not being read. One that was in a batch which failed is read alone."""
        batch: dict[str, None] = {}
        for text in texts:
            if text in self._flying or text in batch:
                continue
            if text in self._suspects:
                if not batch:
                    return [text]
                continue
            batch[text] = None
            if len(batch) == count:
                break
        return list(batch)

    async def _read_batch(self, texts: list[str], rank: int) -> None:
        assert self.engine is not None
        try:
            readings = await self.engine.read(texts, rank=rank)
        except EngineError as error:
            self._batch_failed(texts, error)
        except Exception as error:
            logger.exception("the engine's answer could not be used")
            self._batch_failed(texts, EngineError(repr(error)))
        else:
            self._suspects.difference_update(texts)
            self._take(texts, readings)
        finally:
            if (task := asyncio.current_task()) is not None:
                self._batches.pop(task, None)
            self._flying.difference_update(texts)
            self._wake.set()

    def _batch_failed(self, texts: list[str], error: EngineError) -> None:
        """Find the sentence that cannot be read by reading each alone; the others are not to suffer from it."""
        logger.warning("%d sentences could not be read: %s", len(texts), error)
        self._last_error = error if error.code != "cancelled" else self._last_error
        if error.code in ("weights", "pack"):
            self._fail(error)
        elif error.code == "cancelled":  # the engine has closed itself: it said why when it did
            self._fail(self._last_error or error)
        elif len(texts) > 1:
            self._suspects.update(texts)
        else:
            self.readings.unreadable[texts[0]] = str(error)
            for opened in self.opened.values():
                opened.unread.pop(texts[0], None)
                opened.edited.pop(texts[0], None)
                self._progress_of(opened)
            self.readings.done(texts)


def _sentences(document: Document) -> Sequence[Sentence]:
    from prism_lsp import prose

    return prose.sentences(document.text, document.language_id)
