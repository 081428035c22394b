"""`etl register`: a spreadsheet becomes the register's history, whole or not at all, and every refusal says where."""

import contextlib
import csv
import datetime as dt
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from core import builds, clock, settings
from core.errors import InputRefused
from core.resolve import Resolver
from core.settings import Settings
from etl import loading, publish, store
from etl.entry import contract, folders, sheets
from tests.spreadsheets import EVENTS, as_csv, as_xlsx, event
from tests.stores import Etl, table

SUKUN, KASIN = "Kantor Kelurahan Sukun", "Kantor Kelurahan Kasin"
NOW = dt.datetime(2021, 12, 5, 18, 0)
NIK = "3573010101900001"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def said(etl: Etl, capsys: pytest.CaptureFixture[str]) -> "Said":
    return Said(etl, capsys)


class Said:
    """Runs `register` and keeps what it said."""

    def __init__(self, etl: Etl, capsys: pytest.CaptureFixture[str]) -> None:
        self._etl, self._capsys = etl, capsys

    def __call__(self, *words: object, code: int = 0) -> str:
        self._capsys.readouterr()
        found = self._etl("register", *words)
        out, err = self._capsys.readouterr()
        assert found == code, out + err
        return out + err

    def refusals(self, path: Path) -> dict[tuple[str, int, str], str]:
        """(sheet, row, column) -> value and what was expected."""
        found = {}
        pattern = r'  (?:lembar (\w+))?(?:, )?(?:baris (\d+))?(?:, )?(?:kolom (.+?))?: (".*" .*)'
        text = self(path, code=3)
        lines = [line for line in text.splitlines() if line.startswith("  ")]
        for line in lines:
            where = re.fullmatch(pattern, line)
            assert where, line
            found[where[1] or "", int(where[2] or 0), where[3] or ""] = where[4]
        assert f"{len(lines)} isian ditolak" in text
        return found


def entries(here: Settings) -> dict[str, dict[str, str]]:
    """Events on disk by id, over all imports."""
    found = {}
    for folder in folders.entered(here):
        with (folder / "stage_event.csv").open(encoding="utf-8") as file:
            found |= {row["event_id"]: row for row in csv.DictReader(file)}
    return found


