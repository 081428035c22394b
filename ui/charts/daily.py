"""Columns of visits a day, with what is usual, the PPKM level and dated facts. Not known is hatched, never 0."""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import formats
from ui import inert
from ui.charts import base, signs
from ui.screen import Screen

_PLOT = 230  # px of the columns themselves
_RIBBON = 26  # px of the ribbon of levels with its gap


def vertical(screen: Screen, top: float) -> dict[str, Any]:
    """A y axis of whole numbers from 0 to above `top`."""
    return base.axis(
        range=[0, max(top, 1) * 1.15],
        dtick=1 if top < 5 else None,  # no half visits on the axis
        nticks=5,
        showgrid=True,
        gridcolor=screen.colours.map_fill,
        tickformat=",d",
    )


def columns(days: pd.DataFrame, screen: Screen, top: float) -> list[go.Bar]:
    """Two traces: columns of the known days, hatched where a part is missing; and the days that are not known."""
    c = screen.colours
    values = [None if pd.isna(v) else int(v) for v in days["visits"]]
    names = [formats.day(d.date(), screen.view.language, long=False) for d in days["day"]]
    partial, provisional = _partial(days), _provisional(days)
    said = [
        (", " + screen.text("visits.partial", n=n, m=m) if p else "")
        + (", " + screen.text("chart.provisional") if q else "")
        + (", " + screen.text("revision.status.revised") if r else "")
        for p, q, r, n, m in zip(partial, provisional, _revised(days), *_places(days), strict=True)
    ]
    unknown = [n for n, v in enumerate(values) if v is None]
    return [
        go.Bar(
            x=list(range(len(days))),
            y=values,
            width=0.85,
            marker={
                "color": c.visits,
                "line": {"color": c.visits, "width": 1},
                "pattern": {
                    "shape": [
                        {0: "", 1: "\\", 2: "/", 3: "x"}[p + 2 * q] for p, q in zip(partial, provisional, strict=True)
                    ],
                    "fgcolor": c.visits,
                    "bgcolor": c.background,
                    "size": 7,
                    "solidity": 0.35,
                },
            },
            customdata=[[name, words] for name, words in zip(names, said, strict=True)],
            hovertemplate="%{customdata[0]}: %{y:,d} " + screen.text("visits.unit") + "%{customdata[1]}<extra></extra>",
        ),
        go.Bar(
            x=unknown,
            y=[max(top, 1)] * len(unknown),
            width=0.85,
            text=[screen.text("value.unknown")] * len(unknown),
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"color": c.ink, "weight": 700, "shadow": ", ".join([f"0 0 3px {c.background}"] * 4)},
            marker=base.hatch(screen),
            customdata=[names[n] for n in unknown],
            hovertemplate="%{customdata}: " + screen.text("visits.no_data") + "<extra></extra>",
        ),
    ]


def _places(days: pd.DataFrame) -> tuple[list[int], list[int]]:
    if "places" not in days:
        return [0] * len(days), [0] * len(days)
    return [int(n) for n in days["places"]], [int(n) for n in days["known_places"]]


def _partial(days: pd.DataFrame) -> list[bool]:
    known = days["visits"].notna()
    return [bool(k) and n < m for k, n, m in zip(known, *_places(days), strict=True)]


def _provisional(days: pd.DataFrame) -> list[bool]:
    """Known days whose figures still grow."""
    if "provisional" not in days:
        return [False] * len(days)
    return [bool(p) for p in days["provisional"].fillna(False) & days["visits"].notna()]


def _revised(days: pd.DataFrame) -> list[bool]:
    """Days whose figure was published as final once, and changed since."""
    return [bool(r) for r in days["revised"]] if "revised" in days else [False] * len(days)


def _spans(levels: pd.DataFrame, first: date, last: date) -> list[tuple[int, int, int | None, list[str]]]:
    """Levels day by day as spans of the axis: first day, last day, level (None: unknown), instruments."""
    by_day: list[tuple[int | None, str]] = [(None, "")] * ((last - first).days + 1)
    for row in levels.itertuples():
        begin = max(pd.Timestamp(row.first).date(), first)
        end = last if pd.isna(row.last) else min(pd.Timestamp(row.last).date(), last)
        level = None if pd.isna(row.level) else int(row.level)
        for n in range((begin - first).days, (end - first).days + 1):
            by_day[n] = (level, "" if pd.isna(row.instrument) else str(row.instrument))
    spans: list[tuple[int, int, int | None, list[str]]] = []
    for n, (level, instrument) in enumerate(by_day):
        if not spans or spans[-1][2] != level:
            spans.append((n, n, level, []))
        begin, _, _, instruments = spans[-1]
        if instrument and instrument not in instruments:
            instruments.append(instrument)
        spans[-1] = (begin, n, level, instruments)
    return spans


