"""How entries are kept: a folder an import in the data directory, renamed into place in one step and then left alone.

`register/<moment>-<hash of the file>/` holds rows in the register's own form and `berkas.json`, which says what file
they came from. They are read in the order of their names.
"""

import csv
import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from core import builds, clock, formats, places, words
from core.settings import Settings
from etl import publish

_NAME = re.compile(r"(\d{8}T\d{6})-[0-9a-f]{8}")
ABOUT = "berkas.json"
Record = Mapping[str, Any]


def entered(settings: Settings) -> list[Path]:
    """The folders of all imports, in the order they were made."""
    if not settings.register.is_dir():
        return []
    return sorted(p for p in settings.register.iterdir() if is_import(p.name) and p.is_dir())


def is_import(name: str) -> bool:
    """Whether a folder's name is that of an import."""
    return _NAME.fullmatch(name) is not None


def lay_ready(settings: Settings, tables: Mapping[str, Iterable[Record]], about: Record) -> Path:
    """Writes one import down to the disk, beside the others; the caller holds the lock, which clears what is left."""
    half = settings.tmp / "register"
    shutil.rmtree(half, ignore_errors=True)
    half.mkdir(mode=0o700)
    write(half, tables)
    _down(half / ABOUT, json.dumps(about, indent=1, default=str, ensure_ascii=False) + "\n")
    publish.sync(half)
    return half


def take(settings: Settings, half: Path, now: datetime, digest: str) -> Path:
    """Gives a finished import its name, later than those of all before: from here on it is in the register."""
    settings.register.mkdir(exist_ok=True, mode=0o700)
    at = now
    if there := entered(settings):
        at = max(at, datetime.strptime(there[-1].name[:15], "%Y%m%dT%H%M%S") + timedelta(seconds=1))
    final = settings.register / f"{at:%Y%m%dT%H%M%S}-{digest[:8]}"
    half.rename(final)
    publish.sync(settings.register)
    publish.sync(settings.data_dir)
    return final


def write(folder: Path, tables: Mapping[str, Iterable[Record]]) -> None:
    """Rows as files of the register; a table without rows has none."""
    for table, records in tables.items():
        names: Sequence[str] = [*(c.name for c in places.columns(table)), "simulasi"]
        if rows := list(records):
            path = folder / f"{table}.csv"
            with path.open("w", encoding="utf-8", newline="") as file:
                out = csv.DictWriter(file, names, restval="", lineterminator="\n")
                out.writeheader()
                out.writerows(rows)
                file.flush()
                os.fsync(file.fileno())


def _down(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def said(settings: Settings) -> Iterator[str]:
    """For `status`: how often the city entered something, when last, from which file, and whether it is published."""
    if not (there := entered(settings)):
        return
    last = there[-1]
    try:
        about = json.loads((last / ABOUT).read_text("utf-8"))
        name = formats.masked(str(about["file"]))
    except (OSError, ValueError, KeyError):
        name = words.text("value.unknown")
    at = datetime.strptime(last.name[:15], "%Y%m%dT%H%M%S")
    yield words.text("entry.status", n=len(there), at=formats.moment(at, words.spoken()), file=name)
    served = builds.current(settings)
    if served is None or served.build[:15] < last.name[:15]:
        yield words.text("entry.status_waiting")


def file_record(path: Path, digest: str) -> dict[str, Any]:
    """What is kept of the file an import came from."""
    return {"file": formats.masked(path.name), "sha256": digest, "at": clock.now().isoformat()}
