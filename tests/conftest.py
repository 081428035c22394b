"""Fixtures: an installation of one's own in a temporary directory, and the hand-made log built in it."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core import builds, settings
from etl import __main__ as cli

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture(autouse=True)
def own_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has its own data directory and key; nothing of the machine's settings reaches it."""
    for name in [n for n in os.environ if n.startswith("PANTAU_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PANTAU_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("PANTAU_KEY_FILE", str(tmp_path / "key"))
    yield
    builds.close_all()


@pytest.fixture
def here() -> settings.Settings:
    return settings.load()


@pytest.fixture
def etl() -> Callable[..., int]:
    """Runs one command of the command line in this process; returns its exit code."""
    return lambda *words: cli.main([str(w) for w in words])


@pytest.fixture(scope="session")
def handmade_installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hand-made log loaded and built once; tests work on copies of it."""
    folder = tmp_path_factory.mktemp("handmade")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PANTAU_DATA_DIR", str(folder / "data"))
        patch.setenv("PANTAU_KEY_FILE", str(folder / "key"))
        assert cli.main(["simulate", "--scenario", "contoh"]) == 0
        log = next(iter((folder / "data").glob("inbox/*/*/*.csv")))
        assert cli.main(["load", str(log), "--profile", "pedulilindungi", "--build"]) == 0
        builds.close_all()
    return folder


@pytest.fixture
def handmade(handmade_installation: Path, here: settings.Settings) -> str:
    """The hand-made log loaded and built, in this test's own installation; returns the build's id."""
    shutil.copytree(handmade_installation / "data", here.data_dir)
    shutil.copy2(handmade_installation / "key", here.key_file)
    served = builds.current(here)
    assert served is not None
    return served.build


@pytest.fixture
def shared() -> Path:
    """The folder of third-party logs and sources, which users do not have."""
    if not SHARED.is_dir():
        pytest.skip("needs ../shared (third-party logs with known answers), which is not beside this checkout")
    return SHARED


@pytest.fixture
def scenario(etl: Callable[..., int]) -> None:
    """The hand-made example's scenario: its places, codes and sources, without its log."""
    assert etl("simulate", "--scenario", "contoh") == 0


@pytest.fixture
def own_inbox(scenario: None, here: settings.Settings) -> Path:
    """The inbox beside the hand-made example's scenario, without its log."""
    folder = here.data_dir / "inbox"
    shutil.rmtree(folder)
    folder.mkdir()
    return folder
