"""Satu tempat: all that is known of one place."""

import streamlit as st

from core import inside_words
from queries import city, coverage, crowding, places, points, visits
from ui import charts, comparison, inert, instead, panels, shell
from ui import coverage as stages

screen = shell.open_page("tempat")
view = screen.view
if view.place is None:
    shell.headline(screen, screen.text("place.choose"), None)
    shell.chips(screen)
    stages.table(coverage.sites(view), screen)
    shell.footer(screen)
    st.stop()

place = coverage.sites(view.without_filters()).set_index("place_id", drop=False).loc[view.place]
shell.headline(screen, stages.sentence(place, screen), "place")
panels.place_facts(place, screen)
stages.use_notes(place, screen)

hours = crowding.at_hour(view)
if len(hours):
    row = hours.iloc[0]
    st.markdown(inert.for_markdown(inside_words.sentence(row, view)))
    panels.limit(row, screen)
    panels.estimate(row, screen)
    left, right = st.columns([2, 1], gap="medium")
    with left:
        st.subheader(screen.text("place.day"), anchor=False)
        charts.day_curve(crowding.day_curve(view, view.place), screen, key="kurva")
    with right:
        instead.draw(row, screen)

st.subheader(screen.text("visits.daily"), anchor=False)
charts.daily_columns(visits.daily(view), screen, key="harian", usual=visits.usual(view), levels=city.levels(view))
comparison.scan_rates(screen, table=False)
spells = points.spells(view, view.place)
if not spells.empty:
    st.subheader(screen.text("rollout.timeline"), anchor=False)
    charts.timeline(spells, screen, key="perjalanan")
st.subheader(screen.text("rollout.point_list"), anchor=False)
stages.point_list(screen, view.place)
left, right = st.columns(2, gap="medium")
with left:
    st.subheader(screen.text("place.history"), anchor=False)
    panels.history(places.history(view, view.place), screen)
with right:
    st.subheader(screen.text("rollout.findings"), anchor=False)
    stages.findings(screen, view.place)
shell.footer(screen)
