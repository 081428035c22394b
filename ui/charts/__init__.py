"""Charts in the shared theme: numbers and day names from Python, never from a browser's locale.

Each chart has a pure `..._figure` that makes it and a function that draws it with its legend in words. A chart does not
know the width it gets, so texts that a phone cannot hold are left to plotly to hide, and rows are laid out in pixels.
"""

from ui.charts.base import value_text
from ui.charts.coverage import over_time, over_time_figure, stage_bars, stage_bars_figure, waiting, waiting_figure
from ui.charts.crowding import bands, day_curve, day_curve_figure, range_bars, range_bars_figure
from ui.charts.daily import daily_columns, daily_columns_figure
from ui.charts.timeline import timeline, timeline_figure
from ui.charts.visits import (
    bars,
    bars_figure,
    hour_by_weekday,
    hour_by_weekday_figure,
    small_multiples,
    small_multiples_figure,
)

__all__ = [
    "bands",
    "bars",
    "bars_figure",
    "daily_columns",
    "daily_columns_figure",
    "day_curve",
    "day_curve_figure",
    "hour_by_weekday",
    "hour_by_weekday_figure",
    "over_time",
    "over_time_figure",
    "range_bars",
    "range_bars_figure",
    "small_multiples",
    "small_multiples_figure",
    "stage_bars",
    "stage_bars_figure",
    "timeline",
    "timeline_figure",
    "value_text",
    "waiting",
    "waiting_figure",
]
