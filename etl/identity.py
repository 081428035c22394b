"""Pseudonyms: HMAC-SHA-256 of the visitor id under a secret key, cut to 128 bits, then a number of the warehouse.

A plain hash of a NIK can be brute-forced in minutes, so the key is what protects it. A scan is keyed by the key in
force on its WIB day, however late it comes. The warehouse remembers the fingerprints of its keys and their days:
another key would split every person in two.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from core import db, formats, words
from core.errors import InputRefused, UsageError
from core.settings import Settings
from etl import keyfile
from etl.keyfile import Key

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Known:
    """A key the warehouse was made with; `gone_at` where it was given up: its days load no more."""

    fingerprint: str
    since: date | None
    gone_at: datetime | None


@dataclass(frozen=True)
class Span:
    """Days, both inclusive, and the key in force on them; None where it was given up."""

    first: date
    last: date
    key: Key | None


def known(con: db.Connection) -> list[Known]:
    """The keys of the warehouse, oldest first."""
    rows = db.run(con, "FROM pseudonym_key ORDER BY valid_from NULLS FIRST, gone_at NULLS LAST, fingerprint")
    return [Known(*row) for row in rows]


def spans(said: Sequence[Known], keys: Sequence[Key]) -> list[Span]:
    """Every day under the sun with its key of the file; none where it was given up or there never was one."""
    since: dict[date, Key | None] = {date.min: None}
    since |= {k.since or date.min: None for k in said}
    since |= {k.since or date.min: k for k in keys}
    begins = sorted(since)
    ends = [first - _DAY for first in begins[1:]] + [date.max]
    return [Span(first, last, since[first]) for first, last in zip(begins, ends, strict=True)]


def keys(con: db.Connection, settings: Settings) -> list[Span]:
    """The keys of this installation by day, made by the first load. Raises UsageError where they are not `check`ed."""
    said, found = known(con), keyfile.read(settings)
    if not said and not found:
        found = keyfile.make(settings)
    check(con, said, found, settings)
    return spans(said, found)


def check(con: db.Connection, said: Sequence[Known], found: Sequence[Key], settings: Settings) -> None:
    """Holds the file's keys against the warehouse's; raises UsageError saying what cannot be loaded and what to do."""
    path, needed = settings.key_file, [k for k in said if k.gone_at is None]
    here = {k.fingerprint: k for k in found}
    if said and not found:
        raise UsageError("error.key_lost", path=path, keys=listed(needed or said))
    missing = [k for k in needed if k.fingerprint not in here]
    if missing and len(missing) == len(needed):
        raise UsageError("error.key_other", path=path, keys=listed(needed), found=", ".join(here))
    if missing:
        raise UsageError("error.key_missing", path=path, keys=listed(missing))
    for k in needed:
        if here[k.fingerprint].since != k.since:
            raise UsageError("error.key_moved", path=path, fingerprint=k.fingerprint, since=_since(k.since))
    if late := used_before(con, said, found):
        raise UsageError("error.key_late", path=path, fingerprint=late.fingerprint, since=_since(late.since))


def used_before(con: db.Connection, said: Sequence[Known], found: Sequence[Key]) -> Key | None:
    """A key of the file that the warehouse does not know, though scans of its days were loaded under another."""
    names = {k.fingerprint for k in said}
    for span in spans(said, found):
        if span.key and span.key.fingerprint not in names and has_scans(con, span.first, span.last):
            return span.key
    return None


def has_scans(con: db.Connection, first: date, last: date) -> bool:
    """Whether scans of these days are stored."""
    days = {"first": first, "last": last}
    return any(
        db.run(con, f"SELECT 1 FROM {table} WHERE day_wib BETWEEN $first AND $last LIMIT 1", days)
        for table in ("scan", "duplicate")
    )


def listed(some: Sequence[Known]) -> str:
    """Fingerprints with their first days, in words."""
    return ", ".join(f"{k.fingerprint} ({_since(k.since)})" for k in some)


def _since(since: date | None) -> str:
    if since is None:
        return words.text("key.since_ever")
    return words.text("key.since", day=formats.day(since, words.spoken()))


def refuse_days(con: db.Connection, found: Sequence[Span], file: str) -> None:
    """Raises InputRefused where `arrived` has scans of days whose key is gone: nobody in them could be known again."""
    for span in found:
        if span.key is None:
            first, last, n = db.run(
                con,
                "SELECT min(day_wib), max(day_wib), count(*) FROM arrived WHERE day_wib BETWEEN $first AND $last",
                {"first": span.first, "last": span.last},
            )[0]
            if n:
                raise InputRefused("refused.key_gone", file=file, first=str(first), last=str(last), n=n)


def remember(con: db.Connection, found: Sequence[Span]) -> None:
    """Notes the keys of the file in the warehouse; one that had been given up and is back counts again."""
    for key in [span.key for span in found if span.key]:
        fields = {"fingerprint": key.fingerprint, "since": key.since}
        db.run(con, "INSERT OR IGNORE INTO pseudonym_key VALUES ($fingerprint, $since, NULL)", fields)
        db.run(
            con,
            """UPDATE pseudonym_key SET gone_at = NULL WHERE fingerprint = $fingerprint
            AND valid_from IS NOT DISTINCT FROM $since AND gone_at IS NOT NULL""",
            fields,
        )


def pseudonymise(con: db.Connection, found: Sequence[Span]) -> None:
    """Gives `kept` its pseudonyms: makes `keyed`, a view of it with `visitor` BIGINT.

    Only distinct ids of each key's days are hashed. The pads are those of RFC 2104; 128 bits are kept.
    """
    first, last = db.run(con, "SELECT min(day_wib), max(day_wib) FROM kept")[0]
    used = [(s.key, s) for s in found if s.key and first is not None and s.first <= last and s.last >= first]
    db.run(con, "CREATE OR REPLACE TEMP TABLE pseudonym (visitor VARCHAR, digest UUID, first_day DATE, last_day DATE)")
    for key, span in used:
        _hash(con, key, span, "" if len(used) == 1 else "WHERE day_wib BETWEEN $first AND $last")
    db.run(
        con,
        """INSERT INTO person SELECT (SELECT coalesce(max(id), 0) FROM person) + row_number() OVER (), digest
        FROM (SELECT digest FROM pseudonym ANTI JOIN person USING (digest))""",
    )
    db.run(
        con,
        """CREATE OR REPLACE TEMP TABLE known_as AS
        SELECT d.visitor, p.id, first_day, last_day FROM pseudonym d JOIN person p USING (digest)""",
    )
    db.run(con, "DROP TABLE pseudonym")
    same_days = "" if len(used) == 1 else "AND a.day_wib BETWEEN d.first_day AND d.last_day"
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP VIEW keyed AS
        SELECT a.* REPLACE (d.id AS visitor) FROM kept a JOIN known_as d ON d.visitor = a.visitor {same_days}""",
    )


