"""Rows of a checked file as a temporary table of text: `raw(line, ok, reason, <contract columns>)`.

`line` is the physical line a record starts at. Two roads, one result: DuckDB's reader for plain files, Python's csv in
strict mode for the rest. No message from here carries a value: whole lines, identities included, stand in the readers'.
"""

import csv
from collections.abc import Iterator

import pyarrow as pa

from core import db
from core.errors import InputRefused
from etl.profile import Profile
from etl.structure import LONGEST_FIELD, Structure, text_of

BATCH = 50_000
_NO_NULL = "\x01\x02"  # an empty field stays '', so that missing and empty cannot be confused


def read(con: db.Connection, structure: Structure, profile: Profile) -> None:
    """Fills the temporary table `raw`: line BIGINT, reason VARCHAR (a row's structural fault), one VARCHAR a column."""
    columns = ", ".join(f"{db.quoted(name)} VARCHAR" for name in profile.columns)
    db.run(con, f"CREATE OR REPLACE TEMP TABLE raw (line BIGINT, reason VARCHAR, {columns})")
    if structure.plain:
        _plain(con, structure, profile)
    else:
        _careful(con, structure, profile)


def _plain(con: db.Connection, structure: Structure, profile: Profile) -> None:
    names = [f"c{i}" for i in range(len(structure.header))]
    wanted = ", ".join(f"c{structure.header.index(source)}" for source in profile.columns.values())
    types = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    try:
        db.run(
            con,
            f"""INSERT INTO raw SELECT 1 + row_number() OVER (), NULL, {wanted} FROM read_csv($path,
                auto_detect = false, header = false, skip = 1, columns = {{{types}}}, delim = $delimiter,
                quote = '', escape = '', comment = '', nullstr = $no_null, new_line = $newline,
                compression = $compression, max_line_size = 2097152, encoding = 'utf-8')""",
            {
                "path": str(structure.path),
                "delimiter": profile.file.delimiter,
                "no_null": _NO_NULL,
                "newline": "\\r\\n" if structure.newline == "\r\n" else "\\n",
                "compression": "gzip" if structure.compressed else "none",
            },
        )
    except db.Error as error:
        if isinstance(error, db.OutOfSpace):
            raise
        raise InputRefused("refused.unreadable", file=structure.path.name, kind=type(error).__name__) from None


def _careful(con: db.Connection, structure: Structure, profile: Profile) -> None:
    schema = pa.schema(
        [("line", pa.int64()), ("reason", pa.string())] + [(name, pa.string()) for name in profile.columns]
    )
    batch: list[tuple[object, ...]] = []

    def flush() -> None:
        if batch:
            table = pa.table(list(zip(*batch, strict=True)), schema=schema)
            con.register("arrived", table)
            db.run(con, "INSERT INTO raw SELECT * FROM arrived")
            con.unregister("arrived")
            batch.clear()

    for row in _records(structure, profile):
        batch.append(row)
        if len(batch) >= BATCH:
            flush()
    flush()


def _records(structure: Structure, profile: Profile) -> Iterator[tuple[object, ...]]:
    """(line, reason, values...) a record; a record of the wrong width keeps its place with its reason and no values."""
    form, name = profile.file, structure.path.name
    width = len(structure.header)
    wanted = [structure.header.index(source) for source in profile.columns.values()]
    nothing = (None,) * len(wanted)
    line = 0
    csv.field_size_limit(1 << 26)
    try:
        with text_of(structure, form.encoding) as file:
            reader = csv.reader(
                file,
                delimiter=form.delimiter,
                quotechar=form.quote or None,
                quoting=csv.QUOTE_MINIMAL if form.quote else csv.QUOTE_NONE,
                strict=True,
            )
            for record in reader:
                start, line = line + 1, reader.line_num
                if start == 1 or not record:
                    continue
                if len(record) != width:
                    # A torn quote swallows the lines after it: what follows cannot be told apart any more.
                    if line > start:
                        raise InputRefused("refused.torn", file=name, line=start)
                    yield (start, "field_count", *nothing)
                elif max(map(len, record)) > LONGEST_FIELD:
                    yield (start, "field_too_long", *nothing)
                elif any("\0" in value for value in record):
                    yield (start, "nul_byte", *nothing)
                else:
                    yield (start, None, *(record[i] for i in wanted))
    except csv.Error:
        raise InputRefused("refused.torn", file=name, line=line + 1) from None
    except UnicodeError:
        raise InputRefused("refused.encoding", file=name, line=line + 1, encoding=form.encoding) from None
    except EOFError:
        raise InputRefused("refused.gzip", file=name) from None
