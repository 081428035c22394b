"""The three strips, 18 areas, 5 kecamatan offices and 57 kelurahan offices: a cell a place, furthest state first.

Made of HTML boxes, which any width can wrap; the wall gives its own sizes in CSS lengths.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from core.rollout import STATES
from core.view import CODES
from ui import inert
from ui.charts import signs
from ui.screen import Screen

Size = tuple[str, str]  # width and height of a cell, CSS lengths
LEVELS = ("area", "kecamatan", "kelurahan")
_KEYS = {level: CODES[level] for level in LEVELS}  # of the URL
_COMPONENT = st.components.v2.component(
    "pantau_cells", html='<div class="strips"></div>', js=(Path(__file__).parent / "js" / "cells.js").read_text("utf-8")
)
# Five groups of kelurahan stand in one row from 1,280 px; on a phone, where they wrap, cells are a little wider.
_THIN = "clamp(12px,max(1vw,17px - .35vw),21px)"
DESK: Mapping[str, Size] = {"area": ("34px", "40px"), "kecamatan": ("34px", "40px"), "kelurahan": (_THIN, "48px")}


def html(
    cells: pd.DataFrame,
    screen: Screen,
    *,
    sizes: Mapping[str, Size] = DESK,
    text: str = "16px",
    key: bool = True,
    buttons: bool = False,
    states: Container[str] = STATES,
) -> str:
    """The strips of `queries.coverage.cells`: level, code, name, group, state, confirmed, in the order they are drawn.

    text: font size; key: with the legend; buttons: cells can be pressed; states: what is not among them is faded. Every
    cell says its place and state to a pointer and to a screen reader.
    """
    look = _Look(screen, buttons, states)
    rows = [_strip(cells[cells["level"] == level], level, look, sizes[level]) for level in LEVELS]
    below = f'<div style="margin-top:12px">{_legend(cells, screen)}</div>' if key else ""
    return (
        f'<div style="font-size:{text};line-height:1.25;color:{screen.colours.ink};display:grid;gap:12px">'
        f"{''.join(rows)}</div>{below}"
    )


def draw(cells: pd.DataFrame, screen: Screen) -> None:
    """The strips on a page."""
    st.html(html(cells, screen))


def choose(cells: pd.DataFrame, screen: Screen, *, key: str, states: Container[str] = STATES) -> tuple[str, str] | None:
    """Draws the strips with cells to press; returns URL key and code of the one just pressed, once a press."""
    drawn = html(cells, screen, buttons=True, states=states)
    said = _COMPONENT(key=key, data={"html": drawn}, on_chosen_change=lambda: None).get("chosen")
    known = {f"{_KEYS[row.level]}:{row.code}" for row in cells.itertuples()}
    if said not in known:
        return None
    name, _, code = str(said).partition(":")
    return name, code


@dataclass(frozen=True)
class _Look:
    screen: Screen
    buttons: bool
    states: Container[str]


def _strip(cells: pd.DataFrame, level: str, look: _Look, size: Size) -> str:
    """One strip: its number and words, then cells, in named groups where there are any."""
    screen = look.screen
    number, words = screen.text(f"chart.strip.{level}", n=len(cells)).split(" ", 1)
    groups = []
    for name, mine in cells.groupby("group", sort=False, dropna=False):
        boxes = "".join(_cell(row, look, size) for row in mine.itertuples(index=False))
        wrap = "wrap" if level == "area" else "nowrap"
        below = f'<div style="color:{screen.colours.second};font-size:.875em">{inert.for_html(str(name))}</div>'
        groups.append(
            f'<div><div style="display:flex;flex-wrap:{wrap};gap:3px">{boxes}</div>'
            f"{below if level == 'kelurahan' else ''}</div>"
        )
    said = ", ".join(
        f"{n} {screen.text(f'chart.state.{s}')}" for s in STATES if (n := int((cells["state"] == s).sum()))
    )
    return (
        f'<div role="group" aria-label="{number} {words}: {said}" style="display:flex;flex-wrap:wrap;gap:4px 12px;'
        f'align-items:flex-start"><div style="width:10em"><b style="font-size:1.4em">{number}</b> {words}</div>'
        f'<div style="display:flex;flex-wrap:wrap;gap:8px 12px;flex:1;min-width:min(100%,16em)">'
        f"{''.join(groups)}</div></div>"
    )


def _cell(row: Any, look: _Look, size: Size) -> str:
    screen, c = look.screen, look.screen.colours
    said = f"{row.name}: {screen.text(f'chart.state.{row.state}')}"
    if row.partial:
        said += f", {fraction(row, screen)}"
    if not row.confirmed:
        said += f" ({screen.text('chart.unconfirmed')})"
    safe = inert.for_html(said)
    chosen = row.code == getattr(screen.view, row.level)
    css = (
        f"width:{size[0]};height:{size[1]};flex:none;box-sizing:border-box;padding:0;margin:0;border-radius:0;"
        f"border:{'1px solid' if row.confirmed else '2px dashed'} {c.outline};"
        f"{signs.state_css(row.state, c)};background-clip:{'border-box' if row.confirmed else 'padding-box'}"
    )
    if row.state not in look.states:
        css += ";opacity:.25"
    if chosen:
        css += f";outline:3px solid {c.ink};outline-offset:1px"
    if not look.buttons:
        return f'<span role="img" title="{safe}" aria-label="{safe}" style="{css}"></span>'
    return (
        f'<button type="button" data-key="{_KEYS[row.level]}" data-code="{inert.for_html(str(row.code))}" '
        f'title="{safe}" aria-label="{safe}" aria-pressed="{str(chosen).lower()}" style="{css};cursor:pointer">'
        "</button>"
    )


def fraction(row: Any, screen: Screen) -> str:
    """'3 dari 5 pintu terpasang, 1 belum diketahui'; of an area its places are counted, of a place its doors."""
    what = "areas" if getattr(row, "level", "") == "area" else "doors"
    said = screen.text(f"rollout.fraction.{what}", n=row.points_installed, total=row.points)
    if row.points_unknown:
        said += ", " + screen.text("rollout.unknown", n=row.points_unknown)
    return said


def _legend(cells: pd.DataFrame, screen: Screen) -> str:
    """Each state with its count in the three strips, in their order."""
    n = cells.groupby(["state", "level"]).size()
    counts = {s: " · ".join(str(int(n.get((s, level), 0))) for level in LEVELS) for s in set(cells["state"])}
    shown = signs.states(screen, counts)
    unsure = int((~cells["confirmed"].astype(bool)).sum())
    notes = [screen.text("chart.strip_counts")]
    if unsure:
        notes.append(screen.text("chart.unconfirmed_cells", n=unsure))
    c = screen.colours
    return f'{shown}<div style="color:{c.second};font-size:14px;margin-top:4px">{" ".join(notes)}</div>'
