"""Cakupan: how far the QR codes have come, over the register's denominators."""

from dataclasses import replace

import streamlit as st

from core import sentences
from queries import city, coverage
from ui import charts, followup, panels, shell, strips

screen = shell.open_page("cakupan")
view = screen.view
cells = coverage.cells(view)
counts = coverage.counts(cells)

shell.headline(
    screen,
    sentences.coverage(counts["kelurahan"], view) if "kelurahan" in counts else screen.text("coverage.no_offices"),
    "offices",
)
shell.chips(screen)
strips.draw(cells, screen)
unconfirmed = int((~cells.loc[cells["level"] == "area", "confirmed"]).sum())
if unconfirmed:
    shell.note(screen, screen.text("coverage.unconfirmed_areas", n=unconfirmed))

left, right = st.columns(2, gap="medium")
with left:
    st.subheader(screen.text("coverage.map"), anchor=False)
    panels.coverage_map(cells, screen)
    st.subheader(screen.text("coverage.waiting"), anchor=False)
    panels.waiting(coverage.waiting(view), screen)
with right:
    st.subheader(screen.text("coverage.stages"), anchor=False)
    charts.stage_bars(coverage.by_stage(view), screen, key="tahap")
    st.subheader(screen.text("coverage.over_time"), anchor=False)
    reached = coverage.over_time(view)
    if reached.empty:
        shell.note(screen, screen.text("coverage.no_events"))
    else:
        span = replace(view, first=reached["day"].min().date(), last=reached["day"].max().date())
        charts.over_time(reached, screen, key="waktu", total=counts["kelurahan"]["total"], facts=city.milestones(span))

st.subheader(screen.text("coverage.places"), anchor=False)
panels.coverage_table(coverage.sites(view), screen)
followup.draw(screen)
shell.footer(screen)
