"""The wall display: its figures, its states, letters large enough, and a screen that keeps itself up to date."""

import math
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from core import builds, clock, legibility, settings, wall_words
from core import view as views
from core.capacity import Level
from core.errors import UsageError
from core.rollout import STATES
from core.settings import ROOT, Settings
from queries import city, coverage, crowding, followup
from tests.app.server import serving
from tests.app.test_browser import Watched
from tests.app.test_pages import HOSTILE
from tests.files import log, row
from ui import routes, wall, wall_map, wall_page, wall_strips

Etl = Callable[..., int]
MOMENT = datetime(2021, 11, 29, 15)
BROKEN = "20200101T000000-00000000"


@pytest.fixture
def client() -> Iterator[TestClient]:
    """Our routes behind our middleware, without Streamlit's own."""
    app = Starlette(routes=[r.route for r in routes.table()], middleware=[Middleware(routes.Guard)])
    with TestClient(app) as found:
        yield found


def place(name: str = "Mal", **more: object) -> dict[str, object]:
    """A row of queries.crowding.at_hour."""
    return {
        "place_id": name,
        "name": name,
        "category": "mal",
        "kelurahan_code": "k1",
        "covered": True,
        "low": 10,
        "high": 20,
        "limit": 100,
        "limit_kind": "cap",
        "limit_reason": "",
        "band_low": "free",
        "band_high": "free",
        "verdict": "within",
        "lat": None,
        "lon": None,
        "position_simulated": False,
        "model": "0123abcd",
        "provisional": False,
    } | more


def matter(name: str = "Mal", **more: object) -> dict[str, object]:
    """A row of queries.followup.items."""
    since = pd.Timestamp(2021, 11, 29, 14)
    return {"kind": "over", "name": name, "since": since, "is_new": False, "detail": f"rincian {name}"} | more


def figures(hours: list[dict[str, object]] | None = None, **more: object) -> wall.Figures:
    """Hand-made figures of a small city on 29 Nov 2021, 15.00."""
    states = [*["in_use"] * 2, "unused", "installed", "verified", "filed", "unknown"]
    cells = [{"level": "area", "group": "", "name": f"A{n}", "state": s} for n, s in enumerate(["in_use", "unknown"])]
    cells += [{"level": "kelurahan", "group": "Sukun", "name": f"K{n}", "state": s} for n, s in enumerate(states)]
    cells = [cell | {"confirmed": True, "partial": False} for cell in cells]
    view = views.View(BROKEN, date(2021, 11, 23), date(2021, 11, 29), MOMENT)
    found = wall.Figures(
        view=view,
        city="Kota",
        mode=clock.RIWAYAT,
        now=None,
        last_scan=datetime(2021, 11, 29, 15, 12),
        simulated=False,
        levels_known=True,
        level=Level(date(2021, 11, 16), None, 2, "Inmendagri 60/2021", confidence="high"),
        cells=pd.DataFrame(cells).assign(confirmed=True, partial=False),
        hours=pd.DataFrame(hours if hours is not None else [place()]),
        matters=pd.DataFrame(
            [matter("Mal A", is_new=True), matter("Mal B", kind="unused"), matter("Mal C", kind="late")]
        ),
        late=pd.DataFrame({"name": [], "days_late": [], "last": []}),
        sources_in=5,
    )
    return replace(found, **more)


@pytest.fixture(autouse=True)
def no_outlines(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hand-made figures have no build to take outlines from."""
    if not {"handmade", "site"} & set(request.fixturenames):
        monkeypatch.setattr(wall_map, "outlines", lambda build: None)


def content(found: wall.Figures, sizes: wall.Sizes | None = None) -> dict[str, Any]:
    return wall.content(found, sizes or wall.Sizes())


def text_of(html: str) -> str:
    """What a reader sees: without tags, white space folded."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


# Letters and words


@pytest.mark.parametrize(("inches", "smallest", "sentence"), [(43, 72, 98), (55, 56, 76), (65, 48, 65)])
def test_letters_follow_from_the_screen_and_the_distance(inches: int, smallest: int, sentence: int) -> None:
    assert legibility.smallest_px(inches, 5) == smallest
    assert legibility.sentence_px(inches, 5) == sentence


def test_settings_that_nobody_could_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, good, bad in (("INCI", "43", "30"), ("JARAK_M", "6", "9"), ("DETIK", "20", "19")):
        monkeypatch.setenv(f"PANTAU_LAYAR_{name}", good)
        settings.load()
        monkeypatch.setenv(f"PANTAU_LAYAR_{name}", bad)
        with pytest.raises(UsageError):
            settings.load()
        monkeypatch.delenv(f"PANTAU_LAYAR_{name}")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (999, "999"),
        (4321, "4.320"),
        (9_996, "10,0 ribu"),
        (12_440, "12,4 ribu"),
        (124_400, "124 ribu"),
        (999_600, "1,00 juta"),
        (1_234_567, "1,23 juta"),
    ],
)
def test_numbers_have_three_significant_digits(value: int, said: str) -> None:
    assert wall_words.number(value, "id") == said


