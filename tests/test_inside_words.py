"""What is said of the persons inside one place: each case of the sentence, and what it rests on."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from core import capacity_words, inside_words
from core.settings import Settings
from core.view import View
from queries import basis, crowding
from reports import make
from tests import crowds
from tests.files import view_of
from tests.test_replay import of_before

Etl = Callable[..., int]
DAY = datetime(2021, 11, 24)
VIEW = View("x", date(2021, 11, 24), date(2021, 11, 24), datetime(2021, 11, 24, 15))


def row(**more: object) -> Any:
    """A row of queries.crowding.at_hour."""
    fields = {
        "low": 1000, "high": 1500, "expected": 1234.4, "estimated": 864.1, "certain": 310, "bound": 2600,
        "matched": 120, "regulars": 31, "fitted_on": pd.Timestamp(2021, 10, 1), "model": "0123abcd",
        "open_share": 0.71, "covered": True, "provisional": False, "head_count": pd.NA,
    }  # fmt: skip
    return SimpleNamespace(**fields | more)


AT, RANGE = "pada pukul 14.00-15.00", "Di dalam kira-kira 1.234 orang (1.000-1.500)"
NONE = {"low": pd.NA, "high": pd.NA}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, f"{RANGE} {AT}, karena 7 dari 10 orang tidak check-out."),
        ({"low": 12, "high": 12}, f"Di dalam 12 orang {AT}."),
        ({"open_share": 0.04}, f"{RANGE} {AT}, karena sebagian orang tidak check-out."),
        ({"open_share": pd.NA}, f"{RANGE} {AT}, karena sebagian orang tidak check-out."),
        (
            {"low": 12, "high": 12, "provisional": True},
            f"Di dalam 12 orang {AT}. Angka sementara: data jam itu masih dapat masuk.",
        ),
        (
            {"model": None, "expected": pd.NA},
            f"Di dalam kira-kira 1.000-1.500 orang {AT}, karena 7 dari 10 orang tidak check-out (perkiraan kasar).",
        ),
        ({"model": None, "low": 0, "high": 0}, f"Di dalam 0 orang {AT} (perkiraan kasar)."),
        (NONE | {"matched": 29}, "baru 29 orang di kategori ini yang check-out"),
        (NONE | {"matched": pd.NA}, "baru 0 orang di kategori ini yang check-out"),
        (NONE | {"covered": False, "provisional": True}, "data hari itu belum masuk"),
    ],
)
def test_the_sentence(more: dict[str, object], said: str) -> None:
    if "low" in more and pd.isna(more["low"]):
        said = f"Orang di dalam tidak dapat diperkirakan: {said}."
    assert inside_words.sentence(row(**more), VIEW) == said


def test_the_details() -> None:
    bounds, estimated, rests, count = inside_words.details(row(), "id")
    assert bounds.startswith("Batas logis pada puncak jam itu: 310-2.600 orang.")
    assert estimated.startswith("Yang diperkirakan: 70 % dari 1.234 orang;")
    assert rests == (
        "Dasar: 120 kunjungan lengkap di kategori ini pada Okt 2021, menurut tempat dan jam masuk; 3 dari 10 oleh yang "
        "datang hampir setiap hari (kemungkinan pegawai), yang dihitung tersendiri. Model 0123abcd."
    )
    assert count == "Hitungan petugas: tidak ada pada jam itu."
    assert inside_words.details(row(head_count=88, provisional=True), "id")[3:] == [
        "Hitungan petugas: 88 orang, terukur pada bacaan terakhir jam itu.",
        "Sementara: data jam itu belum masuk semua, masih ada yang dapat check-out, atau unggahan hari itu belum "
        "lengkap; kisarannya dapat berubah.",
    ]
    rough = inside_words.details(row(model=None, expected=pd.NA, estimated=pd.NA, bound=pd.NA, regulars=pd.NA), "id")
    assert rough[0].startswith("Batas logis pada puncak jam itu: 310-? orang.")
    assert "kisaran kasar dari kuartil bawah" in rough[1] and len(rough) == 3
    few = inside_words.details(row(low=pd.NA, high=pd.NA, expected=pd.NA, estimated=pd.NA, matched=29), "id")
    assert few[1] == "Dasar: 29 kunjungan lengkap di kategori ini yang dapat dipakai; tanpa perkiraan."
    nobody = inside_words.details(row(expected=0.0, estimated=0.0), "id")
    assert not any("diperkirakan" in line for line in nobody)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, ""),
        ({"provisional": True}, " (sementara)"),
        ({"model": None}, " (perkiraan kasar)"),
        ({"model": None, "provisional": True}, " (perkiraan kasar, sementara)"),
    ],
)
def test_marks(more: dict[str, object], said: str) -> None:
    assert capacity_words.marks(row(**more), "id") == said


@pytest.fixture
def build(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> str:
    """The malls, and at MOG three who came at 13.50 and may still check out: the log ends at 14.44."""
    return crowds.malls(etl, here, tmp_path, DAY, crowds.group("mog", 3, DAY.replace(hour=13, minute=50), None))


def test_what_may_still_change_and_what_is_rough_goes_with_the_figure(build: str, here: Settings) -> None:
    view = view_of(build, DAY.date(), DAY.date(), DAY.replace(hour=15))
    hour = crowding.at_hour(view)
    assert hour.loc[hour["provisional"], "place_id"].to_list() == ["mog"]
    assert basis.of(view, "crowding").status.startswith(
        "perkiraan (kisaran 8 dari 10), sementara di 1 tempat; check-in"
    )
    made = make.make("keramaian-per-jam", view).rows
    of_hour = made[made["hour"] == DAY.replace(hour=14)].set_index("place_id")["status"]
    assert of_hour["mog"] == "perkiraan sementara"
    assert of_hour["transmart-mx-mall"] == "perkiraan"
    assert of_hour["kantor-kel-sukun"] == "tidak diketahui"  # no log of its source
    before = view_of(build, DAY.date(), DAY.date(), DAY.replace(hour=13))
    assert basis.of(before, "crowding").status.startswith("perkiraan (kisaran 8 dari 10); check-in")
    of_before(here, build)
    for cached in (basis.of, crowding.judged, crowding._hours):
        cached.cache_clear()
    assert crowding.rough(crowding.at_hour(view))
    assert basis.of(before, "crowding").status.startswith("perkiraan kasar; check-in")
