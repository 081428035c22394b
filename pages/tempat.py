"""Satu tempat: all that is known of one place."""

import pandas as pd
import streamlit as st

from core import sentences
from queries import city, coverage, crowding, places, visits
from ui import charts, panels, shell

screen = shell.open_page("tempat")
view = screen.view
if view.place is None:
    shell.headline(screen, screen.text("place.choose"), None)
    shell.chips(screen)
    panels.coverage_table(coverage.sites(view), screen)
    shell.footer(screen)
    st.stop()

place = coverage.sites(view.without_filters()).set_index("place_id").loc[view.place]
since = None if pd.isna(place["since"]) else place["since"].date()
stage, use = (v if isinstance(v := place[name], str) else None for name in ("stage", "use"))
mean = None if pd.isna(place["mean_check_ins"]) else float(place["mean_check_ins"])
shell.headline(screen, sentences.place(str(place["name"]), stage, since, use, mean, view), "place")
panels.place_facts(place, screen)

hours = crowding.at_hour(view)
if len(hours):
    row = hours.iloc[0]
    low, high, matched = (None if pd.isna(row[n]) else int(row[n]) for n in ("low", "high", "matched"))
    share = None if pd.isna(row["open_share"]) else float(row["open_share"])
    st.markdown(sentences.inside(low, high, share, matched, bool(row["covered"]), view))
    panels.limit(row, screen)
    st.subheader(screen.text("place.day"), anchor=False)
    charts.day_curve(crowding.day_curve(view, view.place), screen, key="kurva")

st.subheader(screen.text("visits.daily"), anchor=False)
charts.daily_columns(visits.daily(view), screen, key="harian", usual=visits.usual(view), levels=city.levels(view))
left, right = st.columns(2, gap="medium")
with left:
    st.subheader(screen.text("place.history"), anchor=False)
    panels.history(places.history(view, view.place), screen)
with right:
    st.subheader(screen.text("place.doors"), anchor=False)
    doors = places.doors(view, view.place)
    doors["building"] = doors["building"].fillna(screen.text("chart.not_applicable"))
    shell.table(doors, ("name", "building", "has_code"), screen, key="pintu", empty="place.no_doors")
shell.footer(screen)
