"""Satu tempat and Keramaian say what the persons inside rest on, and which figures may still change."""

import html
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from tests import crowds
from tests.app.test_pages import chart, open_app, shown_text
from tests.test_replay import of_before

Etl = Callable[..., int]
DAY = datetime(2021, 11, 24)
LINK = {"dari": "2021-11-24", "sampai": "2021-11-24", "saat": "2021-11-24T15:00"}


@pytest.fixture
def build(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> str:
    """The malls, and at MOG three who came at 13.50 and may still check out: the log ends at 14.44."""
    return crowds.malls(etl, here, tmp_path, DAY, crowds.group("mog", 3, DAY.replace(hour=13, minute=50), None))


def text(at: AppTest) -> str:
    return html.unescape(shown_text(at).replace("\\", ""))


def test_a_provisional_hour_is_said_everywhere(build: str) -> None:
    at = open_app("tempat", tempat="mog", **LINK)
    said = text(at)
    assert re.search(r"Di dalam kira-kira \d+ orang \(\d+-\d+\) pada pukul 14.00-15.00, karena 3 dari 10 orang", said)
    assert "Angka sementara: data jam itu masih dapat masuk." in said
    assert re.search(r"batas 10 \(50 %\) · .* · sementara", said.replace(" (simulasi)", ""))
    assert "Batas logis pada puncak jam itu: 7-10 orang." in said
    assert re.search(r"Model [0-9a-f]{8}\.", said)
    assert "sementara: data masih dapat masuk" in said  # the legend of the curve
    shapes = dict(zip(chart(at, 0)["data"][0]["x"], chart(at, 0)["data"][0]["marker"]["pattern"]["shape"], strict=True))  # type: ignore[index]
    assert shapes[14] == "\\" and shapes[12] == ""
    at = open_app("keramaian", **LINK)
    said = text(at)
    assert "* sementara (1 tempat): data jam itu masih dapat masuk." in said
    assert "Kisaran orang di dalam: 8 dari 10 kali" in said and "kasar" not in said
    [judged] = [t.value for t in at.dataframe if "permitted" in t.value and "inside" in t.value]
    marked = judged.set_index("name")["inside"].str.endswith(" (sementara)")
    assert marked[marked].index.to_list() == ["Mall Olympic Garden (MOG)"]


def test_a_final_hour_says_nothing_of_it_and_the_hours_after_the_log_do(build: str) -> None:
    at = open_app("tempat", tempat="transmart-mx-mall", **LINK)
    said = text(at)
    assert "Di dalam 12 orang pada pukul 14.00-15.00." in said
    assert "Angka sementara" not in said and "· sementara" not in said and "(sementara)" not in said
    assert "sementara: data masih dapat masuk" in said  # the legend: of the hours from 15.00 on
    shapes = dict(zip(chart(at, 0)["data"][0]["x"], chart(at, 0)["data"][0]["marker"]["pattern"]["shape"], strict=True))  # type: ignore[index]
    assert [shapes[hour] for hour in (13, 14, 15, 23)] == ["", "", "\\", "\\"]


def test_a_build_of_before_says_that_its_range_is_rough(build: str, here: Settings) -> None:
    of_before(here, build)
    at = open_app("keramaian", **LINK)
    said = text(at)
    assert "Perkiraan kasar: orang yang check-out" in said and "8 dari 10 kali" not in said
    assert "Versi data ini hanya mengenal jam" in said
    said = text(open_app("tempat", tempat="mog", **LINK))
    assert "(perkiraan kasar)" in said and "kisaran kasar dari kuartil bawah" in said


def test_english(build: str) -> None:
    said = text(open_app("tempat", tempat="mog", bahasa="en", **LINK))
    assert re.search(
        r"About \d+ people inside \(\d+-\d+\) at 14:00-15:00, because 3 of 10 people do not check out", said
    )
    for indonesian in ("Batas logis", "sementara", "Dasar:", "Hitungan petugas", "Rincian"):
        assert indonesian not in said
