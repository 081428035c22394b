"""Retention: months that ended long enough ago are sealed, and everything of their persons is deleted.

A seal keeps the month's aggregates as they are, for good (a checksum tells), and takes away its scans, the rows kept
aside and the visits. What the days after it still need of it stays without naming a moment of it: stays that last into
them, until the month of their end is sealed, and which of their check-ins were repeats.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core import builds, db
from core.settings import Settings
from etl import dirty, inputs, ledger, marts, register, store
from queries import quality

# The aggregates of a month: what of each table of the mart store is its own.
_OF_MONTH = {
    "place_hour": "hour::DATE BETWEEN $first AND $last",
    "place_day": "day BETWEEN $first AND $last",
    "rough_dwell": "month = $first",
    "rough_stay_length": "month = $first",
    "head_count": "day BETWEEN $first AND $last",
    "counter_day": "day BETWEEN $first AND $last",
    **dict.fromkeys(
        ("belonging", "visitors", "visitors_hidden", "status", "status_hidden", "regulars"),
        "first BETWEEN $first AND $last",
    ),
    "door_day": "day BETWEEN $first AND $last",
    "dwell": "month = $first",
    "occupancy": "hour::DATE BETWEEN $first AND $last",
    "place_instant": "hour::DATE BETWEEN $first AND $last",
}
# Of later schemas: a month sealed before them has no rows of them, and its old checksum.
_LATER = ("door_day", "regulars", "dwell", "occupancy", "place_instant")
_GONE = {"scan": "day_wib", "duplicate": "day_wib", "reading": "counted_at::DATE"}


@dataclass(frozen=True)
class Sealed:
    """Months that were sealed now, and what was deleted with them (scans and duplicates, readings, persons)."""

    months: tuple[date, ...]
    scans: int
    persons: int


def due(con: db.Connection, today: date, retention_days: int) -> list[date]:
    """Months to be sealed, oldest first: whole, ended `retention_days` ago or more, and their weeks ended too."""
    first, last = db.run(
        con,
        """SELECT min(day), max(day) FROM (SELECT day_wib AS day FROM scan UNION ALL SELECT day_wib FROM duplicate
        UNION ALL SELECT counted_at::DATE FROM reading)""",
    )[0]
    found: list[date] = []
    month = first.replace(day=1) if first else today
    # No further than there are data: what comes later for an empty month may still be loaded.
    while first and month <= last and is_due(month, today, retention_days):
        found.append(month)
        month = _last(month) + timedelta(days=1)
    return found


def is_due(month: date, today: date, retention_days: int) -> bool:
    """Whether a month (its first day) may be sealed on `today`."""
    last = _last(month)
    return last + timedelta(days=retention_days) <= today and last + timedelta(days=6 - last.weekday()) < today


def deleted_on(month: date, retention_days: int) -> date:
    """The first day on which a month's scans may be deleted: until then they exist."""
    last = _last(month)
    return max(last + timedelta(days=retention_days), last + timedelta(days=7 - last.weekday()))


def _last(month: date) -> date:
    return builds.days_of("month", month)[-1]


def purge(con: db.Connection, settings: Settings, now: datetime) -> Sealed:
    """Seals the months that are due and deletes their scans, in one transaction; the register is laid in `con`."""
    months = due(con, now.date(), settings.retention_days)
    if not months:
        return Sealed((), 0, 0)
    with store.transaction(con):
        inputs.lay(con)
        if dirty.register_changed(con):
            ledger.recount(con)
        marts.update(con, now)
        for check in quality.MARTS:
            if failing := db.run(con, check.failing):
                raise quality.failed(check, failing)
        last = _last(months[-1])
        for month in months:
            db.run(
                con,
                "INSERT INTO sealed (month, sealed_at, checksum) VALUES ($month, $now, $sum)",
                {"month": month, "now": now, "sum": checksum(con, month)},
            )
        _keep_what_lasts(con, last)
        db.run(
            con,
            """CREATE OR REPLACE TABLE mart.hidden_at_seal AS SELECT period, first, level, code, visitors
            FROM mart.visitors SEMI JOIN mart.visitors_hidden USING (period, first, level, code) WHERE first > $last""",
            {"last": last},
        )
        before = ledger.fates(con)
        scans = sum(_delete(con, table, day, last) for table, day in _GONE.items())
        ledger.seal(con, before)
        persons = int(db.value(con, "SELECT count(*) FROM person"))
        db.run(
            con,
            """DELETE FROM person WHERE id NOT IN
            (SELECT visitor FROM scan UNION SELECT visitor FROM duplicate UNION SELECT visitor FROM visit)""",
        )
        persons -= int(db.value(con, "SELECT count(*) FROM person"))
        ledger.recount(con)
        store.set_meta(con, "compact_due", "1")
    return Sealed(tuple(months), scans, persons)


def _delete(con: db.Connection, table: str, day: str, last: date) -> int:
    return int(db.value(con, f"DELETE FROM {table} WHERE {day} <= $last", {"last": last}))


