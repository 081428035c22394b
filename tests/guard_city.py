"""Head counts in one park of the hand-made installation, and the plan of Saturday 4 December 2021 (level 2)."""

from datetime import date, datetime
from pathlib import Path

from core import builds
from core.settings import Settings
from core.view import View
from tests.files import view_of
from tests.stores import Etl

SATURDAY = date(2021, 12, 4)
PARK = "alun-alun-merdeka"  # 23,970 m2
# Peaks of four Saturdays at level 2: the medians are 250 by day and 550 in the evening.
COUNTS = {
    date(2021, 11, 6): (100, 600),
    date(2021, 11, 13): (400, 500),
    date(2021, 11, 20): (200, 600),
    date(2021, 11, 27): (300, 500),
}


def counted(folder: Path, counts: dict[date, tuple[int, int]] | None = None, place: str = PARK) -> Path:
    """A log of head counts: in each shift the peak, and a reading below it."""
    lines = ["counted_at,place_code,inside"]
    for day, (by_day, evening) in (COUNTS if counts is None else counts).items():
        for hour, n in ((9, by_day), (12, by_day // 2), (17, evening), (20, evening // 2)):
            lines.append(f"{day} {hour:02d}:00,{place},{n}")
    path = folder / f"hitung-{place}.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


def load_counts(etl: Etl, here: Settings, path: Path) -> str:
    """Loads and builds; the id of the new build."""
    assert etl("load", path, "--profile", "hitung", "--source", "pemkot", "--build") == 0
    served = builds.current(here)
    assert served is not None
    return served.build


def view_on(build: str, day: date = SATURDAY, **filters: object) -> View:
    """The plan's view: 15.00 of a day."""
    return view_of(build, day, day, datetime(day.year, day.month, day.day, 15), **filters)
