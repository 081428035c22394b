"""Instead of a full place: distances, who has room and who has not, and from which hour it usually is under the limit.

Places are the malls of the register, with its positions; capacities, codes and crowds are made by hand.
"""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from math import cos, hypot, radians
from pathlib import Path

import pandas as pd
import pytest

from core import distance, formats, instead
from core.instead import Falls, Hour
from core.settings import Settings
from core.view import View
from queries import crowding
from queries import instead as queries
from tests import crowds
from tests.crowds import Stay, built, filler, group
from tests.files import view_of

Etl = Callable[..., int]
DAY = datetime(2021, 11, 24)  # a Wednesday, level 2: half of a mall's capacity
MOMENT = DAY.replace(hour=15)  # the hour judged is 14.00-15.00
FULL = "transmart-mx-mall"
POSITIONS = {  # of the register
    "matos": (-7.95693, 112.61864),
    FULL: (-7.95660, 112.61700),
    "mog": (-7.97685, 112.62330),
}


def test_a_degree_of_latitude_and_one_of_longitude() -> None:
    """111.2 km each at the equator, and half of it east-west at 60 degrees; a quarter of the globe is 10,008 km."""
    assert distance.metres(0, 112, 1, 112) == pytest.approx(111_195, abs=1)
    assert distance.metres(0, 112, 0, 113) == pytest.approx(111_195, abs=1)
    assert distance.metres(60, 112, 60, 113) == pytest.approx(55_597, abs=10)
    assert distance.metres(0, 0, 90, 0) == pytest.approx(10_007_557, abs=1)
    assert distance.metres(-7.98, 112.63, -7.98, 112.63) == 0


@pytest.mark.parametrize(
    ("metres", "said"), [(4, "0 m"), (184, "180 m"), (994, "990 m"), (996, "1,0 km"), (2356, "2,4 km")]
)
def test_distances_in_words(metres: float, said: str) -> None:
    assert formats.distance(metres) == said


def hours(*pairs: tuple[float | None, int | None]) -> list[Hour]:
    return [Hour(DAY + timedelta(hours=14 + n), usual, limit) for n, (usual, limit) in enumerate(pairs)]


def hour(n: int) -> datetime:
    return DAY + timedelta(hours=n)


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        (
            ((12, 10), (10, 10), (9.5, 10), (12, 10)),
            Falls("at", hour(16), hour(17), 9.5, 10),
        ),  # at the limit is not below
        (((12, 10), (9, 10), (9, 10)), Falls("at", hour(15), None, 9, 10)),
        (((12, 10), (12, 10), (12, 20)), Falls("at", hour(16), None, 12, 20)),  # the limit of that hour counts
        (((None, 10), (9, 10)), Falls("at", hour(15), None, 9, 10)),
        (((9, 10), (9, 10)), Falls("usually_below", hour(14), None, 9, 10)),
        (((12, 10), (11, 10), (None, 10), (1, 10)), Falls("not_by", hour(16), None, 11, 10)),  # nothing is said beyond
        (((12, 10), (12, None), (1, 10)), Falls("unknown")),
        (((12, 10),), Falls("unknown")),
        (((3, 0), (0, 0)), Falls("not_by", hour(16), None, 0, 0)),  # closed: nobody is not fewer than nobody
    ],
)
def test_when_the_usual_falls_below(pairs: tuple[tuple[float | None, int | None], ...], found: Falls) -> None:
    assert instead.falls(hours(*pairs)) == found


