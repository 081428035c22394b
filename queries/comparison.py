"""Use or visits: the view's period against an earlier one of as many days, pair by pair of like days. Rules:
core.comparison.

A QR point is the place a code stands for, whatever poster hangs there. Visits stand by site and day, so a site is
compared whole: its points are the same on all days, new, more than before, or fewer and others.
"""

from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache

import pandas as pd

from core import builds, comparison, rules
from core.comparison import Change, Compared, Comparison, Counted
from core.frames import rows
from core.view import View
from queries import city, scan_rate, visits

WEEK = 7
KINDS = ("ended", "new", "grown", "same")  # the first that one of a site's pairs shows is the site's

# age: days that the newest of the site's points is old on the day. closed: by a local order.
_CELLS = """, began AS (
    SELECT place_id, min(coalesce(valid_from, DATE '0001-01-01')) AS begun FROM qr GROUP BY place_id),
point AS (
    SELECT o.site_id, d.day, string_agg(DISTINCT q.place_id, ' ' ORDER BY q.place_id) AS points,
        date_diff('day', max(b.begun), any_value(d.day)) AS age
    FROM days d JOIN qr q
        ON d.day BETWEEN coalesce(q.valid_from, DATE '0001-01-01') AND coalesce(q.valid_to, DATE '9999-12-31')
    JOIN site_of o USING (place_id) JOIN began b USING (place_id)
    GROUP BY o.site_id, d.day)
SELECT s.site_id, s.day, s.covered, s.visits::BIGINT AS visits, s.check_ins::BIGINT AS check_ins, p.points, p.age,
    EXISTS (
        FROM local_orders x WHERE s.day BETWEEN x.valid_from AND x.valid_to
        AND (x.place_id = s.site_id OR (x.place_id IS NULL AND x.category = s.category))) AS closed
FROM site_day s JOIN point p USING (site_id, day) ORDER BY s.site_id, s.day
"""


def latest(view: View) -> date:
    """The last day an earlier period may begin on: it ends before the view's begins."""
    return view.first - timedelta(days=(view.last - view.first).days + 1)


