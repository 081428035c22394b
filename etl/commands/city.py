"""Commands about the city itself: boundaries, simulate."""

import argparse
from datetime import date
from pathlib import Path

from core import words
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
    "simulate": Command(_simulate, _add_simulate),
}
