"""A day played again: persons at each fifth minute, judged by the limit of the day, against a count made apart."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from core import builds
from core.settings import Settings
from core.view import View
from queries import crowding, instants, replay
from tests import crowds
from tests.crowds import Stay, built, filler, group
from tests.files import view_of

Etl = Callable[..., int]
DAY = datetime(2021, 11, 24)  # level 2: half of a mall's capacity
MATOS = [
    *filler("matos", DAY),
    *group("matos", 9, DAY.replace(hour=14, minute=2), 50),
    *group("matos", 3, DAY.replace(hour=14, minute=21), 14),  # 12 of 10 permitted, 14.25 to 14.35
    *group("matos", 2, DAY.replace(hour=23, minute=50), 30),  # over midnight
]


@pytest.fixture
def build(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> str:
    return built(etl, here, tmp_path, MATOS, {"matos": 20})


def at(build: str, moment: datetime | None = None, **more: object) -> View:
    return view_of(build, DAY.date(), DAY.date(), moment or DAY.replace(hour=15), **more)


def inside(stays: list[Stay], site: str, moment: datetime) -> int:
    """Matched stays that cover an instant; who leaves at it is not inside."""
    spans = [(s.entered, s.entered + timedelta(minutes=s.minutes or 0)) for s in stays if s.site == site]
    return sum(a <= moment < b for a, b in spans)


def of(found: pd.DataFrame, place: str) -> pd.DataFrame:
    return found[found["place_id"] == place].set_index("at")


def test_each_fifth_minute_has_its_persons_and_its_verdict(build: str) -> None:
    day = replay.day(at(build))
    assert day.step == 5
    assert day.at == [DAY + timedelta(minutes=5 * n) for n in range(288)]
    own = of(day.found, "matos")
    for moment in day.at:
        n = inside(MATOS, "matos", moment)
        row = own.loc[moment]
        assert (row["low"], row["high"]) == (n, n), moment
        assert row["verdict"] == ("over" if n > 10 else "within"), moment
        share = n * 100 // 10
        band = "full" if share >= 100 else "nearly_full" if share >= 76 else "busy" if share >= 50 else "free"
        assert row["band_low"] == row["band_high"] == band, moment
    over = own.index[own["verdict"] == "over"]
    assert [str(t)[11:16] for t in over] == ["14:25", "14:30", "14:35"]
    assert list(day.counts["over"]) == [int(moment in over) for moment in day.at]
    # Places without a limit or an estimate are not judged; with Matos they are all there are.
    assert (day.counts.sum(axis=1) == len(day.places)).all()
    assert set(day.found.loc[day.found["place_id"] != "matos", "verdict"]) == {"undecided"}
    assert day.found.loc[day.found["place_id"] == "kantor-kel-sukun", "low"].isna().all()  # no estimate is not nobody


def test_the_range_of_an_hour_is_that_of_its_fullest_instant(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path
) -> None:
    """With people who never check out: both are of the model. None of the matched stays is then still inside."""
    stays = [*filler("matos", DAY), *group("matos", 40, DAY.replace(hour=13, minute=1), None)]
    build = built(etl, here, tmp_path, stays, {"matos": 200})
    hours = crowding.day_hours(at(build))
    hours = hours[hours["place_id"] == "matos"].set_index("hour")
    own = of(replay.day(at(build)).found, "matos")
    assert (own["low"] < own["high"]).any()
    for hour in (DAY.replace(hour=n) for n in range(13, 24)):
        ranges = own[own.index.floor("h") == hour]
        assert (hours.loc[hour, "low"], hours.loc[hour, "high"]) == (ranges["low"].max(), ranges["high"].max()), hour


def test_midnight_belongs_to_the_day_that_ends(build: str) -> None:
    day = replay.day(at(build, DAY + timedelta(days=1)))
    assert day.at[0] == DAY
    assert of(day.found, "matos").loc[DAY.replace(hour=23, minute=55), "low"] == 2


def test_the_view_filters_and_live_data_end_with_their_last_scan(build: str) -> None:
    day = replay.day(at(build, category="mal"), DAY.replace(hour=14, minute=37))
    assert day.places["place_id"].to_list() == ["matos"]
    assert (day.at[-1], len(day.at)) == (DAY.replace(hour=14, minute=35), 14 * 12 + 8)
    assert day.found["at"].max() == day.at[-1]


def test_a_kelurahan_takes_its_fullest_place(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    """Transmart (12 of 10) and Matos (0 of 20) are in one kelurahan, Cyber Mall (4 of 4) in another."""
    build = crowds.malls(etl, here, tmp_path, DAY)
    areas = replay.day(at(build)).areas
    half_past = areas[areas["at"] == DAY.replace(hour=14, minute=30)].set_index("kelurahan_code")
    assert half_past.loc["35.73.02.1011", ["verdict", "band"]].to_list() == ["over", "full"]
    assert half_past.loc["35.73.04.1007", ["verdict", "band"]].to_list() == ["within", "full"]
    before = areas[areas["at"] == DAY.replace(hour=14)].set_index("kelurahan_code")
    assert before.loc["35.73.02.1011", ["verdict", "band"]].to_list() == ["within", "free"]
    same = crowding.by_kelurahan(at(build)).set_index("code")
    assert set(same.index) == set(half_past.index)


def of_before(here: Settings, build: str) -> None:
    """Makes of a build what one of the schema before becomes (etl/sql/build_007.sql)."""
    builds.close_all()
    con = duckdb.connect(str(builds.file_of(here, build)))
    con.execute("DELETE FROM place_instant")
    con.execute("UPDATE place_hour SET expected = NULL, estimated = NULL, expected_seconds = NULL, bound = NULL")
    con.execute("UPDATE dwell SET model = NULL, regulars = NULL")
    con.close()


def test_a_build_of_before_is_played_by_the_hour(here: Settings, build: str) -> None:
    of_before(here, build)
    day = replay.day(at(build))
    assert day.step == 60
    assert day.at == [DAY + timedelta(hours=n) for n in range(24)]
    own = of(day.found, "matos")
    hours = crowding.day_hours(at(build))
    hours = hours[hours["place_id"] == "matos"].set_index("hour")
    assert own["high"].to_list() == hours["high"].to_list()
    assert own["verdict"].to_list() == hours["verdict"].to_list()
    assert own.loc[DAY.replace(hour=14), "verdict"] == "over"
    assert instants.judged(build, DAY.replace(hour=14), 1)["by_hour"].any()


def test_the_limit_of_the_hour_holds_for_its_instants(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    """Five people in a park over the midnight from which SE 71/2021 closes it."""
    night = datetime(2021, 12, 23)
    stays = [
        *filler("alun-alun-merdeka", datetime(2021, 12, 20)),
        *group("alun-alun-merdeka", 5, night.replace(hour=23, minute=29), 60),
        *group("alun-alun-merdeka", 1, night + timedelta(hours=33), 10),
    ]
    build = built(etl, here, tmp_path, stays, {"alun-alun-merdeka": 40})
    found = of(instants.judged(build, night.replace(hour=23), 2, ("alun-alun-merdeka",)), "alun-alun-merdeka")
    assert found["verdict"].to_list() == ["within"] * 12 + ["over"] * 6 + ["within"] * 6
    assert found["limit_kind"].to_list() == ["cap"] * 12 + ["closed"] * 12
