"""Late and revised figures: what was published of a day, when, why it changed, and which figure holds."""

import json
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from core import builds, formats, lateness, quoting, revision, rules
from core.frames import rows
from core.revision import Version
from core.settings import Settings
from etl import standing, store
from queries import revisions, visits
from tests.files import log, row, view_of
from tests.stores import Etl, load, table

DAY = date(2021, 11, 24)


# --- the rules --------------------------------------------------------------------------------------------------------
BELOW, AT, ABOVE = rules.COMPLETE_SHARE - 0.001, rules.COMPLETE_SHARE, rules.COMPLETE_SHARE + 0.001


@pytest.mark.parametrize(
    ("shares", "expected"),
    [
        ([], []),
        ([BELOW], [True]),
        ([AT], [False]),
        ([ABOVE, AT, BELOW], [False, False, True]),
        ([AT, BELOW, ABOVE, None], [False, True, True, True]),  # trailing: no day after the first is certain
        ([None, None], [False, False]),
        ([None, BELOW, None], [False, True, True]),
    ],
)
def test_provisional_days_are_a_trailing_block(shares: list[float | None], expected: list[bool]) -> None:
    assert revision.block(shares) == expected


P, F, O = (Version(10, 0.9, True), Version(10, 1.0, False), Version(10, None, False))  # noqa: E741


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ([P], ["provisional"]),
        ([F], ["final"]),
        ([O], ["open"]),
        ([Version(None, None, False)], ["unknown"]),
        ([P, Version(12, 0.97, True), Version(12, 1.0, False)], ["provisional", "provisional", "final"]),
        ([P, Version(12, 1.0, False)], ["provisional", "final"]),  # it said that it would grow
        ([F, F], ["final", "final"]),
        ([F, Version(11, 1.0, False)], ["final", "revised"]),
        ([F, Version(11, 0.9, True)], ["final", "revised"]),  # changed after all, and may change again
        ([P, F, Version(11, 1.0, False)], ["provisional", "final", "revised"]),
        ([F, Version(None, None, False), F], ["final", "revised", "final"]),  # withdrawn, and back as it was
        ([Version(None, None, False), F], ["unknown", "final"]),
        ([O, Version(11, None, False)], ["open", "revised"]),
        ([Version(9, 1.0, False, True), F], ["partial", "final"]),  # it said that places were missing
        ([Version(9, 1.0, True, True), Version(9, 1.0, False, True)], ["provisional", "partial"]),
        ([F, Version(9, 1.0, False, True)], ["final", "revised"]),
    ],
)
def test_a_figure_is_revised_only_where_it_could_be_quoted_before(versions: list[Version], expected: list[str]) -> None:
    assert revision.statuses(versions) == expected


def test_until_when_a_provisional_day_changes() -> None:
    last = date(2021, 11, 28)
    shares = [(last - timedelta(days=n), share) for n, share in ((3, ABOVE), (2, AT), (1, BELOW), (0, 0.5))]
    assert revision.days_needed(shares, last) == 2
    assert revision.days_needed(shares[2:], last) is None
    days = [date(2021, 11, 27), date(2021, 11, 28), date(2021, 11, 29)]
    assert revision.changes_until(days, [2, 0, 2]) == [date(2021, 11, 29), date(2021, 11, 29), date(2021, 12, 1)]
    assert revision.changes_until(days, [2, None, 2]) == [date(2021, 11, 29), None, None]


# --- what is kept -----------------------------------------------------------------------------------------------------
def served(here: Settings) -> str:
    found = builds.usable(here)
    assert found is not None
    return found.build


def people(day: str, n: int, first: int = 1, code: str = "QR-SKN-1", **more: str) -> list[dict[str, str]]:
    return [row(f"{day} 08:{i:02d}:00", code, person=first + i, **more) for i in range(n)]


