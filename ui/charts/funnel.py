"""Places by stage, cumulative: a bar a stage over the denominator, what is not known hatched at its end."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from ui.charts import base
from ui.screen import Screen

_ROW, _BAR, _NAME = 44, 18, 22  # px of a stage, of its bar, and of the words above
# The colour of each of the eight stages: on the wall they are four.
COLOURS = {
    "filed": "filed",
    "verified": "verified",
    "access_issued": "verified",
    "activated": "verified",
    "trained": "verified",
    "installed": "installed",
    "first_check_in": "installed",
    "in_use": "in_use",
}


def funnel_figure(frame: pd.DataFrame, screen: Screen, *, total: int, unknown: int, chosen: str = "") -> go.Figure:
    """Frame as queries.progress.funnel; a bar's customdata is its row, so that a click can be read."""
    c = screen.colours
    at = [_ROW * i + _NAME + _BAR / 2 for i in range(len(frame))]
    whole = max(total, 1)
    figure = go.Figure()
    words = [screen.text(f"stage.{s}") for s in frame["stage"]]
    said = [
        screen.text("rollout.of_total", stage=word, n=screen.number(n), total=screen.number(total))
        for word, n in zip(words, frame["reached"], strict=True)
    ]
    figure.add_bar(  # the ground that a click can also meet
        orientation="h", y=at, x=[1.0] * len(at), width=_BAR, hoverinfo="text", hovertext=said,
        marker={"color": c.background, "line": {"color": c.outline, "width": 1}},
        customdata=[[i, 0] for i in range(len(at))],
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
    )  # fmt: skip
    figure.add_bar(
        orientation="h", y=at, x=frame["reached"] / whole, width=_BAR, hoverinfo="text", hovertext=said,
        marker={
            "color": [c.stage[COLOURS[s]] for s in frame["stage"]], "line": {"color": c.outline, "width": 1},
            "opacity": [0.35 if chosen and s != chosen else 1.0 for s in frame["stage"]],
        },
        customdata=[[i, 0] for i in range(len(at))],
        selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
    )  # fmt: skip
    if unknown:
        figure.add_bar(
            orientation="h", y=at, x=[unknown / whole] * len(at), base=[1 - unknown / whole] * len(at), width=_BAR,
            marker=base.hatch(screen), hoverinfo="text",
            hovertext=[screen.text("rollout.unknown", n=screen.number(unknown))] * len(at),
            customdata=[[i, 0] for i in range(len(at))],
            selected={"marker": {"opacity": 1}}, unselected={"marker": {"opacity": 1}},
        )  # fmt: skip
    for i, (word, n) in enumerate(zip(words, frame["reached"], strict=True)):
        bold = (
            f"<b>{screen.number(n)} {word}</b>"
            if frame["stage"].iloc[i] == chosen
            else f"<b>{screen.number(n)}</b> {word}"
        )
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=_ROW * i + 1, yanchor="top", showarrow=False, xshift=-2,
            text=bold, borderpad=0,
        )  # fmt: skip
    figure.update_layout(
        **base.layout(screen, _ROW * len(frame) + 4, l=2, r=2, t=0, b=4),
        xaxis=base.axis(visible=False, range=[-0.003, 1.003]),
        yaxis=base.axis(visible=False, range=[_ROW * len(frame), 0]),
    )
    return figure


def funnel(frame: pd.DataFrame, screen: Screen, *, key: str, total: int, unknown: int, chosen: str = "") -> str | None:
    """Draws `funnel_figure`; returns the stage just clicked, once a click."""
    said = st.plotly_chart(
        funnel_figure(frame, screen, total=total, unknown=unknown, chosen=chosen),
        key=key, theme=None, config=base.CONFIG, alt=screen.text("rollout.funnel_alt"), on_select="rerun",
        selection_mode="points",
    )  # fmt: skip
    clicked = base.clicked(dict(said), f"{key}_seen")
    return str(frame["stage"].iloc[clicked[0]]) if clicked else None
