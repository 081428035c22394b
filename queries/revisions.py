"""Which figure holds: what builds have published of each day of the whole city, when, and why it differs.

Filters do not apply: totals are kept of the city alone. A build knows itself and the builds before it.
"""

import json
from datetime import date
from typing import Any

import pandas as pd

from core import builds, revision, rules
from core.frames import rows
from core.view import View

REASONS = ("first", "late_file", "unloaded", "taken_up", "register", "program", "settled", "unknown")
_HISTORY = (
    "day", "visits", "before", "difference", "published_at", "before_at", "build", "completeness", "provisional",
    "places", "known_places", "status", "why",
)  # fmt: skip
_LATEST = (
    "day", "visits", "before", "difference", "published_at", "before_at", "build", "completeness", "provisional",
    "places", "known_places", "status", "why", "until", "versions",
)  # fmt: skip


def history(view: View) -> pd.DataFrame:
    """Every version of the view's days, oldest first: one row a build whose figure of the day differs, or settles.

    day, visits and before (what stood until then; Int64, NA: no file covered the day), difference (NA where either is),
    published_at and before_at (WIB), build, completeness (Float64, NA unknown), provisional, places and known_places
    (covered, of those with a code), status (of core.revision), all as they were then, why (tuple of {code of REASONS,
    names (three at most), of (names in all), n}).
    """
    found: list[dict[str, Any]] = []
    for day, versions in _versions(view).items():
        for n, (row, status) in enumerate(zip(versions, _statuses(versions), strict=True)):
            found.append({"day": day, **_change(versions, n), **_facts(row, view), "status": status})
    return _typed(pd.DataFrame(found, columns=list(_HISTORY)))


def latest(view: View) -> pd.DataFrame:
    """What holds of each known day of the view in its build: one row a day, in order. That is the figure to quote.

    As `history`, of the last change of visits: before is what was published until then (NA: nothing). completeness,
    provisional and places are the build's own; until (NaT: unknown or not provisional) is the day to which a
    provisional figure probably still changes; versions counts the different figures.
    """
    own = builds.frame(
        view.build,
        """SELECT day, visits, completeness, provisional, places, known_places FROM total
        WHERE day BETWEEN $first AND $last ORDER BY day""",
        first=view.first,
        last=view.last,
    ).astype({"visits": "Int64", "completeness": "Float64"})
    versions, until = _versions(view), _until(view)
    found: list[dict[str, Any]] = []
    for row in rows(own):
        day = row.day.date()
        if not (mine := versions.get(day, [])):
            continue  # never known
        changed = [n for n, v in enumerate(mine) if n == 0 or not _same(v.visits, mine[n - 1].visits)]
        last = changed[-1]
        found.append(
            {
                "day": row.day,
                **_change(mine, last),
                **_facts(mine[last], view),
                **_state(row),
                "status": revision.statuses([_version(v) for v in (*mine, row)])[-1],
                "until": until.get(day) if row.provisional else None,
                "versions": len(changed),
            }
        )
    return _typed(pd.DataFrame(found, columns=list(_LATEST))).astype({"until": "datetime64[us]", "versions": "int64"})


def revised(view: View) -> pd.DataFrame:
    """Changes of figures published before, of the view's days: `history` without first publications and settlings,
    the last published first."""
    found = history(view)
    first = ~found["day"].duplicated()
    changed = found["visits"].ne(found["before"]).fillna(True).astype(bool)
    both_unknown = found["visits"].isna() & found["before"].isna()
    kept = found[~first & changed & ~both_unknown]
    return kept.sort_values(["published_at", "day"], ascending=False, kind="stable", ignore_index=True)


def marked(days: pd.DataFrame, view: View) -> pd.DataFrame:
    """`days` of `visits.daily` with revised (bool): the city's figure was published as final once, and changed since.

    Under filters nothing is marked: of a part of the city no totals are kept.
    """
    if view.filtered or view.hours:
        return days.assign(revised=False)
    found = latest(view)
    return days.assign(revised=days["day"].isin(found.loc[found["status"] == revision.REVISED, "day"]))


