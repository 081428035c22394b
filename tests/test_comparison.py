"""Use or visits: each verdict with each reason and each constant at its edges, and the query against plain counts."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from core import builds, comparison, comparison_words, rules, words
from core import settings as environment
from core.comparison import Change, Compared, Counted, Verdict
from core.settings import Settings
from core.view import View
from etl import __main__ as cli
from queries import comparison as queries
from queries import scan_rate
from tests.files import log, row, view_of
from tests.test_queries import visit_rows

Etl = Callable[..., int]


def pairs(before: int, after: int, n: int = 7) -> tuple[tuple[int, int], ...]:
    return ((before, after),) * n


def change(before: int, after: int, n: int = 7) -> Change:
    return Change(pairs(before, after, n), 1)


def compared(before: int, after: int, **more: object) -> Compared:
    """Every code the same, old and known, at one level; `more` changes that."""
    same = change(before, after)
    return Compared(**({"total": same, "same": same, "settled": same} | more))  # type: ignore[arg-type]


def counted(before: int, after: int, entries: tuple[int, int], of: float = 1.0) -> Counted:
    return Counted(change(before, after), change(*entries), of, 1)


def judged(before: int, after: int, **more: object) -> tuple[str, str]:
    found = comparison.verdict(compared(before, after, **more))
    return found.word, found.reason


# --- the interval ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("freedom", "published"), [(3, 3.182), (4, 2.776), (6, 2.447), (10, 2.228), (30, 2.042)])
def test_quantiles_are_those_of_the_tables(freedom: int, published: float) -> None:
    assert comparison.quantile(freedom) == pytest.approx(published, rel=0.01)


def test_the_interval_follows_from_the_days() -> None:
    """Equal pairs vary no more than chance: the interval is Wilson's of 2200 in 4200, turned into a ratio."""
    low, high = comparison.interval(pairs(500, 550, 4)) or (0, 0)
    t, n, p = comparison.quantile(3), 4200, 2200 / 4200
    for end, sign in ((low, -1), (high, 1)):
        share = (p + t * t / (2 * n) + sign * t * (p * (1 - p) / n + t * t / (4 * n * n)) ** 0.5) / (1 + t * t / n)
        assert end == pytest.approx(share / (1 - share))
    uneven = comparison.interval(((500, 550), (500, 900), (500, 300), (500, 450)))
    assert uneven is not None
    assert uneven[0] < 0.6 < low < 1.1 < high < uneven[1]


def test_the_interval_needs_pairs_and_takes_zero() -> None:
    assert comparison.interval(pairs(9, 9, rules.COMPARE_PAIRS_NEEDED - 1)) is None
    assert comparison.interval(pairs(9, 9, rules.COMPARE_PAIRS_NEEDED)) is not None
    assert comparison.interval((*pairs(9, 9, 3), (0, 0))) is None  # a day on which nobody came shows no variation
    low, high = comparison.interval(pairs(20, 0)) or (1, 1)
    assert low == 0 and 0 < high < 0.1
    low, high = comparison.interval(pairs(0, 20)) or (1, 1)
    assert low > 10 and high == float("inf")


def test_the_day_that_departs_is_named() -> None:
    assert comparison.odd_pair((*pairs(100, 102, 6), (100, 250))) == 6
    assert comparison.odd_pair(pairs(100, 102)) is None
    assert comparison.odd_pair(((100, 250), (250, 100)) * 3) is None  # none stands out of a common disorder
    assert comparison.odd_pair(((100, 250), *pairs(100, 102, 2))) is None
    assert comparison.odd_pair(pairs(0, 5)) is None


# --- the verdict ----------------------------------------------------------------------------------------------------


def test_up_and_down_at_the_least_change() -> None:
    """Beyond what days vary, and at least 5 %: of 1000 a day over 7 days that is 50."""
    assert rules.COMPARE_CHANGE == 0.05
    assert [judged(1000, n) for n in (1051, 1050)] == [("up", "same")] * 2
    assert [judged(1000, n) for n in (950, 949)] == [("down", "same")] * 2
    for n in (1049, 1000, 951):
        assert judged(1000, n) == ("unsure", "noise")


