"""Rollout rules at their edges: stages from events, parents from children, and use."""

from dataclasses import replace
from datetime import datetime

import pytest

from core import rollout, rules
from core.rollout import Observed, Stage


def at(day: int, name: str, document: str = "surat") -> Stage:
    return Stage(name, datetime(2021, 11, day, 9), document)


COLLECTIVE = at(1, "filed", "permohonan kolektif Diskominfo 25-10-2021")


@pytest.mark.parametrize(
    ("events", "stage", "day"),
    [
        ([], None, None),
        ([COLLECTIVE], None, None),  # it says nothing of the place itself
        ([at(2, "filed")], "filed", 2),
        ([COLLECTIVE, at(3, "verified")], "verified", 3),
        ([at(5, "installed")], "installed", 5),  # a later stage implies the earlier ones
        ([at(3, "verified"), at(4, "access_issued"), at(5, "expired")], "expired", 5),
        ([at(3, "verified"), at(4, "access_issued"), at(5, "expired"), at(6, "filed")], "verified", 6),
        ([at(3, "verified"), at(4, "access_issued"), at(5, "expired"), at(6, "filed"), at(7, "access_issued")],
         "access_issued", 7),
        ([at(4, "access_issued"), at(5, "activated"), at(6, "expired")], "activated", 5),  # activated in time
    ],
)  # fmt: skip
def test_stage_of_a_place(events: list[Stage], stage: str | None, day: int | None) -> None:
    found = rollout.own_stage(events)
    assert (found and found.name) == stage
    assert (found and found.since and found.since.day) == day


def test_a_parent_has_what_all_its_known_children_have_reached() -> None:
    installed, verified = at(5, "installed"), at(3, "verified")
    assert rollout.parent_stage([installed, verified, None]) == verified
    assert rollout.parent_stage([installed, None]) == installed
    assert rollout.parent_stage([None, None]) is None
    assert rollout.parent_stage([at(3, "installed"), at(5, "installed")]) == at(
        5, "installed"
    )  # since the last of them


@pytest.mark.parametrize(
    ("stage", "use", "state"),
    [
        (None, None, "unknown"), ("filed", None, "filed"), ("verified", None, "verified"),
        ("expired", None, "verified"),
        ("trained", None, "verified"), ("installed", "new", "installed"), ("installed", "in_use", "in_use"),
        ("first_check_in", "rare", "installed"), ("first_check_in", "unused", "unused"),
        ("first_check_in", "undecided", "installed"), ("installed", "no_data", "installed"),
    ],
)  # fmt: skip
def test_eight_stages_show_as_four(stage: str | None, use: str | None, state: str) -> None:
    assert rollout.state(stage, use) == state
    assert state in rollout.STATES


BUSY = Observed(True, 14, 14, 100, 10, 6)


@pytest.mark.parametrize(
    ("change", "use"),
    [
        ({}, "in_use"),
        ({"has_source": False}, "no_data"),
        ({"days_installed": 13}, "new"),
        ({"days_installed": None}, "in_use"),  # installed before the register began
        ({"check_ins": 14}, "unused"),  # exactly one a day
        ({"check_ins": 15}, "in_use"),
        ({"check_ins": 0, "opening_used": 0}, "unused"),
        ({"known_days": 12}, "in_use"),  # two unknown days are few enough
        ({"known_days": 11}, "undecided"),
        ({"known_days": 12, "check_ins": 12}, "unused"),  # the mean is over the known days
        ({"known_days": 12, "check_ins": 13}, "in_use"),
        ({"opening_used": 5}, "rare"),
        ({"opening_known": 8}, "in_use"),
        ({"opening_known": 7}, "undecided"),
        ({"opening_known": 7, "check_ins": 1}, "unused"),  # Kemenkes' test needs no opening days
    ],
)
def test_use_at_its_edges(change: dict[str, int | bool | None], use: str) -> None:
    assert rollout.use(replace(BUSY, **change)) == use  # type: ignore[arg-type]


def test_rules_are_those_of_the_figures() -> None:
    assert (rules.USE_DAYS, rules.USE_UNKNOWN_AT_MOST, rules.UNUSED_MEAN) == (14, 2, 1.0)
    assert (rules.OPENING_DAYS, rules.OPENING_DAYS_KNOWN, rules.OPENING_DAYS_USED) == (10, 8, 6)
    assert (rules.STAYS_NEEDED, rules.LIKE_DAYS_NEEDED, rules.DISCLOSURE_K) == (30, 4, 5)
