"""What a screen's sentence rests on: how sure its figures are, and whose logs they come from."""

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

from core import carry, formats, revision, rules, words
from core.carry import Basis
from core.frames import rows
from core.revision import Version
from core.view import View
from queries import city, coverage, crowding, guards, revisions, visits

KINDS = ("visits", "crowding", "offices", "place", "summary", "files", "guards")


@lru_cache(maxsize=64)
def of(view: View, kind: str) -> Basis:
    """The basis of a sentence of a kind of KINDS; a build never changes, so each is found once.

    visits: the days of the view. crowding: the day of the hour before the moment. offices, place and summary: stages
    of the register and the days by which use is judged, up to the moment; offices are those of the whole city, as the
    sentence says them. files: every file that is in. guards: the parks of the register and what was counted in them.
    """
    if kind == "files":
        at = formats.moment(datetime.fromisoformat(city.facts(view.build)["built_at"]), view.language)
        known = city.sources(view.build)
        sources = _named(known[known["days"] > 0])
        said = words.text("carry.state.files", view.language, moment=at)
        return Basis("period", said, sources, city.simulated(view.build), filtered=False)
    if kind == "guards":
        return _guards(view)
    wide = view.without_filters() if kind == "offices" else view
    span = wide if kind == "visits" else _before_the_moment(wide, kind)
    status = carry.status(*_days(span), view.language)
    sources = _sources(span)
    simulated = city.simulated(view.build) or any(s for _, s in sources)
    if kind == "visits":
        return Basis("period", status, sources, simulated)
    key = kind if kind in ("crowding", "summary") else "moment"
    fields = {} if key == "moment" else {"estimate": _estimate(view)}
    said = words.text(f"carry.state.{key}", view.language, status=status, **fields)
    if kind == "crowding":
        return Basis("moment", said, sources, simulated)
    site = coverage.sites(wide)
    simulated = simulated or bool((site["simulated"] | site["stage_simulated"]).any())
    register = (words.text("carry.register", view.language), bool(site["stage_simulated"].any()))
    return Basis("moment", said, (register, *sources), simulated, filtered=kind != "offices")


def _estimate(view: View) -> str:
    """How sure the persons inside are in the hour before the moment."""
    hour = crowding.at_hour(view)
    said = words.text(f"carry.estimate.{'rough' if crowding.rough(hour) else 'likely'}", view.language)
    n = int((hour["provisional"] & hour["low"].notna()).sum())
    return words.text("carry.estimate.provisional", view.language, estimate=said, n=n) if n else said


def _guards(view: View) -> Basis:
    park, simulated = guards.parks(view), city.simulated(view.build)
    counted = any(e is not None for expected in park["expected"] for e in expected)  # by area too: from counted parks
    sources = [(words.text("carry.parks", view.language), bool((park["simulated"] | park["capacity_simulated"]).any()))]
    sources += [(words.text("carry.head_counts", view.language), simulated)] if counted else []
    said = words.text("carry.state.guards", view.language)
    return Basis("moment", said, tuple(sources), simulated or sources[0][1], filtered=False)


def _before_the_moment(view: View, kind: str) -> View:
    """The days a sentence of the moment was counted from, whatever hours the view is of."""
    hour = (view.moment - timedelta(hours=1)).date()
    first = hour if kind == "crowding" else view.moment.date() - timedelta(days=rules.USE_DAYS)
    last = hour if kind in ("crowding", "summary") else view.moment.date() - timedelta(days=1)
    return replace(view, first=first, last=last, hours=None)


def _days(view: View) -> tuple[dict[str, int], int]:
    """How many days of the view have each status, and of how many others the city's figure was revised.

    Of the whole city what was published counts; of a part of it no totals are kept, so only what the build knows.
    """
    published = revisions.latest(view)
    revised = published["status"] == revision.REVISED
    if view.filtered or view.hours:
        daily = visits.daily(view)
        found = Counter(_status(row) for row in rows(daily))
        return found, int(revised.sum())
    still = revised & published["provisional"]  # to be said before all else: it changes again
    found = Counter(published["status"].mask(still, revision.PROVISIONAL))
    found[revision.UNKNOWN] += (view.last - view.first).days + 1 - len(published)  # no build ever had a figure
    return found, int(still.sum())


def _status(row: Any) -> str:
    """The status of a day of `visits.daily` by itself."""
    number = None if pd.isna(row.visits) else int(row.visits)
    share = None if pd.isna(row.completeness) else float(row.completeness)
    partial = bool(row.places < row.known_places)
    return revision.statuses([Version(number, share, bool(row.provisional), partial)])[0]


def _sources(view: View) -> tuple[tuple[str, bool], ...]:
    """Sources with a file for a day of the view and a code at one of its places: name, simulated; by name."""
    used = visits.site_days(
        view,
        """SELECT DISTINCT q.source_id FROM site_day s JOIN site_of o USING (site_id)
        JOIN qr q ON q.place_id = o.place_id JOIN source_day d ON d.source_id = q.source_id AND d.day = s.day""",
    )
    known = city.sources(view.build)
    return _named(known[known["source_id"].isin(used["source_id"])])


def _named(sources: pd.DataFrame) -> tuple[tuple[str, bool], ...]:
    return tuple((str(r.name), bool(r.simulated)) for r in rows(sources))
