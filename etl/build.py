"""Marts in the warehouse become one build file, checked, then published by replacing CURRENT.

Nothing of a person goes into a build: aggregates by place, day and hour, the register, and the file ledger without its
rejects. A build whose content equals that of CURRENT is not made again.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import holidays

from core import builds, db, places, rules
from core.errors import StoreFailed, UsageError
from core.settings import Settings
from etl import (
    dirty,
    disclosure,
    findings,
    identity,
    inputs,
    ledger,
    marts,
    outlines,
    publish,
    purge,
    register,
    store,
    totals,
    warnings,
)
from queries import quality

# What of each mart goes into a build; `entry`, `stay` and the like hold persons and never do. Refused entries tell of a
# colour, so they are published by etl.disclosure alone: here stands only how many check-ins there were in all.
_MARTS = {
    # a month sealed before schema 7 has no row of mart.occupancy and keeps its rough range
    "place_hour": """SELECT h.site_id, h.hour, h.visits, h.visits + h.refused + h.repeats AS check_ins, h.check_outs,
        h.unmatched, h.occupied_seconds, h.peak, o.bound, o.expected, o.estimated, o.expected_seconds,
        CASE WHEN o.site_id IS NULL THEN h.peak_low ELSE o.low END AS peak_low,
        CASE WHEN o.site_id IS NULL THEN h.peak_high ELSE o.high END AS peak_high
        FROM mart.place_hour h LEFT JOIN mart.occupancy o ON o.site_id = h.site_id AND o.hour = h.hour
        ORDER BY h.site_id, h.hour""",
    "place_instant": "FROM mart.place_instant",
    "place_day": """SELECT site_id, day, covered, visits, visits + refused + repeats AS check_ins, check_outs, orphans,
        unmatched FROM mart.place_day""",
    "door_day": "FROM mart.door_day",
    "head_count": "FROM mart.head_count",
    "counter_day": "FROM mart.counter_day",
    # how long each stayed is not published, only how many of them a model rests on
    "dwell": """SELECT month, category, fitted_on, matched, regulars, model FROM mart.dwell
        UNION ALL SELECT month, category, fitted_on, matched, NULL, NULL FROM mart.rough_dwell
        ANTI JOIN mart.dwell USING (month, category)""",
}
_REGISTER = (*(name for name in places.TABLES if name != "qr"), *places.ASSUMPTIONS, "site_of")
_CONTENT = (
    *_MARTS,
    *_REGISTER,
    "completeness",
    "retention",
    "visitors",
    "status",
    "regulars",
    "qr",
    "source_day",
    "source_clock",
    "outline",
    "finding",
    "holiday",
    "key_change",
)


@dataclass(frozen=True)
class Built:
    """The build that is current after the run; `new` is False where the content had not changed."""

    build: str
    new: bool
    pinned: bool


def build(settings: Settings, now: datetime, *, whole: bool = False) -> Built:
    """Makes, checks and publishes a build. Raises BuildFailed, leaving CURRENT as it was. The caller holds the lock.

    Only what changed since the last one is computed, or, where `whole`, all that is not sealed.
    """
    city = register.city(settings)
    if not settings.warehouse.exists():
        raise UsageError("error.nothing_loaded")
    half = settings.tmp / "build.duckdb"
    with store.warehouse(settings) as con:
        register.lay(con, settings)
        with store.transaction(con):
            totals.heal(con, settings)
            inputs.lay(con)
            if dirty.register_changed(con):  # codes that were unknown may be known now
                ledger.recount(con)
            marts.update(con, now, whole=whole)
            _gate(con, quality.MARTS)
        _write(con, half, city, settings, now)
        totals.keep(con, settings, now)
    content = _content(half, settings)
    finished = db.open_for_reading(half, settings)
    try:
        _gate(finished, quality.CHECKS)
    finally:
        finished.close()
    served = builds.current(settings)
    if served is not None and _unchanged(half, content, served, settings):
        half.unlink()
        return Built(served.build, False, False)
    build_id = publish.next_id(settings, now, content)
    current = publish.publish(settings, half, build_id)
    with store.warehouse(settings) as con, store.transaction(con):
        totals.record(con, build_id)
    return Built(current.build, True, current.pinned)


def _write(con: db.Connection, half: Path, city: register.City, settings: Settings, now: datetime) -> None:
    half.unlink(missing_ok=True)
    con.execute(f"ATTACH '{str(half).replace(chr(39), chr(39) * 2)}' AS half").fetchall()
    try:
        with store.transaction(con):
            for name, sql in _MARTS.items():
                db.run(con, f"CREATE TABLE half.{name} AS {sql}")
            disclosure.publish(con)
            store.run_file(con, "completeness.sql")
            db.run(con, "CREATE TABLE half.completeness AS FROM temp.completeness ORDER BY ALL")
            identity.publish(con)
            for name in _REGISTER:
                db.run(con, f"CREATE TABLE half.{db.quoted(name)} AS FROM temp.{db.quoted(name)} ORDER BY ALL")
            # A code is what a poster shows to everybody, but a build needs only how many a place has and since when.
            db.run(
                con,
                """CREATE TABLE half.qr AS
                SELECT place_id, source_id, valid_from, valid_to, simulated FROM temp.qr ORDER BY ALL""",
            )
            purge.publish(con, settings)
            _quality(con, now)
            # Head counts too: here it is how far each feed has come, not which days of places are known.
            db.run(
                con,
                """CREATE TABLE half.source_day AS SELECT DISTINCT source_id, day
                FROM file_day JOIN file USING (file_id) WHERE state = 'loaded' ORDER BY ALL""",
            )
            _outlines(con, city)
            _findings(con)
            _holidays(con)
            _meta(con, city, now, register.opens_at(settings))
            totals.lay_revisions(con, now)
        con.checkpoint()
    finally:
        con.execute("DETACH half").fetchall()


def _quality(con: db.Connection, now: datetime) -> None:
    """What became of every file and row, for the screen; of values only the masked ones of a file's first rejects."""
    db.run(
        con,
        """CREATE TABLE half.file AS SELECT file_id, name, profile, shape, state, noted_at, reason, detail, arrived,
        loaded, duplicates, rejected, kept_aside, sealed FROM file WHERE state <> 'unloaded' ORDER BY file_id""",
    )
    db.run(
        con,
        """CREATE TABLE half.reject_reason AS SELECT file_id, reason, field, any_value(expected) AS expected,
        count(*)::BIGINT AS n, min(line) AS first_line FROM reject GROUP BY ALL ORDER BY ALL""",
    )
    db.run(
        con,
        f"""CREATE TABLE half.reject_sample AS SELECT file_id, line, field, reason, value, expected FROM reject
        QUALIFY row_number() OVER (PARTITION BY file_id ORDER BY line) <= {rules.REJECTS_SHOWN} ORDER BY ALL""",
    )
    db.run(
        con,
        """CREATE TABLE half.aside
        (kind VARCHAR, code VARCHAR, source VARCHAR, n BIGINT, since DATE, until DATE)""",
    )
    if waiting := ledger.kept_aside(con):
        con.executemany("INSERT INTO half.aside VALUES (?, ?, ?, ?, ?, ?)", [tuple(vars(a).values()) for a in waiting])
    warnings.lay(con, now.date())
    db.run(con, "CREATE TABLE half.warning AS FROM temp.warning ORDER BY ALL")


