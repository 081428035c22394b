"""The points of one site, each with a stage and a use of its own: its doors, or the site itself where it has none."""

from datetime import date

import pandas as pd

from core import builds, rollout
from core.view import View
from queries import stages, use

_NAMES = """
SELECT p.place_id, p.name, b.name AS building, p.simulated FROM site_of o JOIN place p USING (place_id)
LEFT JOIN place b ON b.place_id = p.parent_id AND b.kind = 'building'
WHERE o.site_id = $site AND p.kind IN ('door', 'site') ORDER BY p.kind = 'site', b.name NULLS FIRST, p.name
"""
_CODED = """
SELECT place_id, min(coalesce(valid_from, DATE '0001-01-01')) AS coded_from FROM qr
WHERE $moment::DATE BETWEEN coalesce(valid_from, DATE '0001-01-01') AND coalesce(valid_to, DATE '9999-12-31')
GROUP BY ALL
"""


def points(view: View, site: str) -> pd.DataFrame:
    """place_id, name, building (NA: none), has_code (on the moment's day), stage, since, precision, deadline, again,
    stage_simulated, last_day (of a check-in), and the columns of queries.use.COLUMNS (NA where nothing is installed).

    The site stands among its doors only where it has a code or a stage of its own.
    """
    found = builds.frame(view.build, _NAMES, site=site)
    coded = builds.frame(view.build, _CODED, moment=view.moment).set_index("place_id")["coded_from"]
    known = stages.histories(view.build, view.moment)
    doors = stages.doors(view.build).get(site, ())
    own = (found["place_id"] != site) | found["place_id"].isin(coded.index) | (not doors)
    found = found[own].reset_index(drop=True)
    stage = [h.stage if (h := known.get(place)) else None for place in found["place_id"]]
    installed = [
        place for place, s in zip(found["place_id"], stage, strict=True) if s and s.rank >= rollout.RANK["installed"]
    ]
    begun = {place: _installed(known.get(place), coded.get(place)) for place in installed}
    used = use.use(use.of_doors(view.build, view.moment, site), begun, installed)
    last = stages.checked(view.build, view.moment)["last_day"]
    more = pd.DataFrame(
        {
            "has_code": found["place_id"].isin(coded.index),
            "stage": [s.name if s else None for s in stage],
            "since": pd.Series([s.since if s else None for s in stage], dtype="datetime64[us]").array,
            "precision": [s.precision if s else None for s in stage],
            "deadline": pd.Series([s.deadline if s else None for s in stage], dtype="datetime64[us]").array,
            "again": [bool(s and s.again) for s in stage],
            "stage_simulated": [bool(s and s.simulated) for s in stage],
            "last_day": last.reindex(found["place_id"]).array,
        },
        index=found.index,
    )
    return pd.concat([found, more], axis=1).join(used, on="place_id")


def _installed(history: rollout.History | None, coded: object) -> date | None:
    own = [s.begin for s in history.spells if s.stage == "installed"] if history else []
    begun = pd.Timestamp(min(own) if own else coded).date() if own or coded is not None else None  # type: ignore[arg-type]
    return None if begun is None or begun.year == 1 else begun


def spells(view: View, site: str) -> pd.DataFrame:
    """The stages each point of a site was in: place_id, name, stage, begin, end (NaT: still in it), oldest first."""
    names = builds.frame(view.build, _NAMES, site=site).set_index("place_id")["name"]
    known = stages.histories(view.build, view.moment)
    found = [
        {"place_id": place, "name": name, "stage": s.stage, "begin": s.begin, "end": s.end}
        for place, name in names.items()
        if place in known
        for s in known[str(place)].spells
    ]
    frame = pd.DataFrame(found, columns=["place_id", "name", "stage", "begin", "end"])
    return frame.astype({"begin": "datetime64[us]", "end": "datetime64[us]"})


def collective_day(view: View, site: str) -> date | None:
    """The day of the collective filing where that is all that is on record of a site; None otherwise."""
    mine = (site, *stages.doors(view.build).get(site, ()))
    said = [e for place in mine for e in rollout.valid(stages.events(view.build).get(place, ())) if e.at <= view.moment]
    return min(e.at for e in said).date() if said and all(rollout.collective(e) for e in said) else None
