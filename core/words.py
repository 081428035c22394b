"""The catalogue of every word the product says, Indonesian first, English by a switch.

Entries stand in catalogue/*.toml, a file a subject, as [key] id = ..., en = ...; a `{name}` is filled by the caller.
"""

import tomllib
from contextvars import ContextVar
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).with_name("catalogue")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """key -> language -> text, flattened: [a.b] is the key 'a.b'."""
    flat: dict[str, dict[str, str]] = {}

    def walk(prefix: str, node: dict[str, object]) -> None:
        texts = {k: v for k, v in node.items() if isinstance(v, str)}
        if texts:
            if prefix in flat:
                raise KeyError(f"{prefix} stands twice in the catalogue")
            flat[prefix] = texts
        for name, child in node.items():
            if isinstance(child, dict):
                walk(f"{prefix}.{name}" if prefix else name, child)

    for path in sorted(CATALOGUE.glob("*.toml")):
        walk("", tomllib.loads(path.read_text("utf-8")))
    return flat


_spoken = ContextVar("spoken", default="id")


def speak(language: str) -> None:
    """Sets the language of texts that are asked for without one: of the command line, whose whole run has one."""
    _spoken.set(language)


def spoken() -> str:
    """The language set by `speak`, Indonesian unless it was called."""
    return _spoken.get()


def text(key: str, language: str | None = None, **fields: object) -> str:
    """The text of `key`, filled; a missing key is our defect and raises KeyError."""
    return catalogue()[key][language or spoken()].format(**fields)
