"""Scan rate: check-ins against the entries that staff or counters counted in the same hours. Rules: core.scan_rate.

Check-ins stand by site and hour, so a reading counts where it begins and ends on whole hours of one day, alone or
together with others (four quarters); where its counters stand at the site itself or at every door with a code; and
where a file covers the site's day. Of readings of one counter that overlap the first stands.
"""

from functools import lru_cache

import pandas as pd

from core import scan_rate
from core.frames import rows
from core.scan_rate import Overall
from core.view import View
from queries import visits

STATES = ("rate", "over", "zero", "inside", "hours", "doors", "no_log")

# span: entries of a site over whole hours. whole: by counters at the site or at every door with a code that day.
_SPANS = """, measured AS (
    SELECT c.site_id, c.place_id, c.counted_at - to_minutes(c.interval_minutes) AS since, c.counted_at AS until,
        c.interval_minutes AS minutes, c.n_in
    FROM head_count c
    WHERE c.n_in >= 0 AND c.interval_minutes > 0 AND c.counted_at - to_minutes(c.interval_minutes) >= $first::DATE
        AND c.counted_at <= $last::DATE + INTERVAL 1 DAY),
alone AS (
    SELECT * FROM measured QUALIFY coalesce(max(until) OVER (
        PARTITION BY place_id ORDER BY since, until ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) <= since, true)),
hourly AS (
    SELECT site_id, place_id, since, minutes // 60 AS hours, n_in AS entries FROM alone
    WHERE minutes % 60 = 0 AND since = date_trunc('hour', since)
    UNION ALL
    SELECT site_id, place_id, date_trunc('hour', since), 1, sum(n_in) FROM alone
    WHERE minutes < 60 AND until <= date_trunc('hour', since) + INTERVAL 1 HOUR
    GROUP BY ALL HAVING sum(minutes) = 60),
point AS (
    SELECT DISTINCT o.site_id, q.place_id, d.day
    FROM days d JOIN qr q
        ON d.day BETWEEN coalesce(q.valid_from, DATE '0001-01-01') AND coalesce(q.valid_to, DATE '9999-12-31')
    JOIN site_of o USING (place_id)),
span AS (
    SELECT h.site_id, h.since, h.hours,
        coalesce(any_value(h.entries) FILTER (h.place_id = h.site_id), sum(h.entries))::BIGINT AS entries,
        bool_or(h.place_id = h.site_id) OR count(p.place_id) = any_value(n.points) AS whole
    FROM hourly h
    LEFT JOIN point p ON p.place_id = h.place_id AND p.day = h.since::DATE
    LEFT JOIN (SELECT site_id, day, count(*) AS points FROM point GROUP BY ALL) n
        ON n.site_id = h.site_id AND n.day = h.since::DATE
    WHERE h.since::DATE = (h.since + to_hours(h.hours) - INTERVAL 1 SECOND)::DATE
        AND ($first_hour::INTEGER IS NULL
            OR (hour(h.since) >= $first_hour::INTEGER AND hour(h.since) + h.hours - 1 <= $last_hour::INTEGER))
    GROUP BY h.site_id, h.since, h.hours)
SELECT d.site_id, d.day, s.since, s.hours::BIGINT AS hours, s.entries, d.covered, s.whole,
    coalesce(sum(p.check_ins), 0)::BIGINT AS check_ins
FROM span s JOIN site_day d ON d.site_id = s.site_id AND d.day = s.since::DATE
LEFT JOIN place_hour p ON p.site_id = s.site_id AND p.hour >= s.since AND p.hour < s.since + to_hours(s.hours)
GROUP BY ALL ORDER BY d.site_id, s.since
"""
_READ = """, reading AS (
    SELECT site_id, count(n_in) FILTER (n_in >= 0) AS entered FROM head_count
    WHERE counted_at > $first::DATE AND counted_at <= $last::DATE + INTERVAL 1 DAY GROUP BY site_id)
SELECT d.site_id AS place_id, p.name, any_value(d.category) AS category, p.simulated, any_value(r.entered) AS entered
FROM site_day d JOIN place p ON p.place_id = d.site_id LEFT JOIN reading r ON r.site_id = d.site_id
GROUP BY d.site_id, p.name, p.simulated ORDER BY p.name, d.site_id
"""


@lru_cache(maxsize=16)
def spans(view: View) -> pd.DataFrame:
    """Entries and check-ins of the same hours: a row a site and reading of whole hours in the view.

    site_id, day, since (its start, WIB), hours, entries (persons in), check_ins (of these hours, refused and repeats
    included), covered (a file covers the day), whole (the counters stand at all that has a code). Usable: both.
    Kept for the view, whose build never changes: do not write into it.
    """
    return visits.site_days(view, _SPANS)


def by_site(view: View) -> pd.DataFrame:
    """Scan rate of each place of the view that has a code and any head count, by name.

    place_id, name, category, simulated; state (of STATES; the last four give no rate: readings of people inside alone,
    readings of no whole hours, counters at some of the doors only, no log of the counted days); check_ins, entries
    (Int64, of the same hours; NA without a rate), hours (counted and known), days, rate, low, high (Float64 shares).
    """
    places = _coded(view)
    found = spans(view)
    lines = []
    for place in rows(places[places["entered"].notna()]):
        mine = found[found["site_id"] == place.place_id]
        usable = mine[mine["covered"] & mine["whole"]]
        named = {name: getattr(place, name) for name in ("place_id", "name", "category", "simulated")}
        if usable.empty:
            state = (
                "inside" if not place.entered else "hours" if mine.empty else "doors" if not mine["whole"].any()
                else "no_log"
            )  # fmt: skip
            lines.append(named | {"state": state, "hours": 0, "days": 0})
            continue
        one = scan_rate.rate(int(usable["check_ins"].sum()), int(usable["entries"].sum()))
        lines.append(
            named
            | {
                "state": "over" if one.over else "zero" if one.ratio is None else "rate",
                "check_ins": one.check_ins,
                "entries": one.entries,
                "hours": int(usable["hours"].sum()),
                "days": int(usable["day"].nunique()),
                "rate": one.ratio,
                "low": one.low,
                "high": one.high,
            }
        )
    columns = [
        "place_id", "name", "category", "simulated", "state", "check_ins", "entries", "hours", "days", "rate", "low",
        "high",
    ]  # fmt: skip
    kinds = dict.fromkeys(("check_ins", "entries", "hours", "days"), "Int64")
    return pd.DataFrame(lines, columns=columns).astype(kinds | dict.fromkeys(("rate", "low", "high"), "Float64"))


@lru_cache(maxsize=16)
def _coded(view: View) -> pd.DataFrame:
    """Places of the view with a code: place_id, name, category, simulated, entered (readings of entries; NA: none)."""
    return visits.site_days(view, _READ)


def overall(view: View) -> Overall:
    """All counted places of the view together, over the hours counted and known at each."""
    places, sites, found = _coded(view), by_site(view), spans(view)
    rated = sites[sites["check_ins"].notna()]
    usable = found[found["covered"] & found["whole"]]
    one = scan_rate.rate(int(rated["check_ins"].sum()), int(rated["entries"].sum())) if len(rated) else None
    days = visits.daily(view)
    provisional = days.loc[days["provisional"], "day"]
    return Overall(
        one,
        len(rated),
        len(sites),
        len(places),
        int((sites["state"] == "over").sum()),
        int(usable["day"].nunique()),
        int(usable.loc[usable["day"].isin(provisional), "day"].nunique()),
    )
