"""Names of the register, for filters, search and the page of one place."""

import pandas as pd

from core import builds
from core.view import CODES, View


def regions(build: str) -> pd.DataFrame:
    """Kecamatan, each followed by its kelurahan: level, code, label."""
    return builds.frame(
        build,
        """SELECT level, code, label FROM (
            SELECT 'kecamatan' AS level, code, 'Kecamatan ' || name AS label, name AS first, '' AS second FROM kecamatan
            UNION ALL SELECT 'kelurahan', k.code, k.name || ' (' || c.name || ')', c.name, k.name
            FROM kelurahan k JOIN kecamatan c ON c.code = k.kecamatan_code)
        ORDER BY first, second""",
    )


def search(build: str) -> pd.DataFrame:
    """What can be searched for: key (the URL's: tempat, kel, opd), code, name; places first, by name."""
    return builds.frame(
        build,
        """SELECT key, code, name FROM (
            SELECT 'tempat' AS key, place_id AS code, name, 0 AS nth FROM place WHERE kind = 'site'
            UNION ALL SELECT 'kel', code, name, 1 FROM kelurahan
            UNION ALL SELECT 'opd', owner_id, name, 2 FROM owner)
        ORDER BY nth, name""",
    )


def options(build: str) -> dict[str, dict[str, str]]:
    """Values of the lesser filters: URL key -> code -> name; only those some site has."""
    queries = {
        "kategori": "SELECT DISTINCT category AS code, category AS name FROM site WHERE category IS NOT NULL",
        "area": "SELECT place_id AS code, name FROM place WHERE kind = 'area'",
        "opd": "SELECT owner_id AS code, name FROM owner WHERE owner_id IN (SELECT owner_id FROM site)",
    }
    found = {key: builds.frame(build, f"{sql} ORDER BY name") for key, sql in queries.items()}
    return {key: dict(zip(frame["code"], frame["name"], strict=True)) for key, frame in found.items()}


def names(view: View) -> dict[str, str]:
    """The names of what filters the view, by the View's field."""
    queries = {
        "kecamatan": "SELECT name FROM kecamatan WHERE code = $code",
        "kelurahan": "SELECT name FROM kelurahan WHERE code = $code",
        "area": "SELECT name FROM place WHERE place_id = $code",
        "place": "SELECT name FROM place WHERE place_id = $code",
        "category": "SELECT $code AS name",
        "owner": "SELECT name FROM owner WHERE owner_id = $code",
    }
    found = {}
    for field in CODES:
        if code := getattr(view, field):
            rows = builds.frame(view.build, queries[field], code=code)
            found[field] = str(rows["name"].iloc[0])
    return found


def history(view: View, place: str) -> pd.DataFrame:
    """Stage events of a site and its doors up to the moment, oldest first: at, stage, name (of the place), document,
    simulated, corrected (a later event names it as wrong)."""
    return builds.frame(
        view.build,
        """SELECT e."at" AS moment, e.stage, p.name, e.document, e.simulated,
            e.event_id IN (SELECT corrects FROM stage_event WHERE corrects IS NOT NULL) AS corrected
        FROM stage_event e JOIN site_of o USING (place_id) JOIN place p USING (place_id)
        WHERE o.site_id = $place AND e."at" <= $moment ORDER BY e."at", e.event_id""",
        place=place,
        moment=view.moment,
    )
