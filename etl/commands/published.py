"""Commands about what is published: build, status, purge, rollback, report."""

import argparse
from datetime import date
from pathlib import Path
from urllib.parse import parse_qsl

from core import builds, clock, errors, formats, view, words
from core.settings import Settings
from etl import (
    findings,
    inbox,
    ledger,
    loading,
    migrate_builds,
    publish,
    purge,
    register,
    standing,
    status,
    store,
    warnings,
)
from etl.commands import Args, Command, help_of
from etl.entry import folders
from queries import city
from reports import make, writers

FILES_SHOWN = 20  # of `status`: the last ones, and every refused one


def _build(_: Args, here: Settings) -> int:
    with store.writer(here):
        build_and_say(here)
    return 0


def build_and_say(here: Settings) -> None:
    """Publishes, and says what came of it; the caller holds the lock."""
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
        for line in (*standing.lines(here, state["sources"], clock.now()), *folders.said(here), *inbox.said(here)):
            print(line)


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
            build_and_say(here)
    return 0


def _rollback(args: Args, here: Settings) -> int:
    with store.writer(here):
        now = publish.release(here) if args.release else publish.roll_back(here, args.build)
    print(words.text("cli.released" if args.release else "cli.pinned_to", build=now.build))
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


def _add_build(_: argparse.ArgumentParser) -> None:
    pass


def _add_status(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--day", type=date.fromisoformat, metavar="DAY", help=help_of("status_day"))


def _add_purge(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help=help_of("dry_run"))


def _add_rollback(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("build", nargs="?", metavar="BUILD", help=help_of("build_id"))
    parser.add_argument("--release", action="store_true", help=help_of("release"))


def _add_report(parser: argparse.ArgumentParser) -> None:
    formats_there = [f for f in writers.FORMATS if f != "metadata"]
    parser.add_argument("name", metavar="NAME", help=help_of("report_name"))
    parser.add_argument("--format", choices=formats_there, default="xlsx", help=help_of("report_format"))
    parser.add_argument("--out", default=".", metavar="DIR", help=help_of("report_out"))
    parser.add_argument("--view", default="", metavar="QUERY", help=help_of("report_view"))


COMMANDS = {
    "build": Command(_build, _add_build),
    "status": Command(_status, _add_status),
    "purge": Command(_purge, _add_purge),
    "rollback": Command(_rollback, _add_rollback),
    "report": Command(_report, _add_report),
}
