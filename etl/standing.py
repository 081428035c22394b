"""What `status` says of freshness, provisional days and revisions; it needs the served build, and no lock."""

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from core import builds, formats, lateness, quoting, words
from core.errors import Locked, UsageError
from core.frames import rows
from core.settings import Settings
from core.view import View
from queries import city, revisions

REVISIONS_SAID = 5  # days, those changed last; `--day` and the screen Mutu Data say all


def lines(here: Settings, sources: Mapping[str, Mapping[str, Any]], now: datetime) -> Iterator[str]:
    """Freshness of each source of status.json, the provisional block, and the figures that changed last."""
    yield from _freshness(sources, now.date())
    if (view := _served(here)) is None:
        return
    language = view.language
    if block := revisions.provisional(view.build):
        n = (block[1] - block[0]).days + 1
        yield words.text("quality.provisional", language, period=formats.period(*block, language), n=n)
    else:
        yield words.text("quality.no_provisional", language)
    found = revisions.latest(view)
    changed = found[found["versions"] > 1].sort_values(["published_at", "day"], ascending=False, kind="stable")
    if len(changed):
        yield words.text("cli.status_revisions", language)
    for row in rows(changed.head(REVISIONS_SAID)):
        yield "  " + quoting.line(row, language)


def without_the_lock(here: Settings, locked: Locked, now: datetime) -> Iterator[str]:
    """What can be said while another process writes: the last state noted, and the served build.

    Raises `locked` where nothing was ever noted, UsageError where what was noted cannot be read.
    """
    try:
        state = json.loads(here.status_file.read_text("utf-8"))
    except FileNotFoundError:
        raise locked from None
    except (OSError, ValueError):
        raise UsageError("error.status_unreadable") from None
    at = formats.moment(datetime.fromisoformat(state["at"]), words.spoken())
    yield words.text("cli.status_locked", reason=locked, at=at)
    served = builds.usable(here)
    build = served.build if served else words.text("cli.none")
    yield words.text("cli.status_build", build=build, pin="*" if served and served.pinned else "")
    yield words.text("cli.status_rows", **state["rows"])
    for reason, n in state["rejects"].items():
        yield words.text("cli.status_reject", n=n, reason=words.text(f"reject.{reason}"))
    yield from lines(here, state["sources"], now)


def of_day(here: Settings, day: date) -> str:
    """Which figure holds for a day, in the served build. Raises UsageError without one."""
    if (view := _served(here)) is None:
        raise UsageError("error.no_build")
    found = list(rows(revisions.latest(View(view.build, day, day, view.moment))))
    return quoting.sentence(found[0], words.spoken()) if found else quoting.nothing(day, words.spoken())


def _served(here: Settings) -> View | None:
    """All days of the served build, in the language of the run."""
    served = builds.usable(here)
    extent = city.extent(served.build) if served else None
    if extent is None:
        return None
    return View(extent.build, extent.first, extent.last, extent.opens_at, language=words.spoken())


def _freshness(sources: Mapping[str, Mapping[str, Any]], today: date) -> Iterator[str]:
    """A simulated source stands in a past of its own: it is judged as of the day after the last one of them all."""
    made_up = [date.fromisoformat(s["last_day"]) for s in sources.values() if s.get("simulated") and s["last_day"]]
    its_today = max(made_up, default=today) + timedelta(days=1)
    for source in sources.values():
        if source["last_day"] is None:
            yield f"{source['name']}: {words.text('quality.never')}"
            continue
        last, simulated = date.fromisoformat(source["last_day"]), bool(source.get("simulated"))
        every, after = int(source.get("every_days", 1)), int(source.get("late_after_days", 0))
        late = lateness.late(last, every, after, its_today if simulated else today)
        said = words.text("cli.status_in_time")
        if late:
            said = words.text("cli.status_late", days=late.days, since=formats.day(late.since, words.spoken()))
        as_of = words.text("cli.status_as_of", day=formats.day(its_today, words.spoken())) if simulated else ""
        yield words.text(
            "cli.status_source", name=source["name"], day=last, every=every, after=after, late=said, as_of=as_of
        )
