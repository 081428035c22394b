"""Takes a loaded file back exactly: scans that had lost against its own stand again."""

from datetime import datetime
from pathlib import Path

from core import db, formats
from core.errors import UsageError
from etl import counts, dirty, ledger, merge, store


def find(con: db.Connection, said: str) -> int:
    """The loaded file called `said`: its number in the ledger, its name, or the start of its hash. One, or an error."""
    found = db.run(
        con,
        """SELECT file_id, name FROM file WHERE state = 'loaded' AND
        (file_id::VARCHAR = $said OR name = $name OR (length($said) >= 8 AND starts_with(sha256, $said)))""",
        {"said": said, "name": formats.masked(Path(said).name)},
    )
    if not found:
        raise UsageError("error.not_loaded", file=said)
    if len(found) > 1:
        raise UsageError("error.several_loaded", file=said, known=", ".join(f"{n} ({name})" for n, name in found))
    return int(found[0][0])


def unload(con: db.Connection, file_id: int, now: datetime) -> ledger.Entry:
    """Takes a file back in one transaction; returns its line in the ledger as it was.

    Raises UsageError if some of it is sealed: those rows are deleted, and their figures stay.
    """
    before = ledger.entry(con, file_id)
    if db.value(con, f"SELECT count(*) FROM sealed_row WHERE file_id = {file_id}"):
        raise UsageError("error.file_sealed", file=before.name)
    with store.transaction(con):
        dirty.note(con, file_id)
        db.run(
            con,
            """INSERT INTO unloaded_day SELECT file_id, day FROM file_day WHERE file_id = $id
            UNION SELECT file_id, day_wib FROM scan WHERE file_id = $id""",
            {"id": file_id},
        )
        db.run(con, "DELETE FROM reject WHERE file_id = $id", {"id": file_id})
        db.run(con, "DELETE FROM file_day WHERE file_id = $id", {"id": file_id})
        db.run(
            con, "UPDATE file SET state = 'unloaded', noted_at = $now WHERE file_id = $id", {"id": file_id, "now": now}
        )
        ledger.recount(con, sorted({*merge.remove(con, file_id), *counts.remove(con, file_id)}))
    return before
