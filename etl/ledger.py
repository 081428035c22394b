"""The file ledger: what became of every row, and which days each file covers.

rows in = loaded + duplicates + rejected + kept aside + refused as sealed. Each is counted from where the rows lie, or
when they were deleted, none as the rest of the others, so that the sum is a check and not a definition.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from core import db, formats
from core.errors import PantauError, UsageError
from etl.typed import masked_id


@dataclass(frozen=True)
class Entry:
    """One file's line in the ledger; rows."""

    file_id: int
    name: str
    state: str
    arrived: int
    loaded: int
    duplicates: int
    rejected: int
    kept_aside: int
    sealed: int
    reason: str | None


def new_file(
    con: db.Connection, *, state: str, at: datetime, reason: str | None = None, facts: Mapping[str, object]
) -> int:
    """Adds a file (name, sha256, size, profile, profile_version, shape) and returns its number."""
    file_id = int(db.value(con, "SELECT coalesce(max(file_id), 0) + 1 FROM file"))
    db.run(
        con,
        """INSERT INTO file (file_id, name, sha256, size, profile, profile_version, shape, state, noted_at, reason)
        VALUES ($file_id, $name, $sha256, $size, $profile, $profile_version, $shape, $state, $noted_at, $reason)""",
        dict(facts) | {"file_id": file_id, "state": state, "noted_at": at, "reason": reason},
    )
    return file_id


def cover(con: db.Connection, file_id: int, source: str | None, days: tuple[date, date] | None) -> None:
    """Notes the days a file covers: `days` for its sources, else each source's first check-in in `kept` to its last.

    Days of sealed months are covered no more. Check-outs do not stretch the period: somebody who leaves after midnight
    makes no log of the next day. Only where a source has nothing but check-outs do they stand for it.
    """
    sealed = db.value(con, "SELECT max(month) + INTERVAL 1 MONTH FROM sealed")
    spans = db.run(
        con,
        """SELECT source_id, coalesce(min(day_wib) FILTER (event = 0), min(day_wib)),
            coalesce(max(day_wib) FILTER (event = 0), max(day_wib)) FROM kept GROUP BY source_id""",
    )
    if days:
        spans = [(name, *days) for name in ([source] if source else [span[0] for span in spans])]
    for name, first, last in spans:
        db.run(
            con,
            """INSERT INTO file_day SELECT $file_id, $name, day FROM (
                SELECT unnest(generate_series($first::DATE, $last::DATE, INTERVAL 1 DAY))::DATE AS day)
            WHERE $sealed IS NULL OR day >= $sealed::DATE""",
            {"file_id": file_id, "name": name, "first": first, "last": last, "sealed": sealed},
        )


def hold_back(con: db.Connection) -> int:
    """Makes `kept`: of `arrived` what belongs to no sealed day; returns the rows of which nothing is left."""
    sealed = db.value(con, "SELECT max(month) + INTERVAL 1 MONTH FROM sealed")
    if sealed is None:
        db.run(con, "CREATE OR REPLACE TEMP VIEW kept AS FROM arrived")
        return 0
    db.run(con, f"CREATE OR REPLACE TEMP VIEW kept AS FROM arrived WHERE day_wib >= DATE '{sealed:%Y-%m-%d}'")
    return int(
        db.value(
            con,
            """SELECT count(*) FROM (SELECT line FROM arrived GROUP BY line HAVING max(day_wib) < $sealed::DATE)""",
            {"sealed": sealed},
        )
    )


