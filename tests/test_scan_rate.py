"""Scan rate: Wilson against published values, and check-ins of the same hours against counted entries."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from core import builds, comparison_words, scan_rate
from core.settings import Settings
from core.view import View
from queries import scan_rate as queries
from tests.files import view_of
from tests.stores import Etl

ANSWERS = Path(__file__).with_name("handmade")
FIRST, LAST = date(2021, 11, 22), date(2021, 12, 5)


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_as_published(hits: int, trials: int, low: float, high: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3."""
    found = scan_rate.rate(hits, trials)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_an_interval_only_where_it_is_a_share() -> None:
    below, at, above = (scan_rate.rate(n, 100) for n in (99, 100, 101))
    assert below.low is not None and below.high is not None and below.low < 0.99 < below.high < 1
    assert at.low is not None and at.high == pytest.approx(1) and not at.over
    assert (above.ratio, above.low, above.high, above.over) == (1.01, None, None, True)
    assert scan_rate.rate(0, 0) == scan_rate.Rate(0, 0, None, None, None, False)
    assert scan_rate.rate(3, 0) == scan_rate.Rate(3, 0, None, None, None, True)


def hourly(place: str, entries: int, day: str = "2021-11-29", hours: range = range(7, 18)) -> list[str]:
    """A reading an hour: `counted_at` ends it."""
    return [f"{day} {hour + 1:02d}:00,{place},{entries},0,60" for hour in hours]


COUNTS = [
    *hourly("kantor-kec-klojen", 9),
    *[f"2021-12-01 {hour:02d}:{minute:02d},kantor-kel-dinoyo,2,0,15" for hour in (9, 10) for minute in (15, 30, 45)],
    "2021-12-01 10:00,kantor-kel-dinoyo,2,0,15",  # 09.00-10.00 is whole, 10.00-11.00 lacks its last quarter
    *hourly("kantor-kel-sukun", 0),
    *hourly("matos-pintu-1", 5, "2021-11-27", range(10, 20)),
    *hourly("matos-pintu-2", 7, "2021-11-27", range(10, 20)),
    "2021-11-27 21:00,matos-pintu-1,900,0,120",  # over an hour that stands already
    *hourly("balai-kota-pintu-1", 9),
    "2021-11-29 09:30,alun-alun-merdeka,5,0,60",  # from half past to half past
    *hourly("block-office-kedungkandang", 9, "2021-12-11"),
]


@pytest.fixture
def counted(etl: Etl, handmade: str, here: Settings, tmp_path: Path) -> str:
    path, inside = tmp_path / "c.csv", tmp_path / "i.csv"
    path.write_text("\n".join(["counted_at,place_code,n_in,n_out,interval_minutes", *COUNTS, ""]))
    inside.write_text("counted_at,place_code,inside\n2021-11-29 10:00,kampung-warna-warni,12\n")
    assert etl("load", path, inside, "--profile", "hitung", "--source", "pemkot", "--build") == 0
    served = builds.current(here)
    assert served is not None
    return served.build


def check_ins(site: str, day: str, hours: range) -> int:
    """Check-ins of the hand-made log: visits, repeats and refused entries."""
    rows = pd.read_csv(ANSWERS / "rows.csv", parse_dates=["time"])
    rows = rows[rows["verdict"].isin(["visit", "repeat", "refused"]) & (rows["site"] == site)]
    return int(((rows["time"].dt.strftime("%Y-%m-%d") == day) & rows["time"].dt.hour.isin(hours)).sum())


