"""Rows of the sheet of stages become events, each refusal naming its cell. An event is added, never changed."""

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from typing import Any

from core import places, words
from core.resolve import Doubtful
from etl.entry import contract, values
from etl.entry.cells import Cells, resolved
from etl.entry.known import Event, Known
from etl.entry.sheets import Row, Table
from etl.entry.values import Fault, Wrong

PLACED = ("site", "door")  # what has a stage of its own; of buildings and areas it is computed
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


@dataclass
class Read:
    """What the rows come to: events that are new, how many were there already, and what is refused."""

    new: list[Event] = field(default_factory=list)
    there: int = 0
    faults: list[Fault] = field(default_factory=list)


def event_id(event: Event) -> str:
    """The id of an event that was given none: the same words have the same id, in every file."""
    said = f"{event.at:%Y-%m-%d}" if event.precision == "day" else f"{event.at:%Y-%m-%dT%H:%M:%S}"
    parts = [event.place_id, event.stage, said, event.document or "", event.corrects or ""]
    parts += ["simulasi"] * event.simulated
    return "P-" + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


def read(table: Table, known: Known, scenario: Known, added: Mapping[str, str], now: datetime) -> Read:
    """Events of `table` against the register (`known`, which the scenario is no part of). added: places of the file."""
    found = Read()
    reader = _Reader(known, scenario, added, now)
    drafts = [(row, reader.event(Cells(table, row, found.faults))) for row in table.rows]
    ids, by_what = dict(known.events), {event.what: event for event in known.events.values()}
    new: dict[str, tuple[Row, Event]] = {}
    settled: set[int] = set()
    for row, draft in drafts:
        if draft is None:
            continue
        event = draft if draft.event_id else replace(draft, event_id=event_id(draft))
        there = ids.get(event.event_id) or by_what.get(event.what)
        if there is None:
            new[event.event_id] = (row, event)
            ids[event.event_id] = by_what[event.what] = event
        elif there.content == event.content and draft.event_id in ("", there.event_id):
            found.there += 1
            settled.add(row.line)
        else:
            column = "event_id" if draft.event_id else "place"
            found.faults.append(table.fault(row, column, words.text("entry.expected.taken", id=there.event_id)))
    links = [
        _Link(row, place, corrects)
        for row, (place, corrects) in zip(table.rows, reader.corrects, strict=True)
        if corrects and row.line not in settled
    ]
    found.faults += _corrections(table, links, new, known, scenario, reader.broken)
    found.new = [event for _, event in new.values()]
    return found


