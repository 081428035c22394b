"""First lines of screens: sentences made from the figures, with what is unknown."""

from dataclasses import dataclass

from core import formats, words
from core.view import View


@dataclass(frozen=True)
class Visits:
    """The figures of the sentence: visits None where no day of the view is covered."""

    visits: int | None
    days: int
    days_known: int
    days_partial: int
    places: int
    measured: int
    kelurahan: int


def visits(found: Visits, view: View, kelurahan: str | None) -> str:
    """'266 kunjungan tercatat pada ..., di 8 tempat ber-QR. 51 dari 57 kelurahan tidak terukur.'"""
    language = view.language

    def text(key: str, **fields: object) -> str:
        return words.text(f"sentence.{key}", language, **fields)

    period = formats.period(view.first, view.last, language)
    where = text("in_kelurahan", name=kelurahan) if kelurahan else ""
    if found.visits is None:
        return text("no_visits", period=period, where=where)
    count = formats.number(found.visits, 0, language)
    said = [text("visits", visits=count, period=period, places=found.places, where=where)]
    if found.days_known < found.days:
        said.append(text("days_unknown", unknown=found.days - found.days_known, days=found.days))
    if found.days_partial:
        said.append(text("partial_days", partial=found.days_partial))
    if found.kelurahan and not kelurahan:
        said.append(text("measured", unmeasured=found.kelurahan - found.measured, kelurahan=found.kelurahan))
    return " ".join(said)
