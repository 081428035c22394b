"""R11: what was loaded and yet looks wrong. Edges at one below, at and one above."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from core import builds, rules
from core.settings import Settings
from etl import register, store, warnings
from tests.files import log, row
from tests.stores import Etl, load

FIRST = date(2021, 10, 4)  # a Monday
TODAY = date(2021, 12, 1)


def day_log(folder: Path, day: date, n: int, until: str = "20:00", code: str = "QR-SKN-1") -> Path:
    """A day's log of n scans spread evenly from 08.00 to `until`, named for its day."""
    start = datetime.combine(day, datetime.strptime("08:00", "%H:%M").time())
    length = datetime.combine(day, datetime.strptime(until, "%H:%M").time()) - start
    rows = [row(str(start + length * i // max(1, n - 1)), code, person=i + 1) for i in range(n)]
    return log(folder / f"log-{day:%Y%m%d}.csv", [{**r, "waktu_scan": r["waktu_scan"][:19]} for r in rows])


def found(here: Settings, kinds: Iterable[str], today: date = TODAY) -> list[tuple[str, str, int, int | None]]:
    with store.writer(here), store.warehouse(here) as con:
        register.lay(con, here)
        return [(w.kind, str(w.day), w.n, w.usual) for w in warnings.find(con, today) if w.kind in kinds]


def weeks(folder: Path, n: int, scans: int = 40) -> list[Path]:
    return [day_log(folder, FIRST + timedelta(weeks=w), scans) for w in range(n)]


@pytest.mark.parametrize(("n", "warned"), [(19, True), (20, False), (21, False)])
def test_half_the_usual_is_the_edge(
    n: int, warned: bool, etl: Etl, here: Settings, scenario: None, tmp_path: Path
) -> None:
    last = FIRST + timedelta(weeks=4)
    assert load(etl, *weeks(tmp_path, 4), day_log(tmp_path, last, n)) == 0
    expected = [("low_volume", str(last), n, 40)] if warned else []
    assert found(here, ["low_volume"]) == expected


@pytest.mark.parametrize(("like", "usual", "warned"), [(3, 40, False), (4, 40, True), (4, 19, False), (4, 20, True)])
def test_too_little_to_compare_with_is_no_usual(
    like: int, usual: int, warned: bool, etl: Etl, here: Settings, scenario: None, tmp_path: Path
) -> None:
    assert rules.LIKE_DAYS_NEEDED == 4 and rules.LOW_VOLUME_USUAL == 20
    last = FIRST + timedelta(weeks=like)
    assert load(etl, *weeks(tmp_path, like, usual), day_log(tmp_path, last, 3)) == 0
    assert bool(found(here, ["low_volume"])) == warned


def test_a_day_in_progress_is_not_held_to_its_usual(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    last = FIRST + timedelta(weeks=4)
    assert load(etl, *weeks(tmp_path, 4), day_log(tmp_path, last, 3, until="08:30")) == 0
    assert found(here, ["low_volume", "cut_short"], today=last) == []
    assert len(found(here, ["low_volume", "cut_short"], today=last + timedelta(days=1))) == 2


def test_a_file_cut_at_a_row_boundary(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It looks valid; the hours that are missing tell. Nothing else changes: its rows count."""
    whole = day_log(tmp_path, FIRST + timedelta(weeks=4), 40)
    lines = whole.read_text().splitlines(keepends=True)
    whole.write_text("".join(lines[: 1 + 30]))
    assert load(etl, *weeks(tmp_path, 4)) == 0
    capsys.readouterr()
    assert load(etl, whole) == 0
    said = capsys.readouterr()
    assert "PERIKSA log-20211101.csv" in said.err and "berhenti lebih awal" in said.err
    assert "30 baris masuk = 30 dimuat" in said.out
    assert found(here, ["cut_short", "low_volume"]) == [("cut_short", "2021-11-01", 30, 40)]


def test_other_weekdays_are_no_like_days(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    assert load(etl, *weeks(tmp_path, 5), day_log(tmp_path, FIRST + timedelta(weeks=4, days=1), 3)) == 0
    assert found(here, ["low_volume", "cut_short"]) == []


def test_scans_before_the_code_was_installed(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    head = "event_id,place_id,stage,at,document,corrects,source,confidence,simulasi\n"
    event = "{0},kantor-kel-sukun,installed,{1} 09:00:00,,{2},test,low,simulasi\n"
    path = here.scenario / "stage_event.csv"
    path.write_text(head + event.format("E1", "2021-11-25", ""))
    rows = [row(f"2021-11-{day} 08:00:00", person=day) for day in (23, 24, 25, 26)]
    assert load(etl, log(tmp_path / "early.csv", rows)) == 0
    assert found(here, ["before_installed"]) == [("before_installed", "None", 2, None)]
    path.write_text(head + event.format("E1", "2021-11-25", "") + event.format("E2", "2021-11-20", "E1"))
    assert found(here, ["before_installed"]) == []


def test_the_order_of_files_changes_no_warning(etl: Etl, here: Settings, scenario: None, tmp_path: Path) -> None:
    files = [*weeks(tmp_path, 4), day_log(tmp_path, FIRST + timedelta(weeks=4), 10, until="12:00")]
    kinds = ["low_volume", "cut_short"]
    assert load(etl, *files[::-1]) == 0
    backwards = found(here, kinds)
    for path in files:
        assert etl("unload", path.name) == 0
    assert load(etl, *files) == 0
    assert found(here, kinds) == backwards != []


def test_a_build_holds_what_status_says(
    etl: Etl, here: Settings, scenario: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert load(etl, *weeks(tmp_path, 4), day_log(tmp_path, FIRST + timedelta(weeks=4), 3)) == 0
    assert etl("build") == 0
    capsys.readouterr()
    assert etl("--bahasa", "en", "status") == 0
    assert "3 rows, usually 40" in capsys.readouterr().out
    served = builds.current(here)
    assert served is not None
    kept = builds.frame(served.build, "SELECT kind, n, usual FROM warning WHERE kind = 'low_volume'")
    assert kept.to_dict("records") == [{"kind": "low_volume", "n": 3, "usual": 40}]
