"""The command line: python -m etl. Exit codes stand in core.errors and docs/etl.md; commands in etl/commands."""

import argparse
import os
import sys
import traceback
from collections.abc import Sequence

from core import errors, settings, words
from core.settings import LANGUAGES
from etl import arguments
from etl.commands import city, help_of, keeping, logs, published

_COMMANDS = {**logs.COMMANDS, **published.COMMANDS, **city.COMMANDS, **keeping.COMMANDS}


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; a failure we expect is one clear line on stderr and its exit code."""
    words.speak(_language(sys.argv[1:] if argv is None else argv))
    args = _parser().parse_args(argv)
    try:
        return _COMMANDS[args.command].run(args, settings.load())
    except errors.PantauError as error:
        print(words.text("cli.failed", reason=error), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `... | head`: the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        # The message of a library may hold a value of the log, a person's id among them: where it failed is enough.
        print("".join(traceback.format_tb(error.__traceback__)), type(error).__name__, sep="", file=sys.stderr)
        print(words.text("cli.defect"), file=sys.stderr)
        return 1


def _language(argv: Sequence[str]) -> str:
    """The language of this run: --bahasa, which must be known before the help is written, else the setting."""
    early = argparse.ArgumentParser(add_help=False, exit_on_error=False)
    early.add_argument("--bahasa", choices=LANGUAGES)
    try:
        return early.parse_known_args(argv)[0].bahasa or settings.load().bahasa
    except (argparse.ArgumentError, errors.UsageError):
        return "id"  # the parser, or the command, says what is wrong


def _parser() -> arguments.Parser:
    parser = arguments.Parser("python -m etl", description=help_of("etl"))
    parser.add_argument("--bahasa", choices=LANGUAGES, help=help_of("language"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, command in _COMMANDS.items():
        about = help_of(command.about or name)
        command.add(commands.add_parser(name, help=about, description=about))
    return parser


if __name__ == "__main__":
    sys.exit(main())