@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("mode", [clock.LANGSUNG, clock.TERAKHIR, clock.RIWAYAT])
def test_sentences_take_two_lines_of_52_letters(language: str, mode: str) -> None:
    offices = {"total": 57, "verified": 49, "installed": 45, "in_use": 44, "unused": 10, "filed": 0, "unknown": 10}
    verdicts = {"over": 22, "maybe": 33, "within": 44, "undecided": 168}
    for said in (
        wall_words.coverage(offices, language),
        wall_words.crowding(verdicts, set(), MOMENT, mode, language),
    ):
        assert len(wall_words.fit(said, 76, 2)) <= 104
        assert len(wall_words.fit(said, 98, 1)) <= 52 * 76 // 98
    whole = wall_words.fit(wall_words.crowding(verdicts, set(), MOMENT, mode, language), 76, 2)
    assert ("ekarang" in whole or "Now" in whole) == (mode == clock.LANGSUNG)


def test_midnight_belongs_to_the_day_that_ends() -> None:
    found = figures()
    shown = content(replace(found, view=replace(found.view, moment=datetime(2021, 11, 30))))
    assert shown["bar"]["left"].startswith("RIWAYAT, Senin 29 Nov 2021")
    assert shown["bar"]["right"] == "Data per 24.00 WIB"
    assert shown["scenes"][1]["sentence"].startswith("Pukul 23.00-24.00")


# What is shown


def test_the_figures_of_the_scenes_and_the_rail() -> None:
    hours = [
        place("Over", low=120, high=150, band_low="full", band_high="full", verdict="over"),
        place("Maybe", low=90, high=110, band_low="nearly_full", band_high="full", verdict="maybe"),
        *[place(f"Within {n}") for n in range(4)],
        place("Unknown", limit=None, limit_kind="unknown", band_low=None, band_high=None, verdict="undecided"),
    ]
    shown = content(figures(hours))
    first, second, third = shown["scenes"]
    assert first["sentence"] == (
        "Dari 7 kantor kelurahan: 5 diverifikasi Kemenkes, 4 terpasang, 2 dipakai; 1 belum diketahui."
    )
    assert [len(s["cells"]) for s in first["strips"]] == [2, 7]
    assert second["sentence"] == (
        "Pukul 14.00-15.00: 1 dari 7 tempat melebihi batas, 1 mungkin, 1 tidak dapat dinilai."
    )
    assert [(r["number"], r["name"], r["inside"], r["limit"]) for r in second["rows"]] == [
        (1, "Over", "120-150", "100"),
        (2, "Maybe", "90-110", "100"),
        *[(n + 3, f"Within {n}", "10-20", "100") for n in range(3)],
    ]
    assert [r["disc"] for r in second["rows"]][:3] == [("full", "full"), ("nearly_full", "full"), ("free", "free")]
    assert [(a["value"], a["label"]) for a in shown["rail"]] == [
        ("1/2 · 2/7", "QR dipakai"),
        ("1 pasti, 1 mungkin", "melebihi batas"),
        ("3 hal, 1 baru", "perlu tindak lanjut"),
    ]
    assert third["sentence"] == "3 hal perlu tindak lanjut, 1 baru."
    assert [(r["kind"], r["name"], r["standing"], r["detail"]) for r in third["rows"]] == [
        ("melebihi batas", "Mal A", "baru, sejak Sen 29 Nov 14.00", "rincian Mal A"),
        ("tidak terpakai", "Mal B", "sejak Sen 29 Nov 14.00", "rincian Mal B"),
        ("data terlambat", "Mal C", "sejak Sen 29 Nov 14.00", "rincian Mal C"),
    ]
    assert shown["notice"] is None


