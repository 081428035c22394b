"""What became of every file and row: the questions of the data-quality screen. Of values only masked ones are there."""

import pandas as pd

from core import builds
from core.view import View


def files(view: View) -> pd.DataFrame:
    """One row a file, refused ones first, then the latest.

    file_id, name, profile, state (loaded, refused), noted_at, reason and detail (of a refusal: its code, the fields of
    its sentence as JSON), arrived, loaded, duplicates, rejected, kept_aside (rows).
    """
    return builds.frame(
        view.build,
        """SELECT file_id, name, profile, state, noted_at, reason, detail, arrived, loaded, duplicates, rejected,
            kept_aside FROM file ORDER BY state = 'refused' DESC, file_id DESC""",
    )


def reasons(view: View) -> pd.DataFrame:
    """Why rows were rejected, most first: code, columns (of the sources), files, n (rows)."""
    return builds.frame(
        view.build,
        """SELECT 'reject.' || reason AS code, string_agg(DISTINCT field, ', ' ORDER BY field) AS columns,
            count(DISTINCT file_id) AS files, sum(n)::BIGINT AS n
        FROM reject_reason GROUP BY reason ORDER BY n DESC, code""",
    )


def rejected(view: View) -> pd.DataFrame:
    """The first rejected rows of each file (core.rules.REJECTS_SHOWN): file, line, field, code, value (masked),
    expected; latest files first."""
    return builds.frame(
        view.build,
        """SELECT f.name AS file, r.line, r.field, 'reject.' || r.reason AS code, r.value, r.expected
        FROM reject_sample r JOIN file f USING (file_id) ORDER BY file_id DESC, line""",
    )


def aside(view: View) -> pd.DataFrame:
    """Codes the register does not know, most rows first: kind (qr, place), code, source (name), n (rows), since,
    until."""
    return builds.frame(view.build, "FROM aside ORDER BY n DESC, code")


def warnings(view: View) -> pd.DataFrame:
    """What was loaded and is to be checked: kind, source (name), day, files, n (rows), usual (of a like day, or NA).

    Kinds that are of a day stand one a row, of the view's days; the others are added up by source.
    """
    return builds.frame(
        view.build,
        """FROM (
            SELECT kind, s.name AS source, day, count(DISTINCT file_id) AS files, sum(n)::BIGINT AS n,
                any_value(usual) AS usual
            FROM warning w LEFT JOIN source s USING (source_id)
            WHERE day IS NULL OR day BETWEEN $first AND $last GROUP BY ALL)
        ORDER BY CASE kind WHEN 'cut_short' THEN 1 WHEN 'low_volume' THEN 2 WHEN 'torn_end' THEN 3 ELSE 4 END,
            day DESC, kind, n DESC""",
        first=view.first,
        last=view.last,
    ).astype({"usual": "Int64"})


def grid(view: View) -> pd.DataFrame:
    """Each source that ever sent a log on each day of the view: source (name), simulated, day, state.

    state: covered; low or cut (covered, but see `warnings`); missing (no file speaks for the day: unknown, not empty).
    """
    return builds.frame(
        view.build,
        """WITH days AS (SELECT unnest(generate_series($first::DATE, $last::DATE, INTERVAL 1 DAY))::DATE AS day),
        doubt AS (
            SELECT source_id, day, max(kind = 'cut_short') AS cut FROM warning
            WHERE kind IN ('low_volume', 'cut_short') GROUP BY ALL)
        SELECT s.name AS source, s.simulated, d.day, CASE WHEN c.day IS NULL THEN 'missing'
            WHEN w.cut THEN 'cut' WHEN w.day IS NOT NULL THEN 'low' ELSE 'covered' END AS state
        FROM source s CROSS JOIN days d
        LEFT JOIN source_day c ON c.source_id = s.source_id AND c.day = d.day
        LEFT JOIN doubt w ON w.source_id = s.source_id AND w.day = d.day
        WHERE s.source_id IN (SELECT source_id FROM source_day) ORDER BY s.name, d.day""",
        first=view.first,
        last=view.last,
    )


def counters(view: View) -> pd.DataFrame:
    """What counters say of the view's days, of the chosen place if there is one.

    place_id, name, day, readings, n_in, n_out, drift (persons left over from one opening to the next; NA where nothing
    is counted in and out), negative, over_capacity (readings).
    """
    return builds.frame(
        view.build,
        """SELECT c.place_id, p.name, c.day, c.readings, c.n_in, c.n_out, c.drift, c.negative, c.over_capacity
        FROM counter_day c JOIN place p USING (place_id)
        WHERE c.day BETWEEN $first AND $last AND ($place IS NULL OR c.site_id = $place)
        ORDER BY c.day DESC, abs(coalesce(c.drift, 0)) DESC, p.name""",
        first=view.first,
        last=view.last,
        place=view.place,
    ).astype({"n_in": "Int64", "n_out": "Int64", "drift": "Int64"})