def _keep_what_lasts(con: db.Connection, last: date) -> None:
    """Notes repeats of what goes, and deletes the visits that do not last beyond `last`."""
    border = datetime.combine(last + timedelta(days=1), datetime.min.time())
    db.run(
        con,
        """INSERT INTO known_repeat
        WITH near AS (
            SELECT s.visitor, s.site, s.ts_wib, s.event, lag(s.event) OVER w AS before,
                lag(s.ts_wib) OVER w AS before_ts
            FROM scans s, rules r
            WHERE s.ts_wib BETWEEN $border - to_seconds(repeat_seconds) AND $border + to_seconds(repeat_seconds)
                AND s.day_wib BETWEEN $last AND $last + 1
                AND NOT (s.event = 0 AND coalesce(s.admitted = 0, s.colour = r.refused_colour, false))
            WINDOW w AS (PARTITION BY s.visitor, s.site ORDER BY s.ts_wib,
                CASE WHEN s.event = 0 OR s.opened_at = s.ts_wib THEN 1 ELSE 0 END, s.code))
        SELECT DISTINCT visitor, site, ts_wib FROM near, rules
        WHERE event = 0 AND before = 0 AND before_ts < $border AND ts_wib >= $border
            AND date_diff('second', before_ts, ts_wib) <= repeat_seconds""",
        {"border": border, "last": last},
    )
    db.run(con, "DELETE FROM known_repeat WHERE ts_wib < $border", {"border": border})
    db.run(
        con,
        """DELETE FROM visit WHERE day <= $last AND NOT coalesce(left_at > $border,
            least(next_at, until) > $border)""",
        {"last": last, "border": border},
    )
    # Who is a regular on the first open days, days of the sealed month tell; and how long stays of it lasted, the model
    # of the month after it. What served before is not needed any more.
    db.run(con, "DELETE FROM known_regular WHERE day <= $last", {"last": last})
    db.run(
        con,
        """INSERT INTO known_regular
        SELECT visitor, site, day FROM regular_visit ANTI JOIN known_regular USING (visitor, site, day), rules
        WHERE day > $last AND day < $last + regular_window""",
        {"last": last},
    )
    db.run(
        con,
        """DELETE FROM regular_visit WHERE day <= $last
        AND (visitor, site, day) NOT IN (SELECT visitor, site, day FROM visit WHERE day <= $last)""",
        {"last": last},
    )
    db.run(
        con,
        """DELETE FROM mart.stay
        WHERE month < (SELECT min(fitted_on) FROM mart.dwell WHERE month >= date_trunc('month', $last))""",
        {"last": last},
    )


def checksum(con: db.Connection, month: date) -> str:
    """Of the month's aggregates, whatever the order of their rows; the week that begins in it belongs to it."""
    span = {"first": month, "last": _last(month)}
    parts = []
    for table, own in _OF_MONTH.items():
        params = {k: v for k, v in span.items() if f"${k}" in own}
        found = db.run(
            con,
            f"SELECT count(*), bit_xor(md5_number(t::VARCHAR))::VARCHAR FROM mart.{table} t WHERE {own}",
            params,
        )[0]
        if found[0] or table not in _LATER:
            parts.append(found)
    return dirty.digest(repr(parts))


def broken(con: db.Connection) -> list[date]:
    """Sealed months whose aggregates are not what they were: a defect, or somebody's hand."""
    found = db.run(con, "SELECT month, checksum FROM sealed ORDER BY month")
    return [month for month, said in found if checksum(con, month) != said]


def publish(con: db.Connection, settings: Settings) -> None:
    """Writes retention(month, state, scans_until, sealed_at, register_at) into the build: until when scans exist.

    state: 'sealed' (scans_until: the day they were deleted) or 'open' (scans_until: the first day they may be deleted).
    register_at: when the register was changed for days of a sealed month, whose figures did not follow.
    """
    db.run(
        con,
        """CREATE TABLE half.retention
        (month DATE, state VARCHAR, scans_until DATE, sealed_at TIMESTAMP, register_at TIMESTAMP)""",
    )
    db.run(
        con,
        "INSERT INTO half.retention SELECT month, 'sealed', sealed_at::DATE, sealed_at, register_at FROM sealed",
    )
    rows = [
        (month, "open", deleted_on(month, settings.retention_days), None, None)
        for (month,) in db.run(
            con,
            """SELECT DISTINCT date_trunc('month', day)::DATE FROM (SELECT day FROM mart.source_clock
                UNION SELECT day FROM changed_day) WHERE day > (SELECT sealed_until FROM sealed_to) ORDER BY 1""",
        )
    ]
    if rows:
        con.executemany("INSERT INTO half.retention VALUES (?, ?, ?, ?, ?)", rows)


def run(settings: Settings, now: datetime) -> Sealed:
    """Purges the warehouse of this installation; the caller holds the lock. Says what was sealed."""
    with store.warehouse(settings) as con:
        register.lay(con, settings)
        done = purge(con, settings, now)
        compact = store.meta(con, "compact_due") is not None
    if compact:
        store.compact(settings)
    return done


def purge_months(settings: Settings, now: datetime) -> int:
    """The daily service's duty: seals what is due; returns how many months. The caller holds the lock."""
    return len(run(settings, now).months) if settings.warehouse.exists() else 0
