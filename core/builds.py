"""Builds: read-only files of aggregates. CURRENT names the one that is served.

A build is a file of its own name that is never written again, so a reader can keep it open while a new one is
published; only a new version of the program replaces it, whole, by one of its own schema (etl/migrate_builds.py). The
View carries a build id, never a handle; at most two builds stay open in one process.
"""

import calendar
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pandas as pd

from core import db
from core.errors import StoreFailed
from core.settings import Settings, load
from core.view import BUILD_ID

SCHEMA_VERSION = 7
OPEN_AT_MOST = 2


@dataclass(frozen=True)
class Current:
    """The served build and whether a rollback pinned it."""

    build: str
    pinned: bool


def file_of(settings: Settings, build: str) -> Path:
    """Where a build's file lies; `build` must be a well-formed id, for it may come from a URL."""
    if not BUILD_ID.fullmatch(build):
        raise StoreFailed("error.no_build_file", build="?")
    return settings.builds / f"{build}.duckdb"


def current(settings: Settings) -> Current | None:
    """What CURRENT says, or None where nothing was ever built."""
    try:
        words = (settings.builds / "CURRENT").read_text("utf-8").split()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise StoreFailed("error.current_unreadable") from error
    if not words or not BUILD_ID.fullmatch(words[0]):
        raise StoreFailed("error.current_unreadable")
    return Current(words[0], words[1:] == ["pinned"])


def on_disk(settings: Settings) -> list[str]:
    """Ids of the builds on disk, oldest first."""
    return sorted(p.stem for p in settings.builds.glob("*.duckdb") if BUILD_ID.fullmatch(p.stem))


def _opened(path: Path, settings: Settings) -> db.Connection:
    try:
        return db.open_for_reading(path, settings)
    except StoreFailed:
        if path.exists():
            raise
        # Pruned between the look and the opening: gone, not damaged.
        raise StoreFailed("error.no_build_file", build=path.stem) from None


def _inode(path: Path) -> int | None:
    """What tells a file from one that replaced it; None where it is gone, perhaps pruned at this very moment."""
    try:
        return path.stat().st_ino
    except FileNotFoundError:
        return None


class _Open:
    """Open builds of this process: least recently used closed first, never while a query runs on it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._handles: OrderedDict[Path, db.Connection] = OrderedDict()
        self._users: dict[Path, int] = {}
        self._files: dict[Path, int] = {}  # inode of each open file

    @contextmanager
    def using(self, path: Path, settings: Settings) -> Iterator[db.Connection]:
        with self._lock:
            there = _inode(path)
            if path in self._handles and there not in (None, self._files[path]) and not self._users.get(path):
                self._handles.pop(path).close()  # DuckDB would go on serving the file that was replaced
            if path not in self._handles:
                self._handles[path] = _opened(path, settings)
                self._files[path] = there or 0
            self._handles.move_to_end(path)
            self._users[path] = self._users.get(path, 0) + 1
            con = self._handles[path]
            self._close_idle()
        try:
            yield con
        finally:
            with self._lock:
                self._users[path] -= 1
                self._close_idle()

    def _close_idle(self) -> None:
        for path in list(self._handles):
            if len(self._handles) <= OPEN_AT_MOST:
                return
            if not self._users.get(path):
                self._handles.pop(path).close()
                self._users.pop(path, None)

    def count(self) -> int:
        with self._lock:
            return len(self._handles)

    def close_all(self) -> None:
        with self._lock:
            for con in self._handles.values():
                con.close()
            self._handles.clear()
            self._users.clear()


_open = _Open()
open_count = _open.count
close_all = _open.close_all


def frame(build: str, sql: str, **params: object) -> pd.DataFrame:
    """Rows of one query on one build. `params` are bound as `$name`; the cursor is this query's own."""
    settings = load()
    try:
        with _open.using(file_of(settings, build), settings) as con:
            return db.frame(con, sql, params)
    except db.Error as error:
        raise StoreFailed("error.store_unreadable", path=build, kind=type(error).__name__) from error


def readable(build: str) -> bool:
    """Whether a build is on disk, opens and is of our schema; a pruned one that is still open is not."""
    try:
        if not file_of(load(), build).exists():
            return False
        found = frame(build, "SELECT value FROM meta WHERE key = 'schema_version'")
    except StoreFailed:
        return False
    return not found.empty and bool(found["value"].iloc[0] == str(SCHEMA_VERSION))


def usable(settings: Settings) -> Current | None:
    """The newest build that opens and is of our schema: CURRENT, or the one before it if CURRENT is damaged.

    None where nothing was ever built; raises StoreFailed where no build on disk can be used.
    """
    named = current(settings)
    while named is not None and not readable(named.build):
        if (again := current(settings)) != named:  # a publish replaced and pruned it since we read its name
            named = again
            continue
        for build in reversed(on_disk(settings)):
            if build < named.build and readable(build):
                return Current(build, named.pinned)
        raise StoreFailed("error.no_usable_build", build=named.build)
    return named


@dataclass(frozen=True, order=True)
class Period:
    """A day, ISO week ('week', Monday first) or calendar month with figures of its own, by its first day."""

    period: str
    first: date


def dirtied(days: Iterable[date]) -> list[Period]:
    """The days, weeks and months whose figures a change on `days` dirties, in order."""
    found = set()
    for day in days:
        found |= {
            Period("day", day),
            Period("week", day - timedelta(days=day.weekday())),
            Period("month", day.replace(day=1)),
        }
    return sorted(found)


def days_of(period: str, first: date) -> list[date]:
    """The days of a period that begins on `first`."""
    n = {"day": 1, "week": 7}.get(period) or calendar.monthrange(first.year, first.month)[1]
    return [first + timedelta(days=i) for i in range(n)]
