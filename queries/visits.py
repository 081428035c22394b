"""Visits: check-ins that count, by day, hour, kelurahan and place. Definitions stand in the glossary.

A day of a place is known where a file covers the source of one of its codes. Unknown is NA, never 0.
"""

from dataclasses import replace

import pandas as pd

from core import builds, revision, rules
from core.sentences import Visits
from core.view import CODES, View
from queries import city

# Days of the places in the view that have a code on that day, covered or not, with the site's row valid that day: a
# place without a code yet is not missing. A filter of NULL lets everything through; `jam` counts the hours it names.
_SITE_DAY = """
WITH days AS (SELECT unnest(generate_series($first::DATE, $last::DATE, INTERVAL 1 DAY))::DATE AS day),
coded AS (
    SELECT DISTINCT o.site_id, day
    FROM days JOIN qr ON day BETWEEN coalesce(valid_from, DATE '0001-01-01') AND coalesce(valid_to, DATE '9999-12-31')
    JOIN site_of o USING (place_id)
),
counted AS (
    SELECT site_id, day, visits, check_ins, check_outs, unmatched FROM place_day WHERE $first_hour::INTEGER IS NULL
    UNION ALL
    SELECT site_id, hour::DATE, sum(visits), sum(check_ins), sum(check_outs), sum(unmatched)
    FROM place_hour
    WHERE hour(hour) BETWEEN $first_hour::INTEGER AND $last_hour::INTEGER
        AND hour::DATE BETWEEN $first::DATE AND $last::DATE
    GROUP BY ALL
),
site_day AS (
    SELECT c.site_id, c.day, coalesce(p.covered, false) AS covered, s.kelurahan_code, k.kecamatan_code, s.area_id,
        s.category, s.owner_id, coalesce(d.visits, 0) AS visits, coalesce(d.check_ins, 0) AS check_ins,
        coalesce(d.check_outs, 0) AS check_outs, coalesce(d.unmatched, 0) AS unmatched
    FROM coded c
    LEFT JOIN place_day p USING (site_id, day)
    LEFT JOIN counted d USING (site_id, day)
    LEFT JOIN site s ON s.place_id = c.site_id
        AND c.day BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
    LEFT JOIN kelurahan k ON k.code = s.kelurahan_code
    WHERE ($kecamatan::VARCHAR IS NULL OR k.kecamatan_code = $kecamatan::VARCHAR)
        AND ($kelurahan::VARCHAR IS NULL OR s.kelurahan_code = $kelurahan::VARCHAR)
        AND ($area::VARCHAR IS NULL OR s.area_id = $area::VARCHAR)
        AND ($place::VARCHAR IS NULL OR c.site_id = $place::VARCHAR)
        AND ($category::VARCHAR IS NULL OR s.category = $category::VARCHAR)
        AND ($owner::VARCHAR IS NULL OR s.owner_id = $owner::VARCHAR)
)
"""


def site_days(view: View, question: str) -> pd.DataFrame:
    """Rows of a question put to `site_day` (a row a place of the view with a code and day) and `days`."""
    filters = {name: getattr(view, name) for name in CODES}
    first_hour, last_hour = view.hours or (None, None)
    return builds.frame(
        view.build,
        _SITE_DAY + question,
        first=view.first,
        last=view.last,
        first_hour=first_hour,
        last_hour=last_hour,
        **filters,
    )


def daily(view: View) -> pd.DataFrame:
    """Visits a day in the view: one row a day, in order, no gaps.

    day (datetime64, WIB day); visits (Int64, NA where no place of the view is covered that day); places (covered that
    day), known_places (with a code that day): fewer covered than known makes the day partial. completeness
    (Float64, the least of the day's sources; NA unknown), provisional (bool): the first day under rules.COMPLETE_SHARE
    and all after it, for provisional days are a trailing block.
    """
    found = site_days(
        view,
        """, arrived AS (
            SELECT s.day, min(c.share) AS completeness
            FROM site_day s JOIN (
                SELECT DISTINCT o.site_id, q.source_id FROM qr q JOIN site_of o USING (place_id)) q USING (site_id)
            JOIN completeness c ON c.source_id = q.source_id AND c.day = s.day
            WHERE s.covered GROUP BY ALL)
        SELECT day, sum(visits) FILTER (covered)::BIGINT AS visits, count(*) FILTER (covered) AS places,
            count(site_id) AS known_places, any_value(completeness) AS completeness
        FROM days LEFT JOIN site_day USING (day) LEFT JOIN arrived USING (day) GROUP BY day ORDER BY day""",
    ).astype({"visits": "Int64", "completeness": "Float64"})
    shares = (None if pd.isna(share) else float(share) for share in found["completeness"])
    return found.assign(provisional=pd.Series(revision.block(shares), dtype=bool) & found["visits"].notna())


