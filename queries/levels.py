"""If the level changes: the people inside on the last like days against the limits of another level.

A what-if, never a forecast: who would come at that level is not known. Rules stand in core.capacity.
"""

from datetime import date, datetime, timedelta
from functools import lru_cache

import pandas as pd

from core import builds, rules
from core import crowding as verdicts
from core.capacity import Limit, State
from core.frames import rows
from core.view import View
from queries import capacity, crowding

LEVELS = (1, 2, 3, 4)
_FULLEST = ("low", "high", "pct_high")
_OWN = ("place_id", "name", "kelurahan", "category", "sector", "capacity", "capacity_basis", "capacity_simulated")


def stricter(view: View) -> int:
    """The level above the one in force at the moment, which is what one fears first; the strictest if none is known."""
    in_force = capacity.rulebook(view.build).level_on((view.moment - timedelta(hours=1)).date())
    known = in_force.level if in_force else None
    return LEVELS[-1] if known is None else min(known + 1, LEVELS[-1])


@lru_cache(maxsize=32)
def what_if(view: View, level: int) -> pd.DataFrame:
    """Each site of `crowding.at_hour` as it would stand at `level`, worst first.

    Its last like days: the same weekday and hour before the moment's, no holiday, covered, at most rules.LEVEL_DAYS
    of the last rules.LEVEL_WEEKS weeks. Held against the limit that `level` gives by the capacity, the rules and the
    local orders of the moment's day.

    place_id, name, kelurahan, category, sector, capacity, capacity_basis, capacity_simulated and the columns of
    `queries.capacity.columns` at that level; days (like days), over, maybe and judged (of them); verdict ('over' or
    'maybe' if any day is, 'within', or 'undecided' if none is judged); in_force (the same at the level in force); low,
    high, pct_high and hour of the fullest judged day (NA: none). A build never changes.
    """
    hour = view.moment - timedelta(hours=1)
    sites = crowding.at_hour(view)[[*_OWN, "hour"]]
    past = like_hours(view.build, hour)
    past = past[past["place_id"].isin(sites["place_id"])].reset_index(drop=True)
    said = {at: _days(view.build, sites, past, at) for at in (level, None)}
    found = said[level].join(said[None]["verdict"].rename("in_force"), on="place_id")
    order = found["verdict"].map(verdicts.VERDICTS.index)
    return (
        found.assign(_order=order)
        .sort_values(
            ["_order", "over", "maybe", "pct_high", "name"],
            ascending=[True, False, False, False, True],
            ignore_index=True,
        )
        .drop(columns="_order")
    )


def _days(build: str, sites: pd.DataFrame, past: pd.DataFrame, level: int | None) -> pd.DataFrame:
    """Sites with their limit at `level` and what their like days say of it; indexed by place."""
    limit = dict(zip(sites["place_id"], capacity.limits(build, sites, level), strict=True))
    judged = crowding.with_limits(past, [limit[p] for p in past["place_id"]])
    found = []
    for row in rows(sites):
        own = judged[judged["place_id"] == row.place_id]
        n = own["verdict"].value_counts()
        known = own.dropna(subset="high").sort_values(["high", "low", "hour"]).tail(1)
        fullest = known.iloc[0] if len(known) else None
        found.append(
            capacity.columns(limit[row.place_id])
            | {name: int(n.get(name, 0)) for name in ("over", "maybe")}
            | {
                "days": len(own),
                "judged": len(own) - int(n.get("undecided", 0)),
                "verdict": next((v for v in verdicts.VERDICTS if n.get(v)), "undecided"),
            }
            | {name: None if fullest is None else fullest[name] for name in _FULLEST}
            | {"at": pd.NaT if fullest is None else fullest["hour"]}
        )
    names = (*capacity.columns(Limit(State.NO_RULE)), "over", "maybe", "days", "judged", "verdict", *_FULLEST, "at")
    said = pd.DataFrame(found, index=sites.index, columns=list(names)).astype({"at": "datetime64[us]"})
    whole = pd.concat([sites[list(_OWN)], said.rename(columns={"at": "hour"})], axis=1)
    counts = (*capacity.COUNTS, *_FULLEST)
    return whole.astype(dict.fromkeys(counts, "Int64")).set_index("place_id", drop=False).rename_axis(None)


def like_hours(build: str, hour: datetime) -> pd.DataFrame:
    """The same hour of each site's last like days, newest first: place_id, hour, low, high (Int64 persons, NA unknown).

    At most rules.LEVEL_DAYS a site, of the last rules.LEVEL_WEEKS weeks.
    """
    names = ["place_id", "hour", "low", "high"]
    sites = crowding.judged(build, hour, 1)
    whole = sites.iloc[:0][names]
    for week in range(1, rules.LEVEL_WEEKS + 1):
        at = hour - timedelta(weeks=week)
        if at.date() in holidays(build):
            continue
        found = crowding.judged(build, at, 1)
        whole = pd.concat([whole, found.loc[found["covered"], names]], ignore_index=True)
        known = whole["place_id"].value_counts().reindex(sites["place_id"], fill_value=0)
        if (known >= rules.LEVEL_DAYS).all():
            break
    return whole.groupby("place_id", sort=False).head(rules.LEVEL_DAYS).reset_index(drop=True)


def days(view: View) -> list[tuple[date, int | None]]:
    """The like days that any site of the view has, newest first, each with the level then in force (None: unknown)."""
    sites = crowding.at_hour(view)["place_id"]
    past = like_hours(view.build, view.moment - timedelta(hours=1))
    book = capacity.rulebook(view.build)
    found = sorted({h.date() for h in past.loc[past["place_id"].isin(sites), "hour"]}, reverse=True)
    return [(day, in_force.level if (in_force := book.level_on(day)) else None) for day in found]


@lru_cache(maxsize=4)
def holidays(build: str) -> frozenset[date]:
    """The days that are no like day of any other."""
    return frozenset(day.date() for day in builds.frame(build, "SELECT day FROM holiday")["day"])
