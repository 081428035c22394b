"""Use or visits: why the visits of one period differ from those of an earlier one (FIGURES, Usual: comparisons).

Pure rules over pairs of like days (same weekday, one of each period). A verdict rests on the QR points active
throughout both; what new ones add stands apart. More check-ins are more visits only if people did not merely scan more,
and fewer only if they did not scan less: a stricter or looser level pushes scanning too, so that without counters at
the same places such a change cannot be ascribed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import inf, log
from statistics import NormalDist

from core import rules
from core.scan_rate import wilson

VERDICTS = UP, DOWN, MORE_CODES, LESS_USE, UNSURE = "up", "down", "more_codes", "less_use", "unsure"
# Why a day is left out, in the order that names the leading one.
LEFT_OUT = ("uncovered", "provisional", "holiday", "weekday")
SAME, RELAXED, TIGHTENED, MIXED, UNKNOWN = "same", "relaxed", "tightened", "mixed", "unknown"
Pairs = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Change:
    """Visits of the compared days, before and after, pair by pair; `places`: with any."""

    pairs: tuple[tuple[int, int], ...] = ()
    places: int = 0

    @property
    def before(self) -> int:
        return sum(a for a, _ in self.pairs)

    @property
    def after(self) -> int:
        return sum(b for _, b in self.pairs)

    @property
    def difference(self) -> int:
        return self.after - self.before

    @property
    def share(self) -> float | None:
        """Change as a share of before; None where there was nothing before."""
        return self.difference / self.before if self.before else None

    @property
    def larger(self) -> int:
        return max(self.before, self.after)


@dataclass(frozen=True)
class Counted:
    """Entries by counters at places of the same codes, over hours counted on both days of a pair.

    check_ins and entries: before and after. of: share of the earlier visits at the same codes that these places had.
    """

    check_ins: Change
    entries: Change
    of: float
    places: int = 0


@dataclass(frozen=True)
class Compared:
    """All that a verdict rests on.

    total = same + new + grown + ended, pair by pair. same: at places whose QR points are the same on every
    compared day; settled: of them, at points that were 14 days old; new: at places whose code began in the earlier
    period or after it; grown: at places that have more points; ended:
    at places that lost or moved points. left_out: days of the later period by reason. known: share of the places and
    days of the kept pairs that files cover on both. level: how the PPKM level changed. silent: share of the fall at
    the same codes at places that had check-ins and have none; closed: at places closed by a local order on the later
    days.
    """

    total: Change
    same: Change
    settled: Change
    new: Change = field(default_factory=Change)
    grown: Change = field(default_factory=Change)
    ended: Change = field(default_factory=Change)
    left_out: Mapping[str, int] = field(default_factory=dict)
    known: float = 1.0
    level: str = SAME
    silent: float = 0.0
    silent_places: int = 0
    closed: float = 0.0
    counted: Counted | None = None


@dataclass(frozen=True)
class Verdict:
    """One of VERDICTS and its reason, a key of the catalogue's [comparison.reason]."""

    word: str
    reason: str


@dataclass(frozen=True)
class Comparison:
    """The figures with their verdict.

    first, last: of the earlier period; then: its day of each pair, now: the later one; levels: of both; days: of the
    later period; unconfirmed: a level that no source confirms is among them.
    """

    first: date
    last: date
    days: int
    then: tuple[date, ...]
    now: tuple[date, ...]
    levels: tuple[tuple[int | None, int | None], ...]
    unconfirmed: bool
    found: Compared
    verdict: Verdict


def quantile(freedom: int) -> float:
    """The t quantile of the two-sided interval; Abramowitz and Stegun 26.7.5, within 1 % from 3 degrees on."""
    z = NormalDist().inv_cdf((1 + rules.COMPARE_CONFIDENCE) / 2)
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )


def interval(pairs: Pairs) -> tuple[float, float] | None:
    """Interval of after / before (0 to inf) given how the ratio varies from pair to pair; None with too few pairs.

    Given a pair's sum, the later count is binomial (Przyborowski and Wilenski 1940, for two Poisson rates), with the
    variance that pairs really show: Pearson's chi-square / (pairs - 1), at least 1 (McCullagh and Nelder 1989, 4.5).
    """
    pairs = [pair for pair in pairs if sum(pair)]
    if len(pairs) < rules.COMPARE_PAIRS_NEEDED:
        return None
    after, both = sum(b for _, b in pairs), sum(a + b for a, b in pairs)
    share = after / both
    spread = 1.0
    if 0 < share < 1:
        squares = sum((b - (a + b) * share) ** 2 / ((a + b) * share * (1 - share)) for a, b in pairs)
        spread = max(squares / (len(pairs) - 1), 1.0)
    low, high = wilson(after / spread, both / spread, quantile(len(pairs) - 1))
    return low / (1 - low) if low < 1 else inf, high / (1 - high) if high < 1 else inf


def odd_pair(pairs: Pairs) -> int | None:
    """The pair that departs from the others: more than half of what they vary beyond chance is its own; None: none."""
    after, both = sum(b for _, b in pairs), sum(a + b for a, b in pairs)
    if len(pairs) < rules.COMPARE_PAIRS_NEEDED or not 0 < after < both:
        return None
    share = after / both
    squares = [(b - (a + b) * share) ** 2 / max((a + b) * share * (1 - share), 1e-9) for a, b in pairs]
    top = max(range(len(squares)), key=squares.__getitem__)
    wide = sum(squares) > rules.COMPARE_ODD_SPREAD * (len(pairs) - 1)
    return top if wide and 2 * squares[top] > sum(squares) else None


