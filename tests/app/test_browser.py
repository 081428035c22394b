"""The screen in Chromium, every outside host blocked: it draws, numbers are right, nobody is asked (R23, R25)."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Frame, Page, Request, Route, expect

from core import builds
from core.settings import Settings
from tests.app.server import serving
from tests.app.test_pages import HOSTILE
from tests.files import log, row
from tests.test_queries import visit_rows
from ui import routes

pytestmark = pytest.mark.browser
Etl = Callable[..., int]


@pytest.fixture
def site(handmade: str, tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path / "server.log") as address:
        yield address


class Watched:
    """A page that notes every request that leaves the machine or fails, console error, dialog, and bytes received."""

    def __init__(self, browser: Browser, site: str, **context: object) -> None:
        self.faults: list[str] = []
        self.sent: list[int] = []
        self.page = browser.new_context(**context).new_page()  # type: ignore[arg-type]
        self.page.route("**/*", lambda route: self._gate(route, site))
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda e: self.faults.append(f"page error {e}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("dialog", lambda d: (self.faults.append(f"dialog {d.message}"), d.dismiss()))
        self.page.on("websocket", lambda ws: ws.on("framereceived", lambda f: self.sent.append(len(f))))

    def _gate(self, route: Route, site: str) -> None:
        url = route.request.url
        if url.startswith((site, site.replace("http", "ws", 1), "data:", "blob:")):
            route.continue_()
        else:
            self.faults.append(f"outside {url}")
            route.abort()

    def _failed(self, request: Request) -> None:
        # what a page was still loading when the test left it is no fault
        if request.failure != "net::ERR_ABORTED":
            self.faults.append(f"failed {request.url} {request.failure}")

    def _heard(self, message: object) -> None:
        # On a deep link Streamlit probes its own endpoints under the page's path first: those 404s are no fault.
        if message.type == "error" and "/_stcore/" not in message.location.get("url", ""):  # type: ignore[attr-defined]
            self.faults.append(f"console {message.text}")  # type: ignore[attr-defined]


def map_frame(page: Page) -> Frame:
    """The map's frame, once its outlines and circles are drawn."""
    page.frame_locator("iframe").locator(".leaflet-interactive").nth(56).wait_for(timeout=30_000)
    [frame] = [f for f in page.frames if "streamlit_folium" in f.url]
    return frame


def open_page(watched: Watched, address: str) -> Frame:
    watched.page.goto(address)
    expect(watched.page.locator("h2").first).to_contain_text(re.compile("tercatat|recorded|terukur"), timeout=30_000)
    return map_frame(watched.page)


def sentence(page: Page) -> str:
    return page.locator("h2").first.inner_text()


def test_the_map_is_whole(browser: Browser, site: str) -> None:
    watched = Watched(browser, site, viewport={"width": 1440, "height": 900})
    frame = open_page(watched, f"{site}/kunjungan?dari=2021-11-22")
    assert frame.locator(".pantau-unmeasured").count() == 51
    assert frame.locator(".pantau-measured").count() == 6
    assert frame.locator(".pantau-label").all_inner_texts() == [
        "Blimbing",
        "Klojen",
        "Kedungkandang",
        "Sukun",
        "Lowokwaru",
    ]
    fill = frame.locator(".pantau-unmeasured").first.evaluate("e => getComputedStyle(e).fill")
    assert "pantau-hatch" in fill
    assert watched.faults == []


def test_numbers_on_screen_equal_an_independent_computation(browser: Browser, site: str) -> None:
    watched = Watched(browser, site, viewport={"width": 1440, "height": 900})
    frame = open_page(watched, f"{site}/kunjungan?dari=2021-11-22")
    rows = visit_rows()
    assert sentence(watched.page).startswith(f"{len(rows)} kunjungan tercatat")
    columns = watched.page.locator(".js-plotly-plot").first
    bars = columns.locator(".bartext").all_text_contents()
    assert [int(b) for b in bars] == rows.groupby("day").size().to_list()
    codes = json.loads(
        frame.evaluate("JSON.stringify(window.PANTAU_OUTLINES.map(f => [f.properties.code, f.properties.name]))")
    )
    names = {name: code for code, name in codes}
    said: dict[str, int] = {}
    for shape in frame.locator("path.pantau-measured").all():
        shape.dispatch_event("mouseover")
        name, n = frame.locator(".leaflet-tooltip").last.inner_text().split(": ")
        said[names[name]] = int(n.split()[0])
        shape.dispatch_event("mouseout")
    assert said == rows.groupby("kelurahan").size().to_dict()


