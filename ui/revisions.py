"""Blocks of the data-quality screen: how fresh and complete sources are, and which figure of a day holds."""

from datetime import date, timedelta

import pandas as pd
import streamlit as st

from core import formats, quoting, rules
from core.frames import rows
from ui import inert, panels, plain_table, shell
from ui.charts import signs
from ui.plain_table import Cell
from ui.screen import Screen


def freshness(found: pd.DataFrame, screen: Screen) -> None:
    """A row a source: how far it has come, what was agreed, and whether it is late."""
    plain_table.draw(
        screen.text("quality.freshness_note", day=_short(screen.view.last, screen)),
        ("source", "last", "state"),
        [
            (
                Cell(str(row.name), _schedule(row, screen)),
                Cell(screen.text("value.unknown") if pd.isna(row.last) else _short(row.last.date(), screen)),
                _lateness(row, screen),
            )
            for row in rows(found)
        ],
        screen,
    )


def _schedule(row: object, screen: Screen) -> str:
    n = int(row.every_days)  # type: ignore[attr-defined]
    every = screen.text("quality.every_day") if n == 1 else screen.text("quality.every_days", n=n)
    return screen.text("quality.allowance", every=every, n=int(row.late_after_days))  # type: ignore[attr-defined]


def _lateness(row: object, screen: Screen) -> Cell:
    days = row.days_late  # type: ignore[attr-defined]
    if pd.isna(days):
        return Cell(screen.text("quality.never"))
    if not days:
        return Cell(screen.text("quality.in_time"))
    since = _short(row.late_since.date(), screen)  # type: ignore[attr-defined]
    return Cell(screen.text("quality.late_since", days=screen.number(int(days)), since=since), alarm=True)


def completeness(found: pd.DataFrame, block: tuple[date, date] | None, screen: Screen) -> None:
    """A row a source, a cell a day with the share that has arrived; '?' where nobody can say."""
    c = screen.colours
    least = int(rules.COMPLETE_SHARE * 100)
    lines = []
    for source, mine in found.groupby("source", sort=False):
        kinds = [_kind(row) for row in rows(mine)]
        counts = {kind: kinds.count(kind) for kind in ("complete", "short", "unknown") if kind in kinds}
        said = ", ".join(screen.text(f"quality.{kind}_days", n=n) for kind, n in counts.items())
        cells = "".join(_share_cell(row, kind, screen) for row, kind in zip(rows(mine), kinds, strict=True))
        lines.append(
            f'<div role="group" aria-label="{inert.for_html(f"{source}: {said}")}" style="display:flex;flex-wrap:wrap;'
            f'gap:2px 12px;align-items:center"><div style="width:min(100%,19em)">{inert.for_html(str(source))}<br>'
            f'<span style="color:{c.second};font-size:14px">{inert.for_html(said)}</span></div>'
            f'<div style="display:flex;flex-wrap:wrap;gap:3px;flex:1;min-width:min(100%,16em)">{cells}</div></div>'
        )
    legend = signs.swatches(
        (
            (_share_css(kind, screen), screen.text(f"quality.completeness_legend.{kind}", share=least))
            for kind in ("complete", "short", "unknown")
        ),
        screen,
    )
    st.html(f'<div style="display:grid;gap:10px;color:{c.ink}">{"".join(lines)}<div>{legend}</div></div>')
    if block:
        n = (block[1] - block[0]).days + 1
        said = screen.text("quality.provisional", period=formats.period(*block, screen.view.language), n=n)
    else:
        said = screen.text("quality.no_provisional")
    shell.note(screen, f"{said} {screen.text('quality.completeness_note', share=least)}")


def _kind(row: object) -> str:
    share = row.share  # type: ignore[attr-defined]
    return "unknown" if pd.isna(share) else "complete" if share >= rules.COMPLETE_SHARE else "short"


def _share_css(kind: str, screen: Screen) -> str:
    c = screen.colours
    return {
        "complete": f"background:{c.visits};color:{c.visits_text}",
        "short": f"background:{c.background};color:{c.ink};font-weight:700",
        "unknown": f"{signs.hatch_css(c)};color:{c.ink}",
    }[kind]


def _share_cell(row: object, kind: str, screen: Screen) -> str:
    day = row.day.date()  # type: ignore[attr-defined]
    # rounded down: 99,6 % that has arrived is not all of it
    share = screen.text("value.unknown") if kind == "unknown" else str(int(row.share * 100))  # type: ignore[attr-defined]
    key = "cell" if kind != "unknown" else "unknown" if row.covered else "missing"  # type: ignore[attr-defined]
    said = inert.for_html(screen.text(f"quality.completeness_{key}", day=_short(day, screen), share=share))
    shown = (
        f'<span style="background:{screen.colours.background};padding:0 4px">{share}</span>'
        if kind == "unknown"
        else share
    )
    return (
        f'<span role="img" title="{said}" aria-label="{said}" style="width:40px;flex:none;text-align:center;'
        f'font-size:14px;line-height:1.2"><span style="color:{screen.colours.second};font-size:12px">{day.day}</span>'
        f'<span style="display:block;box-sizing:border-box;border:1px solid {screen.colours.outline};padding:2px 0;'
        f'{_share_css(kind, screen)}">{shown}</span></span>'
    )


def holds(found: pd.DataFrame, screen: Screen) -> None:
    """Which figure of the chosen day holds, as a sentence to copy; days of the view, the last one first."""
    days = [screen.view.last - timedelta(days=n) for n in range((screen.view.last - screen.view.first).days + 1)]
    chosen = panels.choice(
        screen,
        screen.text("quality.holds_day"),
        {day.isoformat(): formats.day(day, screen.view.language) for day in days},
        key="hari",
    )
    mine = list(rows(found[found["day"] == pd.Timestamp(chosen)]))
    language = screen.view.language
    said = quoting.sentence(mine[0], language) if mine else quoting.nothing(date.fromisoformat(chosen), language)
    st.code(said, language=None, wrap_lines=True)  # its button copies the sentence


def changes(found: pd.DataFrame, screen: Screen) -> None:
    """Figures that changed after they were published, the last change first."""
    language = screen.view.language
    shown = found.assign(
        now=found["visits"],
        difference=[quoting.signed(value, language) for value in found["difference"]],
        status=[quoting.status(row, language) for row in rows(found)],
        cause=[quoting.reasons(row.why, language) for row in rows(found)],
    )
    names = ("day", "before", "now", "difference", "published_at", "status", "cause")
    shell.table(shown, names, screen, key="angka_berubah", empty="quality.no_revisions", caption="quality.revisions")
    shell.note(screen, screen.text("quality.revisions_note"))


def _short(day: date, screen: Screen) -> str:
    return formats.day(day, screen.view.language, long=False)