def direction(change: Change) -> str | None:
    """'up' or 'down' where the change is beyond what pairs of days vary and at least COMPARE_CHANGE; None otherwise."""
    found = interval(change.pairs)
    if found is None or change.larger < rules.COMPARE_VISITS_NEEDED:
        return None
    least = rules.COMPARE_CHANGE * change.before
    if found[0] > 1 and change.difference >= least:
        return UP
    if found[1] < 1 and -change.difference >= least:
        return DOWN
    return None


def level_change(levels: Sequence[tuple[int | None, int | None]]) -> str:
    """How the level changed over the pairs; lower is looser, 0 is revoked. One unknown level leaves it unknown."""
    if any(a is None or b is None for a, b in levels):
        return UNKNOWN
    moves = {RELAXED if b < a else TIGHTENED for a, b in levels if a is not None and b is not None and a != b}
    return MIXED if len(moves) > 1 else moves.pop() if moves else SAME


def explained(counted: Counted | None, way: str) -> float | None:
    """How much of the change of check-ins the counters saw too, as a ratio of logarithms; None where they cannot tell:
    too few entries, counters where few of the visits were, or check-ins there that did not move this way."""
    if counted is None or counted.of < rules.COMPARE_DOUBT_SHARE or direction(counted.check_ins) != way:
        return None
    if counted.entries.larger < rules.COMPARE_VISITS_NEEDED:
        return None

    def moved(change: Change) -> float:
        return log((change.after + 0.5) / (change.before + 0.5))

    return moved(counted.entries) / moved(counted.check_ins)


def _most(counted: Counted | None) -> bool:
    """Whether counters stand where most of the visits were: only then do they make a verdict, and not mere doubt."""
    return counted is not None and counted.of >= rules.COMPARE_COUNTED_SHARE


def verdict(found: Compared) -> Verdict:
    """naik, turun, QR bertambah, pemakaian turun or tidak dapat dipastikan, with the reason."""
    if len(found.total.pairs) < rules.COMPARE_PAIRS_NEEDED:
        most = max(LEFT_OUT, key=lambda reason: found.left_out.get(reason, 0))
        return Verdict(UNSURE, most if found.left_out.get(most) else "few_days")
    if found.known < rules.COMPARE_KNOWN_SHARE:
        return Verdict(UNSURE, "uncovered")
    same, rose = direction(found.same), _moved(found.total.difference, found.total)
    added = found.new.difference + found.grown.difference
    if rose and same != UP and added >= rules.COMPARE_NEW_SHARE * found.total.difference:
        return Verdict(MORE_CODES, "same_fell" if same == DOWN else "new_codes")
    if found.same.larger < rules.COMPARE_VISITS_NEEDED:
        return Verdict(UNSURE, "few_visits")
    if same == UP:
        return _up(found, rose)
    if same == DOWN:
        return _down(found)
    fell = _moved(-found.total.difference, found.total)
    return Verdict(UNSURE, "ended" if fell and 2 * found.ended.difference <= found.total.difference else "noise")


def _moved(difference: int, total: Change) -> bool:
    """Whether the total moved by this: what codes came or went adds is counted, not a matter of chance."""
    return (
        total.larger >= rules.COMPARE_VISITS_NEEDED
        and difference > 0
        and (difference >= rules.COMPARE_CHANGE * total.before)
    )


def _up(found: Compared, rose: bool) -> Verdict:
    if found.settled.pairs != found.same.pairs and direction(found.settled) != UP:
        return Verdict(MORE_CODES, "young_codes") if rose else Verdict(UNSURE, "noise")
    if not rose and found.ended.difference + found.grown.difference < 0:
        return Verdict(UNSURE, "ended")
    part = explained(found.counted, UP)
    if part is not None and part < rules.COMPARE_EXPLAINED:
        return Verdict(UNSURE, "counters")
    if part is not None and _most(found.counted):
        return Verdict(UP, "counted")
    if found.level in (SAME, RELAXED):
        return Verdict(UP, found.level)
    return Verdict(UNSURE, found.level)


def _down(found: Compared) -> Verdict:
    part = explained(found.counted, DOWN)
    if part is not None and part < rules.COMPARE_EXPLAINED:
        return Verdict(LESS_USE, "counters") if _most(found.counted) else Verdict(UNSURE, "counters_fall")
    if part is not None and _most(found.counted):
        return Verdict(DOWN, "counted")
    if found.closed >= rules.COMPARE_CLOSED_SHARE:
        return Verdict(DOWN, "closed")
    ceased = found.silent >= rules.COMPARE_SILENT_SHARE
    if found.level == RELAXED:
        return Verdict(LESS_USE, "silent") if ceased else Verdict(UNSURE, RELAXED)
    if found.level in (UNKNOWN, MIXED):
        return Verdict(UNSURE, found.level)
    return Verdict(UNSURE, "silent") if ceased else Verdict(DOWN, found.level)
