"""Penjagaan Taman in AppTest, its sheet over HTTP: screen, file, sheet and message say the same."""

import io
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import Browser, expect
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from core import builds, words
from core.settings import Settings
from reports import guards as reports
from tests.app.server import serving
from tests.app.test_carry import copied
from tests.app.test_pages import HOSTILE, headline, open_app, shown_text
from tests.guard_city import counted, load_counts, view_on
from tests.stores import Etl
from ui import routes

LINK = {"saat": "2021-12-04T15:00", "dari": "2021-12-04", "sampai": "2021-12-04"}


@pytest.fixture
def build(etl: Etl, handmade: str, here: Settings, tmp_path: Path) -> str:
    return load_counts(etl, here, counted(tmp_path))


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(Starlette(routes=[r.route for r in routes.table()])) as found:
        yield found


class _Tables(HTMLParser):
    """Cells of every table, in order: table -> row -> text."""

    def __init__(self) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.inside = False

    def handle_starttag(self, tag: str, _: object) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")
            self.inside = True
        elif tag == "br" and self.inside:
            self.tables[-1][-1][-1] += "|"

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag not in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.tables[-1][-1][-1] += data


def tables(html: str) -> list[list[list[str]]]:
    found = _Tables()
    found.feed(html)
    return found.tables


def on_screen(at: AppTest) -> list[list[str]]:
    """Rows of the table of all parks."""
    [body] = [e.proto.body for e in at.get("html") if words.text("guards.table_caption") in e.proto.body]
    return tables(body)[0][1:]


def opened(**query: str) -> AppTest:
    return open_app("taman", **LINK, **query)


def test_the_sentence_and_a_row_a_park(build: str) -> None:
    at = opened()
    assert headline(at) == (
        "Sabtu 4 Des 2021, 8 petugas per sif: 4 taman dapat dibuka dengan penjagaan, 6 belum."
    )  # fmt: skip
    rows = on_screen(at)
    assert len(rows) == 10
    assert rows[0][:2] == ["Alun-alun Merdeka|Kiduldalem", "dibuka"]
    assert rows[0][2:4] == ["Regu 1, 2 petugas"] * 2
    assert rows[0][4].startswith("kira-kira 250 / kira-kira 550|hitungan kepala")
    assert rows[4][1:4] == ["tetap tutup|petugas tidak cukup", "-", "-"]
    assert rows[9][4].startswith("? / ?|belum diketahui")
    text = shown_text(at)
    assert "86 taman dalam daftar DLH" in text
    assert "Bila lewat batas: tutup sementara, hubungi Dinas Lingkungan Hidup." in text


def test_the_number_of_guards_is_kept_in_the_link(build: str) -> None:
    at = opened()
    at.number_input(key="petugas").set_value(5).run()
    assert at.query_params["petugas"] in ("5", ["5"])
    assert "5 petugas per sif: 2 taman dapat dibuka dengan penjagaan, 8 belum" in headline(at)
    assert "Cadangan: 1 petugas pada 08.00-16.00, 1 petugas pada 16.00-24.00." in shown_text(at)
    assert copied(at, "carry.copy").endswith("&petugas=5")
    at.number_input(key="minimum").set_value(5).run()
    assert "1 taman dapat dibuka" in headline(at)
    at.number_input(key="petugas").set_value(8).run()
    assert "petugas" not in at.query_params
    assert headline(opened(petugas="5", minimum="5")).startswith("Sabtu 4 Des 2021, 5 petugas per sif: 1 taman")
    none = opened(petugas="0")
    assert "0 petugas per sif: 0 taman dapat dibuka" in headline(none)
    assert words.text("guards.nobody") in shown_text(none)


@pytest.mark.parametrize("said", ["-1", "banyak", "1e3", "201", "٣", "8.5", ""])
def test_a_number_that_is_none_falls_back_and_says_so(said: str, build: str) -> None:
    at = opened(petugas=said)
    assert "8 petugas per sif" in headline(at)
    assert "petugas" in str(at.warning[0].value)


