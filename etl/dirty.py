"""What changed since the mart store was computed: days of scans, readings, and the register that was read then.

A load or an unload notes the days and persons it touched (`note`); the register is held against its rows of the last
time. Everything is found before anything is computed, and forgotten in the same transaction (`settled`).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa

from core import db, rules
from core.settings import ROOT
from etl import store

# Rows of the register that figures are computed with, as SQL over what is laid: (days it speaks of, what it says).
_READ = {
    "code": "SELECT qr_code, site, source_id, valid_from, valid_to FROM code",
    "door": "SELECT qr_code, place_id, valid_from, valid_to FROM code",
    "place_row": """SELECT site, valid_from, valid_to, kelurahan, kecamatan, area, category, cap_minutes
        FROM place_row""",
    "hours": """SELECT place_id, weekday, opens, closes, coalesce(valid_from, DATE '0001-01-02') - 1 AS valid_from,
        coalesce(valid_to, DATE '9999-12-30') + 1 AS valid_to FROM hours""",
}
# And those that tell only which files and readings are known, or when a code was installed.
_BESIDE = {
    "site_of": "SELECT place_id, site_id FROM site_of",
    "capacity": "SELECT place_id, valid_from, valid_to, capacity FROM site",
    "event": "SELECT event_id, place_id, stage, stage_event.at, corrects FROM stage_event",
}
_WHOLE_FROM = 0.3  # share of all scans on dirty days from which everything is computed: it is quicker then


@dataclass(frozen=True)
class Changed:
    """Days of scans, days of readings, whether the register's rows differ, and whether everything is to be computed."""

    days: int
    readings: int
    register: bool
    whole: bool


def note(con: db.Connection, file_id: int) -> None:
    """Notes the days a file speaks for as changed: those of its scans, its readings and its coverage."""
    db.run(
        con,
        f"""INSERT INTO changed_day SELECT DISTINCT day FROM (
            SELECT day_wib AS day FROM scan WHERE file_id = {file_id}
            UNION ALL SELECT day_wib FROM duplicate WHERE file_id = {file_id}
            UNION ALL SELECT day FROM file_day WHERE file_id = {file_id}) ANTI JOIN changed_day USING (day)""",
    )
    db.run(
        con,
        f"""INSERT INTO changed_reading SELECT DISTINCT counted_at::DATE AS day FROM reading
        WHERE file_id = {file_id}""",
    )


def find(con: db.Connection, now: datetime, *, whole: bool = False) -> Changed:
    """Lays dirty_scan, dirty_hour, dirty_visit (days) and dirty_count (days of readings) for the marts."""
    program = fingerprint()
    before = db.run(con, "SELECT value FROM meta WHERE key = 'marts_of'")
    whole = whole or not before or before[0][0] != program
    db.run(
        con,
        """CREATE OR REPLACE TEMP TABLE data_day AS
        SELECT day FROM changed_day UNION SELECT day FROM mart.place_day UNION SELECT day FROM mart.source_clock
        UNION SELECT day FROM covered""",
    )
    ranges = "SELECT day FROM changed_day"
    for name, said in _READ.items():
        if not _differs(con, name, said):
            continue
        ranges += f""" UNION SELECT d.day FROM data_day d JOIN (
            (({said}) EXCEPT (FROM built.{name})) UNION ALL ((FROM built.{name}) EXCEPT ({said}))
        ) r ON d.day BETWEEN r.valid_from AND r.valid_to"""
    register = register_differs(con)
    _mark_sealed(con, now)
    chosen = "FROM data_day" if whole else ranges
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE dirty_scan AS
        SELECT DISTINCT day FROM ({chosen}) WHERE day > (SELECT sealed_until FROM sealed_to)""",
    )
    days = int(db.value(con, "SELECT count(*) FROM dirty_scan"))
    if not whole and days:
        dirty, everything = db.run(
            con,
            """SELECT (SELECT count(*) FROM scan SEMI JOIN dirty_scan ON day = day_wib), (SELECT count(*) FROM scan)""",
        )[0]
        if dirty > _WHOLE_FROM * everything:
            whole = True
            db.run(
                con,
                """INSERT INTO dirty_scan SELECT day FROM data_day ANTI JOIN dirty_scan USING (day)
                WHERE day > (SELECT sealed_until FROM sealed_to)""",
            )
            days = int(db.value(con, "SELECT count(*) FROM dirty_scan"))
    # What a change tells of other days (repeats after midnight, stays over it) is found with the visits.
    db.run(con, "CREATE OR REPLACE TEMP TABLE dirty_hour AS FROM dirty_scan")
    db.run(con, "CREATE OR REPLACE TEMP TABLE dirty_visit AS FROM dirty_scan")
    readings = "SELECT day FROM changed_reading UNION SELECT day - 1 FROM changed_reading"
    if whole or register:
        readings = """SELECT counted_at::DATE AS day FROM reading UNION SELECT counted_at::DATE - 1 FROM reading
            UNION SELECT day FROM mart.head_count"""
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE dirty_count AS
        SELECT DISTINCT day FROM ({readings}) WHERE day > (SELECT sealed_until FROM sealed_to)""",
    )
    return Changed(days, int(db.value(con, "SELECT count(*) FROM dirty_count")), register or whole, whole)


