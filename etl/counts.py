"""Head counts: readings of people inside, or of counters in and out. A table of their own, never visits.

The same reading twice (source, place, moment) is a duplicate; of differing ones the smallest by content stands. All are
kept with their file, and which one stands is a view, so that order changes nothing and unloading takes back exactly.
"""

from datetime import datetime

from core import db
from etl.profile import Profile
from etl.typed import AHEAD, EARLIEST, Counted, literal, rejects, wib

_NUMBERS = ("inside", "n_in", "n_out", "interval_minutes", "capacity")


def read(con: db.Connection, profile: Profile, source: str | None, now: datetime) -> Counted:
    """Makes `arrived` (line, source_id, event, day_wib, place_code, counted_at, the numbers) and `rejected` of `raw`.

    A reading has `inside`, or `n_in`, `n_out` and `interval_minutes`: whole numbers; a negative one is kept as it came.
    """
    has = profile.columns.__contains__

    def text(field: str) -> str:
        return f"nullif(trim(raw.{field}), '')" if has(field) else "NULL::VARCHAR"

    numbers = ", ".join(f"try_cast({text(name)} AS INTEGER) AS {name}" for name in _NUMBERS)
    unread = [
        (f"{name}_text IS NOT NULL AND {name} IS NULL", "number_unreadable", name) for name in _NUMBERS if has(name)
    ]
    faults = [
        ("raw_reason IS NULL AND counted_at IS NULL", "time_unreadable", "counted_at"),
        ("counted_at < $earliest", "time_early", "counted_at"),
        ("counted_at > $latest", "time_future", "counted_at"),
        ("place_code IS NULL", "place_empty", "place_code"),
        *unread,
        (
            "inside IS NULL AND (n_in IS NULL OR n_out IS NULL OR interval_minutes IS NULL)",
            "reading_empty",
            "inside" if has("inside") else "n_in",
        ),
    ]
    if source is None:
        faults.append(("NOT source_known", "source_unknown", "source"))
    cases = " ".join(f"WHEN {test} THEN {{'reason': '{reason}', 'field': '{field}'}}" for test, reason, field in faults)
    source_id = literal(source) if source is not None else text("source")
    texts = ", ".join(f"{text(name)} AS {name}_text" for name in _NUMBERS)
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE typed AS
        WITH parsed AS (
            SELECT line, reason AS raw_reason, {wib("counted_at", profile)} AS counted_at,
                {text("place_code")} AS place_code, {source_id} AS source_id,
                coalesce({source_id} IN (SELECT source_id FROM source), false) AS source_known, {numbers}, {texts}
            FROM raw)
        SELECT *, CASE WHEN raw_reason IS NOT NULL THEN {{'reason': raw_reason, 'field': ''}} {cases} END AS fault
        FROM parsed""",
        {"earliest": EARLIEST, "latest": now + AHEAD},
    )
    counted = rejects(con, profile)
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE arrived AS
        SELECT line, source_id, 0 AS event, counted_at::DATE AS day_wib, place_code, counted_at, {", ".join(_NUMBERS)}
        FROM typed WHERE fault IS NULL""",
    )
    db.run(con, "DROP TABLE typed")
    return counted


def add(con: db.Connection, file_id: int) -> list[int]:
    """Stores `arrived` as file `file_id`; returns the files whose accounting may have changed."""
    db.run(
        con,
        f"""INSERT INTO reading SELECT line, source_id, place_code, counted_at, {", ".join(_NUMBERS)}, {file_id}
        FROM arrived""",
    )
    shared = db.run(
        con,
        """SELECT DISTINCT r.file_id FROM reading r SEMI JOIN arrived a USING (source_id, place_code, counted_at)""",
    )
    db.run(con, "DROP TABLE arrived")
    return sorted({file_id, *(row[0] for row in shared)})


def remove(con: db.Connection, file_id: int) -> list[int]:
    """Takes a file's readings back; returns the files to recount."""
    touched = db.run(
        con,
        f"""SELECT DISTINCT r.file_id FROM reading r SEMI JOIN (FROM reading WHERE file_id = {file_id}) a
        USING (source_id, place_code, counted_at)""",
    )
    db.run(con, f"DELETE FROM reading WHERE file_id = {file_id}")
    return sorted({file_id, *(row[0] for row in touched)})
