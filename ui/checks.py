"""Blocks of the data-quality screen: the checks every build keeps, findings in the register, retention."""

from datetime import datetime

import pandas as pd
import streamlit as st

from core import formats
from core.frames import rows
from queries import quality
from ui import plain_table, shell
from ui.plain_table import Cell
from ui.screen import Screen


def reconciliation(found: pd.DataFrame, built_at: datetime, screen: Screen) -> None:
    """Each check with what it found in the data shown; those of the warehouse held when the build was made."""
    agree = int((found["failing"] == 0).sum()) + len(quality.MARTS)
    at = formats.moment(built_at, screen.view.language)
    st.markdown(screen.text("quality.checks_sentence", n=agree, total=len(found) + len(quality.MARTS)))
    lines = []
    for row in rows(found):
        failing = screen.text("quality.fails", n=screen.number(row.failing))
        first = screen.text("quality.first_failing", row=row.first)
        result = Cell(failing, first, alarm=True) if row.failing else Cell(screen.text("quality.agrees"))
        lines.append((Cell(screen.text(f"check.{row.key}")), result))
    agreed = Cell(screen.text("quality.agreed"))
    lines += [(Cell(screen.text(f"check.{check.key}")), agreed) for check in quality.MARTS]
    plain_table.draw(screen.text("quality.checks_note", at=at), ("check", "result"), lines, screen)


def findings(found: pd.DataFrame, screen: Screen, some: int = 4) -> None:
    """Findings by kind with a few examples, and all of them below."""
    if found.empty:
        shell.note(screen, screen.text("quality.no_findings"))
        return
    names = found["name"].fillna(found["place_id"])
    lines = []
    for kind, mine in found.groupby("kind", sort=False):
        examples = ", ".join(names[mine.index][:some]) + (", ..." if len(mine) > some else "")
        lines.append((Cell(screen.text(f"finding.{kind}")), Cell(screen.number(len(mine))), Cell(examples)))
    plain_table.draw(screen.text("quality.findings_note"), ("said", "places", "examples"), lines, screen)
    with st.expander(screen.text("quality.findings_all", n=screen.number(len(found)))):
        shown = found.assign(
            said=[screen.text(f"finding.{kind}") for kind in found["kind"]],
            name=names,
            detail=found["detail"].replace("", "-"),
        )
        shell.table(shown, ("said", "name", "detail"), screen, key="temuan_register", caption="quality.findings")


def retention(found: pd.DataFrame, screen: Screen) -> None:
    """Until when the rows of each month are kept, or that nothing was set."""
    if found.empty:
        shell.note(screen, screen.text("quality.retention_unset"))
        return
    unset = screen.text("quality.not_set")
    lines = []
    for row in rows(found):
        until = unset if pd.isna(row.scans_until) else formats.day(row.scans_until.date(), screen.view.language)
        sealed = "-" if pd.isna(row.sealed_at) else formats.moment(row.sealed_at, screen.view.language)
        lines.append(
            (
                Cell(formats.month(row.month.date(), screen.view.language)),
                Cell(screen.text(f"quality.retention_state.{row.state}")),
                Cell(until),
                Cell(sealed),
            )
        )
    marked = found.loc[found["register_at"].notna(), "month"] if "register_at" in found else []
    if named := ", ".join(formats.month(month.date(), screen.view.language) for month in marked):
        shell.note(screen, screen.text("quality.retention_register", months=named))
    plain_table.draw(screen.text("quality.retention"), ("month", "state", "scans_until", "sealed_at"), lines, screen)
