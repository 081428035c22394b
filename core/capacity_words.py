"""What is said of a limit: the rule, its document, and what of it is not sure. Pure: a row in, words out."""

from datetime import datetime
from typing import Any

import pandas as pd

from core import formats, words
from core.capacity import Basis, State


def rule(row: Any, language: str) -> str:
    """'kapasitas maksimal 25 %, level 2: Inmendagri 53/2021; aturan belum dikonfirmasi; kapasitas simulasi'.

    row: fields of `queries.capacity.columns` and capacity_basis.
    """
    instrument = row.instrument if isinstance(row.instrument, str) else words.text("followup.no_instrument", language)
    said = [words.text("capacity.rule", language, rule=state(row, language), instrument=instrument)]
    if row.unconfirmed:
        said.append(words.text("crowding.unconfirmed", language))
    if isinstance(row.capacity_basis, str) and row.capacity_basis != Basis.RECORDED and not pd.isna(row.limit):
        said.append(words.text(f"capacity.basis.{row.capacity_basis}", language))
    return "; ".join(said)


def state(row: Any, language: str) -> str:
    """The rule in words, or what is missing for a limit."""
    name = str(row.limit_state)
    if name == State.CAP and not pd.isna(row.head_limit):
        name = "cap_or_heads"
    elif name == State.NO_CAP and row.level == 0:
        name = "revoked"
    fields = {"percent": row.cap_pct, "heads": row.head_limit, "level": row.level}
    return words.text(f"capacity.state.{name}", language, **fields)


def standing(since: datetime | None, is_new: bool, language: str) -> str:
    """'baru, sejak Sen 29 Nov 14.00' or 'sejak Rab 20 Okt'; '?' where the beginning is not known."""
    if since is None or pd.isna(since):
        return words.text("value.unknown", language)
    day = formats.day(since.date(), language, long=False)
    at = f"{since:%H:%M}" if language == "en" else f"{since:%H.%M}"
    said = day if (since.hour, since.minute) == (0, 0) else f"{day} {at}"
    return words.text("capacity.new" if is_new else "capacity.since", language, since=said)


def marks(row: Any, language: str) -> str:
    """' (perkiraan kasar, sementara)': what to know of a range of persons; '' where nothing is.

    row: model (NA: a rough range) and provisional of `queries.crowding.at_hour`.
    """
    names = [name for name, holds in (("rough", pd.isna(row.model)), ("provisional", row.provisional)) if holds]
    said = ", ".join(words.text(f"crowding.mark.{name}", language) for name in names)
    return f" ({said})" if said else ""