def earlier(view: View, since: date | None = None) -> tuple[date, date]:
    """First and last day of the period to compare with, as long as the view's.

    From `since` where that ends before the view begins; else the one right before the view, in whole weeks back, so
    that every day meets its own weekday.
    """
    days = (view.last - view.first).days + 1
    if since is None or since > latest(view):
        since = view.first - timedelta(days=-(-days // WEEK) * WEEK)
    return since, since + timedelta(days=days - 1)


@lru_cache(maxsize=16)
def compare(view: View, since: date | None = None) -> Comparison:
    """The view against the period from `since` (see `earlier`): each day with the like day of the same rank.

    Kept for the view: a build never changes.
    """
    first, last = earlier(view, since)
    paired, left_out = _pairs(view, first, last)
    cells = _cells(view, first, last, paired)
    if len(cells):  # a pair of which one side is not known at all is no pair
        known = cells[cells["known"]].groupby("pair").size()
        unknown = paired[~paired["pair"].isin(known.index) & paired["pair"].isin(cells["pair"])]
    else:
        unknown = paired
    if len(unknown):
        left_out["uncovered"] = left_out.get("uncovered", 0) + len(unknown)
    paired = paired[~paired["pair"].isin(unknown["pair"])]
    cells = cells[cells["pair"].isin(paired["pair"])]
    kept = cells[cells["known"]]
    same = kept[kept["kind"] == "same"]

    def change(of: pd.DataFrame) -> Change:
        sums = of.groupby("pair")[["before", "after"]].sum().reindex(paired["pair"], fill_value=0)
        both = tuple((int(r.before), int(r.after)) for r in rows(sums))
        return Change(both, int(of["site_id"].nunique()))

    fall = -change(same).difference
    ceased, silent = _silent(same, fall)
    shut = same[same["closed"]]
    levels = tuple((_level(r.level_before), _level(r.level_after)) for r in rows(paired))
    found = Compared(
        total=change(kept),
        same=change(same),
        settled=change(same[same["age"] >= rules.USE_DAYS]),
        new=change(kept[kept["kind"] == "new"]),
        grown=change(kept[kept["kind"] == "grown"]),
        ended=change(kept[kept["kind"] == "ended"]),
        left_out={reason: n for reason in comparison.LEFT_OUT if (n := left_out.get(reason, 0))},
        known=len(kept) / len(cells) if len(cells) else 0.0,
        level=comparison.level_change(levels),
        silent=silent,
        silent_places=ceased,
        closed=-change(shut).difference / fall if fall > 0 else 0.0,
        counted=_counted(view, first, last, paired, same),
    )
    return Comparison(
        first,
        last,
        (view.last - view.first).days + 1,
        tuple(day.date() for day in paired["before"]),
        tuple(day.date() for day in paired["after"]),
        levels,
        not bool(paired["confirmed"].all()),
        found,
        comparison.verdict(found),
    )


def _level(value: object) -> int | None:
    return None if pd.isna(value) else int(value)  # type: ignore[call-overload]


def _pairs(view: View, first: date, last: date) -> tuple[pd.DataFrame, dict[str, int]]:
    """Pairs of like days that may be compared, and days of the view that are left out by reason.

    pair, before, after (days), level_before, level_after (NA unknown), confirmed.
    """
    calendar = builds.frame(
        view.build,
        """SELECT day, any_value(l.level) AS level, coalesce(bool_and(l.confidence <> 'low'), true) AS confirmed,
            day IN (SELECT day FROM holiday) AS holiday
        FROM (SELECT unnest(generate_series($first::DATE, $last::DATE, INTERVAL 1 DAY))::DATE AS day)
        LEFT JOIN ppkm_levels l ON day BETWEEN l.valid_from AND coalesce(l.valid_to, DATE '9999-12-31')
        GROUP BY day""",
        first=first,
        last=view.last,
    )
    days = visits.daily(replace(view, first=first)).merge(calendar, on="day")
    days["weekday"] = days["day"].dt.day_of_week
    known = city.extent(view.build)
    outside = True if known is None else ~days["day"].dt.date.between(known.first, known.last)
    days["unknown"] = outside | (days["visits"].isna() & (days["known_places"] > 0))
    old = days[days["day"].dt.date <= last]
    new = days[days["day"].dt.date >= view.first]
    old, new = (d.assign(rank=d.groupby("weekday").cumcount()) for d in (old, new))
    both = new.merge(old, how="left", on=["weekday", "rank"], suffixes=("_after", "_before"))
    unpaired = both["day_before"].isna()
    reasons = {
        "weekday": unpaired,
        "uncovered": ~unpaired & _either(both, "unknown"),
        "provisional": _either(both, "provisional"),
        "holiday": ~unpaired & (both["holiday_after"] != both["holiday_before"]),
    }
    left_out: dict[str, int] = {}
    taken = pd.Series(False, index=both.index)
    for reason, hit in reasons.items():
        left_out[reason] = int((hit & ~taken).sum())
        taken |= hit
    kept = both[~taken]
    return pd.DataFrame(
        {
            "pair": kept.index,
            "before": kept["day_before"],
            "after": kept["day_after"],
            "level_before": kept["level_before"],
            "level_after": kept["level_after"],
            "confirmed": kept["confirmed_before"].fillna(True).astype(bool) & kept["confirmed_after"],
        }
    ), left_out


def _either(both: pd.DataFrame, name: str) -> "pd.Series[bool]":
    """Whether it is so on one day of the pair or both."""
    return both[f"{name}_after"].fillna(False).astype(bool) | both[f"{name}_before"].fillna(False).astype(bool)


def _cells(view: View, first: date, last: date, paired: pd.DataFrame) -> pd.DataFrame:
    """A row a site and pair with a code on either day.

    site_id, pair; kind, of the site over all pairs: ended (some point was lost or moved), new (its code began in the
    earlier period or after it), grown (it has more points), same (it has the same ones on every day); known (files
    cover every day on which it has a code); before, after (visits, 0 without a code); check_before, check_after
    (check-ins); age (days, of its newest point on the earlier day); closed (by a local order, on the later day).
    """
    then = visits.site_days(replace(view, first=first, last=last), _CELLS)
    now = visits.site_days(view, _CELLS)
    both = then.merge(paired[["pair", "before"]], left_on="day", right_on="before").merge(
        now.merge(paired[["pair", "after"]], left_on="day", right_on="after"),
        how="outer",
        on=["site_id", "pair"],
        suffixes=("_then", "_now"),
    )

    def kind(old: object, new: object) -> str:
        if not isinstance(old, str) or not isinstance(new, str):
            return "ended" if isinstance(old, str) else "new"
        return "same" if old == new else "grown" if set(old.split()) < set(new.split()) else "ended"

    def whole(name: str) -> pd.Series:
        return both[name].fillna(0).astype("int64")

    kinds = pd.Series([KINDS.index(kind(r.points_then, r.points_now)) for r in rows(both)], both.index, dtype="int64")
    return pd.DataFrame(
        {
            "site_id": both["site_id"],
            "pair": both["pair"],
            "kind": kinds.groupby(both["site_id"]).transform("min").map(dict(enumerate(KINDS))),
            "known": both["covered_then"].fillna(True).astype(bool) & both["covered_now"].fillna(True).astype(bool),
            "before": whole("visits_then"),
            "after": whole("visits_now"),
            "check_before": whole("check_ins_then"),
            "check_after": whole("check_ins_now"),
            "age": whole("age_then"),
            "closed": both["closed_now"].fillna(False).astype(bool),
        }
    )


def _silent(same: pd.DataFrame, fall: int) -> tuple[int, float]:
    """Places of the same points with check-ins before and none after, not closed by order; their share of the fall."""
    by_site = same.groupby("site_id").agg(
        before=("before", "sum"), had=("check_before", "sum"), has=("check_after", "sum"), closed=("closed", "any")
    )
    ceased = by_site[(by_site["had"] >= rules.COMPARE_SILENT_BEFORE) & (by_site["has"] == 0) & ~by_site["closed"]]
    return len(ceased), float(ceased["before"].sum() / fall) if fall > 0 else 0.0


def _counted(view: View, first: date, last: date, paired: pd.DataFrame, same: pd.DataFrame) -> Counted | None:
    """Counted entries and check-ins at places of the same points, over hours counted on both days of a pair."""
    then = scan_rate.spans(replace(view, first=first, last=last))
    now = scan_rate.spans(view)
    then, now = (d[d["whole"] & d["covered"]].assign(hour=d["since"].dt.hour) for d in (then, now))
    if then.empty or now.empty:
        return None
    both = then.merge(paired[["pair", "before"]], left_on="day", right_on="before").merge(
        now.merge(paired[["pair", "after"]], left_on="day", right_on="after"),
        on=["site_id", "pair", "hour", "hours"],
        suffixes=("_then", "_now"),
    )
    both = both.merge(same[["site_id", "pair"]], on=["site_id", "pair"])
    if both.empty:
        return None
    places = int(both["site_id"].nunique())

    def change(name: str) -> Change:
        sums = both.groupby("pair")[[f"{name}_then", f"{name}_now"]].sum()
        return Change(tuple((int(a), int(b)) for a, b in sums.to_numpy()), places)

    theirs = same.merge(both[["site_id", "pair"]].drop_duplicates(), on=["site_id", "pair"])
    all_before = int(same["before"].sum())
    share = int(theirs["before"].sum()) / all_before if all_before else 0.0
    return Counted(change("check_ins"), change("entries"), share, places)
