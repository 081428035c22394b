"""Bands and verdicts at their edges, and an hour's range against plain Python. Limits: tests/test_capacity.py."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core import builds, crowding
from core.capacity import Limit, Persons, State
from core.settings import Settings
from etl.chances import likely
from queries import crowding as queries
from tests.files import log, row, view_of
from tests.plain_dwell import Matched, chance

Etl = Callable[..., int]


@pytest.mark.parametrize(
    ("share", "band"),
    [(0, "free"), (49, "free"), (50, "busy"), (75, "busy"), (76, "nearly_full"), (99, "nearly_full"), (100, "full"),
     (250, "full"), (None, None)],
)  # fmt: skip
def test_bands(share: int | None, band: str | None) -> None:
    assert crowding.band(share) == band


def test_shares_are_rounded_down() -> None:
    shares = [crowding.percent(Persons(n), Persons(200)) for n in (99, 100, 151, 199, 200)]
    assert shares == [49, 50, 75, 99, 100]
    assert crowding.percent(Persons(3), Persons(0)) is None


@pytest.mark.parametrize(
    ("low", "high", "limit", "verdict"),
    [
        (101, 120, 100, "over"), (100, 101, 100, "maybe"), (90, 100, 100, "within"), (100, 100, 100, "within"),
        (1, 2, 0, "over"), (0, 2, 0, "maybe"), (0, 0, 0, "within"), (None, None, 100, "undecided"),
        (10, 20, None, "undecided"),
    ],
)  # fmt: skip
def test_verdicts(low: int | None, high: int | None, limit: int | None, verdict: str) -> None:
    permitted = Limit(State.NO_CAPACITY) if limit is None else Limit(State.CAP, Persons(limit))
    said = [None if n is None else Persons(n) for n in (low, high)]
    assert crowding.verdict(*said, permitted) == verdict


@pytest.mark.parametrize(
    ("persons", "against"),
    [(50, "much_less"), (51, "less"), (80, "less"), (81, "same"), (125, "same"), (126, "more"), (200, "more"),
     (201, "much_more")],
)  # fmt: skip
def test_against_usual(persons: int, against: str) -> None:
    assert crowding.against_usual(persons, 100) == against
    assert crowding.against_usual(None, 100) is None
    assert crowding.against_usual(persons, None) is None


DAY = datetime(2021, 11, 24)
STAYS = [(9 * 60 + 2 * n, 20 + 3 * n) for n in range(30)]  # minutes of entry, minutes of stay
OPEN = [9 * 60 + 50, 10 * 60 + 5, 10 * 60 + 30, 10 * 60 + 58]  # entered and never checked out


def scans(stays: list[tuple[int, int]]) -> list[dict[str, str]]:
    """At one office; each person comes once."""

    def said(minute: int) -> str:
        return (DAY + timedelta(minutes=minute)).strftime("%Y-%m-%d %H:%M:%S")

    rows = []
    for person, (entered, stay) in enumerate(stays, 1):
        rows += [row(said(entered), person=person), row(said(entered + stay), event="check-out", person=person)]
    return rows + [row(said(entered), person=100 + n) for n, entered in enumerate(OPEN)]


def hour_of(etl: Etl, here: Settings, path: Path, hour: int) -> "pd.Series[object]":
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    served = builds.current(here)
    assert served is not None
    view = view_of(served.build, DAY.date(), DAY.date(), DAY + timedelta(hours=hour + 1), place="kantor-kel-sukun")
    [found] = [row for _, row in queries.at_hour(view).iterrows()]
    return found


def test_the_range_of_an_hour_is_that_of_its_definition(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path
) -> None:
    """That of the five-minute instant with the most expected; the logical bounds are to the second."""
    path, said = log(tmp_path / "a.csv", scans(STAYS)), []

    def at(minute: int) -> datetime:
        return DAY + timedelta(minutes=minute)

    stays = [Matched("", False, at(a), at(a + n)) for a, n in STAYS]
    cap = timedelta(hours=10)
    for hour in (9, 10, 11, 12):
        found = hour_of(etl, here, path, hour)
        expected = []
        for instant in (at(hour * 60 + 5 * n) for n in range(12)):
            certain = sum(s.entered <= instant < s.left for s in stays)
            chances = [chance(stays, "", False, at(o), instant, closing=at(o) + cap) for o in OPEN]
            expected.append((certain + sum(chances), certain, chances))
        most, certain, chances = max(expected)
        seconds = [at(hour * 60) + timedelta(seconds=n) for n in range(3_600)]
        peak = max(sum(s.entered <= second < s.left for s in stays) for second in seconds)
        assert found["certain"] == peak
        assert found["bound"] == max(
            sum(s.entered <= second < s.left for s in stays) + sum(at(o) <= second for o in OPEN) for second in seconds
        )
        assert found["expected"] == pytest.approx(max(most, peak), abs=0.002)
        assert found["estimated"] == pytest.approx(sum(chances), abs=0.002)
        low, high = likely(np.array([sum(chances)]), np.array([sum(p * (1 - p) for p in chances)]))
        # beside its chances the curve itself is known by thirty stays alone
        assert peak <= found["low"] <= max(certain + low[0], peak)
        assert max(certain + high[0], peak) <= found["high"] <= found["bound"]
        said.append(found)
    assert any(found["low"] < found["high"] for found in said)
    assert found["matched"] == 30
    assert found["open_share"] == pytest.approx(len(OPEN) / (len(STAYS) + len(OPEN)))
    empty = hour_of(etl, here, path, 20)
    assert (empty["low"], empty["high"]) == (0, 0)  # a covered hour without anybody
    assert empty["provisional"]  # the log ends before it
    before = hour_of(etl, here, path, 6)
    assert (before["low"], before["high"], before["provisional"]) == (0, 0, False)


def test_too_few_stays_give_no_estimate(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    found = hour_of(etl, here, log(tmp_path / "a.csv", scans(STAYS[:29])), 10)
    assert pd.isna(found["low"])
    assert pd.isna(found["high"])
    assert (found["matched"], found["verdict"]) == (29, "undecided")


def test_a_day_without_a_file_has_no_persons(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    hour_of(etl, here, log(tmp_path / "a.csv", scans(STAYS)), 10)
    served = builds.current(here)
    assert served is not None
    day = DAY + timedelta(days=1)
    hours = queries.at_hour(view_of(served.build, DAY.date(), DAY.date(), day + timedelta(hours=11)))
    own = hours[hours["place_id"] == "kantor-kel-sukun"].iloc[0]
    assert pd.isna(own["low"])
    assert own["verdict"] == "undecided"


def test_usual_needs_four_like_days(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    """Wednesdays of level 2: 3 others give nothing to compare with, 4 do."""
    for weeks, usual in ((4, None), (5, 2.0)):
        rows = []
        for week in range(weeks):
            day = datetime(2021, 11, 3) + timedelta(weeks=week)
            for person in range(40):
                entered = day.replace(hour=9, minute=person)
                left = entered + timedelta(minutes=90 if person < 2 else 1)
                rows += [
                    row(str(entered), person=person),
                    row(str(left), event="check-out", person=person),
                ]
        found = hour_of(etl, here, log(tmp_path / f"{weeks}.csv", rows), 10)
        assert (None if pd.isna(found["usual"]) else found["usual"]) == usual
