"""Disclosure: small counts at their edge, and an attack on every published table and its sums (R29, R30, R31)."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import builds, clock, disclosure, places, rules
from core.disclosure import Line
from core.settings import Settings
from etl import build, store
from etl import disclosure as published
from tests.files import log, row
from tests.stores import content
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

    @property
    def hidden(self) -> list[Key]:
        return [key for key, value in self.shown.items() if value is None]

    def solved(self) -> set[Key]:
        """Hidden cells that the sums, and unions of one part, determine: 0 in every vector of the null space."""
        column = {key: i for i, key in enumerate(self.hidden)}
        rows = []
        for parts, total in [*self.sums, *(union for union in self.unions if len(union[0]) == 1)]:
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

    def differences(self) -> set[Key]:
        """Hidden cells that are a total less what is shown, unions taken for sums; and parts of a sum that are few."""
        told = set()
        for parts, total in [*self.sums, *self.unions]:
            value = total if isinstance(total, int) else self.shown[total]
            inside = {p for p in parts if self.shown[p] is None}
            if value is None:
                told |= set() if inside else {total}
            elif len(inside) == 1:
                told |= inside
        for parts, total in self.sums:
            value = total if isinstance(total, int) else self.shown[total]
            inside = {p for p in parts if self.shown[p] is None}
            # a group of fewer than k check-ins in all is known by its own total, and none of its colours is shown
            if value is not None and inside and value - sum(self.shown[p] or 0 for p in parts) < min(K, value):
                told |= inside
        return told

    def bounds(self, known: Iterable[Key]) -> dict[Key, tuple[int, int]]:
        """Least and most of each cell, by sums and unions, for a reader who is even told that `known` are not 0."""
        known = set(known)
        low = {key: int(key in known) if value is None else value for key, value in self.shown.items()}
        high = {key: self.at_most.get(key, BIG) if value is None else value for key, value in self.shown.items()}
        while True:
            before = dict(low), dict(high)
            for parts, total in self.sums:
                least, most = (total, total) if isinstance(total, int) else (low[total], high[total])
                lows, highs = sum(low[p] for p in parts), sum(high[p] for p in parts)
                if not isinstance(total, int):
                    low[total], high[total] = max(least, lows), min(most, highs)
                for p in parts:
                    found = max(low[p], least - highs + high[p]), min(high[p], most - lows + low[p])
                    lows, highs = lows + found[0] - low[p], highs + found[1] - high[p]
                    low[p], high[p] = found
            for parts, total in self.unions:
                highs = sum(high[p] for p in parts)
                low[total] = max(low[total], *(low[p] for p in parts))
                high[total] = min(high[total], highs)
                for p in parts:
                    low[p] = max(low[p], low[total] - highs + high[p])
                    highs, high[p] = highs - max(high[p] - high[total], 0), min(high[p], high[total])
            if before == (low, high):
                return {key: (low[key], high[key]) for key in low}

    def told(self, small: Iterable[Key]) -> set[Key]:
        """Cells that should be secret and are not. `small` are those of fewer than k persons, and not 0."""
        certain = {key for key in small if self.at_most.get(key, BIG) >= K}
        bounds = self.bounds(certain)
        narrow = {key for key in small if bounds[key][0] >= bounds[key][1]}
        return self.solved() | self.differences() | narrow | {key for key in small if self.shown[key] is not None}


def of_build(build: str) -> Iterator[Table]:
    """The published tables of people in a build, with what its other tables say of them; not the publisher's lines."""
    days = builds.frame(
        build,
        """SELECT d.site_id AS site, d.day, d.visits, d.check_ins, coalesce(s.kelurahan_code, '?') AS kelurahan,
            coalesce(k.kecamatan_code, '?') AS kecamatan, s.area_id AS area, coalesce(s.category, '?') AS category,
            '' AS city
        FROM place_day d LEFT JOIN site s ON s.place_id = d.site_id
            AND d.day BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
        LEFT JOIN kelurahan k ON k.code = s.kelurahan_code WHERE d.check_ins > 0""",
    )
    first = firsts(days["day"])
    people = cells(builds.frame(build, "FROM visitors"), "visitors")
    yield visitors_table(people, days[days["visits"] > 0], first)
    yield status_table(builds.frame(build, "FROM status"), days, first)


