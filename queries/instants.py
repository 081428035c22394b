"""Persons inside at every fifth minute, judged as the hour is (queries.crowding): the limit of an hour is theirs."""

from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
import pandas as pd

from core import builds
from queries import capacity, crowding

MINUTES = 5
OF_HOUR = 60 // MINUTES
_INSTANTS = f"""
SELECT site_id AS place_id, hour + to_minutes({MINUTES} * (i - 1)) AS "at", low[i] AS low, high[i] AS high
FROM place_instant, range(1, {OF_HOUR + 1}) instants(i)
WHERE hour >= $first AND hour < $first + to_hours($n) AND ($places IS NULL OR list_contains($places, site_id))
"""


@lru_cache(maxsize=8)
def judged(build: str, first: datetime, n: int, places: tuple[str, ...] | None = None) -> pd.DataFrame:
    """The sites with a code (of `places`, where said) at each fifth minute of `n` hours from `first` on, in that order.

    place_id, hour, at; low, high (Int64 persons; NA: no estimate or no data), by_hour (no instants are known: the peak
    of the hour stands for each), provisional, and of `crowding.at_hour` the columns of a limit, pct_low, pct_high,
    band_low, band_high, verdict. A build never changes.
    """
    hours = crowding.judged(build, first, n)
    if places is not None:
        hours = hours[hours["place_id"].isin(places)]
    hours = hours.sort_values(["place_id", "hour"], ignore_index=True)
    limits = capacity.limits(build, hours)
    found = hours.loc[hours.index.repeat(OF_HOUR)].reset_index(drop=True)
    minutes = np.tile(np.arange(OF_HOUR) * MINUTES, len(hours))
    found["at"] = found["hour"] + pd.to_timedelta(minutes, unit="min")
    known = builds.frame(build, _INSTANTS, first=first, n=n, places=None if places is None else list(places))
    found = found.merge(known, how="left", on=["place_id", "at"], suffixes=("_hour", ""))
    found["by_hour"] = found["model"].isna() & found["low_hour"].notna()
    for name in ("low", "high"):  # an hour without a row has nobody, where there is an estimate at all
        own, of_hour = found[name].astype("Int64"), found[f"{name}_hour"]
        found[name] = own.fillna(0).mask(found["by_hour"], of_hour).where(of_hour.notna())
    names = ("place_id", "hour", "at", "low", "high", "by_hour", "provisional")
    return crowding.with_limits(found[list(names)], [limit for limit in limits for _ in range(OF_HOUR)])


def day(build: str, moment: datetime, places: tuple[str, ...] | None = None) -> pd.DataFrame:
    """`judged` for the day of the hour before the moment."""
    midnight = (moment - timedelta(hours=1)).replace(hour=0)
    return judged(build, midnight, 24, places)