def _level(level: int | None, screen: Screen) -> str:
    if level is None:
        return screen.text("chart.level_unknown")
    return screen.text("chart.level", level=level) if level else screen.text("chart.level_none")


def _add_ribbon(figure: go.Figure, spans: list[tuple[int, int, int | None, list[str]]], screen: Screen) -> None:
    """The level in force as a band above the columns; hatched with '?' where no instrument is on record."""
    c = screen.colours
    days = spans[-1][1] + 1
    for begin, end, level, _ in spans:
        left, right = begin - 0.5, end + 0.5
        figure.add_trace(
            go.Scatter(
                x=[left, right, right, left, left],
                y=[0, 0, 1, 1, 0],
                yaxis="y2",
                mode="lines",
                fill="toself",
                fillcolor=c.map_fill,
                fillpattern=base.hatch(screen)["pattern"] if level is None else None,
                line={"color": c.outline, "width": 1},
                hoveron="fills",
                hoverinfo="text",
                text=_level(level, screen),
            )
        )
        room = (end - begin + 1) / days * base.PHONE
        words = screen.text("value.unknown") if level is None else _level(level, screen)
        if room < 7 * len(words):
            words = words[-1] if level and room >= 12 else ""
        if words:
            figure.add_annotation(
                x=(begin + end) / 2,
                y=0.5,
                yref="y2",
                text=words,
                showarrow=False,
                font={"size": base.SMALL},
                bgcolor=c.background if level is None else None,
                borderpad=1,
            )


def daily_columns_figure(
    days: pd.DataFrame,
    screen: Screen,
    *,
    usual: pd.DataFrame | None = None,
    levels: pd.DataFrame | None = None,
    facts: pd.DataFrame | None = None,
) -> go.Figure:
    """Columns of visits a day: a row of `queries.visits.daily` a day, in order, with what is usual as a line.

    usual: day, usual; levels: first, last, level, instrument (a ribbon on top); facts: day, text (numbered marks).
    """
    c = screen.colours
    first, n = days["day"].iloc[0].date(), len(days)
    like = _usual(days, usual)
    top = max([float(v) for v in [*days["visits"].dropna(), *like.dropna()]], default=1.0)
    figure = go.Figure(columns(days, screen, top))
    if like.notna().any():
        line = [None if pd.isna(v) else float(v) for v in like]
        said = [screen.text("chart.usually", n=screen.number(v)) if v is not None else "" for v in line]
        for width, colour in ((5, c.background), (2, c.ink)):  # a halo keeps it apart from the columns
            figure.add_scatter(
                x=list(range(n)),
                y=line,
                mode="lines+markers",
                line={"color": colour, "width": width},
                marker={"color": colour, "size": width + (3 if n <= 31 else 0)},
                hovertext=said,
                hoverinfo="text" if width == 2 else "skip",
            )
    if n <= 31:
        figure.add_trace(_numbers(days, like, screen, top))
    marks = [x for x, _, _ in base.numbered(facts, first, n)]
    ribbon = _RIBBON if levels is not None else 0
    above = ribbon + base.marks_height(marks, n)
    plot = _PLOT + above
    if levels is not None:
        _add_ribbon(figure, _spans(levels, first, first + timedelta(days=n - 1)), screen)
    figure.update_layout(
        **base.layout(screen, plot + 8 + 44, l=16 + 8 * len(screen.number(top)), t=8, b=44),
        xaxis=base.axis(**base.day_ticks(first, n, screen), anchor="y"),
        yaxis=vertical(screen, top) | {"domain": [0, 1 - above / plot], "visible": bool(days["visits"].notna().any())},
        yaxis2=base.axis(visible=False, range=[0, 1], domain=[1 - (_RIBBON - 4) / plot, 1]),
    )
    base.add_marks(figure, marks, n, screen, top=ribbon, plot=plot, foot=1 - above / plot if n <= 31 else 0)
    return figure


