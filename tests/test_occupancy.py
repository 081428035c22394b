"""Who is inside: the estimate against one made person by person, and what a likely range promises."""

import random
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core import builds, rules
from core.settings import Settings
from etl.chances import likely
from tests.files import log, row
from tests.plain_dwell import STEP, Matched, chance
from tests.stores import Etl, table

FIRST = datetime(2021, 11, 22)  # a Monday, from when both codes are known
CODES = {"kantor-kel-sukun": "QR-SKN-1", "matos": "QR-MTS-1"}
CATEGORY = {"kantor-kel-sukun": "kantor_kelurahan", "matos": "mal"}
CAP = timedelta(minutes=600)  # of both; neither has hours here


def city(choose: random.Random) -> list[dict[str, str]]:
    """Six weeks: at each place four who come every workday, others now and then; half of them check out."""
    rows = []
    for day in (FIRST + timedelta(days=n) for n in range(42)):
        for k, code in enumerate(CODES.values()):
            people = [(10 * k + n, 8 * 3600) for n in range(4)] if day.isoweekday() <= 5 else []
            people += [(100 + choose.randrange(400), choose.choice((600, 2_400, 9_000))) for _ in range(8)]
            for person, usual in dict(people).items():
                entered = day + timedelta(hours=choose.choice((8, 8, 13, 23)), seconds=choose.randrange(3_600))
                left = entered + timedelta(seconds=int(usual * choose.uniform(0.5, 1.2)))
                rows.append(row(str(entered), code, person=person))
                if choose.random() < 0.5:
                    rows.append(row(str(left), code, "check-out", person))
                elif choose.random() < 0.2:  # next seen elsewhere
                    other = next(c for c in CODES.values() if c != code)
                    rows.append(row(str(left + timedelta(minutes=30)), other, person=person))
    return sorted(rows, key=lambda r: (r["waktu_scan"], r["nik"]))


