"""Workbooks of Excel. Cells have types: an id that Excel holds as a number has lost digits and is not believed."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import python_calamine as calamine

from core import db
from core.errors import InputRefused
from etl import container
from etl.profile import Profile
from etl.rows import Row, insert, picker
from etl.structure import LONGEST_FIELD, Structure, columns_of, header_of

_EXACT = 1e15  # Excel keeps fifteen digits; of a longer number the last ones are made up


def check(path: Path, profile: Profile) -> Structure:
    """Finds the one sheet whose header has the profile's columns. Raises InputRefused where none or several have."""
    there = sheets(path)
    asked = profile.file.sheet
    if asked is not None and asked not in there:
        raise InputRefused("refused.no_sheet", file=path.name, sheet=asked, known=", ".join(there))
    found: list[tuple[str, tuple[str, ...], bool]] = []
    refusals: list[InputRefused] = []
    for name in [asked] if asked else list(there):
        line, first = _first(there[name], profile)
        try:
            header, headed = header_of(first, profile, path.name, line)
            columns_of(header, profile, path.name, line)
            found.append((name, header, headed))
        except InputRefused as refusal:
            if first or asked:
                refusals.append(refusal)
    if not found:
        raise refusals[0] if refusals else InputRefused("refused.empty", file=path.name)
    if len(found) > 1:
        raise InputRefused("refused.several_sheets", file=path.name, known=", ".join(name for name, *_ in found))
    sheet, header, headed = found[0]
    return Structure(
        path,
        container.digest(path),
        path.stat().st_size,
        "xlsx",
        "xlsx",
        header,
        columns_of(header, profile, path.name, profile.file.skip + 1),
        headed,
        sheet=sheet,
    )


def read(con: db.Connection, structure: Structure, profile: Profile) -> None:
    """Fills `raw` from the sheet; `line` is the sheet's own row number."""
    insert(con, _rows(structure, profile), profile)


def _rows(structure: Structure, profile: Profile) -> Iterator[Row]:
    pick, nothing = picker(structure, profile), (None,) * len(profile.fields)
    joined = {i for at in structure.places.values() if len(at) > 1 for i in at}
    header = structure.headed
    for line, cells in enumerate(sheets(structure.path)[str(structure.sheet)], 1):
        record = [text(cell, i in joined) for i, cell in enumerate(cells)]
        if line <= profile.file.skip or not any(record):
            continue
        if header:
            header = False
        elif any(value.strip() for value in record[len(structure.header) :]):
            yield (line, "field_count", *nothing)
        elif max(map(len, record)) > LONGEST_FIELD:
            yield (line, "field_too_long", *nothing)
        else:
            yield (line, None, *pick(record + [""] * (len(structure.header) - len(record))))


def _first(rows: list[list[Any]], profile: Profile) -> tuple[int, list[str]]:
    """The number and cells of the first row with anything in it after those to skip."""
    for line, cells in enumerate(rows, 1):
        names = [text(cell, False).strip() for cell in cells]
        if line > profile.file.skip and any(names):
            while not names[-1]:
                names.pop()
            return line, names
    return profile.file.skip + 1, []


def sheets(path: Path) -> dict[str, list[list[Any]]]:
    """Cells of every sheet from the first row on."""
    with opened(path) as found:
        return {name: sheet.to_python(skip_empty_area=False) for name, sheet in found.items()}


@contextmanager
def opened(path: Path) -> Iterator[dict[str, calamine.CalamineSheet]]:
    """The sheets with cells by name. The reader's own messages may hold values and go no further."""
    try:
        with calamine.CalamineWorkbook.from_path(path) as book:
            yield {
                meta.name: book.get_sheet_by_name(meta.name)
                for meta in book.sheets_metadata
                if meta.typ == calamine.SheetTypeEnum.WorkSheet
            }
    except calamine.PasswordError:
        raise InputRefused("refused.locked", file=path.name) from None
    except calamine.CalamineError:
        raise InputRefused("refused.unreadable", file=path.name, kind="xlsx") from None
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # of the reader's native code: no subclass of Exception
            raise
        raise InputRefused("refused.unreadable", file=path.name, kind="xlsx") from None


def text(cell: Any, joined: bool) -> str:
    """A cell as text; `joined`: a part of a value, where a day has no clock."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else repr(cell)
    if isinstance(cell, dt.datetime):
        # Excel holds days as binary fractions: a whole second comes back a few microseconds off.
        near = (cell + dt.timedelta(milliseconds=500)).replace(microsecond=0)
        near = near if abs(near - cell) < dt.timedelta(milliseconds=2) else cell.replace(microsecond=0)
        return near.date().isoformat() if joined and near.time() == dt.time() else near.isoformat(" ")
    if isinstance(cell, dt.timedelta):  # a clock over 24 hours, or [h]:mm
        return str(cell).rjust(8, "0")
    return cell.isoformat() if isinstance(cell, dt.date | dt.time) else str(cell)
