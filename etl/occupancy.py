"""Persons inside by site, at five-minute instants and by hour (FIGURES, Occupancy): mart.occupancy, mart.place_instant.

Matched stays are inside for certain. An open check-in is inside with the chance that the dwell model gives for its age,
and not at all from the visitor's next scan anywhere, closing time or the category's cap on. The sum of such chances has
a mean and a variance; the likely range is from its 10th to its 90th percentile. It is computed a month at a time, by
site, as products of matrices: check-ins by instant times shares still inside by age.
"""

from dataclasses import dataclass
from datetime import date, datetime
from statistics import NormalDist

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from core import db, rules
from etl import dirty
from etl.dwell import DAY, HOURS, STEP, Curves, Floats, Ints, Model

HOUR = 3600 // STEP  # instants
NEVER = 1_000_000  # as a step of a day: nothing ends it
_OUTSIDE = (1 - rules.LIKELY) / 2  # on either side of the likely range
_Z = NormalDist().inv_cdf(1 - _OUTSIDE)
_Z_OF = np.arange(-6, 6.001, 0.002)
_SHARE = np.array([NormalDist().cdf(z) for z in _Z_OF])  # of the normal law below it
_FINE = 6  # decimals of a sum of chances: beyond them it depends on the order of adding
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
class _Span:
    """Days computed at once, by the instants of their days; `behind` days lie before them, for who is still inside."""

    first: date
    days: int
    behind: int

    @property
    def instants(self) -> int:
        return (self.days + self.behind) * DAY

    def at(self, day: Ints, step: Ints) -> Ints:
        """The index of a step of a day."""
        index: Ints = np.clip((day + self.behind) * DAY + step, 0, self.instants)
        return index


@dataclass(frozen=True)
class _Row:
    """What the register says of a site between two days (counted from the span's first)."""

    number: int
    site: int
    first: int
    last: int
    category: str
    cap: int  # steps


Table = dict[str, Ints]


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
    span = _Span(days[0], (days[-1] - days[0]).days + 1, min(max(-earliest, 0), rules.STAY_DAYS))
    wanted = np.zeros(span.days, bool)
    wanted[[(day - days[0]).days for day in days]] = True
    before = (month - days[0]).days  # check-ins of days before it are of the month before, and of its model
    models = {0: _models(con, month), -1: _models(con, _month_before(month)) if earliest < before else {}}
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
        inside = _count(span, of["matched"], of["matched"]["until"])
        bound = inside + _count(span, of["opened"], np.minimum(of["opened"]["next"], of["opened"]["until"]))
        chances = _Chances(span)
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


def _month_before(month: date) -> date:
    return (month.replace(day=1).replace(year=month.year - 1, month=12) if month.month == 1
            else month.replace(month=month.month - 1))  # fmt: skip


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


def _count(span: _Span, table: Table, until: Ints) -> Floats:
    """How many are inside at each instant of the span."""
    change = np.zeros(span.instants + 1)
    for step, sign in ((table["since"], 1), (np.maximum(until, table["since"]), -1)):
        change += sign * np.bincount(span.at(table["day"], step), table["n"], len(change))
    return change[:-1].cumsum()


