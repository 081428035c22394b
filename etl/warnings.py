"""What was loaded and yet looks wrong: files that may be cut, days far under their usual volume, clocks ahead.

Computed from what is stored, so that a load and a build say the same and nothing depends on the order of files.
"""

from dataclasses import dataclass, replace
from datetime import date

from core import db, formats, words
from etl import dirty, inputs, store


@dataclass(frozen=True)
class Warned:
    """`n` rows, or of volume kinds the scans of the day beside `usual`, those of the median like day."""

    kind: str
    file: str | None
    source: str | None
    day: date | None
    n: int
    usual: int | None

    def said(self) -> str:
        """The sentence in the language spoken."""
        shown = {"n": formats.number(self.n), "usual": formats.number(self.usual or 0)}
        return words.text(
            f"warning.{self.kind}",
            source=self.source or "-",
            day=formats.day(self.day, words.spoken()) if self.day else "-",
            **shown,
        )


def renew(con: db.Connection, *, all_files: bool) -> None:
    """Keeps in the mart store what is to be said of files with rows on the days of dirty_scan, or of all files."""
    _look_at(con, "dirty_scan", all_files)
    db.run(
        con,
        """DELETE FROM mart.file_warning WHERE file_id IN (FROM looked_at)
        OR file_id NOT IN (SELECT file_id FROM file WHERE state = 'loaded')""",
    )
    db.run(con, "INSERT INTO mart.file_warning FROM file_found")


def _look_at(con: db.Connection, days: str, all_files: bool) -> None:
    """Makes file_found of the files with rows on `days` (a table), or of all; of sealed ones no row is left."""
    touched = f"""SELECT file_id FROM scan SEMI JOIN {days} ON day = day_wib
        UNION SELECT file_id FROM duplicate SEMI JOIN {days} ON day = day_wib
        UNION SELECT file_id FROM file_day SEMI JOIN {days} USING (day)
        UNION SELECT file_id FROM reading WHERE counted_at::DATE IN (SELECT day FROM changed_reading)"""
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE looked_at AS SELECT file_id FROM file
        WHERE state = 'loaded' AND {"true" if all_files else f"file_id IN ({touched})"}
        AND file_id NOT IN (SELECT file_id FROM sealed_row)""",
    )
    if db.value(con, "SELECT count(*) FROM looked_at"):
        store.run_file(con, "warnings_file.sql")
    else:  # of a build just made: nothing has changed since
        db.run(con, "CREATE OR REPLACE TEMP TABLE file_found AS FROM mart.file_warning LIMIT 0")


def lay(con: db.Connection, today: date, file_id: int | None = None) -> None:
    """Makes the temporary table `warning` over the register laid in `con`, of one file or (None) of all.

    Of one file its rows are looked at; of all, those that changed since the mart store was updated, which kept the
    others. A day in progress has no usual yet and is not held to it.
    """
    inputs.lay(con)
    if file_id is None:
        _look_at(con, "changed_day", dirty.register_differs(con))
        db.run(
            con,
            """CREATE OR REPLACE TEMP VIEW found AS FROM file_found
            UNION ALL FROM mart.file_warning ANTI JOIN looked_at USING (file_id)""",
        )
    else:
        db.run(con, f"CREATE OR REPLACE TEMP TABLE looked_at AS SELECT {int(file_id)} AS file_id")
        store.run_file(con, "warnings_file.sql")
        db.run(con, "CREATE OR REPLACE TEMP VIEW found AS FROM file_found")
    chosen = "state = 'loaded'" if file_id is None else f"file_id = {int(file_id)}"
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE asked_day AS SELECT DISTINCT source_id, day
        FROM file_day JOIN file USING (file_id) WHERE {chosen} AND shape <> 'count'""",
    )
    store.run_file(con, "warnings.sql")
    db.run(con, "DELETE FROM warning WHERE kind IN ('low_volume', 'cut_short') AND day >= $today", {"today": today})


def find(con: db.Connection, today: date, file_id: int | None = None) -> list[Warned]:
    """What to warn about of one file, the days and sources it speaks for included, or (None) of all files."""
    lay(con, today, file_id)
    found = db.run(
        con,
        """SELECT w.kind, f.name, s.name, w.day, w.n, w.usual FROM warning w
        LEFT JOIN file f USING (file_id) LEFT JOIN source s ON s.source_id = w.source_id
        ORDER BY w.kind, w.file_id, w.day, s.name""",
    )
    return [Warned(*row) for row in found]


def summary(found: list[Warned], most: int) -> list[tuple[int, Warned]]:
    """(files, warning): of each kind one with its rows added up, or of a source's days the last `most`, each alone."""
    kinds: dict[str, list[Warned]] = {}
    for warning in found:
        kinds.setdefault(warning.kind, []).append(warning)
    lines: list[tuple[int, Warned]] = []
    for group in kinds.values():
        if group[0].day is None:
            lines.append((len({w.file for w in group}), replace(group[0], file=None, n=sum(w.n for w in group))))
        else:
            lines += [(0, w) for w in sorted(group, key=lambda w: (str(w.day), w.source or ""))[-most:]]
    return lines
