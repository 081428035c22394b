"""Figures and strips by their data: what is not known never looks like 0, order, colours, and names that stay text."""

import json
import re
from datetime import date, datetime
from html.parser import HTMLParser
from itertools import pairwise

import pandas as pd
import plotly.graph_objects as go
import pytest
import streamlit as st

from core import crowding, palette, words
from core.capacity import Limit, Persons, State
from core.palette import Palette
from core.rollout import STATES
from core.view import View
from tests.test_core import contrast, luminance
from ui import charts, strips
from ui.charts import base, daily, signs
from ui.charts import coverage as coverage_charts
from ui.screen import Screen

HOSTILE = '<b>Tebal</b><a href="https://jahat.example">"x"</a>'


def screen_of(theme: str = "light", **view: object) -> Screen:
    given = {"first": date(2021, 11, 22), "last": date(2021, 11, 28), "moment": datetime(2021, 11, 29, 15), **view}
    return Screen(View("20211205T180000-0123abcd", **given), palette.of(theme))  # type: ignore[arg-type]


@pytest.fixture(params=["light", "dark"])
def screen(request: pytest.FixtureRequest) -> Screen:
    return screen_of(request.param)


def texts(figure: go.Figure) -> list[str]:
    return [str(a.text) for a in figure.layout.annotations]


def shown(markup: str) -> str:
    return re.sub(r"<[^>]+>", " ", markup)


def assert_sound(figure: go.Figure, c: Palette) -> None:
    """Colours of the palette alone, no text under 12 px, separators said, nothing to zoom, no name as a tag."""
    spec = json.loads(figure.to_json())
    spec["layout"].pop("template", None)
    ours = {str(v) for v in vars(c).values() if isinstance(v, str)}
    ours |= {v for ramp in vars(c).values() if not isinstance(ramp, str) for v in ramp.values()}
    text = json.dumps(spec)
    assert set(re.findall(r"#[0-9A-Fa-f]{6}\b", text)) <= ours
    assert not re.search(r"rgba?\(|hsl", text)
    sizes = [int(n) for n in re.findall(r'font": \{[^}]*"size": (\d+)', text)]
    assert sizes and min(sizes) >= 12
    assert spec["layout"]["uniformtext"]["minsize"] >= 12
    assert spec["layout"]["separators"] == ",."
    axes = [v for k, v in spec["layout"].items() if re.fullmatch(r"[xy]axis\d*", k)]
    assert axes and all(a["fixedrange"] for a in axes)
    assert set(re.findall(r"https?://(\w*)", text)) <= {"", "jahat"}, "no address but the hostile name's"
    assert not re.search(r"<(a|i|script)\b", text)


