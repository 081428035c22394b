"""Crowding rules: bands and verdicts of persons at an instant against what is permitted (core.capacity).

Sources: FIGURES (Crowding).
"""

from core import rules
from core.capacity import Limit, Persons

VERDICTS = ("over", "maybe", "within", "undecided")
OVER = ("over", "maybe")  # surely and possibly


def percent(persons: Persons, permitted: Persons) -> int | None:
    """Persons as a percentage of those permitted, rounded down; None where none are permitted."""
    return persons.percent_of(permitted)


def band(share: int | None) -> str | None:
    """The band of a percentage rounded down."""
    return None if share is None else next(name for edge, name in rules.BANDS if share >= edge)


def verdict(low: Persons | None, high: Persons | None, limit: Limit) -> str:
    """'over' if the whole likely range is over the limit, 'maybe' if it straddles it; exactly full is 'within'."""
    if low is None or high is None or limit.persons is None:
        return "undecided"
    if low > limit.persons:
        return "over"
    return "maybe" if high > limit.persons else "within"


def against_usual(persons: float | None, usual: float | None) -> str | None:
    """How persons compare with the usual of like days; None where there is nothing to compare with."""
    if persons is None or usual is None:
        return None
    if usual == 0:
        return "same" if persons == 0 else "much_more"
    ratio = persons / usual
    return next((name for edge, name in rules.AGAINST_USUAL if ratio <= edge), "much_more")
