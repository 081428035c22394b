"""What every chart shares: layout, text that stays text, days on an axis, rows in pixels, dated marks."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import formats
from ui import inert
from ui.screen import Screen

CONFIG = {"displayModeBar": False, "staticPlot": False, "scrollZoom": False, "doubleClick": False}
_FAMILY = "Source Sans, sans-serif"
TEXT, SMALL = 14, 12  # px; nothing on a chart is smaller
PHONE = 300  # px of plotting width on a 390 px phone, for what must be decided before the width is known
_MARK = 22  # px a row of numbered marks takes


def layout(screen: Screen, height: int, **margin: int) -> dict[str, Any]:
    """The layout shared by all: theme, separators of the language, fixed axes so that a thumb scrolls the page."""
    c = screen.colours
    return {
        "height": height,
        "margin": {"l": 40, "r": 8, "t": 24, "b": 32, "autoexpand": False} | margin,
        "paper_bgcolor": c.background,
        "plot_bgcolor": c.background,
        "font": {"family": _FAMILY, "size": TEXT, "color": c.ink},
        "separators": ",." if screen.view.language == "id" else ".,",
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "barmode": "overlay",
        "uniformtext": {"mode": "hide", "minsize": SMALL},
        "hoverlabel": {
            "font": {"family": _FAMILY, "size": TEXT, "color": c.ink},
            "bgcolor": c.background,
            "bordercolor": c.outline,
        },
    }


def axis(**more: Any) -> dict[str, Any]:
    """An axis of our own ticks: no zoom, no grid unless asked."""
    return {"fixedrange": True, "showgrid": False, "zeroline": False, "tickfont": {"size": SMALL}} | more


def draw(figure: go.Figure, key: str, alt: str) -> None:
    st.plotly_chart(figure, key=key, theme=None, config=CONFIG, alt=alt)


def clicked(said: dict[str, Any], seen: str) -> tuple[int, int] | None:
    """The cell of a selection that the session has not answered yet; a rerun with the same selection is no click."""
    points = (said.get("selection") or {}).get("points") or []
    cell = tuple(int(v) for v in points[-1]["customdata"][:2]) if points else None
    before = st.session_state.get(seen)
    st.session_state[seen] = cell
    return (cell[0], cell[1]) if cell and cell != before else None


def label(name: str, longest: int = 0) -> str:
    """A name from outside as plotly text, cut with an ellipsis where `longest` characters are not enough."""
    cut = name if not longest or len(name) <= longest else name[: longest - 1].rstrip() + "…"
    return inert.for_html(cut).replace("&quot;", "&#34;")  # the one named entity plotly does not read


def hatch(screen: Screen) -> dict[str, Any]:
    """Marker of a bar that is not known: the hatch that is never 0."""
    c = screen.colours
    return {
        "color": c.background,
        "line": {"color": c.hatch, "width": 1},
        "pattern": {"shape": "/", "fgcolor": c.hatch, "bgcolor": c.background, "size": 8, "solidity": 0.2},
    }


def value_text(
    value: object, screen: Screen, *, decimals: int = 0, applies: bool = True, suppressed: bool = False
) -> str:
    """A figure in words: its number (0 is a number), '?' not known, '-' not applicable, '<5 (disamarkan)'."""
    if suppressed:
        return screen.text("chart.suppressed")
    if not applies:
        return screen.text("chart.not_applicable")
    return screen.text("value.unknown") if pd.isna(value) else screen.number(float(value), decimals)  # type: ignore[arg-type, call-overload]


def day(value: date, screen: Screen) -> str:
    """'Sen 29 Nov'."""
    return formats.day(value, screen.view.language, long=False)


def hour(value: int, screen: Screen) -> str:
    """15 -> '15.00' (id) or '15:00' (en)."""
    return f"{value:02d}.00" if screen.view.language == "id" else f"{value:02d}:00"


def day_ticks(first: date, days: int, screen: Screen, *, most: int = 7) -> dict[str, Any]:
    """Axis entries for day 0 ... days-1 from `first`: at most `most` labels, on Mondays where not every day fits."""
    step = next((s for s in (1, 2, 7, 14, 28, 56, 91, 182) if -(-days // s) <= most), -(-days // most))
    start = -first.weekday() % 7 if step >= 7 else 0
    at = list(range(start, days, step)) or [0]
    shown = [first + timedelta(days=n) for n in at]
    years = first.year != (first + timedelta(days=days - 1)).year and step >= 7

    def text(day: date) -> str:
        weekday, number, month = formats.day(day, screen.view.language, long=False).split(" ")
        return f"{number} {month}<br>{day.year}" if years else f"{weekday}<br>{number} {month}"

    return {"tickvals": at, "ticktext": [text(d) for d in shown], "tickangle": 0, "range": [-0.5, days - 0.5]}


def numbered(facts: pd.DataFrame | None, first: date, days: int) -> list[tuple[int, date, str]]:
    """Dated facts (day, text) of the shown days in order: place on the axis, day, and the texts of one day together."""
    if facts is None or facts.empty:
        return []
    texts: dict[date, list[str]] = {}
    for day, text in zip(pd.to_datetime(facts["day"]).dt.date, facts["text"], strict=True):
        if 0 <= (day - first).days < days:
            texts.setdefault(day, []).append(str(text))
    return [((day - first).days, day, "; ".join(texts[day])) for day in sorted(texts)]


def mark_rows(at: Sequence[int], days: int) -> list[int]:
    """The row of each numbered mark, so that on a phone none touches another of its row."""
    apart = _MARK * days / PHONE
    last: list[float] = []
    rows = []
    for x in at:
        row = next((n for n, right in enumerate(last) if x - right >= apart), len(last))
        last[row : row + 1] = [x]
        rows.append(row)
    return rows


def marks_height(at: Sequence[int], days: int) -> int:
    """px that numbered marks take above a plot."""
    return _MARK * (max(mark_rows(at, days)) + 1) if at else 0


def add_marks(
    figure: go.Figure, at: Sequence[int], days: int, screen: Screen, *, top: int, plot: int, foot: float = 0
) -> None:
    """Numbers 1, 2, ... `top` px below the upper edge of `plot` px; their lines end at `foot`, a share of the plot."""
    c = screen.colours
    for n, (x, row) in enumerate(zip(at, mark_rows(at, days), strict=True), start=1):
        y = 1 - (top + row * _MARK) / plot
        line = {"color": c.second, "width": 1, "dash": "dot"}
        figure.add_shape(type="line", xref="x", yref="paper", x0=x, x1=x, y0=foot, y1=y, line=line, layer="below")
        figure.add_annotation(
            x=x,
            y=y,
            yref="paper",
            yanchor="top",
            text=f"<b>{n}</b>",
            showarrow=False,
            font={"size": SMALL, "color": c.background},
            bgcolor=c.ink,
            borderpad=2,
            width=12,
        )
