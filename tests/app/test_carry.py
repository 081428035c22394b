"""Salin kalimat on every headline and the list of an agency: in AppTest, and in Chromium with a real clipboard."""

import html
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import httpx
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, Page, expect
from streamlit.testing.v1 import AppTest

from core import agency, builds, words
from core.settings import Settings
from tests.app.server import serving
from tests.app.test_browser import Watched
from tests.app.test_pages import HOSTILE, headline, open_app, shown_text
from tests.test_carry import DETAIL
from ui.shell import PAGES

Etl = Callable[..., int]
LINK = {"dari": "2021-11-22", "saat": "2021-12-05T18:00"}
NAMES = [Path(file).stem for file, _ in PAGES.values()]


def copied(at: AppTest, label: str) -> str:
    """What the button with this label copies."""
    [data] = [d for e in at.get("bidi_component") if (d := json.loads(e.proto.json)).get("label") == words.text(label)]
    return str(data["text"])


def opened(page: str, **query: str) -> AppTest:
    return open_app("" if page == "ringkasan" else page, **LINK, **query)


# --- every page -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", NAMES)
def test_every_headline_can_be_copied(handmade: str, page: str) -> None:
    """Its sentence first, whole, and the data version with a link that opens the same view."""
    at = opened(page, **({"tempat": "balai-kota"} if page == "tempat" else {}))
    first, *rest = copied(at, "carry.copy").split("\n")
    assert first == headline(at)
    heads = [line.split(" ", 1)[0].rstrip(":") for line in rest]
    assert heads[0] in ("Periode", "Per")
    assert ("Periode" in heads) == (page in ("kunjungan", "mutu", "laporan"))
    assert {"Status", "Sumber", "DATA", "Data", "Tautan"} <= set(heads)
    assert handmade in rest[-2]
    query = dict(parse_qsl(rest[-1].partition("?")[2]))
    assert (query["v"], query["dari"], query["saat"]) == (handmade, LINK["dari"], LINK["saat"])


def test_a_page_without_a_figure_has_nothing_to_copy(handmade: str) -> None:
    assert not opened("tempat").get("bidi_component")


@pytest.mark.parametrize(
    ("name", "resting"),
    [
        ("kunjungan-harian", "Periode: "),
        ("keramaian-per-jam", "Per: "),
        ("cakupan-tahap", "Per: "),
        ("tindak-lanjut", "Per: "),
        ("mutu-berkas", "Periode: "),
    ],
)
def test_a_report_s_sentence_links_to_that_report(handmade: str, name: str, resting: str) -> None:
    said = copied(opened("laporan", laporan=name), "carry.copy").split("\n")
    assert said[1].startswith(resting)
    assert said[-1].endswith(f"&laporan={name}")


def test_a_filter_is_carried_along(handmade: str) -> None:
    said = copied(opened("keramaian", kel="35.73.02.1004"), "carry.copy")
    assert "\nSaringan: Kelurahan: Kiduldalem\n" in said
    assert "kel=35.73.02.1004" in said
    offices = copied(opened("cakupan", kel="35.73.02.1004"), "carry.copy")
    assert "Saringan:" not in offices  # of 57 offices, whatever filters


def test_the_sentence_in_english(handmade: str) -> None:
    at = open_app("kunjungan", bahasa="en", **LINK)
    [data] = [json.loads(e.proto.json) for e in at.get("bidi_component")]
    assert (data["label"], data["done"]) == ("Copy sentence", "Copied")
    assert "SIMULATED DATA: not real figures" in data["text"]
    assert "bahasa=en" in data["text"]


# --- the list of an agency --------------------------------------------------------------------------------------------
@pytest.fixture
def listed(etl: Etl, handmade: str, here: Settings) -> str:
    """The hand-made build with a contact of two agencies; the one of Dinkes has nothing to do."""
    (here.scenario / "contact.csv").write_text(
        "owner_id,role,contact,source,confidence,simulasi\n"
        f"disporapar,Sekretaris,{DETAIL},contoh,low,simulasi\ndinkes,Umum,ekstensi 4712,contoh,low,simulasi\n"
    )
    assert etl("build") == 0
    served = builds.current(here)
    assert served is not None
    return served.build


def items(at: AppTest) -> list[str]:
    """The list's lines as text, without their tags."""
    [found] = [e.proto.body for e in at.get("html") if "<ol" in e.proto.body]
    return [re.sub(r"<[^>]+>", "|", li) for li in found.split("<li")[1:]]


