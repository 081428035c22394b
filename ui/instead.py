"""Instead of a full place: the nearest of its kind with room, and when it usually falls below its limit."""

import math
from datetime import datetime, timedelta
from typing import Any

import pandas as pd
import streamlit as st

from core import capacity_words, formats, instead, rules
from core.frames import rows
from queries import instead as queries
from ui import inert, panels, shell
from ui.screen import Screen


def draw(row: Any, screen: Screen) -> None:
    """Both answers for one row of `crowding.at_hour`."""
    if queries.full(row):
        _when(row, screen)
    st.markdown(f"**{screen.text('instead.title')}**")
    where = queries.with_room(screen.view, row.place_id)
    for n, found in enumerate(rows(where.found.head(instead.SHOWN)), 1):
        _place(n, found, screen)
    if where.found.empty:
        st.markdown(inert.for_markdown(_why_none(where, screen)))
        return
    said = [screen.text("instead.basis")]
    if str(where.category).startswith("kantor"):
        said.append(screen.text("instead.offices"))
    shell.note(screen, " ".join(said))


def choose(hour: pd.DataFrame, screen: Screen) -> None:
    """The same for one of the places of `hour` that are full now, chosen, the worst first."""
    st.subheader(screen.text("instead.section"), anchor=False)
    full = {str(r.place_id): str(r.name) for r in hour.itertuples() if queries.full(r)}
    if not full:
        shell.note(screen, screen.text("instead.none_full"))
        return
    with st.container(width=560):
        chosen = panels.choice(screen, screen.text("instead.which"), full, key="pengganti")
    row = next(rows(hour[hour["place_id"] == chosen]))
    st.markdown(inert.for_markdown(f"{panels.inside(row, screen)} / {panels.permitted(row, screen)}"))
    draw(row, screen)
    if st.button(screen.text("instead.open", name=inert.for_markdown(full[chosen])), key="buka_tempat"):
        shell.go("tempat", screen, tempat=chosen)


def _place(n: int, row: Any, screen: Screen) -> None:
    distance = "" if pd.isna(row.metres) else formats.distance(float(row.metres), screen.view.language)
    where = [screen.text(f"instead.near.{row.near}", distance=distance)]
    if row.from_simulated and row.near == "distance":
        where.append(screen.text("instead.simulated"))
    if pd.isna(row.open):
        where.append(screen.text("instead.hours_unknown"))
    said = screen.text(
        "instead.row",
        where=", ".join(where),
        persons=panels.persons(row.low, row.high, screen),
        mark=capacity_words.marks(row, screen.view.language),
        word=screen.text(f"limit.{row.limit_kind}"),
        limit=screen.number(int(row.limit)),
        share=int(row.pct_high),
    )
    with st.container(gap=None):
        if st.button(f"**{inert.for_markdown(f'{n}. {row.name}')}**", key=f"lapang_{n}", type="tertiary"):
            shell.go("tempat", screen, tempat=row.place_id)
        shell.note(screen, said)


def _why_none(found: queries.Elsewhere, screen: Screen) -> str:
    if found.category is None:
        return screen.text("instead.none.category")
    category = screen.category(found.category)
    if not found.others:
        return screen.text("instead.none.alone", category=category)
    return screen.text(
        "instead.none.counts",
        category=category,
        others=found.others,
        undecided=found.others - found.judged,
        crowded=found.judged - found.shut - found.unplaced,
        shut=found.shut,
        unplaced=found.unplaced,
    )


def _when(row: Any, screen: Screen) -> None:
    found = queries.falls(screen.view, row.place_id)
    word = screen.text("limit.capacity" if row.limit_kind == "capacity" else "limit.cap")
    st.markdown(f"**{screen.text('instead.title_when', word=word)}**")
    key, said = found.outcome, {"word": word, "needed": rules.LIKE_DAYS_NEEDED}
    if found.at:
        said["at"] = _clock(found.at, screen)
    if found.usual is not None and found.limit is not None:
        said |= {"usual": screen.number(math.ceil(found.usual)), "limit": screen.number(found.limit)}
    if found.at and found.again and found.again - found.at < timedelta(hours=12):
        key, said["again"] = "again", _clock(found.again, screen)
    st.markdown(inert.for_markdown(screen.text(f"instead.falls.{key}", **said)))
    if found.outcome != "unknown":
        shell.note(screen, screen.text("instead.falls.basis"))


def _clock(at: datetime, screen: Screen) -> str:
    """'pukul 16.00', with its day where that is not the day of the hour before the moment; midnight is 24.00."""
    shown = (screen.view.moment - timedelta(hours=1)).date()
    day, hour = at.date(), at.hour
    if hour == 0:
        day, hour = day - timedelta(days=1), 24
    time = f"{hour:02d}:00" if screen.view.language == "en" else f"{hour:02d}.00"
    if day == shown:
        return screen.text("instead.clock", time=time)
    return screen.text("instead.day_clock", day=formats.day(day, screen.view.language, long=False), time=time)
