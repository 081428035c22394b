"""States of a screen, each told apart from the others, and one figure the same on every screen that shows it.

Cut off is in test_wall."""

import json
import re
import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from core import builds, clock, words
from core.settings import ROOT, Settings
from queries import coverage, crowding, disclosed, followup, visits
from reports import make
from tests.app.server import serving
from tests.app.test_pages import chart, headline, open_app, shown_text
from tests.files import log, row, view_of
from tests.test_queries import LAST, visit_rows

Etl = Callable[..., int]
PAGES = ("", "kunjungan", "keramaian", "cakupan", "tempat", "taman", "mutu", "laporan")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_empty_in_words_without_a_build(page: str) -> None:
    at = open_app(page)
    assert [s.value for s in at.subheader] == [words.text("empty.title")]


@pytest.mark.parametrize("page", PAGES)
def test_every_page_marks_simulated_data(handmade: str, page: str) -> None:
    assert "DATA SIMULASI" in shown_text(open_app(page))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_names_the_bad_part_of_a_link(handmade: str, page: str) -> None:
    at = open_app(page, saat="nanti", opd="%", jam="9")
    assert all(key in str(at.warning[0].value) for key in ("saat", "opd", "jam"))


@pytest.mark.parametrize("page", PAGES)
def test_every_page_speaks_english(handmade: str, page: str) -> None:
    shown = shown_text(open_app(page, bahasa="en"))
    for key in ("head.simulated", "filter.region", "about.title", "filter.more"):
        assert words.text(key, "en") in shown
        if words.text(key, "id") != words.text(key, "en"):
            assert words.text(key, "id") not in shown, key


def test_partial_and_unknown_days_are_hatched_and_no_zero(handmade: str) -> None:
    at = open_app(dari="2021-11-22", kel="35.73.05.1005")
    spec = json.dumps(chart(at, 0))
    assert '"?"' in spec
    whole = open_app(dari="2021-11-22")
    assert "2 hari baru terdata sebagian tempatnya" in headline(whole)
    assert words.text("chart.partial_days", n=2) in shown_text(whole)


def test_provisional_days_are_said_and_are_a_trailing_block(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path
) -> None:
    """Half of all scans arrive two days late: the last two days have half of theirs."""
    rows = []
    for n in range(20):
        day = date(2021, 11, 1) + timedelta(days=n)
        for person in range(10):
            late = person % 2 * 2
            if day + timedelta(days=late) <= date(2021, 11, 20):
                rows.append(
                    row(
                        f"{day} 09:{person:02d}:00",
                        person=person,
                        waktu_unggah=f"{day + timedelta(days=late)} 20:00:00",
                    )
                )
    assert etl("load", log(tmp_path / "a.csv", rows), "--profile", "pedulilindungi", "--build") == 0
    served = builds.current(here)
    assert served is not None
    found = visits.daily(view_of(served.build, date(2021, 11, 1), date(2021, 11, 20)))
    assert found["provisional"].to_list() == [False] * 18 + [True] * 2
    assert found["completeness"].iloc[-1] == pytest.approx(100 / 190)
    at = open_app(dari="2021-11-14", sampai="2021-11-20")
    assert "2 hari terakhir masih angka sementara" in headline(at)
    assert words.text("chart.provisional_days", n=2) in shown_text(at)


