"""Writes the tables of people into a build with small counts hidden. The finite list of what is published stands here.

visitors: unique visitors by day, ISO week and month. They do not add up, but the hierarchies are treated as if they
did: no hidden one is the difference of a total and what is shown. As unions they give no sums to solve together, only
bounds, and those never fall under k for a part of anything shown.
status: check-ins by colour and refused entries. The colours of a group add up to its check-ins, which are public.
regulars: the share of a site's check-ins of an ISO week that its daily regulars made, in whole tenths, where there are
at least k regulars and at least k others. No count of persons is written, nor of their check-ins: a tenth of the
check-ins is the width of what a reader can draw from it, and both groups are known to be k or more. There is no sum to
take parts from: no share of a larger area or a longer time is published, and no two weeks have a day in common.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa

from core import db, disclosure, rules
from core.disclosure import Line

Key = tuple[Any, ...]  # period, first (date), level, code[, measure]
COLOURS = ("hijau", "kuning", "merah", "hitam", "unknown")
# child level -> its parent levels, of a day's, week's or month's uniques; over two levels too: a city's visitors less
# one shown kelurahan are those of the others, whatever is hidden between
_ABOVE = {
    "site": ("kelurahan", "kecamatan", "area", "category", "city"), "kelurahan": ("kecamatan", "city"),
    "kecamatan": ("city",), "category": ("city",),
}  # fmt: skip


def settle(con: db.Connection) -> None:
    """Decides which cells of mart.visitors and mart.status are hidden, of all periods that no seal has settled.

    A sealed month's cells, and the week that lasts into the next, stay as they were published. What was hidden in open
    periods at the last seal stays hidden while its number is the same, or the seal itself would tell it.
    """
    sealed = db.value(con, "SELECT sealed_until FROM sealed_to")
    # A week in progress at a seal has days on both sides: what stood of it then is what its other days are held to.
    context = sealed - timedelta(days=6) if sealed > date(1, 1, 7) else sealed
    visitors = _mart(con, "visitors", context)
    keys = list(visitors[["period", "first", "level", "code"]].itertuples(index=False, name=None))
    value = dict(zip(keys, visitors["visitors"].tolist(), strict=True))
    stood = {tuple(row) for row in _mart(con, "visitors_hidden", context).itertuples(index=False, name=None)}
    settled = {key: key in stood for key in keys if key[1] <= sealed}
    at_seal = {tuple(row[:4]) for row in _mart(con, "hidden_at_seal", sealed).itertuples(index=False, name=None)
               if value.get(tuple(row[:4])) == row[4]}  # fmt: skip
    settled |= dict.fromkeys(at_seal, True)
    lines = [line for line in visitor_lines(keys, _mart(con, "belonging", sealed)) if line.total in value]
    _keep(con, "visitors_hidden", disclosure.suppress(value, value, lines, None, settled) | at_seal, sealed)
    status = _mart(con, "status", sealed)
    keys = list(status[["period", "first", "level", "code", "measure"]].itertuples(index=False, name=None))
    value = dict(zip(keys, status["check_ins"].tolist(), strict=True))
    persons = dict(zip(keys, status["persons"].tolist(), strict=True))
    at_most = dict(zip(keys, status["at_most"].tolist(), strict=True))
    _keep(con, "status_hidden", disclosure.suppress(value, persons, status_lines(keys), at_most), sealed)


def publish(con: db.Connection) -> None:
    """Writes visitors(period, first, level, code, visitors, suppressed); status has measure, check_ins for visitors.

    regulars(first, site_id, tenths, suppressed): a row a site and ISO week with a check-in. tenths of the check-ins,
    0 to 10, half a tenth rounded up. It is NULL and not suppressed where the week is not known whole: days of the site
    without a file, or another pseudonym key from one of its days on.
    """
    for name, value in (("visitors", "visitors"), ("status", "check_ins")):
        key = "period, first, level, code" + (", measure" if name == "status" else "")
        db.run(
            con,
            f"""CREATE TABLE half.{name} AS
            SELECT {key}, CASE WHEN NOT suppressed THEN {value} END AS {value}, suppressed
            FROM (SELECT m.*, h.period IS NOT NULL AS suppressed
                FROM mart.{name} m LEFT JOIN mart.{name}_hidden h USING ({key})) ORDER BY ALL""",
        )
    db.run(
        con,
        f"""CREATE TABLE half.regulars AS
        SELECT first, site_id, CASE WHEN known AND NOT few THEN (20 * by_regulars + check_ins) // (2 * check_ins) END
            ::INTEGER AS tenths, known AND few AS suppressed
        FROM (SELECT *, least(regulars, visitors - regulars) < {rules.DISCLOSURE_K} AS few,
                complete AND NOT EXISTS (
                    FROM pseudonym_key WHERE valid_from > first AND valid_from <= first + 6) AS known
            FROM mart.regulars) ORDER BY ALL""",
    )


def visitor_lines(keys: Iterable[Key], belonging: pd.DataFrame) -> list[Line]:
    """Lines of the uniques: places within a period, and days within a week or month."""
    parts: dict[Key, set[Key]] = defaultdict(set)
    for row in belonging.assign(city="").itertuples(index=False):
        when = row.period, row.first
        for child, parents in _ABOVE.items():
            for parent in parents:
                if isinstance(code := getattr(row, parent), str):
                    parts[(*when, parent, code, child)].add((*when, child, getattr(row, child)))
    within: dict[date, dict[str, date]] = {}
    for period, first, level, code in keys:
        if period == "day":
            if first not in within:
                within[first] = {"week": first - timedelta(days=first.weekday()), "month": first.replace(day=1)}
            for longer, start in within[first].items():
                parts[longer, start, level, code, "day"].add((period, first, level, code))
    return [Line(sorted(found), total[:4]) for total, found in sorted(parts.items(), key=lambda part: part[0])]


def status_lines(keys: Iterable[Key]) -> list[Line]:
    """Lines of the check-ins by measure: colours of a group (their sum is public), days and parts of the city."""
    parts: dict[Key, list[Key]] = defaultdict(list)
    known: dict[Key, list[Key]] = defaultdict(list)
    for key in keys:
        period, first, level, code, measure = key
        if measure in COLOURS:
            known[period, first, level, code].append(key)
        if period == "day":
            parts["month", first.replace(day=1), "city", "", measure, "day"].append(key)
        elif level != "city":
            parts["month", first, "city", "", measure, level].append(key)
    return [Line(found, None) for found in known.values()] + [Line(found, total[:5]) for total, found in parts.items()]


def _mart(con: db.Connection, name: str, after: date) -> pd.DataFrame:
    # on `con` itself, for it is in the middle of a transaction
    frame = con.execute(f"FROM mart.{name} WHERE first > $after ORDER BY ALL", {"after": after}).df()
    return frame.assign(first=frame["first"].dt.date)  # pandas' own timestamps are slow as keys


def _keep(con: db.Connection, table: str, hidden: set[Key], sealed: date) -> None:
    db.run(con, f"DELETE FROM mart.{table} WHERE first > $sealed", {"sealed": sealed})
    if hidden:
        names = ("period", "first", "level", "code", "measure")
        rows = zip(names, zip(*sorted(hidden), strict=True), strict=False)
        con.register("published", pa.table({name: pa.array(values) for name, values in rows}))
        db.run(con, f"INSERT INTO mart.{table} FROM published")
        con.unregister("published")
