"""What a query answers, against pandas on the worked answers of the hand-made log (R20)."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from core import builds, sentences
from core.settings import Settings
from core.view import View
from queries import city, visits
from tests.files import log, row, view_of

ANSWERS = Path(__file__).with_name("handmade")
REFERENCE = Path(__file__).resolve().parent.parent / "data" / "reference"
FIRST, LAST = date(2021, 11, 22), date(2021, 12, 5)


def visit_rows() -> pd.DataFrame:
    """The log's visits with their site's kelurahan code, day, weekday and hour."""
    rows = pd.read_csv(ANSWERS / "rows.csv", parse_dates=["time"])
    rows = rows[rows["verdict"] == "visit"]
    sites = pd.read_csv(REFERENCE / "site.csv", dtype=str).set_index("place_id")["kelurahan_code"]
    return rows.assign(
        kelurahan=rows["site"].map(sites),
        day=rows["time"].dt.strftime("%Y-%m-%d"),
        weekday=rows["time"].dt.day_of_week + 1,
        hour=rows["time"].dt.hour,
    )


@pytest.fixture(params=[None, "35.73.02.1004"], ids=["city", "Kiduldalem"])
def view(request: pytest.FixtureRequest, handmade: str) -> View:
    return view_of(handmade, FIRST, LAST, kelurahan=request.param)


def chosen(view: View) -> pd.DataFrame:
    rows = visit_rows()
    return rows if view.kelurahan is None else rows[rows["kelurahan"] == view.kelurahan]


def test_daily(view: View) -> None:
    found = visits.daily(view)
    assert found["day"].dt.strftime("%Y-%m-%d").to_list() == [
        d.strftime("%Y-%m-%d") for d in pd.date_range(FIRST, LAST)
    ]
    expected = chosen(view).groupby("day").size()
    got = found.assign(day=found["day"].dt.strftime("%Y-%m-%d")).set_index("day")["visits"]
    assert {d: n for d, n in got.items() if n} == expected.to_dict()


def test_partial_days(handmade: str) -> None:
    """The mall's file begins on the 24th: before it, seven of eight places are known."""
    found = visits.daily(view_of(handmade, FIRST, LAST))
    assert found["places"].to_list() == [7, 7] + [8] * 12
    assert set(found["known_places"]) == {8}


def test_a_place_without_a_code_yet_is_not_missing(etl: Callable[..., int], here: Settings) -> None:
    """A staged rollout does not make the days before it partial."""
    assert etl("simulate", "--scenario", "contoh") == 0
    path = here.scenario / "qr.csv"
    path.write_text(
        path.read_text().replace(
            "QR-KWW-1,kampung-warna-warni,pemkot,2021-11-01", "QR-KWW-1,kampung-warna-warni,pemkot,2021-11-27"
        )
    )
    sample = next(iter(here.data_dir.glob("inbox/*/*/*.csv")))
    assert etl("load", sample, "--profile", "pedulilindungi", "--build") == 0
    served = builds.current(here)
    assert served is not None
    found = visits.daily(view_of(served.build, FIRST, LAST))
    assert found["known_places"].to_list() == [7] * 5 + [8] * 9
    assert found["places"].to_list() == [6, 6, 7, 7, 7] + [8] * 9


def test_a_place_nobody_reported_is_listed_as_unknown(handmade: str) -> None:
    found = visits.by_place(view_of(handmade, FIRST, date(2021, 11, 23))).set_index("place_id")
    assert len(found) == 8
    assert pd.isna(found.loc["matos", "visits"])
    assert found.index[-1] == "matos"


def test_by_hour_and_weekday(view: View) -> None:
    found = visits.by_hour_and_weekday(view)
    assert len(found) == 7 * 24
    expected = chosen(view).groupby(["weekday", "hour"]).size()
    got = found[found["visits"] > 0].set_index(["weekday", "hour"])
    assert got["visits"].to_dict() == expected.to_dict()
    assert set(found["days"]) == {2}
    assert (found["mean"] == found["visits"] / 2).all()


def test_a_weekday_without_a_file_is_unknown(handmade: str) -> None:
    found = visits.by_hour_and_weekday(view_of(handmade, date(2021, 11, 22), date(2021, 11, 23))).set_index("weekday")
    assert found.loc[1, "mean"].notna().all()
    assert found.loc[3, "mean"].isna().all()


def test_by_kelurahan(view: View) -> None:
    found = visits.by_kelurahan(view).set_index("code")["visits"]
    expected = visit_rows().groupby(visit_rows()["kelurahan"].fillna("?")).size()
    assert len(found) == 58
    assert found.dropna().to_dict() == expected.to_dict()
    assert found.isna().sum() == 58 - len(expected)


def test_by_place(view: View) -> None:
    found = visits.by_place(view).set_index("place_id")["visits"]
    assert found.to_dict() == chosen(view).groupby("site").size().to_dict()
    assert found.is_monotonic_decreasing


