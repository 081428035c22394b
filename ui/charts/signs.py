"""Legends and notes in words beside a chart, as HTML: streamlit strips inline SVG, so signs are CSS backgrounds."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import streamlit as st

from core import formats
from core.palette import Palette
from core.rollout import STATES
from ui import inert
from ui.screen import Screen


def hatch_css(c: Palette) -> str:
    """Background of what is not known."""
    return f"background:repeating-linear-gradient(135deg,{c.background} 0 3px,{c.hatch} 3px 4.5px)"


def cross_css(c: Palette) -> str:
    """Background of an unused code: installed, with an X from corner to corner."""
    line = f"transparent calc(50% - 1.3px),{c.cross} calc(50% - 1.3px) calc(50% + 1.3px),transparent calc(50% + 1.3px)"
    return (
        f"background:linear-gradient(to top right,{line}),linear-gradient(to bottom right,{line}),{c.stage['unused']}"
    )


def state_css(state: str, c: Palette) -> str:
    """Background of a cell of the strips."""
    if state == "unknown":
        return hatch_css(c)
    return cross_css(c) if state == "unused" else f"background:{c.stage[state]}"


def split_css(low: str, high: str, c: Palette) -> str:
    """Background of a range across two bands: left half its low end, right half its high end."""
    return f"background:linear-gradient(90deg,{c.band[low]} 50%,{c.band[high]} 50%)"


def swatches(items: Iterable[tuple[str, str]], screen: Screen) -> str:
    """A row of signs with their words: (CSS of the sign, words of ours). Wraps on a phone."""
    c = screen.colours
    shown = "".join(
        f'<span style="display:inline-flex;align-items:center;gap:6px"><span aria-hidden="true" style="width:16px;'
        f'height:16px;flex:none;box-sizing:border-box;border:1px solid {c.outline};{css}"></span>{words}</span>'
        for css, words in items
    )
    return f'<div style="display:flex;flex-wrap:wrap;gap:6px 20px;color:{c.ink}">{shown}</div>'


def line_css(colour: str, c: Palette, *, width: int = 3) -> str:
    """A sign for a line."""
    return f"border:0;background:linear-gradient({colour},{colour}) center/100% {width}px no-repeat,{c.background}"


def states(screen: Screen, counts: Mapping[str, int | str]) -> str:
    """HTML: words of the states in order, the count behind each, unknown last; none without a count."""
    return swatches(
        (
            (state_css(s, screen.colours), f"{screen.text(f'chart.state.{s}')} ({counts[s]})")
            for s in STATES
            if counts.get(s)
        ),
        screen,
    )


def legend(screen: Screen, counts: Mapping[str, int | str]) -> None:
    """Draws `states`."""
    st.html(states(screen, counts))


def note(words: str, screen: Screen) -> None:
    """Draws a sentence of ours under a chart, in the second text's colour: captions of streamlit are too pale."""
    st.html(f'<div style="color:{screen.colours.second};font-size:14px">{words}</div>')


def facts(found: Sequence[tuple[int, date, str]], screen: Screen) -> str:
    """HTML: the list of numbered facts under a chart."""
    c = screen.colours
    rows = "".join(
        f'<div style="display:flex;gap:8px;align-items:baseline"><span style="background:{c.ink};color:{c.background};'
        f'font-weight:700;font-size:14px;min-width:20px;text-align:center;flex:none">{n}</span><span>'
        f"{formats.day(day, screen.view.language, long=False)}: {inert.for_html(text)}</span></div>"
        for n, (_, day, text) in enumerate(found, start=1)
    )
    return f'<div style="display:grid;gap:4px;color:{c.ink};margin-top:8px">{rows}</div>' if rows else ""
