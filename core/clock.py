"""The only place that says now, and which of three clocks a screen follows. Times are naive WIB (UTC+7), as stored."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from core import settings

WIB = ZoneInfo("Asia/Jakarta")
LIVE_WITHIN = timedelta(minutes=90)  # only data younger than this may be called 'sekarang'
LATEST_WITHIN = timedelta(days=7)  # older data are history, dated and without a late alarm
LANGSUNG, TERAKHIR, RIWAYAT = "langsung", "terakhir", "riwayat"


def now() -> datetime:
    """The present moment as naive WIB, whole seconds."""
    return datetime.now(WIB).replace(tzinfo=None, microsecond=0)


def mode(last_scan: datetime | None, simulated: bool) -> str:
    """LANGSUNG, TERAKHIR or RIWAYAT by the age of the data; always history for simulated data or by PANTAU_CLOCK."""
    if simulated or last_scan is None or settings.load().clock == RIWAYAT:
        return RIWAYAT
    age = now() - last_scan
    return LANGSUNG if age < LIVE_WITHIN else TERAKHIR if age < LATEST_WITHIN else RIWAYAT