def _outlines(con: db.Connection, city: register.City) -> None:
    db.run(
        con,
        """CREATE TABLE half.outline
        (level VARCHAR, code VARCHAR, name VARCHAR, lat DOUBLE, lon DOUBLE, geometry VARCHAR)""",
    )
    if city.boundary is None:
        return
    kecamatan_of = {
        kelurahan: (code, name)
        for kelurahan, code, name in db.run(
            con,
            "SELECT k.code, c.code, c.name FROM temp.kelurahan k JOIN temp.kecamatan c ON c.code = k.kecamatan_code",
        )
    }
    con.executemany("INSERT INTO half.outline VALUES (?, ?, ?, ?, ?, ?)", outlines.read(city.boundary, kecamatan_of))


def _findings(con: db.Connection) -> None:
    db.run(con, "CREATE TABLE half.finding (kind VARCHAR, place_id VARCHAR, detail VARCHAR)")
    if rows := [(f.kind, f.place_id, f.detail) for f in findings.find(con, db.run(con, "FROM half.outline"))]:
        con.executemany("INSERT INTO half.finding VALUES (?, ?, ?)", rows)


def _holidays(con: db.Connection) -> None:
    """National holidays of the years with data, by the package `holidays`; shared leave days are not among them."""
    first, last = db.run(con, "SELECT min(day), max(day) FROM covered")[0]
    db.run(con, "CREATE TABLE half.holiday (day DATE, name VARCHAR)")
    if first is not None:
        years = range(first.year, last.year + 1)
        named = holidays.country_holidays("ID", years=years, language="id")
        con.executemany("INSERT INTO half.holiday VALUES (?, ?)", sorted(named.items()))


