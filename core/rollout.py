"""Rollout rules: the stages of a place from its events, of a parent from its children, and whether a code is in use.

Sources: FIGURES (Coverage, Unused, In use); stages as the domain names them. Events are facts about a moment, so a
correction holds whatever moment is asked for: what was shown before it was known stands in the builds of that time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import numpy as np

from core import rules

# Rank of what was reached; a later stage implies the earlier ones. 'expired' is a side branch of verified.
RANK = {
    "filed": 1,
    "verified": 2,
    "expired": 2,
    "access_issued": 3,
    "activated": 4,
    "trained": 5,
    "installed": 6,
    "first_check_in": 7,
}
# The eight stages in their order; the last, in use, is computed from scans and can be lost.
CHAIN = (*(name for name in RANK if name != "expired"), "in_use")
# What a cell shows, furthest first.
STATES = ("in_use", "unused", "installed", "verified", "filed", "unknown")


@dataclass(frozen=True)
class Event:
    """One dated stage of a place. precision: 'minute', or 'day' where only the day of `at` is known."""

    event_id: str
    stage: str
    at: datetime
    document: str | None = None
    corrects: str | None = None
    precision: str = "minute"
    simulated: bool = False

    @property
    def deadline(self) -> datetime:
        """When access issued by this event ends unless it is used: to the minute, or with the next day."""
        if self.precision == "day":
            return datetime.combine(self.at.date(), datetime.min.time()) + timedelta(days=2)
        return self.at + timedelta(hours=rules.ACCESS_HOURS)


@dataclass(frozen=True)
class Stage:
    """A stage a place is in: since when (None: implied, undated), by which document.

    deadline: of access not yet used. expired, refiled: how often access ran out, and how often the place filed again
    after it. again: it has filed again and waits anew.
    """

    name: str
    since: datetime | None
    document: str | None = None
    simulated: bool = False
    precision: str = "minute"
    deadline: datetime | None = None
    expired: int = 0
    refiled: int = 0
    again: bool = False

    @property
    def rank(self) -> int:
        return RANK[self.name]


@dataclass(frozen=True)
class Spell:
    """A stage from when it was entered until the next (None: still in it).

    exact: the next stage followed on it directly and both are known to the minute or day; otherwise a stage without a
    date lies between, and how long this one lasted is not known.
    """

    stage: str
    begin: datetime
    end: datetime | None
    exact: bool


@dataclass(frozen=True)
class History:
    """What became of a place by a moment: its present stage (None: unknown) and the stages it was in, in order."""

    stage: Stage | None = None
    spells: tuple[Spell, ...] = ()


def valid(events: Iterable[Event]) -> list[Event]:
    """Events that no other corrects, in order of time; what says only that another is wrong is none itself."""
    found = list(events)
    wrong = {e.corrects for e in found if e.corrects}
    kept = [e for e in found if e.event_id not in wrong and e.stage != "withdrawn"]
    return sorted(kept, key=lambda e: (e.at, RANK[e.stage], e.event_id))


def collective(event: Event) -> bool:
    """The filing of all offices at once, which is no record of one place itself."""
    return event.stage == "filed" and (event.document or "").startswith(rules.COLLECTIVE_DOCUMENT)


def history(events: Iterable[Event], moment: datetime) -> History:
    """The stages of a place up to `moment`, from all events that are known of it, corrections included.

    A stage is entered by its own event; an event of a later stage implies those before. Access that nothing followed
    by its deadline has expired at it, recorded or not; at the deadline itself it no longer holds.
    """
    walk = _Walk()
    for event in valid(events):
        if event.at > moment:
            break
        if collective(event):
            walk.filed_at = walk.filed_at or event.at
        else:
            walk.lapse(event.at)
            walk.take(event)
    walk.lapse(moment)
    return walk.history()


@dataclass
class _Walk:
    """The state of a place while its events are gone through in order of time."""

    now: Stage | None = None
    spells: list[Spell] = field(default_factory=list)
    access: Event | None = None
    filed_at: datetime | None = None  # with all others; it counts once the place has a record of its own

    def lapse(self, moment: datetime) -> None:
        """Access whose deadline has come."""
        if self.access and self.access.deadline <= moment:
            self._expire(self.access.deadline, self.access)

    def take(self, event: Event) -> None:
        at = self.now.rank if self.now else 0
        if event.stage == "expired":
            if at <= RANK["access_issued"]:
                self._expire(event.at, event)
        elif event.stage == "filed" and self.now and self.now.name == "expired":
            again = replace(self.now, name="verified", refiled=self.now.refiled + 1, again=True)
            self._enter(event, again, exact=True)
        elif RANK[event.stage] > at or (self.now and self.now.name == "expired" and event.stage != "filed"):
            known = self.now or Stage(event.stage, None)
            filed = known.refiled + (known.name == "expired")  # undated, but nothing is issued without it
            entered = replace(known, name=event.stage, refiled=filed, again=False)
            self._enter(event, entered, exact=RANK[event.stage] == at + 1)
        elif event.stage == "verified" and self.now and self.now.again:
            self._enter(event, replace(self.now, again=False), exact=True)
        elif event.stage == "access_issued" and self.now and self.now.name == "access_issued":
            self._enter(event, self.now, exact=False)  # issued anew: the new deadline holds

    def _expire(self, at: datetime, event: Event) -> None:
        if self.now and self.now.name == "expired":
            return
        before = self.now or Stage("expired", None)
        self._enter(
            replace(event, at=at, stage="expired"),
            replace(before, name="expired", expired=before.expired + 1),
            exact=True,
        )

    def _enter(self, event: Event, stage: Stage, *, exact: bool) -> None:
        if not self.spells and self.filed_at and stage.name != "filed":
            self.spells.append(Spell("filed", self.filed_at, None, False))
            exact = RANK[stage.name] == RANK["verified"]
        if self.spells:
            last = self.spells[-1]
            self.spells[-1] = replace(last, end=event.at, exact=exact)
        self.spells.append(Spell(stage.name, event.at, None, False))
        issued = event.stage == "access_issued"
        self.access = event if issued else None
        self.now = replace(
            stage, since=event.at, document=event.document, simulated=event.simulated, precision=event.precision,
            deadline=event.deadline if issued else None,
        )  # fmt: skip

    def history(self) -> History:
        return History(self.now, tuple(self.spells))


@dataclass(frozen=True)
class Parent:
    """A parent's stage and its fraction: of `children`, how many have a known stage, and how many reached each."""

    stage: Stage | None
    children: int
    unknown: int
    installed: int

    @property
    def partial(self) -> bool:
        """Some of the children are installed, and some are known not to be."""
        return 0 < self.installed < self.children - self.unknown


