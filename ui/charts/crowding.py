"""Charts of crowding: the likely range of persons inside against the limit, by place and through one day."""

from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from core import crowding
from core.capacity import Persons
from core.rules import BANDS
from ui.charts import base, signs
from ui.screen import Screen

_BAR, _LINE = 18, 20  # px of a bar, and of a line of text
_RIGHT = 176  # px for persons / limit, beside the axis
_TOP = 26  # px for the axis above the rows
_CLIP = 200  # per cent; beyond it an arrow
_SIGNS = {"much_less": "▼▼", "less": "▼", "same": "=", "more": "▲", "much_more": "▲▲"}
_ORDER = tuple(name for _, name in reversed(BANDS))  # from free to full


def range_bars_figure(frame: pd.DataFrame, screen: Screen, *, n: int = 20) -> go.Figure:
    """Each place of `queries.crowding.at_hour`, as sorted: a bar from pct_low to pct_high on an axis of % of the limit.

    A range across two bands is two bars: left half in the low end's colour, right half in the high end's. A place that
    cannot be judged is hatched across the axis. Beyond 200 % an arrow.
    """
    c = screen.colours
    shown = frame.head(n).reset_index(drop=True)
    most = int(shown["pct_high"].max()) if shown["pct_high"].notna().any() else 0
    end = 125 if most <= 125 else _CLIP
    names = [_wrapped(str(name)) for name in shown["name"]]
    at, y = [], _TOP
    for lines in names:  # px from the top: the names' lines, then the bar
        at.append((y, y + len(lines) * _LINE + _BAR / 2 + 2))
        y += len(lines) * _LINE + _BAR + 14
    ranges: list[tuple[float, float, float, str, str]] = []  # y, from, to, band, words
    hatched: list[tuple[float, str]] = []
    figure = go.Figure(layout={"paper_bgcolor": c.background})
    for i, row in enumerate(shown.itertuples()):
        top, middle = at[i]
        words = f"{'<br>'.join(names[i])}<br>{persons(row, screen)}<br>{_verdict(row, screen)}"
        if row.limit_kind == "closed":
            _text(figure, screen.text("chart.closed"), x=0, y=middle, anchor="left", shift=4)
        elif pd.isna(row.pct_low) or pd.isna(row.pct_high):
            hatched.append((middle, words))
            _text(figure, f"<b>{screen.text('value.unknown')}</b>", x=end / 4, y=middle, anchor="center")
        else:
            low, high = min(int(row.pct_low), end), min(int(row.pct_high), end)
            if high - low < end * 0.02:  # a narrow range stays visible
                low, high = max(high - end * 0.02, 0), max(high, end * 0.02)
            half = (low + high) / 2
            if row.band_low == row.band_high:
                ranges.append((middle, low, high, row.band_low, words))
            else:
                ranges += [(middle, low, half, row.band_low, words), (middle, half, high, row.band_high, words)]
            if int(row.pct_high) > end:
                _text(figure, "<b>▶</b>", x=end, y=middle, anchor="left", shift=-2)
        _text(figure, f"<b>{'<br>'.join(names[i])}</b>", x=0, y=top, anchor="left", shift=-4, yanchor="top", paper=True)
        _text(figure, _verdict(row, screen), x=1, y=top, anchor="right", shift=_RIGHT, yanchor="top", paper=True)
        inside = persons(row, screen) + ("*" if row.provisional and not pd.isna(row.low) else "")
        size = base.TEXT if len(inside) <= 26 else base.SMALL
        _text(figure, inside, x=1, y=middle, anchor="left", shift=14, paper=True, size=size)
    figure.add_bar(
        orientation="h",
        y=[r[0] for r in ranges],
        x=[r[2] - r[1] for r in ranges],
        base=[r[1] for r in ranges],
        width=_BAR,
        marker={"color": [c.band[r[3]] for r in ranges], "line": {"color": c.outline, "width": 1}},
        hovertext=[r[4] for r in ranges],
        hoverinfo="text",
    )
    figure.add_bar(
        orientation="h",
        y=[y for y, _ in hatched],
        x=[end] * len(hatched),
        width=_BAR,
        marker=base.hatch(screen),
        hovertext=[words for _, words in hatched],
        hoverinfo="text",
    )
    bottom = y
    for mark in (0, 50, 150, 200):
        if mark <= end:
            line = {"color": c.map_fill, "width": 1}
            figure.add_shape(type="line", x0=mark, x1=mark, y0=_TOP - 4, y1=bottom, line=line, layer="below")
    figure.add_shape(type="line", x0=100, x1=100, y0=_TOP - 4, y1=bottom, line={"color": c.ink, "width": 2})
    for mark, words in ((0, "0 %"), (100, f"<b>{screen.text('chart.limit_line')}</b>"), (200, "200 %")):
        if mark <= end:
            _text(figure, words, x=mark, y=2, anchor="left" if mark == 0 else "center", yanchor="top", size=base.SMALL)
    figure.update_layout(
        **base.layout(screen, bottom + 4, l=6, r=_RIGHT + 4, t=0, b=4),
        xaxis=base.axis(visible=False, range=[0, end]),
        yaxis=base.axis(visible=False, range=[bottom, 0]),
    )
    return figure