def test_a_change_within_the_days_variation_is_none() -> None:
    days = ((1000, 1500), (1000, 900), (1000, 1400), (1000, 700), (1000, 1500), (1000, 900), (1000, 1100))
    assert sum(b for _, b in days) > 1.14 * 7000 * 0.99  # 14 % more
    same = Change(days, 1)
    assert comparison.verdict(Compared(same, same, same)) == Verdict("unsure", "noise")


def test_too_few_visits_or_days() -> None:
    n = rules.COMPARE_VISITS_NEEDED
    few = [Change(((0, k), *pairs(1, 9, 3)), 1) for k in (n - 28, n - 27, n - 26)]  # 29, 30, 31 visits after, 3 before
    assert [c.larger for c in few] == [n - 1, n, n + 1]
    assert [comparison.verdict(Compared(c, c, c)).reason for c in few] == ["few_visits", "same", "same"]
    short = [change(1000, 1200, k) for k in (3, 4, 5)]
    assert [comparison.verdict(Compared(c, c, c)).reason for c in short] == ["few_days", "same", "same"]
    assert comparison.verdict(Compared(Change(), Change(), Change())) == Verdict("unsure", "few_days")


@pytest.mark.parametrize("reason", comparison.LEFT_OUT)
def test_too_few_days_say_what_left_them_out(reason: str) -> None:
    few = change(1000, 1200, 3)
    other = next(name for name in comparison.LEFT_OUT if name != reason)
    found = Compared(few, few, few, left_out={reason: 3, other: 1})
    assert comparison.verdict(found) == Verdict("unsure", reason)
    assert judged(1000, 1200, left_out={reason: 3}) == ("up", "same")  # enough days are left


def test_unknown_places() -> None:
    at = rules.COMPARE_KNOWN_SHARE
    assert judged(1000, 1200, known=at - 0.01) == ("unsure", "uncovered")
    assert judged(1000, 1200, known=at) == ("up", "same")
    assert judged(1000, 1200, known=at + 0.01) == ("up", "same")


def total_of(*parts: Change) -> Change:
    return Change(
        tuple((sum(a for a, _ in day), sum(b for _, b in day)) for day in zip(*(p.pairs for p in parts), strict=True)),
        len(parts),
    )


def test_more_codes() -> None:
    same, new = change(1000, 1000), change(0, 200)
    found = Compared(total_of(same, new), same, same, new=new)
    assert comparison.verdict(found) == Verdict("more_codes", "new_codes")
    fell = change(1000, 900)
    found = Compared(total_of(fell, new), fell, fell, new=new)
    assert comparison.verdict(found) == Verdict("more_codes", "same_fell")
    grown = change(100, 300)
    found = Compared(total_of(same, grown), same, same, grown=grown)
    assert comparison.verdict(found) == Verdict("more_codes", "new_codes")
    rose = change(1000, 1200)
    found = Compared(total_of(rose, new), rose, rose, new=new)
    assert comparison.verdict(found) == Verdict("up", "same")  # although part of the rise is new codes


def test_more_codes_where_there_were_none() -> None:
    nothing = Change(pairs(0, 0, 5))
    for visits, verdict in ((29, ("unsure", "few_visits")), (30, ("more_codes", "new_codes"))):
        new = Change(((0, visits), *pairs(0, 0, 4)), 1)
        found = comparison.verdict(Compared(new, nothing, nothing, new=new))
        assert (found.word, found.reason) == verdict
    assert Change(pairs(0, 9)).share is None  # no percentage of nothing


def test_new_codes_must_make_the_rise() -> None:
    """At least half: 30 of a rise of 60 are, 29 are not."""
    assert rules.COMPARE_NEW_SHARE == 0.5
    noisy = ((800, 1000), (1200, 1030), (800, 1000), (1200, 1030), (800, 1000), (1200, 1030), (1000, 1120))
    same = Change(noisy, 1)
    assert comparison.direction(same) is None and same.difference == 210
    for extra, word in ((211, "more_codes"), (210, "more_codes"), (209, "unsure")):
        new = Change(((0, extra), *pairs(0, 0, 6)), 1)
        assert comparison.verdict(Compared(total_of(same, new), same, same, new=new)).word == word


