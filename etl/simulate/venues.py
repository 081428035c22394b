"""Where people can scan: the sites of a scenario with their doors, codes, hours and feed."""

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from etl.simulate import laws, rollout
from etl.simulate.city import City, Row

PRIVATE_FROM = date(2021, 8, 24)  # malls scanned before the city did; the others followed
LONG_AGO = date(2021, 8, 1)  # scenario warna: every code is older than the first break
MOVING = "rumah-makan-pindah"
LATE_SOURCE, LATE_DAYS = "dinkes", 2
LOW_SOURCE = "mal"
# source_id -> its name. Codes of the first seven; the two of counters have none.
SOURCES = {
    "pemkot": "Check-in perkantoran Pemkot",
    "kewilayahan": "Check-in kantor kecamatan dan kelurahan",
    "dlh": "Check-in taman",
    "disporapar": "Check-in kampung, wisata dan olahraga",
    "dinkes": "Check-in fasilitas kesehatan",
    "mal": "Check-in pusat belanja",
    "usaha": "Check-in restoran dan lainnya",
    "hitung-mal": "Hitungan orang di pusat belanja",
    "hitung-taman": "Hitungan penjaga taman",
}
COUNTED = {"mal": "hitung-mal", "taman": "hitung-taman"}  # category -> source of its head counts
COUNTED_SITES = {"mal": 3, "taman": 2}
_SOURCE_OF = {
    "kantor": "pemkot",
    "layanan_publik": "pemkot",
    "kantor_kecamatan": "kewilayahan",
    "kantor_kelurahan": "kewilayahan",
    "taman": "dlh",
    "wisata": "disporapar",
    "kampung": "disporapar",
    "olahraga": "disporapar",
    "mal": "mal",
}
_MALL_DOORS = 5
_GUARDED_PARKS = 4  # only parks with guards may open
_RESTAURANTS_WITH_CODE = 0.65
ROLLED_OUT = ("kantor", "layanan_publik", "kantor_kecamatan", "kantor_kelurahan", "kampung")
_UNUSED = ("terminal-arjosari",)  # rollout_facts.csv: installed, never used
_HARDLY_KELURAHAN, _HARDLY_RESTAURANTS, _HARDLY_PUSKESMAS = 4, 2, 1
_LATE_OPENERS = 0.15  # restaurants that close at 01.00
_BIG_SITES, _BIG_DOORS = 5000, 4
_BIG_MIX = ("restoran", "restoran", "restoran", "mal", "fasilitas_kesehatan", "wisata", "olahraga")


@dataclass
class Venue:
    """A site with what the scenario gives it. `use`: yes, hardly (as good as unused), never, fading (lost its use)."""

    place_id: str
    name: str
    category: str
    owner_id: str
    kelurahan_code: str
    source_id: str
    story: date | str
    made_up: bool = False
    doors: list[rollout.Door] = field(default_factory=list)
    use: str = "yes"
    size: float = 1.0
    opens: float = 0.0
    closes: float = 0.0
    hours_known: bool = True
    has_position: bool = False

    @property
    def law(self) -> laws.Law:
        return laws.LAWS[self.category]


def plan(city: City, scenario: str, rng: np.random.Generator) -> list[Venue]:
    """The sites of the scenario in a fixed order; those without an installed door have no scans."""
    found = _big(city, rng) if scenario == "besar" else _real(city, scenario, rng)
    for venue in found:
        law = venue.law
        venue.opens, venue.closes = law.opens, law.closes
        venue.size = float(rng.uniform(0.6, 1.5))
        if venue.category == "restoran":
            venue.hours_known = bool(rng.random() < 0.7)
            if rng.random() < _LATE_OPENERS:
                venue.opens, venue.closes = 16, 25
        if venue.category == "rumah_sakit":
            venue.hours_known = False  # never closes: visiting hours are no closing hours
    return found


