"""Use of codes as of a moment, by site and by the place a code stands for, with since when it has been so."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache

import numpy as np
import pandas as pd

from core import builds, rollout, rules

_WINDOW_DAYS = 84  # back for the last opening days: ten of a place that opens once a week, and two weeks to spare
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
    return found[["place_id", "day"]].assign(use=_uses(found, installed))


def _frame(build: str, sql: str, moment: datetime, **more: str) -> pd.DataFrame:
    """place_id, day (use as of its beginning, newest first), hours_estimated, known_days and check_ins of the USE_DAYS
    before it, opening_known and opening_used of the OPENING_DAYS opening days before it."""
    first = moment.date() - timedelta(days=_SINCE_DAYS)
    return builds.frame(build, sql, moment=moment, first=first, **more)


def use(days: pd.DataFrame, installed: Mapping[str, date | None], wanted: Iterable[str]) -> pd.DataFrame:
    """Use of the places of `wanted`: index place_id, COLUMNS; a place without a code has use 'no_data'.

    installed: the day a place's code was put up, None where the register does not know. use_since: the first day as of
    which the use was this and stayed so; NaT where that lies further back than is looked.
    """
    judged = days.assign(use=_uses(days, installed))
    now = judged.drop_duplicates("place_id").set_index("place_id")  # the newest day of each place comes first
    before = judged[judged["use"] != judged["place_id"].map(now["use"])].drop_duplicates("place_id")
    found = now.reindex(list(wanted))
    since = before.set_index("place_id")["day"].reindex(found.index) + timedelta(days=1)
    known = found["known_days"].astype("Int64")
    return pd.DataFrame(
        {
            "use": found["use"].astype("object").where(found["use"].notna(), "no_data"),
            "use_since": since.astype("datetime64[us]"),
            "mean_check_ins": (found["check_ins"].astype("Float64") / known.mask(known == 0)).astype("Float64"),
            "known_days": known,
            "opening_known": found["opening_known"].astype("Int64"),
            "opening_used": found["opening_used"].astype("Int64"),
            "hours_estimated": found["hours_estimated"].fillna(False).astype(bool),
        }
    )


def _uses(days: pd.DataFrame, installed: Mapping[str, date | None]) -> np.ndarray:
    """Use as of the beginning of each row's day; 'not_yet' before the code was put up."""
    begun = pd.to_datetime(days["place_id"].map(pd.Series(installed, dtype="object")))
    complete = ((days["day"] - begun).dt.days - 1).to_numpy(dtype=float, na_value=np.nan)
    numbers = (days[n].to_numpy() for n in ("known_days", "check_ins", "opening_known", "opening_used"))
    return np.where(complete < -1, "not_yet", rollout.uses(complete, *numbers))
