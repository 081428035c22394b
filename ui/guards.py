"""Penjagaan Taman on screen: how many guards, the two shifts, a card for each team's phone, and a row a park."""

from urllib.parse import urlencode

import streamlit as st

from core import carry, guard_words, guards
from core import view as views
from core.guards import SHIFTS
from reports import guards as reports
from reports.guards import Plan
from ui import clipboard, guards_sheet, inert, plain_table, shell
from ui.plain_table import Cell
from ui.screen import Screen


def asked(screen: Screen) -> Plan:
    """Asks how many guards there are and the least a park needs, both kept in the URL; the plan for them."""
    left, right, _ = st.columns([1, 1, 3])
    with left:
        n = _number(screen, screen.text("guards.input"), guards.GUARDS, key="petugas", least=0)
    with right:
        minimum = _number(screen, screen.text("guards.minimum"), guards.MINIMUM, key="minimum", least=1)
    return reports.plan(screen.view, n, minimum)


def _number(screen: Screen, label: str, default: int, *, key: str, least: int) -> int:
    said = st.query_params.get(key)
    number = guards_sheet.whole(said, default, least)
    if number is None:
        st.warning(screen.text("view.fell_back", keys=key), icon=":material/link_off:")
    st.session_state[key] = default if number is None else number
    return int(
        st.number_input(
            label, least, guards.GUARDS_AT_MOST, step=1, key=key, on_change=_write, args=(key, default)
        )
    )  # fmt: skip


def _write(key: str, default: int) -> None:
    if st.session_state[key] == default:
        st.query_params.pop(key, None)
    else:
        st.query_params[key] = str(st.session_state[key])


def notes(plan: Plan, screen: Screen) -> None:
    """The rule, the denominator, who is left over, and that filters change nothing here."""
    if plan.view.filtered:
        shell.note(screen, screen.text("guards.whole_city"))
    for said in (plan.in_reserve, plan.listed, screen.text("guards.rule", rounded=guard_words.ROUNDED_TO)):
        if said:
            shell.note(screen, said)


def take_along(plan: Plan, screen: Screen) -> None:
    """The roster as XLSX, as one sheet to print, and as a message."""
    if not plan.lines:
        return
    address = carry.link(st.context.url, plan.view, **plan.query)
    with st.container(horizontal=True):
        st.download_button(
            screen.text("guards.download"),
            data=lambda: plan.xlsx(address),  # written when somebody asks, not on every look
            file_name=plan.file_name,
            mime=reports.MEDIA,
            type=shell.primary(screen),
            on_click="ignore",
            key="unduh_jadwal",
            icon=":material/download:",
        )
        link = f"{guards_sheet.PATH}?{urlencode(views.to_query(plan.view) | plan.query, safe=':')}"
        st.link_button(screen.text("guards.print"), link, icon=":material/print:")
        clipboard.button(
            plan.whatsapp(address), screen.text("agency.copy"), screen, key="salin_whatsapp", framed=True
        )  # fmt: skip


def timeline(plan: Plan, screen: Screen) -> None:
    """The open parks against the two shifts: a bar where a team stands, an empty place where none does."""
    st.subheader(screen.text("guards.timeline"), anchor=False)
    if not plan.open:
        shell.note(screen, screen.text("guards.nobody"))
        return
    c = screen.colours
    head = "".join(
        f'<th scope="col" style="text-align:left;padding:4px 6px;border-left:1px solid {c.outline};'
        f'color:{c.second};font-weight:600">{guard_words.shift(k)}</th>'
        for k in range(len(SHIFTS))
    )
    rows = ""
    for line in plan.open:
        bars = ""
        for post in line.posts:
            said = inert.for_html(guard_words.team(post, screen.view.language))
            look = f"background:{c.visits};color:{c.visits_text}" if post else f"color:{c.second}"
            bars += (
                f'<td style="padding:4px 0;border-left:1px solid {c.outline}">'
                f'<div style="padding:6px 8px;{look}">{said}</div></td>'
            )
        name = inert.for_html(line.name)
        rows += (
            f'<tr><th scope="row" style="text-align:left;padding:4px 12px 4px 0;font-weight:600">{name}</th>{bars}</tr>'
        )
    st.html(
        f'<table style="border-collapse:collapse;table-layout:fixed;width:100%;max-width:960px;font-size:14px;'
        f'color:{c.ink}">'
        f'<caption style="caption-side:top;text-align:left;color:{c.second};padding:0 0 6px">'
        f'{screen.text("guards.timeline_caption")}</caption><colgroup><col style="width:34%"></colgroup>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table>"
    )


def cards(plan: Plan, screen: Screen) -> None:
    """What the team of each open park needs to know, one thumb wide: people, not percentages."""
    if not plan.open:
        return
    c, language = screen.colours, screen.view.language
    st.subheader(screen.text("guards.cards"), anchor=False)
    items = ""
    for line in plan.open:
        duties = [guard_words.duty(line, post, language) for post in line.posts if post]
        said = "<br>".join(inert.for_html(text) for text in [*duties, guard_words.overflow(line, language)])
        items += (
            f'<li style="border:1px solid {c.outline};padding:10px 12px"><b>{inert.for_html(line.name)}</b><br>'
            f"<b>{inert.for_html(line.limit)}</b><br>{said}</li>"
        )
    st.html(
        '<ul style="list-style:none;margin:0;padding:0;display:grid;gap:12px;font-size:16px;'
        f'grid-template-columns:repeat(auto-fill,minmax(min(100%,20em),1fr));color:{c.ink}">{items}</ul>'
    )


def table(plan: Plan, screen: Screen) -> None:
    """A row a park: decision and why, team by shift, whom to expect and on what basis, limit, use of its QR code."""
    if not plan.lines:
        return
    st.subheader(screen.text("guards.table"), anchor=False)
    language = screen.view.language
    rows = []
    for line in plan.lines:
        people = [guard_words.people(one, language) for one in line.expected]
        rows.append(
            [
                Cell(line.name, line.kelurahan or screen.text("value.unknown")),
                Cell(screen.text(f"guards.decision.{line.decision}"), line.why),
                *(Cell(guard_words.team(post, language)) for post in line.posts),
                Cell(" / ".join(people), line.basis),
                Cell(line.limit),
                Cell(line.use),
            ]
        )
    shifts = [f"shift_{k}" for k in range(1, len(SHIFTS) + 1)]
    plain_table.draw(
        screen.text("guards.table_caption"),
        ["name", "decision", *shifts, "people_expected", "permitted", "qr_use"],
        rows,
        screen,
        least=760,
    )
