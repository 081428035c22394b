"""`etl profile FILE`: proposes a profile, shows how the first rows would be read by it, and writes it to be edited."""

import itertools
import json
import re
import tomllib
from collections import Counter
from datetime import datetime
from pathlib import Path

from pydantic import ValidationError

from core import db, formats, words
from core.errors import UsageError
from core.settings import Settings
from etl import readers, register, roles, sniff, store, typed
from etl.profile import REQUIRED, Profile

ROWS_SHOWN = 10
_UNKNOWN = "?"


class Proposal:
    """A profile as text, whether it can be used as it is, and what a person must know or decide."""

    def __init__(self, path: Path, name: str, source: str | None, con: db.Connection) -> None:
        self.path, self.name = path, name
        self.found = sniff.sniff(path)
        columns = roles.look(con, self.found.names, self.found.rows)
        codes = {row[0] for row in db.run(con, "SELECT qr_code FROM qr UNION SELECT place_id FROM place")}
        self.roles = roles.assign(columns, codes)
        self.source = self._source(con, columns, source)
        self.constants: dict[str, str] = {}
        self.notes: list[str] = []
        self._fill()
        given = {*self.roles.columns, *self.constants}
        self.missing = [field for field in REQUIRED[self.roles.shape] if field not in given]
        if not self.roles.forms:
            self.roles.forms = ["%Y-%m-%d %H:%M:%S"]
        self.text = self._toml()
        self.profile = self._profile()

    def _source(self, con: db.Connection, columns: list[roles.Column], source: str | None) -> str | None:
        """The feed: as said, or a column whose values are all sources of the register."""
        known = {row[0] for row in db.run(con, "SELECT source_id FROM source")}
        taken = {name for names in self.roles.columns.values() for name in names}
        for column in columns:
            named = column.name not in taken and column.named(roles.NAMES["source"])
            if source is None and named and column.values and set(column.values) <= known:
                self.roles.columns["source"] = [column.name]
        return source

    def _fill(self) -> None:
        """What the log does not say and can be said once for all rows."""
        shape, there = self.roles.shape, self.roles.columns
        if (shape == "scan" and "event" not in there) or ("n" in there and "event" not in there):
            self.constants["event"] = "check_in"
            self.notes.append(words.text("propose.no_event"))
        if ("n_in" in there or "n" in there) and "interval_minutes" not in there:
            step = self._step()
            self.constants["interval_minutes"] = str(step)
            self.notes.append(words.text("propose.interval", n=step))
        if self.roles.undecided:
            fields = {"chosen": self.roles.forms[0], "other": ", ".join(self.roles.undecided)}
            self.notes.append(words.text("propose.undecided", **fields))
        if self.roles.guessed is not None:
            self.notes.append(words.text("propose.guessed", column=self.roles.guessed.name))
        if self.roles.nameless:
            self.notes.append(words.text("propose.nameless"))
        if self.roles.unknown_words:
            self.notes.append(words.text("propose.unknown_words", n=len(self.roles.unknown_words)))

    def _step(self) -> int:
        """The commonest minutes between readings of one place, or 60."""
        at = self.found.names.index(self.roles.columns["counted_at"][-1]) if "counted_at" in self.roles.columns else -1
        if at < 0:
            return 60
        clock = re.compile(r"(\d{1,2})[:.](\d{2})")
        minutes = [int(m[-1][0]) * 60 + int(m[-1][1]) for row in self.found.rows if (m := clock.findall(row[at]))]
        steps = Counter((b - a) % 1440 for a, b in itertools.pairwise(minutes) if (b - a) % 1440)
        return steps.most_common(1)[0][0] if steps else 60

    def _toml(self) -> str:
        lines = [
            f"# {words.text('propose.head')}",
            *(f"# {note}" for note in self.notes),
            f'name = "{self.name}"',
            "version = 1",
            f'shape = "{self.roles.shape}"',
            f'source = "{self.source}"' if self.source else f'# source = "..."  # {words.text("propose.source")}',
            "",
            "[file]",
            *(f"{key} = {_toml(value)}" for key, value in self.found.form.items()),
            "",
            "[time]",
            'zone = "Asia/Jakarta"',
            f"formats = {_toml(self.roles.forms)}",
            "",
            "[columns]",
        ]
        for field, names in self.roles.columns.items():
            places = names if self.found.headed else [int(name) for name in names]
            lines.append(f"{field} = {_toml(places[0] if len(places) == 1 else places)}")
        lines += [f'# {field} = "..."  # {words.text("propose.must")}' for field in self.missing]
        if self.constants:
            lines += ["", "[constants]", *(f"{field} = {_toml(value)}" for field, value in self.constants.items())]
        for field, said in self.roles.words.items():
            lines += ["", f"[words.{field}]", *(f"{meaning} = {_toml(found)}" for meaning, found in said.items())]
            if field == "event":
                lines += [f"# {words.text('propose.word')}: {_shown_word(w)}" for w in self.roles.unknown_words]
        return "\n".join(lines) + "\n"

    def _profile(self) -> Profile | None:
        """The profile, or None where something must be filled in first."""
        try:
            return None if self.missing else Profile.model_validate(tomllib.loads(self.text))
        except ValidationError:
            return None

    def lines(self) -> list[str]:
        """What was found, in sentences."""
        form = self.found.form
        say = words.text
        mapped = {name for names in self.roles.columns.values() for name in names}
        dropped = [name for name in self.found.names if name not in mapped]
        told = {k: v for k, v in form.items() if k not in ("format", "header")}
        told_text = ", ".join(f"{key} {_toml(value)}" for key, value in told.items())
        return [
            say("propose.form", file=self.path.name, format=self.found.format, form=told_text or "-"),
            say("propose.header" if self.found.headed else "propose.no_header", n=len(self.found.names)),
            say(f"propose.shape.{self.roles.shape}"),
            *(f"  {field:<16} <- {' + '.join(names)}" for field, names in self.roles.columns.items()),
            *(f"  {field:<16} =  {value}" for field, value in self.constants.items()),
            say("propose.forms", forms=" | ".join(self.roles.forms)),
            *([] if any("%z" in f or "epoch" in f for f in self.roles.forms) else [say("propose.zone")]),
            *([say("propose.dropped", columns=", ".join(dropped))] if dropped and self.found.headed else []),
            *(say("propose.note", note=note) for note in self.notes),
            *(say("propose.missing", field=field) for field in self.missing),
        ]


