"""What to send back to an agency: each rejected row, and each refused file, with its reason and what was expected.

Values are masked where they are stored (etl.typed), so nothing here can show one.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from core import db, words
from core.errors import InputRefused
from reports.writers import inert

COLUMNS = ("file", "line", "column", "code", "reason", "value", "expected", "advice")


@dataclass(frozen=True)
class Rejected:
    """A rejected row, or a refused file (no line of its own unless its reason names one)."""

    file: str
    line: int | None
    column: str | None
    code: str
    reason: str
    value: str | None
    expected: str | None

    @property
    def advice(self) -> str:
        return words.text(f"advice.{self.code}")


def find(con: db.Connection, file_ids: list[int] | None = None) -> Iterator[Rejected]:
    """Refused files and rejected rows, in the order of the ledger; of `file_ids` only, if given."""
    chosen = "" if file_ids is None else f"AND file_id IN ({', '.join(map(str, file_ids)) or 'NULL'})"
    refused = db.run(con, f"SELECT file_id, name, reason, detail FROM file WHERE state = 'refused' {chosen} ORDER BY 1")
    for _, name, reason, detail in refused:
        fields = json.loads(detail or "{}")
        sentence = InputRefused(reason, file=name, **fields).said() if detail else words.text("cli.no_detail")
        yield Rejected(name, fields.get("line"), fields.get("columns"), reason, sentence, None, fields.get("allowed"))
    for name, line, field, reason, value, expected in db.run(
        con,
        f"""SELECT f.name, r.line, r.field, r.reason, r.value, r.expected FROM reject r JOIN file f USING (file_id)
        WHERE true {chosen.replace("file_id", "r.file_id")} ORDER BY r.file_id, r.line""",
    ):
        yield Rejected(name, line, field, f"reject.{reason}", words.text(f"reject.{reason}"), value, expected)


def write(found: Iterator[Rejected], out: TextIO) -> int:
    """Writes a CSV with a header in the language spoken; returns how many rows. Text cannot become a formula."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([words.text(f"cli.rejects.{name}") for name in COLUMNS])
    n = 0
    for row in found:
        n += 1
        values = [getattr(row, name) for name in COLUMNS]
        writer.writerow([inert(value) if isinstance(value, str) else value for value in values])
    return n
