"""Cells become values, or the reason why not: dates, times, words and text as a city office types them."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from core import formats, words
from etl.entry import contract

LONGEST = 300  # letters of a text
_SHOWN = 60  # of a value in a refusal
_EXACT = 1e15  # Excel keeps fifteen digits; of a longer number the last ones are made up
FIRST_DAY = dt.date(2020, 1, 1)  # before the pandemic no place had such a code: an earlier date is mistyped
_PERSON = re.compile(r"\d{16,}")  # a NIK has 16 digits, a civil servant's number 18
_BETWEEN = re.compile(r"[\s.\-/()]+")
_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_TIME = re.compile(r"(?:pukul\s*)?(\d{1,2})[.:](\d{2})(?:[.:](\d{2}))?(?:\s*wib)?")
T = TypeVar("T")


class Wrong(Exception):
    """A value that cannot be used; it says what was expected."""

    def __init__(self, key: str, **fields: object) -> None:
        super().__init__(key)
        self.expected = words.text(f"entry.expected.{key}", None, **fields)


@dataclass(frozen=True)
class Fault:
    """One refusal: where, what stands there, what was expected. `line` 0: of the sheet as a whole."""

    sheet: str
    line: int
    column: str
    value: str
    expected: str

    def said(self) -> str:
        """One line, numbers that may be somebody's masked."""
        where = [words.text("entry.in_sheet", sheet=self.sheet)] if self.sheet else []
        if self.line:
            where.append(words.text("entry.in_line", line=self.line))
        if self.column:
            where.append(words.text("entry.in_column", column=self.column))
        return words.text("entry.fault", where=", ".join(where), value=shown(self.value), expected=self.expected)


def shown(value: object) -> str:
    """A value as it may be said: short, without control signs, long numbers masked."""
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str("" if value is None else value)
    plain = "".join(" " if unicodedata.category(c)[0] == "C" else c for c in text)
    # a person's number with spaces in it is one, too
    plain = re.sub(r"\d(?:[\s.\-]?\d){15,}", lambda m: formats.masked(_BETWEEN.sub("", m[0])), plain)
    plain = formats.masked(plain)
    return plain if len(plain) <= _SHOWN else plain[: _SHOWN - 1] + "…"


def text(cell: object) -> str:
    """A cell as one line of text, '' where it is empty. Raises Wrong for what is no text a person typed as such."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, int | float):
        if abs(cell) >= _EXACT:
            raise Wrong("person")
        if cell != int(cell):
            raise Wrong("text")
        return str(int(cell))
    if not isinstance(cell, str):
        raise Wrong("text")  # '10/2021' that Excel took for a date
    plain = "".join(c for c in unicodedata.normalize("NFC", cell) if unicodedata.category(c) != "Cf")
    plain = " ".join(plain.split())
    if any(unicodedata.category(c) == "Cc" for c in plain):
        raise Wrong("printable")
    if plain.startswith("="):
        raise Wrong("formula")
    if len(plain) > LONGEST:
        raise Wrong("long", n=LONGEST)
    if _PERSON.search(plain):
        raise Wrong("person")
    return plain


def contact(cell: object) -> str:
    """An office's contact or role. Raises Wrong for a person's number, also one written with spaces or dots."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        raise Wrong("number_as_text")  # Excel has dropped the zero that telephone numbers begin with
    said = text(cell)
    if _PERSON.search(_BETWEEN.sub("", said)):
        raise Wrong("person")
    return said


def word(cell: object, known: Mapping[str, T], names: str) -> T:
    """What a word stands for; raises Wrong naming the words there are."""
    found = known.get(contract.heading(text(cell)))
    if found is None:
        raise Wrong("choice", known=names)
    return found


def day(cell: object, now: dt.datetime) -> tuple[dt.date, dt.time | None]:
    """A date, and the time where an Excel date holds one. dd/mm/yyyy, ISO, or a date of Excel; none in the future."""
    if isinstance(cell, dt.datetime):
        found, clock = cell.date(), cell.time().replace(microsecond=0) or None
        clock = None if clock == dt.time() else clock
    elif isinstance(cell, dt.date):
        found, clock = cell, None
    else:
        found, clock = _day(cell), None
    if found < FIRST_DAY:
        raise Wrong("early", first=f"{FIRST_DAY:%d/%m/%Y}")
    if found > now.date():
        raise Wrong("future", now=f"{now:%d/%m/%Y}")
    return found, clock


def any_day(cell: object) -> dt.date:
    """A date, past or future."""
    if isinstance(cell, dt.datetime):
        return cell.date()
    return cell if isinstance(cell, dt.date) else _day(cell)


def _day(cell: object) -> dt.date:
    said = cell.strip() if isinstance(cell, str) else ""
    try:
        if found := _DAY.fullmatch(said):
            return dt.date(int(found[3]), int(found[2]), int(found[1]))
        if found := _ISO.fullmatch(said):
            return dt.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass  # 31/11: no such day
    raise Wrong("date")


def clock(cell: object) -> dt.time | None:
    """A time of day, None where the cell is empty. 14.00, 14:00, or a time of Excel; a bare number is no time."""
    if isinstance(cell, dt.datetime):  # Excel's day zero, with a clock
        cell = cell.time() if cell.year < 1901 else ""
    if isinstance(cell, dt.time):
        return cell.replace(microsecond=0)
    if isinstance(cell, dt.timedelta):
        cell = str(cell) if cell < dt.timedelta(days=1) else ""
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return None
    found = _TIME.fullmatch(cell.strip().lower()) if isinstance(cell, str) else None
    try:
        if found:
            return dt.time(int(found[1]), int(found[2]), int(found[3] or 0))
    except ValueError:
        pass  # 25.00
    raise Wrong("time")


def count(cell: object) -> int:
    """A whole number from 1, with or without dots between thousands."""
    said = text(cell)
    if not re.fullmatch(r"\d{1,9}|\d{1,3}(\.\d{3}){1,2}", said) or not (n := int(said.replace(".", ""))):
        raise Wrong("count")
    return n
