"""make run: an example if there is no data yet, then the dashboard. A second start redoes nothing."""

import os
import sys

from core import builds, settings
from core.errors import PantauError
from etl import __main__ as etl


def main() -> int:
    """Makes the example if nothing was ever built, prints the address, becomes the server."""
    try:
        here = settings.load()
        if builds.current(here) is None and not here.warehouse.exists():
            print("Belum ada data: menyiapkan contoh (DATA SIMULASI) ...", flush=True)
            if code := example(here):
                return code
    except PantauError as error:
        print(f"Gagal: {error}", file=sys.stderr)
        return error.exit_code
    print("Pantau Malang: http://127.0.0.1:8501  (Ctrl+C untuk berhenti)", flush=True)
    return os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(settings.ROOT / "dashboard.py")])


def example(here: settings.Settings) -> int:
    """Simulates, loads and builds the example; returns the exit code of the step that failed, or 0."""
    if code := etl.main(["simulate"]):
        return code
    logs = sorted(str(path) for path in here.data_dir.glob("inbox/pedulilindungi/contoh/*.csv"))
    return etl.main(["load", *logs, "--profile", "pedulilindungi", "--build"])


if __name__ == "__main__":
    sys.exit(main())
