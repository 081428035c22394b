"""Rows of text become typed scans, or rejects with their reason.

Everything here is one pass of SQL over `raw`, which may be the file itself; the zone of naive times ends here, and
after it all times are WIB. Nothing in that pass may join: rows of a plain file have their line by their order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core import db
from etl import moments, rows
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
Fault = tuple[str, str, str]  # SQL: the test, the reason and the field, both as literals


@dataclass(frozen=True)
class Counted:
    """Rows of the file as records, how many were rejected, and how many of those for a day and month turned round."""

    rows: int
    rejected: int
    turned: int


def read(
    con: db.Connection, profile: Profile, source: str | None, now: datetime, first_line: int | None = None
) -> Counted:
    """Makes `arrived` (one row a scan, visitor still raw), a view of `typed`, and `rejected` of `raw`; all temporary.

    arrived: line, source_id, event, qr_code, visitor (raw text), ts_wib, day_wib, opened_at, scan_id, colour,
    admitted, activity, uploaded_at. rejected: line, field (source column), reason, value (masked), contract.
    `first_line`: the rows of `raw` are the file's from this line on, in order, and need not be numbered.
    """
    faults = _typed(con, profile, source, now, first_line)
    counted = rejects(con, profile, faults, first_line)
    common = (
        f"{line(first_line)} AS line, source_id, qr_code, visitor, scan_id, colour, admitted, activity, uploaded_at"
    )
    if profile.shape == "scan":
        scans = f"SELECT {common}, event, ts AS ts_wib, NULL::TIMESTAMP AS opened_at FROM typed WHERE fault IS NULL"
    else:
        scans = f"""SELECT {common}, {CHECK_IN} AS event, ts AS ts_wib, NULL::TIMESTAMP AS opened_at
            FROM typed WHERE fault IS NULL
            UNION ALL SELECT {common}, {CHECK_OUT}, out_at, ts FROM typed WHERE fault IS NULL AND out_at IS NOT NULL"""
    db.run(con, f"CREATE OR REPLACE TEMP VIEW arrived AS SELECT *, ts_wib::DATE AS day_wib FROM ({scans})")
    return counted


def line(first_line: int | None) -> str:
    """SQL for the line of a row of `typed`."""
    return "line" if first_line is None else f"rowid + {first_line}"


def fault_of(faults: Sequence[Fault], profile: Profile) -> str:
    """SQL for the columns `fault` and `value` of `typed`, over `parsed`, which has the text of `field` as `field_raw`.

    fault: the first of `faults` that a row has, by its number from 1; 0: its reader's, and the value is the reason.
    """
    values = " ".join(
        f"WHEN {n} THEN {field.strip(chr(39))}_raw"
        for n, (_, _, field) in enumerate(faults, 1)
        if field.strip("'") in profile.fields
    )
    tests = " ".join(f"WHEN {test} THEN {n}" for n, (test, _, _) in enumerate(faults, 1))
    return f"""fault, CASE WHEN fault IS NOT NULL THEN CASE fault WHEN 0 THEN raw_reason {values} END END AS value
        FROM (SELECT *, (CASE WHEN raw_reason IS NOT NULL THEN 0 {tests} END)::UTINYINT AS fault FROM parsed)"""


def texts(profile: Profile) -> str:
    """SQL for the columns `field_raw`."""
    return ", ".join(f"raw.{field} AS {field}_raw" for field in profile.fields)


def rejects(con: db.Connection, profile: Profile, faults: Sequence[Fault], first_line: int | None) -> Counted:
    """Makes `rejected` of the faults in `typed` and lets go of `raw`: what is shown of a value is masked here.

    rejected: line, field (source column), reason, value (masked), contract (the field's contract name).
    """
    named = ", ".join(
        f"({n}, {reason}, {field}, {literal(profile.shown(field.strip(chr(39))))})"
        for n, (_, reason, field) in enumerate(faults, 1)
    )
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE bad AS
        SELECT {line(first_line)} AS line, CASE fault WHEN 0 THEN value ELSE n.reason END AS reason,
            coalesce(n.contract, '') AS contract, n.field, CASE WHEN fault > 0 THEN value END AS value
        FROM (SELECT rowid, * FROM typed WHERE fault IS NOT NULL)
        LEFT JOIN (VALUES {named}) n(no, reason, contract, field) ON n.no = fault""",
    )
    turned = moments.turned("value", profile)
    count = f"SELECT count(*) FROM bad WHERE reason = 'time_unreadable' AND {turned} IS NOT NULL"
    n_turned = int(db.value(con, count)) if turned else 0
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE rejected AS
        SELECT line, field, reason, CASE WHEN value IS NULL THEN NULL
            WHEN regexp_full_match(value, '{_DATE_LIKE}') THEN value ELSE {masked("value")} END AS value, contract
        FROM bad""",
    )
    db.run(con, "DROP TABLE bad")
    rows.let_go(con)
    n, rejected = db.run(con, "SELECT (SELECT count(*) FROM typed), (SELECT count(*) FROM rejected)")[0]
    return Counted(n, rejected, n_turned)


def masked(value: str) -> str:
    """SQL for the shape of a value: digits as 9, letters as x, at most 40 characters."""
    return f"regexp_replace(regexp_replace(left({value}, 40), '[0-9]', '9', 'g'), '\\pL', 'x', 'g')"


def masked_id(value: str) -> str:
    """SQL for a code as it may be shown: of long numbers, which may be somebody's, only the ends."""
    return rf"regexp_replace(left({value}, 60), '([0-9]{{2}})[0-9]{{5,}}([0-9]{{2}})', '\1...\2', 'g')"