@pytest.fixture
def two(etl: Etl, scenario: None, here: Settings, tmp_path: Path) -> tuple[str, str]:
    """Builds of file A (24 and 25 Nov) and then of late B (24 Nov); no log says when it was uploaded."""
    sent = people("2021-11-24", 4) + people("2021-11-25", 3)
    sent += [row(f"2021-11-{day} 10:00:00", "QR-MTS-1", person=300) for day in (24, 25)]
    a = log(tmp_path / "a.csv", sent)
    assert load(etl, a) == 0 and etl("build") == 0
    first = served(here)
    b = log(tmp_path / "b.csv", people("2021-11-24", 3, first=50))
    assert load(etl, b) == 0 and etl("build") == 0
    return first, served(here)


def week(build: str) -> pd.DataFrame:
    return revisions.latest(view_of(build, date(2021, 11, 22), date(2021, 11, 28))).set_index("day")


def codes(why: object) -> list[str]:
    return [reason["code"] for reason in why]  # type: ignore[attr-defined]


def test_a_late_file(two: tuple[str, str]) -> None:
    found = week(two[1]).loc["2021-11-24"]
    assert (found["before"], found["visits"], found["difference"]) == (5, 8, 3)
    assert found["why"] == ({"code": "late_file", "names": ["b.csv"], "of": 1, "n": None},)
    assert found["build"] == two[1] and found["before_at"] <= found["published_at"]
    assert found["status"] == "revised"  # nothing had said that it might change
    untouched = week(two[1]).loc["2021-11-25"]
    assert (untouched["visits"], untouched["versions"], untouched["build"]) == (4, 1, two[0])
    assert pd.isna(untouched["before"]) and codes(untouched["why"]) == ["first"]


def test_a_figure_of_some_places_is_not_revised_when_the_others_come(
    etl: Etl, scenario: None, here: Settings, tmp_path: Path
) -> None:
    assert load(etl, log(tmp_path / "a.csv", people("2021-11-24", 5))) == 0 and etl("build") == 0
    view = view_of(served(here), DAY, DAY)
    [only] = revisions.latest(view).to_dict("records")
    assert (only["status"], only["places"], only["known_places"]) == ("partial", 7, 8)
    mall = log(tmp_path / "mal.csv", people("2021-11-24", 2, code="QR-MTS-1"))
    assert load(etl, mall) == 0 and etl("build") == 0
    [found] = revisions.latest(view_of(served(here), DAY, DAY)).to_dict("records")
    assert (found["visits"], found["difference"], found["status"]) == (7, 2, "open")
    assert found["why"][0]["names"] == ["mal.csv"]


def test_each_build_knows_itself_and_those_before(two: tuple[str, str]) -> None:
    first, second = (revisions.history(view_of(b, DAY, DAY)) for b in two)
    assert first["visits"].to_list() == [5] and second["visits"].to_list() == [5, 8]
    assert second["build"].to_list() == list(two)
    assert revisions.revised(view_of(two[0], DAY, DAY)).empty
    assert revisions.revised(view_of(two[1], DAY, DAY))["difference"].to_list() == [3]


def test_a_rebuild_without_change_adds_nothing(etl: Etl, here: Settings, two: tuple[str, str], tmp_path: Path) -> None:
    noted = table(here, "SELECT * FROM published_total ORDER BY ALL")
    builds.close_all()  # as a command of its own finds it
    assert etl("build") == 0 and etl("build") == 0
    assert served(here) == two[1]
    assert table(here, "SELECT * FROM published_total ORDER BY ALL") == noted
    again = log(tmp_path / "again.csv", people("2021-11-24", 3, first=50))  # other bytes would be duplicates
    again.write_text(again.read_text() + "\n")
    assert load(etl, again) == 0 and etl("build") == 0
    assert served(here) > two[1]  # the ledger has one file more
    assert table(here, "SELECT * FROM published_total ORDER BY ALL") == noted


def test_a_file_taken_back(etl: Etl, here: Settings, two: tuple[str, str]) -> None:
    assert etl("unload", "b.csv") == 0 and etl("build") == 0
    found = week(served(here)).loc["2021-11-24"]
    assert (found["before"], found["visits"], found["difference"], found["versions"]) == (8, 5, -3, 3)
    assert found["why"] == ({"code": "unloaded", "names": ["b.csv"], "of": 1, "n": None},)


