"""Head counts: readings of people inside, or of counters in and out. A table of their own, never visits.

The same reading twice (source, place, moment) is a duplicate; of differing ones the smallest by content stands. All are
kept with their file, and which one stands is a view, so that order changes nothing and unloading takes back exactly.
"""

import re
from datetime import datetime

from core import db
from etl import moments
from etl.moments import literal
from etl.profile import CHECK_IN, CHECK_OUT, Profile
from etl.typed import AHEAD, EARLIEST, Counted, choice, fault_of, line, rejects, text, texts

_NUMBERS = ("inside", "n", "n_in", "n_out", "interval_minutes", "capacity")
_STORED = ("inside", "n_in", "n_out", "interval_minutes", "capacity")
WHOLE, ONLY_IN, ONLY_OUT = 0, 1, 2


def read(
    con: db.Connection, profile: Profile, source: str | None, now: datetime, first_line: int | None = None
) -> Counted:
    """Makes the view `arrived` (line, source_id, event, day_wib, place_code, counted_at, part, numbers) and `rejected`.

    A reading has `inside`, or `n_in`, `n_out` and `interval_minutes`, or `n` one way by its event word: whole numbers;
    a negative one is kept as it came.
    """
    has = profile.fields.__contains__
    at = moments.wib("counted_at", profile)
    one_way = has("n")
    numbers = ", ".join(f"{_whole(profile, name)} AS {name}" for name in _NUMBERS)
    said = ", ".join(f"{text(profile, name)} AS {name}_text" for name in _NUMBERS)
    missing = "inside IS NULL AND (n_in IS NULL OR n_out IS NULL OR interval_minutes IS NULL)"
    empty = "n IS NULL OR interval_minutes IS NULL" if one_way else missing
    faults = [
        ("counted_twice", "time_ambiguous", "counted_at"),
        ("counted_at IS NULL", "time_unreadable", "counted_at"),
        ("counted_at < $earliest", "time_early", "counted_at"),
        ("counted_at > $latest", "time_future", "counted_at"),
        ("place_code IS NULL", "place_empty", "place_code"),
        *((f"{n}_text IS NOT NULL AND {n} IS NULL", "number_unreadable", n) for n in _NUMBERS if has(n)),
        (empty, "reading_empty", next(n for n in ("n", "inside", "n_in") if has(n))),
    ]
    if one_way:
        faults.append(("event IS NULL", "event_unknown", "event"))
    if source is None:
        faults.append(("NOT source_known", "source_unknown", "source"))
    lines = "line, " if first_line is None else ""
    judged = [(test, literal(reason), literal(field)) for test, reason, field in faults]
    known = ", ".join(literal(row[0]) for row in db.run(con, "SELECT source_id FROM source"))
    source_id = literal(source) if source is not None else text(profile, "source")
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE typed AS
        WITH parsed AS (
            SELECT {lines}reason AS raw_reason, {at.moment} AS counted_at,
                {at.twice} AS counted_twice,
                {text(profile, "place_code")} AS place_code, {source_id} AS source_id,
                list_position([{known}]::VARCHAR[], {source_id}) IS NOT NULL AS source_known,
                {choice(profile, "event")} AS event, {numbers}, {said}, {texts(profile)}
            FROM raw)
        SELECT {lines}source_id, event, place_code, counted_at,
            {", ".join(_NUMBERS)}, {fault_of(judged, profile)}""",
        {"earliest": EARLIEST, "latest": now + AHEAD},
    )
    counted = rejects(con, profile, judged, first_line)
    way = "CASE WHEN event = {0} THEN n END AS {1}"
    ways = f"REPLACE ({way.format(CHECK_IN, 'n_in')}, {way.format(CHECK_OUT, 'n_out')})"
    part = f"CASE event WHEN {CHECK_IN} THEN {ONLY_IN} ELSE {ONLY_OUT} END" if one_way else f"{WHOLE}"
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP VIEW arrived AS
        SELECT {line(first_line)} AS line, source_id, 0 AS event, counted_at::DATE AS day_wib, place_code, counted_at,
            part, {", ".join(_STORED)}
        FROM (SELECT rowid, * {ways if one_way else ""}, {part} AS part FROM typed WHERE fault IS NULL)""",
    )
    return counted


def _whole(profile: Profile, field: str) -> str:
    """SQL for a field as a whole number by the profile's marks: a cast alone would round 12.5 and take 1e3."""
    form = profile.file
    group, mark = re.escape(form.thousands), re.escape(form.decimal)
    grouped = rf"|[0-9]{{1,3}}({group}[0-9]{{3}})+" if form.thousands else ""
    value = text(profile, field)
    digits = f"regexp_replace({value}, {literal(f'{mark}0*$')}, '')"
    if form.thousands:
        digits = f"replace({digits}, {literal(form.thousands)}, '')"
    fits = f"regexp_full_match({value}, {literal(f'[+-]?([0-9]+{grouped})({mark}0*)?')})"
    return f"CASE WHEN {fits} THEN try_cast({digits} AS INTEGER) END"


def add(con: db.Connection, file_id: int) -> list[int]:
    """Stores `kept` as file `file_id`; returns the files whose accounting may have changed."""
    db.run(
        con,
        f"""INSERT INTO reading (line, source_id, place_code, counted_at, {", ".join(_STORED)}, part, file_id)
        SELECT line, source_id, place_code, counted_at, {", ".join(_STORED)}, part, {file_id} FROM kept""",
    )
    shared = db.run(
        con,
        """SELECT DISTINCT r.file_id FROM reading r SEMI JOIN kept a USING (source_id, place_code, counted_at)""",
    )
    db.run(con, "DROP TABLE typed")
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