def cells(frame: pd.DataFrame, value: str) -> dict[Key, int | None]:
    keys = frame.drop(columns=[value, "suppressed"]).itertuples(index=False, name=None)
    assert (frame[value].isna() == frame["suppressed"]).all()
    return {tuple(k): None if pd.isna(v) else int(v) for k, v in zip(keys, frame[value], strict=True)}


def firsts(day: "pd.Series[pd.Timestamp]") -> dict[str, "pd.Series[pd.Timestamp]"]:
    """First day of the day, ISO week and month of each."""
    return {p: day.dt.to_period(unit).dt.start_time for p, unit in (("day", "D"), ("week", "W-SUN"), ("month", "M"))}


def visitors_table(
    shown: dict[Key, int | None], days: pd.DataFrame, first: Mapping[str, "pd.Series[pd.Timestamp]"]
) -> Table:
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
    table = Table(shown)
    table.unions = [(sorted(parts, key=str), total[:4]) for total, parts in unions.items()]
    return table


def status_table(shown: pd.DataFrame, days: pd.DataFrame, first: Mapping[str, "pd.Series[pd.Timestamp]"]) -> Table:
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


def small_cells(here: Settings, name: str) -> set[Key]:
    """Keys of the cells with 1 to k - 1 persons behind them, from the warehouse."""
    persons = {"visitors": "visitors", "status": "persons"}[name]
    keys = "period, first, level, code" + (", measure" if name == "status" else "")
    found = warehouse(here, f"SELECT {keys} FROM mart.{name} WHERE {persons} BETWEEN 1 AND {K - 1}")
    return set(found.itertuples(index=False, name=None))


def test_the_attack_on_the_hand_made_build_fails(handmade: str, here: Settings) -> None:
    for name, table in zip(("visitors", "status"), of_build(handmade), strict=True):
        small = small_cells(here, name)
        assert small
        assert table.told(small) == set(), name


def test_the_attack_succeeds_without_the_secondary_step(
    handmade: str, here: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        disclosure, "suppress", lambda values, persons, *_: {k for k, n in persons.items() if 0 < n < K}
    )
    with store.writer(here):
        build.build(here, clock.now(), whole=True)
    served = builds.current(here)
    assert served is not None
    assert served.build != handmade
    for name, table in zip(("visitors", "status"), of_build(served.build), strict=True):
        assert table.told(small_cells(here, name)), name


# The rule on its own.


def test_98_less_40_and_55_is_not_told() -> None:
    """R30: the third part, 3, follows from the total and the other two unless another is hidden."""
    line = Line("abc", "all")
    values = {"a": 40, "b": 55, "c": 3, "all": 98}
    assert disclosure.suppress(values, values, [line]) == {"c", "a"}


@pytest.mark.parametrize(("persons", "hidden"), [(0, False), (1, True), (4, True), (5, False), (6, False)])
def test_a_cell_at_k(persons: int, hidden: bool) -> None:
    assert disclosure.suppress({"a": persons * 3}, {"a": persons}, []) == ({"a"} if hidden else set())


def test_an_only_part_is_hidden_with_its_total() -> None:
    for values in ({"a": 4, "all": 4}, {"a": 9, "all": 9, "up": 9}):
        lines = [Line("a", "all"), *([Line(["all"], "up")] if "up" in values else [])]
        hidden = disclosure.suppress(values, {**values, "a": 4}, lines)
        assert hidden == set(values)


def test_parts_of_few_persons_are_hidden_with_more_however_often_these_came() -> None:
    values, persons = {"a": 30, "b": 30, "c": 70, "all": 130}, {"a": 1, "b": 2, "c": 50, "all": 53}
    assert disclosure.suppress(values, persons, [Line("abc", "all")]) == {"a", "b", "c"}


def test_a_cycle_of_sums_is_broken() -> None:
    """Three hidden cells in three lines of two follow from the totals, though each line hides two."""
    values = {"a": 4, "b": 6, "c": 7, "d": 50}
    at_most = dict.fromkeys(values, 100)
    lines = [Line("abd", None), Line("bcd", None), Line("acd", None)]
    assert disclosure.suppress(values, values, lines) == {"a", "b", "c"}
    assert disclosure.suppress(values, values, lines, at_most) == {"a", "b", "c", "d"}