def test_a_click_selects_and_the_map_stays(browser: Browser, site: str) -> None:
    """Same iframe, zoom kept, few kilobytes a change; a second click lets go."""
    watched = Watched(browser, site, viewport={"width": 1440, "height": 900})
    frame = open_page(watched, f"{site}/kunjungan?dari=2021-11-22")
    page = watched.page
    whole = sentence(page)
    frame.evaluate("window.MARK = 'the same'; map_div.setZoom(map_div.getZoom() + 0.7, {animate: false})")
    zoom = frame.evaluate("map_div.getZoom()")
    page.wait_for_timeout(800)
    watched.sent.clear()

    def click(code: str) -> None:
        frame.evaluate(
            """code => { map_div.eachLayer(l => { if (l.feature && l.feature.properties.code === code && l._path)
                l._path.dispatchEvent(new MouseEvent('click', {bubbles: true, clientX: 300, clientY: 300})); }) }""",
            code,
        )

    click("35.73.04.1005")
    expect(page.locator("h2").first).to_contain_text("Kelurahan: Sukun", timeout=15_000)
    assert "kel=35.73.04.1005" in page.url
    page.wait_for_timeout(1500)
    assert frame.evaluate("[window.MARK, map_div.getZoom()]") == ["the same", zoom]
    assert frame.locator("path[stroke-width='4']").count() == 1
    click("35.73.04.1005")
    expect(page.locator("h2").first).to_have_text(whole, timeout=15_000)
    assert "kel=" not in page.url
    assert watched.faults == []


def test_the_front_door_is_the_summary(browser: Browser, site: str) -> None:
    watched = Watched(browser, site, viewport={"width": 1440, "height": 900})
    watched.page.goto(f"{site}/?kel=35.73.04.1005")
    expect(watched.page.locator("h2").first).to_contain_text("dari 57 kantor kelurahan memakai QR", timeout=30_000)
    # drawn after the headline
    expect(watched.page.get_by_text("Kelurahan: Sukun")).to_have_count(1, timeout=30_000)
    assert watched.faults == []


def test_a_new_build_is_drawn_without_a_restart(browser: Browser, site: str, etl: Etl, tmp_path: Path) -> None:
    watched = Watched(browser, site, viewport={"width": 1440, "height": 900})
    open_page(watched, f"{site}/kunjungan?dari=2021-11-22")
    path = log(tmp_path / "one.csv", [row("2021-12-05 19:00:00", "QR-KWW-1", person=900)])
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    watched.page.get_by_text("EN", exact=True).click()
    expect(watched.page.locator("h2").first).to_contain_text("184 visits", timeout=15_000)
    map_frame(watched.page)
    assert watched.faults == []


def test_hostile_names_are_text(
    browser: Browser, etl: Etl, here: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "reference"
    shutil.copytree(here.reference_dir, folder)
    for name, old in (
        ("kelurahan.csv", ",Sukun,35.73.04"),
        ("place.csv", ",Kantor Kelurahan Sukun,"),
        ("kecamatan.csv", ",Sukun,"),
    ):
        path = folder / name
        path.write_text(path.read_text().replace(old, f',"{HOSTILE}",' + old.split(",")[2]))
    layer = json.loads((folder / "boundaries.geojson").read_text())
    for feature in layer["features"]:
        feature["properties"]["name"] = HOSTILE
    (folder / "boundaries.geojson").write_text(json.dumps(layer))
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(folder))
    assert etl("simulate", "--scenario", "contoh") == 0
    sample = next(iter(here.data_dir.glob("inbox/*/*/*.csv")))
    assert etl("load", sample, "--profile", "pedulilindungi", "--build") == 0
    with serving(tmp_path / "server.log") as site:
        watched = Watched(browser, site, viewport={"width": 1440, "height": 900})
        frame = open_page(watched, f"{site}/kunjungan?dari=2021-11-22&kel=35.73.04.1005")
        frame.locator("path.pantau-measured").first.dispatch_event("mouseover")
        assert frame.locator(".leaflet-tooltip").inner_text().startswith(HOSTILE)
        assert HOSTILE in sentence(watched.page)
        watched.page.wait_for_timeout(1000)
        assert watched.page.locator("img[src='x']").count() == 0
        assert frame.locator("img[src='x']").count() == 0
        assert watched.faults == []


def test_routes_over_http(site: str, here: Settings, handmade: str, etl: Etl) -> None:
    for path in ("/", "/kunjungan", "/api/sehat", f"/peta/batas/{handmade}.js", "/peta/leaflet/leaflet.js", "/nowhere"):
        answer = httpx.get(site + path)
        for header, value in routes.HEADERS.items():
            assert answer.headers[header] == value, (path, header)
    assert httpx.get(f"{site}/api/sehat").json() == {
        "status": "sehat",
        "build": handmade,
        "pinned": False,
        "data_per": "2021-12-05T18:15:00",
    }
    outline = httpx.get(f"{site}/peta/batas/{handmade}.js")
    assert "immutable" in outline.headers["cache-control"]
    assert outline.headers["content-type"].startswith("text/javascript")
    for bad in ("..%2F..%2FCURRENT", "20200101T000000-00000000", "x"):
        assert httpx.get(f"{site}/peta/batas/{bad}.js").status_code in (400, 404)
    assert httpx.get(f"{site}/peta/leaflet/..%2F..%2F..%2Fcore%2Fsettings.py").status_code in (400, 404)
    builds.file_of(here, handmade).write_bytes(b"")
    answer = httpx.get(f"{site}/api/sehat")
    assert answer.status_code in (200, 503)  # an open build is still served from its handle
    assert str(here.data_dir) not in answer.text


def test_health_without_data(tmp_path: Path) -> None:
    with serving(tmp_path / "server.log") as site:
        answer = httpx.get(f"{site}/api/sehat")
    assert (answer.status_code, answer.json()) == (503, {"status": "kosong", "build": None})