def text(profile: Profile, field: str, said: str | None = None) -> str:
    """SQL for a field as trimmed text: NULL where it is not there or says nothing. `said`: its text, if not raw's."""
    if field not in profile.fields:
        return "NULL::VARCHAR"
    raw = said or f"raw.{field}"
    value = f"trim({raw})"
    if field in _IDS:
        bare = rf"regexp_replace({value}, {literal(_KEPT_AS_TEXT)}, '\2\3')"
        value = f"CASE WHEN left({value}, 1) IN ('=', '''') THEN {bare} ELSE {value} END"
    return f"""CASE WHEN {raw} = '' THEN NULL WHEN {moments.bare(raw)} AND {_says_something(raw)} THEN {raw}
        WHEN {_says_something(value)} THEN {value} END"""


def _says_something(value: str) -> str:
    # by place: of IN, and of list_contains, DuckDB makes a join, which loses the order of rows
    nothing = ", ".join(map(literal, NOTHING))
    return f"(length({value}) > {_NOTHING_LONGEST} OR list_position([{nothing}], lower({value})) IS NULL)"


def choice(profile: Profile, field: str) -> str:
    """SQL for a field of words as its code; NULL where it is not there or its word is not known."""
    if field in profile.constants:
        code = CODES[field][profile.constants[field]]
        return f"{'NULL' if code is None else code}::TINYINT"
    said = [
        (word, "NULL" if code is None else str(code))
        for name, code in CODES[field].items()
        for word in getattr(profile.words, field).get(name, ())
    ]
    if field not in profile.columns or not said:
        return "NULL::TINYINT"
    # nearly all words are written as the profile has them
    as_is = " ".join(f"WHEN raw.{field} = {literal(word)} THEN {code}" for word, code in said if word == word.strip())
    whens = " ".join(f"WHEN lower(trim(raw.{field})) = lower({literal(word)}) THEN {code}" for word, code in said)
    return f"(CASE {as_is} WHEN raw.{field} = '' THEN NULL {whens} END)::TINYINT"


def _unknown(profile: Profile, field: str) -> str:
    """SQL, over `parsed`: whether a field says a word that the profile does not know."""
    words = [w for words in getattr(profile.words, field).values() for w in words]
    listed = ", ".join(f"lower({literal(w)})" for w in words)
    said = f"{field}_raw"
    return (
        f"{field} IS NULL AND {text(profile, field, said)} IS NOT NULL "
        f"AND list_position([{listed}], lower(trim({said}))) IS NULL"
    )


def _typed(
    con: db.Connection, profile: Profile, source: str | None, now: datetime, first_line: int | None
) -> Sequence[Fault]:
    """Makes `typed` of `raw`; returns the faults that it names by their number."""
    visit = profile.shape == "visit"
    at = "in_at" if visit else "scanned_at"
    source_id = literal(source) if source is not None else text(profile, "source")
    begin, end, upload = (moments.wib(f, profile) for f in (at, "out_at", "uploaded_at"))
    known = ", ".join(literal(row[0]) for row in db.run(con, "SELECT source_id FROM source"))
    faults: list[Fault] = [
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
        faults.append((f"list_position([{known}]::VARCHAR[], source_id) IS NULL", "'source_unknown'", "'source'"))
    if visit:
        faults += [
            ("out_twice", "'time_ambiguous'", "'out_at'"),
            (
                f"out_at IS NULL AND {text(profile, 'out_at', 'out_at_raw')} IS NOT NULL",
                "'time_unreadable'",
                "'out_at'",
            ),
            ("out_at < ts", "'out_before_in'", "'out_at'"),
            ("out_at > $latest", "'time_future'", "'out_at'"),
        ]
    else:
        faults.append(("event IS NULL", "'event_unknown'", "'event'"))
    for field in ("colour", "admitted"):
        if field in profile.columns:
            faults.append((_unknown(profile, field), f"'{field}_unknown'", f"'{field}'"))
    if "uploaded_at" in profile.columns:
        faults += [
            ("uploaded_twice", "'time_ambiguous'", "'uploaded_at'"),
            (
                f"uploaded_at IS NULL AND {text(profile, 'uploaded_at', 'uploaded_at_raw')} IS NOT NULL",
                "'time_unreadable'",
                "'uploaded_at'",
            ),
        ]
    lines = "line, " if first_line is None else ""
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP TABLE typed AS
        WITH parsed AS (
            SELECT {lines}reason AS raw_reason, {begin.moment} AS ts, {begin.twice} AS ts_twice,
                {text(profile, "qr_code")} AS qr_code, {text(profile, "visitor")} AS visitor,
                {choice(profile, "event")} AS event, {source_id} AS source_id,
                {end.moment} AS out_at, {end.twice} AS out_twice, {text(profile, "scan_id")} AS scan_id,
                {choice(profile, "colour")} AS colour, {choice(profile, "admitted")} AS admitted,
                {text(profile, "activity")} AS activity,
                {upload.moment} AS uploaded_at, {upload.twice} AS uploaded_twice, {texts(profile)}
            FROM raw)
        SELECT {lines}ts, qr_code, visitor, event, source_id, {"out_at, " if visit else ""}scan_id, colour, admitted,
            activity, uploaded_at, {fault_of(faults, profile)}""",
        {"earliest": EARLIEST, "latest": now + AHEAD},
    )
    return faults
