"""A profile that cannot mean what it says is refused before a file is touched, in the language spoken."""

import copy
from pathlib import Path

import pytest

from core import words
from core.errors import UsageError
from core.settings import Settings
from etl import profile
from tests.files import SAMPLE
from tests.stores import Etl

SCAN: dict[str, object] = {
    "name": "uji",
    "version": 1,
    "shape": "scan",
    "time": {"formats": ["%Y-%m-%d %H:%M:%S"]},
    "columns": {"scanned_at": "waktu", "qr_code": "kode", "event": "jenis", "visitor": "nik"},
    "words": {"event": {"check_in": ["masuk"]}},
}
COUNT: dict[str, object] = {
    "name": "uji",
    "version": 1,
    "shape": "count",
    "time": {"formats": ["%Y-%m-%d %H:%M"]},
    "columns": {"counted_at": "waktu", "place_code": "tempat", "inside": "orang"},
}


def changed(base: dict[str, object], path: str, value: object) -> dict[str, object]:
    made = copy.deepcopy(base)
    *parents, last = path.split(".")
    at = made
    for name in parents:
        at = at.setdefault(name, {})  # type: ignore[assignment]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return made


def wide(**columns: object) -> dict[str, object]:
    return {**SCAN["columns"], **columns}  # type: ignore[dict-item]


# key of the catalogue -> a profile with that fault
FAULTS = {
    "missing": changed(SCAN, "columns.visitor", None),
    "unknown": changed(SCAN, "columns", wide(inside="x")),
    "twice": changed(SCAN, "constants.event", "check_in"),
    "free": changed(changed(SCAN, "columns.visitor", None), "constants.visitor", "A"),
    "shared": changed(SCAN, "columns", wide(activity="nik")),
    "doubled": changed(SCAN, "columns", wide(activity="waktu")),
    "needed": changed(SCAN, "optional", ["visitor"]),
    "unmapped": changed(SCAN, "optional", ["colour"]),
    "counts": changed(COUNT, "columns.inside", None),
    "one_way": changed(COUNT, "columns.n", "jumlah"),
    "no_check_in": changed(SCAN, "words", {}),
    "no_words": changed(SCAN, "columns", wide(colour="warna")),
    "two_meanings": changed(SCAN, "words.event", {"check_in": ["X"], "check_out": ["x"]}),
    "constant": changed(changed(SCAN, "columns.event", None), "constants.event", "masuk"),
    "one_group": changed(SCAN, "days", {"pattern": "[0-9]+", "format": "%Y%m%d"}),
    "signs": changed(SCAN, "file.delimiter", '"'),
    "line_ends": changed(SCAN, "file.delimiter", "\n"),
    "marks": changed(SCAN, "file.thousands", "."),
    "names": changed(SCAN, "file.header", "auto"),
    "places": changed(SCAN, "file.header", False),
    "two_lists": changed(SCAN, "file", {"header": "auto", "names": [["waktu"], ["kode"]]}),
    "encoding": changed(SCAN, "file.encoding", "utf-9"),
    "zone": changed(SCAN, "time.zone", "Asia/Malang"),
    "no_hour": changed(SCAN, "time.formats", ["%Y-%m-%d"]),
    "no_half": changed(SCAN, "time.formats", ["%Y-%m-%d %I:%M"]),
    "field_required": changed(SCAN, "shape", None),
    "extra": changed(SCAN, "kolom", {}),
    "one_of": changed(SCAN, "shape", "kunjungan"),
    "value": changed(SCAN, "version", "satu"),
}


def written(folder: Path, made: dict[str, object]) -> Path:
    path = folder / "uji.toml"
    path.write_text(_toml(made))
    return path


def _toml(value: object) -> str:
    """TOML of a nested dictionary, on one line a key."""
    assert isinstance(value, dict)
    return "".join(f"{key} = {_inline(inner)}\n" for key, inner in value.items())


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{k} = {_inline(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int) else '"' + str(value).replace('"', '\\"').replace("\n", "\\n") + '"'


@pytest.mark.parametrize("base", [SCAN, COUNT], ids=["scan", "count"])
def test_the_whole_one_is_taken(base: dict[str, object], here: Settings, tmp_path: Path) -> None:
    assert profile.load(str(written(tmp_path, base)), here).name == "uji"


@pytest.mark.parametrize("key", FAULTS)
def test_each_fault_is_said_in_both_languages(key: str, here: Settings, tmp_path: Path) -> None:
    path = written(tmp_path, FAULTS[key])
    try:
        for language in ("id", "en"):
            words.speak(language)
            with pytest.raises(UsageError) as caught:
                profile.load(str(path), here)
            said = words.catalogue()[f"profile.{key}"][language]
            fixed = max(said.replace("{", "}").split("}")[::2], key=len)
            assert fixed.strip() in str(caught.value)
    finally:
        words.speak("id")


def test_every_fault_of_the_catalogue_is_tried() -> None:
    assert {key.removeprefix("profile.") for key in words.catalogue() if key.startswith("profile.")} == set(FAULTS)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ([], "harus disebut: COMMAND"),
        (["load"], "harus disebut: FILE, --profile"),
        (["muat"], "'muat' tidak ada; pilih dari"),
        (["load", SAMPLE, "--profile"], "--profile: nilainya harus disebut"),
        (["load", SAMPLE, "--profile", "p", "--days", "kemarin"], '"kemarin" bukan hari'),
        (["load", SAMPLE, "--profile", "p", "--apa"], "tidak dikenal: --apa"),
        (["simulate", "--days", "x"], "--days: 'x' tidak dapat dipakai"),
    ],
)
def test_wrong_use_is_said_in_indonesian(
    command: list[object], said: str, etl: Etl, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        etl(*command)
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert said in error and error.startswith("pemakaian:")


def test_a_profile_that_is_no_toml_or_not_there(etl: Etl, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "rusak.toml").write_text("name = \n")
    assert etl("load", SAMPLE, "--profile", tmp_path / "rusak.toml") == 2
    assert etl("load", SAMPLE, "--profile", "tidak_ada") == 2
    assert "hitung, kunjungan, pedulilindungi, satusehat" in capsys.readouterr().err
