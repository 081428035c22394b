"""A report made for a View: typed rows, metadata and a file name."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from core import formats, words
from core.errors import UsageError
from core.frames import rows
from core.view import CODES, View, to_query
from queries import city, places
from reports.definitions import BY_NAME, Report


@dataclass(frozen=True)
class Made:
    """A report's rows (columns of the definition, in order, typed), its metadata, and its name without a suffix."""

    report: Report
    view: View
    rows: pd.DataFrame
    metadata: dict[str, Any]
    stem: str

    @property
    def built_at(self) -> datetime:
        """When the data version was made: the date inside the files, so that a link makes the same bytes."""
        return datetime.fromisoformat(self.metadata["built_at"])


def make(name: str, view: View) -> Made:
    """Runs a report. Raises UsageError for a name that is not one."""
    if name not in BY_NAME:
        raise UsageError("error.no_report", name=name, known=", ".join(BY_NAME))
    return of(BY_NAME[name], view)


def of(report: Report, view: View) -> Made:
    """A report made for a View, also one that is not among the named."""
    found = report.query(view)
    if "category" in found:
        known = words.catalogue()
        found["category"] = [
            words.text(f"category.{c}", view.language) if f"category.{c}" in known else c for c in found["category"]
        ]
    rows = found[[c.name for c in report.columns]].reset_index(drop=True)
    simulated = bool(rows["simulated"].any()) or city.simulated(view.build)
    return Made(report, view, rows, _metadata(report, view, len(rows), simulated), stem(report, view, simulated))


def heading(column: str, language: str) -> str:
    """A column's heading."""
    return words.text(f"report.column.{column}", language)


def _metadata(report: Report, view: View, n: int, simulated: bool) -> dict[str, Any]:
    facts = city.facts(view.build)
    language = view.language
    used = city.sources(view.build)
    last = city.last_scan(view.build)

    def text(key: str, **fields: object) -> str:
        return words.text(f"report.{key}", language, **fields)

    return {
        "report": report.name,
        "title": text(f"{report.key}.title"),
        "definition": text(f"{report.key}.definition"),
        "sentence": report.sentence(view),
        "city": facts["city"],
        "period": formats.period(view.first, view.last, language)
        if report.time == "period"
        else formats.moment(view.moment, language),
        "filters": dict(zip((CODES[n] for n in view.filtered), places.names(view).values(), strict=True))
        | ({"jam": f"{view.hours[0]}-{view.hours[1]}"} if view.hours else {}),
        "link": to_query(view),
        "build": view.build,
        "built_at": facts["built_at"],
        "data_as_of": last.isoformat() if last else None,
        "simulated": simulated,
        "rows": n,
        "rounded_to": report.rounded_to,
        "sources": [
            {"source_id": r.source_id, "name": r.name, "days": int(r.days), "simulated": bool(r.simulated)}
            for r in rows(used)
        ],
        "columns": [
            {
                "name": heading(c.name, language),
                "field": c.name,
                "type": c.kind,
                "unit": text(f"unit.{c.unit}") if c.unit else None,
            }
            for c in report.columns
        ],
        "codes": text("codes"),
        "missing": text("missing"),
        "attribution": facts["boundary_attribution"],
    }


def stem(report: Report, view: View, simulated: bool) -> str:
    """'pantau-malang_kunjungan-harian_2021-11-23_2021-11-29_kel-35.73.04.1005_6b8dc7b3_SIMULASI', safe on any disk."""
    if report.time == "period":
        when = [view.first.isoformat(), view.last.isoformat()]
    else:
        when = [view.moment.strftime("%Y-%m-%dT%H")]
    filters = [f"{CODES[name]}-{getattr(view, name)}" for name in view.filtered]
    if view.hours:
        filters.append(f"jam-{view.hours[0]}-{view.hours[1]}")
    parts = ["pantau-malang", report.name, *when, *filters, view.build[-8:], *(["SIMULASI"] if simulated else [])]
    return re.sub(r"[^A-Za-z0-9._-]", "-", "_".join(parts))
