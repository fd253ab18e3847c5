"""Reading order, nothing read twice, engines that fail."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from editor import StubEngine

from prism_lsp.cache import Cache
from prism_lsp.concept_file import Concept, Pair
from prism_lsp.document import Document
from prism_lsp.engine.pace import REST
from prism_lsp.reading import EngineError, Progress
from prism_lsp.session import BULK_BATCH, IN_FLIGHT, URGENT_BATCH, Session

pytestmark = pytest.mark.asyncio

URI = "file:///novel.txt"


class Heard:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.changes: list[bool] = []
        self.states: list[tuple[str, str]] = []
        self.failures: list[str] = []
        self.reading: list[tuple[int, int]] = []

    def readings_changed(self, seen: bool) -> None:
        self.changes.append(seen)

    def sentences_read(self, uri: str) -> None:
        pass

    def state_changed(self, state: str, message: str) -> None:
        self.states.append((state, message))

    def progressed(self, step: Progress) -> None:
        pass

    def document_progressed(self, uri: str, done: int, total: int) -> None:
        self.reading.append((done, total))

    def engine_failed(self, message: str) -> None:
        self.failures.append(message)

    def fitting(self, going_on: bool) -> None:
        pass

    def concepts_adopted(self, problems: object) -> None:
        pass


def novel(count: int, word: str = "Sailor") -> str:
    """So many different sentences, one a paragraph."""
    return "\n\n".join(f"{word} number {i} went to sea." for i in range(count))


def document(text: str, version: int = 1, uri: str = URI) -> Document:
    return Document(uri, version, "plaintext", text)


@asynccontextmanager
async def running(engine: StubEngine, *documents: Document, kept: int = 1000) -> AsyncIterator[tuple[Session, Heard]]:
    heard = Heard()
    session = Session(engine.launch, heard, kept)  # type: ignore[arg-type]
    for item in documents:
        session.open(item)
    session.start()
    try:
        yield session, heard
    finally:
        await session.close()


async def idle(session: Session, seconds: float = 5.0) -> None:
    """Wait until everything has been read."""
    async with asyncio.timeout(seconds):
        while (
            session._batches
            or not session.ready
            or any(o.unread or o.split is None or o.split.document is not o.document for o in session.opened.values())
        ):
            await asyncio.sleep(0.005)


async def test_every_sentence_is_read_once_from_top_to_bottom() -> None:
    engine = StubEngine()
    async with running(engine, document(novel(100))) as (session, heard):
        await idle(session)
        assert len(engine.read_texts) == len(set(engine.read_texts)) == 100
        assert session.readings.get("Sailor number 99 went to sea.") is not None
        assert heard.reading[-1] == (100, 100)
        last = [text for batch in engine.batches for text in batch][-1]
        assert last == "Sailor number 99 went to sea."


async def test_what_is_visible_comes_first_and_few_batches_are_in_flight() -> None:
    engine = StubEngine()
    engine.delay = 0.001
    text = novel(200)
    async with running(engine, document(text)) as (session, _):
        where = text.index("Sailor number 150")
        session.look(URI, where, where)
        await idle(session)
        assert engine.batches[0][0] == "Sailor number 145 went to sea."
        assert engine.most_at_once <= sum(IN_FLIGHT.values())
        assert max(map(len, engine.batches)) <= BULK_BATCH


async def test_the_same_sentence_in_two_documents_is_read_once() -> None:
    engine = StubEngine()
    async with running(engine, document(novel(20)), document(novel(20), uri="file:///copy.txt")) as (session, _):
        await idle(session)
        assert len(engine.read_texts) == 20


async def test_typing_reads_only_the_sentence_that_changed() -> None:
    engine = StubEngine()
    text = novel(60)
    async with running(engine, document(text)) as (session, _):
        await idle(session)
        engine.batches.clear()
        for version, typed in enumerate(["w", "wi", "wis", "wise"], 2):
            new = text.replace("number 30 ", f"number 30 {typed} ")
            session.change(document(new, version), new.index(typed))
            await idle(session)
        assert [text.split()[3] for text in engine.read_texts] == ["w", "wi", "wis", "wise"]


async def test_an_edited_sentence_overtakes_the_rest_of_the_document() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    text = novel(300)
    async with running(engine, document(text)) as (session, _):
        async with asyncio.timeout(5):
            while not engine.batches:
                await asyncio.sleep(0)
        new = text.replace("number 299 went", "number 299 swam")
        await asyncio.sleep(0.01)
        before = len(engine.batches)
        session.change(document(new, 2), None)
        engine.gate.set()
        await idle(session)
        assert engine.batches[before] == ["Sailor number 299 swam to sea."]


async def test_work_that_is_gone_is_dropped() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with running(engine, document(novel(500))) as (session, _):
        async with asyncio.timeout(5):
            while not engine.batches:
                await asyncio.sleep(0)
        session.change(document("Only this is left.", 2), 0)
        await asyncio.sleep(0.01)
        engine.gate.set()
        await idle(session)
        assert len(engine.read_texts) <= URGENT_BATCH + 2 * BULK_BATCH + 1
        assert engine.read_texts[-1] == "Only this is left."


async def test_a_closed_document_is_not_read_on() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with running(engine, document(novel(500))) as (session, _):
        await asyncio.sleep(0.05)
        session.close_document(URI)
        await asyncio.sleep(0.01)
        assert engine.cancelled == IN_FLIGHT[REST]
        engine.gate.set()
        await asyncio.sleep(0.05)
        assert len(engine.read_texts) <= URGENT_BATCH + IN_FLIGHT[REST] * BULK_BATCH


async def test_readings_of_open_documents_are_never_forgotten() -> None:
    engine = StubEngine()
    async with running(engine, document(novel(50)), kept=5) as (session, _):
        await idle(session)
        assert all(session.readings.get(f"Sailor number {i} went to sea.") for i in range(50))
        for i in range(30):
            await session.read(f"Stray {i}.")
        assert len(session.readings) <= 55


async def test_waiting_ends_when_the_sentences_are_there_or_time_is_up() -> None:
    engine = StubEngine()
    engine.gate = asyncio.Event()
    async with running(engine, document("One came. Two went.")) as (session, heard):
        await session.wait(URI, ["One came.", "Two went."], 0.05)
        assert session.readings.get("One came.") is None
        waiting = asyncio.ensure_future(session.wait(URI, ["One came.", "Two went."], 5))
        await asyncio.sleep(0.01)
        engine.gate.set()
        await waiting
        assert session.readings.get("One came.") is not None
        assert heard.changes == []  # whoever waits tells it


async def test_weights_that_cannot_be_had_are_told_once() -> None:
    engine = StubEngine()
    engine.load_error = EngineError("The model could not be fetched: there is no network.", "weights")
    async with running(engine, document(novel(5))) as (session, heard):
        assert not await session.loaded(5)
        await session.wait(URI, ["Sailor number 0 went to sea."], 5)
        with pytest.raises(EngineError, match="no network"):
            await session.read("One more.")
        assert heard.failures == ["The model could not be fetched: there is no network."]
        assert heard.states[-1] == ("failed", "The model could not be fetched: there is no network.")
        engine.load_error = None
        await session.restart()
        await idle(session)
        assert len(engine.read_texts) == 5
        assert heard.states[-1] == ("ready", "")


async def test_a_sentence_that_cannot_be_read_does_not_keep_the_others() -> None:
    engine = StubEngine()
    engine.read_error["POISON"] = EngineError("This sentence stopped the model three times.")
    text = novel(30) + "\n\nThis is POISON."
    async with running(engine, document(text)) as (session, heard):
        await idle(session)
        assert session.readings.get("Sailor number 29 went to sea.") is not None
        assert session.readings.get("This is POISON.") is None
        assert engine.batches.count(["This is POISON."]) == 1
        assert heard.failures == []


async def test_an_engine_that_gives_up_is_told_once() -> None:
    engine = StubEngine()
    engine.read_error["Sailor"] = EngineError("The engine was closed.", "cancelled")
    async with running(engine, document(novel(5))) as (session, heard):
        await session.wait(URI, ["Sailor number 0 went to sea."], 5)
        assert heard.failures == ["The engine was closed."]
        assert session.state[0] == "failed"
        engine.read_error.clear()
        await session.restart()
        await idle(session)
        assert session.readings.get("Sailor number 0 went to sea.") is not None


async def test_a_document_that_cannot_be_split_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from prism_lsp import session as module

    real = module._sentences

    def broken(item: Document) -> object:
        if item.uri == URI:
            raise RuntimeError("no")
        return real(item)

    monkeypatch.setattr(module, "_sentences", broken)
    engine = StubEngine()
    async with running(engine, document("One came."), document("Two went.", uri="file:///b.txt")) as (session, _):
        await idle(session)
        assert engine.read_texts == ["Two went."]


async def test_restarting_reads_everything_again() -> None:
    engine = StubEngine()
    async with running(engine, document(novel(10))) as (session, _):
        await idle(session)
        await session.restart()
        await idle(session)
        assert (engine.starts, engine.closes) == (2, 1)
        assert len(engine.read_texts) == 20


async def test_splits_find_the_sentence_at_a_place() -> None:
    engine = StubEngine()
    item = document("One came. Two went.\n\nThree stayed.")
    async with running(engine, item) as (session, _):
        split = await session.split(item)
        found = [split.at(place) for place in (0, 9, 10, 19, 20, 21)]
        assert [sentence and sentence.text.split()[0] for sentence in found] == [
            "One",
            "One",
            "Two",
            "Two",
            None,
            "Three",
        ]
        selected = split.at(20, 30)
        assert selected is not None and selected.text == "Three stayed."
        assert [sentence.start for sentence in split.within(9, 21)] == [10]
        assert [sentence.start for sentence in split.within(0, 11)] == [0, 10]


def own(word: str, more: str = "") -> Concept:
    """A concept of the project's own; the stub finds the word."""
    return Concept(word, word.capitalize(), "project1", "", "", "", (Pair("It is.", f"It is {word}{more}."),))