def days_frame(visits: list[int | None], **columns: object) -> pd.DataFrame:
    n = len(visits)
    return pd.DataFrame(
        {
            "day": pd.date_range("2021-11-22", periods=n),
            "visits": pd.array(visits, dtype="Int64"),
            "places": [8] * n,
            "known_places": [8] * n,
            **columns,
        }
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_ramps_have_contrast(theme: str) -> None:
    """WCAG 2: text 4.5 on each fill; outlines 3; neighbours of a ramp differ in lightness, in one direction."""
    c = palette.of(theme)
    for fills, on in ((c.band, c.band_text), (c.stage, c.stage_text), (c.against, c.against_text)):
        assert set(fills) == set(on)
        for name in fills:
            assert contrast(fills[name], on[name]) >= 4.5, name
    assert contrast(c.cross, c.stage["unused"]) >= 4.5
    assert contrast(c.outline, c.background) >= 5
    for ramp in ([c.band[b] for b in ("free", "busy", "nearly_full", "full")],
                 [c.stage[s] for s in ("filed", "verified", "installed", "in_use")]):  # fmt: skip
        light = [luminance(x) for x in ramp]
        assert light == sorted(light, reverse=theme == "light"), "the top of a ramp is furthest from the background"
        assert all(contrast(a, b) >= 1.4 for a, b in pairwise(ramp))


def test_ramps_are_those_of_the_screens() -> None:
    light, dark = palette.LIGHT, palette.DARK
    assert list(light.band.values()) == ["#FDF0CC", "#EE9A4D", "#B8326A", "#3D0F4A"]
    assert list(dark.band.values()) == ["#5A3A80", "#B84A8C", "#F79A66", "#FFF3C4"]
    order = ("filed", "verified", "installed", "in_use")
    assert [light.stage[s] for s in order] == ["#D3E4F3", "#8DBBDD", "#2F78B3", "#08305F"]
    assert [dark.stage[s] for s in order] == ["#1E4266", "#2F74AE", "#86C0EC", "#EAF5FE"]
    assert list(light.against.values()) == ["#0B5E63", "#7FC4BE", "#F1F1EC", "#DDB36A", "#8A4B08"]
    assert all(set(c.stage) == set(STATES) - {"unknown"} for c in (light, dark))


def test_zero_unknown_not_applicable_and_suppressed_differ(screen: Screen) -> None:
    said = [
        charts.value_text(0, screen), charts.value_text(pd.NA, screen), charts.value_text(0, screen, applies=False),
        charts.value_text(3, screen, suppressed=True), charts.value_text(1234.5, screen, decimals=1),
    ]  # fmt: skip
    assert said == ["0", "?", "-", "<5 (disamarkan)", "1.234,5"]


def test_an_unknown_day_is_no_zero(screen: Screen) -> None:
    figure = charts.daily_columns_figure(days_frame([5, None, 0, 7]), screen)
    known, unknown, numbers = figure.data
    assert list(known.y) == [5, None, 0, 7]
    assert (list(unknown.x), list(unknown.y), list(unknown.text)) == ([1], [7], ["?"])
    assert unknown.marker.pattern.shape == "/" and unknown.marker.pattern.fgcolor == screen.colours.hatch
    assert list(numbers.text) == ["5", "", "0", "7"]
    assert_sound(figure, screen.colours)


def test_all_days_unknown(screen: Screen) -> None:
    figure = charts.daily_columns_figure(days_frame([None] * 3), screen)
    assert list(figure.data[1].text) == ["?"] * 3
    assert figure.layout.yaxis.visible is False
    notes = daily.daily_notes(days_frame([None] * 3), screen, usual=None, levels=None, facts=None)
    assert "belum ada data (3 hari)" in notes and "kunjungan" not in notes


def test_provisional_and_partial_days_are_hatched_each_in_its_way(screen: Screen) -> None:
    frame = days_frame([5, 6, 7, None], provisional=[False, False, True, True])
    frame.loc[1, "places"] = 3
    frame.loc[3, "places"] = 0
    figure = charts.daily_columns_figure(frame, screen)
    assert list(figure.data[0].marker.pattern.shape) == ["", "\\", "/", ""]
    assert "angka sementara" in figure.data[0].customdata[2][1]
    notes = shown(daily.daily_notes(frame, screen, usual=None, levels=None, facts=None))
    for said in ("angka sementara (1 hari)", "baru sebagian tempat (1 hari)", "belum ada data (1 hari)"):
        assert said in notes
    assert list(charts.daily_columns_figure(frame.assign(places=3), screen).data[0].marker.pattern.shape)[2] == "x"


def test_what_is_usual_is_a_line_with_gaps(screen: Screen) -> None:
    frame = days_frame([100, 100, 10])
    usual = pd.DataFrame({"day": frame["day"], "usual": pd.array([None, 105.0, 90.0], dtype="Float64")})
    figure = charts.daily_columns_figure(frame, screen, usual=usual)
    line = next(t for t in figure.data if t.type == "scatter" and t.hoverinfo == "text")
    assert list(line.y) == [None, 105, 90] and line.line.color == screen.colours.ink
    numbers = figure.data[-1]
    assert list(numbers.text) == ["100", "100", "10"]
    assert numbers.y[0] == 100 and numbers.y[1] > 105 and numbers.y[2] == 10, "numbers off the line"
    assert "biasanya (" in daily.daily_notes(frame, screen, usual=usual, levels=None, facts=None)
    none = usual.assign(usual=pd.array([None] * 3, dtype="Float64"))
    assert "belum ada pembanding" in daily.daily_notes(frame, screen, usual=none, levels=None, facts=None)


def test_the_ribbon_names_the_level_and_hatches_the_unknown(screen: Screen) -> None:
    levels = pd.DataFrame(
        {
            "first": pd.to_datetime(["2021-11-01", "2021-11-26"]),
            "last": pd.to_datetime(["2021-11-23", None]),
            "level": pd.array([3, 2], dtype="Int64"),
            "instrument": ["Inmendagri 57/2021", HOSTILE],
        }
    )
    frame = days_frame([5] * 7)
    figure = charts.daily_columns_figure(frame, screen, levels=levels)
    assert texts(figure)[:3] == ["Level 3", "?", "Level 2"]
    spans = [t for t in figure.data if t.yaxis == "y2"]
    assert [(min(t.x), max(t.x)) for t in spans] == [(-0.5, 1.5), (1.5, 3.5), (3.5, 6.5)]
    assert [t.fillpattern.shape for t in spans] == [None, "/", None]
    assert figure.layout.yaxis.domain[1] < figure.layout.yaxis2.domain[0]
    notes = daily.daily_notes(frame, screen, usual=None, levels=levels, facts=None)
    assert "Level 3: Sen 22 Nov s.d. Sel 23 Nov 2021 (Inmendagri 57/2021)" in shown(notes)
    assert "? level belum diketahui: Rab 24 Nov s.d. Kam 25 Nov 2021" in notes
    assert "<a " not in notes
    assert_sound(figure, screen.colours)
    revoked = levels.head(1).assign(level=pd.array([0], dtype="Int64"), last=pd.to_datetime(["2021-12-31"]))
    assert "PPKM dicabut" in texts(charts.daily_columns_figure(frame, screen, levels=revoked))


def test_dated_facts_are_numbered_and_never_cover_each_other(screen: Screen) -> None:
    frame = days_frame([5] * 90)
    facts = pd.DataFrame(
        {
            "day": pd.to_datetime(["2021-11-24", "2021-11-23", "2021-11-23", "2022-06-01"]),
            "text": ["b", HOSTILE, "c", "x"],
        }
    )
    figure = charts.daily_columns_figure(frame, screen, facts=facts)
    marks = [a for a in figure.layout.annotations if a.text in ("<b>1</b>", "<b>2</b>", "<b>3</b>")]
    assert [(a.x, a.text) for a in marks] == [(1, "<b>1</b>"), (2, "<b>2</b>")]
    assert marks[0].y != marks[1].y, "a day apart on a phone: two rows"
    assert base.mark_rows([0, 45], 90) == [0, 0]
    notes = daily.daily_notes(frame, screen, usual=None, levels=None, facts=facts)
    assert "Sel 23 Nov: &lt;b&gt;Tebal" in notes and "; c" in notes and "<a " not in notes


@pytest.mark.parametrize(("days", "most"), [(1, 1), (7, 7), (8, 7), (31, 7), (90, 7), (400, 7)])
def test_days_on_the_axis_stay_apart_on_a_phone(days: int, most: int) -> None:
    ticks = base.day_ticks(date(2021, 11, 23), days, screen_of())
    assert 1 <= len(ticks["tickvals"]) <= most
    assert all(0 <= n < days for n in ticks["tickvals"]) and ticks["tickangle"] == 0
    if days in (31, 90):
        assert all(t.startswith("Sen") or "2022" in t or "2021" in t for t in ticks["ticktext"])
    english = base.day_ticks(date(2021, 11, 23), days, screen_of(language="en"))
    assert days > 7 or english["ticktext"][0] == "Tue<br>23 Nov"


def hours_frame() -> pd.DataFrame:
    return pd.DataFrame(
        [(w, h, None if w == 3 else float(h)) for w in range(1, 8) for h in range(24)],
        columns=["weekday", "hour", "mean"],
    ).astype({"mean": "Float64"})


def test_hours_are_cells_that_scale_and_do_not_touch(screen: Screen) -> None:
    known, unknown = charts.hour_by_weekday_figure(hours_frame(), screen).data
    assert (len(known.x), len(unknown.x)) == (144, 24)
    assert known.width < 1 and max(known.y) < 1
    assert list(known.customdata[0]) == [1, 0] and known.hovertext[1] == "Sen 01.00: 1,0 kunjungan per hari"
    assert unknown.marker.pattern.shape == "/" and "belum ada data" in unknown.hovertext[0]
    assert_sound(charts.hour_by_weekday_figure(hours_frame(), screen), screen.colours)
    framed = charts.hour_by_weekday_figure(hours_frame(), screen_of(hours=(9, 14)))
    assert [(s.x0, s.x1) for s in framed.layout.shapes] == [(8.5, 14.5)]


def test_a_click_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})
    said = {"selection": {"points": [{"customdata": [2, 14]}]}}
    assert base.clicked(said, "k") == (2, 14)
    assert base.clicked(said, "k") is None, "a rerun with the same selection"
    assert base.clicked({"selection": {"points": []}}, "k") is None
    assert base.clicked(said, "k") == (2, 14), "let go and clicked again"
    assert base.clicked({}, "k") is None


