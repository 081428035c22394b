"""Keramaian by its limits: what to follow up, the same on every screen, and what another level would do."""

import html
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from core import builds
from core.settings import Settings, load
from queries import followup, levels
from tests.app.test_pages import open_app, shown_text
from tests.crowds import built, filler, group
from tests.files import view_of
from tests.test_levels import CAPACITY, MALL, MOMENT, stays
from ui import wall, wall_page

Etl = Callable[..., int]
SUPPOSED, FOLLOW_UP = "supposed", "standing"  # a column of each table
LINK = {"dari": "2021-11-22", "saat": "2021-11-30T15:00"}


@pytest.fixture
def build(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> str:
    """The like days of tests/test_levels.py, and at the moment 12 people in the mall, 10 permitted, since 13.10."""
    begun = MOMENT.replace(hour=13, minute=9)
    made = [*stays(), *(stay for n in range(4) for stay in group(MALL, 12, begun + timedelta(minutes=30 * n), 30))]
    return built(etl, here, tmp_path, made, CAPACITY)


def table(at: AppTest, column: str) -> pd.DataFrame:
    """The one table with a column of that name."""
    [found] = [t.value for t in at.dataframe if column in t.value]
    return found


def subheaders(at: AppTest) -> list[str]:
    return [str(s.value) for s in at.subheader]


def said(at: AppTest) -> str:
    [found] = [m.value for m in at.markdown if "Andai" in m.value or "Suppose" in m.value]
    return str(found).replace("\\", "")


def test_a_level_is_supposed(build: str) -> None:
    at = open_app("keramaian", **LINK)
    assert "Bila level berubah" in subheaders(at)
    view = view_of(build, date(2021, 11, 22), date(2021, 11, 30), MOMENT)
    for level in levels.LEVELS:
        at.selectbox(key="andai").set_value(str(level)).run()
        assert not at.exception
        expected = levels.what_if(view, level)
        n = expected["verdict"].value_counts()
        assert said(at) == (
            f"**Andai Level {level} berlaku pada Selasa 30 Nov 2021: menurut orang di dalam pukul 14.00-15.00 pada "
            f"4 hari sejenis terakhir, {n.get('over', 0)} tempat melebihi batas, {n.get('maybe', 0)} mungkin, "
            f"{n.get('undecided', 0)} tidak dapat dinilai.**"
        )
        shown = table(at, SUPPOSED)
        assert shown["name"].to_list() == expected["name"].to_list()
        # the level above the one in force is the default, which needs no place in the link
        assert at.query_params.get("andai") in ([None] if level == 3 else [str(level), [str(level)]])
    four = table(at, SUPPOSED).set_index("name")
    assert set(four["supposed"]) == {"tidak dapat dinilai", "melebihi batas"}  # only the office has a rule then
    assert "aturan level 4 untuk jenis tempat ini belum diketahui" in " ".join(four["rule"])


def test_a_row_says_days_limit_rule_and_the_level_in_force(build: str) -> None:
    at = open_app("keramaian", **LINK)
    row = table(at, SUPPOSED).set_index("name").loc["Malang Town Square (Matos)"]
    assert row.to_dict() == {
        "supposed": "melebihi batas",
        "days_over": "1 dari 4",
        "days_maybe": "1 dari 4",
        "fullest": "14 (Sel 23 Nov)",
        "permitted": "batas 10 (50 %) (simulasi)",
        "rule": "kapasitas maksimal 50 %, level 3: Inmendagri 38/2021; kapasitas simulasi",
        "in_force": "melebihi batas",
    }
    text = html.unescape(shown_text(at))
    assert "Sel 23 Nov (level 2), Sel 16 Nov (level 2), Sel 9 Nov (level 2), Sel 2 Nov (level 2)" in text
    assert "Ini pengandaian, bukan ramalan" in text


def test_links_filters_and_english(build: str) -> None:
    at = open_app("keramaian", andai="1", kategori="mal", bahasa="en", **LINK)
    assert said(at) == (
        "**Suppose level 1 held on Tuesday 30 Nov 2021: by the people inside 14:00-15:00 on the last 4 like days, "
        "0 places over the limit, 0 possibly, 0 cannot be judged.**"
    )
    assert table(at, SUPPOSED)["supposed"].to_list() == ["not over the limit"]
    for indonesian in ("Bila level", "Andai", "kapasitas", "hari sejenis", "Perlu tindak"):
        assert indonesian not in shown_text(at)
    assert said(open_app("keramaian", andai="9", **LINK)).startswith("**Andai Level 3")  # no such level


def test_no_like_days_and_no_places(build: str) -> None:
    at = open_app("keramaian", dari="2021-11-01", saat="2021-11-02T15:00")
    assert "Belum ada hari sejenis sebelum Selasa 2 Nov 2021" in shown_text(at).replace("\\", "")
    at = open_app("keramaian", kategori="terminal", **LINK)
    assert "Tidak ada tempat ber-QR pada jam ini." in shown_text(at)


def test_the_list_to_follow_up_is_the_same_on_every_screen(build: str) -> None:
    at = open_app("keramaian", **LINK)
    assert "Perlu tindak lanjut (1)" in subheaders(at)
    own = table(at, FOLLOW_UP)
    assert own.to_dict("records") == [
        {
            "kind": "melebihi batas",
            "name": "Malang Town Square (Matos)",
            "standing": "baru, sejak Sel 30 Nov 13.10",
            "detail": "12-15 orang di dalam sepanjang jam itu, batas 10",
            "owner": "Pengelola swasta",
            "rule": "kapasitas maksimal 50 %, level 2: Inmendagri 53/2021; aturan belum dikonfirmasi; "
            "kapasitas simulasi",
        }
    ]
    summary = table(open_app("", **LINK), FOLLOW_UP)
    assert summary[summary["kind"] == "melebihi batas"].reset_index(drop=True).equals(own)
    view = view_of(build, date(2021, 11, 22), date(2021, 11, 30), MOMENT)
    items = followup.items(view)
    asked = wall_page.asked({"saat": LINK["saat"]})
    served = builds.current(load())
    assert served is not None
    figures = wall_page.read(asked, served, older=False)
    assert figures is not None
    pd.testing.assert_frame_equal(figures.matters, items)
    shown = wall.content(figures, wall.Sizes())
    assert shown["rail"][1]["value"] == "1 pasti, 0 mungkin"
    assert shown["rail"][2]["value"] == f"{len(items)} hal, {items['is_new'].sum()} baru"


def test_nothing_over_the_limit_stays_on_screen(build: str) -> None:
    at = open_app("keramaian", **LINK | {"saat": "2021-11-30T05:00"})
    assert "Perlu tindak lanjut (0)" in subheaders(at)
    assert "Tidak ada tempat yang sepanjang jam ini melebihi batas atau mungkin melebihinya." in shown_text(at)


def test_no_name_or_document_is_markup(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    place = here.scenario / "place.csv"
    hostile = "<img src=x onerror=alert(1)> **tebal**"
    place.write_text(place.read_text() + f"ruko,site,,{hostile},x,low,simulasi\n")
    (here.scenario / "qr.csv").write_text(
        (here.scenario / "qr.csv").read_text() + "QR-RUKO,ruko,mal,2021-11-01,,x,low,simulasi\n"
    )
    made = [*filler(MALL, datetime(2021, 11, 23)), *group(MALL, 1, MOMENT.replace(hour=14), 20)]
    built(etl, here, tmp_path, made, {MALL: 20, "ruko": 10})
    at = open_app("keramaian", **LINK)
    assert hostile in table(at, SUPPOSED)["name"].to_list()  # a cell of text, in which nothing is run
    bodies = [h.proto.body for h in at.get("html")] + [str(m.value) for m in at.markdown]
    assert not [b for b in bodies if re.search(r"(?<!\\)<img src=x", b)]