def _differs(con: db.Connection, name: str, said: str) -> bool:
    there = db.value(
        con,
        "SELECT count(*) FROM duckdb_tables() WHERE schema_name = 'built' AND table_name = $name",
        {"name": name},
    )
    if not there:
        db.run(con, f"CREATE TABLE built.{name} AS SELECT * FROM ({said}) LIMIT 0")
    return bool(
        db.value(
            con,
            f"""SELECT count(*) FROM (
            (({said}) EXCEPT ALL (FROM built.{name})) UNION ALL ((FROM built.{name}) EXCEPT ALL ({said})))""",
        )
    )


def _mark_sealed(con: db.Connection, now: datetime) -> None:
    """Marks sealed months for whose days the register says something else now: their figures cannot follow."""
    for name in ("code", "door", "place_row"):
        # A month sealed before doors were counted has none that could differ.
        counted = "EXISTS (FROM mart.door_day WHERE date_trunc('month', day) = month)" if name == "door" else "true"
        db.run(
            con,
            f"""UPDATE sealed SET register_at = $now WHERE register_at IS NULL AND {counted} AND EXISTS (FROM (
                (({_READ[name]}) EXCEPT (FROM built.{name})) UNION ALL ((FROM built.{name}) EXCEPT ({_READ[name]}))) r
                WHERE r.valid_from < sealed.month + INTERVAL 1 MONTH AND r.valid_to >= sealed.month)""",
            {"now": now},
        )


def settled(con: db.Connection) -> None:
    """The mart store is up to date: forgets what changed, and keeps the register's rows it was computed with."""
    for name in ("changed_day", "changed_visitor", "changed_reading"):
        db.run(con, f"DELETE FROM {name}")
    for name, said in {**_READ, **_BESIDE}.items():
        db.run(con, f"CREATE OR REPLACE TABLE built.{name} AS {said}")
    store.set_meta(con, "marts_of", fingerprint())


def register_changed(con: db.Connection) -> bool:
    """Whether codes or places are known otherwise than when the marts were computed, so that files count anew."""
    return any(_differs(con, name, {**_READ, **_BESIDE}[name]) for name in ("code", "site_of"))


def register_differs(con: db.Connection) -> bool:
    """Whether any row of the register that figures or warnings read differs from when the marts were computed."""
    return any(_differs(con, name, said) for name, said in {**_READ, **_BESIDE}.items())


def fingerprint() -> str:
    """What the marts are computed by: the mart SQL, the policy numbers, the estimate and what hides small counts."""
    programs = [
        *sorted(store.SQL.glob("mart_*.sql")),
        ROOT / "core" / "disclosure.py",
        *(ROOT / "etl" / name for name in ("disclosure.py", "dwell.py", "chances.py", "occupancy.py")),
    ]
    text = "".join(path.read_text("utf-8") for path in programs)
    text += repr(sorted((k, v) for k, v in vars(rules).items() if k.isupper()))
    return digest(text)


def digest(text: str) -> str:
    """Sixteen hex digits that tell texts apart."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def column(con: db.Connection, sql: str) -> list[date]:
    """The only column of a query."""
    return [row[0] for row in db.run(con, sql)]


def lay(con: db.Connection, table: str, names: str, values: Sequence[Any]) -> None:
    """Makes a temporary table of plain values: days, numbers and words."""
    fields = names.split(", ")
    types = {"no": pa.int32(), "period": pa.string()}
    rows = [value if isinstance(value, tuple) else (value,) for value in values]
    data = {name: pa.array([row[i] for row in rows], types.get(name, pa.date32())) for i, name in enumerate(fields)}
    con.register("laid", pa.table(data))
    db.run(con, f"CREATE OR REPLACE TEMP TABLE {table} AS FROM laid")
    con.unregister("laid")