def test_bars_are_sorted_with_the_unknown_last(screen: Screen) -> None:
    frame = pd.DataFrame({"name": ["a", HOSTILE, "c", "d"], "visits": pd.array([0, 1200, None, 7], dtype="Int64")})
    figure = charts.bars_figure(frame, screen, label="name", value="visits")
    known, unknown = figure.data
    assert list(known.x) == [1200, 7, 0, None] and list(known.text) == ["1.200", "7", "0", ""]
    assert list(unknown.text) == ["?"] and list(unknown.y) == [known.y[3]]
    assert texts(figure)[0].startswith("&lt;b&gt;Tebal")
    assert list(figure.layout.yaxis.range)[1] == 0, "the first row on top"
    assert len(charts.bars_figure(frame, screen, label="name", value="visits", n=2).data[0].x) == 2
    assert_sound(figure, screen.colours)


def test_small_multiples_share_one_scale(screen: Screen) -> None:
    names = ["Klojen", "Blimbing", "Lowokwaru", "Sukun", HOSTILE]
    frame = pd.concat([days_frame([i, None, 10 * i]).assign(kecamatan=k) for i, k in enumerate(names, start=1)])
    figure = charts.small_multiples_figure(frame, screen)
    ranges = {tuple(figure.layout[f"yaxis{n or ''}"].range) for n in ("", 2, 3, 4, 5)}
    assert ranges == {(0, 50 * 1.15)}
    assert [list(t.y) for t in figure.data[::2]] == [[i, None, 10 * i] for i in range(1, 6)]
    assert all(list(t.text) == ["?"] and list(t.x) == [1] for t in figure.data[1::2])
    assert texts(figure)[0] == "<b>Klojen</b> 11"
    assert_sound(figure, screen.colours)