def usual(view: View) -> pd.DataFrame:
    """What a day of the view usually has: day, usual (Float64; NA without rules.LIKE_DAYS_NEEDED like days).

    The median over other days of the build with the same weekday and PPKM level, no holiday, not provisional; the day
    itself is left out (FIGURES, Usual). New codes count in it: it says what is usual, not what has grown.
    """
    extent = city.extent(view.build)
    if extent is None:
        return pd.DataFrame({"day": pd.Series(dtype="datetime64[us]"), "usual": pd.Series(dtype="Float64")})
    days = daily(replace(view, first=extent.first, last=extent.last))
    known = builds.frame(
        view.build,
        """SELECT day, any_value(l.level) AS level, day IN (SELECT day FROM holiday) AS holiday
        FROM (SELECT unnest(generate_series($first::DATE, $last::DATE, INTERVAL 1 DAY))::DATE AS day)
        LEFT JOIN ppkm_levels l ON day BETWEEN l.valid_from AND coalesce(l.valid_to, DATE '9999-12-31')
        GROUP BY day ORDER BY day""",
        first=extent.first,
        last=extent.last,
    )
    days = days.merge(known, on="day")
    days["weekday"] = days["day"].dt.day_of_week
    pool = days[days["visits"].notna() & ~days["provisional"] & ~days["holiday"] & days["level"].notna()]
    rows = []
    for row in days[(days["day"].dt.date >= view.first) & (days["day"].dt.date <= view.last)].itertuples():
        like = pool[(pool["weekday"] == row.weekday) & (pool["level"] == row.level) & (pool["day"] != row.day)]
        enough = len(like) >= rules.LIKE_DAYS_NEEDED and not pd.isna(row.level) and not row.holiday
        rows.append({"day": row.day, "usual": float(like["visits"].median()) if enough else None})
    return pd.DataFrame(rows).astype({"usual": "Float64"})


def by_hour_and_weekday(view: View) -> pd.DataFrame:
    """Visits by ISO weekday and hour: 7 x 24 rows.

    weekday (1 is Monday), hour (0-23), visits (Int64, sum over the known days), days (known days of that weekday),
    mean (visits a known day, NA where none is known).
    """
    found = site_days(
        view,
        """, known AS (SELECT DISTINCT day FROM site_day WHERE covered),
        hourly AS (
            SELECT h.hour::DATE AS day, hour(h.hour) AS hour, sum(h.visits) AS visits
            FROM place_hour h JOIN site_day d ON d.site_id = h.site_id AND d.day = h.hour::DATE AND d.covered
            WHERE $first_hour::INTEGER IS NULL OR hour(h.hour) BETWEEN $first_hour::INTEGER AND $last_hour::INTEGER
            GROUP BY ALL)
        SELECT w.weekday, o.hour, coalesce(sum(y.visits), 0)::BIGINT AS visits, count(DISTINCT k.day) AS days
        FROM range(1, 8) w(weekday) CROSS JOIN range(24) o(hour)
        LEFT JOIN known k ON isodow(k.day) = w.weekday
        LEFT JOIN hourly y ON y.day = k.day AND y.hour = o.hour
        GROUP BY ALL ORDER BY ALL""",
    )
    known = found["days"] > 0
    return found.assign(
        visits=found["visits"].astype("Int64").where(known),
        mean=(found["visits"] / found["days"].where(known)).astype("Float64"),
    )


