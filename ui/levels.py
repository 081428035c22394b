"""Bila level berubah: choose a level, see which places the last like days would put over its limits."""

from datetime import timedelta

import pandas as pd
import streamlit as st

from core import capacity_words, formats, rules
from queries import crowding, levels
from ui import inert, panels, shell
from ui.screen import Screen

KEY = "andai"  # of the URL: the level supposed


def draw(screen: Screen) -> None:
    """The level, a sentence, the table worst first, and what the supposing leaves out."""
    st.subheader(screen.text("levels.title"), anchor=False)
    names = {str(n): screen.text("levels.level", level=n) for n in levels.LEVELS}
    with st.container(width=320):
        chosen = panels.choice(
            screen, screen.text("levels.choose"), names, key=KEY, default=str(levels.stricter(screen.view))
        )
    level = int(chosen)
    found, days = levels.what_if(screen.view, level), levels.days(screen.view)
    if found.empty:
        shell.note(screen, screen.text("levels.none"))
        return
    st.markdown(f"**{inert.for_markdown(sentence(found, level, screen))}**")
    if days:
        said = [_day(day, known, screen) for day, known in days]
        shell.note(screen, screen.text("levels.days", most=rules.LEVEL_DAYS, days=", ".join(said)))
    _table(found, screen)
    shell.note(screen, screen.text("levels.note", day=formats.day(_hour(screen).date(), screen.view.language)))


def sentence(found: pd.DataFrame, level: int, screen: Screen) -> str:
    """'Andai Level 3 berlaku pada Senin 29 Nov 2021: ... 2 tempat melebihi batas, 3 mungkin, ...'"""
    language, hour = screen.view.language, _hour(screen)
    day = formats.day(hour.date(), language)
    if not found["days"].any():
        return screen.text("levels.no_days", day=day)
    form = "%H:%M" if language == "en" else "%H.%M"
    return screen.text(
        "levels.sentence",
        level=level,
        day=day,
        first=f"{hour:{form}}",
        last=f"{screen.view.moment:{form}}",
        days=int(found["days"].max()),
        **crowding.counts(found),
    )


def _hour(screen: Screen) -> pd.Timestamp:
    return pd.Timestamp(screen.view.moment - timedelta(hours=1))


def _day(day: object, level: int | None, screen: Screen) -> str:
    said = formats.day(day, screen.view.language, long=False)  # type: ignore[arg-type]
    return screen.text("levels.day", day=said, level=screen.text("value.unknown") if level is None else level)


def _table(found: pd.DataFrame, screen: Screen) -> None:
    language = screen.view.language

    def of(n: int, row: object) -> str:
        judged = int(row.judged)  # type: ignore[attr-defined]
        return screen.text("levels.of_days", n=n, days=judged) if judged else "-"

    def fullest(row: object) -> str:
        if pd.isna(row.high):  # type: ignore[attr-defined]
            return screen.text("value.unknown")
        day = formats.day(row.hour.date(), language, long=False)  # type: ignore[attr-defined]
        return screen.text("levels.worst", inside=panels.persons(row.low, row.high, screen), day=day)  # type: ignore[attr-defined]

    shown = found.assign(
        supposed=[screen.text(f"chart.verdict.{v}") for v in found["verdict"]],
        in_force=[screen.text(f"chart.verdict.{v}") for v in found["in_force"]],
        days_over=[of(r.over, r) for r in found.itertuples()],
        days_maybe=[of(r.maybe, r) for r in found.itertuples()],
        fullest=[fullest(r) for r in found.itertuples()],
        permitted=[panels.permitted(r, screen) for r in found.itertuples()],
        rule=[capacity_words.rule(r, language) for r in found.itertuples()],
    )
    columns = ("name", "supposed", "days_over", "days_maybe", "fullest", "in_force", "permitted", "rule")
    shell.table(shown, columns, screen, key="andai_level", caption="levels.title")
