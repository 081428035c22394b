"""Whom of an office to write to. Only the list for that agency reads this (an import rule holds it)."""

import pandas as pd

from core import builds


def of(build: str, owner: str) -> pd.DataFrame:
    """Contacts of one office: role, contact, simulated; by role. Empty where the register has none."""
    return builds.frame(
        build,
        "SELECT role, contact, simulated FROM contact WHERE owner_id = $owner ORDER BY role, contact",
        owner=owner,
    )
