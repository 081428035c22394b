"""Pages in AppTest: each state asserts its words and figures, not only that nothing failed (R18)."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import builds, words
from core.errors import StoreFailed
from core.settings import ROOT, Settings
from core.view import View
from queries import visits
from tests.files import log, row
from tests.test_queries import visit_rows

Etl = Callable[..., int]


def open_app(page: str = "kunjungan", **query: str) -> AppTest:
    """A page of the app under a link; '' is the front page."""
    at = AppTest.from_file(str(ROOT / "ui" / "shell.py"), default_timeout=60)
    for key, value in query.items():
        at.query_params[key] = value
    at.run()
    if page and at.header:  # no page opens without data
        at.switch_page(str(ROOT / "pages" / f"{page}.py")).run()
    assert not at.exception, at.exception
    return at


def headline(at: AppTest) -> str:
    [found] = at.header
    return str(found.value).replace("\\", "")


def chart(at: AppTest, n: int) -> dict[str, object]:
    return dict(json.loads(at.get("plotly_chart")[n].proto.spec))


def shown_text(at: AppTest) -> str:
    return " ".join(str(e.proto) for e in at.main)


def test_normal(handmade: str) -> None:
    at = open_app(dari="2021-11-22")
    assert headline(at).startswith("183 kunjungan tercatat pada Sen 22 Nov s.d. Min 5 Des 2021, di 8 tempat ber-QR.")
    table = at.dataframe[-1]
    expected = visit_rows().groupby("site").size()
    assert sorted(map(int, table.value["visits"])) == sorted(expected)
    days = visit_rows().groupby("day").size()
    assert chart(at, 0)["data"][0]["y"] == days.to_list()  # type: ignore[index]
    [map_] = at.get("component_instance")
    arguments = json.loads(map_.proto.json_args)
    per_kelurahan = visit_rows().groupby("kelurahan").size()
    for code, n in per_kelurahan.items():
        assert f'"{code}":[' in arguments["feature_group"]
        assert f',"{n}","{n}"]' in arguments["feature_group"]
    assert "DATA SIMULASI" in shown_text(at)


def test_the_map_sends_little(handmade: str) -> None:
    [map_] = open_app().get("component_instance")
    arguments = json.loads(map_.proto.json_args)
    assert len(arguments["feature_group"]) < len(map_.proto.json_args) < 10_000  # the whole message of a change
    asked = arguments["js_links"] + arguments["css_links"]
    assert all(link.startswith("/peta/") for link in asked)
    assert "//" not in re.sub(
        r"//[^/\n\"]*\\n", "", json.dumps({k: arguments[k] for k in ("script", "header", "html")})
    )


def test_one_kelurahan(handmade: str) -> None:
    at = open_app(dari="2021-11-22", kel="35.73.02.1004")
    rows = visit_rows()
    n = (rows["kelurahan"] == "35.73.02.1004").sum()
    assert headline(at).startswith(f"{n} kunjungan tercatat")
    assert "Kelurahan: Kiduldalem" in headline(at)


def test_a_filter_writes_the_link(handmade: str) -> None:
    at = open_app(dari="2021-11-22")
    at.selectbox(key="wilayah").set_value("kel:35.73.04.1005").run()
    assert at.query_params["kel"] in ("35.73.04.1005", ["35.73.04.1005"])
    assert "Kelurahan: Sukun" in headline(at)


def test_english(handmade: str) -> None:
    at = open_app(dari="2021-11-22", bahasa="en")
    assert headline(at).startswith("183 visits recorded on Mon 22 Nov to Sun 5 Dec 2021")
    shown = shown_text(at)
    for indonesian in ("kunjungan tercatat", "Tempat", "tidak terukur", "Dari"):
        assert indonesian not in shown


def test_not_measured_is_not_zero(handmade: str) -> None:
    at = open_app(dari="2021-11-22", kel="35.73.05.1005")
    assert "tidak terukur" in headline(at)
    assert len(at.dataframe) == 0
    assert chart(at, 0)["data"][1]["text"] == ["?"] * 14  # type: ignore[index]


def test_no_build_says_how_to_make_one() -> None:
    at = open_app()
    said = " ".join(c.value for c in at.code)
    assert "make run" in said
    assert "python -m etl load FILE --profile NAMA --build" in said
    assert [s.value for s in at.subheader] == ["Belum ada data"]


def test_a_new_build_shows_on_the_next_run(etl: Etl, handmade: str, tmp_path: Path) -> None:
    at = open_app(dari="2021-11-22")
    path = log(tmp_path / "one.csv", [row("2021-12-05 19:00:00", "QR-KWW-1", person=900)])
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    at.run()
    assert headline(at).startswith("184 kunjungan")
    old = open_app(dari="2021-11-22", v=handmade)
    assert headline(old).startswith("183 kunjungan")
    assert not old.warning


def test_bad_links_fall_back_and_say_so(handmade: str) -> None:
    at = open_app(dari="kemarin", kel="' OR 1=1", bahasa="fr", v="20200101T000000-00000000")
    [warning] = at.warning
    for key in ("dari", "kel", "bahasa", "v"):
        assert key in str(warning.value)
    assert "81 kunjungan" in headline(at)


def test_a_link_to_a_damaged_build_falls_back_and_says_so(
    etl: Etl, here: Settings, handmade: str, tmp_path: Path
) -> None:
    path = log(tmp_path / "one.csv", [row("2021-12-05 19:00:00", "QR-KWW-1", person=900)])
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    builds.close_all()
    builds.file_of(here, handmade).write_bytes(b"")
    at = open_app(dari="2021-11-22", v=handmade)
    assert headline(at).startswith("184 kunjungan")
    [warning] = at.warning
    assert "v" in str(warning.value)
    assert not at.error


def test_a_build_pruned_in_mid_run_is_left_for_the_served_one(
    here: Settings, handmade: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def once_gone(of: View) -> pd.DataFrame:
        asked.append(of.build)
        if len(asked) == 1:
            raise StoreFailed("error.no_build_file", build=of.build)
        return daily(of)

    daily = visits.daily
    monkeypatch.setattr(visits, "daily", once_gone)
    assert headline(open_app(dari="2021-11-22")).startswith("183 kunjungan")
    assert len(asked) > 1


def test_a_damaged_build_falls_back(etl: Etl, here: Settings, handmade: str, tmp_path: Path) -> None:
    path = log(tmp_path / "one.csv", [row("2021-12-05 19:00:00", "QR-KWW-1", person=900)])
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    served = builds.current(here)
    assert served is not None
    builds.close_all()
    builds.file_of(here, served.build).write_bytes(b"")
    assert headline(open_app(dari="2021-11-22")).startswith("183 kunjungan")


def test_nothing_usable_is_said_without_a_path(here: Settings, handmade: str) -> None:
    builds.close_all()
    builds.file_of(here, handmade).write_bytes(b"")
    at = open_app()
    [error] = at.error
    assert "python -m etl build" in error.value
    assert str(here.data_dir) not in error.value


def test_a_register_without_a_boundary_has_no_map_and_says_so(
    etl: Etl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = ROOT / "docs" / "examples" / "short_stay"
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(example))
    path = tmp_path / "stays.csv"
    path.write_text(
        "PatID,InRoomTS,OutRoomTS,PatType\n1,2024-01-01 07:44:00,2024-01-01 09:20:00,IVT\n"
        "2,2024-01-01 08:28:00,2024-01-01 11:13:00,CAT\n"
    )
    assert etl("load", path, "--profile", example / "profile.toml", "--build") == 0
    at = open_app()
    [info] = at.info
    assert info.value == words.text("map.no_boundary")
    assert not at.get("component_instance")
    assert headline(at) == "2 kunjungan tercatat pada Senin 1 Jan 2024, di 5 tempat ber-QR."
    assert "SIMULASI" not in shown_text(at)


HOSTILE = "<img src=x onerror=alert(1)>${alert(2)}</script><script>alert(3)</script>[a](javascript:alert(4)) :red[x]"


def test_names_are_inert(etl: Etl, here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """R25: a register's names are text in the map, the table, the sentence and the notes."""
    import shutil

    folder = tmp_path / "reference"
    shutil.copytree(here.reference_dir, folder)
    for name, old in (("kelurahan.csv", ",Sukun,35.73.04"), ("place.csv", ",Kantor Kelurahan Sukun,")):
        path = folder / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, f',"{HOSTILE}",' + old.split(",")[2]))
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(folder))
    assert etl("simulate", "--scenario", "contoh") == 0
    sample = next(iter(here.data_dir.glob("inbox/*/*/*.csv")))
    assert etl("load", sample, "--profile", "pedulilindungi", "--build") == 0
    at = open_app(dari="2021-11-22", kel="35.73.04.1005")
    arguments = json.loads(at.get("component_instance")[0].proto.json_args)
    for part in ("script", "feature_group", "header", "html"):
        assert "alert(" not in str(arguments[part])  # names travel in the outlines alone, as literals
    raw = str(at.header[0].value)
    assert not re.search(r"(?<!\\)[<\[$:]", raw.replace("kunjungan tercatat pada", ""))
    from ui import routes

    served = builds.current(here)
    assert served is not None
    script = routes._outline_script(served.build)
    assert "<" not in script.split("window.PANTAU_LAYERS")[0]
    assert "`" not in script.split("window.PANTAU_LAYERS")[0]


