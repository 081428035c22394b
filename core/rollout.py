"""Rollout rules: the stage of a place from its events, of a parent from its children, and whether a code is in use.

Sources: FIGURES (Coverage, Unused, In use); stages as the domain names them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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
# What a cell shows, furthest first.
STATES = ("in_use", "unused", "installed", "verified", "filed", "unknown")


@dataclass(frozen=True)
class Stage:
    """A stage reached, and since when (None: implied, undated)."""

    name: str
    since: datetime | None
    document: str | None = None
    simulated: bool = False

    @property
    def rank(self) -> int:
        return RANK[self.name]


def own_stage(events: Sequence[Stage]) -> Stage | None:
    """The stage of a place from its events in order of time; None where it has none of its own.

    The collective filing is no record of the place itself. Access that expired leaves the place verified.
    """
    own = [e for e in events if not (e.name == "filed" and (e.document or "").startswith(rules.COLLECTIVE_DOCUMENT))]
    if not own:
        return None
    expired = max((i for i, e in enumerate(own) if e.name == "expired"), default=-1)
    valid = [e for i, e in enumerate(own) if e.name != "expired" and (i > expired or e.rank != RANK["access_issued"])]
    furthest = max(valid, key=lambda e: e.rank, default=None)
    if expired >= 0 and (furthest is None or furthest.rank <= RANK["verified"]):
        refiled = [e for e in own[expired + 1 :] if e.name == "filed"]
        return Stage("verified", *_basis(refiled[-1])) if refiled else own[expired]
    return furthest


def _basis(event: Stage) -> tuple[datetime | None, str | None, bool]:
    return event.since, event.document, event.simulated


def parent_stage(children: Sequence[Stage | None]) -> Stage | None:
    """The furthest stage that all children of known stage have reached; None where no child's is known."""
    known = [c for c in children if c is not None]
    return min(known, key=lambda c: (c.rank, -(c.since.timestamp() if c.since else 0.0)), default=None)


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
    if seen.days_installed is not None and seen.days_installed < rules.USE_DAYS:
        return "new"
    if rules.USE_DAYS - seen.known_days > rules.USE_UNKNOWN_AT_MOST or seen.mean is None:
        return "undecided"
    if seen.mean <= rules.UNUSED_MEAN:
        return "unused"
    if seen.opening_known < rules.OPENING_DAYS_KNOWN:
        return "undecided"
    return "in_use" if seen.opening_used >= rules.OPENING_DAYS_USED else "rare"
