"""Check-ins by the place a code stands for, and daily regulars: worked answers, codes that move, disclosure."""

import math
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest

from core import builds, rules
from core.rollout import Observed, use
from core.settings import Settings
from etl import dirty, purge, register, store
from queries import coverage, regulars, stages
from queries import use as use_query
from tests.files import Row, log, row, view_of
from tests.stores import Etl, load, table
from tests.test_handmade import ANSWERS, answers, warehouse
from tests.test_purge import NOVEMBER, at

K = rules.DISCLOSURE_K
Level = Literal["site", "door"]
MONDAY = date(2021, 11, 29)


def served(here: Settings) -> str:
    found = builds.current(here)
    assert found is not None
    return found.build


def check_ins() -> pd.DataFrame:
    """Check-ins of the hand-made log by its verdicts: site, place, person, day, monday, time, verdict."""
    sample = ANSWERS.parent.parent / "data" / "sample"
    place = pd.read_csv(sample / "scenario" / "qr.csv", dtype=str).set_index("qr_code")["place_id"]
    scanned = pd.read_csv(sample / "contoh.csv", dtype=str, keep_default_na=False)
    rows = answers("rows.csv").assign(place=scanned["kode_qr"].map(place))
    rows = rows[rows["verdict"].isin(["visit", "repeat", "refused"])]
    at_ = pd.to_datetime(rows["time"])
    monday = (at_ - pd.to_timedelta(at_.dt.day_of_week, unit="D")).dt.strftime("%Y-%m-%d")
    return rows.assign(day=rows["time"].str[:10], monday=monday)


# The hand-made log


def test_door_day(handmade: str) -> None:
    expected = answers("door_day.csv", check_ins=int)
    found = builds.frame(handmade, "SELECT * FROM door_day ORDER BY place_id, day")
    shown = found.astype({"day": str, "covered": str, "check_ins": str, "first_at": str})
    shown = shown.assign(first_at=shown["first_at"].fillna(""), covered=shown["covered"].str.lower())
    pd.testing.assert_frame_equal(shown, expected[shown.columns].astype(str), check_dtype=False)
    assert set(expected["covered"]) == {"true", "false"}


def test_the_answers_by_door_are_what_the_verdicts_say() -> None:
    expected = answers("door_day.csv", check_ins=int).query("check_ins > 0").set_index(["place_id", "day"])
    counted = check_ins().groupby(["place", "day"])["time"].agg(["size", "min"])
    assert counted["size"].to_dict() == expected["check_ins"].to_dict()
    assert (counted["min"].str[:13] + ":00:00").to_dict() == expected["first_at"].to_dict()


def test_regulars(handmade: str, here: Settings) -> None:
    found = warehouse(here, "SELECT * FROM mart.regulars ORDER BY first, site_id")
    found = found.astype({"first": str}).astype(str).assign(complete=found["complete"].astype(str).str.lower())
    expected = answers("regulars.csv")
    pd.testing.assert_frame_equal(found, expected[found.columns], check_dtype=False)


def test_the_answers_of_regulars_are_what_the_verdicts_say() -> None:
    rows, found = check_ins(), {}
    for key, of_week in rows.groupby(["monday", "site"]):
        visits = of_week[of_week["verdict"] == "visit"]
        days = visits.groupby("person")["day"].nunique()
        share = math.ceil(visits["day"].nunique() * 4 / 5)
        regular = days.index[days >= min(4, max(3, share))]
        found[key] = [len(of_week), int(of_week["person"].isin(regular).sum()), len(regular), len(days)]
    expected = answers("regulars.csv").set_index(["first", "site_id"])
    counts = expected.drop(columns="complete").astype(int)
    assert found == {key: values for key, *values in counts.itertuples()}
    assert max(n[2] for n in found.values()) >= 3, "the example has regulars"


# Doors and codes


def write_codes(here: Settings, change: dict[str, str], more: list[str]) -> None:
    """Replaces parts of lines of the register's codes, and adds some."""
    path = here.scenario / "qr.csv"
    text = path.read_text()
    for old, new in change.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text + "".join(f"{line},uji,low,simulasi\n" for line in more))


