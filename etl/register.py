"""The city's register, read from CSV, checked, and laid into the ETL's connection as temporary tables.

Sourced facts come from the reference directory, then what the city entered itself (etl.entry), made-up parts from the
scenario directory; every row says which.
"""

import csv
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path

import pyarrow as pa

from core import db, places
from core.errors import UsageError
from core.settings import ROOT, Settings
from etl.entry import folders

ASSUMPTIONS = ROOT / "data" / "assumptions"
FOREVER = (date(1, 1, 1), date(9999, 12, 31))
_READ: dict[str, Callable[[str], object]] = {
    "VARCHAR": str,
    "INTEGER": int,
    "DOUBLE": float,
    "DATE": date.fromisoformat,
    "TIMESTAMP": datetime.fromisoformat,
    "TIME": time.fromisoformat,
}
_ARROW = {
    "VARCHAR": pa.string(),
    "INTEGER": pa.int32(),
    "DOUBLE": pa.float64(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "TIME": pa.time64("us"),
}


@dataclass(frozen=True)
class City:
    """city.toml: the name, what the register must hold (0 allowed), and the boundary file if there is one."""

    name: str
    kelurahan: int
    kecamatan: int
    areas: int
    boundary: Path | None
    attribution: str


def city(settings: Settings) -> City:
    """Reads city.toml of the reference directory; raises UsageError naming what is wrong in it."""
    path = settings.reference_dir / "city.toml"
    try:
        said = tomllib.loads(path.read_text("utf-8"))
        if said["zone"] != "Asia/Jakarta":  # the warehouse is WIB throughout
            raise ValueError(f"zone {said['zone']}")
        expected = {name: int(said["expected"][name]) for name in ("kelurahan", "kecamatan", "areas")}
        boundary = said.get("boundary")
        return City(
            name=str(said["name"]),
            **expected,
            boundary=settings.reference_dir / boundary["file"] if boundary else None,
            attribution=str(boundary["attribution"]) if boundary else "",
        )
    except FileNotFoundError:
        raise UsageError("error.no_city", path=path) from None
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise UsageError("error.bad_city", reason=f"{type(error).__name__}: {error}") from None


def opens_at(settings: Settings) -> str:
    """The moment a scenario wants to be opened at (ISO, WIB), or '' for the last of the data."""
    path = settings.scenario / "scenario.toml"
    if not path.exists():
        return ""
    try:
        said = tomllib.loads(path.read_text("utf-8")).get("opens_at", "")
        return datetime.fromisoformat(str(said)).isoformat() if said else ""
    except (tomllib.TOMLDecodeError, ValueError) as error:
        raise UsageError("error.bad_city", reason=f"scenario.toml: {error}") from None


def sources(settings: Settings) -> list[str]:
    """Ids of the sources the register and the scenario name; needs no warehouse."""
    columns = places.columns("source")
    paths = [folder / "source.csv" for folder, _ in _layers(settings)]
    return sorted({str(row[0]) for path in paths if path.exists() for row in _read(path, columns)})


def _layers(settings: Settings, *, scenario: bool = True, also: Path | None = None) -> list[tuple[Path, bool | None]]:
    """Folders of the register in the order they are read; whether their rows are made up (None: each row says so)."""
    entered = [*folders.entered(settings), *([also] if also else [])]
    made_up: list[tuple[Path, bool | None]] = [(settings.scenario, True)] if scenario else []
    return [(settings.reference_dir, False), *((folder, None) for folder in entered), *made_up]


def lay(con: db.Connection, settings: Settings, *, scenario: bool = True, also: Path | None = None) -> None:
    """Makes the temporary tables of the register in `con`, without the scenario if so said, with the entries in `also`.

    One a table of core.places with `sourced`, `confidence` and `simulated`; `site_of(place_id, site_id)` climbs from a
    door to its site; `qr_site(qr_code, place_id, site_id, source_id, valid_from, valid_to)` has no open ends.
    """
    for table in places.TABLES:
        layers = _layers(settings, scenario=scenario, also=also)
        _lay_table(con, table, [(folder / f"{table}.csv", simulated) for folder, simulated in layers])
    _lay_table(con, "category_assumption", [(ASSUMPTIONS / "categories.csv", False)])
    _fill_sites(con)
    db.run(
        con,
        """CREATE OR REPLACE TEMP TABLE site_of AS
        WITH RECURSIVE up AS (
            SELECT place_id, place_id AS reached, kind, parent_id FROM place
            UNION ALL SELECT up.place_id, p.place_id, p.kind, p.parent_id
            FROM up JOIN place p ON p.place_id = up.parent_id WHERE up.kind IN ('door', 'building'))
        SELECT place_id, reached AS site_id FROM up WHERE kind = 'site'""",
    )
    first, last = (day.isoformat() for day in FOREVER)
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE qr_site AS
        SELECT qr_code, place_id, site_id, source_id, coalesce(valid_from, DATE '{first}') AS valid_from,
            coalesce(valid_to, DATE '{last}') AS valid_to FROM qr JOIN site_of USING (place_id)""",
    )
    _check(con)


def _lay_table(con: db.Connection, table: str, files: Sequence[tuple[Path, bool | None]]) -> None:
    """One table of the rows of several files; each file is sourced or (True) simulated, or (None) each row says so."""
    columns = places.columns(table)
    records: list[tuple[object, ...]] = []
    for path, simulated in files:
        if path.exists():
            found = [(*row, marked if simulated is None else simulated) for *row, marked in _read(path, columns)]
            if simulated is None and (key := places.REPLACED.get(table)):
                newer = {row[:key] for row in found}
                records = [row for row in records if row[:key] not in newer]
            if simulated and (key := places.YIELDS.get(table)):
                there = {row[:key] for row in records}
                found = [row for row in found if row[:key] not in there]
            records += found
    names = ["sourced" if c.name == "source" else c.name for c in columns] + ["simulated"]
    types = [_ARROW[c.type] for c in columns] + [pa.bool_()]
    data = [
        pa.array(values, type=t)
        for values, t in zip(zip(*records, strict=True) if records else [()] * len(names), types, strict=True)
    ]
    con.register("register_rows", pa.table(data, names=names))
    db.run(con, f"CREATE OR REPLACE TEMP TABLE {db.quoted(table)} AS FROM register_rows")
    con.unregister("register_rows")


def _fill_sites(con: db.Connection) -> None:
    """Lets scenario rows of a sourced site fill what is empty in it; `simulated_fields` says what they filled."""
    for row in db.run(
        con,
        """SELECT place_id FROM site s WHERE simulated AND (valid_from IS NOT NULL OR valid_to IS NOT NULL)
        AND EXISTS (FROM site r WHERE r.place_id = s.place_id AND NOT r.simulated)""",
    ):
        raise UsageError("error.register_rule", column="site.valid_from", value=row[0], n=1)
    own = [c.name for c in places.TABLES["site"] if c.name not in places.FILLED]
    kept = ", ".join(f"r.{name}" for name in own)
    filled = ", ".join(f"coalesce(r.{name}, s.{name}) AS {name}" for name in places.FILLED)
    said = ", ".join(f"CASE WHEN r.{name} IS NULL AND s.{name} IS NOT NULL THEN '{name}' END" for name in places.FILLED)
    alone = ", ".join(f"CASE WHEN r.simulated AND r.{name} IS NOT NULL THEN '{name}' END" for name in places.FILLED)
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE site AS
        WITH sourced_site AS (SELECT DISTINCT place_id FROM site WHERE NOT simulated)
        SELECT {kept}, {filled}, r.sourced, r.confidence, concat_ws(' ', {said}) AS simulated_fields, r.simulated
        FROM site r LEFT JOIN site s ON s.place_id = r.place_id AND s.simulated
        WHERE NOT r.simulated
        UNION ALL BY NAME
        SELECT r.*, concat_ws(' ', {alone}) AS simulated_fields FROM site r
        WHERE r.simulated AND r.place_id NOT IN (FROM sourced_site)""",
    )


