"""Where there is room instead, and when it usually falls below the limit, on Satu tempat and Keramaian."""

import html
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from core.settings import Settings
from tests import crowds
from tests.app.test_pages import open_app, shown_text

Etl = Callable[..., int]
LINK = {"dari": "2021-11-24", "sampai": "2021-11-24", "saat": "2021-11-24T15:00"}


@pytest.fixture
def build(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> str:
    return crowds.malls(etl, here, tmp_path, datetime(2021, 11, 24))


def text(at: AppTest) -> str:
    return html.unescape(shown_text(at).replace("\\", ""))


def test_a_full_place_names_those_with_room(build: str) -> None:
    at = open_app("tempat", tempat="transmart-mx-mall", **LINK)
    said = text(at)
    assert [b.label.replace("\\", "") for b in at.button if b.key and b.key.startswith("lapang_")] == [
        "**1. Malang Town Square (Matos)**",
        "**2. Mall Olympic Garden (MOG)**",
        "**3. Mall Alun-alun (Ramayana) / MPP**",
    ]
    assert (
        "180 m (garis lurus), jam buka belum diketahui: 0 orang di dalam / batas 20, terisi paling banyak 0 %" in said
    )
    assert (
        "2,4 km (garis lurus), jam buka belum diketahui: 7 orang di dalam / batas 10, terisi paling banyak 70 %" in said
    )
    assert "kecamatan yang sama, jaraknya belum diketahui, jam buka belum diketahui: 0 orang" in said
    assert "Kapan biasanya turun di bawah batas" in said
    assert "Belum ada pembanding: kurang dari 4 hari yang serupa." in said
    assert "posisi simulasi" not in said and "Kantor lain" not in said


def test_one_with_room_says_nothing_of_falling_and_an_only_one_says_so(build: str) -> None:
    assert "Kapan biasanya turun" not in text(open_app("tempat", tempat="mog", **LINK))
    said = text(open_app("tempat", tempat="kampung-warna-warni", **LINK))
    assert "Tidak ada: tidak ada tempat lain sejenis ini (kampung tematik) yang ber-QR." in said
    said = text(open_app("tempat", tempat="plaza-araya", **LINK))
    assert (
        "Tidak ada: dari 6 tempat lain yang sejenis (mal), 1 tidak dapat dinilai, 2 terisi lebih dari 75 % atau "
        "ditutup, 0 sedang tutup menurut jam bukanya, 3 lapang tetapi jaraknya belum diketahui" in said
    )


def test_crowding_offers_the_choice_of_those_that_are_full(build: str) -> None:
    at = open_app("keramaian", **LINK)
    # over, then exactly full; MOG at 70 % and those that cannot be judged are not among them
    assert at.selectbox(key="pengganti").options == ["Transmart MX Mall", "Cyber Mall (Dieng)"]
    assert "12 / batas 10 (50 %)" in text(at)
    at.selectbox(key="pengganti").select_index(1).run()
    assert not at.exception
    assert at.query_params["pengganti"] in ("cyber-mall-dieng", ["cyber-mall-dieng"])
    assert at.button(key="lapang_1").label.replace("\\", "") == "**1. Mall Olympic Garden (MOG)**"
    early = open_app("keramaian", **LINK | {"saat": "2021-11-24T05:00"})
    assert "Tidak ada tempat yang penuh atau mungkin melebihi batas pada jam ini." in text(early)


def test_english(build: str) -> None:
    said = text(open_app("tempat", tempat="transmart-mx-mall", bahasa="en", **LINK))
    assert "180 m (straight line), opening hours not known: 0 people inside / limit 20, at most 0 % filled" in said
    for indonesian in ("Tempat sejenis", "biasanya", "garis lurus", "pembanding"):
        assert indonesian not in said