def propose(
    path: Path, settings: Settings, now: datetime, name: str | None, source: str | None
) -> tuple[Proposal, list[str]]:
    """The proposal for a file, and its first rows as they would be read, identities as letters."""
    made = name or re.sub(r"[^a-z0-9]+", "_", path.name.split(".")[0].casefold()).strip("_") or "log"
    if not re.fullmatch(r"[a-z0-9_]+", made):
        raise UsageError("error.profile_name", name=made)
    con = db.open_in_memory(settings)
    try:
        register.lay(con, settings)
        proposal = Proposal(path, made, source, con)
        return proposal, _preview(con, proposal, proposal.profile, now) if proposal.profile else []
    finally:
        con.close()


def _preview(con: db.Connection, proposal: Proposal, chosen: Profile, now: datetime) -> list[str]:
    found = readers.check(proposal.path, chosen)
    chosen = readers.as_read(found, chosen)
    readers.read(con, found, chosen)
    source = None if "source" in chosen.columns else proposal.source or _UNKNOWN
    counting = chosen.shape == "count"
    counted = readers.understand(con, found, chosen, source, now)
    first = f"ORDER BY line, event LIMIT {ROWS_SHOWN}"
    people: dict[str, str] = {}
    table: list[tuple[int, list[str]]] = []
    if counting:
        for line, at, place, *numbers in db.run(
            con,
            f"SELECT line, counted_at, {typed.masked_id('place_code')}, inside, n_in, n_out FROM arrived {first}",
        ):
            shown = [_UNKNOWN if n is None else str(n) for n in numbers]
            table.append((line, [formats.moment(at, words.spoken()), place, *shown]))
    else:
        for line, at, event, code, visitor in db.run(
            con,
            f"SELECT line, ts_wib, event, {typed.masked_id('qr_code')}, visitor FROM arrived {first}",
        ):
            person = people.setdefault(visitor, words.text("propose.person", letter=_letter(len(people))))
            table.append(
                (line, [formats.moment(at, words.spoken()), words.text(f"propose.event.{event}"), code, person])
            )
    for line, field, reason in db.run(
        con, f"SELECT line, field, reason FROM rejected ORDER BY line LIMIT {ROWS_SHOWN}"
    ):
        table.append(
            (line, [words.text("propose.rejected", reason=words.text(f"reject.{reason}"), column=field or "-")])
        )
    widths = [
        max((len(cells[n]) for _, cells in table if len(cells) > n and len(cells) > 1), default=0) for n in range(6)
    ]
    rows = [
        f"  {line:>6}  "
        + "  ".join(cell.ljust(widths[n]) if len(cells) > 1 else cell for n, cell in enumerate(cells)).rstrip()
        for line, cells in sorted(table)[:ROWS_SHOWN]
    ]
    return [*rows, words.text("propose.rows", rows=counted.rows, rejected=counted.rejected)]


def write(proposal: Proposal, out: Path) -> None:
    """Writes the profile; never over a file that is there."""
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(proposal.text)
    except FileExistsError:
        raise UsageError("error.file_exists", file=out.name) from None
    except OSError as error:
        raise store.failed(error) from error


def _letter(n: int) -> str:
    return chr(ord("A") + n) if n < 26 else str(n)


def _shown_word(word: str) -> str:
    return re.sub(r"\d{5,}", "...", word)[:40].replace("\n", " ")


def _toml(value: object) -> str:
    """A TOML value; of these few types JSON's spelling is TOML's too."""
    return json.dumps(value, ensure_ascii=False)
