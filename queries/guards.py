"""Parks on the moment's day: what each may hold, why it may not open, and how many people to expect by shift.

Of scans only this is read: whether a park's QR code is in use, which says that it needs none of the guards.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from core import builds, guards
from core.capacity import Limit, Rulebook
from core.frames import rows
from core.guards import SHIFTS, Expected
from core.view import View
from queries import capacity, coverage

_PARKS = """
SELECT s.place_id, s.capacity, contains(coalesce(s.simulated_fields, ''), 'capacity') AS capacity_simulated,
    CASE WHEN capacity_simulated THEN 'simulated' ELSE coalesce(s.capacity_basis, 'recorded') END AS capacity_basis,
    g.sector,
    a.area_m2, a.confidence <> 'low' AS area_confirmed, d.gates
FROM site s
LEFT JOIN categories g USING (category)
LEFT JOIN site_area a ON a.place_id = s.place_id
LEFT JOIN (
    SELECT o.site_id, string_agg(p.name, ', ' ORDER BY p.name) AS gates
    FROM place p JOIN site_of o USING (place_id) WHERE p.kind = 'door' GROUP BY ALL) d ON d.site_id = s.place_id
WHERE s.category = $category AND $moment::DATE
    BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
"""
# As in queries.crowding: the last reading of each counter in the hour; a reading of the site stands for it, doors are
# added up only where all that count that day did so in the hour.
_COUNTED = """
WITH latest AS (
    SELECT site_id, place_id, date_trunc('hour', counted_at) AS hour,
        arg_max(coalesce(inside, net), counted_at) AS inside
    FROM head_count
    WHERE coalesce(inside, net) IS NOT NULL AND counted_at < $day
        AND site_id IN (SELECT place_id FROM site WHERE category = $category)
    GROUP BY ALL)
SELECT l.site_id AS place_id, l.hour, coalesce(any_value(inside) FILTER (place_id = l.site_id),
    CASE WHEN count(*) = any_value(d.doors) THEN sum(inside) END)::INTEGER AS persons
FROM latest l JOIN (SELECT site_id, hour::DATE AS day, count(DISTINCT place_id) AS doors FROM latest GROUP BY ALL) d
    ON d.site_id = l.site_id AND d.day = l.hour::DATE
GROUP BY ALL HAVING persons >= 0
"""
_HOURS = """
SELECT place_id, weekday, opens, closes FROM hours
WHERE $day BETWEEN coalesce(valid_from, DATE '0001-01-01') AND coalesce(valid_to, DATE '9999-12-31')
"""


def day(view: View) -> date:
    """The day that is planned: the moment's; midnight is the end of its day."""
    return (view.moment - timedelta(hours=1)).date()


def parks(view: View) -> pd.DataFrame:
    """Every park of the register, whatever the view filters: guards are shared out over the whole city. By name.

    place_id, name, kelurahan, owner, use (NA where no code is up), simulated; capacity, capacity_simulated, limit
    (Int64 persons), limit_kind, limit_reason, cap_pct, instrument, unconfirmed; area_m2 (NA not known),
    area_confirmed, gates (NA where none is on record); bar (of core.guards.BARS, NA else); expected and shut, both
    a tuple by shift (core.guards.Park).
    """
    return _parks(view.build, view.moment).copy()


@lru_cache(maxsize=16)
def _parks(build: str, moment: datetime) -> pd.DataFrame:
    """A build never changes."""
    view = View(build, moment.date(), moment.date(), moment)
    site = coverage.sites(view)
    names = ["place_id", "name", "kelurahan", "owner", "use", "simulated"]
    found = site.loc[site["category"] == guards.CATEGORY, names].merge(
        builds.frame(build, _PARKS, moment=moment, category=guards.CATEGORY), on="place_id"
    )
    planned, book = day(view), capacity.rulebook(build)
    limits = [_limit(book, row, planned) for row in rows(found)]
    expected = _expected(build, found, book, planned)
    hours = _hours(build, planned)
    more = pd.DataFrame(
        {
            "limit": pd.array([x.persons.n if x.persons else None for x in limits], dtype="Int64"),
            "limit_kind": [str(x.kind) for x in limits],
            "limit_reason": [str(x.reason) for x in limits],
            "cap_pct": pd.array([x.percent for x in limits], dtype="Int64"),
            "instrument": [x.instrument for x in limits],
            "unconfirmed": [not x.confirmed for x in limits],
            "bar": [_bar(x.kind, x.reason, use) for x, use in zip(limits, found["use"], strict=True)],
            "expected": [expected[place] for place in found["place_id"]],
            "shut": [
                tuple(guards.shut(shift, hours.get(place)) for shift in range(len(SHIFTS)))
                for place in found["place_id"]
            ],
        },
        index=found.index,
    )
    found = pd.concat([found.drop(columns=["sector", "capacity_basis"]).astype({"capacity": "Int64"}), more], axis=1)
    return found.sort_values(["name", "place_id"], ignore_index=True)