def test_codes_that_come_into_use_are_no_more_people() -> None:
    settled, young = change(1000, 1000), change(200, 400)
    same = total_of(settled, young)
    assert comparison.direction(same) == "up"
    assert comparison.verdict(Compared(same, same, settled)) == Verdict("more_codes", "young_codes")
    rose = change(1000, 1200)
    assert comparison.verdict(Compared(total_of(rose, young), total_of(rose, young), rose)) == Verdict("up", "same")


def test_codes_that_end() -> None:
    same, ended = change(1000, 1000), change(300, 0)
    assert comparison.verdict(Compared(total_of(same, ended), same, same, ended=ended)) == Verdict("unsure", "ended")
    rose = change(1000, 1100)
    assert comparison.verdict(Compared(total_of(rose, ended), rose, rose, ended=ended)) == Verdict("unsure", "ended")
    fell = change(1000, 800)
    assert comparison.verdict(Compared(total_of(fell, ended), fell, fell, ended=ended)) == Verdict("down", "same")


@pytest.mark.parametrize(
    ("level", "up", "down"),
    [
        ("same", ("up", "same"), ("down", "same")),
        ("relaxed", ("up", "relaxed"), ("unsure", "relaxed")),
        ("tightened", ("unsure", "tightened"), ("down", "tightened")),
        ("mixed", ("unsure", "mixed"), ("unsure", "mixed")),
        ("unknown", ("unsure", "unknown"), ("unsure", "unknown")),
    ],
)
def test_the_level_without_counters(level: str, up: tuple[str, str], down: tuple[str, str]) -> None:
    """A looser level lets people come without a scan, a stricter one makes them scan: neither change is theirs."""
    assert judged(1000, 1200, level=level) == up
    assert judged(1000, 800, level=level) == down


def test_how_levels_change() -> None:
    change = comparison.level_change
    assert change([(2, 2), (2, 2)]) == "same" == change([])
    assert change([(2, 2), (2, 1)]) == "relaxed"
    assert change([(1, 0)]) == "relaxed"  # revoked
    assert change([(2, 3), (2, 2)]) == "tightened"
    assert change([(2, 3), (2, 1)]) == "mixed"
    assert change([(2, 2), (None, 1)]) == "unknown" == change([(2, None)])


@pytest.mark.parametrize("level", ["same", "relaxed", "tightened", "mixed", "unknown"])
def test_counters_decide_at_any_level(level: str) -> None:
    def at(before: int, after: int, entries: tuple[int, int]) -> tuple[str, str]:
        return judged(before, after, level=level, counted=counted(before, after, entries))

    assert at(1000, 600, (1500, 1500)) == ("less_use", "counters")
    assert at(1000, 600, (1500, 1700)) == ("less_use", "counters")
    assert at(1000, 600, (1500, 900)) == ("down", "counted")
    assert at(1000, 1600, (1500, 2400)) == ("up", "counted")
    assert at(1000, 1600, (1500, 1500)) == ("unsure", "counters")


def test_counters_must_see_half_of_the_change() -> None:
    """Check-ins to a quarter: half of that, as a ratio, is to a half."""
    assert rules.COMPARE_EXPLAINED == 0.5
    for after, verdict in ((990, "down"), (999, "down"), (1003, "less_use"), (1010, "less_use")):
        assert judged(1000, 250, counted=counted(1000, 250, (2000, after)))[0] == verdict


def test_counters_elsewhere_or_few_decide_nothing() -> None:
    at = rules.COMPARE_COUNTED_SHARE
    for of, fall, rise in (
        (rules.COMPARE_DOUBT_SHARE - 0.01, ("down", "same"), ("up", "same")),
        (rules.COMPARE_DOUBT_SHARE, ("unsure", "counters_fall"), ("unsure", "counters")),
        (rules.COMPARE_DOUBT_SHARE + 0.01, ("unsure", "counters_fall"), ("unsure", "counters")),
        (at - 0.01, ("unsure", "counters_fall"), ("unsure", "counters")),
        (at, ("less_use", "counters"), ("unsure", "counters")),
        (at + 0.01, ("less_use", "counters"), ("unsure", "counters")),
    ):
        assert judged(1000, 600, counted=counted(1000, 600, (1500, 1500), of)) == fall
        assert judged(1000, 1600, counted=counted(1000, 1600, (1500, 1500), of)) == rise
    agree = [counted(1000, 600, (1500, 900), of) for of in (at - 0.01, at)]
    assert [judged(1000, 600, level="relaxed", counted=c)[1] for c in agree] == ["relaxed", "counted"]
    few = [Counted(change(1000, 600), Change(((n, n),)), 1.0) for n in (29, 30, 31)]
    assert [judged(1000, 600, counted=c)[1] for c in few] == ["same", "counters", "counters"]
    still = Counted(change(1000, 1000), change(1500, 1500), 1.0)  # check-ins did not fall where people were counted
    assert judged(1000, 600, counted=still) == ("down", "same")


