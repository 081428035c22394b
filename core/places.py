"""The register's tables: which columns each has and what may stand in them. The one definition of their shape."""

from dataclasses import dataclass

CONFIDENCE = ("high", "medium", "low")
KINDS = ("area", "site", "building", "door")
# Rollout stages that are entered as events; first check-in and use are computed from scans, never entered.
# 'withdrawn' only corrects: what it names never happened.
STAGES = ("filed", "verified", "access_issued", "activated", "expired", "trained", "installed", "withdrawn")


@dataclass(frozen=True)
class Column:
    """One column of a register file: SQL type, whether it may be empty, and the words allowed."""

    name: str
    type: str = "VARCHAR"
    required: bool = False
    choices: tuple[str, ...] = ()


def _need(name: str, sql: str = "VARCHAR", choices: tuple[str, ...] = ()) -> Column:
    return Column(name, sql, True, choices)


_VALID = (Column("valid_from", "DATE"), Column("valid_to", "DATE"))
_SOURCED = (_need("source"), _need("confidence", choices=CONFIDENCE))

# Table -> its own columns, in the order of the file; `source` and `confidence` follow in each.
TABLES: dict[str, tuple[Column, ...]] = {
    "kecamatan": (_need("code"), _need("name"), Column("bps_code")),
    "kelurahan": (_need("code"), _need("name"), _need("kecamatan_code"), Column("bps_code")),
    "place": (_need("place_id"), _need("kind", choices=KINDS), Column("parent_id"), _need("name")),
    "site": (
        _need("place_id"),
        *_VALID,
        Column("kelurahan_code"),
        Column("area_id"),
        Column("category"),
        Column("owner_id"),
        Column("capacity", "INTEGER"),
        Column("capacity_basis", choices=("recorded", "area")),  # empty: recorded; 'area': estimated from floor area
        Column("lat", "DOUBLE"),
        Column("lon", "DOUBLE"),
        Column("serves_code"),  # of an office: the kecamatan or kelurahan it is the office of
        Column("note"),
    ),
    "site_area": (_need("place_id"), _need("area_m2", "DOUBLE"), Column("note")),  # of the ground, square metres
    "hours": (
        _need("place_id"),
        _need("weekday", "INTEGER"),  # ISO, 1 is Monday
        _need("opens", "TIME"),
        _need("closes", "TIME"),  # closes <= opens: the next day
        *_VALID,
    ),
    "qr": (_need("qr_code"), _need("place_id"), _need("source_id"), *_VALID),
    "source": (
        _need("source_id"),
        _need("name"),
        Column("owner_id"),
        _need("every_days", "INTEGER"),
        _need("late_after_days", "INTEGER"),
    ),
    "alias": (_need("level", choices=("kecamatan", "kelurahan", "place")), _need("name"), _need("code")),
    "owner": (_need("owner_id"), _need("name"), _need("kind")),
    "stage_event": (
        _need("event_id"),
        _need("place_id"),
        _need("stage", choices=STAGES),
        _need("at", "TIMESTAMP"),
        Column("document"),
        Column("corrects"),  # the event_id of what this one says rightly
        Column("precision", choices=("minute", "day")),  # how well `at` is known; empty: to the minute
    ),
    # Whom of an office to write to. Only in the list for that agency: never on the wall, never in a public report.
    "contact": (_need("owner_id"), _need("role"), _need("contact")),
    "categories": (_need("category"), Column("sector"), Column("owner_id")),
    "ppkm_levels": (
        _need("valid_from", "DATE"),
        Column("valid_to", "DATE"),
        Column("level", "INTEGER"),  # empty: unknown; 0: revoked
        _need("instrument"),
        Column("note"),
    ),
    "capacity_rules": (
        _need("sector"),
        _need("level", "INTEGER"),
        _need("valid_from", "DATE"),
        Column("valid_to", "DATE"),
        _need("cap_pct", "INTEGER"),
        Column("head_limit", "INTEGER"),  # persons, the stricter of the two binds
        _need("binds", choices=("visitors", "staff")),
        _need("instrument"),
        Column("note"),
    ),
    "local_orders": (
        Column("category"),
        Column("place_id"),
        _need("valid_from", "DATE"),
        _need("valid_to", "DATE"),
        _need("state", choices=("closed",)),
        Column("instrument"),
        Column("note"),
    ),
    "rollout_facts": (
        _need("day", "DATE"),
        _need("text_id"),
        _need("text_en"),
        Column("value", "INTEGER"),
        Column("unit"),
    ),
    "population": (
        _need("as_of", "INTEGER"),  # year
        _need("level", choices=("city", "kecamatan")),
        _need("code"),
        _need("population", "INTEGER"),
    ),
}
# What we choose ourselves, shown as 'asumsi'; never mixed with what somebody published.
ASSUMPTIONS: dict[str, tuple[Column, ...]] = {
    "category_assumption": (_need("category"), Column("dwell_cap_minutes", "INTEGER"), Column("map_sign")),
}
# What a scenario may add to a site of the reference: it fills what is empty and never replaces what is sourced.
FILLED = ("kelurahan_code", "area_id", "category", "owner_id", "capacity", "lat", "lon", "serves_code", "note")
# What the city enters anew of these (so many first columns are the key) takes the place of what stood before.
REPLACED = {"contact": 2}
# Of these a scenario's row yields where another has its key: a city may have entered what a demo had made up.
YIELDS = {"place": 1, "stage_event": 1}
# `source` is itself a table, so the provenance column of every table is `source` in the file and `sourced` in SQL.
PROVENANCE = _SOURCED


def columns(table: str) -> tuple[Column, ...]:
    """Columns of a register file, provenance last."""
    return (TABLES | ASSUMPTIONS)[table] + PROVENANCE
