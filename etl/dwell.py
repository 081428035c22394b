"""The dwell model: how many of those who came at an hour are still inside at an age, by kind of visitor.

A survival curve by site, kind (guest, daily regular) and hour of entry. Where a site has few stays of an hour, its
curve leans on its category's of that hour, and that on the category's of all hours (rules.DWELL_SHRINK stays' worth).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core import rules

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
STEP = 300  # seconds of a step: the distance of two instants
DAY = 86_400 // STEP  # steps
KINDS, HOURS = 2, 24  # guests and daily regulars; hours of entry


@dataclass(frozen=True)
class Curves:
    """alive [kind, hour, age]: share still inside at an age, in steps; spread: standard error of that share."""

    alive: Floats
    spread: Floats


class Model:
    """The curves of a category in a month.

    Of the matched stays it is fitted on: site, kind (1: regular), hour of entry, length in steps and how many (n), in
    order of site.
    """

    def __init__(self, site: Ints, kind: Ints, hour: Ints, step: Ints, n: Ints) -> None:
        self.steps = int(step.max()) + 1
        self._site, self._n = site, n
        self._cell = (kind * HOURS + hour) * self.steps + step
        found = self._lengths(slice(None))
        everybody = _share(found.sum(axis=(0, 1)), None)
        kinds = _share(found.sum(axis=1), everybody)
        self._hours = _share(found, kinds[:, None])

    def curves(self, site: int) -> Curves:
        """The site's own, as far as its stays go."""
        found = self._lengths(slice(*np.searchsorted(self._site, (site, site + 1))))
        alive = _share(found, self._hours)
        # As if the category's share had been seen among DWELL_SHRINK stays more.
        n = found.sum(axis=-1, keepdims=True) + rules.DWELL_SHRINK
        return Curves(alive, np.sqrt(alive * (1 - alive) / (n + 1)))

    def _lengths(self, which: slice) -> Floats:
        cells = np.bincount(self._cell[which], self._n[which].astype(float), KINDS * HOURS * self.steps)
        return cells.astype(np.float64).reshape(KINDS, HOURS, self.steps)


def _share(lengths: Floats, behind: Floats | None) -> Floats:
    """Share still inside at each age, of stays by length; `behind` is what few of them lean on.

    Who came within the step before an instant is between two ages at it: of those who leave in the same step half are
    still inside.
    """
    n = lengths.sum(axis=-1, keepdims=True)
    gone = np.cumsum(lengths, axis=-1) - lengths / 2
    own, others = (0, 0) if behind is None else (rules.DWELL_SHRINK, behind)
    share: Floats = (n - gone + own * others) / (n + own)
    return share
