"""Loads one file: structure, typed rows, rejects, pseudonyms, duplicates, in one transaction.

A refused file leaves its line in the ledger and nothing else; a failure leaves nothing at all.
"""

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from core import db, formats, rules
from core.errors import InputRefused, UsageError
from core.settings import Settings
from etl import container, counts, dirty, expected, identity, ledger, merge, readers, rows, store, typed
from etl.profile import Profile

Days = tuple[date, date]


@dataclass(frozen=True)
class Result:
    """What a load did: the file's line in the ledger; `again` where the same content was loaded before."""

    entry: ledger.Entry
    again: bool


def load(
    con: db.Connection,
    path: Path,
    profile: Profile,
    *,
    source: str | None,
    days: Days | None,
    settings: Settings,
    now: datetime,
) -> Result:
    """Loads `path` into the warehouse `con` (the register laid in it). Raises InputRefused, noted in the ledger."""
    source, profile = _source(con, profile, source)
    counting = profile.shape == "count"
    facts: dict[str, object] = {
        "name": formats.masked(path.name),  # somebody may have named a log after a person's number
        "profile": profile.name,
        "profile_version": profile.version,
        "shape": profile.shape,
    }
    before_read = _stamp(path)
    try:
        found = readers.check(path, profile)
        facts |= {"sha256": found.sha256, "size": found.size}
        days = days or _days_in_name(path, profile)
        if before := _loaded_before(con, found.sha256, profile, source, days):
            return Result(ledger.entry(con, before), True)
        profile = readers.as_read(found, profile)
        readers.read(con, found, profile)
        counted = readers.understand(con, found, profile, source, now)
        if not counted.rows and not (days and source):
            raise InputRefused("refused.no_rows", file=path.name)
        if counted.turned > rules.TURNED_DATES_AT_MOST * counted.rows:
            raise InputRefused(
                "refused.turned_dates", file=path.name, n=counted.turned, allowed=expected.times(con, profile)
            )
        if counted.rejected > rules.REJECTED_AT_MOST * counted.rows:
            raise _too_many(con, path, counted)
        if not counting and _rounded(con):
            raise InputRefused("refused.rounded_ids", file=path.name, column=profile.shown("visitor"))
        if _stamp(path) != before_read:
            raise InputRefused("refused.changed", file=path.name)
        keys = identity.keys(con, settings)
        if not counting:
            identity.refuse_days(con, keys, path.name)
    except InputRefused as found_wrong:
        # Of a file that somebody was still writing, whatever was found wrong was found in half of it.
        changed = _stamp(path) != before_read
        refusal = InputRefused("refused.changed", file=path.name) if changed else found_wrong
        _note_refusal(con, path, facts, refusal, now)
        raise refusal from None
    with store.transaction(con):
        identity.remember(con, keys)
        file_id = ledger.new_file(con, state="loaded", at=now, facts=facts)
        db.run(
            con,
            "UPDATE file SET arrived = $n, ends_whole = $whole, sealed = $sealed WHERE file_id = $id",
            {
                "n": counted.rows,
                "whole": found.ends_whole,
                "sealed": ledger.hold_back(con),
                "id": file_id,
            },
        )
        expected.add(con, file_id, profile)
        ledger.cover(con, file_id, source, days)
        if counting:
            ledger.recount(con, counts.add(con, file_id))
        else:
            identity.pseudonymise(con, keys)
            ledger.recount(con, merge.add(con, file_id))
            identity.let_go(con)
        dirty.note(con, file_id)
    return Result(ledger.entry(con, file_id), False)


def _source(con: db.Connection, profile: Profile, source: str | None) -> tuple[str | None, Profile]:
    """The file's source: --source, or the profile's, or (None) a mapped column. A named source replaces the column."""
    known = [row[0] for row in db.run(con, "SELECT source_id FROM source ORDER BY ALL")]
    named = source or profile.source
    if named is None:
        if "source" not in profile.columns:
            raise UsageError("error.no_source", known=", ".join(known))
        return None, profile
    if named not in known:
        raise UsageError("error.unknown_source", source=named, known=", ".join(known))
    return named, profile.without("source")


def _loaded_before(
    con: db.Connection, sha256: str, profile: Profile, source: str | None, days: Days | None
) -> int | None:
    """The file of the same content and profile version, if it is loaded.

    All empty logs have the same bytes: of files without rows it is the source and the days that make them one.
    """
    found = db.run(
        con,
        """SELECT file_id FROM file f WHERE state = 'loaded' AND sha256 = $sha256 AND profile = $profile
        AND profile_version = $version AND (arrived > 0 OR EXISTS (FROM file_day d
            WHERE d.file_id = f.file_id AND d.source_id = $source AND d.day = $first::DATE))
        AND (arrived > 0 OR (SELECT max(day) FROM file_day d WHERE d.file_id = f.file_id) = $last::DATE)""",
        {
            "sha256": sha256,
            "profile": profile.name,
            "version": profile.version,
            "source": source,
            "first": days[0] if days else None,
            "last": days[1] if days else None,
        },
    )
    return int(found[0][0]) if found else None


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        stat = path.stat()
    except FileNotFoundError:
        return None
    return stat.st_size, stat.st_mtime_ns


def _days_in_name(path: Path, profile: Profile) -> Days | None:
    if profile.days is None or not (found := re.search(profile.days.pattern, path.name)):
        return None
    try:
        day = datetime.strptime(found.group(1), profile.days.format).date()
    except ValueError:
        raise InputRefused("refused.day_in_name", file=path.name, format=profile.days.format) from None
    return day, day


def _too_many(con: db.Connection, path: Path, counted: typed.Counted) -> InputRefused:
    line, field, reason, n = db.run(
        con,
        """SELECT min(line), any_value(field), reason, count(*) FROM rejected
        GROUP BY reason, field ORDER BY count(*) DESC, reason LIMIT 1""",
    )[0]
    return InputRefused(
        "refused.rejected",
        file=path.name,
        rejected=counted.rejected,
        rows=counted.rows,
        line=line,
        column=field or "-",
        reason=f"reject.{reason}",
        n=n,
    )


def _rounded(con: db.Connection) -> bool:
    """Whether every long id ends in 0: a spreadsheet kept fifteen digits of each and made up the rest."""
    long = "FROM arrived WHERE length(visitor) >= 16 AND regexp_full_match(visitor, '[0-9]{16,}')"
    if db.run(con, f"SELECT 1 {long} AND NOT ends_with(visitor, '0') LIMIT 1"):  # nearly always, and found at once
        return False
    return bool(db.value(con, f"SELECT count(DISTINCT visitor) >= {rules.ROUNDED_IDS_SEEN} {long}"))


def _note_refusal(
    con: db.Connection, path: Path, facts: dict[str, object], refusal: InputRefused, now: datetime
) -> None:
    if "sha256" not in facts:  # refused before its end was reached
        facts |= {"sha256": container.digest(path), "size": path.stat().st_size}
    rows.let_go(con)
    for name in ("typed", "bad", "rejected"):
        db.run(con, f"DROP TABLE IF EXISTS temp.{name}")
    with store.transaction(con):
        file_id = ledger.new_file(con, state="refused", at=now, reason=refusal.key, facts=facts)
        detail = json.dumps({k: v for k, v in refusal.fields.items() if k != "file"}, ensure_ascii=False)
        db.run(con, "UPDATE file SET detail = $detail WHERE file_id = $id", {"detail": detail, "id": file_id})
