"""The data-quality screen's figures equal what was sent, counted apart."""

import csv
import io
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import pytest

from core import builds, rules, sentences, words
from core.settings import Settings
from queries import followup, freshness, quality, received
from tests.files import SAMPLE, log, row, view_of
from tests.stores import Etl, load

INPUTS = Path(__file__).with_name("inputs") / "bad"


@pytest.fixture
def sent(etl: Etl, here: Settings, handmade: str, tmp_path: Path) -> str:
    """The hand-made log, a refused page, a log of two bad rows and an unknown code, a counter that drifts."""
    rows = [row(f"2021-12-01 08:{n:02d}:00", person=n) for n in range(1, 19)]
    rows += [row("2021-12-01 09:00:00", "QR-ENTAH", person=40), row("kemarin", person=41), row("", person=42)]
    count = tmp_path / "pintu.csv"
    count.write_text(
        "counted_at,place_code,n_in,n_out,interval_minutes\n"
        "2021-12-01 09:00,matos,9,0,60\n2021-12-01 10:00,matos,0,12,60\n"
    )
    assert load(etl, INPUTS / "html-error-page.csv", log(tmp_path / "lagi.csv", rows)) == 3
    assert etl("load", count, "--profile", "hitung", "--source", "mal", "--build") == 0
    served = builds.current(here)
    assert served is not None
    return served.build


def test_files_and_their_accounting(sent: str) -> None:
    files = received.files(view_of(sent, date(2021, 11, 22), date(2021, 12, 5)))
    assert files["state"].to_list() == ["refused", "loaded", "loaded", "loaded"]
    assert files["name"].to_list() == ["html-error-page.csv", "pintu.csv", "lagi.csv", "contoh.csv"]
    mine = files.set_index("name").loc["lagi.csv"]
    assert mine["arrived"] == 21 and mine["rejected"] == 2 and mine["kept_aside"] == 1
    loaded = files[files["state"] == "loaded"]
    parts = loaded[["loaded", "duplicates", "rejected", "kept_aside"]].sum(axis=1)
    assert (loaded["arrived"] == parts).all()


def test_rejects_and_their_reasons(sent: str) -> None:
    view = view_of(sent, date(2021, 11, 22), date(2021, 12, 5))
    rejected = received.rejected(view)
    assert len(rejected) == 7 + 2  # the hand-made log's own seven (tests/handmade/README.md)
    mine = rejected[rejected["file"] == "lagi.csv"]
    assert mine["line"].to_list() == [21, 22]
    assert mine["value"].to_list() == ["xxxxxxx", ""]
    assert set(mine["expected"]) == {"2021-11-24 20:15:00"}
    assert not rejected["value"].fillna("").str.contains(r"9901|[0-9]{9,}").any()
    reasons = received.reasons(view).set_index("code")["n"].to_dict()
    assert reasons == Counter(rejected["code"])


def test_what_waits_for_the_register(sent: str) -> None:
    waiting = received.aside(view_of(sent, date(2021, 11, 22), date(2021, 12, 5)))
    with SAMPLE.open() as file:
        unknown = [r["waktu_scan"][:10] for r in csv.DictReader(file) if r["kode_qr"] == "QR-BARU-9"]
    found = waiting.set_index("code")[["n", "since"]].astype(str)
    assert found.loc["QR-BARU-9"].to_list() == [str(len(unknown)), min(unknown)]
    assert found.loc["QR-ENTAH"].to_list() == ["1", "2021-12-01"]


def test_a_long_number_in_the_code_column_is_not_shown_whole(
    etl: Etl, here: Settings, handmade: str, tmp_path: Path
) -> None:
    rows = [row("2021-12-01 08:00:00", "081234567890", person=1)]
    assert load(etl, log(tmp_path / "hp.csv", rows)) == 0
    assert etl("build") == 0
    served = builds.current(here)
    assert served is not None
    codes = received.aside(view_of(served.build, date(2021, 12, 1), date(2021, 12, 1)))["code"].to_list()
    assert "08...90" in codes
    assert "081234567890" not in builds.frame(served.build, "FROM aside").to_string()


