"""A third party's stays against that party's own answers (hillmaker 0.8.1, MIT)."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from core import builds, settings

REGISTER = Path(__file__).resolve().parent.parent / "docs" / "examples" / "short_stay"


@pytest.fixture
def stays(shared: Path, etl: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> tuple[Path, pd.DataFrame]:
    monkeypatch.setenv("PANTAU_REFERENCE_DIR", str(REGISTER))
    folder = shared / "real" / "hillmaker_short_stay"
    assert etl("load", folder / "ssu_2024.csv", "--profile", REGISTER / "profile.toml", "--build") == 0
    served = builds.current(settings.load())
    assert served is not None
    hours = builds.frame(served.build, "SELECT *, occupied_seconds / 3600 AS inside FROM place_hour")
    return folder, hours.assign(PatType=hours["site_id"].str.upper())


@pytest.mark.parametrize(("kind", "rows"), [("total", 2136), ("cat", 10680)])
def test_arrivals_departures_and_occupancy(stays: tuple[Path, pd.DataFrame], kind: str, rows: int) -> None:
    folder, hours = stays
    answer = pd.read_csv(
        folder / f"answer_hillmaker_bydatetime_{kind}_60min_2024-01-02_2024-03-30.csv", parse_dates=["datetime"]
    )
    keys = ["datetime"] if kind == "total" else ["PatType", "datetime"]
    ours = hours.rename(columns={"hour": "datetime"}).groupby(keys)[["visits", "check_outs", "inside"]].sum()
    both = answer.set_index(keys).join(ours).fillna({"visits": 0, "check_outs": 0, "inside": 0.0})
    assert len(both) == rows
    assert (both["arrivals"] == both["visits"]).all() and both["visits"].sum() == 19_787
    assert (both["departures"] == both["check_outs"]).all() and both["check_outs"].sum() == 19_787
    assert (both["occupancy"] - both["inside"]).abs().max() <= 1e-6