def test_pages_settle_after_a_rerun(handmade: str) -> None:
    at = open_app(dari="2021-11-22")
    first = headline(at)
    assert headline(at.run()) == first
    assert isinstance(at.dataframe[0].value, pd.DataFrame)


def test_the_foot_says_where_figures_and_places_come_from(handmade: str) -> None:
    at = open_app()
    shown = shown_text(at)
    assert "295 masuk = 283 dimuat" in shown
    assert "OpenStreetMap contributors" in shown


def test_data_quality(etl: Etl, handmade: str, tmp_path: Path) -> None:
    """Sentence, accounting, a refused file with what to do, rejects masked, and the code that waits."""
    bad = tmp_path / "unduhan.csv"
    bad.write_text("<html>9901000000000001</html>\n")
    assert etl("load", bad, "--profile", "pedulilindungi") == 3
    rows = [row(f"2021-12-05 08:{n:02d}:00", person=500 + n) for n in range(1, 9)] + [row("kemarin", person=1)]
    assert etl("load", log(tmp_path / "lagi.csv", rows), "--profile", "pedulilindungi", "--build") == 0
    at = open_app("mutu", dari="2021-11-22", sampai="2021-12-05")
    assert headline(at) == "Semua 2 sumber lengkap s.d. Min 5 Des."
    text = shown_text(at)
    assert (
        "304 baris masuk = 291 dimuat + 2 ganda + 8 ditolak + 3 disisihkan + 0 dari bulan yang sudah disegel." in text
    )
    refused = at.dataframe[0].value
    aside = next(t.value for t in at.dataframe if "since" in t.value)
    assert refused["file"].to_list() == ["unduhan.csv"]
    assert "halaman web" in refused["said"].iloc[0] and "Unduh ulang" in refused["advice"].iloc[0]
    assert aside["code"].to_list() == ["QR-BARU-9"]
    rejected = next(t.value for t in at.dataframe if "expected" in t.value)
    assert rejected["value"].iloc[0] == "xxxxxxx"
    assert "9901" not in text + " ".join(t.value.to_string() for t in at.dataframe)


