"""The dwell model and the estimate of who is inside, one person after the other, apart from the program's own way."""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from core import rules

STEP = timedelta(minutes=5)


class Matched(NamedTuple):
    """A matched stay of the month and category the model is fitted on."""

    site: str
    regular: bool
    entered: datetime
    left: datetime


def ceiling(at: datetime) -> datetime:
    """The first five-minute instant that is not before `at`."""
    midnight = datetime(at.year, at.month, at.day)
    return midnight + math.ceil((at - midnight) / STEP) * STEP


def hour_of(entered: datetime) -> int:
    """The hour of entry: what ends with a whole hour belongs to the one before, but for midnight."""
    midnight = datetime(entered.year, entered.month, entered.day)
    return max(math.ceil((entered - midnight) / timedelta(seconds=1)) - 1, 0) // 3600


def alive(stays: Sequence[Matched], site: str, regular: bool, hour: int, age: int) -> float:
    """Share still inside at an age in steps: the site's hour leans on the category's, that on all hours'."""

    def seen(some: list[Matched]) -> tuple[float, int]:
        steps = [(s.left - s.entered) // STEP for s in some]
        return sum((n > age) + 0.5 * (n == age) for n in steps), len(steps)

    inside, n = seen(list(stays))
    share = inside / n
    kind = [s for s in stays if s.regular == regular]
    hours = [s for s in kind if hour_of(s.entered) == hour]
    for some in (kind, hours, [s for s in hours if s.site == site]):
        inside, n = seen(some)
        share = (inside + rules.DWELL_SHRINK * share) / (n + rules.DWELL_SHRINK)
    return share


def chance(
    stays: Sequence[Matched], site: str, regular: bool, entered: datetime, at: datetime,
    *, closing: datetime, seen_next: datetime | None = None,
) -> float:  # fmt: skip
    """That who came and did not check out is inside at a five-minute instant.

    closing: closing time or cap. A next scan before it tells that the person had left by then.
    """
    if at < entered or at >= min(closing, seen_next or closing):
        return 0.0
    since, hour = ceiling(entered), hour_of(entered)
    age = (at - since) // STEP
    share = alive(stays, site, regular, hour, age)
    if seen_next is None or seen_next >= closing:
        return share
    last = (ceiling(seen_next) - since) // STEP
    by_then = alive(stays, site, regular, hour, last)
    return (share - by_then) / (1 - by_then) if 1 - by_then > 0.01 else 1 - (age + 0.5) / last
