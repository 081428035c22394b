"""The mart SQL against the definitions of the figures, followed word for word in plain Python over random scans."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import db, rules
from core.settings import load
from etl import occupancy, store

START = datetime(2021, 11, 28, 22, 30)  # so that midnight, a week's end and hours fall inside
HITAM = rules.REFUSED_COLOUR


@dataclass(frozen=True)
class Scan:
    """One scan; times in seconds after START. `opened` is the time in of a visit row's check-out."""

    at: int
    event: int
    site: str
    door: int
    visitor: int
    colour: int | None
    admitted: int | None
    opened: int | None = None

    @property
    def refused(self) -> bool:
        if self.admitted is None:
            return self.event == 0 and self.colour == HITAM
        return self.event == 0 and self.admitted == 0

    @property
    def code(self) -> str:
        return f"{self.door}{self.site}"

    @property
    def order(self) -> tuple[int, int, str, int]:
        """At equal times the check-out comes first, but a row's own after its check-in; then the code."""
        return self.at, 1 if self.event == 0 or self.opened == self.at else 0, self.code, self.event


# Few people, places and instants, so that ties, chains and crossings are the rule.
INSTANTS = st.one_of(st.sampled_from([0, 1, 899, 900, 901, 1800, 1801, 5400, 5401, 9000]), st.integers(0, 14_400))
SCANS = st.builds(
    Scan,
    INSTANTS,
    st.sampled_from([0, 0, 1]),
    st.sampled_from("AB"),
    st.integers(1, 2),
    st.integers(1, 2),
    st.sampled_from([None, 1, 3, HITAM]),
    st.sampled_from([None, 1, 1, 0]),
)
VISIT_ROWS = st.tuples(
    INSTANTS, st.sampled_from([0, 1, 600, 900, 4000]), st.sampled_from("AB"), st.integers(1, 2), st.integers(1, 2)
)


def kinds(scans: list[Scan]) -> dict[Scan, str]:
    """Each check-in's kind, by the definition of a visit."""
    found = {}
    for scan in scans:
        if scan.event:
            continue
        if scan.refused:
            found[scan] = "refused"
            continue
        there = [s for s in scans if (s.visitor, s.site) == (scan.visitor, scan.site) and s.order < scan.order]
        before = [s for s in there if s.event == 0 and not s.refused]
        last = max(before, key=lambda s: s.order, default=None)
        left_since = last is not None and any(s.event == 1 and s.order > last.order for s in there)
        repeat = last is not None and scan.at - last.at <= 900 and not left_since
        found[scan] = "repeat" if repeat else "visit"
    return found


def pairs(scans: list[Scan], kind: dict[Scan, str]) -> dict[Scan, Scan]:
    """Check-out -> the visit it closes."""
    closed: dict[Scan, Scan] = {}
    for out in sorted((s for s in scans if s.event), key=lambda s: s.order):
        visits = [s for s in scans if s.visitor == out.visitor and kind.get(s) == "visit" and s.order < out.order]
        still_open = [s for s in visits if s.site == out.site and s not in closed.values()]
        latest = max(still_open, key=lambda s: s.order, default=None)
        if latest is not None and not any(s.order > latest.order for s in visits):
            closed[out] = latest
    return closed


