"""A profile maps one source's log to the scan contract: columns, delimiter, encoding, time forms and words."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from core.errors import UsageError
from core.settings import Settings

SHIPPED = Path(__file__).with_name("profiles")

# The contract: which names a profile may map, by shape. `visitor` is the raw id; it is never stored.
REQUIRED = {
    "scan": ("scanned_at", "qr_code", "event", "visitor"),
    "visit": ("in_at", "out_at", "qr_code", "visitor"),
    "count": ("counted_at", "place_code"),
}
COUNTERS = ("n_in", "n_out", "interval_minutes")
OPTIONAL = ("source", "scan_id", "colour", "admitted", "activity", "uploaded_at")
COLOURS = {"hijau": 1, "kuning": 2, "merah": 3, "hitam": 4}
ADMITTED = {"yes": 1, "no": 0, "unknown": None}

Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileForm(_Part):
    format: Literal["csv"] = "csv"
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=1)] = ","
    quote: Annotated[str, StringConstraints(max_length=1)] = '"'  # '' where the source never quotes
    encoding: str = "utf-8"


class TimeForm(_Part):
    zone: str = "Asia/Jakarta"  # of times without an offset; a format with %z carries its own
    formats: tuple[Name, ...] = Field(min_length=1)


class DaysInName(_Part):
    """The day a file covers, read from its name: `pattern` has one group, read by `format` (strptime)."""

    pattern: str
    format: str


class Words(_Part):
    event: dict[Literal["check_in", "check_out"], tuple[Name, ...]] = {}
    colour: dict[Literal["hijau", "kuning", "merah", "hitam"], tuple[Name, ...]] = {}
    admitted: dict[Literal["yes", "no", "unknown"], tuple[Name, ...]] = {}


class Profile(_Part):
    """A validated profile; `version` is part of a file's identity, so raise it when the meaning changes."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
    version: int = Field(ge=1)
    shape: Literal["scan", "visit", "count"]
    source: str | None = None
    days: DaysInName | None = None
    file: FileForm = FileForm()
    time: TimeForm
    columns: dict[str, Name]
    words: Words = Words()

    @model_validator(mode="after")
    def _whole(self) -> "Profile":
        counting = self.shape == "count"
        allowed = {*REQUIRED[self.shape], *(("inside", *COUNTERS, "capacity", "source") if counting else OPTIONAL)}
        if missing := sorted(set(REQUIRED[self.shape]) - set(self.columns)):
            raise ValueError(f"columns: {', '.join(missing)} missing")
        if unknown := sorted(set(self.columns) - allowed):
            raise ValueError(f"columns: {', '.join(unknown)} not in the contract of shape {self.shape}")
        if len(set(self.columns.values())) != len(self.columns):
            raise ValueError("columns: one source column is named twice")
        if counting and "inside" not in self.columns and not {*COUNTERS} <= {*self.columns}:
            raise ValueError(f"columns: inside, or {', '.join(COUNTERS)} missing")
        if self.shape == "scan" and not self.words.event.get("check_in"):
            raise ValueError("words.event: check_in missing")
        for field in ("colour", "admitted"):
            if field in self.columns and not getattr(self.words, field):
                raise ValueError(f"words.{field} missing for the mapped column")
        for name in ("event", "colour", "admitted"):
            said = [w.casefold() for words in getattr(self.words, name).values() for w in words]
            if len(said) != len(set(said)):
                raise ValueError(f"words.{name}: one word stands for two meanings")
        if self.time.zone not in available_timezones():
            raise ValueError(f"time.zone: {self.time.zone} unknown")
        if self.days is not None and re.compile(self.days.pattern).groups != 1:
            raise ValueError("days.pattern: exactly one group expected")
        if self.file.quote == self.file.delimiter or {self.file.delimiter, self.file.quote} & {"\n", "\r"}:
            raise ValueError("file: delimiter and quote must differ and be no line ends")
        try:
            "".encode(self.file.encoding)
        except LookupError:
            raise ValueError(f"file.encoding: {self.file.encoding} unknown") from None
        return self


def shipped() -> list[str]:
    """Names of the profiles that come with the product."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def load(name: str, settings: Settings) -> Profile:
    """The profile called `name`: a path to a .toml, else `profiles/NAME.toml` of the register, else a shipped one."""
    if name.endswith(".toml"):
        path = Path(name)
    else:
        own = settings.reference_dir / "profiles" / f"{name}.toml"
        path = own if own.exists() else SHIPPED / f"{name}.toml"
    try:
        return Profile.model_validate(tomllib.loads(path.read_text("utf-8")))
    except FileNotFoundError:
        raise UsageError("error.no_profile", name=name, known=", ".join(shipped())) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, re.error) as error:
        raise UsageError("error.bad_profile", name=path.name, reason=str(error)) from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise UsageError("error.bad_profile", name=path.name, reason=f"{where} {first['msg']}".strip()) from None
