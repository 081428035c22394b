"""Figures of people as published: unique visitors, check-ins by colour. Small counts are hidden in the build itself.

They exist at listed grains only; under any other filter there is nothing to show, and the screen says so.
"""

from calendar import monthrange
from datetime import timedelta

import pandas as pd

from core import builds
from core.view import View

_LEVELS = {
    "kecamatan": "kecamatan", "kelurahan": "kelurahan", "area": "area", "category": "category", "place": "site"
}  # fmt: skip


def level_of(view: View) -> tuple[str, str] | None:
    """Level and code of the published grain the view's filters name; None where they name none."""
    filters = view.filtered
    if view.hours or len(filters) > 1 or "owner" in filters:
        return None
    return (_LEVELS[filters[0]], getattr(view, filters[0])) if filters else ("city", "")


def period_of(view: View) -> str | None:
    """'day', 'week' (ISO) or 'month' where the view's days are exactly one; else None."""
    first, last = view.first, view.last
    if first == last:
        return "day"
    if first.isoweekday() == 1 and last - first == timedelta(days=6):
        return "week"
    if first.day == 1 and (last.year, last.month) == (first.year, first.month):
        return "month" if last.day == monthrange(first.year, first.month)[1] else None
    return None


def visitors(view: View) -> tuple[int | None, bool] | None:
    """Unique visitors of the view's period: (persons, hidden); None where no published grain fits the view.

    A published grain without a row had no visit: (0, False) where a day of it is covered is the caller's to know.
    """
    grain, period = level_of(view), period_of(view)
    if grain is None or period is None:
        return None
    found = builds.frame(
        view.build,
        """SELECT visitors, suppressed FROM visitors
        WHERE period = $period AND first = $first AND level = $level AND code = $code""",
        period=period, first=view.first, level=grain[0], code=grain[1],
    )  # fmt: skip
    if found.empty:
        return 0, False
    row = found.iloc[0]
    return (None, True) if row["suppressed"] else (int(row["visitors"]), False)


def visitors_daily(view: View) -> pd.DataFrame | None:
    """Unique visitors a day: day, visitors (Int64, NA where hidden), suppressed; None: no grain fits."""
    grain = level_of(view)
    if grain is None:
        return None
    return builds.frame(
        view.build,
        """SELECT first AS day, visitors, suppressed FROM visitors
        WHERE period = 'day' AND level = $level AND code = $code AND first BETWEEN $first AND $last ORDER BY first""",
        level=grain[0], code=grain[1], first=view.first, last=view.last,
    ).astype({"visitors": "Int64"})  # fmt: skip


def statuses(view: View) -> pd.DataFrame | None:
    """Check-ins by colour and refused entries of the months of the period, for the city, a kecamatan or category.

    first (of the month), measure, check_ins (Int64, NA where hidden), suppressed; None where the filters fit no grain.
    """
    grain = level_of(view)
    if grain is None or grain[0] not in ("city", "kecamatan", "category"):
        return None
    return builds.frame(
        view.build,
        """SELECT first, measure, check_ins, suppressed FROM status
        WHERE period = 'month' AND level = $level AND code = $code
            AND first BETWEEN date_trunc('month', $first::DATE) AND $last::DATE ORDER BY first, measure""",
        level=grain[0], code=grain[1], first=view.first, last=view.last,
    ).astype({"check_ins": "Int64"})  # fmt: skip
