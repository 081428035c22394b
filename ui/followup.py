"""Daftar tindak lanjut per OPD: what one office has to do, as a list, a file and a message to it."""

import pandas as pd
import streamlit as st

from core import agency, carry
from core.agency import Matter
from queries import followup
from reports import agency as lists
from reports.agency import Agency
from ui import clipboard, inert, panels, shell
from ui.screen import Screen

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
    with st.container(width=560):
        return panels.choice(screen, screen.text("agency.which"), names, key="daftar")


def _list(mine: Agency, screen: Screen) -> None:
    st.markdown(f"**{inert.for_markdown(mine.sentence)}**")
    shell.note(screen, screen.text("agency.contacts", contacts=mine.contact))
    if not mine.matters:
        return
    items = "".join(_item(n, matter, screen) for n, matter in enumerate(mine.matters[: agency.MOST], 1))
    st.html(f'<ol style="list-style:none;margin:0;padding:0;font-size:14px;color:{screen.colours.ink}">{items}</ol>')
    if (more := len(mine.matters) - agency.MOST) > 0:
        shell.note(screen, screen.text("agency.more", n=screen.number(more)))
    address = carry.link(st.context.url, mine.view)
    with st.container(horizontal=True):
        st.download_button(
            screen.text("agency.download"),
            data=lambda: mine.xlsx(address),  # written when somebody asks, not on every look
            file_name=mine.file_name,
            mime=lists.MEDIA,
            on_click="ignore",
            key="unduh_daftar",
            icon=":material/download:",
        )
        text, label = mine.whatsapp(address), screen.text("agency.copy")
        clipboard.button(text, label, screen, key="salin_whatsapp", framed=True)


def _item(n: int, matter: Matter, screen: Screen) -> str:
    """One matter: where, what and since when; what to do; by which rule. Side by side where there is room."""
    c = screen.colours

    def block(head: str, *lines: str) -> str:
        return f"<div>{head}<br>{'<br>'.join(inert.for_html(line) for line in lines)}</div>"

    where = f" ({inert.for_html(matter.kelurahan)})" if matter.kelurahan else ""
    since = screen.text("agency.since", day=agency.since(matter, screen.view.language))
    step, rule = (
        f'<span style="color:{c.second}">{screen.text(f"agency.{name}")}</span>' for name in ("next_step", "rule")
    )
    return (
        '<li style="display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,16em),1fr));gap:2px 24px;'
        f'padding:8px 0;border-bottom:1px solid {c.map_fill}">'
        f"{block(f'<b>{n}. {inert.for_html(matter.name)}</b>{where}', matter.what, since)}"
        f"{block(step, matter.next_step)}{block(rule, matter.rule)}</li>"
    )
