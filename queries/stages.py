"""Stages of places as of a moment: of doors and sites by their own events, of a site with doors by theirs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import pandas as pd

from core import builds, rollout
from core.frames import rows
from core.rollout import Event, History, Parent, Stage

_EVENTS = """
SELECT place_id, event_id, stage, "at", document, corrects, coalesce("precision", 'minute') AS "precision", simulated
FROM stage_event
"""
_DOORS = "SELECT o.site_id, o.place_id FROM site_of o JOIN place USING (place_id) WHERE kind = 'door' ORDER BY ALL"
# A check-in at a code's own place says that it was installed by then, whatever the register has on record.
_FIRST = """
SELECT place_id, site_id, min(first_at) AS first_at, max(day) FILTER (check_ins > 0) AS last_day
FROM door_day WHERE check_ins > 0 AND first_at < $moment GROUP BY ALL
"""


@dataclass(frozen=True)
class Standing:
    """A site's stage with the doors behind it, and the histories of what its stage is computed from."""

    whole: Parent
    histories: tuple[History, ...]

    @property
    def stage(self) -> Stage | None:
        return self.whole.stage


@lru_cache(maxsize=4)
def events(build: str) -> Mapping[str, tuple[Event, ...]]:
    """All stage events of a build by the place they are of."""
    found: dict[str, list[Event]] = {}
    for row in rows(builds.frame(build, _EVENTS)):
        document, corrects = (None if pd.isna(v) else str(v) for v in (row.document, row.corrects))
        event = Event(
            row.event_id, row.stage, row.at.to_pydatetime(), document, corrects, row.precision, bool(row.simulated)
        )
        found.setdefault(row.place_id, []).append(event)
    return {place: tuple(said) for place, said in found.items()}


@lru_cache(maxsize=4)
def doors(build: str) -> Mapping[str, tuple[str, ...]]:
    """The doors of each site that has any."""
    found = builds.frame(build, _DOORS)
    return {str(site): tuple(mine["place_id"]) for site, mine in found.groupby("site_id", sort=False)}


@lru_cache(maxsize=16)
def checked(build: str, moment: datetime) -> pd.DataFrame:
    """First check-in (hour) and last day with one before the moment, by the place the code stands for: index place_id,
    site_id, first_at, last_day."""
    return builds.frame(build, _FIRST, moment=moment).set_index("place_id")


@lru_cache(maxsize=16)
def histories(build: str, moment: datetime) -> Mapping[str, History]:
    """What became of each place that has an event or a check-in by the moment."""
    said = events(build)
    first = {str(place): at.to_pydatetime() for place, at in checked(build, moment)["first_at"].items()}
    found = {}
    for place in said.keys() | first.keys():
        own = list(said.get(place, ()))
        if place in first:
            own.append(Event(f"check-in {place}", "first_check_in", first[place], simulated=_simulated(own)))
        found[place] = rollout.history(own, moment)
    return found


def _simulated(own: list[Event]) -> bool:
    return any(e.simulated for e in own)


@lru_cache(maxsize=16)
def sites(build: str, moment: datetime) -> Mapping[str, Standing]:
    """Every site that has a stage or doors; of its doors where any of them has a stage, else its own."""
    known = histories(build, moment)
    nothing = History()
    found = {}
    of_door = doors(build)
    door_ids = {door for mine in of_door.values() for door in mine}
    for site, mine in of_door.items():
        of_doors = [known.get(door, nothing) for door in mine]
        if any(h.stage for h in of_doors):
            found[site] = Standing(rollout.parent([h.stage for h in of_doors]), tuple(h for h in of_doors if h.stage))
    for place, history in known.items():
        if place not in door_ids and place not in found:
            found[place] = Standing(rollout.parent([history.stage]), (history,))
    return found
