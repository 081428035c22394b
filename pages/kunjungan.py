"""Kunjungan: how many visits, when and where."""

import pandas as pd
import streamlit as st

from core import sentences
from queries import city, visits
from ui import charts, maps, shell

screen = shell.open_page("kunjungan")
view = screen.view
areas, places = visits.by_kelurahan(view), visits.by_place(view)
named, nowhere = areas[areas["code"] != "?"], areas[areas["code"] == "?"]
names = dict(zip(named["code"], named["name"], strict=True))

shell.headline(sentences.visits(visits.summary(view), view, names.get(view.kelurahan or "")))

mapped = not city.outlines(view.build).empty
if not mapped:
    st.info(screen.text("map.no_boundary"), icon=":material/map:")
left, right = st.columns([5, 6] if mapped else 2, gap="medium")
if mapped:
    with left:
        st.subheader(screen.text("visits.map"), anchor=False)
        values = {r.code: None if pd.isna(r.visits) else int(r.visits) for r in named.itertuples()}
        clicked = maps.circles(
            values, screen, key="peta", unit=screen.text("visits.unit"), unmeasured=screen.text("visits.unmeasured")
        )
        maps.legend(screen, values)
        for group in nowhere.dropna(subset="visits").itertuples():
            count = screen.number(int(group.visits))
            st.markdown(screen.text("map.unknown_place", visits=count, places=int(group.places)))
        st.caption(screen.text("map.hint"))
        shell.toggle_kelurahan(clicked, view)
with right if mapped else left:
    st.subheader(screen.text("visits.daily"), anchor=False)
    charts.daily_columns(visits.daily(view), screen, key="harian")
with right:
    st.subheader(screen.text("visits.hours"), anchor=False)
    charts.hour_by_weekday(visits.by_hour_and_weekday(view), screen, key="jam")

st.subheader(screen.text("visits.places"), anchor=False)
places["category"] = places["category"].map(screen.category, na_action="ignore")
shell.table(places, ("name", "category", "kelurahan", "visits", "refused", "repeats", "days"), screen, key="per_tempat")
shell.footer(screen)
