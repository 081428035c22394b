"""The catalogue of every word the product says, Indonesian first, English by a switch.

Entries stand in words.toml as [key] id = ..., en = ...; a `{name}` in a text is filled by the caller.
"""

import tomllib
from functools import cache
from pathlib import Path

CATALOGUE = Path(__file__).with_name("words.toml")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """key -> language -> text, flattened: [a.b] is the key 'a.b'."""
    flat: dict[str, dict[str, str]] = {}

    def walk(prefix: str, node: dict[str, object]) -> None:
        texts = {k: v for k, v in node.items() if isinstance(v, str)}
        if texts:
            flat[prefix] = texts
        for name, child in node.items():
            if isinstance(child, dict):
                walk(f"{prefix}.{name}" if prefix else name, child)

    walk("", tomllib.loads(CATALOGUE.read_text("utf-8")))
    return flat


def text(key: str, language: str = "id", **fields: object) -> str:
    """The text of `key`, filled; a missing key is our defect and raises KeyError."""
    return catalogue()[key][language].format(**fields)
