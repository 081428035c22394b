"""Rows of delimited text as a temporary view of text: `raw(line, reason, <fields of the profile>)`.

`line` is the physical line a record starts at. Two roads, one result: DuckDB's reader for plain files, which are read
when the view is; Python's csv in strict mode for the rest, whose rows are kept in `raw_row`.
No message from here carries a value: whole lines, identities included, stand in the readers'.
"""

import csv
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import pyarrow as pa

from core import db
from core.errors import InputRefused
from etl import container
from etl.moments import literal
from etl.profile import Profile
from etl.structure import LONGEST_FIELD, Structure, codec_of, records

BATCH = 50_000
_NO_NULL = "\x01\x02"  # an empty field stays '', so that missing and empty cannot be confused
Row = tuple[object, ...]


def read(con: db.Connection, structure: Structure, profile: Profile) -> None:
    """Lays `raw` over a delimited file."""
    if structure.plain:
        _plain(con, structure, profile)
    else:
        insert(con, _records(structure, profile), profile)


def create(con: db.Connection, profile: Profile) -> None:
    """Makes the empty `raw`: line BIGINT, reason VARCHAR (a row's structural fault), one VARCHAR a field."""
    columns = ", ".join(f"{db.quoted(name)} VARCHAR" for name in profile.fields)
    db.run(con, f"CREATE OR REPLACE TEMP TABLE raw_row (line BIGINT, reason VARCHAR, {columns})")
    db.run(con, "CREATE OR REPLACE TEMP VIEW raw AS FROM raw_row")


def let_go(con: db.Connection) -> None:
    """Drops `raw` and what it holds of the file."""
    db.run(con, "DROP VIEW IF EXISTS temp.raw")
    db.run(con, "DROP TABLE IF EXISTS temp.raw_row")


def insert(con: db.Connection, rows: Iterable[Row], profile: Profile) -> None:
    """Fills `raw` with (line, reason, fields...) from Python, in batches."""
    schema = pa.schema([("line", pa.int64()), ("reason", pa.string())] + [(f, pa.string()) for f in profile.fields])
    rows = iter(rows)
    while batch := list(itertools.islice(rows, BATCH)):
        con.register("batch", pa.table(list(zip(*batch, strict=True)), schema=schema))
        db.run(con, "INSERT INTO raw_row SELECT * FROM batch")
        con.unregister("batch")


def picker(structure: Structure, profile: Profile) -> Callable[[Sequence[str]], Row]:
    """From a record's values to the profile's fields: one column, several joined by a space, or a constant."""
    places = tuple(structure.places.values())
    fixed = tuple(profile.constants.values())

    def pick(record: Sequence[str]) -> Row:
        return (
            *(record[at[0]] if len(at) == 1 else " ".join(record[i].strip() for i in at) for at in places),
            *fixed,
        )

    return pick


def first_line(structure: Structure) -> int | None:
    """The line of the first row of `raw`, where its rows are the file's in order, so that nobody need number them."""
    return 1 + structure.headed if structure.plain else None


@contextmanager
def reading(structure: Structure) -> Iterator[None]:
    """What DuckDB finds wrong in a plain file, once it reads it, as our own error."""
    try:
        yield
    except db.Error as error:
        if not structure.plain or isinstance(error, db.OutOfSpace):
            raise
        raise InputRefused("refused.unreadable", file=structure.path.name, kind=type(error).__name__) from None


def _plain(con: db.Connection, structure: Structure, profile: Profile) -> None:
    types = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(structure.header)))
    values = [
        f"c{at[0]}" if len(at) == 1 else f"concat_ws(' ', {', '.join(f'trim(c{i})' for i in at)})"
        for at in structure.places.values()
    ]
    values += [literal(value) for value in profile.constants.values()]
    fields = ", ".join(f"{value} AS {db.quoted(name)}" for name, value in zip(profile.fields, values, strict=True))
    newline = "\\r\\n" if structure.newline == "\r\n" else "\\n"
    # A view takes no parameters; what stands in it is ours, the profile's and the path, quotes doubled.
    db.run(
        con,
        f"""CREATE OR REPLACE TEMP VIEW raw AS
        SELECT {int(structure.headed)} + row_number() OVER () AS line, NULL::VARCHAR AS reason, {fields}
        FROM read_csv({literal(str(structure.path))}, auto_detect = false, header = false,
            skip = {int(structure.headed)}, columns = {{{types}}}, delim = {literal(profile.file.delimiter)},
            quote = '', escape = '', comment = '', nullstr = {literal(_NO_NULL)}, new_line = '{newline}',
            compression = '{"gzip" if structure.kind == "gzip" else "none"}', max_line_size = 2097152,
            encoding = 'utf-8')""",
    )


def _records(structure: Structure, profile: Profile) -> Iterator[Row]:
    """A record of the wrong width keeps its place with its reason and no values."""
    form, name = profile.file, structure.path.name
    width, pick = len(structure.header), picker(structure, profile)
    nothing = (None,) * len(profile.fields)
    header, line = structure.headed, form.skip
    csv.field_size_limit(1 << 26)
    try:
        with container.text_of(structure.path, structure.kind, codec_of(form.encoding)) as file:
            lines = itertools.islice(file, form.skip, None)
            for first, last, record in records(lines, form):
                start, line = form.skip + first, form.skip + last
                if header or not record:
                    header = header and not record
                    continue
                if len(record) != width:
                    # A torn quote swallows the lines after it: what follows cannot be told apart any more.
                    if last > first:
                        raise InputRefused("refused.torn", file=name, line=start)
                    yield (start, "field_count", *nothing)
                elif max(map(len, record)) > LONGEST_FIELD:
                    yield (start, "field_too_long", *nothing)
                elif any("\0" in value for value in record):
                    yield (start, "nul_byte", *nothing)
                elif last > first and _swallowed(record, form.delimiter, width):
                    raise InputRefused("refused.torn", file=name, line=start)
                else:
                    yield (start, None, *pick(record))
    except csv.Error:
        raise InputRefused("refused.torn", file=name, line=line + 1) from None
    except UnicodeError:
        raise InputRefused("refused.encoding", file=name, line=line + 1, encoding=form.encoding) from None


def _swallowed(record: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether a value holds what looks like a row: two torn quotes that meet make a record of the right width."""
    return any(part.count(delimiter) >= width - 1 for value in record for part in value.splitlines()[1:])
