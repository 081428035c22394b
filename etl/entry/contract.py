"""The spreadsheet's contract: its sheets, their columns, and the words that may stand in them, in both languages."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from core import places, words
from core.resolve import normalised
from core.settings import LANGUAGES

COMPUTED = ("first_check_in", "in_use")  # stages that scans tell, which nobody enters


@dataclass(frozen=True)
class Column:
    """One column: its key, whether each row needs it, and its name in the register's own tables if that is another."""

    key: str
    required: bool = False
    field: str = ""

    @property
    def headings(self) -> set[str]:
        """What may stand above it, normalised."""
        said = {words.text(f"entry.column.{self.key}", language) for language in LANGUAGES}
        return {heading(name) for name in (*said, self.key, self.field or self.key)}


_SOURCE = (Column("source"), Column("confidence"))
SHEETS: dict[str, tuple[Column, ...]] = {
    "events": (
        Column("place", True, "place_id"),
        Column("stage", True),
        Column("date", True),
        Column("time"),
        Column("document"),
        Column("source", True),
        Column("confidence", True),
        Column("corrects"),
        Column("simulated"),
        Column("event_id"),
    ),
    "places": (
        Column("place_id", True),
        Column("kind", True),
        Column("parent", False, "parent_id"),
        Column("name", True),
        Column("kelurahan", False, "kelurahan_code"),
        Column("category"),
        Column("owner", False, "owner_id"),
        Column("capacity"),
        Column("valid_from"),
        *_SOURCE,
    ),
    "contacts": (
        Column("office", True, "owner_id"),
        Column("role", True),
        Column("contact", True),
        *_SOURCE,
    ),
}
BESIDE = ("help", "list")  # sheets of the template that hold no entries


def heading(said: str) -> str:
    """A heading without case, spaces, marks and what stands in brackets: 'Pemilik (OPD) *' is 'pemilik'."""
    return normalised(re.sub(r"\(.*?\)", "", said))


def sheet_names(key: str) -> set[str]:
    """Normalised names of a sheet."""
    return {normalised(name) for name in (key, *(words.text(f"entry.sheet.{key}", lang) for lang in LANGUAGES))}


def _words(keys: Iterable[str], prefix: str) -> dict[str, str]:
    """Normalised word -> key, in both languages; the key itself is one too."""
    return {
        heading(word): key
        for key in keys
        for word in (key, *(words.text(f"{prefix}.{key}", language) for language in LANGUAGES))
    }


def stages() -> dict[str, str]:
    """Word -> stage that may be entered, or that is computed."""
    found = _words((*places.STAGES, *COMPUTED), "stage")
    return found | dict.fromkeys(_words(("withdrawn",), "entry.also"), "withdrawn")


def stage_word(stage: str) -> str:
    """A stage as it is entered, in the language of the run."""
    return words.text(f"stage.{stage}")


def confidences() -> dict[str, str]:
    """Word -> confidence."""
    return _words(places.CONFIDENCE, "entry.confidence")


def kinds() -> dict[str, str]:
    """Word -> kind of place."""
    return _words(places.KINDS, "entry.kind")


def answers() -> dict[str, bool]:
    """Word -> yes or no; an empty cell is no."""
    return {
        word: key in ("yes", "true") for word, key in _words(("yes", "no", "true", "false"), "entry.answer").items()
    }


def categories(known: Iterable[str]) -> dict[str, str]:
    """Code or name of a category -> its code."""
    named = words.catalogue()
    found = {normalised(code): code for code in known}
    for code in list(found.values()):
        if texts := named.get(f"category.{code}"):
            found |= {heading(text): code for text in texts.values()}
    return found
