"""`etl key`: what keys there are, and a new one from a month's first day on."""

from collections.abc import Iterator
from datetime import date, datetime

from core import db, formats, words
from core.errors import UsageError
from core.settings import Settings
from etl import identity, keyfile, store
from etl.identity import Known
from etl.keyfile import Key


def lines(con: db.Connection, settings: Settings) -> list[str]:
    """What there is: where the file lies, each key with its days and its state. Never a key itself."""
    said, found = identity.known(con), keyfile.read(settings)
    names, here = {k.fingerprint: k for k in said}, {k.fingerprint: k for k in found}
    first = {k.fingerprint: k.since for k in said} | {k.fingerprint: k.since for k in found}
    begins = sorted(day or date.min for day in first.values())
    shown = [words.text("key.file", path=settings.key_file)]
    for one in sorted({*names, *here}, key=lambda f: (first[f] or date.min, f)):
        since = first[one]
        after = [day for day in begins if day > (since or date.min)]
        shown.append(
            words.text(
                "key.line",
                fingerprint=one,
                since=formats.day(since, words.spoken()) if since else words.text("key.always"),
                until=formats.day(date.fromordinal(after[0].toordinal() - 1), words.spoken()) if after else "...",
                state=words.text(f"key.state.{_state(names.get(one), one in here)}"),
            )
        )
    return shown


def _state(said: Known | None, in_file: bool) -> str:
    if said is None:
        return "new"
    if in_file:
        return "fits"
    return "gone" if said.gone_at else "missing"


def rotate(
    con: db.Connection, settings: Settings, now: datetime, since: date | None, *, new: bool, lost: bool
) -> tuple[list[Known], Key | None]:
    """Gives up the keys that are lost (`lost`), and begins a new one (`new`, or where the one in force is lost).

    `since`: the month's first day; by default the next month's, of a lost key the one after the last month with scans.
    Returns the keys given up, and the new one if there is one. Each step is whole; a killed one can be given again.
    """
    given_up = _give_up(con, settings, now) if lost else []
    said, found = identity.known(con), keyfile.read(settings)
    if lost and not said:
        return given_up, None  # it had keyed nobody; the next load makes one
    if not said and not found:
        raise UsageError("error.no_key", path=settings.key_file)
    if not lost or found:
        identity.check(con, said, found, settings)
    last = _last_day(con)
    since = since or _next_month(last if lost and last else now.date())
    if not new and identity.spans(said, found)[-1].key is not None:
        return given_up, None
    if since.day != 1:
        raise UsageError("error.key_month", since=since)
    if since < now.date() and not lost:
        raise UsageError("error.key_past", since=since)
    if last is not None and last >= since:
        raise UsageError("error.key_used", since=since, last=last, next=_next_month(last))
    made = keyfile.add(settings, since)
    with store.transaction(con):
        identity.remember(con, identity.spans(identity.known(con), keyfile.read(settings)))
    return given_up, made


def _give_up(con: db.Connection, settings: Settings, now: datetime) -> list[Known]:
    """Notes that the keys missing from the file will not come back; one that had keyed nobody is forgotten."""
    said, found = identity.known(con), keyfile.read(settings)
    here = {k.fingerprint for k in found}
    missing = [k for k in said if k.fingerprint not in here and k.gone_at is None]
    if not missing and (found or not said):
        raise UsageError("error.key_not_lost", path=settings.key_file)
    if identity.used_before(con, said, found):  # of another warehouse: nothing may be written into its file
        raise UsageError("error.key_other", path=settings.key_file, keys=identity.listed(said), found=", ".join(here))
    days = {span.first: span for span in identity.spans(said, [])}
    with store.transaction(con):
        for key in missing:
            span = days[key.since or date.min]
            if identity.has_scans(con, span.first, span.last):
                sql = "UPDATE pseudonym_key SET gone_at = $now WHERE fingerprint = $fingerprint"
                db.run(con, sql, {"now": now, "fingerprint": key.fingerprint})
            else:
                db.run(con, "DELETE FROM pseudonym_key WHERE fingerprint = $f", {"f": key.fingerprint})
    return missing


def _last_day(con: db.Connection) -> date | None:
    found: date | None = db.value(
        con, "SELECT max(day) FROM (SELECT max(day_wib) AS day FROM scan UNION ALL SELECT max(day_wib) FROM duplicate)"
    )
    return found


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)


def command(settings: Settings, now: datetime, *, new: bool, since: date | None, lost: bool) -> Iterator[str]:
    """`etl key`: line by line what there is or what was done; raises UsageError where the keys do not fit."""
    if not settings.warehouse.exists():
        raise UsageError("error.nothing_loaded")
    if since and not (new or lost):
        raise UsageError("error.key_from_alone")
    with store.writer(settings), store.warehouse(settings) as con:
        if not (new or lost):
            yield from lines(con, settings)
            identity.check(con, identity.known(con), keyfile.read(settings), settings)
            yield words.text("key.fits")
            return
        given_up, made = rotate(con, settings, now, since, new=new, lost=lost)
        for key in given_up:
            yield words.text("key.given_up", keys=identity.listed([key]))
        if made is not None and made.since is not None:
            day = formats.day(made.since, words.spoken())
            yield words.text("key.made", fingerprint=made.fingerprint, since=day, path=settings.key_file)