def test_data_quality_of_a_period_without_logs_says_so(handmade: str) -> None:
    at = open_app("mutu", dari="2021-12-01", sampai="2021-12-05", bahasa="en")
    assert "Nothing to check in this period." in shown_text(at)
    assert "No head counts in this period." in shown_text(at)


def test_data_quality_says_which_figure_holds(etl: Etl, here: Settings, handmade: str, tmp_path: Path) -> None:
    """Task 3: both figures with the time of publication, difference, reason, status, and which to quote."""
    late = [row(f"2021-11-24 08:{n:02d}:00", person=700 + n) for n in range(12)]
    assert etl("load", log(tmp_path / "susulan.csv", late), "--profile", "pedulilindungi", "--build") == 0
    before = int((visit_rows()["day"] == "2021-11-24").sum())
    at = open_app("mutu", dari="2021-11-22", sampai="2021-12-05", hari="2021-11-24")
    [said] = [c.value for c in at.code if "kunjungan" in c.value]
    assert said.startswith(f"Rabu 24 Nov 2021: {before + 12} kunjungan, angka diperbaiki. Sebelumnya {before} (terbit ")
    assert said.endswith(f"selisih +12. Sebab: berkas terlambat: susulan.csv. Kutip {before + 12} (angka diperbaiki).")
    [changes] = [t.value for t in at.dataframe if "difference" in t.value]
    assert changes[["before", "now", "difference", "status", "cause"]].to_numpy().tolist() == [
        [str(before), str(before + 12), "+12", "angka diperbaiki", "berkas terlambat: susulan.csv"]
    ]
    at.selectbox(key="hari").set_value("2021-11-25").run()
    assert at.query_params["hari"] in ("2021-11-25", ["2021-11-25"])
    assert any("belum pernah berubah" in c.value for c in at.code)
    visits = open_app(dari="2021-11-22")
    numbers = [t for d in chart(visits, 0)["data"] for t in d.get("text") or []]  # type: ignore[attr-defined]
    assert f"{before + 12}*" in numbers and sum(str(t).endswith("*") for t in numbers) == 1
    assert "angka diperbaiki (1 hari)" in shown_text(visits)
    part = open_app(dari="2021-11-22", kel="35.73.04.1005")  # of a part of the city no totals are kept
    assert "angka diperbaiki" not in shown_text(part)


