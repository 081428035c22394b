"""Reports: one definition for screen, file and command line; what spreadsheets open is inert and typed (R24, R31)."""

import csv
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from core import builds
from core.settings import Settings
from core.view import View
from queries import crowding, tables
from reports import definitions, make, writers
from tests.files import view_of
from tests.test_queries import FIRST, LAST, visit_rows

Etl = Callable[..., int]
NAMES = [r.name for r in definitions.REPORTS]


@pytest.fixture
def whole(handmade: str) -> View:
    return view_of(handmade, FIRST, LAST)


def read_csv(data: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def sheet(data: bytes, index: int = 0) -> list[tuple[object, ...]]:
    return list(load_workbook(io.BytesIO(data)).worksheets[index].iter_rows(values_only=True))


def test_visits_by_day_equal_an_independent_count(whole: View) -> None:
    rows = read_csv(writers.as_csv(make.make("kunjungan-harian", whole)))
    found = {(r["tanggal"], r["kode_tempat"]): int(r["kunjungan"]) for r in rows if r["kunjungan"] not in ("", "0")}
    assert found == visit_rows().groupby(["day", "site"]).size().to_dict()
    unknown = [r for r in rows if r["status"] == "tidak diketahui"]
    assert {(r["kode_tempat"], r["kunjungan"]) for r in unknown} == {("matos", "")}
    assert {r["tanggal"] for r in unknown} == {"2021-11-22", "2021-11-23"}


def test_visits_by_hour_are_rounded_to_five_and_stand_beside_no_exact_total(whole: View) -> None:
    made = make.make("kunjungan-per-jam", whole)
    rows = read_csv(writers.as_csv(made))
    exact = visit_rows().groupby(["site", "day", "hour"]).size()
    assert len(rows) == len(exact) + 2  # and the two days of a place that no file covers
    for row in rows:
        if row["kunjungan"]:
            at = datetime.fromisoformat(row["jam"])
            n = exact[row["kode_tempat"], f"{at:%Y-%m-%d}", at.hour]
            assert int(row["kunjungan"]) % 5 == 0
            assert abs(int(row["kunjungan"]) - n) <= 2
    assert made.metadata["rounded_to"] == 5
    assert "tanggal" not in rows[0]


def test_crowding_by_hour_is_rounded_and_its_shares_follow(whole: View) -> None:
    exact = crowding.day_hours(whole)
    made = make.make("keramaian-per-jam", whole)
    for name in ("low", "high", "head_count", "usual"):
        known = made.rows[name].dropna()
        assert (known % 5 == 0).all()
    assert len(made.rows) == len(exact) == 24 * exact["place_id"].nunique()
    both = made.rows.dropna(subset=["high", "limit"])
    assert all(r.pct_high == r.high * 100 // r.limit for r in both.itertuples() if r.limit)


@pytest.mark.parametrize("name", NAMES)
def test_every_form_says_the_same(whole: View, name: str) -> None:
    made = make.make(name, whole)
    plain = read_csv(writers.as_csv(made))
    excel = read_csv(writers.as_csv_excel(made), ";")
    head, *cells = sheet(writers.as_xlsx(made))
    table = pq.read_table(io.BytesIO(writers.as_parquet(made)))
    headings = [c["name"] for c in made.metadata["columns"]]
    assert list(head) == headings
    assert len(plain) == len(excel) == len(cells) == table.num_rows == len(made.rows) == made.metadata["rows"]
    assert table.column_names == [c.name for c in made.report.columns]
    for column, title in zip(made.report.columns, headings, strict=True):
        i = headings.index(title)
        known = made.rows[column.name].notna().to_list()
        assert [row[i] is not None for row in cells] == known, column.name
        assert [row[title] != "" for row in plain] == known, column.name
        kinds = {"int": int, "date": datetime, "moment": datetime, "text": str, "flag": str, "decimal": (int, float)}
        assert all(isinstance(row[i], kinds[column.kind]) for row in cells if row[i] is not None), column.name
        if column.kind == "decimal":
            assert all("." not in row[title] for row in excel)
            assert [r[title].replace(",", ".") for r in excel] == [r[title] for r in plain]
    assert json.loads(table.schema.metadata[b"pantau"])["build"] == whole.build


def test_excel_in_indonesia_opens_it_right(whole: View) -> None:
    data = writers.as_csv_excel(make.make("kunjungan-harian", whole))
    assert data.startswith(b"\xef\xbb\xbf")
    assert not data[3:].startswith(b"sep=")
    first, second = data.decode("utf-8-sig").split("\r\n")[:2]
    assert first.count(";") == len(definitions.BY_NAME["kunjungan-harian"].columns) - 1
    assert second.split(";")[0] == "22/11/2021"


def test_codes_are_text_and_days_are_days(whole: View) -> None:
    head, *rows = sheet(writers.as_xlsx(make.make("kunjungan-harian", whole)))
    at = {name: i for i, name in enumerate(head)}
    assert "35.73.02.1004" in {row[at["kode_kelurahan"]] for row in rows}
    assert rows[0][at["tanggal"]] == datetime(2021, 11, 22)
    about = dict(sheet(writers.as_xlsx(make.make("kunjungan-harian", whole)), 1))
    assert about["build"] == whole.build
    assert about["title"] == "Kunjungan harian"


@pytest.mark.parametrize("name", NAMES)
def test_a_link_makes_the_same_bytes(whole: View, name: str) -> None:
    for _, _, write in writers.FORMATS.values():
        assert write(make.make(name, whole)) == write(make.make(name, whole))


def test_metadata_says_what_is_needed_to_trust_a_number(whole: View) -> None:
    said = json.loads(writers.as_metadata(make.make("kunjungan-harian", replace(whole, kelurahan="35.73.04.1005"))))
    assert said["filters"] == {"kel": "Sukun"}
    assert said["period"] == "Sen 22 Nov s.d. Min 5 Des 2021"
    assert said["link"]["v"] == said["build"] == whole.build
    assert said["simulated"] is True
    assert {c["unit"] for c in said["columns"]} == {None, "kali"}
    assert {s["source_id"] for s in said["sources"]} == {"pemkot", "mal"}
    assert "batas bawah" in said["definition"].lower()


def test_names_of_files(whole: View) -> None:
    view = replace(whole, kelurahan="35.73.04.1005", hours=(8, 11))
    assert make.make("kunjungan-harian", view).stem == (
        f"pantau-malang_kunjungan-harian_2021-11-22_2021-12-05_kel-35.73.04.1005_jam-8-11_{whole.build[-8:]}_SIMULASI"
    )


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "＝1+1"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_of_names_are_text(whole: View, formula: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """R24: whatever a register calls a place."""
    frame = tables.visits_daily(whole).assign(name=formula)
    monkeypatch.setattr(tables, "visits_daily", lambda view: frame.copy())
    made = make.make("kunjungan-harian", whole)
    for row in (*read_csv(writers.as_csv(made)), *read_csv(writers.as_csv_excel(made), ";")):
        assert row["nama"] == "'" + formula
    book = load_workbook(io.BytesIO(writers.as_xlsx(made)))
    for row in book.worksheets[0].iter_rows(min_row=2):
        assert (row[2].data_type, row[2].value) == ("s", "'" + formula)
    assert all(cell.data_type != "f" for page in book.worksheets for row in page.iter_rows() for cell in row)
    # numbers stay numbers, a lone dash says 'not applicable'
    assert writers.inert("-") == "-"


def test_no_report_tells_a_colour_or_a_refusal(whole: View) -> None:
    """R31: people by colour and refused entries are in no report; unique visitors neither."""
    for name in NAMES:
        fields = {c.name for c in definitions.BY_NAME[name].columns}
        assert not fields & {
            "colour",
            "measure",
            "refused",
            "repeats",
            "status_unknown",
            "visitors",
            "others",
            "check_ins",
        }


def test_the_command_writes_file_and_metadata(
    etl: Etl, handmade: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "keluar"
    link = "dari=2021-11-22&kel=35.73.02.1004"
    assert etl("report", "kunjungan-harian", "--format", "csv", "--out", out, "--view", link) == 0
    first, second = sorted(p.name for p in out.iterdir())
    assert (first[-4:], second[-5:]) == (".csv", ".json")
    rows = read_csv((out / first).read_bytes())
    wanted = visit_rows()
    wanted = wanted[wanted["kelurahan"] == "35.73.02.1004"]
    assert sum(int(r["kunjungan"] or 0) for r in rows) == len(wanted)
    view = view_of(handmade, date(2021, 11, 22), LAST, kelurahan="35.73.02.1004", moment=datetime(2021, 12, 5, 18))
    assert (out / first).read_bytes() == writers.as_csv(make.make("kunjungan-harian", view))  # as the screen's button
    capsys.readouterr()
    assert etl("report", "entah", "--out", out) == 2
    said = capsys.readouterr().err
    assert "kunjungan-harian" in said
    assert "mutu-berkas" in said
    assert etl("report", "mutu-berkas", "--out", out, "--view", "kel=Sukun&dari=kemarin") == 2
    said = capsys.readouterr().err
    assert "kel" in said
    assert "dari" in said


def test_no_build_no_report(etl: Etl, capsys: pytest.CaptureFixture[str]) -> None:
    assert etl("report", "mutu-berkas") == 2
    assert "python -m etl build" in capsys.readouterr().err


def test_real_data_is_not_called_simulated(
    etl: Etl, here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.settings import ROOT

    example = ROOT / "docs" / "examples" / "short_stay"
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(example))
    path = tmp_path / "stays.csv"
    path.write_text("PatID,InRoomTS,OutRoomTS,PatType\n1,2024-01-01 07:44:00,2024-01-01 09:20:00,IVT\n")
    assert etl("load", path, "--profile", example / "profile.toml", "--build") == 0
    shutil.rmtree(tmp_path / "keluar", ignore_errors=True)
    assert etl("report", "kunjungan-harian", "--out", tmp_path / "keluar") == 0
    assert not [p for p in (tmp_path / "keluar").iterdir() if "SIMULASI" in p.name]
    served = builds.current(here)
    assert served is not None
    made = make.make("kunjungan-harian", view_of(served.build, date(2024, 1, 1), date(2024, 1, 1)))
    assert not made.rows["simulated"].any()
    assert isinstance(made.rows, pd.DataFrame)
