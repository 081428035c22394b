"""`etl register FILE`: reads a spreadsheet, says what it changes, and enters it, all or nothing."""

import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from core import db, words
from core.settings import Settings
from etl import container, register, store
from etl.entry import folders, plan


def run(settings: Settings, path: Path, now: datetime, *, dry_run: bool) -> Iterator[str]:
    """Yields what to say. Raises InputRefused with every refusal; then, and in a dry run, nothing is written.

    A dry run needs no lock: it changes nothing, and an import shows whole or not at all.
    """
    if dry_run:
        yield from plan.make(settings, path, now).lines(now)
        yield words.text("entry.dry")
        return
    container.kind(path)  # a file that is not there makes no data directory
    with store.writer(settings):
        made = plan.make(settings, path, now)
        yield from made.lines(now)
        if made.empty:
            yield words.text("entry.nothing")
            return
        with store.machine():
            digest = container.digest(path)
            half = folders.lay_ready(settings, made.tables, folders.file_record(path, digest))
            try:
                _check(settings, half)
                folders.take(settings, half, now, digest)
            finally:
                shutil.rmtree(half, ignore_errors=True)
        yield words.text("entry.entered")


def _check(settings: Settings, half: Path) -> None:
    """The register as it will be keeps all its rules, or nothing is entered."""
    con = db.open_in_memory(settings)
    try:
        register.lay(con, settings, also=half)
    finally:
        con.close()
