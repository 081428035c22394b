"""A profile maps one source's log to the scan contract: columns, delimiter, encoding, time forms and words."""

import re
import tomllib
from collections import Counter
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from core import words
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
ONE_WAY = ("n", "event", "interval_minutes")  # a counter that writes a row each for in and for out
OPTIONAL = ("source", "scan_id", "colour", "admitted", "activity", "uploaded_at")
COUNTED = ("inside", "n", "event", *COUNTERS, "capacity", "source")
TIMES = ("scanned_at", "in_at", "out_at", "counted_at", "uploaded_at")
COLOURS = {"hijau": 1, "kuning": 2, "merah": 3, "hitam": 4}
ADMITTED = {"yes": 1, "no": 0, "unknown": None}
CHECK_IN, CHECK_OUT = 0, 1
CODES: dict[str, dict[str, int | None]] = {
    "event": {"check_in": CHECK_IN, "check_out": CHECK_OUT},
    "colour": dict(COLOURS),
    "admitted": dict(ADMITTED),
}
EPOCHS = {"epoch": 1, "epoch_ms": 1000}  # counts since 1970 in UTC, instead of a strptime form

Name = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


def _columns(value: object) -> object:
    """One source column, by name or by its place from 1, or several that make one value (a date and a time)."""
    parts = value if isinstance(value, list | tuple) else (value,)
    return tuple(str(part) if type(part) is int else part for part in parts)