def _text(
    figure: go.Figure, text: str, *, x: float, y: float, anchor: str, shift: int = 0, yanchor: str = "middle",
    paper: bool = False, size: int = base.TEXT,
) -> None:  # fmt: skip
    figure.add_annotation(
        text=text, x=x, y=y, xref="paper" if paper else "x", xanchor=anchor, yanchor=yanchor, xshift=shift,
        showarrow=False, align="left", font={"size": size}, borderpad=0, bgcolor=figure.layout.paper_bgcolor,
    )  # fmt: skip


def _wrapped(name: str, width: int = 28) -> list[str]:
    """A name in at most two lines beside the verdict, each inert."""
    lines = [""]
    for word in name.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    if len(lines) > 2:
        lines = [lines[0], " ".join(lines[1:])]
    return [base.label(line, width) for line in lines]


def persons(row: Any, screen: Screen) -> str:
    """'1.000-1.500 / 2.000 orang'; where nothing can be judged, how that compares with what is usual."""
    if pd.isna(row.low) or pd.isna(row.high):
        return screen.text("chart.no_estimate")
    low, high = screen.number(int(row.low)), screen.number(int(row.high))
    inside = low if low == high else f"{low}-{high}"
    if row.limit_kind == "unknown" or pd.isna(row.limit):
        people = screen.text("chart.persons", n=inside)
        return people if pd.isna(row.against) else f"{people} {_SIGNS[row.against]}"
    return screen.text("chart.persons_of", inside=inside, limit=screen.number(int(row.limit)))


def _verdict(row: Any, screen: Screen) -> str:
    words = screen.text(f"chart.verdict.{row.verdict}")
    return f"<b>{words}</b>" if row.verdict in ("over", "maybe") else words


def bands(screen: Screen, *, unknown: bool) -> str:
    """HTML: the words of the bands, from free to full, a range across two, and the hatch."""
    c = screen.colours
    items = [(f"background:{c.band[b]}", screen.text(f"chart.band.{b}")) for b in _ORDER]
    items.append((signs.split_css("nearly_full", "full", c), screen.text("chart.band.split")))
    if unknown:
        items.append((signs.hatch_css(c), screen.text("chart.verdict.undecided")))
    return signs.swatches(items, screen)


def range_bars(frame: pd.DataFrame, screen: Screen, *, key: str, n: int = 20) -> None:
    """Draws `range_bars_figure` with its bands; what is left out is counted by verdict."""
    if frame.empty:
        signs.note(screen.text("table.empty"), screen)
        return
    shown = frame.head(n)
    base.draw(range_bars_figure(frame, screen, n=n), key, screen.text("chart.range_alt"))
    st.html(bands(screen, unknown=bool((shown["verdict"] == "undecided").any())))
    if soft := int((shown["provisional"] & shown["low"].notna()).sum()):
        signs.note(screen.text("crowding.provisional", n=screen.number(soft)), screen)
    usual = shown[shown["limit_kind"].eq("unknown") & shown["against"].notna()]
    if len(usual):
        signs.note(screen.text("chart.against"), screen)
    rest = frame.iloc[n:]
    if len(rest):
        left = rest["verdict"].value_counts()
        counted = "; ".join(f"{left[v]} {screen.text(f'chart.verdict.{v}')}" for v in crowding.VERDICTS if v in left)
        signs.note(f"{screen.text('chart.others', n=len(rest))}: {counted}", screen)


