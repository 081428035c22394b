"""Coverage: places by rollout stage and use as of the View's moment, over the register's denominators.

Rules stand in core.rollout. Stages are those of the register's events; use comes from the check-ins before the moment.
"""

from datetime import datetime, timedelta
from functools import lru_cache

import pandas as pd

from core import builds, rollout, rules
from core.frames import rows
from core.rollout import Observed, Stage
from core.view import View

# Sites with the row valid on the moment's day and the names of what they belong to.
_SITES = """
SELECT p.place_id, p.name, p.simulated, p.confidence <> 'low' AS confirmed, s.category, s.owner_id, o.name AS owner,
    s.kelurahan_code, k.name AS kelurahan, k.kecamatan_code, c.name AS kecamatan, s.area_id, s.serves_code,
    s.lat, s.lon, contains(coalesce(s.simulated_fields, ''), 'lat') AS position_simulated
FROM place p
JOIN site s ON s.place_id = p.place_id AND $moment::DATE
    BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
LEFT JOIN owner o USING (owner_id)
LEFT JOIN kelurahan k ON k.code = s.kelurahan_code
LEFT JOIN kecamatan c ON c.code = k.kecamatan_code
WHERE p.kind = 'site' ORDER BY p.name
"""
_EVENTS = """
SELECT o.site_id, e.place_id, e.stage, e."at", e.document, e.simulated
FROM stage_event e JOIN site_of o USING (place_id)
WHERE e."at" <= $moment
    AND e.event_id NOT IN (SELECT corrects FROM stage_event WHERE corrects IS NOT NULL AND "at" <= $moment)
ORDER BY e."at", e.event_id
"""
# Doors and buildings count where the register has them; codes tell which have one and which source it belongs to.
_DOORS = "SELECT o.site_id, o.place_id FROM site_of o JOIN place USING (place_id) WHERE kind = 'door'"
_CODES = """
SELECT o.site_id, min(coalesce(q.valid_from, DATE '0001-01-01')) AS coded_from
FROM qr q JOIN site_of o USING (place_id)
WHERE coalesce(q.valid_from, DATE '0001-01-01') <= $moment::DATE
GROUP BY ALL
"""
_CHECK_INS = """
SELECT site_id, min(hour) AS first_at, max(hour)::DATE AS last_day FROM place_hour
WHERE check_ins > 0 AND hour < $moment GROUP BY ALL
"""
# The last complete days before the moment; whether each is an opening day: by the place's hours where the register has
# them, else Monday to Friday for offices and every day elsewhere. Offices are closed on national holidays.
_DAYS = f"""
WITH days AS (
    SELECT unnest(
        generate_series($moment::DATE - INTERVAL 42 DAY, $moment::DATE - INTERVAL 1 DAY, INTERVAL 1 DAY))::DATE AS day),
office AS (SELECT category FROM categories WHERE category LIKE 'kantor%' OR category = 'layanan_publik'),
open_day AS (
    SELECT s.place_id AS site_id, d.day,
        CASE WHEN s.place_id IN (SELECT place_id FROM hours) THEN EXISTS (
            FROM hours h WHERE h.place_id = s.place_id AND h.weekday = isodow(d.day)
            AND d.day BETWEEN coalesce(h.valid_from, DATE '0001-01-01') AND coalesce(h.valid_to, DATE '9999-12-31'))
        WHEN s.category IN (FROM office) THEN isodow(d.day) <= 5 ELSE true END
        AND NOT (s.category IN (FROM office) AND d.day IN (SELECT day FROM holiday)) AS is_open
    FROM site s CROSS JOIN days d
    WHERE d.day BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')),
seen AS (
    SELECT o.site_id, o.day, coalesce(p.covered, false) AS covered, coalesce(p.check_ins, 0) AS check_ins,
        CASE WHEN is_open THEN row_number() OVER (PARTITION BY o.site_id, is_open ORDER BY o.day DESC) END AS nth_open
    FROM open_day o LEFT JOIN place_day p USING (site_id, day))
SELECT site_id,
    count(*) FILTER (covered AND day >= $moment::DATE - {rules.USE_DAYS}) AS known_days,
    coalesce(sum(check_ins) FILTER (covered AND day >= $moment::DATE - {rules.USE_DAYS}), 0)::BIGINT AS check_ins,
    count(*) FILTER (covered AND nth_open <= {rules.OPENING_DAYS}) AS opening_known,
    count(*) FILTER (covered AND nth_open <= {rules.OPENING_DAYS} AND check_ins > 0) AS opening_used
FROM seen GROUP BY ALL
"""