def cache(folder: Path, *concepts: Concept) -> Cache:
    """The readings on disk by these concepts of the project's own."""
    return Cache(folder, f"stub{hash(concepts)}", 1 << 30)


def cached(engine: StubEngine, folder: Path, *concepts: Concept) -> Session:
    """A session whose readings outlive it."""
    session = Session(engine.launch, Heard(), 1000)  # type: ignore[arg-type]
    session.disk.make = lambda concepts: cache(folder, *concepts)
    session.use(concepts)
    return session


async def read_once(folder: Path, item: Document, *concepts: Concept) -> None:
    """Read a document and leave."""
    session = cached(StubEngine(), folder, *concepts)
    session.open(item)
    session.start()
    await with_concepts(session)
    await session.close()


async def with_concepts(session: Session) -> None:
    """Wait until everything has been read with the project's own concepts."""
    async with asyncio.timeout(5):
        while session._held != session.concepts or session._adopting:
            await asyncio.sleep(0.005)
    await idle(session)


async def test_a_known_text_is_there_before_the_engine_has_loaded_and_is_not_read_again(tmp_path: Path) -> None:
    item = document(novel(100))
    await read_once(tmp_path, item)
    engine = StubEngine()
    engine.load_gate = asyncio.Event()
    session = cached(engine, tmp_path)
    session.open(item)
    session.start()
    split = await session.split(item)
    assert session.readings.missing(sentence.text for sentence in split.sentences) == []
    assert [feature.id for feature in session.features][:1] == ["question"]
    assert not session.ready
    engine.load_gate.set()
    await idle(session)
    assert engine.read_texts == []
    await session.close()


