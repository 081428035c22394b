"""Scan rate (tingkat check-in): check-ins / counted entries of the same hours (FIGURES, Scan rate)."""

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

from core import rules


def wilson(hits: float, trials: float, quantile: float) -> tuple[float, float]:
    """Score interval of a share, 0 <= hits <= trials, trials > 0; both ends in 0..1.

    Wilson (1927), J. Am. Stat. Assoc. 22, 209-212, without continuity correction; `quantile` of the normal is 1.96 for
    95 %. Trials need not be whole: overdispersed ones are worth fewer.
    """
    share, squared = hits / trials, quantile * quantile
    middle = share + squared / (2 * trials)
    half = quantile * sqrt(share * (1 - share) / trials + squared / (4 * trials * trials))
    whole = 1 + squared / trials
    return max((middle - half) / whole, 0.0), min((middle + half) / whole, 1.0)


@dataclass(frozen=True)
class Rate:
    """Check-ins over entries. ratio: None where nobody was counted. low, high: None where there is no share.

    over: more check-ins than entries, so that the ratio is no share of the people: a counter misses people, or one
    person checks in more than once.
    """

    check_ins: int
    entries: int
    ratio: float | None
    low: float | None
    high: float | None
    over: bool


def rate(check_ins: int, entries: int) -> Rate:
    """The rate with its Wilson interval where check-ins are at most the entries; otherwise the ratio, flagged."""
    over = check_ins > entries
    if entries <= 0:
        return Rate(check_ins, entries, None, None, None, over)
    if over:
        return Rate(check_ins, entries, check_ins / entries, None, None, True)
    quantile = NormalDist().inv_cdf((1 + rules.RATE_CONFIDENCE) / 2)
    return Rate(check_ins, entries, check_ins / entries, *wilson(check_ins, entries, quantile), False)


@dataclass(frozen=True)
class Overall:
    """The view's places together: `rate` None where no place has one.

    places: with a rate; counted: with any reading; coded: with a code; flagged: with more check-ins than entries; days:
    with entries and a log; provisional: of them.
    """

    rate: Rate | None
    places: int
    counted: int
    coded: int
    flagged: int
    days: int
    provisional: int
