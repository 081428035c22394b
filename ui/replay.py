"""A day of crowding played again on a map: sent to the browser once, drawn there instant by instant (js/replay.js)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core import clock, crowding, formats, palette
from core.frames import rows
from core.view import View
from queries import city, replay
from ui import charts, inert, maps, shell, wall_map
from ui.screen import Screen

HERE = Path(__file__).parent
_COMPONENT = st.components.v2.component(
    "pantau_replay",
    html='<div class="replay"></div>',
    css=(HERE / "css" / "replay.css").read_text("utf-8"),
    js=(HERE / "js" / "replay.js").read_text("utf-8"),
)
_RADIUS = {"over": 11, "maybe": 9, "within": 7, "undecided": 5}  # as on the map of the hour
_WORDS = ("play", "pause", "earlier", "later", "slider", "over", "maybe", "none", "none_judged", "map", "areas")
_FORMS = ("counts", "more", "place", "provisional", "times")  # filled in the browser


def draw(screen: Screen) -> None:
    """The replay of the day of the hour before the moment; a press on a place opens it at that hour."""
    view = screen.view
    last = city.last_scan(view.build)
    live = clock.mode(last, city.simulated(view.build)) != clock.RIWAYAT
    until = last if live else None
    day = replay.day(view, until)
    if not day.at or day.places.empty:
        shell.note(screen, screen.text("crowding.none_judged"))
        return
    sent = _sent(view, until, screen.colours is palette.DARK)
    said = _COMPONENT(key="putar_ulang", data=sent, on_chosen_change=lambda: None).get("chosen")
    st.html(charts.bands(screen, unknown=True))
    off = int(day.places["lat"].isna().sum())
    notes = [screen.text("replay.hint")]
    if off:
        notes.append(screen.text("replay.off_map", n=screen.number(off)))
    if day.step == 60:
        notes.append(screen.text("replay.by_hour"))
    shell.note(screen, " ".join(notes))
    if chosen := _chosen(said, day):
        place, hour = chosen
        shell.go("tempat", screen, tempat=place, saat=hour.strftime("%Y-%m-%dT%H:00"))


@lru_cache(maxsize=4)
def _sent(view: View, until: datetime | None, dark: bool) -> dict[str, Any]:
    """`data`; a build never changes."""
    return data(replay.day(view, until), Screen(view, palette.DARK if dark else palette.LIGHT))


def _chosen(said: object, day: replay.Day) -> tuple[str, datetime] | None:
    """The place pressed, and the end of the hour shown then."""
    place, _, index = str(said or "").rpartition("@")
    if place not in set(day.places["place_id"]) or not index.isdigit() or int(index) >= len(day.at):
        return None
    return place, day.at[int(index)].replace(minute=0) + timedelta(hours=1)


def data(day: replay.Day, screen: Screen) -> dict[str, Any]:
    """What the browser is sent, plain values only; a series is [index, value, index, value, ...] where it changes.

    html (the map), step (minutes), first (minutes from midnight), start (index of the hour before the moment), states
    (verdict, left and right colour or 'hatch', radius), places (id, name, of; s: series of states; p: of low and high),
    areas (code: series of colours), counts (series by verdict), provisional, and words.
    """
    states: dict[tuple[str, str, str], int] = {}
    index = {moment: n for n, moment in enumerate(day.at)}

    def state(row: Any) -> int:
        return states.setdefault((row.verdict, *maps.disc_fills(row, screen)), len(states))

    places: dict[str, dict[str, Any]] = {
        str(r.place_id): {"id": str(r.place_id), "name": str(r.name), "of": _of(r, screen), "s": [], "p": []}
        for r in rows(day.places)
    }
    for place, own in day.found.groupby("place_id"):
        found = list(rows(own))
        at = [index[r.at.to_pydatetime()] for r in found]
        places[str(place)]["s"] = _series(zip(at, map(state, found), strict=True))
        inside = [None if pd.isna(r.low) else (int(r.low), int(r.high)) for r in found]
        places[str(place)]["p"] = _series(zip(at, inside, strict=True))
    areas = {
        str(code): _series(
            (index[r.at.to_pydatetime()], maps.area_fill(r, screen)) for r in rows(own.sort_values("at"))
        )
        for code, own in day.areas.groupby("kelurahan_code")
    }
    midnight = day.at[0].replace(hour=0, minute=0)
    judged = screen.view.moment - timedelta(hours=1)
    return {
        "html": _map(day.places, screen),
        "box": f"0 0 {wall_map.WIDTH} {wall_map.HEIGHT}",
        "step": day.step,
        "first": int((day.at[0] - midnight).total_seconds() // 60),
        "n": len(day.at),
        "start": min(index.get(judged, 0), len(day.at) - 1),
        "states": [[v, left, right, _RADIUS[v]] for v, left, right in states],
        "places": list(places.values()),
        "areas": areas,
        "counts": {v: _series(enumerate(day.counts[v].tolist())) for v in crowding.VERDICTS},
        "provisional": _series(enumerate(day.provisional.tolist())),
        "words": {name: screen.text(f"replay.{name}") for name in _WORDS}
        | {name: _form(f"replay.{name}", screen) for name in _FORMS}
        | {
            "day": formats.day(midnight.date(), screen.view.language),
            "title": screen.text("replay.title", day=formats.day(midnight.date(), screen.view.language)),
            "unknown": screen.text("value.unknown"),
            "mark": "." if screen.view.language == "id" else ":",
            "thousands": "." if screen.view.language == "id" else ",",
            "verdict": {v: screen.text(f"chart.verdict.{v}") for v in crowding.VERDICTS},
        },
        "colours": {
            name: getattr(screen.colours, name)
            for name in ("background", "ink", "second", "outline", "map_fill", "hatch")
        },
    }


def _series(values: Iterable[tuple[int, Any]]) -> list[Any]:
    """[0, a, 5, b]: a from index 0 on, b from 5."""
    found: list[Any] = []
    for value, run in groupby(values, key=lambda pair: pair[1]):
        found += [next(run)[0], value]
    return found


def _form(key: str, screen: Screen) -> str:
    """Words with their fields left in braces."""
    names = ("over", "maybe", "undecided", "n", "name", "persons", "of")
    return screen.text(key, **{name: "{" + name + "}" for name in names})


def _of(row: Any, screen: Screen) -> str:
    """'batas 150', 'kapasitas 60', 'ditutup' or that it is not known."""
    if row.limit_kind in ("closed", "unknown"):
        return screen.text(f"limit.{row.limit_kind}")
    return screen.text("replay.of", word=screen.text(f"limit.{row.limit_kind}"), limit=screen.number(int(row.limit)))


def _map(places: pd.DataFrame, screen: Screen) -> str:
    """The city and a disc a place with a position, still without colours; '' without a boundary layer.

    Names of places are not in it: the script writes them as text.
    """
    outline = wall_map.outlines(screen.view.build)
    if outline is None:
        return ""
    shapes = "".join(
        f'<path class="{level}" data-code="{inert.for_html(code)}" d="{d}"/>' for level, code, d in outline.shapes
    )
    discs = ""
    for n, row in enumerate(rows(places)):
        if pd.isna(row.lat):
            continue
        x, y = outline.projection.at(float(row.lat), float(row.lon))
        dashed = " dashed" if row.position_simulated else ""
        discs += (
            f'<g class="disc{dashed}" data-n="{n}" data-x="{x}" data-y="{y}" role="button" tabindex="-1">'
            '<path class="left" d="M0 -1A1 1 0 0 0 0 1Z"/><path class="right" d="M0 -1A1 1 0 0 1 0 1Z"/>'
            '<circle class="ring" r="1"/></g>'
        )
    names = ""
    for r in rows(city.outlines(screen.view.build)):
        if r.level == "kecamatan":
            x, y = outline.projection.at(float(r.lat), float(r.lon))
            names += f'<text class="name" x="{x}" y="{y}">{inert.for_html(str(r.name))}</text>'
    return f'<g class="areas">{shapes}</g><g class="discs">{discs}</g><g aria-hidden="true">{names}</g>'
