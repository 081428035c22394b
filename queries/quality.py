"""Checks of the marts and of a build: each is a query that returns the rows that fail. The gate of every build.

MARTS run in the warehouse, before small counts are hidden; CHECKS on the finished build, and on the data-quality page.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from core import builds
from core.errors import BuildFailed
from core.view import View


@dataclass(frozen=True)
class Check:
    """A rule every build keeps; `failing` returns one row a breach. Its words are `check.<key>` of the catalogue."""

    key: str
    failing: str


def failed(check: Check, rows: Sequence[tuple[object, ...]]) -> BuildFailed:
    """The failure of a check, with the first of the rows that broke it."""
    return BuildFailed("error.check_failed", check=check.key, n=len(rows), row=rows[0])


CHECKS: tuple[Check, ...] = (
    Check("place_day.key", "SELECT site_id, day FROM place_day GROUP BY ALL HAVING count(*) > 1"),
    Check("place_hour.key", "SELECT site_id, hour FROM place_hour GROUP BY ALL HAVING count(*) > 1"),
    Check("place_day.site", "SELECT DISTINCT site_id FROM place_day ANTI JOIN place ON place_id = site_id"),
    Check(
        "city.expected",
        """SELECT name, expected, found FROM (
            SELECT 'kelurahan' AS name, (SELECT count(*) FROM kelurahan) AS found
            UNION ALL SELECT 'kecamatan', (SELECT count(*) FROM kecamatan)
            UNION ALL SELECT 'areas', (SELECT count(*) FROM place WHERE kind = 'area')
        ) JOIN (SELECT replace(key, 'expected_', '') AS name, value::INTEGER AS expected
            FROM meta WHERE starts_with(key, 'expected_')) USING (name) WHERE found <> expected""",
    ),
    Check(
        "outline.kelurahan",
        """SELECT coalesce(o.code, k.code) FROM (SELECT code FROM outline WHERE level = 'kelurahan') o
        FULL JOIN kelurahan k USING (code)
        WHERE (o.code IS NULL OR k.code IS NULL) AND EXISTS (FROM outline)""",
    ),
    Check(
        "visits.hour_day",
        """SELECT site_id, day FROM (SELECT site_id, hour::DATE AS day, sum(visits) AS visits,
                sum(check_ins) AS check_ins, sum(check_outs) AS check_outs, sum(unmatched) AS unmatched
            FROM place_hour GROUP BY ALL) h
        FULL JOIN place_day d USING (site_id, day)
        WHERE (coalesce(h.visits, 0), coalesce(h.check_ins, 0), coalesce(h.check_outs, 0), coalesce(h.unmatched, 0))
            <> (coalesce(d.visits, 0), coalesce(d.check_ins, 0), coalesce(d.check_outs, 0),
                coalesce(d.unmatched, 0))""",
    ),
    Check("door_day.key", "SELECT place_id, day FROM door_day GROUP BY ALL HAVING count(*) > 1"),
    # a build of before this table has none of it, and a month sealed before it never will
    Check(
        "door_day.place_day",
        """SELECT site_id, day FROM (SELECT site_id, day, sum(check_ins) AS check_ins, bool_or(covered) AS covered
            FROM door_day GROUP BY ALL) d
        FULL JOIN place_day p USING (site_id, day)
        WHERE (coalesce(d.check_ins, 0), coalesce(d.covered, false))
            <> (coalesce(p.check_ins, 0), coalesce(p.covered, false))
            AND EXISTS (FROM door_day) AND (day IN (SELECT day FROM door_day)
                OR date_trunc('month', day) NOT IN (SELECT month FROM retention WHERE state = 'sealed'))""",
    ),
    Check(
        "scans.stored",
        """SELECT stored, counted FROM (SELECT value::BIGINT AS stored FROM meta WHERE key = 'scans_stored'),
            (SELECT coalesce(sum(check_ins + check_outs), 0) AS counted FROM place_day)
        WHERE stored <> counted""",
    ),
    Check(
        "visits.partition",
        """WITH grouped AS (
            SELECT d.day, sum(d.visits) AS city, sum(d.visits) FILTER (s.kelurahan_code IS NOT NULL) AS known,
                sum(d.visits) FILTER (s.kelurahan_code IS NULL) AS unknown,
                sum(d.visits) FILTER (s.area_id IS NOT NULL) AS areas,
                sum(d.visits) FILTER (s.area_id IS NULL) AS rest
            FROM place_day d LEFT JOIN site s ON s.place_id = d.site_id
                AND d.day BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
            GROUP BY d.day)
        SELECT g.day FROM grouped g JOIN (SELECT day, sum(visits) AS visits FROM place_day GROUP BY day) c USING (day)
        WHERE c.visits <> coalesce(known, 0) + coalesce(unknown, 0)
            OR c.visits <> coalesce(areas, 0) + coalesce(rest, 0)""",
    ),
    Check(
        "place_day.range",
        """SELECT site_id, day FROM place_day
        WHERE least(visits, check_outs, orphans, unmatched) < 0
            OR orphans > check_outs OR unmatched > visits OR visits > check_ins""",
    ),
    Check(
        "place_hour.occupancy",
        """SELECT site_id, hour FROM place_hour WHERE occupied_seconds > peak * 3600 OR occupied_seconds < 0 OR peak < 0
            OR peak_low < peak OR peak_high < peak_low OR bound < peak_high OR expected < estimated
            OR expected_seconds < occupied_seconds""",
    ),
    Check(
        "files.accounting",
        """SELECT file_id FROM file
        WHERE state = 'loaded' AND arrived <> loaded + duplicates + rejected + kept_aside + sealed""",
    ),
    Check(
        "total.place_day",
        """SELECT day FROM total FULL JOIN (SELECT day, sum(visits) FILTER (covered) AS visits,
                sum(check_ins) FILTER (covered) AS check_ins FROM place_day GROUP BY day) d USING (day)
        WHERE (total.visits, total.check_ins) IS DISTINCT FROM (d.visits, d.check_ins)""",
    ),
    # R16: after the first provisional day no known day is final
    Check(
        "total.provisional",
        """SELECT day FROM total WHERE visits IS NOT NULL AND NOT provisional
            AND day > (SELECT min(day) FROM total WHERE provisional)""",
    ),
    # what was last published of a day is what the build says of it
    Check(
        "total.revision",
        """SELECT day FROM total FULL JOIN (
            FROM revision QUALIFY row_number() OVER (PARTITION BY day ORDER BY n DESC) = 1) r USING (day)
        WHERE (total.visits, total.check_ins) IS DISTINCT FROM (r.visits, r.check_ins)""",
    ),
    # R17: 0 <= covered <= total, of places with a code on the day
    Check(
        "coverage.places",
        """SELECT day, covered, coded FROM (
            SELECT p.day, count(*) AS covered, count(c.site_id) AS coded FROM (FROM place_day WHERE covered) p
            LEFT JOIN (SELECT DISTINCT o.site_id, day FROM (SELECT DISTINCT day FROM place_day) JOIN qr
                ON day BETWEEN coalesce(valid_from, DATE '0001-01-01') AND coalesce(valid_to, DATE '9999-12-31')
                JOIN site_of o USING (place_id)) c ON c.site_id = p.site_id AND c.day = p.day
            GROUP BY p.day) WHERE covered > coded
            AND date_trunc('month', day) NOT IN (SELECT month FROM retention WHERE state = 'sealed')""",
    ),
    Check("completeness.share", "SELECT source_id, day FROM completeness WHERE NOT share BETWEEN 0 AND 1"),
)
MARTS: tuple[Check, ...] = (
    # Of the days computed now: the others were held to it when they were.
    Check(
        "entry.accounting",
        """SELECT day, s.n, d.n FROM (SELECT day_wib AS day, count(*) AS n FROM scans
            SEMI JOIN dirty_hour ON day = day_wib GROUP BY ALL) s
        FULL JOIN (SELECT day, sum(visits + refused + repeats + check_outs) AS n FROM mart.place_day
            SEMI JOIN dirty_hour USING (day) GROUP BY ALL HAVING n > 0) d USING (day)
        WHERE s.n IS DISTINCT FROM d.n""",
    ),
    Check(
        "place_hour.refused",
        """SELECT site_id, day FROM (SELECT site_id, hour::DATE AS day, sum(refused) AS refused, sum(repeats) AS repeats
            FROM mart.place_hour GROUP BY ALL) h FULL JOIN mart.place_day d USING (site_id, day)
        WHERE (coalesce(h.refused, 0), coalesce(h.repeats, 0)) <> (coalesce(d.refused, 0), coalesce(d.repeats, 0))""",
    ),
    Check(
        "status.check_ins",
        """SELECT s.first FROM (SELECT first, sum(check_ins) FILTER (measure NOT IN ('refused', 'status_unknown')) AS n,
                sum(check_ins) FILTER (measure = 'refused') AS refused,
                sum(check_ins) FILTER (measure = 'status_unknown') AS status_unknown
            FROM mart.status WHERE period = 'day' GROUP BY ALL) s
        JOIN (SELECT day, sum(visits + refused + repeats) AS n, sum(refused) AS refused,
                sum(status_unknown) AS status_unknown FROM mart.place_day GROUP BY ALL) d ON d.day = s.first
        WHERE (s.n, s.refused, s.status_unknown) <> (d.n, d.refused, d.status_unknown)""",
    ),
)


def results(view: View) -> pd.DataFrame:
    """What each of CHECKS finds in the view's build, in their order: key, failing (rows), first (of them, as text, or
    '')."""
    found = []
    for check in CHECKS:
        failing = builds.frame(view.build, check.failing)
        first = ", ".join("?" if pd.isna(v) else str(v) for v in failing.iloc[0]) if len(failing) else ""
        found.append({"key": check.key, "failing": len(failing), "first": first})
    return pd.DataFrame(found, columns=["key", "failing", "first"])


def findings(view: View) -> pd.DataFrame:
    """What a person should look at in the register: kind, place_id, name, detail; kinds with the most rows first."""
    return builds.frame(
        view.build,
        """SELECT f.kind, place_id, p.name, detail FROM finding f LEFT JOIN place p USING (place_id)
        ORDER BY count(*) OVER (PARTITION BY f.kind) DESC, f.kind, p.name, place_id""",
    )


def retention(view: View) -> pd.DataFrame:
    """Months of scans and until when they are kept, oldest first: month, state, scans_until (days, NaT: not set),
    sealed_at (WIB, NaT: not sealed). Empty where no rule was set."""
    return builds.frame(view.build, "FROM retention ORDER BY month")
