"""What a rejected value should have been, in words of no language: examples of times, words and ids that are known."""

from datetime import datetime

from core import db
from etl.moments import literal
from etl.profile import EPOCHS, Profile

_EXAMPLE = datetime(2021, 11, 24, 20, 15, 0)
_LISTED = 12  # words or ids named at most


def add(con: db.Connection, file_id: int, profile: Profile) -> None:
    """Stores `rejected` as rejects of a file, each with what was expected."""
    known = [row[0] for row in db.run(con, "SELECT source_id FROM source ORDER BY ALL")]
    said = {
        "time_unreadable": times(con, profile),
        "time_ambiguous": times(con, profile),
        "source_unknown": _listed(known),
        "number_unreadable": f"1{profile.file.thousands}234" if profile.file.thousands else "1234",
        **{f"{name}_unknown": _words(profile, name) for name in ("event", "colour", "admitted")},
    }
    cases = " ".join(f"WHEN '{reason}' THEN {literal(text)}" for reason, text in said.items())
    db.run(
        con,
        f"""INSERT INTO reject (file_id, line, field, reason, value, expected)
        SELECT {file_id}, line, field, reason, value, CASE reason {cases} END FROM rejected""",
    )


def times(con: db.Connection, profile: Profile) -> str:
    """One moment in every form the profile names."""
    forms = [form for form in profile.time.formats if form not in EPOCHS]
    shown = [str(db.value(con, f"SELECT strftime($at, {literal(form)})", {"at": _EXAMPLE})) for form in forms]
    shown += [str(int(_EXAMPLE.timestamp()) * EPOCHS[f]) for f in profile.time.formats if f in EPOCHS]
    return _listed(list(dict.fromkeys(shown)))


def _words(profile: Profile, name: str) -> str:
    return _listed([word for said in getattr(profile.words, name).values() for word in said])


def _listed(words: list[str]) -> str:
    return " / ".join(words[:_LISTED]) + (" / ..." if len(words) > _LISTED else "")