def crowded(name: str, low: int | None, high: int | None, limit: int | None, **more: object) -> dict[str, object]:
    def pct(persons: int | None) -> int | None:
        return None if persons is None or not limit else crowding.percent(Persons(persons), Persons(limit))

    kind = "unknown" if limit is None else "closed" if limit == 0 else "cap"
    known = Limit(State.NO_CAPACITY) if limit is None else Limit(State.CAP, Persons(limit))
    ends = [None if n is None else Persons(n) for n in (low, high)]
    return {
        "name": name, "low": low, "high": high, "limit": limit, "limit_kind": kind, "pct_low": pct(low),
        "pct_high": pct(high), "band_low": crowding.band(pct(low)), "band_high": crowding.band(pct(high)),
        "verdict": crowding.verdict(*ends, known), "against": None, "provisional": False, **more,
    }  # fmt: skip


def crowd_frame(*rows: dict[str, object]) -> pd.DataFrame:
    counts = ("low", "high", "limit", "pct_low", "pct_high")
    return pd.DataFrame(rows).astype(dict.fromkeys(counts, "Int64"))


def test_ranges_split_at_two_bands_and_stop_at_the_arrow(screen: Screen) -> None:
    c = screen.colours
    frame = crowd_frame(
        crowded("Penuh sekali", 1200, 2600, 1000),
        crowded(HOSTILE, 800, 1200, 1000),
        crowded("Di dalam satu golongan", 510, 700, 1000, provisional=True),
        crowded("Ditutup", 3, 8, 0),
        crowded("Tanpa batas diketahui", 50, 90, None, against="much_more"),
        crowded("Tanpa perkiraan", None, None, 100, provisional=True),
    )
    figure = charts.range_bars_figure(frame, screen)
    bars, hatched = figure.data
    drawn = list(zip(bars.base, bars.x, bars.marker.color, strict=True))
    assert drawn == [
        (120, 80, c.band["full"]),
        (80, 20, c.band["nearly_full"]),
        (100, 20, c.band["full"]),
        (51, 19, c.band["busy"]),
    ]
    assert len(hatched.y) == 2 and hatched.marker.pattern.shape == "/"
    assert list(bars.y) == sorted(bars.y) and max(bars.y) < min(hatched.y), "as sorted"
    said = texts(figure)
    assert "<b>100 % = batas</b>" in said and "<b>▶</b>" in said
    assert [s for s in figure.layout.shapes if s.x0 == s.x1 == 100 and s.line.color == c.ink]
    for words_ in ("1.200-2.600 / 1.000 orang", "510-700 / 1.000 orang*",
                   "50-90 orang ▲▲", "? orang", "ditutup", "<b>melebihi batas</b>",
                   "<b>mungkin melebihi</b>", "tidak melebihi batas", "tidak dapat dinilai"):  # fmt: skip
        assert words_ in said
    assert list(figure.layout.xaxis.range) == [0, 200]
    assert list(charts.range_bars_figure(frame.iloc[1:], screen).layout.xaxis.range) == [0, 125]
    assert_sound(figure, c)


