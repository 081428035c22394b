"""Scans of one identity become one scan, whichever file came first.

A scan is (source, WIB day, scan_id, event) or, lacking ids, (source, code, visitor, event, second). Of several the
smallest by (uploaded_at, colour, content) stands in `scan`, the others in `duplicate`. Nothing depends on the order of
files: ties are broken by content, persons by their digest and not by the number they happened to get.
"""

from core import db

_IDENTITY = "source_id, event, day_wib, scan_id, lone_code, lone_visitor, lone_second"
_LONE = """CASE WHEN scan_id IS NULL THEN qr_code END AS lone_code,
    CASE WHEN scan_id IS NULL THEN visitor END AS lone_visitor,
    CASE WHEN scan_id IS NULL THEN ts_wib END AS lone_second"""
_CONTENT = """uploaded_at NULLS LAST, colour NULLS LAST, ts_wib, qr_code, digest, admitted NULLS LAST,
    activity NULLS LAST, opened_at NULLS LAST, sha256, line"""
_COLUMNS = """line, source_id, qr_code, visitor, scan_id, colour, admitted, activity, uploaded_at, event, ts_wib,
    opened_at, day_wib, file_id"""
_MATCH = " AND ".join(f"a.{c.strip()} IS NOT DISTINCT FROM b.{c.strip()}" for c in _IDENTITY.split(","))


def add(con: db.Connection, file_id: int) -> list[int]:
    """Merges `keyed` as file `file_id`; returns the files whose accounting may have changed, this one included."""
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE incoming AS
        SELECT {_COLUMNS}, {_LONE} FROM (SELECT *, {file_id} AS file_id FROM keyed)""",
    )
    db.run(con, "DROP TABLE keyed")
    # Only stored scans of the days, sources and kinds that arrive can share an identity with them.
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE stored AS SELECT rowid AS place, {_COLUMNS}, {_LONE} FROM scan
        WHERE day_wib BETWEEN (SELECT min(day_wib) FROM incoming) AND (SELECT max(day_wib) FROM incoming)""",
    )
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE contested AS
        SELECT {_IDENTITY} FROM incoming GROUP BY ALL HAVING count(*) > 1
        UNION SELECT {", ".join("a." + c.strip() for c in _IDENTITY.split(","))}
        FROM (SELECT DISTINCT {_IDENTITY} FROM incoming) a
        JOIN (SELECT DISTINCT {_IDENTITY} FROM stored) b ON {_MATCH}""",
    )
    if not db.value(con, "SELECT count(*) FROM contested"):
        db.run(con, f"INSERT INTO scan ({_COLUMNS}) SELECT {_COLUMNS} FROM incoming")
        return [file_id]
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE contender AS SELECT a.* FROM
        (SELECT NULL::BIGINT AS place, * FROM incoming UNION ALL BY NAME SELECT * FROM stored) a
        SEMI JOIN contested b ON {_MATCH}""",
    )
    # Whoever loses a scan here has other visits, on whatever day.
    db.run(con, "INSERT INTO changed_visitor SELECT DISTINCT visitor FROM contender WHERE place IS NOT NULL")
    db.run(con, "DELETE FROM scan WHERE rowid IN (SELECT place FROM contender WHERE place IS NOT NULL)")
    db.run(con, f"INSERT INTO scan ({_COLUMNS}) SELECT {_COLUMNS} FROM incoming a ANTI JOIN contested b ON {_MATCH}")
    return sorted({file_id, *_decide(con)})


def remove(con: db.Connection, file_id: int) -> list[int]:
    """Takes every scan of a file back; scans that had lost against them stand again. Returns the files to recount."""
    db.run(con, f"DELETE FROM duplicate WHERE file_id = {file_id}")
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE contested AS
        SELECT {_IDENTITY} FROM (SELECT *, {_LONE} FROM scan WHERE file_id = {file_id})""",
    )
    db.run(con, f"INSERT INTO changed_visitor SELECT DISTINCT visitor FROM scan WHERE file_id = {file_id}")
    db.run(con, f"DELETE FROM scan WHERE file_id = {file_id}")
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE contender AS SELECT a.* FROM (SELECT *, {_LONE} FROM duplicate) a
        SEMI JOIN contested b ON {_MATCH}""",
    )
    db.run(
        con,
        f"""DELETE FROM duplicate WHERE rowid IN (SELECT a.place FROM
        (SELECT rowid AS place, *, {_LONE} FROM duplicate) a SEMI JOIN contested b ON {_MATCH})""",
    )
    touched = _decide(con)
    db.run(
        con,
        """DELETE FROM person WHERE id NOT IN
        (SELECT visitor FROM scan UNION SELECT visitor FROM duplicate)""",
    )
    return sorted({file_id, *touched})


def _decide(con: db.Connection) -> list[int]:
    """Of each identity in `contender` the smallest goes to `scan`, the rest to `duplicate`."""
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE decided AS
        SELECT c.*, row_number() OVER (PARTITION BY {_IDENTITY} ORDER BY {_CONTENT}) = 1 AS wins
        FROM contender c JOIN person p ON p.id = c.visitor JOIN file f USING (file_id)""",
    )
    for table, test in (("scan", "wins"), ("duplicate", "NOT wins")):
        db.run(con, f"INSERT INTO {table} ({_COLUMNS}) SELECT {_COLUMNS} FROM decided WHERE {test}")
    return [row[0] for row in db.run(con, "SELECT DISTINCT file_id FROM decided")]
