"""If the level changes: like days against the limits of another level, counted apart with pandas and the register."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from core import rules
from core.settings import Settings
from core.view import View
from queries import crowding, levels
from tests.crowds import CATEGORY, Stay, built, filler, group, peak
from tests.files import view_of
from tests.test_queries import FIRST, LAST, REFERENCE

Etl = Callable[..., int]
MALL, KAMPUNG, OFFICE, PARK = "matos", "kampung-warna-warni", "kantor-kel-sukun", "alun-alun-merdeka"
CAPACITY = {MALL: 20, KAMPUNG: 40, OFFICE: 6}  # of the park nothing is known
MOMENT = datetime(2021, 11, 30, 15)  # Tuesday; the hour is 14.00-15.00
# People of the hour on the Tuesdays before: matched, and without a check-out
PEOPLE = {
    MALL: [(14, 0), (8, 6), (9, 0), (10, 0)],
    KAMPUNG: [(1, 0), (0, 0), (0, 0), (11, 0)],
    OFFICE: [(7, 0), (6, 0), (2, 0), (2, 0)],
    PARK: [(50, 0), (1, 0), (1, 0), (1, 0)],
}
DAYS = [MOMENT.replace(hour=0) - timedelta(weeks=w) for w in (1, 2, 3, 4)]  # 23, 16, 9 and 2 November


def stays() -> list[Stay]:
    found = []
    for site, days in PEOPLE.items():
        found += filler(site, datetime(2021, 11, 1))
        for day, (matched, still) in zip(DAYS, days, strict=True):
            found += group(site, matched, day.replace(hour=14, minute=20), 30)
            # when the others come, some of those who came before may be inside still, some not
            found += group(site, still, day.replace(hour=13, minute=50, second=30), None)
    return found + group(MALL, 3, MOMENT.replace(hour=14, minute=10), 30)


@pytest.fixture
def view(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> View:
    return view_of(built(etl, here, tmp_path, stays(), CAPACITY), DAYS[-1].date(), MOMENT.date(), MOMENT)


def permitted(site: str, level: int) -> int | None:
    """By the register's own files: the rule of the category's sector at the level on the moment's day."""
    categories = pd.read_csv(REFERENCE / "categories.csv").set_index("category")["sector"]
    caps = pd.read_csv(REFERENCE / "capacity_rules.csv", parse_dates=["valid_from", "valid_to"])
    day = pd.Timestamp(MOMENT.date())
    own = caps[(caps["sector"] == categories[CATEGORY[site]]) & (caps["level"] == level) & (caps["valid_from"] <= day)]
    own = own[own["valid_to"].isna() | (own["valid_to"] >= day)]
    if own.empty:
        return None
    rule = own.sort_values("valid_from").iloc[-1]
    if rule["binds"] == "visitors" and rule["cap_pct"] == 0:
        return 0
    capacity = CAPACITY.get(site)
    if capacity is None or rule["binds"] == "staff":
        return capacity
    return capacity * int(rule["cap_pct"]) // 100


@pytest.mark.parametrize("level", levels.LEVELS)
def test_like_days_against_another_level(view: View, level: int) -> None:
    found = levels.what_if(view, level).set_index("place_id")
    everybody = stays()
    for site in PEOPLE:
        limit = permitted(site, level)
        ends = [peak(everybody, site, day.replace(hour=14)) for day in DAYS]
        row = found.loc[site]
        assert (None if pd.isna(row["limit"]) else row["limit"]) == limit, site
        over = sum(limit is not None and low > limit for low, _ in ends)
        maybe = sum(limit is not None and low <= limit < high for low, high in ends)
        assert (row["over"], row["maybe"]) == (over, maybe), (site, ends)
        assert row["days"] == 4
        assert row["judged"] == (0 if limit is None else 4)
        expected = "undecided" if limit is None else "over" if over else "maybe" if maybe else "within"
        assert row["verdict"] == expected, site
        assert (row["low"], row["high"]) == max(ends, key=lambda e: (e[1], e[0]))


