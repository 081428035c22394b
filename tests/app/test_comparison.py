"""Use or visits and the scan rate on their pages: words and figures, in both languages, and the link that chooses."""

from datetime import date
from pathlib import Path

from core import builds
from core.settings import Settings
from queries import comparison
from tests.app.test_pages import open_app, shown_text
from tests.files import view_of
from tests.stores import Etl

SECOND = {"dari": "2021-11-29", "sampai": "2021-12-05"}


def sentence(at: object) -> str:
    [said] = [c.value for c in at.code if "dibanding" in c.value or " against " in c.value]  # type: ignore[attr-defined]
    return str(said)


def test_use_or_visits(handmade: str) -> None:
    at = open_app(**SECOND)
    parts = comparison.compare(view_of(handmade, date(2021, 11, 29), date(2021, 12, 5))).found
    assert sentence(at).startswith(
        "Kunjungan tercatat Sen 29 Nov s.d. Min 5 Des 2021 dibanding Sen 22 Nov s.d. Min 28 Nov 2021: total "
    )
    assert f"({parts.total.before} menjadi {parts.total.after})" in sentence(at)
    assert "Penilaian: tidak dapat dipastikan" in sentence(at)
    assert "**Tidak dapat dipastikan**" in [m.value for m in at.markdown]
    text = shown_text(at)
    assert "Dibandingkan 7 dari 7 hari" in text and "Level PPKM: 2." in text
    assert "Tidak ada hitungan petugas pada jam dan tempat yang sama" in text
    assert "Asumsi: naik atau turun bila kisaran 95 %" in text
    [drawn] = [h.proto.body for h in at.get("html") if "Kunjungan tercatat pada hari yang dibandingkan" in h.proto.body]
    for number in (parts.total.before, parts.total.after, parts.same.places):
        assert f">{number}<" in drawn


def test_an_earlier_period_is_chosen_by_link_and_widget(handmade: str) -> None:
    first = {"dari": "2021-12-01", "sampai": "2021-12-04"}
    assert "dibanding Rab 24 Nov" in sentence(open_app(**first))
    at = open_app(**first, banding="2021-11-22")
    assert "dibanding Sen 22 Nov s.d. Kam 25 Nov 2021" in sentence(at)
    assert "hari tidak dibandingkan: tidak ada hari sejenis" in shown_text(at)
    at.date_input(key="banding").set_value(date(2021, 11, 24)).run()
    assert at.query_params["banding"] in ("2021-11-24", ["2021-11-24"])
    assert "dibanding Rab 24 Nov" in sentence(at)
    for bad in ("kemarin", "2021-11-30", "1900-01-01"):
        at = open_app(**first, banding=bad)
        assert "dibanding Rab 24 Nov" in sentence(at)
        assert "diganti nilai bawaan: banding" in shown_text(at)


def test_nothing_before_the_data_and_english(handmade: str) -> None:
    at = open_app(dari="2021-11-22", sampai="2021-11-28", bahasa="en")
    assert "cannot be ascertained, because logs of some days or places are missing" in sentence(at)
    assert "More people or more QR codes?" in [s.value for s in at.subheader]
    shown = shown_text(at)
    for indonesian in ("Penilaian", "dibanding", "hitungan petugas", "Tingkat"):
        assert indonesian not in shown
    assert not [d for d in at.date_input if d.key == "banding"]  # no day is left to choose
    early = open_app(dari="2021-11-26", sampai="2021-11-28")
    assert early.date_input(key="banding").value == date(2021, 11, 19)  # the widget says what is compared
    assert "dibanding Jum 19 Nov s.d. Min 21 Nov 2021: tidak dapat dipastikan, karena log" in sentence(early)


def test_no_head_counts_are_said(handmade: str) -> None:
    missing = "Tingkat check-in tidak diketahui: tidak ada hitungan petugas di sini pada masa ini."
    assert missing in [m.value.replace("\\", "") for m in open_app(**SECOND).markdown]
    at = open_app("tempat", tempat="kantor-kec-klojen", **SECOND)
    assert missing in [m.value.replace("\\", "") for m in at.markdown]


def test_the_scan_rate_of_a_place_and_of_all(etl: Etl, here: Settings, handmade: str, tmp_path: Path) -> None:
    path = tmp_path / "c.csv"
    lines = [f"2021-11-29 {hour:02d}:00,kantor-kec-klojen,9,0,60" for hour in range(8, 19)]
    path.write_text("\n".join(["counted_at,place_code,n_in,n_out,interval_minutes", *lines, ""]))
    assert etl("load", path, "--profile", "hitung", "--source", "pemkot", "--build") == 0
    assert builds.current(here) is not None
    at = open_app(**SECOND)
    [said] = [m.value.replace("\\", "") for m in at.markdown if "orang masuk" in m.value]
    assert "dari 99 orang masuk menurut hitungan petugas pada jam yang sama, di 1 dari 8 tempat ber-QR" in said
    [table] = [t.value for t in at.dataframe if "entries" in t.value]
    assert table[["entries", "counted_hours", "state"]].to_numpy().tolist() == [["99", "11", "dapat dihitung"]]
    assert table["rate"].iloc[0] in said.replace(":", "") and "Wilson 95 %" in shown_text(at)
    one = open_app("tempat", tempat="kantor-kec-klojen", **SECOND)
    [said] = [m.value.replace("\\", "") for m in one.markdown if "orang masuk" in m.value]
    assert "di 1 dari 1 tempat ber-QR" in said
    assert not [t for t in one.dataframe if "entries" in t.value]
