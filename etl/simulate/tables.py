"""The scenario's register: everything the demo makes up, each row marked `simulasi`, in the columns of the register."""

import csv
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from pathlib import Path

import numpy as np

from core import places
from etl.simulate import rollout, venues
from etl.simulate.city import City
from etl.simulate.logs import code_of
from etl.simulate.venues import Venue

_CAPACITY_UNKNOWN = 0.15  # some stay unknown, as they do in life
_CAPACITY_KNOWN = ("balai-kota",)
_LIMIT_OF_PEAK = (0.35, 1.5)  # what is permitted against the most ever inside: some break it, most do not
_ROOM_OF_OFFICES = (1.3, 3.2)  # no cap binds their visitors: the room itself, which people seldom fill
# The cap that shares such a limit out: a capacity is the limit over it. Only to make up numbers; no rule is read here.
_TYPICAL_CAP = {"taman": 0.25, "wisata": 0.25, "kampung": 0.25, "olahraga": 0.5, "mal": 0.5, "restoran": 0.5}
_WRONG_DATE = "kantor-kec-klojen"  # one event that a later one corrects
# Whom to write to in a few offices, with numbers nobody can dial; of the others the register knows none, as in life.
_CONTACTS = {
    "dinkes": ("Subbagian Umum, petugas QR", "kontak simulasi, ekstensi 101"),
    "diskominfo": ("Bidang Aplikasi Informatika", "kontak simulasi, ekstensi 102"),
    "dlh": ("Bidang Pertamanan", "kontak simulasi, ekstensi 103"),
    "disporapar": ("Bidang Pariwisata", "kontak simulasi, ekstensi 104"),
    "kec-klojen": ("Sekretaris Kecamatan", "kontak simulasi, ekstensi 105"),
}
# Whose log a source is, where its codes are one office's.
_OWNER_OF = {"dlh": "dlh", "disporapar": "disporapar", "dinkes": "dinkes", "hitung-taman": "dlh"}
Record = Mapping[str, object]


def capacities(planned: list[Venue], peaks: dict[str, int], rng: np.random.Generator) -> dict[str, int]:
    """Made-up capacities in persons, by site: of the size of what was really inside, or of the category."""
    found = {}
    for venue in planned:
        span = _ROOM_OF_OFFICES if venue.category.startswith("kantor") else _LIMIT_OF_PEAK
        room = rng.uniform(*span) * peaks.get(venue.place_id, 0) / _TYPICAL_CAP.get(venue.category, 1.0)
        unknown = rng.random() < _CAPACITY_UNKNOWN
        if not unknown or venue.category == "mal" or venue.place_id in _CAPACITY_KNOWN:
            found[venue.place_id] = max(10, round(room, -1) if room >= 10 else round(venue.law.capacity * venue.size))
    return {place: int(persons) for place, persons in found.items()}


def write(
    folder: Path, city: City, planned: list[Venue], capacity: dict[str, int], mark: str, rng: np.random.Generator
) -> None:
    """Writes place, site, hours, qr, source, stage_event and contact; `mark` is their source. Nothing lies after the
    period."""
    owners = {venue.owner_id for venue in planned}  # of the register: another city has others
    tables: dict[str, Iterable[Record]] = {
        "source": (
            {
                "source_id": s,
                "name": name,
                "owner_id": owner if (owner := _OWNER_OF.get(s)) in owners else "",
                "every_days": 1,
                "late_after_days": 2,
            }
            for s, name in venues.SOURCES.items()
        ),
        "place": _places(planned),
        "site": _sites(city, planned, capacity, rng),
        "hours": _hours(planned),
        "qr": _codes(city, planned),
        "stage_event": _events(city, planned, rng),
        "contact": (
            {"owner_id": owner, "role": role, "contact": contact}
            for owner, (role, contact) in _CONTACTS.items()
            if owner in owners
        ),
    }
    for name, rows in tables.items():
        _write(folder / f"{name}.csv", name, rows, mark)


def _write(path: Path, table: str, rows: Iterable[Record], mark: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        names = [c.name for c in places.TABLES[table]]
        writer.writerow([*names, *(c.name for c in places.PROVENANCE), "simulasi"])
        writer.writerows([*(row.get(name, "") for name in names), mark, "low", "simulasi"] for row in rows)


def _places(planned: list[Venue]) -> Iterable[Record]:
    for venue in planned:
        if venue.made_up:
            yield {"place_id": venue.place_id, "kind": "site", "name": venue.name}
    for venue in planned:
        for door in venue.doors:
            if door.parent_id:
                yield {"place_id": door.place_id, "kind": "door", "parent_id": door.parent_id, "name": door.name}


def _sites(city: City, planned: list[Venue], capacity: dict[str, int], rng: np.random.Generator) -> Iterable[Record]:
    """Of a sourced site only what is added; of a made-up one all of it."""
    for venue in planned:
        added: dict[str, object] = {"place_id": venue.place_id, "capacity": capacity.get(venue.place_id, "")}
        own = {"kelurahan_code": venue.kelurahan_code, "category": venue.category, "owner_id": venue.owner_id}
        if venue.place_id == venues.MOVING:
            code, day = venues.moves_to(city)
            yield added | own | {"valid_to": day - timedelta(days=1)} | _position(city, venue.kelurahan_code, rng)
            yield added | own | {"valid_from": day, "kelurahan_code": code} | _position(city, code, rng)
            continue
        if venue.made_up:
            added |= own
        if not venue.has_position:
            added |= _position(city, venue.kelurahan_code, rng)
        if len(added) > 2 or added["capacity"]:
            yield added


def _position(city: City, kelurahan: str, rng: np.random.Generator) -> dict[str, object]:
    point = city.position(kelurahan, rng)
    return {"lat": point[0], "lon": point[1]} if point else {}


def _hours(planned: list[Venue]) -> Iterable[Record]:
    for venue in planned:
        for weekday in venue.law.days if venue.hours_known else ():
            closes = venue.law.friday_closes if weekday == 5 and venue.law.friday_closes else venue.closes
            opens, shut = (f"{int(h) % 24:02d}:{int(h * 60) % 60:02d}" for h in (venue.opens, closes))
            yield {"place_id": venue.place_id, "weekday": weekday, "opens": opens, "closes": shut}


def _codes(city: City, planned: list[Venue]) -> Iterable[Record]:
    for venue in planned:
        for door in venue.doors:
            if door.installed and door.installed <= city.days[-1]:
                yield {
                    "qr_code": code_of(door.place_id),
                    "place_id": door.place_id,
                    "source_id": venue.source_id,
                    "valid_from": door.installed,
                }


def _events(city: City, planned: list[Venue], rng: np.random.Generator) -> Iterable[Record]:
    """Stage events of offices and kampung up to the end of the period; private sites have only their codes."""
    last = datetime.combine(city.days[-1], time.max)
    number = 0
    for venue in planned:
        if venue.category not in venues.ROLLED_OUT or venue.story in ("none", venues.LONG_AGO):
            continue
        for event in rollout.events(venue.place_id, venue.story, venue.doors, rng):
            if event.at > last:
                continue
            number += 1
            said = {
                "event_id": f"E{number:04d}",
                "place_id": event.place_id,
                "stage": event.stage,
                "document": event.document,
            }
            if venue.place_id == _WRONG_DATE and event.stage == "trained":
                yield said | {"at": event.at - timedelta(days=1), "document": "tanggal keliru"}
                number += 1
                said |= {"event_id": f"E{number:04d}", "corrects": said["event_id"]}
            yield said | {"at": event.at}