@pytest.fixture
def visits(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> list[tuple[object, ...]]:
    """Every visit of such a city: site, visitor, entered, left, next seen."""
    path = log(tmp_path / "city.csv", city(random.Random(7)))
    assert etl("load", path, "--profile", "pedulilindungi", "--build") == 0
    return table(
        here,
        """SELECT site_id, visitor, entered_at, left_at, next_at FROM visit JOIN place_no USING (site)
        ORDER BY entered_at""",
    )


def test_the_estimate_is_the_sum_of_the_chances_of_each(visits: list[tuple[object, ...]], here: Settings) -> None:
    days_of: dict[tuple[object, object], set[date]] = defaultdict(set)
    for site, visitor, entered, *_ in visits:
        days_of[site, visitor].add(entered.date())  # type: ignore[attr-defined]

    def regular(site: object, visitor: object, day: date) -> bool:
        near = [d for d in days_of[site, visitor] if day - timedelta(days=rules.REGULAR_WINDOW) < d <= day]
        return day in near and len(near) >= rules.REGULAR_DAYS

    def in_month(site: object, visitor: object, day: date) -> bool:
        return any(
            regular(site, visitor, d) for d in days_of[site, visitor] if (d.year, d.month) == (day.year, day.month)
        )

    matched = [
        Matched(str(site), in_month(site, visitor, entered.date()), entered, left)  # type: ignore[attr-defined, arg-type]
        for site, visitor, entered, left, _ in visits
        if left is not None
    ]
    assert {s.regular for s in matched} == {True, False}
    served = builds.current(here)
    assert served is not None
    found = builds.frame(served.build, "FROM place_instant ORDER BY site_id, hour")
    model = builds.frame(served.build, "FROM dwell").set_index(["month", "category"])
    checked = 0
    for day in (datetime(2021, 11, 25), datetime(2021, 11, 30), datetime(2021, 12, 1), datetime(2021, 12, 16)):
        for site, category in CATEGORY.items():
            rows = found[(found["site_id"] == site) & (found["hour"].dt.date == day.date())]
            for hour in rows.itertuples():
                for i in range(0, 12, 4):
                    at = hour.hour.to_pydatetime() + i * STEP
                    certain = sum(s.site == site and s.entered <= at < s.left for s in matched)
                    assert hour.inside[i] == certain
                    expected = 0.0
                    for place, visitor, entered, left, seen in visits:
                        if place != site or left is not None or not entered <= at < entered + CAP:  # type: ignore[operator]
                            continue
                        fitted = model.loc[(entered.replace(day=1, hour=0, minute=0, second=0), category), "fitted_on"]  # type: ignore[attr-defined]
                        stays = [
                            s for s in matched
                            if s.site == site and (s.entered.year, s.entered.month) == (fitted.year, fitted.month)
                        ]  # fmt: skip
                        expected += chance(
                            stays, site, regular(site, visitor, entered.date()), entered, at,  # type: ignore[attr-defined, arg-type]
                            closing=entered + CAP, seen_next=seen,  # type: ignore[operator, arg-type]
                        )  # fmt: skip
                    assert hour.expected[i] == pytest.approx(certain + expected, abs=0.002), (site, at)
                    checked += expected > 0
    assert checked > 60


def test_each_month_has_the_model_of_the_month_before(visits: list[tuple[object, ...]], here: Settings) -> None:
    served = builds.current(here)
    assert served is not None
    found = builds.frame(served.build, "FROM dwell WHERE category = 'mal' ORDER BY month")
    assert [m.month for m in found["month"]] == [11, 12, 1, 2]  # the next is known before it begins
    assert [m.month for m in found["fitted_on"]][:3] == [11, 11, 12]  # the first on itself
    own = [v for v in visits if v[0] == "matos" and v[3] is not None and v[2].month == 11]  # type: ignore[attr-defined]
    assert list(found["matched"][:2]) == [len(own)] * 2
    assert found["model"][0] == found["model"][1] != found["model"][2]
    assert 0 < found["regulars"][0] < found["matched"][0]


def test_later_days_leave_the_days_of_a_month_before_as_they_are(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path
) -> None:
    """Whether a person is a regular, and which model holds, is known on the day."""
    rows = city(random.Random(3))
    cut = str(datetime(2021, 12, 20))
    early, late = ([r for r in rows if (r["waktu_scan"] < cut) == is_early] for is_early in (True, False))
    said = []
    for name, some in (("a.csv", early), ("b.csv", late)):
        assert etl("load", log(tmp_path / name, some), "--profile", "pedulilindungi", "--build") == 0
        served = builds.current(here)
        assert served is not None
        # stays of the 19th last into the 20th
        before = "FROM place_instant i WHERE hour < '2021-12-19' ORDER BY site_id, hour"
        said.append(builds.frame(served.build, f"SELECT i::VARCHAR AS said {before}")["said"].to_list())
    assert said[0] == said[1]
    assert len(said[0]) > 100


def test_a_likely_range_holds_eight_of_ten() -> None:
    """Of whole numbers, on the average over many crowds; each end leaves about one in ten beyond it."""
    rng = np.random.default_rng(5)
    held, below, above = [], [], []
    for _ in range(300):
        chances = rng.uniform(0.05, 0.95, rng.integers(8, 400))
        mean, variance = np.array([chances.sum()]), np.array([(chances * (1 - chances)).sum()])
        (low,), (high,) = likely(mean, variance)
        number = (rng.random((2_000, len(chances))) < chances).sum(axis=1)
        held.append(((low <= number) & (number <= high)).mean())
        below.append((number < low).mean())
        above.append((number > high).mean())
    assert np.mean(held) == pytest.approx(rules.LIKELY, abs=0.015)
    assert np.mean(below) == pytest.approx(0.1, abs=0.015)
    assert np.mean(above) == pytest.approx(0.1, abs=0.015)
    assert min(held) > 0.65


def test_a_likely_range_is_never_of_less_than_nobody() -> None:
    mean, variance = np.array([0.0, 0.02, 0.3, 0.9, 5.0]), np.array([0.0, 0.02, 0.21, 0.09, 0.0])
    low, high = likely(mean, variance)
    assert low.tolist() == [0, 0, 0, 1, 5]
    assert high.tolist() == [0, 0, 1, 1, 5]  # one of three such crowds has somebody in it
