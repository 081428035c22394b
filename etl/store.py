"""The warehouse: one writer behind a lock that names its holder, one transaction a file, numbered migrations."""

import errno
import fcntl
import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core import builds, clock, db
from core.errors import Locked, PantauError, StoreFailed
from core.settings import Settings
from etl import swap

SQL = Path(__file__).with_name("sql")
MIGRATIONS = ("schema_001.sql", "schema_002.sql", "schema_003.sql", "schema_004.sql", "schema_005.sql",
    "schema_006.sql", "schema_007.sql")  # fmt: skip


@contextmanager
def writer(settings: Settings) -> Iterator[None]:
    """Holds the writer's lock; raises Locked naming the holder. The lock dies with its process, kill -9 included."""
    with machine():
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(settings.data_dir / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(handle, "r+", encoding="utf-8") as file:
        deadline = time.monotonic() + settings.lock_wait_s
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise _locked(file.read()) from None
                time.sleep(0.1)
        with machine():
            file.seek(0)
            file.truncate()
            holder = {"pid": os.getpid(), "command": " ".join(sys.argv[1:2]), "since": str(clock.now())}
            file.write(json.dumps(holder))
            file.flush()
            swap.finish(settings)  # a restore that was killed after all of it lay ready
            # What a killed writer left behind: spill files and half-made builds. Nobody else writes here.
            shutil.rmtree(settings.tmp, ignore_errors=True)
            settings.tmp.mkdir(mode=0o700)
        try:
            yield
        finally:
            shutil.rmtree(settings.tmp, ignore_errors=True)


def _locked(text: str) -> Locked:
    try:
        holder = json.loads(text)
        return Locked("error.locked", pid=holder["pid"], command=holder["command"], since=holder["since"])
    except (ValueError, KeyError, TypeError):
        return Locked("error.locked", pid="?", command="?", since="?")


@contextmanager
def warehouse(settings: Settings, *, create: bool = False) -> Iterator[db.Connection]:
    """The warehouse, migrated and open for writing; the caller holds the lock. Store failures become StoreFailed."""
    with machine():
        con = _opened(settings, create)
        try:
            settings.warehouse.chmod(0o600)
            _migrate(con, settings)
            yield con
        finally:
            con.close()


def _opened(settings: Settings, create: bool) -> db.Connection:
    """Opens the warehouse. A write-ahead log that is not its own is set aside, said so, and the next run goes on.

    Where data were published, a warehouse that is gone or emptied is no new one: what it held would vanish unsaid.
    """
    there = settings.warehouse.exists() and settings.warehouse.stat().st_size > 0
    if create and not there and builds.on_disk(settings):
        raise StoreFailed("error.warehouse_gone", path=settings.warehouse.name)
    try:
        return db.open_for_writing(settings.warehouse, settings, create=create)
    except StoreFailed as failure:
        log = settings.warehouse.with_name(settings.warehouse.name + ".wal")
        if failure.key != "error.store_unreadable" or not log.exists():
            raise
        aside = log.with_name(f"{log.name}.{clock.now():%Y%m%dT%H%M%S}")
        log.rename(aside)
        try:
            db.open_for_writing(settings.warehouse, settings, create=False).close()
        except StoreFailed:
            aside.rename(log)  # it was not the log
            raise failure from None
        raise StoreFailed("error.foreign_log", aside=aside.name) from None


@contextmanager
def transaction(con: db.Connection) -> Iterator[None]:
    """All or nothing; a failure takes everything back."""
    con.begin()
    try:
        yield
    except BaseException:
        con.rollback()
        raise
    con.commit()


@contextmanager
def machine() -> Iterator[None]:
    """Failures of the machine and of stores as StoreFailed (exit 6), without values or server paths."""
    try:
        yield
    except (PantauError, BrokenPipeError):  # the latter is the reader of our output going away, no store
        raise
    except OSError as error:
        raise failed(error) from error
    except db.Error as error:
        # Damage that a worker thread of DuckDB finds comes as the base class, which names no kind of failure.
        if type(error) is not db.Error and not isinstance(error, db.Trouble):
            raise
        full = any(said in str(error) for said in ("No space left", "File too large", "Disk quota"))
        raise StoreFailed("error.disk_full" if full else "error.store_failed", kind=type(error).__name__) from error


def failed(error: OSError) -> StoreFailed:
    """A failure to write as our own error."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
    return StoreFailed("error.disk_full" if full else "error.not_writable", kind=error.strerror or "")


def meta(con: db.Connection, key: str) -> str | None:
    """A value of the warehouse's meta table."""
    found = db.run(con, "SELECT value FROM meta WHERE key = $key", {"key": key})
    return str(found[0][0]) if found else None


def set_meta(con: db.Connection, key: str, value: str) -> None:
    """Sets a value of the meta table."""
    db.run(con, "INSERT OR REPLACE INTO meta VALUES ($key, $value)", {"key": key, "value": value})


def compact(settings: Settings) -> None:
    """Writes the warehouse anew, so that nothing deleted is left in free blocks of its file or in copies of it.

    The caller holds the lock. Where this fails, the warehouse stays as it was and the next purge tries again.
    """
    new = settings.tmp / "compact.duckdb"
    new.unlink(missing_ok=True)
    with machine():
        old = db.open_for_writing(settings.warehouse, settings, create=False)
        try:
            old.execute(f"ATTACH '{str(new).replace(chr(39), chr(39) * 2)}' AS compact").fetchall()
            name = db.value(old, "SELECT current_database()")
            old.execute(f"COPY FROM DATABASE {db.quoted(name)} TO compact").fetchall()
            count = "SELECT count(*), sum(estimated_size) FROM duckdb_tables() WHERE database_name = $name"
            if db.run(old, count, {"name": name})[0][0] != db.run(old, count, {"name": "compact"})[0][0]:
                raise StoreFailed("error.store_failed", kind="COPY FROM DATABASE")
            old.execute("DELETE FROM compact.meta WHERE key = 'compact_due'").fetchall()
            old.execute("CHECKPOINT compact").fetchall()
            old.execute("DETACH compact").fetchall()
        finally:
            old.close()
        new.chmod(0o600)
        with new.open("rb") as file:
            os.fsync(file.fileno())
        settings.warehouse.with_name(settings.warehouse.name + ".wal").unlink(missing_ok=True)
        os.replace(new, settings.warehouse)
        for copy in settings.data_dir.glob(f"{settings.warehouse.stem}.before-v*.duckdb"):
            copy.unlink()


def _migrate(con: db.Connection, settings: Settings) -> None:
    db.run(con, "CREATE TABLE IF NOT EXISTS meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL)")
    version = int(meta(con, "schema_version") or 0)
    if version > len(MIGRATIONS):
        raise StoreFailed("error.newer_schema", found=version, known=len(MIGRATIONS))
    if version == len(MIGRATIONS):
        return
    if version:
        con.checkpoint()
        _copy_first(settings, version + 1)
    with transaction(con):  # all steps or none: after a kill the warehouse is the old one or the new one
        for name in MIGRATIONS[version:]:
            run_file(con, name)
        set_meta(con, "schema_version", str(len(MIGRATIONS)))
    if version:
        for copy in _copies(settings):
            if copy != _copy_of(settings, version + 1):
                copy.unlink()


def _copy_first(settings: Settings, next_version: int) -> None:
    """The warehouse as it was, under its own name: whole or not at all. Only the last such copy is kept."""
    half = settings.tmp / "copy.duckdb"
    shutil.copy2(settings.warehouse, half)
    with half.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(half, _copy_of(settings, next_version))


def _copy_of(settings: Settings, next_version: int) -> Path:
    return settings.warehouse.with_suffix(f".before-v{next_version}.duckdb")


def _copies(settings: Settings) -> list[Path]:
    return list(settings.data_dir.glob("warehouse.before-v*.duckdb"))


def run_file(con: db.Connection, name: str) -> None:
    """Runs the statements of one of our SQL files."""
    for statement in con.extract_statements((SQL / name).read_text("utf-8")):
        con.execute(statement).fetchall()
