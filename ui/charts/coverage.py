"""Charts of coverage: places by stage, stages over time, and how long agencies have been waiting."""

from collections.abc import Mapping
from itertools import pairwise

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core.rollout import STATES
from ui.charts import base, signs
from ui.screen import Screen

_ROW, _BAR, _NAME = 58, 26, 24  # px of a row of stages, of its bar, and of the name above
_DOT, _LINE = 12, 18  # px of a dot, and of a second line of text
_LINES = ("filed", "verified", "installed", "in_use")
_RIGHT = 140  # px for the words at a line's end


def _group(name: str, total: int, screen: Screen, names: Mapping[str, str] | None) -> str:
    if name in ("area", "kecamatan", "kelurahan"):
        return screen.text(f"chart.strip.{name}", n=total)
    if name in ("other", "?"):
        return f"{total} {screen.text('rollout.other' if name == 'other' else 'rollout.no_owner')}"
    return f"{total} {base.label(names.get(name, name) if names else screen.category(name), 40)}"


def stage_bars_figure(frame: pd.DataFrame, screen: Screen, *, names: Mapping[str, str] | None = None) -> go.Figure:
    """Each group's places by state, furthest first, as shares with their numbers; frame: group, state, n.

    names: of the groups, where they are not categories. A bar's customdata is the place of its group in the frame.
    """
    c = screen.colours
    groups = list(dict.fromkeys(frame["group"]))
    totals = frame.groupby("group")["n"].sum()
    counts = {(g, s): int(n) for g, s, n in frame[["group", "state", "n"]].itertuples(index=False)}
    at = {g: _ROW * i + _NAME + _BAR / 2 for i, g in enumerate(groups)}
    figure = go.Figure()
    before = dict.fromkeys(groups, 0.0)
    for state in STATES:
        shares = [counts.get((g, state), 0) / max(int(totals[g]), 1) for g in groups]
        plain = state not in ("unused", "unknown")
        word = screen.text(f"chart.state.{state}")
        if state == "unknown":
            marker = base.hatch(screen) | {"line": {"color": c.outline, "width": 1}}
        else:
            marker = {"color": c.stage[state], "line": {"color": c.outline, "width": 1}}
            if state == "unused":
                marker["pattern"] = {
                    "shape": "x", "fgcolor": c.cross, "bgcolor": c.stage["unused"], "size": 13, "solidity": 0.18,
                }  # fmt: skip
        figure.add_bar(
            orientation="h",
            name=state,
            y=list(at.values()),
            x=shares,
            base=[before[g] for g in groups],
            width=_BAR,
            marker=marker,
            text=[str(n) if plain and (n := counts.get((g, state), 0)) else "" for g in groups],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            textfont={"color": c.stage_text.get(state, c.ink)},
            hovertext=[
                f"{_group(g, int(totals[g]), screen, names)}: {counts.get((g, state), 0)} {word}" for g in groups
            ],
            hoverinfo="text",
            customdata=[[i, 0] for i in range(len(groups))],
            selected={"marker": {"opacity": 1}},
            unselected={"marker": {"opacity": 1}},
        )
        for g, share in zip(groups, shares, strict=True):
            n = counts.get((g, state), 0)
            if not plain and share * base.PHONE >= 10 + 8 * len(str(n)):  # a pattern needs a ground under its number
                figure.add_annotation(
                    x=before[g] + share / 2, y=at[g], text=str(n), showarrow=False, borderpad=1,
                    bgcolor=c.stage.get(state, c.background), font={"color": c.stage_text.get(state, c.ink)},
                )  # fmt: skip
            before[g] += share
    for i, g in enumerate(groups):
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=_ROW * i + 1, yanchor="top", showarrow=False, xshift=-2,
            text=f"<b>{_group(g, int(totals[g]), screen, names)}</b>", borderpad=0,
        )  # fmt: skip
    figure.update_layout(
        **base.layout(screen, _ROW * len(groups) + 4, l=2, r=2, t=0, b=4),
        xaxis=base.axis(visible=False, range=[-0.003, 1.003]),
        yaxis=base.axis(visible=False, range=[_ROW * len(groups), 0]),
    )
    return figure