@pytest.mark.parametrize(("low", "high", "bands"), [(98, 99, ["nearly_full"]), (99, 100, ["nearly_full", "full"])])
def test_a_range_changes_colour_at_the_limit(low: int, high: int, bands: list[str]) -> None:
    figure = charts.range_bars_figure(crowd_frame(crowded("a", low, high, 100)), screen_of())
    assert list(figure.data[0].marker.color) == [palette.LIGHT.band[b] for b in bands]


def curve_frame() -> pd.DataFrame:
    low = [0] * 8 + [60] * 4 + [None] * 12
    return pd.DataFrame(
        {
            "hour": pd.date_range("2021-11-29", periods=24, freq="h"),
            "low": pd.array(low, dtype="Int64"),
            "high": pd.array([None if v is None else v * 2 for v in low], dtype="Int64"),
            "limit": pd.array([100] * 12 + [80] * 12, dtype="Int64"),
            "usual": pd.array([10.0] * 20 + [None] * 4, dtype="Float64"),
            "head_count": pd.array([None] * 9 + [88] + [None] * 14, dtype="Int64"),
            "provisional": [False] * 10 + [True] * 14,
        }
    )


def test_the_day_of_a_place(screen: Screen) -> None:
    c = screen.colours
    figure = charts.day_curve_figure(curve_frame(), screen)
    ranges, unknown, limit, usual, counted = figure.data
    assert list(unknown.x) == list(range(12, 24)) and unknown.marker.pattern.shape == "/"
    assert set(ranges.x) == set(range(12)), "an hour that is not known has no range; one of nobody has"
    eight = [
        (b, y, k) for x, b, y, k in zip(ranges.x, ranges.base, ranges.y, ranges.marker.color, strict=True) if x == 8
    ]
    assert eight == [(60, 30, c.band["busy"]), (90, 30, c.band["full"])]
    soft = dict(zip(ranges.x, ranges.marker.pattern.shape, strict=True))
    assert soft == {h: "\\" if h >= 10 else "" for h in range(12)}
    said = dict(zip(ranges.x, ranges.hovertext, strict=True))
    assert said[10].endswith(", sementara") and "sementara" not in said[9]
    assert limit.line.shape == "hv" and list(limit.y) == [100] * 12 + [80] * 13
    assert (list(counted.x), list(counted.y), counted.mode) == ([9], [88], "markers")
    assert list(usual.y)[-1] is None
    assert texts(figure) == ["<b>batas 100 orang</b>", "<b>batas 80 orang</b>"]
    assert_sound(figure, c)


def test_a_limit_far_above_is_said_and_not_drawn(screen: Screen) -> None:
    figure = charts.day_curve_figure(curve_frame().assign(limit=pd.array([5000] * 24, dtype="Int64")), screen)
    assert texts(figure) == ["↑ <b>batas 5.000 orang</b>"]
    assert figure.layout.yaxis.range[1] < 200
    unknown = curve_frame().assign(limit=pd.array([None] * 24, dtype="Int64"))
    assert texts(charts.day_curve_figure(unknown, screen)) == []
    charts.day_curve_figure(unknown.assign(low=unknown["limit"], high=unknown["limit"]), screen)


