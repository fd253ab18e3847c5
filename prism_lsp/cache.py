"""Readings on disk, so that a text that was read once has its colours at once when it is opened again.

One SQLite file for everything that decides a reading but the sentence: pack, weights, concepts and the code that reads
(`engine/identity.py`). A sentence is there by a salted hash, never as text. Nothing in here raises: a file that is damaged
is set aside, one that is locked or cannot be written is done without, and what is lost is read again.

No LSP types, no torch, no numpy. A `Cache` belongs to one thread at a time.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple, TypeVar

from prism_lsp.reading import Feature

T = TypeVar("T")

logger = logging.getLogger(__name__)

PLACE = "PRISM_LSP_READINGS"
"""Environment variable that names another folder for the files."""

HASH = 16
"""Bytes of a sentence's hash: two of a billion sentences share one by chance with a probability of 1 to 10^20."""

WAIT = 1.0
"""Seconds to wait for another editor that is writing."""

KEPT_SHARE = 0.9
"""What is left of the allowed size when a full file has been pruned."""

ASKED = 500
"""Sentences that are looked up with one statement."""

TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS readings (key BLOB PRIMARY KEY, used INTEGER NOT NULL, reading BLOB NOT NULL) WITHOUT ROWID;
"""
"""`used`: minutes since 1970 when the sentence was last in an open document."""


class Kept(NamedTuple):
    """What a folder holds."""

    files: int
    size: int
    """Bytes."""


def folder() -> Path:
    """Where the files are: `PRISM_LSP_READINGS`, or the user's cache folder."""
    import platformdirs

    given = os.environ.get(PLACE)
    return Path(given) if given else platformdirs.user_cache_path("prism-lsp") / "readings"


def kept(place: Path) -> Kept:
    """What lies in the folder."""
    sizes = [_size(path) for path in _files(place)]
    return Kept(sum(path.suffix == ".sqlite" for path in _files(place)), sum(sizes))


def clear(place: Path) -> Kept:
    """Delete every reading. Answers what was there. Raises OSError (a file is open, on Windows)."""
    was = kept(place)
    for path in _files(place):
        path.unlink(missing_ok=True)
    return was