def stage_bars(frame: pd.DataFrame, screen: Screen, *, key: str, names: Mapping[str, str] | None = None) -> str | None:
    """Draws `stage_bars_figure` with the words of its states and the places behind each.

    Returns the group just clicked, once a click.
    """
    said = st.plotly_chart(
        stage_bars_figure(frame, screen, names=names), key=key, theme=None, config=base.CONFIG,
        alt=screen.text("chart.stages_alt"), on_select="rerun", selection_mode="points",
    )  # fmt: skip
    table = frame.pivot_table(index="state", columns="group", values="n", aggfunc="sum", fill_value=0, sort=False)
    few = table.shape[1] <= 3  # then the count of each bar, in their order
    signs.legend(screen, {s: " · ".join(map(str, row)) if few else int(row.sum()) for s, row in table.iterrows()})
    clicked = base.clicked(dict(said), f"{key}_seen")
    return str(list(dict.fromkeys(frame["group"]))[clicked[0]]) if clicked else None


def over_time_figure(
    frame: pd.DataFrame, screen: Screen, *, facts: pd.DataFrame | None = None, total: int | None = None
) -> go.Figure:
    """A stepped line a stage, cumulative, named at its end; frame: day, stage, n; facts: day, text.

    The dashed line is the denominator `total`; the upright one the View's moment.
    """
    c = screen.colours
    days = pd.to_datetime(frame["day"])
    first = days.min().date()
    moment = pd.Timestamp(screen.view.moment)
    span = max((days.max().date() - first).days, 1) + 1
    top = max(total or 0, int(frame["n"].max()), 1) * 1.08
    marks = base.numbered(facts, first, span)
    above = 22 + base.marks_height([x for x, _, _ in marks], span)
    plot = 260 + above
    domain = 260 / plot
    figure = go.Figure()
    ends: list[tuple[float, str]] = []
    for stage in _LINES:
        mine = frame[frame["stage"] == stage].sort_values("day")
        if mine.empty:
            continue
        x = [(d.date() - first).days for d in pd.to_datetime(mine["day"])]
        y = [int(n) for n in mine["n"]]
        word = screen.text(f"chart.stage.{stage}")
        for width, paint in ((6, c.outline), (3.5, c.stage[stage])):  # a light line needs an edge
            figure.add_scatter(
                x=[*x, span - 0.5],
                y=[*y, y[-1]],
                name=stage,
                mode="lines",
                line={"color": paint, "width": width, "shape": "hv"},
                hoverinfo="text" if paint != c.outline else "skip",
                hovertext=[f"{word}: {screen.number(v)}" for v in [*y, y[-1]]],
            )
        ends.append((y[-1], f"<b>{screen.number(y[-1])}</b> {word}"))
    for y, words in zip(_apart([y for y, _ in ends], 17 * top / 260), [w for _, w in ends], strict=True):
        figure.add_annotation(
            x=1, xref="paper", xanchor="left", y=y, text=words, showarrow=False, xshift=6, borderpad=0
        )
    if total is not None:
        line = {"color": c.second, "width": 1.5, "dash": "dash"}
        figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=total, y1=total, line=line)
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=total, yanchor="top", showarrow=False,
            text=screen.text("chart.denominator", n=total), font={"size": base.SMALL, "color": c.second},
            bgcolor=c.background, borderpad=1, yshift=-2,
        )  # fmt: skip
    at = (moment - pd.Timestamp(first)) / pd.Timedelta(days=1) - 0.5
    if -0.5 <= at <= span:
        at = min(at, span - 0.5)
        figure.add_shape(type="line", x0=at, x1=at, yref="paper", y0=0, y1=domain, line={"color": c.ink, "width": 2})
        side = "right" if at > span / 2 else "left"
        figure.add_annotation(
            x=at, xanchor=side, y=domain, yref="paper", yanchor="bottom", showarrow=False, borderpad=1,
            text=screen.text("chart.as_of", day=_as_of(screen)), bgcolor=c.background, font={"size": base.SMALL},
        )  # fmt: skip
    figure.update_layout(
        **base.layout(screen, plot + 8 + 44, l=32, r=_RIGHT, t=8, b=44),
        xaxis=base.axis(**base.day_ticks(first, span, screen, most=4), anchor="y"),
        yaxis=base.axis(
            range=[0, top], domain=[0, domain], showgrid=True, gridcolor=c.map_fill, nticks=5, tickformat=",d"
        ),
    )
    base.add_marks(figure, [x for x, _, _ in marks], span, screen, top=0, plot=plot)
    return figure


def _as_of(screen: Screen) -> str:
    moment = screen.view.moment
    return f"{base.day(moment.date(), screen)} {base.hour(moment.hour, screen)}"


