"""The three strips, 18 areas, 5 kecamatan offices and 57 kelurahan offices: a cell a place, furthest state first.

Made of HTML boxes, which any width can wrap; the wall gives its own sizes in CSS lengths.
"""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from core.rollout import STATES
from ui import inert
from ui.charts import signs
from ui.shell import Screen

Size = tuple[str, str]  # width and height of a cell, CSS lengths
LEVELS = ("area", "kecamatan", "kelurahan")
# Five groups of kelurahan stand in one row from 1,280 px; on a phone, where they wrap, cells are a little wider.
_THIN = "clamp(12px,max(1vw,17px - .35vw),21px)"
DESK: Mapping[str, Size] = {"area": ("34px", "40px"), "kecamatan": ("34px", "40px"), "kelurahan": (_THIN, "48px")}


def html(
    cells: pd.DataFrame, screen: Screen, *, sizes: Mapping[str, Size] = DESK, text: str = "16px", key: bool = True
) -> str:
    """The strips of `queries.coverage.cells`: level, code, name, group, state, confirmed, in the order they are drawn.

    text: font size; key: with the legend. Every cell says its place and state to a pointer and to a screen reader.
    """
    rows = [_strip(cells[cells["level"] == level], level, screen, sizes[level]) for level in LEVELS]
    below = f'<div style="margin-top:12px">{_legend(cells, screen)}</div>' if key else ""
    return (
        f'<div style="font-size:{text};line-height:1.25;color:{screen.colours.ink};display:grid;gap:12px">'
        f"{''.join(rows)}</div>{below}"
    )


def draw(cells: pd.DataFrame, screen: Screen) -> None:
    """The strips on a page."""
    st.html(html(cells, screen))


def _strip(cells: pd.DataFrame, level: str, screen: Screen, size: Size) -> str:
    """One strip: its number and words, then cells, in named groups where there are any."""
    number, words = screen.text(f"chart.strip.{level}", n=len(cells)).split(" ", 1)
    groups = []
    for name, mine in cells.groupby("group", sort=False, dropna=False):
        boxes = "".join(
            _cell(row.name, row.state, bool(row.confirmed), screen, size) for row in mine.itertuples(index=False)
        )
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


def _cell(name: str, state: str, confirmed: bool, screen: Screen, size: Size) -> str:
    c = screen.colours
    said = f"{name}: {screen.text(f'chart.state.{state}')}"
    if not confirmed:
        said += f" ({screen.text('chart.unconfirmed')})"
    safe = inert.for_html(said)
    return (
        f'<span role="img" title="{safe}" aria-label="{safe}" style="width:{size[0]};height:{size[1]};flex:none;'
        f"box-sizing:border-box;border:{'1px solid' if confirmed else '2px dashed'} {c.outline};"
        f'{signs.state_css(state, c)};background-clip:{"border-box" if confirmed else "padding-box"}"></span>'
    )


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