def day_curve_figure(frame: pd.DataFrame, screen: Screen) -> go.Figure:
    """One place through a day, of `queries.crowding.day_curve`: each hour's range in the colours of its bands.

    The lower half has the low end's band, the upper half the high end's; the limit is a step line, what is usual a thin
    line, head counts are markers. A provisional hour is striped with the ground, and one that is not known is hatched
    and has no range.
    """
    c = screen.colours
    hours = [int(h.hour) for h in frame["hour"]]
    inside = [float(v) for name in ("low", "high", "usual", "head_count") for v in frame[name].dropna()]
    seen = max(inside, default=1.0) or 1.0
    limits = [None if pd.isna(v) else int(v) for v in frame["limit"]]
    highest = max([v for v in limits if v is not None], default=0)
    drawn = highest <= 4 * seen  # a limit far above would flatten the day; then it is said, not drawn
    top = max(seen, highest if drawn else 0) * 1.15
    halves: list[tuple[int, float, float, str, str]] = []  # hour, from, height, colour, words
    soft = {h for h, p in zip(hours, frame["provisional"], strict=True) if p}
    for h, row, limit in zip(hours, frame.itertuples(), limits, strict=True):
        if pd.isna(row.low) or pd.isna(row.high):
            continue
        low, high = int(row.low), int(row.high)
        colours = [
            c.band[band]
            if limit and (band := crowding.band(crowding.percent(Persons(v), Persons(limit))))
            else c.map_fill
            for v in (low, high)
        ]
        number = screen.number(low) if low == high else f"{screen.number(low)}-{screen.number(high)}"
        of = "" if limit is None else " / " + screen.number(limit)
        words = f"{base.hour(h, screen)}-{base.hour(h + 1, screen)}: " + screen.text("chart.persons", n=number + of)
        if h in soft:
            words += f", {screen.text('crowding.mark.provisional')}"
        if colours[0] == colours[1]:
            halves.append((h, low, high - low, colours[0], words))
        else:
            half = (high - low) / 2
            halves += [(h, low, half, colours[0], words), (h, low + half, half, colours[1], words)]
    unknown = [
        h for h, low, high in zip(hours, frame["low"], frame["high"], strict=True) if pd.isna(low) or pd.isna(high)
    ]
    figure = go.Figure(
        [
            go.Bar(
                x=[h for h, *_ in halves],
                base=[x[1] for x in halves],
                y=[x[2] for x in halves],
                width=0.9,
                marker={
                    "color": [x[3] for x in halves],
                    "line": {"color": c.outline, "width": 1.5},
                    "pattern": {
                        "shape": ["\\" if x[0] in soft else "" for x in halves],
                        "fgcolor": c.background,
                        "fillmode": "overlay",
                        "size": 7,
                        "solidity": 0.4,
                    },
                },
                hovertext=[x[4] for x in halves],
                hoverinfo="text",
            ),
            go.Bar(
                x=unknown,
                y=[top] * len(unknown),
                width=1,
                marker=base.hatch(screen) | {"line": {"width": 0}},
                hovertext=[f"{base.hour(h, screen)}: {screen.text('visits.no_data')}" for h in unknown],
                hoverinfo="text",
            ),
        ]
    )
    if drawn and highest:
        edges = [*(h - 0.5 for h in hours), hours[-1] + 0.5]
        figure.add_scatter(
            x=edges,
            y=[*limits, limits[-1]],
            mode="lines",
            line={"color": c.ink, "width": 2.5, "shape": "hv"},
            hoverinfo="skip",
        )
    for start, end, limit in _runs(limits) if drawn else _runs(limits)[:1]:
        words = screen.text("chart.limit_of", limit=screen.number(limit))
        figure.add_annotation(
            x=hours[end] + 0.5 if start else -0.5, xanchor="right" if start else "left",
            y=limit if drawn else 1, yref="y" if drawn else "paper",
            yanchor="bottom" if drawn else "top", showarrow=False, bgcolor=c.background, borderpad=1,
            text=f"<b>{words}</b>" if drawn else f"↑ <b>{words}</b>", yshift=2 if drawn else 0,
        )  # fmt: skip
    figure.add_scatter(
        x=hours,
        y=[None if pd.isna(v) else float(v) for v in frame["usual"]],
        mode="lines",
        line={"color": c.second, "width": 1.5, "dash": "dash"},
        hoverinfo="skip",
    )
    counted = frame["head_count"].notna().to_list()
    figure.add_scatter(
        x=[h for h, k in zip(hours, counted, strict=True) if k],
        y=[int(v) for v in frame["head_count"].dropna()],
        mode="markers",
        marker={"symbol": "diamond", "size": 11, "color": c.background, "line": {"color": c.ink, "width": 2}},
        hovertext=[f"{screen.text('chart.head_count')}: {screen.number(int(v))}" for v in frame["head_count"].dropna()],
        hoverinfo="text",
    )
    figure.update_layout(
        **base.layout(screen, 320, l=16 + 8 * len(screen.number(top)), t=24, b=28),
        xaxis=base.axis(
            tickvals=list(range(0, 24, 4)),
            ticktext=[base.hour(h, screen) for h in range(0, 24, 4)],
            range=[-0.5, 23.5],
        ),
        yaxis=base.axis(
            range=[0, top], showgrid=True, gridcolor=c.map_fill, tickformat=",d", nticks=5, dtick=1 if top < 5 else None
        ),
    )
    return figure


