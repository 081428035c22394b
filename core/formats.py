"""Numbers, days and times as an Indonesian city office writes them. Names from here, never from a browser's locale."""

import re
from datetime import date, datetime

_DAYS = {
    "id": ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_SHORT_DAYS = {"id": ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min"), "en": tuple(d[:3] for d in _DAYS["en"])}
_MONTHS = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}

_LONG_NUMBER = re.compile("([0-9]{2})[0-9]{5,}([0-9]{2})")


def masked(text: str) -> str:
    """Of numbers of nine digits and more, which may be somebody's, only the ends: '99...44.csv'."""
    return _LONG_NUMBER.sub(r"\1...\2", text)


def number(value: float, decimals: int = 0, language: str = "id") -> str:
    """1234567.8 -> '1.234.567,8' (id) or '1,234,567.8' (en); half rounds to even as in Python."""
    english = f"{value:,.{decimals}f}"
    return english if language == "en" else english.translate(str.maketrans(",.", ".,"))


def short(value: int, language: str = "id") -> str:
    """Three significant digits for where room is short: 10405 -> '10,4 rb' (id) or '10.4k' (en)."""
    for size, names in ((1_000_000, {"id": " jt", "en": "m"}), (1_000, {"id": " rb", "en": "k"})):
        if value >= size:
            share = value / size
            return number(share, 0 if share >= 99.95 else 1 if share >= 9.995 else 2, language) + names[language]
    return number(value, 0, language)


def weekday(index: int, language: str = "id") -> str:
    """ISO weekday 1-7 -> 'Sen' ... 'Min'."""
    return _SHORT_DAYS[language][index - 1]


def day(value: date, language: str = "id", *, long: bool = True) -> str:
    """'Senin 29 Nov 2021', or 'Sen 29 Nov' when not `long`."""
    names = _DAYS if long else _SHORT_DAYS
    text = f"{names[language][value.weekday()]} {value.day} {_MONTHS[language][value.month - 1]}"
    return f"{text} {value.year}" if long else text


def period(first: date, last: date, language: str = "id") -> str:
    """'Senin 29 Nov 2021', or 'Sen 22 Nov s.d. Min 28 Nov 2021'; the first year is named where it differs."""
    if first == last:
        return day(first, language)
    until = " s.d. " if language == "id" else " to "
    year = "" if first.year == last.year else f" {first.year}"
    return f"{day(first, language, long=False)}{year}{until}{day(last, language, long=False)} {last.year}"


def moment(value: datetime, language: str = "id") -> str:
    """'28 Okt 2021 pukul 15.00 WIB'."""
    if language == "en":
        return f"{value.day} {_MONTHS['en'][value.month - 1]} {value.year}, {value:%H:%M} WIB"
    return f"{value.day} {_MONTHS['id'][value.month - 1]} {value.year} pukul {value:%H.%M} WIB"


def instant(value: datetime, language: str = "id") -> str:
    """'Sel 30 Nov 14.00': a deadline, which is near."""
    return f"{day(value.date(), language, long=False)} {value:{'%H:%M' if language == 'en' else '%H.%M'}}"


def month(value: date, language: str = "id") -> str:
    """'Nov 2021'."""
    return f"{_MONTHS[language][value.month - 1]} {value.year}"


def distance(metres: float, language: str = "id") -> str:
    """'180 m' (to ten metres) or '1,1 km'."""
    rounded = round(metres, -1)
    return f"{number(rounded, 0, language)} m" if rounded < 1000 else f"{number(metres / 1000, 1, language)} km"
