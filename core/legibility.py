"""How large letters must be on a screen that is read from across a room.

Source: ISO 9241, capitals of at least 16 minutes of arc at the reader's distance; a first sentence a little more.
"""

import math

CAP_RATIO = 0.656  # height of a capital to the font size, Source Sans
SMALLEST_ARCMIN = 16.0
SENTENCE_ARCMIN = 22.0
LARGEST_PX = 76  # above it the wall's words no longer fit its grid
_INCH_MM = 25.4
_HEIGHT_OF_DIAGONAL = 9 / math.hypot(16, 9)


def font_px(inches: float, metres: float, arcmin: float) -> float:
    """Font size in px of a 1920x1080 screen of that diagonal whose capitals span `arcmin` at that distance."""
    height_mm = inches * _INCH_MM * _HEIGHT_OF_DIAGONAL
    capital_mm = 2 * metres * 1000 * math.tan(math.radians(arcmin / 60) / 2)
    return 1080 * capital_mm / height_mm / CAP_RATIO


def smallest_px(inches: float, metres: float) -> int:
    """The smallest font allowed: rounded up, so that the minimum holds."""
    return math.ceil(font_px(inches, metres, SMALLEST_ARCMIN))


def sentence_px(inches: float, metres: float) -> int:
    """The font of the first line: rounded down, between 20 and 22 minutes of arc."""
    return math.floor(font_px(inches, metres, SENTENCE_ARCMIN))