@pytest.mark.parametrize(
    ("n", "rows", "detailed", "sentence"),
    [
        (4, 4, 4, "4 hal perlu tindak lanjut, 1 baru."),
        (5, 5, 4, "5 hal perlu tindak lanjut, 1 baru."),
        (7, 7, 2, "7 hal perlu tindak lanjut, 1 baru."),
        (8, 7, 2, "8 hal perlu tindak lanjut, 1 baru; 7 yang pertama:"),
        (120, 7, 2, "120 hal perlu tindak lanjut, 1 baru; 7 yang pertama:"),
        (1200, 7, 2, "1200 hal, 1 baru; 7 yang pertama:"),  # one line, whatever the numbers
    ],
)
def test_at_most_seven_matters_in_their_order(n: int, rows: int, detailed: int, sentence: str) -> None:
    many = pd.DataFrame([matter(f"Tempat {i}", is_new=i == n - 1) for i in range(n)])
    third = content(figures(matters=many))["scenes"][2]
    assert [r["name"] for r in third["rows"]] == [f"Tempat {i}" for i in range(rows)]
    assert [r["detail"] for r in third["rows"]] == [f"rincian Tempat {i}" if i < detailed else "" for i in range(rows)]
    assert third["sentence"] == sentence
    brief = content(figures(matters=many), wall.Sizes(72, 98))["scenes"][2]
    assert len(brief["rows"]) == min(n, 5)
    assert [r["standing"] for r in brief["rows"]] == ["baru" if i == n - 1 else "29 Nov" for i in range(min(n, 5))]


def test_nothing_to_follow_up_stays_on_screen_and_undated_is_said() -> None:
    quiet = content(figures(matters=pd.DataFrame([matter()]).iloc[:0]))["scenes"][2]
    assert (quiet["sentence"], quiet["rows"]) == (
        "Tidak ada yang perlu ditindaklanjuti, dari 5 sumber yang masuk.", [],
    )  # fmt: skip
    undated = pd.DataFrame([matter(since=pd.NaT)])
    for sizes in (wall.Sizes(), wall.Sizes(72, 98)):
        [only] = content(figures(matters=undated), sizes)["scenes"][2]["rows"]
        assert only["standing"] == "?"


def test_none_and_not_known_never_look_alike() -> None:
    unknown = place(limit=None, limit_kind="unknown", limit_reason="level", verdict="undecided")
    nothing = pd.DataFrame([matter()]).iloc[:0]
    quiet, blind = content(figures([place()], matters=nothing)), content(figures([unknown]))
    assert quiet["rail"][1]["value"] == "0 pasti, 0 mungkin"
    assert quiet["rail"][2]["value"] == "Tidak ada, 5 sumber"
    assert blind["rail"][1]["value"] == "?"
    scene = blind["scenes"][1]
    assert scene["sentence"] == "Pukul 14.00-15.00: 1 tempat tidak dapat dinilai, level PPKM tidak diketahui."
    assert scene["rows"][0]["limit"] == "?"
    assert scene["rows"][0]["disc"] == ("unknown", "unknown")
    unseen = content(figures([place(low=None, high=None, verdict="undecided", covered=True)]))
    assert unseen["scenes"][1]["rows"] == []
    assert unseen["scenes"][1]["sentence"] == "Pukul 14.00-15.00: 1 tempat tidak dapat dinilai."
    bare = content(replace(figures(), hours=pd.DataFrame([place()]).iloc[:0]))
    assert bare["scenes"][1]["sentence"] == "Pukul 14.00-15.00: tidak ada tempat ber-QR."


@pytest.mark.parametrize(("low", "high", "halves"), [(0, 0, "none none"), (0, 3, "none full"), (2, 3, "full full")])
def test_a_closed_place_has_no_share(low: int, high: int, halves: str) -> None:
    verdict = "over" if low else "maybe" if high else "within"
    closed = place(low=low, high=high, limit=0, limit_kind="closed", band_low=None, band_high=None, verdict=verdict)
    [shown] = content(figures([closed]))["scenes"][1]["rows"]
    assert shown["limit"] == "ditutup"
    assert " ".join(shown["disc"]) == halves


