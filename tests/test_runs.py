"""Since when a place is over its limit: runs of hours, across midnight and a change of the rule, and what is new."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from core.settings import Settings
from core.view import View
from queries import crowding, followup, runs
from tests.crowds import built, filler, group
from tests.files import view_of

Etl = Callable[..., int]
MOMENT = datetime(2021, 11, 24, 15)  # the hour judged is 14.00-15.00


def hours(*verdicts: str, last: datetime = MOMENT - timedelta(hours=1)) -> dict[datetime, str]:
    """Verdicts of the hours up to `last`, oldest first."""
    return {last - timedelta(hours=len(verdicts) - 1 - i): verdict for i, verdict in enumerate(verdicts)}


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, Mapping[datetime, str]]], None]:
    """Lets `crowding.judged` answer from a table; hours that are not in it are within."""

    def say(table: Mapping[str, Mapping[datetime, str]]) -> None:
        def answer(build: str, first: datetime, n: int) -> pd.DataFrame:
            at = [first + timedelta(hours=i) for i in range(n)]
            found = [(place, hour, said.get(hour, "within")) for place, said in table.items() for hour in at]
            return pd.DataFrame(found, columns=["place_id", "hour", "verdict"])

        monkeypatch.setattr(crowding, "judged", answer)
        runs.runs.cache_clear()

    return say


@pytest.mark.parametrize(
    ("verdicts", "back"),
    [
        (("over",), 0),
        (("over", "over", "over"), 2),
        (("over", "within", "over"), 0),
        (("over", "undecided", "over"), 0),  # what is not known joins nothing
        (("maybe", "over"), 0),  # surely over only since then
        (("over", "maybe"), 1),  # possibly over at least since then
        (("maybe", "over", "maybe"), 2),
        (("over",) * 15, 14),  # to midnight
        (("over",) * 16, 15),  # and beyond it
        (("over",) * 60, 59),
        ((*("over",) * 40, "within", *("maybe",) * 20), 19),
    ],
)
def test_a_run_is_unbroken(judged: Callable[..., None], verdicts: tuple[str, ...], back: int) -> None:
    judged({"a": hours(*verdicts), "b": hours("within"), "c": hours("undecided")})
    assert runs.runs("x", MOMENT - timedelta(hours=1)) == {"a": MOMENT - timedelta(hours=1 + back)}


def test_runs_end_each_for_itself_also_at_the_first_hour_of_a_day(judged: Callable[..., None]) -> None:
    midnight = datetime(2021, 11, 24)
    judged({"a": hours("over", "over", last=midnight), "b": hours("maybe", last=midnight)})
    assert runs.runs("x", midnight) == {"a": midnight - timedelta(hours=1), "b": midnight}


CROWD = 12


@pytest.fixture
def build(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> str:
    """A mall of 20 (10 permitted, 50 %) with 12 people over midnight, and again the next evening."""
    stays = [
        *filler("matos", datetime(2021, 11, 22)),
        *group("matos", CROWD, datetime(2021, 11, 23, 22, 10), 260),  # until 02.30
        *group("matos", CROWD, datetime(2021, 11, 24, 22, 10), 40),
        *group("matos", CROWD, datetime(2021, 11, 26, 10, 10), 40),
    ]
    return built(etl, here, tmp_path, stays, {"matos": 20})


def at(build: str, moment: datetime, **more: object) -> View:
    return view_of(build, date(2021, 11, 22), date(2021, 11, 26), moment, **more)


def listed(view: View) -> pd.DataFrame:
    found = followup.items(view)
    return found[found["kind"].isin(["over", "maybe"])].reset_index(drop=True)


@pytest.mark.parametrize(
    ("moment", "since", "is_new"),
    [
        (datetime(2021, 11, 23, 23), datetime(2021, 11, 23, 22), True),
        (datetime(2021, 11, 24, 3), datetime(2021, 11, 23, 22), True),  # over midnight
        (datetime(2021, 11, 24, 4), None, None),
        (datetime(2021, 11, 24, 23), datetime(2021, 11, 24, 22), False),  # it was on the list a day before
        (datetime(2021, 11, 26, 11), datetime(2021, 11, 26, 10), True),
    ],
)
def test_the_list_says_since_when_and_what_is_new(
    build: str, moment: datetime, since: datetime | None, is_new: bool | None
) -> None:
    found = listed(at(build, moment))
    if since is None:
        assert found.empty
        return
    [row] = [r for _, r in found.iterrows()]
    assert (row["place_id"], row["kind"], row["owner_id"]) == ("matos", "over", "swasta")
    assert (row["since"], row["is_new"]) == (since, is_new)
    assert row["rule"] == (
        "kapasitas maksimal 50 %, level 2: Inmendagri 53/2021; aturan belum dikonfirmasi; kapasitas simulasi"
    )
    assert row["detail"] == "12 orang di dalam, batas 10 (perkiraan kasar)"
    assert listed(at(build, moment, kelurahan="35.73.04.1005")).empty  # filtered as the view is


def test_a_day_is_no_longer_new(judged: Callable[..., None], build: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has been over for 23 hours is new, one for 24 is not."""
    view = at(build, datetime(2021, 11, 26, 11))
    hour = view.moment - timedelta(hours=1)
    real = crowding.at_hour(view)
    monkeypatch.setattr(crowding, "at_hour", lambda view: real)
    said = {}
    for n in (23, 24, 25):
        judged({"matos": hours(*("over",) * n, last=hour)})
        [row] = [r for _, r in runs.over(view).iterrows()]
        said[n] = (row["since"], row["is_new"])
    assert said == {n: (hour - timedelta(hours=n - 1), n < 24) for n in (23, 24, 25)}


def test_a_closing_order_begins_at_midnight(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    """Five people in a park of 40 over the midnight of SE 71/2021: 30 are permitted before it, none after."""
    stays = [
        *filler("alun-alun-merdeka", datetime(2021, 12, 20)),
        *group("alun-alun-merdeka", 5, datetime(2021, 12, 23, 22), 240),
        *group("alun-alun-merdeka", 1, datetime(2021, 12, 24, 9), 10),
    ]
    build = built(etl, here, tmp_path, stays, {"alun-alun-merdeka": 40})

    def found(moment: datetime) -> pd.DataFrame:
        return listed(view_of(build, date(2021, 12, 20), date(2021, 12, 24), moment))

    assert found(datetime(2021, 12, 24, 0)).empty
    [row] = [r for _, r in found(datetime(2021, 12, 24, 2)).iterrows()]
    assert (row["kind"], row["since"]) == ("over", datetime(2021, 12, 24))
    assert row["rule"] == "ditutup atas ketetapan setempat: SE Wali Kota Malang 71/2021; kapasitas simulasi"
    assert "padahal ditutup" in row["detail"]
    assert row["next_step"].startswith("Periksa apakah tempat benar-benar ditutup")