def test_a_cell_known_to_be_few_is_hidden_even_at_zero() -> None:
    values = {"a": 0, "b": 20}
    assert disclosure.suppress(values, values, [], {"a": 4, "b": 20}) == {"a"}
    assert disclosure.suppress(values, values, [], {"a": 5, "b": 20}) == set()


COUNTS = st.sampled_from([0, 0, 0, 1, 2, 4, 5, 6, 9, 30])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_random_tables_of_check_ins_withstand_the_attack(data: st.DataObject) -> None:
    """Two days of one month, two kecamatan and two categories, each with its colours: the lines of `status`."""
    colours = published.COLOURS
    of_colour = {c: data.draw(st.lists(COUNTS, min_size=8, max_size=8)) for c in colours}  # day x kecamatan x category
    refused = {c: [data.draw(st.integers(0, min(n, 3))) for n in counts] for c, counts in of_colour.items()}
    month = pd.Timestamp("2021-12-01")
    counted: dict[Key, int] = defaultdict(int)
    public: dict[Key, int] = defaultdict(int)
    entered: dict[Key, int] = defaultdict(int)
    for i in range(8):
        day = month + pd.Timedelta(days=i // 4)
        for group in (("day", day, "city", ""), ("month", month, "city", ""), ("month", month, "kecamatan", str(i % 2)),
            ("month", month, "category", str(i // 2 % 2))):  # fmt: skip
            for colour in colours:
                counted[*group, colour] += of_colour[colour][i]
                counted[*group, "refused"] += refused[colour][i]
                public[group] += of_colour[colour][i]
                entered[group] += of_colour[colour][i] - refused[colour][i]
    values = {key: n for key, n in counted.items() if public[key[:4]]}
    at_most = {k: public[k[:4]] - (entered[k[:4]] if k[4] == "refused" else 0) for k in values}
    lines = published.status_lines(values)
    sums = [(list(line.parts), public[line.parts[0][:4]] if line.total is None else line.total) for line in lines]
    hidden = disclosure.suppress(values, values, lines, at_most)
    table = Table({k: None if k in hidden else n for k, n in values.items()}, sums, [], at_most)
    assert table.told({k for k, n in values.items() if 0 < n < K}) == set()


PLACES = {
    "A": ("k1", "c1", "x", "p"),
    "B": ("k1", "c1", None, "q"),
    "C": ("k2", "c1", "x", "q"),
    "D": ("k3", "c2", "y", "p"),
}
SEEN = st.tuples(
    st.integers(1, 12), st.sampled_from(["2021-11-30", "2021-12-01", "2021-12-06"]), st.sampled_from("ABCD")
)


@settings(max_examples=60, deadline=None)
@given(st.lists(SEEN, min_size=1, max_size=60))
def test_random_visitors_withstand_the_attack(seen: list[tuple[int, str, str]]) -> None:
    levels = ("kelurahan", "kecamatan", "area", "category")
    days = pd.DataFrame([(v, pd.Timestamp(d), s, *PLACES[s], "") for v, d, s in seen],
        columns=["visitor", "day", "site", *levels, "city"])  # fmt: skip
    first = firsts(days["day"])
    people: dict[Key, set[int]] = defaultdict(set)
    for period, start in first.items():
        for level in ("site", *levels, "city"):
            for visitor, at, code in zip(days["visitor"], start, days[level], strict=True):
                if isinstance(code, str):
                    people[period, at, level, code].add(visitor)
    values = {key: len(them) for key, them in people.items()}
    belonging = pd.concat([days.drop(columns="day").assign(period=p, first=start) for p, start in first.items()])
    hidden = disclosure.suppress(values, values, published.visitor_lines(values, belonging))
    shown = {key: None if key in hidden else n for key, n in values.items()}
    table = visitors_table(shown, days, first)
    assert table.told({key for key, n in values.items() if n < K}) == set()


# Through a real load and build.


@pytest.mark.parametrize("persons", [4, 5, 6])
def test_the_edge_in_a_build(persons: int, etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    """That many persons on one day, and that many of colour kuning on another: hidden under k, shown from k on."""
    rows = [row(f"2021-12-01 08:{n:02}:00", person=n, status_warna=said) for n, said in
        [*((n, "hijau") for n in range(1, 41)), *((50 + n, "kuning") for n in range(persons))]]  # fmt: skip
    other = [row("2021-12-02 08:00:00", "QR-KWW-1", person=n, status_warna="hijau") for n in range(persons)]
    path = log(tmp_path / "small.csv", [*rows, *other])
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    served = builds.current(here)
    assert served is not None
    people = builds.frame(
        served.build, "SELECT visitors FROM visitors WHERE period = 'day' AND level = 'city' ORDER BY first"
    )["visitors"]
    colour = builds.frame(
        served.build,
        "SELECT check_ins FROM status WHERE period = 'day' AND first = '2021-12-01' AND measure = 'kuning'",
    )["check_ins"]
    said = [None if pd.isna(n) else int(n) for n in (people[1], colour[0])]
    assert said == ([None, None] if persons < K else [persons, persons])


def test_the_order_of_loads_changes_nothing(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    """Which of two equal cells is hidden beside a third is a matter of their names."""
    rows = [row("2021-12-01 08:00:00", code, person=n + at) for at, code in ((0, "QR-SKN-1"), (100, "QR-KWW-1"))
        for n in range(7)]  # fmt: skip
    rows += [row("2021-12-01 09:00:00", "QR-MTS-1", person=200)]
    path = log(tmp_path / "a.csv", rows)
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    one = content(here)
    assert etl("unload", path.name) == 0
    assert etl("load", log(tmp_path / "b.csv", rows[::-1]), "--profile", "pedulilindungi", "--build") == 0
    assert content(here) == one


# R31: no other column tells of colour, and no other table counts persons.

PUBLISHED = {
    "completeness": "source_id day share",
    "dwell": "month category fitted_on matched regulars model",
    "aside": "kind code source n since until",
    "counter_day": "site_id place_id day readings n_in n_out drift negative over_capacity",
    "file": "file_id name profile shape state noted_at reason detail arrived loaded duplicates rejected kept_aside "
    "sealed",
    "finding": "kind place_id detail",
    "head_count": "site_id place_id day counted_at inside n_in n_out interval_minutes capacity net negative "
    "over_capacity",
    "holiday": "day name",
    "key_change": "day",
    "meta": "key value",
    "outline": "level code name lat lon geometry",
    "door_day": "place_id site_id day covered check_ins first_at",
    "regulars": "first site_id tenths suppressed",
    "place_day": "site_id day covered visits check_ins check_outs orphans unmatched",
    "place_hour": "site_id hour visits check_ins check_outs unmatched occupied_seconds peak bound expected estimated "
    "expected_seconds peak_low peak_high",
    "place_instant": "site_id hour inside bound expected low high",
    "qr": "place_id source_id valid_from valid_to simulated",
    "retention": "month state scans_until sealed_at register_at",
    "revision": "n build_id published_at day visits check_ins places known_places completeness provisional why",
    "total": "day visits check_ins places known_places completeness provisional",
    "upload": "source_id last",
    "source_clock": "source_id last_scan",
    "reject_sample": "file_id line field reason value expected",
    "reject_reason": "file_id reason field expected n first_line",
    "warning": "file_id kind source_id day n usual",
    "site_of": "place_id site_id",
    "source_day": "source_id day",
    "status": "period first level code measure check_ins suppressed",
    "visitors": "period first level code visitors suppressed",
}


def test_a_build_publishes_these_tables_and_columns_alone(handmade: str) -> None:
    found = builds.frame(
        handmade,
        """SELECT table_name AS name, string_agg(column_name, ' ' ORDER BY ordinal_position) AS columns
        FROM information_schema.columns GROUP BY table_name""",
    ).set_index("name")["columns"]
    register = {name for name in (*places.TABLES, *places.ASSUMPTIONS) if name != "qr"}
    assert found.drop(list(register)).to_dict() == PUBLISHED
    status = builds.frame(handmade, "SELECT DISTINCT period, level FROM status ORDER BY ALL")
    assert list(status.itertuples(index=False, name=None)) == [
        ("day", "city"), ("month", "category"), ("month", "city"), ("month", "kecamatan")
    ]  # fmt: skip
