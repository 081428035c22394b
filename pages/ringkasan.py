"""Ringkasan: the mayor's three questions answered on one screen."""

from dataclasses import replace
from datetime import timedelta

import streamlit as st

from core import sentences
from queries import coverage, crowding, followup, visits
from ui import charts, panels, shell, strips
from ui import coverage as stages

screen = shell.open_page("")
view = screen.view
cells, hour, matters = coverage.cells(view), crowding.at_hour(view), followup.items(view)
counts = coverage.counts(cells)

shell.headline(
    screen,
    sentences.summary(
        counts.get("kelurahan", {}), crowding.counts(hour), len(matters), followup.reporting(view)[0], view
    ),
    "summary",
)
shell.chips(screen)
st.link_button(screen.text("summary.wall"), "/layar", icon=":material/tv:", width="content")
strips.draw(cells, screen)

last = (view.moment - timedelta(hours=1)).date()
week = replace(view, first=last - timedelta(days=6), last=last)
left, right = st.columns([1, 1], gap="medium")
with left:
    which = panels.switch(screen, ("cakupan", "keramaian", "kunjungan"), key="peta")
    if which == "cakupan":
        stages.stage_map(cells, screen)
    elif which == "keramaian":
        panels.crowding_map(hour, screen)
    else:
        panels.visits_map(replace(screen, view=week))
with right:
    st.subheader(screen.text("summary.week"), anchor=False)
    charts.daily_columns(visits.daily(week), replace(screen, view=week), key="harian", usual=visits.usual(week))
    st.subheader(screen.text("summary.follow_up", n=len(matters)), anchor=False)
    panels.matters(matters, screen, most=7)
shell.footer(screen)