def _meta(con: db.Connection, city: register.City, now: datetime, opens_at: str) -> None:
    # of codes the register knows
    scans, last_scan = db.run(con, "SELECT coalesce(sum(scans), 0), max(last_scan) FROM mart.source_clock")[0]
    facts = {
        "schema_version": builds.SCHEMA_VERSION,
        "built_at": now.isoformat(),
        "city": city.name,
        "boundary_attribution": city.attribution,
        "expected_kelurahan": city.kelurahan,
        "expected_kecamatan": city.kecamatan,
        "expected_areas": city.areas,
        "scans_stored": scans,
        "opens_at": opens_at,
        "last_scan": last_scan.isoformat() if last_scan else "",
    }
    db.run(con, "CREATE TABLE half.meta (key VARCHAR, value VARCHAR)")
    con.executemany("INSERT INTO half.meta VALUES (?, ?)", [(k, str(v)) for k, v in facts.items()])


def _content(half: Path, settings: Settings) -> str:
    """Checksum of what a build says, whatever the order of its rows or of the loads behind it: 16 hex digits."""
    con = db.open_for_reading(half, settings)
    try:
        parts = [
            db.run(
                con, f"SELECT '{name}', count(*), coalesce(bit_xor(md5_number(t::VARCHAR)), 0) FROM {db.quoted(name)} t"
            )[0]
            for name in _CONTENT
        ]
        facts = db.run(con, "SELECT key, value FROM meta WHERE key <> 'built_at' ORDER BY key")
        return hashlib.sha256(repr((parts, facts)).encode()).hexdigest()[:16]
    finally:
        con.close()


def _unchanged(half: Path, content: str, served: builds.Current | None, settings: Settings) -> bool:
    """Whether the served build, as it lies on disk, says the same and knows the same files; a damaged one does not."""
    if served is None or served.pinned or not served.build.endswith(content[:8]):
        return False
    builds.close_all()  # one that this process still reads cannot be opened beside it
    try:
        if content_of(settings, served.build) != content:
            return False
        before = builds.frame(served.build, "FROM file ORDER BY file_id")
    except (StoreFailed, db.Error):
        return False
    finally:
        builds.close_all()
    con = db.open_for_reading(half, settings)
    try:
        return bool(db.frame(con, "FROM file ORDER BY file_id").equals(before))
    finally:
        con.close()


def _gate(con: db.Connection, checks: tuple[quality.Check, ...]) -> None:
    for check in checks:
        if failing := db.run(con, check.failing):
            raise quality.failed(check, failing)


def content_of(settings: Settings, build_id: str) -> str:
    """The content checksum of a build on disk."""
    return _content(builds.file_of(settings, build_id), settings)
