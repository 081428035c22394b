"""A day of crowding played again: each place and kelurahan at every fifth minute of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

import pandas as pd

from core import crowding
from core.view import View
from queries import coverage, instants


@dataclass(frozen=True)
class Day:
    """A day, instant by instant.

    at: the instants, in order, `step` minutes apart. places: place_id, name, kelurahan_code, lat, lon,
    position_simulated, limit and limit_kind, a row a site with a code, by name. found: place_id, at, low, high,
    verdict, band_low, band_high, limit_kind and provisional of each place and instant, as `queries.instants.judged`.
    areas: kelurahan_code, at, verdict and band of its fullest place of known limit, as `crowding.by_kelurahan`.
    """

    at: list[datetime]
    step: int
    places: pd.DataFrame
    found: pd.DataFrame
    areas: pd.DataFrame

    @property
    def counts(self) -> pd.DataFrame:
        """How many places have each verdict at each instant: columns of core.crowding.VERDICTS, indexed by at."""
        n = self.found.groupby(["at", "verdict"]).size().unstack(fill_value=0)
        return n.reindex(index=self.at, columns=list(crowding.VERDICTS), fill_value=0).astype("int64")

    @property
    def provisional(self) -> pd.Series:
        """How many places have a figure at each instant that may still change, by at."""
        return self.found.groupby("at")["provisional"].sum().reindex(self.at, fill_value=0).astype("int64")


@lru_cache(maxsize=4)
def day(view: View, until: datetime | None = None) -> Day:
    """The day of the hour before the moment, of the places the view keeps, not beyond `until`.

    Where the build knows no instants of the day the hours stand for them: `step` is then 60. A build never changes.
    """
    midnight = (view.moment - timedelta(hours=1)).replace(hour=0)
    found = instants.day(view.build, view.moment)
    named = coverage.sites(view)[["place_id", "name", "kelurahan_code", "lat", "lon", "position_simulated"]]
    found = found[found["place_id"].isin(named["place_id"])]
    known = found[found["low"].notna()]
    step = 60 if len(known) and known["by_hour"].all() else instants.MINUTES
    at = [midnight + timedelta(minutes=n) for n in range(0, 24 * 60, step)]
    if until is not None:
        at = [moment for moment in at if moment <= until]
    found = found[found["at"].isin(at)]
    limits = found.drop_duplicates("place_id")[["place_id", "limit", "limit_kind"]]
    places = named.merge(limits, on="place_id").sort_values(["name", "place_id"], ignore_index=True)
    found = found.merge(places[["place_id", "name", "kelurahan_code"]], on="place_id")
    return Day(at, step, places, found, _areas(found))


def _areas(found: pd.DataFrame) -> pd.DataFrame:
    """The fullest judged place of each kelurahan and instant; 'undecided' where none is judged."""
    placed = found.dropna(subset="kelurahan_code")
    worst = placed.assign(_order=placed["verdict"].map(crowding.VERDICTS.index)).sort_values(
        ["kelurahan_code", "at", "_order", "pct_high", "high", "name"], ascending=[True, True, True, False, False, True]
    )
    first = worst.drop_duplicates(["kelurahan_code", "at"])
    return first[["kelurahan_code", "at", "verdict", "band_high"]].rename(columns={"band_high": "band"})
