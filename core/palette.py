"""The colours of the screens: one place, light and dark. Contrasts are WCAG 2 luminance ratios on the background.

Green, yellow, red and black belong to the vaccine status alone. In the dark theme the top of a ramp is the brightest.
"""

from collections.abc import Mapping
from dataclasses import dataclass

_INK, _WHITE = "#14212B", "#FFFFFF"  # text on a fill, whatever the theme


@dataclass(frozen=True)
class Palette:
    """Hex colours of one theme. The ramps go from core names to a fill, and to the text that stands on it."""

    background: str
    ink: str
    second: str  # secondary text
    outline: str
    map_fill: str
    visits: str  # one hue for visits
    visits_text: str  # ink on the visits hue
    hatch: str  # 'belum diketahui', 'tidak terukur'
    simulation: str
    simulation_text: str
    late: str
    late_text: str
    band: Mapping[str, str]  # free, busy, nearly_full, full: share of the limit
    band_text: Mapping[str, str]
    stage: Mapping[str, str]  # filed, verified, installed, in_use; unused: installed under a cross
    stage_text: Mapping[str, str]
    cross: str  # the X of unused, corner to corner
    against: Mapping[str, str]  # much_less, less, same, more, much_more than usual; never without its sign
    against_text: Mapping[str, str]


# Both ends of against print the same grey: signs go with them.
_AGAINST = {
    "much_less": "#0B5E63",
    "less": "#7FC4BE",
    "same": "#F1F1EC",
    "more": "#DDB36A",
    "much_more": "#8A4B08",
}
_AGAINST_TEXT = {"much_less": _WHITE, "less": _INK, "same": _INK, "more": _INK, "much_more": _WHITE}

LIGHT = Palette(
    background="#FFFFFF",
    ink="#14212B",  # 16.4
    second="#4A5763",  # 7.4
    outline="#5B6773",  # 5.8
    map_fill="#F1F1EC",
    visits="#1F7468",  # 4.9 on the map fill
    visits_text="#FFFFFF",
    hatch="#5B6773",
    simulation="#FFD24A",  # ink on it 11.4
    simulation_text="#14212B",
    late="#9B1C1C",  # white on it 8.2
    late_text="#FFFFFF",
    band={"free": "#FDF0CC", "busy": "#EE9A4D", "nearly_full": "#B8326A", "full": "#3D0F4A"},
    band_text={"free": _INK, "busy": _INK, "nearly_full": _WHITE, "full": _WHITE},  # 14.4, 7.3, 5.7, 15.4
    stage={
        "filed": "#D3E4F3",
        "verified": "#8DBBDD",
        "installed": "#2F78B3",
        "unused": "#2F78B3",
        "in_use": "#08305F",
    },
    stage_text={"filed": _INK, "verified": _INK, "installed": _WHITE, "unused": _WHITE, "in_use": _WHITE},
    cross=_WHITE,  # 4.7 on installed
    against=_AGAINST,
    against_text=_AGAINST_TEXT,
)
DARK = Palette(
    background="#0F1720",
    ink="#F2F5F7",  # 16.5
    second="#B4C0CA",  # 9.7
    outline="#8FA0AE",
    map_fill="#1B2731",
    visits="#5FC3B0",  # 7.2
    visits_text="#14212B",
    hatch="#8FA0AE",
    simulation="#FFD24A",
    simulation_text="#14212B",
    late="#FF8A7A",
    late_text="#14212B",
    band={"free": "#5A3A80", "busy": "#B84A8C", "nearly_full": "#F79A66", "full": "#FFF3C4"},
    band_text={"free": _WHITE, "busy": _WHITE, "nearly_full": _INK, "full": _INK},  # 8.9, 4.8, 7.6, 14.7
    stage={
        "filed": "#1E4266",
        "verified": "#2F74AE",
        "installed": "#86C0EC",
        "unused": "#86C0EC",
        "in_use": "#EAF5FE",
    },
    stage_text={"filed": _WHITE, "verified": _WHITE, "installed": _INK, "unused": _INK, "in_use": _INK},
    cross=_INK,  # 8.4 on installed
    against=_AGAINST,
    against_text=_AGAINST_TEXT,
)


def of(theme: str) -> Palette:
    """The palette of 'light' or 'dark'."""
    return DARK if theme == "dark" else LIGHT
