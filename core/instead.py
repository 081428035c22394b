"""Instead of a full place: which bands still have room, and from which hour on people are usually under the limit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

ROOM = ("free", "busy")  # bands of the high end of the range: whoever is sent there shall not stand at a full door
SHOWN = 3  # places named, nearest first
AHEAD_HOURS = 24  # how far the usual is looked through


@dataclass(frozen=True)
class Hour:
    """An hour (its start, WIB): persons usually inside (None: nothing to compare with), persons permitted (None: not
    known)."""

    start: datetime
    usual: float | None
    limit: int | None

    @property
    def below(self) -> bool | None:
        """Whether the usual is under the limit; None where one of them is not known."""
        return None if self.usual is None or self.limit is None else self.usual < self.limit


@dataclass(frozen=True)
class Falls:
    """When persons inside usually fall below the limit, of a place that is full now.

    outcome: 'at' (from the hour `at` on; `again`: when they usually rise to it again, None: not in the hours known),
    'usually_below' (in the judged hour they usually are: today is out of the ordinary), 'not_by' (usually not before
    `at`, and beyond it there is nothing to compare with), 'unknown'. usual and limit: of the hour that is named.
    """

    outcome: str
    at: datetime | None = None
    again: datetime | None = None
    usual: float | None = None
    limit: int | None = None


def falls(hours: Sequence[Hour]) -> Falls:
    """From the judged hour and those that follow it, in order. An hour that is not known ends what can be said."""
    first, *later = hours
    if first.below:
        return Falls("usually_below", first.start, usual=first.usual, limit=first.limit)
    known = later[: next((n for n, hour in enumerate(later) if hour.below is None), len(later))]
    for n, hour in enumerate(known):
        if hour.below:
            again = next((h.start for h in known[n:] if not h.below), None)
            return Falls("at", hour.start, again, hour.usual, hour.limit)
    if known:
        return Falls("not_by", known[-1].start + timedelta(hours=1), usual=known[-1].usual, limit=known[-1].limit)
    return Falls("unknown")
