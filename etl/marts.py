"""The mart store of the warehouse: aggregates by day, week and month, of which only what a change dirties is computed.

The mart SQL reads two plain inputs (scans and the register) and the days asked for; what those days are is decided
here and in etl/dirty.py. Sealed months are never computed again.
"""

from dataclasses import dataclass
from datetime import date, datetime

from core import builds, db
from etl import dirty, disclosure, inputs, occupancy, store, warnings


@dataclass(frozen=True)
class Computed:
    """What an update computed: days of hours and of visitors, and whether it was everything that is not sealed."""

    days: int
    periods: int
    whole: bool


def update(con: db.Connection, now: datetime, *, whole: bool = False) -> Computed:
    """Brings the mart store up to date, over the register laid in `con` and inside the caller's transaction.

    `whole` computes all that is not sealed, whatever changed: the result is the same.
    """
    inputs.lay(con)
    changed = dirty.find(con, now, whole=whole)
    if not changed.days and not changed.readings and not changed.register:
        return Computed(0, 0, False)
    _visits(con, changed)
    store.run_file(con, "mart_2_regular.sql")
    _dwell(con)
    _lay_periods(con, dirty.column(con, "SELECT day FROM dirty_visit"))
    _seen(con, only_changes=bool(changed.days) and not (changed.whole or changed.register))
    store.run_file(con, "mart_3_inside.sql")
    occupancy.compute(con)
    for name in ("mart_3_place_hour.sql", "mart_4_place_day.sql", "mart_5_visitors.sql", "mart_7_status.sql",
                 "mart_8_arrival.sql", "mart_6_head_count.sql", "mart_9_door_day.sql",
                 "mart_10_regulars.sql"):  # fmt: skip
        store.run_file(con, name)
    periods = int(db.value(con, "SELECT count(*) FROM dirty_period"))
    disclosure.settle(con)
    warnings.renew(con, all_files=changed.register)
    days = int(db.value(con, "SELECT count(*) FROM dirty_hour"))
    dirty.settled(con)
    return Computed(days, periods, changed.whole)


def _visits(con: db.Connection, changed: dirty.Changed) -> None:
    """Brings `visit` up to date; adds to dirty_hour and dirty_visit the days that this tells otherwise."""
    if changed.whole:
        db.run(con, "CREATE OR REPLACE TEMP TABLE looked_from AS SELECT sealed_until + INTERVAL 1 DAY AS moment "
               "FROM sealed_to")  # fmt: skip
        db.run(con, "CREATE OR REPLACE TEMP VIEW chosen AS FROM scans")
        db.run(con, "CREATE OR REPLACE TEMP TABLE prior AS SELECT v.* FROM visit v, looked_from w "
               "WHERE v.entered_at < w.moment")  # fmt: skip
        store.run_file(con, "mart_1_visit.sql")
        db.run(con, "DELETE FROM visit")
        db.run(con, "INSERT INTO visit FROM found_visit ORDER BY day")
        db.run(con, "DROP TABLE found_visit")
    elif changed.days:
        db.run(con, "CREATE OR REPLACE TEMP TABLE looked_from AS SELECT min(day)::TIMESTAMP AS moment FROM dirty_scan")
        for name in ("mart_0_touched.sql", "mart_1_visit.sql", "mart_1_replace.sql"):
            store.run_file(con, name)


def _dwell(con: db.Connection) -> None:
    """Fits the months that may have changed; where a model did, all the days it is used for are dirty."""
    days = dirty.column(con, "SELECT day FROM dirty_visit UNION SELECT day FROM dirty_hour")
    months = sorted({day.replace(day=1) for day in days})
    dirty.lay(con, "dirty_month", "month", months)
    dirty.lay(con, "stay_day", "day", [day for month in months for day in builds.days_of("month", month)])
    store.run_file(con, "mart_2_dwell.sql")
    db.run(
        con,
        """INSERT INTO dirty_hour
        WITH changed AS (
            (FROM mart.dwell EXCEPT FROM dwell_before) UNION ALL (FROM dwell_before EXCEPT FROM mart.dwell)),
        reach AS (
            SELECT c.month, greatest(max(least(v.next_at, v.until)),
                c.month + INTERVAL 1 MONTH - INTERVAL 1 DAY)::DATE AS last
            FROM (SELECT DISTINCT month FROM changed) c
            LEFT JOIN visit v ON v.day >= c.month AND v.day < c.month + INTERVAL 1 MONTH AND v.left_at IS NULL
            GROUP BY c.month)
        SELECT DISTINCT day FROM (SELECT DISTINCT hour::DATE AS day FROM mart.place_hour UNION SELECT day FROM visit)
        JOIN reach ON day BETWEEN month AND last
        WHERE day NOT IN (FROM dirty_hour) AND day > (SELECT sealed_until FROM sealed_to)""",
    )


def _lay_periods(con: db.Connection, days: list[date]) -> None:
    """dirty_period(no, period, first) and their days: period_day(no, day), visit_day, and month_day of months alone."""
    sealed = db.value(con, "SELECT sealed_until FROM sealed_to")
    periods = [p for p in builds.dirtied(days) if p.first > sealed]
    numbered = list(enumerate(periods))
    dirty.lay(con, "dirty_period", "no, period, first", [(n, p.period, p.first) for n, p in numbered])
    spans = [(n, day) for n, p in numbered for day in builds.days_of(p.period, p.first)]
    dirty.lay(con, "period_day", "no, day", spans)
    dirty.lay(con, "visit_day", "day", sorted({day for _, day in spans}))
    months = [p.first for p in periods if p.period == "month"]
    dirty.lay(con, "month_day", "day", [day for first in months for day in builds.days_of("month", first)])


def _seen(con: db.Connection, *, only_changes: bool) -> None:
    """seen_visit: what mart_5 counts. With `only_changes` of came and gone, so not where a site belongs elsewhere now.

    A month is counted anew by the persons of a day in it: who has another visit there than before, with all the visits
    of the dirty periods, as they are and as they were.
    """
    db.run(con, f"CREATE OR REPLACE TEMP TABLE seen_how AS SELECT {only_changes} AS only_changes")
    if not only_changes:
        db.run(
            con,
            """CREATE OR REPLACE TEMP VIEW seen_visit AS
            SELECT 1 AS way, visitor, site, day FROM visit SEMI JOIN visit_day USING (day)""",
        )
        return
    db.run(
        con,
        """CREATE OR REPLACE TEMP TABLE seen_change AS
        SELECT visitor, site, day, sum(n) AS n FROM (
            SELECT visitor, site, day, 1 AS n FROM came UNION ALL SELECT visitor, site, day, -1 FROM gone)
        GROUP BY ALL HAVING sum(n) <> 0""",
    )
    db.run(
        con,
        """CREATE OR REPLACE TEMP TABLE seen_told AS
        WITH told AS (
            SELECT visitor, site, day, 1 AS now, 0 AS more FROM visit
            SEMI JOIN visit_day USING (day) SEMI JOIN seen_change USING (visitor)
            UNION ALL SELECT visitor, site, day, 0, n FROM seen_change SEMI JOIN visit_day USING (day)),
        counted AS (SELECT visitor, site, day, sum(now) AS now, sum(now - more) AS before FROM told GROUP BY ALL)
        SELECT 1 AS way, visitor, site, day FROM counted WHERE now > 0
        UNION ALL SELECT -1, visitor, site, day FROM counted WHERE before > 0""",
    )
    db.run(con, "CREATE OR REPLACE TEMP VIEW seen_visit AS FROM seen_told")
