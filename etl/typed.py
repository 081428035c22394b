"""Rows of text become typed scans, or rejects with their reason.

Everything here is one pass of SQL over `raw`; the zone of naive times ends here, and after it all times are WIB.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core import db
from etl import moments
from etl.moments import literal
from etl.profile import CHECK_IN, CHECK_OUT, CODES, Profile

EARLIEST = datetime(2000, 1, 1)  # a device whose clock was never set says 1970
AHEAD = timedelta(hours=1)  # a device clock may run ahead of ours by this much; more is a time in the future

# A NIK where no NIK belongs (a shifted column): 16 digits standing alone.
_NIK = r"(^|[^0-9])[0-9]{16}([^0-9]|$)"
# What a spreadsheet or a data frame makes of an id it took for a number.
_AS_NUMBER = r"[0-9]+[.,]?[0-9]*[eE][+]?[0-9]+|[0-9]+[.,]0+"
# Ids that stand for nobody: many people under one of them would be one person, and their visits repeats.
_NOBODY = r"0+|1{8,}|2{8,}|3{8,}|4{8,}|5{8,}|6{8,}|7{8,}|8{8,}|9{8,}|[xX*#]+"
# Words that programs write where they have no value.
NOTHING = ("", "-", "--", "n/a", "#n/a", "na", "nan", "null", "(null)", r"\N", "none", "nil", "nihil", "<na>", "nat")
_NOTHING_LONGEST = max(map(len, NOTHING))
# A value that reads as a date and time cannot be an identity and may be shown; of anything else only the shape.
_DATE_LIKE = r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}([T ][0-9]{1,2}[:.][0-9]{1,2}([:.][0-9]{1,2})?)?"
# How people keep Excel from eating zeros: ="0012", or an apostrophe before it.
_KEPT_AS_TEXT = r"""^(="([^"]*)"|'(.*))$"""
_IDS = ("visitor", "qr_code", "scan_id", "place_code")


@dataclass(frozen=True)
class Counted:
    """Rows of the file as records, how many were rejected, and how many of those for a day and month turned round."""

    rows: int
    rejected: int
    turned: int


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
    """Makes `rejected` of the faults in `typed` and drops `raw`: what is shown of a value is masked here.

    rejected: line, field (source column), reason, value (masked), contract (the field's contract name).
    """
    names = ", ".join(f"('{field}', {literal(profile.shown(field))})" for field in profile.fields)
    values = " ".join(f"WHEN '{field}' THEN r.{db.quoted(field)}" for field in profile.fields)
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE bad AS
        SELECT t.line, t.fault.reason AS reason, t.fault.field AS field, CASE t.fault.field {values} END AS value
        FROM typed t JOIN raw r USING (line) WHERE t.fault IS NOT NULL""",
    )
    turned = moments.turned("value", profile)
    count = f"SELECT count(*) FROM bad WHERE reason = 'time_unreadable' AND {turned} IS NOT NULL"
    n_turned = int(db.value(con, count)) if turned else 0
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE rejected AS
        SELECT line, n.name AS field, reason, CASE WHEN value IS NULL THEN NULL
            WHEN regexp_full_match(value, '{_DATE_LIKE}') THEN value ELSE {masked("value")} END AS value,
            b.field AS contract
        FROM bad b LEFT JOIN (VALUES {names}) n(field, name) ON n.field = b.field""",
    )
    db.run(con, "DROP TABLE bad")
    db.run(con, "DROP TABLE raw")
    rows, rejected = db.run(con, "SELECT (SELECT count(*) FROM typed), (SELECT count(*) FROM rejected)")[0]
    return Counted(rows, rejected, n_turned)


def masked(value: str) -> str:
    """SQL for the shape of a value: digits as 9, letters as x, at most 40 characters."""
    return f"regexp_replace(regexp_replace(left({value}, 40), '[0-9]', '9', 'g'), '\\pL', 'x', 'g')"


def masked_id(value: str) -> str:
    """SQL for a code as it may be shown: of long numbers, which may be somebody's, only the ends."""
    return rf"regexp_replace(left({value}, 60), '([0-9]{{2}})[0-9]{{5,}}([0-9]{{2}})', '\1...\2', 'g')"


def text(profile: Profile, field: str) -> str:
    """SQL for a field as trimmed text: NULL where it is not there or says nothing."""
    if field not in profile.fields:
        return "NULL::VARCHAR"
    value = f"trim(raw.{field})"
    if field in _IDS:
        bare = rf"regexp_replace({value}, {literal(_KEPT_AS_TEXT)}, '\2\3')"
        value = f"CASE WHEN left({value}, 1) IN ('=', '''') THEN {bare} ELSE {value} END"
    nothing = ", ".join(map(literal, NOTHING))
    return f"CASE WHEN length({value}) > {_NOTHING_LONGEST} OR lower({value}) NOT IN ({nothing}) THEN {value} END"


