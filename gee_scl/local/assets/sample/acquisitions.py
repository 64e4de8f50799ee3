"""When the invented satellites come by, from which orbit, in what weather, and where the sun stands then."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from gee_scl.local.assets.sample.landscape import PIXEL

LATITUDE: Final = 46.43
LONGITUDE: Final = 11.63
"""Degrees; where the sun is computed."""


@dataclass(frozen=True)
class Orbit:
    """One satellite on one relative orbit: when it comes by, and whether the edge of its swath crosses the landscape.

    Attributes:
        satellite: "A" or "B".
        number: relative orbit.
        start: UTC of the start of the data take, as hours, minutes, seconds.
        strip: seconds from there to the data strip's sensing start.
        absolute: absolute orbit number on `epoch`; 143 more every ten days.
        epoch: a date on which it comes by.
        edge: whether the swath ends within the landscape.
    """

    satellite: str
    number: int
    start: tuple[int, int, int]
    strip: int
    absolute: int
    epoch: datetime
    edge: bool


ORBITS: Final = {
    "A022": Orbit("A", 22, (10, 4, 11), 200, 39344, datetime(2023, 1, 3, tzinfo=UTC), edge=False),
    "A065": Orbit("A", 65, (10, 14, 1), 150, 39387, datetime(2023, 1, 6, tzinfo=UTC), edge=True),
    "B022": Orbit("B", 22, (10, 3, 9), 240, 30435, datetime(2023, 1, 8, tzinfo=UTC), edge=False),
    "B065": Orbit("B", 65, (10, 13, 9), 230, 30478, datetime(2023, 1, 11, tzinfo=UTC), edge=True),
}


@dataclass(frozen=True)
class Acquisition:
    """One overpass and its weather.

    Attributes:
        day: date.
        orbit: key of `ORBITS`.
        cloudy: share of the sky under water clouds (0..1).
        cloud_size: width of clouds in pixels of 20 m.
        cloud_height: metres above the ground.
        cirrus: share of the sky under cirrus (0..1).
        defective: number of streaks of saturated or defective pixels.
    """

    day: datetime
    orbit: str
    cloudy: float
    cloud_size: int
    cloud_height: int
    cirrus: float = 0.0
    defective: int = 0

    @property
    def sensing_start(self) -> datetime:
        """Start of the data take."""
        hours, minutes, seconds = ORBITS[self.orbit].start
        return self.day + timedelta(hours=hours, minutes=minutes, seconds=seconds)

    @property
    def strip_start(self) -> datetime:
        """Sensing start of the data strip, seconds before the landscape comes into view."""
        return self.sensing_start + timedelta(seconds=ORBITS[self.orbit].strip)

    @property
    def absolute_orbit(self) -> int:
        """Absolute orbit number: 143 orbits in ten days."""
        orbit = ORBITS[self.orbit]
        return orbit.absolute + (self.day - orbit.epoch).days // 10 * 143

    @property
    def day_of_year(self) -> int:
        """1 to 366."""
        return self.day.timetuple().tm_yday

    @property
    def sun(self) -> tuple[float, float]:
        """Azimuth (degrees clockwise from north) and elevation (degrees) of the sun, to 0.01 degrees.

        Cooper's declination (Solar Energy 12, 1969) and the hour angle of mean solar time; good to about two degrees.
        """
        declination = math.radians(23.45 * math.sin(math.radians(360 * (284 + self.day_of_year) / 365)))
        hours = self.sensing_start.hour + self.sensing_start.minute / 60 + LONGITUDE / 15 - 12
        hour_angle, latitude = math.radians(15 * hours), math.radians(LATITUDE)
        up = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(
            hour_angle
        )
        east = -math.cos(declination) * math.sin(hour_angle)
        north = math.cos(latitude) * math.sin(declination) - math.sin(latitude) * math.cos(declination) * math.cos(
            hour_angle
        )
        return round(math.degrees(math.atan2(east, north)) % 360, 2), round(math.degrees(math.asin(up)), 2)

    @property
    def shadow_offset(self) -> tuple[int, int]:
        """Rows (southwards) and columns (eastwards) from a cloud to its shadow, in pixels of 20 m."""
        azimuth, elevation = (math.radians(angle) for angle in self.sun)
        length = self.cloud_height / math.tan(elevation) / PIXEL
        return round(length * math.cos(azimuth)), round(-length * math.sin(azimuth))


def _on(month: int, day: int, *weather: str | float, cirrus: float = 0.0, defective: int = 0) -> Acquisition:
    orbit, cloudy, size, height = weather
    return Acquisition(
        datetime(2023, month, day, tzinfo=UTC), str(orbit), float(cloudy), int(size), int(height), cirrus, defective
    )


ACQUISITIONS: Final = (
    # month, day, orbit, share of clouds, width of clouds, height of clouds
    _on(1, 3, "A022", 0.12, 40, 900),
    _on(1, 21, "B065", 0.00, 40, 1000),
    _on(2, 2, "A022", 0.45, 60, 1000, cirrus=0.20),
    _on(2, 15, "A065", 0.08, 24, 1200, defective=4),
    _on(3, 4, "A022", 0.97, 90, 1500),
    _on(3, 22, "B065", 0.22, 36, 1400, cirrus=0.30),
    _on(4, 3, "A022", 0.05, 20, 1500),
    _on(4, 16, "A065", 0.60, 70, 1600, cirrus=0.10),
    _on(5, 8, "B022", 0.28, 26, 1700, defective=5),
    _on(5, 21, "B065", 0.10, 18, 1800),
    _on(6, 2, "A022", 0.35, 22, 2000, cirrus=0.15),
    _on(6, 15, "A065", 0.15, 16, 2200),
    _on(7, 2, "A022", 0.07, 14, 2200, defective=3),
    _on(7, 15, "A065", 0.24, 20, 2600, cirrus=0.25),
    _on(7, 27, "B022", 0.18, 16, 2300),
    _on(8, 9, "B065", 0.02, 12, 2200),
    _on(8, 26, "B022", 0.82, 80, 2400, cirrus=0.10),
    _on(9, 8, "B065", 0.00, 20, 2000, cirrus=0.35),
    _on(9, 20, "A022", 0.13, 18, 1900, defective=4),
    _on(10, 3, "A065", 0.30, 34, 1700),
    _on(10, 25, "B022", 0.55, 60, 1500, cirrus=0.20),
    _on(11, 7, "B065", 0.06, 26, 1200),
    _on(11, 24, "B022", 0.20, 44, 1000, cirrus=0.12),
    _on(12, 17, "B065", 0.10, 40, 900, defective=3),
)
