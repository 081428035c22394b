"""The map without internet: Leaflet from our own server, outlines as one cached script, and a small table a change.

The base map never changes, so Streamlit keeps the iframe and the viewer's zoom; what a view changes travels as a
FeatureGroup whose one element styles the outlines that are already there.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

import folium
import streamlit as st
from branca.element import MacroElement
from jinja2 import Template
from streamlit_folium import st_folium

from core import formats
from queries import city
from ui import inert, routes
from ui.shell import Screen

HEIGHT = 560
LARGEST_RADIUS = 22  # px of the largest circle


class _Base(folium.Map):
    """A folium map that asks nothing of anybody: its own Leaflet and the outlines of one build."""

    def __init__(self, build: str, bounds: list[list[float]], attribution: str) -> None:
        super().__init__(tiles=None, zoom_snap=0.1, zoom_delta=0.5, attribution_control=True, zoom_control=True)
        self.default_js = [
            ("leaflet", f"{routes.LEAFLET}/leaflet.js"),
            ("outlines", routes.outlines_path(build)),
        ]
        self.default_css = [("leaflet", f"{routes.LEAFLET}/leaflet.css")]
        self.add_child(_Script("frame", routes.script("frame"), bounds, inert.for_html(attribution)))


class _Script(MacroElement):
    """A call of a function with its parent layer and some values as inert literals."""

    _template = Template(
        """{% macro script(this, kwargs) %}
        ({{ this.function }})({{ this._parent.get_name() }}{% for value in this.values %}, {{ value }}{% endfor %});
        {% endmacro %}"""
    )

    def __init__(self, name: str, function: str, *values: object) -> None:
        super().__init__()
        self._name, self.function = name, function
        self.values = [inert.for_script(value) for value in values]


def circles(values: Mapping[str, int | None], screen: Screen, *, key: str, unit: str, unmeasured: str) -> str | None:
    """Draws a circle by kelurahan code (area by value; None: not measured, hatched); returns the code just clicked."""
    outline = city.outlines(screen.view.build)
    areas = outline[outline["level"] == "kelurahan"]
    bounds = _bounds(screen.view.build)
    base = _Base(screen.view.build, bounds, city.facts(screen.view.build)["boundary_attribution"])
    most = max((v for v in values.values() if v), default=0)
    table = {
        code: [_radius(value, most), screen.number(value), formats.short(value, screen.view.language)]
        for code in areas["code"]
        if (value := values.get(code)) is not None
    }
    c = screen.colours
    style: dict[str, Any] = {
        "background": c.background,
        "ink": c.ink,
        "second": c.second,
        "outline": c.outline,
        "fill": c.map_fill,
        "hatch": c.hatch,
        "circle": c.visits,
        "onCircle": c.visits_text,
        "chosen": screen.view.kelurahan,
        "unit": unit,
        "unmeasured": unmeasured,
    }
    group = folium.FeatureGroup()
    group.add_child(_Script("circles", "window.PANTAU_CIRCLES", table, style))
    said = st_folium(
        base,
        key=key,
        height=HEIGHT,
        use_container_width=True,
        returned_objects=["last_active_drawing"],
        feature_group_to_add=group,
    )
    clicked = (said or {}).get("last_active_drawing")
    if not clicked or clicked == st.session_state.get(f"{key}_seen"):
        return None
    st.session_state[f"{key}_seen"] = clicked
    return clicked.get("code") if clicked.get("code") in set(areas["code"]) else None


def legend(screen: Screen, values: Mapping[str, int | None]) -> None:
    """Words of the map with the count behind each, hatch last."""
    c = screen.colours
    counts = {
        "measured": sum(bool(v) for v in values.values()),
        "zero": sum(v == 0 for v in values.values()),
        "unmeasured": sum(v is None for v in values.values()),
    }
    signs = {
        "measured": f"border-radius:50%;background:{c.visits}",
        "zero": f"background:{c.map_fill};border:1px solid {c.outline}",
        "unmeasured": f"border:1px solid {c.outline};background:repeating-linear-gradient(45deg,{c.background} 0 3px,"
        f"{c.hatch} 3px 5px)",
    }
    items = "".join(
        f'<span style="display:inline-flex;align-items:center;gap:6px"><span style="width:16px;height:16px;'
        f'display:inline-block;box-sizing:border-box;{signs[name]}"></span>{screen.text(f"map.{name}")} ({n})</span>'
        for name, n in counts.items()
        if n
    )
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:6px 20px;color:{c.ink}">{items}</div>')


def _radius(value: int, most: int) -> float:
    """Pixels: area in proportion to the value, the largest LARGEST_RADIUS; a value above 0 stays visible."""
    return round(max(3.0, LARGEST_RADIUS * math.sqrt(value / most)), 1) if value and most else 0


@st.cache_data(max_entries=4, show_spinner=False)
def _bounds(build: str) -> list[list[float]]:
    """South-west and north-east corner of the build's outlines, degrees."""

    def points(node: Any) -> Any:
        if isinstance(node[0], int | float):
            yield node
        else:
            for child in node:
                yield from points(child)

    xy = [p for text in city.outlines(build)["geometry"] for p in points(json.loads(str(text))["coordinates"])]
    lon, lat = zip(*xy, strict=True)
    return [[min(lat), min(lon)], [max(lat), max(lon)]]
