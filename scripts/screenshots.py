"""The pictures of the README: the simulated city's first screen, from a server of its own."""

import os
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from scripts import chromium

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "gambar"


def main() -> int:
    """Builds the simulated city in a temporary directory, serves it, and writes docs/gambar/kunjungan.png."""
    from core import settings
    from scripts.run import city
    from tests.app.server import serving

    path = chromium.find()
    if path is None:
        print("No Chromium; run: python -m scripts.chromium")
        return 1
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"PANTAU_DATA_DIR": f"{folder}/data", "PANTAU_KEY_FILE": f"{folder}/key"}
        if code := city(settings.load(), "demo"):
            return code
        with serving(Path(folder) / "server.log") as address, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=chromium.FLAGS)
            page = browser.new_page(viewport={"width": 1440, "height": 1000}, color_scheme="light")
            page.goto(f"{address}/kunjungan")
            page.frame_locator("iframe").locator(".pantau-label").nth(4).wait_for()
            page.wait_for_timeout(3000)  # the map's last tiles of text and the charts' transitions
            page.screenshot(path=PICTURES / "kunjungan.png")
            browser.close()
    print(f"{PICTURES / 'kunjungan.png'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
