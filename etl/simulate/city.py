"""The sourced city as the simulator needs it: sites of the register, days with their level, polygons."""

import csv
import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import holidays
import numpy as np
from shapely.geometry import Point, shape

from core.settings import Settings
from etl import register
from etl.simulate import laws

Row = dict[str, str]


@dataclass(frozen=True)
class City:
    """What stands in the reference directory; `sites` has a row a site, its name among the columns of site.csv."""

    sites: list[Row]
    buildings: list[Row]
    polygons: dict[str, Any]  # kelurahan code -> shapely geometry
    levels: list[Row]
    orders: list[Row]
    days: tuple[date, ...]  # without a gap
    asked: frozenset[date]  # the days simulated; on the others nobody scans and no file is written
    holidays: frozenset[date]

    def volume(self, day: date) -> float:
        """How many people go out at the PPKM level of the day, level 2 being 1."""
        for row in self.levels:
            if _within(row, day):
                return laws.LEVEL.get(int(row["level"]), laws.LEVEL_UNKNOWN) if row["level"] else laws.LEVEL_UNKNOWN
        return laws.LEVEL_UNKNOWN

    def closed(self, category: str, place_id: str, day: date) -> bool:
        """True where a local order closes the place."""
        return any(
            _within(o, day) and o["place_id"] in ("", place_id) and o["category"] in ("", category) for o in self.orders
        )

    def position(self, kelurahan: str, rng: np.random.Generator) -> tuple[float, float] | None:
        """A random point (lat, lon) inside a kelurahan; None where no polygon is known."""
        polygon = self.polygons.get(kelurahan)
        if polygon is None:
            return None
        west, south, east, north = polygon.bounds
        while True:
            lon, lat = float(rng.uniform(west, east)), float(rng.uniform(south, north))
            if polygon.contains(Point(lon, lat)):
                return round(lat, 5), round(lon, 5)


def read(settings: Settings, days: tuple[date, ...], asked: frozenset[date]) -> City:
    """The city of the reference directory; a table that is not there is empty."""

    def table(name: str) -> list[Row]:
        path = settings.reference_dir / f"{name}.csv"
        if not path.exists():
            return []
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file))

    places = {row["place_id"]: row for row in table("place")}
    boundary = register.city(settings).boundary
    features = json.loads(boundary.read_text("utf-8"))["features"] if boundary else []
    years = range(days[0].year, days[-1].year + 1)
    return City(
        sites=[{**row, "name": places[row["place_id"]]["name"]} for row in table("site")],
        buildings=[row for row in places.values() if row["kind"] == "building"],
        polygons={f["properties"]["code"]: shape(f["geometry"]) for f in features},
        levels=table("ppkm_levels"),
        orders=table("local_orders"),
        days=days,
        asked=asked,
        holidays=frozenset(holidays.country_holidays("ID", years=years)),
    )


def span(first: date, days: int) -> tuple[date, ...]:
    """The days of a period, in order."""
    return tuple(first + timedelta(days=n) for n in range(days))


def _within(row: Row, day: date) -> bool:
    return (row["valid_from"] or "0001-01-01") <= day.isoformat() <= (row["valid_to"] or "9999-12-31")
