"""Crowds made person by person, and what they come to counted second by second, apart from the marts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np

from core import builds
from core.settings import Settings
from etl.chances import likely
from tests.files import log, row
from tests.plain_dwell import Matched, chance

CODES = {
    "matos": "QR-MTS-1",
    "kampung-warna-warni": "QR-KWW-1",
    "alun-alun-merdeka": "QR-ALM-1",
    "kantor-kel-sukun": "QR-SKN-1",
}
# Other malls of the register, which the example gives no code.
MALLS = {
    "transmart-mx-mall": "QR-MTS-TRANSMART",
    "mog": "QR-MTS-MOG",
    "cyber-mall-dieng": "QR-MTS-CYBER",
    "malang-plaza": "QR-MTS-PLAZA",
    "plaza-araya": "QR-MTS-ARAYA",
    "mall-alun-alun-ramayana-mpp": "QR-MTS-RAMAYANA",
}
CATEGORY = {
    "matos": "mal",
    "kampung-warna-warni": "kampung",
    "alun-alun-merdeka": "taman",
    "kantor-kel-sukun": "kantor_kelurahan",
    **dict.fromkeys(MALLS, "mal"),
}


@dataclass(frozen=True)
class Stay:
    """One person's only stay: from `entered`, `minutes` long, or without a check-out."""

    site: str
    entered: datetime
    minutes: int | None


def group(site: str, n: int, entered: datetime, minutes: int | None) -> list[Stay]:
    """`n` people who come a second apart."""
    return [Stay(site, entered + timedelta(seconds=i), minutes) for i in range(n)]


def filler(site: str, day: datetime) -> list[Stay]:
    """Thirty stays of 11 to 40 minutes, so that the category has an estimate; two or three at a time, from 06.00."""
    return [Stay(site, day.replace(hour=6) + timedelta(minutes=12 * i), 11 + i) for i in range(30)]


def peak(stays: Iterable[Stay], site: str, hour: datetime) -> tuple[int, int]:
    """Low and high end of the peak of an hour, by the matched stays of the category, all of one month.

    That the curve itself is uncertain is left out: an end may lie one person further out.
    """
    own = [s for s in stays if s.site == site]
    ended = [(s, s.entered + timedelta(minutes=s.minutes)) for s in own if s.minutes is not None]
    matched = [Matched(site, False, s.entered, left) for s, left in ended]
    ends = []
    for at in (hour + timedelta(minutes=5 * n) for n in range(12)):
        certain = sum(m.entered <= at < m.left for m in matched)
        chances = [
            chance(matched, site, False, s.entered, at, closing=s.entered + timedelta(hours=10))
            for s in own
            if s.minutes is None
        ]
        mean, variance = sum(chances), sum(p * (1 - p) for p in chances)
        low, high = likely(np.array([mean]), np.array([variance]))
        ends.append((certain + mean, certain + int(low[0]), certain + int(high[0])))
    arrivals = [m.entered for m in matched if hour <= m.entered < hour + timedelta(hours=1)]
    most = max((sum(m.entered <= at < m.left for m in matched) for at in arrivals), default=0)
    _, low_end, high_end = max(ends)
    return max(low_end, most), max(high_end, most)


def built(
    etl: Callable[..., int], here: Settings, folder: Path, stays: Iterable[Stay], capacity: dict[str, int]
) -> str:
    """Loads the stays, with capacities in the scenario's register; returns the build."""
    lines = [f"{site},{n},test,low" for site, n in capacity.items()]
    (here.scenario / "site.csv").write_text("\n".join(["place_id,capacity,source,confidence", *lines]) + "\n")
    rows = []
    for person, stay in enumerate(sorted(stays, key=lambda s: s.entered), 1):
        code = (CODES | MALLS)[stay.site]
        rows.append(row(str(stay.entered), code, person=person))
        if stay.minutes is not None:
            left = stay.entered + timedelta(minutes=stay.minutes)
            rows.append(row(str(left), code, "check-out", person=person))
    assert etl("load", log(folder / "crowds.csv", rows), "--profile", "pedulilindungi", "--build") == 0
    served = builds.current(here)
    assert served is not None
    return served.build


def malls(etl: Callable[..., int], here: Settings, folder: Path, day: datetime, stays: Iterable[Stay] = ()) -> str:
    """Every mall of the register with a code. On `day` 14.00-15.00 there are 12 people of 10 permitted (half of the
    capacity) at Transmart, 4 of 4 at Cyber Mall, 7 of 10 at MOG; elsewhere nobody. The capacity of Malang Plaza is not
    known, nor where Plaza Araya and Ramayana lie."""
    with (here.scenario / "qr.csv").open("a") as register:
        for site, code in MALLS.items():
            register.write(f"{code},{site},mal,2021-11-01,,test,low,simulasi\n")
    entered = day.replace(hour=14, minute=4)
    crowd = [
        *filler("matos", day - timedelta(days=1)),
        *group("transmart-mx-mall", 12, entered, 40),
        *group("cyber-mall-dieng", 4, entered, 40),
        *group("mog", 7, entered, 40),
        *stays,
    ]
    capacity = {
        "transmart-mx-mall": 20, "cyber-mall-dieng": 8, "mog": 20, "matos": 40, "plaza-araya": 40,
        "mall-alun-alun-ramayana-mpp": 40,
    }  # fmt: skip
    return built(etl, here, folder, crowd, capacity)
