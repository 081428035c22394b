"""What a build is about: its city, its days, its sources, its outlines."""

from datetime import date, datetime

import pandas as pd

from core import builds
from core.view import Extent


def facts(build: str) -> dict[str, str]:
    """The build's meta: city, built_at, last_scan (ISO, WIB, '' without scans), expected_*, boundary_attribution."""
    found = builds.frame(build, "SELECT key, value FROM meta")
    return dict(zip(found["key"], found["value"], strict=True))


def extent(build: str) -> Extent | None:
    """The build's days and kelurahan; None where no day is covered and no scan stands.

    Data open at the day their scenario says, else at the last day with a check-in: a file may cover empty days after.
    """
    days = builds.frame(
        build,
        """SELECT min(day) AS first, max(day) AS last,
            coalesce(max(day) FILTER (visits + refused + repeats > 0), max(day)) AS opens FROM place_day""",
    ).iloc[0]
    if pd.isna(days["first"]):
        return None
    codes = builds.frame(build, "SELECT code FROM kelurahan")["code"]
    first, last, opens = (date.fromisoformat(str(days[name])[:10]) for name in ("first", "last", "opens"))
    if wish := facts(build).get("opens_at"):
        opens = min(max(date.fromisoformat(wish[:10]), first), last)
    return Extent(build, first, last, opens, frozenset(codes))


def last_scan(build: str) -> datetime | None:
    """The latest scan of the build (WIB), which its data are 'per'."""
    text = facts(build).get("last_scan", "")
    return datetime.fromisoformat(text) if text else None


def kelurahan(build: str) -> pd.DataFrame:
    """code, name, kecamatan (name); ordered by kecamatan and name."""
    return builds.frame(
        build,
        """SELECT k.code, k.name, c.name AS kecamatan FROM kelurahan k JOIN kecamatan c ON c.code = k.kecamatan_code
        ORDER BY c.name, k.name""",
    )


def sources(build: str) -> pd.DataFrame:
    """source_id, name, simulated, first and last covered day (NaT where none), days (covered)."""
    return builds.frame(
        build,
        """SELECT s.source_id, s.name, s.simulated, min(day) AS first, max(day) AS last, count(day) AS days
        FROM source s LEFT JOIN source_day USING (source_id) GROUP BY ALL ORDER BY s.name""",
    )


def outlines(build: str) -> pd.DataFrame:
    """level (kelurahan, kecamatan), code, name, lat, lon (label point), geometry (GeoJSON text). Empty: no boundary."""
    return builds.frame(build, "SELECT * FROM outline ORDER BY level, code")


def accounting(build: str) -> dict[str, int]:
    """Rows of all loaded files: arrived = loaded + duplicates + rejected + kept_aside; and refused (files)."""
    found = builds.frame(
        build,
        """SELECT coalesce(sum(arrived), 0) AS arrived, coalesce(sum(loaded), 0) AS loaded,
            coalesce(sum(duplicates), 0) AS duplicates, coalesce(sum(rejected), 0) AS rejected,
            coalesce(sum(kept_aside), 0) AS kept_aside, count(*) FILTER (state = 'refused') AS refused FROM file""",
    ).iloc[0]
    return {str(name): int(n) for name, n in found.items()}
