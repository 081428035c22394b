"""Kunjungan: how many visits, when and where."""

import pandas as pd
import streamlit as st

from core import sentences
from queries import city, disclosed, revisions, visits
from ui import charts, comparison, panels, shell

screen = shell.open_page("kunjungan")
view = screen.view
days, places = revisions.marked(visits.daily(view), view), visits.by_place(view)

shell.headline(screen, sentences.visits(visits.summary(view), view, shell.where(screen)), "visits")
shell.chips(screen)

st.subheader(screen.text("visits.daily"), anchor=False)
changes = city.key_changes(view)
charts.daily_columns(
    days, screen, key="harian", usual=visits.usual(view), levels=city.levels(view),
    facts=pd.concat([city.milestones(view), changes]),
)  # fmt: skip
panels.people(disclosed.visitors(view), disclosed.visitors_daily(view), changes, screen)

comparison.use_or_visits(screen)

left, right = st.columns(2, gap="medium")
with left:
    st.subheader(screen.text("visits.map"), anchor=False)
    panels.visits_map(screen)
with right:
    st.subheader(screen.text("visits.hours"), anchor=False)
    chosen = charts.hour_by_weekday(visits.by_hour_and_weekday(view), screen, key="jam_hari")
    if chosen is not None:
        st.query_params["jam"] = f"{chosen[1]}-{chosen[1]}"
        st.rerun()
    st.subheader(screen.text("visits.by_category"), anchor=False)
    groups = visits.by_group(view, "category")
    groups["name"] = groups["code"].map(screen.category)
    charts.bars(groups, screen, key="kategori_batang", label="name", value="visits")

if not (units := visits.by_kecamatan_and_day(view)).empty:
    st.subheader(screen.text("visits.by_kecamatan"), anchor=False)
    charts.small_multiples(units, screen, key="kecamatan")

left, right = st.columns(2, gap="medium")
with left:
    st.subheader(screen.text("visits.by_area"), anchor=False)
    areas = visits.by_group(view, "area")
    areas["name"] = areas["name"].fillna(screen.text("visits.no_area"))
    charts.bars(areas, screen, key="area_batang", label="name", value="visits")
with right:
    st.subheader(screen.text("visits.colours"), anchor=False)
    panels.colours(disclosed.statuses(view), screen)

comparison.scan_rates(screen)
st.subheader(screen.text("visits.places"), anchor=False)
places["category"] = places["category"].map(screen.category, na_action="ignore")
shell.table(places, ("name", "category", "kelurahan", "visits", "others", "days"), screen, key="per_tempat")
shell.footer(screen)
