"""What `make run` makes: a city that opens at Monday 29 Nov 2021, every source of it marked as simulated."""

from collections.abc import Callable
from datetime import date, datetime

import pandas as pd

from core import builds
from core.settings import Settings
from queries import city, visits
from scripts import run
from tests.app.test_pages import headline, open_app, shown_text
from tests.files import view_of


def test_the_demo_opens_where_the_story_is(here: Settings) -> None:
    assert run.city(here, "demo", "--days", "45", "--scans", "30000") == 0
    served = builds.current(here)
    assert served is not None
    extent = city.extent(served.build)
    assert extent is not None
    assert (extent.first, extent.last, extent.opens_at) == (
        date(2021, 10, 25),
        date(2021, 12, 8),
        datetime(2021, 11, 29, 15),
    )
    sources = city.sources(served.build)
    assert sources["simulated"].all()
    scanning = sources[~sources["source_id"].str.startswith("hitung")]
    assert (scanning["days"] == 45).all()  # also the days without a scan
    assert (sources["days"] > 0).all()  # the feeds of head counts have come as far
    at = open_app()
    assert "Sel 23 Nov s.d. Sen 29 Nov 2021" in headline(at)
    assert "baru terdata" not in headline(at)  # a place without a code yet does not make a day partial
    assert "DATA SIMULASI" in shown_text(at)
    counts = builds.frame(served.build, "SELECT count(*) AS n, count(DISTINCT site_id) AS sites FROM head_count")
    assert counts["n"].iloc[0] > 500
    assert counts["sites"].iloc[0] > 3
    places = visits.by_place(extent_view(served.build))
    assert (places["visits"].dropna() == 0).any()  # installed and unused
    unknown = visits.by_kelurahan(extent_view(served.build))["visits"]
    assert pd.isna(unknown).any()


def extent_view(build: str) -> "visits.View":
    return view_of(build, date(2021, 11, 23), date(2021, 11, 29))


def test_a_second_start_redoes_nothing(here: Settings, handmade: str, monkeypatch: object) -> None:
    before = sorted(p.name for p in here.data_dir.rglob("*"))
    started: list[list[str]] = []
    monkeypatch.setattr(run.os, "execv", lambda _, words: started.append(words))  # type: ignore[attr-defined]
    run.main()
    assert len(started) == 1
    assert started[0][1:4] == ["-m", "streamlit", "run"]
    assert sorted(p.name for p in here.data_dir.rglob("*")) == before


def test_how_many_check_out_is_a_setting(etl: Callable[..., int], here: Settings) -> None:
    shares = []
    for guests in ("0.2", "0.8"):
        words = ("--days", "5", "--scans", "4000", "--guests-check-out", guests, "--staff-check-out", guests)
        assert etl("simulate", *words) == 0
        rows = [line.split(",")[4] for p in here.data_dir.glob("inbox/pedulilindungi/*/*.csv") for line in p.open()]
        shares.append(rows.count("check-out") / rows.count("check-in"))
    assert 0.13 < shares[0] < 0.25
    assert 0.65 < shares[1] < 0.85