def by_door(here: Settings, *places: str) -> dict[tuple[str, str], tuple[bool, int]]:
    found = builds.frame(
        served(here), "SELECT place_id, day::VARCHAR AS day, covered, check_ins FROM door_day ORDER BY ALL"
    )
    return {
        (r.place_id, r.day[8:]): (bool(r.covered), int(r.check_ins)) for r in found.itertuples() if r.place_id in places
    }


def test_a_code_counts_where_it_stands_on_the_day(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    """QR-BK-1 moves to the other door, whose own code adds to it; QR-SKN-1 to another site. No new file is needed."""
    rows = [
        row(f"2021-12-0{d} 09:00:00", code, person=d) for d in (1, 2) for code in ("QR-BK-1", "QR-BK-2", "QR-SKN-1")
    ]
    assert load(etl, log(tmp_path / "a.csv", rows)) == 0 and etl("build") == 0
    bk = ("balai-kota-pintu-1", "balai-kota-pintu-2")
    assert by_door(here, *bk) == {(door, day): (True, 1) for door in bk for day in ("01", "02")}
    write_codes(
        here,
        {"QR-BK-1,balai-kota-pintu-1,pemkot,2021-11-01,,": "QR-BK-1,balai-kota-pintu-1,pemkot,2021-11-01,2021-12-01,",
         "QR-SKN-1,kantor-kel-sukun,pemkot,2021-11-01,,": "QR-SKN-1,kantor-kel-sukun,pemkot,2021-11-01,2021-12-01,"},
        ["QR-BK-1,balai-kota-pintu-2,pemkot,2021-12-02,", "QR-SKN-1,kantor-kel-dinoyo,pemkot,2021-12-02,"],
    )  # fmt: skip
    assert etl("build") == 0
    assert by_door(here, *bk) == {(bk[0], "01"): (True, 1), (bk[1], "01"): (True, 1), (bk[1], "02"): (True, 2)}
    dinoyo = by_door(here, "kantor-kel-sukun", "kantor-kel-dinoyo")
    assert dinoyo == {
        ("kantor-kel-dinoyo", "01"): (True, 0), ("kantor-kel-dinoyo", "02"): (True, 1),
        ("kantor-kel-sukun", "01"): (True, 1),
    }  # fmt: skip
    sites = builds.frame(served(here), "SELECT DISTINCT place_id, site_id FROM door_day").set_index("place_id")
    assert sites.loc[bk[1], "site_id"] == "balai-kota"


def test_a_day_no_file_speaks_for_is_not_zero(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    rows = [row("2021-12-01 09:00:00", "QR-BK-1"), row("2021-12-03 09:00:00", "QR-MTS-1")]
    assert load(etl, log(tmp_path / "a.csv", rows[:1])) == 0
    assert load(etl, log(tmp_path / "b.csv", rows[1:])) == 0 and etl("build") == 0
    assert by_door(here, "balai-kota-pintu-1", "balai-kota-pintu-2", "matos-pintu-1") == {
        ("balai-kota-pintu-1", "01"): (True, 1), ("balai-kota-pintu-1", "03"): (False, 0),
        ("balai-kota-pintu-2", "01"): (True, 0), ("balai-kota-pintu-2", "03"): (False, 0),
        ("matos-pintu-1", "01"): (False, 0), ("matos-pintu-1", "03"): (True, 1),
    }  # fmt: skip
    assert etl("unload", "a.csv") == 0 and etl("build") == 0
    assert by_door(here, "balai-kota-pintu-1") == {("balai-kota-pintu-1", "03"): (False, 0)}


def test_refused_entries_and_repeats_are_check_ins(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    rows = [
        row("2021-12-01 09:10:00"), row("2021-12-01 09:20:00"), row("2021-12-01 08:59:59", person=2, diizinkan="tidak"),
        row("2021-12-01 07:00:00", "QR-SKN-1", "check-out", 3),
    ]  # fmt: skip
    assert load(etl, log(tmp_path / "a.csv", rows)) == 0 and etl("build") == 0
    [[n, first]] = builds.frame(
        served(here), "SELECT check_ins, first_at FROM door_day WHERE place_id = 'kantor-kel-sukun'"
    ).to_numpy()
    assert (n, first) == (3, pd.Timestamp("2021-12-01 08:00"))


# Regulars: who is one, and what is told


def week(days_of: dict[int, list[int]], code: str = "QR-SKN-1", monday: date = MONDAY) -> list[Row]:
    """A check-in of each person on some weekdays (0 is Monday) of a week."""
    return [
        row(f"{monday + timedelta(days=d)} {8 + d:02}:00:00", code, person=person)
        for person, days in days_of.items()
        for d in days
    ]


@pytest.mark.parametrize(
    ("opened", "came", "regular"),
    [
        (7, 3, False), (7, 4, True), (6, 4, True), (5, 3, False), (5, 4, True), (4, 3, False), (4, 4, True),
        (3, 2, False), (3, 3, True), (2, 2, False), (1, 1, False),
    ],
)  # fmt: skip
def test_who_is_a_daily_regular(
    opened: int, came: int, regular: bool, etl: Etl, here: Settings, scenario: None, tmp_path: Path
) -> None:
    """Of a site with visits on so many days, somebody who came on so many; each other comes once."""
    people = {99: list(range(came))} | {d: [d] for d in range(opened)}
    assert load(etl, log(tmp_path / "a.csv", week(people)), days="2021-11-29..2021-12-05") == 0 and etl("build") == 0
    found = table(here, "SELECT by_regulars, regulars, visitors, complete FROM mart.regulars")
    assert found == [(came if regular else 0, int(regular), opened + 1, True)]


def told(here: Settings, site: str = "kantor-kel-sukun") -> tuple[int | None, bool]:
    """Tenths and whether they are hidden, of the one week of a site."""
    found = builds.frame(served(here), "FROM regulars WHERE site_id = $site", site=site)
    assert len(found) == 1
    tenths, suppressed = found.loc[0, ["tenths", "suppressed"]]
    return None if pd.isna(tenths) else int(tenths), bool(suppressed)


@pytest.mark.parametrize("few", ["regulars", "others"])
@pytest.mark.parametrize("n", [K - 1, K, K + 1])
def test_the_edge_of_disclosure(n: int, few: str, etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    """Under k regulars, or under k others, no share is told; whether one group or the other is small is not."""
    regulars, others = (n, 20) if few == "regulars" else (20, n)
    people = {p: [0, 1, 2, 3, 4] for p in range(regulars)} | {100 + p: [p % 5] for p in range(others)}
    assert load(etl, log(tmp_path / "a.csv", week(people)), days="2021-11-29..2021-12-05") == 0 and etl("build") == 0
    share = 5 * regulars / (5 * regulars + others)
    assert told(here) == ((None, True) if n < K else (math.floor(10 * share + 0.5), False))


@pytest.mark.parametrize(("others", "tenths"), [(180, 1), (181, 1), (379, 1), (380, 1), (381, 0), (5, 8), (6, 8)])
def test_a_share_is_rounded_to_tenths(
    others: int, tenths: int, etl: Etl, here: Settings, scenario: None, tmp_path: Path
) -> None:
    """20 check-ins by five regulars beside others: 20 / 400 is half a tenth, which is rounded up."""
    people = {p: [0, 1, 2, 3] for p in range(5)} | {100 + p: [p % 4] for p in range(others)}
    assert load(etl, log(tmp_path / "a.csv", week(people)), days="2021-11-29..2021-12-05") == 0 and etl("build") == 0
    assert told(here) == (tenths, False)


def test_a_week_that_is_not_known_whole_has_no_share(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    people = {p: [0, 1, 2, 3, 4] for p in range(9)} | {100 + p: [p % 5] for p in range(9)}
    assert load(etl, log(tmp_path / "a.csv", week(people)), days="2021-11-29..2021-12-04") == 0 and etl("build") == 0
    assert told(here) == (None, False)
    sunday = [row("2021-12-05 09:00:00", "QR-BK-1", person=300)]
    assert load(etl, log(tmp_path / "b.csv", sunday)) == 0 and etl("build") == 0
    assert told(here) == (8, False)  # 45 of 54
    # Whoever comes before and after a change of the key is two persons.
    with store.writer(here), store.warehouse(here) as con:
        con.execute("INSERT INTO pseudonym_key VALUES ('0' , DATE '2021-12-01', NULL)")
    assert etl("build") == 0
    assert told(here) == (None, False)


def test_refused_entries_of_a_regular_are_his(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    rows = week({p: [0, 1, 2, 3] for p in range(5)} | {100 + p: [p] for p in range(5)})
    rows += [row("2021-12-03 10:00:00", person=1, diizinkan="tidak"), row("2021-12-02 11:05:00", person=2)]
    rows += [row("2021-12-03 10:00:00", person=200, diizinkan="tidak")]  # never let in: no visitor
    assert load(etl, log(tmp_path / "a.csv", rows), days="2021-11-29..2021-12-05") == 0 and etl("build") == 0
    assert table(here, "SELECT check_ins, by_regulars, regulars, visitors FROM mart.regulars") == [(28, 22, 5, 10)]


# Sealed months


def test_a_month_sealed_before_doors_were_counted_stays_whole(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has none of the new rows; its checksum is that of then, and no register is said to have changed."""
    rows = [row("2021-11-16 09:00:00", person=1), row("2021-12-02 09:00:00", person=2)]
    assert load(etl, log(tmp_path / "a.csv", rows)) == 0 and etl("build") == 0
    at("2021-12-29 10:00:00", monkeypatch)
    assert etl("purge") == 0
    with store.writer(here), store.warehouse(here) as con:
        now = purge.checksum(con, NOVEMBER)
        for name, first in (("door_day", "day"), ("regulars", "first")):
            con.execute(f"DELETE FROM mart.{name} WHERE {first} < '2021-12-01'")
        con.execute("DROP TABLE built.door")
        con.execute("UPDATE meta SET value = 'of before' WHERE key = 'marts_of'")
        with monkeypatch.context() as patch:
            old = {k: v for k, v in purge._OF_MONTH.items() if k not in ("door_day", "regulars")}
            patch.setattr(purge, "_OF_MONTH", old)
            then = purge.checksum(con, NOVEMBER)
            con.execute("UPDATE sealed SET checksum = $then", {"then": then})
        assert purge.checksum(con, NOVEMBER) == then != now
    assert etl("build") == 0
    with store.writer(here), store.warehouse(here) as con:
        register.lay(con, here)
        assert purge.broken(con) == []
        assert con.execute("SELECT register_at FROM sealed").fetchall() == [(None,)]
        assert con.execute("SELECT min(day)::VARCHAR FROM mart.door_day").fetchall() == [("2021-12-01",)]
        con.execute("INSERT INTO mart.door_day VALUES ('x', 'y', '2021-11-16', true, 1, NULL)")
        assert purge.broken(con) == [NOVEMBER]


def test_a_door_moved_in_a_sealed_month_marks_it(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row("2021-11-29 09:00:00", "QR-BK-1", person=1), row("2021-12-02 09:00:00", "QR-BK-1", person=2)]
    assert load(etl, log(tmp_path / "a.csv", rows)) == 0 and etl("build") == 0
    at("2021-12-29 10:00:00", monkeypatch)
    assert etl("purge") == 0
    write_codes(here, {"QR-BK-1,balai-kota-pintu-1": "QR-BK-1,balai-kota-pintu-2"}, [])
    assert etl("build") == 0
    assert by_door(here, "balai-kota-pintu-1") == {
        ("balai-kota-pintu-1", "29"): (True, 1),
        ("balai-kota-pintu-1", "30"): (True, 0),
    }
    kept = builds.frame(served(here), "FROM retention ORDER BY month")
    assert kept["register_at"].notna().to_list() == [True, False]


# What the screens ask


def hours(here: Settings, **weekdays: str) -> None:
    lines = [f"{place},{n},08:00,16:00,,,uji,low,simulasi" for place, days in weekdays.items() for n in days]
    head = "place_id,weekday,opens,closes,valid_from,valid_to,source,confidence,simulasi"
    (here.scenario / "hours.csv").write_text("\n".join([head, *lines]) + "\n")


def by_hand(build: str, moment: datetime, level: Level, open_on: dict[str, str]) -> dict[str, tuple[int, ...]]:
    """known_days, check_ins, opening_known, opening_used of each place, day by day as FIGURES says."""
    name, key = ("place_day", "site_id") if level == "site" else ("door_day", "place_id")
    days = builds.frame(build, f"SELECT {key} AS place, site_id, day, check_ins FROM {name} WHERE covered")
    known = {(r.place, r.day.date()): r.check_ins for r in days.itertuples()}
    category = builds.frame(build, "SELECT place_id, category FROM site").set_index("place_id")["category"]
    holiday = {d.date() for d in builds.frame(build, "SELECT day FROM holiday")["day"]}
    found = {}
    for place, site in {(r.place, r.site_id) for r in days.itertuples()}:
        office = str(category[site]).startswith("kantor") or category[site] == "layanan_publik"
        last = [moment.date() - timedelta(days=n) for n in range(1, 15)]
        opening: list[date] = []
        day = moment.date()
        while len(opening) < 10 and day > moment.date() - timedelta(days=84):
            day -= timedelta(days=1)
            weekdays = open_on.get(site, "12345" if office else "1234567")
            if str(day.isoweekday()) in weekdays and not (office and day in holiday):
                opening.append(day)
        found[place] = (
            sum((place, d) in known for d in last), sum(known.get((place, d), 0) for d in last),
            sum((place, d) in known for d in opening), sum(known.get((place, d), 0) > 0 for d in opening),
        )  # fmt: skip
    return found


def days_of_use(build: str, moment: datetime, level: Level) -> pd.DataFrame:
    """As of the moment's day, by place."""
    if level == "site":
        found = use_query.of_sites(build, moment)
    else:
        sites = builds.frame(build, "SELECT DISTINCT site_id FROM site_of ORDER BY ALL")["site_id"]
        found = pd.concat([use_query.of_doors(build, moment, str(site)) for site in sites])
    return found[found["day"] == pd.Timestamp(moment.date())].set_index("place_id")


@pytest.mark.parametrize("level", ["site", "door"])
@pytest.mark.parametrize("moment", ["2021-12-06 00:00", "2021-12-02 15:00", "2021-11-24 07:00", "2021-12-27 10:00"])
def test_the_days_of_use(level: Level, moment: str, etl: Etl, here: Settings, handmade: str) -> None:
    """Offices from Monday to Friday, malls and a door with hours of the register, one that opens on two days alone."""
    open_on = {"balai-kota": "12345", "matos": "67", "alun-alun-merdeka": "1234567"}
    hours(here, **open_on)
    late = [row("2021-12-20 09:00:00", "QR-BK-2"), row("2021-12-24 09:00:00", "QR-MTS-1", person=2)]
    assert load(etl, log(here.data_dir / "late.csv", late)) == 0 and etl("build") == 0
    instant = datetime.fromisoformat(moment)
    found = days_of_use(served(here), instant, level)
    columns = ["known_days", "check_ins", "opening_known", "opening_used"]
    expected = by_hand(served(here), instant, level, open_on)
    assert {p: tuple(int(n) for n in v) for p, *v in found[columns].itertuples()} == expected
    assert not found[columns].isna().any(axis=None)
    site = builds.frame(served(here), "FROM site_of").set_index("place_id")["site_id"]
    assert set(site[found.index[~found["hours_estimated"]]]) == set(open_on)
    places = 8 if level == "site" else 10
    assert len(found) == places
    if moment == "2021-12-06 00:00":
        seen = found.loc["balai-kota" if level == "site" else "balai-kota-pintu-1", columns]
        assert use(Observed(True, None, *(int(n) for n in seen))) == "in_use"


def test_a_code_that_never_had_a_file_is_there_and_unknown(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path
) -> None:
    """And one that is not yet put up, or is gone, is not."""
    assert load(etl, log(tmp_path / "a.csv", [row("2021-12-01 09:00:00", "QR-BK-1")])) == 0
    write_codes(
        here,
        {"warna-warni,pemkot,2021-11-01,,": "warna-warni,pemkot,2021-11-01,2021-12-02,",
         "alun-alun-merdeka,pemkot,2021-11-01,,": "alun-alun-merdeka,pemkot,,,"},
        ["QR-NEW,kantor-kel-bareng,pemkot,2021-12-04,"],
    )  # fmt: skip
    assert etl("build") == 0
    found = days_of_use(served(here), datetime(2021, 12, 3, 9), "door")
    assert found.loc["matos-pintu-1", ["known_days", "check_ins", "opening_known", "opening_used"]].to_list() == [0] * 4
    assert {"kampung-warna-warni", "kantor-kel-bareng"}.isdisjoint(found.index)
    assert coverage.coded(served(here), datetime(2021, 12, 3, 9))["alun-alun-merdeka"].year == 1  # open
    assert "kantor-kel-bareng" in days_of_use(served(here), datetime(2021, 12, 4, 9), "site").index


def test_the_first_check_in_of_a_door(handmade: str) -> None:
    rows = check_ins()
    for moment in ("2021-11-22 08:00:00", "2021-11-28 00:00:00", "2021-12-06 00:00:00"):
        hour = rows["time"].str[:13] + ":00:00"
        before = rows[hour < moment].groupby("place")["time"].agg(["min", "max"])
        found = stages.checked(handmade, datetime.fromisoformat(moment)).astype(str)
        assert found["first_at"].to_dict() == (before["min"].str[:13] + ":00:00").to_dict()
        assert found["last_day"].to_dict() == before["max"].str[:10].to_dict()


def test_the_last_whole_week_is_asked_for(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    """Of Sukun both weeks are known, of the mall the earlier alone; a week in progress or long ago is nobody's."""
    people = {p: [0, 1, 2, 3, 4] for p in range(9)} | {100 + p: [p % 5] for p in range(9)}
    two = [*week(people), *week({**people, 0: [0]}, monday=MONDAY + timedelta(days=7)), *week(people, "QR-MTS-1")]
    mall = [r for r in two if r["sumber"] == "mal"]
    assert load(etl, log(tmp_path / "a.csv", [r for r in two if r not in mall]), days="2021-11-29..2021-12-12") == 0
    assert load(etl, log(tmp_path / "b.csv", mall), days="2021-11-29..2021-12-05") == 0
    assert etl("build") == 0

    def asked(day: date) -> dict[str, tuple[str, int]]:
        found = regulars.regulars(view_of(served(here), day, day, datetime.combine(day, time(9))))
        assert not found["suppressed"].any()
        return {r.place_id: (str(r.first)[:10], int(r.tenths)) for r in found.itertuples()}

    sukun, matos = ("2021-11-29", 8), ("2021-11-29", 8)
    assert asked(date(2021, 12, 5)) == {}
    assert asked(date(2021, 12, 6)) == {"kantor-kel-sukun": sukun, "matos": matos}
    assert asked(date(2021, 12, 13)) == {"kantor-kel-sukun": ("2021-12-06", 8), "matos": matos}
    assert asked(date(2021, 12, 20)) == {"kantor-kel-sukun": ("2021-12-06", 8)}
    assert asked(date(2021, 12, 27)) == {}


def test_the_program_that_counts_them_is_part_of_the_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    """So another rule for regulars computes everything again."""
    before = dirty.fingerprint()
    monkeypatch.setattr(rules, "REGULAR_DAYS", 5)
    assert dirty.fingerprint() != before