class _Reader:
    def __init__(self, known: Known, scenario: Known, added: Mapping[str, str], now: datetime) -> None:
        self._now = now
        self._places = known.places_of(PLACED, added)
        self._others = known.places_of(("area", "building"))
        self._scenario = scenario.places_of(places.KINDS)
        self._stages, self._confidences, self._answers = contract.stages(), contract.confidences(), contract.answers()
        self._found: dict[str, str | Wrong] = {}
        self._made_up = scenario.events.keys() - known.events.keys()
        self.corrects: list[tuple[str | None, str | None]] = []  # of every row: its place, and what it corrects
        self.broken: set[str] = set()  # ids given in rows that are refused: who corrects one is not refused for it

    def event(self, cells: Cells) -> Event | None:
        place, stage = cells.get("place", self._place), cells.get("stage", self._stage)
        day = cells.get("date", lambda cell: values.day(cell, self._now))
        clock = cells.get("time", values.clock)
        if day and day[1] and clock:
            cells.refuse("time", words.text("entry.expected.one_time"))
        at_time = clock if clock is not None else day[1] if day else None
        at = datetime.combine(day[0], at_time or time()) if day else None
        if at and at_time is not None and at > self._now:
            cells.refuse("time", words.text("entry.expected.future", now=f"{self._now:%d/%m/%Y %H.%M}"))
        document, source, corrects = cells.text("document"), cells.text("source"), cells.text("corrects")
        confidence = cells.get("confidence", lambda cell: values.word(cell, self._confidences, _confidence_words()))
        simulated = cells.get("simulated", self._answer)
        given = cells.get("event_id", _id)
        if given in self._made_up:
            cells.refuse("event_id", words.text("entry.expected.id_made_up"))
        self.corrects.append((place, corrects))
        if stage == "withdrawn" and not cells.has("corrects"):
            cells.refuse("corrects", words.text("entry.expected.corrects_needed"))
        if cells.bad or place is None or stage is None or at is None:
            self.broken |= {given or ""} - self._made_up
            return None
        return Event(
            given or "", place, stage, at, "day" if at_time is None else "minute", document, corrects, source or "",
            confidence or "", bool(simulated),
        )  # fmt: skip

    def _place(self, cell: Any) -> str:
        said = values.text(cell)
        if said not in self._found:  # of a name that fits nothing, those that come near are dear to find
            try:
                self._found[said] = self._resolve(said)
            except Wrong as wrong:
                self._found[said] = wrong
        found = self._found[said]
        if isinstance(found, Wrong):
            raise found
        return found

    def _resolve(self, said: str) -> str:
        try:
            return resolved(said, self._places, "place", words.text("entry.what.place"))
        except Wrong:
            for names, key in ((self._others, "not_a_parent"), (self._scenario, "not_made_up")):
                try:
                    code = names.code(said, "place")
                except Doubtful:
                    continue
                raise Wrong(key, code=code) from None
            raise

    def _stage(self, cell: Any) -> str:
        known = ", ".join(contract.stage_word(stage) for stage in places.STAGES)
        stage = values.word(cell, self._stages, known)
        if stage in contract.COMPUTED:
            raise Wrong("computed", known=known)
        return stage

    def _answer(self, cell: Any) -> bool:
        return values.word(cell, self._answers, " | ".join(words.text(f"entry.answer.{k}") for k in ("yes", "no")))


def _id(cell: Any) -> str:
    said = values.text(cell)
    if said and not _ID.fullmatch(said):
        raise Wrong("event_id")
    return said


def _confidence_words() -> str:
    return " | ".join(words.text(f"entry.confidence.{key}") for key in places.CONFIDENCE)


@dataclass(frozen=True)
class _Link:
    """A row that corrects an event; its place is None where that was refused."""

    row: Row
    place: str | None
    corrects: str


def _corrections(
    table: Table, links: Sequence[_Link], new: Mapping[str, tuple[Row, Event]], known: Known, scenario: Known,
    broken: set[str],
) -> Iterator[Fault]:  # fmt: skip
    """What is wrong with what rows correct: each names one event of the same place that none other names."""
    all_events = known.events | {name: event for name, (_, event) in new.items()}
    mine = {row.line: event for row, event in new.values()}
    by = {event.corrects: event.event_id for event in known.events.values() if event.corrects}
    for link in links:
        wrong, event = all_events.get(link.corrects), mine.get(link.row.line)
        expected = None
        if wrong is None and link.corrects not in broken:
            expected = _said("corrects_scenario" if link.corrects in scenario.events else "corrects")
        elif wrong and link.place and wrong.place_id != link.place:
            expected = _said("corrects_place", place=wrong.place_id)
        elif link.corrects in by:
            expected = _said("corrects_once", by=by[link.corrects])
        elif event and _circle(event, all_events):
            expected = _said("corrects_itself")
        if event:
            by.setdefault(link.corrects, event.event_id)
        if expected:
            yield table.fault(link.row, "corrects", expected)


def _said(key: str, **fields: object) -> str:
    return words.text(f"entry.expected.{key}", None, **fields)


def _circle(event: Event, all_events: Mapping[str, Event]) -> bool:
    seen = {event.event_id}
    while event.corrects and (wrong := all_events.get(event.corrects)):
        if wrong.event_id in seen:
            return True
        seen.add(wrong.event_id)
        event = wrong
    return False