def _apart(values: list[float], least: float) -> list[float]:
    """Heights of labels, each at least `least` from the next and as near its value as that leaves it."""
    order = sorted(range(len(values)), key=lambda i: -values[i])  # a later stage is never above an earlier one
    placed = list(values)
    for upper, lower in pairwise(order):
        placed[lower] = min(placed[lower], placed[upper] - least)
    lift = max(0.0, least / 2 - min(placed, default=0.0))  # the lowest stays above the axis' days
    floor = order[::-1]
    if lift:
        placed[floor[0]] += lift
        for lower, upper in pairwise(floor):
            placed[upper] = max(placed[upper], placed[lower] + least)
    return placed


def over_time(
    frame: pd.DataFrame, screen: Screen, *, key: str, facts: pd.DataFrame | None = None, total: int | None = None
) -> None:
    """Draws `over_time_figure` with its numbered facts."""
    if frame.empty:
        signs.note(screen.text("visits.no_data"), screen)
        return
    days = pd.to_datetime(frame["day"])
    first = days.min().date()
    span = max((days.max().date() - first).days, 1) + 1
    base.draw(over_time_figure(frame, screen, facts=facts, total=total), key, screen.text("chart.over_time_alt"))
    st.html(signs.facts(base.numbered(facts, first, span), screen))


def waiting_figure(frame: pd.DataFrame, screen: Screen) -> go.Figure:
    """A dot a place by days of waiting, in a row an agency, longest first; frame: owner, days (NA: unknown), place."""
    c = screen.colours
    most = float(frame["days"].max()) if frame["days"].notna().any() else 1.0
    end = max(most, 1.0) * 1.06
    owners = (
        frame.groupby("owner", sort=False)["days"].max().sort_values(ascending=False, na_position="last", kind="stable")
    )
    figure = go.Figure()
    x: list[float] = []
    y: list[float] = []
    said: list[str] = []
    top = 0.0
    for owner in owners.index:
        mine = frame[frame["owner"] == owner].sort_values("days")
        known = mine.dropna(subset="days")
        levels = _piled([float(d) / end * base.PHONE for d in known["days"]])
        floor = top + _NAME + _LINE + (max(levels, default=0) + 1) * (_DOT + 2)
        for level, row in zip(levels, known.itertuples(), strict=True):
            x.append(float(row.days))
            y.append(floor - (level + 0.5) * (_DOT + 2))
            said.append(f"{base.label(str(row.place))}: {screen.text('chart.days', n=screen.number(int(row.days)))}")
        words = screen.text("chart.waiting", n=len(mine))
        if missing := len(mine) - len(known):
            words += screen.text("chart.of_them_unknown", n=missing)
        figure.add_annotation(
            x=0, xref="paper", xanchor="left", y=top + 2, yanchor="top", showarrow=False, xshift=-4, borderpad=0,
            text=f"<b>{base.label(str(owner), 46)}</b><br>{words}", align="left", bgcolor=c.background,
        )  # fmt: skip
        line = {"color": c.outline, "width": 1}
        figure.add_shape(type="line", xref="paper", x0=0, x1=1, y0=floor, y1=floor, line=line, layer="below")
        top = floor + 8
    figure.add_scatter(
        x=x,
        y=y,
        mode="markers",
        marker={"size": _DOT, "color": c.stage["verified"], "line": {"color": c.ink, "width": 1}},
        cliponaxis=False,
        hovertext=said,
        hoverinfo="text",
    )
    figure.update_layout(
        **base.layout(screen, int(top) + 46, l=10, r=10, t=2, b=44),
        xaxis=base.axis(
            range=[0, end], showgrid=True, gridcolor=c.map_fill, tickformat=",d", nticks=6,
            dtick=1 if most < 5 else None,
            title={"text": screen.text("chart.days_waiting"), "font": {"size": base.SMALL}, "standoff": 4},
        ),
        yaxis=base.axis(visible=False, range=[top, 0]),
    )  # fmt: skip
    return figure


def _piled(places: list[float]) -> list[int]:
    """The level of each dot, given in px from left to right, so that none covers another of its level."""
    ends: list[float] = []
    levels = []
    for x in places:
        level = next((n for n, right in enumerate(ends) if x - right > _DOT), len(ends))
        ends[level : level + 1] = [x]
        levels.append(level)
    return levels


def waiting(frame: pd.DataFrame, screen: Screen, *, key: str) -> None:
    """Draws `waiting_figure`."""
    if frame.empty:
        signs.note(screen.text("chart.nobody_waits"), screen)
        return
    base.draw(waiting_figure(frame, screen), key, screen.text("chart.waiting_alt"))