def test_the_list_shows_the_rows_that_file_and_message_have(listed: str) -> None:
    at = opened("cakupan", daftar="disporapar")
    said = copied(at, "agency.copy").split("\n")
    shown = items(at)
    in_message = [line for line in said if re.match(r"\d+\. ", line)]
    assert len(shown) == len(in_message) > 0
    for item, line, step in zip(shown, in_message, said[said.index(in_message[0]) + 1 :: 2], strict=False):
        n, name = re.match(r"(\d+\.) \*(.+?)\*", line).groups()  # type: ignore[union-attr]
        assert f"{n} {name}" in item
        assert re.match(r"Langkah: (.+) Dasar: ", step)[1] in item  # type: ignore[index]
    assert said[2] in shown_text(at).replace("\\\\", "")
    assert "opd=disporapar" in said[-1]


def test_the_view_s_owner_chooses_the_list(listed: str) -> None:
    at = opened("cakupan", opd="dinkes", daftar="disporapar")
    shown = shown_text(at).replace("\\\\", "")
    assert "Dinas Kesehatan: tidak ada yang perlu ditindaklanjuti per 5 Des 2021" in shown
    assert "ekstensi 4712" in shown
    assert DETAIL not in shown
    assert not at.get("download_button")


def test_a_contact_is_nowhere_but_on_the_list_of_its_agency(listed: str, here: Settings, tmp_path: Path) -> None:
    """Every page, the wall in both its forms, and the outlines; reports are looked through in tests/test_carry.py."""
    assert "ekstensi 4711" in shown_text(opened("cakupan", daftar="disporapar"))
    others = [opened(page) for page in NAMES if page != "cakupan"]
    others += [opened("cakupan", daftar="kec-klojen"), opened("tempat", tempat="kampung-warna-warni")]
    others += [opened("laporan", laporan="tindak-lanjut", opd="disporapar")]
    for at in others:
        assert "4711" not in shown_text(at)
    with serving(tmp_path / "server.log") as address:
        for path in ("/layar", "/layar/isi", "/api/sehat", f"/peta/batas/{listed}.js"):
            assert "4711" not in httpx.get(address + path, params=LINK).text, path
    assert b"4711" not in (tmp_path / "server.log").read_bytes()


def test_hostile_names_are_text_on_the_list(
    etl: Etl, handmade: str, here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(here.reference_dir, folder)
    path = folder / "place.csv"
    path.write_text(path.read_text().replace(",Kampung Warna-warni Jodipan,", f',"{HOSTILE}",'))
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(folder))
    assert etl("build") == 0
    at = opened("cakupan", daftar="disporapar")
    [html_] = [e.proto.body for e in at.get("html") if "<ol" in e.proto.body]
    assert html.escape(HOSTILE, quote=True) in html_
    assert HOSTILE not in html_
    assert agency.plain(HOSTILE) in copied(at, "agency.copy")  # as it is, for a message has no HTML


# --- in Chromium ------------------------------------------------------------------------------------------------------
@pytest.fixture
def site(listed: str, tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path / "server.log") as address:
        yield address


def ready(browser: Browser, address: str, site: str, **context: object) -> Watched:
    watched = Watched(browser, site, viewport={"width": 390, "height": 844}, **context)
    # 'Tersalin' stands four seconds; a busy machine may look later than that
    watched.page.add_init_script(
        "const own = setTimeout; window.setTimeout = (f, ms, ...more) => own(f, ms === 4000 ? 15000 : ms, ...more)"
    )
    watched.page.goto(address)
    expect(watched.page.get_by_role("button", name="Salin kalimat")).to_be_visible(timeout=30_000)
    return watched


def pasted(page: Page) -> str:
    """What is on the clipboard, as a reader would get it: pasted into a text field."""
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<textarea id=paste></textarea>')")
    page.locator("#paste").focus()
    page.keyboard.press("Control+V")
    text = str(page.locator("#paste").input_value())
    page.evaluate("document.querySelector('#paste').remove()")
    return text


