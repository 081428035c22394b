"""Filters, periods and lists of the screens' figures against the hand-made log counted apart."""

from datetime import date, datetime

import pandas as pd
import pytest

from core.view import View
from queries import coverage, disclosed, followup, visits
from tests.files import view_of
from tests.test_queries import FIRST, LAST, REFERENCE, visit_rows

SITES = pd.read_csv(REFERENCE / "site.csv", dtype=str, keep_default_na=False).set_index("place_id")


def count(view: View) -> int:
    return int(visits.daily(view)["visits"].sum())


@pytest.mark.parametrize(
    ("field", "column", "code"),
    [
        ("kelurahan", "kelurahan_code", "35.73.02.1004"), ("area", "area_id", "area-01"),
        ("category", "category", "kantor"), ("owner", "owner_id", "setda"),
    ],
)  # fmt: skip
def test_a_filter_keeps_its_own(handmade: str, field: str, column: str, code: str) -> None:
    rows = visit_rows()
    kept = rows[rows["site"].isin(SITES.index[SITES[column] == code])]
    assert len(kept) > 0
    view = view_of(handmade, FIRST, LAST, **{field: code})
    assert count(view) == len(kept)
    assert int(visits.by_place(view)["visits"].sum()) == len(kept)
    assert int(visits.by_hour_and_weekday(view)["visits"].sum()) == len(kept)


def test_kecamatan_place_and_hours(handmade: str) -> None:
    rows = visit_rows()
    klojen = rows[rows["kelurahan"].fillna("").str.startswith("35.73.02")]
    assert count(view_of(handmade, FIRST, LAST, kecamatan="35.73.02")) == len(klojen)
    assert count(view_of(handmade, FIRST, LAST, place="balai-kota")) == (rows["site"] == "balai-kota").sum()
    morning = rows[rows["hour"].between(8, 11)]
    view = view_of(handmade, FIRST, LAST, hours=(8, 11))
    assert count(view) == len(morning)
    assert set(visits.by_hour_and_weekday(view).query("visits > 0")["hour"]) == set(morning["hour"])
    both = view_of(handmade, FIRST, LAST, kecamatan="35.73.02", hours=(8, 11))
    assert count(both) == klojen["hour"].between(8, 11).sum()


def test_groups_add_up_to_the_city(handmade: str) -> None:
    view = view_of(handmade, FIRST, LAST)
    for group in ("category", "area"):
        assert int(visits.by_group(view, group)["visits"].sum()) == len(visit_rows())
    kecamatan = visits.by_kecamatan_and_day(view)
    assert len(kecamatan) == 5 * 14
    known = visit_rows()["kelurahan"].notna().sum()
    assert int(kecamatan["visits"].sum()) == known


def test_denominators_are_those_of_the_register(handmade: str) -> None:
    view = view_of(handmade, FIRST, LAST, kelurahan="35.73.02.1004")
    cells = coverage.cells(view)
    assert cells["level"].value_counts().to_dict() == {"kelurahan": 57, "area": 18, "kecamatan": 5}  # whatever filters
    for level, n in coverage.counts(cells).items():
        states = cells.loc[cells["level"] == level, "state"]
        assert n["total"] == len(states)
        assert n["installed"] == states.isin(["in_use", "unused", "installed"]).sum()
        assert n["verified"] == n["installed"] + (states == "verified").sum()
        assert n["verified"] + n["filed"] + n["unknown"] == n["total"]


def test_use_is_computed_from_the_check_ins_before_the_moment(handmade: str) -> None:
    """Balai Kota's code is busy every working day; before its first check-in it has none."""
    late = coverage.sites(view_of(handmade, FIRST, LAST, datetime(2021, 12, 5, 18))).set_index("place_id")
    rows = visit_rows()
    own = rows[(rows["site"] == "balai-kota") & (rows["day"] < "2021-12-05")]
    assert late.loc["balai-kota", "last_day"] == pd.Timestamp(own["day"].max())
    early = coverage.sites(view_of(handmade, FIRST, LAST, datetime(2021, 11, 22, 0))).set_index("place_id")
    assert pd.isna(early.loc["balai-kota", "last_day"])


def test_follow_up_is_ordered_and_dated(handmade: str) -> None:
    found = followup.items(view_of(handmade, FIRST, LAST, datetime(2021, 12, 5, 18)))
    assert tuple(found.columns) == followup.COLUMNS
    ranks = found["kind"].map(followup.KINDS.index)
    assert ranks.is_monotonic_increasing
    assert (found["since"].dropna() <= pd.Timestamp(2021, 12, 5, 18)).all()
    assert found["rule"].notna().all()


@pytest.mark.parametrize(
    ("first", "last", "period"),
    [
        (date(2021, 11, 25), date(2021, 11, 25), "day"), (date(2021, 11, 22), date(2021, 11, 28), "week"),
        (date(2021, 11, 1), date(2021, 11, 30), "month"), (date(2021, 11, 23), date(2021, 11, 29), None),
        (date(2021, 11, 1), date(2021, 11, 29), None), (date(2021, 11, 1), date(2021, 12, 31), None),
    ],
)  # fmt: skip
def test_uniques_exist_for_a_day_a_week_and_a_month(handmade: str, first: date, last: date, period: str | None) -> None:
    view = view_of(handmade, first, last)
    assert disclosed.period_of(view) == period
    found = disclosed.visitors(view)
    assert (found is None) == (period is None)
    if found is not None and not found[1]:
        rows = visit_rows()
        assert found[0] == rows[(rows["day"] >= str(first)) & (rows["day"] <= str(last))]["person"].nunique()


def test_uniques_exist_under_one_filter_that_is_published(handmade: str) -> None:
    day = date(2021, 11, 25)
    assert disclosed.visitors(view_of(handmade, day, day, kelurahan="35.73.02.1004")) is not None
    for filters in ({"owner": "setda"}, {"hours": (8, 11)}, {"kelurahan": "35.73.02.1004", "category": "kantor"}):
        assert disclosed.visitors(view_of(handmade, day, day, **filters)) is None
    assert disclosed.statuses(view_of(handmade, day, day, kelurahan="35.73.02.1004")) is None
    assert disclosed.statuses(view_of(handmade, day, day, kecamatan="35.73.02")) is not None
