"""Which figure holds: a published figure of a day is sementara, tetap or diperbaiki, and until when it may change.

Pure rules over what was published of one day, oldest first. Shares are of a day's scans that have usually arrived.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from core import rules

PROVISIONAL, PARTIAL, FINAL, REVISED, OPEN, UNKNOWN = "provisional", "partial", "final", "revised", "open", "unknown"


@dataclass(frozen=True)
class Version:
    """What one build published of a day: visits (None: no file covers it), completeness (None: unknown), whether it
    said that more was to come: provisional, or partial (of some of the places with a code)."""

    visits: int | None
    completeness: float | None
    provisional: bool
    partial: bool = False

    @property
    def quotable(self) -> bool:
        """Whether it could be quoted as it stood."""
        return self.visits is not None and not self.provisional and not self.partial


def block(shares: Iterable[float | None]) -> list[bool]:
    """Whether each day, in order, is provisional: the first one under COMPLETE_SHARE and all after it.

    An unknown share (None) begins no block, but stands in one: later days are never more certain than earlier ones.
    """
    found, begun = [], False
    for share in shares:
        begun = begun or (share is not None and share < rules.COMPLETE_SHARE)
        found.append(begun)
    return found


def statuses(versions: Sequence[Version]) -> list[str]:
    """The status of each version of a day, oldest first.

    revised: an earlier version that could be quoted as it stood had another figure (this one may be provisional all
    the same). Else unknown without a figure, provisional inside the trailing block, partial where a place's log is
    missing, open where nobody can say whether all has arrived, and final. A provisional or partial figure that grows
    is not revised: it said that it would.
    """
    found = []
    quotable: set[int] = set()
    for version in versions:
        if quotable - {version.visits}:
            found.append(REVISED)
        elif version.visits is None:
            found.append(UNKNOWN)
        elif version.provisional:
            found.append(PROVISIONAL)
        elif version.partial:
            found.append(PARTIAL)
        else:
            found.append(OPEN if version.completeness is None else FINAL)
        if version.visits is not None and version.quotable:
            quotable.add(version.visits)
    return found


def days_needed(shares: Iterable[tuple[date, float]], last_upload: date) -> int | None:
    """Days after which a source's day is complete: the fewest that sufficed for one of its days; None: for none yet."""
    enough = [(last_upload - day).days for day, share in shares if share >= rules.COMPLETE_SHARE]
    return min(enough, default=None)


def changes_until(days: Sequence[date], needed: Sequence[int | None]) -> list[date | None]:
    """Until when each provisional day, in order, probably changes: it ends with the day that makes it complete.

    `needed`: of the slowest source of each day, as `days_needed`; None is unknown. A day of the block waits for those
    before it, so one that is unknown leaves all after it unknown.
    """
    found: list[date | None] = []
    latest: date | None = date.min
    for day, n in zip(days, needed, strict=True):
        latest = None if n is None or latest is None else max(latest, day + timedelta(days=n))
        found.append(latest)
    return found
