"""The boundary layer: a valid coverage, small, close to its source; larger faults refused by name."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from core.settings import Settings
from etl import boundaries

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "reference" / boundaries.NAME


def areas(shapes: Any) -> Any:
    return gpd.GeoSeries(shapes, crs="EPSG:4326").to_crs(boundaries.METRES).area


def test_the_shipped_layer() -> None:
    assert SHIPPED.stat().st_size <= 80_000
    layer = gpd.read_file(SHIPPED)
    assert len(layer) == layer["code"].nunique() == 57
    assert shapely.is_valid(layer.geometry.values).all()
    assert shapely.coverage_is_valid(layer.geometry.values)
    assert not list(shapely.coverage_union_all(layer.geometry.values).interiors)
    assert 110 < areas(layer.geometry.values).sum() / 1e6 < 112  # km2: 110.06 (BPS), 111.08 (Perda 6/2022)


def test_the_shipped_layer_is_what_the_command_makes(
    shared: Path, here: Settings, etl: Callable[..., int], tmp_path: Path
) -> None:
    source = shared / "reference" / "kelurahan_boundaries.geojson"
    assert etl("boundaries", source, "--out", tmp_path) == 0
    assert (tmp_path / boundaries.NAME).read_bytes() == SHIPPED.read_bytes()
    assert (tmp_path / boundaries.FINDINGS).read_bytes() == SHIPPED.with_name(boundaries.FINDINGS).read_bytes()
    # independently: within 1 % of the mended layer and 2 % of the source, kelurahan by kelurahan
    raw = gpd.read_file(source).set_index("kelurahan_code").sort_index()
    mended = shapely.coverage_clean(raw.geometry.values, snapping_distance=1e-4, gap_width=1e-3)
    ours = gpd.read_file(SHIPPED).set_index("code").sort_index()
    assert list(raw.index) == list(ours.index)
    assert ((areas(ours.geometry.values) / areas(mended) - 1).abs() <= 0.01).all()
    assert ((areas(ours.geometry.values) / areas(raw.geometry.values) - 1).abs() <= 0.02).all()
    findings = boundaries.findings(tmp_path)
    overlaps = [f for f in findings if f.kind == "overlap"]
    assert len({f.codes for f in overlaps}) == len(overlaps) > 50
    assert all(f.area_m2 < 10_000 for f in findings)


@pytest.fixture
def town(here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A register of four square kelurahan of about 1.2 km2, in one kecamatan."""
    folder = tmp_path / "town"
    folder.mkdir()
    (folder / "city.toml").write_text(
        'name = "Kota"\nzone = "Asia/Jakarta"\n[expected]\nkelurahan = 4\nkecamatan = 1\nareas = 0\n'
    )
    (folder / "kecamatan.csv").write_text("code,name,bps_code,source,confidence\n01.01.01,Kec,,test,high\n")
    (folder / "kelurahan.csv").write_text(
        "code,name,kecamatan_code,bps_code,source,confidence\n"
        + "".join(f"01.01.01.100{n},Kel {n},01.01.01,,test,high\n" for n in range(4))
    )
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(folder))
    return folder


def squares(shift: float = 0.0) -> dict[str, Any]:
    """Four squares around one corner; `shift` (degrees east) moves the last: an overlap or, if negative, a gap."""
    step, features = 0.01, []
    for n in range(4):
        x, y = 112.6 + step * (n % 2), -7.98 + step * (n // 2)
        x += shift if n == 3 else 0
        ring = [[x, y], [x + step, y], [x + step, y + step], [x, y + step], [x, y]]
        features.append(
            {
                "type": "Feature",
                "properties": {"kelurahan_code": f"01.01.01.100{n}"},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return {"type": "FeatureCollection", "features": features}


def run(etl: Callable[..., int], town: Path, layer: dict[str, Any]) -> int:
    source = town / "source.geojson"
    source.write_text(json.dumps(layer))
    return etl("boundaries", source)


@pytest.mark.parametrize(("shift", "code"), [(0.0, 0), (-0.00008, 0), (-0.0001, 3), (-0.001, 3)])
def test_an_overlap_of_a_hectare_is_the_edge(
    shift: float, code: int, etl: Callable[..., int], town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0.00008 degrees over a side of 1.1 km is 0.98 ha; 0.0001 is 1.2 ha."""
    assert run(etl, town, squares(shift)) == code
    said = capsys.readouterr()
    if code:
        assert "01.01.01.1002 / 01.01.01.1003" in said.err
        assert not (town / boundaries.NAME).exists()
    else:
        layer = gpd.read_file(town / boundaries.NAME)
        assert shapely.coverage_is_valid(layer.geometry.values)
        assert ("01.01.01.1002 / 01.01.01.1003" in said.out) == bool(shift)


def without(layer: dict[str, Any], n: int) -> dict[str, Any]:
    return layer | {"features": layer["features"][:n] + layer["features"][n + 1 :]}


def recoded(layer: dict[str, Any], n: int, code: str | None) -> dict[str, Any]:
    layer["features"][n]["properties"]["kelurahan_code"] = code
    return layer


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        (without(squares(), 2), "01.01.01.1002 Kel 2"),
        (recoded(squares(), 2, "01.01.01.1001"), "01.01.01.1001 Kel 1"),
        (recoded(squares(), 2, None), "ke-3"),
        (recoded(squares(), 2, "99.99.99.9999"), "99.99.99.9999"),
        ({"type": "FeatureCollection", "features": []}, "kelurahan_code"),
        ({"html": 1}, "GeoJSON"),
    ],
)
def test_codes_are_refused_by_name(
    layer: dict[str, Any], said: str, etl: Callable[..., int], town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(etl, town, layer) == 3
    assert said in capsys.readouterr().err


def test_a_hole_between_kelurahan_is_a_finding(
    etl: Callable[..., int], town: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layer = squares()
    ring = layer["features"][0]["geometry"]["coordinates"][0]
    x, y = ring[1]  # on the border to kelurahan 1: a notch of 0.0004 x 0.0006 degrees, closed by its neighbour
    ring[2:2] = [[x, y + 0.002], [x - 0.0004, y + 0.002], [x - 0.0004, y + 0.0026], [x, y + 0.0026]]
    assert run(etl, town, layer) == 0
    assert "Celah diperbaiki: 01.01.01.1000 / 01.01.01.1001" in capsys.readouterr().out
    made = gpd.read_file(town / boundaries.NAME)
    assert not list(shapely.coverage_union_all(made.geometry.values).interiors)
