"""The only place that opens DuckDB.

The defaults of DuckDB 2.0 take most of the memory for each open file, spill into the working directory, fetch
extensions from the network and let one connection be shared by threads, which gave silently wrong rows. So every
connection comes from here with its limits named, and every query runs on a cursor of its own.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from core.errors import StoreFailed
from core.settings import Settings

Connection = duckdb.DuckDBPyConnection
Error = duckdb.Error
OutOfSpace = (duckdb.IOException, duckdb.OutOfMemoryException)
# What a full disk, a failing one or a damaged file raises; anything else is a defect of ours.
Trouble = (
    *OutOfSpace,
    duckdb.FatalException,
    duckdb.InternalException,
    duckdb.SerializationException,
    duckdb.TransactionException,  # a commit that found no room
)
Config = dict[str, str | bool | int | float | list[str]]
Params = Mapping[str, object]

# Spill files of the ETL may hold raw identities: they lie in data/tmp (0700) and go with the lock (etl/store.py).
_OFFLINE: Config = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
}


def open_for_writing(path: Path, settings: Settings, *, create: bool) -> Connection:
    """Opens the warehouse read-write; refuses a path that does not exist unless `create` (a typo must not make one)."""
    if not create and not path.exists():
        raise StoreFailed("error.no_warehouse", path=path.name)
    return _connect(path, False, _limits(settings, settings.etl_memory))


def open_for_reading(path: Path, settings: Settings) -> Connection:
    """Opens a build read-only and locked down: no file, no ATTACH, no COPY, no SET, no extension can be reached."""
    if not path.exists():
        raise StoreFailed("error.no_build_file", build=path.stem)
    limits = _limits(settings, settings.app_memory) | {"temp_directory": str(settings.spill)}
    con = _connect(path, True, limits)
    run(con, "SET enable_external_access = false")  # as a config key it would refuse our temp_directory beside it
    run(con, "SET lock_configuration = true")
    return con


def open_in_memory(settings: Settings) -> Connection:
    """An empty database in memory with the ETL's limits; it writes nothing to disk, not even when memory runs out."""
    return _connect(None, False, _limits(settings, settings.etl_memory) | {"temp_directory": ""})


def _limits(settings: Settings, memory: str) -> Config:
    return _OFFLINE | {
        "threads": str(settings.threads),
        "memory_limit": memory,
        "temp_directory": str(settings.tmp),
    }


def _connect(path: Path | None, read_only: bool, config: Config) -> Connection:
    try:
        return duckdb.connect(str(path) if path else ":memory:", read_only=read_only, config=config)
    except duckdb.Error as error:
        # DuckDB's own message holds server paths; the class says enough for the log.
        name = path.name if path else "memory"
        key = "error.store_busy" if "Could not set lock" in str(error) else "error.store_unreadable"
        raise StoreFailed(key, path=name, kind=type(error).__name__) from error


def frame(con: Connection, sql: str, params: Params | None = None) -> pd.DataFrame:
    """Runs one statement on a cursor of its own and returns all rows; values only as bound `$name` parameters."""
    cursor = con.cursor()
    try:
        return cursor.execute(sql, dict(params or {})).df()
    finally:
        cursor.close()


def run(con: Connection, sql: str, params: Params | None = None) -> list[tuple[Any, ...]]:
    """Runs one statement on `con` itself, inside its transaction, and fetches all rows. For the single writer only."""
    return con.execute(sql, dict(params or {})).fetchall() if params else con.execute(sql).fetchall()


def value(con: Connection, sql: str, params: Params | None = None) -> Any:
    """The first column of the first row of `run`."""
    return run(con, sql, params)[0][0]


def quoted(name: str) -> str:
    """A name as an SQL identifier; for names from our own schema or a checked header, never for values."""
    return '"' + name.replace('"', '""') + '"'
