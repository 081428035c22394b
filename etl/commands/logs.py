"""Commands about logs: load, watch, profile, unload, rejects."""

import argparse
import sys
from datetime import date
from pathlib import Path

from core import clock, errors, words
from core.settings import Settings
from etl import ledger, loading, profile, register, rejects, status, store, unload
from etl.commands import Args, Command, help_of
from etl.commands.published import build_and_say


def _load(args: Args, here: Settings) -> int:
    chosen = profile.load(args.profile, here)
    paths = [Path(name) for name in args.files]
    if missing := [p for p in paths if not p.is_file()]:
        raise errors.UsageError("error.no_file", file=", ".join(map(str, missing)))
    with store.writer(here):
        refused = loading.files(here, paths, chosen, source=args.source, days=args.days, quiet=args.quiet)
        if args.build:
            build_and_say(here)
    return errors.InputRefused.exit_code if refused else 0


def _watch(args: Args, here: Settings) -> int:
    from etl import watch  # only this command needs structlog

    return watch.run(here, once=args.once)


def _profile(args: Args, here: Settings) -> int:
    from etl import suggest  # only this command needs it, and what it looks with

    path = Path(args.file)
    out = Path(args.out) if args.out else None
    if out is not None and out.exists():
        raise errors.UsageError("error.file_exists", file=out.name)
    with store.machine():
        proposal, rows = suggest.propose(path, here, clock.now(), args.name, args.source)
    for line in proposal.lines():
        print(line)
    if rows:
        print(words.text("propose.read"), *rows, sep="\n")
    out = out or Path(f"{proposal.name}.toml")
    suggest.write(proposal, out)
    print(words.text("propose.written", path=out, file=path.name))
    return 0


def _unload(args: Args, here: Settings) -> int:
    with store.writer(here), store.warehouse(here) as con:
        register.lay(con, here)
        taken = unload.unload(con, unload.find(con, args.file), clock.now())
        print(words.text("cli.unloaded", file=taken.name, loaded=taken.loaded))
        status.write(con, here, clock.now())
    return 0


def _rejects(args: Args, here: Settings) -> int:
    if not here.warehouse.exists():
        raise errors.UsageError("error.nothing_loaded")
    with store.writer(here), store.warehouse(here) as con:
        register.lay(con, here)
        chosen = [ledger.find(con, said) for said in args.files]
        found = rejects.find(con, [file_id for group in chosen for file_id in group] if args.files else None)
        if args.csv == "-":
            rejects.write(found, sys.stdout)
        elif args.csv:
            # utf-8-sig: what Excel needs to read letters beyond ASCII
            with Path(args.csv).open("w", encoding="utf-8-sig", newline="") as out:
                print(words.text("cli.rejects_written", n=rejects.write(found, out), path=args.csv))
        else:
            for row in found:
                print(words.text("cli.rejects_line", **vars(row) | {"line": row.line or "-", "advice": row.advice}))
    return 0


def _days(text: str) -> tuple[date, date]:
    first, _, last = text.partition("..")
    try:
        span = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        raise argparse.ArgumentTypeError(words.text("cli.bad_days", value=text)) from None
    if span[0] > span[1]:
        raise argparse.ArgumentTypeError(words.text("cli.bad_days", value=text))
    return span


def _add_load(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE")
    parser.add_argument("--profile", required=True, metavar="NAME", help=help_of("profile"))
    parser.add_argument("--source", metavar="ID", help=help_of("source"))
    parser.add_argument("--days", type=_days, metavar="A..B", help=help_of("days"))
    parser.add_argument("--quiet", action="store_true", help=help_of("quiet"))
    parser.add_argument("--build", action="store_true", help=help_of("then_build"))


def _add_watch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", action="store_true", help=help_of("once"))


def _add_profile(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE")
    parser.add_argument("--name", metavar="NAME", help=help_of("propose_name"))
    parser.add_argument("--out", metavar="FILE.toml", help=help_of("propose_out"))
    parser.add_argument("--source", metavar="ID", help=help_of("source"))


def _add_unload(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help=help_of("file"))


def _add_rejects(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", metavar="FILE", help=help_of("file"))
    parser.add_argument("--csv", nargs="?", const="-", metavar="PATH", help=help_of("csv"))


COMMANDS = {
    "load": Command(_load, _add_load),
    "watch": Command(_watch, _add_watch),
    "profile": Command(_profile, _add_profile, "propose"),
    "unload": Command(_unload, _add_unload),
    "rejects": Command(_rejects, _add_rejects),
}
