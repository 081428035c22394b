"""Outlines for the map from a boundary layer: the kelurahan as they are, the kecamatan by dissolving them."""

import json
from pathlib import Path
from typing import Any

import shapely

from core.errors import UsageError

Outline = tuple[str, str, str, float, float, str]  # level, code, name, label lat, label lon, GeoJSON geometry


def read(layer: Path, kecamatan_of: dict[str, tuple[str, str]]) -> list[Outline]:
    """Outlines of a layer made by `etl boundaries`; `kecamatan_of` gives each kelurahan code its (code, name)."""
    try:
        features = json.loads(layer.read_text("utf-8"))["features"]
        shapes = {f["properties"]["code"]: shapely.from_geojson(json.dumps(f["geometry"])) for f in features}
        names = {f["properties"]["code"]: str(f["properties"]["name"]) for f in features}
    except FileNotFoundError:
        raise UsageError("error.no_boundary", file=layer.name) from None
    except (ValueError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        raise UsageError("error.bad_boundary", file=layer.name, reason=type(error).__name__) from None
    if strange := sorted(set(shapes) - set(kecamatan_of)):
        raise UsageError("error.bad_boundary", file=layer.name, reason=", ".join(strange))
    found = [_outline("kelurahan", code, names[code], shape) for code, shape in sorted(shapes.items())]
    groups: dict[tuple[str, str], list[Any]] = {}
    for code, shape in shapes.items():
        groups.setdefault(kecamatan_of[code], []).append(shape)
    found += [_outline("kecamatan", *key, shapely.coverage_union_all(parts)) for key, parts in sorted(groups.items())]
    return found


def _outline(level: str, code: str, name: str, shape: Any) -> Outline:
    # The label stands at the centre of the largest circle inside: a centroid may lie outside a bent kelurahan.
    centre = shapely.get_point(shapely.maximum_inscribed_circle(shape, tolerance=1e-4), 0)
    return level, code, name, round(centre.y, 5), round(centre.x, 5), shapely.to_geojson(shape)
