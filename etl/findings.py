"""Findings of the register: what a person should look at. Nothing is mended silently."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

import shapely

from core import builds, db
from core.resolve import normalised
from core.settings import Settings
from etl import outlines


@dataclass(frozen=True)
class Finding:
    """One finding about one place; `detail` names codes and figures, never a person."""

    kind: str
    place_id: str
    detail: str


def find(con: db.Connection, shapes: Iterable[outlines.Outline]) -> list[Finding]:
    """Findings of the register laid in `con`, against the kelurahan outlines (none: positions are not checked)."""
    found = [*_positions(con, list(shapes)), *_names(con)]
    found += [
        Finding("disputed", place, note)
        for place, note in db.run(
            con, "SELECT place_id, note FROM site WHERE regexp_matches(note, '^(owner|kelurahan) disputed:')"
        )
    ]
    found += [
        Finding("no_kelurahan", place, "")
        for (place,) in db.run(con, "SELECT DISTINCT place_id FROM site WHERE kelurahan_code IS NULL ORDER BY ALL")
    ]
    return sorted(found, key=lambda f: (f.kind, f.place_id, f.detail))


def _positions(con: db.Connection, shapes: list[outlines.Outline]) -> Iterable[Finding]:
    polygons = {code: shapely.from_geojson(text) for level, code, _, _, _, text in shapes if level == "kelurahan"}
    tree = shapely.STRtree(list(polygons.values()))
    codes = list(polygons)
    for place, code, lat, lon in db.run(
        con, "SELECT DISTINCT place_id, kelurahan_code, lat, lon FROM site ORDER BY ALL"
    ):
        if lat is None or lon is None:
            yield Finding("no_position", place, "")
        elif polygons:
            inside = [codes[i] for i in tree.query(shapely.Point(lon, lat), predicate="intersects")]
            if not inside:
                yield Finding("outside_city", place, json.dumps([lat, lon]))
            elif code is not None and code not in inside:
                yield Finding("other_kelurahan", place, f"{code} / {inside[0]}")


def _names(con: db.Connection) -> Iterable[Finding]:
    groups: dict[tuple[str, str], list[str]] = {}  # an area and its only site may well share a name
    for place, kind, name in db.run(
        con, "SELECT place_id, kind, name FROM place WHERE kind IN ('area', 'site') ORDER BY place_id"
    ):
        groups.setdefault((kind, normalised(name)), []).append(place)
    for places in groups.values():
        if len(places) > 1:
            yield from (Finding("duplicate_name", place, " ".join(p for p in places if p != place)) for place in places)


def of_build(settings: Settings, some: int = 4) -> list[tuple[str, int, str]]:
    """Findings of the served build by kind: how many, and the first few places. Empty without a build."""
    served = builds.usable(settings)
    if served is None:
        return []
    found = builds.frame(
        served.build,
        """SELECT kind, count(*) AS n, array_to_string(list(place_id ORDER BY place_id)[:$some], ', ') AS some
        FROM finding GROUP BY kind ORDER BY kind""",
        some=some,
    )
    return [(str(r.kind), int(r.n), str(r.some)) for r in found.itertuples()]  # type: ignore[arg-type]