def test_the_answers_are_what_they_should_be(view: View) -> None:
    """The same by hand: so that both ways of counting are not wrong together."""
    three = levels.what_if(view, 3).set_index("place_id")
    assert three.loc[MALL, ["limit", "over", "maybe", "verdict"]].to_list() == [10, 1, 1, "over"]
    assert three.loc[MALL, "hour"] == DAYS[0].replace(hour=14)
    assert three.loc[KAMPUNG, ["limit", "limit_state", "over", "verdict"]].to_list() == [0, "closed_by_rule", 2, "over"]
    assert three.loc[PARK, ["limit", "over"]].to_list() == [0, 4]  # closed: how many it holds does not matter
    assert three.loc[OFFICE, ["limit", "limit_kind", "over"]].to_list() == [6, "capacity", 1]
    one = levels.what_if(view, 1).set_index("place_id")
    assert one.loc[MALL, ["limit", "over", "maybe", "verdict"]].to_list() == [20, 0, 0, "within"]
    assert one.loc[KAMPUNG, ["limit_state", "verdict"]].to_list() == ["no_rule", "undecided"]  # from 14 Dec only
    four = levels.what_if(view, 4).set_index("place_id")
    assert set(four.loc[[MALL, KAMPUNG, PARK], "verdict"]) == {"undecided"}  # those rules ended in August
    two = levels.what_if(view, 2).set_index("place_id")
    assert (two["verdict"] == two["in_force"]).all()  # the level in force
    assert two.loc[PARK, ["limit_state", "verdict"]].to_list() == ["no_capacity", "undecided"]
    assert bool(two.loc[MALL, "unconfirmed"])


def test_the_worst_stand_first_and_filters_hold(view: View) -> None:
    found = levels.what_if(view, 3)
    ranks = found["verdict"].map(["over", "maybe", "within", "undecided"].index)
    assert ranks.is_monotonic_increasing
    assert found["place_id"].to_list()[:4] == [PARK, KAMPUNG, MALL, OFFICE]
    assert sorted(found["place_id"]) == sorted(crowding.at_hour(view)["place_id"])
    assert levels.what_if(replace(view, category="mal"), 3)["place_id"].to_list() == [MALL]
    assert levels.what_if(replace(view, kelurahan="35.73.05.1012", category="mal"), 3).empty


def test_like_days_are_the_last_four_and_no_holidays(view: View) -> None:
    assert levels.days(view) == [(day.date(), 2) for day in DAYS]
    later = replace(view, moment=MOMENT + timedelta(weeks=1), category="mal")  # whose log has that day
    assert levels.days(later) == [(MOMENT.date(), 2), *((day.date(), 2) for day in DAYS[:3])]
    wednesday = replace(view, moment=datetime(2021, 11, 10, 15))
    assert levels.days(wednesday) == [(date(2021, 11, 3), 2)]  # 27 Oct is before the codes and the log
    assert set(levels.what_if(wednesday, 3)["days"]) == {1}


def test_a_holiday_is_passed_over(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    christmas, week = datetime(2021, 12, 25), timedelta(weeks=1)
    made = [*filler(MALL, christmas - 2 * week), *group(MALL, 15, christmas.replace(hour=14, minute=5), 30)]
    made += group(MALL, 2, (christmas + week - timedelta(days=1)).replace(hour=14, minute=5), 30)
    build = built(etl, here, tmp_path, made, {MALL: 20})
    view = view_of(build, date(2021, 12, 11), date(2021, 12, 31), datetime(2022, 1, 1, 15))
    assert levels.days(view) == [(date(2021, 12, 18), 1), (date(2021, 12, 11), 2)]
    assert levels.what_if(view, 2).set_index("place_id").loc[MALL, "over"] == 0


def test_too_few_stays_leave_everything_undecided(handmade: str) -> None:
    view = view_of(handmade, FIRST, LAST, datetime(2021, 12, 5, 18))
    for level in levels.LEVELS:
        found = levels.what_if(view, level)
        assert len(found) > 0
        assert set(found["verdict"]) == {"undecided"}
        assert found["low"].isna().all()


def test_the_stricter_level_is_asked_first(view: View) -> None:
    assert levels.stricter(view) == 3
    assert levels.stricter(replace(view, moment=datetime(2021, 8, 1, 12))) == 4  # there is none above
    assert levels.stricter(replace(view, moment=datetime(2022, 1, 10, 12))) == 4  # not known
    assert levels.stricter(replace(view, moment=datetime(2023, 1, 10, 12))) == 1  # revoked
    assert rules.LEVEL_DAYS == 4