def parent_stage(children: Sequence[Stage | None]) -> Stage | None:
    """The furthest stage that all children of known stage have reached; None where no child's is known."""
    known = [c for c in children if c is not None]
    return min(known, key=lambda c: (c.rank, -(c.since.timestamp() if c.since else 0.0)), default=None)


def parent(children: Sequence[Stage | None]) -> Parent:
    """A parent's stage with the counts of its children."""
    known = [c for c in children if c is not None]
    installed = sum(c.rank >= RANK["installed"] for c in known)
    return Parent(parent_stage(children), len(children), len(children) - len(known), installed)


def state(stage: str | None, use: str | None) -> str:
    """The cell's state of STATES: eight stages show as four, and an installed code may be in use or unused."""
    if stage is None:
        return "unknown"
    if RANK[stage] >= RANK["installed"]:
        return use if use in ("in_use", "unused") else "installed"
    return "filed" if stage == "filed" else "verified"


@dataclass(frozen=True)
class Observed:
    """What is known of a code's use before a moment.

    days_installed: complete days since installation (None: not known, long ago); known_days of the last USE_DAYS and
    the check-ins on them; opening_known and opening_used of the last OPENING_DAYS opening days.
    """

    has_source: bool
    days_installed: int | None
    known_days: int
    check_ins: int
    opening_known: int
    opening_used: int

    @property
    def mean(self) -> float | None:
        """Check-ins a day over the known days of the last USE_DAYS."""
        return self.check_ins / self.known_days if self.known_days else None


def use(seen: Observed) -> str:
    """'in_use', 'rare', 'unused', 'new', 'undecided' or 'no_data' of an installed code."""
    if not seen.has_source:
        return "no_data"
    since = np.array([np.nan if seen.days_installed is None else seen.days_installed])
    numbers = (seen.known_days, seen.check_ins, seen.opening_known, seen.opening_used)
    return str(uses(since, *(np.array([n]) for n in numbers))[0])


def uses(
    days_installed: np.ndarray, known_days: np.ndarray, check_ins: np.ndarray, opening_known: np.ndarray,
    opening_used: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """The use of many codes that belong to a source, from the columns of Observed; days_installed is NaN where open."""
    unknown = rules.USE_DAYS - known_days > rules.USE_UNKNOWN_AT_MOST
    return np.select(
        [
            days_installed < rules.USE_DAYS,
            unknown,
            check_ins <= rules.UNUSED_MEAN * known_days,
            opening_known < rules.OPENING_DAYS_KNOWN,
            opening_used >= rules.OPENING_DAYS_USED,
        ],
        ["new", "undecided", "unused", "undecided", "in_use"],
        "rare",
    )