def let_go(con: db.Connection) -> None:
    """Drops the raw ids that `keyed` is of."""
    for table in ("typed", "known_as"):
        db.run(con, f"DROP TABLE {table}")


def _hash(con: db.Connection, key: Key, span: Span, where: str) -> None:
    block = key.secret.ljust(64, b"\0")
    db.run(
        con,
        f"""INSERT INTO pseudonym
        SELECT visitor, left(sha256($outer::BLOB || unhex(sha256($inner::BLOB || encode(visitor)))), 32)::UUID,
            $first::DATE, $last::DATE
        FROM (SELECT DISTINCT visitor FROM kept {where})""",
        {
            "inner": bytes(b ^ 0x36 for b in block),
            "outer": bytes(b ^ 0x5C for b in block),
            "first": span.first,
            "last": span.last,
        },
    )


def publish(con: db.Connection) -> None:
    """Writes half.key_change(day): the first days of every key but the first; never which key it is.

    Whoever came before and after such a day has two pseudonyms, so figures of people that span it count them twice.
    """
    db.run(
        con,
        """CREATE TABLE half.key_change AS
        SELECT DISTINCT valid_from AS day FROM pseudonym_key
        WHERE valid_from > (SELECT min(coalesce(valid_from, DATE '0001-01-01')) FROM pseudonym_key) ORDER BY day""",
    )
