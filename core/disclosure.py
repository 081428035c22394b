"""Disclosure control: which cells of a published table are hidden, so that no small count of people can be told.

Source: FIGURES, Disclosure. Primary: fewer than k persons. Secondary: further cells, so that no hidden one follows from
a total and its visible parts. Zero is nobody, and is shown.
"""

from collections import defaultdict, deque
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from core import rules

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Line:
    """Parts that add up to a total: the key of a cell, or None where the total is publicly known anyway."""

    parts: Sequence[Hashable]
    total: Hashable | None


def suppress(values: Mapping[Key, int], persons: Mapping[Key, int], lines: Sequence[Line]) -> set[Key]:
    """Keys of the cells to hide. `values` are what a cell would show, `persons` the people behind it.

    In a line with a visible total, hidden parts are at least two and together at least k, in value; where its parts
    cannot give that the total is hidden too, or, if it is known anyway, parts that are 0. A hidden total has a hidden
    part. The result depends on the cells and the order of the lines alone.
    """
    k = rules.DISCLOSURE_K
    hidden = {key for key, n in persons.items() if 0 < n < k}
    of_cell: dict[Hashable, list[int]] = defaultdict(list)
    for i, line in enumerate(lines):
        for key in (*line.parts, *([] if line.total is None else [line.total])):
            of_cell[key].append(i)
    queue = deque(sorted({i for key in hidden for i in of_cell[key]}))
    waiting = set(queue)
    while queue:
        i = queue.popleft()
        waiting.discard(i)
        for key in _more(lines[i], values, hidden, k):
            hidden.add(key)
            for other in of_cell[key]:
                if other not in waiting:
                    waiting.add(other)
                    queue.append(other)
    return hidden


def _more(line: Line, values: Mapping[Key, int], hidden: set[Key], k: int) -> list[Key]:
    """What one line needs hidden beside what is hidden already."""
    parts: list[Key] = list(line.parts)  # type: ignore[arg-type]
    inside = [key for key in parts if key in hidden]
    rest = sorted(
        (key for key in parts if key not in hidden), key=lambda key: (values[key] == 0, values[key], str(key))
    )
    positive = [key for key in rest if values[key] > 0]
    total = line.total
    if total is not None and total in hidden:
        # one hidden part beside a hidden total is enough; none would give the total away
        return [] if inside or not positive else positive[:1]
    if not inside:
        return []
    added: list[Key] = []
    spare = positive if total is not None else rest
    while len(inside) + len(added) < 2 or sum(values[key] for key in (*inside, *added)) < k:
        if len(added) < len(spare):
            added.append(spare[len(added)])
        elif total is not None:
            return [*added, total]  # type: ignore[list-item]
        else:
            break
    return added
