"""The boundary layer: a city's official polygons become a valid coverage with shared borders, small enough to send.

Overlaps and gaps under a hectare are mended, named by pair and kept as findings; a larger one, a missing or a doubled
code is refused by name. Areas are measured in UTM zone 49S, metres.
"""

import csv
import itertools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from core import db, formats, words
from core.errors import InputRefused, UsageError
from core.settings import Settings
from etl import register
from etl.publish import write_atomic

METRES = "EPSG:32749"
LARGEST_FAULT_HA = 1.0
SMALLEST_FAULT_M2 = 1.0  # below this a fault is a rounding of coordinates
SNAP_DEGREES, GAP_DEGREES = 1e-4, 1e-3
DECIMALS = 5  # about one metre
MOST_BYTES = 80_000
MOST_LOSS_MENDED, MOST_LOSS_SOURCE = 0.01, 0.02
NAME, FINDINGS = "boundaries.geojson", "boundary_findings.csv"


@dataclass(frozen=True)
class Finding:
    """A fault of the source that was mended: 'overlap' or 'gap' between kelurahan `codes`, in square metres."""

    kind: str
    codes: tuple[str, ...]
    area_m2: float


@dataclass(frozen=True)
class Layer:
    """The finished layer: GeoJSON text, what was mended, and the largest change of area of one kelurahan (shares)."""

    text: str
    findings: tuple[Finding, ...]
    loss_mended: float
    loss_source: float


