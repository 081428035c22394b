"""The wall's map as shapes of one SVG: outlines, discs, and leader lines to the numbers at its edge.

Equirectangular: a degree of longitude counts cos(latitude) degrees. Lengths are px of the 1920x1080 grid.
"""

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from queries import city

WIDTH, HEIGHT = 690, 590
BADGE = 68  # diameter of a number at the edge
_MARGIN = BADGE + 16  # beside the city, for the numbers
_FINEST = 0.8  # px: points closer than this to the one before are left out


@dataclass(frozen=True)
class Projection:
    """Degrees to px of the SVG."""

    scale: float
    shrink: float  # cos of the middle latitude
    west: float
    north: float
    left: float
    top: float

    def at(self, lat: float, lon: float) -> tuple[float, float]:
        x = self.left + (lon - self.west) * self.shrink * self.scale
        return round(x, 1), round(self.top + (self.north - lat) * self.scale, 1)


@dataclass(frozen=True)
class Outlines:
    """Shapes (level, code, SVG `d`), kelurahan first, and how degrees become px."""

    shapes: tuple[tuple[str, str, str], ...]
    projection: Projection

    @property
    def paths(self) -> tuple[tuple[str, str], ...]:
        """Level and `d` alone."""
        return tuple((level, d) for level, _, d in self.shapes)


@dataclass(frozen=True)
class Leader:
    """A number at the edge and the line to its place."""

    number: int
    x: float
    y: float
    badge_x: float
    badge_y: float


def _rings(geometry: dict[str, Any]) -> Iterator[list[list[float]]]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for polygon in polygons:
        yield from polygon


@lru_cache(maxsize=2)
def outlines(build: str) -> Outlines | None:
    """The city of a build; None without a boundary layer. A build never changes."""
    shapes = [
        (str(r.level), str(r.code), list(_rings(json.loads(str(r.geometry)))))
        for r in city.outlines(build).itertuples()
    ]
    if not shapes:
        return None
    lons = [p[0] for *_, rings in shapes for ring in rings for p in ring]
    lats = [p[1] for *_, rings in shapes for ring in rings for p in ring]
    shrink = math.cos(math.radians((min(lats) + max(lats)) / 2))
    wide, high = (max(lons) - min(lons)) * shrink, max(lats) - min(lats)
    scale = min((WIDTH - 2 * _MARGIN) / wide, (HEIGHT - 8) / high)
    projection = Projection(
        scale, shrink, min(lons), max(lats), (WIDTH - wide * scale) / 2, (HEIGHT - high * scale) / 2
    )
    order = sorted(shapes, key=lambda shape: shape[0] != "kelurahan")  # thick lines over thin ones
    return Outlines(tuple((level, code, _path(rings, projection)) for level, code, rings in order), projection)


def _path(rings: Sequence[Sequence[Sequence[float]]], projection: Projection) -> str:
    parts = []
    for ring in rings:
        kept: list[tuple[float, float]] = []
        for lon, lat, *_ in ring:
            point = projection.at(lat, lon)
            if not kept or math.dist(point, kept[-1]) >= _FINEST:
                kept.append(point)
        parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in kept) + "Z")
    return "".join(parts)


def leaders(points: Sequence[tuple[int, float, float]]) -> list[Leader]:
    """Numbers (number, x, y) put left and right of the city, each side in the order of height, so that lines part."""
    by_x = sorted(points, key=lambda p: p[1])
    left = by_x[: (len(by_x) + 1) // 2]
    right = by_x[len(left) :]
    found = []
    for side, x in ((left, BADGE / 2), (right, WIDTH - BADGE / 2)):
        ordered = sorted(side, key=lambda p: p[2])
        for (number, px, py), y in zip(ordered, _apart([p[2] for p in ordered]), strict=True):
            found.append(Leader(number, px, py, x, round(y, 1)))
    return sorted(found, key=lambda leader: leader.number)


def _apart(wanted: Sequence[float]) -> list[float]:
    """Heights near the wanted ones (ascending), a badge and a half apart, inside the map."""
    step = BADGE * 1.5
    low, high = BADGE / 2, HEIGHT - BADGE / 2
    placed: list[float] = []
    for n, y in enumerate(wanted):
        least = placed[-1] + step if placed else low
        placed.append(min(max(y, least), high - step * (len(wanted) - 1 - n)))
    return placed