def test_capacity_is_not_called_a_limit() -> None:
    scene = content(figures([place(limit_kind="capacity", category="kantor", name="Kantor Kelurahan Kasin")]))
    assert scene["scenes"][1]["inside"].endswith("/ kapasitas")
    assert scene["scenes"][1]["rows"][0]["name"] == "Kelurahan Kasin"


@pytest.mark.parametrize(
    ("more", "said"),
    [({}, "perkiraan"), ({"model": None}, "perkiraan kasar"), ({"provisional": True}, "sementara")],
)
def test_the_rows_say_what_their_persons_are(more: dict[str, object], said: str) -> None:
    scene = content(figures([place(), place("Lain", **more)]))["scenes"][1]
    assert scene["inside"] == f"orang di dalam ({said}) / batas"


def test_inside_a_group_the_furthest_stage_comes_first_and_the_longest_name_last() -> None:
    groups = {"Kedungkandang": 12, "Sukun": 11, "Klojen": 11, "Lowokwaru": 12, "Blimbing": 11}
    cells = pd.DataFrame(
        [
            {"level": "kelurahan", "group": group, "name": str(n), "state": STATES[min(n, 5)]}
            for group, n_cells in groups.items()
            for n in range(n_cells)
        ]
    )
    [strip] = wall_strips.strips(cells, "id")
    assert [g["name"] for g in strip["labels"]] == ["Lowokwaru", "Blimbing", "Klojen", "Sukun", "Kedungkandang"]
    assert [c["state"] for c in strip["cells"][:6]] == list(STATES)
    assert len(strip["cells"]) == 57
    last = strip["cells"][-1]
    assert last["x"] + strip["cell"][0] <= strip["width"] == wall_strips.WIDTH
    many = wall_strips.strips(pd.concat([cells, cells]), "id")[0]
    assert many["cells"][-1]["x"] + many["cell"][0] <= many["width"]


def test_numbers_at_the_edge_stand_apart_and_in_order() -> None:
    points = [(n, 300.0 + n, 290.0) for n in range(1, 6)]
    found = wall_map.leaders(points)
    assert [leader.number for leader in found] == [1, 2, 3, 4, 5]
    for side in {leader.badge_x for leader in found}:
        heights = sorted(leader.badge_y for leader in found if leader.badge_x == side)
        assert all(b - a >= wall_map.BADGE for a, b in pairwise(heights))
        assert heights[0] >= wall_map.BADGE / 2
        assert heights[-1] <= wall_map.HEIGHT - wall_map.BADGE / 2
    assert wall_map.leaders([]) == []


# The three clocks and the states


def test_history_has_a_date_and_no_clock() -> None:
    shown = content(figures())
    assert shown["bar"] == {
        "left": "RIWAYAT, Senin 29 Nov 2021 · PPKM Level 2",
        "clock": "",
        "chip": "",
        "right": "Data per 15.00 WIB",
    }
    assert "sekarang" not in text_of(wall_page.html(shown)).lower()


@pytest.mark.parametrize(
    ("mode", "now", "right", "begins"),
    [
        (clock.LANGSUNG, datetime(2021, 11, 29, 15, 32), "Data per 15.12 WIB", "Sekarang (14.00-15.00): "),
        (clock.TERAKHIR, datetime(2021, 12, 1, 9, 5), "Data per Sen 29 Nov 15.12 WIB", "Jam terakhir 14.00-15.00: "),
    ],
)
def test_young_data_have_a_clock(mode: str, now: datetime, right: str, begins: str) -> None:
    shown = content(figures(mode=mode, now=now))
    assert shown["bar"]["clock"] == f"{now:%H.%M}"
    assert shown["bar"]["right"] == right
    assert shown["scenes"][1]["sentence"].startswith(begins)


def test_levels_unknown_unconfirmed_and_lifted() -> None:
    def left(level: Level | None) -> str:
        return str(content(figures(level=level))["bar"]["left"])

    sure = Level(date(2021, 1, 1), None, 2, "x", confidence="high")
    assert left(None).endswith("PPKM Level ?")
    assert left(replace(sure, confidence="low")).endswith("PPKM Level 2 (?)")
    assert left(replace(sure, level=None)).endswith("PPKM Level ?")
    assert left(replace(sure, level=0)).endswith("PPKM dicabut")
    assert "PPKM" not in str(content(figures(levels_known=False, level=None))["bar"])


