"""What is on record of a place: its events in words, its stage as of now."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from core import formats, places, rollout, words
from core.errors import UsageError
from core.settings import Settings
from etl.entry import contract, known
from etl.entry.cells import resolved
from etl.entry.known import Event
from etl.entry.values import Wrong


def stage_of(said: list[Event], now: datetime) -> str:
    """The stage of a place as of now, from all its events, in words."""
    stage = rollout.history((e.plain for e in said), now).stage
    if stage is None:
        return words.text("entry.stage_unknown")
    return words.text(f"stage.{stage.name}") + (words.text("entry.made_up") if stage.simulated else "")


def said(event: Event) -> str:
    """An event as one line: id, stage, when, document, what it corrects."""
    language = words.spoken()
    when = formats.moment(event.at, language)
    if event.precision == "day":
        when = formats.day(event.at.date(), language)
    parts = [f"{event.event_id}: {contract.stage_word(event.stage)}", when, event.document or ""]
    parts.append(words.text("entry.corrects", id=event.corrects) if event.corrects else "")
    return ", ".join(part for part in parts if part) + (words.text("entry.made_up") if event.simulated else "")


def of_place(settings: Settings, name: str) -> Iterator[str]:
    """Every event of a place with its id, which a correction must name. Raises UsageError for a name nobody knows."""
    there = known.of(settings, scenario=True)
    try:
        place = resolved(name, there.places_of(places.KINDS), "place", words.text("entry.what.place"))
    except Wrong as wrong:
        raise UsageError("entry.no_place", name=name, expected=wrong.expected) from None
    mine = sorted((e for e in there.events.values() if e.place_id == place), key=lambda e: (e.at, e.event_id))
    by: Mapping[str | None, str] = {e.corrects: e.event_id for e in mine if e.corrects}
    yield f"{there.name[place]} ({place})"
    for event in mine:
        late = words.text("entry.corrected_by", id=by[event.event_id]) if event.event_id in by else ""
        yield f"  {said(event)}{late}"
    if not mine:
        yield "  " + words.text("entry.no_events")
