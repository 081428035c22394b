"""The map without internet: Leaflet from our own server, outlines as one cached script, and a small table a change.

The base map never changes, so Streamlit keeps the iframe and the viewer's zoom; what a view changes travels as a
FeatureGroup whose one element styles the outlines that are already there.
"""

import json
import math
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import folium
import pandas as pd
import streamlit as st
from branca.element import MacroElement
from jinja2 import Template
from streamlit_folium import st_folium

from core import capacity_words, formats, rollout, rules
from queries import city
from ui import inert, routes
from ui.screen import Screen

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


@dataclass(frozen=True)
class Clicked:
    """What was clicked on a map: a kelurahan's code or a place's id."""

    kelurahan: str | None = None
    place: str | None = None


@dataclass(frozen=True)
class Entry:
    """One word of a legend: its colour ('hatch' and 'cross' are patterns, '' the map's ground), the count behind."""

    words: str
    colour: str
    count: int
    disc: bool = False


def circles(
    values: Mapping[str, int | None], screen: Screen, *, key: str, unit: str, unmeasured: str
) -> Clicked | None:
    """A circle by kelurahan code (area by value; None: not measured, hatched); returns what was just clicked."""
    most = max((v for v in values.values() if v), default=0)
    table = {
        code: [_radius(value, most), screen.number(value), formats.short(value, screen.view.language)]
        for code, value in values.items()
        if value is not None
    }
    return _draw(table, screen, key, mode="circles", unit=unit, unmeasured=unmeasured)


def states(cells: pd.DataFrame, screen: Screen, *, key: str, shown: Container[str] = rollout.STATES) -> Clicked | None:
    """Each kelurahan in the colour of its own office's state; `cells` as coverage.cells of level 'kelurahan'.

    shown: the states that are coloured; the ground shows through the others.
    """
    table = {
        r.code: [
            state_colour(screen, r.state) if r.state in shown else screen.colours.map_fill,
            screen.text(f"chart.state.{r.state}"),
        ]
        for r in cells.itertuples()
    }
    return _draw(table, screen, key, mode="areas", unmeasured=screen.text("chart.state.unknown"))


def discs(places: pd.DataFrame, areas: pd.DataFrame, screen: Screen, *, key: str) -> Clicked | None:
    """A disc a place in the colour of its band, split where its range spans two; `places` as crowding.at_hour.

    `areas` as crowding.by_kelurahan: what a map too small for discs shows instead. Places without a position
    are left out.
    """
    table = {
        r.code: [
            area_fill(r, screen),
            screen.text("map.fullest", verdict=screen.text(f"chart.verdict.{r.verdict}"), n=r.judged, m=r.places),
        ]
        for r in areas.itertuples()
    }
    radius = {"over": 11, "maybe": 9, "within": 7, "undecided": 5}
    drawn = [
        [
            round(r.lat, 5),
            round(r.lon, 5),
            r.place_id,
            f"{r.name}: {inside(r, screen)}",
            *disc_fills(r, screen),
            radius[r.verdict],
            bool(r.position_simulated),
        ]
        for r in places[places["lat"].notna()].iloc[::-1].itertuples()  # the worst on top
    ]
    return _draw(table, screen, key, mode="discs", discs=drawn, unmeasured=screen.text("map.no_place"))


def inside(row: object, screen: Screen) -> str:
    """'1.000-1.500 orang di dalam (sementara) / batas 2.000, mungkin melebihi' of a row of crowding.at_hour.

    '?' for unknown.
    """
    low, high, limit = (getattr(row, name) for name in ("low", "high", "limit"))
    unknown = screen.text("value.unknown")
    persons = (
        unknown
        if pd.isna(low)
        else f"{screen.number(low)}-{screen.number(high)}"
        if low != high
        else screen.number(low)
    )
    return screen.text(
        "map.inside",
        persons=persons,
        mark="" if pd.isna(low) else capacity_words.marks(row, screen.view.language),
        word=screen.text(f"limit.{row.limit_kind}"),  # type: ignore[attr-defined]
        limit="" if pd.isna(limit) else f" {screen.number(limit)}",
        verdict=screen.text(f"chart.verdict.{row.verdict}"),  # type: ignore[attr-defined]
    )


def state_colour(screen: Screen, state: str) -> str:
    """The fill of a state: a colour, or the name of a pattern."""
    return {"unknown": "hatch", "unused": "cross"}.get(state) or screen.colours.stage[state]


def band_colour(screen: Screen, band: str | None) -> str:
    """The fill of a band; hatched where there is none."""
    return screen.colours.band[band] if isinstance(band, str) else "hatch"