@settings(max_examples=120, deadline=None)
@given(st.lists(SCANS, max_size=14), st.lists(VISIT_ROWS, max_size=4))
def test_marts_follow_the_definitions(singles: list[Scan], visit_rows: list[tuple[int, int, str, int, int]]) -> None:
    scans = list(singles)
    for at, stay, site, door, visitor in visit_rows:
        scans.append(Scan(at, 0, site, door, visitor, 1, 1))
        scans.append(Scan(at + stay, 1, site, door, visitor, 1, 1, opened=at))
    # Identity is (code, visitor, event, second): what would be a duplicate never reaches the marts.
    scans = list({(s.at, s.event, s.site, s.door, s.visitor): s for s in scans}.values())
    kind = kinds(scans)
    closed = pairs(scans, kind)

    con = db.open_in_memory(load())
    try:
        _lay(con, scans)
        store.run_file(con, "mart_1_visit.sql")
        db.run(con, "INSERT INTO visit FROM found_visit")
        for name in ("mart_2_regular.sql", "mart_2_dwell.sql", "mart_3_inside.sql"):
            store.run_file(con, name)
        occupancy.compute(con)
        for name in ("mart_3_place_hour.sql", "mart_4_place_day.sql"):
            store.run_file(con, name)
        visits = Counter(db.run(con, "SELECT site_id, entered_at, visitor FROM visit JOIN place_no USING (site)"))
        others = dict(db.run(con, "SELECT site_id, (sum(refused), sum(repeats)) FROM mart.place_day GROUP BY ALL"))
        stays = Counter(db.run(con, """SELECT site_id, entered_at, left_at, visitor
            FROM visit JOIN place_no USING (site) WHERE left_at IS NOT NULL"""))  # fmt: skip
        orphans = db.value(con, "SELECT coalesce(sum(orphans), 0) FROM mart.place_day")
        hours = {
            (s, h): (o, p, bound, u)
            for s, h, o, p, bound, u in db.run(
                con,
                """SELECT site_id, hour, occupied_seconds, peak, bound, p.unmatched
                FROM mart.place_hour p LEFT JOIN mart.occupancy USING (site_id, hour)""",
            )
        }
        instants = {
            (s, h + timedelta(minutes=5 * i)): values
            for s, h, *lists in db.run(con, "FROM mart.place_instant")
            for i, values in enumerate(zip(*(values or [None] * 12 for values in lists), strict=True))
        }
    finally:
        con.close()

    def when(seconds: int) -> datetime:
        return START + timedelta(seconds=seconds)

    assert visits == Counter((s.site, when(s.at), s.visitor) for s, k in kind.items() if k == "visit")
    for site in "AB":
        here = [k for s, k in kind.items() if s.site == site]
        assert tuple(others.get(site, (0, 0))) == (here.count("refused"), here.count("repeat"))
    assert stays == Counter((i.site, when(i.at), when(o.at), i.visitor) for o, i in closed.items())
    assert orphans == sum(s.event for s in scans) - len(closed)
    inside: dict[tuple[str, int], int] = defaultdict(int)
    for out, entry in closed.items():
        for second in range(entry.at, out.at):
            inside[entry.site, second] += 1
    seconds: Counter[tuple[str, datetime]] = Counter()
    peaks: dict[tuple[str, datetime], int] = {}
    for (site, second), n in inside.items():
        cell = site, when(second).replace(minute=0, second=0)
        seconds[cell] += n
        peaks[cell] = max(peaks.get(cell, 0), n)
    assert {c: v[0] for c, v in hours.items() if v[0]} == dict(seconds)
    assert {c: v[1] for c, v in hours.items() if v[1]} == peaks
    unclosed = [s for s, k in kind.items() if k == "visit" and s not in closed.values()]
    open_in = Counter((s.site, when(s.at).replace(minute=0, second=0)) for s in unclosed)
    assert {c: v[3] for c, v in hours.items() if v[3]} == dict(open_in)

    ends = {scan: latest_end(scan, scans, kind) for scan in unclosed}
    for scan, end in ends.items():
        for second in range(scan.at, end):
            inside[scan.site, second] += 1
    bounds: dict[tuple[str, datetime], int] = {}
    for (site, second), n in inside.items():
        cell = site, when(second).replace(minute=0, second=0)
        bounds[cell] = max(bounds.get(cell, 0), n)
    assert {c: v[2] for c, v in hours.items() if v[2]} == bounds
    stay_of = [(i.site, i.at, o.at) for o, i in closed.items()]
    for (site, at), (matched, bound, expected, low, high) in instants.items():
        second = int((at - START).total_seconds())
        assert matched == sum(s == site and since <= second < until for s, since, until in stay_of)
        assert bound == inside.get((site, second), 0)
        if sum(s == site for s, *_ in stay_of) < STAYS:
            assert (expected, low, high) == (None, None, None)
            continue
        here = [scan for scan in unclosed if scan.site == site and scan.at <= second]
        chances = sum(chance(scan, ends[scan], second, stay_of) for scan in here)
        assert expected == pytest.approx(matched + chances, abs=0.002)
        assert matched <= low <= expected + 1
        assert expected - 1 <= high <= bound
    seen = {at.replace(minute=0) for _, at in instants}
    assert {c[1] for c, v in hours.items() if v[1]} <= seen


STAYS = 2  # of a category, for an estimate; each site of the test is a category of its own
CLOSES = START.replace(hour=23, minute=30)  # of site A, every day; B has no hours
CAP = 3600  # seconds, of both
MIDNIGHT = 22 * 3600 + 1800  # seconds of START


def latest_end(scan: Scan, scans: list[Scan], kind: dict[Scan, str]) -> int:
    """Until when somebody who did not check out may be inside: the next scan, closing time or cap."""
    moves = sorted((s for s in scans if s.event or kind.get(s) == "visit"), key=lambda s: s.order)
    ends = [scan.at + CAP]
    ends += [s.at for s in moves if s.visitor == scan.visitor and s.order > scan.order][:1]
    if scan.site == "A":
        closes = int((CLOSES - START).total_seconds())
        ends.append(closes if closes > scan.at else closes + 86_400)
    return min(ends)