def choice(profile: Profile, field: str) -> str:
    """SQL for a field of words as its code; NULL where it is not there or its word is not known."""
    if field in profile.constants:
        code = CODES[field][profile.constants[field]]
        return f"{'NULL' if code is None else code}::TINYINT"
    said = getattr(profile.words, field)
    whens = " ".join(
        f"WHEN lower(trim(raw.{field})) = lower({literal(word)}) THEN {'NULL' if code is None else code}"
        for name, code in CODES[field].items()
        for word in said.get(name, ())
    )
    return f"CASE {whens} END::TINYINT" if field in profile.columns and whens else "NULL::TINYINT"


def _known(profile: Profile, field: str) -> str:
    if field not in profile.columns:
        return "true"
    said = [w for words in getattr(profile.words, field).values() for w in words]
    listed = ", ".join(f"lower({literal(w)})" for w in said)
    return f"({text(profile, field)} IS NULL OR lower(trim(raw.{field})) IN ({listed}))"


def _typed(con: db.Connection, profile: Profile, source: str | None, now: datetime) -> None:
    visit = profile.shape == "visit"
    at = "in_at" if visit else "scanned_at"
    source_id = literal(source) if source is not None else text(profile, "source")
    begin, end, upload = (moments.wib(f, profile) for f in (at, "out_at", "uploaded_at"))
    faults: list[tuple[str, str, str]] = [
        ("raw_reason IS NOT NULL", "raw_reason", "''"),
        ("ts_twice", "'time_ambiguous'", f"'{at}'"),
        ("ts IS NULL", "'time_unreadable'", f"'{at}'"),
        ("ts < $earliest", "'time_early'", f"'{at}'"),
        ("ts > $latest", "'time_future'", f"'{at}'"),
        ("qr_code IS NULL", "'qr_empty'", "'qr_code'"),
        # What a cheap look rules out needs no pattern: those of nobody end as they begin, those numbers hold a mark.
        (
            f"visitor IS NULL OR (left(visitor, 1) = right(visitor, 1) OR visitor[1] IN ('x', 'X', '*', '#')) "
            f"AND regexp_full_match(visitor, '{_NOBODY}')",
            "'visitor_empty'",
            "'visitor'",
        ),
        (
            f"(contains(visitor, '.') OR contains(visitor, ',') OR contains(visitor, 'E') "
            f"OR contains(visitor, 'e')) AND regexp_full_match(visitor, '{_AS_NUMBER}')",
            "'visitor_scientific'",
            "'visitor'",
        ),
    ]
    for field in ("qr_code", "scan_id", "activity", "source"):
        if field in profile.columns:
            column = "source_id" if field == "source" else field
            holds = f"(length({column}) >= 16 AND regexp_matches({column}, '{_NIK}'))"
            faults.append((f"{column} = visitor OR {holds}", "'identity'", f"'{field}'"))
    if source is None:
        faults.append(("NOT source_known", "'source_unknown'", "'source'"))
    if visit:
        faults += [
            ("out_twice", "'time_ambiguous'", "'out_at'"),
            ("out_text IS NOT NULL AND out_at IS NULL", "'time_unreadable'", "'out_at'"),
            ("out_at < ts", "'out_before_in'", "'out_at'"),
            ("out_at > $latest", "'time_future'", "'out_at'"),
        ]
    else:
        faults.append(("event IS NULL", "'event_unknown'", "'event'"))
    for field in ("colour", "admitted"):
        if field in profile.columns:
            faults.append((f"NOT {field}_known", f"'{field}_unknown'", f"'{field}'"))
    if "uploaded_at" in profile.columns:
        faults += [
            ("uploaded_twice", "'time_ambiguous'", "'uploaded_at'"),
            ("uploaded_text IS NOT NULL AND uploaded_at IS NULL", "'time_unreadable'", "'uploaded_at'"),
        ]
    cases = " ".join(f"WHEN {test} THEN {{'reason': {reason}, 'field': {field}}}" for test, reason, field in faults)
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE typed AS
        WITH parsed AS (
            SELECT line, reason AS raw_reason, {begin.moment} AS ts, {begin.twice} AS ts_twice,
                {text(profile, "qr_code")} AS qr_code, {text(profile, "visitor")} AS visitor,
                {choice(profile, "event")} AS event, {source_id} AS source_id,
                coalesce({source_id} IN (SELECT source_id FROM source), false) AS source_known,
                {text(profile, "out_at")} AS out_text, {end.moment} AS out_at, {end.twice} AS out_twice,
                {text(profile, "scan_id")} AS scan_id, {choice(profile, "colour")} AS colour,
                {_known(profile, "colour")} AS colour_known, {choice(profile, "admitted")} AS admitted,
                {_known(profile, "admitted")} AS admitted_known, {text(profile, "activity")} AS activity,
                {text(profile, "uploaded_at")} AS uploaded_text,
                {upload.moment} AS uploaded_at, {upload.twice} AS uploaded_twice
            FROM raw)
        SELECT line, ts, qr_code, visitor, event, source_id, out_at, scan_id, colour, admitted, activity, uploaded_at,
            CASE {cases} END AS fault
        FROM parsed""",
        {"earliest": EARLIEST, "latest": now + AHEAD},
    )
