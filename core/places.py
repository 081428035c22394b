"""The register's tables: which columns each has and what may stand in them. The one definition of their shape."""

from dataclasses import dataclass

CONFIDENCE = ("high", "medium", "low")
KINDS = ("area", "site", "building", "door")


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
        Column("lat", "DOUBLE"),
        Column("lon", "DOUBLE"),
    ),
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
    "alias": (_need("level"), _need("name"), _need("code")),
}
# `source` is itself a table, so the provenance column of every table is `source` in the file and `sourced` in SQL.
PROVENANCE = _SOURCED


def columns(table: str) -> tuple[Column, ...]:
    """Columns of a register file, provenance last."""
    return TABLES[table] + PROVENANCE
