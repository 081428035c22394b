"""Rows of text become typed scans, or rejects with their reason.

Everything here is one pass of SQL over `raw`; the zone of naive times ends here, and after it all times are WIB.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core import db
from etl.profile import ADMITTED, COLOURS, Profile

CHECK_IN, CHECK_OUT = 0, 1
EARLIEST = datetime(2000, 1, 1)  # a device whose clock was never set says 1970
AHEAD = timedelta(hours=1)  # a device clock may run ahead of ours by this much; more is a time in the future

# A NIK where no NIK belongs (a shifted column): 16 digits standing alone.
_NIK = r"(^|[^0-9])[0-9]{16}([^0-9]|$)"
_SCIENTIFIC = r"[0-9][.,]?[0-9]*[eE][+]?[0-9]+"
# A value that reads as a date and time cannot be an identity and may be shown; of anything else only the shape.
_DATE_LIKE = r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}([T ][0-9]{1,2}[:.][0-9]{1,2}([:.][0-9]{1,2})?)?"


@dataclass(frozen=True)
class Counted:
    """Rows of the file as records, and how many of them were rejected."""

    rows: int
    rejected: int


def read(con: db.Connection, profile: Profile, source: str | None, now: datetime) -> Counted:
    """Makes `arrived` (one row a scan, visitor still raw) and `rejected` of `raw`; both are temporary.

    arrived: line, source_id, event, qr_code, visitor (raw text), ts_wib, day_wib, opened_at, scan_id, colour,
    admitted, activity, uploaded_at. rejected: line, field (source column), reason, value (masked).
    """
    _typed(con, profile, source, now)
    counted = rejects(con, profile)
    common = "line, source_id, qr_code, visitor, scan_id, colour, admitted, activity, uploaded_at"
    if profile.shape == "scan":
        scans = f"SELECT {common}, event, ts AS ts_wib, NULL::TIMESTAMP AS opened_at FROM typed WHERE fault IS NULL"
    else:
        scans = f"""SELECT {common}, {CHECK_IN} AS event, ts AS ts_wib, NULL::TIMESTAMP AS opened_at
            FROM typed WHERE fault IS NULL
            UNION ALL SELECT {common}, {CHECK_OUT}, out_at, ts FROM typed WHERE fault IS NULL AND out_at IS NOT NULL"""
    db.run(con, f"CREATE OR REPLACE TEMP TABLE arrived AS SELECT *, ts_wib::DATE AS day_wib FROM ({scans})")
    db.run(con, "DROP TABLE typed")
    return counted


def rejects(con: db.Connection, profile: Profile) -> Counted:
    """Makes `rejected` of the faults in `typed` and drops `raw`: what is shown of a value is masked here."""
    names = ", ".join(f"('{field}', {literal(name)})" for field, name in profile.columns.items())
    values = " ".join(f"WHEN '{field}' THEN r.{db.quoted(field)}" for field in profile.columns)
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE rejected AS
        WITH bad AS (
            SELECT t.line, t.fault.reason AS reason, t.fault.field AS field, CASE t.fault.field {values} END AS value
            FROM typed t JOIN raw r USING (line) WHERE t.fault IS NOT NULL)
        SELECT line, n.name AS field, reason, CASE
            WHEN value IS NULL THEN NULL
            WHEN regexp_full_match(value, '{_DATE_LIKE}') THEN value
            ELSE regexp_replace(regexp_replace(left(value, 40), '[0-9]', '9', 'g'), '\\pL', 'x', 'g') END AS value
        FROM bad LEFT JOIN (VALUES {names}) n(field, name) USING (field)""",
    )
    db.run(con, "DROP TABLE raw")
    return Counted(db.value(con, "SELECT count(*) FROM typed"), db.value(con, "SELECT count(*) FROM rejected"))


