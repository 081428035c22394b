"""Over the limit for an hour or more: runs of five-minute instants, over midnight and a change of the rule, and what is
new. A build of before is judged by the peaks of its hours."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from core.settings import Settings
from core.view import View
from queries import crowding, followup, instants, runs
from tests.crowds import built, filler, group
from tests.files import view_of
from tests.test_replay import of_before

Etl = Callable[..., int]
MOMENT = datetime(2021, 11, 24, 15)  # the hour judged is 14.00-15.00
HOUR, FIVE = timedelta(hours=1), timedelta(minutes=5)
_ENDS = {"over": (11, 12), "maybe": (9, 12), "within": (5, 6), "undecided": (pd.NA, pd.NA)}  # of 10 permitted


def up_to(moment: datetime, *verdicts: str) -> dict[datetime, str]:
    """Verdicts of the instants before a moment, oldest first."""
    return {moment - FIVE * (len(verdicts) - i): verdict for i, verdict in enumerate(verdicts)}


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, Mapping[datetime, str]]], None]:
    """Lets `instants.judged` answer from a table; instants that are not in it are within."""

    def say(table: Mapping[str, Mapping[datetime, str]]) -> None:
        def answer(build: str, first: datetime, n: int, places: tuple[str, ...] | None = None) -> pd.DataFrame:
            at = [first + FIVE * i for i in range(12 * n)]
            found = [
                (place, moment, verdict := said.get(moment, "within"), *_ENDS[verdict], False)
                for place, said in table.items()
                for moment in at
                if places is None or place in places
            ]
            columns = ["place_id", "at", "verdict", "low", "high", "by_hour"]
            return pd.DataFrame(found, columns=columns).astype({"low": "Int64", "high": "Int64"})

        monkeypatch.setattr(instants, "judged", answer)
        runs.runs.cache_clear()

    return say


O, M = "over", "maybe"  # noqa: E741


@pytest.mark.parametrize(
    ("verdicts", "kind", "back"),
    [
        ((O,) * 11, None, 0),  # 55 minutes are no hour
        ((O,) * 12, "over", 12),
        ((O,) * 13, "over", 13),
        ((M,) * 12, "maybe", 12),
        ((M,) * 11, None, 0),
        ((*(O,) * 11, M), "maybe", 12),  # not surely at every instant
        ((M, *(O,) * 11), "maybe", 12),
        ((*(O,) * 11, "within", *(O,) * 11), None, 0),
        ((*(O,) * 5, "within", *(O,) * 6), None, 0),
        ((*(O,) * 11, "undecided"), None, 0),  # what is not known joins nothing
        ((*(O,) * 9, "within", *(O,) * 12), "over", 12),
        ((*(O,) * 9, "undecided", *(O,) * 12), "over", 12),
        ((M, M, *(O,) * 12), "over", 12),  # surely over only since then
        ((O, O, O, *(M,) * 12), "maybe", 15),  # possibly over at least since then
        ((M, O, *(M,) * 12), "maybe", 14),
        ((O,) * 180, "over", 180),  # to midnight
        ((O,) * 181, "over", 181),  # and beyond it
        ((O,) * 700, "over", 700),
        ((*(O,) * 500, "within", *(M,) * 200), "maybe", 200),
    ],
)
def test_a_run_is_unbroken_and_lasts_an_hour(
    judged: Callable[..., None], verdicts: tuple[str, ...], kind: str | None, back: int
) -> None:
    judged({"a": up_to(MOMENT, *verdicts), "b": {}, "c": up_to(MOMENT, *["undecided"] * 12)})
    found = runs.listed("x", MOMENT - HOUR)
    assert dict(zip(found["place_id"], found["verdict"], strict=True)) == ({"a": kind} if kind else {})
    assert runs.runs("x", MOMENT - HOUR) == ({"a": MOMENT - FIVE * back} if kind else {})


def test_the_range_of_the_hour_is_as_wide_as_those_of_its_instants(judged: Callable[..., None]) -> None:
    judged({"a": up_to(MOMENT, *(O,) * 7, *(M,) * 5), "b": up_to(MOMENT, *(O,) * 12)})
    found = runs.listed("x", MOMENT - HOUR)
    assert list(found.itertuples(index=False, name=None)) == [
        ("a", "maybe", 9, 12, False),
        ("b", "over", 11, 12, False),
    ]


def test_runs_end_each_for_itself_also_at_the_first_hour_of_a_day(judged: Callable[..., None]) -> None:
    one = datetime(2021, 11, 24, 1)
    judged({"a": up_to(one, *(O,) * 14), "b": up_to(one, *(M,) * 12)})
    assert runs.runs("x", one - HOUR) == {"a": one - FIVE * 14, "b": one - HOUR}


CROWD = 12


@pytest.fixture
def build(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> str:
    """A mall of 20 (10 permitted, 50 %) with 12 people over midnight, and again the next evening."""
    stays = [
        *filler("matos", datetime(2021, 11, 22)),
        *group("matos", CROWD, datetime(2021, 11, 23, 22, 9), 261),  # until 02.30
        *group("matos", CROWD, datetime(2021, 11, 24, 22, 9), 130),
        *group("matos", CROWD, datetime(2021, 11, 26, 9, 44), 80),
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
        (datetime(2021, 11, 23, 23), None, None),  # for less than an hour
        (datetime(2021, 11, 24, 0), datetime(2021, 11, 23, 22, 10), True),
        (datetime(2021, 11, 24, 2), datetime(2021, 11, 23, 22, 10), True),  # over midnight
        (datetime(2021, 11, 24, 3), None, None),  # until 02.30
        (datetime(2021, 11, 25, 0), datetime(2021, 11, 24, 22, 10), False),  # it was on the list a day before
        (datetime(2021, 11, 26, 11), datetime(2021, 11, 26, 9, 45), True),
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
    assert row["detail"] == "12 orang di dalam sepanjang jam itu, batas 10"
    assert listed(at(build, moment, kelurahan="35.73.04.1005")).empty  # filtered as the view is


def test_a_day_is_no_longer_new(judged: Callable[..., None], build: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has been over for less than 24 hours is new, one for 24 is not."""
    view = at(build, datetime(2021, 11, 26, 11))
    real = crowding.at_hour(view)
    monkeypatch.setattr(crowding, "at_hour", lambda view: real)
    said = {}
    for n in (287, 288, 289):
        judged({"matos": up_to(view.moment, *(O,) * n)})
        [row] = [r for _, r in runs.over(view).iterrows()]
        said[n] = (row["since"], row["is_new"])
    assert said == {n: (view.moment - FIVE * n, n < 288) for n in (287, 288, 289)}


def test_a_build_of_before_is_judged_by_the_peaks_of_its_hours(here: Settings, build: str) -> None:
    of_before(here, build)
    assert runs.by_hour(at(build, datetime(2021, 11, 23, 23)))
    for moment, since in (
        (datetime(2021, 11, 23, 23), datetime(2021, 11, 23, 22)),
        (datetime(2021, 11, 24, 3), datetime(2021, 11, 23, 22)),
        (datetime(2021, 11, 24, 4), None),
    ):
        found = listed(at(build, moment))
        assert [t.to_pydatetime() for t in found["since"]] == ([since] if since else [])
        assert set(found["detail"]) <= {"12 orang di dalam pada puncak jam itu, batas 10 (perkiraan kasar)"}


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