def test_late_data_stay_and_are_called_late(etl: Etl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real data of four days ago from a source that owes them daily."""
    folder = tmp_path / "reference"
    shutil.copytree(ROOT / "docs" / "examples" / "short_stay", folder)
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(folder))
    path = tmp_path / "stays.csv"
    path.write_text("PatID,InRoomTS,OutRoomTS,PatType\n1,2024-01-01 07:44:00,2024-01-01 09:20:00,IVT\n")
    assert etl("load", path, "--profile", folder / "profile.toml", "--build") == 0
    source = (folder / "source.csv").read_text().splitlines()
    allowed = int(dict(zip(source[0].split(","), source[1].split(","), strict=True))["late_after_days"])
    monkeypatch.setattr(clock, "now", lambda: datetime(2024, 1, 3, 9) + timedelta(days=allowed + 1))
    shown = shown_text(open_app("kunjungan"))
    assert "terlambat 2 hari; angka terakhir Sen 1 Jan" in shown
    monkeypatch.setenv("PANTAU_CLOCK", "riwayat")
    assert "terlambat" not in shown_text(open_app("kunjungan"))
    monkeypatch.delenv("PANTAU_CLOCK")
    monkeypatch.setattr(clock, "now", lambda: datetime(2024, 1, 1, 10))
    assert "terlambat" not in shown_text(open_app("kunjungan"))


def test_suppressed_unknown_zero_and_not_applicable_never_look_alike(handmade: str) -> None:
    said = {words.text(key) for key in ("chart.suppressed", "value.unknown", "chart.not_applicable")} | {"0"}
    assert len(said) == 4
    at = open_app(dari="2021-11-25", sampai="2021-11-25", tempat="alun-alun-merdeka")
    assert "5 \\(disamarkan\\)" in shown_text(at).replace("\\\\", "\\")
    found = disclosed.visitors(view_of(handmade, date(2021, 11, 25), date(2021, 11, 25), place="alun-alun-merdeka"))
    assert found == (None, True)
    none = open_app(dari="2021-11-24", sampai="2021-11-24", tempat="alun-alun-merdeka")
    assert "Pengunjung \\(orang\\): **0**".replace("\\", "") in shown_text(none).replace("\\", "")


def test_uniques_are_not_available_under_a_filter_without_a_published_grain(handmade: str) -> None:
    at = open_app(dari="2021-11-25", sampai="2021-11-25", opd="setda")
    assert "tidak tersedia untuk saringan ini" in shown_text(at)


def test_nothing_to_follow_up_stays_on_screen(handmade: str) -> None:
    at = open_app("", saat="2021-11-23T12:00", kel="35.73.05.1012")
    assert "tidak ada yang perlu ditindaklanjuti, dari 2 sumber yang masuk" in headline(at)


def numbers(text: str) -> list[int]:
    return [int(n.replace(".", "")) for n in re.findall(r"\d[\d.]*", text)]


def test_one_figure_is_the_same_on_every_screen(handmade: str, tmp_path: Path) -> None:
    """Summary, page, place, report and wall."""
    link = {"dari": "2021-11-29", "saat": "2021-12-05T18:00"}
    view = view_of(handmade, date(2021, 11, 29), LAST, datetime(2021, 12, 5, 18))
    offices = coverage.counts(coverage.cells(view))["kelurahan"]
    hour = crowding.counts(crowding.at_hour(view))
    matters = followup.items(view)
    summary = headline(open_app("", **link)).split("WIB: ")[1]
    assert f"{offices['in_use']} dari 57" in summary
    assert hour["over"] + hour["maybe"] + hour["within"] == 0  # too few stays: unknown on every screen, not 0
    assert "keramaian tidak dapat dinilai" in summary
    assert (f"{len(matters)} hal" in summary) == bool(len(matters))
    stages = headline(open_app("cakupan", **link))
    assert numbers(stages) == [57, *(offices[n] for n in ("verified", "installed", "in_use", "unknown"))]
    crowd = headline(open_app("keramaian", **link))
    assert crowd.endswith(
        f"{hour['over']} tempat melebihi batas, {hour['maybe']} mungkin, {hour['undecided']} tidak dapat dinilai."
    )
    # visits: the summary's columns, the page's sentence, the place's columns, the report's rows
    rows = visit_rows()
    rows = rows[rows["day"] >= "2021-11-29"]
    page = headline(open_app("kunjungan", **link))
    assert numbers(page)[0] == len(rows)
    summary_days = chart(open_app("", **link), 0)["data"][0]["y"]  # type: ignore[index]
    assert [int(v) for v in summary_days if v] == rows.groupby("day").size().to_list()
    at = open_app("tempat", tempat="balai-kota", **link)
    days = next(
        c
        for i in range(len(at.get("plotly_chart")))
        if "customdata" in json.dumps(c := chart(at, i)) and "Sen<br>" in json.dumps(c)
    )
    own = rows[rows["site"] == "balai-kota"].groupby("day").size()
    assert sum(int(v) for v in days["data"][0]["y"] if v) == own.sum()  # type: ignore[index]
    made = make.make("kunjungan-harian", view)
    assert int(made.rows["visits"].sum()) == len(rows)
    stage_rows = make.make("cakupan-tahap", view).rows
    assert (stage_rows["state"] == "dipakai").sum() == (coverage.sites(view)["state"] == "in_use").sum()
    assert len(make.make("tindak-lanjut", view).rows) == len(matters)
    with serving(tmp_path / "server.log") as address:
        wall = httpx.get(f"{address}/layar", params={"saat": "2021-12-05T18:00"}).text
    assert f"{offices['in_use']}/57" in wall
    assert "pasti" not in wall
