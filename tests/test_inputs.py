"""Files as they arrive: refused or right, never silently wrong, and no id anywhere. The cases stand in tests/inputs."""

import os
import re
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core import builds, clock, settings, words
from core.settings import Settings
from etl import __main__ as cli
from etl import register, store, warnings
from tests.stores import Etl, accounts

INPUTS = Path(__file__).with_name("inputs")
CASES = sorted(INPUTS.glob("*/*.toml"))
ROWS = ("arrived", "loaded", "duplicates", "rejected", "kept_aside")
SEED = re.compile(rb"9901[0-9]{8,}|9\.?901E|9901[0-9.]+E")


@pytest.fixture(scope="module")
def empty_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hand-made example's register and an empty warehouse; each case works on a copy."""
    folder = tmp_path_factory.mktemp("empty")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_DATA_DIR", str(folder / "data"))
        patch.setenv("PANTAU_KEY_FILE", str(folder / "key"))
        assert cli.main(["simulate", "--scenario", "contoh"]) == 0
        here = settings.load()
        with store.writer(here), store.warehouse(here, create=True):
            pass
        shutil.rmtree(here.data_dir / "inbox")
    return folder / "data"


@pytest.fixture(scope="module")
def base(empty_city: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """The scans of good/base.csv, which many cases hold in another form."""
    folder = tmp_path_factory.mktemp("base")
    shutil.copytree(empty_city, folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_DATA_DIR", str(folder / "data"))
        patch.setenv("PANTAU_KEY_FILE", str(folder / "key"))
        assert cli.main(["load", str(INPUTS / "good" / "base.csv"), "--profile", "pedulilindungi"]) == 0
        return scans(settings.load())


@pytest.fixture
def city(empty_city: Path, here: Settings) -> Settings:
    shutil.copytree(empty_city, here.data_dir)
    return here


def answer_of(path: Path, tmp_path: Path) -> tuple[dict[str, object], list[str]]:
    """A case's answer and the words of its load."""
    case = tomllib.loads(path.read_text("utf-8"))
    chosen = case["profile"]
    if isinstance(chosen, dict):  # the case's own: what stands under [profile] is the profile
        text = path.read_text("utf-8").split("\n[profile]\n", 1)[1]
        chosen = tmp_path / "uji.toml"
        chosen.write_text(text.replace("[profile.", "["), "utf-8")
    words_ = ["load", str(path.with_name(case["file"])), "--profile", str(chosen)]
    for option in ("source", "days"):
        words_ += [f"--{option}", case[option]] if option in case else []
    return case, words_


@contextmanager
def opened(here: Settings) -> Iterator[object]:
    with store.writer(here), store.warehouse(here) as con:
        register.lay(con, here)
        yield con


def scans(here: Settings) -> list[tuple[object, ...]]:
    """Every scan, persons numbered by when they first appear: the same for every file that says the same."""
    with opened(here) as con:
        found = con.execute(
            "SELECT ts_wib, event, qr_code, source_id, colour, admitted, visitor FROM scan ORDER BY ALL"
        )
        persons: dict[int, int] = {}
        return [(*row[:-1], persons.setdefault(row[-1], len(persons))) for row in found.fetchall()]


@pytest.mark.parametrize("path", CASES, ids=[f"{p.parent.name}/{p.stem}" for p in CASES])
def test_refused_or_right(
    path: Path,
    etl: Etl,
    city: Settings,
    base: list[tuple[object, ...]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    case, command = answer_of(path, tmp_path)
    refused = case.get("refused")
    assert etl(*command) == (3 if refused else 0)
    said = capsys.readouterr()
    for part in (said.out, said.err):
        assert not SEED.search(part.encode()), "an id is said"
        assert "Traceback" not in part
        assert str(path.parent) not in part, "a path is said"
    [entry] = accounts(city)
    if refused:
        assert (entry.state, entry.reason) == ("refused", refused)
        assert f"DITOLAK  {case['file']}" in said.err
        with opened(city) as con:
            assert con.execute("SELECT count(*) FROM scan").fetchall() == [(0,)]
            assert con.execute("SELECT count(*) FROM reading").fetchall() == [(0,)]
        return
    assert {name: getattr(entry, name) for name in ROWS} == {name: case[name] for name in ROWS}
    assert entry.arrived == sum(getattr(entry, name) for name in ROWS[1:])
    with opened(city) as con:
        reasons = con.execute("SELECT reason, count(*) FROM reject GROUP BY ALL").fetchall()
        assert dict(reasons) == case.get("reasons", {})
        kinds = sorted({w.kind for w in warnings.find(con, clock.now().date(), entry.file_id)})
        assert kinds == sorted(case.get("warnings", []))
        times = con.execute("SELECT count(*), min(ts_wib)::VARCHAR, max(ts_wib)::VARCHAR FROM scan").fetchone()
        inside = con.execute("SELECT inside FROM standing WHERE stands ORDER BY counted_at").fetchall()
    for name, found in zip(("scans", "first", "last"), times, strict=True):
        assert found == case.get(name, found)
    if "same_as" in case:
        assert scans(city) == base
    if "inside" in case:
        assert [n for (n,) in inside] == case["inside"]
    if "net" in case:
        assert etl("build") == 0
        build = builds.current(city).build
        net = builds.frame(build, "SELECT net FROM head_count ORDER BY counted_at")["net"]
        assert net.to_list() == case["net"]
        assert builds.frame(build, "SELECT drift FROM counter_day")["drift"].to_list() == [case["drift"]]


def test_there_are_enough_of_them() -> None:
    """The issue asks for a folder of good files and at least forty bad ones; every file has its answer."""
    bad = [p for p in CASES if p.parent.name == "bad"]
    assert len(bad) >= 40
    files = {p for p in INPUTS.glob("*/*") if p.suffix != ".toml"}
    assert files == {p.with_name(tomllib.loads(p.read_text("utf-8"))["file"]) for p in CASES}


def test_every_reason_is_met() -> None:
    """Each reason the catalogue knows is one that some file gives."""
    met: set[str] = set()
    for path in CASES:
        case = tomllib.loads(path.read_text("utf-8"))
        met |= {case.get("refused", "")} | {f"reject.{r}" for r in case.get("reasons", {})}
    known = {key for key in words.catalogue() if key.startswith(("refused.", "reject."))}
    # needs somebody who writes while we read: tests/test_failures.py; a key that is lost: tests/test_keys.py
    elsewhere = {"refused.changed", "refused.key_gone"}
    assert known - met == elsewhere


def test_no_id_is_left_anywhere(
    etl: Etl, city: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """R32: every case into one installation, then every command that talks, then a search of all that was written."""
    tmp = tmp_path / "tmp"
    tmp.mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp))
    for path in CASES:
        assert etl(*answer_of(path, tmp_path)[1]) in (0, 3)
    for language in ("id", "en"):
        for command in (["build"], ["status"], ["rejects"], ["rejects", "--csv", tmp_path / f"{language}.csv"]):
            assert etl("--bahasa", language, *command) == 0
    said = capsys.readouterr()
    assert not SEED.search((said.out + said.err).encode())
    searched = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert {"warehouse.duckdb", "status.json", "CURRENT", "id.csv"} <= {p.name for p in searched}
    for stored in searched:
        assert not SEED.search(stored.read_bytes()), stored.relative_to(tmp_path)
    text = (tmp_path / "id.csv").read_text("utf-8-sig")
    assert "refused.html" in text and "reject.visitor_scientific" in text
    assert os.environ["TMPDIR"] == str(tmp)