def test_the_grid_tells_unknown_from_empty(sent: str) -> None:
    """A source's days go from its first check-in to its last; before and after nobody knows."""
    grid = received.grid(view_of(sent, date(2021, 11, 20), date(2021, 12, 6)))
    days = {"Check-in mal (contoh)": set(), "Check-in kantor, taman dan kampung (contoh)": set()}
    with SAMPLE.open() as file:
        for r in csv.DictReader(file):
            if r["jenis"] == "check-in" and r["waktu_scan"][:10] not in ("2021-11-31", ""):
                mall = r["sumber"] == "mal"
                days[list(days)[0 if mall else 1]].add(r["waktu_scan"][:10])
    for source, known in days.items():
        mine = grid[grid["source"] == source]
        covered = {str(day)[:10] for day in mine.loc[mine["state"] == "covered", "day"]}
        assert (min(covered), max(covered)) == (min(known), max(known))
        assert len(mine) == 17 and set(mine["state"]) == {"covered", "missing"}


def test_counters_drift(sent: str) -> None:
    [found] = received.counters(view_of(sent, date(2021, 12, 1), date(2021, 12, 1))).to_dict("records")
    assert (found["n_in"], found["n_out"], found["drift"], found["negative"]) == (9, 12, -3, 1)
    assert received.counters(view_of(sent, date(2021, 11, 25), date(2021, 11, 30))).empty


def test_the_sentence(sent: str) -> None:
    view = view_of(sent, date(2021, 11, 22), date(2021, 12, 5))
    assert followup.complete(view) == (2, 2, date(2021, 12, 4))
    assert sentences.quality((2, 2, date(2021, 12, 4)), followup.late(view), view) == (
        "Semua 2 sumber lengkap s.d. Sab 4 Des."
    )
    later = view_of(sent, date(2021, 12, 1), date(2021, 12, 20))
    behind = followup.late(later)
    assert len(behind) == 2
    said = sentences.quality(followup.complete(later), behind, later)
    assert said.startswith("0 dari 2 sumber lengkap s.d. -; ") and "terlambat" in said


def test_freshness_of_each_source(sent: str) -> None:
    """As followup says who is late; a source that never sent a log is unknown, neither late nor in time."""
    view = view_of(sent, date(2021, 12, 1), date(2021, 12, 9), datetime(2021, 12, 9))
    found = freshness.sources(view).set_index("source_id")
    assert found["last"].dt.date.to_dict() == {"pemkot": date(2021, 12, 5), "mal": date(2021, 12, 5)}
    assert found["days_late"].to_list() == [1, 1]
    assert set(found["late_since"].dt.date) == {date(2021, 12, 9)}
    assert followup.late(view)["days_late"].to_list() == [1, 1]
    in_time = freshness.sources(view_of(sent, date(2021, 12, 1), date(2021, 12, 8), datetime(2021, 12, 8)))
    assert in_time["days_late"].to_list() == [0, 0] and in_time["late_since"].isna().all()
    before = freshness.sources(view_of(sent, date(2021, 12, 1), date(2021, 12, 8), datetime(2021, 11, 1)))
    assert before["last"].isna().all() and before["days_late"].isna().all()


def test_completeness_of_each_source_and_day(sent: str) -> None:
    found = freshness.completeness(view_of(sent, date(2021, 11, 20), date(2021, 12, 6)))
    assert len(found) == 2 * 17
    grid = received.grid(view_of(sent, date(2021, 11, 20), date(2021, 12, 6)))
    assert found["covered"].to_list() == (grid["state"] != "missing").to_list()
    assert found.loc[~found["covered"], "share"].isna().all()
    assert found["share"].dropna().between(0, 1).all()


