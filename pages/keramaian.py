"""Keramaian: people inside by place in the hour before the moment, against what is permitted."""

import streamlit as st

from core import sentences
from core.crowding import OVER
from queries import crowding, followup, runs
from ui import charts, instead, levels, panels, replay, shell

screen = shell.open_page("keramaian")
view = screen.view
hour = crowding.at_hour(view)
judged, rest = hour[hour["verdict"] != "undecided"], hour[hour["verdict"] == "undecided"]

shell.headline(screen, sentences.crowding(crowding.counts(hour), view), "crowding")
shell.chips(screen)
shell.note(screen, screen.text("crowding.rough" if crowding.rough(hour) else "crowding.likely"))

if panels.switch(screen, ("jam", "hari"), key="tampil", label="crowding.show", words="crowding.show") == "hari":
    replay.draw(screen)
else:
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader(screen.text("crowding.map"), anchor=False)
        panels.crowding_map(hour, screen)
    with right:
        st.subheader(screen.text("crowding.ranges"), anchor=False)
        if judged.empty:
            shell.note(screen, screen.text("crowding.none_judged"))
        else:
            charts.range_bars(judged, screen, key="kisaran")

matters = followup.items(view)
matters = matters[matters["kind"].isin(OVER)]
st.subheader(screen.text("capacity.follow_up", n=len(matters)), anchor=False)
panels.matters(matters, screen, most=20, empty="capacity.nothing")
shell.note(screen, screen.text("capacity.follow_up_by_hour" if runs.by_hour(view) else "capacity.follow_up_note"))
instead.choose(hour, screen)

levels.draw(screen)

st.subheader(screen.text("crowding.judged", n=len(judged)), anchor=False)
panels.crowds(judged, screen, key="dinilai", usual=False)
st.subheader(screen.text("crowding.not_judged", n=len(rest)), anchor=False)
panels.crowds(rest, screen, key="tidak_dinilai", usual=True)
shell.footer(screen)
