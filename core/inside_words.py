"""What is said of the persons inside one place: a sentence, and under 'rincian' what it rests on. Pure.

A row is one of `queries.crowding.at_hour`; a build or sealed month of before schema 7 has a rough range (no model).
"""

from typing import Any

import pandas as pd

from core import formats, sentences, words
from core.view import View


def sentence(row: Any, view: View) -> str:
    """'Di dalam kira-kira 1.200 orang (1.000-1.500) pada pukul ..., karena 7 dari 10 orang tidak check-out.'"""

    def text(key: str, **fields: object) -> str:
        return words.text(f"inside.{key}", view.language, **sentences.hour(view), **fields)

    def number(value: Any) -> str:
        return formats.number(round(float(value)), 0, view.language)

    if pd.isna(row.low) or pd.isna(row.high):
        reason = (
            text("few_stays", n=number(0 if pd.isna(row.matched) else row.matched)) if row.covered else text("no_file")
        )
        return text("unknown", reason=reason)
    low, high, rough = number(row.low), number(row.high), pd.isna(row.model)
    tenths = 0 if pd.isna(row.open_share) else round(row.open_share * 10)
    open_ = text("tenths", n=tenths) if tenths else text("some")
    if row.low == row.high:
        said = text("same_rough" if rough else "same", low=low)
    elif rough:
        said = text("rough", low=low, high=high, open=open_)
    else:
        said = text("likely", n=number(row.expected), low=low, high=high, open=open_)
    return f"{said} {text('provisional')}" if row.provisional else said


def details(row: Any, language: str) -> list[str]:
    """Logical bounds, the part that is estimated, the matched stays it rests on, and the head count as measured."""

    def text(key: str, **fields: object) -> str:
        return words.text(f"inside.{key}", language, **fields)

    def number(value: Any) -> str:
        return (
            words.text("value.unknown", language)
            if pd.isna(value)
            else formats.number(round(float(value)), 0, language)
        )

    said = [text("bounds", certain=number(row.certain), bound=number(row.bound))]
    if not pd.isna(row.estimated) and row.expected > 0:
        share = formats.number(100 * float(row.estimated) / float(row.expected), 0, language)
        said.append(text("estimated", share=share, n=number(row.expected)))
    if pd.isna(row.matched) or pd.isna(row.low):
        said.append(text("no_basis", n=number(0 if pd.isna(row.matched) else row.matched)))
    else:
        fields = {"n": number(row.matched), "month": formats.month(pd.Timestamp(row.fitted_on).date(), language)}
        if pd.isna(row.model):
            said.append(text("basis_rough", **fields))
        else:
            tenths = round(10 * row.regulars / row.matched)  # in tenths, as every share of daily regulars
            said.append(text("basis", **fields, regulars=tenths, model=row.model))
    said.append(text("no_count") if pd.isna(row.head_count) else text("count", n=number(row.head_count)))
    if row.provisional:
        said.append(text("provisional_why"))
    return said
