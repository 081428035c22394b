"""Sentences of which figure holds: what was published of a day, what stood before, why, and which to quote."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import pandas as pd

from core import formats, revision, words


def reasons(why: Iterable[Mapping[str, Any]], language: str) -> str:
    """Reasons in words, with the names of files or places: 'berkas terlambat: a.csv, b.csv dan 3 lagi'."""
    said = []
    for reason in why:
        names = ", ".join(reason["names"]) or words.text("value.unknown", language)
        if more := int(reason["of"]) - len(reason["names"]):
            names += words.text("revision.more", language, n=more)
        n = formats.number(reason["n"] or 0, 0, language)
        said.append(words.text(f"revision.reason.{reason['code']}", language, names=names, n=n))
    return "; ".join(said)


def status(row: Any, language: str) -> str:
    """'angka sementara', 'angka tetap', 'angka diperbaiki, masih sementara', ..., and how many of the places it is of.

    row: status, provisional, places, known_places.
    """
    places = {"n": row.places, "of": row.known_places}
    said = [words.text(f"revision.status.{row.status}", language, **places)]
    if row.status == revision.REVISED and row.provisional:
        said.append(words.text("revision.still", language))
    if row.places < row.known_places and row.status not in (revision.PARTIAL, revision.UNKNOWN):
        said.append(words.text("revision.places", language, **places))
    return ", ".join(said)


def figure(value: Any, language: str) -> str:
    """Visits, or '?' where no file covered the day."""
    return words.text("value.unknown", language) if pd.isna(value) else formats.number(int(value), 0, language)


def signed(value: Any, language: str) -> str:
    """A difference with its sign: '+622', '-3', '?'."""
    if pd.isna(value):
        return words.text("value.unknown", language)
    number = int(value)
    return ("+" if number > 0 else "") + formats.number(number, 0, language)


def until(row: Any, language: str) -> str:
    """Until when a provisional figure probably changes, or that nobody knows; '' where it is not provisional."""
    if not row.provisional:
        return ""
    if pd.isna(row.until):
        return words.text("revision.until_unknown", language)
    return words.text("revision.until", language, day=formats.day(row.until.date(), language, long=False))


def line(row: Any, language: str) -> str:
    """One row of `queries.revisions.latest` that was changed, as one line for the command line."""
    return words.text("revision.line", language, **_fields(row, language, long=False))


def sentence(row: Any, language: str) -> str:
    """Which figure holds for a day: a row of `queries.revisions.latest` as sentences to copy."""
    fields = _fields(row, language, long=True)
    unknown = pd.isna(row.visits)
    said = [words.text("revision.no_figure" if unknown else "revision.holds", language, **fields)]
    said.append(words.text("revision.once" if row.versions == 1 else "revision.changed", language, **fields))
    if not unknown:
        said.append(words.text("revision.quote", language, **fields))
    return " ".join(said)


def nothing(day: date, language: str) -> str:
    """A day of which no build has ever had a figure."""
    return words.text("revision.never", language, day=formats.day(day, language))


def _fields(row: Any, language: str, *, long: bool) -> dict[str, str]:
    complete = row.provisional and not pd.isna(row.completeness)
    # rounded down: 99,6 % that has arrived is not all of it
    share = words.text("revision.share", language, share=int(row.completeness * 100)) if complete else ""
    return {
        "day": formats.day(row.day.date(), language, long=long),
        "visits": figure(row.visits, language),
        "before": figure(row.before, language),
        "difference": signed(row.difference, language),
        "at": formats.moment(row.published_at, language),
        "before_at": "" if pd.isna(row.before_at) else formats.moment(row.before_at, language),
        "status": status(row, language),
        "share": share,
        "why": reasons(row.why, language),
        "until": until(row, language),
    }
