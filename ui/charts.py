"""Charts in the shared theme: numbers and day names from Python, never from a browser's locale."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import formats
from ui.shell import Screen

_CONFIG = {"displayModeBar": False, "staticPlot": False, "scrollZoom": False}


def _layout(screen: Screen, height: int) -> dict[str, object]:
    c = screen.colours
    return {
        "height": height,
        "margin": {"l": 40, "r": 8, "t": 24, "b": 32},
        "paper_bgcolor": c.background,
        "plot_bgcolor": c.background,
        "font": {"family": "Source Sans, sans-serif", "size": 14, "color": c.ink},
        "separators": ",." if screen.view.language == "id" else ".,",
        "showlegend": False,
        "dragmode": False,
        "hoverlabel": {"font": {"size": 14}},
    }


def daily_columns(days: pd.DataFrame, screen: Screen, *, key: str) -> None:
    """Columns of visits a day; a day no file covers is a hatched column with '?', a partial day has its share below."""
    c = screen.colours
    names = [formats.day(d.date(), screen.view.language, long=False) for d in days["day"]]
    known = days["visits"].notna()
    partial = known & (days["places"] < days["known_places"])
    top = int(days["visits"].max()) if known.any() else 1
    few = len(days) <= 31
    figure = go.Figure(
        [
            go.Bar(
                x=names,
                y=[int(v) if k else None for v, k in zip(days["visits"], known, strict=True)],
                text=[screen.number(int(v)) if k else "" for v, k in zip(days["visits"], known, strict=True)]
                if few
                else None,
                textposition="outside",
                cliponaxis=False,
                marker={
                    "color": c.visits,
                    "line": {"color": c.visits, "width": 1},
                    "pattern": {
                        "shape": ["/" if p else "" for p in partial],
                        "fgcolor": c.visits,
                        "bgcolor": c.background,
                    },
                },
                customdata=[
                    ", " + screen.text("visits.partial", n=n, m=m) if p else ""
                    for p, n, m in zip(partial, days["places"], days["known_places"], strict=True)
                ],
                hovertemplate="%{x}: %{y:,d} " + screen.text("visits.unit") + "%{customdata}<extra></extra>",
            ),
            go.Bar(
                x=[n for n, k in zip(names, known, strict=True) if not k],
                y=[max(top, 1)] * int((~known).sum()),
                text=[screen.text("value.unknown")] * int((~known).sum()),
                textposition="inside",
                insidetextanchor="middle",
                textfont={"color": c.ink, "size": 18},
                marker={
                    "color": c.background,
                    "line": {"color": c.hatch, "width": 1},
                    "pattern": {"shape": "/", "fgcolor": c.hatch, "bgcolor": c.background, "size": 8, "solidity": 0.2},
                },
                hovertemplate="%{x}: " + screen.text("visits.no_data") + "<extra></extra>",
            ),
        ]
    )
    figure.update_layout(
        **_layout(screen, 300),
        barmode="overlay",
        bargap=0.25,
        xaxis={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": names,
            # a week fits a phone on two lines; more days stand upright
            "tickmode": "array" if len(days) <= 8 else "auto",
            "tickvals": names,
            "ticktext": [name.replace(" ", "<br>", 1) for name in names],
            "tickfont": {"size": 12},
            "tickangle": 0 if len(days) <= 8 else -90,
            "automargin": True,
        },
        yaxis={
            "visible": bool(known.any()),
            "range": [0, max(top, 1) * 1.15],
            "dtick": 1 if top < 5 else None,  # no half visits on the axis
            "gridcolor": c.map_fill,
            "zeroline": False,
            "tickformat": ",d",
            "automargin": True,
        },
    )
    st.plotly_chart(figure, key=key, theme=None, config=_CONFIG, alt=screen.text("visits.daily_alt"))


def hour_by_weekday(cells: pd.DataFrame, screen: Screen, *, key: str) -> None:
    """Squares of mean visits by hour (across) and weekday (down). No file that weekday: a cross, which is not 0."""
    c = screen.colours
    known = cells[cells["mean"].notna()]
    unknown = cells[cells["mean"].isna()]
    days = [formats.weekday(n, screen.view.language) for n in range(1, 8)]
    most = max(float(known["mean"].max()) if len(known) else 0.0, 1.0)

    def row(frame: pd.DataFrame) -> list[str]:
        return [days[int(n) - 1] for n in frame["weekday"]]

    figure = go.Figure(
        [
            go.Scatter(
                x=known["hour"],
                y=row(known),
                mode="markers",
                customdata=[screen.number(float(v), 1) for v in known["mean"]],
                marker={
                    "symbol": "square",
                    "size": 14,  # fits a phone too
                    "color": [float(v) for v in known["mean"]],
                    "colorscale": [[0, c.map_fill], [1, c.visits]],
                    "cmin": 0,
                    "cmax": most,
                    "line": {"color": c.outline, "width": 0.5},
                    "colorbar": {
                        "thickness": 10,
                        "outlinewidth": 0,
                        "tickvals": [0, most],
                        "ticktext": ["0", screen.number(most, 1)],
                    },
                },
                hovertemplate="%{y} %{x}.00: %{customdata} " + screen.text("visits.a_day") + "<extra></extra>",
            ),
            go.Scatter(
                x=unknown["hour"],
                y=row(unknown),
                mode="markers",
                marker={"symbol": "x-thin", "size": 10, "line": {"color": c.hatch, "width": 1.5}},
                hovertemplate="%{y}: " + screen.text("visits.no_data") + "<extra></extra>",
            ),
        ]
    )
    figure.update_layout(
        **_layout(screen, 300),
        xaxis={
            "tickvals": list(range(0, 24, 3)),
            "ticktext": [f"{h:02d}.00" for h in range(0, 24, 3)],
            "range": [-0.7, 23.7],
            "showgrid": False,
            "zeroline": False,
        },
        yaxis={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": days[::-1],
            "showgrid": False,
            "automargin": True,
        },
    )
    st.plotly_chart(figure, key=key, theme=None, config=_CONFIG, alt=screen.text("visits.hours_alt"))