def test_a_place_without_a_file_is_unknown_and_not_zero(handmade: str) -> None:
    view = view_of(handmade, date(2021, 11, 22), date(2021, 11, 23), kelurahan="35.73.05.1005")
    assert visits.by_place(view).empty
    whole = visits.by_kelurahan(view_of(handmade, date(2021, 11, 22), date(2021, 11, 23))).set_index("code")
    matos = pd.read_csv(REFERENCE / "site.csv", dtype=str).set_index("place_id").loc["matos", "kelurahan_code"]
    assert pd.isna(whole.loc[matos, "visits"])
    assert visits.summary(view).visits is None


def test_a_day_between_files_is_unknown(etl: Callable[..., int], here: Settings, tmp_path: Path) -> None:
    assert etl("simulate", "--scenario", "contoh") == 0
    a = log(tmp_path / "a.csv", [row("2021-11-24 08:00:00")])
    b = log(tmp_path / "b.csv", [row("2021-11-26 08:00:00", person=2)])
    assert etl("load", a, b, "--profile", "pedulilindungi", "--build") == 0
    served = builds.current(here)
    assert served is not None
    found = visits.daily(view_of(served.build, date(2021, 11, 23), date(2021, 11, 27)))["visits"]
    assert [None if pd.isna(v) else int(v) for v in found] == [None, 1, None, 1, None]


def test_a_site_that_moves_counts_where_it_stood_that_day(etl: Callable[..., int], here: Settings) -> None:
    """Attributes have dates: the site of Kauman was in Sukun until the 28th."""
    assert etl("simulate", "--scenario", "contoh") == 0
    (here.scenario / "place.csv").open("a").write("pindah,site,,Tempat Pindah,test,low,simulasi\n")
    (here.scenario / "qr.csv").open("a").write("QR-PINDAH,pindah,pemkot,2021-11-01,,test,low,simulasi\n")
    head = "place_id,valid_from,valid_to,kelurahan_code,area_id,category,owner_id,capacity,lat,lon,source,confidence\n"
    (here.scenario / "site.csv").write_text(
        head
        + "pindah,2021-11-01,2021-11-27,35.73.04.1005,,taman,,,,,test,low\n"
        + "pindah,2021-11-28,,35.73.02.1007,,taman,,,,,test,low\n"
    )
    times = ["2021-11-27 23:59:59", "2021-11-28 00:00:00"]
    path = log(here.data_dir / "m.csv", [row(t, "QR-PINDAH", person=n) for n, t in enumerate(times)])
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    served = builds.current(here)
    assert served is not None
    found = visits.by_kelurahan(view_of(served.build, date(2021, 11, 27), date(2021, 11, 28))).set_index("code")[
        "visits"
    ]
    assert (found["35.73.04.1005"], found["35.73.02.1007"]) == (1, 1)


def test_summary_and_sentence(handmade: str) -> None:
    view = view_of(handmade, FIRST, LAST)
    assert visits.summary(view) == sentences.Visits(183, 14, 14, 2, 8, 6, 57)
    assert sentences.visits(visits.summary(view), view) == (
        "183 kunjungan tercatat pada Sen 22 Nov s.d. Min 5 Des 2021, di 8 tempat ber-QR. "
        "2 hari baru terdata sebagian tempatnya. 51 dari 57 kelurahan tidak terukur."
    )
    one = view_of(handmade, LAST, LAST, language="en")
    assert sentences.visits(visits.summary(one), one).startswith("18 visits recorded on Sunday 5 Dec 2021, at 8")


def test_facts_of_the_build(handmade: str) -> None:
    extent = city.extent(handmade)
    assert extent is not None
    assert (extent.first, extent.last, extent.opens_at) == (FIRST, LAST, datetime(2021, 12, 5, 18))
    assert {name: len(codes) for name, codes in extent.codes.items() if name in ("area", "kecamatan", "kelurahan")} == {
        "area": 18,
        "kecamatan": 5,
        "kelurahan": 57,
    }
    assert str(city.last_scan(handmade)) == "2021-12-05 18:15:00"
    assert city.sources(handmade)["simulated"].all()
    assert city.outlines(handmade)["level"].value_counts().to_dict() == {"kelurahan": 57, "kecamatan": 5}
    assert city.accounting(handmade) == {
        "arrived": 295,
        "loaded": 283,
        "duplicates": 2,
        "rejected": 7,
        "kept_aside": 3,
        "sealed": 0,
        "refused": 0,
    }


def test_hostile_values_are_values(handmade: str) -> None:
    """R26: a filter value is bound, never part of the SQL."""
    for name in ("'; DROP TABLE place_day; --", '" OR 1=1', "\\", "%"):
        assert visits.by_place(view_of(handmade, FIRST, LAST, kelurahan=name)).empty
    assert len(visits.by_place(view_of(handmade, FIRST, LAST))) == 8
