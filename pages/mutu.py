"""Mutu Data: what became of every file and row, which days are known and complete, and which figure holds."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import streamlit as st

from core import sentences
from queries import city, followup, freshness, received, revisions
from queries import quality as gate
from ui import checks, quality, shell
from ui import revisions as holding

screen = shell.open_page("mutu")
view = screen.view
# A page of a period: its sources are judged as of the end of its last day.
ended = replace(view, moment=datetime.combine(view.last + timedelta(days=1), time()))
late = followup.late(ended)
accounting = city.accounting(view.build)

shell.headline(screen, sentences.quality(followup.complete(ended), late[["name", "days_late"]], view), "files")
shell.note(screen, screen.text("quality.accounting", **{name: screen.number(n) for name, n in accounting.items()}))
files = received.files(view)
refused = files[files["state"] == "refused"]
if not refused.empty:
    shell.note(screen, screen.text("quality.refused", n=screen.number(len(refused))))
    quality.refused(refused, screen)

st.subheader(screen.text("quality.holds"), anchor=False)
holding.holds(revisions.latest(view), screen)
st.subheader(screen.text("quality.revisions"), anchor=False)
holding.changes(revisions.revised(view), screen)
st.subheader(screen.text("quality.grid"), anchor=False)
quality.grid(received.grid(view), screen)
st.subheader(screen.text("quality.freshness"), anchor=False)
holding.freshness(freshness.sources(ended), screen)
st.subheader(screen.text("quality.completeness"), anchor=False)
holding.completeness(freshness.completeness(view), revisions.provisional(view.build), screen)
st.subheader(screen.text("quality.warnings"), anchor=False)
quality.warnings(received.warnings(view), screen)
st.subheader(screen.text("quality.aside"), anchor=False)
quality.aside(received.aside(view), screen)
st.subheader(screen.text("quality.reasons"), anchor=False)
quality.reasons(received.reasons(view), screen)
rejects = received.rejected(view)
if not rejects.empty:
    st.subheader(screen.text("quality.rejected"), anchor=False)
    quality.rejected(rejects, screen)
st.subheader(screen.text("quality.files"), anchor=False)
quality.files(files[files["state"] == "loaded"], screen)
st.subheader(screen.text("quality.counters"), anchor=False)
quality.counters(received.counters(view), screen)
st.subheader(screen.text("quality.checks"), anchor=False)
built_at = datetime.fromisoformat(city.facts(view.build)["built_at"])
checks.reconciliation(gate.results(view), built_at, screen)
st.subheader(screen.text("quality.findings"), anchor=False)
checks.findings(gate.findings(view), screen)
st.subheader(screen.text("quality.retention"), anchor=False)
checks.retention(gate.retention(view), screen)
shell.footer(screen)
