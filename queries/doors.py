"""Places a code stands for: the days that their use is judged by, first and last check-in, the share of daily regulars.

A code stands for a door or for a site; use is judged at that level and, for the site, over all its check-ins (FIGURES,
Unused and In use). A build made before doors were counted has none.
"""

from datetime import datetime
from typing import Literal

import pandas as pd

from core import builds, rules
from core.view import View

Level = Literal["site", "door"]

_LOOKED_DAYS = 84  # back for the last opening days: ten of a place that opens once a week, and two weeks to spare
# Opening days are those of the place's hours, where the register has them; else Monday to Friday for offices and every
# day elsewhere. Offices are closed on national holidays. calendar: sites that open alike share one, so that days are
# laid out for the few calendars and not for each of thousands of places; a site's is that of the moment.
_USE = """
WITH coded AS (
    SELECT {place} AS place_id, o.site_id,
        CASE WHEN bool_and(q.valid_from IS NOT NULL) THEN min(q.valid_from) END AS coded_from
    FROM qr q JOIN site_of o USING (place_id)
    WHERE coalesce(q.valid_from, DATE '0001-01-01') <= $moment::DATE
    GROUP BY ALL HAVING bool_or(coalesce(q.valid_to, DATE '9999-12-31') >= $moment::DATE)),
week AS (
    SELECT place_id AS site_id, string_agg(concat_ws(' ', weekday, coalesce(valid_from, DATE '0001-01-01'),
        coalesce(valid_to, DATE '9999-12-31')), ',' ORDER BY weekday, valid_from, valid_to) AS opens
    FROM hours GROUP BY place_id),
kind AS (
    SELECT p.place_id AS site_id, w.opens,
        coalesce(s.category LIKE 'kantor%' OR s.category = 'layanan_publik', false) AS is_office
    FROM place p LEFT JOIN week w ON w.site_id = p.place_id
    LEFT JOIN site s ON s.place_id = p.place_id AND $moment::DATE
        BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
    WHERE p.kind = 'site'),
calendar AS (
    SELECT site_id, opens, is_office, dense_rank() OVER (ORDER BY opens NULLS FIRST, is_office) AS calendar FROM kind),
one AS (
    SELECT calendar, min(site_id) AS site_id, any_value(opens) AS opens, any_value(is_office) AS is_office
    FROM calendar GROUP BY calendar),
opening AS (
    SELECT c.calendar, d.day FROM one c, LATERAL (
        SELECT unnest(generate_series(
            $moment::DATE - {looked_days}, $moment::DATE - 1, INTERVAL 1 DAY))::DATE AS day) d
    WHERE NOT (c.is_office AND d.day IN (SELECT day FROM holiday))
        AND CASE WHEN c.opens IS NULL THEN NOT c.is_office OR isodow(d.day) <= 5 ELSE EXISTS (
            FROM hours h WHERE h.place_id = c.site_id AND h.weekday = isodow(d.day) AND d.day
            BETWEEN coalesce(h.valid_from, DATE '0001-01-01') AND coalesce(h.valid_to, DATE '9999-12-31')) END
    QUALIFY row_number() OVER (PARTITION BY c.calendar ORDER BY d.day DESC) <= {opening_days}),
counted AS (
    SELECT n.{column} AS place_id,
        count(*) FILTER (n.day >= $moment::DATE - {use_days})::INTEGER AS known_days,
        sum(n.check_ins) FILTER (n.day >= $moment::DATE - {use_days})::BIGINT AS check_ins,
        count(o.day)::INTEGER AS opening_known,
        count(o.day) FILTER (n.check_ins > 0)::INTEGER AS opening_used
    FROM {counts} n JOIN calendar c USING (site_id)
    LEFT JOIN opening o ON o.calendar = c.calendar AND o.day = n.day
    WHERE n.covered AND n.day < $moment::DATE
        AND n.day >= least($moment::DATE - {use_days}, (SELECT min(day) FROM opening))
    GROUP BY n.{column})
SELECT d.place_id, d.site_id, d.coded_from, coalesce(n.known_days, 0) AS known_days,
    coalesce(n.check_ins, 0) AS check_ins, coalesce(n.opening_known, 0) AS opening_known,
    coalesce(n.opening_used, 0) AS opening_used, c.opens IS NULL AS hours_estimated
FROM coded d JOIN calendar c USING (site_id) LEFT JOIN counted n ON n.place_id = d.place_id
ORDER BY d.place_id
"""
_NUMBERS = {"looked_days": _LOOKED_DAYS, "use_days": rules.USE_DAYS, "opening_days": rules.OPENING_DAYS}
_USE_OF: dict[Level, str] = {
    "site": _USE.format(place="o.site_id", column="site_id", counts="place_day", **_NUMBERS),
    "door": _USE.format(place="q.place_id", column="place_id", counts="door_day", **_NUMBERS),
}
_CHECKED: dict[Level, str] = {
    "site": """SELECT site_id AS place_id, min(hour) AS first_at, max(hour)::DATE AS last_day FROM place_hour
        WHERE check_ins > 0 AND hour < $moment GROUP BY ALL ORDER BY ALL""",
    "door": """SELECT place_id, min(first_at) AS first_at, max(day) AS last_day FROM door_day
        WHERE first_at < $moment GROUP BY ALL ORDER BY ALL""",
}


def use_days(build: str, moment: datetime, level: Level = "door") -> pd.DataFrame:
    """The days behind use, as core.rollout.Observed takes them: a row a place with a code on its day, in order.

    level 'door': the places that a code stands for, doors and sites with a code of their own; 'site': their sites, over
    all check-ins. place_id, site_id; coded_from (first day of a code, NaT: from the beginning); known_days of the last
    USE_DAYS complete days before the moment and the check_ins on them; opening_known and opening_used of the last
    OPENING_DAYS opening days; hours_estimated (the register has no hours of the site).
    """
    return builds.frame(build, _USE_OF[level], moment=moment)


def checked(build: str, moment: datetime, level: Level = "door") -> pd.DataFrame:
    """First and last check-in before the moment, of places with one: place_id, first_at (hour, WIB), last_day.

    Levels as in `use_days`; a place whose code is gone is among them.
    """
    return builds.frame(build, _CHECKED[level], moment=moment)


def regulars(view: View) -> pd.DataFrame:
    """The share of check-ins by daily regulars (staff, most likely), of each site, whatever the view filters.

    Of the two ISO weeks that ended last before the moment's day, the later that is wholly covered and has a check-in;
    without one a site has no row, and its share is unknown. place_id, first (Monday), tenths (Int64 0 to 10, NA where
    hidden), suppressed (few regulars or few others).
    """
    return builds.frame(
        view.build,
        """SELECT site_id AS place_id, first, tenths, suppressed FROM regulars
        WHERE first <= $moment::DATE - 7 AND first > $moment::DATE - 21 AND (suppressed OR tenths IS NOT NULL)
        QUALIFY row_number() OVER (PARTITION BY site_id ORDER BY first DESC) = 1 ORDER BY site_id""",
        moment=view.moment,
    ).astype({"tenths": "Int64"})