def test_data_quality_shows_freshness_completeness_checks_findings_and_retention(handmade: str, here: Settings) -> None:
    at = open_app("mutu", dari="2021-11-22", sampai="2021-12-05")
    text = shown_text(at)
    assert "Dinilai per akhir Min 5 Des." in text and text.count("tepat waktu") == 2
    assert "tiap hari, batas 2 hari" in text
    known = builds.frame(
        handmade, "SELECT count(*) AS n FROM completeness WHERE day BETWEEN '2021-11-22' AND '2021-12-05'"
    )
    drawn = " ".join(h.proto.body for h in at.get("html"))
    assert drawn.count("% sudah masuk") == 2 * known["n"].iloc[0] > 0  # title and label of each cell
    assert drawn.count(': tidak ada log"') == 2 * (2 * 14 - known["n"].iloc[0])
    assert "21 dari 21 pemeriksaan cocok." in text
    assert text.count("cocok saat dibuat") == 3
    assert "Selasa 28 Des 2021" in text and "Jumat 28 Jan 2022" in text  # until when scans of the two months exist
    assert text.count("<caption") == text.count("<table") == 4
    findings = builds.frame(handmade, "SELECT count(*) AS n FROM finding")["n"].iloc[0]
    assert f"Semua temuan ({findings})" in text
    [all_findings] = [t.value for t in at.dataframe if "detail" in t.value]
    assert len(all_findings) == findings
    assert all(t.proto.alt for t in at.dataframe)


def test_data_quality_shows_what_is_late_and_kept(handmade: str, here: Settings) -> None:
    """A source that allows one day, seen up to the 1st, is late from the 4th; a month kept says until when."""
    import duckdb

    builds.close_all()
    con = duckdb.connect(str(builds.file_of(here, handmade)))
    con.execute("DELETE FROM source_day WHERE source_id = 'mal' AND day > DATE '2021-12-01'")
    con.execute("UPDATE source SET late_after_days = 1 WHERE source_id = 'mal'")
    con.execute("""UPDATE retention SET state = 'sealed', scans_until = DATE '2022-05-31',
        sealed_at = TIMESTAMP '2022-05-31 02:00:00', register_at = TIMESTAMP '2022-06-01 02:00:00'
        WHERE month = DATE '2021-11-01'""")
    con.execute("UPDATE place_day SET orphans = check_outs + 1 WHERE site_id = 'matos' AND day = DATE '2021-11-24'")
    con.close()
    text = shown_text(open_app("mutu", dari="2021-11-22", sampai="2021-12-05"))
    assert "terlambat 3 hari, sejak Sab 4 Des" in text and text.count("tepat waktu") == 1
    assert "Nov 2021" in text and "Selasa 31 Mei 2022" in text and "terbuka, masih dapat dimuat" in text
    assert "ditutup, tinggal angka jumlah" in text and "Register diubah untuk Nov 2021 sesudah" in text
    assert "20 dari 21 pemeriksaan cocok." in text
    assert "1 baris tidak cocok" in text and "yang pertama: matos, 2021-11-24" in text
