"""Cakupan: how far the QR codes have come, over the register's denominators."""

from dataclasses import replace

import streamlit as st

from core import sentences
from queries import city, progress
from queries import coverage as queries
from ui import charts, coverage, followup, shell, strips

screen = shell.open_page("cakupan")
view = screen.view
cells = queries.cells(view)
counts = queries.counts(cells)

shell.headline(
    screen,
    sentences.coverage(counts["kelurahan"], view) if "kelurahan" in counts else screen.text("coverage.no_offices"),
    "offices",
)
shell.chips(screen)
for level in ("kecamatan", "area"):
    if level in counts:
        shell.note(screen, sentences.coverage(counts[level], view, level))
left, right = st.columns(2, gap="medium")
with left:
    denominator = coverage.denominator_choice(screen, cells, queries.sites(view.without_filters()))
with right:
    stage = coverage.stage_choice(screen)
if pressed := strips.choose(cells, screen, key="sel", states=coverage.states_of(stage)):
    coverage.toggle(*pressed)

counted = progress.denominator(view, denominator)
left, right = st.columns(2, gap="medium")
with left:
    st.subheader(screen.text("coverage.map"), anchor=False)
    coverage.stage_map(cells, screen, stage=stage)
    st.subheader(screen.text("coverage.waiting"), anchor=False)
    coverage.waiting(coverage.still_waiting(progress.waiting(view), stage), screen)
    st.subheader(screen.text("rollout.access"), anchor=False)
    coverage.accesses(screen)
with right:
    st.subheader(screen.text("rollout.funnel"), anchor=False)
    coverage.funnel(counted, screen, chosen=stage)
    st.subheader(screen.text("coverage.over_time"), anchor=False)
    reached = progress.over_time(view, counted)
    if reached.empty:
        shell.note(screen, screen.text("coverage.no_events"))
    else:
        span = replace(view, first=reached["day"].min().date(), last=reached["day"].max().date())
        charts.over_time(reached, screen, key="waktu", total=len(counted), facts=city.milestones(span))

for side, by in zip(st.columns(2, gap="medium"), ("category", "owner"), strict=True):
    with side:
        st.subheader(screen.text(f"rollout.by.{by}"), anchor=False)
        coverage.groups(screen, by)

st.subheader(screen.text("coverage.places"), anchor=False)
coverage.table(coverage.at_stage(queries.sites(view), stage), screen)
followup.draw(screen)
shell.footer(screen)
