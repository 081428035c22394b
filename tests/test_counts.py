"""Head counts: counters start again at opening, their drift is published, and nothing of a reading is mended."""

from pathlib import Path

import pandas as pd
import pytest

from core import builds
from core.settings import Settings
from tests.stores import Etl, accounts


def loaded(etl: Etl, path: Path, text: str, profile: str | Path = "hitung") -> None:
    path.write_text(text)
    assert etl("load", path, "--profile", profile, "--source", "mal") == 0


def published(etl: Etl, here: Settings, sql: str) -> pd.DataFrame:
    assert etl("build") == 0
    served = builds.current(here)
    assert served is not None
    return builds.frame(served.build, sql)


@pytest.fixture
def hours(here: Settings, scenario: None) -> None:
    """Matos opens at 10.00 and closes after midnight, at 02.00, every day."""
    head = "place_id,weekday,opens,closes,valid_from,valid_to,source,confidence,simulasi\n"
    rows = "".join(f"matos,{day},10:00,02:00,,,test,low,simulasi\n" for day in range(1, 8))
    (here.scenario / "hours.csv").write_text(head + rows)


def test_counters_restart_at_opening(etl: Etl, here: Settings, hours: None, tmp_path: Path) -> None:
    """Intervals end at the reading: 10.00 still belongs to the night before, 02.00 to the day it began."""
    loaded(
        etl,
        tmp_path / "c.csv",
        "counted_at,place_code,n_in,n_out,interval_minutes\n"
        "2021-11-24 10:00,matos,3,0,60\n"  # before opening: the day before
        "2021-11-24 11:00,matos,50,0,60\n"
        "2021-11-24 23:00,matos,10,20,60\n"
        "2021-11-25 01:00,matos,0,35,60\n"
        "2021-11-25 11:00,matos,7,9,60\n",
    )
    runs = published(etl, here, "SELECT day::VARCHAR AS day, net, negative FROM head_count ORDER BY counted_at")
    assert list(runs.itertuples(index=False, name=None)) == [
        ("2021-11-23", 3, False),
        ("2021-11-24", 50, False),
        ("2021-11-24", 40, False),
        ("2021-11-24", 5, False),
        ("2021-11-25", -2, True),
    ]
    days = published(
        etl, here, "SELECT day::VARCHAR AS day, n_in, n_out, drift, negative FROM counter_day ORDER BY day"
    )
    assert list(days.itertuples(index=False, name=None)) == [
        ("2021-11-23", 3, 0, 3, 0),
        ("2021-11-24", 60, 55, 5, 0),
        ("2021-11-25", 7, 9, -2, 1),
    ]


def test_without_hours_a_day_is_a_day(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    loaded(
        etl,
        tmp_path / "c.csv",
        "counted_at,place_code,n_in,n_out,interval_minutes\n"
        "2021-11-24 23:30,matos,5,0,30\n2021-11-25 00:00,matos,1,0,30\n2021-11-25 00:30,matos,2,0,30\n",
    )
    runs = published(etl, here, "SELECT day::VARCHAR AS day, net FROM head_count ORDER BY counted_at")
    assert runs["net"].to_list() == [5, 6, 2]
    assert runs["day"].to_list() == ["2021-11-24", "2021-11-24", "2021-11-25"]


def test_doors_count_each_for_themselves(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    loaded(
        etl,
        tmp_path / "c.csv",
        "counted_at,place_code,n_in,n_out,interval_minutes\n"
        "2021-11-24 09:00,balai-kota-pintu-1,5,0,60\n2021-11-24 09:00,balai-kota-pintu-2,1,4,60\n",
    )
    days = published(etl, here, "SELECT place_id, site_id, drift FROM counter_day ORDER BY ALL")
    assert list(days.itertuples(index=False, name=None)) == [
        ("balai-kota-pintu-1", "balai-kota", 5),
        ("balai-kota-pintu-2", "balai-kota", -3),
    ]


def test_over_the_capacity_of_the_row_or_else_the_register(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path
) -> None:
    loaded(
        etl,
        tmp_path / "c.csv",
        "counted_at,place_code,inside,capacity\n"
        "2021-11-24 09:00,matos,100,100\n2021-11-24 10:00,matos,101,100\n2021-11-24 11:00,matos,999999,\n",
    )
    found = published(etl, here, "SELECT inside, over_capacity FROM head_count ORDER BY counted_at")
    assert found["over_capacity"].to_list()[:2] == [False, True]
    assert found["inside"].to_list() == [100, 101, 999_999]


def test_a_reading_of_an_unknown_place_waits_for_the_register(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loaded(etl, tmp_path / "c.csv", "2021-11-24 09:00,pasar-baru,5\n2021-11-25 09:00,pasar-baru,6\n")
    assert etl("status") == 0
    said = capsys.readouterr().out
    assert "kode tempat pasar-baru" in said and "2 hitungan sejak 2021-11-24" in said
    places, sites = here.scenario / "place.csv", here.scenario / "site.csv"
    places.write_text(places.read_text() + "pasar-baru,site,,Pasar Baru,test,low,simulasi\n")
    head = "place_id,valid_from,valid_to,kelurahan_code,area_id,category,owner_id,capacity,lat,lon,serves_code,note,"
    if not sites.exists():
        sites.write_text(head + "source,confidence,simulasi\n")
    sites.write_text(sites.read_text() + "pasar-baru,,,,,,,,,,,,test,low,simulasi\n")
    found = published(etl, here, "SELECT inside FROM head_count ORDER BY counted_at")
    assert found["inside"].to_list() == [5, 6]
    [entry] = accounts(here)
    assert (entry.loaded, entry.kept_aside) == (2, 0)


def test_the_same_reading_from_two_files_stands_once(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    loaded(etl, tmp_path / "a.csv", "2021-11-24 09:00,matos,5\n2021-11-24 10:00,matos,7\n")
    loaded(etl, tmp_path / "b.csv", "2021-11-24 10:00,matos,7\n2021-11-24 11:00,matos,9\n")
    assert published(etl, here, "SELECT inside FROM head_count ORDER BY counted_at")["inside"].to_list() == [5, 7, 9]
    assert sorted((e.loaded, e.duplicates) for e in accounts(here)) == [(1, 1), (2, 0)]
