"""Laporan: the tables behind the screens, to look at and to take along."""

import streamlit as st

from reports import definitions, make, writers
from ui import panels, shell

screen = shell.open_page("laporan")
view = screen.view
name = panels.choice(
    screen,
    screen.text("report.which"),
    {r.name: screen.text(f"report.{r.key}.title") for r in definitions.REPORTS},
    key="laporan",
)
made = make.make(name, view)

shell.headline(screen, made.metadata["sentence"] or made.metadata["title"], made.report.rests_on, laporan=name)
shell.chips(screen)
shell.note(screen, made.metadata["definition"])
if made.report.rounded_to:
    shell.note(screen, screen.text("report.rounded", n=made.report.rounded_to))


for (key, (suffix, media, write)), column in zip(
    writers.FORMATS.items(), st.columns(len(writers.FORMATS)), strict=True
):
    column.download_button(
        screen.text(f"report.download.{key.replace('-', '_')}"),
        data=lambda write=write: write(made),  # written when somebody asks, not on every look
        file_name=made.stem + suffix,
        mime=media,
        type=shell.primary(screen) if key == "xlsx" else "secondary",
        on_click="ignore",
        key=f"unduh_{key}",
        width="stretch",
    )

shell.note(
    screen, screen.text("report.rows", n=screen.number(len(made.rows)), shown=screen.number(min(len(made.rows), 200)))
)
panels.report(made, screen, most=200)
shell.footer(screen)
