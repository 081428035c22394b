"""Small tables of sentences as HTML: they wrap on a phone and print, which streamlit's own do not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import streamlit as st

from ui import inert
from ui.screen import Screen


@dataclass(frozen=True)
class Cell:
    """Text of a cell, a second line in the second colour, and whether it is an alarm."""

    text: str
    more: str = ""
    alarm: bool = False


def draw(
    caption: str, headings: Sequence[str], lines: Iterable[Sequence[Cell]], screen: Screen, *, least: int = 0
) -> None:
    """A table with its caption above it, names of columns from the catalogue; wide ones scroll inside themselves.

    `least`: pixels under which its columns are no longer squeezed.
    """
    c = screen.colours
    side = f"padding:6px 12px 6px 0;text-align:left;vertical-align:top;border-bottom:1px solid {c.map_fill}"
    head = "".join(
        f'<th scope="col" style="{side};color:{c.second};font-weight:600">{screen.text(f"column.{name}")}</th>'
        for name in headings
    )
    body = "".join("<tr>" + "".join(_cell(cell, side, screen) for cell in line) + "</tr>" for line in lines)
    said = (
        f'<caption style="caption-side:top;text-align:left;color:{c.second};padding:0 0 6px">{_safe(caption)}</caption>'
    )
    st.html(
        f'<div style="overflow-x:auto" role="region" aria-label="{_safe(caption)}" tabindex="0">'
        f'<table style="border-collapse:collapse;width:100%;min-width:{least}px;max-width:960px;'
        f'font-size:14px;color:{c.ink}">{said}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
    )


def _cell(cell: Cell, side: str, screen: Screen) -> str:
    c = screen.colours
    shown = _safe(cell.text)
    if cell.alarm:
        shown = f'<span style="background:{c.late};color:{c.late_text};padding:2px 8px">{shown}</span>'
    if cell.more:
        shown += f'<br><span style="color:{c.second}">{_safe(cell.more)}</span>'
    return f'<td style="{side}">{shown}</td>'


def _safe(text: str) -> str:
    return inert.for_html(text)