class _Chances:
    """Mean and variance of how many of the open check-ins are inside, at each instant of a span."""

    def __init__(self, span: _Span) -> None:
        self.span = span
        self.mean = np.zeros(span.instants)
        self.variance = np.zeros(span.instants)

    def add(self, opened: Table, curves: Curves, cap: int) -> None:
        """Check-ins of one site whose dwell has these curves."""
        alive = curves.alive[:, :, :cap]
        spread = curves.spread[:, :, :cap]
        early = opened["next"] < NEVER
        if early.any():
            self._until_next({k: v[early] for k, v in opened.items()}, alive)
        if not early.all():
            self._to_closing({k: v[~early] for k, v in opened.items()}, alive, spread)

    def _until_next(self, opened: Table, alive: Floats) -> None:
        """Who was next scanned before closing had left by then: the chance is that of having left later but by then."""
        lasting = opened["next"] > opened["since"]
        since, n = opened["since"][lasting], opened["n"][lasting]
        at = self.span.at(opened["day"][lasting], since)
        curve = alive[opened["kind"][lasting], _hour(since)]
        steps = opened["next"][lasting] - since
        by_then = np.where(
            steps < alive.shape[2], curve[np.arange(len(steps)), np.minimum(steps, alive.shape[2] - 1)], 0
        )
        steps = np.minimum(steps, alive.shape[2])
        which = np.repeat(np.arange(len(steps)), steps)
        age = np.arange(len(which)) - np.repeat(np.cumsum(steps) - steps, steps)
        left = 1 - by_then[which]
        # Of hardly anybody who leaves so soon nothing is known: then one moment is as likely as another.
        evenly = 1 - (age + 0.5) / steps[which]
        chance = np.where(left > 0.01, (curve[which, age] - by_then[which]) / np.maximum(left, 0.01), evenly)
        index = at[which] + age
        inside = index < self.span.instants
        index, chance, n = index[inside], chance[inside], n[which][inside]
        self.mean += np.bincount(index, n * chance, self.span.instants)
        self.variance += np.bincount(index, n * chance * (1 - chance), self.span.instants)

    def _to_closing(self, opened: Table, alive: Floats, spread: Floats) -> None:
        """All others, in products of matrices: one for each of the times at which a day's check-ins end."""
        steps = alive.shape[2]
        closing = np.where(opened["until"] < opened["since"] + steps, opened["until"], NEVER)
        ends, which = np.unique(opened["day"] * (NEVER + 1) + closing, return_inverse=True)
        days, endings = np.divmod(ends, NEVER + 1)
        nth = np.arange(len(days)) - np.searchsorted(days, days)  # of the day's ends
        for n in range(int(nth.max()) + 1):
            own = nth[which] == n
            day, ending = days[nth == n], endings[nth == n]
            first, last = int(opened["since"][own].min()), int(opened["since"][own].max())
            width = last - first + steps
            mean, variance = np.zeros((len(day), width)), np.zeros((len(day), width))
            for kind in np.unique(opened["kind"][own]):
                for hour in np.unique(_hour(opened["since"][own & (opened["kind"] == kind)])):
                    these = own & (opened["kind"] == kind) & (_hour(opened["since"]) == hour)
                    self._product(mean, variance, opened, these, np.searchsorted(day, opened["day"][these]),
                                  first, alive[kind, hour], spread[kind, hour])  # fmt: skip
            open_until = np.arange(first, first + width) < ending[:, None]
            for row, at in enumerate(self.span.at(day, np.full(len(day), first))):
                to = min(at + width, self.span.instants)
                self.mean[at:to] += (mean[row] * open_until[row])[: to - at]
                self.variance[at:to] += (variance[row] * open_until[row])[: to - at]

    @staticmethod
    def _product(
        mean: Floats, variance: Floats, opened: Table, these: npt.NDArray[np.bool_], row: Ints, first: int,
        alive: Floats, spread: Floats,
    ) -> None:  # fmt: skip
        """Adds check-ins of one hour and kind. Their curve may be wrong for all alike: that is one error, not many."""
        since, n, steps = opened["since"][these], opened["n"][these], len(alive)
        start, rows = int(since.min()), int(since.max() - since.min()) + 1
        came = np.bincount(row * rows + since - start, n, len(mean) * rows).reshape(len(mean), rows)
        age = np.arange(steps + rows - 1) - np.arange(rows)[:, None]
        there = (age >= 0) & (age < steps)
        age = np.where(there, age, 0)
        chance, error = np.where(there, alive[age], 0), np.where(there, spread[age], 0)
        to = slice(start - first, start - first + steps + rows - 1)
        mean[:, to] += came @ chance
        variance[:, to] += came @ (chance * (1 - chance)) + (came @ error) ** 2


def _hour(since: Ints) -> Ints:
    """The hour of entry of those inside from a step of the day on: the hour that a whole one ends."""
    hour: Ints = np.minimum(np.maximum(since - 1, 0) // HOUR, HOURS - 1)
    return hour


def likely(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """The 10th and the 90th percentile of a number of persons, by the normal law.

    Whole numbers seldom leave just one in ten on either side: taken is the one that comes nearest.
    """
    spread = np.sqrt(np.maximum(variance, 0))
    reach, safe = _Z * spread, np.where(spread > 0, spread, 1)

    def end(at: Floats, sign: int) -> Floats:
        inner = np.floor(np.round(at, _FINE)) if sign > 0 else np.ceil(np.round(at, _FINE))  # towards the mean
        beyond = [1 - np.interp(sign * (k - mean) / safe + 0.5 / safe, _Z_OF, _SHARE) for k in (inner, inner + sign)]
        outer = np.abs(beyond[1] - _OUTSIDE) < np.abs(beyond[0] - _OUTSIDE)
        return np.where(spread > 0, np.where(outer, inner + sign, inner), np.round(mean))

    low, high = end(mean - reach - 0.5 + 1, -1), end(mean + reach - 0.5, 1)
    return np.maximum(low, 0), np.maximum(high, 0)


class _Writer:
    """Collects the hours of sites and writes them."""

    def __init__(self, con: db.Connection, span: _Span, wanted: npt.NDArray[np.bool_]) -> None:
        self.con, self.span = con, span
        self.wanted = np.repeat(wanted, HOURS)
        self.parts: list[dict[str, npt.NDArray[np.generic]]] = []
        self.rows = 0

    def add(
        self, site: int, hours: Ints, inside: Floats, bound: Floats, chances: _Chances,
        known: npt.NDArray[np.bool_],
    ) -> None:  # fmt: skip
        """One site: matched stays, the most there may be, and the estimate, by instant; known: by day.

        hours: those with anybody for certain.
        """
        skip = self.span.behind * DAY
        inside, bound, mean, variance = (
            np.round(v[skip:], _FINE).reshape(-1, HOUR) for v in (inside, bound, chances.mean, chances.variance)
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