def _fate(con: db.Connection, chosen: str) -> None:
    """Makes `fate`: of each file the rows that lie in the warehouse, by what became of them.

    Only a row of a visit makes two scans, of which the better fate is its own.
    """
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE fate AS
        WITH scans AS (
            SELECT file_id, line, CASE WHEN q.qr_code IS NULL THEN 1 ELSE 2 END AS fate
            FROM scan s LEFT JOIN qr_site q ON q.qr_code = s.qr_code AND s.day_wib BETWEEN q.valid_from AND q.valid_to
            WHERE true {chosen}
            UNION ALL SELECT file_id, line, 0 FROM duplicate WHERE true {chosen}
            UNION ALL SELECT file_id, line, CASE WHEN NOT stands THEN 0 WHEN p.place_id IS NULL THEN 1 ELSE 2 END
            FROM standing LEFT JOIN place p ON p.place_id = place_code WHERE true {chosen}),
        row_fate AS (
            SELECT file_id, fate, count(*) AS n FROM scans
            WHERE file_id IN (SELECT file_id FROM file WHERE shape = 'scan') GROUP BY ALL
            UNION ALL SELECT file_id, fate, count(*) FROM (
                SELECT file_id, line, max(fate) AS fate FROM scans
                WHERE file_id IN (SELECT file_id FROM file WHERE shape <> 'scan') GROUP BY ALL)
            GROUP BY ALL)
        SELECT file_id, coalesce(sum(n) FILTER (fate = 2), 0)::BIGINT AS loaded,
            coalesce(sum(n) FILTER (fate = 1), 0)::BIGINT AS kept_aside,
            coalesce(sum(n) FILTER (fate = 0), 0)::BIGINT AS duplicates FROM row_fate GROUP BY file_id""",
    )


def fates(con: db.Connection) -> dict[int, tuple[int, int, int]]:
    """By file: rows that lie in the warehouse and are loaded, duplicates, kept aside."""
    _fate(con, "")
    return {row[0]: row[1:] for row in db.run(con, "SELECT file_id, loaded, duplicates, kept_aside FROM fate")}


def seal(con: db.Connection, before: dict[int, tuple[int, int, int]]) -> None:
    """Keeps in the ledger what it counted `before` rows were deleted."""
    after = fates(con)
    gone = [
        (file_id, *(b - a for b, a in zip(counts, after.get(file_id, (0, 0, 0)), strict=True)))
        for file_id, counts in before.items()
    ]
    if rows := [row for row in gone if any(row[1:])]:
        con.executemany("INSERT INTO sealed_row VALUES (?, ?, ?, ?)", rows)


def recount(con: db.Connection, files: Sequence[int] | None = None) -> None:
    """Counts again what became of the rows of `files` (all: None), by the register laid in `con`.

    A row is loaded if one of its scans stands under a code the register knows that day, kept aside if its scans stand
    under unknown codes only, a duplicate if all its scans lost.
    """
    chosen = "" if files is None else f"AND file_id IN ({', '.join(map(str, files))})"
    _fate(con, chosen)
    db.run(
        con,
        f"""UPDATE file SET loaded = n.loaded, kept_aside = n.kept_aside, duplicates = n.duplicates,
            rejected = n.rejected
        FROM (SELECT file_id, coalesce(f.loaded, 0) + coalesce(s.loaded, 0) AS loaded,
                coalesce(f.kept_aside, 0) + coalesce(s.kept_aside, 0) AS kept_aside,
                coalesce(f.duplicates, 0) + coalesce(s.duplicates, 0) AS duplicates,
                (SELECT count(*) FROM reject r WHERE r.file_id = file.file_id) AS rejected
            FROM file LEFT JOIN fate f USING (file_id)
            LEFT JOIN (SELECT file_id, sum(loaded) AS loaded, sum(kept_aside) AS kept_aside,
                sum(duplicates) AS duplicates FROM sealed_row GROUP BY ALL) s USING (file_id)) n
        WHERE n.file_id = file.file_id AND state = 'loaded' {chosen.replace("file_id", "file.file_id")}""",
    )
    wrong = db.run(
        con,
        """SELECT name FROM file
        WHERE state = 'loaded' AND arrived <> loaded + duplicates + rejected + kept_aside + sealed""",
    )
    if wrong:  # our own defect: exit 1, and the transaction takes everything back
        raise PantauError("error.accounting", file=wrong[0][0])


def entry(con: db.Connection, file_id: int) -> Entry:
    """One file's line."""
    return entries(con, f"WHERE file_id = {int(file_id)}")[0]


def entries(con: db.Connection, where: str = "") -> list[Entry]:
    """Lines of the ledger, oldest first."""
    found = db.run(
        con,
        f"""SELECT file_id, name, state, arrived, loaded, duplicates, rejected, kept_aside, sealed, reason
        FROM file {where} ORDER BY file_id""",
    )
    return [Entry(*row) for row in found]


def find(con: db.Connection, said: str) -> list[int]:
    """Files called `said`: a number of the ledger, a name, or the start of a hash. Raises UsageError where none is."""
    found = db.run(
        con,
        """SELECT file_id FROM file WHERE state <> 'unloaded' AND
        (file_id::VARCHAR = $said OR name = $name OR (length($said) >= 8 AND starts_with(sha256, $said)))""",
        {"said": Path(said).name, "name": formats.masked(Path(said).name)},
    )
    if not found:
        raise UsageError("error.not_loaded", file=said)
    return [row[0] for row in found]


@dataclass(frozen=True)
class Aside:
    """A code the register does not know: of a QR or (`place`) of a counter's place; its rows wait, oldest `since`."""

    kind: str
    code: str
    source: str
    rows: int
    since: date
    until: date


def kept_aside(con: db.Connection) -> list[Aside]:
    """Codes the register laid in `con` does not know on the days they were used, most rows first.

    A code is what a poster shows to everybody, but whatever stands in its column may be a number of somebody: of long
    numbers only the ends are given.
    """
    found = db.run(
        con,
        f"""WITH waiting AS (
            SELECT 'qr' AS kind, qr_code AS code, source_id, file_id, line, day_wib AS day FROM scan s
            WHERE NOT EXISTS
                (FROM qr_site q WHERE q.qr_code = s.qr_code AND s.day_wib BETWEEN q.valid_from AND q.valid_to)
            UNION ALL SELECT 'place', place_code, source_id, file_id, line, counted_at::DATE
            FROM standing ANTI JOIN place ON place_id = place_code WHERE stands)
        SELECT kind, {masked_id("code")} AS shown,
            coalesce(s.name, w.source_id), count(DISTINCT (file_id, line)), min(day), max(day)
        FROM waiting w LEFT JOIN source s USING (source_id) GROUP BY ALL ORDER BY 4 DESC, 2, 3""",
    )
    return [Aside(*row) for row in found]
