"""NDJSON: one JSON object a line. Numbers keep the digits they were written with; nested objects are named a.b."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from core import db
from core.errors import InputRefused
from etl import container
from etl.profile import Profile
from etl.rows import Row, insert, picker
from etl.structure import LONGEST_FIELD, Structure, codec_of, columns_of

LONGEST_LINE = 1 << 20
NAMES_SEEN = 1000  # lines whose names make the header


def check(path: Path, kind: container.Kind, profile: Profile) -> Structure:
    """Reads the names of the first objects; every line is read by `read`. Raises InputRefused."""
    digest = hashlib.sha256()
    size, tail, start = 0, b"", b""
    with closing(container.chunks(path, kind, digest.update)) as chunks:
        for chunk in chunks:
            start = start or chunk[:1000]
            size, tail = size + len(chunk), chunk[-4:]
    if not size:
        raise InputRefused("refused.empty", file=path.name)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"["):
        raise InputRefused("refused.json_array", file=path.name)
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise InputRefused("refused.html", file=path.name)
    names: dict[str, None] = {}
    for n, (_, found) in enumerate(objects(path, kind, profile.file.encoding)):
        if n == NAMES_SEEN:
            break
        names |= dict.fromkeys(found or {})
    header = tuple(names)
    places = columns_of(header, profile, path.name, 1)
    return Structure(
        path,
        digest.hexdigest(),
        path.stat().st_size,
        "ndjson",
        kind,
        header,
        places,
        ends_whole=tail.replace(b"\0", b"").endswith((b"\n", b"\r")),
    )


def read(con: db.Connection, structure: Structure, profile: Profile) -> None:
    """Fills `raw`; a line that is no object is a reject, for the next line stands by itself."""
    insert(con, _rows(structure, profile), profile)


def _rows(structure: Structure, profile: Profile) -> Iterator[Row]:
    pick, nothing = picker(structure, profile), (None,) * len(profile.fields)
    for line, found in objects(structure.path, structure.kind, profile.file.encoding):
        if found is None:
            yield (line, "json_broken", *nothing)
            continue
        record = [found.get(name, "") for name in structure.header]
        reason = None
        if max(map(len, record), default=0) > LONGEST_FIELD:
            reason = "field_too_long"
        elif any("\0" in value for value in record):
            reason = "nul_byte"
        yield (line, reason, *(nothing if reason else pick(record)))


def objects(path: Path, kind: container.Kind, encoding: str) -> Iterator[tuple[int, dict[str, str] | None]]:
    """(line, names and values as text) of each line that is not empty; None where it is no object."""
    line = 0
    try:
        with container.text_of(path, kind, codec_of(encoding)) as file:
            for line, text in enumerate(file, 1):
                if not text.strip():
                    continue
                try:
                    if len(text) > LONGEST_LINE:
                        raise ValueError
                    found = json.loads(
                        text,
                        parse_int=str,
                        parse_float=str,
                        parse_constant=lambda _: "",
                        object_pairs_hook=_once,
                    )
                    yield line, _flat(found)
                except (ValueError, RecursionError):
                    yield line, None
    except UnicodeError:
        raise InputRefused("refused.encoding", file=path.name, line=line + 1, encoding=encoding) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError
    return found


def _flat(found: Any) -> dict[str, str]:
    if not isinstance(found, dict):
        raise ValueError
    flat: dict[str, str] = {}
    for name, value in found.items():
        if isinstance(value, dict):
            flat |= {f"{name}.{inner}": text for inner, text in _flat(value).items()}
        else:
            flat[name] = _text(value)
    return flat


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)
