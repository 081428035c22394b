"""Distance between two positions on the ground."""

import math

EARTH_M = 6_371_008.8  # mean radius of the Earth, metres (IUGG)


def metres(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Great-circle distance in metres of two positions in degrees, by the haversine formula."""
    a, b = math.radians(lat), math.radians(other_lat)
    half = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin(math.radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH_M * math.asin(math.sqrt(min(half, 1.0)))
