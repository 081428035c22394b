"""The command line: python -m etl. Exit codes stand in core.errors and docs/etl.md."""

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl

from core import builds, clock, errors, formats, settings, view, words
from core.settings import LANGUAGES, Settings
from etl import (
    arguments,
    backup,
    findings,
    inbox,
    keys,
    ledger,
    loading,
    migrate_builds,
    profile,
    publish,
    purge,
    register,
    rejects,
    restore,
    simulate,
    standing,
    status,
    store,
    unload,
    warnings,
)
from queries import city
from reports import make, writers

Args = argparse.Namespace
FILES_SHOWN = 20  # of `status`: the last ones, and every refused one


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; a failure we expect is one clear line on stderr and its exit code."""
    words.speak(_language(sys.argv[1:] if argv is None else argv))
    args = _parser().parse_args(argv)
    try:
        return _COMMANDS[args.command](args, settings.load())
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


def _load(args: Args, here: Settings) -> int:
    chosen = profile.load(args.profile, here)
    paths = [Path(name) for name in args.files]
    if missing := [p for p in paths if not p.is_file()]:
        raise errors.UsageError("error.no_file", file=", ".join(map(str, missing)))
    with store.writer(here):
        refused = loading.files(here, paths, chosen, source=args.source, days=args.days, quiet=args.quiet)
        if args.build:
            _build_and_say(here)
    return errors.InputRefused.exit_code if refused else 0


def _unload(args: Args, here: Settings) -> int:
    with store.writer(here), store.warehouse(here) as con:
        register.lay(con, here)
        taken = unload.unload(con, unload.find(con, args.file), clock.now())
        print(words.text("cli.unloaded", file=taken.name, loaded=taken.loaded))
        status.write(con, here, clock.now())
    return 0


def _build(_: Args, here: Settings) -> int:
    with store.writer(here):
        _build_and_say(here)
    return 0


def _build_and_say(here: Settings) -> None:
    for older in migrate_builds.run(here):
        print(words.text("cli.migrated", build=older))
    made = loading.publish(here, clock.now())
    key = "cli.built" if made.new else "cli.unchanged"
    print(words.text("cli.pinned" if made.pinned else key, build=made.build))


def _status(args: Args, here: Settings) -> int:
    if args.day:
        print(standing.of_day(here, args.day))
        return 0
    if not here.warehouse.exists():
        raise errors.UsageError("error.nothing_loaded")
    try:
        _whole_status(here)
    except errors.Locked as locked:  # it can always be asked: the last state noted and the served build need no lock
        for line in standing.without_the_lock(here, locked, clock.now()):
            print(line)
    return 0


def _whole_status(here: Settings) -> None:
    with store.writer(here), store.warehouse(here) as con:
        register.lay(con, here)
        state = status.collect(con, here, clock.now())
        none = words.text("cli.none")
        print(words.text("cli.status_build", build=state["build"] or none, pin="*" if state["pinned"] else ""))
        print(words.text("cli.status_rows", **state["rows"]))
        files = ledger.entries(con)
        shown = [e for e in files[:-FILES_SHOWN] if e.state == "refused"] + files[-FILES_SHOWN:]
        if hidden := len(files) - len(shown):
            print(words.text("cli.status_hidden", n=hidden))
        for entry in shown:
            key = "cli.status_refused" if entry.state == "refused" else "cli.status_file"
            print(words.text(key, **vars(entry) | {"state": words.text(f"state.{entry.state}")}))
        for reason, n in state["rejects"].items():
            print(words.text("cli.status_reject", n=n, reason=words.text(f"reject.{reason}")))
        for aside in ledger.kept_aside(con):
            print(words.text(f"cli.status_aside_{aside.kind}", **vars(aside)))
        for n_files, warning in warnings.summary(warnings.find(con, clock.now().date()), most=loading.WARNINGS_SAID):
            key = "cli.status_warning_files" if n_files else "cli.status_warning"
            print(words.text(key, files=formats.number(n_files), said=warning.said()))
        for kind, n, some in findings.of_build(here):
            print(words.text("cli.status_finding", n=n, kind=words.text(f"finding.{kind}"), some=some))
        for line in (*standing.lines(here, state["sources"], clock.now()), *inbox.said(here)):
            print(line)


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


def _purge(args: Args, here: Settings) -> int:
    if not here.warehouse.exists():
        raise errors.UsageError("error.nothing_loaded")
    with store.writer(here):
        if args.dry_run:
            with store.warehouse(here) as con:
                months = purge.due(con, clock.now().date(), here.retention_days)
            print(words.text("cli.purge_due", months=", ".join(f"{m:%Y-%m}" for m in months) or words.text("cli.none")))
            return 0
        done = purge.run(here, clock.now())
        months_said = ", ".join(f"{m:%Y-%m}" for m in done.months)
        key = "cli.purged" if done.months else "cli.purged_none"
        scans, persons = formats.number(done.scans), formats.number(done.persons)
        print(words.text(key, months=months_said, days=here.retention_days, scans=scans, persons=persons))
        if done.months:
            _build_and_say(here)
    return 0


def _rollback(args: Args, here: Settings) -> int:
    with store.writer(here):
        now = publish.release(here) if args.release else publish.roll_back(here, args.build)
    print(words.text("cli.released" if args.release else "cli.pinned_to", build=now.build))
    return 0


def _boundaries(args: Args, here: Settings) -> int:
    from etl import boundaries  # geopandas takes half a second and 100 MB that no other command needs

    made = boundaries.make(Path(args.source), here, code_field=args.code_field)
    boundaries.write(made, Path(args.out) if args.out else here.reference_dir)
    for line in boundaries.report(made):
        print(line)
    return 0


def _simulate(args: Args, here: Settings) -> int:
    with store.writer(here):
        if args.scenario == "contoh":
            logs, folder = simulate.sample(here), here.data_dir / "inbox"
        else:
            written = simulate.run(
                here,
                args.scenario,
                first=args.first,
                days=args.days,
                scans=args.scans,
                seed=args.seed,
                guests_check_out=args.guests_check_out,
                staff_check_out=args.staff_check_out,
                progress=lambda step: print(words.text("cli.simulating", step=step)),
            )
            logs, folder = [*written.logs, *written.counts], here.data_dir / "inbox"
    print(words.text("cli.simulated", n=len(logs), folder=folder))
    return 0


def _report(args: Args, here: Settings) -> int:
    served = builds.usable(here)
    extent = city.extent(served.build) if served else None
    if served is None or extent is None:
        raise errors.UsageError("error.no_build")
    asked = view.asked(dict(parse_qsl(args.view, keep_blank_values=True)))
    if asked.build and asked.build in builds.on_disk(here) and builds.readable(asked.build):
        extent = city.extent(asked.build) or extent
    chosen, bad = view.resolve(asked, extent)
    if bad:
        raise errors.UsageError("error.bad_view", keys=", ".join(bad))
    made = make.make(args.name, chosen)
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    for name in (args.format, "metadata"):
        suffix, _, write = writers.FORMATS[name]
        path = out / (made.stem + suffix)
        path.write_bytes(write(made))
        print(words.text("cli.report_written", path=path, rows=len(made.rows)))
    return 0


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


_COMMANDS: dict[str, Callable[[Args, Settings], int]] = {
    "load": _load,
    "watch": _watch,
    "profile": _profile,
    "unload": _unload,
    "rejects": _rejects,
    "build": _build,
    "status": _status,
    "purge": _purge,
    "rollback": _rollback,
    "boundaries": _boundaries,
    "simulate": _simulate,
    "report": _report,
    "key": _key,
    "backup": _backup,
    "restore": _restore,
}


def _days(text: str) -> tuple[date, date]:
    first, _, last = text.partition("..")
    try:
        span = date.fromisoformat(first), date.fromisoformat(last or first)
    except ValueError:
        raise argparse.ArgumentTypeError(words.text("cli.bad_days", value=text)) from None
    if span[0] > span[1]:
        raise argparse.ArgumentTypeError(words.text("cli.bad_days", value=text))
    return span


def _share(text: str) -> float:
    if not 0 <= (share := float(text)) <= 1:
        raise argparse.ArgumentTypeError("0-1")
    return share


def _parser() -> arguments.Parser:
    def help_of(name: str) -> str:
        return words.text(f"cli.help.{name}")

    parser = arguments.Parser("python -m etl", description=help_of("etl"))
    parser.add_argument("--bahasa", choices=LANGUAGES, help=help_of("language"))
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    about = {name: help_of("propose" if name == "profile" else name) for name in _COMMANDS}
    added = {name: commands.add_parser(name, help=about[name], description=about[name]) for name in _COMMANDS}
    added["load"].add_argument("files", nargs="+", metavar="FILE")
    added["load"].add_argument("--profile", required=True, metavar="NAME", help=help_of("profile"))
    added["load"].add_argument("--source", metavar="ID", help=help_of("source"))
    added["load"].add_argument("--days", type=_days, metavar="A..B", help=help_of("days"))
    added["load"].add_argument("--quiet", action="store_true", help=help_of("quiet"))
    added["load"].add_argument("--build", action="store_true", help=help_of("then_build"))
    added["status"].add_argument("--day", type=date.fromisoformat, metavar="DAY", help=help_of("status_day"))
    added["watch"].add_argument("--once", action="store_true", help=help_of("once"))
    added["unload"].add_argument("file", metavar="FILE", help=help_of("file"))
    added["profile"].add_argument("file", metavar="FILE")
    added["profile"].add_argument("--name", metavar="NAME", help=help_of("propose_name"))
    added["profile"].add_argument("--out", metavar="FILE.toml", help=help_of("propose_out"))
    added["profile"].add_argument("--source", metavar="ID", help=help_of("source"))
    added["rejects"].add_argument("files", nargs="*", metavar="FILE", help=help_of("file"))
    added["rejects"].add_argument("--csv", nargs="?", const="-", metavar="PATH", help=help_of("csv"))
    added["purge"].add_argument("--dry-run", action="store_true", help=help_of("dry_run"))
    added["rollback"].add_argument("build", nargs="?", metavar="BUILD", help=help_of("build_id"))
    added["rollback"].add_argument("--release", action="store_true", help=help_of("release"))
    added["boundaries"].add_argument("source", metavar="SOURCE.geojson")
    added["boundaries"].add_argument("--out", metavar="DIR", help=help_of("out"))
    added["boundaries"].add_argument("--code-field", default="kelurahan_code", help=help_of("code_field"))
    added["report"].add_argument("name", metavar="NAME", help=help_of("report_name"))
    added["report"].add_argument(
        "--format",
        choices=[f for f in writers.FORMATS if f != "metadata"],
        default="xlsx",
        help=help_of("report_format"),
    )
    added["report"].add_argument("--out", default=".", metavar="DIR", help=help_of("report_out"))
    added["report"].add_argument("--view", default="", metavar="QUERY", help=help_of("report_view"))
    added["key"].add_argument("--rotate", action="store_true", help=help_of("key_rotate"))
    added["key"].add_argument(
        "--from", dest="since", type=date.fromisoformat, metavar="YYYY-MM-01", help=help_of("key_from")
    )
    added["key"].add_argument("--lost", action="store_true", help=help_of("key_lost"))
    added["backup"].add_argument("target", metavar="DIR", help=help_of("backup_target"))
    added["restore"].add_argument("folder", metavar="DIR", help=help_of("restore_from"))
    added["restore"].add_argument("--replace", action="store_true", help=help_of("replace"))
    simulated = added["simulate"].add_argument
    simulated("--scenario", choices=["contoh", "demo", "warna", "besar"], default="demo", help=help_of("scenario"))
    simulated("--from", dest="first", type=date.fromisoformat, default=date(2021, 10, 25), help=help_of("first"))
    simulated("--days", type=int, default=90, help=help_of("n_days"))
    simulated("--scans", type=int, default=1_000_000, help=help_of("scans"))
    for kind in ("guests", "staff"):
        simulated(f"--{kind}-check-out", type=_share, metavar="SHARE", help=help_of(f"{kind}_check_out"))
    simulated("--seed", type=int, default=7, help=help_of("seed"))
    return parser


if __name__ == "__main__":
    sys.exit(main())
