"""Commands about the city itself: boundaries, register, simulate."""

import argparse
from datetime import date
from pathlib import Path

from core import clock, errors, words
from core.settings import Settings
from etl import simulate, store
from etl.commands import Args, Command, help_of


def _boundaries(args: Args, here: Settings) -> int:
    from etl import boundaries  # geopandas takes half a second and 100 MB that no other command needs

    made = boundaries.make(Path(args.source), here, code_field=args.code_field)
    boundaries.write(made, Path(args.out) if args.out else here.reference_dir)
    for line in boundaries.report(made):
        print(line)
    return 0


def _register(args: Args, here: Settings) -> int:
    from etl.entry import history, run, template  # openpyxl takes a quarter of a second that no other command needs

    if sum(given is not None for given in (args.file, args.template, args.events)) != 1 or (
        args.dry_run and args.file is None
    ):
        raise errors.UsageError("entry.one_of")
    if args.template is not None:
        path = Path(args.template or words.text("entry.template_name"))
        with store.machine():
            template.write(here, path)
        print(words.text("entry.template_written", path=path))
        return 0
    if args.events is not None:
        lines = history.of_place(here, args.events)
    else:
        lines = run.run(here, Path(args.file), clock.now(), dry_run=args.dry_run)
    for line in lines:
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


def _share(text: str) -> float:
    if not 0 <= (share := float(text)) <= 1:
        raise argparse.ArgumentTypeError("0-1")
    return share


def _add_boundaries(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", metavar="SOURCE.geojson")
    parser.add_argument("--out", metavar="DIR", help=help_of("out"))
    parser.add_argument("--code-field", default="kelurahan_code", help=help_of("code_field"))


def _add_register(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help=help_of("register_file"))
    parser.add_argument("--dry-run", action="store_true", help=help_of("register_dry"))
    parser.add_argument("--template", nargs="?", const="", metavar="PATH", help=help_of("register_template"))
    parser.add_argument("--events", metavar="PLACE", help=help_of("register_events"))


def _add_simulate(parser: argparse.ArgumentParser) -> None:
    scenarios = ["contoh", "demo", "warna", "besar"]
    parser.add_argument("--scenario", choices=scenarios, default="demo", help=help_of("scenario"))
    parser.add_argument(
        "--from", dest="first", type=date.fromisoformat, default=date(2021, 10, 25), help=help_of("first")
    )
    parser.add_argument("--days", type=int, default=90, help=help_of("n_days"))
    parser.add_argument("--scans", type=int, default=1_000_000, help=help_of("scans"))
    for kind in ("guests", "staff"):
        parser.add_argument(f"--{kind}-check-out", type=_share, metavar="SHARE", help=help_of(f"{kind}_check_out"))
    parser.add_argument("--seed", type=int, default=7, help=help_of("seed"))


COMMANDS = {
    "boundaries": Command(_boundaries, _add_boundaries),
    "register": Command(_register, _add_register),
    "simulate": Command(_simulate, _add_simulate),
}
