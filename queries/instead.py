"""Instead of a full place: the nearest one of its kind with room, and when it usually falls below its limit.

Rules stand in core.instead; room is judged as the hour is, by queries.crowding.
"""

from dataclasses import dataclass
from datetime import timedelta

import pandas as pd

from core import builds, crowding, distance, instead
from core.frames import rows
from core.view import View
from queries import crowding as hours_of

# Whether a place is open at the moment; no row where no hours are on record for its day.
_OPEN = """
SELECT place_id, bool_or(coalesce(CASE weekday
    WHEN isodow($moment::DATE) THEN opens <= $moment::TIME AND (closes > $moment::TIME OR closes <= opens)
    WHEN isodow($moment::DATE - 1) THEN closes <= opens AND closes > $moment::TIME END, false)) AS open
FROM hours WHERE $moment::DATE
    BETWEEN coalesce(valid_from, DATE '0001-01-01') AND coalesce(valid_to, DATE '9999-12-31')
GROUP BY ALL
"""
_NEAR = ("distance", "kelurahan", "kecamatan")  # how near is known, best first


@dataclass(frozen=True)
class Elsewhere:
    """Places of the same category with room, and what became of the others.

    found: rows of `crowding.at_hour` nearest first, with metres (Float64, NA not known), near (of 'distance',
    'kelurahan', 'kecamatan': how it is known to be near), open (boolean, NA: no hours on record) and from_simulated
    (either position is a simulated one). others: places of the category with a code, but this one; judged: of them,
    those with a verdict; shut: with room, but closed at the moment by their hours; unplaced: with room, but nobody
    knows how far.
    """

    category: str | None
    found: pd.DataFrame
    others: int = 0
    judged: int = 0
    shut: int = 0
    unplaced: int = 0


def with_room(view: View, place: str) -> Elsewhere:
    """Where there is room instead of `place` in the hour before the moment, whatever the view filters.

    Room: within the limit, and the high end of the range in a band of core.instead.ROOM; a place without a known limit
    or range has no known room. Measured distances come first; where a position is not known, the same kelurahan, then
    the same kecamatan.
    """
    hour = hours_of.at_hour(view.without_filters())
    mine = hour[hour["place_id"] == place]
    nothing = hour.iloc[:0].assign(metres=None, near=None, open=None, from_simulated=None)
    if mine.empty or pd.isna(mine["category"].iloc[0]):
        return Elsewhere(None, nothing)
    own = next(rows(mine))
    others = hour[(hour["category"] == own.category) & (hour["place_id"] != place)]
    roomy = others[(others["verdict"] == "within") & others["band_high"].isin(instead.ROOM)]
    opened = builds.frame(view.build, _OPEN, moment=view.moment).set_index("place_id")["open"]
    roomy = roomy.assign(open=roomy["place_id"].map(opened).astype("boolean"))
    shut = roomy["open"].eq(False).fillna(False).astype(bool)
    left = roomy[~shut]
    left = left.assign(
        metres=pd.Series([_metres(own, row) for row in rows(left)], index=left.index, dtype="Float64"),
        from_simulated=left["position_simulated"].astype(bool) | bool(own.position_simulated),
    )
    left = left.assign(near=[_near(own, row) for row in rows(left)])
    near = left[left["near"].notna()]
    order = near["near"].map(_NEAR.index)
    near = near.assign(_order=order).sort_values(["_order", "metres", "name"], ignore_index=True)
    return Elsewhere(
        str(own.category),
        near.drop(columns="_order"),
        len(others),
        int((others["verdict"] != "undecided").sum()),
        int(shut.sum()),
        len(left) - len(near),
    )


def _metres(own: object, row: object) -> float | None:
    known = [getattr(r, name) for r in (own, row) for name in ("lat", "lon")]
    return None if any(pd.isna(v) for v in known) else distance.metres(*map(float, known))


def _near(own: object, row: object) -> str | None:
    """How a place is known to be near another; None where it is not."""
    if not pd.isna(row.metres):  # type: ignore[attr-defined]
        return "distance"
    return next(
        (level for level in _NEAR[1:] if isinstance(name := getattr(own, level), str) and name == getattr(row, level)),
        None,
    )


def full(row: object) -> bool:
    """Whether a row of `crowding.at_hour` is full or over its limit, surely or possibly."""
    return row.verdict in crowding.OVER or row.band_high == "full"  # type: ignore[attr-defined]


def falls(view: View, place: str) -> instead.Falls:
    """When the persons inside `place` usually fall below the limit of the hour, after the hour before the moment.

    Usual: the median of the high ends of the range on like days, so that below is below for most of them.
    """
    first = view.moment - timedelta(hours=1)
    n = 1 + instead.AHEAD_HOURS
    known = {r.hour: r for r in rows(hours_of.hours_of_place(view.build, place, first, n))}
    hours = []
    for start in (first + timedelta(hours=i) for i in range(n)):
        row = known.get(pd.Timestamp(start))
        usual, limit = (None if row is None or pd.isna(v := getattr(row, k)) else v for k in ("usual_high", "limit"))
        hours.append(
            instead.Hour(start, None if usual is None else float(usual), None if limit is None else int(limit))
        )
    return instead.falls(hours)
