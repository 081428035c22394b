"""What leaves the screen as text or as a list: a sentence to quote, and the matters of one agency with its contact."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from openpyxl import load_workbook

from core import agency, builds, carry, revision, words
from core import view as views
from core.agency import Matter
from core.carry import Basis
from core.settings import Settings
from core.view import View
from queries import basis, city, followup
from reports import agency as lists
from reports import definitions, make, writers
from tests.files import log, row, view_of
from tests.test_queries import FIRST, LAST

Etl = Callable[..., int]
BUILD = "20211206T010203-0a1b2c3d"
VIEW = View(BUILD, date(2021, 11, 22), date(2021, 11, 28), datetime(2021, 11, 29, 15))
MOMENT = datetime(2021, 12, 5, 18)
DETAIL = "ekstensi 4711 (contoh)"


# --- the sentence -----------------------------------------------------------------------------------------------------
def test_a_sentence_carries_what_a_reader_needs() -> None:
    resting = Basis("period", "angka tetap", (("Log pemkot", True), ("Log mal", False)), True)
    address = carry.link("http://pantau.intranet:8501/kunjungan", replace(VIEW, kelurahan="35.73.04.1005"))
    said = carry.text(
        "12 kunjungan.", resting, VIEW, filters="Kelurahan: Sukun", data_at=datetime(2021, 12, 5, 18), address=address
    )
    assert said.split("\n") == [
        "12 kunjungan.",
        "Periode: Sen 22 Nov s.d. Min 28 Nov 2021",
        "Saringan: Kelurahan: Sukun",
        "Status: angka tetap",
        "Sumber: Log pemkot (simulasi); Log mal",
        "DATA SIMULASI: bukan angka sebenarnya",
        f"Data per 5 Des 2021 pukul 18.00 WIB, versi {BUILD}",
        f"Tautan: http://pantau.intranet:8501/kunjungan?v={BUILD}&dari=2021-11-22&sampai=2021-11-28"
        "&saat=2021-11-29T15:00&kel=35.73.04.1005",
    ]


def test_a_sentence_of_a_moment_in_english() -> None:
    said = carry.text(
        "2 places over.", Basis("moment", "final figure", (), False), replace(VIEW, language="en"),
        filters="", data_at=None, address="?v=1",
    )  # fmt: skip
    assert said.split("\n") == [
        "2 places over.",
        "As of: 29 Nov 2021, 15:00 WIB",
        "Status: final figure",
        "Sources: no file for these days yet",
        f"Data as of ?, version {BUILD}",
        "Link: ?v=1",
    ]


def test_filters_are_said_once_and_only_where_they_bear_on_the_sentence() -> None:
    resting = Basis("period", "angka tetap", (), False)

    def said(sentence: str, of: Basis) -> str:
        return carry.text(sentence, of, VIEW, filters="Kelurahan: Sukun", data_at=None, address="")

    assert "Saringan:" in said("12 kunjungan.", resting)
    assert "Saringan:" not in said("12 kunjungan (Kelurahan: Sukun).", resting)
    assert "Saringan:" not in said("Dari 57 kantor.", replace(resting, filtered=False))


@pytest.mark.parametrize("name", ["A\nStatus: angka tetap", "A\r\nB", "A\u2028B", "A\x00\tB", "A\u202eB"])
def test_no_name_makes_a_line_of_its_own(name: str) -> None:
    resting = Basis("period", "angka sementara", ((name, False),), False)
    said = carry.text(name, resting, VIEW, filters=name + "!", data_at=None, address="?v=1")
    assert len(said.splitlines()) == 7
    assert all(c.isprintable() for c in said.replace("\n", ""))


@pytest.mark.parametrize(
    ("days", "revised", "expected"),
    [
        ({"final": 7}, 0, "angka tetap"),
        ({"provisional": 1}, 0, "angka sementara"),
        ({"unknown": 3}, 0, "belum diketahui"),
        ({"final": 5, "provisional": 2}, 0, "angka sementara untuk 2 dari 7 hari, angka tetap untuk 5 dari 7 hari"),
        ({"final": 1, "revised": 1}, 0, "angka diperbaiki untuk 1 dari 2 hari, angka tetap untuk 1 dari 2 hari"),
        ({"partial": 2}, 0, "baru sebagian tempat"),
        ({"provisional": 2}, 1, "angka sementara, angka kota untuk 1 hari pernah diperbaiki"),
    ],
)
def test_status_in_words(days: dict[str, int], revised: int, expected: str) -> None:
    assert carry.status(days, revised, "id") == expected


def test_every_status_has_its_place() -> None:
    names = {revision.PROVISIONAL, revision.PARTIAL, revision.FINAL, revision.REVISED, revision.OPEN, revision.UNKNOWN}
    assert set(carry.STATUSES) == names


def test_the_link_leads_back_to_the_view() -> None:
    view = replace(VIEW, owner="dinkes", hours=(8, 11), language="en")
    page, _, query = carry.link("http://h:1/laporan", view, laporan="mutu-berkas").partition("?")
    asked = views.asked(dict(parse_qsl(query)))
    assert page == "http://h:1/laporan"
    assert not asked.bad
    assert (asked.build, asked.first, asked.last, asked.moment) == (view.build, view.first, view.last, view.moment)
    assert (asked.codes, asked.hours, asked.language) == ({"owner": "dinkes"}, (8, 11), "en")
    assert dict(parse_qsl(query))["laporan"] == "mutu-berkas"


# --- what it rests on -------------------------------------------------------------------------------------------------
def test_a_basis_says_what_the_figures_say(handmade: str) -> None:
    """Two of the fourteen days have no log of the mall; all others are complete."""
    whole = view_of(handmade, FIRST, LAST)
    found = basis.of(whole, "visits")
    assert found.status == "baru sebagian tempat untuk 2 dari 14 hari, angka tetap untuk 12 dari 14 hari"
    assert [name for name, _ in found.sources] == [
        "Check-in kantor, taman dan kampung (contoh)",
        "Check-in mal (contoh)",
    ]
    assert found.simulated
    part = basis.of(replace(whole, kelurahan="35.73.02.1004"), "visits")  # without the mall
    assert (part.status, len(part.sources)) == ("angka tetap", 1)
    before = basis.of(replace(whole, first=date(2021, 11, 22), last=date(2021, 11, 22)), "visits")
    assert before.status == "baru sebagian tempat"


def test_a_day_without_a_file_is_unknown_and_has_no_source(handmade: str) -> None:
    found = basis.of(view_of(handmade, date(2021, 11, 23), date(2021, 11, 23), place="matos"), "visits")
    assert (found.status, found.sources) == ("belum diketahui", ())
    assert "belum ada berkas" in carry.text("?", found, VIEW, filters="", data_at=None, address="")


def test_the_hour_before_midnight_is_of_the_day_before(handmade: str) -> None:
    view = view_of(handmade, FIRST, LAST, datetime(2021, 11, 24, 0), place="matos")
    said = "perkiraan (kisaran 8 dari 10); check-in yang mendasarinya: "
    assert basis.of(view, "crowding").status == said + "belum diketahui"  # 23 Nov: no log of the mall
    assert basis.of(replace(view, moment=datetime(2021, 11, 24, 1)), "crowding").status == said + "angka tetap"


def test_a_late_file_makes_a_final_figure_a_revised_one(
    etl: Etl, handmade: str, here: Settings, tmp_path: Path
) -> None:
    day = date(2021, 11, 24)
    assert basis.of(view_of(handmade, day, day), "visits").status == "angka tetap"
    path = log(tmp_path / "late.csv", [row("2021-11-24 10:00:00", "QR-KWW-1", person=901)])
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    served = builds.current(here)
    assert served is not None
    status = basis.of(view_of(served.build, day, day), "visits").status
    assert "diperbaiki" in status
    part = basis.of(view_of(served.build, day, day, kelurahan="35.73.04.1005"), "visits").status
    assert "angka kota untuk 1 hari pernah diperbaiki" in part  # of a part no totals are kept


def test_offices_are_of_the_whole_city_whatever_filters(handmade: str) -> None:
    view = view_of(handmade, FIRST, LAST, MOMENT, place="matos")
    assert not basis.of(view, "offices").filtered
    assert basis.of(view, "offices") == basis.of(view.without_filters(), "offices")
    assert len(basis.of(view, "place").sources) == 2  # the register, and the mall's log


# --- the list of an agency --------------------------------------------------------------------------------------------
@pytest.fixture
def listed(etl: Etl, handmade: str, here: Settings) -> View:
    """The hand-made build with a contact of one agency, and three places of Dinkes and DLH that wait."""
    mark = "contoh,low,simulasi"
    (here.scenario / "contact.csv").write_text(
        f"owner_id,role,contact,source,confidence,simulasi\ndisporapar,=Sekretaris,{DETAIL},{mark}\n"
    )
    (here.scenario / "stage_event.csv").write_text(
        "event_id,place_id,stage,at,document,corrects,source,confidence,simulasi\n"
        + "".join(
            f"{n},{place},{stage},{at},surat {n},,{mark}\n"
            for n, (place, stage, at) in enumerate(
                (
                    ("kampung-tridi", "verified", "2021-10-20 10:00:00"),
                    ("kampung-putih", "filed", "2021-10-19 10:00:00"),
                    ("kampung-putih", "expired", "2021-11-02 09:00:00"),
                    ("kampung-celaket", "trained", "2021-11-12 10:00:00"),
                    ("osm-8341055274", "expired", "2021-11-20 08:00:00"),
                    ("osm-13244943858", "filed", "2021-11-10 08:00:00"),
                )
            )
        )
    )
    assert etl("build") == 0
    served = builds.current(here)
    assert served is not None
    return view_of(served.build, FIRST, LAST, MOMENT)


def list_of(view: View, owner: str) -> lists.Agency:
    return lists.of(view, owner, followup.items(view))


def test_every_matter_has_a_next_step_of_its_stage(listed: View) -> None:
    found = followup.items(listed).set_index("place_id")
    assert found["next_step"].str.len().gt(20).all()
    assert "(Pusdatin)" in found.loc["osm-13244943858", "next_step"]
    assert found.loc["osm-8341055274", "next_step"].startswith("Ajukan ulang")
    assert "24 jam" in found.loc["kampung-tridi", "next_step"]
    assert "pasang QR" in found.loc["kampung-celaket", "next_step"]
    assert "poster QR" in found.loc["kampung-warna-warni", "next_step"]
    english = followup.items(replace(listed, language="en"))["next_step"]
    assert not set(english) & set(found["next_step"])


def test_a_list_is_of_one_agency_and_oldest_first(listed: View) -> None:
    mine = list_of(listed, "disporapar")
    assert [(m.name, m.since) for m in mine.matters] == [
        ("Kampung Tridi", datetime(2021, 10, 20, 10)),
        ("Kampung Putih", datetime(2021, 11, 2, 9)),
        ("Kampung Celaket", datetime(2021, 11, 12, 10)),
        ("Kampung Warna-warni Jodipan", datetime(2021, 12, 5)),
    ]
    assert mine.sentence == (
        "Dinas Kepemudaan, Olahraga dan Pariwisata: 4 hal perlu tindak lanjut per 5 Des 2021 pukul 18.00 WIB; "
        "yang tertua sejak Rabu 20 Okt 2021."
    )
    counted = followup.owners(followup.items(listed)).set_index("owner_id")["n"]
    assert (counted["disporapar"], counted["dinkes"]) == (4, 2)
    assert counted.index[0] == "disporapar"
    filtered = replace(listed, owner="disporapar")
    assert list_of(filtered, "disporapar") == mine  # the same list behind the filter


def test_an_agency_s_own_late_source_is_on_its_list(etl: Etl, handmade: str, here: Settings) -> None:
    path = here.scenario / "source.csv"
    path.write_text(path.read_text().replace("Check-in mal (contoh),,", "Check-in mal (contoh),disporapar,"))
    assert etl("build") == 0
    served = builds.current(here)
    assert served is not None
    late = view_of(served.build, FIRST, LAST, datetime(2021, 12, 9, 0))
    for view in (late, replace(late, owner="disporapar")):
        assert [m.kind for m in list_of(view, "disporapar").matters if m.name == "Check-in mal (contoh)"] == [
            "data terlambat"
        ]
    assert "late" not in set(followup.items(replace(late, owner="dlh"))["kind"])
    assert "late" not in set(followup.items(replace(late, kelurahan="35.73.04.1005"))["kind"])


def test_the_message_has_the_rows_of_the_list(listed: View) -> None:
    mine = list_of(listed, "disporapar")
    said = mine.whatsapp("http://h/cakupan?opd=disporapar")
    title, mark, sentence, _, *items, _, version, link = said.split("\n")
    assert title == "*Tindak lanjut QR check-in: Dinas Kepemudaan, Olahraga dan Pariwisata*"
    assert mark == "*DATA SIMULASI: bukan angka sebenarnya*"
    assert sentence == mine.sentence
    assert items[0] == (
        "1. *Kampung Tridi* (Kesatrian): menunggu: diverifikasi sejak 46 hari, belum terpasang; sejak Rabu 20 Okt 2021"
    )
    assert [re.search(r"\*(.+?)\*", line)[1] for line in items[::2]] == [m.name for m in mine.matters]  # type: ignore[index]
    assert items[1::2] == [f"Langkah: {m.next_step} Dasar: {m.rule}." for m in mine.matters]
    assert listed.build in version
    assert link == "Tautan: http://h/cakupan?opd=disporapar"
    assert DETAIL not in said  # a message is passed on


@pytest.mark.parametrize("n", [0, 1, agency.MOST, agency.MOST + 1, 400])
def test_a_message_is_short_enough_to_read(n: int) -> None:
    matters = [Matter("menunggu", f"Tempat {i}", None, None, "diajukan", "Tanya.", "14 hari") for i in range(n)]
    said = agency.whatsapp("Dinkes", matters, VIEW, simulated=True, data_at=None, address="?v=1").split("\n")
    assert len(said) < 60
    assert sum(bool(re.match(r"\d+\. ", line)) for line in said) == min(n, agency.MOST)
    more = words.text("agency.more", n=n - agency.MOST)
    assert (more in said) == (n > agency.MOST)


def test_names_make_no_format_in_a_message() -> None:
    matter = Matter("menunggu", "*Tebal* _miring_\n2. palsu", "~x~", None, "`kode`", "Tanya.", "*aturan*")
    said = agency.whatsapp("_A_", [matter], VIEW, simulated=False, data_at=None, address="?v=1").split("\n")
    assert said[0].count("*") == 2
    assert said[3].count("*") == 2
    assert not re.search("[_~`]", "".join(said[:5]))
    assert not any(line.startswith("2.") for line in said)


def test_the_file_of_an_agency(listed: View) -> None:
    """Rows as on screen, codes as text, dates as dates, whose list it is and whom to write to above them."""
    mine = list_of(listed, "disporapar")
    assert re.fullmatch(
        r"pantau-malang_tindak-lanjut-opd_2021-12-05T18_opd-disporapar_[0-9a-f]{8}_SIMULASI\.xlsx", mine.file_name
    )
    book = load_workbook(io.BytesIO(mine.xlsx("http://h/cakupan")))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    head = {name: text for name, text, *_ in rows[:5]}
    assert head == {
        "Daftar untuk": "Dinas Kepemudaan, Olahraga dan Pariwisata",
        "Kontak": "'=Sekretaris, ekstensi 4711 (contoh) (simulasi)",
        "Isi": mine.sentence,
        "Tautan": "http://h/cakupan",
        "Tanda": "DATA SIMULASI: bukan angka sebenarnya",
    }
    names, *cells = rows[6:]
    table = [dict(zip(names, line, strict=True)) for line in cells]
    assert [(t["nama"], t["sejak"], t["langkah_berikutnya"], t["aturan"]) for t in table] == [
        (m.name, m.since, m.next_step, m.rule) for m in mine.matters
    ]
    assert table[0]["kode_kelurahan"] == "35.73.01.1009"
    assert all(cell.data_type != "f" for sheet in book.worksheets for line in sheet.iter_rows() for cell in line)
    about = dict(list(book.worksheets[1].iter_rows(values_only=True)))
    assert about["sentence"] == mine.sentence


def test_an_agency_without_a_contact_says_so(listed: View) -> None:
    mine = list_of(listed, "dinkes")
    assert mine.contact == "kontak belum ada"
    book = load_workbook(io.BytesIO(mine.xlsx("")))
    assert book.worksheets[0]["B2"].value == "kontak belum ada"


def test_a_contact_is_in_no_public_report(listed: View) -> None:
    """Whatever the report, its form, and whoever's filter is set."""
    assert DETAIL in list_of(listed, "disporapar").contact
    found = 0
    for view in (listed, replace(listed, owner="disporapar")):
        for report in definitions.REPORTS:
            assert not {c.name for c in report.columns} & {"contact", "role"}
            made = make.make(report.name, view)
            assert not made.rows.astype(str).apply(lambda c: c.str.contains("4711|=Sekretaris")).any(axis=None)
            for _, _, write in writers.FORMATS.values():
                data = write(made)
                if data.startswith(b"PK"):
                    sheets = load_workbook(io.BytesIO(data)).worksheets
                    data = str([line for sheet in sheets for line in sheet.iter_rows(values_only=True)]).encode()
                assert b"4711" not in data, report.name
                found += 1
    assert found == 2 * len(definitions.REPORTS) * len(writers.FORMATS)
    assert "4711" not in list_of(listed, "dinkes").whatsapp("")
    assert city.simulated(listed.build)
