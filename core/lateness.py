"""When a source's log is late: a pure rule, the same for the screens and the command line."""

from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class Late:
    """Days beyond what the source allows (1 or more), and the first day that was too late."""

    days: int
    since: date


def late(last: date, every_days: int, late_after_days: int, today: date) -> Late | None:
    """Whether a source whose last covered day is `last` is late on `today`, whose own log is not due yet; None: no.

    A source that sends every n days is due n days after its last day, and late from late_after_days after that.
    """
    days = (today - last).days - every_days - late_after_days
    return Late(days, today - timedelta(days=days - 1)) if days > 0 else None
