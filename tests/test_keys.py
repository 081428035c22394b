"""The keys of the pseudonyms: one a month at most, old ones for late files, and what a lost one means."""

import hashlib
import hmac
import os
import re
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from core import builds, clock, words
from core.errors import UsageError
from core.settings import ROOT, Settings
from etl import identity, keyfile
from queries import city, disclosed, visits
from tests.app.test_pages import chart, open_app, shown_text
from tests.files import log, row, view_of
from tests.stores import accounts, load, table

Etl = Callable[..., int]
NOVEMBER, DECEMBER, JANUARY = date(2021, 11, 1), date(2021, 12, 1), date(2022, 1, 1)


@pytest.fixture(autouse=True)
def in_november(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """It is 30 November 2021; the fixture's value turns the clock."""

    def turn(to: datetime) -> None:
        monkeypatch.setattr(clock, "now", lambda: to)

    turn(datetime(2021, 11, 30, 23, 55))
    return turn


def a_day(tmp_path: Path, day: str, persons: range, name: str | None = None) -> Path:
    rows = [row(f"{day} 08:00:{n % 60:02d}", person=n) for n in persons]
    return log(tmp_path / f"{name or day}.csv", rows)


@pytest.fixture
def november(etl: Etl, scenario: None, tmp_path: Path) -> None:
    """Ten people on the last day of November, under the first key."""
    assert load(etl, a_day(tmp_path, "2021-11-30", range(10))) == 0


@pytest.fixture
def december(etl: Etl, november: None, tmp_path: Path, in_november: Callable[[datetime], None]) -> None:
    """The key is changed on 1 December; nine of the ten come again on that day."""
    assert etl("key", "--rotate") == 0
    in_november(datetime(2021, 12, 2, 9))
    assert load(etl, a_day(tmp_path, "2021-12-01", range(9))) == 0


def lines(here: Settings) -> list[str]:
    return here.key_file.read_text().splitlines()


def prints(here: Settings) -> list[str]:
    return [key.fingerprint for key in keyfile.read(here)]


def digests(here: Settings, day: str) -> set[object]:
    sql = f"SELECT DISTINCT digest FROM scan JOIN person ON person.id = visitor WHERE day_wib = DATE '{day}'"
    return {uuid.UUID(str(found)) for (found,) in table(here, sql)}


def expected(line: str, persons: range) -> set[object]:
    secret = bytes.fromhex(line.split()[0])
    return {uuid.UUID(hmac.new(secret, f"9901{n:012d}".encode(), hashlib.sha256).hexdigest()[:32]) for n in persons}


def test_a_scan_is_keyed_by_the_key_of_its_day(here: Settings, december: None) -> None:
    old, new = lines(here)
    assert (len(old), new[64:]) == (64, " from 2021-12-01")
    assert digests(here, "2021-11-30") == expected(old, range(10))
    assert digests(here, "2021-12-01") == expected(new, range(9))
    assert table(here, "SELECT count(*) FROM person") == [(19,)]
    assert here.key_file.stat().st_mode & 0o777 == 0o600


def test_a_late_file_of_an_old_month_uses_the_old_key(etl: Etl, here: Settings, december: None, tmp_path: Path) -> None:
    late = log(tmp_path / "late.csv", [row("2021-11-30 23:59:59", person=3), row("2021-12-01 00:00:00", person=3)])
    assert load(etl, late) == 0
    assert table(here, "SELECT count(*) FROM person") == [(19,)], "both are people seen before"
    assert load(etl, a_day(tmp_path, "2021-11-29", range(4, 12))) == 0
    assert digests(here, "2021-11-29") == expected(lines(here)[0], range(4, 12))


def test_order_of_loads_changes_no_pseudonym(etl: Etl, here: Settings, december: None, tmp_path: Path) -> None:
    """A scan in two files, one loaded before the key was changed and one after: still one scan."""
    again = a_day(tmp_path, "2021-11-30", range(12), "again")
    assert load(etl, again) == 0
    assert table(here, "SELECT count(*), count(DISTINCT visitor) FROM scan WHERE day_wib = '2021-11-30'") == [(12, 12)]


@pytest.mark.parametrize(
    ("since", "said"),
    [
        ("2021-11-01", "sudah lewat"),
        ("2021-12-15", "hari pertama suatu bulan"),
        (None, "Log sampai 2021-12-01 sudah dimuat"),
    ],
)
def test_a_rotation_is_refused(
    since: str | None, said: str, etl: Etl, here: Settings, november: None, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    if since is None:  # a device clock that is ahead: scans of the month are there already
        assert load(etl, log(tmp_path / "ahead.csv", [row("2021-12-01 00:05:00")])) == 0
    before = lines(here)
    assert etl("key", "--rotate", *(["--from", since] if since else [])) == 2
    assert said in capsys.readouterr().err
    assert lines(here) == before


def test_a_second_rotation_of_the_month_is_refused(etl: Etl, here: Settings, november: None) -> None:
    assert etl("key", "--rotate") == 0
    before = lines(here)
    assert etl("key", "--rotate") == 2
    assert etl("key", "--rotate", "--from", "2022-01-01") == 0
    assert lines(here)[:2] == before
    assert [key.since for key in keyfile.read(here)] == [None, DECEMBER, JANUARY]


def test_key_shows_fingerprints_and_days_and_no_key(
    etl: Etl, here: Settings, december: None, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert etl("key") == 0
    said = capsys.readouterr().out
    first, second = prints(here)
    assert f"{first}  awal s.d. Selasa 30 Nov 2021  (di berkas, dikenal gudang data)" in said
    assert f"{second}  Rabu 1 Des 2021 s.d. ..." in said
    assert str(here.key_file) in said and said.endswith("Cocok dengan gudang data.\n")
    assert all(line[:64] not in said for line in lines(here))
    assert etl("key", "--from", "2022-01-01") == 2


def test_before_any_load_there_is_nothing_to_show(etl: Etl, here: Settings) -> None:
    assert etl("key") == 2
    assert not here.key_file.exists()


SAYS = {
    "gone": {"id": ("tidak ada di", "angkanya tetap", "--rotate --lost"), "en": ("no key file", "stays", "--lost")},
    "other": {"id": ("berisi kunci lain", "PANTAU_KEY_FILE"), "en": ("holds another key", "PANTAU_KEY_FILE")},
    "older missing": {"id": ("tidak lagi memuat", "sejak awal"), "en": ("no longer holds", "from the beginning")},
    "newer missing": {"id": ("tidak lagi memuat", "1 Des 2021"), "en": ("no longer holds", "1 Dec 2021")},
    "moved": {"id": ("hari mulai yang lain",), "en": ("another first day",)},
    "early": {"id": ("sudah dimuat dengan kunci lain",), "en": ("loaded with another key",)},
    "half": {"id": ("rusak di baris 2",), "en": ("damaged in line 2",)},
    "twice": {"id": ("dua kali",), "en": ("a key twice",)},
    "not sorted": {"id": ("tidak urut",), "en": ("not in the order",)},
    "empty": {"id": ("kosong",), "en": ("empty",)},
    "open": {"id": ("chmod 600",), "en": ("chmod 600",)},
}
FAULTS: dict[str, Callable[[Path, list[str]], object]] = {
    "gone": lambda path, keys: path.unlink(),
    "other": lambda path, keys: path.write_text("0" * 64 + "\n"),
    "older missing": lambda path, keys: path.write_text(keys[1] + "\n"),
    "newer missing": lambda path, keys: path.write_text(keys[0] + "\n"),
    "moved": lambda path, keys: path.write_text(f"{keys[0]}\n{keys[1].replace('2021-12', '2022-01')}\n"),
    "early": lambda path, keys: path.write_text(f"{keys[0]}\n{'1' * 64} from 2021-11-01\n{keys[1]}\n"),
    "half": lambda path, keys: path.write_text(f"{keys[0]}\n{keys[1][:40]}"),
    "twice": lambda path, keys: path.write_text(f"{keys[0]}\n{keys[0]} from 2021-12-01\n"),
    "not sorted": lambda path, keys: path.write_text(f"{keys[1]}\n{keys[0]}\n"),
    "empty": lambda path, keys: path.write_text(""),
    "open": lambda path, keys: path.chmod(0o644),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_keys_that_do_not_fit_stop_with_words(
    fault: str, etl: Etl, here: Settings, december: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, people = here.key_file.read_text(), table(here, "SELECT count(*) FROM person")
    FAULTS[fault](here.key_file, lines(here))
    more = a_day(tmp_path, "2021-12-02", range(3))
    for language, said in SAYS[fault].items():
        loading = ("load", more, "--profile", "pedulilindungi")
        for command in (loading, ("key",), ("key", "--rotate")) if language == "id" else (loading,):
            assert etl("--bahasa", language, *command) == 2, command
            err = capsys.readouterr().err
            assert all(part in err for part in said), err
    assert fault != "gone" or etl("build") == 0, "what was loaded stays, and its figures"
    assert table(here, "SELECT count(*) FROM person") == people
    here.key_file.write_text(before)
    here.key_file.chmod(0o600)
    assert load(etl, more) == 0


def test_a_lost_key_is_given_up_and_another_begins_with_the_next_month(
    etl: Etl, here: Settings, november: None, tmp_path: Path, in_november: Callable[[datetime], None],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    own = here.key_file.read_text()
    here.key_file.unlink()
    assert etl("key", "--rotate", "--lost") == 0
    assert "dicatat hilang" in capsys.readouterr().out
    [found] = keyfile.read(here)
    assert found.since == DECEMBER
    in_november(datetime(2021, 12, 2, 9))
    assert load(etl, a_day(tmp_path, "2021-12-01", range(9))) == 0
    assert load(etl, a_day(tmp_path, "2021-11-29", range(9))) == 3
    assert "2021-11-29 s.d. 2021-11-29" in capsys.readouterr().err
    assert [(e.state, e.reason) for e in accounts(here)][-1] == ("refused", "refused.key_gone")
    assert etl("key", "--lost") == 2, "none is missing any more"
    assert etl("build") == 0
    here.key_file.write_text(own + here.key_file.read_text())  # found again: put back as the first line
    assert load(etl, a_day(tmp_path, "2021-11-29", range(9))) == 0
    assert digests(here, "2021-11-29") == expected(own, range(9))
    assert etl("key") == 0


def test_a_month_taken_back_loads_again_under_the_new_key(
    etl: Etl, here: Settings, december: None, tmp_path: Path
) -> None:
    """December's key is lost and so are its pseudonyms; its files are at hand, so it begins anew."""
    here.key_file.write_text(lines(here)[0] + "\n")
    assert etl("unload", "2021-12-01.csv") == 0
    assert etl("key", "--rotate", "--lost") == 0
    assert [key.since for key in keyfile.read(here)] == [None, DECEMBER]
    assert load(etl, tmp_path / "2021-12-01.csv") == 0
    assert digests(here, "2021-12-01") == expected(lines(here)[1], range(9))


def test_the_loss_of_an_older_key_needs_no_new_one(etl: Etl, here: Settings, december: None, tmp_path: Path) -> None:
    here.key_file.write_text(lines(here)[1] + "\n")
    before = lines(here)
    assert etl("key", "--lost") == 0
    assert lines(here) == before
    assert load(etl, a_day(tmp_path, "2021-12-02", range(3))) == 0
    assert load(etl, a_day(tmp_path, "2021-11-28", range(3))) == 3


def test_the_file_of_another_warehouse_is_not_written(etl: Etl, here: Settings, november: None) -> None:
    here.key_file.write_text("0" * 64 + "\n")
    assert etl("key", "--rotate", "--lost") == 2
    assert lines(here) == ["0" * 64]


@pytest.mark.parametrize("step", ["keyfile.os.fsync", "keyfile.os.replace", "identity.remember"])
@pytest.mark.parametrize("lost", [False, True])
def test_a_killed_rotation_can_be_given_again(
    step: str, lost: bool, etl: Etl, here: Settings, november: None, tmp_path: Path
) -> None:
    """kill -9 at each step: the file is the old one or the new one, and the same command, or the next load, goes on."""
    if lost:
        here.key_file.unlink()
    before = here.key_file.read_text() if here.key_file.exists() else ""
    script = f"""import os, signal, sys
from datetime import datetime
from core import clock
from etl import __main__, identity, keyfile
clock.now = lambda: datetime(2021, 11, 30, 23, 55)
def cut(*_): os.kill(os.getpid(), signal.SIGKILL)
{step} = cut
__main__.main(sys.argv[1:])"""
    command = ["key", "--rotate", *(["--lost"] if lost else [])]
    killed = subprocess.run([sys.executable, "-c", script, *command], cwd=ROOT, env=dict(os.environ))
    assert killed.returncode == -signal.SIGKILL
    after = here.key_file.read_text() if here.key_file.exists() else ""
    assert after == before or (after.startswith(before) and step == "identity.remember")
    if after == before:
        assert etl(*command) == 0
    assert load(etl, log(tmp_path / "ahead.csv", [row("2021-12-01 00:05:00")])) == 0
    assert [key.since for key in keyfile.read(here)][-1] == DECEMBER
    assert [p.name for p in here.key_file.parent.glob(".*.new")] == []


def test_two_installations_share_a_key_file(
    etl: Etl, here: Settings, december: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One user's default: the other learns the keys with its next load, and each day has one key for both."""
    monkeypatch.setenv("PANTAU_DATA_DIR", str(tmp_path / "other"))
    assert etl("simulate", "--scenario", "contoh") == 0
    assert load(etl, tmp_path / "2021-11-30.csv", tmp_path / "2021-12-01.csv") == 0
    from core import settings

    other = settings.load()
    for day in ("2021-11-30", "2021-12-01"):
        assert digests(other, day) == digests(here, day)


def test_a_key_file_says_what_it_may(here: Settings) -> None:
    here.key_file.touch(0o600)
    for line in (
        f"{'a' * 64} since 2021-12-01",
        "a" * 63,
        "a" * 66,
        f"{'a' * 64} from 2021-12-02",
        f"{'a' * 64} from",
        "x" * 64,
        "",
    ):
        here.key_file.write_text(line + "\n")
        with pytest.raises(UsageError, match="baris 1"):
            keyfile.read(here)
    here.key_file.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="baris 1"):
        keyfile.read(here)


@pytest.fixture
def published(etl: Etl, december: None, tmp_path: Path, in_november: Callable[[datetime], None]) -> str:
    """The whole week of the change, with eight others on its Monday and eight on its Sunday."""
    in_november(datetime(2021, 12, 6, 9))
    monday, sunday = a_day(tmp_path, "2021-11-29", range(20, 28)), a_day(tmp_path, "2021-12-05", range(30, 38))
    assert load(etl, monday, sunday) == 0
    assert etl("build") == 0
    served = builds.current(Settings())
    assert served is not None
    return served.build


def test_a_build_knows_the_day_and_not_the_key(here: Settings, published: str) -> None:
    assert builds.frame(published, "SELECT day::VARCHAR AS day FROM key_change")["day"].to_list() == ["2021-12-01"]
    body = builds.file_of(here, published).read_bytes()
    for name in (*prints(here), *lines(here)):
        assert name[:16].encode() not in body and bytes.fromhex(name[:16]) not in body


def test_the_mark_stands_on_its_day_in_both_languages(published: str) -> None:
    for language in ("id", "en"):
        week = view_of(published, date(2021, 11, 29), date(2021, 12, 1), language=language)
        [found] = city.key_changes(week).itertuples()
        assert (found.day.date(), found.text) == (DECEMBER, words.text("key.changed", language))
    assert city.key_changes(view_of(published, NOVEMBER, date(2021, 11, 30))).empty


def test_nine_people_over_the_change_count_twice(published: str) -> None:
    """What the mark is for: ten came, nine of them again the next day, under another key; and 16 others."""
    found = builds.frame(
        published, "SELECT visitors FROM visitors WHERE period = 'week' AND level = 'city' AND first = '2021-11-29'"
    )
    assert found["visitors"].to_list() == [35]
    day = view_of(published, DECEMBER, DECEMBER)
    assert (disclosed.visitors(day), visits.daily(day)["visits"].to_list()) == ((9, False), [9])


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_screen_marks_the_change_and_says_what_it_does(language: str, published: str) -> None:
    at = open_app(dari="2021-11-29", sampai="2021-12-05", bahasa=language)
    shapes = chart(at, 0)["layout"]["shapes"]  # type: ignore[index]
    mark = words.text("key.changed", language)
    assert 2 in [s["x0"] for s in shapes if s["type"] == "line"], "Wednesday 1 December"
    day = {"id": "Rab 1 Des", "en": "Wed 1 Dec"}[language]
    assert re.search(rf"\d\. {day}: [^.]*{re.escape(mark)}", at.get("plotly_chart")[0].proto.alt)
    assert mark in shown_text(at)
    said = words.text("people.key_changed", language, days="*").split("*")[0]
    assert said in shown_text(at)
    assert said not in shown_text(open_app(dari="2021-12-01", sampai="2021-12-01", bahasa=language))
    assert mark not in shown_text(open_app(dari="2021-11-30", sampai="2021-11-30", bahasa=language))


def test_spans_cover_every_day_once() -> None:
    gone = identity.Known("a" * 16, None, datetime(2021, 12, 3))
    key = keyfile.Key(b"k" * 32, DECEMBER)
    found = identity.spans([gone, identity.Known(key.fingerprint, DECEMBER, None)], [key])
    assert [(s.first, s.last, s.key) for s in found] == [
        (date.min, date(2021, 11, 30), None),
        (DECEMBER, date.max, key),
    ]