async def test_only_the_new_sentence_of_a_known_text_is_read(tmp_path: Path) -> None:
    await read_once(tmp_path, document(novel(100)))
    engine = StubEngine()
    session = cached(engine, tmp_path)
    session.open(document(novel(100) + "\n\nThe last one is new."))
    session.start()
    await idle(session)
    assert engine.read_texts == ["The last one is new."]
    await session.close()


async def test_an_engine_with_other_features_reads_everything_again(tmp_path: Path) -> None:
    await read_once(tmp_path, document(novel(20)))
    engine = StubEngine()
    engine.known = engine.known[:3]
    session = cached(engine, tmp_path)
    session.open(document(novel(20)))
    session.start()
    await idle(session)
    assert len(session.features) == 3
    assert len(engine.read_texts) == 20
    await session.close()


def known(session: Session, text: str = "Sailor number 1 went to sea.") -> tuple[int, int | None]:
    """How many features are shown, and of how many the reading of a sentence is."""
    reading = session.readings.get(text)
    return len(session.features), None if reading is None else len(reading.activations)


async def test_a_known_text_has_the_projects_colours_before_the_engine_has_loaded(tmp_path: Path) -> None:
    item, engine = document(novel(20)), StubEngine()
    await read_once(tmp_path, item, own("sailor"))
    engine.load_gate = asyncio.Event()
    session = cached(engine, tmp_path, own("sailor"))
    session.open(item)
    session.start()
    await session.split(item)
    assert (session.ready, session.features[-1].id, known(session)) == (False, "sailor", (11, 11))
    typed = asyncio.create_task(session.read("The sailor went."))
    await asyncio.sleep(0.05)
    engine.load_gate.set()
    assert len((await typed).activations) == 11
    await with_concepts(session)
    assert engine.read_texts == ["The sailor went."] and [each.id for each in engine.own] == ["sailor"]
    await session.close()


