"""Coverage: places by rollout stage and use as of the View's moment, over the register's denominators.

Rules stand in core.rollout. Stages are those of the register's events; use comes from the check-ins before the moment.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache

import pandas as pd

from core import builds, rollout
from core.rollout import Stage
from core.view import View
from queries import stages, use

# Sites with the row valid on the moment's day and the names of what they belong to.
_SITES = """
SELECT p.place_id, p.name, p.simulated, p.confidence <> 'low' AS confirmed, s.category,
    s.owner_id, o.name AS owner, o.kind AS owner_kind, s.kelurahan_code, k.name AS kelurahan,
    k.kecamatan_code, c.name AS kecamatan, s.area_id, s.serves_code,
    s.lat, s.lon, contains(coalesce(s.simulated_fields, ''), 'lat') AS position_simulated
FROM place p
JOIN site s ON s.place_id = p.place_id AND $moment::DATE
    BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
LEFT JOIN owner o USING (owner_id)
LEFT JOIN kelurahan k ON k.code = s.kelurahan_code
LEFT JOIN kecamatan c ON c.code = k.kecamatan_code
WHERE p.kind = 'site' ORDER BY p.name
"""
# Since when a site has had a code.
_CODES = """
SELECT o.site_id, min(coalesce(q.valid_from, DATE '0001-01-01')) AS coded_from
FROM qr q JOIN site_of o USING (place_id)
WHERE $moment::DATE BETWEEN coalesce(q.valid_from, DATE '0001-01-01') AND coalesce(q.valid_to, DATE '9999-12-31')
GROUP BY ALL
"""
# Owners for whose places the city files; the police, ministries and private owners file their own.
CITY_KINDS = ("opd", "kecamatan", "kelurahan")
_FRACTION = ("points", "points_installed", "points_unknown", "partial")


def sites(view: View) -> pd.DataFrame:
    """Every site of the register as of the moment, filtered as the view is.

    place_id, name, category, owner_id, owner, kelurahan_code, kelurahan, kecamatan_code, kecamatan, area_id,
    serves_code, lat, lon, position_simulated; confirmed (the place itself); by_city (whether the city files for it, NA
    where the owner is unknown); stage (of core.rollout.RANK, NA unknown), since with its precision, document,
    stage_simulated, deadline (of access not yet used), expired and refiled (how often), again (filed anew and waiting);
    points, points_installed and points_unknown (doors, or the site itself), partial; has_code; use (NA where nothing is
    installed), use_since, mean_check_ins (a day over the known of the last 14), known_days, hours_estimated, last_day
    (of a check-in); state (of core.rollout.STATES).
    """
    found = _all_sites(view.build, view.moment)
    keep = pd.Series(True, index=found.index)
    columns = {
        "kecamatan": "kecamatan_code",
        "kelurahan": "kelurahan_code",
        "area": "area_id",
        "place": "place_id",
        "category": "category",
        "owner": "owner_id",
    }
    for name, column in columns.items():
        if code := getattr(view, name):
            keep &= found[column] == code
    return found[keep].reset_index(drop=True)


def sites_of(build: str, moment: datetime) -> pd.DataFrame:
    """Names of all sites valid on the moment's day, and what they belong to: the first columns of `sites`."""
    return builds.frame(build, _SITES, moment=moment)


@lru_cache(maxsize=16)
def _all_sites(build: str, moment: datetime) -> pd.DataFrame:
    """All sites; a build never changes, so a moment of it is computed once."""
    found = sites_of(build, moment)
    standing = stages.sites(build, moment)
    coded_from = coded(build, moment)
    last = stages.checked(build, moment).groupby("site_id")["last_day"].max()
    installed = [p for p in found["place_id"] if _installed(standing.get(p))]
    used = use.use(use.of_sites(build, moment), installed_on(standing, coded_from), installed)
    empty = rollout.parent(())
    known = [standing[p].whole if p in standing else empty for p in found["place_id"]]
    stage = [w.stage for w in known]
    more = pd.DataFrame(
        {
            "stage": [s.name if s else None for s in stage],
            "since": pd.Series([s.since if s else None for s in stage], dtype="datetime64[us]").array,
            "precision": [s.precision if s else None for s in stage],
            "document": [s.document if s else None for s in stage],
            "stage_simulated": [bool(s and s.simulated) for s in stage],
            "deadline": pd.Series([s.deadline if s else None for s in stage], dtype="datetime64[us]").array,
            "expired": [s.expired if s else 0 for s in stage],
            "refiled": [s.refiled if s else 0 for s in stage],
            "again": [bool(s and s.again) for s in stage],
            "points": [w.children for w in known],
            "points_installed": [w.installed for w in known],
            "points_unknown": [w.unknown for w in known],
            "partial": [w.partial for w in known],
            "last_day": last.reindex(found["place_id"]).array,
            "has_code": found["place_id"].isin(coded_from.index),
            "by_city": found["owner_kind"].isin(CITY_KINDS).where(found["owner_kind"].notna()),
        },
        index=found.index,
    )
    all_columns = pd.concat([found, more], axis=1).join(used, on="place_id")
    all_columns["hours_estimated"] = all_columns["hours_estimated"].fillna(False).astype(bool)
    states = [rollout.state(s.name if s else None, u) for s, u in zip(stage, all_columns["use"], strict=True)]
    return all_columns.assign(state=states)


