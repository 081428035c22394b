"""The front door: streamlit run dashboard.py."""

import streamlit as st
from starlette.middleware import Middleware

from core.settings import ROOT
from ui import routes

app = st.App(
    ROOT / "ui" / "shell.py",
    routes=[row.route for row in routes.table()],
    middleware=[Middleware(routes.Guard)],
)
