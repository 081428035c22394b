"""What was loaded and yet looks wrong: files that may be cut, days far under their usual volume, clocks ahead.

Computed from what is stored, so that a load and a build say the same and nothing depends on the order of files.
"""

from dataclasses import dataclass
from datetime import date

from core import db, formats, words
from etl import marts, store


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
        return words.text(f"warning.{self.kind}", source=self.source or "-", day=self.day or "-", **shown)


def lay(con: db.Connection, today: date) -> None:
    """Makes the temporary table `warning` over the register laid in `con`; a day in progress has no usual yet."""
    marts.rules_table(con)
    store.run_file(con, "warnings.sql")
    db.run(con, "DELETE FROM warning WHERE kind IN ('low_volume', 'cut_short') AND day >= $today", {"today": today})


def of_file(con: db.Connection, file_id: int, today: date) -> list[Warned]:
    """What to warn about a file: its rows, and the days and sources it speaks for."""
    return _found(
        con,
        today,
        f"""w.file_id = {int(file_id)} OR (w.file_id IS NULL AND EXISTS (FROM file_day d
        WHERE d.file_id = {int(file_id)} AND d.source_id = w.source_id AND d.day = w.day))""",
    )


def all_of(con: db.Connection, today: date) -> list[Warned]:
    """Everything to warn about, by kind."""
    return _found(con, today, "true")


def _found(con: db.Connection, today: date, where: str) -> list[Warned]:
    lay(con, today)
    found = db.run(
        con,
        f"""SELECT w.kind, f.name, s.name, w.day, w.n, w.usual FROM warning w
        LEFT JOIN file f USING (file_id) LEFT JOIN source s ON s.source_id = w.source_id
        WHERE {where} ORDER BY w.kind, w.file_id, w.day, s.name""",
    )
    return [Warned(*row) for row in found]