@pytest.mark.browser
def test_a_click_copies_and_says_so(browser: Browser, site: str, listed: str) -> None:
    allowed = ["clipboard-read", "clipboard-write"]
    watched = ready(browser, f"{site}/kunjungan?dari=2021-11-22", site, permissions=allowed)
    page = watched.page
    page.get_by_role("button", name="Salin kalimat").click()
    expect(page.get_by_role("button", name="Tersalin")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("status").get_by_text("Tersalin")).to_be_attached()
    text = str(page.evaluate("navigator.clipboard.readText()"))
    first, *_, link = text.split("\n")
    assert first == page.locator("h2").first.inner_text()
    assert link.startswith(f"Tautan: {site}/kunjungan?v={listed}&dari=2021-11-22&sampai=")
    expect(page.get_by_role("button", name="Salin kalimat")).to_be_visible(timeout=30_000)
    page.goto(link.removeprefix("Tautan: "))
    expect(page.locator("h2").first).to_have_text(first, timeout=30_000)
    assert watched.faults == []


@pytest.mark.browser
def test_the_keyboard_copies_too(browser: Browser, site: str) -> None:
    watched = ready(browser, f"{site}/kunjungan", site, permissions=["clipboard-read", "clipboard-write"])
    watched.page.get_by_role("button", name="Salin kalimat").focus()
    watched.page.keyboard.press("Enter")
    expect(watched.page.get_by_role("button", name="Tersalin")).to_be_focused(timeout=10_000)
    assert "kunjungan tercatat" in str(watched.page.evaluate("navigator.clipboard.readText()"))


@pytest.mark.browser
def test_plain_http_on_an_intranet_copies_as_well(browser: Browser, site: str) -> None:
    """An origin that is neither https nor this machine has no navigator.clipboard."""
    site = site.replace("127.0.0.1", "0.0.0.0")
    watched = ready(browser, f"{site}/kunjungan", site)
    page = watched.page
    assert page.evaluate("[isSecureContext, 'clipboard' in navigator]") == [False, False]
    page.get_by_role("button", name="Salin kalimat").click()
    expect(page.get_by_role("button", name="Tersalin")).to_be_focused(timeout=10_000)
    text = pasted(page)
    assert text.startswith(page.locator("h2").first.inner_text() + "\n")
    assert text.split("\n")[-1].startswith(f"Tautan: {site}/kunjungan?v=")
    assert watched.faults == []


@pytest.mark.browser
def test_a_browser_that_forbids_copying_shows_the_text(browser: Browser, site: str) -> None:
    watched = Watched(browser, site, viewport={"width": 390, "height": 844})
    page = watched.page
    page.add_init_script("document.execCommand = () => false; delete Navigator.prototype.clipboard")
    page.goto(f"{site}/kunjungan")
    page.get_by_role("button", name="Salin kalimat").click(timeout=30_000)
    box = page.get_by_label("Teks sudah dipilih")
    expect(box).to_be_focused(timeout=15_000)
    assert box.input_value().startswith(page.locator("h2").first.inner_text() + "\n")
    chosen = box.evaluate("e => e.value.slice(e.selectionStart, e.selectionEnd) === e.value")
    assert chosen
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
    assert watched.faults == []


@pytest.mark.browser
def test_the_message_and_the_file_of_an_agency(browser: Browser, site: str) -> None:
    allowed = ["clipboard-read", "clipboard-write"]
    watched = ready(browser, f"{site}/cakupan?saat=2021-12-05T18:00&daftar=disporapar", site, permissions=allowed)
    page = watched.page
    page.get_by_role("button", name="Salin teks WhatsApp").click(timeout=30_000)
    expect(page.get_by_role("button", name="Tersalin")).to_be_visible(timeout=10_000)
    said = str(page.evaluate("navigator.clipboard.readText()"))
    assert said.startswith("*Tindak lanjut QR check-in: Dinas Kepemudaan, Olahraga dan Pariwisata*\n*DATA SIMULASI")
    assert DETAIL not in said
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Unduh daftar (Excel)").click()
    assert waiting.value.suggested_filename.endswith("_SIMULASI.xlsx")
    book = load_workbook(io.BytesIO(Path(str(waiting.value.path())).read_bytes()))
    rows = list(book.worksheets[0].iter_rows(values_only=True))
    assert DETAIL in str(rows[1][1])
    names = [row[2] for row in rows[7:]]
    assert names == [re.search(r"\*(.+?)\*", line)[1] for line in said.split("\n") if re.match(r"\d+\. ", line)]  # type: ignore[index]
    assert watched.faults == []
