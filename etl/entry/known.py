"""What the register knows already, as entries are held against it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core import db, rollout
from core.resolve import Resolver
from core.settings import Settings
from etl import register


@dataclass(frozen=True)
class Event:
    """One stage event. precision: 'minute', or 'day' where only the day of `at` is known."""

    event_id: str
    place_id: str
    stage: str
    at: datetime
    precision: str
    document: str | None
    corrects: str | None
    source: str
    confidence: str
    simulated: bool

    @property
    def what(self) -> tuple[object, ...]:
        """What it says happened, whatever its id and whoever says so."""
        return self.place_id, self.stage, self.at, self.precision, self.document, self.corrects, self.simulated

    @property
    def plain(self) -> rollout.Event:
        """As the rules of the rollout take it."""
        return rollout.Event(
            self.event_id, self.stage, self.at, self.document, self.corrects, self.precision, self.simulated
        )

    @property
    def content(self) -> tuple[object, ...]:
        """All it says but its id."""
        return *self.what, self.source, self.confidence

    @property
    def record(self) -> dict[str, Any]:
        """The event as a row of the register."""
        said = dict(vars(self)) | {"at": f"{self.at:%Y-%m-%d %H:%M:%S}", "simulasi": "simulasi" * self.simulated}
        del said["simulated"]
        return said


@dataclass
class Known:
    """The register as laid: kinds and names of places, events by id, owners, categories, contacts, sites."""

    kind: dict[str, str]
    name: dict[str, str]
    events: dict[str, Event]
    owners: dict[str, str]
    kelurahan: Resolver
    aliases: list[tuple[str, str, str]]
    categories: list[str]
    contacts: dict[tuple[str, str], str]
    places: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    sites: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def places_of(self, kinds: tuple[str, ...], more: Mapping[str, str] | None = None) -> Resolver:
        """Names of places of these kinds to their ids; `more` are those of the file."""
        names = {place: name for place, name in self.name.items() if self.kind[place] in kinds} | dict(more or {})
        return Resolver({"place": names}, [a for a in self.aliases if a[0] == "place" and a[2] in names])


def read(con: db.Connection) -> Known:
    """Reads what is laid in `con`."""
    placed = db.run(con, "SELECT place_id, kind, parent_id, name FROM place")
    events = db.run(
        con,
        """SELECT event_id, place_id, stage, stage_event.at, coalesce(precision, 'minute'), document, corrects, sourced,
        confidence, simulated FROM stage_event ORDER BY event_id""",
    )
    aliases = db.run(con, "SELECT level, name, code FROM alias")
    kelurahan = dict(db.run(con, "SELECT code, name FROM kelurahan"))
    known = Known(
        kind={row[0]: row[1] for row in placed},
        name={row[0]: row[3] for row in placed},
        events={row[0]: Event(*row) for row in events},
        owners=dict(db.run(con, "SELECT owner_id, name FROM owner")),
        kelurahan=Resolver({"kelurahan": kelurahan}, [a for a in aliases if a[0] == "kelurahan"]),
        aliases=aliases,
        categories=[row[0] for row in db.run(con, "SELECT category FROM categories")],
        contacts={(row[0], row[1]): row[2] for row in db.run(con, "SELECT owner_id, role, contact FROM contact")},
        places={row[0]: row[1:] for row in placed},
    )
    for place, *row in db.run(
        con, "SELECT place_id, valid_from, kelurahan_code, area_id, category, owner_id, capacity FROM site"
    ):
        known.sites.setdefault(place, []).append(tuple(row))
    return known


def of(settings: Settings, *, scenario: bool) -> Known:
    """The register of an installation, with the scenario's made-up part or without."""
    con = db.open_in_memory(settings)
    try:
        register.lay(con, settings, scenario=scenario)
        return read(con)
    finally:
        con.close()