def test_screen_file_sheet_and_message_say_the_same(build: str, client: TestClient) -> None:
    at = opened(petugas="6")
    shown = on_screen(at)
    message = copied(at, "agency.copy").split("\n")
    plan = reports.plan(view_on(build), 6)
    sheet = load_workbook(io.BytesIO(plan.xlsx("http://kota/taman"))).worksheets[0]
    lines = [[c.value for c in line] for line in sheet.iter_rows()]
    top = next(n for n, line in enumerate(lines) if line[0] == words.text("report.column.place_id"))
    assert [line[1] for line in lines[:top] if line[0] == words.text("guards.head.sentence")] == [headline(at)]
    file = [dict(zip(lines[top], line, strict=True)) for line in lines[top + 1 :]]
    page = client.get("/jadwal-jaga", params={**LINK, "petugas": "6"})
    printed = tables(page.text)
    assert page.status_code == 200 and headline(at) in page.text
    assert len(file) == len(shown) == 10
    posts: list[list[tuple[str, str]]] = [[], []]
    for row, line in zip(shown, file, strict=True):
        name = row[0].split("|")[0]
        assert (name, row[1].split("|")[0]) == (line["nama"], line["keputusan"])
        assert row[5] == line["batas_keterangan"]
        assert row[4].partition("|")[2] == line["dasar"]
        for k, span in enumerate(("08_16", "16_24")):
            team, n = line[f"regu_{span}"], line[f"petugas_{span}"]
            assert row[2 + k] == (f"Regu {team}, {n} petugas" if team else "-")
            assert (n == 0) == (team is None)
            people = line[f"perkiraan_orang_{span}"]
            assert row[4].split("|")[0].split(" / ")[k] == ("?" if people is None else f"kira-kira {people}")
            if team:
                posts[k].append((row[2 + k], name))
    for k, mine in enumerate(posts):
        said = "\n".join(message).split("*Sif ")[k + 1].split("\n\n")[0]
        assert re.findall(r"- (Regu \d+, \d+ petugas).*?: \*(.+?)\*", said) == sorted(mine)
        assert [row[1] for row in printed[k][1:]] == [team for team, _ in sorted(mine)]
        for row, (_, name) in zip(printed[k][1:], sorted(mine), strict=True):
            assert row[0].startswith(f"{name} (")


def test_the_page_speaks_english_and_names_no_contact(build: str, etl: Etl, here: Settings) -> None:
    (here.scenario / "contact.csv").write_text(
        "owner_id,role,contact,source,confidence,simulasi\ndlh,Bidang Pertamanan,ekstensi 103,contoh,low,simulasi\n"
    )
    assert etl("build") == 0
    at = opened(bahasa="en")
    assert headline(at) == "Saturday 4 Dec 2021, 8 guards a shift: 4 parks can open with guards, 6 cannot yet."
    assert "ekstensi 103" not in shown_text(at) + shown_text(opened())
    for key in ("guards.input", "guards.table", "guards.why.short", "guards.timeline"):
        assert words.text(key, "id") not in shown_text(at), key


def test_filters_say_that_they_change_nothing(build: str) -> None:
    at = opened(kel="35.73.02.1004")
    assert headline(at) == headline(opened())
    assert words.text("guards.whole_city") in shown_text(at)


def test_a_closure_is_named_on_every_row(build: str, client: TestClient) -> None:
    """The hand-made log ends before the closure, so the sheet of another day is asked for through the plan itself."""
    plan = reports.plan(view_on(build, view_on(build).moment.date().replace(day=25)))
    assert {line.decision for line in plan.lines} == {"closed"}
    assert "tidak ada taman yang dibuka" in plan.whatsapp("x")


def test_names_are_inert(etl: Etl, here: Settings, build: str, client: TestClient) -> None:
    (here.scenario / "place.csv").open("a").write(f'uji,site,,"{HOSTILE}",contoh,low,simulasi\n')
    (here.scenario / "site.csv").write_text(
        "place_id,category,owner_id,source,confidence,simulasi\nuji,taman,dlh,contoh,low,simulasi\n"
    )
    assert etl("build") == 0
    bodies = [e.proto.body for e in opened(petugas="200").get("html")]
    page = client.get("/jadwal-jaga", params={**LINK, "petugas": "200"}).text
    assert sum("&lt;img" in body for body in [*bodies, page]) >= 4  # timeline, card, table and sheet
    assert not any("<img" in body or "<script" in body for body in [*bodies, page])


def test_the_sheet_without_data_and_with_a_bad_link(client: TestClient, build: str, here: Settings) -> None:
    page = client.get("/jadwal-jaga", params={"saat": "nanti", "petugas": "x", "v": "20200101T000000-00000000"})
    assert page.status_code == 200
    assert "saat, v, petugas" in page.text
    builds.close_all()
    for path in here.builds.iterdir():
        path.unlink()
    empty = client.get("/jadwal-jaga")
    assert (empty.status_code, words.text("guards.sheet.no_data") in empty.text) == (503, True)
    (here.builds / "CURRENT").write_text("??\n")
    broken = client.get("/jadwal-jaga")
    assert broken.status_code == 503 and str(here.data_dir) not in broken.text


@pytest.mark.browser
def test_the_sheet_is_one_page_of_a4_in_black_and_white(browser: Browser, build: str, tmp_path: Path) -> None:
    """With nobody, the usual eight, and a team in every park; and it fits a phone."""
    with serving(tmp_path / "server.log") as address:
        page = browser.new_page(viewport={"width": 390, "height": 844})
        for n in ("0", "8", "20"):
            page.goto(f"{address}/jadwal-jaga?saat={LINK['saat']}&petugas={n}")
            expect(page.locator("h1")).to_contain_text("Jadwal Jaga Taman")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390, n
            printed = page.pdf(format="A4", prefer_css_page_size=True)
            assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1, n
        colours = page.evaluate("[...document.querySelectorAll('body *')].map(e => getComputedStyle(e).color)")
        assert set(colours) == {"rgb(0, 0, 0)"}
        page.close()