def test_a_day_that_nobody_covers_any_more_is_unknown_and_not_zero(
    etl: Etl, here: Settings, two: tuple[str, str]
) -> None:
    assert etl("unload", "a.csv") == 0 and etl("build") == 0
    found = revisions.history(view_of(served(here), date(2021, 11, 25), date(2021, 11, 25))).iloc[-1]
    assert found["before"] == 4 and pd.isna(found["visits"]) and pd.isna(found["difference"])
    assert (found["status"], codes(found["why"])) == ("revised", ["unloaded"])
    assert revisions.latest(view_of(served(here), DAY, DAY))["visits"].to_list() == [3]


def test_rows_kept_aside_that_the_register_takes_up(etl: Etl, scenario: None, here: Settings, tmp_path: Path) -> None:
    sent = people("2021-11-24", 5) + people("2021-11-24", 2, first=70, code="QR-BARU-9")
    assert load(etl, log(tmp_path / "a.csv", sent)) == 0 and etl("build") == 0
    qr = here.scenario / "qr.csv"
    before = qr.read_text()
    [sukun] = [line for line in before.splitlines() if line.startswith("QR-SKN-1,")]
    qr.write_text(before + sukun.replace("QR-SKN-1", "QR-BARU-9") + "\n")
    assert etl("build") == 0
    found = week(served(here)).loc["2021-11-24"]
    assert (found["before"], found["visits"]) == (5, 7)
    assert found["why"] == ({"code": "taken_up", "names": ["Kantor Kelurahan Sukun"], "of": 1, "n": 2},)
    qr.write_text(before)
    assert etl("build") == 0
    found = week(served(here)).loc["2021-11-24"]
    assert (found["difference"], codes(found["why"])) == (-2, ["register"])


