"""Limits with known answers, bands and verdicts at their edges, and an hour's range against plain Python."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from core import builds, crowding
from core.crowding import Limit, Rulebook
from core.settings import Settings
from queries import crowding as queries
from tests.files import log, row, view_of

Etl = Callable[..., int]
PARK, MALL, OFFICE = "public_facility_park_tourism", "mall", "gov_office_nonesensial"


@pytest.fixture
def book(handmade: str) -> Rulebook:
    return queries.rulebook(handmade)


@pytest.mark.parametrize(
    ("category", "sector", "capacity", "day", "kind", "persons"),
    [
        ("taman", PARK, 600, date(2021, 10, 28), "cap", 150),  # 25 %
        ("taman", PARK, 600, date(2022, 4, 28), "cap", 450),  # 75 %
        ("taman", PARK, 600, date(2021, 12, 25), "closed", 0),  # although the level allowed it
        ("mal", MALL, 1001, date(2021, 9, 2), "cap", 500),  # 50 %, rounded down to whole persons
        ("mal", MALL, 1000, date(2022, 2, 18), "cap", 600),
        ("mal", MALL, 1000, date(2021, 7, 20), "closed", 0),
        ("ibadah", "worship", 80, date(2021, 10, 28), "cap", 60),  # 75 %
        ("ibadah", "worship", 400, date(2021, 10, 28), "cap", 75),  # or 75 people, the stricter
        ("mal", MALL, 1000, date(2022, 1, 10), "unknown", None),
        ("kantor", OFFICE, 50, date(2021, 11, 29), "capacity", 50),
        ("mal", MALL, 1000, date(2023, 1, 1), "capacity", 1000),  # revoked
        ("mal", MALL, None, date(2021, 9, 2), "unknown", None),
        ("restoran", None, 40, date(2021, 11, 29), "unknown", None),
    ],
)
def test_known_limits(
    book: Rulebook, category: str, sector: str | None, capacity: int | None, day: date, kind: str, persons: int | None
) -> None:
    found = book.limit("x", category, sector, capacity, day)
    assert (found.kind, found.persons) == (kind, persons)


def test_what_is_unknown_says_why(book: Rulebook) -> None:
    assert book.limit("x", "mal", MALL, 1000, date(2022, 1, 10)).reason == "level"
    assert book.limit("x", "mal", MALL, None, date(2021, 9, 2)).reason == "capacity"
    assert book.limit("x", "restoran", None, 40, date(2021, 11, 29)).reason == "rule"
    closed = book.limit("x", "taman", PARK, 600, date(2021, 12, 25))
    assert closed.instrument == "SE Wali Kota Malang 71/2021"
    assert not book.limit("x", "mal", MALL, 1000, date(2021, 11, 29)).confirmed  # a rule no source was found for
    assert book.limit("x", "taman", PARK, 600, date(2021, 10, 28)).confirmed


@pytest.mark.parametrize(
    ("share", "band"),
    [(0, "free"), (49, "free"), (50, "busy"), (75, "busy"), (76, "nearly_full"), (99, "nearly_full"), (100, "full"),
     (250, "full"), (None, None)],
)  # fmt: skip
def test_bands(share: int | None, band: str | None) -> None:
    assert crowding.band(share) == band


def test_shares_are_rounded_down() -> None:
    assert [crowding.percent(n, 200) for n in (99, 100, 151, 199, 200)] == [49, 50, 75, 99, 100]
    assert crowding.percent(3, 0) is None


@pytest.mark.parametrize(
    ("low", "high", "limit", "verdict"),
    [
        (101, 120, 100, "over"), (100, 101, 100, "maybe"), (90, 100, 100, "within"), (100, 100, 100, "within"),
        (1, 2, 0, "over"), (0, 2, 0, "maybe"), (0, 0, 0, "within"), (None, None, 100, "undecided"),
        (10, 20, None, "undecided"),
    ],
)  # fmt: skip
def test_verdicts(low: int | None, high: int | None, limit: int | None, verdict: str) -> None:
    kind = "unknown" if limit is None else "closed" if limit == 0 else "cap"
    assert crowding.verdict(low, high, Limit(kind, limit)) == verdict


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
    lengths = sorted(stay for _, stay in STAYS)
    quartiles = lengths[7], lengths[22]  # the 8th and the 23rd of 30
    path, said = log(tmp_path / "a.csv", scans(STAYS)), []
    for hour in (9, 10, 11, 12):
        found = hour_of(etl, here, path, hour)
        expected = []
        for quartile in quartiles:
            spans = [(entered, entered + stay) for entered, stay in STAYS] + [(e, e + quartile) for e in OPEN]
            seconds = range(hour * 3600, (hour + 1) * 3600)
            expected.append(max(sum(a * 60 <= s < b * 60 for a, b in spans) for s in seconds))
        assert [found["low"], found["high"]] == expected, hour
        said.append(found)
    assert any(found["low"] < found["high"] for found in said)
    assert found["matched"] == 30
    assert found["open_share"] == pytest.approx(len(OPEN) / (len(STAYS) + len(OPEN)))
    empty = hour_of(etl, here, path, 20)
    assert (empty["low"], empty["high"]) == (0, 0)  # a covered hour without anybody


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
