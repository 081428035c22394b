"""Builds of an earlier schema become builds of this one, so that links to them (`v=`) still open.

Each step is an SQL file that adds what is new as empty tables or columns. A step works on a copy; the file is replaced
only when the copy is whole, opens and says its schema, so at every instant the old build or the new one lies there.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from core import builds, db
from core.errors import StoreFailed
from core.settings import Settings
from etl import publish, store

STEPS = {
    4: "build_004.sql",
    5: "build_005.sql",
    6: "build_006.sql",
    7: "build_007.sql",
}  # the schema a step leads to, from the one before


def run(settings: Settings) -> Iterator[str]:
    """Migrates the builds on disk, the pinned one too; yields the id of each. The caller holds the lock.

    A damaged build, and one too old for the steps there are, is left as it lies: opening it
    says so.
    """
    for build in builds.on_disk(settings):
        path = builds.file_of(settings, build)
        try:
            version = schema(path, settings)
        except (StoreFailed, db.Error):
            continue
        if min(STEPS) - 1 <= version < builds.SCHEMA_VERSION:
            try:
                with store.machine():
                    _migrate(path, version, settings)
            except StoreFailed as failure:
                if failure.key == "error.store_failed":  # damage that shows only when all of it is read
                    continue
                raise
            yield build


def schema(path: Path, settings: Settings) -> int:
    """The schema version a build says it has; raises StoreFailed or db.Error where it is damaged."""
    con = db.open_for_reading(path, settings)
    try:
        return int(db.value(con, "SELECT value FROM meta WHERE key = 'schema_version'"))
    finally:
        con.close()


def _migrate(path: Path, version: int, settings: Settings) -> None:
    half = settings.tmp / "migrating.duckdb"
    shutil.copyfile(path, half)
    con = db.open_for_writing(half, settings, create=False)
    try:
        with store.transaction(con):
            for step in range(version + 1, builds.SCHEMA_VERSION + 1):
                store.run_file(con, STEPS[step])
            said = {"version": str(builds.SCHEMA_VERSION)}
            db.run(con, "UPDATE meta SET value = $version WHERE key = 'schema_version'", said)
        con.checkpoint()
    finally:
        con.close()
    if schema(half, settings) != builds.SCHEMA_VERSION:
        raise StoreFailed("error.store_unreadable", path=path.name, kind="schema_version")
    with half.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(half, path)
    publish.sync(path.parent)