CELLS = {"area": [6, 2, 3, 4, 2, 1], "kecamatan": [2, 0, 1, 1, 1, 0], "kelurahan": [21, 3, 12, 10, 8, 3]}


def cells_frame() -> pd.DataFrame:
    rows = []
    for level, counts in CELLS.items():
        n = 0
        for state, count in zip(STATES, counts, strict=True):
            for _ in range(count):
                group = "" if level == "area" else ("Klojen", HOSTILE)[n % 2]
                rows.append((level, str(n), HOSTILE if n == 0 else f"{level} {n}", group, state, pd.NA, n != 1))
                n += 1
    found = pd.DataFrame(rows, columns=["level", "code", "name", "group", "state", "detail", "confirmed"])
    found = found.assign(points=5, points_installed=3, points_unknown=1, partial=(found["code"] == "2"))
    return found.sort_values(["level", "group"], kind="stable", ignore_index=True)


def test_stages_go_from_in_use_to_unknown(screen: Screen) -> None:
    c = screen.colours
    frame = cells_frame().groupby(["level", "state"]).size().reset_index(name="n").rename(columns={"level": "group"})
    figure = charts.stage_bars_figure(frame, screen)
    assert [t.name for t in figure.data] == list(STATES)
    parts = {t.name: t for t in figure.data}
    assert [t.x[2] * 57 for t in figure.data] == pytest.approx(CELLS["kelurahan"])
    assert list(parts["in_use"].text) == ["6", "2", "21"]
    assert (parts["unused"].marker.pattern.shape, parts["unused"].marker.pattern.fgcolor) == ("x", c.cross)
    assert (parts["unused"].marker.color, parts["unknown"].marker.pattern.shape) == (c.stage["installed"], "/")
    ends = [(b + x) for b, x in zip(parts["unknown"].base, parts["unknown"].x, strict=True)]
    assert ends == pytest.approx([1, 1, 1])
    assert "<b>57 kantor kelurahan</b>" in texts(figure)
    assert_sound(figure, c)
    other = charts.stage_bars_figure(pd.DataFrame({"group": [HOSTILE], "state": ["filed"], "n": [3]}), screen)
    assert texts(other)[0].startswith("<b>3 &lt;b&gt;Tebal")


def over_time_frame() -> pd.DataFrame:
    rows = [
        (day, stage, min(top, n * 2))
        for stage, top in (("filed", 57), ("verified", 36), ("installed", 24), ("in_use", 24))
        for n, day in enumerate(pd.date_range("2021-11-01", "2021-11-29"))
    ]
    return pd.DataFrame(rows, columns=["day", "stage", "n"])


def test_stages_over_time_are_named_at_their_ends(screen: Screen) -> None:
    facts = pd.DataFrame({"day": pd.to_datetime(["2021-11-16"]), "text": ["Kemenkes memverifikasi 36"]})
    figure = charts.over_time_figure(over_time_frame(), screen, facts=facts, total=57)
    assert {t.line.shape for t in figure.data} == {"hv"}
    assert [t.name for t in figure.data[1::2]] == ["filed", "verified", "installed", "in_use"]
    said = texts(figure)
    assert said[:4] == [
        "<b>56</b> diajukan",
        "<b>36</b> diverifikasi",
        "<b>24</b> terpasang",
        "<b>24</b> dipakai",
    ]
    ends = [a.y for a in figure.layout.annotations[:4]]
    assert all(a - b >= 3 for a, b in pairwise(ends)), "equal values, labels apart"
    dashed = [s for s in figure.layout.shapes if s.line.dash == "dash"]
    assert [(s.y0, s.y1) for s in dashed] == [(57, 57)] and "penyebut: 57" in said
    assert "dilihat per Sen 29 Nov 15.00" in said and "<b>1</b>" in said
    upright = [s for s in figure.layout.shapes if s.x0 == s.x1 and s.line.width == 2]
    assert [round(s.x0, 3) for s in upright] == [28.125]
    assert_sound(figure, screen.colours)


