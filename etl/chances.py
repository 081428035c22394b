"""How many of those who did not check out are inside: the sum of their chances, at five-minute instants of some days.

The sum has a mean and a variance; the likely range is from its 10th to its 90th percentile. It is computed by site, as
products of matrices: check-ins by instant times shares still inside by age.
"""

from dataclasses import dataclass
from datetime import date
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from core import rules
from etl.dwell import DAY, HOURS, STEP, Curves, Floats, Ints

HOUR = 3600 // STEP  # instants
NEVER = 1_000_000  # as a step of a day: nothing ends it
FINE = 6  # decimals of a sum of chances: beyond them it depends on the order of adding
_OUTSIDE = (1 - rules.LIKELY) / 2  # on either side of the likely range
_Z = NormalDist().inv_cdf(1 - _OUTSIDE)
_Z_OF = np.arange(-6, 6.001, 0.002)
_SHARE = np.array([NormalDist().cdf(z) for z in _Z_OF])  # of the normal law below it


@dataclass(frozen=True)
class Span:
    """Days computed at once, by the instants of their days; `behind` days lie before them, for who is still inside."""

    first: date
    days: int
    behind: int

    @property
    def instants(self) -> int:
        return (self.days + self.behind) * DAY

    def at(self, day: Ints, step: Ints) -> Ints:
        """The index of a step of a day."""
        index: Ints = np.clip((day + self.behind) * DAY + step, 0, self.instants)
        return index


Table = dict[str, Ints]


def count(span: Span, table: Table, until: Ints) -> Floats:
    """How many are inside at each instant of the span."""
    change = np.zeros(span.instants + 1)
    for step, sign in ((table["since"], 1), (np.maximum(until, table["since"]), -1)):
        change += sign * np.bincount(span.at(table["day"], step), table["n"], len(change))
    return change[:-1].cumsum()


