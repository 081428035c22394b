"""Blocks on what check-ins can tell: use or visits, and the scan rate against head counts."""

from datetime import date

import streamlit as st

from core import comparison_words as said
from core import rules
from core.comparison import Change, Comparison
from core.frames import rows
from queries import city, comparison, scan_rate
from ui import inert, plain_table, shell
from ui.plain_table import Cell
from ui.screen import Screen

KEY = "banding"  # of the URL: first day of the period to compare with


def use_or_visits(screen: Screen) -> None:
    """Total change, change at the same codes, part from new ones, and one verdict with its reason."""
    language = screen.view.language
    st.subheader(screen.text("comparison.title"), anchor=False)
    found = comparison.compare(screen.view, _since(screen))
    verdict = said.verdict(found, language)
    st.markdown(f"**{inert.for_markdown(verdict[:1].upper() + verdict[1:])}**")
    st.code(said.sentence(found, screen.view), language=None, wrap_lines=True)  # its button copies the sentence
    if found.now:
        _parts(found, screen)
    shell.note(screen, " ".join(said.limits(found, language)))
    shell.note(screen, said.assumptions(language))


def _since(screen: Screen) -> date | None:
    """The first day of the earlier period, from the URL; None for the one before the view."""
    extent, most = city.extent(screen.view.build), comparison.latest(screen.view)
    if extent is None or most < extent.first:
        return None
    asked = st.query_params.get(KEY)
    chosen = comparison.earlier(screen.view)[0]
    if asked is not None:
        try:
            wish = date.fromisoformat(asked)
        except ValueError:
            wish = None
        if wish is None or not extent.first <= wish <= most:
            shell.note(screen, screen.text("view.fell_back", keys=KEY))
        else:
            chosen = wish
    st.session_state[KEY] = chosen
    left, _ = st.columns([1, 3])
    left.date_input(
        screen.text("comparison.since"),
        key=KEY,
        min_value=min(chosen, extent.first),
        max_value=most,
        format="DD/MM/YYYY",
        on_change=_write,
    )
    return chosen


def _write() -> None:
    if chosen := st.session_state[KEY]:
        st.query_params[KEY] = chosen.isoformat()


def _parts(found: Comparison, screen: Screen) -> None:
    parts, language = found.found, screen.view.language

    def line(name: str, change: Change, more: str = "") -> list[Cell]:
        # codes that began midway have no whole period before: their percentage would say nothing
        share = None if name == "new" else change.share
        return [
            Cell(screen.text(f"comparison.part.{name}"), more),
            Cell(screen.number(change.places)),
            Cell(screen.number(change.before)),
            Cell(screen.number(change.after)),
            Cell(said.signed(change.difference, language)),
            Cell(said.changed(share, language)),
        ]

    young = parts.same.difference - parts.settled.difference
    named = screen.text("comparison.young", difference=said.signed(young, language), young=rules.USE_DAYS)
    lines = [
        line("total", parts.total),
        line("same", parts.same, named if parts.settled.pairs != parts.same.pairs else ""),
        line("new", parts.new, screen.text("comparison.new_note") if parts.new.before else ""),
    ]
    lines += [line(name, change) for name in ("grown", "ended") if (change := getattr(parts, name)).places]
    plain_table.draw(
        screen.text("comparison.table"),
        ("part", "places", "before", "now", "difference", "change_share"),
        lines,
        screen,
    )


def scan_rates(screen: Screen, *, table: bool = True) -> None:
    """Check-ins against counted entries: all places of the view in a sentence, and each; says so where none exist."""
    view, language = screen.view, screen.view.language
    st.subheader(screen.text("scan_rate.title"), anchor=False)
    sites, overall = scan_rate.by_site(view), scan_rate.overall(view)
    st.markdown(inert.for_markdown(said.scan_rate(overall, list(sites["state"]), language)))
    if table and len(sites):
        shown = sites.assign(
            rate=[_rate(row, screen) for row in rows(sites)],
            counted_hours=sites["hours"],
            state=[screen.text(f"scan_rate.state.{state}") for state in sites["state"]],
        )
        columns = ("name", "rate", "check_ins", "entries", "counted_hours", "state")
        shell.table(shown, columns, screen, key="tingkat_check_in", caption="scan_rate.title")
    if overall.rate is None:
        return
    notes = [screen.text("scan_rate.note", confidence=round(100 * rules.RATE_CONFIDENCE))]
    if overall.flagged:
        notes.append(screen.text("scan_rate.flagged", n=overall.flagged))
    if overall.provisional:
        notes.append(screen.text("scan_rate.provisional", n=overall.provisional))
    shell.note(screen, " ".join(notes))


def _rate(row: object, screen: Screen) -> str:
    """'84,4 % (83,5-85,3 %)'; a ratio where check-ins are more than entries; '-' where nobody was counted."""
    state, language = row.state, screen.view.language  # type: ignore[attr-defined]
    if state == "rate":
        low, high = (said.percent(float(end), language) for end in (row.low, row.high))  # type: ignore[attr-defined]
        return f"{said.percent(float(row.rate), language)} ({low.removesuffix(' %')}-{high})"  # type: ignore[attr-defined]
    if state == "over" and row.entries:  # type: ignore[attr-defined]
        return screen.number(float(row.rate), 2)  # type: ignore[attr-defined]
    return screen.text("chart.not_applicable" if state in ("over", "zero") else "value.unknown")
