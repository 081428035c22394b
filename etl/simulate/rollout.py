"""How the codes came to the places of the demo: installation dates, and the stage events that led there.

Dated facts (rollout_facts.csv) are kept: filed 25 Oct 2021, kampung 1 live on 31 Oct and 7 by 4 Nov, Balai Kota on
29 Nov, Terminal Arjosari installed and never used. Everything between them is made up.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np

FILED = datetime(2021, 10, 25, 9, 0)
KAMPUNG_FILED = datetime(2021, 10, 18, 10, 0)
COLLECTIVE = "permohonan kolektif Diskominfo 25-10-2021"
OPENING = date(2021, 11, 29)
ACCESS_HOURS = 24  # the activation e-mail is valid this long
EXPIRED_SHARE = 0.3  # of the installed: the first access ran out and the place filed again
# Doors of offices: (suffix, name, parent where not the site, installed or None).
_DOORS: dict[str, tuple[tuple[str, str, str, date | None], ...]] = {
    "balai-kota": (
        ("pintu-1", "Pintu Utama", "", OPENING),
        ("pintu-2", "Pintu Timur", "", OPENING),
        ("pintu-3", "Pintu Barat", "", OPENING),
        ("pintu-4", "Lobi Mini Block Office", "balai-kota-mini-block-office", OPENING),
    ),
    "dprd": (("pintu-1", "Lobi", "", date(2021, 11, 22)), ("pintu-2", "Pintu Samping", "", date(2021, 11, 24))),
    "block-office-kedungkandang": (
        ("pintu-1", "Lobi Gedung A", "block-office-gedung-a", date(2021, 11, 15)),
        ("pintu-2", "Pintu Belakang Gedung A", "block-office-gedung-a", date(2021, 11, 15)),
        ("pintu-3", "Gerbang Utara", "", date(2021, 11, 18)),
        ("pintu-4", "Gerbang Selatan", "", None),
        ("pintu-5", "Pintu Parkir", "", None),
    ),
    "mpp": (("pintu-1", "Pintu Masuk", "", date(2021, 11, 8)), ("pintu-2", "Pintu Lift", "", date(2021, 11, 9))),
    "rsud": (
        ("pintu-1", "Lobi", "", date(2021, 11, 1)),
        ("pintu-2", "IGD", "", date(2021, 11, 1)),
        ("pintu-3", "Poliklinik", "", date(2021, 11, 4)),
    ),
}
# Offices with one code: installed on a date, or where they stopped.
_OFFICES: dict[str, date | str] = {
    "kantor-disporapar": date(2021, 11, 9),
    "kantor-dinkes": date(2021, 11, 10),
    "kantor-dlh": date(2021, 11, 11),
    "kantor-dikbud": date(2021, 11, 12),
    "kantor-dishub": date(2021, 11, 16),
    "kantor-dispussipda": date(2021, 11, 17),
    "kantor-dinsos": date(2021, 11, 22),
    "kantor-diskopindag": date(2021, 11, 25),
    "kantor-dispangtan": date(2021, 12, 6),
    "kantor-inspektorat": date(2021, 12, 13),
    "kantor-dpuprpkp": "verified",
    "kantor-bpbd": "refiled",
    "kantor-bakesbangpol": "collective",
    "kantor-kec-klojen": date(2021, 11, 10),
    "kantor-kec-lowokwaru": date(2021, 11, 17),
    "kantor-kec-blimbing": date(2021, 11, 24),
    "kantor-kec-sukun": date(2021, 12, 6),
    "kantor-kec-kedungkandang": "expired",
}
INSTALLED_AT_OPENING = 24  # kelurahan offices
_KELURAHAN_STUCK = ("trained",) * 3 + ("activated",) * 3 + ("expired",) * 3 + ("reissued",) + ("verified",) * 3
_KELURAHAN_LATER = 12
_KAMPUNG: tuple[date | str, ...] = (
    date(2021, 10, 31),
    *[date(2021, 11, 4)] * 6,
    date(2021, 11, 26),
    date(2021, 12, 3),
    "expired",
    "refiled",
)
_STUCK_UNTIL = 21  # days a stuck place had since filing
# Stage -> share of the way from filing to installation; after an expiry the way is walked twice.
_STRAIGHT = (("verified", 0.3), ("access_issued", 0.5), ("activated", 0.5), ("trained", 0.8), ("installed", 1.0))
_TWICE = (
    ("verified", 0.15),
    ("access_issued", 0.25),
    ("expired", 0.25),
    ("filed", 0.45),
    ("access_issued", 0.55),
    *_STRAIGHT[2:],
)
_STOPS_AFTER = {"refiled": "filed"}


@dataclass(frozen=True)
class Door:
    """A place that has, or waits for, a code: a door, or a site that has one code for all of it."""

    place_id: str
    name: str
    parent_id: str  # empty: the site itself
    installed: date | None


@dataclass(frozen=True)
class Event:
    """One dated stage of a place."""

    place_id: str
    stage: str
    at: datetime
    document: str


def doors(site_id: str, installed: date | None, count: int = 1) -> list[Door]:
    """The doors of a site: those of the table, or `count` of them; one is the site itself."""
    if site_id in _DOORS:
        return [Door(f"{site_id}-{s}", name, parent or site_id, at) for s, name, parent, at in _DOORS[site_id]]
    if count == 1:
        return [Door(site_id, "", "", installed)]
    return [Door(f"{site_id}-pintu-{n}", f"Pintu {n}", site_id, installed) for n in range(1, count + 1)]


def stories(sites: list[dict[str, str]], rng: np.random.Generator) -> dict[str, date | str]:
    """Site -> when its code was installed, or the stage it is stuck in; 'doors' where its doors differ."""
    told: dict[str, date | str] = {}
    of: dict[str, list[str]] = {}
    for row in sites:
        of.setdefault(row["category"], []).append(row["place_id"])
    offices = of.get("kantor_kelurahan", [])
    order = [offices[n] for n in rng.permutation(len(offices))]
    for n, site in enumerate(order):
        late = n - INSTALLED_AT_OPENING
        if late < 0:  # one every working day or so from 8 Nov, the last on the day itself
            told[site] = date(2021, 11, 8) + timedelta(days=n * 21 // (INSTALLED_AT_OPENING - 1))
        elif late < _KELURAHAN_LATER:
            told[site] = OPENING + timedelta(days=3 + 4 * late)
        else:
            stuck = late - _KELURAHAN_LATER
            told[site] = _KELURAHAN_STUCK[stuck] if stuck < len(_KELURAHAN_STUCK) else "collective"
    for n, site in enumerate(of.get("kampung", [])):
        told[site] = _KAMPUNG[n] if n < len(_KAMPUNG) else "access_issued"
    for row in sites:
        site = row["place_id"]
        if site in _DOORS:
            told[site] = "doors"
        elif site in _OFFICES:
            told[site] = _OFFICES[site]
    return told


def events(site_id: str, story: date | str, of_doors: list[Door], rng: np.random.Generator) -> list[Event]:
    """The stage events of one office or kampung and its doors, in time order for each place."""
    kampung = "kampung" in site_id or "glintung" in site_id
    filed = KAMPUNG_FILED if kampung else FILED
    found = [Event(site_id, "filed", filed, "permohonan pengelola" if kampung else COLLECTIVE)]
    if story == "doors":
        for door in of_doors:
            found += _walk(door.place_id, filed, door.installed or "access_issued", rng)
    elif story == "reissued":  # on the day the demo opens its second access still waits to be activated
        found += _walk(site_id, filed, "refiled", rng)
        for stage, at in (("verified", OPENING - timedelta(days=4)), ("access_issued", OPENING)):
            said = f"berita acara {site_id} {at:%d-%m-%Y}"
            found.append(Event(site_id, stage, datetime.combine(at, time(14)), said))
    elif story != "collective":
        found += _walk(site_id, filed, story, rng)
    return found


def _walk(place_id: str, filed: datetime, story: date | str, rng: np.random.Generator) -> list[Event]:
    if isinstance(story, date):
        end, stop = datetime.combine(story, time(7)), "installed"
        steps = _TWICE if rng.random() < EXPIRED_SHARE else _STRAIGHT
    else:
        end, stop = filed + timedelta(days=_STUCK_UNTIL), _STOPS_AFTER.get(story, story)
        steps = _TWICE if story in ("expired", "refiled") else _STRAIGHT
    found: list[Event] = []
    access = filed
    for stage, share in steps:
        at = filed + (end - filed) * share
        at = at.replace(hour=8 + at.hour // 3, minute=at.minute, second=0, microsecond=0)  # office hours, same order
        if stage == "access_issued":
            access = at
        elif stage == "expired":
            at = access + timedelta(hours=ACCESS_HOURS)
        elif stage == "activated":
            at = access + timedelta(minutes=int(rng.integers(30, 20 * 60)))
        elif stage == "installed":
            at = end
        found.append(Event(place_id, stage, at, f"berita acara {place_id} {at:%d-%m-%Y}"))
        if stage == stop:
            break
    return found
