"""Disclosure control: which cells of a published table are hidden, so that no small count of people can be told.

Source: FIGURES, Disclosure. Primary: fewer than k persons. Secondary: further cells, so that no hidden one follows from
a total and its visible parts, from several sums together, or from how much a cell can be at most. Zero is nobody, and
is shown.
"""

from collections import defaultdict, deque
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from core import rules

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Line:
    """Parts that add up to a total: the key of a cell, or None where the total is publicly known anyway."""

    parts: Sequence[Hashable]
    total: Hashable | None


def suppress(
    values: Mapping[Key, int],
    persons: Mapping[Key, int],
    lines: Sequence[Line],
    at_most: Mapping[Key, int] | None = None,
    settled: Mapping[Key, bool] | None = None,
) -> set[Key]:
    """Keys of the cells to hide. `values` are what a cell would show, `persons` the people behind it.

    In a line with a visible total, hidden parts are at least two and together at least k, in value and in persons;
    where its parts cannot give that the total is hidden too, or, if it is known anyway, parts that are 0. A hidden
    total has a hidden part. `at_most`, what the public knows each cell to be at most, says that the lines are true
    sums, not unions: then no hidden cell may follow from several lines together, nor from how much the others can be.
    A cell known to be under k is hidden even at 0, or its hiding would tell that it is not. `settled` are cells that
    were published before and stay, hidden (True) or shown; they are not among the keys returned. The result depends on
    the cells and the order of the lines alone.
    """
    settled = settled or {}
    k = rules.DISCLOSURE_K
    small = {key for key, n in persons.items() if 0 < n < k or (at_most is not None and 0 < at_most[key] < k)}
    of_cell: dict[Hashable, list[int]] = defaultdict(list)
    for i, line in enumerate(lines):
        for key in _cells(line):
            of_cell[key].append(i)
    shown = {key for key, secret in settled.items() if not secret}
    hidden: set[Key] = set()
    further = (small - shown) | (settled.keys() - shown)
    while further:
        hidden |= further
        _settle(further, hidden, values, persons, lines, of_cell, shown)
        told: set[Key] = set()
        if at_most is not None:
            told = _solved(lines, hidden) or {key for key in _narrowed(lines, values, hidden, at_most) if values[key]}
        further = set()
        for one in told:
            further |= _cover(one, values, hidden | shown, lines, of_cell)
    return hidden - settled.keys()


def _cells(line: Line) -> Sequence[Hashable]:
    return line.parts if line.total is None else (*line.parts, line.total)


def _order(values: Mapping[Key, int], key: Key) -> tuple[bool, int, str]:
    """The cell to hide first: the smallest that is not zero."""
    return values[key] == 0, values[key], str(key)


def _settle(
    further: Iterable[Key],
    hidden: set[Key],
    values: Mapping[Key, int],
    persons: Mapping[Key, int],
    lines: Sequence[Line],
    of_cell: Mapping[Hashable, list[int]],
    shown: set[Key],
) -> None:
    """Adds to `hidden` what each line needs, until no line needs more; what is `shown` for good stays so."""
    queue = deque(sorted({i for key in further for i in of_cell.get(key, ())}))
    waiting = set(queue)
    while queue:
        i = queue.popleft()
        waiting.discard(i)
        for key in _more(lines[i], values, persons, hidden, shown):
            hidden.add(key)
            for other in of_cell[key]:
                if other not in waiting:
                    waiting.add(other)
                    queue.append(other)


def _more(
    line: Line, values: Mapping[Key, int], persons: Mapping[Key, int], hidden: set[Key], shown: set[Key]
) -> list[Key]:
    """What one line needs hidden beside what is hidden already."""
    parts: Sequence[Key] = line.parts  # type: ignore[assignment]
    inside = [key for key in parts if key in hidden]
    total = line.total
    of_hidden = total is not None and total in hidden
    if of_hidden if inside else not of_hidden:
        return []  # one hidden part beside a hidden total is enough
    found = [sum(of[key] for key in inside) for of in (values, persons)]
    n = len(inside)
    if not of_hidden and n > 1 and min(found) >= rules.DISCLOSURE_K:
        return []
    spare = sorted(
        (k for k in parts if k not in hidden and k not in shown and (total is None or values[k])),
        key=lambda k: _order(values, k),
    )
    if of_hidden:
        return spare[:1]  # with none the parts would give the total away
    for i, key in enumerate(spare, 1):
        found = [found[0] + values[key], found[1] + persons[key]]
        if n + i > 1 and min(found) >= rules.DISCLOSURE_K:
            return spare[:i]
    return spare if total is None or total in shown else [*spare, total]  # type: ignore[list-item]


def _cover(
    told: Key,
    values: Mapping[Key, int],
    fixed: set[Key],
    lines: Sequence[Line],
    of_cell: Mapping[Hashable, list[int]],
) -> set[Key]:
    """The cell to hide so that `told` is one unknown of more: the smallest visible one that shares a line with it."""
    near: set[Key] = {key for i in of_cell[told] for key in _cells(lines[i])}  # type: ignore[misc]
    return set(sorted(near - fixed, key=lambda key: _order(values, key))[:1])


def _solved(lines: Sequence[Line], hidden: set[Key]) -> set[Key]:
    """Hidden cells that the lines together determine: those whose unit vector lies in the space of the lines' rows."""
    column = {key: i for i, key in enumerate(sorted(hidden, key=str))}
    rows = np.zeros((len(lines), len(column)))
    for row, line in zip(rows, lines, strict=True):
        for key in _cells(line):
            if key in column:
                row[column[key]] = -1 if key == line.total else 1
    _, sizes, vectors = np.linalg.svd(rows[rows.any(axis=1)], full_matrices=False)
    within = (vectors[sizes > 1e-9] ** 2).sum(axis=0)
    return {key for key, i in column.items() if within[i] > 1 - 1e-9}


def _narrowed(
    lines: Sequence[Line], values: Mapping[Key, int], hidden: set[Key], at_most: Mapping[Key, int]
) -> set[Key]:
    """Hidden cells whose least and most, drawn from the lines and from `at_most`, are one value.

    Whoever draws them is taken to know which of the hidden cells are not 0, unless a cell is known to be under k.
    """
    low = {
        key: n if key not in hidden else int(n > 0 and at_most[key] >= rules.DISCLOSURE_K) for key, n in values.items()
    }
    high = {key: at_most[key] if key in hidden else n for key, n in values.items()}
    changed = True
    while changed:
        changed = False
        for line in lines:
            parts: list[Key] = list(line.parts)  # type: ignore[arg-type]
            key: Key
            if line.total is None:
                least = most = sum(values[key] for key in parts)
            else:
                total: Key = line.total  # type: ignore[assignment]
                before = low[total], high[total]
                low[total] = max(low[total], sum(low[key] for key in parts))
                high[total] = min(high[total], sum(high[key] for key in parts))
                changed |= before != (low[total], high[total])
                least, most = low[total], high[total]
            spare_low = least - sum(high[key] for key in parts)
            spare_high = most - sum(low[key] for key in parts)
            for key in parts:
                found = max(low[key], spare_low + high[key]), min(high[key], spare_high + low[key])
                changed |= found != (low[key], high[key])
                spare_low, spare_high = spare_low + high[key] - found[1], spare_high + low[key] - found[0]
                low[key], high[key] = found
    return {key for key in hidden if low[key] == high[key]}
