"""Times as logs write them, as SQL: any form a profile names, months in Indonesian or English, zones and epochs."""

import itertools
import re
from dataclasses import dataclass
from datetime import datetime

from etl.profile import EPOCHS, Profile

WIB = "Asia/Jakarta"
_MONTHS = {
    "January": "januari|jan",
    "February": "februari|pebruari|february|feb|peb",
    "March": "maret|march|mar|mrt",
    "April": "april|apr",
    "May": "mei|may",
    "June": "juni|june|jun",
    "July": "juli|july|jul",
    "August": "agustus|august|agust|agu|ags|agt|aug",
    "September": "september|sept|sep",
    "October": "oktober|october|okt|oct",
    "November": "november|nopember|nov|nop",
    "December": "desember|december|des|dec",
}
_WEEKDAYS = (
    "senin|selasa|rabu|kamis|jum.?at|sabtu|minggu|ahad|sen|sel|rab|kam|jum|sab|min|mgg|"
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun"
)
_LAST_EPOCH = 253_402_300_799  # the end of the year 9999; beyond it DuckDB fails instead of giving NULL
_PROBE = datetime(2021, 3, 4, 5, 6, 7)


@dataclass(frozen=True)
class Read:
    """SQL: a column of text as WIB in whole seconds, NULL where no form fits; and whether two forms disagree on it."""

    moment: str
    twice: str


def wib(field: str, profile: Profile) -> Read:
    """The moment of `raw.field` under the forms of the profile."""
    if field not in profile.columns:
        return Read("NULL::TIMESTAMP", "false")
    forms = profile.time.formats
    trimmed = f"CASE WHEN {bare(f'raw.{field}')} THEN raw.{field} ELSE trim(raw.{field}) END"
    read = [parsed(trimmed, form, profile.time.zone) for form in forms]
    twice = [
        f"coalesce({read[a]} <> {read[b]}, false)"
        for a, b in itertools.combinations(range(len(forms)), 2)
        if _may_differ(forms[a], forms[b])
    ]
    moment = f"date_trunc('second', coalesce({', '.join(read)}))"
    return Read(moment, " OR ".join(twice) or "false")


def bare(text: str) -> str:
    """SQL, much quicker than a trim: whether a text of ASCII begins with a letter or digit and ends with no space."""
    begins = f"{text} >= '0' AND {text} < '{{' AND NOT ({text} >= '=' AND {text} < '>')"  # ="0012" is no bare text
    return f"({begins} AND strlen({text}) = length({text}) AND NOT ends_with({text}, ' '))"


def turned(value: str, profile: Profile) -> str | None:
    """SQL reading `value` with day and month the other way round; None where no form begins with the two as numbers."""
    forms = [
        re.sub("%-?([dm])(.)%-?([dm])", r"%\3\2%\1", form)
        for form in profile.time.formats
        if re.match("%-?d.%-?m|%-?m.%-?d", form)
    ]
    return f"coalesce({', '.join(parsed(f'trim({value})', f, WIB) for f in forms)})" if forms else None


def parsed(text: str, form: str, zone: str) -> str:
    """SQL reading a text expression by one form as WIB; NULL where it does not fit."""
    if form in EPOCHS:
        number, last = f"try_cast({text} AS BIGINT)", _LAST_EPOCH * EPOCHS[form]
        seconds = f"CASE WHEN {number} BETWEEN 0 AND {last} THEN {number} / {EPOCHS[form]} END"
        return f"timezone('{WIB}', to_timestamp({seconds}))"
    if "%z" in form:
        # 'Z' is how most programs write UTC, and no offset to strptime
        return f"timezone('{WIB}', try_strptime(regexp_replace({text}, '[zZ]$', '+00'), {literal(form)}))"
    if re.search("%[aAbB]", form):
        text = _english(text, form)
    read = f"try_strptime({text}, {literal(form)})"
    # '21' for %Y is the year 21: no form of four digits fits it
    read = f"CASE WHEN year({read}) >= 1000 THEN {read} END" if "%Y" in form else read
    return read if zone == WIB else f"timezone('{WIB}', timezone({literal(zone)}, {read}))"


def _english(text: str, form: str) -> str:
    """Names of days and months as strptime knows them; a day's name is not held against its date."""
    said = f"lower({text})"
    if "%a" in form or "%A" in form:
        said = f"regexp_replace({said}, '^({_WEEKDAYS})\\b', '{'monday' if '%A' in form else 'mon'}')"
    word = f"regexp_extract({said}, '\\b({'|'.join(_MONTHS.values())})\\b')"
    long = "%B" in form
    whens = " ".join(
        f"WHEN regexp_full_match({word}, '{names}') THEN '{(name if long else name[:3]).lower()}'"
        for name, names in _MONTHS.items()
    )
    return (
        f"CASE WHEN {word} <> '' THEN replace({said}, {word}, CASE {whens} END) END" if "%b" in form or long else said
    )


def _may_differ(one: str, other: str) -> bool:
    """Whether one text may be two moments under the two forms, by trying a text of each in the other."""
    if {one, other} & {*EPOCHS} or ("%z" in one) != ("%z" in other):
        return False
    for a, b in ((one, other), (other, one)):
        try:
            if datetime.strptime(_PROBE.strftime(a), b) != datetime.strptime(_PROBE.strftime(a), a):
                return True
        except ValueError:
            continue
    return False


def literal(value: str) -> str:
    """Words and forms of a profile as SQL text: a profile is ours or the operator's, and quotes are doubled."""
    return "'" + value.replace("'", "''") + "'"