def chance(scan: Scan, end: int, second: int, stays: list[tuple[str, int, int]]) -> float:
    """That who came with `scan` and did not check out is inside at an instant, one stay after the other.

    Of the stays of the hour of entry as they are many against DWELL_SHRINK of all hours'. A next scan before closing
    and cap tells that the person had left by then.
    """
    if second >= end:
        return 0.0

    def step_of(at: int) -> int:
        """Five minutes of the day that end with an instant."""
        return -(-(at + MIDNIGHT) // 300)

    def hour(at: int) -> int:
        return max((at + MIDNIGHT) % 86_400 - 1, 0) // 3600

    def alive(age: int) -> float:
        own = [until - since for s, since, until in stays if s == scan.site]
        like = [u - s for site, s, u in stays if site == scan.site and hour(s) == hour(scan.at)]
        shares = [sum((n // 300 > age) + 0.5 * (n // 300 == age) for n in some) for some in (own, like)]
        share = shares[0] / len(own)
        for _ in range(2):  # the category's hours, then the site's: here they are the same stays
            share = (shares[1] + rules.DWELL_SHRINK * share) / (len(like) + rules.DWELL_SHRINK)
        return share

    since = step_of(scan.at)
    age = step_of(second) - since
    if second % 300 or age * 300 >= CAP:
        return 0.0
    last = scan.at + CAP
    if scan.site == "A":
        closes = int((CLOSES - START).total_seconds())
        last = min(last, closes if closes > scan.at else closes + 86_400)
    if end == last:
        return alive(age)
    left = step_of(end) - since
    by_then = alive(left)
    if 1 - by_then <= 0.01:
        return 1 - (age + 0.5) / left
    return (alive(age) - by_then) / (1 - by_then)


def _lay(con: db.Connection, scans: list[Scan]) -> None:
    """The marts' two inputs, without a warehouse."""
    names = ["site", "code", "source_id", "visitor", "ts_wib", "day_wib", "event", "opened_at", "colour", "admitted"]
    types = [pa.int32(), pa.int32(), pa.string(), pa.int64(), pa.timestamp("us"), pa.date32(), pa.int8(),
        pa.timestamp("us"), pa.int8(), pa.int8()]  # fmt: skip
    rows = [
        (
            "AB".index(s.site) + 1,
            s.door * 2 + "AB".index(s.site),  # in the order of the codes' names
            "src",
            s.visitor,
            START + timedelta(seconds=s.at),
            (START + timedelta(seconds=s.at)).date(),
            s.event,
            None if s.opened is None else START + timedelta(seconds=s.opened),
            s.colour,
            s.admitted,
        )
        for s in scans
    ]
    data = [pa.array([r[i] for r in rows], t) for i, t in enumerate(types)]
    con.register("given", pa.table(data, names=names))
    for statement in (
        s for n in (3, 7) for s in con.extract_statements((store.SQL / f"schema_00{n}.sql").read_text("utf-8"))
    ):
        if "ALTER TABLE file" not in statement.query:
            con.execute(statement)
    for sql in (
        "CREATE TABLE scans AS FROM given",
        "CREATE VIEW chosen AS FROM scans",
        "CREATE TABLE prior AS FROM visit",
        "CREATE TABLE looked_from AS SELECT TIMESTAMP '0001-01-02' AS moment",
        "CREATE TABLE sealed_to AS SELECT DATE '0001-01-01' AS sealed_until",
        "INSERT INTO place_no VALUES (1, 'A'), (2, 'B')",
        f"""CREATE TABLE rules AS SELECT {rules.REPEAT_SECONDS} AS repeat_seconds, {HITAM} AS refused_colour,
        {rules.STATUS_UNKNOWN_COLOUR} AS status_unknown_colour, {STAYS} AS stays_needed,
        {rules.STAY_DAYS} AS stay_days, {rules.DWELL_SHRINK} AS dwell_shrink, {rules.REGULAR_DAYS} AS regular_days,
        {rules.REGULAR_WINDOW} AS regular_window""",
        f"""CREATE TABLE place_row AS SELECT site AS place_row, site, DATE '0001-01-01' AS valid_from,
        DATE '9999-12-31' AS valid_to, '?' AS kelurahan, '?' AS kecamatan, NULL::VARCHAR AS area, site_id AS category,
        {CAP // 60} AS cap_minutes FROM place_no""",
        f"""CREATE TABLE hours AS SELECT 'A' AS place_id, weekday, TIME '07:00' AS opens,
        TIME '{CLOSES:%H:%M}' AS closes, NULL::DATE AS valid_from, NULL::DATE AS valid_to
        FROM range(1, 8) t(weekday)""",
        "CREATE TABLE covered (source_id VARCHAR, day DATE)",
        "CREATE TABLE code (site INTEGER, source_id VARCHAR, valid_from DATE, valid_to DATE)",
        "CREATE TABLE dirty_hour AS SELECT DATE '2021-11-27' + i::INTEGER AS day FROM range(5) t(i)",
        "CREATE TABLE dirty_visit AS FROM dirty_hour",
        "CREATE TABLE stay_day AS FROM dirty_hour",
        "CREATE TABLE dirty_month AS SELECT DATE '2021-11-01' AS month",
    ):
        db.run(con, sql)
