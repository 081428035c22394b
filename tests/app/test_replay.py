"""The replay of a day: what is sent equals the queries, and in Chromium it plays without asking the server anything."""

import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from core import palette
from core.settings import Settings
from queries import replay
from tests import crowds
from tests.app.server import serving
from tests.app.test_browser import Watched
from tests.app.test_browser_pages import NOT_OURS, settled
from tests.app.test_pages import HOSTILE, open_app, shown_text
from tests.files import view_of
from tests.test_replay import of_before
from ui import replay as drawn
from ui.screen import Screen

Etl = Callable[..., int]
DAY = datetime(2021, 11, 24)
LINK = {"dari": "2021-11-24", "sampai": "2021-11-24", "saat": "2021-11-24T15:00", "tampil": "hari"}


@pytest.fixture
def build(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> str:
    """14.05-14.45 there are 12 people of 10 permitted at Transmart, 4 of 4 at Cyber Mall."""
    return crowds.malls(etl, here, tmp_path, DAY)


def sent(**query: str) -> dict[str, Any]:
    [found] = [
        json.loads(e.proto.json)
        for e in open_app("keramaian", **LINK | query).get("bidi_component")
        if "places" in e.proto.json
    ]
    return dict(found)


def at(pairs: list[Any], index: int) -> Any:
    """The value of a series at an index."""
    return [v for i, v in zip(pairs[::2], pairs[1::2], strict=True) if i <= index][-1]


def test_what_is_sent_is_what_the_queries_say(build: str) -> None:
    data = sent()
    day = replay.day(view_of(build, DAY.date(), DAY.date(), DAY.replace(hour=15)))
    assert (data["step"], data["n"], data["first"], data["start"]) == (5, 288, 0, 14 * 12)
    by_id = {place["id"]: place for place in data["places"]}
    assert list(by_id) == day.places["place_id"].to_list()
    found = day.found.set_index(["place_id", "at"])
    for index in range(0, 288, 7):
        moment = day.at[index]
        for verdict, n in day.counts.loc[moment].items():
            assert at(data["counts"][verdict], index) == n
        for place, sent_place in by_id.items():
            row = found.loc[(place, moment)]
            verdict, left, right, _ = data["states"][at(sent_place["s"], index)]
            assert verdict == row["verdict"]
            if verdict != "undecided":
                bands = palette.LIGHT.band
                assert (left, right) == (bands[row["band_low"]], bands[row["band_high"]])
                assert at(sent_place["p"], index) == [row["low"], row["high"]]
            else:
                assert left == right == "hatch"
    assert by_id["transmart-mx-mall"]["of"] == "batas 10"
    assert by_id["malang-plaza"]["of"] == "batas belum diketahui"
    transmart = [at(by_id["transmart-mx-mall"]["s"], index) for index in (168, 169, 176, 177)]
    assert [data["states"][s][0] for s in transmart] == ["within", "over", "over", "within"]  # 14.05 to 14.40
    assert data["html"].count('class="kelurahan"') == 57
    assert f'data-n="{list(by_id).index("transmart-mx-mall")}"' in data["html"]
    assert f'data-n="{list(by_id).index("plaza-araya")}"' not in data["html"]  # nobody knows where it lies


def test_the_hour_is_the_default_and_the_replay_says_what_is_off_the_map(build: str) -> None:
    hour = open_app("keramaian", **{k: v for k, v in LINK.items() if k != "tampil"})
    assert not [e for e in hour.get("bidi_component") if "places" in e.proto.json]
    assert len(hour.get("plotly_chart")) == 1
    text = html.unescape(shown_text(open_app("keramaian", **LINK)))
    off = replay.day(view_of(build, DAY.date(), DAY.date(), DAY.replace(hour=15))).places["lat"].isna().sum()
    assert f"Tidak di peta, karena posisinya belum diketahui: {off} tempat" in text
    assert "hanya mengenal jam" not in text


def test_a_build_of_before_is_played_by_the_hour(build: str, here: Settings) -> None:
    of_before(here, build)
    data = sent()
    assert (data["step"], data["n"], data["start"]) == (60, 24, 14)
    assert "Versi data ini hanya mengenal jam" in html.unescape(shown_text(open_app("keramaian", **LINK)))


def test_a_press_opens_the_place_at_its_hour() -> None:
    at = [DAY.replace(hour=14, minute=55), DAY.replace(hour=23)]
    day = replay.Day(at, 5, pd.DataFrame({"place_id": ["mog"]}), pd.DataFrame(), pd.DataFrame())
    assert drawn._chosen("mog@0", day) == ("mog", datetime(2021, 11, 24, 15))
    assert drawn._chosen("mog@1", day) == ("mog", datetime(2021, 11, 25))
    for bad in (None, "", "mog", "mog@2", "mog@-1", "mog@x", "other@0"):
        assert drawn._chosen(bad, day) is None


def test_a_closed_place_is_no_hatch(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    """From 24 Dec SE 71/2021 closes the parks: empty is the ground, anybody inside is full."""
    day = datetime(2021, 12, 24)
    stays = [
        *crowds.filler("alun-alun-merdeka", datetime(2021, 12, 20)),
        *crowds.group("alun-alun-merdeka", 2, day.replace(hour=9, minute=4), 10),
    ]
    build = crowds.built(etl, here, tmp_path, stays, {"alun-alun-merdeka": 40})
    view = view_of(build, day.date(), day.date(), day.replace(hour=15))
    data = drawn.data(replay.day(view), Screen(view, palette.LIGHT))
    [park] = [place for place in data["places"] if place["id"] == "alun-alun-merdeka"]
    assert park["of"] == "ditutup"
    empty, crowd = (data["states"][at(park["s"], index)] for index in (9 * 12, 9 * 12 + 1))
    assert empty[:3] == ["within", palette.LIGHT.map_fill, palette.LIGHT.map_fill]
    assert crowd[:3] == ["over", palette.LIGHT.band["full"], palette.LIGHT.band["full"]]
    link = {"dari": "2021-12-24", "sampai": "2021-12-24"}
    for moment in ("2021-12-24T15:00", "2021-12-24T10:00"):  # the map of the hour, whose kelurahan has a park alone
        assert "Alun-alun Merdeka" in shown_text(open_app("keramaian", saat=moment, **link))


# In Chromium


@pytest.fixture
def site(build: str, tmp_path: Path) -> Iterator[str]:
    with serving(tmp_path / "server.log") as address:
        yield address


def opened(browser: Browser, site: str, **context: object) -> tuple[Watched, Locator]:
    watched = Watched(browser, site, **{"viewport": {"width": 1440, "height": 1000}, **context})
    watched.page.goto(f"{site}/keramaian?" + "&".join(f"{k}={v}" for k, v in LINK.items()))
    found = watched.page.locator(".replay")
    expect(found.locator(".clock")).to_have_text("14.00", timeout=30_000)
    settled(watched.page)
    heard = -1
    while heard != len(watched.sent):  # the rest of the page is still on its way
        heard = len(watched.sent)
        watched.page.wait_for_timeout(2_000)
    return watched, found


def disc(page: Page, name: str) -> Locator:
    return page.locator(f'.replay .disc[aria-label^="{name}"]')


@pytest.mark.browser
def test_keys_move_the_time_and_nothing_is_asked(browser: Browser, site: str) -> None:
    watched, found = opened(browser, site)
    page, requests = watched.page, []
    page.on("request", lambda request: requests.append(request.url))
    watched.sent.clear()
    expect(found.locator(".counts")).to_have_text(re.compile("^0 melebihi batas, 0 mungkin, "))
    found.locator("input").focus()
    page.keyboard.press("ArrowRight")
    expect(found.locator(".clock")).to_have_text("14.05")
    expect(found.locator(".counts")).to_have_text(re.compile("^1 melebihi batas, 0 mungkin, "))
    expect(found.locator(".list button")).to_have_text(["Transmart MX Mall12 / batas 10"])
    assert found.locator("input").get_attribute("aria-valuetext") == f"14.05; {found.locator('.counts').inner_text()}"
    over = disc(page, "Transmart")
    assert over.get_attribute("aria-label") == "Transmart MX Mall: 12 orang / batas 10, melebihi batas"
    dark = "rgb(61, 15, 74)"  # penuh
    assert over.locator(".left").evaluate("e => getComputedStyle(e).fill") == dark
    unknown = disc(page, "Malang Plaza").locator(".left")
    assert "pantau-replay-disc" in unknown.evaluate("e => getComputedStyle(e).fill")
    page.keyboard.press("ArrowLeft")
    assert over.locator(".left").evaluate("e => getComputedStyle(e).fill") != dark
    page.keyboard.press("End")
    expect(found.locator(".clock")).to_have_text("23.55")
    page.keyboard.press("Home")
    expect(found.locator(".clock")).to_have_text("00.00")
    assert requests == [] and watched.sent == []
    assert watched.faults == []


@pytest.mark.browser
def test_it_plays_when_asked_and_stops_when_asked(browser: Browser, site: str) -> None:
    watched, found = opened(browser, site)
    page = watched.page
    page.wait_for_timeout(1500)
    expect(found.locator(".clock")).to_have_text("14.00")  # by itself it does nothing
    watched.sent.clear()
    play = found.get_by_role("button", name="Putar", exact=True)
    play.focus()
    page.keyboard.press("Enter")
    expect(found.get_by_role("button", name="Jeda")).to_be_focused()
    expect(found.locator(".clock")).to_have_text(re.compile(r"14\.[3-5]."), timeout=5_000)
    page.keyboard.press("Space")
    stopped = found.locator(".clock").inner_text()
    page.wait_for_timeout(500)
    assert found.locator(".clock").inner_text() == stopped
    assert watched.sent == []
    # At the end it stops, and another press begins the day anew.
    found.locator("input").focus()
    page.keyboard.press("End")
    play.click()
    expect(found.locator(".clock")).to_have_text(re.compile(r"00\.\d\d"))
    assert watched.faults == []


@pytest.mark.browser
def test_less_motion_is_a_quarter_of_an_hour_a_second(browser: Browser, site: str) -> None:
    watched, found = opened(browser, site, reduced_motion="reduce")
    found.get_by_role("button", name="Putar", exact=True).click()
    watched.page.wait_for_timeout(2_600)
    found.get_by_role("button", name="Jeda").click()
    expect(found.locator(".clock")).to_have_text("14.30")
    assert found.locator(".left").first.evaluate("e => getComputedStyle(e).transitionDuration") == "0s"


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_disc_and_a_name_open_the_place_at_that_hour(browser: Browser, site: str, scheme: str) -> None:
    watched, found = opened(browser, site, color_scheme=scheme)
    page = watched.page
    violations = Axe().run(page, context={"exclude": NOT_OURS}).response["violations"]
    assert not [v for v in violations if v["impact"] in ("serious", "critical")]
    assert page.locator(".replay .disc[tabindex='0']").count() == 1  # one stop of the Tab key
    page.locator(".replay .disc[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator(".replay .disc[tabindex='0']").count() == 1
    expect(page.locator(".replay .disc:focus")).to_have_count(1)
    expect(found.locator(".said")).to_contain_text(" orang / ")
    found.locator("input").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    found.locator(".list button").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("h2").first).to_contain_text("Transmart", timeout=15_000)
    assert "tempat=transmart-mx-mall" in page.url and "saat=2021-11-24T15" in page.url.replace("%3A", ":")
    assert watched.faults == []


@pytest.mark.browser
def test_a_phone_gets_the_kelurahan(browser: Browser, site: str) -> None:
    watched, found = opened(browser, site, viewport={"width": 390, "height": 844})
    expect(found.locator(".discs")).to_be_hidden()
    fill = "e => getComputedStyle(e).fill"
    transmart = found.locator('.kelurahan[data-code="35.73.02.1011"]')
    before = transmart.evaluate(fill)
    found.locator("input").focus()
    watched.page.keyboard.press("ArrowRight")
    assert (before, transmart.evaluate(fill)) == ("rgb(253, 240, 204)", "rgb(61, 15, 74)")  # longgar, penuh
    assert "hatch" in found.locator('.kelurahan[data-code="35.73.05.1005"]').evaluate(fill)
    for button in found.locator(".bar button").all():
        box = button.bounding_box()
        assert box is not None and min(box["width"], box["height"]) >= 44
    assert watched.page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")
    assert watched.faults == []


@pytest.mark.browser
def test_hostile_names_are_text(browser: Browser, etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    place = here.scenario / "place.csv"
    place.write_text(place.read_text() + f'ruko,site,,"{HOSTILE}",x,low,simulasi\n')
    codes = here.scenario / "qr.csv"
    codes.write_text(codes.read_text() + "QR-RUKO,ruko,mal,2021-11-01,,x,low,simulasi\n")
    crowds.malls(etl, here, tmp_path, DAY)
    with serving(tmp_path / "server.log") as site:
        watched, _ = opened(browser, site)
        watched.page.wait_for_timeout(500)
        assert watched.page.locator("img[src='x']").count() == 0
        assert watched.faults == []