async def test_a_concept_that_has_changed_is_read_again_though_it_has_the_same_name(tmp_path: Path) -> None:
    item, engine = document(novel(20)), StubEngine()
    await read_once(tmp_path, item, own("sailor"))
    session = cached(engine, tmp_path, own("sailor", " indeed"))
    session.open(item)
    session.start()
    await with_concepts(session)
    assert known(session) == (11, 11)
    assert len(set(engine.read_texts)) == 20
    await session.close()


async def test_a_text_known_by_the_packs_features_has_these_until_the_concept_is_fitted(tmp_path: Path) -> None:
    item, engine = document(novel(20)), StubEngine()
    await read_once(tmp_path, item)
    engine.load_gate = asyncio.Event()
    session = cached(engine, tmp_path, own("sailor"))
    session.open(item)
    session.start()
    await session.split(item)
    assert known(session) == (10, 10)
    engine.load_gate.set()
    await with_concepts(session)
    assert known(session) == (11, 11)
    await session.close()
    for concepts, length in ((), 10), ((own("sailor"),), 11):
        (data,) = cache(tmp_path, *concepts).look_up(["Sailor number 1 went to sea."]).values()
        assert len(data) == 8 * length


async def test_concepts_come_and_go_and_what_was_read_before_is_not_read_again(tmp_path: Path) -> None:
    item, engine = document(novel(20)), StubEngine()
    session = cached(engine, tmp_path)
    session.open(item)
    session.start()
    await idle(session)
    for concepts, length, read in (((own("sailor"),), 11, 40), ((), 10, 40), ((own("sailor"),), 11, 40)):
        session.use(concepts)
        await with_concepts(session)
        assert (known(session), len(engine.read_texts)) == ((length, length), read)
    await session.close()


async def test_a_concept_that_cannot_be_fitted_any_more_leaves_the_packs_colours(tmp_path: Path) -> None:
    item, engine = document(novel(20)), StubEngine()
    await read_once(tmp_path, item, own("sailor"))
    engine.fit_error = EngineError("No.")
    session = cached(engine, tmp_path, own("sailor"))
    session.open(item)
    session.start()
    async with asyncio.timeout(5):
        while not session.ready or session._adopting:
            await asyncio.sleep(0.005)
    await idle(session)
    assert known(session) == (10, 10)
    await session.close()


async def test_what_was_there_only_while_it_was_typed_is_not_kept(tmp_path: Path) -> None:
    session = cached(StubEngine(), tmp_path)
    session.open(document("The sailor w.", 1))
    session.start()
    await idle(session)
    session.change(document("The sailor went.", 2))
    await idle(session)
    await session.close()
    assert list(cache(tmp_path).look_up(["The sailor w.", "The sailor went."])) == ["The sailor went."]


async def test_a_closed_document_is_kept(tmp_path: Path) -> None:
    session = cached(StubEngine(), tmp_path)
    session.open(document("The sailor went."))
    session.start()
    await idle(session)
    session.close_document(URI)
    await session.close()
    assert cache(tmp_path).look_up(["The sailor went."])


async def test_a_version_is_split_once_whoever_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    from prism_lsp import session as module

    calls: list[int] = []
    real = module._sentences

    def counted(item: Document) -> object:
        calls.append(item.version)
        return real(item)

    monkeypatch.setattr(module, "_sentences", counted)
    monkeypatch.setattr(module, "SPLIT_INLINE", 10)
    item = document(novel(50))
    async with running(StubEngine(), item) as (session, _):
        splits = await asyncio.gather(*(session.split(item) for _ in range(5)))
        assert len({id(split) for split in splits}) == 1
        assert calls == [1]