def _runs(limits: list[int | None]) -> list[tuple[int, int, int]]:
    """Hours in which one limit holds: first, last, limit. Runs too short for their words are left out.

    The longest always stays. The first is named at its beginning, in the night, where no range stands.
    """
    ends = [i for i, v in enumerate(limits) if i + 1 == len(limits) or limits[i + 1] != v]
    starts = [0, *(i + 1 for i in ends)]
    runs = [(s, e, v) for s, e in zip(starts, ends, strict=False) if (v := limits[e]) is not None]
    longest = max(runs, key=lambda r: r[1] - r[0], default=None)
    return [r for r in runs if r == longest or r[1] - r[0] >= 5]


def day_curve(frame: pd.DataFrame, screen: Screen, *, key: str) -> None:
    """Draws `day_curve_figure` with its words."""
    c = screen.colours
    base.draw(day_curve_figure(frame, screen), key, screen.text("chart.curve_alt"))
    bare = f"border:0;background:{c.background};color:{c.ink}"
    items = [(signs.line_css(c.ink, c), screen.text("chart.limit"))] if frame["limit"].notna().any() else []
    if frame["usual"].notna().any():
        dashes = f"repeating-linear-gradient(90deg,{c.second} 0 4px,{c.background} 4px 6px)"
        items.append((f"border:0;background:{dashes} center/100% 2px no-repeat", screen.text("chart.usual_day")))
    else:
        items.append((bare, screen.text("chart.no_usual")))
    if frame["head_count"].notna().any():
        items.append((f"border:2px solid {c.ink};transform:rotate(45deg) scale(.7)", screen.text("chart.head_count")))
    if (frame["provisional"] & frame["low"].notna()).any():
        stripes = f"repeating-linear-gradient(45deg,{c.background} 0 2px,{c.band['busy']} 2px 6px)"
        items.append((f"background:{stripes}", screen.text("chart.provisional_hours")))
    if frame["low"].isna().any():
        items.append((signs.hatch_css(c), screen.text("visits.no_data")))
    known_limit = frame["limit"].notna().any() and frame["low"].notna().any()
    st.html((bands(screen, unknown=False) if known_limit else "") + signs.swatches(items, screen))
