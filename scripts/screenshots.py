"""The pictures of the README and docs: every screen of the simulated city, from a server of its own."""

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from scripts import chromium

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "gambar"
# name of the picture -> path of the page; the wall's second scene is one key press away
PAGES = {
    "ringkasan": "/",
    "kunjungan": "/kunjungan",
    "keramaian": "/keramaian",
    "cakupan": "/cakupan",
    "tempat": "/tempat?tempat=mog",
    "laporan": "/laporan",
}


def main() -> int:
    """Builds the simulated city in a temporary directory, serves it, and writes docs/gambar/*.png."""
    from core import settings
    from scripts.run import city
    from tests.app.server import serving

    path = chromium.find()
    if path is None:
        print("No Chromium; run: python -m scripts.chromium")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        if not os.environ.get("PANTAU_DATA_DIR"):
            os.environ |= {"PANTAU_DATA_DIR": f"{folder}/data", "PANTAU_KEY_FILE": f"{folder}/key"}
            if code := city(settings.load(), "demo"):
                return code
        with serving(Path(folder) / "server.log") as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
            for name, page in PAGES.items():
                _page(browser, address + page, PICTURES / f"{name}.png")
            _wall(browser, f"{address}/layar")
            browser.close()
    for picture in sorted(PICTURES.glob("*.png")):
        print(picture.name)
    return 0


def _page(browser: Browser, address: str, out: Path) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme="light")
    page.goto(address)
    page.locator("h2").first.wait_for()
    page.wait_for_timeout(6000)  # the map's text and the charts' transitions
    page.screenshot(path=out)
    page.close()


def _wall(browser: Browser, address: str) -> None:
    for theme in ("terang", "gelap"):
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        page.goto(f"{address}?tema={theme}")
        for scene in ("cakupan", "keramaian"):
            page.wait_for_timeout(1000)
            page.screenshot(path=PICTURES / f"layar-{scene}-{theme}.png")
            page.keyboard.press("ArrowRight")
        page.close()


if __name__ == "__main__":
    sys.exit(main())