Columns = Annotated[tuple[Name, ...], BeforeValidator(_columns), Field(min_length=1)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class FileForm(_Part):
    """How the file is written. What a format does not have (a delimiter in Parquet) is not looked at."""

    format: Literal["auto", "csv", "ndjson", "parquet", "xlsx"] = "auto"  # auto: by the content, never by the name
    delimiter: Annotated[str, StringConstraints(min_length=1, max_length=8)] = ","
    quote: Annotated[str, StringConstraints(max_length=1)] = '"'  # '' where the source never quotes
    escape: Annotated[str, StringConstraints(max_length=1)] = (
        ""  # what stands before a quote inside quotes, if not a quote
    )
    encoding: str = "utf-8"
    # Without a header, columns are named by `names`, the list as long as the rows are wide, else by place: 1, 2, ...
    # "auto": there is a header where the first row has the profile's columns.
    header: bool | Literal["auto"] = True
    names: tuple[tuple[Name, ...], ...] = ()
    skip: int = Field(0, ge=0)  # lines before the header: titles, dates of print
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " ", "'"] = ""
    sheet: Name | None = None  # of a workbook with several that would fit


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
    columns: dict[str, Columns]
    optional: tuple[str, ...] = ()  # contract names whose column a file may lack
    constants: dict[str, Name] = {}  # what the log does not say and is the same in every row
    words: Words = Words()

    @property
    def fields(self) -> tuple[str, ...]:
        """Contract names the log or the profile gives a value for."""
        return (*self.columns, *self.constants)

    @property
    def wanted(self) -> list[str]:
        """The source's columns that are read, each once."""
        return sorted({name for names in self.columns.values() for name in names})

    def shown(self, field: str) -> str:
        """A contract name as the source's own columns, for messages."""
        return " + ".join(self.columns[field]) if field in self.columns else field

    def without(self, *fields: str) -> "Profile":
        """The same, some fields not read."""
        return self.model_copy(update={"columns": {k: v for k, v in self.columns.items() if k not in fields}})

    @property
    def counts_whole(self) -> bool:
        """Whether the fields make a reading: people inside, both ways of a counter, or one of them with its word."""
        return self.shape != "count" or any({*form} <= {*self.fields} for form in (("inside",), COUNTERS, ONE_WAY))

    @model_validator(mode="after")
    def _whole(self) -> "Profile":
        self._check_fields()
        self._check_words()
        self._check_file()
        self._check_times()
        return self

    def _check_fields(self) -> None:
        given = {*self.fields}
        counting = self.shape == "count"
        allowed = {*REQUIRED[self.shape], *(COUNTED if counting else OPTIONAL)}
        if missing := sorted(set(REQUIRED[self.shape]) - given):
            raise ValueError(_wrong("missing", fields=", ".join(missing)))
        if unknown := sorted(given - allowed):
            raise ValueError(_wrong("unknown", fields=", ".join(unknown), shape=self.shape))
        if twice := sorted(set(self.columns) & set(self.constants)):
            raise ValueError(_wrong("twice", fields=", ".join(twice)))
        if free := sorted(set(self.constants) & {"visitor", "scan_id", *TIMES}):
            raise ValueError(_wrong("free", fields=", ".join(free)))
        personal = set(self.columns.get("visitor", ()))
        if shared := [k for k, names in self.columns.items() if k != "visitor" and personal & set(names)]:
            raise ValueError(_wrong("shared", fields=", ".join(shared)))
        if doubled := [n for n, count in Counter(self.columns.values()).items() if count > 1]:
            raise ValueError(_wrong("doubled", columns=" + ".join(doubled[0])))
        if free := sorted(set(self.optional) & set(REQUIRED[self.shape])):
            raise ValueError(_wrong("needed", fields=", ".join(free)))
        if unmapped := sorted(set(self.optional) - set(self.columns)):
            raise ValueError(_wrong("unmapped", fields=", ".join(unmapped)))
        if not self.counts_whole:
            raise ValueError(_wrong("counts", forms=f"inside / {', '.join(COUNTERS)} / {', '.join(ONE_WAY)}"))
        if "n" in given and given & {"n_in", "n_out", "inside"}:
            raise ValueError(_wrong("one_way"))

    def _check_words(self) -> None:
        if "event" in self.columns and not self.words.event.get("check_in"):
            raise ValueError(_wrong("no_check_in"))
        for field in ("colour", "admitted"):
            if field in self.columns and not getattr(self.words, field):
                raise ValueError(_wrong("no_words", fields=field))
        for name in ("event", "colour", "admitted"):
            said = [w.casefold() for words in getattr(self.words, name).values() for w in words]
            if len(said) != len(set(said)):
                raise ValueError(_wrong("two_meanings", fields=name))
            if (fixed := self.constants.get(name)) is not None and fixed not in CODES[name]:
                raise ValueError(_wrong("constant", fields=name, known=", ".join(CODES[name])))

    def _check_file(self) -> None:
        if self.days is not None and re.compile(self.days.pattern).groups != 1:
            raise ValueError(_wrong("one_group"))
        form = self.file
        signs = [*form.delimiter, *form.quote, *form.escape]
        if {*form.quote, *form.escape} & {*form.delimiter} or (form.escape and form.escape == form.quote):
            raise ValueError(_wrong("signs"))
        if {*signs} & {"\n", "\r"}:
            raise ValueError(_wrong("line_ends"))
        if form.thousands == form.decimal:
            raise ValueError(_wrong("marks"))
        if form.header == "auto" and not form.names:
            raise ValueError(_wrong("names"))
        if form.header is False:
            known = {name for names in form.names for name in names}
            if any(n not in known for n in self.wanted if not n.isdecimal() or int(n) < 1 or form.names):
                raise ValueError(_wrong("places"))
        if len({len(names) for names in form.names}) < len(form.names):
            raise ValueError(_wrong("two_lists"))
        try:
            "".encode(form.encoding)
        except LookupError:
            raise ValueError(_wrong("encoding", value=form.encoding)) from None

    def _check_times(self) -> None:
        if self.time.zone not in available_timezones():
            raise ValueError(_wrong("zone", value=self.time.zone))
        for form in self.time.formats:
            if form in EPOCHS:
                continue
            codes = {code[-1] for code in re.findall(r"%-?[A-Za-z]", form)}
            # A day alone would put every scan at midnight; twelve hours without their half would hide the afternoon.
            if self.shape != "count" and not codes & {*"HITXc"}:
                raise ValueError(_wrong("no_hour", value=form))
            if "I" in codes and "p" not in codes:
                raise ValueError(_wrong("no_half", value=form))


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
        raise UsageError("error.bad_profile", name=path.name, reason=_first(error)) from None


def _wrong(key: str, **fields: object) -> str:
    return words.text(f"profile.{key}", None, **fields)


def _first(error: ValidationError) -> str:
    """The first fault in the language spoken: where, and what is expected there."""
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    if fault["type"] == "literal_error":
        return f"{where}: {_wrong('one_of', known=fault['ctx']['expected'].replace(' or ', ', '))}"
    key = {"missing": "field_required", "extra_forbidden": "extra"}.get(fault["type"], "value")
    return f"{where}: {_wrong(key, kind=fault['type'])}"