def test_notices_say_the_worst_first() -> None:
    late = pd.DataFrame({"name": ["Dinkes"], "days_late": [2], "last": [pd.Timestamp(2021, 11, 27)]})
    live = {"mode": clock.TERAKHIR, "now": datetime(2021, 11, 30, 9)}
    partial = [place(), place(kelurahan_code="k2", covered=False), place(kelurahan_code="k2", covered=False)]

    def notice(hours: list[dict[str, object]] | None = None, **more: object) -> object:
        return content(figures(hours, **more))["notice"]

    assert notice(fell_back=("v",)) == {"kind": "note", "text": "Tautan layar: v tidak dapat dipakai"}
    said = {"kind": "note", "text": "1 dari 2 kelurahan melapor; angka dari 1 itu"}
    assert notice(partial, fell_back=("v",)) == said
    said = {"kind": "alarm", "text": "Data Dinkes terlambat 2 hari; angka terakhir 27 Nov"}
    assert notice(partial, late=late, **live) == said
    two = pd.concat([late, late.assign(name="Mal", days_late=1)])
    said = {"kind": "alarm", "text": "Data 2 sumber terlambat sampai 2 hari; angka terakhir 27 Nov"}
    assert notice(late=two, **live) == said
    assert notice(late=two, older=True, **live)["text"].startswith("Versi data terbaru rusak")
    shown = content(figures(late=late, **live))
    assert 'class="late"' in wall_page.html(shown)  # figures stay, greyed


def test_hostile_names_are_text() -> None:
    late = pd.DataFrame({"name": [HOSTILE], "days_late": [2], "last": [pd.Timestamp(2021, 11, 27)]})
    found = figures([place(HOSTILE)], city=HOSTILE, late=late)
    found = replace(found, cells=found.cells.assign(group=HOSTILE), matters=pd.DataFrame([matter(HOSTILE)]))
    html = wall_page.html(content(found))
    assert "<img" not in html
    assert "<script" not in html
    assert (
        html.count("&lt;img src=x onerror=alert(1)&gt;") == 5
    )  # the place, the group, the source, the matter and its detail


# Over HTTP, on a build


def test_the_page_says_what_the_queries_say(client: TestClient, handmade: str) -> None:
    answer = client.get("/layar")
    assert answer.status_code == 200
    for header, value in routes.HEADERS.items():
        assert answer.headers[header] == value
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//|url\(\"?https?:|@import", answer.text)
    extent = city.extent(handmade)
    assert extent is not None
    view, _ = views.resolve(views.Asked(), extent)
    cells, hours, matters = coverage.cells(view), crowding.at_hour(view), followup.items(view)
    shown = text_of(answer.text)
    for level in ("area", "kecamatan", "kelurahan"):
        mine = cells[cells["level"] == level]
        assert f"{(mine['state'] == 'in_use').sum()}/{len(mine)}" in shown
    office = cells[cells["level"] == "kelurahan"]["state"]
    reached = office.isin(["in_use", "unused", "installed"]).sum()
    assert f"{reached} terpasang, {(office == 'in_use').sum()} dipakai; {(office == 'unknown').sum()} belum" in shown
    assert answer.text.count('class="cell f-') == len(cells) + len(STATES)
    assert f"{len(matters)} hal, {int(matters['is_new'].sum())} baru" in shown
    if (hours["verdict"] != "undecided").any():
        n = hours["verdict"].value_counts()
        assert f"{n.get('over', 0)} pasti, {n.get('maybe', 0)} mungkin" in shown
    assert answer.text.count('class="badge"') <= wall.ROWS
    assert "DATA SIMULASI" in shown
    assert f"Data per {view.moment.hour or 24:02d}.00 WIB" in shown


