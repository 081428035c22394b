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


# Equal for equal identities, and seldom for others, persons left out.
_MARK = """hash(source_id, event, day_wib, scan_id, CASE WHEN scan_id IS NULL THEN qr_code END,
    CASE WHEN scan_id IS NULL THEN ts_wib END)"""


def add(con: db.Connection, file_id: int) -> list[int]:
    """Merges `keyed` (of `kept`) as file `file_id`; returns the files whose accounting may have changed, this included.

    Identities are wide and nearly all are alone, so marks are compared first, and of equal marks the identities.
    """
    db.run(
        con, f"CREATE OR REPLACE TEMP TABLE shared AS SELECT {_MARK} AS mark FROM kept GROUP BY 1 HAVING count(*) > 1"
    )
    # Only stored scans of the days that arrive can share an identity with them.
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE stored AS SELECT rowid AS place, {_MARK} AS mark FROM scan
        SEMI JOIN (SELECT DISTINCT day_wib FROM kept) USING (day_wib)""",
    )
    if db.value(con, "SELECT count(*) FROM stored"):
        db.run(
            con,
            f"""INSERT INTO shared SELECT DISTINCT mark FROM stored
            SEMI JOIN (SELECT {_MARK} AS mark FROM kept) USING (mark) ANTI JOIN shared USING (mark)""",
        )
    incoming = f"SELECT *, {file_id} AS file_id, {_MARK} AS mark FROM keyed"
    db.run(con, f"INSERT INTO scan ({_COLUMNS}) SELECT {_COLUMNS} FROM ({incoming}) ANTI JOIN shared USING (mark)")
    if not db.value(con, "SELECT count(*) FROM shared"):
        return [file_id]
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE alike AS
        SELECT NULL::BIGINT AS place, {_COLUMNS}, {_LONE} FROM ({incoming}) SEMI JOIN shared USING (mark)
        UNION ALL SELECT s.rowid, {_COLUMNS}, {_LONE} FROM scan s
        WHERE s.rowid IN (SELECT place FROM stored SEMI JOIN shared USING (mark))""",
    )
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE contested AS
        SELECT {_IDENTITY} FROM alike GROUP BY ALL HAVING count(*) > 1""",
    )
    db.run(con, f"CREATE OR REPLACE TEMP TABLE contender AS SELECT a.* FROM alike a SEMI JOIN contested b ON {_MATCH}")
    # Whoever loses a scan here has other visits, on whatever day.
    db.run(con, "INSERT INTO changed_visitor SELECT DISTINCT visitor FROM contender WHERE place IS NOT NULL")
    db.run(con, "DELETE FROM scan WHERE rowid IN (SELECT place FROM contender WHERE place IS NOT NULL)")
    db.run(
        con,
        f"""INSERT INTO scan ({_COLUMNS}) SELECT {_COLUMNS} FROM alike a ANTI JOIN contested b ON {_MATCH}
        WHERE place IS NULL""",
    )
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
