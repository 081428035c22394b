"""A small city whose rollout is written by hand: two areas, two kecamatan, three kelurahan, and a log of five weeks.

The register's files are made here, so that each test can read beside an answer what it follows from.
"""

import csv
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path

from tests.files import log, row

COLLECTIVE = "permohonan kolektif Diskominfo 25-10-2021"
DAYS = [date(2021, 11, 1) + timedelta(days=n) for n in range(35)]  # Monday 1 November to Sunday 5 December
SOURCED = {"source": "dibuat untuk uji", "confidence": "high"}
Rows = Iterable[Mapping[str, object]]

CITY = """name = "Kota Uji"
zone = "Asia/Jakarta"
[expected]
kelurahan = 3
kecamatan = 2
areas = 2
"""
KECAMATAN = ({"code": "c1", "name": "Barat"}, {"code": "c2", "name": "Timur"})
KELURAHAN = (
    {"code": "k1", "name": "Anggrek", "kecamatan_code": "c1"},
    {"code": "k2", "name": "Bakung", "kecamatan_code": "c1"},
    {"code": "k3", "name": "Cempaka", "kecamatan_code": "c2"},
)
OWNERS = (
    {"owner_id": "setda", "name": "Sekretariat Daerah", "kind": "opd"},
    {"owner_id": "dlh", "name": "Dinas Lingkungan Hidup", "kind": "opd"},
    *({"owner_id": f"kel-{n}", "name": f"Kelurahan {n}", "kind": "kelurahan"} for n in (1, 2, 3)),
    *({"owner_id": f"kec-{n}", "name": f"Kecamatan {n}", "kind": "kecamatan"} for n in (1, 2)),
    {"owner_id": "swasta", "name": "Pengelola swasta", "kind": "swasta"},
    {"owner_id": "polri", "name": "Kepolisian", "kind": "pusat"},
)
SOURCES = (
    {"source_id": "pemkot", "name": "Kantor", "owner_id": "setda", "every_days": 1, "late_after_days": 2},
    {"source_id": "mal", "name": "Mal", "owner_id": "swasta", "every_days": 1, "late_after_days": 2},
)
PLACES = (
    {"place_id": "area-1", "kind": "area", "name": "Balai Kota"},
    {"place_id": "area-2", "kind": "area", "name": "Nama sementara", "confidence": "low"},
    {"place_id": "balai", "kind": "site", "name": "Balai Kota"},
    {"place_id": "balai-a", "kind": "building", "parent_id": "balai", "name": "Gedung A"},
    {"place_id": "balai-1", "kind": "door", "parent_id": "balai-a", "name": "Pintu 1"},
    {"place_id": "balai-2", "kind": "door", "parent_id": "balai-a", "name": "Pintu 2"},
    {"place_id": "balai-3", "kind": "door", "parent_id": "balai", "name": "Pintu 3"},
    {"place_id": "dinas", "kind": "site", "name": "Kantor Dinas"},
    *({"place_id": f"kel-{n}", "kind": "site", "name": f"Kantor Kelurahan {n}"} for n in (1, 2, 3)),
    *({"place_id": f"kec-{n}", "kind": "site", "name": f"Kantor Kecamatan {n}"} for n in (1, 2)),
    {"place_id": "taman", "kind": "site", "name": "Taman Uji"},
    {"place_id": "mal", "kind": "site", "name": "Mal Uji"},
    {"place_id": "polres", "kind": "site", "name": "Polres Uji"},
)
SITES = (
    {"place_id": "balai", "area_id": "area-1", "category": "kantor", "owner_id": "setda", "kelurahan_code": "k1"},
    {"place_id": "dinas", "area_id": "area-2", "category": "kantor", "owner_id": "dlh"},
    *(
        {"place_id": f"kel-{n}", "category": "kantor_kelurahan", "owner_id": f"kel-{n}", "kelurahan_code": f"k{n}",
         "serves_code": f"k{n}"} for n in (1, 2, 3)
    ),
    *(
        {"place_id": f"kec-{n}", "category": "kantor_kecamatan", "owner_id": f"kec-{n}", "serves_code": f"c{n}"}
        for n in (1, 2)
    ),
    # the park moves to another kelurahan on 20 November
    {"place_id": "taman", "category": "taman", "owner_id": "dlh", "kelurahan_code": "k1", "valid_to": "2021-11-19"},
    {"place_id": "taman", "category": "taman", "owner_id": "dlh", "kelurahan_code": "k3", "valid_from": "2021-11-20"},
    {"place_id": "mal", "category": "mal", "owner_id": "swasta", "kelurahan_code": "k2"},
    {"place_id": "polres", "category": "kantor", "owner_id": "polri", "kelurahan_code": "k2"},
)  # fmt: skip
CATEGORIES = tuple({"category": c} for c in ("kantor", "kantor_kelurahan", "kantor_kecamatan", "taman", "mal"))
CODES = tuple(
    {"qr_code": f"QR-{place.upper()}", "place_id": place, "source_id": source, "valid_from": since}
    for place, source, since in (
        ("balai-1", "pemkot", "2021-11-08"), ("balai-2", "pemkot", "2021-11-08"), ("kel-1", "pemkot", "2021-11-11"),
        ("kel-2", "pemkot", "2021-11-20"), ("kec-1", "pemkot", "2021-11-12"), ("taman", "pemkot", ""),
        ("mal", "mal", ""),
    )
)  # fmt: skip