def test_the_part_is_sent_once(client: TestClient, handmade: str) -> None:
    first = client.get("/layar/isi")
    said = first.json()
    assert said["build"] == handmade
    assert said["html"] in client.get("/layar").text
    again = client.get("/layar/isi", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/layar/isi?bahasa=en").headers["etag"] != first.headers["etag"]
    assert client.get("/layar/isi?tema=gelap").json()["html"] == said["html"]
    for header, value in routes.HEADERS.items():
        assert first.headers[header] == value


def test_a_change_of_sizes_is_another_version(
    client: TestClient, handmade: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = client.get("/layar/isi").json()["version"]
    assert f'data-version="{version}"' in client.get("/layar").text
    monkeypatch.setenv("PANTAU_LAYAR_DETIK", "40")
    assert client.get("/layar/isi").json()["version"] != version
    assert 'data-seconds="40"' in client.get("/layar").text


def test_links_that_cannot_be_used_are_named(client: TestClient, handmade: str) -> None:
    query = f"v={BROKEN}&saat=x&kel=35.73.04.1005&tema=ungu&bahasa=xx"
    shown = text_of(client.get(f"/layar?{query}").text)
    for key in ("v", "saat", "kel", "tema", "bahasa"):
        assert re.search(rf"Tautan layar: [^.]*\b{key}\b", shown), key
    assert "Tautan layar" not in client.get(f"/layar?v={handmade}&saat=2021-12-01T15&dari=2021-12-01&tema=gelap").text


def test_a_chosen_moment_is_shown(client: TestClient, handmade: str) -> None:
    shown = text_of(client.get("/layar?saat=2021-12-01T15").text)
    assert "Rabu 1 Des 2021" in shown
    assert "Pukul 14.00-15.00" in shown


def test_english_is_complete(client: TestClient, handmade: str) -> None:
    shown = text_of(client.get("/layar?bahasa=en").text)
    assert '<html lang="en">' in client.get("/layar?bahasa=en").text
    for word in ("kantor", "dipakai", "batas", "Pukul", "Senin", "longgar", "belum"):
        assert word not in shown.split("Kemenkes")[0].replace("kelurahan", "")


def test_no_data_says_how_to_load_some(client: TestClient) -> None:
    shown = text_of(client.get("/layar").text)
    assert "Belum ada data. Muat berkas: python -m etl load" in shown
    assert client.get("/layar/isi").json()["build"] is None


def test_a_register_without_a_day_is_drawn_hatched(
    client: TestClient, handmade: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(city, "extent", lambda build: None)
    page = client.get("/layar").text
    assert "Belum ada data" in page
    assert page.count('class="kelurahan f-unknown"') == 57


def test_damaged_builds_are_said_without_a_path(client: TestClient, here: Settings, handmade: str, etl: Etl) -> None:
    path = log(here.data_dir / "one.csv", [row("2021-12-05 19:00:00", "QR-KWW-1", person=900)])
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    newest = builds.current(here)
    assert newest is not None
    builds.close_all()
    builds.file_of(here, newest.build).write_bytes(b"")
    assert "Versi data terbaru rusak" in client.get("/layar").text
    assert client.get("/layar/isi").json()["build"] == handmade
    builds.close_all()
    builds.file_of(here, handmade).write_bytes(b"")
    shown = client.get("/layar").text
    assert "Data tidak dapat ditampilkan." in shown
    assert str(here.data_dir) not in shown


def test_a_defect_of_ours_leaves_a_page_that_tries_again(
    client: TestClient, handmade: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(view: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(coverage, "cells", broken)
    answer = client.get("/layar")
    assert answer.status_code == 200
    assert "Data tidak dapat ditampilkan." in answer.text
    assert "secret" not in answer.text
    monkeypatch.undo()


# In Chromium


@pytest.fixture
def site(handmade: str, tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path / "server.log") as address:
        yield address


def opened(browser: Browser, address: str, **context: object) -> Watched:
    """The wall at 1920x1080, its clock in the test's hand."""
    context = {"viewport": {"width": 1920, "height": 1080}, **context}
    watched = Watched(browser, address.split("/layar")[0], **context)
    watched.page.clock.install()
    watched.page.goto(address)
    watched.page.evaluate("document.fonts.ready")
    return watched


def scene(page: Page) -> str:
    [name] = page.locator("[data-scene]:visible").evaluate_all("e => e.map(x => x.className)")
    return str(name).removeprefix("scene ")


# Every visible text: its font size, and whether it is cut off or outside the screen. Names of places may end in '…'.
TEXTS = """() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.textContent.trim() || parent.closest('script,style') || !parent.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const own = parent.classList.contains('name'), text = range.getBoundingClientRect();
    const box = own ? parent.getBoundingClientRect() : text;  // what of a name is cut off is not seen
    found.push({
      text: node.textContent.trim(), px: parseFloat(getComputedStyle(parent).fontSize),
      family: getComputedStyle(parent).fontFamily,
      inside: own || (box.left >= 0 && box.right <= innerWidth && box.top >= 0 && box.bottom <= innerHeight),
      box: [box.left, box.top, box.right, box.bottom],
    });
  }
  return found;
}"""


def arcmin(px: float, inches: float, metres: float, screen: int = 1080) -> float:
    """Minutes of arc of a capital of that font size; reckoned from the screen, not by core.legibility."""
    capital_mm = px * 0.656 * (inches * 25.4 * 9 / math.sqrt(16**2 + 9**2)) / screen
    return math.degrees(2 * math.atan(capital_mm / 2 / (metres * 1000))) * 60


def assert_readable(page: Page, inches: float, screen: int = 1080) -> None:
    assert page.evaluate("document.fonts.check('40px \"Source Sans\"')")
    texts = page.evaluate(TEXTS)
    assert len(texts) > 15
    for found in texts:
        assert found["inside"], found
        assert found["family"].startswith('"Source Sans"'), found
        assert arcmin(found["px"], inches, 5, screen) >= 15.99, found
    boxes = [(t["text"], t["box"]) for t in texts]
    for n, (text, (left, top, right, bottom)) in enumerate(boxes):
        for other, (left2, top2, right2, bottom2) in boxes[n + 1 :]:
            wide, high = min(right, right2) - max(left, left2), min(bottom, bottom2) - max(top, top2)
            assert wide <= 2 or high <= screen / 54, (text, other)  # line boxes may touch, letters may not
    size = "[document.documentElement.scrollWidth, document.documentElement.scrollHeight, innerWidth, innerHeight]"
    width, height, inner_width, inner_height = page.evaluate(size)
    assert (width, height) == (inner_width, inner_height)


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["terang", "gelap"])
def test_it_is_read_from_five_metres(browser: Browser, site: str, theme: str) -> None:
    watched = opened(browser, f"{site}/layar?tema={theme}")
    page = watched.page
    for _ in range(3):
        assert_readable(page, 55)
        page.evaluate("Promise.all(document.getAnimations().map(a => a.finished))")
        assert not [v for v in Axe().run(page).response["violations"] if v["impact"] in ("serious", "critical")]
        page.keyboard.press("ArrowRight")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(255, 255, 255)" if theme == "terang" else "rgb(15, 23, 32)")
    assert page.locator("html").get_attribute("lang") == "id"
    assert page.title() == "Layar Kota Malang"
    for landmark in ("header", "main", "footer"):
        expect(page.locator(landmark)).to_have_count(1)
    expect(page.locator("main")).to_have_attribute("aria-live", "off")
    page.set_viewport_size({"width": 3840, "height": 2160})
    assert_readable(page, 55, 2160)
    assert watched.faults == []


@pytest.mark.browser
@pytest.mark.parametrize("inches", [43, 65])
def test_other_screens_have_their_own_letters(
    browser: Browser,
    handmade: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    inches: int,
) -> None:
    monkeypatch.setenv("PANTAU_LAYAR_INCI", str(inches))
    with serving(tmp_path / "server.log") as site:
        page = opened(browser, f"{site}/layar").page
        for _ in range(3):
            assert_readable(page, inches)
            page.keyboard.press("ArrowRight")


@pytest.mark.browser
def test_scenes_turn_and_hold(browser: Browser, site: str) -> None:
    watched = opened(browser, f"{site}/layar", reduced_motion="reduce")
    page = watched.page
    rail = page.locator("footer").inner_text()
    assert scene(page) == "coverage"
    assert page.locator(".scene:visible").evaluate("e => getComputedStyle(e).animationName") == "none"
    page.clock.run_for(29_000)
    assert scene(page) == "coverage"
    page.clock.run_for(2_000)
    assert scene(page) == "crowding"
    assert page.locator("footer").inner_text() == rail
    page.keyboard.press("ArrowRight")
    assert scene(page) == "follow_up"
    page.keyboard.press("ArrowRight")
    assert scene(page) == "coverage"
    page.keyboard.press("ArrowLeft")
    assert scene(page) == "follow_up"
    page.keyboard.press("ArrowLeft")
    assert scene(page) == "crowding"
    expect(page.locator("#held")).to_be_hidden()
    page.keyboard.press("Space")
    expect(page.locator("#held")).to_be_visible()
    page.clock.run_for(120_000)
    assert scene(page) == "crowding"
    page.keyboard.press("Space")
    expect(page.locator("#held")).to_be_hidden()
    page.clock.run_for(31_000)
    assert scene(page) == "follow_up"
    assert page.locator("footer").inner_text() == rail
    # The hurried clock gives up on polls before the server can answer; nothing else may fail.
    assert [f for f in watched.faults if "/layar/isi" not in f] == []


@pytest.mark.browser
def test_a_new_build_is_shown_without_a_reload(
    browser: Browser,
    site: str,
    etl: Etl,
    tmp_path: Path,
) -> None:
    watched = opened(browser, f"{site}/layar")
    page = watched.page
    page.evaluate("window.MARK = 'the same page'")
    expect(page.locator("header")).to_contain_text("Data per 18.00 WIB")
    page.keyboard.press("ArrowRight")
    path = log(tmp_path / "one.csv", [row("2021-12-05 19:00:00", "QR-KWW-1", person=900)])
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    page.clock.run_for(15_000)
    expect(page.locator("header")).to_contain_text("Data per 19.00 WIB", timeout=15_000)
    assert scene(page) == "crowding"
    assert page.evaluate("window.MARK") == "the same page"
    assert watched.faults == []


@pytest.mark.browser
def test_a_new_version_of_the_program_reloads_the_page(browser: Browser, site: str) -> None:
    page = opened(browser, f"{site}/layar").page
    page.evaluate("window.MARK = 'the old page'")
    said = httpx.get(f"{site}/layar/isi").json() | {"version": "another"}
    page.route("**/layar/isi", lambda route: route.fulfill(json=said))
    with page.expect_navigation():
        page.clock.run_for(15_000)
    assert page.evaluate("window.MARK") is None


def start(port: int, out: Path) -> subprocess.Popen[bytes]:
    """The dashboard at a port of its own; the caller stops it by its process."""
    words = [sys.executable, "-m", "streamlit", "run", str(ROOT / "dashboard.py"), f"--server.port={port}"]
    with out.open("ab") as stream:
        process = subprocess.Popen(words, cwd=ROOT, env=dict(os.environ), stdout=stream, stderr=subprocess.STDOUT)
    for _ in range(300):
        try:
            if httpx.get(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).status_code == 200:
                return process
        except httpx.TransportError:
            time.sleep(0.1)
    process.kill()
    raise RuntimeError(out.read_text())


def stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.mark.browser
def test_cut_off_is_said_and_goes_away_by_itself(
    browser: Browser,
    handmade: str,
    tmp_path: Path,
) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = start(port, tmp_path / "server.log")
    try:
        page = opened(browser, f"http://127.0.0.1:{port}/layar", timezone_id="Asia/Jakarta").page
        page.evaluate("window.MARK = 'the same page'")
        picture = page.locator("main").inner_text()
        cut = page.locator("#cut")
        expect(cut).to_be_hidden()
        stop(process)
        page.clock.run_for(16_000)
        expect(cut).to_be_visible(timeout=15_000)
        assert re.fullmatch(r"Terputus sejak \d\d\.\d\d\. Gambar terakhir \d\d\.\d\d\.", cut.inner_text())
        assert page.locator("main").inner_text() == picture
        assert_readable(page, 55)
        for _ in range(3):
            page.keyboard.press("ArrowRight")
            assert_readable(page, 55)
        said = cut.inner_text()
        page.clock.run_for(16_000)
        assert cut.inner_text() == said  # since the first failure, not the last
        process = start(port, tmp_path / "server.log")
        page.clock.run_for(16_000)
        expect(cut).to_be_hidden(timeout=15_000)
        assert page.evaluate("window.MARK") == "the same page"
        while scene(page) != "coverage":
            page.keyboard.press("ArrowLeft")
        assert page.locator("main").inner_text() == picture
    finally:
        stop(process)
