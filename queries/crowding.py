"""Crowding: persons inside by place and hour, as a likely range, against what is permitted.

Rules stand in core.crowding, limits in core.capacity, the estimate in etl.occupancy. The range of an hour is that of
its peak (place_hour.peak_low, peak_high); a category with too few matched stays has none. In a build of a schema before
7, and in months sealed before it, it is a rough one, by the quartiles of the category's stays: `model` is NA.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from core import builds, crowding, rules
from core.capacity import Limit, Persons, State
from core.frames import rows
from core.view import View
from queries import capacity, coverage

_COUNTS = (
    "low",
    "high",
    "certain",
    "bound",
    "regulars",
    "head_count",
    *capacity.COUNTS,
    "capacity",
    "pct_low",
    "pct_high",
    "matched",
)


def at_hour(view: View) -> pd.DataFrame:
    """Each site with a code in the whole hour before the moment, worst first; filtered as the view is.

    place_id, name, category, owner_id, owner, kelurahan_code, kelurahan, kecamatan, area_id, lat, lon,
    position_simulated; hour (its start, WIB); covered; low, high (Int64 persons at the hour's peak; NA: no estimate or
    no data), expected and estimated (Float64: the most persons expected, and how many of them without a check-out;
    NA unknown), certain and bound (Int64, the logical bounds of the peak; bound NA: a rough range); provisional
    (scans, check-outs or uploads of the hour may still come); sector, capacity, capacity_basis (of
    core.capacity.Basis), capacity_simulated, and the columns of `queries.capacity.columns`; pct_low, pct_high (Int64,
    rounded down), band_low, band_high, verdict; usual and usual_high (Float64 persons, the middle of like hours: of the
    most expected, and of the range's high end), against; matched (stays of the category behind the estimate), regulars
    (of them by daily regulars), fitted_on (the month of them), model (id; NA: a rough range); open_share (of the day's
    visits, those without a check-out); head_count (Int64, the latest reading of the hour).
    """
    return _filtered(_hours(view.build, view.moment - timedelta(hours=1), 1), view)


def day_hours(view: View) -> pd.DataFrame:
    """`at_hour` for the 24 hours of the moment's day, in order of place and hour."""
    midnight = datetime(view.moment.year, view.moment.month, view.moment.day)
    return _filtered(_hours(view.build, midnight, 24), view).sort_values(
        ["name", "place_id", "hour"], ignore_index=True
    )


def day_curve(view: View, place: str) -> pd.DataFrame:
    """The moment's day of one place, 24 rows: hour, low, high, expected, certain, bound, provisional, limit, usual,
    head_count; NA where not known."""
    found = day_hours(view.without_filters())
    found = found[found["place_id"] == place]
    names = ("low", "high", "expected", "certain", "bound", "provisional", "limit", "usual", "head_count")
    return found[["hour", *names]].reset_index(drop=True)


def hours_of_place(build: str, place: str, first: datetime, n: int) -> pd.DataFrame:
    """`at_hour` of one place for `n` hours from `first` on, in order; hours without a code of it are left out."""
    found = _hours(build, first, n)
    return found[found["place_id"] == place].sort_values("hour", ignore_index=True)


def by_kelurahan(view: View) -> pd.DataFrame:
    """Each kelurahan with the verdict of its fullest place of known limit: code, verdict, band, judged, places."""
    found = _hours(view.build, view.moment - timedelta(hours=1), 1)
    rows = []
    for code, group in found.dropna(subset="kelurahan_code").groupby("kelurahan_code"):
        judged = group[group["verdict"] != "undecided"]
        top = judged.iloc[0] if len(judged) else None  # worst first
        rows.append(
            {
                "code": code,
                "verdict": "undecided" if top is None else top["verdict"],
                "band": None if top is None else top["band_high"],
                "judged": len(judged),
                "places": len(group),
            }
        )
    return pd.DataFrame(rows, columns=["code", "verdict", "band", "judged", "places"])


def counts(found: pd.DataFrame) -> dict[str, int]:
    """How many places of `at_hour` have each verdict."""
    n = found["verdict"].value_counts()
    return {name: int(n.get(name, 0)) for name in crowding.VERDICTS}


def rough(found: pd.DataFrame) -> bool:
    """Whether any range of `at_hour` is a rough one, of before the dwell model."""
    return bool((found["low"].notna() & found["model"].isna()).any())


def _filtered(found: pd.DataFrame, view: View) -> pd.DataFrame:
    kept = set(coverage.sites(view)["place_id"])
    return found[found["place_id"].isin(kept)].reset_index(drop=True)


# One row a site with a code in each of the hours from $first on; an hour of a covered day without a row is empty, 0.
# An hour is provisional while scans of its sources have not come as far as it begins; while somebody inside without a
# check-out may still get one, as long as the cap runs; and while uploads are short of what usually comes.
_HOURS = f"""
WITH hours AS (SELECT unnest(generate_series($first, $first + to_hours($n - 1), INTERVAL 1 HOUR)) AS hour),
coded AS (
    SELECT o.site_id, h.hour, min(t.last_scan) AS scanned_until, min(k.share) AS complete FROM hours h
    JOIN qr ON h.hour::DATE BETWEEN coalesce(valid_from, DATE '0001-01-01') AND coalesce(valid_to, DATE '9999-12-31')
    JOIN site_of o USING (place_id)
    LEFT JOIN source_clock t USING (source_id)
    LEFT JOIN completeness k ON k.source_id = qr.source_id AND k.day = h.hour::DATE
    GROUP BY ALL),
latest AS (
    -- the last reading of each counter in the hour; counters that only tell who passed count from the opening on
    SELECT site_id, place_id, date_trunc('hour', counted_at) AS hour,
        arg_max(coalesce(inside, net), counted_at) AS inside
    FROM head_count
    WHERE coalesce(inside, net) IS NOT NULL AND counted_at >= $first AND counted_at < $first + to_hours($n)
    GROUP BY ALL),
counted AS (
    -- a reading of the site stands for it; doors are added up only where all that count that day did so in the hour
    SELECT l.site_id, l.hour, coalesce(any_value(inside) FILTER (place_id = l.site_id),
        CASE WHEN count(*) = any_value(d.doors) THEN sum(inside) END)::INTEGER AS head_count
    FROM latest l JOIN (SELECT site_id, hour::DATE AS day, count(DISTINCT place_id) AS doors FROM latest GROUP BY ALL) d
        ON d.site_id = l.site_id AND d.day = l.hour::DATE
    GROUP BY ALL HAVING head_count >= 0)
SELECT c.site_id AS place_id, c.hour, coalesce(d.covered, false) AS covered,
    h.peak_low AS low, h.peak_high AS high, h.expected, h.estimated, h.peak AS certain, h.bound,
    coalesce(d.covered, false) AND (
        coalesce(c.complete < {rules.COMPLETE_SHARE}, false)
        OR coalesce(c.hour > c.scanned_until, false)
        OR (coalesce(h.bound > h.peak, h.site_id IS NOT NULL) AND coalesce(
            c.hour + to_minutes(60 + coalesce(a.dwell_cap_minutes, {rules.STAY_DAYS} * 1440)) > c.scanned_until, false))
        ) AS provisional,
    w.matched, w.regulars, w.fitted_on, w.model, coalesce(s.capacity, seen.capacity) AS capacity,
    contains(coalesce(s.simulated_fields, ''), 'capacity') AS capacity_simulated,
    CASE WHEN s.capacity IS NULL THEN CASE WHEN seen.capacity IS NOT NULL THEN 'observed' END
        WHEN capacity_simulated THEN 'simulated' ELSE coalesce(s.capacity_basis, 'recorded') END AS capacity_basis,
    g.sector, s.category,
    CASE WHEN d.visits > 0 THEN d.unmatched / d.visits END AS open_share, n.head_count
FROM coded c
JOIN site s ON s.place_id = c.site_id
    AND c.hour::DATE BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
LEFT JOIN categories g USING (category)
LEFT JOIN category_assumption a USING (category)
LEFT JOIN place_day d ON d.site_id = c.site_id AND d.day = c.hour::DATE
LEFT JOIN place_hour h ON h.site_id = c.site_id AND h.hour = c.hour
LEFT JOIN dwell w ON w.month = date_trunc('month', c.hour)::DATE AND w.category = coalesce(s.category, '?')
LEFT JOIN counted n ON n.site_id = c.site_id AND n.hour = c.hour
-- a capacity that a count of the site itself says holds from then on, where the register has none
ASOF LEFT JOIN (FROM head_count WHERE place_id = site_id AND capacity > 0) seen
    ON seen.site_id = c.site_id AND seen.counted_at < c.hour + INTERVAL 1 HOUR
"""
# Like hours: the same weekday, hour and level, no holiday, another day that is covered; empty hours are 0.
_USUAL = f"""
WITH level_of AS (
    SELECT d.day, l.level FROM (SELECT DISTINCT day FROM place_day) d
    JOIN ppkm_levels l ON d.day BETWEEN l.valid_from AND coalesce(l.valid_to, DATE '9999-12-31')
    WHERE l.level IS NOT NULL AND d.day NOT IN (SELECT day FROM holiday)),
hours AS (SELECT unnest(generate_series($first, $first + to_hours($n - 1), INTERVAL 1 HOUR)) AS hour),
like_day AS (
    SELECT h.hour, o.day FROM hours h JOIN level_of own ON own.day = h.hour::DATE
    JOIN level_of o ON o.level = own.level AND isodow(o.day) = isodow(own.day) AND o.day <> own.day)
SELECT place_id, hour, CASE WHEN count(inside) >= {rules.LIKE_DAYS_NEEDED} THEN median(inside) END AS usual,
    CASE WHEN count(high) >= {rules.LIKE_DAYS_NEEDED} THEN median(high) END AS usual_high
FROM (
    SELECT d.site_id AS place_id, l.hour,
        CASE WHEN p.site_id IS NULL THEN 0 ELSE coalesce(p.expected, (p.peak_low + p.peak_high) / 2) END AS inside,
        CASE WHEN p.site_id IS NULL THEN 0 ELSE p.peak_high END AS high
    FROM like_day l JOIN place_day d ON d.day = l.day AND d.covered
    LEFT JOIN place_hour p ON p.site_id = d.site_id AND p.hour = l.day + (l.hour - date_trunc('day', l.hour)))
GROUP BY ALL
"""


@lru_cache(maxsize=32)
def judged(build: str, first: datetime, n: int) -> pd.DataFrame:
    """All sites with a code in `n` hours from `first` on, by place and hour: the columns of `at_hour` that name nothing
    and compare with nothing. A build never changes."""
    found = builds.frame(build, _HOURS, first=first, n=n)
    estimable = found["covered"] & (found["matched"].fillna(0) >= rules.STAYS_NEEDED)
    for name in ("low", "high"):
        found[name] = found[name].astype("Int64").where(found[name].notna(), 0).where(estimable)
    for name in ("expected", "estimated"):  # an hour with nobody has none of them; a rough range has no middle
        empty = found["certain"].isna() & found["model"].notna()
        found[name] = found[name].astype("Float64").mask(empty, 0.0).where(estimable)
    for name in ("certain", "bound"):
        found[name] = found[name].astype("Int64").mask(found["certain"].isna(), 0).where(found["covered"])
    return with_limits(found, capacity.limits(build, found))


def with_limits(found: pd.DataFrame, limits: list[Limit]) -> pd.DataFrame:
    """`found` (low, high, ...) with the columns of a limit a row, pct_low, pct_high, band_low, band_high, verdict."""
    said = [_judge(row, limit) for row, limit in zip(rows(found), limits, strict=True)]
    names = list(_judge(None, Limit(State.NO_RULE)))
    new = pd.DataFrame(said, index=found.index, columns=names)
    whole = pd.concat([found.drop(columns=[c for c in names if c in found]), new], axis=1)
    return whole.astype({name: "Int64" for name in _COUNTS if name in whole})


@lru_cache(maxsize=16)
def _hours(build: str, first: datetime, n: int) -> pd.DataFrame:
    """`judged` with names and the usual; worst first."""
    usual = builds.frame(build, _USUAL, first=first, n=n)
    found = judged(build, first, n).merge(usual, how="left", on=["place_id", "hour"])
    found["against"] = [
        crowding.against_usual(_middle(r), None if pd.isna(r.usual) else float(r.usual)) for r in rows(found)
    ]
    named = coverage.sites_of(build, first + timedelta(hours=1))
    found = found.drop(columns="category").merge(named, on="place_id")
    found = found.astype({"usual": "Float64", "usual_high": "Float64", "open_share": "Float64"})
    order = found["verdict"].map(crowding.VERDICTS.index)
    return (
        found.assign(_order=order)
        .sort_values(["_order", "pct_high", "high", "name"], ascending=[True, False, False, True], ignore_index=True)
        .drop(columns="_order")
    )


def _middle(row: Any) -> float | None:
    """What the hour is compared with its usual by: the most that were expected; of a rough range the middle."""
    if pd.isna(row.low):
        return None
    return float((row.low + row.high) / 2 if pd.isna(row.expected) else row.expected)


def _judge(row: Any, limit: Limit) -> dict[str, object]:
    low, high = (
        None if row is None or pd.isna(v := getattr(row, name)) else Persons(int(v)) for name in ("low", "high")
    )
    shares = [None if p is None or limit.persons is None else p.percent_of(limit.persons) for p in (low, high)]
    return capacity.columns(limit) | {
        "pct_low": shares[0],
        "pct_high": shares[1],
        "band_low": crowding.band(shares[0]),
        "band_high": crowding.band(shares[1]),
        "verdict": crowding.verdict(low, high, limit),
    }
