"""The formats a log may come in, chosen by the content: what checks and what reads each."""

from datetime import datetime
from pathlib import Path

from core import db
from core.errors import InputRefused
from etl import container, counts, ndjson, parquet, rows, structure, typed, workbook
from etl.profile import Profile
from etl.structure import Structure

_READ = {"csv": rows.read, "ndjson": ndjson.read, "parquet": parquet.read, "xlsx": workbook.read}
ISO = ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S%z")


def check(path: Path, profile: Profile) -> Structure:
    """What the file is, held against its profile. Raises InputRefused where they do not agree."""
    kind = container.kind(path)
    asked = profile.file.format
    if kind in ("xlsx", "parquet"):
        if asked not in ("auto", kind):
            raise InputRefused("refused.other_format", file=path.name, found=kind, asked=asked)
        return workbook.check(path, profile) if kind == "xlsx" else parquet.check(path, profile)
    lines = asked == "ndjson" or (asked == "auto" and _starts_with_brace(path, kind))
    if asked in ("xlsx", "parquet"):
        raise InputRefused("refused.other_format", file=path.name, found="text", asked=asked)
    return ndjson.check(path, kind, profile) if lines else structure.check(path, kind, profile)


def read(con: db.Connection, found: Structure, profile: Profile) -> None:
    """Lays the temporary view `raw` (see etl.rows) over the file's rows as text."""
    rows.create(con, profile)
    _READ[found.format](con, found, profile)


def understand(
    con: db.Connection, found: Structure, profile: Profile, source: str | None, now: datetime
) -> typed.Counted:
    """Makes `arrived` and `rejected` of `raw` (see etl.typed and etl.counts)."""
    with rows.reading(found):
        if profile.shape == "count":
            return counts.read(con, profile, source, now, rows.first_line(found))
        return typed.read(con, profile, source, now, rows.first_line(found))


def as_read(found: Structure, profile: Profile) -> Profile:
    """The profile for the rows of this file: without the optional columns it lacks, and of typed cells in ISO form."""
    profile = profile.without(*(set(profile.columns) - set(found.places)))
    if not found.typed:
        return profile
    iso = (*ISO, "%Y-%m-%d") if profile.shape == "count" else ISO  # a day alone is the moment of no scan
    time = profile.time.model_copy(update={"formats": (*iso, *(f for f in profile.time.formats if f not in iso))})
    form = profile.file.model_copy(update={"decimal": ".", "thousands": ""})
    return profile.model_copy(update={"time": time, "file": form})


def _starts_with_brace(path: Path, kind: container.Kind) -> bool:
    start = next(container.chunks(path, kind, lambda _: None), b"")[:1000]
    return start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