def test_waiting_is_a_dot_a_place_longest_agency_first(screen: Screen) -> None:
    frame = pd.DataFrame(
        {
            "owner": ["Kec. Klojen"] * 3 + [HOSTILE] * 2,
            "days": pd.array([5, 5, 2, 40, None], dtype="Int64"),
            "place": ["a", "b", "c", HOSTILE, "e"],
        }
    )
    figure = charts.waiting_figure(frame, screen)
    [dots] = figure.data
    assert list(dots.x) == [40, 2, 5, 5] and len(set(zip(dots.x, dots.y, strict=True))) == 4
    first, second = texts(figure)
    assert first.startswith("<b>&lt;b&gt;Tebal") and first.endswith("2 tempat menunggu, 1 di antaranya belum diketahui")
    assert second == "<b>Kec. Klojen</b><br>3 tempat menunggu"
    assert coverage_charts._piled([0, 5, 14, 30]) == [0, 1, 0, 0]
    assert_sound(figure, screen.colours)


class _Cells(HTMLParser):
    """The cells of the strips, in order, and the tags that appear."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.cells: list[dict[str, str]] = []
        self.tags: set[str] = set()
        self.groups: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = {k: v or "" for k, v in attrs}
        if given.get("role") == "img":
            self.cells.append(given)
        if given.get("role") == "group":
            self.groups.append(given["aria-label"])


def test_strips_have_a_cell_a_place(screen: Screen) -> None:
    c = screen.colours
    markup = strips.html(cells_frame(), screen)
    found = _Cells(markup)
    assert len(found.cells) == 18 + 5 + 57
    assert [g.split(":")[0] for g in found.groups] == ["18 area kantor", "5 kantor kecamatan", "57 kantor kelurahan"]
    assert found.groups[2].endswith(
        ": 21 dipakai, 3 tidak terpakai, 12 terpasang, 10 diverifikasi, 8 diajukan, 3 belum diketahui"
    )
    assert found.tags <= {"div", "span", "b"} and "<b>Tebal" not in markup
    assert all(cell["title"] == cell["aria-label"] for cell in found.cells)
    assert found.cells[0]["aria-label"] == f"{HOSTILE}: dipakai"
    assert found.cells[1]["aria-label"].endswith("dipakai (belum dipastikan)") and "dashed" in found.cells[1]["style"]
    said = [cell["aria-label"].rsplit(": ", 1)[1].split(" (")[0] for cell in found.cells[:18]]
    assert said[2] == "dipakai, 3 dari 5 tempat terpasang, 1 belum diketahui", "partly covered, with its fraction"
    states = [words_of.split(",")[0] for words_of in said]
    names = [words.text(f"chart.state.{s}") for s in STATES]
    assert states == [n for n, count in zip(names, CELLS["area"], strict=True) for _ in range(count)]
    crossed = [cell for cell in found.cells if "to top right" in cell["style"]]
    assert len(crossed) == 5 and all(
        c.cross in cell["style"] and c.stage["installed"] in cell["style"] for cell in crossed
    )
    assert sum("repeating-linear-gradient" in cell["style"] for cell in found.cells) == 4
    assert "dipakai (6 · 2 · 21)" in markup and "belum diketahui (1 · 0 · 3)" in markup
    assert "url(" not in markup
    wall = strips.html(cells_frame(), screen, sizes=dict.fromkeys(CELLS, ("21px", "96px")), text="56px", key=False)
    assert "width:21px;height:96px" in wall and "dipakai (6" not in wall


def test_a_legend_stands_in_order_with_counts(screen: Screen) -> None:
    said = shown(signs.states(screen, {"unknown": 2, "filed": 1, "in_use": 5, "unused": 3, "verified": 0}))
    found = re.findall(r"(\w[\w ]*) \((\d+)\)", said)
    assert [(w.strip(), n) for w, n in found] == [
        ("dipakai", "5"), ("tidak terpakai", "3"), ("diajukan", "1"), ("belum diketahui", "2"),
    ]  # fmt: skip


def test_a_name_is_cut_and_stays_text() -> None:
    assert base.label('a "b" <i>&') == "a &#34;b&#34; &lt;i&gt;&amp;"
    assert base.label("x" * 50, 10) == "x" * 9 + "…"
    assert base.label("<" * 50, 3) == "&lt;&lt;…"