def by_kelurahan(view: View) -> pd.DataFrame:
    """Visits by kelurahan over the period, whatever part of the city is chosen, and '?' for places of none.

    code, name, kecamatan, visits (Int64; NA is 'tidak terukur': no covered place there), places (covered).
    """
    return site_days(
        replace(view, kelurahan=None, kecamatan=None),
        """, by_code AS (
            SELECT coalesce(kelurahan_code, '?') AS code, sum(visits) FILTER (covered)::BIGINT AS visits,
                count(DISTINCT site_id) FILTER (covered) AS places
            FROM site_day GROUP BY ALL)
        SELECT code, k.name, c.name AS kecamatan, visits, coalesce(places, 0) AS places
        FROM kelurahan k FULL JOIN by_code USING (code) LEFT JOIN kecamatan c ON c.code = k.kecamatan_code
        ORDER BY c.name NULLS LAST, k.name""",
    ).astype({"visits": "Int64"})


def by_group(view: View, group: str) -> pd.DataFrame:
    """Visits by 'category' or 'area', most first: code ('?' not known or none), name, visits (Int64), places."""
    column = {"category": "category", "area": "area_id"}[group]
    return site_days(
        view,
        f"""SELECT coalesce({column}, '?') AS code, any_value(p.name) AS name,
            sum(visits) FILTER (covered)::BIGINT AS visits, count(DISTINCT site_id) FILTER (covered) AS places
        FROM site_day LEFT JOIN place p ON p.place_id = {column}
        GROUP BY ALL ORDER BY visits DESC NULLS LAST, code""",
    ).astype({"visits": "Int64"})


def by_kecamatan_and_day(view: View) -> pd.DataFrame:
    """Visits by kecamatan and day: kecamatan (name), day, visits (Int64, NA unknown); a row for each of both."""
    return site_days(
        view,
        """SELECT c.name AS kecamatan, d.day, sum(s.visits) FILTER (s.covered)::BIGINT AS visits
        FROM kecamatan c CROSS JOIN days d LEFT JOIN site_day s ON s.day = d.day AND s.kecamatan_code = c.code
        GROUP BY ALL ORDER BY ALL""",
    ).astype({"visits": "Int64"})


def by_place(view: View) -> pd.DataFrame:
    """Visits by place with a code in the view, most first; places without data last.

    place_id, name, category, kelurahan (name, NA if not known), simulated (the place itself is made up), days
    (covered), visits, others (check-ins that are no visit: repeats and refused entries together), check_outs (Int64,
    over covered days; NA where none is covered).
    """
    counts = {"visits": "d.visits", "others": "d.check_ins - d.visits", "check_outs": "d.check_outs"}
    sums = ", ".join(f"sum({sql}) FILTER (d.covered)::BIGINT AS {name}" for name, sql in counts.items())
    return site_days(
        view,
        f"""SELECT d.site_id AS place_id, p.name, any_value(d.category) AS category, any_value(k.name) AS kelurahan,
            p.simulated, count(*) FILTER (d.covered) AS days, {sums}
        FROM site_day d JOIN place p ON p.place_id = d.site_id LEFT JOIN kelurahan k ON k.code = d.kelurahan_code
        GROUP BY d.site_id, p.name, p.simulated ORDER BY visits DESC NULLS LAST, p.name""",
    ).astype(dict.fromkeys(counts, "Int64"))


def summary(view: View) -> Visits:
    """The view in numbers, for its first line: visits over covered days, and what of days and kelurahan is unknown."""
    days, named = daily(view), by_kelurahan(view)
    named = named[named["code"] != "?"]
    known = days["visits"].notna()
    return Visits(
        visits=int(days["visits"].sum()) if known.any() else None,
        days=len(days),
        days_known=int(known.sum()),
        days_partial=int((known & (days["places"] < days["known_places"])).sum()),
        places=len(by_place(view)),
        measured=int(named["visits"].notna().sum()),
        kelurahan=len(named),
        provisional=int(days["provisional"].sum()),
        completeness=float(days.loc[days["provisional"], "completeness"].min()) if days["provisional"].any() else None,
    )
