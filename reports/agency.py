"""The list for one agency: its matters, oldest first, as screen, file and message say them, and its contact.

Not among the named reports: it names a contact, which belongs in the list for that agency and nowhere else.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pandas as pd

from core import agency, carry, words
from core.agency import Matter
from core.frames import rows
from core.view import View
from queries import city, contacts, followup, places
from reports import make, writers
from reports.definitions import BY_NAME, Report

SUFFIX, MEDIA, _ = writers.FORMATS["xlsx"]


@dataclass(frozen=True)
class Agency:
    """One office's list. `view` is the View with this office as its owner; matters are in the list's order."""

    view: View
    owner_id: str
    owner: str
    matters: tuple[Matter, ...]
    contact: str
    simulated: bool
    data_at: datetime | None

    @property
    def sentence(self) -> str:
        """Its first line, the same on screen, in the file and in the message."""
        return agency.sentence(self.owner, self.matters, self.view)

    def whatsapp(self, address: str) -> str:
        """The message; `address` leads back to the list."""
        return agency.whatsapp(
            self.owner, self.matters, self.view, simulated=self.simulated, data_at=self.data_at, address=address
        )

    @property
    def file_name(self) -> str:
        """The file's name: with the office, and SIMULASI where it is."""
        return make.stem(REPORT, self.view, self.simulated) + SUFFIX

    def xlsx(self, address: str) -> bytes:
        """The file, with for whom it is in its head."""
        head = {"owner": self.owner, "contact": self.contact, "sentence": self.sentence, "link": address}
        if self.simulated:
            head["simulated"] = words.text("carry.simulated", self.view.language)
        lines = [(words.text(f"agency.head.{name}", self.view.language), text) for name, text in head.items()]
        return writers.as_xlsx(make.of(REPORT, self.view), lines)


def of(view: View, owner: str, found: pd.DataFrame) -> Agency:
    """The list of one office out of `found`, the view's `followup.items`."""
    mine = followup.of_owner(found, owner)
    own = replace(view, owner=owner)
    return Agency(
        own,
        owner,
        places.names(own)["owner"],
        tuple(_matter(row, view.language) for row in rows(mine)),
        contact(view, owner),
        city.simulated(view.build),
        city.last_scan(view.build),
    )


def contact(view: View, owner: str) -> str:
    """Role and contact of an office, or that none is known."""
    mark = " " + words.text("about.simulated", view.language)
    said = [
        words.text(
            "agency.contact", view.language, role=carry.line(row.role), contact=carry.line(row.contact),
            mark=mark if row.simulated else "",
        )
        for row in rows(contacts.of(view.build, owner))
    ]  # fmt: skip
    return "; ".join(said) or words.text("agency.no_contact", view.language)


def _matter(row: Any, language: str) -> Matter:
    known = row._asdict()
    since = None if pd.isna(known["since"]) else known["since"].to_pydatetime()
    kelurahan = known["kelurahan"] if isinstance(known["kelurahan"], str) else None
    kind = words.text(f"followup_kind.{known['kind']}", language)
    return Matter(kind, known["name"], kelurahan, since, known["detail"], known["next_step"], known["rule"])


def _rows(view: View) -> pd.DataFrame:
    found = followup.of_owner(followup.items(view), view.owner or "")
    kinds = [words.text(f"followup_kind.{kind}", view.language) for kind in found["kind"]]
    return found.assign(kind=kinds, simulated=city.simulated(view.build))


def _sentence(view: View) -> str:
    return of(view, view.owner or "", followup.items(view)).sentence


REPORT = Report("tindak-lanjut-opd", BY_NAME["tindak-lanjut"].columns, _rows, _sentence, "moment", "summary")