def disc_fills(row: Any, screen: Screen) -> tuple[str, str]:
    """Left and right half of a place's disc: the bands of the low and the high end, 'hatch' where it is not judged.

    A closed place has no share: the map's ground while it is empty, else full.
    """
    if row.verdict != "undecided" and row.limit_kind == "closed":
        low, high = (screen.colours.band["full"] if n > 0 else screen.colours.map_fill for n in (row.low, row.high))
        return low, high
    return band_colour(screen, row.band_low), band_colour(screen, row.band_high)


def area_fill(row: Any, screen: Screen) -> str:
    """The fill of a kelurahan by its fullest place (verdict, band): a closed one has no band, and none while empty."""
    if row.verdict == "undecided" or isinstance(row.band, str):
        return band_colour(screen, row.band)
    return screen.colours.map_fill if row.verdict == "within" else screen.colours.band["full"]


def _draw(table: Mapping[str, list[object]], screen: Screen, key: str, **style: object) -> Clicked | None:
    build, c = screen.view.build, screen.colours
    base = _Base(build, _bounds(build), city.facts(build)["boundary_attribution"])
    style |= {
        "background": c.background,
        "ink": c.ink,
        "second": c.second,
        "outline": c.outline,
        "fill": c.map_fill,
        "hatch": c.hatch,
        "circle": c.visits,
        "onCircle": c.visits_text,
        "crossed": c.stage["unused"],
        "cross": c.cross,
        "chosen": screen.view.kelurahan,
    }
    group = folium.FeatureGroup()
    group.add_child(_Script("layers", "window.PANTAU_LAYERS", table, style))
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
    code, place = clicked.get("code"), clicked.get("place")
    known = set(city.outlines(build)["code"])
    return Clicked(code if code in known else None, place if isinstance(place, str) else None)


def legend(screen: Screen, entries: Sequence[Entry]) -> None:
    """Words of a map with the count behind each, in the order given, hatch last; what counts nothing is left out."""
    c = screen.colours
    patterns = {
        "hatch": f"repeating-linear-gradient(45deg,{c.background} 0 3px,{c.hatch} 3px 5px)",
        "cross": f"linear-gradient(45deg,transparent 45%,{c.cross} 45% 55%,transparent 55%),"
        f"linear-gradient(-45deg,transparent 45%,{c.cross} 45% 55%,transparent 55%),{c.stage['unused']}",
        "": c.map_fill,
    }
    items = "".join(
        f'<span style="display:inline-flex;align-items:center;gap:6px"><span style="width:16px;height:16px;'
        f"display:inline-block;box-sizing:border-box;border:1px solid {c.outline};"
        f"{'border-radius:50%;' if e.disc else ''}background:{patterns.get(e.colour, e.colour)}"
        f'"></span>{inert.for_html(e.words)} ({screen.number(e.count)})</span>'
        for e in entries
        if e.count
    )
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:6px 20px;color:{c.ink}">{items}</div>')


def circle_entries(screen: Screen, values: Mapping[str, int | None]) -> list[Entry]:
    """The legend of `circles`."""
    return [
        Entry(screen.text("map.measured"), screen.colours.visits, sum(bool(v) for v in values.values()), disc=True),
        Entry(screen.text("map.zero"), "", sum(v == 0 for v in values.values())),
        Entry(screen.text("map.unmeasured"), "hatch", sum(v is None for v in values.values())),
    ]


def state_entries(screen: Screen, cells: pd.DataFrame) -> list[Entry]:
    """The legend of `states`."""
    n = cells["state"].value_counts()
    return [Entry(screen.text(f"chart.state.{s}"), state_colour(screen, s), int(n.get(s, 0))) for s in rollout.STATES]


def disc_entries(screen: Screen, places: pd.DataFrame) -> list[Entry]:
    """The legend of `discs`: bands by the high end of the range, worst first."""
    n = places.loc[places["verdict"] != "undecided", "band_high"].value_counts()
    words = [
        Entry(screen.text(f"chart.band.{b}"), band_colour(screen, b), int(n.get(b, 0)), disc=True)
        for _, b in rules.BANDS
    ]
    undecided = int((places["verdict"] == "undecided").sum())
    return [*words, Entry(screen.text("chart.verdict.undecided"), "hatch", undecided, disc=True)]


def tray(places: pd.DataFrame, screen: Screen) -> None:
    """Beside the map: places whose position no source gives ('Lokasi belum dipastikan'), simulated ones marked."""
    if places.empty:
        return
    with st.expander(screen.text("map.tray", n=len(places)), icon=":material/not_listed_location:"):
        for row in places.itertuples():
            where = screen.text("value.unknown_place") if pd.isna(row.kelurahan) else str(row.kelurahan)
            mark = f" · {screen.text('map.position_simulated')}" if row.position_simulated else ""
            st.markdown(f"- {inert.for_markdown(str(row.name))} ({inert.for_markdown(where)}){mark}")


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
