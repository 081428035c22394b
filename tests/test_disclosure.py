"""Disclosure: small counts at their edge, and an attack on every published table and its sums (R29, R30, R31)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pytest

from core import builds, disclosure, rules
from etl import disclosure as published
from tests.test_handmade import warehouse

Etl = Callable[..., int]
Key = tuple[object, ...]
K = rules.DISCLOSURE_K
BIG = 10**6


# The attack: what a reader who knows the rules, the register and every published table can work out.


@dataclass
class Table:
    """What is published of one table (None where hidden), and what a reader knows of its cells beside."""

    shown: dict[Key, int | None]
    sums: list[tuple[list[Key], Key | int]] = field(default_factory=list)  # parts = a cell, or a known number
    unions: list[tuple[list[Key], Key]] = field(default_factory=list)  # max(parts) <= a cell <= sum(parts)
    at_most: dict[Key, int] = field(default_factory=dict)
    at_least: int = 0

    @property
    def hidden(self) -> list[Key]:
        return [key for key, value in self.shown.items() if value is None]

    def solved(self) -> set[Key]:
        """Hidden cells that the sums, unions taken for sums, determine: zero in every vector of the null space."""
        column = {key: i for i, key in enumerate(self.hidden)}
        rows = []
        for parts, total in [*self.sums, *self.unions]:
            line = np.zeros(len(column))
            for sign, key in [*((1, p) for p in parts), *([] if isinstance(total, int) else [(-1, total)])]:
                if key in column:
                    line[column[key]] += sign
            if line.any():
                rows.append(line)
        if not rows:
            return set()
        _, sizes, vectors = np.linalg.svd(np.unique(np.array(rows), axis=0))
        free = vectors[int((sizes > 1e-9).sum()) :]
        return {key for key, i in column.items() if np.abs(free[:, i]).max(initial=0) < 1e-9}

    def bounds(self) -> dict[Key, tuple[int, int]]:
        """Least and most each cell can be, drawn from sums and unions until nothing narrows."""
        low = {key: self.at_least if value is None else value for key, value in self.shown.items()}
        high = {key: self.at_most.get(key, BIG) if value is None else value for key, value in self.shown.items()}
        while True:
            before = dict(low), dict(high)
            for parts, total in self.sums:
                known = isinstance(total, int)
                least, most = (total, total) if known else (low[total], high[total])
                sum_low, sum_high = sum(low[p] for p in parts), sum(high[p] for p in parts)
                for p in parts:
                    p_low, p_high = low[p], high[p]
                    low[p] = max(p_low, least - (sum_high - p_high))
                    high[p] = min(p_high, most - (sum_low - p_low))
                    sum_low, sum_high = sum_low - p_low + low[p], sum_high - p_high + high[p]
                if not known:
                    low[total], high[total] = max(low[total], sum_low), min(high[total], sum_high)
            for parts, total in self.unions:
                low[total] = max(low[total], *(low[p] for p in parts))
                high[total] = min(high[total], sum(high[p] for p in parts))
                sum_high = sum(high[p] for p in parts)
                for p in parts:
                    low[p] = max(low[p], low[total] - (sum_high - high[p]))
                    high[p] = min(high[p], high[total])
            if before == (low, high):
                return {key: (low[key], high[key]) for key in low}

    def told(self, small: Iterable[Key]) -> set[Key]:
        """Cells that should be secret and are not: any hidden one solved, or a small one within bounds of one value."""
        bounds = self.bounds()
        return self.solved() | {key for key in small if bounds[key][0] >= bounds[key][1]}


def of_build(build: str) -> Iterator[Table]:
    """The published tables of people in a build, with what its other tables say of them. Not by the publisher's lines."""
    days = builds.frame(
        build,
        """SELECT d.site_id AS site, d.day, d.visits, d.check_ins, coalesce(s.kelurahan_code, '?') AS kelurahan,
            coalesce(k.kecamatan_code, '?') AS kecamatan, s.area_id AS area, coalesce(s.category, '?') AS category,
            '' AS city
        FROM place_day d LEFT JOIN site s ON s.place_id = d.site_id
            AND d.day BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
        LEFT JOIN kelurahan k ON k.code = s.kelurahan_code WHERE d.check_ins > 0""",
    )
    first = {p: days["day"].dt.to_period(u).dt.start_time for p, u in (("day", "D"), ("week", "W-SUN"), ("month", "M"))}
    yield visitors_table(builds.frame(build, "FROM visitors"), days[days["visits"] > 0], first)
    yield status_table(builds.frame(build, "FROM status"), days, first)


