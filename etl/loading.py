"""What `load`, `build` and `watch` share: several files into the warehouse with a line each, and a build after them."""

import hashlib
import itertools
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path

from tqdm import tqdm

from core import builds, clock, db, formats, words
from core.errors import InputRefused
from core.settings import Settings
from etl import build, ledger, load, register, rejects, status, store, warnings
from etl.entry import folders
from etl.profile import Profile

REJECTS_SAID = 5  # of each file loaded; `rejects` lists all
WARNINGS_SAID = 10
_PUBLISHED = "published_state"  # of the warehouse's meta table
_COUNTS = ("arrived", "loaded", "duplicates", "rejected", "kept_aside", "sealed")


def files(
    settings: Settings,
    paths: Sequence[Path],
    profile: Profile,
    *,
    source: str | None,
    days: tuple[date, date] | None,
    quiet: bool,
) -> int:
    """Loads each of `paths`, says what became of its rows, and returns how many were refused. Holds the lock before."""
    refused, total = 0, [0] * len(_COUNTS)
    with store.warehouse(settings, create=True) as con:
        register.lay(con, settings)
        # A bar on a terminal only: elsewhere one plain line a file.
        for path in tqdm(paths, unit="file", disable=None if len(paths) > 1 else True):
            try:
                done = load.load(con, path, profile, source=source, days=days, settings=settings, now=clock.now())
            except InputRefused as refusal:
                refused += 1
                tqdm.write(words.text("cli.refused", reason=refusal), file=sys.stderr)
            else:
                total = [a + b for a, b in zip(total, counts(done.entry).values(), strict=True)]
                if not quiet:
                    tqdm.write(_said(done), file=sys.stdout)
                    for line in (*_rejected(con, done.entry), *_warned(con, done)):
                        tqdm.write(line, file=sys.stderr)
        if quiet:
            many = words.text("cli.files", n=len(paths), source=source or profile.name)
            tqdm.write(_accounting("cli.loaded", many, total), file=sys.stdout)
            sys.stdout.flush()
        status.write(con, settings, clock.now())
    return refused


def publish(settings: Settings, now: datetime) -> build.Built:
    """Makes a build and tells the app of it (status.json). Raises what `build.build` raises. Holds the lock before."""
    made = build.build(settings, now)
    with store.warehouse(settings) as con:
        register.lay(con, settings)
        status.write(con, settings, now)
        store.set_meta(con, _PUBLISHED, _state(con, settings, now))
    return made


def behind(settings: Settings, now: datetime) -> bool:
    """Whether a file, the register, the day or the program changed since the last `publish`. Holds the lock before."""
    if not settings.warehouse.exists() or not builds.on_disk(settings):
        return True  # a build says what is wrong
    with store.warehouse(settings) as con:
        return store.meta(con, _PUBLISHED) != _state(con, settings, now)


def tables(settings: Settings) -> tuple[tuple[str, int, int], ...]:
    """What a changed register shows by: name, bytes and time of its files, the city's entries' and the scenario's."""
    layers = (settings.reference_dir, *folders.entered(settings), settings.scenario)
    paths = [p for folder in layers for p in sorted(folder.glob("*.*"))]
    return tuple((p.name, (found := p.stat()).st_size, found.st_mtime_ns) for p in paths)


def _state(con: db.Connection, settings: Settings, now: datetime) -> str:
    ledgers = db.run(
        con, "SELECT count(*), bit_xor(md5_number(f::VARCHAR)) FROM (SELECT file_id, state, noted_at FROM file) f"
    )
    facts = (builds.SCHEMA_VERSION, now.date(), ledgers, tables(settings))
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def counts(entry: ledger.Entry) -> dict[str, int]:
    """The accounting of one file, in rows: arrived = the other five."""
    return {name: getattr(entry, name) for name in _COUNTS}


def _said(done: load.Result) -> str:
    return _accounting("cli.again" if done.again else "cli.loaded", done.entry.name, counts(done.entry).values())


def _accounting(key: str, file: str, rows: Iterable[int]) -> str:
    shown: dict[str, object] = dict(zip(_COUNTS, rows, strict=True))
    said = words.text(key, None, file=file, **shown)
    return said + ("\n" + words.text("cli.sealed_rows", n=shown["sealed"]) if shown["sealed"] else "")


def _rejected(con: db.Connection, entry: ledger.Entry) -> Iterator[str]:
    """The first rejects of a file as sentences: file, line, column, masked value, what was expected."""
    for row in itertools.islice(rejects.find(con, [entry.file_id]), REJECTS_SAID):
        yield words.text(
            "cli.reject",
            file=row.file,
            line=formats.number(row.line or 0),
            column=row.column or "-",
            value=row.value or "",
            reason=row.reason,
            expected=words.text("cli.expected", expected=row.expected) if row.expected else "",
        )
    if entry.rejected > REJECTS_SAID:
        yield words.text("cli.more_rejects", n=entry.rejected - REJECTS_SAID)


def _warned(con: db.Connection, done: load.Result) -> Iterator[str]:
    found = [] if done.again else warnings.find(con, clock.now().date(), done.entry.file_id)
    for warning in found[:WARNINGS_SAID]:
        yield words.text("cli.warning", file=done.entry.name, said=warning.said())
    if len(found) > WARNINGS_SAID:
        yield words.text("cli.more_warnings", n=len(found) - WARNINGS_SAID)
