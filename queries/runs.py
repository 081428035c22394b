"""Since when a place is over its limit: the unbroken run of hours that leads to the moment."""

from datetime import datetime, timedelta
from functools import lru_cache

import pandas as pd

from core import crowding as verdicts
from core.view import View
from queries import crowding

_DAY = timedelta(days=1)


def over(view: View) -> pd.DataFrame:
    """`crowding.at_hour` where the verdict is over or maybe, worst first, with `since` (datetime) and `is_new` (bool).

    since: the first hour of the run; of a place surely over, of hours surely over; of one possibly over, of hours
    surely or possibly over. An hour within the limit, or one that cannot be judged, ends a run; midnight does not.
    is_new: for less than a day, and neither surely nor possibly over in the same hour the day before.
    """
    hour = view.moment - timedelta(hours=1)
    found = crowding.at_hour(view)
    found = found[found["verdict"].isin(verdicts.OVER)].reset_index(drop=True)
    if found.empty:
        return found.assign(since=pd.Series(dtype="datetime64[us]"), is_new=pd.Series(dtype=bool))
    begun = runs(view.build, hour)
    before = crowding.judged(view.build, hour - _DAY, 1)
    listed = before.loc[before["verdict"].isin(verdicts.OVER), "place_id"]
    since = pd.Series([begun[p] for p in found["place_id"]], dtype="datetime64[us]")
    return found.assign(since=since, is_new=(since > view.moment - _DAY) & ~found["place_id"].isin(listed))


@lru_cache(maxsize=16)
def runs(build: str, hour: datetime) -> dict[str, datetime]:
    """The first hour of the run of every site that is over or possibly over in `hour`. A build never changes."""
    last = crowding.judged(build, hour, 1)
    last = last[last["verdict"].isin(verdicts.OVER)]
    found = dict.fromkeys(last["place_id"], hour)
    # what continues the run of a place, looked for as long as any run goes on
    going = {
        r.place_id: {"over"} if r.verdict == "over" else set(verdicts.OVER)
        for r in last[["place_id", "verdict"]].itertuples()
    }
    first = hour.replace(hour=0)
    hours = hour.hour
    while going:
        if hours:
            day = crowding.judged(build, first, hours)
            day = day[day["place_id"].isin(going)]
            said = {(r.place_id, r.hour): r.verdict for r in day[["place_id", "hour", "verdict"]].itertuples()}
            for back in range(1, hours + 1):
                at = first + timedelta(hours=hours - back)
                going = {place: kept for place, kept in going.items() if said.get((place, at)) in kept}
                found |= dict.fromkeys(going, at)
        first, hours = first - _DAY, 24
    return found
