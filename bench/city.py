"""The city of the measurements: 200 made-up sites with a code each, laid into a data directory as its scenario.

The register of `data/reference/` stands beside them as always; the ten codes of the hand-made example would be too few
for a large log, and those of the simulated city change with its rollout.
"""

import csv
from dataclasses import dataclass
from pathlib import Path

from core.settings import Settings

SOURCES = {"pemkot": "Kantor", "mal": "Mal", "usaha": "Usaha", "umum": "Tempat umum"}


@dataclass(frozen=True)
class Kind:
    """Sites of one category: their feed, how many, their share of visits, hours (None: always open), usual stay."""

    category: str
    source: str
    sites: int
    weight: float
    opens: float | None
    closes: float | None  # hours after midnight, over 24 on the next day
    stay_minutes: float


KINDS = (
    Kind("kantor", "pemkot", 40, 0.12, 7.5, 16, 240),
    Kind("layanan_publik", "pemkot", 20, 0.06, 8, 15, 45),
    Kind("mal", "mal", 20, 0.38, 10, 22, 110),
    Kind("restoran", "usaha", 60, 0.16, 10, 26, 70),
    Kind("wisata", "umum", 20, 0.10, 8, 18, 120),
    Kind("taman", "umum", 20, 0.08, 6, 22, 60),
    Kind("rumah_sakit", "umum", 10, 0.06, None, None, 300),
    Kind("terminal", "umum", 10, 0.04, None, None, 35),
)


@dataclass(frozen=True)
class Site:
    """One site with one code."""

    place_id: str
    qr_code: str
    kind: Kind
    weight: float  # share of the city's visits


def sites() -> list[Site]:
    """All sites; within a category the n-th largest has 1/n of the largest's visits."""
    found = []
    for kind in KINDS:
        total = sum(1 / n for n in range(1, kind.sites + 1))
        for n in range(1, kind.sites + 1):
            place = f"bench-{kind.category.replace('_', '-')}-{n}"
            found.append(Site(place, f"QR-{place}", kind, kind.weight / n / total))
    return found


def lay(settings: Settings) -> None:
    """Writes the scenario: sites over all kelurahan of the register, a capacity each, hours, codes, sources."""
    with (settings.reference_dir / "kelurahan.csv").open(encoding="utf-8-sig", newline="") as file:
        kelurahan = [row["code"] for row in csv.DictReader(file)]
    settings.scenario.mkdir(parents=True, exist_ok=True)
    named = list(enumerate(sites()))
    _write(settings.scenario, "source", "source_id,name,every_days,late_after_days", SOURCES.items(), (1, 2))
    _write(
        settings.scenario, "place", "place_id,kind,name", ((s.place_id, "site", s.place_id.title()) for _, s in named)
    )
    _write(
        settings.scenario,
        "site",
        "place_id,kelurahan_code,category,capacity",
        ((s.place_id, kelurahan[n % len(kelurahan)], s.kind.category, 100 + int(40_000 * s.weight)) for n, s in named),
    )
    _write(
        settings.scenario,
        "hours",
        "place_id,weekday,opens,closes",
        (
            (s.place_id, day, _clock(s.kind.opens), _clock(s.kind.closes))
            for _, s in named
            for day in range(1, 8)
            if s.kind.opens is not None and s.kind.closes is not None
        ),
    )
    codes = ((s.qr_code, s.place_id, s.kind.source) for _, s in named)
    _write(settings.scenario, "qr", "qr_code,place_id,source_id", codes)


def _clock(hour: float) -> str:
    return f"{int(hour) % 24:02d}:{round(hour % 1 * 60):02d}"


def _write(folder: Path, table: str, head: str, rows: object, more: tuple[object, ...] = ()) -> None:
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow([*head.split(","), "source", "confidence", "simulasi"])
        out.writerows((*row, *more, "simulasi: bench", "low", "ya") for row in rows)  # type: ignore[attr-defined]
