"""Loads one file: structure, typed rows, rejects, pseudonyms, duplicates, in one transaction.

A refused file leaves its line in the ledger and nothing else; a failure leaves nothing at all.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from core import db, formats, rules, words
from core.errors import InputRefused, UsageError
from core.settings import Settings
from etl import counts, identity, ledger, merge, rows, store, structure, typed
from etl.profile import Profile

Days = tuple[date, date]


@dataclass(frozen=True)
class Result:
    """What a load did: the file's line in the ledger; `again` where the same content was loaded before."""

    entry: ledger.Entry
    again: bool
    torn_end: bool  # the last line has no end: the file may be cut


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
        "name": path.name,
        "profile": profile.name,
        "profile_version": profile.version,
        "shape": profile.shape,
    }
    try:
        before_read = _stamp(path)
        found = structure.check(path, profile)
        facts |= {"sha256": found.sha256, "size": found.size}
        days = days or _days_in_name(path, profile)
        if before := _loaded_before(con, found.sha256, profile, source, days):
            return Result(ledger.entry(con, before), True, False)
        rows.read(con, found, profile)
        counted = (counts if counting else typed).read(con, profile, source, now)
        if _stamp(path) != before_read:
            raise InputRefused("refused.changed", file=path.name)
        if not counted.rows and not (days and source):
            raise InputRefused("refused.no_rows", file=path.name)
        if counted.rejected > rules.REJECTED_AT_MOST * counted.rows:
            raise _too_many(con, path, counted)
    except InputRefused as refusal:
        _note_refusal(con, path, facts, refusal, now)
        raise
    with store.transaction(con):
        secret = identity.key(settings, store.meta(con, "key_fingerprint"))
        store.set_meta(con, "key_fingerprint", secret.fingerprint)
        file_id = ledger.new_file(con, state="loaded", at=now, facts=facts)
        db.run(con, "UPDATE file SET arrived = $n WHERE file_id = $id", {"n": counted.rows, "id": file_id})
        db.run(con, f"INSERT INTO reject SELECT {file_id}, line, field, reason, value FROM rejected")
        ledger.cover(con, file_id, source, days)
        if counting:
            ledger.recount(con, counts.add(con, file_id))
        else:
            identity.pseudonymise(con, secret)
            ledger.recount(con, merge.add(con, file_id))
    return Result(ledger.entry(con, file_id), False, not found.ends_with_newline)


def reject_lines(con: db.Connection, entry: ledger.Entry, most: int) -> list[str]:
    """The first rejects of a file as sentences: file, line, column, masked value, what was expected."""
    found = db.run(
        con,
        "SELECT line, field, value, reason FROM reject WHERE file_id = $id ORDER BY line LIMIT $most",
        {"id": entry.file_id, "most": most},
    )
    lines = [
        words.text(
            "cli.reject",
            file=entry.name,
            line=formats.number(line),
            column=field or "-",
            value=value or "",
            reason=words.text(f"reject.{reason}"),
        )
        for line, field, value, reason in found
    ]
    if entry.rejected > len(lines):
        lines.append(words.text("cli.more_rejects", n=entry.rejected - len(lines)))
    return lines


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
    columns = {k: v for k, v in profile.columns.items() if k != "source"}
    return named, profile.model_copy(update={"columns": columns})


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


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
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
        reason=words.text(f"reject.{reason}"),
        n=n,
    )


def _note_refusal(
    con: db.Connection, path: Path, facts: dict[str, object], refusal: InputRefused, now: datetime
) -> None:
    if "sha256" not in facts:  # refused before its end was reached
        with path.open("rb") as file:
            facts |= {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "size": path.stat().st_size}
    for name in ("raw", "typed", "arrived", "rejected"):
        db.run(con, f"DROP TABLE IF EXISTS temp.{name}")
    with store.transaction(con):
        ledger.new_file(con, state="refused", at=now, reason=refusal.key, facts=facts)
