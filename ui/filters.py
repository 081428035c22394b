"""The filter bar and the search: widgets take their value from the View and write the URL, which is the one state."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import streamlit as st

from core.view import CODES, Extent
from queries import places
from ui import inert

if TYPE_CHECKING:
    from ui.screen import Screen

_LEVELS = ("kecamatan", "kelurahan")


def bar(screen: Screen, extent: Extent, time: str) -> None:
    """Draws the bar; `time` is 'period', 'moment' or 'both': which of the View's times the page speaks of."""
    view = screen.view
    st.session_state.update(
        dari=view.first,
        sampai=view.last,
        hari=view.moment.date() if view.moment.hour else (view.moment - timedelta(hours=1)).date(),
        pukul=view.moment.hour or 24,
        wilayah=_region(screen),
        kategori=view.category or "",
        opd=view.owner or "",
        area=view.area or "",
        jam=view.hours or (0, 23),
        bahasa=view.language,
        cari="",
    )
    widths = {"period": [2, 2], "moment": [2, 1], "both": [2, 2, 2, 1.4]}[time]
    columns = iter(st.columns([*widths, 3, 3, 1.8, 1.6], vertical_alignment="bottom"))
    span = {"min_value": extent.first, "max_value": extent.last, "format": "DD/MM/YYYY"}
    if time in ("period", "both"):
        next(columns).date_input(screen.text("filter.first"), key="dari", on_change=_write, args=("dari",), **span)
        next(columns).date_input(screen.text("filter.last"), key="sampai", on_change=_write, args=("sampai",), **span)
    if time in ("moment", "both"):
        next(columns).date_input(screen.text("filter.day"), key="hari", on_change=_write_moment, **span)
        next(columns).selectbox(
            screen.text("filter.hour"),
            list(range(1, 25)),
            format_func=lambda hour: f"{hour % 24:02d}.00",
            key="pukul",
            on_change=_write_moment,
        )
    _search(next(columns), screen)
    _regions(next(columns), screen)
    with next(columns).popover(_more_label(screen), use_container_width=True):
        _more(screen, with_hours=time != "moment")
    next(columns).segmented_control(
        screen.text("filter.language"),
        ["id", "en"],
        format_func={"id": "ID", "en": "EN"}.__getitem__,
        key="bahasa",
        required=True,
        on_change=_write,
        args=("bahasa",),
    )


def _write(key: str) -> None:
    """A widget's value to the URL; the defaults leave it."""
    value = st.session_state[key]
    if value in ("", "id", (0, 23)):
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = f"{value[0]}-{value[1]}" if isinstance(value, tuple) else str(value)


def _write_moment() -> None:
    day, hour = st.session_state["hari"], st.session_state["pukul"]
    moment = datetime(day.year, day.month, day.day) + timedelta(hours=hour)
    st.query_params["saat"] = moment.strftime("%Y-%m-%dT%H:00")


def _region(screen: Screen) -> str:
    return next((f"{CODES[n]}:{code}" for n in reversed(_LEVELS) if (code := getattr(screen.view, n))), "")


def _write_region() -> None:
    for name in _LEVELS:
        st.query_params.pop(CODES[name], None)
    key, _, code = st.session_state["wilayah"].partition(":")
    if key:
        st.query_params[key] = code


def _regions(column: st.delta_generator.DeltaGenerator, screen: Screen) -> None:
    units = places.regions(screen.view.build)
    labels = {f"{CODES[r.level]}:{r.code}": r.label for r in units.itertuples()}
    if labels:
        column.selectbox(
            screen.text("filter.region"),
            ["", *labels],
            format_func=lambda value: labels.get(value) or screen.text("filter.whole_city"),
            key="wilayah",
            on_change=_write_region,
        )


def _search(column: st.delta_generator.DeltaGenerator, screen: Screen) -> None:
    """By place, kelurahan and agency: a place opens its page, the others filter."""
    found = places.search(screen.view.build)
    labels = {
        f"{r.key}:{r.code}": f"{r.name} ({screen.text(f'search.{r.key}')})" if r.key != "tempat" else str(r.name)
        for r in found.itertuples()
    }
    column.selectbox(
        screen.text("filter.search"),
        ["", *labels],
        format_func=lambda value: labels.get(value) or screen.text("filter.search_hint"),
        key="cari",
        on_change=_found,
    )


def _found() -> None:
    key, _, code = st.session_state["cari"].partition(":")
    if not key:
        return
    st.query_params[key] = code
    if key == "tempat":
        st.session_state["_go"] = "tempat"


def _more_label(screen: Screen) -> str:
    n = sum(bool(v) for v in (screen.view.category, screen.view.owner, screen.view.area, screen.view.hours))
    return screen.text("filter.more") + (f" ({n})" if n else "")


def _more(screen: Screen, *, with_hours: bool) -> None:
    options = places.options(screen.view.build)
    for key, names in options.items():
        labels = {code: screen.category(code) if key == "kategori" else name for code, name in names.items()}
        st.selectbox(
            screen.text(f"filter.{key}"),
            ["", *labels],
            format_func=lambda value, labels=labels: labels.get(value) or screen.text("filter.all"),
            key=key,
            on_change=_write,
            args=(key,),
        )
    if with_hours:
        st.select_slider(
            screen.text("filter.jam"),
            list(range(24)),
            format_func=lambda hour: f"{hour:02d}.00",
            key="jam",
            on_change=_write,
            args=("jam",),
        )


def said(screen: Screen) -> str:
    """What filters the view, in words: 'Kelurahan: Sukun · Jam: 08.00-11.59'; '' for everything."""
    view = screen.view
    names = places.names(view)
    parts = [
        f"{screen.text(f'filter.{CODES[n]}')}: {screen.category(names[n]) if n == 'category' else names[n]}"
        for n in view.filtered
    ]
    if view.hours:
        parts.append(f"{screen.text('filter.jam')}: {view.hours[0]:02d}.00-{view.hours[1]:02d}.59")
    return " · ".join(parts)


def chips(screen: Screen) -> None:
    """What filters the figures below, so that nobody reads a part for the whole; one click lets all go."""
    if not (words := said(screen)):
        return
    left, right = st.columns([6, 1], vertical_alignment="center")
    left.markdown(inert.for_markdown(words))
    right.button(screen.text("filter.release"), key="lepas", on_click=_release, width="stretch")


def _release() -> None:
    for key in (*CODES.values(), "jam"):
        st.query_params.pop(key, None)