def test_each_place_by_its_counts(counted: str) -> None:
    found = queries.by_site(view_of(counted, FIRST, LAST)).set_index("place_id")
    assert found["state"].to_dict() == {
        "kantor-kec-klojen": "rate", "kantor-kel-dinoyo": "rate",
        "kantor-kel-sukun": "over", "matos": "rate", "balai-kota": "doors", "alun-alun-merdeka": "hours",
        "kampung-warna-warni": "inside",
    }  # fmt: skip
    klojen = found.loc["kantor-kec-klojen"]
    n = check_ins("kantor-kec-klojen", "2021-11-29", range(7, 18))
    assert n > 0 and (klojen["check_ins"], klojen["entries"], klojen["hours"], klojen["days"]) == (n, 99, 11, 1)
    assert (klojen["rate"], klojen["low"], klojen["high"]) == (
        n / 99, scan_rate.rate(n, 99).low, scan_rate.rate(n, 99).high,
    )  # fmt: skip
    dinoyo = found.loc["kantor-kel-dinoyo"]
    assert (dinoyo["entries"], dinoyo["hours"]) == (8, 1)
    assert dinoyo["check_ins"] == check_ins("kantor-kel-dinoyo", "2021-12-01", range(9, 10)) == 4
    matos = found.loc["matos"]
    assert (matos["entries"], matos["hours"]) == (120, 10)
    assert matos["check_ins"] == check_ins("matos", "2021-11-27", range(10, 20)) > 0
    sukun = found.loc["kantor-kel-sukun"]
    assert sukun["check_ins"] == check_ins("kantor-kel-sukun", "2021-11-29", range(7, 18)) > 0
    assert sukun["entries"] == 0 and pd.isna(sukun["rate"])
    assert found.loc[["balai-kota", "alun-alun-merdeka", "kampung-warna-warni"], "rate"].isna().all()


def test_hours_of_the_view(counted: str) -> None:
    found = queries.by_site(view_of(counted, FIRST, LAST, hours=(8, 11))).set_index("place_id").loc["kantor-kec-klojen"]
    assert (found["entries"], found["hours"]) == (36, 4)
    assert found["check_ins"] == check_ins("kantor-kec-klojen", "2021-11-29", range(8, 12))


def test_a_day_without_a_log_gives_no_rate(counted: str) -> None:
    view = view_of(counted, FIRST, date(2021, 12, 11), place="block-office-kedungkandang")
    [line] = queries.by_site(view).to_dict("records")
    assert (line["state"], line["days"]) == ("no_log", 0) and pd.isna(line["rate"])


def test_nobody_counted_and_nobody_checked_in(etl: Etl, handmade: str, here: Settings, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    path.write_text(
        "\n".join(["counted_at,place_code,n_in,n_out,interval_minutes", *hourly("kantor-kel-sukun", 0, hours=range(3))])
    )
    assert etl("load", path, "--profile", "hitung", "--source", "pemkot", "--build") == 0
    served = builds.current(here)
    assert served is not None
    view = view_of(served.build, FIRST, LAST)
    found = queries.overall(view)
    assert found.rate is not None and found.rate.ratio is None
    assert said(view) == "Tingkat check-in -: tidak seorang pun dihitung masuk pada jam yang dihitung (0 check-in)."


def said(view: View, language: str = "id") -> str:
    return comparison_words.scan_rate(queries.overall(view), list(queries.by_site(view)["state"]), language)


def test_all_places_together(counted: str) -> None:
    view = view_of(counted, FIRST, LAST)
    sites, found = queries.by_site(view), queries.overall(view)
    rated = sites.dropna(subset="check_ins")
    assert found.rate == scan_rate.rate(int(rated["check_ins"].sum()), int(rated["entries"].sum()))
    assert (found.places, found.counted, found.coded, found.days) == (len(rated), 7, 8, 3)
    assert found.flagged == (sites["state"] == "over").sum() >= 1
    assert found.provisional == 0
    text = said(view)
    assert f"{found.rate.check_ins} check-in dari {found.rate.entries} orang masuk" in text
    assert f"di {len(rated)} dari 8 tempat ber-QR" in text


def test_where_there_is_no_rate_it_says_why(counted: str, handmade: str) -> None:
    assert said(view_of(handmade, FIRST, LAST)) == (
        "Tingkat check-in tidak diketahui: tidak ada hitungan petugas di sini pada masa ini."
    )
    for place, words in (
        ("kampung-warna-warni", "petugas hanya menghitung orang di dalam, bukan yang masuk"),
        ("balai-kota", "tidak semua pintu ber-QR dihitung"),
        ("alun-alun-merdeka", "hitungan tidak genap per jam"),
    ):
        assert said(view_of(counted, FIRST, LAST, place=place)) == f"Tingkat check-in tidak diketahui: {words}."
    assert said(view_of(counted, FIRST, LAST, place="kampung-warna-warni"), "en").startswith("Scan rate not known")
    flagged = said(view_of(counted, FIRST, LAST, place="kantor-kel-sukun"))
    assert flagged.startswith("Tingkat check-in -")