def provisional(build: str) -> tuple[date, date] | None:
    """The first and last day of the build's provisional block; None without one."""
    found = builds.frame(build, "SELECT min(day) AS first, max(day) AS last FROM total WHERE provisional").iloc[0]
    return None if pd.isna(found["first"]) else (found["first"].date(), found["last"].date())


def _versions(view: View) -> dict[date, list[Any]]:
    found = builds.frame(
        view.build,
        """SELECT day, build_id, published_at, visits, completeness, provisional, places, known_places, why
        FROM revision
        WHERE day BETWEEN $first AND $last ORDER BY day, n""",
        first=view.first,
        last=view.last,
    ).astype({"visits": "Int64", "completeness": "Float64"})
    grouped: dict[date, list[Any]] = {}
    for row in rows(found):
        grouped.setdefault(row.day.date(), []).append(row)
    return grouped


def _change(versions: list[Any], n: int) -> dict[str, Any]:
    """The n-th version against the figure that stood before it."""
    before = versions[n - 1] if n else None
    known = before is not None and not pd.isna(before.visits) and not pd.isna(versions[n].visits)
    stood = n - 1  # since when the figure before had stood: the first of its versions in a row
    while stood > 0 and _same(versions[stood - 1].visits, versions[n - 1].visits):
        stood -= 1
    return {
        "visits": versions[n].visits,
        "before": before.visits if before is not None else pd.NA,
        "difference": versions[n].visits - before.visits if before is not None and known else pd.NA,
        "before_at": versions[stood].published_at if before is not None else None,
    }


def _facts(row: Any, view: View) -> dict[str, Any]:
    return {
        "published_at": row.published_at,
        "build": row.build_id if isinstance(row.build_id, str) else view.build,
        **_state(row),
        "why": tuple(json.loads(row.why)),
    }


def _state(row: Any) -> dict[str, Any]:
    """How much of the day was there: completeness, provisional, places of known_places."""
    names = ("completeness", "places", "known_places")
    return {name: getattr(row, name) for name in names} | {"provisional": bool(row.provisional)}


def _version(row: Any) -> revision.Version:
    partial = row.places < row.known_places
    return revision.Version(_number(row.visits), _share(row.completeness), bool(row.provisional), bool(partial))


def _statuses(versions: list[Any]) -> list[str]:
    return revision.statuses([_version(v) for v in versions])


def _number(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)


def _share(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _same(one: Any, other: Any) -> bool:
    return _number(one) == _number(other)


def _typed(found: pd.DataFrame) -> pd.DataFrame:
    moments = dict.fromkeys(("day", "published_at", "before_at"), "datetime64[us]")
    return found.astype(
        {"visits": "Int64", "before": "Int64", "difference": "Int64", "completeness": "Float64"} | moments
    )


def _until(view: View) -> dict[date, date | None]:
    """Until when each provisional day of the build probably changes, by the delays of the sources that are short."""
    shares = builds.frame(
        view.build,
        """SELECT source_id, day, share, last FROM completeness JOIN upload USING (source_id)
        WHERE source_id IN (SELECT source_id FROM qr) ORDER BY day""",
    )
    needed = {
        source: revision.days_needed(((r.day.date(), r.share) for r in rows(mine)), mine["last"].iloc[0].date())
        for source, mine in shares.groupby("source_id")
    }
    waiting = builds.frame(view.build, "SELECT day FROM total WHERE provisional ORDER BY day")
    slowest: dict[date, int | None] = {day.date(): 0 for day in waiting["day"]}
    for row in rows(shares[shares["share"] < rules.COMPLETE_SHARE]):
        day, n = row.day.date(), needed[row.source_id]
        if (before := slowest.get(day)) is not None:
            slowest[day] = None if n is None else max(before, n)
    return dict(zip(slowest, revision.changes_until(list(slowest), list(slowest.values())), strict=True))
