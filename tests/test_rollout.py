"""Rollout rules at their edges: stages from events, deadlines to the minute, corrections, parents, and use."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from core import rollout, rules
from core.rollout import Event, Observed, Spell, Stage

LATER = datetime(2021, 12, 31, 23, 59)


def on(day: int, stage: str, document: str = "surat", hour: int = 9, **more: str) -> Event:
    """An event of November; its id is its stage and day."""
    return Event(f"{stage}-{day}", stage, datetime(2021, 11, day, hour), document, **more)  # type: ignore[arg-type]


COLLECTIVE = on(1, "filed", "permohonan kolektif Diskominfo 25-10-2021")


def stage_of(events: list[Event], moment: datetime = LATER) -> tuple[str | None, datetime | None]:
    found = rollout.history(events, moment).stage
    return (found.name, found.since) if found else (None, None)


@pytest.mark.parametrize(
    ("events", "stage", "day"),
    [
        ([], None, None),
        ([COLLECTIVE], None, None),  # it says nothing of the place itself
        ([on(2, "filed")], "filed", 2),
        ([COLLECTIVE, on(3, "verified")], "verified", 3),
        ([on(5, "installed")], "installed", 5),  # a later stage implies the earlier ones
        ([on(5, "installed"), on(7, "trained")], "installed", 5),  # and an earlier one takes nothing away
        ([on(3, "verified"), on(4, "access_issued"), on(5, "expired")], "expired", 5),
        ([on(3, "verified"), on(4, "access_issued"), on(5, "expired"), on(6, "filed")], "verified", 6),
        ([on(3, "verified"), on(4, "access_issued"), on(6, "filed")], "verified", 6),  # nobody wrote that it expired
        ([on(3, "verified"), on(4, "access_issued"), on(5, "expired"), on(6, "filed"), on(8, "verified")],
         "verified", 8),
        ([on(4, "access_issued"), on(5, "expired"), on(7, "access_issued"), on(8, "activated", hour=8)],
         "activated", 8),
        ([on(4, "access_issued"), on(5, "activated", hour=8), on(6, "expired")], "activated", 5),  # used in time
        ([on(4, "access_issued"), on(9, "installed")], "installed", 9),  # whatever came between
        ([on(7, "verified"), on(3, "filed")], "verified", 7),  # in whichever order they are written
    ],
)  # fmt: skip
def test_stage_of_a_place(events: list[Event], stage: str | None, day: int | None) -> None:
    name, since = stage_of(events)
    assert name == stage
    assert (since and since.day) == day


def test_access_expires_to_the_minute() -> None:
    issued = Event("a", "access_issued", datetime(2021, 11, 29, 14, 0))
    end = datetime(2021, 11, 30, 14, 0)
    minute = timedelta(minutes=1)
    before = rollout.history([issued], end - minute).stage
    assert before is not None and (before.name, before.deadline) == ("access_issued", end)
    after = rollout.history([issued], end).stage
    assert after is not None and (after.name, after.since, after.expired) == ("expired", end, 1)
    assert after.deadline is None
    in_time = Event("b", "activated", end - minute)
    assert stage_of([issued, in_time], end - minute) == ("activated", end - minute)
    assert stage_of([issued, in_time]) == ("activated", end - minute)


def test_access_of_which_only_the_day_is_known_ends_with_the_next_day() -> None:
    issued = Event("a", "access_issued", datetime(2021, 11, 29), precision="day")
    assert stage_of([issued], datetime(2021, 11, 30, 23, 59))[0] == "access_issued"
    assert stage_of([issued], datetime(2021, 12, 1))[0] == "expired"


def test_expired_and_filed_again_are_counted() -> None:
    events = [on(3, "verified"), on(4, "access_issued"), on(8, "filed"), on(10, "access_issued"), on(20, "filed")]
    found = rollout.history(events, datetime(2021, 11, 8, 9)).stage
    assert found is not None and (found.expired, found.refiled, found.again) == (1, 1, True)
    found = rollout.history(events, LATER).stage
    assert found is not None and (found.expired, found.refiled, found.again) == (2, 2, True)
    found = rollout.history([on(4, "access_issued"), on(9, "access_issued")], datetime(2021, 11, 9, 10)).stage
    assert found is not None and (found.name, found.expired, found.refiled) == ("access_issued", 1, 1)


def test_issued_anew_before_it_expired_has_a_new_deadline() -> None:
    found = rollout.history([on(4, "access_issued"), on(4, "access_issued", hour=20)], datetime(2021, 11, 5, 10)).stage
    assert found is not None and found.deadline == datetime(2021, 11, 5, 20)


def test_a_correction_holds_whatever_the_moment() -> None:
    wrong = on(3, "installed")
    right = on(6, "installed", corrects="installed-3")
    assert stage_of([wrong, right], datetime(2021, 11, 4)) == (None, None)
    assert stage_of([wrong, right], datetime(2021, 11, 7)) == ("installed", right.at)
    never = on(9, "withdrawn", corrects="installed-6")
    assert stage_of([on(2, "verified"), wrong, right, never]) == ("verified", datetime(2021, 11, 2, 9))
    again = on(10, "withdrawn", corrects="withdrawn-9")  # a correction that was itself wrong does not bring it back
    assert stage_of([wrong, right, never, again]) == (None, None)


def test_how_long_stages_lasted() -> None:
    events = [COLLECTIVE, on(3, "verified"), on(7, "access_issued"), on(7, "activated", hour=15), on(20, "installed")]
    day = {n: datetime(2021, 11, n, 9) for n in (1, 3, 7, 20)}
    assert rollout.history(events, LATER).spells == (
        Spell("filed", day[1], day[3], True),  # with all others, since it has a record of its own
        Spell("verified", day[3], day[7], True),
        Spell("access_issued", day[7], datetime(2021, 11, 7, 15), True),
        Spell("activated", datetime(2021, 11, 7, 15), day[20], False),  # when staff were trained is not known
        Spell("installed", day[20], None, False),
    )
    refiled = rollout.history([on(4, "access_issued"), on(9, "filed"), on(12, "verified")], LATER).spells
    assert [(s.stage, s.begin.day, s.exact) for s in refiled] == [
        ("access_issued", 4, True), ("expired", 5, True), ("verified", 9, True), ("verified", 12, False)
    ]  # fmt: skip


def at(day: int, name: str) -> Stage:
    return Stage(name, datetime(2021, 11, day, 9))


def test_a_parent_has_what_all_its_known_children_have_reached() -> None:
    installed, verified = at(5, "installed"), at(3, "verified")
    assert rollout.parent_stage([installed, verified, None]) == verified
    assert rollout.parent_stage([installed, None]) == installed
    assert rollout.parent_stage([None, None]) is None
    assert rollout.parent_stage([at(3, "installed"), at(5, "installed")]) == at(
        5, "installed"
    )  # since the last of them


def test_a_parent_is_partly_covered_by_what_is_known_of_its_children() -> None:
    installed, verified = at(5, "installed"), at(3, "verified")
    some = rollout.parent([installed, installed, installed, verified, None])
    assert (some.children, some.installed, some.unknown, some.partial) == (5, 3, 1, True)
    assert some.stage == verified
    rest_unknown = rollout.parent([installed, None])
    assert (rest_unknown.stage, rest_unknown.partial, rest_unknown.unknown) == (installed, False, 1)
    assert not rollout.parent([verified, verified]).partial
    nothing = rollout.parent([])
    assert (nothing.stage, nothing.children, nothing.partial) == (None, 0, False)


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
    assert rules.ACCESS_HOURS == 24
    assert (rules.STAYS_NEEDED, rules.LIKE_DAYS_NEEDED, rules.DISCLOSURE_K) == (30, 4, 5)
