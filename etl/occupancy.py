"""Persons inside by site, at five-minute instants and by hour (FIGURES, Occupancy): mart.occupancy, mart.place_instant.

Matched stays are inside for certain. An open check-in is inside with the chance that the dwell model gives for its age,
and not at all from the visitor's next scan anywhere, closing time or the category's cap on. Here visits become numbers
by instant, a month at a time, and the sums of their chances (etl/chances.py) rows of the marts.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core import db, rules
from etl import dirty
from etl.chances import FINE, HOUR, NEVER, Chances, Span, Table, count, likely
from etl.dwell import DAY, HOURS, STEP, Floats, Ints, Model

_ROWS = 50_000  # hours written at once

_EXACT = """SELECT site, date_diff('hour', $first::TIMESTAMP, hour) AS hour FROM inside
WHERE hour::DATE IN (FROM month_hour) AND hour::DATE BETWEEN $first AND $last ORDER BY site"""
# `since` is the first instant of `day` (counted from $first) at which somebody is inside, `until` the first at which no
# more; of open check-ins `next` is that of the visitor's next scan where it comes before closing time and cap.
_MATCHED = f"""
SELECT site, date_diff('day', $first, day) AS day,
    (date_diff('second', day::TIMESTAMP, entered_at) + {STEP - 1}) // {STEP} AS since,
    (date_diff('second', day::TIMESTAMP, left_at) + {STEP - 1}) // {STEP} AS until, count(*) AS n
FROM visit
WHERE left_at > $first::TIMESTAMP AND day <= $last AND (day IN (FROM month_hour) OR left_at::DATE > day)
GROUP BY ALL ORDER BY site
"""
_OPEN = f"""
WITH one AS (
    SELECT v.site, v.day, r.visitor IS NOT NULL AS regular,
        (date_diff('second', v.day::TIMESTAMP, v.entered_at) + {STEP - 1}) // {STEP} AS since,
        CASE WHEN v.next_at < v.until
            THEN (date_diff('second', v.day::TIMESTAMP, v.next_at) + {STEP - 1}) // {STEP} END AS next,
        (date_diff('second', v.day::TIMESTAMP, v.until) + {STEP - 1}) // {STEP} AS until, count(*) AS n
    FROM visit v
    LEFT JOIN regular_visit r ON r.visitor = v.visitor AND r.site = v.site AND r.day = v.day
    WHERE v.left_at IS NULL AND v.day BETWEEN $first - {rules.STAY_DAYS} AND $last
        AND least(v.next_at, v.until) > $first::TIMESTAMP
    GROUP BY ALL)
SELECT o.site, date_diff('day', $first, o.day) AS day, p.place_row, o.regular::TINYINT AS kind, o.since,
    o.next, o.until, o.n
