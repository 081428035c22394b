"""Settings of one installation, read from the environment (prefix PANTAU_)."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core import legibility
from core.errors import UsageError

LANGUAGES = ("id", "en")
ROOT = Path(__file__).resolve().parent.parent


def _config_home() -> Path:
    import os

    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")


class Settings(BaseSettings):
    """Every setting with its default; the table in docs/settings.md is checked against it."""

    model_config = SettingsConfigDict(env_prefix="PANTAU_", frozen=True)

    data_dir: Path = Field(
        ROOT / "data", description="warehouse, builds, inbox, register entries, scenario and temporary files"
    )
    reference_dir: Path = Field(
        ROOT / "data" / "reference", description="the city's register: city.toml and its tables"
    )
    key_file: Path = Field(
        default_factory=lambda: _config_home() / "pantau-malang" / "key",
        description="secret key of the pseudonyms (0600, outside the data directory)",
    )
    bahasa: Literal["id", "en"] = Field("id", description="language of the command line: id or en")
    retention_days: int = Field(
        28, ge=1, description="days after the end of a month until its scans are deleted (`etl purge`)"
    )
    builds_kept: int = Field(30, ge=2, description="builds kept on disk, the newest ones")
    threads: int = Field(2, ge=1, description="DuckDB threads of one process")
    etl_memory: str = Field("1GB", pattern=r"^\d+(MB|GB)$", description="DuckDB memory limit of the ETL")
    app_memory: str = Field(
        "512MB", pattern=r"^\d+(MB|GB)$", description="DuckDB memory limit of one open build in the app"
    )
    clock: Literal["auto", "riwayat"] = Field(
        "auto", description="auto: by the age of the data; riwayat: always history, dated and without a late alarm"
    )
    lock_wait_s: float = Field(0.0, ge=0, description="seconds a writer waits for another writer before exit code 4")
    watch_every_s: float = Field(5.0, gt=0, description="seconds between two looks of `watch` into the inbox")
    watch_settle_s: float = Field(
        5.0, ge=0, description="seconds a file must stay unchanged before `watch` takes it as complete"
    )
    keep_raw_days: int = Field(
        0, ge=0, description="days `watch` keeps a loaded raw file in data/selesai; 0 deletes it after the commit"
    )
    keep_refused_days: int = Field(
        7, ge=0, description="days `watch` keeps a refused raw file in data/gagal; 0 deletes it at once"
    )
    layar_inci: float = Field(55.0, ge=20, le=200, description="diagonal of the wall screen in inches (16:9)")
    layar_jarak_m: float = Field(5.0, gt=0, le=50, description="metres from which the wall screen is read")
    layar_detik: int = Field(30, ge=20, le=600, description="seconds a scene of the wall screen stands, at least 20")

    @field_validator("layar_jarak_m")
    @classmethod
    def _readable(cls, metres: float, info: ValidationInfo) -> float:
        """Letters that can be read from there must still fit the screen."""
        inches = info.data.get("layar_inci")
        if inches is not None and legibility.smallest_px(inches, metres) > legibility.LARGEST_PX:
            raise ValueError(f"a screen of {inches:g} inches cannot be read from {metres:g} m")
        return metres

    @property
    def warehouse(self) -> Path:
        return self.data_dir / "warehouse.duckdb"

    @property
    def builds(self) -> Path:
        return self.data_dir / "builds"

    @property
    def tmp(self) -> Path:
        return self.data_dir / "tmp"

    @property
    def spill(self) -> Path:
        """Where readers of builds spill: of their own, for every writer empties `tmp`."""
        return self.data_dir / "spill"

    @property
    def scenario(self) -> Path:
        return self.data_dir / "scenario"

    @property
    def register(self) -> Path:
        """What the city entered itself (`etl register`): a folder an import."""
        return self.data_dir / "register"

    @property
    def status_file(self) -> Path:
        return self.data_dir / "status.json"


def load() -> Settings:
    """The settings of this moment; raises UsageError naming the variable that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "PANTAU_" + "_".join(str(part) for part in first["loc"]).upper()
        raise UsageError("error.setting", name=name, reason=first["msg"]) from None
