"""Who guards which park: worked answers of the rules, and the plan of a Saturday from the hand-made installation."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import builds, guard_words, guards
from core.guards import Expected, Park
from core.settings import Settings
from queries import guards as queries
from reports import guards as reports
from reports.guards import Plan
from tests.files import log, row
from tests.guard_city import COUNTS, PARK, SATURDAY, counted, load_counts, view_on

Etl = Callable[..., int]


def park(name: str, day: float | None, evening: float | None = None, basis: str = "weekday", **more: object) -> Park:
    """A park with as many people expected by day and, unless said, in the evening."""
    evening = day if evening is None else evening
    expected = tuple(None if n is None else Expected(n, basis, 4) for n in (day, evening))
    return Park(name, name.upper(), expected=expected, **more)  # type: ignore[arg-type]


def shifts(parks: list[Park], n: int, minimum: int = 2) -> list[list[str]]:
    """The parks of each shift's teams, by team."""
    found = guards.assign(parks, n, minimum)
    assert all(p.guards == minimum for p in found)
    by_shift: list[list[str]] = [[] for _ in guards.SHIFTS]
    for post in found:
        by_shift[post.shift].append(post.place_id)
        assert post.team == len(by_shift[post.shift])
    return by_shift


FOUR = [park("a", 10, 400), park("b", 300, 20), park("c", None), park("d", 200, 200)]


# --- shares of the guards ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("n", "by_day", "evening", "left"),
    [
        (0, "", "", 0),
        (1, "", "", 1),
        (2, "b", "a", 0),
        (3, "b", "a", 1),
        (4, "bd", "ad", 0),
        (7, "bda", "adb", 1),
        (8, "bdac", "adbc", 0),
        (20, "bdac", "adbc", 12),
    ],
)
def test_parks_open_with_their_minimum_from_the_fullest_on(n: int, by_day: str, evening: str, left: int) -> None:
    assert shifts(FOUR, n) == [list(by_day), list(evening)]
    assert guards.reserve(guards.assign(FOUR, n), n) == [left, left]


def test_the_minimum_is_as_said() -> None:
    assert shifts(FOUR, 8, 3) == [["b", "d"], ["a", "d"]]
    assert shifts(FOUR, 8, 9) == [[], []]
    assert shifts(FOUR, 8, 1) == [["b", "d", "a", "c"], ["a", "d", "b", "c"]]


@pytest.mark.parametrize(("n", "minimum"), [(-1, 2), (8, 0)])
def test_no_negative_guards_and_no_empty_teams(n: int, minimum: int) -> None:
    with pytest.raises(ValueError):
        guards.assign(FOUR, n, minimum)


def test_ties_go_to_what_was_counted_then_by_name() -> None:
    tied = [park("b", 50), park("c", 50), park("a", 50, basis="area"), park("d", None), park("0", None)]
    assert shifts(tied, 20)[0] == ["b", "c", "a", "0", "d"]
    assert shifts(tied[::-1], 20)[0] == ["b", "c", "a", "0", "d"]


@pytest.mark.parametrize("bar", guards.BARS)
def test_a_barred_park_gets_nobody_however_many_there_are(bar: str) -> None:
    barred = replace(FOUR[1], bar=bar)
    parks = [FOUR[0], barred, FOUR[3]]
    assert shifts(parks, 200) == [["d", "a"], ["a", "d"]]
    posts = guards.assign(parks, 200)
    assert [guards.why_not(barred, k, posts) for k in (0, 1)] == [bar, bar]


def test_hours_leave_a_shift_out() -> None:
    parks = [replace(FOUR[1], shut=(False, True)), FOUR[0]]
    posts = guards.assign(parks, 2)
    assert shifts(parks, 2) == [["b"], ["a"]]
    assert [guards.why_not(parks[0], k, posts) for k in (0, 1)] == [None, "hours"]
    assert [guards.why_not(parks[1], k, posts) for k in (0, 1)] == ["short", None]
    assert guards.shut(1, [(6 * 60, 16 * 60)])  # exactly until the shift begins
    assert not guards.shut(1, [(6 * 60, 16 * 60 + 1)])
    assert not guards.shut(1, None)
    assert guards.shut(0, []) and guards.shut(1, [])  # known hours, and none of them that day


parks_of = st.lists(
    st.builds(
        park,
        st.text("abc", min_size=1, max_size=3),
        st.none() | st.integers(0, 9),
        st.none() | st.integers(0, 9),
        bar=st.sampled_from([None, None, *guards.BARS]),
    ),
    max_size=9,
    unique_by=lambda p: p.place_id,
)