class Chances:
    """Mean and variance of how many of the open check-ins are inside, at each instant of a span."""

    def __init__(self, span: Span) -> None:
        self.span = span
        self.mean = np.zeros(span.instants)
        self.variance = np.zeros(span.instants)

    def add(self, opened: Table, curves: Curves, cap: int) -> None:
        """Check-ins of one site whose dwell has these curves."""
        alive = curves.alive[:, :, :cap]
        spread = curves.spread[:, :, :cap]
        early = opened["next"] < NEVER
        if early.any():
            self._until_next({k: v[early] for k, v in opened.items()}, alive)
        if not early.all():
            self._to_closing({k: v[~early] for k, v in opened.items()}, alive, spread)

    def _until_next(self, opened: Table, alive: Floats) -> None:
        """Who was next scanned before closing had left by then: the chance is that of having left later but by then."""
        lasting = opened["next"] > opened["since"]
        kind, since, n = (opened[name][lasting] for name in ("kind", "since", "n"))
        at, hour, last = self.span.at(opened["day"][lasting], since), _hour(since), opened["next"][lasting] - since
        longest = alive.shape[2]
        by_then = np.where(last < longest, alive[kind, hour, np.minimum(last, longest - 1)], 0)
        steps = np.minimum(last, longest)
        which = np.repeat(np.arange(len(steps)), steps)
        age = np.arange(len(which)) - np.repeat(np.cumsum(steps) - steps, steps)
        left = 1 - by_then[which]
        # Of hardly anybody who leaves so soon nothing is known: then one moment is as likely as another.
        evenly = 1 - (age + 0.5) / steps[which]
        later = alive[kind[which], hour[which], age] - by_then[which]
        chance = np.where(left > 0.01, later / np.maximum(left, 0.01), evenly)
        index = at[which] + age
        inside = index < self.span.instants
        index, chance, n = index[inside], chance[inside], n[which][inside]
        self.mean += np.bincount(index, n * chance, self.span.instants)
        self.variance += np.bincount(index, n * chance * (1 - chance), self.span.instants)

    def _to_closing(self, opened: Table, alive: Floats, spread: Floats) -> None:
        """All others, in products of matrices: one for each of the times at which a day's check-ins end."""
        steps = alive.shape[2]
        closing = np.where(opened["until"] < opened["since"] + steps, opened["until"], NEVER)
        ends, which = np.unique(opened["day"] * (NEVER + 1) + closing, return_inverse=True)
        days, endings = np.divmod(ends, NEVER + 1)
        nth = np.arange(len(days)) - np.searchsorted(days, days)  # of the day's ends
        for n in range(int(nth.max()) + 1):
            own = nth[which] == n
            day, ending = days[nth == n], endings[nth == n]
            first, last = int(opened["since"][own].min()), int(opened["since"][own].max())
            width = last - first + steps
            mean, variance = np.zeros((len(day), width)), np.zeros((len(day), width))
            for kind in np.unique(opened["kind"][own]):
                for hour in np.unique(_hour(opened["since"][own & (opened["kind"] == kind)])):
                    these = own & (opened["kind"] == kind) & (_hour(opened["since"]) == hour)
                    self._product(mean, variance, opened, these, np.searchsorted(day, opened["day"][these]),
                                  first, alive[kind, hour], spread[kind, hour])  # fmt: skip
            open_until = np.arange(first, first + width) < ending[:, None]
            for row, at in enumerate(self.span.at(day, np.full(len(day), first))):
                to = min(at + width, self.span.instants)
                self.mean[at:to] += (mean[row] * open_until[row])[: to - at]
                self.variance[at:to] += (variance[row] * open_until[row])[: to - at]

    @staticmethod
    def _product(
        mean: Floats, variance: Floats, opened: Table, these: npt.NDArray[np.bool_], row: Ints, first: int,
        alive: Floats, spread: Floats,
    ) -> None:  # fmt: skip
        """Adds check-ins of one hour and kind. Their curve may be wrong for all alike: that is one error, not many."""
        since, n, steps = opened["since"][these], opened["n"][these], len(alive)
        start, rows = int(since.min()), int(since.max() - since.min()) + 1
        came = np.bincount(row * rows + since - start, n, len(mean) * rows).reshape(len(mean), rows)
        age = np.arange(steps + rows - 1) - np.arange(rows)[:, None]
        there = (age >= 0) & (age < steps)
        age = np.where(there, age, 0)
        chance, error = np.where(there, alive[age], 0), np.where(there, spread[age], 0)
        to = slice(start - first, start - first + steps + rows - 1)
        mean[:, to] += came @ chance
        variance[:, to] += came @ (chance * (1 - chance)) + (came @ error) ** 2


def _hour(since: Ints) -> Ints:
    """The hour of entry of those inside from a step of the day on: the hour that a whole one ends."""
    hour: Ints = np.minimum(np.maximum(since - 1, 0) // HOUR, HOURS - 1)
    return hour


def likely(mean: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """The 10th and the 90th percentile of a number of persons, by the normal law.

    Whole numbers seldom leave just one in ten on either side: taken is the one that comes nearest.
    """
    spread = np.sqrt(np.maximum(variance, 0))
    reach, safe = _Z * spread, np.where(spread > 0, spread, 1)

    def end(at: Floats, sign: int) -> Floats:
        inner = np.floor(np.round(at, FINE)) if sign > 0 else np.ceil(np.round(at, FINE))  # towards the mean
        beyond = [1 - np.interp(sign * (k - mean) / safe + 0.5 / safe, _Z_OF, _SHARE) for k in (inner, inner + sign)]
        outer = np.abs(beyond[1] - _OUTSIDE) < np.abs(beyond[0] - _OUTSIDE)
        return np.where(spread > 0, np.where(outer, inner + sign, inner), np.round(mean))

    low, high = end(mean - reach - 0.5 + 1, -1), end(mean + reach - 0.5, 1)
    return np.maximum(low, 0), np.maximum(high, 0)
