"""What a place may hold at an instant, by the rule of its sector, the level and the day. The one place of limits.

Sources: FIGURES (Permitted); levels, caps and orders stand in the register, each with instrument and confidence.
Persons at an instant and visits of a day are different types: neither divides nor compares with the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

_SURE = ("low", "medium", "high")  # confidence of the register, least first


class _Count:
    """A whole number of something, never negative; `_Count` of another kind is refused wherever it is passed."""

    n: int

    def __post_init__(self) -> None:
        if isinstance(self.n, bool) or not isinstance(self.n, int) or self.n < 0:
            raise TypeError(f"{type(self).__name__} is a whole number of at least 0, not {self.n!r}")


@dataclass(frozen=True, order=True)
class Persons(_Count):
    """People inside at one instant: of a range, a head count, a capacity or a limit."""

    n: int

    def percent_of(self, permitted: "Persons") -> int | None:
        """As a percentage of those permitted, rounded down; None where none are permitted."""
        if not isinstance(permitted, Persons):
            raise TypeError(f"persons at an instant are no share of {type(permitted).__name__}")
        return self.n * 100 // permitted.n if permitted.n else None


@dataclass(frozen=True, order=True)
class DailyVisits(_Count):
    """Visits of a whole day: what a mall says it takes 'a day' is this, and neither a capacity nor a limit."""

    n: int


class Basis(StrEnum):
    """What a capacity rests on."""

    RECORDED = "recorded"  # in the register, sourced
    AREA = "area"  # estimated from floor area
    OBSERVED = "observed"  # said by a head count, from its day on, where the register has none
    SIMULATED = "simulated"


@dataclass(frozen=True)
class Capacity:
    """Persons a place holds, and how that is known."""

    persons: Persons
    basis: Basis

    def __post_init__(self) -> None:
        if not isinstance(self.persons, Persons):
            raise TypeError(f"a capacity is persons at an instant, not {type(self.persons).__name__}")


@dataclass(frozen=True)
class Level:
    """A PPKM level in force; None is unknown, 0 is revoked."""

    first: date
    last: date | None
    level: int | None
    instrument: str
    confidence: str

    @property
    def confirmed(self) -> bool:
        """Whether a source was found that says so."""
        return self.confidence != "low"


@dataclass(frozen=True)
class Cap:
    """A rule: the cap on a sector at a level from a day on. `binds` is 'visitors' or 'staff'."""

    sector: str
    level: int
    first: date
    last: date | None
    percent: int
    heads: int | None
    binds: str
    instrument: str
    confidence: str


@dataclass(frozen=True)
class Order:
    """A local closing order, of a category or of one place."""

    category: str | None
    place: str | None
    first: date
    last: date
    instrument: str | None
    confidence: str


class State(StrEnum):
    """Whether there is a limit, and if not, what is missing. None of these is a zero of another."""

    CAP = "cap"  # a share of the capacity or a head limit
    NO_CAP = "no_cap"  # no rule binds visitors: the capacity itself
    CLOSED_BY_RULE = "closed_by_rule"
    CLOSED_BY_ORDER = "closed_by_order"
    NO_CAPACITY = "no_capacity"
    NO_LEVEL = "no_level"
    NO_RULE = "no_rule"


_KIND = {
    State.CAP: "cap",
    State.NO_CAP: "capacity",
    State.CLOSED_BY_RULE: "closed",
    State.CLOSED_BY_ORDER: "closed",
}
_MISSING = {State.NO_CAPACITY: "capacity", State.NO_LEVEL: "level", State.NO_RULE: "rule"}


@dataclass(frozen=True)
class Limit:
    """Persons permitted at an instant (None: not known), and why.

    level: in force, None where unknown. rule: of the sector at that level, also where an order closes over it or it
    binds staff only. instrument: the document that decides. confidence: of the less sure of level and rule; None where
    one of them is not known.
    """

    state: State
    persons: Persons | None = None
    capacity: Capacity | None = None
    level: int | None = None
    rule: Cap | None = None
    instrument: str | None = None
    confidence: str | None = None

    @property
    def kind(self) -> str:
        """'cap', 'capacity' (no visitor cap applies), 'closed' or 'unknown': the word the screens use."""
        return _KIND.get(self.state, "unknown")

    @property
    def reason(self) -> str:
        """What is missing for a limit: 'capacity', 'level' or 'rule'; '' where there is one."""
        return _MISSING.get(self.state, "")

    @property
    def confirmed(self) -> bool:
        """A rule or level for which no source was found gives a limit, but an unconfirmed one."""
        return self.confidence != "low"

    @property
    def percent(self) -> int | None:
        """The rule's cap on visitors; None where none binds them or an order overrides it."""
        if self.rule is None or self.rule.binds == "staff" or self.state is State.CLOSED_BY_ORDER:
            return None
        return self.rule.percent

    @property
    def by_heads(self) -> bool:
        """Whether the head limit is the stricter one."""
        if self.state is not State.CAP or self.rule is None or self.rule.heads is None or self.capacity is None:
            return False
        return self.rule.heads < _share(self.capacity, self.rule).n


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

    def order_on(self, place: str, category: str | None, day: date) -> Order | None:
        """The local order that closes a place on a day."""
        return next(
            (
                order
                for order in self.orders
                if order.first <= day <= order.last
                and (order.place is None or order.place == place)
                and (order.category is None or order.category == category)
            ),
            None,
        )

    def limit(
        self,
        place: str,
        category: str | None,
        sector: str | None,
        capacity: Capacity | None,
        at: date | datetime,
        *,
        level: int | None = None,
    ) -> Limit:
        """What a place may hold at a moment, with the instrument that says so; the stricter of share and heads binds.

        `level` supposes another one than that in force: its rule of the day holds, and local orders stand.
        """
        day = at.date() if isinstance(at, datetime) else at
        in_force = self.level_on(day)
        if level is None:
            level, decree = (in_force.level, in_force.instrument) if in_force else (None, None)
            sure = in_force.confidence if in_force else None
        else:
            decree, sure = None, "high"  # supposed, not doubted
        rule = self.cap_on(sector, level, day) if sector and level is not None else None
        if order := self.order_on(place, category, day):
            return Limit(State.CLOSED_BY_ORDER, Persons(0), capacity, level, rule, order.instrument, order.confidence)
        if level is None or sure is None:
            return Limit(State.NO_LEVEL, capacity=capacity, instrument=decree)
        if level == 0:
            return self._whole(capacity, level, None, decree, sure)
        if rule is None:
            return Limit(State.NO_RULE, capacity=capacity, level=level, instrument=decree)
        sure = min(sure, rule.confidence, key=_SURE.index)
        if rule.binds == "staff":
            return self._whole(capacity, level, rule, rule.instrument, sure)
        if rule.percent == 0:
            return Limit(State.CLOSED_BY_RULE, Persons(0), capacity, level, rule, rule.instrument, sure)
        if capacity is None:
            return Limit(State.NO_CAPACITY, None, None, level, rule, rule.instrument, sure)
        heads = [] if rule.heads is None else [Persons(rule.heads)]
        persons = min([_share(capacity, rule), *heads])
        return Limit(State.CAP, persons, capacity, level, rule, rule.instrument, sure)

    @staticmethod
    def _whole(capacity: Capacity | None, level: int, rule: Cap | None, instrument: str | None, sure: str) -> Limit:
        if capacity is None:
            return Limit(State.NO_CAPACITY, None, None, level, rule, instrument, sure)
        return Limit(State.NO_CAP, capacity.persons, capacity, level, rule, instrument, sure)


def _share(capacity: Capacity, rule: Cap) -> Persons:
    """The rule's share of a capacity, rounded down to whole persons."""
    return Persons(capacity.persons.n * rule.percent // 100)