@given(parks_of, st.integers(0, 30), st.integers(1, 4))
def test_any_plan_keeps_the_rules(parks: list[Park], n: int, minimum: int) -> None:
    posts = guards.assign(parks, n, minimum)
    assert posts == guards.assign(parks[::-1], n, minimum)
    for shift in range(len(guards.SHIFTS)):
        mine = [p.place_id for p in posts if p.shift == shift]
        able = {p.place_id for p in parks if p.bar is None}
        assert set(mine) <= able and len(mine) == len(set(mine)) == min(n // minimum, len(able))
        known = {p.place_id: p.expected[shift] for p in parks}
        persons = [known[p].persons if known[p] else -1 for p in mine]  # type: ignore[union-attr]
        assert persons == sorted(persons, reverse=True)
        missed = [known[p].persons if known[p] else -1 for p in able - set(mine)]  # type: ignore[union-attr]
        assert not mine or all(m <= persons[-1] for m in missed)
    assert min(guards.reserve(posts, n)) >= 0


# --- whom to expect ---------------------------------------------------------------------------------------------------
def level(of: date) -> int | None:
    return None if of < date(2021, 10, 19) else 2 if of < date(2021, 12, 14) else 1


SATURDAYS = {SATURDAY - timedelta(weeks=n): 10 * n for n in range(1, 7)}  # six at level 2: 10 to 60


def expected(peaks: dict[date, int], day: date = SATURDAY, free: frozenset[date] = frozenset()) -> Expected | None:
    return guards.from_counts(day, peaks, level, free)


def test_like_days_are_those_before_of_the_same_weekday_and_level() -> None:
    assert expected(SATURDAYS) == Expected(35.0, "weekday", 6)
    more = SATURDAYS | {SATURDAY: 999, SATURDAY + timedelta(weeks=1): 999, date(2021, 10, 16): 999}
    assert expected(more) == Expected(35.0, "weekday", 6)  # not the day itself, no later day, no other level
    assert expected(SATURDAYS, date(2021, 12, 18)) is None  # level 1: no like day
    assert expected(SATURDAYS, date(2021, 10, 9)) is None  # level not known


@pytest.mark.parametrize(("n", "basis"), [(3, None), (4, "weekday"), (5, "weekday")])
def test_four_like_days_are_needed(n: int, basis: str | None) -> None:
    found = expected(dict(list(SATURDAYS.items())[:n]))
    assert (found.basis if found else None) == basis


def test_with_too_few_of_them_days_of_the_same_kind_serve() -> None:
    week = {date(2021, 11, d): d for d in range(15, 29)}  # two weeks: 20, 21, 27, 28 are weekend
    assert expected(week) == Expected(24.0, "off", 4)
    assert expected(week, date(2021, 12, 3)) == Expected(20.5, "work", 10)
    holiday = date(2021, 11, 22)
    assert expected(week, date(2021, 12, 3), frozenset({holiday})) == Expected(19.0, "work", 9)
    assert expected(week, free=frozenset({holiday})) == Expected(22.0, "off", 5)
    assert expected(SATURDAYS, free=frozenset({SATURDAY})) == Expected(35.0, "off", 6)  # a holiday is like no weekday


def test_area_stands_in_by_the_median_of_the_counted_parks() -> None:
    counted = {"a": Expected(100, "weekday", 4), "b": Expected(60, "weekday", 4), "x": Expected(9999, "weekday", 4)}
    areas = {"a": 1000.0, "b": 200.0, "c": 500.0}  # 0.1 and 0.3 a square metre; of x the area is not known
    assert guards.from_area(500.0, counted, areas) == Expected(100.0, "area", 2)
    assert guards.from_area(None, counted, areas) is None
    assert guards.from_area(500.0, {}, areas) is None


@pytest.mark.parametrize(("persons", "shown"), [(0, 0), (2.4, 0), (2.5, 5), (7.4, 5), (7.5, 10), (250, 250)])
def test_people_expected_are_rounded(persons: float, shown: int) -> None:
    assert guard_words.about(persons) == shown


# --- the plan of a build ----------------------------------------------------------------------------------------------
@pytest.fixture
def counted_build(etl: Etl, handmade: str, here: Settings, tmp_path: Path) -> str:
    return load_counts(etl, here, counted(tmp_path))


RANKED = [
    "Alun-alun Merdeka", "Hutan Kota Malabar", "Taman Merjosari (Singha Merjosari)",
    "Taman Trunojoyo (Taman Cerdas/Bentoel)", "Taman Kendedes", "Taman Merbabu (Family Park)",
    "Alun-alun Tugu", "Taman Cerme", "Taman Kunang-kunang", "Taman Slamet",
]  # fmt: skip
AREAS = {"hutan-kota-malabar": 16718, "taman-kendedes": 5147}


def names(plan: Plan) -> list[str]:
    return [line.name for line in plan.open]


def test_the_saturday_of_the_brief(counted_build: str) -> None:
    plan = reports.plan(view_on(counted_build))
    assert plan.sentence == (
        "Sabtu 4 Des 2021, 8 petugas per sif: 4 taman dapat dibuka dengan penjagaan, 6 belum."
    )  # fmt: skip
    assert [line.name for line in plan.lines] == RANKED
    assert names(plan) == RANKED[:4]
    first = plan.lines[0]
    assert [one.persons if one else None for one in first.expected] == [250.0, 550.0]
    assert first.basis == "hitungan kepala: median puncak 4 hari Sabtu sebelumnya pada level PPKM yang sama"
    by_place = {line.place_id: line for line in plan.lines}
    for place, area in AREAS.items():
        for one, peak in zip(by_place[place].expected, (250, 550), strict=True):
            assert one is not None and one.persons == pytest.approx(peak / 23970 * area)
            assert (one.basis, one.n) == ("area", 1)
    assert by_place["taman-kendedes"].basis == "perkiraan: luas 5.147 m² x orang per m² dari 1 taman yang dihitung"
    assert "(belum dikonfirmasi)" in by_place["taman-merjosari-singha-merjosari"].basis
    assert by_place["taman-slamet"].expected == (None, None)
    assert by_place["taman-slamet"].basis.startswith("belum diketahui")
    assert {line.why for line in plan.lines[4:]} == {"petugas tidak cukup"}
    assert "86 taman dalam daftar DLH" in plan.listed and "Register memuat 10 taman" in plan.listed


@pytest.mark.parametrize(
    ("n", "opened", "left"), [(0, 0, 0), (1, 0, 1), (2, 1, 0), (9, 4, 1), (20, 10, 0), (30, 10, 10)]
)
def test_as_many_open_as_there_are_teams(n: int, opened: int, left: int, counted_build: str) -> None:
    plan = reports.plan(view_on(counted_build), n)
    assert names(plan) == RANKED[:opened]
    assert plan.reserve == (left, left)
    assert f", {n} petugas per sif: {opened} taman dapat dibuka dengan penjagaan, {10 - opened} belum" in plan.sentence
    assert ("Cadangan" in plan.in_reserve) == (left > 0)


def test_without_head_counts_everybody_is_unknown_and_the_order_is_the_names(handmade: str) -> None:
    plan = reports.plan(view_on(handmade))
    assert all(one is None for line in plan.lines for one in line.expected)
    assert names(plan) == sorted(RANKED)[:4]
    assert {line.basis.partition(":")[0] for line in plan.lines} == {"belum diketahui"}


def test_scan_counts_rank_nobody(etl: Etl, counted_build: str, here: Settings, tmp_path: Path) -> None:
    """Hundreds of check-ins at a park without head counts: the same plan, but for the word on its QR code."""
    (here.scenario / "qr.csv").open("a").write("QR-TUGU,alun-alun-tugu,pemkot,2021-11-01,,contoh,low,simulasi\n")
    assert etl("build") == 0
    plans = []
    for n in (0, 3, 300):
        if n:
            scans = [
                row(f"2021-11-{27 + k % 3} {8 + k % 12:02d}:{k % 60:02d}:00", "QR-TUGU", person=k) for k in range(n)
            ]
            path = log(tmp_path / f"tugu-{n}.csv", scans)
            assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
        served = builds.current(here)
        assert served is not None
        plans.append(reports.plan(view_on(served.build), 8))
    seen = builds.frame(
        served.build, "SELECT sum(visits) AS n FROM place_day WHERE site_id = 'alun-alun-tugu'"
    )["n"]  # fmt: skip
    assert seen.iloc[0] > 200
    assert len({p.sentence for p in plans}) == 1
    before, few, many = ([replace(line, use="") for line in p.lines] for p in plans)
    assert before == few == many
    assert [line.name for line in plans[0].lines] == RANKED


def test_a_park_whose_code_is_in_use_takes_none_of_these_guards(
    etl: Etl, counted_build: str, here: Settings, tmp_path: Path
) -> None:
    (here.scenario / "stage_event.csv").write_text(
        "event_id,place_id,stage,at,document,source,confidence,simulasi\n"
        f"e1,{PARK},installed,2021-11-02 08:00,berita acara,contoh,low,simulasi\n"
    )
    plans = []
    for each in (3, 30):
        scans = [
            row(f"2021-{day:%m-%d} {8 + k % 10:02d}:{k // 10:02d}:00", "QR-ALM-1", person=1000 + k)
            for day in (date(2021, 11, 22) + timedelta(days=n) for n in range(13))
            for k in range(each)
        ]
        path = log(tmp_path / f"ramai-{each}.csv", scans)
        assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
        served = builds.current(here)
        assert served is not None
        plans.append(reports.plan(view_on(served.build)))
    assert plans[0].lines == plans[1].lines
    plan = plans[0]
    assert names(plan) == RANKED[1:5]
    [own] = [line for line in plan.lines if line.decision == "own"]
    assert (own.place_id, own.use, own.posts) == (PARK, "dipakai", (None, None))
    assert "pastikan" in own.why
    assert plan.sentence.endswith("6 belum (1 QR-nya dipakai, penjaganya perlu dipastikan).")
    assert plan.open[0].expected[0] is not None  # what was counted there still serves the others


# --- closures, unknown rules, hours, limits ---------------------------------------------------------------------------
def test_a_dated_closure_wins(counted_build: str) -> None:
    plan = reports.plan(view_on(counted_build, date(2021, 12, 24)), 200)
    assert plan.open == ()
    assert {line.why for line in plan.lines} == {"ditutup: SE Wali Kota Malang 71/2021"}
    assert "0 taman dapat dibuka dengan penjagaan, 10 belum (10 ditutup" in plan.sentence
    one_park = reports.plan(view_on(counted_build, date(2021, 10, 20)), 200)
    [shut] = [line for line in one_park.lines if line.decision == "closed"]
    assert (shut.place_id, shut.why) == (PARK, "ditutup: dokumennya tidak diketahui")
    assert len(one_park.open) == 9
    assert len(reports.plan(view_on(counted_build, date(2021, 12, 23)), 200).open) == 10  # the day before
    assert reports.plan(view_on(counted_build, date(2022, 1, 2)), 200).open == ()  # its last day


def test_midnight_is_the_end_of_its_day(counted_build: str) -> None:
    view = replace(view_on(counted_build), moment=datetime(2021, 12, 24))
    assert queries.day(view) == date(2021, 12, 23)
    assert len(reports.plan(view, 200).open) == 10


def test_where_the_rule_is_not_known_nobody_may_say_that_a_park_opens(counted_build: str) -> None:
    plan = reports.plan(view_on(counted_build, date(2022, 1, 10)), 200)
    assert plan.open == ()
    assert {line.decision for line in plan.lines} == {"rule"}
    assert all("level PPKM tidak diketahui" in line.why for line in plan.lines)


def test_days_on_which_the_park_was_closed_are_no_like_days(
    etl: Etl, handmade: str, here: Settings, tmp_path: Path
) -> None:
    """Wednesday 20 October was fenced: of five Wednesdays four are left, of four three, which is too few."""
    days = [date(2021, 10, 20) + timedelta(weeks=n) for n in range(5)]
    build = load_counts(etl, here, counted(tmp_path, {d: (100 + n, 1) for n, d in enumerate(days)}))
    plan = {line.place_id: line for line in reports.plan(view_on(build, date(2021, 11, 24))).lines}
    assert plan[PARK].expected[0] == Expected(102.5, "weekday", 4)
    fewer = {line.place_id: line for line in reports.plan(view_on(build, date(2021, 11, 17))).lines}
    assert fewer[PARK].expected[0] is None


def test_known_hours_leave_a_shift_out_of_the_plan(etl: Etl, counted_build: str, here: Settings) -> None:
    head = "place_id,weekday,opens,closes,valid_from,valid_to,source,confidence,simulasi\n"
    (here.scenario / "hours.csv").write_text(
        head + f"{PARK},6,05:30,16:00,,,test,low,simulasi\ntaman-slamet,1,06:00,18:00,,,test,low,simulasi\n"
    )
    assert etl("build") == 0
    served = builds.current(here)
    assert served is not None
    plan = reports.plan(view_on(served.build), 200)
    found = {line.place_id: line for line in plan.lines}
    assert [bool(p) for p in found[PARK].posts] == [True, False]
    assert found[PARK].why == "16.00-24.00: di luar jam buka"
    assert "9 taman dapat dibuka dengan penjagaan (1 satu sif saja), 1 belum (1 di luar jam buka)." in plan.sentence
    assert found["taman-slamet"].decision == "hours"  # its hours are known, and Saturday is none of them
    assert plan.reserve == (200 - 2 * 9, 200 - 2 * 8)


def test_the_limit_is_in_persons(etl: Etl, counted_build: str, here: Settings) -> None:
    (here.scenario / "site.csv").write_text(
        f"place_id,capacity,source,confidence,simulasi\n{PARK},600,contoh,low,simulasi\n"
    )
    assert etl("build") == 0
    served = builds.current(here)
    assert served is not None
    found = {line.place_id: line for line in reports.plan(view_on(served.build)).lines}
    assert found[PARK].limit == "Batas 150 orang (25 % dari 600 (simulasi))"
    assert found[PARK].persons == 150
    assert found["taman-slamet"].limit == "Batas belum diketahui (kapasitas belum diketahui)"
    assert found["taman-slamet"].persons is None


def test_filters_change_nothing(counted_build: str) -> None:
    whole = reports.plan(view_on(counted_build))
    part = reports.plan(view_on(counted_build, kelurahan="35.73.02.1004", category="mal"))
    assert whole.lines == part.lines and whole.sentence == part.sentence


def test_a_register_without_parks_says_so(here: Settings) -> None:
    assert guard_words.sentence(SATURDAY, 8, [], "id").startswith("Register belum memuat taman")


def test_the_message_has_the_plan_and_no_contact(counted_build: str) -> None:
    plan = reports.plan(view_on(counted_build))
    said = plan.whatsapp("http://kota/taman?x=1").split("\n")
    assert said[0] == "*Jadwal Jaga taman: Sabtu 4 Des 2021*"
    assert said[1].startswith("*DATA SIMULASI")
    assert said[2] == plan.sentence
    posts = [line for line in said if line.startswith("- Regu")]
    assert len(posts) == 8  # four parks in two shifts
    assert posts[0].endswith(". Perkiraan 250 orang menurut hitungan kepala.")
    assert posts[1].endswith(". Perkiraan 175 orang menurut luas.")
    assert posts[0].startswith("- Regu 1, 2 petugas: *Alun-alun Merdeka* (Kiduldalem). Batas belum diketahui")
    [left] = [line for line in said if line.startswith("- petugas tidak cukup: ")]
    assert left.partition(": ")[2].split(", ") == RANKED[4:]
    assert said[said.index(left) - 1] == "*Belum dibuka (6)*"
    assert said[-1] == "Tautan: http://kota/taman?x=1"
    assert counted_build in said[-2]
    english = reports.plan(replace(view_on(counted_build), language="en"))
    assert english.sentence == "Saturday 4 Dec 2021, 8 guards a shift: 4 parks can open with guards, 6 cannot yet."
    assert "petugas" not in english.whatsapp("x") and "taman d" not in english.whatsapp("x")


def test_a_build_of_before_has_no_areas(etl: Etl, counted_build: str, here: Settings) -> None:
    """Schema 5 knew none: parks without head counts are unknown there, and the page still opens."""
    from core import db

    builds.close_all()
    con = db.open_for_writing(builds.file_of(here, counted_build), here, create=False)
    for table in ("site_area", "place_instant", "source_clock"):
        db.run(con, f"DROP TABLE {table}")
    for column in ("bound", "expected", "estimated", "expected_seconds"):
        db.run(con, f"ALTER TABLE place_hour DROP COLUMN {column}")
    for column in ("regulars", "model"):
        db.run(con, f"ALTER TABLE dwell DROP COLUMN {column}")
    for column in ("lower_seconds", "upper_seconds"):
        db.run(con, f"ALTER TABLE dwell ADD COLUMN {column} BIGINT")
    db.run(con, "UPDATE meta SET value = '5' WHERE key = 'schema_version'")
    con.close()
    assert etl("build") == 0  # the command migrates what lies there
    queries._parks.cache_clear()
    found = queries.parks(view_on(counted_build)).set_index("place_id")
    assert pd.isna(found["area_m2"]).all()
    assert found.loc[PARK, "expected"][0] == Expected(250.0, "weekday", len(COUNTS))
    assert found.loc["taman-kendedes", "expected"] == (None, None)