def _numbers(days: pd.DataFrame, like: "pd.Series[float]", screen: Screen, top: float) -> go.Bar:
    """The numbers above the columns, on bars that are not seen: where the line of the usual would cross, above it."""
    heights: list[float | None] = []
    texts = []
    for visits, usual, revised in zip(days["visits"], like, _revised(days), strict=True):
        known = not pd.isna(visits)
        texts.append(screen.number(int(visits)) + "*" * revised if known else "")
        near = known and not pd.isna(usual) and -0.03 * top < usual - int(visits) < 0.12 * top
        heights.append((float(usual) + 0.02 * top if near else int(visits)) if known else None)
    return go.Bar(
        x=list(range(len(days))),
        y=heights,
        width=0.92,
        text=texts,
        textposition="outside",
        textangle=0,
        cliponaxis=False,
        marker={"color": screen.colours.visits, "opacity": 0},
        hoverinfo="skip",
    )


def _usual(days: pd.DataFrame, usual: pd.DataFrame | None) -> "pd.Series[float]":
    """What is usual for each day, NA where there is nothing to compare with."""
    if usual is None:
        return pd.Series([float("nan")] * len(days))
    by_day = usual.set_index(pd.to_datetime(usual["day"]))["usual"]
    return by_day.reindex(pd.to_datetime(days["day"])).reset_index(drop=True)


def daily_notes(
    days: pd.DataFrame,
    screen: Screen,
    *,
    usual: pd.DataFrame | None,
    levels: pd.DataFrame | None,
    facts: pd.DataFrame | None,
) -> str:
    """HTML under the columns: what each sign means, the levels with their instruments, the numbered facts."""
    c = screen.colours
    first, n = days["day"].iloc[0].date(), len(days)
    missing = int(days["visits"].isna().sum())
    items = [(f"background:{c.visits}", screen.text("visits.unit"))] if missing < n else []
    stripes = f"{c.background} 0 2px,{c.visits} 2px 5px)"
    for count, angle, key in (
        (sum(_provisional(days)), "135deg", "chart.provisional_days"),
        (sum(_partial(days)), "45deg", "chart.partial_days"),
    ):
        if count:
            items.append((f"background:repeating-linear-gradient({angle},{stripes}", screen.text(key, n=count)))
    if missing:
        items.append((signs.hatch_css(c), screen.text("chart.unknown_days", n=missing)))
    if (revised := sum(_revised(days))) and n <= 31:  # where columns bear their numbers
        items.append((f"border:0;background:{c.background}", screen.text("quality.revised_days", n=revised)))
    if usual is not None:
        known = _usual(days, usual).notna().any()
        items.append(
            (signs.line_css(c.ink, c), screen.text("chart.usual")) if known
            else (f"border:0;background:{c.background}", screen.text("chart.no_usual"))
        )  # fmt: skip
    shown = signs.swatches(items, screen)
    if levels is not None:
        said = []
        for begin, end, level, instruments in _spans(levels, first, first + timedelta(days=n - 1)):
            span = formats.period(first + timedelta(days=begin), first + timedelta(days=end), screen.view.language)
            source = f" ({inert.for_html(', '.join(instruments))})" if instruments else ""
            said.append(f"{_level(level, screen)}: {span}{source}")
        shown += f'<div style="color:{c.second};margin-top:8px">{screen.text("chart.levels")}: {"; ".join(said)}</div>'
    return shown + signs.facts(base.numbered(facts, first, n), screen)


def daily_columns(
    days: pd.DataFrame,
    screen: Screen,
    *,
    key: str,
    usual: pd.DataFrame | None = None,
    levels: pd.DataFrame | None = None,
    facts: pd.DataFrame | None = None,
) -> None:
    """Draws `daily_columns_figure` with its words."""
    more = {"usual": usual, "levels": levels, "facts": facts}
    marks = base.numbered(facts, days["day"].iloc[0].date(), len(days))
    said = " ".join(f"{n}. {base.day(on, screen)}: {text}." for n, (_, on, text) in enumerate(marks, start=1))
    base.draw(daily_columns_figure(days, screen, **more), key, f"{screen.text('visits.daily_alt')} {said}".rstrip())
    st.html(daily_notes(days, screen, **more))
