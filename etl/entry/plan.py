"""What a spreadsheet would change: its rows read against the register, and its places' stages before and after."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core import formats, words
from core.errors import InputRefused
from core.settings import Settings
from etl import register
from etl.entry import events, folders, history, known, sheets
from etl.entry import places as entered
from etl.entry.known import Event, Known
from etl.entry.values import Fault


@dataclass(frozen=True)
class Plan:
    """The new rows of the register by table, and the register they were held against, scenario included."""

    events: events.Read
    places: entered.Read
    contacts: entered.Read
    before: Known

    @property
    def tables(self) -> dict[str, list[folders.Record]]:
        return {
            "place": list(self.places.place),
            "site": list(self.places.site),
            "stage_event": [event.record for event in self.events.new],
            "contact": list(self.contacts.contact),
        }

    @property
    def empty(self) -> bool:
        return not any(self.tables.values())

    def lines(self, now: datetime) -> Iterator[str]:
        """What changes, place by place, and how many rows are new, known and corrections."""
        for row in self.places.place:
            kind = words.text(f"entry.kind.{row['kind']}")
            yield words.text("entry.place_new", kind=kind, name=row["name"], id=row["place_id"])
        yield from self._stages(now)
        for row in self.contacts.contact:
            old = self.contacts.changed.get((row["owner_id"], row["role"]))
            key = "entry.contact_new" if old is None else "entry.contact_changed"
            office = self.before.owners[row["owner_id"]]
            yield words.text(key, office=office, role=row["role"], contact=row["contact"], old=old)
        corrections = sum(event.corrects is not None for event in self.events.new)
        there = self.events.there + self.places.there + self.contacts.there
        yield words.text(
            "entry.counts",
            events=len(self.events.new),
            corrections=corrections,
            places=len(self.places.place),
            contacts=len(self.contacts.contact),
            there=there,
        )

    def _stages(self, now: datetime) -> Iterator[str]:
        names = self.before.name | {row["place_id"]: row["name"] for row in self.places.place}
        new: dict[str, list[Event]] = {}
        for event in self.events.new:
            new.setdefault(event.place_id, []).append(event)
        old: dict[str, list[Event]] = {}
        for event in self.before.events.values():
            old.setdefault(event.place_id, []).append(event)
        for place in sorted(new, key=lambda p: (names[p], p)):
            before, after = (
                history.stage_of(said, now) for said in (old.get(place, []), old.get(place, []) + new[place])
            )
            yield words.text("entry.place", name=names[place], id=place, before=before, after=after)
            for event in sorted(new[place], key=lambda e: (e.at, e.event_id)):
                yield "  + " + history.said(event)


def make(settings: Settings, path: Path, now: datetime) -> Plan:
    """Reads the file against the register. Raises InputRefused with every refusal of the file, or none is left out."""
    found, faults = sheets.read(path)
    without, whole = known.of(settings, scenario=False), known.of(settings, scenario=True)
    file = words.text("entry.source_file", file=formats.masked(path.name))
    tables = {table.key: table for table in found}
    placed, contacts, happened = entered.Read(), entered.Read(), events.Read()
    if table := tables.get("places"):
        placed = entered.read(table, without, whole, file, register.city(settings).areas)
    if table := tables.get("contacts"):
        contacts = entered.contacts(table, without, file)
    if table := tables.get("events"):
        happened = events.read(table, without, whole, placed.names(events.PLACED), now)
    refuse(path, [*faults, *placed.faults, *happened.faults, *contacts.faults])
    return Plan(happened, placed, contacts, whole)


def refuse(path: Path, faults: list[Fault]) -> None:
    """Raises InputRefused with all of them, in the order of the file."""
    if faults:
        lines = "\n".join("  " + fault.said() for fault in faults)
        raise InputRefused("entry.refused", file=path.name, n=formats.number(len(faults), 0, words.spoken()), all=lines)
