"""make run: a simulated city if there are no data yet, then the dashboard. A second start redoes nothing."""

import os
import sys

from core import builds, settings, words
from core.errors import PantauError, StoreFailed
from etl import __main__ as etl
from etl import inbox


def main() -> int:
    """Makes the demo if nothing was ever built, prints the address, becomes the server."""
    try:
        here = settings.load()
        if builds.current(here) is None and not here.warehouse.exists():
            print(words.text("run.preparing"), flush=True)
            if code := city(here, "demo"):
                return code
        elif here.warehouse.exists() and not _readable(here) and (code := etl.main(["build"])):
            return code  # builds of an older version of the program had to be made again
    except PantauError as error:
        print(words.text("cli.failed", reason=error), file=sys.stderr)
        return error.exit_code
    print(words.text("run.address", address="http://127.0.0.1:8501"), flush=True)
    return os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(settings.ROOT / "dashboard.py")])


def _readable(here: settings.Settings) -> bool:
    try:
        return builds.usable(here) is not None
    except StoreFailed:
        return False


def city(here: settings.Settings, scenario: str, *more: str) -> int:
    """Simulates a city, loads its files source by source as real ones, builds; the first exit code that is not 0."""
    if code := etl.main(["simulate", "--scenario", scenario, *more]):
        return code
    for folder in sorted((here.data_dir / "inbox").glob("*/*")):
        files = sorted(str(path) for path in folder.iterdir())
        named = ["--profile", folder.parent.name]
        if folder.name != inbox.UNNAMED:
            named += ["--source", folder.name]
        if code := etl.main(["load", *files, *named, "--quiet"]):
            return code
    return etl.main(["build"])


if __name__ == "__main__":
    sys.exit(main())
