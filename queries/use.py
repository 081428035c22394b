"""Use of codes as of a moment, by site and by the place a code stands for, with since when it has been so."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

import pandas as pd

from core import builds, rollout, rules
from core.frames import rows
from core.rollout import Observed

_WINDOW_DAYS = 42  # long enough for the last opening days of what opens once a week or was closed for weeks
_SINCE_DAYS = 60  # how far back the beginning of a use is looked for
# Where hours are known they say which days are opening days; else Monday to Friday for offices and every day elsewhere.
# Offices are closed on national holidays. $first is the first day whose eve's use is asked for.
_DAYS = """
WITH coded AS MATERIALIZED ({coded}),
days AS (SELECT unnest(generate_series($first::DATE - {window}, $moment::DATE, INTERVAL 1 DAY))::DATE AS day),
office AS (SELECT category FROM categories WHERE category LIKE 'kantor%' OR category = 'layanan_publik'),
timed AS (SELECT DISTINCT place_id AS site_id FROM hours),
opens AS (
    SELECT DISTINCT h.place_id AS site_id, d.day FROM hours h JOIN days d ON h.weekday = isodow(d.day)
        AND d.day BETWEEN coalesce(h.valid_from, DATE '0001-01-01') AND coalesce(h.valid_to, DATE '9999-12-31')),
