"""The commands of `python -m etl`, a module a group: what each does and which arguments it takes."""

import argparse
from collections.abc import Callable
from typing import NamedTuple

from core import words
from core.settings import Settings

Args = argparse.Namespace


class Command(NamedTuple):
    """run: does it, returns the exit code. add: gives the parser its arguments. about: of its sentence in the help."""

    run: Callable[[Args, Settings], int]
    add: Callable[[argparse.ArgumentParser], None]
    about: str = ""


def help_of(name: str) -> str:
    """A sentence of the help, in the language of the run."""
    return words.text(f"cli.help.{name}")