def _real(city: City, scenario: str, rng: np.random.Generator) -> list[Venue]:
    stories = rollout.stories(city.sites, rng)
    parks = 0
    found = []
    for row in city.sites:
        site, category = row["place_id"], row["category"]
        if category not in laws.LAWS:
            continue
        if category in ROLLED_OUT or site in stories:
            story: date | str = stories.get(site, "collective")
        else:
            parks += category == "taman"
            story = _own_story(category, parks, rng)
        found.append(_venue(row, story, scenario))
    _dull(found)
    if city.polygons:
        found.append(_moving(city, scenario))
    return found


def _own_story(category: str, parks: int, rng: np.random.Generator) -> date | str:
    if category == "taman":
        return date(2021, 11, 1) + timedelta(days=4 * parks) if parks <= _GUARDED_PARKS else "none"
    if category == "restoran" and rng.random() > _RESTAURANTS_WITH_CODE:
        return "none"
    return PRIVATE_FROM + timedelta(days=int(rng.integers(0, 14 if category == "mal" else 120)))


def _venue(row: Row, story: date | str, scenario: str) -> Venue:
    category = row["category"]
    source = "dinkes" if row["owner_id"] == "dinkes" else _SOURCE_OF.get(category, "usaha")
    installed = story if isinstance(story, date) else None
    doors = (
        [] if story == "none" else rollout.doors(row["place_id"], installed, _MALL_DOORS if category == "mal" else 1)
    )
    if scenario == "warna":  # older than the rollout: it has no stages to tell
        story = LONG_AGO
        doors = [rollout.Door(d.place_id, d.name, d.parent_id, LONG_AGO if d.installed else None) for d in doors]
    return Venue(
        row["place_id"],
        row["name"],
        category,
        row["owner_id"],
        row["kelurahan_code"],
        source,
        story,
        doors=sorted(doors, key=lambda d: (d.installed or date.max, d.place_id)),
        has_position=bool(row["lat"]),
    )


def _dull(found: list[Venue]) -> None:
    """Codes that are installed and not used, and one whose use was lost."""
    installed = [v for v in found if isinstance(v.story, date)]
    kelurahan = sorted((v for v in installed if v.category == "kantor_kelurahan"), key=lambda v: str(v.story))
    for venue in kelurahan[:_HARDLY_KELURAHAN]:
        venue.use = "hardly"
    for venue in kelurahan[_HARDLY_KELURAHAN : _HARDLY_KELURAHAN + 1]:
        venue.use = "fading"
    health = sorted((v for v in installed if v.category == "fasilitas_kesehatan"), key=lambda v: str(v.story))
    for venue in health[:_HARDLY_PUSKESMAS]:
        venue.use = "hardly"
    for venue in [v for v in installed if v.category == "restoran"][:_HARDLY_RESTAURANTS]:
        venue.use = "never"
    for venue in installed:
        if venue.place_id in _UNUSED:
            venue.use = "never"


def _moving(city: City, scenario: str) -> Venue:
    """A made-up restaurant that moves to another kelurahan within the period."""
    kelurahan = sorted(city.polygons)[0]
    row = {"place_id": MOVING, "name": "Rumah Makan Pindah (simulasi)", "category": "restoran", "lat": "1"}
    found = _venue({**row, "owner_id": "swasta", "kelurahan_code": kelurahan}, PRIVATE_FROM, scenario)
    found.made_up = True
    return found


def moves_to(city: City) -> tuple[str, date]:
    """Where the moving restaurant goes, and its first day there."""
    return sorted(city.polygons)[-1], city.days[len(city.days) // 4]


def _big(city: City, rng: np.random.Generator) -> list[Venue]:
    """Made-up sites for size; each has several doors, and every code is older than the period."""
    codes = sorted(city.polygons) or [""]
    installed = city.days[0] - timedelta(days=30)
    found = []
    for n, kelurahan in enumerate(rng.integers(0, len(codes), _BIG_SITES)):
        category, site = _BIG_MIX[n % len(_BIG_MIX)], f"besar-{n + 1:04d}"
        found.append(
            Venue(
                site,
                f"Tempat {n + 1} (simulasi)",
                category,
                "swasta",
                codes[kelurahan],
                _SOURCE_OF.get(category, "usaha"),
                installed,
                made_up=True,
                doors=rollout.doors(site, installed, _BIG_DOORS),
            )
        )
    return found