@pytest.fixture
def malls(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> Callable[..., str]:
    """`crowds.malls` on the day, with more stays, and rows of hours."""

    def make(*more: Stay, opening: str = "") -> str:
        if opening:
            head = "place_id,weekday,opens,closes,valid_from,valid_to,source,confidence"
            (here.scenario / "hours.csv").write_text(f"{head}\n{opening}\n")
        return crowds.malls(etl, here, tmp_path, DAY, more)

    return make


def at(build: str, moment: datetime = MOMENT, **more: object) -> View:
    return view_of(build, DAY.date(), DAY.date(), moment, **more)


def ids(found: pd.DataFrame) -> list[str]:
    return [str(p) for p in found["place_id"]]


def test_the_nearest_with_room(malls: Callable[..., str]) -> None:
    build = malls()
    view = at(build, place=FULL)  # whatever the view filters
    [row] = list(crowding.at_hour(view).itertuples())
    assert (row.low, row.high, row.limit, row.verdict) == (12, 12, 10, "over")
    assert queries.full(row)
    found = queries.with_room(view, FULL)
    # Matos beside it, then MOG at 70 %; Ramayana is in the same kecamatan, but nobody knows where
    assert ids(found.found) == ["matos", "mog", "mall-alun-alun-ramayana-mpp"]
    assert found.found["near"].to_list() == ["distance", "distance", "kecamatan"]
    for place, metres in zip(found.found["place_id"][:2], found.found["metres"][:2], strict=True):
        (lat, lon), (lat2, lon2) = POSITIONS[FULL], POSITIONS[place]
        flat = hypot(lat2 - lat, (lon2 - lon) * cos(radians(lat))) * 40_030_174 / 360  # near enough on a flat map
        assert metres == pytest.approx(flat, rel=0.001)
    assert pd.isna(found.found["metres"][2])
    assert not found.found["from_simulated"].any()
    assert found.found["open"].isna().all()  # no hours on record
    # Cyber Mall is full, Malang Plaza's capacity and Plaza Araya's whereabouts are not known
    assert (found.category, found.others, found.judged, found.shut, found.unplaced) == ("mal", 6, 5, 0, 1)


def test_room_ends_at_three_quarters(malls: Callable[..., str]) -> None:
    """MOG permits 10: 7 inside leave room, 8 (80 %, nearly full) do not."""
    build = malls(*group("mog", 1, DAY.replace(hour=14, minute=20), 5))
    assert "mog" not in ids(queries.with_room(at(build), FULL).found)


def test_a_place_without_a_position_goes_by_kelurahan_and_kecamatan(malls: Callable[..., str]) -> None:
    build = malls()
    found = queries.with_room(at(build), "mall-alun-alun-ramayana-mpp").found
    assert ids(found) == ["matos", "mog"]  # by name, for none is known to be nearer; Transmart is over
    assert found["near"].to_list() == ["kecamatan", "kecamatan"]
    nowhere = queries.with_room(at(build), "plaza-araya")
    assert nowhere.found.empty
    assert (nowhere.others, nowhere.judged, nowhere.unplaced) == (6, 5, 3)


@pytest.mark.parametrize(
    ("opening", "known"),
    [
        ("matos,3,10:00,15:00,,,test,low", False),  # closes at the moment
        ("matos,3,10:00,15:30,,,test,low", True),
        ("matos,3,15:30,20:00,,,test,low", False),
        ("matos,2,20:00,16:00,,,test,low", True),  # since the evening before
        ("matos,3,20:00,04:00,,,test,low", False),
        ("matos,4,10:00,20:00,,,test,low", False),  # on other days only
        ("matos,3,10:00,20:00,,2021-11-23,test,low", None),  # no longer on record
    ],
)
def test_nobody_is_sent_to_a_closed_door(malls: Callable[..., str], opening: str, known: bool | None) -> None:
    found = queries.with_room(at(malls(opening=opening)), FULL)
    assert ("matos" in ids(found.found)) == (known is not False)
    assert found.shut == (known is False)
    if known is not False:
        [said] = found.found.loc[found.found["place_id"] == "matos", "open"]
        assert (None if pd.isna(said) else bool(said)) == known


def test_a_simulated_position_is_said(malls: Callable[..., str], here: Settings) -> None:
    build = malls()
    import duckdb

    from core import builds

    builds.close_all()
    con = duckdb.connect(str(builds.file_of(here, build)))
    con.execute("UPDATE site SET simulated_fields = 'lat lon' WHERE place_id = 'mog'")
    con.close()
    found = queries.with_room(at(build), FULL).found
    assert dict(zip(found["place_id"], found["from_simulated"], strict=True)) == {
        "matos": False, "mog": True, "mall-alun-alun-ramayana-mpp": False,
    }  # fmt: skip


def test_a_kind_nobody_knows_or_shares(malls: Callable[..., str]) -> None:
    build = malls()
    alone = queries.with_room(at(build), "kampung-warna-warni")
    assert (alone.category, alone.others, len(alone.found)) == ("kampung", 0, 0)
    assert queries.with_room(at(build), "no-such-place").category is None


def usual_days(n: int) -> list[Stay]:
    """Transmart on Wednesdays, the 24th apart: 12 people until 16.30, then fewer (8 in the middle), 15 at 18.00."""
    late = (3, 5, 11, 13)
    stays = []
    for week, evening in zip((0, 1, 2, 4), late, strict=True):
        day = datetime(2021, 11, 3) + timedelta(weeks=week)
        if week < n:
            stays += [
                *filler("matos", day),
                *group(FULL, 12, day.replace(hour=14, minute=5), 145),
                *group(FULL, evening, day.replace(hour=17, minute=5), 30),
                *group(FULL, 15, day.replace(hour=18, minute=5), 40),
            ]
    return stays


def test_when_it_usually_falls_below_its_limit(malls: Callable[..., str]) -> None:
    build = malls(*usual_days(5))
    assert queries.falls(at(build), FULL) == Falls("at", hour(17), hour(18), 8, 10)
    assert queries.falls(at(build), "mog") == Falls("usually_below", hour(14), None, 0, 10)
    # A day later is a Thursday: no like days
    assert queries.falls(at(build, MOMENT + timedelta(days=1)), FULL) == Falls("unknown")


def test_three_like_days_are_no_usual(malls: Callable[..., str]) -> None:
    assert queries.falls(at(malls(*usual_days(4))), FULL) == Falls("unknown")


def test_people_without_an_estimate_are_no_usual_nobody(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path
) -> None:
    """Five Wednesdays with people at a kampung who never check out: how many were inside is not known, and not 0."""
    weeks = [datetime(2021, 11, 3, 10) + timedelta(weeks=n) for n in range(5)]
    stays = [s for day in weeks for s in group("kampung-warna-warni", 8, day, None)]
    build = built(etl, here, tmp_path, stays, {"kampung-warna-warni": 20})
    view = view_of(build, date(2021, 11, 24), date(2021, 11, 24), DAY.replace(hour=11), place="kampung-warna-warni")
    [row] = list(crowding.at_hour(view).itertuples())
    assert pd.isna(row.high) and pd.isna(row.usual) and pd.isna(row.usual_high)