def make(source: Path, settings: Settings, *, code_field: str) -> Layer:
    """Mends and generalises `source` for the kelurahan of the register. Raises InputRefused naming what is wrong."""
    names = _register_names(settings)
    polygons = _read(source, code_field, names)
    flat = polygons.to_crs(METRES)
    findings = (*_overlaps(flat), *_gaps(flat))
    for f in findings:
        if f.area_m2 >= LARGEST_FAULT_HA * 10_000:
            raise InputRefused(
                f"boundaries.{f.kind}",
                file=source.name,
                codes=" / ".join(f.codes),
                ha=formats.number(f.area_m2 / 1e4, 1),
            )
    mended = shapely.coverage_clean(polygons.geometry.values, snapping_distance=SNAP_DEGREES, gap_width=GAP_DEGREES)
    for tolerance in (0.0, 1e-5, 2e-5, 4e-5, 6e-5, 8e-5, 1e-4, 1.5e-4, 2e-4, 3e-4, 5e-4):
        shapes = _generalise(mended, tolerance)
        text = _geojson(polygons.index, shapes, names)
        if len(text.encode()) <= MOST_BYTES:
            break
    else:
        raise InputRefused("boundaries.too_large", file=source.name, kb=MOST_BYTES // 1000)
    loss_mended = _loss(shapes, mended)
    loss_source = _loss(shapes, polygons.geometry.values)
    whole = shapely.coverage_is_valid(shapes) and bool(shapely.is_valid(shapes).all())
    if not whole or loss_mended > MOST_LOSS_MENDED or loss_source > MOST_LOSS_SOURCE:
        raise InputRefused(
            "boundaries.too_rough", file=source.name, loss=formats.number(100 * max(loss_mended, loss_source), 2)
        )
    return Layer(text, findings, loss_mended, loss_source)


def write(layer: Layer, folder: Path) -> None:
    """Writes the layer and its findings into `folder`."""
    write_atomic(folder / NAME, layer.text)
    rows = [["kind", "codes", "area_m2"], *([f.kind, " ".join(f.codes), f"{f.area_m2:.0f}"] for f in layer.findings)]
    write_atomic(folder / FINDINGS, "".join(",".join(row) + "\n" for row in rows))


def report(layer: Layer) -> list[str]:
    """What was mended by pair, and what it cost, as sentences."""
    lines = [
        words.text(f"boundaries.mended_{f.kind}", codes=" / ".join(f.codes), m2=formats.number(f.area_m2))
        for f in sorted(layer.findings, key=lambda f: -f.area_m2)
    ]
    total = sum(f.area_m2 for f in layer.findings)
    lines.append(
        words.text(
            "boundaries.done",
            n=len(layer.findings),
            ha=formats.number(total / 1e4, 1),
            kb=formats.number(len(layer.text.encode()) / 1000),
            mended=formats.number(100 * layer.loss_mended, 2),
            source=formats.number(100 * layer.loss_source, 2),
        )
    )
    return lines


def _register_names(settings: Settings) -> dict[str, str]:
    """kelurahan code -> name."""
    con = db.open_in_memory(settings)
    try:
        register.lay(con, settings)
        return dict(db.run(con, "SELECT code, name FROM kelurahan"))
    finally:
        con.close()


def _read(source: Path, code_field: str, names: dict[str, str]) -> gpd.GeoDataFrame:
    if not source.is_file():
        raise UsageError("error.no_file", file=source.name)
    try:
        frame = gpd.read_file(source)
    except Exception as error:  # pyogrio raises many kinds; all mean the same to the reader
        raise InputRefused("boundaries.unreadable", file=source.name, kind=type(error).__name__) from None
    if code_field not in frame.columns:
        raise InputRefused("boundaries.no_field", file=source.name, field=code_field)
    codes = frame[code_field].astype("string").str.strip()
    if codes.isna().any() or (codes == "").any():
        raise InputRefused("boundaries.no_code", file=source.name, row=int((codes.isna() | (codes == "")).argmax()) + 1)
    for key, wrong in (
        ("boundaries.doubled", codes[codes.duplicated()]),
        ("boundaries.unknown", codes[~codes.isin(list(names))]),
        ("boundaries.missing", pd.Series(sorted(set(names) - set(codes)), dtype="string")),
    ):
        if len(wrong):
            said = ", ".join(f"{c} {names[c]}" if c in names else str(c) for c in dict.fromkeys(wrong))
            raise InputRefused(key, file=source.name, codes=said)
    frame = frame.set_crs("EPSG:4326") if frame.crs is None else frame.to_crs("EPSG:4326")
    frame.index = pd.Index(codes, name="code")
    frame = frame.sort_index()
    frame.geometry = shapely.make_valid(frame.geometry.values)
    kinds = frame.geometry.geom_type
    if not kinds.isin(["Polygon", "MultiPolygon"]).all():
        raise InputRefused(
            "boundaries.not_polygon",
            file=source.name,
            codes=str(kinds.index[~kinds.isin(["Polygon", "MultiPolygon"])][0]),
        )
    return frame[["geometry"]]


def _overlaps(flat: gpd.GeoDataFrame) -> list[Finding]:
    shapes, codes = flat.geometry.values, list(flat.index)
    found = []
    for a, b in itertools.combinations(range(len(shapes)), 2):
        if shapes[a].intersects(shapes[b]):
            area = shapely.intersection(shapes[a], shapes[b]).area
            if area >= SMALLEST_FAULT_M2:
                found.append(Finding("overlap", (codes[a], codes[b]), area))
    return found


def _gaps(flat: gpd.GeoDataFrame) -> list[Finding]:
    """Holes of the union: each named by the kelurahan around it."""
    found = []
    for part in shapely.get_parts(flat.geometry.union_all()):
        for ring in part.interiors:
            hole = shapely.Polygon(ring)
            if hole.area >= SMALLEST_FAULT_M2:
                around = flat.index[flat.geometry.intersects(hole.buffer(0.01))]
                found.append(Finding("gap", tuple(around), hole.area))
    return found


def _generalise(mended: Any, tolerance: float) -> Any:
    shapes = shapely.coverage_simplify(mended, tolerance) if tolerance else mended
    # Equal vertices round to equal vertices, so shared borders stay shared.
    return shapely.transform(shapes, lambda xy: np.round(xy, DECIMALS))


def _loss(shapes: Any, before: Any) -> float:
    def areas(values: Any) -> Any:
        return gpd.GeoSeries(values, crs="EPSG:4326").to_crs(METRES).area

    a, b = areas(shapes), areas(before)
    return float(((a - b).abs() / b).max())


def _geojson(codes: pd.Index, shapes: Any, names: dict[str, str]) -> str:
    features = [
        {
            "type": "Feature",
            "properties": {"code": code, "name": names[code]},
            "geometry": json.loads(shapely.to_geojson(shape)),
        }
        for code, shape in zip(codes, shapes, strict=True)
    ]
    return (
        json.dumps({"type": "FeatureCollection", "features": features}, separators=(",", ":"), ensure_ascii=False)
        + "\n"
    )


def findings(folder: Path) -> list[Finding]:
    """The findings kept beside a layer."""
    path = folder / FINDINGS
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [Finding(r["kind"], tuple(r["codes"].split()), float(r["area_m2"])) for r in csv.DictReader(file)]
