"""Crowding rules: permitted persons, bands and verdicts. Persons at an instant only; daily figures have no place here.

Sources: FIGURES (Permitted, Crowding); caps and levels stand in the register with their instruments.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core import rules

VERDICTS = ("over", "maybe", "within", "undecided")


@dataclass(frozen=True)
class Level:
    """A PPKM level in force; None is unknown, 0 is revoked."""

    first: date
    last: date | None
    level: int | None
    instrument: str
    confirmed: bool


@dataclass(frozen=True)
class Cap:
    """A cap on a sector at a level. `binds` is 'visitors' or 'staff'."""

    sector: str
    level: int
    first: date
    last: date | None
    percent: int
    heads: int | None
    binds: str
    instrument: str
    confirmed: bool


@dataclass(frozen=True)
class Order:
    """A local closing order, of a category or of one place."""

    category: str | None
    place: str | None
    first: date
    last: date
    instrument: str | None


@dataclass(frozen=True)
class Limit:
    """Persons permitted at an instant.

    kind: 'cap' (a rule), 'capacity' (no visitor cap applies), 'closed', or 'unknown' with `reason` 'capacity', 'level'
    or 'rule'. `persons` None where unknown.
    """

    kind: str
    persons: int | None = None
    reason: str = ""
    percent: int | None = None
    level: int | None = None
    instrument: str | None = None
    confirmed: bool = True


@dataclass(frozen=True)
class Rulebook:
    """Levels, caps and orders of the register."""

    levels: Sequence[Level]
    caps: Sequence[Cap]
    orders: Sequence[Order]

    def level_on(self, day: date) -> Level | None:
        """The level in force on a day; None where no instrument is on record."""
        return next((x for x in self.levels if x.first <= day and (x.last is None or day <= x.last)), None)

    def cap_on(self, sector: str, level: int, day: date) -> Cap | None:
        """A rule without an end holds until the next of its sector and level begins."""
        begun = [c for c in self.caps if (c.sector, c.level) == (sector, level) and c.first <= day]
        latest = max(begun, key=lambda c: c.first, default=None)
        return latest if latest and (latest.last is None or day <= latest.last) else None

    def limit(self, place: str, category: str | None, sector: str | None, capacity: int | None, day: date) -> Limit:
        """What a place may hold on a day, with the instrument that says so; the stricter of share and heads binds."""
        for order in self.orders:
            if (
                order.first <= day <= order.last
                and (order.place is None or order.place == place)
                and (order.category is None or order.category == category)
            ):
                return Limit("closed", 0, instrument=order.instrument)
        in_force = self.level_on(day)
        if in_force is None or in_force.level is None:
            return Limit("unknown", reason="level", instrument=in_force.instrument if in_force else None)
        sure, level = in_force.confirmed, in_force.level
        if level == 0:
            return self._whole(capacity, level, in_force.instrument, sure)
        cap = self.cap_on(sector, level, day) if sector else None
        if cap is None:
            return Limit("unknown", reason="rule", level=level, instrument=in_force.instrument)
        if cap.binds == "staff":
            return self._whole(capacity, level, cap.instrument, sure and cap.confirmed)
        sure = sure and cap.confirmed
        if cap.percent == 0:
            return Limit("closed", 0, percent=0, level=level, instrument=cap.instrument, confirmed=sure)
        if capacity is None:
            return Limit("unknown", None, "capacity", cap.percent, level, cap.instrument, sure)
        persons = capacity * cap.percent // 100
        if cap.heads is not None:
            persons = min(persons, cap.heads)
        return Limit("cap", persons, "", cap.percent, level, cap.instrument, sure)

    def _whole(self, capacity: int | None, level: int, instrument: str, sure: bool) -> Limit:
        if capacity is None:
            return Limit("unknown", None, "capacity", None, level, instrument, sure)
        return Limit("capacity", capacity, "", None, level, instrument, sure)


def percent(persons: int, permitted: int) -> int | None:
    """Persons as a percentage of those permitted, rounded down; None where none are permitted."""
    return persons * 100 // permitted if permitted > 0 else None


def band(share: int | None) -> str | None:
    """The band of a percentage rounded down."""
    return None if share is None else next(name for edge, name in rules.BANDS if share >= edge)


def verdict(low: int | None, high: int | None, limit: Limit) -> str:
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