def sites(view: View) -> pd.DataFrame:
    """Every site of the register as of the moment, filtered as the view is.

    place_id, name, category, owner_id, owner, kelurahan_code, kelurahan, kecamatan_code, kecamatan, area_id,
    serves_code, lat, lon, position_simulated; stage (of core.rollout.RANK, NA unknown), since, document,
    stage_simulated; use (NA where nothing is installed), mean_check_ins (a day over the known of the last 14),
    known_days, last_day (of a check-in), state (of core.rollout.STATES); has_code; confirmed (the place itself).
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
    stages = _stages(build, moment)
    coded = builds.frame(build, _CODES, moment=moment).set_index("site_id")["coded_from"]
    checked = builds.frame(build, _CHECK_INS, moment=moment).set_index("site_id")
    days = builds.frame(build, _DAYS, moment=moment).set_index("site_id")
    rows = []
    for place in found["place_id"]:
        stage = stages.get(place)
        first = checked["first_at"].get(place)
        if first is not None and (stage is None or stage.rank < rollout.RANK["first_check_in"]):
            # Check-ins imply the installation, whatever the register has on record.
            installed_at = stage.since if stage and stage.name == "installed" else None
            stage = Stage("first_check_in", first.to_pydatetime(), None, bool(stage and stage.simulated))
        else:
            installed_at = stage.since if stage else None
        use = seen = None
        if stage is not None and stage.rank >= rollout.RANK["installed"]:
            begun = installed_at or (pd.Timestamp(coded[place]).to_pydatetime() if place in coded else None)
            since = None if begun is None or begun.year == 1 else (moment.date() - begun.date()).days - 1
            row = days.loc[place]
            seen = Observed(
                place in coded,
                since,
                *(int(row[n]) for n in ("known_days", "check_ins", "opening_known", "opening_used")),
            )
            use = rollout.use(seen)
        rows.append(
            {
                "stage": stage.name if stage else None,
                "since": stage.since if stage else None,
                "document": stage.document if stage else None,
                "stage_simulated": bool(stage and stage.simulated),
                "use": use,
                "mean_check_ins": seen.mean if seen else None,
                "known_days": seen.known_days if seen else None,
                "last_day": checked["last_day"].get(place),
                "state": rollout.state(stage.name if stage else None, use),
                "has_code": place in coded,
            }
        )
    more = pd.DataFrame(rows, index=found.index).astype({"mean_check_ins": "Float64", "known_days": "Int64"})
    more["since"] = pd.to_datetime(more["since"])
    more["last_day"] = pd.to_datetime(more["last_day"])
    return pd.concat([found, more], axis=1)


def _stages(build: str, moment: datetime) -> dict[str, Stage]:
    """Stage by site: of its doors where any is known, else its own."""
    events: dict[str, list[Stage]] = {}
    for row in rows(builds.frame(build, _EVENTS, moment=moment)):
        since, document = row.at.to_pydatetime(), None if pd.isna(row.document) else row.document
        events.setdefault(row.place_id, []).append(Stage(row.stage, since, document, bool(row.simulated)))
    own = {place: stage for place, found in events.items() if (stage := rollout.own_stage(found))}
    doors: dict[str, list[Stage | None]] = {}
    for row in rows(builds.frame(build, _DOORS)):
        doors.setdefault(row.site_id, []).append(own.get(row.place_id))
    of_doors = {site: stage for site, found in doors.items() if (stage := rollout.parent_stage(found))}
    return own | of_doors


def cells(view: View) -> pd.DataFrame:
    """The cells of the strips: areas, kecamatan and kelurahan offices, furthest state first within a group.

    level ('area', 'kecamatan', 'kelurahan'), code, name, group (kecamatan name, '' else), state, place_id (of the
    office; NA for an area), confirmed, position_simulated. Whatever the view filters: the denominators are the
    register's.
    """
    all_sites = _all_sites(view.build, view.moment)
    areas = builds.frame(
        view.build, "SELECT place_id AS code, name, confidence <> 'low' AS confirmed FROM place WHERE kind = 'area'"
    )
    of_area = dict(list(all_sites.groupby("area_id")))
    areas["state"] = [_area_state(of_area.get(code)) for code in areas["code"]]
    areas = areas.assign(level="area", group="", place_id=None)
    parts = [areas]
    for level in ("kecamatan", "kelurahan"):
        units = builds.frame(
            view.build,
            "SELECT code, name, '' AS \"group\" FROM kecamatan"
            if level == "kecamatan"
            else """SELECT k.code, k.name, c.name AS "group" FROM kelurahan k
            JOIN kecamatan c ON c.code = k.kecamatan_code""",
        )
        offices = all_sites[all_sites["category"] == f"kantor_{level}"]
        offices = offices[["serves_code", "place_id", "state", "confirmed", "position_simulated"]]
        merged = units.merge(offices, how="left", left_on="code", right_on="serves_code").drop(columns="serves_code")
        merged["state"] = merged["state"].fillna("unknown")
        parts.append(merged.assign(level=level))
    found = pd.concat(parts, ignore_index=True)
    found["confirmed"] = found["confirmed"].fillna(False).astype(bool)
    order = found["state"].map(rollout.STATES.index)
    levels = found["level"].map(("area", "kecamatan", "kelurahan").index)
    return (
        found.assign(_order=order, _level=levels)
        .sort_values(["_level", "group", "_order", "name"])
        .drop(columns=["_order", "_level"])
        .reset_index(drop=True)
    )


def _area_state(found: pd.DataFrame | None) -> str:
    """An area is in use when every site with a code is; its stage is what all its sites of known stage have reached."""
    if found is None or found.empty:
        return "unknown"
    coded = found[found["has_code"]]
    for use in ("in_use", "unused"):
        if len(coded) and (coded["use"] == use).all():
            return use
    stage = rollout.parent_stage([Stage(s, None) if isinstance(s, str) else None for s in found["stage"]])
    return rollout.state(stage.name if stage else None, None)


def counts(found: pd.DataFrame) -> dict[str, dict[str, int]]:
    """Of `cells`, by level: total, and cumulative verified, installed and in_use, with unused, filed and unknown."""
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
        }
    return result


def by_stage(view: View) -> pd.DataFrame:
    """Places in each state: group ('area', 'kecamatan', 'kelurahan' for cells, else a category), state, n."""
    cell = cells(view)[["level", "state"]].rename(columns={"level": "group"})
    site = _all_sites(view.build, view.moment)
    rest = site[~site["category"].isin(["kantor_kecamatan", "kantor_kelurahan"]) & site["area_id"].isna()]
    rest = rest.assign(group=rest["category"].fillna("?"))[["group", "state"]]
    return pd.concat([cell, rest]).groupby(["group", "state"], sort=False).size().rename("n").reset_index()


def waiting(view: View) -> pd.DataFrame:
    """Places filed or verified but not installed, by how long they stand in their stage: place, owner, days (whole).

    Only those whose stage is dated; filtered as the view is, longest first.
    """
    found = sites(view)
    found = found[found["state"].isin(["filed", "verified"]) & found["since"].notna()]
    days = (pd.Timestamp(view.moment) - found["since"]).dt.days
    return (
        found.assign(place=found["name"], days=days)[["place", "owner", "days"]]
        .sort_values(["days", "place"], ascending=[False, True])
        .reset_index(drop=True)
    )


def over_time(view: View) -> pd.DataFrame:
    """Kelurahan offices that had reached a stage by the end of each day up to the moment: day, stage, n (cumulative).

    Stages verified, installed and first_check_in; days from the first event of one of them.
    """
    site = _all_sites(view.build, view.moment)
    offices = set(site.loc[site["category"] == "kantor_kelurahan", "place_id"])
    events = builds.frame(view.build, _EVENTS, moment=view.moment)
    events = events[events["site_id"].isin(offices)]
    checked = builds.frame(view.build, _CHECK_INS, moment=view.moment)
    first = checked[checked["site_id"].isin(offices)].set_index("site_id")["first_at"]
    reached = {"first_check_in": first}
    for stage, least in (("installed", "installed"), ("verified", "verified")):
        names = [n for n, rank in rollout.RANK.items() if rank >= rollout.RANK[least]]
        own = events[events["stage"].isin(names)].groupby("site_id")["at"].min()
        reached[stage] = pd.concat([own, first]).groupby(level=0).min()
    starts = [dates.min() for dates in reached.values() if len(dates)]
    if not starts:
        return pd.DataFrame({"day": pd.Series(dtype="datetime64[us]"), "stage": [], "n": []})
    days = pd.date_range(min(starts).normalize(), pd.Timestamp(view.moment).normalize(), freq="D")
    rows = [
        {"day": day, "stage": stage, "n": int((dates < day + timedelta(days=1)).sum())}
        for stage, dates in reached.items()
        for day in days
    ]
    return pd.DataFrame(rows)
