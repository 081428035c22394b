"""The only place that says now. Times are WIB (UTC+7, no daylight saving), naive, as the warehouse holds them."""

from datetime import datetime
from zoneinfo import ZoneInfo

WIB = ZoneInfo("Asia/Jakarta")


def now() -> datetime:
    """The present moment as naive WIB, whole seconds."""
    return datetime.now(WIB).replace(tzinfo=None, microsecond=0)
