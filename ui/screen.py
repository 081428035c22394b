"""What every block of a page is given: the View, words in its language, and the palette of the viewer's theme."""

from dataclasses import dataclass

from streamlit.delta_generator import DeltaGenerator

from core import formats, palette, words
from core.view import View


@dataclass(frozen=True)
class Screen:
    """What a page gets: its View, the words of its language, and the palette of the viewer's theme."""

    view: View
    colours: palette.Palette
    top: DeltaGenerator | None = None  # where the first line goes: above the filters, also on a phone

    def text(self, key: str, **fields: object) -> str:
        return words.text(key, self.view.language, **fields)

    def category(self, code: object) -> str:
        """A category in words; another city's own category stands as its register writes it."""
        return self.text(f"category.{code}") if f"category.{code}" in words.catalogue() else str(code)

    def number(self, value: float, decimals: int = 0) -> str:
        return formats.number(value, decimals, self.view.language)