def _limit(book: Rulebook, row: Any, on: date) -> Limit:
    sector = None if pd.isna(row.sector) else str(row.sector)
    return book.limit(str(row.place_id), guards.CATEGORY, sector, capacity.capacity_of(row), on)


def _bar(kind: str, reason: str, use: object) -> str | None:
    """A closure wins; without a rule nobody can say that a park may open. Its capacity may stay unknown."""
    if kind == "closed":
        return "closed"
    if kind == "unknown" and reason != "capacity":
        return "rule"
    return "own" if use == "in_use" else None


def _expected(build: str, found: pd.DataFrame, book: Rulebook, on: date) -> dict[str, tuple[Expected | None, ...]]:
    """By park and shift. Days on which a park was closed are no like days."""
    read = builds.frame(build, _COUNTED, day=on, category=guards.CATEGORY)
    park = {str(row.place_id): row for row in rows(found)}
    peaks: dict[tuple[str, int], dict[date, int]] = defaultdict(dict)
    for row in rows(read):
        shift = next((n for n, (first, last) in enumerate(SHIFTS) if first <= row.hour.hour < last), None)
        if shift is None or row.place_id not in park:
            continue
        days = peaks[row.place_id, shift]
        days[row.hour.date()] = max(int(row.persons), days.get(row.hour.date(), 0))
    free = frozenset(pd.to_datetime(builds.frame(build, "SELECT day FROM holiday")["day"]).dt.date)

    def level(of: date) -> int | None:
        in_force = book.level_on(of)
        return in_force.level if in_force else None

    areas = {place: float(row.area_m2) for place, row in park.items() if not pd.isna(row.area_m2)}
    by_shift = []
    for shift in range(len(SHIFTS)):
        counted = {}
        for place, row in park.items():
            known = {d: n for d, n in peaks[place, shift].items() if _limit(book, row, d).kind != "closed"}
            if one := guards.from_counts(on, known, level, free):
                counted[place] = one
        by_shift.append({p: counted.get(p) or guards.from_area(areas.get(p), counted, areas) for p in park})
    return {place: tuple(shift[place] for shift in by_shift) for place in park}


def _hours(build: str, on: date) -> Mapping[str, list[tuple[int, int]]]:
    """Known hours of the day by place, minutes from midnight; of a place with hours on other days alone: none."""
    found: dict[str, list[tuple[int, int]]] = {}

    def minutes(at: time) -> int:
        return at.hour * 60 + at.minute

    for row in rows(builds.frame(build, _HOURS, day=on)):
        spans = found.setdefault(str(row.place_id), [])
        if row.weekday == on.isoweekday():
            opens, closes = minutes(row.opens), minutes(row.closes)
            spans.append((opens, closes if closes > opens else closes + 24 * 60))
    return found


def listed(view: View) -> tuple[int, str, date] | None:
    """How many parks a dated list has (the latest by the planned day): number, words of the language, its day."""
    found = builds.frame(
        view.build,
        f"""SELECT value, text_{view.language} AS text, day FROM rollout_facts
        WHERE unit = $unit AND value IS NOT NULL AND day <= $day ORDER BY day DESC LIMIT 1""",
        unit=guards.CATEGORY,
        day=day(view),
    )
    if found.empty:
        return None
    row = found.iloc[0]
    return int(row["value"]), str(row["text"]), pd.Timestamp(row["day"]).date()