def test_places_that_cease_to_scan() -> None:
    at = rules.COMPARE_SILENT_SHARE
    for share, relaxed, same in (
        (at - 0.01, ("unsure", "relaxed"), ("down", "same")),
        (at, ("less_use", "silent"), ("unsure", "silent")),
        (at + 0.01, ("less_use", "silent"), ("unsure", "silent")),
    ):
        assert judged(1000, 600, level="relaxed", silent=share) == relaxed
        assert judged(1000, 600, silent=share) == same


def test_places_closed_by_an_order() -> None:
    at = rules.COMPARE_CLOSED_SHARE
    words = [judged(1000, 600, level="relaxed", closed=share) for share in (at - 0.01, at, at + 0.01)]
    assert words == [("unsure", "relaxed"), ("down", "closed"), ("down", "closed")]


def test_every_verdict_and_reason_has_its_words() -> None:
    for word in comparison.VERDICTS:
        assert f"comparison.verdict.{word}" in words.catalogue()
    for reason in (
        "few_days",
        "noise",
        "ended",
        "counters",
        "counters_fall",
        "few_visits",
        "silent",
        *comparison.LEFT_OUT,
    ):
        assert f"comparison.reason.unsure.{reason}" in words.catalogue()
    for level in (comparison.RELAXED, comparison.TIGHTENED, comparison.MIXED, comparison.UNKNOWN):
        assert f"comparison.reason.unsure.{level}" in words.catalogue()


# --- the query ------------------------------------------------------------------------------------------------------

