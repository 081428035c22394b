"""Over the limit for an hour or more, and since when: the unbroken run of five-minute instants up to the moment.

Where no instants are known (builds and sealed months of before) the peak of an hour stands for each of them.
"""

from datetime import datetime, timedelta
from functools import lru_cache

import pandas as pd

from core import crowding as verdicts
from core.view import View
from queries import crowding, instants

_DAY = timedelta(days=1)
_OF_ONE_INSTANT = ("pct_low", "pct_high", "band_low", "band_high")


def over(view: View) -> pd.DataFrame:
    """`crowding.at_hour` of the places over the limit at every instant of the hour before the moment, worst first.

    verdict: 'over' where the whole range is at each of them, else 'maybe': where its high end is. low, high: the least
    and the most of the hour's ranges; there are no shares or bands of them. by_hour (bool): judged by the hour's peak.
    since (datetime): the first instant of the run; of a place surely over, of instants surely over; of one possibly
    over, of instants surely or possibly over. An instant within the limit, or one that cannot be judged, ends a run;
    midnight does not. is_new (bool): for less than a day, and not listed in the same hour the day before.
    """
    hour = view.moment - timedelta(hours=1)
    found = crowding.at_hour(view).drop(columns=["low", "high", "verdict", *_OF_ONE_INSTANT])
    found = found.merge(listed(view.build, hour), on="place_id")
    order = found["verdict"].map(verdicts.OVER.index)
    found = found.assign(_order=order).sort_values("_order", kind="stable", ignore_index=True).drop(columns="_order")
    if found.empty:
        return found.assign(since=pd.Series(dtype="datetime64[us]"), is_new=pd.Series(dtype=bool))
    begun = runs(view.build, hour)
    before = listed(view.build, hour - _DAY)["place_id"]
    since = pd.Series([begun[p] for p in found["place_id"]], dtype="datetime64[us]")
    return found.assign(since=since, is_new=(since > view.moment - _DAY) & ~found["place_id"].isin(before))


def listed(build: str, hour: datetime) -> pd.DataFrame:
    """place_id, verdict, low, high and by_hour, as `over` has them, of every site over at each instant of `hour`."""
    found = instants.judged(build, hour, 1)
    by_place = found.assign(surely=found["verdict"] == "over", over=found["verdict"].isin(verdicts.OVER)).groupby(
        "place_id", as_index=False
    )
    whole = by_place.agg({"surely": "all", "over": "all", "low": "min", "high": "max", "by_hour": "any"})
    whole = whole[whole["over"]].reset_index(drop=True)
    whole["verdict"] = ["over" if surely else "maybe" for surely in whole["surely"]]
    return whole[["place_id", "verdict", "low", "high", "by_hour"]]


def by_hour(view: View) -> bool:
    """Whether places are judged by the peak of the hour before the moment, for its instants are not known."""
    return bool(instants.judged(view.build, view.moment - timedelta(hours=1), 1)["by_hour"].any())


@lru_cache(maxsize=16)
def runs(build: str, hour: datetime) -> dict[str, datetime]:
    """The first instant of the run of every site that is `listed` in `hour`. A build never changes."""
    last = listed(build, hour)
    # what continues the run of a place, looked for as long as any run goes on
    going = {
        str(place): {"over"} if verdict == "over" else set(verdicts.OVER)
        for place, verdict in zip(last["place_id"], last["verdict"], strict=True)
    }
    found = dict.fromkeys(going, hour)
    first, hours = hour.replace(hour=0), hour.hour
    while going:
        if hours:
            day = instants.judged(build, first, hours, tuple(sorted(going)))
            said = {(r.place_id, r.at): r.verdict for r in day[["place_id", "at", "verdict"]].itertuples()}
            for back in range(1, hours * instants.OF_HOUR + 1):
                at = first + timedelta(hours=hours) - back * timedelta(minutes=instants.MINUTES)
                going = {place: kept for place, kept in going.items() if said.get((place, at)) in kept}
                if not going:
                    break
                found |= dict.fromkeys(going, at)
        first, hours = first - _DAY, 24
    return found