def cells(frame: pd.DataFrame, value: str) -> dict[Key, int | None]:
    keys = frame.drop(columns=[value, "suppressed"]).itertuples(index=False, name=None)
    assert (frame[value].isna() == frame["suppressed"]).all()
    return {tuple(k): None if pd.isna(v) else int(v) for k, v in zip(keys, frame[value], strict=True)}


def visitors_table(shown: pd.DataFrame, days: pd.DataFrame, first: Mapping[str, pd.Series]) -> Table:
    unions: dict[tuple[object, ...], set[Key]] = defaultdict(set)
    levels = ("city", "kecamatan", "kelurahan", "area", "category", "site")
    above = [("kecamatan", "city"), ("category", "city"), ("kelurahan", "kecamatan"), ("kelurahan", "city"),
        *(("site", level) for level in levels[:-1])]  # fmt: skip
    for period, firsts in first.items():
        for row_, start in zip(days.itertuples(), firsts[days.index], strict=True):
            for child, parent in above:
                if not pd.isna(code := getattr(row_, parent)):
                    unions[period, start, parent, code, child].add((period, start, child, getattr(row_, child)))
            if period != "day":
                for level in levels:
                    if not pd.isna(code := getattr(row_, level)):
                        unions[period, start, level, code, "day"].add(("day", row_.day, level, code))
    table = Table(cells(shown, "visitors"), at_least=1)
    table.unions = [(sorted(parts, key=str), total[:4]) for total, parts in unions.items()]
    return table


def status_table(shown: pd.DataFrame, days: pd.DataFrame, first: Mapping[str, pd.Series]) -> Table:
    table = Table(cells(shown, "check_ins"))
    parts: dict[tuple[object, ...], list[Key]] = defaultdict(list)
    for key in table.shown:
        period, start, level, code, measure = key
        mine = days[(first[str(period)][days.index] == start) & (days[str(level)] == code)]
        check_ins, visits = int(mine["check_ins"].sum()), int(mine["visits"].sum())
        if measure in published.COLOURS:
            parts[period, start, level, code, check_ins].append(key)
        table.at_most[key] = {"refused": check_ins - visits, "status_unknown": visits}.get(str(measure), check_ins)
        if period == "day":
            parts["month", pd.Timestamp(str(start)).replace(day=1), "city", "", measure, "day"].append(key)
        elif level != "city":
            parts["month", start, "city", "", measure, level].append(key)
    table.sums = [(found, of[4] if isinstance(of[4], int) else of[:5]) for of, found in parts.items()]
    return table


def small_cells(here: object, name: str) -> set[Key]:
    """Keys of the cells with 1 to k - 1 persons behind them, from the warehouse."""
    persons = {"visitors": "visitors", "status": "persons"}[name]
    keys = "period, first, level, code" + (", measure" if name == "status" else "")
    found = warehouse(here, f"SELECT {keys} FROM mart.{name} WHERE {persons} BETWEEN 1 AND {K - 1}")  # type: ignore[arg-type]
    return set(found.itertuples(index=False, name=None))


def test_the_attack_on_the_hand_made_build_fails(handmade: str, here: object) -> None:
    for name, table in zip(("visitors", "status"), of_build(handmade), strict=True):
        small = small_cells(here, name)
        assert small
        assert small <= set(table.hidden)
        assert table.told(small) == set(), name


def test_the_attack_succeeds_without_the_secondary_step(
    handmade: str, here: object, etl: Etl, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disclosure, "_more", lambda *_: [])
    monkeypatch.setattr(published.disclosure, "suppress", lambda values, persons, lines: {
        key for key, n in persons.items() if 0 < n < K})  # fmt: skip
    assert etl("build") == 0
    served = builds.current(here)  # type: ignore[arg-type]
    assert served is not None
    assert served.build != handmade
    for name, table in zip(("visitors", "status"), of_build(served.build), strict=True):
        assert table.told(small_cells(here, name)), name