class Cache:
    """The readings of one identity."""

    def __init__(self, place: Path, identity: str, most: int) -> None:
        """`most`: bytes that all files in the folder `place` may take together."""
        self.place = place
        self.path = place / f"{identity}.sqlite"
        self.most = most
        self.features: tuple[Feature, ...] = ()
        """The features that the readings are of; empty while there are none."""
        self._salt = b""
        self._connection: sqlite3.Connection | None = None
        self._try(self._open, None)

    def look_up(self, texts: Sequence[str]) -> dict[str, bytes]:
        """Packed readings of those sentences that are known; they count as used now."""
        return self._try(lambda: self._look_up(texts), {})

    def keep(self, readings: Mapping[str, bytes]) -> None:
        """Add packed readings, and keep to the allowed size."""
        self._try(lambda: self._keep(readings), None)

    def begin(self, features: Sequence[Feature]) -> None:
        """From now on readings are of these features; those of others are forgotten."""
        if tuple(features) != self.features:
            self._try(lambda: self._begin(tuple(features)), None)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            with contextlib.suppress(sqlite3.Error):
                self._connection.close()
        self._connection = None

    # Inside, everything may raise

    def _try(self, work: Callable[[], T], otherwise: T) -> T:
        try:
            return work()
        except sqlite3.OperationalError as error:  # locked, or the disk is full or read-only
            logger.warning("the cache of readings could not be used: %s", error)
            if self._connection is not None and self._connection.in_transaction:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.rollback()
        except OSError as error:
            logger.warning("the cache of readings could not be used: %s", error)
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            logger.warning("the cache of readings is damaged and begins anew: %s", error)
            self._set_aside()
        return otherwise

    def _open(self) -> None:
        self.place.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))  # nobody else is to read it
        connection = sqlite3.connect(self.path, timeout=WAIT, check_same_thread=False)
        try:
            connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # so that the file shrinks when it is pruned
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.executescript(TABLES)
            with connection:
                connection.execute("INSERT OR IGNORE INTO meta VALUES ('salt', ?)", (os.urandom(HASH),))
            salt = connection.execute("SELECT value FROM meta WHERE name = 'salt'").fetchone()[0]
            self.features = _features(connection)
        except BaseException:
            connection.close()
            raise
        self._connection, self._salt = connection, salt
        os.utime(self.path)  # used last

    def _look_up(self, texts: Sequence[str]) -> dict[str, bytes]:
        if self._connection is None:
            return {}
        by_key = {self._key(text): text for text in texts}
        keys, found, now = list(by_key), dict[bytes, bytes](), _minutes()
        stale: list[tuple[int, bytes]] = []
        for first in range(0, len(keys), ASKED):
            some = keys[first : first + ASKED]
            marks = ",".join("?" * len(some))
            rows = self._connection.execute(f"SELECT key, used, reading FROM readings WHERE key IN ({marks})", some)
            for key, used, reading in rows:
                if len(reading) == 8 * len(self.features):
                    found[key] = reading
                    if used != now:
                        stale.append((now, key))
        readings = {by_key[key]: reading for key, reading in found.items()}
        if stale:
            self._try(lambda: self._touch(stale), None)  # that another editor writes is no reason to read again
        return readings

    def _touch(self, stale: Iterable[tuple[int, bytes]]) -> None:
        assert self._connection is not None
        with self._connection:
            self._connection.executemany("UPDATE readings SET used = ? WHERE key = ?", stale)

    def _keep(self, readings: Mapping[str, bytes]) -> None:
        if self._connection is None:
            return
        now = _minutes()
        rows = [(self._key(text), now, reading) for text, reading in readings.items()]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO readings VALUES (?, ?, ?)", rows)
        self._prune()

    def _begin(self, features: tuple[Feature, ...]) -> None:
        self.features = ()
        if self._connection is None:
            return
        told = json.dumps([feature._asdict() for feature in features]).encode()
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            if _features(self._connection) != features:  # another editor may have begun
                self._connection.execute("DELETE FROM readings")
                self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('features', ?)", (told,))
        self.features = features

    def _prune(self) -> None:
        """First the files of other identities go, then the sentences of this one, those used longest ago first."""
        assert self._connection is not None
        size = self._used()
        others = [path for path in _files(self.place) if not path.name.startswith(self.path.name)]
        room = self.most - size
        for path in sorted(others, key=_modified, reverse=True):
            room -= _size(path)
            if room < 0:
                with contextlib.suppress(OSError):  # open in another editor, on Windows
                    path.unlink()
        if size <= self.most:
            return
        count = self._connection.execute("SELECT COUNT(*) FROM readings").fetchone()[0]
        gone = int(count * (1 - KEPT_SHARE * self.most / size)) + 1
        oldest = "SELECT key FROM readings ORDER BY used LIMIT ?"
        with self._connection:
            self._connection.execute(f"DELETE FROM readings WHERE key IN ({oldest})", (gone,))
        self._connection.execute("PRAGMA incremental_vacuum").fetchall()
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _used(self) -> int:
        """Bytes of the file that hold something."""
        assert self._connection is not None
        pages, free, page = (
            self._connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
        return int((pages - free) * page)

    def _set_aside(self) -> None:
        """A damaged file gets another name, and the next one begins empty."""
        self.close()
        self.features = ()
        with contextlib.suppress(OSError):
            for end in ("-wal", "-shm"):
                self.path.with_name(self.path.name + end).unlink(missing_ok=True)
            self.path.replace(self.path.with_suffix(".damaged"))
            try:
                self._open()
            except sqlite3.Error as error:
                logger.warning("the cache of readings could not be made: %s", error)
                self.close()

    def _key(self, text: str) -> bytes:
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=HASH, key=self._salt).digest()


def _features(connection: sqlite3.Connection) -> tuple[Feature, ...]:
    row = connection.execute("SELECT value FROM meta WHERE name = 'features'").fetchone()
    return tuple(Feature(**each) for each in json.loads(row[0])) if row else ()


def _minutes() -> int:
    return int(time.time()) // 60


def _files(place: Path) -> list[Path]:
    names = (".sqlite", ".sqlite-wal", ".sqlite-shm", ".damaged")
    try:
        return [path for path in place.iterdir() if path.name.endswith(names)]
    except OSError:
        return []


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
