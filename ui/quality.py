"""Blocks of the data-quality screen: the grid of sources and days, and what is said of files, rows and counters."""

import json

import pandas as pd
import streamlit as st

from core import formats, rules
from core.errors import InputRefused
from core.frames import rows
from reports.writers import inert as formula_free
from ui import inert, shell
from ui.charts import signs
from ui.screen import Screen

FILES_SHOWN = 50
STATES = ("covered", "low", "cut", "missing")


def grid(found: pd.DataFrame, screen: Screen) -> None:
    """A row a source, a cell a day; days wrap on a narrow screen, and each cell says its day and state."""
    c = screen.colours
    lines = []
    for source, mine in found.groupby("source", sort=False):
        counts = mine["state"].value_counts()
        said = ", ".join(f"{counts[s]} {screen.text(f'quality.state.{s}')}" for s in STATES if s in counts)
        cells = "".join(_cell(row.day.date(), str(row.state), screen) for row in rows(mine))
        lines.append(
            f'<div role="group" aria-label="{inert.for_html(f"{source}: {said}")}" style="display:flex;flex-wrap:wrap;'
            f'gap:2px 12px;align-items:center"><div style="width:min(100%,19em)">{inert.for_html(str(source))}</div>'
            f'<div style="display:flex;flex-wrap:wrap;gap:3px;flex:1;min-width:min(100%,16em)">{cells}</div></div>'
        )
    present = [s for s in STATES if (found["state"] == s).any()]
    legend = signs.swatches(((_css(s, screen), screen.text(f"quality.state.{s}")) for s in present), screen)
    st.html(f'<div style="display:grid;gap:8px;color:{c.ink}">{"".join(lines)}<div>{legend}</div></div>')


def _cell(day: object, state: str, screen: Screen) -> str:
    said = f"{formats.day(day, screen.view.language)}: {screen.text(f'quality.state.{state}')}"  # type: ignore[arg-type]
    safe = inert.for_html(said)
    return (
        f'<span role="img" title="{safe}" aria-label="{safe}" style="width:18px;height:22px;flex:none;'
        f'box-sizing:border-box;border:1px solid {screen.colours.outline};{_css(state, screen)}"></span>'
    )


def _css(state: str, screen: Screen) -> str:
    """Filled where a log is in, part filled where it is in doubt, hatched where nothing is known."""
    c = screen.colours
    return {
        "covered": f"background:{c.visits}",
        "low": f"background:linear-gradient(to top,{c.visits} 35%,{c.background} 35%)",
        "cut": f"background:linear-gradient(to right,{c.visits} 50%,{c.background} 50%)",
        "missing": signs.hatch_css(c),
    }[state]


def warnings(found: pd.DataFrame, screen: Screen) -> None:
    """What was loaded and is to be checked, with what to do."""
    shown = found.assign(
        said=[_warning(row, screen) for row in rows(found)],
        advice=[screen.text(f"advice.warning.{kind}") for kind in found["kind"]],
        files=found["files"].astype("Int64").replace(0, pd.NA),
    )
    shown["source"] = shown["source"].fillna("-")
    shell.table(
        shown,
        ("source", "said", "advice"),
        screen,
        key="perlu_diperiksa",
        empty="quality.no_warnings",
        caption="quality.warnings",
    )


def _warning(row: object, screen: Screen) -> str:
    day, usual = row.day, row.usual  # type: ignore[attr-defined]
    return screen.text(
        f"warning.{row.kind}",  # type: ignore[attr-defined]
        n=screen.number(row.n),  # type: ignore[attr-defined]
        usual="-" if pd.isna(usual) else screen.number(usual),
        source=row.source,  # type: ignore[attr-defined]
        day="-" if pd.isna(day) else formats.day(day.date(), screen.view.language),
    )


