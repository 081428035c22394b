"""The wall's list of what to follow up: the words, order and numbers of Ringkasan's list, as far as the lines go."""

from datetime import datetime
from typing import Any

import pandas as pd

from core import capacity_words, formats, wall_words, words
from core.crowding import OVER
from core.frames import rows

ROWS, BRIEF_ROWS = 7, 5  # of full words, and on a screen small for its distance
_LINES = 9  # of the smallest font, below a sentence of one line and a notice; what rows leave holds details


def scene(matters: pd.DataFrame, sources_in: int, language: str, *, roomy: bool, letters: int) -> dict[str, Any]:
    """Sentence and rows of `queries.followup.items`. letters: px of the sentence.

    A row has kind, name, standing (since when, or that it is new), is_new, crowd (over the limit, surely or possibly),
    and detail, of the first rows, as far as there is room ('' else).
    """
    shown = matters.head(ROWS if roomy else BRIEF_ROWS)
    detailed = _LINES - len(shown) if roomy else 0
    lines = 1 if len(shown) or not roomy else 2
    return {
        "name": "follow_up",
        "label": words.text("wall.scene.follow_up", language),
        "sentence": wall_words.fit(_sentences(matters, len(shown), sources_in, language), letters, lines),
        "rows": [
            {
                "kind": words.text(f"followup_kind.{row.kind}", language),
                "name": str(row.name),
                "standing": _standing(row.since, bool(row.is_new), language, roomy=roomy),
                "is_new": bool(row.is_new),
                "crowd": row.kind in OVER,
                "detail": str(row.detail) if n < detailed else "",
            }
            for n, row in enumerate(rows(shown))
        ],
    }


def _sentences(matters: pd.DataFrame, shown: int, sources_in: int, language: str) -> list[str]:
    """From long to short."""
    if matters.empty:
        return [words.text(f"wall.follow_up.{key}", language, n=sources_in) for key in ("none", "none_short")]
    said = {"n": len(matters), "new": int(matters["is_new"].sum()), "shown": shown}
    keys = ("part", "part_short", "all") if shown < len(matters) else ("all",)
    return [words.text(f"wall.follow_up.{key}", language, **said) for key in keys]


def _standing(since: datetime | None, is_new: bool, language: str, *, roomy: bool) -> str:
    """'baru, sejak Sen 29 Nov 14.00' as on Ringkasan; in brief 'baru' or '29 Nov'."""
    if roomy:
        return capacity_words.standing(since, is_new, language)
    if is_new:
        return words.text("wall.brief.new", language)
    if since is None or pd.isna(since):
        return words.text("value.unknown", language)
    return formats.day(since.date(), language, long=False).split(" ", 1)[1]