WEEK1, WEEK2 = date(2021, 12, 7), date(2021, 12, 14)  # level 2, then level 1; no holiday in either
# place of the codes -> code, valid from, valid to, check-ins a day before and after
HISTORY = {
    "kantor-kel-sukun": ("QR-A", "2021-11-01", "", 20, 20),
    "kantor-kel-dinoyo": ("QR-B", "2021-11-01", "", 20, 8),
    "kantor-kec-klojen": ("QR-C", "2021-11-01", "", 20, 8),
    "kantor-kel-klojen": ("QR-D", "2021-11-01", "", 20, 8),
    "kantor-kel-samaan": ("QR-E", "2021-11-01", "", 20, 0),
    "mpp": ("QR-F", "2021-12-14", "", 0, 20),
    "balai-kota-pintu-1": ("QR-G1", "2021-11-01", "", 10, 10),
    "balai-kota-pintu-2": ("QR-G2", "2021-12-14", "", 0, 10),
    "kampung-warna-warni": ("QR-H", "2021-11-01", "2021-12-13", 10, 0),
    "kantor-kel-kiduldalem": ("QR-I", "2021-12-01", "", 10, 20),
    "rsud": ("QR-J", "2021-11-01", "", 20, 30),
    "dprd": ("QR-K", "2021-11-01", "", 20, 30),
}
COUNTS = {"kantor-kec-klojen": (30, 30), "kantor-kel-klojen": (30, 12), "dprd": (40, 40)}  # entries a day


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Two weeks of known check-ins at places of every kind, loaded and built once."""
    folder = tmp_path_factory.mktemp("history")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_DATA_DIR", str(folder / "data"))
        patch.setenv("PANTAU_KEY_FILE", str(folder / "key"))
        here = environment.load()
        assert cli.main(["simulate", "--scenario", "contoh"]) == 0
        codes = [
            f"{code},{place},pemkot,{first},{last},test,low,simulasi"
            for place, (code, first, last, _, _) in HISTORY.items()
        ]
        head = "qr_code,place_id,source_id,valid_from,valid_to,source,confidence,simulasi"
        (here.scenario / "qr.csv").write_text("\n".join([head, *codes, ""]))
        rows, counts, person = [], ["counted_at,place_code,n_in,n_out,interval_minutes"], 0
        for n in range(14):
            day = WEEK1 + timedelta(days=n)
            for code, _, _, *daily in HISTORY.values():
                for k in range(daily[n >= 7]):
                    person += 1
                    rows.append(row(f"{day} {8 + k % 8:02d}:{k:02d}:00", code, person=person))
            for place, entries in COUNTS.items():  # two readings of four hours
                counts += [f"{day} {hour}:00,{place},{entries[n >= 7] // 2},0,240" for hour in (12, 16)]
        path = log(folder / "log.csv", rows)
        (folder / "count.csv").write_text("\n".join([*counts, ""]))
        days = ["--days", "2021-12-01..2021-12-22"]
        assert cli.main(["load", str(path), "--profile", "pedulilindungi", "--source", "pemkot", *days]) == 0
        count = ["load", str(folder / "count.csv"), "--profile", "hitung", "--source", "mal", "--build"]
        assert cli.main(count) == 0
        served = builds.current(here)
        builds.close_all()
    assert served is not None
    return folder, served.build


@pytest.fixture
def built(history: tuple[Path, str], here: Settings) -> str:
    folder, build = history
    here.builds.mkdir(parents=True)
    for name in (f"{build}.duckdb", "CURRENT"):
        (here.builds / name).write_bytes((folder / "data" / "builds" / name).read_bytes())
    forget()
    return build


def forget() -> None:
    """A build never changes, so its answers are kept; here it does."""
    for kept in (queries.compare, scan_rate.spans):
        kept.cache_clear()


def change_build(here: Settings, build: str, *statements: str) -> None:
    """What no log of ours would say: written into this test's own copy of the build."""
    builds.close_all()
    forget()
    con = duckdb.connect(str(builds.file_of(here, build)))
    for statement in statements:
        con.execute(statement)
    con.close()


def week(build: str, **filters: object) -> View:
    return view_of(build, WEEK2, WEEK2 + timedelta(days=6), **filters)


def test_the_parts_add_up(built: str) -> None:
    found = queries.compare(week(built))
    assert (found.first, found.last) == (WEEK1, WEEK1 + timedelta(days=6))
    kinds = {"mpp": "new", "kampung-warna-warni": "ended", "balai-kota-pintu-1": "grown", "balai-kota-pintu-2": "grown"}
    for name in ("same", "new", "grown", "ended"):
        daily = [h[3:] for place, h in HISTORY.items() if kinds.get(place, "same") == name]
        assert getattr(found.found, name).pairs == ((sum(a for a, _ in daily), sum(b for _, b in daily)),) * 7
    parts = found.found
    assert parts.total.pairs == total_of(parts.same, parts.new, parts.grown, parts.ended).pairs
    assert (parts.total.places, parts.same.places, parts.new.places, parts.grown.places, parts.ended.places) == (
        11, 8, 1, 1, 1,
    )  # fmt: skip
    assert parts.same.difference - parts.settled.difference == 70  # the code of 1 December
    assert (parts.level, parts.known, dict(parts.left_out)) == ("relaxed", 1.0, {})


@pytest.mark.parametrize(
    ("place", "verdict"),
    [
        ("kantor-kel-sukun", ("unsure", "noise")),
        ("kantor-kel-dinoyo", ("unsure", "relaxed")),
        ("kantor-kec-klojen", ("less_use", "counters")),
        ("kantor-kel-klojen", ("down", "counted")),
        ("kantor-kel-samaan", ("less_use", "silent")),
        ("mpp", ("more_codes", "new_codes")),
        ("balai-kota", ("more_codes", "new_codes")),
        ("kampung-warna-warni", ("unsure", "few_visits")),
        ("kantor-kel-kiduldalem", ("more_codes", "young_codes")),
        ("rsud", ("up", "relaxed")),
        ("dprd", ("unsure", "counters")),
    ],
)
def test_a_place_of_every_kind(built: str, place: str, verdict: tuple[str, str]) -> None:
    view = week(built, place=place)
    found = queries.compare(view)
    assert (found.verdict.word, found.verdict.reason) == verdict
    said = comparison_words.sentence(found, view)
    assert words.text(f"comparison.verdict.{verdict[0]}", "id") in said
    assert words.text(f"comparison.verdict.{verdict[0]}", "en") in comparison_words.sentence(
        found, replace(view, language="en")
    )