def _typed(con: db.Connection, profile: Profile, source: str | None, now: datetime) -> None:
    has = profile.columns.__contains__

    def text(field: str) -> str:
        return f"nullif(trim(raw.{field}), '')" if has(field) else "NULL::VARCHAR"

    def choice(field: str, words: dict[str, int | None]) -> str:
        said = getattr(profile.words, field)
        whens = " ".join(
            f"WHEN lower(trim(raw.{field})) = lower({literal(word)}) THEN {'NULL' if code is None else code}"
            for name, code in words.items()
            for word in said.get(name, ())
        )
        return f"CASE {whens} END::TINYINT" if has(field) and whens else "NULL::TINYINT"

    def known(field: str) -> str:
        said = [w for words in getattr(profile.words, field).values() for w in words]
        listed = ", ".join(f"lower({literal(w)})" for w in said)
        return (
            f"(coalesce(trim(raw.{field}), '') = '' OR lower(trim(raw.{field})) IN ({listed}))"
            if has(field)
            else "true"
        )

    visit = profile.shape == "visit"
    at = "in_at" if visit else "scanned_at"
    source_id = literal(source) if source is not None else text("source")
    faults: list[tuple[str, str, str]] = [
        ("raw_reason IS NOT NULL", "raw_reason", "''"),
        ("ts IS NULL", "'time_unreadable'", f"'{at}'"),
        ("ts < $earliest", "'time_early'", f"'{at}'"),
        ("ts > $latest", "'time_future'", f"'{at}'"),
        ("qr_code IS NULL", "'qr_empty'", "'qr_code'"),
        ("visitor IS NULL", "'visitor_empty'", "'visitor'"),
        (f"regexp_full_match(visitor, '{_SCIENTIFIC}')", "'visitor_scientific'", "'visitor'"),
    ]
    for field in ("qr_code", "scan_id", "activity", "source"):
        if has(field):
            column = "source_id" if field == "source" else field
            faults.append((f"regexp_matches({column}, '{_NIK}')", "'identity'", f"'{field}'"))
    faults.append(("qr_code = visitor", "'identity'", "'qr_code'"))
    if source is None:
        faults.append(("NOT source_known", "'source_unknown'", "'source'"))
    if visit:
        faults += [
            ("out_text IS NOT NULL AND out_at IS NULL", "'time_unreadable'", "'out_at'"),
            ("out_at < ts", "'out_before_in'", "'out_at'"),
            ("out_at > $latest", "'time_future'", "'out_at'"),
        ]
    else:
        faults.append(("event IS NULL", "'event_unknown'", "'event'"))
    for field in ("colour", "admitted"):
        if has(field):
            faults.append((f"NOT {field}_known", f"'{field}_unknown'", f"'{field}'"))
    if has("uploaded_at"):
        faults.append(("uploaded_text IS NOT NULL AND uploaded_at IS NULL", "'time_unreadable'", "'uploaded_at'"))
    cases = " ".join(f"WHEN {test} THEN {{'reason': {reason}, 'field': {field}}}" for test, reason, field in faults)
    event = choice("event", {"check_in": CHECK_IN, "check_out": CHECK_OUT})
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE typed AS
        WITH parsed AS (
            SELECT line, reason AS raw_reason, {wib(at, profile)} AS ts, {text("qr_code")} AS qr_code,
                {text("visitor")} AS visitor, {event} AS event, {source_id} AS source_id,
                coalesce({source_id} IN (SELECT source_id FROM source), false) AS source_known,
                {text("out_at") if visit else "NULL"} AS out_text,
                {wib("out_at", profile) if visit else "NULL::TIMESTAMP"} AS out_at,
                {text("scan_id")} AS scan_id, {choice("colour", dict(COLOURS))} AS colour,
                {known("colour")} AS colour_known, {choice("admitted", dict(ADMITTED))} AS admitted,
                {known("admitted")} AS admitted_known, {text("activity")} AS activity,
                {text("uploaded_at")} AS uploaded_text,
                {wib("uploaded_at", profile) if has("uploaded_at") else "NULL::TIMESTAMP"} AS uploaded_at
            FROM raw)
        SELECT line, ts, qr_code, visitor, event, source_id, out_at, scan_id, colour, admitted, activity, uploaded_at,
            CASE {cases} END AS fault
        FROM parsed""",
        {"earliest": EARLIEST, "latest": now + AHEAD},
    )


def wib(field: str, profile: Profile) -> str:
    """SQL for a column of text as WIB, whole seconds; NULL where no form fits."""
    naive = [f for f in profile.time.formats if "%z" not in f]
    aware = [f for f in profile.time.formats if "%z" in f]
    parts = []
    if naive:
        parsed = f"try_strptime(trim(raw.{field}), [{', '.join(map(literal, naive))}])"
        if profile.time.zone != "Asia/Jakarta":
            parsed = f"timezone('Asia/Jakarta', timezone({literal(profile.time.zone)}, {parsed}))"
        parts.append(parsed)
    parts += [f"timezone('Asia/Jakarta', try_strptime(trim(raw.{field}), {literal(f)}))" for f in aware]
    return f"date_trunc('second', coalesce({', '.join(parts)}))"


def literal(value: str) -> str:
    """Words and forms of a profile as SQL text: a profile is ours or the operator's, and quotes are doubled."""
    return "'" + value.replace("'", "''") + "'"