FROM one o JOIN place_row p ON p.site = o.site AND o.day BETWEEN p.valid_from AND p.valid_to
ORDER BY o.site
"""
_WRITE = {
    "occupancy": """INSERT INTO mart.occupancy
        SELECT n.site_id, c.hour, coalesce(i.bound, 0),
            -- the hour's peak is at least that of its matched stays, which may lie between two instants
            CASE WHEN c.known THEN greatest(c.expected, coalesce(i.peak, 0)) END,
            CASE WHEN c.known THEN c.estimated END,
            CASE WHEN c.known THEN coalesce(i.occupied_seconds, 0) + c.estimated_seconds END,
            CASE WHEN c.known THEN greatest(c.low_at, coalesce(i.peak, 0)) END,
            CASE WHEN c.known THEN greatest(c.high_at, coalesce(i.peak, 0)) END
        FROM computed c JOIN place_no n USING (site) LEFT JOIN inside i ON i.site = c.site AND i.hour = c.hour
        ORDER BY n.site_id, c.hour""",
    "place_instant": """INSERT INTO mart.place_instant
        SELECT n.site_id, c.hour, c.inside::INTEGER[], c.bound::INTEGER[],
            CASE WHEN c.known THEN c.likely::REAL[] END, CASE WHEN c.known THEN c.low::INTEGER[] END,
            CASE WHEN c.known THEN c.high::INTEGER[] END
        FROM computed c JOIN place_no n USING (site) ORDER BY n.site_id, c.hour""",
}


@dataclass(frozen=True)
class _Row:
    """What the register says of a site between two days (counted from the span's first)."""

    number: int
    site: int
    first: int
    last: int
    category: str
    cap: int  # steps


def compute(con: db.Connection) -> None:
    """Replaces the days of dirty_hour in mart.occupancy and mart.place_instant.

    From visit, regular_visit, mart.stay, mart.dwell, place_row and the exact `inside` of mart_3_inside.sql.
    """
    days = sorted(set(dirty.column(con, "SELECT day FROM dirty_hour")))
    for table in _WRITE:
        db.run(con, f"DELETE FROM mart.{table} WHERE hour::DATE IN (FROM dirty_hour)")
    for month in sorted({day.replace(day=1) for day in days}):
        _month(con, month, [day for day in days if day.replace(day=1) == month])


def _month(con: db.Connection, month: date, days: list[date]) -> None:
    dirty.lay(con, "month_hour", "day", days)
    dates = {"first": days[0], "last": days[-1]}
    matched, opened, exact = (_fetch(con, sql, dates) for sql in (_MATCHED, _OPEN, _EXACT))
    earliest = min((int(t["day"].min()) for t in (matched, opened) if len(t["day"])), default=0)
    span = Span(days[0], (days[-1] - days[0]).days + 1, min(max(-earliest, 0), rules.STAY_DAYS))
    wanted = np.zeros(span.days, bool)
    wanted[[(day - days[0]).days for day in days]] = True
    before = (month - days[0]).days  # check-ins of days before it are of the month before, and of its model
    models = {
        0: _models(con, month),
        -1: _models(con, (month - timedelta(days=1)).replace(day=1)) if earliest < before else {},
    }
    places: dict[int, list[_Row]] = {}
    for row in _rows(con, dates):
        places.setdefault(row.site, []).append(row)
    cut = {"matched": _by_site(matched), "opened": _by_site(opened)}
    hours = _by_site(exact)
    writer = _Writer(con, span, wanted)
    for site in sorted(cut["matched"].keys() | cut["opened"].keys()):
        of = {name: {k: v[c] for k, v in table.items()} for name, table, c in (
            ("matched", matched, cut["matched"].get(site, slice(0))),
            ("opened", opened, cut["opened"].get(site, slice(0))),
        )}  # fmt: skip
        inside = count(span, of["matched"], of["matched"]["until"])
        bound = inside + count(span, of["opened"], np.minimum(of["opened"]["next"], of["opened"]["until"]))
        chances = Chances(span)
        known = np.zeros(span.days, bool)
        for row in places[site]:
            known[max(row.first, 0) : max(row.last + 1, 0)] = row.category in models[0]
            for which, of_month in models.items():
                own = of["opened"]["place_row"] == row.number
                own &= (of["opened"]["day"] < before) == (which < 0)
                if row.category in of_month and own.any():
                    chances.add(
                        {k: v[own] for k, v in of["opened"].items()}, of_month[row.category].curves(site), row.cap
                    )
        some = exact["hour"][hours.get(site, slice(0))]  # a short stay may lie between two instants
        writer.add(site, some, inside, bound, chances, known)
    writer.flush()


def _fetch(con: db.Connection, sql: str, params: dict[str, date]) -> Table:
    """Columns of whole numbers; NULL (no next scan in time) as NEVER."""
    found = con.execute(sql, params).fetchnumpy()
    return {name: np.ma.filled(column, NEVER).astype(np.int64) for name, column in found.items()}


def _by_site(table: Table) -> dict[int, slice]:
    """Where the rows of each site lie; they are in order of site."""
    sites, starts = np.unique(table["site"], return_index=True)
    ends = np.append(starts, len(table["site"]))[1:]
    return {int(s): slice(int(a), int(b)) for s, a, b in zip(sites, starts, ends, strict=True)}


def _rows(con: db.Connection, dates: dict[str, date]) -> list[_Row]:
    """The register's rows of the days and of the days before, in order of site."""
    found = db.run(
        con,
        f"""SELECT place_row, site, date_diff('day', $first, valid_from), date_diff('day', $first, valid_to), category,
            (coalesce(cap_minutes, {rules.STAY_DAYS} * 1440) * 60 + {STEP - 1}) // {STEP}
        FROM place_row WHERE valid_from <= $last AND valid_to >= $first - {rules.STAY_DAYS}
        ORDER BY site, valid_from""",
        dates,
    )
    return [_Row(*row) for row in found]


def _models(con: db.Connection, month: date) -> dict[str, Model]:
    """The models of a month by category, of those with enough stays."""
    found = con.execute(
        """SELECT s.category, s.site, s.regular::TINYINT AS kind, s.hour, s.step, s.n
        FROM mart.stay s JOIN mart.dwell d ON d.category = s.category AND d.fitted_on = s.month CROSS JOIN rules
        WHERE d.month = $month AND d.matched >= rules.stays_needed ORDER BY s.category, s.site""",
        {"month": month},
    ).fetchnumpy()
    names = np.asarray(found["category"], str)
    values = [np.asarray(found[name], np.int64) for name in ("site", "kind", "hour", "step", "n")]
    return {str(c): Model(*(v[names == c] for v in values)) for c in np.unique(names)}


class _Writer:
    """Collects the hours of sites and writes them."""

    def __init__(self, con: db.Connection, span: Span, wanted: npt.NDArray[np.bool_]) -> None:
        self.con, self.span = con, span
        self.wanted = np.repeat(wanted, HOURS)
        self.parts: list[dict[str, npt.NDArray[np.generic]]] = []
        self.rows = 0

    def add(
        self, site: int, hours: Ints, inside: Floats, bound: Floats, chances: Chances,
        known: npt.NDArray[np.bool_],
    ) -> None:  # fmt: skip
        """One site: matched stays, the most there may be, and the estimate, by instant; known: by day.

        hours: those with anybody for certain.
        """
        skip = self.span.behind * DAY
        inside, bound, mean, variance = (
            np.round(v[skip:], FINE).reshape(-1, HOUR) for v in (inside, bound, chances.mean, chances.variance)
        )
        known = np.repeat(known, HOURS)
        some = (bound > 0).any(axis=1) | (known & (mean >= 0.005).any(axis=1))
        some[hours] = True
        hour = np.flatnonzero(self.wanted & some)
        inside, bound, mean, variance = inside[hour], bound[hour], mean[hour], variance[hour]
        low, high = likely(mean, variance)
        low, high, likeliest = inside + low, np.maximum(inside + low, np.minimum(inside + high, bound)), inside + mean
        peak = np.arange(len(hour)), likeliest.argmax(axis=1)
        self.parts.append({
            "site": np.full(len(hour), site), "hour": hour, "known": known[hour],
            "expected": likeliest[peak], "estimated": mean[peak],
            "estimated_seconds": np.round(mean.sum(axis=1) * STEP), "low_at": low[peak], "high_at": high[peak],
            "inside": inside, "bound": bound, "likely": likeliest, "low": low, "high": high,
        })  # fmt: skip
        self.rows += len(hour)
        if self.rows >= _ROWS:
            self.flush()

    def flush(self) -> None:
        """Writes what is collected."""
        if not self.rows:
            return
        midnight = datetime.combine(self.span.first, datetime.min.time())
        columns: dict[str, pa.Array] = {}
        for name in self.parts[0]:
            values = np.concatenate([part[name] for part in self.parts])
            if name == "hour":
                values = np.datetime64(midnight, "s") + values * np.timedelta64(3600, "s")
            if values.ndim == 2:
                columns[name] = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel(), pa.float32()), HOUR)
            elif values.dtype == np.float64:
                columns[name] = pa.array(np.round(values, 3))
            else:
                columns[name] = pa.array(values)
        self.con.register("computed", pa.table(columns))
        for sql in _WRITE.values():
            db.run(self.con, sql)
        self.con.unregister("computed")
        self.parts, self.rows = [], 0