def coded(build: str, moment: datetime) -> pd.Series:
    """Since when (date, year 1 where open) each site has had one of the codes it has on the moment's day, by site."""
    return builds.frame(build, _CODES, moment=moment).set_index("site_id")["coded_from"]


def _installed(standing: stages.Standing | None) -> bool:
    """Whether any of its points is: use is computed from all check-ins of a site, also where doors still wait."""
    return standing is not None and standing.whole.installed > 0


def installed_on(standing: Mapping[str, stages.Standing], coded: pd.Series) -> dict[str, date | None]:
    """The day the first code of a site was put up: by its events, else by the register of codes; None where open."""
    found: dict[str, date | None] = {}
    for site, day in coded.items():
        histories = standing[str(site)].histories if site in standing else ()
        own = [spell.begin for h in histories for spell in h.spells if spell.stage == "installed"]
        begun = pd.Timestamp(min(own) if own else day).date()
        found[str(site)] = None if begun.year == 1 else begun
    return found


def cells(view: View) -> pd.DataFrame:
    """The cells of the strips: areas, kecamatan and kelurahan offices, furthest state first within a group.

    level ('area', 'kecamatan', 'kelurahan'), code, name, group (kecamatan name, '' else), state, place_id (of the
    office; NA for an area), points (doors of the office, sites of the area), points_installed, points_unknown and
    partial, confirmed, position_simulated. Whatever the view filters: the denominators are the register's.
    """
    all_sites = _all_sites(view.build, view.moment)
    areas = builds.frame(
        view.build, "SELECT place_id AS code, name, confidence <> 'low' AS confirmed FROM place WHERE kind = 'area'"
    )
    of_area = dict(list(all_sites.groupby("area_id")))
    nothing = all_sites.iloc[:0]
    of_areas = [_area(of_area.get(code, nothing)) for code in areas["code"]]
    areas[[*_FRACTION, "state"]] = pd.DataFrame(of_areas, index=areas.index, columns=[*_FRACTION, "state"])
    parts = [areas.assign(level="area", group="", place_id=None)]
    for level in ("kecamatan", "kelurahan"):
        units = builds.frame(
            view.build,
            "SELECT code, name, '' AS \"group\" FROM kecamatan"
            if level == "kecamatan"
            else """SELECT k.code, k.name, c.name AS "group" FROM kelurahan k
            JOIN kecamatan c ON c.code = k.kecamatan_code""",
        )
        offices = all_sites[all_sites["category"] == f"kantor_{level}"]
        offices = offices[["serves_code", "place_id", "state", "confirmed", "position_simulated", *_FRACTION]]
        merged = units.merge(offices, how="left", left_on="code", right_on="serves_code").drop(columns="serves_code")
        merged["state"] = merged["state"].fillna("unknown")
        parts.append(merged.assign(level=level))
    found = pd.concat(parts, ignore_index=True)
    for flag in ("confirmed", "partial"):
        found[flag] = found[flag].fillna(False).astype(bool)
    numbers = ["points", "points_installed", "points_unknown"]
    found[numbers] = found[numbers].fillna(0).astype("int64")
    order = found["state"].map(rollout.STATES.index)
    levels = found["level"].map(("area", "kecamatan", "kelurahan").index)
    return (
        found.assign(_order=order, _level=levels)
        .sort_values(["_level", "group", "_order", "name"])
        .drop(columns=["_order", "_level"])
        .reset_index(drop=True)
    )


def _area(found: pd.DataFrame) -> dict[str, object]:
    """An area is in use when every site with a code is; its stage is what all its sites of known stage have reached."""
    of_sites = [Stage(s, None) if isinstance(s, str) else None for s in found["stage"]]
    whole = rollout.parent(of_sites)
    coded = found[found["has_code"]]
    same = next((u for u in ("in_use", "unused") if len(coded) and (coded["use"] == u).all()), None)
    return {
        "state": same or rollout.state(whole.stage.name if whole.stage else None, None),
        "points": whole.children,
        "points_installed": whole.installed,
        "points_unknown": whole.unknown,
        "partial": whole.partial or bool(found["partial"].any()),
    }


def counts(found: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Of `cells`, by level: total, and cumulative verified, installed and in_use, with unused, filed and unknown.

    Of the total also how many are confirmed, and how many are partly installed.
    """
    result = {}
    for level, group in found.groupby("level", sort=False):
        n = group["state"].value_counts()
        state = {name: int(n.get(name, 0)) for name in rollout.STATES}
        installed = state["in_use"] + state["unused"] + state["installed"]
        result[str(level)] = {
            "total": len(group),
            "filed": state["filed"],
            "verified": installed + state["verified"],
            "installed": installed,
            "in_use": state["in_use"],
            "unused": state["unused"],
            "unknown": state["unknown"],
            "confirmed": int(group["confirmed"].sum()),
            "partial": int(group["partial"].sum()),
        }
    return result
