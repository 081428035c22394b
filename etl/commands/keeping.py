"""Commands that keep an installation: key, backup, restore."""

import argparse
from datetime import date
from pathlib import Path

from core import clock
from core.settings import Settings
from etl import backup, keys, restore
from etl.commands import Args, Command, help_of


def _key(args: Args, here: Settings) -> int:
    for line in keys.command(here, clock.now(), new=args.rotate, since=args.since, lost=args.lost):
        print(line)
    return 0


def _backup(args: Args, here: Settings) -> int:
    for line in backup.write(here, Path(args.target), clock.now()):
        print(line, flush=True)
    return 0


def _restore(args: Args, here: Settings) -> int:
    for line in restore.restore(here, Path(args.folder), clock.now(), replace=args.replace):
        print(line, flush=True)
    return 0


def _add_key(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rotate", action="store_true", help=help_of("key_rotate"))
    parser.add_argument("--from", dest="since", type=date.fromisoformat, metavar="YYYY-MM-01", help=help_of("key_from"))
    parser.add_argument("--lost", action="store_true", help=help_of("key_lost"))


def _add_backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="DIR", help=help_of("backup_target"))


def _add_restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", metavar="DIR", help=help_of("restore_from"))
    parser.add_argument("--replace", action="store_true", help=help_of("replace"))


COMMANDS = {
    "key": Command(_key, _add_key),
    "backup": Command(_backup, _add_backup),
    "restore": Command(_restore, _add_restore),
}
