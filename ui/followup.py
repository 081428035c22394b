"""Daftar tindak lanjut per OPD: what one office has to do, as a list, a file and a message to it."""

import pandas as pd
import streamlit as st

from core import agency, carry
from queries import followup
from reports import agency as lists
from reports.agency import Agency
from ui import clipboard, inert, panels, plain_table, shell
from ui.plain_table import Cell
from ui.shell import Screen

_PRIVATE = "swasta"  # whoever runs a mall or a restaurant: many, and no office


def draw(screen: Screen) -> None:
    """Choose an office, see its matters oldest first, take them along as XLSX or as a message."""
    st.subheader(screen.text("agency.title"), anchor=False)
    found = followup.items(screen.view)
    owner = _owner(found, screen)
    if owner is None:
        shell.note(screen, screen.text("agency.nobody"))
    else:
        _list(lists.of(screen.view, owner, found), screen)
    if nobodys := int(found["owner_id"].isna().sum()):
        shell.note(screen, screen.text("agency.no_owner", n=nobodys))


def _owner(found: pd.DataFrame, screen: Screen) -> str | None:
    """The view's owner; else the chosen one, by default the office with most matters; None where nobody has any."""
    if screen.view.owner:
        return screen.view.owner
    known = followup.owners(found)
    known = known.sort_values("owner_id", key=lambda code: code == _PRIVATE, kind="stable")
    if known.empty:
        return None
    names = {
        str(r.owner_id): screen.text("agency.option", owner=r.owner, n=screen.number(int(r.n)))
        for r in known.itertuples()
    }
    return panels.choice(screen, screen.text("agency.which"), names, key="daftar")


def _list(mine: Agency, screen: Screen) -> None:
    address = carry.link(st.context.url, mine.view)
    st.markdown(f"**{inert.for_markdown(mine.sentence)}**")
    shell.note(screen, screen.text("agency.contacts", contacts=mine.contact))
    if not mine.matters:
        return
    plain_table.draw(
        screen.text("agency.title") + ": " + mine.owner,
        ("matter", "where", "since", "next_step", "rule"),
        [
            (
                Cell(f"{n}. {matter.kind}", matter.detail),
                Cell(matter.name, matter.kelurahan or ""),
                Cell(agency.since(matter, screen.view.language)),
                Cell(matter.next_step),
                Cell(matter.rule),
            )
            for n, matter in enumerate(mine.matters[: agency.MOST], 1)
        ],
        screen,
    )
    if (more := len(mine.matters) - agency.MOST) > 0:
        shell.note(screen, screen.text("agency.more", n=screen.number(more)))
    st.download_button(
        screen.text("agency.download"),
        data=lambda: mine.xlsx(address),
        file_name=mine.file_name,
        mime=lists.MEDIA,
        on_click="ignore",
        key="unduh_daftar",
        icon=":material/download:",
    )
    clipboard.button(mine.whatsapp(address), screen.text("agency.copy"), screen, key="salin_whatsapp")
