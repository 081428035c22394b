"""Charts of visits: hours, sorted bars and small multiples. A figure that is not known is hatched, never 0."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import formats
from ui.charts import base, daily, signs
from ui.screen import Screen

_ROW, _BAR = 44, 16  # px of a row of bars, and of the bar under its name


def hour_by_weekday_figure(cells: pd.DataFrame, screen: Screen) -> go.Figure:
    """Cells of mean visits by hour (across) and weekday (down), of `queries.visits.by_hour_and_weekday`.

    They are bars, which scale with the chart (a phone's do not touch) and can be clicked. No file: hatched.
    """
    c = screen.colours
    language = screen.view.language
    days = [formats.weekday(n, language) for n in range(1, 8)]
    most = max(float(cells["mean"].max()) if cells["mean"].notna().any() else 0.0, 1.0)

    def trace(frame: pd.DataFrame, marker: dict[str, Any], said: list[str]) -> go.Bar:
        at = list(zip([int(n) for n in frame["weekday"]], [int(h) for h in frame["hour"]], strict=True))
        return go.Bar(
            x=[h for _, h in at],
            y=[0.84] * len(at),
            base=[7 - n - 0.42 for n, _ in at],
            width=0.8,
            marker=marker,
            unselected={"marker": {"opacity": 1}},
            customdata=[list(a) for a in at],
            hovertext=[
                f"{days[n - 1]} {base.hour(h, screen)}: {words}" for (n, h), words in zip(at, said, strict=True)
            ],
            hoverinfo="text",
        )

    known, unknown = cells[cells["mean"].notna()], cells[cells["mean"].isna()]
    ramp = {
        "color": [float(v) for v in known["mean"]],
        "colorscale": [[0, c.map_fill], [1, c.visits]],
        "cmin": 0,
        "cmax": most,
        "line": {"color": c.outline, "width": 0.5},
    }
    means = [f"{screen.number(float(v), 1)} {screen.text('visits.a_day')}" for v in known["mean"]]
    figure = go.Figure(
        [
            trace(known, ramp, means),
            trace(unknown, base.hatch(screen), [screen.text("visits.no_data")] * len(unknown)),
        ]
    )
    figure.update_layout(
        **base.layout(screen, 268, l=36, t=4, b=28),
        xaxis=base.axis(
            tickvals=list(range(0, 24, 4)),
            ticktext=[base.hour(h, screen) for h in range(0, 24, 4)],
            range=[-0.5, 23.5],
        ),
        yaxis=base.axis(tickvals=list(range(7)), ticktext=days[::-1], range=[-0.5, 6.5]),
    )
    if screen.view.hours:
        start, end = screen.view.hours
        frame = {"color": c.ink, "width": 2}
        figure.add_shape(type="rect", x0=start - 0.5, x1=end + 0.5, y0=-0.5, y1=6.5, line=frame)
    return figure


def hour_by_weekday(cells: pd.DataFrame, screen: Screen, *, key: str) -> tuple[int, int] | None:
    """Draws the cells with their scale; returns the (ISO weekday, hour) just clicked, once a click."""
    c = screen.colours
    most = screen.number(max(float(cells["mean"].max()) if cells["mean"].notna().any() else 0.0, 1.0), 1)
    said = st.plotly_chart(
        hour_by_weekday_figure(cells, screen),
        key=key,
        theme=None,
        config=base.CONFIG,
        alt=screen.text("visits.hours_alt"),
        on_select="rerun",
        selection_mode="points",
    )
    ramp = (
        f'<span style="display:inline-flex;align-items:center;gap:6px">0<span aria-hidden="true" style="width:96px;'
        f"height:16px;border:1px solid {c.outline};box-sizing:border-box;background:linear-gradient(90deg,{c.map_fill},"
        f'{c.visits})"></span>{most} {screen.text("visits.a_day")}</span>'
    )
    missing = cells["mean"].isna().any()
    hatched = signs.swatches([(signs.hatch_css(c), screen.text("visits.no_data"))], screen) if missing else ""
    st.html(f'<div style="display:flex;flex-wrap:wrap;gap:6px 20px;color:{c.ink}">{ramp}{hatched}</div>')
    return base.clicked(dict(said), f"{key}_seen")


def bars_figure(frame: pd.DataFrame, screen: Screen, *, label: str, value: str, n: int = 10) -> go.Figure:
    """Bars across, largest first, each under its name with its number at the end; not known: hatched, '?', last."""
    c = screen.colours
    shown = _sorted(frame, value).head(n)
    values = [None if pd.isna(v) else float(v) for v in shown[value]]
    longest = max([v for v in values if v is not None], default=1.0) or 1.0
    at = [_ROW * i + 30 for i in range(len(shown))]  # the middle of a bar, in px from the top
    names = [base.label(str(x)) for x in shown[label]]
    unknown = [i for i, v in enumerate(values) if v is None]
    figure = go.Figure(
        [
            go.Bar(
                orientation="h",
                y=at,
                x=values,
                width=_BAR,
                text=[base.value_text(v, screen) if v is not None else "" for v in values],
                textposition="outside",
                cliponaxis=False,
                constraintext="none",
                marker={"color": c.visits, "line": {"color": c.visits, "width": 1}},
                hovertext=[f"{name}: {base.value_text(v, screen)}" for name, v in zip(names, values, strict=True)],
                hoverinfo="text",
            ),
            go.Bar(
                orientation="h",
                y=[at[i] for i in unknown],
                x=[longest] * len(unknown),
                width=_BAR,
                text=[screen.text("value.unknown")] * len(unknown),
                textposition="outside",
                cliponaxis=False,
                constraintext="none",
                marker=base.hatch(screen),
                hovertext=[f"{names[i]}: {screen.text('visits.no_data')}" for i in unknown],
                hoverinfo="text",
            ),
        ]
    )
    for i, name in enumerate(shown[label]):
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=_ROW * i + 10, text=base.label(str(name), 44), showarrow=False,
            font={"size": base.TEXT}, xshift=-4,
        )  # fmt: skip
    figure.update_layout(
        **base.layout(screen, _ROW * len(shown) + 8, l=2, r=16 + 8 * len(screen.number(longest)), t=0, b=8),
        xaxis=base.axis(visible=False, range=[0, longest]),
        yaxis=base.axis(visible=False, range=[_ROW * len(shown), 0]),
    )
    return figure


def _sorted(frame: pd.DataFrame, value: str) -> pd.DataFrame:
    return frame.sort_values(value, ascending=False, na_position="last", kind="stable")


def bars(frame: pd.DataFrame, screen: Screen, *, key: str, label: str, value: str, n: int = 10) -> None:
    """Draws `bars_figure`; what is left out is said in words."""
    if frame.empty:
        signs.note(screen.text("table.empty"), screen)
        return
    base.draw(bars_figure(frame, screen, label=label, value=value, n=n), key, screen.text("chart.bars_alt"))
    rest = _sorted(frame, value).iloc[n:]
    if len(rest):
        unknown = int(rest[value].isna().sum())
        more = screen.text("chart.of_them_unknown", n=unknown) if unknown else ""
        signs.note(screen.text("chart.others", n=len(rest)) + more, screen)


def small_multiples_figure(frame: pd.DataFrame, screen: Screen) -> go.Figure:
    """Columns a day for each kecamatan under each other, on one scale; frame: kecamatan, day, visits (NA: unknown)."""
    top = float(frame["visits"].max()) if frame["visits"].notna().any() else 1.0
    groups = list(dict.fromkeys(frame["kecamatan"]))
    first = frame["day"].min().date()
    days = (frame["day"].max().date() - first).days + 1
    one, title, bottom = 120, 40, 44  # px of a plot, its name, and the days under the last
    plot = one * len(groups)
    figure = go.Figure()
    axes: dict[str, Any] = {}
    for n, group in enumerate(groups):
        suffix = "" if n == 0 else str(n + 1)
        mine = frame[frame["kecamatan"] == group].sort_values("day", ignore_index=True)
        for trace in daily.columns(mine, screen, top):
            trace.x = [int((mine["day"].iloc[i].date() - first).days) for i in trace.x]
            figure.add_trace(trace.update(yaxis=f"y{suffix}", xaxis="x"))
        upper = 1 - n / len(groups)
        axes[f"yaxis{suffix}"] = daily.vertical(screen, top) | {
            "anchor": "x",
            "nticks": 3,
            "domain": [max(upper - 1 / len(groups), 0), upper - title / plot],
        }
        known = mine["visits"].notna().any()
        total = screen.number(int(mine["visits"].sum())) if known else screen.text("value.unknown")
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=upper, yref="paper", yanchor="top", showarrow=False,
            text=f"<b>{base.label(str(group), 30)}</b> {total}", font={"size": base.TEXT}, xshift=-4, yshift=-8,
        )  # fmt: skip
    figure.update_layout(
        **base.layout(screen, plot + bottom + 4, l=16 + 8 * len(screen.number(top)), t=4, b=bottom),
        xaxis=base.axis(**base.day_ticks(first, days, screen), anchor=f"y{len(groups)}" if len(groups) > 1 else "y"),
        **axes,
    )
    return figure


def small_multiples(frame: pd.DataFrame, screen: Screen, *, key: str) -> None:
    """Draws `small_multiples_figure`."""
    base.draw(small_multiples_figure(frame, screen), key, screen.text("chart.multiples_alt"))
    if frame["visits"].isna().any():
        st.html(signs.swatches([(signs.hatch_css(screen.colours), screen.text("visits.no_data"))], screen))
