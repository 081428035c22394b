"""Made-up data, marked as such: so far the hand-made example that ships with the product."""

import shutil
from pathlib import Path

from core.settings import ROOT, Settings
from etl import inbox

SAMPLE = ROOT / "data" / "sample"
PROFILE = "pedulilindungi"


def sample(settings: Settings) -> list[Path]:
    """Lays the example into the data directory: its scenario (each row 'simulasi') and its log in the inbox."""
    shutil.rmtree(settings.scenario, ignore_errors=True)  # one scenario at a time
    settings.scenario.mkdir(parents=True)
    for path in sorted((SAMPLE / "scenario").iterdir()):
        shutil.copyfile(path, settings.scenario / path.name)
    folder = inbox.root(settings) / PROFILE / inbox.UNNAMED  # a column of the log names its sources
    folder.mkdir(parents=True, exist_ok=True)
    return [Path(shutil.copyfile(path, folder / path.name)) for path in sorted(SAMPLE.glob("*.csv"))]
