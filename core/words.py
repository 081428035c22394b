"""The catalogue of every word the product says, Indonesian first, English by a switch.

Entries stand in catalogue/*.toml, a file a subject, as [key] id = ..., en = ...; a `{name}` is filled by the caller.
"""

import tomllib
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


def text(key: str, language: str = "id", **fields: object) -> str:
    """The text of `key`, filled; a missing key is our defect and raises KeyError."""
    return catalogue()[key][language].format(**fields)