def test_other_rules_of_the_program(
    etl: Etl, here: Settings, two: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A change of what counts explains a day that no file and no code explains; a restart alone explains nothing."""
    monkeypatch.setattr(rules, "REPEAT_SECONDS", 0)
    assert load(etl, log(tmp_path / "c.csv", people("2021-11-26", 1))) == 0 and etl("build") == 0
    assert codes(week(served(here)).loc["2021-11-24"]["why"]) == ["late_file"]  # as it was: nobody tapped twice
    with store.writer(here), store.warehouse(here) as con, store.transaction(con):
        con.execute("UPDATE scan SET admitted = 0 WHERE day_wib = DATE '2021-11-25'")
        con.execute("INSERT INTO changed_day VALUES (DATE '2021-11-25')")
    assert etl("build") == 0
    found = week(served(here)).loc["2021-11-25"]
    assert (found["visits"], codes(found["why"])) == (0, ["unknown"])  # behind our back: said so, not guessed
    with store.writer(here), store.warehouse(here) as con, store.transaction(con):
        con.execute("UPDATE scan SET admitted = NULL WHERE day_wib = DATE '2021-11-25'")
        con.execute("INSERT INTO changed_day VALUES (DATE '2021-11-25')")
    monkeypatch.setattr(rules, "REPEAT_SECONDS", 1)
    assert etl("build") == 0
    assert codes(week(served(here)).loc["2021-11-25"]["why"]) == ["program"]


def test_a_late_file_of_the_evening_before_explains_a_repeat_after_midnight(
    etl: Etl, scenario: None, here: Settings, tmp_path: Path
) -> None:
    assert load(etl, log(tmp_path / "a.csv", [row("2021-11-25 00:05:00", person=1)])) == 0 and etl("build") == 0
    late = log(tmp_path / "late.csv", [row("2021-11-24 23:55:00", person=1)])
    assert load(etl, late) == 0 and etl("build") == 0
    found = week(served(here))
    assert found.loc["2021-11-25"]["visits"] == 0 and codes(found.loc["2021-11-25"]["why"]) == ["late_file"]


def test_rollback_and_release_add_nothing(etl: Etl, here: Settings, two: tuple[str, str]) -> None:
    noted = table(here, "FROM published_total ORDER BY ALL")
    assert etl("rollback") == 0
    assert week(served(here)).loc["2021-11-24"]["visits"] == 5  # the pinned build says what it said
    assert etl("build") == 0 and etl("rollback", "--release") == 0
    assert table(here, "FROM published_total ORDER BY ALL") == noted
    assert week(served(here)).loc["2021-11-24"]["visits"] == 8


@pytest.mark.parametrize("step", ["etl.totals.keep", "etl.publish.publish", "etl.publish._name", "etl.totals.record"])
def test_a_kill_between_publish_and_record_heals_at_the_next_build(
    step: str, etl: Etl, here: Settings, two: tuple[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Power(BaseException):
        pass

    def cut(*_: object) -> None:
        raise Power

    assert load(etl, log(tmp_path / "c.csv", people("2021-11-24", 2, first=80))) == 0
    with monkeypatch.context() as patch:
        patch.setattr(step, cut)
        with pytest.raises(Power):
            etl("build")
    assert load(etl, log(tmp_path / "d.csv", people("2021-11-25", 1, first=90))) == 0
    assert etl("build") == 0
    found = week(served(here))
    assert (found.loc["2021-11-24"]["before"], found.loc["2021-11-24"]["visits"]) == (8, 10)
    assert found.loc["2021-11-24"]["versions"] == 3 and found.loc["2021-11-24"]["why"][0]["names"] == ["c.csv"]
    assert found.loc["2021-11-25"]["why"][0]["names"] == ["d.csv"]
    assert table(here, "SELECT count(*) FROM publication WHERE build_id IS NULL") == [(0,)]
    assert {build for (build,) in table(here, "SELECT build_id FROM publication")} <= set(builds.on_disk(here))


def test_totals_are_the_sums_of_each_build(two: tuple[str, str], etl: Etl, handmade_like: str, here: Settings) -> None:
    for build in builds.on_disk(here):
        own = builds.frame(build, "SELECT day, visits, provisional FROM total ORDER BY day").astype({"visits": "Int64"})
        sums = builds.frame(
            build, "SELECT day, sum(visits) FILTER (covered) AS n FROM place_day GROUP BY day ORDER BY day"
        )
        assert own["visits"].to_list() == sums["n"].astype("Int64").to_list()
        days = visits.daily(view_of(build, own["day"].iloc[0].date(), own["day"].iloc[-1].date())).set_index("day")
        assert own["visits"].to_list() == days.loc[own["day"], "visits"].to_list()
        assert own["provisional"].to_list() == days.loc[own["day"], "provisional"].to_list()
        last = revisions.latest(view_of(build, own["day"].iloc[0].date(), own["day"].iloc[-1].date()))
        assert last["visits"].dropna().to_list() == own["visits"].dropna().to_list()


@pytest.fixture
def handmade_like(etl: Etl, two: tuple[str, str], here: Settings, tmp_path: Path) -> str:
    """A third build beside `two`: logs whose uploads say how complete a day is."""
    uploads = []
    for n in range(10):  # each day's visits arrive in halves: on the day, and three days later
        day = date(2021, 11, 26) + timedelta(days=n)
        for part, delay in ((0, 0), (1, 3)):
            at = day + timedelta(days=delay)
            if at <= date(2021, 12, 5):
                uploads += people(str(day), 4, first=100 + 10 * part, waktu_unggah=f"{at} 23:00:00")
        uploads += people(str(day), 1, first=400, code="QR-MTS-1", waktu_unggah=f"{day} 23:00:00")
    assert load(etl, log(tmp_path / "uploads.csv", uploads)) == 0 and etl("build") == 0
    return served(here)


def test_a_provisional_day_says_until_when_it_changes(handmade_like: str) -> None:
    """Halves arrive after 0 and 3 days, seen up to 5 Dec: the days of 3 to 5 Dec are short, each for three days."""
    found = revisions.latest(view_of(handmade_like, date(2021, 12, 1), date(2021, 12, 5))).set_index("day")
    assert found["provisional"].to_list() == [False, False, True, True, True]
    assert found["status"].to_list() == ["final", "final", "provisional", "provisional", "provisional"]
    until = [None if pd.isna(v) else v.date() for v in found["until"]]
    assert until == [None, None, date(2021, 12, 6), date(2021, 12, 7), date(2021, 12, 8)]
    assert revisions.provisional(handmade_like) == (date(2021, 12, 3), date(2021, 12, 5))


def test_a_provisional_day_that_grows_is_not_revised_and_settles_once(
    handmade_like: str, etl: Etl, here: Settings, tmp_path: Path
) -> None:
    rest = people("2021-12-05", 4, first=110, waktu_unggah="2021-12-08 23:00:00")
    rest += people("2021-12-08", 4, waktu_unggah="2021-12-08 23:00:00")
    assert load(etl, log(tmp_path / "rest.csv", rest)) == 0 and etl("build") == 0
    found = revisions.history(view_of(served(here), date(2021, 12, 4), date(2021, 12, 5))).groupby("day")
    [(_, fourth), (_, fifth)] = list(found)
    assert fourth["status"].to_list() == ["provisional", "final"] and codes(fourth["why"].iloc[-1]) == ["settled"]
    assert fifth["visits"].to_list() == [5, 9] and fifth["status"].to_list() == ["provisional", "final"]
    assert codes(fifth["why"].iloc[-1]) == ["late_file"]
    assert revisions.revised(view_of(served(here), date(2021, 12, 4), date(2021, 12, 5)))["day"].dt.day.to_list() == [5]


def test_where_nothing_has_ever_been_complete_the_end_is_unknown(
    etl: Etl, scenario: None, here: Settings, tmp_path: Path
) -> None:
    sent = people("2021-12-05", 4, waktu_unggah="2021-12-05 23:00:00")
    sent += people("2021-12-04", 4, waktu_unggah="2021-12-09 23:00:00")  # five days to be whole, seen for four
    sent += people("2021-12-05", 1, first=40, waktu_unggah="2021-12-08 23:00:00")
    assert load(etl, log(tmp_path / "a.csv", sent)) == 0 and etl("build") == 0
    found = revisions.latest(view_of(served(here), date(2021, 12, 5), date(2021, 12, 5)))
    assert found["provisional"].to_list() == [True]
    assert found["until"].dt.date.to_list() == [date(2021, 12, 10)]


def test_reasons_are_a_closed_set(two: tuple[str, str], here: Settings) -> None:
    said = {
        reason["code"] for (why,) in table(here, "SELECT why FROM published_total") for reason in json.loads(str(why))
    }
    assert said <= set(revisions.REASONS)
    written = (store.SQL / "totals.sql").read_text()
    assert all(f"'{code}'" in written or f'"{code}"' in written for code in revisions.REASONS)


# --- what is said -----------------------------------------------------------------------------------------------------
def test_which_figure_holds_in_words(handmade_like: str, two: tuple[str, str]) -> None:
    """Screen and command line say both figures, their times, the difference, the reason, and which to quote."""
    [row_] = rows(revisions.latest(view_of(handmade_like, DAY, DAY)))
    at, before_at = (formats.moment(t.to_pydatetime()) for t in (row_.published_at, row_.before_at))
    assert quoting.sentence(row_, "id") == (
        f"Rabu 24 Nov 2021: 8 kunjungan, angka diperbaiki. Sebelumnya 5 (terbit {before_at}), yang sekarang terbit "
        f"{at}, selisih +3. Sebab: berkas terlambat: b.csv. Kutip 8 (angka diperbaiki)."
    )
    assert quoting.line(row_, "id") == (
        f"Rab 24 Nov: 5 -> 8 (+3), terbit {at}, sebab: berkas terlambat: b.csv; kutip 8 (angka diperbaiki)"
    )
    [row_] = rows(revisions.latest(view_of(handmade_like, date(2021, 12, 5), date(2021, 12, 5))))
    said = quoting.sentence(row_, "en")
    # of 68 scans (ten first halves, seven second ones) 40 came on their day: 58,8 %
    assert said.startswith("Sunday 5 Dec 2021: 5 visits, provisional figure (58 % has arrived). Published ")
    assert said.endswith("never changed. Quote 5 (provisional figure; it may still change until Wed 8 Dec).")


def test_many_files_are_counted_and_the_first_named() -> None:
    why = [{"code": "late_file", "names": ["a.csv", "b.csv", "c.csv"], "of": 5, "n": None}]
    why.append({"code": "taken_up", "names": ["Kantor"], "of": 1, "n": 1200})
    assert quoting.reasons(why, "id") == (
        "berkas terlambat: a.csv, b.csv, c.csv dan 2 lagi; 1.200 check-in yang disisihkan kini terhitung (Kantor)"
    )
    for code in revisions.REASONS:
        for language in ("id", "en"):
            assert quoting.reasons([{"code": code, "names": [], "of": 0, "n": None}], language)


def test_status_says_what_changed_and_which_figure_holds(
    etl: Etl, handmade_like: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert etl("status") == 0
    said = capsys.readouterr().out
    assert "Angka sementara: Jum 3 Des s.d. Min 5 Des 2021 (3 hari)." in said
    assert "  Rab 24 Nov: 5 -> 8 (+3), terbit " in said and "sebab: berkas terlambat: b.csv; kutip 8" in said
    assert etl("status", "--day", "2021-11-24") == 0
    assert capsys.readouterr().out.startswith("Rabu 24 Nov 2021: 8 kunjungan, angka diperbaiki. Sebelumnya 5 (terbit ")
    assert etl("status", "--day", "2020-01-01") == 0
    assert capsys.readouterr().out == "Rabu 1 Jan 2020: belum pernah ada angka terbit.\n"
    assert etl("--bahasa", "en", "status", "--day", "2021-11-24") == 0
    assert "Quote 8 (revised figure)" in capsys.readouterr().out


def test_a_day_is_asked_for_where_nothing_was_published(etl: Etl, capsys: pytest.CaptureFixture[str]) -> None:
    assert etl("status", "--day", "2021-11-24") == 2
    assert "python -m etl build" in capsys.readouterr().err


def test_status_answers_while_another_process_writes(
    etl: Etl, here: Settings, two: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    with store.writer(here):
        assert etl("status", "--day", "2021-11-24") == 0
        assert etl("status") == 0
        said = capsys.readouterr()
        assert "Proses lain sedang menulis: PID" in said.out and said.err == ""
        assert "keadaan terakhir yang tercatat" in said.out
        assert f"Data yang disajikan: {two[1]}" in said.out
        assert "Baris masuk 12 = 12 dimuat" in said.out
        assert "Rab 24 Nov: 5 -> 8 (+3)" in said.out
        here.status_file.write_text("{")
        assert etl("status") == 2
        here.status_file.unlink()
        assert etl("status") == 4  # nothing was ever noted


def test_lateness_on_the_command_line_goes_by_the_clock(
    etl: Etl, here: Settings, two: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """R15. Simulated sources stand in their own past; a real one is judged by now, with its schedule."""
    capsys.readouterr()
    assert etl("status") == 0
    said = capsys.readouterr().out
    assert "sampai 2021-11-25; tiap 1 hari, batas 2 hari: tepat waktu (simulasi, dinilai per Jumat 26 Nov 2021)" in said
    last = {"name": "Dinkes", "last_day": "2021-11-25", "every_days": 7, "late_after_days": 2, "simulated": False}
    for today, expected in ((4, "tepat waktu"), (5, "terlambat 1 hari, sejak Minggu 5 Des 2021")):
        [line] = list(standing.lines(here, {"dinkes": last}, datetime(2021, 12, today, 9)))[:1]
        assert line == f"Sumber Dinkes: sampai 2021-11-25; tiap 7 hari, batas 2 hari: {expected}"
    [line] = list(standing.lines(here, {"x": last | {"last_day": None}}, datetime(2021, 12, 1)))[:1]
    assert line == "Dinkes: belum pernah mengirim log"


@pytest.mark.parametrize(("today", "days"), [(27, None), (28, None), (29, 1), (30, 2)])
def test_a_daily_source_is_late_after_what_it_allows(today: int, days: int | None) -> None:
    found = lateness.late(date(2021, 11, 25), 1, 2, date(2021, 11, today))
    assert (found and (found.days, found.since)) == (days and (days, date(2021, 11, 29)))
