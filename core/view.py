"""The View: what a screen shows, resolved once a run from the URL and passed to every query, report and cache."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

LANGUAGES = ("id", "en")
BUILD_ID = re.compile(r"\d{8}T\d{6}-[0-9a-f]{8}")
KELURAHAN_CODE = re.compile(r"\d{2}\.\d{2}\.\d{2}\.\d{4}")


@dataclass(frozen=True)
class View:
    """One view of one build. `first` and `last` are WIB days, both inclusive; `kelurahan` is a Kemendagri code."""

    build: str
    first: date
    last: date
    kelurahan: str | None = None
    language: str = "id"
    scope: str = "all"  # roles can come later; never in the URL


@dataclass(frozen=True)
class Asked:
    """What the URL asks for, typed; `bad` names the keys whose value could not be used."""

    build: str | None
    first: date | None
    last: date | None
    kelurahan: str | None
    language: str
    bad: tuple[str, ...]


def asked(query: Mapping[str, str]) -> Asked:
    """Reads the whitelisted URL keys v, dari, sampai, kel, bahasa; anything else in the URL is ignored."""
    bad: list[str] = []

    def matching(key: str, form: re.Pattern[str]) -> str | None:
        raw = query.get(key)
        if raw is not None and not form.fullmatch(raw):
            bad.append(key)
            return None
        return raw

    def day(key: str) -> date | None:
        raw = query.get(key)
        if raw is None:
            return None
        try:
            return date.fromisoformat(raw)
        except ValueError:
            bad.append(key)
            return None

    language = query.get("bahasa", "id")
    if language not in LANGUAGES:
        bad.append("bahasa")
        language = "id"
    return Asked(
        matching("v", BUILD_ID), day("dari"), day("sampai"), matching("kel", KELURAHAN_CODE), language, tuple(bad)
    )


@dataclass(frozen=True)
class Extent:
    """What one build holds: its days with scans or covered by a file, and its kelurahan codes."""

    build: str
    first: date
    last: date
    opens_at: date
    kelurahan: frozenset[str]


def resolve(want: Asked, extent: Extent, days: int = 7) -> tuple[View, tuple[str, ...]]:
    """The View for what was asked, and the keys that fell back to their default.

    The default period is the `days` days ending with the day the data open at, within the build's days.
    """
    bad = list(want.bad)
    if want.build is not None and want.build != extent.build:
        bad.append("v")

    def inside(key: str, value: date | None, default: date) -> date:
        if value is None:
            return default
        if not extent.first <= value <= extent.last:
            bad.append(key)
            return default
        return value

    last = inside("sampai", want.last, extent.opens_at)
    start = date.fromordinal(max(extent.first.toordinal(), min(last, extent.opens_at).toordinal() - days + 1))
    first = inside("dari", want.first, min(start, last))
    if first > last:
        bad += ["dari", "sampai"]
        first, last = min(start, extent.opens_at), extent.opens_at
    kelurahan = want.kelurahan
    if kelurahan is not None and kelurahan not in extent.kelurahan:
        bad.append("kel")
        kelurahan = None
    return View(extent.build, first, last, kelurahan, want.language), tuple(dict.fromkeys(bad))


def to_query(view: View) -> dict[str, str]:
    """The URL keys that reproduce `view`, data version included."""
    query = {"v": view.build, "dari": view.first.isoformat(), "sampai": view.last.isoformat()}
    if view.kelurahan:
        query["kel"] = view.kelurahan
    if view.language != "id":
        query["bahasa"] = view.language
    return query