kind AS (
    SELECT DISTINCT s.place_id AS site_id, s.category IN (FROM office) AS is_office
    FROM site s WHERE $moment::DATE
        BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')),
seen AS (
    SELECT c.place_id, d.day, t.site_id IS NULL AS hours_estimated,
        (CASE WHEN t.site_id IS NOT NULL THEN o.day IS NOT NULL
            WHEN k.is_office THEN isodow(d.day) <= 5 ELSE true END)
            AND NOT (k.is_office AND d.day IN (SELECT day FROM holiday)) AS is_open,
        coalesce(p.covered, false) AS covered, CASE WHEN p.covered THEN coalesce(p.check_ins, 0) ELSE 0 END AS check_ins
    FROM coded c CROSS JOIN days d JOIN kind k USING (site_id)
    LEFT JOIN timed t USING (site_id)
    LEFT JOIN opens o ON o.site_id = c.site_id AND o.day = d.day
    LEFT JOIN {counts} p ON p.{place} = c.place_id AND p.day = d.day),
opening AS (
    SELECT place_id, day, sum(covered::INT) OVER w AS known, sum((covered AND check_ins > 0)::INT) OVER w AS used
    FROM seen WHERE is_open AND day < $moment::DATE
    WINDOW w AS (PARTITION BY place_id ORDER BY day ROWS {opening_days} - 1 PRECEDING)),
rolled AS (
    SELECT s.place_id, s.day, hours_estimated,
        coalesce(sum(covered::INT) OVER w, 0) AS known_days, coalesce(sum(check_ins) OVER w, 0) AS check_ins,
        coalesce(last_value(o.known IGNORE NULLS) OVER past, 0) AS opening_known,
        coalesce(last_value(o.used IGNORE NULLS) OVER past, 0) AS opening_used
    FROM seen s LEFT JOIN opening o USING (place_id, day)
    WINDOW w AS (PARTITION BY place_id ORDER BY s.day ROWS BETWEEN {use_days} PRECEDING AND 1 PRECEDING),
        past AS (PARTITION BY place_id ORDER BY s.day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
SELECT place_id, day, hours_estimated, known_days::INT AS known_days, check_ins::BIGINT AS check_ins,
    opening_known::INT AS opening_known, opening_used::INT AS opening_used
FROM rolled WHERE day >= $first::DATE ORDER BY place_id, day DESC
"""
_FIXED = {"window": _WINDOW_DAYS, "opening_days": rules.OPENING_DAYS, "use_days": rules.USE_DAYS}
_VALID = """coalesce(valid_from, DATE '0001-01-01') <= $moment::DATE
    AND coalesce(valid_to, DATE '9999-12-31') >= $moment::DATE"""
_SITES = _DAYS.format(
    coded=f"SELECT DISTINCT o.site_id AS place_id, o.site_id FROM qr JOIN site_of o USING (place_id) WHERE {_VALID}",
    counts="place_day",
    place="site_id",
    **_FIXED,
)
_SOME = _DAYS.format(
    coded="""SELECT DISTINCT o.site_id AS place_id, o.site_id FROM qr JOIN site_of o USING (place_id)
        WHERE o.site_id IN (SELECT unnest($sites)) AND coalesce(valid_from, DATE '0001-01-01') <= $moment::DATE""",
    counts="place_day",
    place="site_id",
    **_FIXED,
)
_DOORS = _DAYS.format(
    coded=f"""SELECT DISTINCT place_id, o.site_id FROM qr JOIN site_of o USING (place_id)
        WHERE o.site_id = $site AND {_VALID}""",
    counts="door_day",
    place="place_id",
    **_FIXED,
)
COLUMNS = ("use", "use_since", "mean_check_ins", "known_days", "opening_known", "opening_used", "hours_estimated")


@lru_cache(maxsize=16)
def of_sites(build: str, moment: datetime) -> pd.DataFrame:
    """The days behind the use of every site with a code on the moment's day; see `_frame`."""
    return _frame(build, _SITES, moment)


def of_doors(build: str, moment: datetime, site: str) -> pd.DataFrame:
    """The same for the places of one site that a code stands for."""
    return _frame(build, _DOORS, moment, site=site)


def by_day(
    build: str, moment: datetime, first: date, installed: Mapping[str, date | None], sites: list[str]
) -> pd.DataFrame:
    """Use of some sites as of the beginning of each day from `first` to the moment's: place_id, day, use."""
    found = builds.frame(build, _SOME, moment=moment, first=first, sites=sites)
    verdicts = [_use(row, installed.get(row.place_id)) for row in rows(found)]
    return found[["place_id", "day"]].assign(use=verdicts)


def _frame(build: str, sql: str, moment: datetime, **more: str) -> pd.DataFrame:
    """place_id, day (use as of its beginning, newest first), hours_estimated, known_days and check_ins of the USE_DAYS
    before it, opening_known and opening_used of the OPENING_DAYS opening days before it."""
    first = moment.date() - timedelta(days=_SINCE_DAYS)
    return builds.frame(build, sql, moment=moment, first=first, **more)


def use(
    days: pd.DataFrame, installed: Mapping[str, date | None], wanted: Iterable[str], moment: datetime
) -> pd.DataFrame:
    """Use of the places of `wanted`: index place_id, COLUMNS; a place without a code has use 'no_data'.

    installed: the day a place's code was put up, None where the register does not know. use_since: the first day as of
    which the use was this and stayed so; NaT where that lies further back than is looked.
    """
    by_place = {str(place): list(rows(mine)) for place, mine in days.groupby("place_id", sort=False)}
    found: dict[str, tuple[object, ...]] = {}
    for place in wanted:
        seen = by_place.get(place)
        if not seen:
            found[place] = ("no_data", pd.NaT, None, None, None, None, False)
            continue
        begun = installed.get(place)
        now = _use(seen[0], begun)
        since: object = pd.NaT
        for newer, older in pairwise(seen):
            if _use(older, begun) != now:
                since = newer.day
                break
        last = seen[0]
        mean = last.check_ins / last.known_days if last.known_days else None
        found[place] = (
            now, since, mean, last.known_days, last.opening_known, last.opening_used, bool(last.hours_estimated)
        )  # fmt: skip
    columns = (
        dict(zip(COLUMNS, zip(*found.values(), strict=True), strict=True)) if found else dict.fromkeys(COLUMNS, ())
    )
    types = {"use": "object", "use_since": "datetime64[us]", "mean_check_ins": "Float64", "hours_estimated": "bool"}
    return pd.DataFrame(
        {
            name: pd.Series(list(said), index=list(found), dtype=types.get(name, "Int64"))
            for name, said in columns.items()
        }
    )


def _use(row: object, begun: date | None) -> str:
    """Use as of the beginning of the row's day."""
    day = row.day.date()  # type: ignore[attr-defined]
    if begun is not None and day < begun:
        return "not_yet"
    since = None if begun is None else (day - begun).days - 1
    seen = (row.known_days, row.check_ins, row.opening_known, row.opening_used)  # type: ignore[attr-defined]
    return rollout.use(Observed(True, since, *(int(n) for n in seen)))
