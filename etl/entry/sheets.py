"""Reads the spreadsheet: cells of its sheets under the headings of the contract. What is no plain table is refused."""

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from core import words
from core.errors import InputRefused
from core.resolve import normalised
from etl import container, workbook
from etl.entry import contract, values
from etl.entry.values import Fault

LARGEST = 20_000_000  # bytes of a file, tenfold unpacked: a city's places fill less than a megabyte
MOST_ROWS = 20_000  # of a sheet, below its headings
FAULTY = object()  # stands for a cell that is refused already


@dataclass(frozen=True)
class Row:
    """One row with something in it: its number in the file and its cells by column key."""

    line: int
    cells: Mapping[str, Any]


@dataclass(frozen=True)
class Table:
    """One sheet: its key in the contract, its name ('' of a CSV), its headings as written by column key, its rows."""

    key: str
    name: str
    headings: Mapping[str, str]
    rows: tuple[Row, ...]

    def fault(self, row: Row, column: str, expected: str) -> Fault:
        """A refusal of the cell under `column`."""
        at = self.headings.get(column) or words.text(f"entry.column.{column}")
        return Fault(self.name, row.line, at, values.shown(row.cells.get(column)), expected)


Cells = Iterator[tuple[int, list[Any]]]


def read(path: Path) -> tuple[list[Table], list[Fault]]:
    """The sheets of the file and what is refused of their form. Raises InputRefused where it is no such file."""
    kind = container.kind(path)
    if kind not in ("text", "xlsx") or (kind == "xlsx" and not zipfile.is_zipfile(path)):
        raise InputRefused("entry.format", file=path.name)
    if path.stat().st_size > LARGEST:
        raise InputRefused("entry.too_large", file=path.name, n=LARGEST // 1_000_000)
    faults: list[Fault] = []
    found = [_table("events", "", _csv(path), faults)] if kind == "text" else list(_sheets(path, faults))
    tables = [table for table in found if table is not None]
    if not faults and not any(table.rows for table in tables):
        raise InputRefused("entry.empty", file=path.name)
    return tables, faults


def _csv(path: Path) -> Cells:
    body = path.read_bytes()
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputRefused("entry.encoding", file=path.name) from None
    if "\0" in text:
        raise InputRefused("entry.nul", file=path.name)
    first = text.lstrip().partition("\n")[0]
    delimiter = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            if line > MOST_ROWS:
                raise InputRefused(
                    "entry.too_many", file=path.name, sheet=words.text("entry.sheet.events"), n=MOST_ROWS
                )
            yield line, list(record)
            line = reader.line_num + 1
    except csv.Error:
        raise InputRefused("entry.torn", file=path.name, line=line) from None


def _sheets(path: Path, faults: list[Fault]) -> Iterator[Table | None]:
    with zipfile.ZipFile(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > 10 * LARGEST:
            raise InputRefused("entry.too_large", file=path.name, n=LARGEST // 1_000_000)
    merged = _merged(path)
    known = {name: key for key in contract.SHEETS for name in contract.sheet_names(key)}
    beside = {name for key in contract.BESIDE for name in contract.sheet_names(key)}
    names = ", ".join(words.text(f"entry.sheet.{key}") for key in contract.SHEETS)
    seen: set[str] = set()
    for name, rows in _cells(path).items():
        key = known.get(normalised(name))
        if normalised(name) in beside or (key is None and not rows):
            continue
        if key is None or key in seen:
            faults.append(Fault(name, 0, "", name, words.text("entry.expected.sheet", known=names)))
            continue
        seen.add(key)
        faults += [Fault(name, 0, "", area, words.text("entry.expected.merged")) for area in merged.get(name, ())]
        yield _table(key, name, iter(rows), faults)
    if not seen and not faults:
        raise InputRefused("entry.no_sheet", file=path.name, known=names)


def _merged(path: Path) -> dict[str, list[str]]:
    """Merged cells by sheet, as 'A5:B6'."""
    with workbook.opened(path) as found:
        return {
            name: [
                ":".join(f"{get_column_letter(column + 1)}{row + 1}" for row, column in area)
                for area in sheet.merged_cell_ranges or ()
            ]
            for name, sheet in found.items()
        }


def _cells(path: Path) -> dict[str, list[tuple[int, list[Any]]]]:
    """Rows with something in them by sheet. Calamine gives of a formula only what it last came to, hence openpyxl."""
    found: dict[str, list[tuple[int, list[Any]]]] = {}
    try:
        book = load_workbook(path, read_only=True, data_only=False)
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # what a file says of its size may be wrong, and rows beyond it would vanish
            rows = found.setdefault(sheet.title, [])
            for line, cells in enumerate(sheet.iter_rows(), 1):
                held = [_cell(cell) for cell in cells]
                if any(value not in (None, "") for value in held):
                    rows.append((line, held))
                if len(rows) > MOST_ROWS + 1:
                    raise InputRefused("entry.too_many", file=path.name, sheet=sheet.title, n=MOST_ROWS)
        book.close()
    except InputRefused:
        raise
    except Exception:  # of a damaged workbook openpyxl raises nearly anything, and its messages may hold values
        raise InputRefused("refused.unreadable", file=path.name, kind="xlsx") from None
    return found


@dataclass(frozen=True)
class _Refused:
    """A cell that holds no value: a formula, or an error of Excel."""

    key: str
    value: str


def _cell(cell: Any) -> Any:
    if cell.data_type == "f":
        return _Refused("formula", str(getattr(cell.value, "text", cell.value)))
    if cell.data_type == "e":
        return _Refused("excel_error", str(cell.value))
    return cell.value


def _table(key: str, name: str, cells: Cells, faults: list[Fault]) -> Table | None:
    """The table under the first row with something in it; a heading nobody knows would lose its column unsaid."""
    line, first = next(((n, row) for n, row in cells if any(_filled(c) for c in row)), (0, []))
    if not line:
        return Table(key, name, {}, ())
    columns = contract.SHEETS[key]
    meant = {heading: column.key for column in columns for heading in column.headings}
    at: dict[int, str] = {}  # '' under a heading that is refused
    headings: dict[str, str] = {}
    names = ", ".join(words.text(f"entry.column.{column.key}") for column in columns)
    for i, cell in enumerate(first):
        said = values.shown(cell.value if isinstance(cell, _Refused) else cell).strip()
        if not said:
            continue
        column = meant.get(contract.heading(said))
        if column is None or column in headings:
            expected = words.text("entry.expected.column" if column is None else "entry.expected.once", known=names)
            faults.append(Fault(name, line, said, said, expected))
            at[i] = ""
        else:
            at[i], headings[column] = column, said
    missing = [column.key for column in columns if column.required and column.key not in headings]
    for column in missing:
        title = words.text(f"entry.column.{column}")
        faults.append(Fault(name, line, title, "", words.text("entry.expected.heading", column=title)))
    if missing:
        return None
    rows = []
    for line, row in cells:
        if any(_filled(cell) for cell in row):
            rows.append(Row(line, dict(_row(name, line, row, at, headings, faults))))
    return Table(key, name, headings, tuple(rows))


def _row(
    name: str, line: int, row: list[Any], at: Mapping[int, str], headings: Mapping[str, str], faults: list[Fault]
) -> Iterator[tuple[str, Any]]:
    for i, cell in enumerate(row):
        if not _filled(cell):
            continue
        column = at.get(i)
        if column == "":
            continue
        if column is None:
            letter = get_column_letter(i + 1)
            faults.append(Fault(name, line, letter, values.shown(_said(cell)), words.text("entry.expected.headed")))
        elif isinstance(cell, _Refused):
            faults.append(
                Fault(name, line, headings[column], values.shown(cell.value), words.text(f"entry.expected.{cell.key}"))
            )
            yield column, FAULTY
        else:
            yield column, cell


def _said(cell: Any) -> Any:
    return cell.value if isinstance(cell, _Refused) else cell


def _filled(cell: Any) -> bool:
    return bool(cell.strip()) if isinstance(cell, str) else cell is not None
