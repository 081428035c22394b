"""Writes the tables of people into a build with small counts hidden. The finite list of what is published stands here.

visitors: unique visitors by day, ISO week and month. They do not add up, but the hierarchies are treated as if they did:
no hidden one is the difference of a total and what is shown. As unions they give no sums to solve, only bounds, and
those never fall under k for a part of anything shown.
status: check-ins by colour and refused entries. The colours of a group add up to its check-ins, which are public.
"""

from collections import defaultdict
from collections.abc import Iterable

import pandas as pd

from core import db, disclosure
from core.disclosure import Line

COLOURS = ("hijau", "kuning", "merah", "hitam", "unknown")
# child level -> its parent levels, of a day's, week's or month's uniques
_ABOVE = {"site": ("kelurahan", "area", "category"), "kelurahan": ("kecamatan",)}
_UNDER_CITY = ("kecamatan", "category")


def publish(con: db.Connection) -> None:
    """Writes half.visitors(period, first, level, code, visitors, suppressed) and half.status(..., measure, check_ins)."""
    visitors = db.frame(con, "FROM mart.visitors ORDER BY ALL")
    belonging = db.frame(con, "FROM mart.belonging ORDER BY ALL")
    keys = list(visitors[["period", "first", "level", "code"]].itertuples(index=False, name=None))
    value = dict(zip(keys, visitors["visitors"].tolist(), strict=True))
    _write(con, "visitors", visitors, keys, disclosure.suppress(value, value, visitor_lines(keys, belonging)))
    status = db.frame(con, "FROM mart.status ORDER BY ALL")
    keys = list(status[["period", "first", "level", "code", "measure"]].itertuples(index=False, name=None))
    value = dict(zip(keys, status["check_ins"].tolist(), strict=True))
    persons = dict(zip(keys, status["persons"].tolist(), strict=True))
    at_most = dict(zip(keys, status["at_most"].tolist(), strict=True))
    hidden = disclosure.suppress(value, persons, status_lines(keys), at_most)
    _write(con, "status", status.drop(columns=["persons", "at_most"]), keys, hidden)


def visitor_lines(keys: Iterable[tuple[str, ...]], belonging: pd.DataFrame) -> list[Line]:
    """Lines of the uniques: places within a period, and days within a week or month."""
    parts: dict[tuple[object, ...], set[tuple[object, ...]]] = defaultdict(set)
    for row in belonging.itertuples(index=False):
        when = row.period, row.first
        for child, parents in _ABOVE.items():
            for parent in parents:
                if not pd.isna(code := getattr(row, parent)):
                    parts[(*when, parent, code, child)].add((*when, child, getattr(row, child)))
        for level in _UNDER_CITY:
            parts[(*when, "city", "", level)].add((*when, level, getattr(row, level)))
    for period, first, level, code in keys:
        if period == "day":
            day = pd.Timestamp(first)
            week, month = day - pd.Timedelta(days=day.weekday()), day.replace(day=1)
            parts["week", week, level, code, "day"].add((period, first, level, code))
            parts["month", month, level, code, "day"].add((period, first, level, code))
    return [Line(sorted(found, key=str), total[:4]) for total, found in sorted(parts.items(), key=lambda p: str(p[0]))]


def status_lines(keys: Iterable[tuple[str, ...]]) -> list[Line]:
    """Lines of the check-ins by measure: colours of a group (their sum is public), days and parts of the city."""
    parts: dict[tuple[object, ...], list[tuple[object, ...]]] = defaultdict(list)
    known: dict[tuple[object, ...], list[tuple[object, ...]]] = defaultdict(list)
    for key in keys:
        period, first, level, code, measure = key
        if measure in COLOURS:
            known[period, first, level, code].append(key)
        if period == "day":
            parts["month", pd.Timestamp(first).replace(day=1), "city", "", measure, "day"].append(key)
        elif level != "city":
            parts["month", first, "city", "", measure, level].append(key)
    return [Line(found, None) for found in known.values()] + [Line(found, total[:5]) for total, found in parts.items()]


def _write(
    con: db.Connection, table: str, frame: pd.DataFrame, keys: list[tuple[str, ...]], hidden: set[tuple[str, ...]]
) -> None:
    value = frame.columns[-1]
    suppressed = [key in hidden for key in keys]
    shown = frame.assign(suppressed=suppressed, **{value: frame[value].astype("Int64").mask(pd.Series(suppressed))})
    con.register("published", shown)
    db.run(con, f"CREATE TABLE half.{table} AS SELECT * REPLACE (first::DATE AS first, {value}::INTEGER AS {value}) "
        "FROM published ORDER BY ALL")  # fmt: skip
    con.unregister("published")
