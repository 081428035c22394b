"""Every page in Chromium, every outside host blocked, at three sizes and in both themes.

It draws, asks nobody, fits its width, and axe-core finds nothing serious."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.app.server import serving
from tests.app.test_browser import Watched
from ui.shell import PAGES

pytestmark = pytest.mark.browser
SIZES = [(1440, 900), (390, 844), (1920, 1080)]
PATHS = [*PAGES, "tempat?tempat=balai-kota", "keramaian?tampil=hari"]
# Streamlit's own widgets and table canvas are not ours to mend; what we draw is.
NOT_OURS = [
    [".stDataFrame"],
    ["[data-testid=stDateInput]"],
    ["[data-testid=stSelectbox]"],
    [".stAppHeader"],
    ["iframe"],
]


@pytest.fixture(scope="module")
def site(handmade_installation: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One server for the module, on the hand-made log; nothing here writes."""
    folder = tmp_path_factory.mktemp("server")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_DATA_DIR", str(handmade_installation / "data"))
        patch.setenv("PANTAU_KEY_FILE", str(handmade_installation / "key"))
        assert os.environ["PANTAU_DATA_DIR"]
        with serving(folder / "server.log") as address:
            yield address


def settled(page: Page) -> None:
    """The page's sentence stands and nothing is running any more."""
    expect(page.locator("h2").first).to_be_visible(timeout=30_000)
    expect(page.locator("[data-testid=stStatusWidget], [data-testid=stSkeleton]")).to_have_count(0, timeout=30_000)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_draws_and_asks_nobody(
    browser: Browser,
    site: str,
    size: tuple[int, int],
    scheme: str,
) -> None:
    watched = Watched(browser, site, viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page = watched.page
    for path in PATHS:
        page.goto(f"{site}/{path}")
        settled(page)
        assert page.locator("[data-testid=stException]").count() == 0, path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), path
        wide = page.eval_on_selector_all(
            "h2, h3, p, label",
            "e => e.filter(x => x.offsetParent && x.scrollWidth > x.clientWidth + 2).map(x => x.innerText)",
        )
        assert wide == [], path
        sources = page.eval_on_selector_all("[src],[href]", "e => e.map(x => x.src || x.href)")
        assert all(str(s).startswith((site, "data:", "blob:")) for s in sources if isinstance(s, str) and s), path
        if size == SIZES[0]:
            found = Axe().run(page, context={"exclude": NOT_OURS})
            serious = [
                (v["id"], v["nodes"][0]["html"][:160])
                for v in found.response["violations"]
                if v["impact"] in ("serious", "critical")
            ]
            assert serious == [], (path, serious)
    assert watched.faults == []


def test_a_change_of_page_takes_the_view_along(browser: Browser, site: str) -> None:
    watched = Watched(browser, site, viewport={"width": 1440, "height": 900})
    page = watched.page
    page.goto(f"{site}/kunjungan?kel=35.73.02.1004&dari=2021-11-22")
    settled(page)
    page.get_by_role("link", name="Keramaian").click()
    expect(page).to_have_url(f"{site}/keramaian?dari=2021-11-22&kel=35.73.02.1004", timeout=15_000)
    settled(page)
    assert page.get_by_text("Kelurahan: Kiduldalem").count() == 1
    assert watched.faults == []


def test_search_opens_a_place(browser: Browser, site: str) -> None:
    watched = Watched(browser, site, viewport={"width": 1440, "height": 900})
    page = watched.page
    page.goto(f"{site}/kunjungan")
    settled(page)
    page.get_by_label("Cari").click()
    page.keyboard.type("Balai Kota")
    page.get_by_role("option", name="Balai Kota Malang").first.click()
    expect(page.locator("h2").first).to_contain_text("Balai Kota Malang", timeout=15_000)
    assert "/tempat?" in page.url
    assert "tempat=balai-kota" in page.url
    assert watched.faults == []


def test_a_cell_and_a_bar_filter_the_rest_of_the_page(browser: Browser, site: str) -> None:
    """By pointer and by key; a second press lets go."""
    watched = Watched(browser, site, viewport={"width": 1440, "height": 1600})
    page = watched.page
    page.goto(f"{site}/cakupan")
    settled(page)
    places = page.locator("[data-testid=stDataFrame]").last
    cell = page.locator("button[data-key=kel][data-code='35.73.02.1004']")
    cell.click()
    expect(page).to_have_url(re.compile(r"kel=35\.73\.02\.1004"), timeout=15_000)
    settled(page)
    expect(cell).to_have_attribute("aria-pressed", "true")
    assert page.get_by_text("Kelurahan: Kiduldalem").count() == 1
    assert places.is_visible()
    cell.click()
    expect(page).not_to_have_url(re.compile("kel="), timeout=15_000)
    settled(page)
    first = page.locator("button[data-key=area]").first
    first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    second = page.locator("button[data-key=area]").nth(1).get_attribute("data-code")
    expect(page).to_have_url(re.compile(f"area={second}"), timeout=15_000)
    settled(page)
    bar = page.locator(".js-plotly-plot").filter(has=page.locator("text=dipakai")).first.locator(".barlayer .point")
    box = bar.nth(9).locator("path").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 4, box["y"] + box["height"] / 2)  # plotly's own layer lies over the bars
    expect(page).to_have_url(re.compile("tahap=[a-z_]+"), timeout=15_000)
    settled(page)
    assert watched.faults == []
