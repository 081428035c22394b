"""The colours of the screens: one place, light and dark. Contrasts are WCAG 2 luminance ratios on the background."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Palette:
    """Hex colours of one theme."""

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
)


def of(theme: str) -> Palette:
    """The palette of 'light' or 'dark'."""
    return DARK if theme == "dark" else LIGHT
