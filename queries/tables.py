"""The tables behind the visits screens, a row a place and day or hour, for reports."""

import pandas as pd

from core.view import View
from queries import visits

# A row is simulated where the place or the source of one of its codes is.
_NAMED = """
    p.name, s.category, s.kelurahan_code, k.name AS kelurahan, a.name AS area,
    p.simulated OR EXISTS (
        FROM qr q JOIN site_of o USING (place_id) JOIN source c USING (source_id)
        WHERE o.site_id = s.site_id AND c.simulated) AS simulated
FROM site_day s JOIN place p ON p.place_id = s.site_id
LEFT JOIN kelurahan k ON k.code = s.kelurahan_code LEFT JOIN place a ON a.place_id = s.area_id
"""


def visits_daily(view: View) -> pd.DataFrame:
    """A row a place with a code and day of the view: day, place_id, name, category, kelurahan_code, kelurahan, area,
    covered, visits (Int64; NA where no file covers the day), simulated."""
    return visits.site_days(
        view,
        f"""SELECT s.day, s.site_id AS place_id, s.covered, CASE WHEN s.covered THEN s.visits END::BIGINT AS visits,
        {_NAMED} ORDER BY s.day, p.name, s.site_id""",
    ).astype({"visits": "Int64"})


def visits_hourly(view: View) -> pd.DataFrame:
    """A row a place and hour with a visit: hour (its start, WIB) and what `visits_daily` has but the day.

    A place and day no file covers has one row, at midnight, with visits NA; other hours without a row had no visit.
    """
    return visits.site_days(
        view,
        f"""SELECT coalesce(h.hour, s.day::TIMESTAMP) AS hour, s.site_id AS place_id, s.covered,
            CASE WHEN s.covered THEN h.visits END::BIGINT AS visits, {_NAMED}
        LEFT JOIN place_hour h ON h.site_id = s.site_id AND h.hour::DATE = s.day AND h.visits > 0
            AND ($first_hour::INTEGER IS NULL OR hour(h.hour) BETWEEN $first_hour::INTEGER AND $last_hour::INTEGER)
        WHERE h.visits > 0 OR NOT s.covered ORDER BY s.day, p.name, s.site_id, h.hour""",
    ).astype({"visits": "Int64"})