def test_the_sentence_gives_total_same_and_new(built: str) -> None:
    found = queries.compare(week(built, category="kantor"))
    before, after = 7 * (10 + 20), 7 * (20 + 30)  # Balai Kota and DPRD
    share = round(100 * (after / before - 1), 1)
    said = comparison_words.sentence(found, week(built))
    assert f"total +{str(share).replace('.', ',')} % ({before} menjadi {after})" in said
    assert "pada QR yang sama +50,0 % (kisaran" in said and "dari QR baru +70 kunjungan" in said
    one = queries.compare(week(built, place="mpp"))
    assert "total - (0 menjadi 140); pada QR yang sama -; dari QR baru +140" in comparison_words.sentence(
        one, week(built)
    )


def test_head_counts_of_the_same_hours(built: str) -> None:
    found = queries.compare(week(built, place="kantor-kel-klojen")).found.counted
    assert found is not None
    assert (found.entries.before, found.entries.after, found.of, found.places) == (7 * 30, 7 * 12, 1.0, 1)
    assert (found.check_ins.before, found.check_ins.after) == (7 * 20, 7 * 8)
    whole = queries.compare(week(built)).found.counted
    assert whole is not None and whole.places == 3
    same = sum(h[3] for p, h in HISTORY.items() if p not in ("mpp", "kampung-warna-warni") and "pintu" not in p)
    assert whole.of == pytest.approx(60 / same)
    morning = queries.compare(week(built, place="kantor-kel-klojen", hours=(8, 11))).found.counted
    assert morning is not None and morning.entries.before == 7 * 15


def test_which_period_it_is_compared_with(built: str) -> None:
    view = week(built)
    assert queries.earlier(view) == (WEEK1, date(2021, 12, 13))
    assert queries.earlier(replace(view, last=date(2021, 12, 16))) == (WEEK1, date(2021, 12, 9))
    assert queries.earlier(replace(view, last=date(2021, 12, 22))) == (date(2021, 11, 30), date(2021, 12, 8))
    assert queries.latest(view) == WEEK1
    assert queries.earlier(view, date(2021, 12, 1)) == (date(2021, 12, 1), date(2021, 12, 7))
    assert queries.earlier(view, date(2021, 12, 8)) == queries.earlier(view)  # would overlap
    early = queries.compare(view, date(2021, 12, 1))
    assert early.then[0] == date(2021, 12, 7) and early.then[-1] == date(2021, 12, 6)  # Tuesday with Tuesday
    assert [d.weekday() for d in early.then] == [d.weekday() for d in early.now]


def test_days_that_are_not_alike(built: str) -> None:
    view = view_of(built, WEEK2, date(2021, 12, 16))  # Tuesday to Thursday
    found = queries.compare(view, date(2021, 12, 10))  # Friday to Sunday
    assert found.verdict == Verdict("unsure", "weekday") and found.now == ()
    assert dict(found.found.left_out) == {"weekday": 3}
    assert "tidak dapat dipastikan, karena hari-hari kedua masa tidak sejenis" in comparison_words.sentence(found, view)
    assert queries.compare(view).verdict == Verdict("unsure", "few_days")


