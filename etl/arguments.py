"""argparse in the language spoken: its own words are English only."""

import argparse
import re
import sys
from collections.abc import Iterable
from typing import NoReturn

from core import words

# What argparse says -> the key of our sentence; its groups fill {0}, {1}.
_SAID = (
    (r"the following arguments are required: (.+)", "cli.argument.required"),
    (r"unrecognized arguments: (.+)", "cli.argument.unknown"),
    (r"argument (.+?): invalid choice: (.+?) \(choose from (.+)\)", "cli.argument.choice"),
    (r"argument (.+?): expected (?:one|at least one) argument.*", "cli.argument.value"),
    (r"argument (.+?): invalid \S+ value: (.+)", "cli.argument.invalid"),
    (r"argument (.+?): (.+)", "cli.argument.other"),
)


class _Help(argparse.HelpFormatter):
    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, prefix or words.text("cli.argument.usage") + " ")


class Parser(argparse.ArgumentParser):
    """An ArgumentParser whose headings and errors stand in the catalogue; wrong use is exit code 2."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, formatter_class=_Help, **kwargs)  # type: ignore[arg-type,misc]
        self._positionals.title = words.text("cli.argument.positionals")
        self._optionals.title = words.text("cli.argument.options")
        for action in self._actions:
            if action.dest == "help":
                action.help = words.text("cli.argument.help")

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(2, words.text("cli.failed", reason=self._reason(message)) + "\n")

    def _reason(self, message: str) -> str:
        for pattern, key in _SAID:
            if found := re.fullmatch(pattern, message, re.S):
                return words.text(key).format(*found.groups())
        return message
