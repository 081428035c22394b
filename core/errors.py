"""Errors for the person who must act. Each carries a key of the word catalogue and the exit code of the CLI."""


class PantauError(Exception):
    """A failure we expect and can explain; `key` names its sentence in the catalogue, `fields` fill it."""

    exit_code = 1

    def __init__(self, key: str, **fields: object) -> None:
        super().__init__(key)
        self.key = key
        self.fields = fields

    def __str__(self) -> str:
        return self.said()

    def said(self, language: str | None = None) -> str:
        """The sentence; a `reason` that is a key of the catalogue itself is said in the same language."""
        from core import formats, words  # late: the catalogue is read only when somebody reads the message

        fields = dict(self.fields)
        if isinstance(fields.get("file"), str):  # a file may be named after a person's number
            fields["file"] = formats.masked(str(fields["file"]))
        if fields.get("reason") in words.catalogue():
            fields["reason"] = words.text(str(fields["reason"]), language)
        return words.text(self.key, language, **fields)


class UsageError(PantauError):
    """Wrong use or settings."""

    exit_code = 2


class InputRefused(PantauError):
    """An input file is refused whole; nothing of it was written but its ledger entry."""

    exit_code = 3


class Locked(PantauError):
    """Another writer holds the lock."""

    exit_code = 4


class BuildFailed(PantauError):
    """A build did not pass its checks; the old one stays served."""

    exit_code = 5


class StoreFailed(PantauError):
    """The machine or a store failed: disk full, not writable, damaged warehouse or build."""

    exit_code = 6