def reasons(found: pd.DataFrame, screen: Screen) -> None:
    """Why rows were rejected, with what to do."""
    shown = found.assign(
        reason=[screen.text(code) for code in found["code"]],
        advice=[screen.text(f"advice.{code}") for code in found["code"]],
        columns=found["columns"].fillna("-"),
    )
    names = ("n", "files", "columns", "reason", "advice")
    shell.table(shown, names, screen, key="alasan", empty="quality.no_rejects", caption="quality.reasons")


def rejected(found: pd.DataFrame, screen: Screen) -> None:
    """The rows themselves, to look at and to send back."""
    if found.empty:
        return
    shown = found.assign(
        reason=[screen.text(code) for code in found["code"]],
        advice=[screen.text(f"advice.{code}") for code in found["code"]],
        **{name: found[name].fillna("-") for name in ("field", "value", "expected")},
    )
    shell.note(screen, screen.text("quality.rejected_note", n=rules.REJECTS_SHOWN))
    names = ("file", "line", "field", "code", "reason", "value", "expected")
    shell.table(shown, names, screen, key="baris_ditolak", caption="quality.rejected")
    st.download_button(
        screen.text("quality.download"),
        data=lambda: _csv(shown[[*names, "advice"]], screen),
        file_name="baris-ditolak.csv",
        mime="text/csv",
        type=shell.primary(screen),
        on_click="ignore",
        key="unduh_ditolak",
    )


def _csv(shown: pd.DataFrame, screen: Screen) -> bytes:
    texts = shown.select_dtypes(exclude="number").columns
    safe = shown.assign(**{name: [formula_free(str(v)) for v in shown[name]] for name in texts})
    named = safe.rename(columns={name: screen.text(f"column.{name}") for name in shown.columns})
    return named.to_csv(index=False).encode("utf-8-sig")


def refused(found: pd.DataFrame, screen: Screen) -> None:
    """Files refused whole: the sentence of each and what to do."""
    shown = pd.DataFrame(
        [
            {"file": row.name, "said": _refusal(row, screen), "advice": screen.text(f"advice.{row.reason}")}
            for row in rows(found)
        ]
    )
    shell.table(shown, ("file", "said", "advice"), screen, key="ditolak_utuh", caption="quality.refused_files")


def _refusal(row: object, screen: Screen) -> str:
    """The sentence without the file's name, which stands beside it."""
    fields = json.loads(row.detail) if isinstance(row.detail, str) else {}  # type: ignore[attr-defined]
    try:
        said = InputRefused(row.reason, file="", **fields).said(screen.view.language)  # type: ignore[attr-defined]
    except KeyError:  # noted by an older version of the program, without the fields of its sentence
        return str(row.reason)  # type: ignore[attr-defined]
    said = said.lstrip(":, ")
    return said[:1].upper() + said[1:]


def files(found: pd.DataFrame, screen: Screen) -> None:
    """The latest loaded files with their accounting."""
    shown = found.head(FILES_SHOWN).rename(columns={"name": "file"})
    names = ("file", "profile", "noted_at", "arrived", "loaded", "duplicates", "rejected", "kept_aside")
    shell.table(shown, names, screen, key="berkas", caption="quality.files")
    if len(found) > len(shown):
        shell.note(screen, screen.text("quality.files_more", n=screen.number(len(found) - len(shown))))


def aside(found: pd.DataFrame, screen: Screen) -> None:
    """Which codes wait for the register, how many rows, since when."""
    shown = found.assign(kind=[screen.text(f"quality.aside_kind.{kind}") for kind in found["kind"]])
    names = ("kind", "code", "source", "n", "since", "until")
    shell.table(shown, names, screen, key="disisihkan", empty="quality.no_aside", caption="quality.aside")
    if not found.empty:
        shell.note(screen, screen.text("quality.aside_note"))


def counters(found: pd.DataFrame, screen: Screen) -> None:
    """The drift of each counter and day, and readings that cannot be right."""
    names = ("name", "day", "readings", "n_in", "n_out", "drift", "negative", "over_capacity")
    shell.table(found, names, screen, key="penghitung", empty="quality.no_counters", caption="quality.counters")
    if not found.empty:
        shell.note(screen, screen.text("quality.counters_note"))
