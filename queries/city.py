"""What a build is about: its city, its days, its sources, its outlines."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

import pandas as pd

from core import builds, words
from core.view import Extent, View


def facts(build: str) -> dict[str, str]:
    """The build's meta: city, built_at, last_scan (ISO, WIB, '' without scans), expected_*, boundary_attribution."""
    found = builds.frame(build, "SELECT key, value FROM meta")
    return dict(zip(found["key"], found["value"], strict=True))


@lru_cache(maxsize=4)
def extent(build: str) -> Extent | None:
    """The build's days and codes; None where no day is covered and no scan stands. A build never changes.

    Data open at the moment their scenario says, else at their last whole hour: a file may cover empty days after.
    """
    days = builds.frame(
        build,
        """SELECT min(day) AS first, max(day) AS last,
            coalesce(max(day) FILTER (check_ins > 0), max(day)) AS busy FROM place_day""",
    ).iloc[0]
    if pd.isna(days["first"]):
        return None
    first, last, busy = (date.fromisoformat(str(days[name])[:10]) for name in ("first", "last", "busy"))
    said = facts(build)
    wish = said.get("opens_at") or said.get("last_scan")
    opens = datetime.fromisoformat(wish).replace(minute=0, second=0) if wish else datetime.combine(busy, time(23))
    if not datetime.combine(first, time()) <= opens <= datetime.combine(last, time()) + timedelta(days=1):
        opens = datetime.combine(busy, time(23))
    codes = {
        "kecamatan": "SELECT code FROM kecamatan",
        "kelurahan": "SELECT code FROM kelurahan",
        "area": "SELECT place_id AS code FROM place WHERE kind = 'area'",
        "place": "SELECT place_id AS code FROM place WHERE kind = 'site'",
        "category": "SELECT DISTINCT category AS code FROM site WHERE category IS NOT NULL",
        "owner": "SELECT owner_id AS code FROM owner",
    }
    return Extent(
        build, first, last, opens, {name: frozenset(builds.frame(build, sql)["code"]) for name, sql in codes.items()}
    )


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


def simulated(build: str) -> bool:
    """Whether any source with covered days is a simulated one."""
    found = sources(build)
    return bool((found["simulated"] & (found["days"] > 0)).any())


def outlines(build: str) -> pd.DataFrame:
    """level (kelurahan, kecamatan), code, name, lat, lon (label point), geometry (GeoJSON text). Empty: no boundary."""
    return builds.frame(build, "SELECT * FROM outline ORDER BY level, code")


def accounting(build: str) -> dict[str, int]:
    """Rows of all loaded files: arrived = loaded + duplicates + rejected + kept_aside + sealed; and refused (files)."""
    found = builds.frame(
        build,
        """SELECT coalesce(sum(arrived), 0) AS arrived, coalesce(sum(loaded), 0) AS loaded,
            coalesce(sum(duplicates), 0) AS duplicates, coalesce(sum(rejected), 0) AS rejected,
            coalesce(sum(kept_aside), 0) AS kept_aside, coalesce(sum(sealed), 0) AS sealed,
            count(*) FILTER (state = 'refused') AS refused FROM file""",
    ).iloc[0]
    return {str(name): int(n) for name, n in found.items()}


def levels(view: View) -> pd.DataFrame:
    """PPKM levels in force on days of the view: first, last (days, NaT open), level (Int64; NA unknown, 0 revoked),
    instrument."""
    return builds.frame(
        view.build,
        """SELECT valid_from AS first, valid_to AS last, level, instrument FROM ppkm_levels
        WHERE valid_from <= $last AND coalesce(valid_to, DATE '9999-12-31') >= $first ORDER BY valid_from""",
        first=view.first,
        last=view.last,
    ).astype({"level": "Int64"})


def milestones(view: View) -> pd.DataFrame:
    """Dated facts of the rollout on days of the view, and holidays: day, text (of the language), oldest first."""
    return builds.frame(
        view.build,
        f"""SELECT day, text FROM (
            SELECT day, text_{view.language} AS text FROM rollout_facts UNION ALL SELECT day, name FROM holiday)
        WHERE day BETWEEN $first AND $last ORDER BY ALL""",
        first=view.first,
        last=view.last,
    )


def key_changes(view: View) -> pd.DataFrame:
    """Days of the view on which another pseudonym key came into force: day, text (of the language), oldest first.

    Whoever came before and after such a day has two pseudonyms: a figure of people that spans it counts them twice.
    """
    return builds.frame(
        view.build,
        "SELECT day, $text AS text FROM key_change WHERE day BETWEEN $first AND $last ORDER BY day",
        text=words.text("key.changed", view.language),
        first=view.first,
        last=view.last,
    )


def files(build: str) -> pd.DataFrame:
    """The file ledger: name, profile, state, noted_at, reason, and its rows by fate."""
    return builds.frame(build, "SELECT * EXCLUDE (file_id) FROM file ORDER BY file_id")
