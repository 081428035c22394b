"""The stages of one place over time: a row a point, a bar a stage."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import formats
from ui.charts import base, signs
from ui.charts.funnel import COLOURS
from ui.screen import Screen

_ROW, _BAR, _NAME = 46, 20, 22  # px of a point, of its bar, and of its name above
_MOST = 12  # points; the list of doors has them all


def timeline_figure(frame: pd.DataFrame, screen: Screen) -> go.Figure:
    """Frame as queries.points.spells: name, stage, begin, end (NaT: still in it, drawn up to the View's moment)."""
    c = screen.colours
    moment = pd.Timestamp(screen.view.moment)
    names = list(dict.fromkeys(frame["place_id"]))[:_MOST]
    shown = frame[frame["place_id"].isin(names)]
    start = shown["begin"].min().normalize()
    span = max((moment.normalize() - start).days, 1) + 1
    figure = go.Figure()
    for row in shown.itertuples():
        end = moment if pd.isna(row.end) else row.end
        x = (row.begin - start) / pd.Timedelta(days=1) - 0.5
        length = max((end - row.begin) / pd.Timedelta(days=1), 0.08)  # an hour can still be seen
        word = screen.text(f"stage.{row.stage}")
        since = formats.moment(row.begin.to_pydatetime(), screen.view.language)
        expired = row.stage == "expired"
        figure.add_bar(
            orientation="h", base=[x], x=[length], y=[_ROW * names.index(row.place_id) + _NAME + _BAR / 2], width=_BAR,
            marker=(base.hatch(screen) if expired else {"color": c.stage[COLOURS[row.stage]]})
            | {"line": {"color": c.outline, "width": 1}},
            hoverinfo="text", hovertext=f"{word}: {since}", name=row.stage,
            text=[word if length / span * base.PHONE > 7 * len(word) and not expired else ""],
            textposition="inside", insidetextanchor="middle", textangle=0,
            textfont={"color": c.stage_text.get(COLOURS.get(row.stage, ""), c.ink), "size": base.SMALL},
        )  # fmt: skip
    for i, place in enumerate(names):
        name = str(shown.loc[shown["place_id"] == place, "name"].iloc[0])
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=_ROW * i + 1, yanchor="top", showarrow=False, xshift=-2,
            text=base.label(name, 44), borderpad=0,
        )  # fmt: skip
    figure.update_layout(
        **base.layout(screen, _ROW * len(names) + 48, l=4, r=8, t=0, b=44),
        xaxis=base.axis(**base.day_ticks(start.date(), span, screen, most=4)),
        yaxis=base.axis(visible=False, range=[_ROW * len(names), 0]),
    )
    return figure


def timeline(frame: pd.DataFrame, screen: Screen, *, key: str) -> None:
    """Draws `timeline_figure` with its colours in words."""
    c = screen.colours
    base.draw(timeline_figure(frame, screen), key, screen.text("rollout.timeline_alt"))
    found = {COLOURS.get(stage, "expired") for stage in frame["stage"]}
    used = [name for name in ("filed", "verified", "expired", "installed") if name in found]
    legend = signs.swatches(
        [
            (signs.hatch_css(c), screen.text("stage.expired"))
            if name == "expired"
            else (f"background:{c.stage[name]}", screen.text(f"chart.state.{name}"))
            for name in used
        ],
        screen,
    )
    st.html(legend)
