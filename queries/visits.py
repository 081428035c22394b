"""Visits: check-ins that count, by day, hour, kelurahan and place. Definitions stand in the glossary.

A day of a place is known where a file covers the source of one of its codes. Unknown is NA, never 0.
"""

import pandas as pd

from core import builds
from core.sentences import Visits
from core.view import View

# Days of the places in the view that have a code on that day, covered or not, with the site's row valid that day: a
# place without a code yet is not missing. $kelurahan NULL: the whole city.
_SITE_DAY = """
WITH days AS (SELECT unnest(generate_series($first::DATE, $last::DATE, INTERVAL 1 DAY))::DATE AS day),
coded AS (
    SELECT DISTINCT o.site_id, day
    FROM days JOIN qr ON day BETWEEN coalesce(valid_from, DATE '0001-01-01') AND coalesce(valid_to, DATE '9999-12-31')
    JOIN site_of o USING (place_id)
),
site_day AS (
    SELECT c.site_id, c.day, coalesce(d.covered, false) AS covered,
        d.visits, d.check_ins, d.check_outs, d.unmatched, s.kelurahan_code, s.category
    FROM coded c
    LEFT JOIN place_day d USING (site_id, day)
    LEFT JOIN site s ON s.place_id = c.site_id
        AND c.day BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
    WHERE $kelurahan::VARCHAR IS NULL OR s.kelurahan_code = $kelurahan::VARCHAR
)
"""


def _frame(view: View, question: str) -> pd.DataFrame:
    return builds.frame(view.build, _SITE_DAY + question, first=view.first, last=view.last, kelurahan=view.kelurahan)


def daily(view: View) -> pd.DataFrame:
    """Visits a day in the view: one row a day, in order, no gaps.

    day (datetime64, WIB day); visits (Int64, NA where no place of the view is covered that day); places (covered that
    day), known_places (with a code that day): fewer covered than known makes the day partial.
    """
    return _frame(
        view,
        """SELECT day, sum(visits) FILTER (covered)::BIGINT AS visits, count(*) FILTER (covered) AS places,
            count(site_id) AS known_places
        FROM days LEFT JOIN site_day USING (day) GROUP BY day ORDER BY day""",
    ).astype({"visits": "Int64"})


def by_hour_and_weekday(view: View) -> pd.DataFrame:
    """Visits by ISO weekday and hour: 7 x 24 rows.

    weekday (1 is Monday), hour (0-23), visits (Int64, sum over the known days), days (known days of that weekday),
    mean (visits a known day, NA where none is known).
    """
    found = _frame(
        view,
        """, known AS (SELECT DISTINCT day FROM site_day WHERE covered),
        hourly AS (
            SELECT h.hour::DATE AS day, hour(h.hour) AS hour, sum(h.visits) AS visits
            FROM place_hour h JOIN site_day d ON d.site_id = h.site_id AND d.day = h.hour::DATE AND d.covered
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
    """Visits by kelurahan over the period, whatever kelurahan is chosen, and '?' for places of none.

    code, name, kecamatan, visits (Int64; NA is 'tidak terukur': no covered place there), places (covered).
    """
    return builds.frame(
        view.build,
        _SITE_DAY
        + """, counted AS (
            SELECT coalesce(kelurahan_code, '?') AS code, sum(visits) FILTER (covered)::BIGINT AS visits,
                count(DISTINCT site_id) FILTER (covered) AS places
            FROM site_day GROUP BY ALL)
        SELECT code, k.name, c.name AS kecamatan, visits, coalesce(places, 0) AS places
        FROM kelurahan k FULL JOIN counted USING (code) LEFT JOIN kecamatan c ON c.code = k.kecamatan_code
        ORDER BY c.name NULLS LAST, k.name""",
        first=view.first,
        last=view.last,
        kelurahan=None,
    ).astype({"visits": "Int64"})


def by_place(view: View) -> pd.DataFrame:
    """Visits by place with a code in the view, most first; places without data last.

    place_id, name, category, kelurahan (name, NA if not known), simulated (the place itself is made up), days
    (covered), visits, others (check-ins that are no visit: repeats and refused entries together), check_outs (Int64,
    over covered days; NA where none is covered).
    """
    counts = {"visits": "d.visits", "others": "d.check_ins - d.visits", "check_outs": "d.check_outs"}
    sums = ", ".join(f"sum({sql}) FILTER (d.covered)::BIGINT AS {name}" for name, sql in counts.items())
    return _frame(
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
    )