def _read(path: Path, columns: tuple[places.Column, ...]) -> list[tuple[object, ...]]:
    """Typed rows of a register file, and whether each is marked as made up.

    The first value that is wrong ends it with file, line, column and value.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            named = list(reader.fieldnames or ())
            known = [c.name for c in columns] + ["simulasi"]
            missing = [c.name for c in columns if c.required and c.name not in named]
            if wrong := missing + [name for name in named if name not in known or named.count(name) > 1]:
                raise UsageError("error.register_columns", file=path.name, columns=", ".join(wrong))
            return [
                (*(_value(path, reader.line_num, c, row.get(c.name)) for c in columns), bool(row.get("simulasi")))
                for row in reader
            ]
    except (csv.Error, UnicodeDecodeError) as error:
        raise UsageError("error.register_unreadable", file=path.name, reason=str(error)) from None


def _value(path: Path, line: int, column: places.Column, text: str | None) -> object:
    text = (text or "").strip()
    fault: str | None = None
    if not text:
        if not column.required:
            return None
        fault = "not empty"
    elif column.choices and text not in column.choices:
        fault = " | ".join(column.choices)
    else:
        try:
            return _READ[column.type](text)
        except ValueError:
            fault = {"DATE": "yyyy-mm-dd", "TIME": "hh:mm", "TIMESTAMP": "yyyy-mm-dd hh:mm"}.get(
                column.type, column.type.lower()
            )
    raise UsageError("error.register_value", file=path.name, line=line, column=column.name, value=text, expected=fault)


# Each gives the rows that break a rule: (table, what, which). The register is refused with the first of them.
_RULES: tuple[tuple[str, str], ...] = (
    ("place.place_id", "SELECT place_id FROM place GROUP BY ALL HAVING count(*) > 1"),
    ("kelurahan.code", "SELECT code FROM kelurahan GROUP BY ALL HAVING count(*) > 1"),
    ("kecamatan.code", "SELECT code FROM kecamatan GROUP BY ALL HAVING count(*) > 1"),
    ("source.source_id", "SELECT source_id FROM source GROUP BY ALL HAVING count(*) > 1"),
    (
        "place.parent_id",
        "SELECT place_id FROM place WHERE parent_id IS NOT NULL AND parent_id NOT IN (SELECT place_id FROM place)",
    ),
    (
        "place.parent_id",
        """SELECT c.place_id FROM place c JOIN place p ON p.place_id = c.parent_id
        WHERE (c.kind, p.kind) NOT IN
            (('site', 'area'), ('building', 'site'), ('door', 'building'), ('door', 'site'))""",
    ),
    ("kelurahan.kecamatan_code", "SELECT code FROM kelurahan WHERE kecamatan_code NOT IN (SELECT code FROM kecamatan)"),
    (
        "site.place_id",
        "SELECT place_id FROM site WHERE place_id NOT IN (SELECT place_id FROM place WHERE kind = 'site')",
    ),
    (
        "site.kelurahan_code",
        """SELECT place_id FROM site
        WHERE kelurahan_code IS NOT NULL AND kelurahan_code NOT IN (SELECT code FROM kelurahan)""",
    ),
    (
        "site.area_id",
        """SELECT place_id FROM site
        WHERE area_id IS NOT NULL AND area_id NOT IN (SELECT place_id FROM place WHERE kind = 'area')""",
    ),
    (
        "site.valid_from",
        """SELECT place_id FROM (SELECT place_id, coalesce(valid_from, DATE '0001-01-01') AS a,
            lag(coalesce(valid_to, DATE '9999-12-31')) OVER (PARTITION BY place_id ORDER BY valid_from NULLS FIRST) AS b
            FROM site) WHERE a <= b""",
    ),
    (
        "site_area.place_id",
        """SELECT place_id FROM site_area WHERE place_id NOT IN (SELECT place_id FROM place WHERE kind = 'site')
        UNION ALL SELECT place_id FROM site_area GROUP BY ALL HAVING count(*) > 1""",
    ),
    ("site_area.area_m2", "SELECT place_id FROM site_area WHERE area_m2 <= 0 OR NOT isfinite(area_m2)"),
    ("qr.place_id", "SELECT qr_code FROM qr WHERE place_id NOT IN (SELECT place_id FROM site_of)"),
    ("qr.source_id", "SELECT qr_code FROM qr WHERE source_id NOT IN (SELECT source_id FROM source)"),
    (
        "qr.valid_from",
        """SELECT qr_code FROM (SELECT qr_code, valid_from AS a,
            lag(valid_to) OVER (PARTITION BY qr_code ORDER BY valid_from) AS b FROM qr_site) WHERE a <= b""",
    ),
    ("hours.place_id", "SELECT place_id FROM hours WHERE place_id NOT IN (SELECT place_id FROM site_of)"),
    (
        "site.category",
        """SELECT DISTINCT category FROM site WHERE category NOT IN (SELECT category FROM categories)
        AND EXISTS (FROM categories)""",
    ),
    (
        "site.owner_id",
        """SELECT DISTINCT owner_id FROM site WHERE owner_id NOT IN (SELECT owner_id FROM owner)
        AND EXISTS (FROM owner)""",
    ),
    ("stage_event.place_id", "SELECT event_id FROM stage_event WHERE place_id NOT IN (SELECT place_id FROM place)"),
    ("stage_event.event_id", "SELECT event_id FROM stage_event GROUP BY ALL HAVING count(*) > 1"),
    (
        "stage_event.corrects",
        """SELECT event_id FROM stage_event WHERE corrects IS NOT NULL
        AND corrects NOT IN (SELECT event_id FROM stage_event)""",
    ),
    (
        "stage_event.corrects",
        "SELECT event_id FROM stage_event WHERE stage = 'withdrawn' AND corrects IS NULL",
    ),
    (
        "contact.owner_id",
        "SELECT DISTINCT owner_id FROM contact WHERE owner_id NOT IN (SELECT owner_id FROM owner)",
    ),
    ("alias.name", "SELECT name FROM alias GROUP BY level, name HAVING count(*) > 1"),
    (
        "ppkm_levels.valid_from",
        """SELECT valid_from::VARCHAR FROM (SELECT valid_from,
            lag(coalesce(valid_to, DATE '9999-12-31')) OVER (ORDER BY valid_from) AS b FROM ppkm_levels)
            WHERE valid_from <= b""",
    ),
    (
        # a rule without an end holds until the next of its sector and level begins
        "capacity_rules.valid_from",
        """SELECT sector FROM (SELECT sector, valid_from, lag(valid_to)
            OVER (PARTITION BY sector, level ORDER BY valid_from) AS b FROM capacity_rules) WHERE valid_from <= b""",
    ),
    ("capacity_rules.cap_pct", "SELECT sector FROM capacity_rules WHERE cap_pct NOT BETWEEN 0 AND 100"),
    ("hours.weekday", "SELECT place_id FROM hours WHERE weekday NOT BETWEEN 1 AND 7"),
)


def _check(con: db.Connection) -> None:
    for column, rows in _RULES:
        if bad := db.run(con, rows):
            raise UsageError(
                "error.register_rule", column=column, value=", ".join(str(r[0]) for r in bad[:5]), n=len(bad)
            )
