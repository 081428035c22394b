"""Parquet, read by DuckDB. A column's type decides how values become text; an id held as a float is not believed."""

from pathlib import Path

import pyarrow.parquet as pq
from pyarrow import ArrowException

from core import db
from core.errors import InputRefused
from etl import container
from etl.profile import Profile
from etl.structure import Structure, columns_of

_IDS = ("visitor", "qr_code", "scan_id", "place_code", "source")


def check(path: Path, profile: Profile) -> Structure:
    """Reads the schema. Raises InputRefused where it cannot be read or a wanted column is a list or a structure."""
    try:
        header = tuple(pq.read_schema(path).names)
    except (ArrowException, OSError, ValueError):  # a name that is no UTF-8 is a ValueError
        raise InputRefused("refused.unreadable", file=path.name, kind="parquet") from None
    places = columns_of(header, profile, path.name, 1)
    return Structure(path, container.digest(path), path.stat().st_size, "parquet", "parquet", header, places)


def read(con: db.Connection, structure: Structure, profile: Profile) -> None:
    """Fills `raw`; `line` is the row's number from 1."""
    path = {"path": str(structure.path)}
    try:
        described = db.run(con, "DESCRIBE FROM read_parquet($path)", path)
        types = {place: (db.quoted(str(row[0])), str(row[1])) for place, row in enumerate(described)}
        values = []
        for field, at in structure.places.items():
            parts = [_text(*types[i], field, structure) for i in at]
            values.append(parts[0] if len(parts) == 1 else f"concat_ws(' ', {', '.join(parts)})")
        fixed = [f"$constant_{n}" for n in range(len(profile.constants))]
        db.run(
            con,
            f"""INSERT INTO raw_row SELECT file_row_number + 1, NULL, {", ".join(values + fixed)}
            FROM read_parquet($path, file_row_number = true)""",
            path | {f"constant_{n}": value for n, value in enumerate(profile.constants.values())},
        )
    except db.Error as error:
        if isinstance(error, db.OutOfSpace) and "parquet" not in str(error).lower():
            raise
        raise InputRefused("refused.unreadable", file=structure.path.name, kind="parquet") from None


def _text(column: str, kind: str, field: str, structure: Structure) -> str:
    """SQL for a column as text: whole seconds of typed times, digits of whole numbers, '' for NULL."""
    if kind in ("FLOAT", "DOUBLE"):
        # an id keeps its '.0' or exponent, and is refused for it: digits may have been lost
        whole = f"CASE WHEN {column} = trunc({column}) AND abs({column}) < 1e15 THEN {column}::BIGINT::VARCHAR ELSE"
        shown = f"{column}::VARCHAR" if field in _IDS else f"{whole} {column}::VARCHAR END"
        return f"CASE WHEN isnan({column}) THEN '' ELSE coalesce({shown}, '') END"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"coalesce(strftime({column} AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S') || '+00', '')"
    if kind.startswith("TIMESTAMP"):
        return f"coalesce(strftime({column}::TIMESTAMP, '%Y-%m-%d %H:%M:%S'), '')"
    if kind in ("DATE", "TIME", "VARCHAR", "BOOLEAN", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT") or (
        kind.endswith("INT") or kind in ("INTEGER", "HUGEINT", "UUID") or kind.startswith(("DECIMAL", "ENUM"))
    ):
        return f"coalesce({column}::VARCHAR, '')"
    raise InputRefused("refused.column_type", file=structure.path.name, column=column.strip('"'), kind=kind)