def event(place: str, stage: str, at: str, document: str = "berita acara", **more: str) -> dict[str, str]:
    """A stage event; its id is its place, stage and time."""
    said = {"event_id": f"{place} {stage} {at}", "place_id": place, "stage": stage, "at": at, "document": document}
    return said | more


EVENTS = (
    *(event(site, "filed", "2021-10-25 09:00", COLLECTIVE) for site in ("kel-1", "kel-2", "kel-3", "balai", "dinas")),
    # Anggrek: its first access ran out on 3 November at 14.00, it filed again, and was installed on the 11th
    event("kel-1", "verified", "2021-11-01 10:00"),
    event("kel-1", "access_issued", "2021-11-02 14:00"),
    event("kel-1", "filed", "2021-11-05 09:00"),
    event("kel-1", "access_issued", "2021-11-08 09:00"),
    event("kel-1", "activated", "2021-11-08 15:00"),
    event("kel-1", "trained", "2021-11-10 09:00"),
    event("kel-1", "installed", "2021-11-11 08:00"),
    # Bakung: installed on the 20th; the event that said the 6th is wrong
    event("kel-2", "verified", "2021-11-03 10:00"),
    event("kel-2", "installed", "2021-11-06 08:00"),
    event("kel-2", "installed", "2021-11-20 08:00", corrects="kel-2 installed 2021-11-06 08:00"),
    # Cempaka has nothing but the collective filing. Barat was installed some time on the 12th
    event("kec-1", "installed", "2021-11-12", precision="day"),
    # Timur: access of which only the day is known
    event("kec-2", "access_issued", "2021-11-29", precision="day"),
    # Balai Kota: two of three doors
    event("balai-1", "installed", "2021-11-08 07:00"),
    event("balai-2", "installed", "2021-11-08 07:00"),
    event("balai-3", "verified", "2021-11-05 07:00"),
    event("dinas", "verified", "2021-11-04 07:00"),
    event("polres", "verified", "2021-11-04 07:00"),
)


def write(folder: Path, events: Rows = EVENTS, **more: Rows) -> Path:
    """Writes the register; `more` replaces tables. Returns the folder."""
    folder.mkdir(exist_ok=True)
    (folder / "city.toml").write_text(CITY)
    tables: dict[str, Rows] = {
        "kecamatan": KECAMATAN, "kelurahan": KELURAHAN, "owner": OWNERS, "source": SOURCES, "place": PLACES,
        "site": SITES, "qr": CODES, "categories": CATEGORIES, "stage_event": events,
    }  # fmt: skip
    for name, rows in (tables | more).items():
        said = [SOURCED | dict(r) for r in rows]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(dict.fromkeys(k for r in said for k in r)), lineterminator="\n")
            writer.writeheader()
            writer.writerows(said)
    return folder


def scans(code: str, days: Iterable[date], n: int = 1, source: str = "pemkot") -> list[dict[str, str]]:
    """`n` check-ins a day of as many people, an hour apart from 08.00 on."""
    found = []
    for day in days:
        for k in range(n):
            at = datetime.combine(day, time(8 + k % 10, k // 10))
            found.append(row(f"{at:%Y-%m-%d %H:%M:%S}", code, person=900 + k, sumber=source))
    return found


def workdays(first: date, last: date) -> list[date]:
    return [d for d in DAYS if first <= d <= last and d.weekday() < 5]


def between(first: date, last: date) -> list[date]:
    return [d for d in DAYS if first <= d <= last]


def day_log(folder: Path, rows: list[dict[str, str]], day: date, source: str = "pemkot") -> Path:
    """The file of one day of a source, header only where it has no rows."""
    said = [r for r in rows if r["waktu_scan"].startswith(f"{day:%Y-%m-%d}") and r["sumber"] == source]
    return log(folder / f"{source}-{day:%Y%m%d}.csv", said)
