"""Freshness of each source: how far its logs have come, against how often it said it would send them."""

import pandas as pd

from core import builds, lateness
from core.frames import rows
from core.view import View


def sources(view: View) -> pd.DataFrame:
    """One row a source as of the view's moment, the latest first, then by name.

    source_id, name, owner_id, owner (name), simulated, last (day covered, NaT where no log ever came), every_days,
    late_after_days, days_late (Int64: days beyond what is allowed, 0 in time, NA where no log ever came), late_since
    (the first day that was too late, NaT in time). Complete days only: the moment's own day is not due yet.
    """
    found = builds.frame(
        view.build,
        """SELECT s.source_id, s.name, s.owner_id, o.name AS owner, s.simulated, max(day) AS last, s.every_days,
            s.late_after_days
        FROM source s LEFT JOIN source_day d ON d.source_id = s.source_id AND d.day <= $moment::DATE
        LEFT JOIN owner o USING (owner_id) GROUP BY ALL ORDER BY s.name""",
        moment=view.moment,
    )
    today = view.moment.date()
    known = [None if pd.isna(r.last) else r for r in rows(found)]
    late = [r and lateness.late(r.last.date(), r.every_days, r.late_after_days, today) for r in known]
    found["days_late"] = pd.array(
        [x.days if x else None if r is None else 0 for r, x in zip(known, late, strict=True)], "Int64"
    )
    found["late_since"] = pd.Series([x.since if x else None for x in late], dtype="datetime64[us]")
    return found.sort_values("days_late", ascending=False, na_position="last", kind="stable", ignore_index=True)


def completeness(view: View) -> pd.DataFrame:
    """Each source with codes on each day of the view: source (name), day, covered, share (Float64).

    share: of the day's scans, what has usually arrived by the source's latest upload; NA where no file covers the day
    or the source's logs do not say when they were uploaded.
    """
    return builds.frame(
        view.build,
        """WITH days AS (SELECT unnest(generate_series($first::DATE, $last::DATE, INTERVAL 1 DAY))::DATE AS day)
        SELECT s.name AS source, d.day, x.day IS NOT NULL AS covered, c.share
        FROM source s CROSS JOIN days d
        LEFT JOIN source_day x ON x.source_id = s.source_id AND x.day = d.day
        LEFT JOIN completeness c ON c.source_id = s.source_id AND c.day = d.day
        WHERE s.source_id IN (SELECT source_id FROM qr) AND s.source_id IN (SELECT source_id FROM source_day)
        ORDER BY s.name, d.day""",
        first=view.first,
        last=view.last,
    ).astype({"share": "Float64"})