def test_holidays_provisional_and_unknown_days_are_left_out(built: str, here: Settings) -> None:
    change_build(
        here, built,
        "INSERT INTO holiday VALUES (DATE '2021-12-15', 'uji')",
        "INSERT INTO completeness SELECT 'pemkot', DATE '2021-12-20', 0.9",
        "UPDATE place_day SET covered = false WHERE day = DATE '2021-12-09'",
    )  # fmt: skip
    found = queries.compare(week(built))
    assert dict(found.found.left_out) == {"uncovered": 1, "provisional": 1, "holiday": 1}
    assert [d.day for d in found.now] == [14, 17, 18, 19]
    said = " ".join(comparison_words.limits(found, "id"))
    assert "Dibandingkan 4 dari 7 hari" in said and "1 hari tidak dibandingkan: libur hanya di satu masa." in said
    change_build(here, built, "INSERT INTO holiday VALUES (DATE '2021-12-08', 'uji'), (DATE '2021-12-11', 'uji')")
    assert dict(queries.compare(week(built)).found.left_out) == {"uncovered": 1, "provisional": 1, "holiday": 1}


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE place_day SET covered = false WHERE day BETWEEN '2021-12-14' AND '2021-12-17'", "uncovered"),
        ("INSERT INTO completeness SELECT 'pemkot', DATE '2021-12-16', 0.9", "provisional"),
        ("INSERT INTO holiday SELECT day, 'uji' FROM place_day WHERE day > '2021-12-16' GROUP BY day", "holiday"),
    ],
)
def test_too_few_days_are_left(built: str, here: Settings, statement: str, reason: str) -> None:
    change_build(here, built, statement)
    assert queries.compare(week(built, place="rsud")).verdict == Verdict("unsure", reason)


def test_places_without_a_log_are_left_out_and_counted(built: str, here: Settings) -> None:
    change_build(here, built, "UPDATE place_day SET covered = false WHERE site_id = 'rsud' AND day = '2021-12-15'")
    found = queries.compare(week(built)).found
    assert found.known == pytest.approx(1 - 1 / 77)
    assert found.same.pairs[1] == (found.same.pairs[0][0] - 20, found.same.pairs[0][1] - 30)
    where = "site_id IN ('rsud', 'dprd', 'mpp') AND day >= '2021-12-14'"
    change_build(here, built, f"UPDATE place_day SET covered = false WHERE {where}")
    assert queries.compare(week(built)).verdict == Verdict("unsure", "uncovered")


def test_an_unknown_or_unconfirmed_level(built: str, here: Settings) -> None:
    change_build(here, built, "UPDATE ppkm_levels SET level = NULL, confidence = 'low' WHERE valid_from = '2021-12-14'")
    found = queries.compare(week(built, place="rsud"))
    assert found.verdict == Verdict("unsure", "unknown") and found.unconfirmed
    assert "Level PPKM: 2 menjadi ?." in " ".join(comparison_words.limits(found, "id"))


def test_a_place_closed_by_an_order_is_not_silent(built: str, here: Settings) -> None:
    order = "INSERT INTO local_orders (place_id, valid_from, valid_to) VALUES ('kantor-kel-samaan', '{}', '2021-12-20')"
    change_build(here, built, order.format("2021-12-14"))
    assert queries.compare(week(built, place="kantor-kel-samaan")).verdict == Verdict("down", "closed")


def test_before_the_data_nothing_is_known(built: str) -> None:
    found = queries.compare(view_of(built, date(2021, 12, 1), date(2021, 12, 7), place="rsud"))
    assert found.verdict == Verdict("unsure", "uncovered") and found.now == ()


def test_against_the_hand_made_log(handmade: str) -> None:
    """R20: the second week against the first, counted in pandas; the mall's log begins on Wednesday."""
    first, second = date(2021, 11, 22), date(2021, 11, 29)
    found = queries.compare(view_of(handmade, second, date(2021, 12, 5)))
    log_rows = visit_rows().assign(date=lambda r: pd.to_datetime(r["day"]))
    table = log_rows.pivot_table(index="date", columns="site", aggfunc="size", fill_value=0)
    expected = []
    for n in range(7):
        then, now = (pd.Timestamp(d) + pd.Timedelta(days=n) for d in (first, second))
        sites = [s for s in table.columns if not (s == "matos" and n < 2)]
        expected.append(tuple(int(table.reindex([d], fill_value=0)[sites].to_numpy().sum()) for d in (then, now)))
    assert found.found.total.pairs == tuple(expected) == found.found.same.pairs == found.found.settled.pairs
    assert found.found.known == pytest.approx(1 - 2 / 56)
    assert found.found.new.places == found.found.grown.places == found.found.ended.places == 0
