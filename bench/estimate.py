"""An estimate of people inside held against what was so: coverage, width, error against rules, verdicts. Pure."""

import itertools
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from core import rules

Floats = npt.NDArray[np.float64]
HOUR = 12  # five-minute instants
LEAST = 5  # people inside, for an hour to be judged


@dataclass
class Instants:
    """A city by [site, five-minute instant] of the months judged."""

    sites: list[str]
    truth: Floats
    inside: Floats  # matched stays: the lower logical bound
    bound: Floats
    expected: Floats
    low: Floats
    high: Floats
    rules: dict[str, Floats] = field(default_factory=dict)


def judge(found: Instants) -> dict[str, object]:
    """The figures of one city, by instants and by hours in which at least LEAST were inside."""
    some = found.truth >= LEAST
    truth = found.truth[some]
    low, high, inside, bound = (v[some] for v in (found.low, found.high, found.inside, found.bound))
    error = np.abs(found.expected[some] - truth).mean()
    errors = {name: float(np.abs(values[some] - truth).mean()) for name, values in found.rules.items()}
    best = min(errors, key=errors.__getitem__)
    # The range of an hour is that of its instant with the most expected; held against who was inside at it.
    hours = {name: getattr(found, name).reshape(len(found.sites), -1, HOUR) for name in
             ("truth", "expected", "low", "high", "inside", "bound")}  # fmt: skip
    at = hours["expected"].argmax(axis=2)[:, :, None]
    taken = {name: np.take_along_axis(values, at, axis=2)[:, :, 0] for name, values in hours.items()}
    busy = hours["truth"].max(axis=2) >= LEAST
    peak = {name: values.max(axis=2) for name, values in hours.items()}
    held = (taken["low"] <= taken["truth"]) & (taken["truth"] <= taken["high"])
    return {
        "instants": int(some.sum()),
        "hours": int(busy.sum()),
        "inside": float(truth.mean()),
        "coverage": float(held[busy].mean()),
        "coverage_instants": float(((low <= truth) & (truth <= high)).mean()),
        "below": float((truth < low).mean()),
        "above": float((truth > high).mean()),
        "logical": float(((inside <= truth) & (truth <= bound)).mean()),
        "width": float((high - low).mean() / (bound - inside).mean()),
        "score": interval_score(low, high, truth),
        "score_bounds": interval_score(inside, bound, truth),
        "error": float(error),
        "relative": float(error / truth.mean()),
        "bias": float((found.expected[some] - truth).mean() / truth.mean()),
        "errors": errors,
        "best": best,
        "better": float(1 - error / errors[best]),
        "by_size": _by_size(found, some),
        "verdicts": _verdicts(found, peak, taken, busy),
    }


def interval_score(low: Floats, high: Floats, truth: Floats) -> float:
    """Mean interval score (Gneiting and Raftery 2007): the width, and what lies outside times 2 / (1 - LIKELY)."""
    outside = np.maximum(low - truth, 0) + np.maximum(truth - high, 0)
    return float((high - low + 2 / (1 - rules.LIKELY) * outside).mean())


def _by_size(found: Instants, some: npt.NDArray[np.bool_]) -> dict[str, tuple[int, float]]:
    edges = (LEAST, 10, 30, 100, 10**9)
    result = {}
    for least, most in itertools.pairwise(edges):
        these = some & (found.truth >= least) & (found.truth < most)
        truth = found.truth[these]
        held = (found.low[these] <= truth) & (truth <= found.high[these])
        result[f"{least}-{most - 1}" if most < 10**9 else f"{least}+"] = (
            len(truth),
            float(held.mean()) if len(truth) else 0,
        )
    return result


def _verdicts(
    found: Instants, peak: dict[str, Floats], taken: dict[str, Floats], busy: npt.NDArray[np.bool_]
) -> dict[str, dict[str, float]]:
    """Shares of busy hours by what was so and what is said, with the 85th percentile of a site's peaks as its limit."""
    limit = np.array(
        [np.floor(np.percentile(p[b], 85)) if b.any() else 0 for p, b in zip(peak["truth"], busy, strict=True)]
    )
    over = (peak["truth"] > limit[:, None])[busy]
    at = np.broadcast_to(limit[:, None], busy.shape)[busy]
    ranges = {"likely range": (taken["low"], taken["high"]), "logical bounds": (peak["inside"], peak["bound"])}
    for name, values in found.rules.items():
        point = values.reshape(*busy.shape, HOUR).max(axis=2)
        ranges[name] = point, point
    result = {}
    for name, (low, high) in ranges.items():
        surely, possibly = low[busy] > at, (low[busy] <= at) & (high[busy] > at)
        result[name] = {
            "right": float(((surely & over) | (~surely & ~possibly & ~over)).mean()),
            "maybe": float(possibly.mean()),
            "maybe_over": float((possibly & over).mean()),
            "missed": float((~surely & ~possibly & over).mean()),
            "false_alarm": float((surely & ~over).mean()),
        }
    return result