def test_the_page_runs_the_checks_of_the_gate(sent: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """R13 to R17 on the served build, each with words; a breach is counted and its first row shown."""
    view = view_of(sent, date(2021, 12, 1), date(2021, 12, 5))
    found = quality.results(view)
    assert found["key"].to_list() == [c.key for c in quality.CHECKS]
    assert found["failing"].eq(0).all() and found["first"].eq("").all()
    for check in (*quality.CHECKS, *quality.MARTS):
        assert f"check.{check.key}" in words.catalogue()
    bad = quality.Check("place_day.key", "SELECT 'matos' AS site, NULL AS day FROM range(3)")
    monkeypatch.setattr(quality, "CHECKS", (bad,))
    assert quality.results(view).to_dict("records") == [{"key": "place_day.key", "failing": 3, "first": "matos, ?"}]


def test_findings_and_retention(sent: str) -> None:
    view = view_of(sent, date(2021, 12, 1), date(2021, 12, 5))
    found = quality.findings(view)
    counts = builds.frame(sent, "SELECT kind, count(*) AS n FROM finding GROUP BY kind")
    assert found.groupby("kind").size().to_dict() == dict(zip(counts["kind"], counts["n"], strict=True))
    assert set(found["kind"]) >= {"no_kelurahan", "no_position"} and found["name"].notna().all()
    kept = quality.retention(view)
    assert kept["state"].to_list() == ["open", "open"] and kept["sealed_at"].isna().all()
    # 28 days after the end of the month
    assert kept["scans_until"].astype(str).str[:10].to_list() == ["2021-12-28", "2022-01-28"]


def test_a_file_of_many_rejects_shows_the_first(etl: Etl, here: Settings, handmade: str, tmp_path: Path) -> None:
    good = [row(f"2021-12-01 08:{n // 60:02d}:{n % 60:02d}", person=n) for n in range(1, 1500)]
    bad = [row("kemarin", person=2000 + n) for n in range(rules.REJECTS_SHOWN + 3)]
    assert load(etl, log(tmp_path / "banyak.csv", good + bad)) == 0
    assert etl("build") == 0
    served = builds.current(here)
    assert served is not None
    view = view_of(served.build, date(2021, 12, 1), date(2021, 12, 1))
    assert (received.rejected(view)["file"] == "banyak.csv").sum() == rules.REJECTS_SHOWN
    assert received.reasons(view)["n"].max() >= rules.REJECTS_SHOWN + 3


def test_the_csv_to_send_back(etl: Etl, sent: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """File, line, column, code, reason, masked value, expected, advice; nothing a spreadsheet would run."""
    capsys.readouterr()
    assert etl("rejects", "--csv") == 0
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert len(table) == 1 + 9
    assert table[0]["berkas"] == "html-error-page.csv" and table[0]["kode_alasan"] == "refused.html"
    mine = [r for r in table if r["berkas"] == "lagi.csv"]
    assert [r["baris"] for r in mine] == ["21", "22"]
    assert {r["kolom"] for r in mine} == {"waktu_scan"}
    assert all(r["tindakan"] and r["yang_diharapkan"] for r in mine)
    assert etl("rejects", "lagi.csv", "--csv", tmp_path / "k.csv") == 0
    assert (tmp_path / "k.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    assert len((tmp_path / "k.csv").read_text("utf-8-sig").splitlines()) == 3
    assert etl("rejects", "nowhere.csv") == 2


def test_no_formula_is_sent_back(etl: Etl, scenario: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row(f"2021-12-01 08:{n:02d}:00", person=n) for n in range(1, 30)] + [row("=cmd|' /C calc'!A0", person=31)]
    path = log(tmp_path / "=1+1.csv", rows)
    assert load(etl, path) == 0
    capsys.readouterr()
    assert etl("rejects", "--csv") == 0
    [found] = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert found["berkas"] == "'=1+1.csv"
    assert found["nilai_disamarkan"].startswith("'=")