def state(folder: Path) -> dict[str, bytes]:
    """Every file of a directory but the lock."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.name != "lock")
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def test_an_event_is_entered_with_its_document_and_source(said: Said, here: Settings, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "a.csv", [event(Jam="14.00 WIB", Dokumen="BA 12/2021")])
    text = said(path)
    assert f"{SUKUN} (kantor-kel-sukun): belum diketahui -> terpasang" in text
    assert "1 peristiwa baru (0 di antaranya koreksi), 0 tempat baru, 0 kontak; 0 baris sudah ada." in text
    assert "python -m etl build" in text
    [row] = entries(here).values()
    assert row | {"event_id": ""} == {
        "event_id": "", "place_id": "kantor-kel-sukun", "stage": "installed", "at": "2021-12-03 14:00:00",
        "document": "BA 12/2021", "corrects": "", "precision": "minute", "source": "Diskominfo", "confidence": "high",
        "simulasi": "",
    }  # fmt: skip
    about = json.loads((folders.entered(here)[0] / folders.ABOUT).read_text())
    assert (about["file"], about["at"]) == ("a.csv", NOW.isoformat())


def test_the_example_of_the_docs_answers_as_it_says(said: Said, tmp_path: Path) -> None:
    text = (Path(__file__).parent.parent / "docs" / "etl.md").read_text().partition("## Entering the register")[2]
    blocks = [[line[4:] for line in block.splitlines()] for block in re.findall(r"(?:^    .+\n)+", text, re.M)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(blocks[0]) + "\n")
    assert said(path, "--dry-run").splitlines()[:-1] == blocks[1]


# --- names and forms that are taken -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("kantor-kel-sukun", "kantor-kel-sukun"),  # code
        (SUKUN, "kantor-kel-sukun"),  # exact
        ("KANTOR  KELURAHAN ORO ORO DOWO", "kantor-kel-oro-oro-dowo"),  # normalised
        ("Matos", "matos"),  # alias
        ("Kantor\u200b Kelurahan Sukun ", "kantor-kel-sukun"),  # copied from a chat
    ],
)
def test_names_are_resolved(said: Said, tmp_path: Path, name: str, code: str) -> None:
    assert f"({code}): belum diketahui -> terpasang" in said(as_csv(tmp_path / "a.csv", [event(name)]), "--dry-run")


def test_every_form_of_a_date_and_time_is_read(said: Said, here: Settings, tmp_path: Path) -> None:
    forms = [
        ("03/12/2021", "14.00"),
        ("3-12-2021", "14:00"),
        ("2021-12-03", "pukul 14.00 WIB"),
        (dt.date(2021, 12, 3), None),
        (dt.datetime(2021, 12, 3), dt.time(14)),
        (dt.datetime(2021, 12, 3, 14, 0), None),
        ("03/12/2021", ""),
        ("03/12/2021", dt.time(0, 0)),
        ("03.12.2021", dt.timedelta(hours=14)),
    ]
    rows = [event(day=day, Jam=clock, ID_peristiwa=f"F{i}", Dokumen=f"D{i}") for i, (day, clock) in enumerate(forms)]
    said(as_xlsx(tmp_path / "a.xlsx", tahap=rows))
    read = {name: (row["at"][11:16], row["precision"]) for name, row in entries(here).items()}
    timed, whole, midnight = ("14:00", "minute"), ("00:00", "day"), ("00:00", "minute")
    assert list(read.values()) == [timed, timed, timed, whole, timed, timed, whole, midnight, timed]
    assert {row["at"][:10] for row in entries(here).values()} == {"2021-12-03"}


def test_every_word_of_a_stage_is_read(said: Said, here: Settings, tmp_path: Path) -> None:
    spoken = {
        "diajukan": "filed",
        "Diverifikasi (Kemenkes)": "verified",
        "akses diterima": "access_issued",
        "AKTIF": "activated",
        "akses kedaluwarsa": "expired",
        "petugas dilatih": "trained",
        "terpasang": "installed",
        "verified": "verified",
        "access_issued": "access_issued",
        "staff trained": "trained",
    }
    rows = [event(stage=word, ID_peristiwa=f"S{i}", Dokumen=f"D{i}") for i, word in enumerate(spoken)]
    said(as_csv(tmp_path / "a.csv", rows))
    assert [row["stage"] for row in entries(here).values()] == list(spoken.values())
    assert {contract.stages()[contract.heading(word)] for word in ("dibatalkan", "ditarik")} == {"withdrawn"}


def test_headings_in_english_by_contract_and_in_any_order_are_read(said: Said, here: Settings, tmp_path: Path) -> None:
    heads = ("  confidence", "SOURCE", "stage", "Date *", "place_id")
    row = dict(zip(heads, ("high", "Diskominfo", "installed", "2021-12-03", "kantor-kel-sukun"), strict=True))
    said(as_csv(tmp_path / "a.csv", [row], heads, ","))
    assert [r["stage"] for r in entries(here).values()] == ["installed"]


def test_a_simulated_event_is_kept_and_marked(said: Said, here: Settings, tmp_path: Path) -> None:
    text = said(as_csv(tmp_path / "a.csv", [event(Simulasi="ya"), event(KASIN, Simulasi="tidak")]))
    assert "-> terpasang (simulasi)" in text
    assert sorted((r["place_id"], r["simulasi"]) for r in entries(here).values()) == [
        ("kantor-kel-kasin", ""),
        ("kantor-kel-sukun", "simulasi"),
    ]


def test_csv_and_workbook_are_the_same(said: Said, here: Settings, tmp_path: Path) -> None:
    rows = [event(Jam="14.00", Dokumen="BA 1"), event(KASIN, "diverifikasi", Simulasi="ya"), event("Matos", "aktif")]
    said(as_csv(tmp_path / "a.csv", rows))
    [one] = folders.entered(here)
    first = (one / "stage_event.csv").read_bytes()
    assert "3 baris sudah ada" in said(as_xlsx(tmp_path / "a.xlsx", tahap=rows))
    shutil.rmtree(here.register)
    said(as_xlsx(tmp_path / "a.xlsx", tahap=rows))
    assert (folders.entered(here)[0] / "stage_event.csv").read_bytes() == first


# --- refusals -----------------------------------------------------------------------------------------------------

EVENT_FAULTS: list[tuple[dict[str, object], str, str]] = [
    ({"Tempat": ""}, "Tempat", "tidak kosong"),
    ({"Tempat": "Kelurahan Sukun"}, "Tempat", f"mungkin: {SUKUN} (kantor-kel-sukun)"),
    ({"Tempat": "Zzz"}, "Tempat", "ID atau nama tempat atau pintu di register"),
    ({"Tempat": "area-01"}, "Tempat", "tahap area dan gedung (area-01) dihitung"),
    ({"Tempat": "Mini Block Office"}, "Tempat", "(balai-kota-mini-block-office) dihitung"),
    ({"Tempat": "balai-kota-pintu-1"}, "Tempat", "hanya ada di skenario simulasi"),
    ({"Tahap": "jadi"}, "Tahap", "diajukan, diverifikasi, akses diterima"),
    ({"Tahap": "check-in pertama"}, "Tahap", "dihitung dari check-in"),
    ({"Tahap": "in_use"}, "Tahap", "dihitung dari check-in"),
    ({"Tahap": "dibatalkan"}, "Mengoreksi", "ID peristiwa yang dibatalkan"),
    ({"Tanggal": "31/11/2021"}, "Tanggal", "hh/bb/tttt"),
    ({"Tanggal": "3 Des 2021"}, "Tanggal", "hh/bb/tttt"),
    ({"Tanggal": "03/12/21"}, "Tanggal", "hh/bb/tttt"),
    ({"Tanggal": 44533.5}, "Tanggal", "hh/bb/tttt"),
    ({"Tanggal": "03/12/2012"}, "Tanggal", "sejak 01/01/2020"),
    ({"Tanggal": "06/12/2021"}, "Tanggal", "paling lambat 05/12/2021"),
    ({"Tanggal": "05/12/2021", "Jam": "18.01"}, "Jam", "paling lambat 05/12/2021 18.00"),
    ({"Jam": "25.00"}, "Jam", "jj.mm sebagai teks"),
    ({"Jam": 14.3}, "Jam", "jj.mm sebagai teks"),
    ({"Tanggal": dt.datetime(2021, 12, 3, 9, 0), "Jam": "10.00"}, "Jam", "satu kolom saja"),
    ({"Sumber": ""}, "Sumber", "tidak kosong"),
    ({"Keyakinan": "yakin"}, "Keyakinan", "tinggi | sedang | rendah"),
    ({"Simulasi": "mungkin"}, "Simulasi", "ya | tidak"),
    ({"ID peristiwa": "no spaces"}, "ID peristiwa", "huruf, angka"),
    ({"Dokumen": NIK}, "Dokumen", "nomor identitas orang"),
    ({"Sumber": f"kata {NIK}"}, "Sumber", "nomor identitas orang"),
    ({"Dokumen": float(NIK)}, "Dokumen", "nomor identitas orang"),
    ({"Dokumen": "=1+1"}, "Dokumen", "bukan rumus"),
    ({"Dokumen": dt.date(2021, 10, 1)}, "Dokumen", "sebagai Teks"),
    ({"Dokumen": 12.5}, "Dokumen", "sebagai Teks"),
    ({"Dokumen": "x" * 301}, "Dokumen", "paling banyak 300"),
    ({"Mengoreksi": "P-tidak-ada"}, "Mengoreksi", "ID peristiwa di register atau di berkas ini"),
]


def test_every_refusal_of_a_file_says_row_column_value_and_expected(
    said: Said, here: Settings, scenario: None, tmp_path: Path
) -> None:
    good = event(KASIN)
    path = as_xlsx(tmp_path / "a.xlsx", tahap=[good, *(event() | changed for changed, _, _ in EVENT_FAULTS)])
    before = state(here.data_dir)
    found = said.refusals(path)
    for line, (changed, column, expected) in enumerate(EVENT_FAULTS, 3):
        assert expected in found["tahap", line, column], (changed, found["tahap", line, column])
    assert len(found) == len(EVENT_FAULTS)
    assert NIK not in str(found) and "35...01" in found["tahap", 27, "Dokumen"]
    assert state(here.data_dir) == before and folders.entered(here) == []


def test_one_row_says_all_that_is_wrong_with_it(said: Said, tmp_path: Path) -> None:
    row = event("Zzz", "jadi", "kemarin", Jam="sore", Keyakinan="?", Simulasi="?", Mengoreksi="P-0")
    assert {column for _, _, column in said.refusals(as_csv(tmp_path / "a.csv", [row]))} == {
        "Tempat", "Tahap", "Tanggal", "Jam", "Keyakinan", "Simulasi", "Mengoreksi"
    }  # fmt: skip


def test_a_name_of_several_places_is_refused_with_them(said: Said, tmp_path: Path) -> None:
    doors = [
        {"ID": f"{site}-utara", "Jenis": "pintu", "Induk": site, "Nama": "Pintu Utara"} for site in ("matos", "mog")
    ]
    path = as_xlsx(tmp_path / "a.xlsx", tempat=doors, tahap=[event("Pintu Utara")])
    assert said.refusals(path)["tahap", 2, "Tempat"].endswith(
        "mungkin: Pintu Utara (matos-utara), Pintu Utara (mog-utara))"
    )


PLACE_FAULTS: list[tuple[dict[str, object], str, str]] = [
    ({"ID": "Pintu Satu"}, "ID", "huruf kecil"),
    ({"ID": ""}, "ID", "tidak kosong"),
    ({"ID": "matos"}, "ID", "sudah ada dengan isi lain"),
    ({"ID": "balai-kota-pintu-1"}, "ID", "dipakai skenario simulasi"),
    ({"Jenis": "ruang"}, "Jenis", "area | tempat | gedung | pintu"),
    ({"Jenis": "area", "Induk": ""}, "Jenis", "(18) ditetapkan di city.toml"),
    ({"Jenis": "gedung", "Induk": ""}, "Induk", "tempat"),
    ({"Induk": ""}, "Induk", "tempat | gedung"),
    ({"Induk": "area-01"}, "Induk", "tempat | gedung"),
    ({"Nama": ""}, "Nama", "tidak kosong"),
    ({"Kelurahan": "Sukun"}, "Kelurahan", "hanya untuk jenis tempat"),
    ({"Jenis": "tempat", "Induk": "", "Kelurahan": "Kecamatan Sukun"}, "Kelurahan", "kelurahan"),
    ({"Jenis": "tempat", "Induk": "", "Kategori": "warung"}, "Kategori", "kantor"),
    ({"Jenis": "tempat", "Induk": "", "Pemilik (OPD)": "Dinas Zzz"}, "Pemilik (OPD)", "OPD di register"),
    ({"Jenis": "tempat", "Induk": "", "Kapasitas": "banyak"}, "Kapasitas", "bilangan bulat"),
    ({"Jenis": "tempat", "Induk": "", "Kapasitas": 0}, "Kapasitas", "bilangan bulat"),
    ({"Jenis": "tempat", "Induk": "", "Berlaku sejak": "besok"}, "Berlaku sejak", "hh/bb/tttt"),
]
CONTACT_FAULTS: list[tuple[dict[str, object], str, str]] = [
    ({"OPD": "Dinas Zzz"}, "OPD", "OPD di register"),
    ({"Jabatan": ""}, "Jabatan", "tidak kosong"),
    ({"Kontak kantor": ""}, "Kontak kantor", "tidak kosong"),
    ({"Kontak kantor": "3573 0101 0190 0001"}, "Kontak kantor", "nomor identitas orang"),
    ({"Kontak kantor": NIK}, "Kontak kantor", "nomor identitas orang"),
    ({"Kontak kantor": 341366065}, "Kontak kantor", "nol di depan"),
    ({"Jabatan": f"Lurah {NIK}"}, "Jabatan", "nomor identitas orang"),
    ({"Jabatan": "Sekretaris", "Kontak kantor": "lain"}, "Kontak kantor", "sudah ada di baris 2"),
]


def test_refusals_of_places_and_contacts(said: Said, here: Settings, scenario: None, tmp_path: Path) -> None:
    place = {"Jenis": "pintu", "Induk": "matos", "Nama": "Pintu"}
    contact = {"OPD": "Dinas Kesehatan", "Jabatan": "Kepala", "Kontak kantor": "(0341) 406878"}
    path = as_xlsx(
        tmp_path / "a.xlsx",
        tempat=[place | {"ID": f"p-{i}"} | changed for i, (changed, _, _) in enumerate(PLACE_FAULTS)],
        kontak=[contact | {"Jabatan": "Sekretaris"}, *(contact | changed for changed, _, _ in CONTACT_FAULTS)],
    )
    found = said.refusals(path)
    for sheet, first, cases in (("tempat", 2, PLACE_FAULTS), ("kontak", 3, CONTACT_FAULTS)):
        for line, (changed, column, expected) in enumerate(cases, first):
            assert expected in found[sheet, line, column], (changed, found[sheet, line, column])
    assert len(found) == len(PLACE_FAULTS) + len(CONTACT_FAULTS)
    assert NIK not in str(found) and "0101" not in str(found)
    assert folders.entered(here) == []


def test_a_sheet_that_is_no_plain_table_is_refused(said: Said, tmp_path: Path) -> None:
    path = as_xlsx(tmp_path / "a.xlsx", tahap=[event(), event(KASIN)], kontak=[])
    book = openpyxl.load_workbook(path)
    sheet = book["tahap"]
    sheet["E2"] = '=HYPERLINK("http://x")'
    sheet["F3"] = "#N/A"
    sheet["L2"] = "tanpa judul"
    sheet["K1"] = "Catatan"
    sheet["K2"] = "lepas"
    sheet.merge_cells("E6:F7")
    book["kontak"]["A1"] = "Dinas"
    book.create_sheet("Sheet2")["A1"] = "sisa"
    book.create_sheet("kosong")
    book.save(path)
    found = said.refusals(path)
    assert set(found) == {
        ("tahap", 0, ""), ("tahap", 1, "Catatan"), ("tahap", 2, "Dokumen"), ("tahap", 2, "L"), ("tahap", 3, "Sumber"),
        ("kontak", 1, "Dinas"), ("kontak", 1, "OPD"), ("Sheet2", 0, ""),
    }  # fmt: skip
    assert '"E6:F7"' in found["tahap", 0, ""] and "tidak digabung" in found["tahap", 0, ""]
    assert "bukan rumus" in found["tahap", 2, "Dokumen"] and "bukan galat" in found["tahap", 3, "Sumber"]
    assert "tahap, tempat, kontak" in found["Sheet2", 0, ""]
    assert "judul" in found["tahap", 1, "Catatan"] and "kolom OPD" in found["kontak", 1, "OPD"]


FORMS: dict[str, tuple[bytes, str]] = {
    "nul": ("Tempat;Tahap\0".encode("utf-16-le"), "UTF-8"),
    "nul in text": (b"Tempat;Tahap\nSuk\0un;x\n", "NUL"),
    "latin-1": ("Tempat;Tahap;Tanggal;Sumber;Keyakinan\nCafé;x;x;x;x\n".encode("latin-1"), "UTF-8"),
    "torn quote": (b'Tempat;Tahap;Tanggal;Sumber;Keyakinan\n"Sukun;x;x;x;x\n', "baris 2"),
    "empty": (b"", "tidak ada isian"),
    "headings only": (b"Tempat;Tahap;Tanggal;Sumber;Keyakinan\n", "tidak ada isian"),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, ".xlsx"),
    "no workbook": (b"%PDF-1.4", "PDF"),
    "a zip": (b"PK\x05\x06" + b"\0" * 18, "ZIP"),
    "missing column": (b"Tempat;Tahap;Tanggal;Sumber\nx;x;x;x\n", "kolom Keyakinan"),
    "doubled column": (b"Tempat;Tahap;Tanggal;Sumber;Keyakinan;tempat\nx;x;x;x;x;x\n", "tiap judul sekali"),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_is_no_such_spreadsheet_is_refused(said: Said, here: Settings, tmp_path: Path, form: str) -> None:
    body, expected = FORMS[form]
    path = tmp_path / "a.xlsx"
    path.write_bytes(body)
    assert expected in said(path, code=3)
    assert folders.entered(here) == []


def test_a_damaged_workbook_is_refused(said: Said, tmp_path: Path) -> None:
    path = as_xlsx(tmp_path / "a.xlsx", tahap=[event()])
    path.write_bytes(path.read_bytes()[:-400])
    assert "a.xlsx" in said(path, code=3)


def test_no_damage_of_a_file_is_more_than_a_refusal(said: Said, here: Settings, tmp_path: Path) -> None:
    """Bytes changed anywhere: our own error, or a file that still reads as it did."""
    dice = random.Random(7)
    for path in (as_xlsx(tmp_path / "a.xlsx", tahap=[event()]), as_csv(tmp_path / "b.csv", [event()])):
        whole = path.read_bytes()
        for _ in range(150):
            body = bytearray(whole)
            for _ in range(dice.choice((1, 3, 30))):
                body[dice.randrange(len(body))] = dice.randrange(256)
            path.write_bytes(bytes(body))
            with contextlib.suppress(InputRefused):
                sheets.read(path)


def test_a_workbook_without_a_known_sheet_is_refused(said: Said, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.save(tmp_path / "a.xlsx")
    assert "tahap, tempat, kontak" in said(tmp_path / "a.xlsx", code=3)


def test_wrong_use_is_code_2(said: Said, here: Settings, tmp_path: Path) -> None:
    said(code=2)
    said("--dry-run", code=2)
    said(tmp_path / "a.csv", "--template", code=2)
    said(tmp_path / "not there.csv", code=2)
    said("--events", "Zzz", code=2)
    assert not here.data_dir.exists()


# --- append-only --------------------------------------------------------------------------------------------------


def test_what_is_there_already_is_not_entered_twice(said: Said, here: Settings, tmp_path: Path) -> None:
    first = [event(), event(KASIN, ID_peristiwa="K-1")]
    said(as_csv(tmp_path / "a.csv", first))
    before = state(here.data_dir)
    assert "Tidak ada yang berubah" in said(as_csv(tmp_path / "other name.csv", [event(), event(KASIN), event()]))
    assert state(here.data_dir) == before
    assert "1 peristiwa baru" in said(as_csv(tmp_path / "b.csv", [*first, event("Matos")]))
    assert len(folders.entered(here)) == 2 and len(entries(here)) == 3


def test_the_same_event_said_otherwise_is_refused(said: Said, tmp_path: Path) -> None:
    said(as_csv(tmp_path / "a.csv", [event(ID_peristiwa="S-1")]))
    rows = [event(Keyakinan="rendah"), event(KASIN, ID_peristiwa="S-1"), event(ID_peristiwa="S-2")]
    found = said.refusals(as_csv(tmp_path / "b.csv", rows))
    assert list(found) == [("", 2, "Tempat"), ("", 3, "ID peristiwa"), ("", 4, "ID peristiwa")]
    assert all("isi Mengoreksi dengan S-1" in text for text in found.values())


def test_a_correction_is_a_new_event_that_names_the_old(said: Said, here: Settings, tmp_path: Path) -> None:
    said(as_csv(tmp_path / "a.csv", [event(ID_peristiwa="S-1")]))
    text = said(as_csv(tmp_path / "b.csv", [event(stage="diverifikasi", Mengoreksi="S-1", ID_peristiwa="S-2")]))
    assert "terpasang -> diverifikasi" in text and "1 peristiwa baru (1 di antaranya koreksi)" in text
    assert (entries(here)["S-1"]["stage"], entries(here)["S-2"]["corrects"]) == ("installed", "S-1")
    assert "Tidak ada yang berubah" in said(tmp_path / "b.csv")
    listed = said("--events", SUKUN)
    assert "S-1: terpasang, Jumat 3 Des 2021 [dikoreksi oleh S-2]" in listed and "mengoreksi S-1" in listed


def test_an_event_that_never_happened_is_withdrawn(said: Said, tmp_path: Path) -> None:
    rows = [event(stage="diverifikasi", day="01/11/2021"), event(ID_peristiwa="S-1")]
    said(as_csv(tmp_path / "a.csv", rows))
    text = said(as_csv(tmp_path / "b.csv", [event(stage="ditarik", day="05/12/2021", Mengoreksi="S-1")]))
    assert "terpasang -> diverifikasi" in text and "dibatalkan" in text


def test_rules_of_corrections(said: Said, here: Settings, etl: Etl, tmp_path: Path) -> None:
    said(as_csv(tmp_path / "a.csv", [event(ID_peristiwa="S-1"), event(KASIN, ID_peristiwa="K-1")]))
    said(as_csv(tmp_path / "b.csv", [event(day="02/12/2021", Mengoreksi="S-1", ID_peristiwa="S-2")]))
    rows = [
        event(day="01/12/2021", Mengoreksi="S-1"),  # corrected by S-2
        event(day="01/12/2021", Mengoreksi="K-1"),  # of another place
        event(day="01/12/2021", Mengoreksi="L-2", ID_peristiwa="L-1"),  # each other
        event(day="30/11/2021", Mengoreksi="L-1", ID_peristiwa="L-2"),
        event("Matos", Mengoreksi="M-1", ID_peristiwa="M-2"),  # one event, twice
        event("Matos", "aktif", Mengoreksi="M-1", ID_peristiwa="M-3"),
        event("Matos", "diajukan", ID_peristiwa="M-1"),
    ]
    found = said.refusals(as_csv(tmp_path / "c.csv", rows))
    expected = ["oleh S-2: koreksilah S-2", "yang ini di kantor-kel-kasin", "dirinya sendiri", "dirinya sendiri",
                "koreksilah M-2"]  # fmt: skip
    for line, text in zip((2, 3, 4, 5, 7), expected, strict=True):
        assert text in found["", line, "Mengoreksi"]
    assert len(found) == 5
    said(as_csv(tmp_path / "d.csv", [event(day="01/12/2021", Mengoreksi="S-2"), *rows[4:5], *rows[6:]]))
    assert len(entries(here)) == 6


def test_who_corrects_a_refused_row_of_the_file_is_not_refused_for_it(said: Said, tmp_path: Path) -> None:
    rows = [event(day="?", ID_peristiwa="S-1"), event(Mengoreksi="S-1")]
    assert list(said.refusals(as_csv(tmp_path / "a.csv", rows))) == [("", 2, "Tanggal")]


def test_events_of_the_scenario_stay_its_own(said: Said, here: Settings, scenario: None, tmp_path: Path) -> None:
    (here.scenario / "stage_event.csv").write_text(
        "event_id,place_id,stage,at,source,confidence,simulasi\n"
        "E0001,kantor-kel-sukun,verified,2021-11-01,simulasi,low,simulasi\n"
    )
    rows = [event(Mengoreksi="E0001"), event(KASIN, ID_peristiwa="E0001")]
    found = said.refusals(as_csv(tmp_path / "a.csv", rows))
    assert "skenario" in found["", 2, "Mengoreksi"] and "skenario" in found["", 3, "ID peristiwa"]
    text = said(as_csv(tmp_path / "b.csv", [event(ID_peristiwa="E0002")]))
    assert "diverifikasi (simulasi) -> terpasang" in text
    # A scenario written later may use an id the city has used meanwhile: the city's row stands.
    body = (here.scenario / "stage_event.csv").read_text()
    (here.scenario / "stage_event.csv").write_text(body.replace("E0001", "E0002"))
    assert "terpasang" in said("--events", SUKUN)


# --- places and contacts ------------------------------------------------------------------------------------------

SITE = {
    "ID": "pasar-contoh", "Jenis": "tempat", "Induk": "area-01", "Nama": "Pasar Contoh", "Kelurahan": "Kel. Sukun",
    "Kategori": "mal", "Pemilik (OPD)": "Dinas Kesehatan", "Kapasitas": "1.200", "Berlaku sejak": "01/11/2021",
    "Sumber": "Diskominfo", "Keyakinan": "tinggi",
}  # fmt: skip
DOORS = [
    {"ID": "pasar-contoh-timur", "Jenis": "Pintu", "Induk": "Gedung Contoh", "Nama": "Pintu Timur Pasar"},
    {"ID": "pasar-contoh-gedung", "Jenis": "gedung", "Induk": "pasar-contoh", "Nama": "Gedung Contoh"},
]
HEAD = {"OPD": "dinkes", "Jabatan": "Sekretaris", "Kontak kantor": "(0341) 406878"}


def test_places_contacts_and_their_events_come_in_one_file(
    said: Said, etl: Etl, here: Settings, handmade: str, tmp_path: Path
) -> None:
    path = as_xlsx(
        tmp_path / "a.xlsx", tempat=[*DOORS, SITE], kontak=[HEAD], tahap=[event("Pintu Timur Pasar", "aktif")]
    )
    text = said(path)
    assert "Baru: pintu Pintu Timur Pasar (pasar-contoh-timur)" in text
    assert "Kontak Dinas Kesehatan, Sekretaris: (0341) 406878" in text
    assert "1 peristiwa baru (0 di antaranya koreksi), 3 tempat baru, 1 kontak" in text
    assert "Tidak ada yang berubah" in said(path)
    assert etl("build") == 0
    served = builds.current(here)
    assert served is not None and served.build != handmade
    site = builds.frame(served.build, "FROM site WHERE place_id = 'pasar-contoh'").iloc[0]
    assert (site["kelurahan_code"], site["area_id"], site["category"], site["owner_id"], site["capacity"]) == (
        "35.73.04.1005", "area-01", "mal", "dinkes", 1200,
    )  # fmt: skip
    [name] = builds.frame(served.build, f"SELECT name FROM kelurahan WHERE code = '{site['kelurahan_code']}'")["name"]
    assert (name, str(site["valid_from"])[:10], site["simulated"]) == ("Sukun", "2021-11-01", False)
    doors = builds.frame(served.build, "SELECT place_id FROM site_of WHERE site_id = 'pasar-contoh' ORDER BY ALL")
    assert list(doors["place_id"]) == ["pasar-contoh", "pasar-contoh-gedung", "pasar-contoh-timur"]
    events = builds.frame(served.build, "FROM stage_event")
    assert list(events["stage"]) == ["activated"] and list(events["precision"]) == ["day"]
    contacts = builds.frame(served.build, "SELECT owner_id, role, contact, sourced, confidence, simulated FROM contact")
    assert contacts.values.tolist() == [["dinkes", "Sekretaris", "(0341) 406878", "berkas a.xlsx", "medium", False]]


def test_a_new_contact_of_a_role_takes_the_place_of_the_old(said: Said, here: Settings, tmp_path: Path) -> None:
    said(as_xlsx(tmp_path / "a.xlsx", kontak=[HEAD]))
    text = said(as_xlsx(tmp_path / "b.xlsx", kontak=[HEAD | {"Kontak kantor": "dinkes@malangkota.go.id"}]))
    assert "(0341) 406878 -> dinkes@malangkota.go.id" in text
    with store.writer(here), store.warehouse(here, create=True):
        pass
    assert table(here, "SELECT contact FROM contact") == [("dinkes@malangkota.go.id",)]


def test_events_and_contacts_alone_compute_no_day_anew(said: Said, etl: Etl, here: Settings, handmade: str,
                                                      tmp_path: Path) -> None:  # fmt: skip
    from etl import dirty, inputs, register

    said(as_xlsx(tmp_path / "a.xlsx", kontak=[HEAD], tahap=[event()]))
    with store.writer(here), store.warehouse(here) as con:
        register.lay(con, here)
        inputs.lay(con)
        assert dirty.find(con, NOW).days == 0
    assert etl("build") == 0
    assert builds.current(here).build != handmade  # type: ignore[union-attr]


def test_the_daily_service_and_status_notice_entries(
    said: Said, etl: Etl, here: Settings, handmade: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = loading.tables(here)
    said(as_csv(tmp_path / f"{NIK}.csv", [event()]))
    assert loading.tables(here) != before
    with pytest.MonkeyPatch.context() as patch:
        later = max(NOW, dt.datetime.strptime(handmade[:15], "%Y%m%dT%H%M%S")) + dt.timedelta(days=1)
        patch.setattr(clock, "now", lambda: later)
        said(as_csv(tmp_path / "b.csv", [event(KASIN)]))
        capsys.readouterr()
        assert etl("status") == 0
        text = capsys.readouterr().out
        assert "Register kota: 2 kali diisi" in text and "b.csv" in text and "belum terbit" in text
        assert etl("build") == 0
        capsys.readouterr()
        assert etl("status") == 0
        assert "belum terbit" not in capsys.readouterr().out
    assert NIK not in "".join(body.decode() for body in state(here.register).values())


# --- all or nothing -----------------------------------------------------------------------------------------------


def test_a_dry_run_writes_nothing_and_says_the_same(said: Said, here: Settings, tmp_path: Path) -> None:
    path = as_xlsx(tmp_path / "a.xlsx", tempat=[SITE], kontak=[HEAD], tahap=[event()])
    dry = said(path, "--dry-run").splitlines()
    assert not here.data_dir.exists()
    real = said(path).splitlines()
    assert dry[:-1] == real[:-1] and "Uji coba" in dry[-1]


def test_a_dry_run_leaves_an_installation_as_it_is(said: Said, here: Settings, handmade: str, tmp_path: Path) -> None:
    before = state(here.data_dir)
    said(as_csv(tmp_path / "a.csv", [event()]), "--dry-run")
    assert state(here.data_dir) == before


def test_another_writer_is_named_and_a_dry_run_does_not_wait(said: Said, here: Settings, tmp_path: Path) -> None:
    path = as_csv(tmp_path / "a.csv", [event()])
    with store.writer(here):
        assert f"PID {os.getpid()}" in said(path, code=4)
        said(path, "--dry-run")
    assert folders.entered(here) == []


@pytest.mark.parametrize("step", ["write", "fsync", "check", "rename"])
def test_a_failure_at_any_step_leaves_nothing_half(
    said: Said, here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    said(as_csv(tmp_path / "a.csv", [event()]))
    before = state(here.data_dir)

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    from etl import register

    steps = {
        "write": (folders, "_down"), "fsync": (publish, "sync"),
        "rename": (Path, "rename"),
    }  # fmt: skip
    with monkeypatch.context() as patch:
        if step == "check":
            real = register.lay

            def full(*words: object, **more: object) -> None:
                real(*words, **more)  # type: ignore[arg-type]
                if "also" in more:
                    fail()

            patch.setattr(register, "lay", full)
        else:
            patch.setattr(*steps[step], fail)
        said(as_csv(tmp_path / "b.csv", [event(KASIN)]), code=6)
    assert state(here.data_dir) == before
    said(tmp_path / "b.csv")
    assert len(entries(here)) == 2


KILL = """
import os, signal, sys
from pathlib import Path
from etl import __main__, publish, store
from etl.entry import folders
def die(*_, **__): os.kill(os.getpid(), signal.SIGKILL)
"""
MOMENTS = {
    "between two tables": ("write = folders.write\n"
        "def half(folder, tables):\n    write(folder, {'place': tables['place']}); die()\n"
        "folders.write = half", False),
    "before it is named": ("Path.rename = die", False),
    "right after": ("take = folders.take\ndef named(*a):\n    take(*a); die()\nfolders.take = named", True),
}  # fmt: skip


@pytest.mark.parametrize("moment", MOMENTS)
def test_after_a_kill_all_of_it_is_there_or_nothing(said: Said, here: Settings, tmp_path: Path, moment: str) -> None:
    path = as_xlsx(tmp_path / "a.xlsx", tempat=[SITE], tahap=[event("pasar-contoh")], kontak=[HEAD])
    code, there = MOMENTS[moment]
    script = f'{KILL}{code}\n__main__.main(["register", {str(path)!r}])'
    killed = subprocess.run([sys.executable, "-c", script], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(folders.entered(here)) == there
    text = said(path)
    assert ("Tidak ada yang berubah" in text) == there
    [only] = folders.entered(here)
    assert {p.name for p in only.iterdir()} == {
        "place.csv",
        "site.csv",
        "stage_event.csv",
        "contact.csv",
        "berkas.json",
    }
    assert not here.tmp.exists()


def test_imports_are_read_in_the_order_they_were_made(
    said: Said, here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(as_csv(tmp_path / "a.csv", [event()]))
    monkeypatch.setattr(clock, "now", lambda: NOW - dt.timedelta(hours=1))  # a clock set back
    said(as_csv(tmp_path / "b.csv", [event(KASIN)]))
    names = [folder.name[:15] for folder in folders.entered(here)]
    assert names == ["20211205T180000", "20211205T180001"]


def test_backup_and_restore_keep_them(
    said: Said, etl: Etl, here: Settings, handmade: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    said(as_xlsx(tmp_path / "a.xlsx", tahap=[event()], kontak=[HEAD]))
    assert etl("build") == 0
    assert etl("backup", tmp_path / "b") == 0
    before, [kept] = state(here.register), (tmp_path / "b").iterdir()
    said(as_csv(tmp_path / "later.csv", [event(KASIN)]))
    capsys.readouterr()
    assert etl("restore", kept, "--replace") == 0
    assert "PANTAU_REFERENCE_DIR" not in capsys.readouterr().out
    assert state(here.register) == before  # what was entered later is set aside with the rest
    assert any(p.name == "stage_event.csv" for p in here.data_dir.glob("sebelum-pemulihan-*/register/*/*"))
    monkeypatch.setenv("PANTAU_DATA_DIR", str(tmp_path / "lain"))
    other = settings.load()
    builds.close_all()
    assert etl("restore", kept) == 0
    assert state(other.register) == before
    capsys.readouterr()
    assert etl("build") == 0
    assert "Tidak ada perubahan" in capsys.readouterr().out


# --- the template -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_template_filled_in_as_it_says_loads(
    said: Said, etl: Etl, here: Settings, tmp_path: Path, language: str
) -> None:
    path = tmp_path / "t.xlsx"
    assert etl("--bahasa", language, "register", "--template", path) == 0
    book = openpyxl.load_workbook(path)
    names = {"id": ["petunjuk", "tahap", "tempat", "kontak", "daftar"],
             "en": ["instructions", "stages", "places", "contacts", "lists"]}[language]  # fmt: skip
    assert book.sheetnames == names
    for sheet, wanted in zip(names[1:4], (3, 4, 2), strict=True):
        rules = book[sheet].data_validations.dataValidation
        assert len(rules) == wanted and all(r.type == "list" for r in rules)
        kept = book[sheet].column_dimensions.values()
        heads = [cell for cell in book[sheet][1] if cell.value]
        assert {dimension.number_format for dimension in kept} == {"@"}
        assert sum(dimension.max - dimension.min + 1 for dimension in kept) == len(heads)
    lists = {column[0].value: [c.value for c in column[1:] if c.value] for column in book[names[4]].columns}
    said(path, code=3)  # blank: nothing to enter
    stage = "terpasang" if language == "id" else "installed"
    yes, sure = ("ya", "tinggi") if language == "id" else ("yes", "high")
    site, owner = ("tempat", "Dinas Kesehatan") if language == "id" else ("site", "Dinas Kesehatan")
    assert all(any(word in said for said in lists.values()) for word in (stage, yes, sure, site, owner, SUKUN))
    for row in ([SUKUN, stage, "03/12/2021", "14.00", "BA 1", "Diskominfo", sure, None, yes],
                ["pasar-contoh", stage, "03/12/2021", "14.00", "BA 2", "Diskominfo", sure]):  # fmt: skip
        book[names[1]].append(row)
    book[names[2]].append(["pasar-contoh", site, "area-01", "Pasar", "Sukun", "mal", owner, "600", "01/11/2021"])
    book[names[3]].append([owner, "Sekretaris", "(0341) 406878"])
    book.save(path)
    text = said(path)
    assert "2 peristiwa baru (0 di antaranya koreksi), 1 tempat baru, 1 kontak" in text
    assert "sudah ada" in said("--template", path, code=2)


def test_an_agency_named_like_a_level_is_resolved() -> None:
    owners = Resolver({"owner": {"kec-sukun": "Kecamatan Sukun", "kel-sukun": "Kelurahan Sukun"}})
    assert owners.code("Kelurahan Sukun", "owner") == "kel-sukun"


def test_every_heading_is_one_of_a_sheet() -> None:
    for columns in contract.SHEETS.values():
        said = [heading for column in columns for heading in column.headings]
        assert len(said) == len(set(said)), said
    assert {contract.heading(head) for head in EVENTS} <= {h for c in contract.SHEETS["events"] for h in c.headings}
