"""What planning a country costs: made scenes and made fields, of which nothing is asked.

    python -m tests.benchmarks.country [fields] [years]

100 tiles of 109.8 km in ten columns and ten rows overlap by 9.8 km, as Sentinel-2's do; two orbits see each tile, one
the whole of it and one its western part, each every ten days by two satellites: 219.6 scenes a tile in three years.
Printed are requests, pairs, pixels and bytes of the plan, seconds and memory of planning, and what one piece for all
regions and images would have been: every field with every scene; then the tasks that an exported table would be.
"""

from __future__ import annotations

import sys
import time
import tracemalloc
from datetime import UTC, datetime, timedelta

import ee
import numpy as np

import gee_scl
from gee_scl.classes.schemes import SCHEMES
from gee_scl.exports import Drive
from gee_scl.exports.tables import Table
from gee_scl.options.choices import By, Day, Existing
from gee_scl.regions.as_regions import as_regions
from gee_scl.regions.place import list_places
from gee_scl.requests.door import Door
from gee_scl.scenes.scene import Scene
from gee_scl.statistics.grid import Grid
from gee_scl.statistics.measure import Measure
from gee_scl.statistics.plan import plan_of
from gee_scl.statistics.survey import Survey

SIDE, STEP = 109.8, 100.0
"""Kilometres of a tile, and from one to the next."""

KM_LATITUDE, KM_LONGITUDE = 111.2, 111.2 * np.cos(np.radians(47))
WEST, SOUTH = 5.0, 43.0


def box(x: float, y: float, width: float, height: float) -> tuple[float, float, float, float]:
    """West, south, east, north of kilometres from the south-western corner."""
    return (
        WEST + x / KM_LONGITUDE,
        SOUTH + y / KM_LATITUDE,
        WEST + (x + width) / KM_LONGITUDE,
        SOUTH + (y + height) / KM_LATITUDE,
    )


def scenes(years: int) -> list[Scene]:
    """The scenes of 100 tiles."""
    made = []
    for column in range(10):
        for row in range(10):
            tile = f"32T{chr(65 + column)}{chr(65 + row)}"
            for orbit, share in ((0, 1.0), (2, 0.4)):
                footprint = box(column * STEP, row * STEP, SIDE * share, SIDE)
                moment = datetime(2019, 1, 1 + orbit, 10, 20, tzinfo=UTC)
                while moment.year < 2019 + years:
                    index = f"{moment:%Y%m%dT%H%M%S}_{moment:%Y%m%dT%H%M%S}_T{tile}"
                    made.append(
                        Scene(
                            index,
                            int(moment.timestamp() * 1000),
                            tile,
                            "EPSG:32632",
                            20.0,
                            day=f"{moment:%Y-%m-%d}",
                            footprint=footprint,
                        )
                    )
                    moment += timedelta(days=10)
    return made


def fields(count: int) -> dict[str, object]:
    """Fields of 200 m, anywhere, each of 50 corners."""
    random = np.random.default_rng(7)
    angles = np.linspace(0, 2 * np.pi, 50)
    made = []
    for x, y in random.uniform(0, 10 * STEP, (count, 2)):
        ring = [box(x + 0.1 * np.cos(a), y + 0.1 * np.sin(a), 0, 0)[:2] for a in angles[:-1]]
        coordinates = [[[round(east, 6), round(north, 6)] for east, north in [*ring, ring[0]]]]
        made.append({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": coordinates}})
    return {"type": "FeatureCollection", "features": made}


def main(count: int, years: int) -> None:
    """Plan it by image and by date."""
    with gee_scl.local_session(True):
        regions = as_regions(fields(count))
        every = scenes(years)
        _print(f"{count:,} fields, {len(every):,} scenes: {count * len(every):,} pairs if all met")
        for by in By:
            door = Door()
            places = list_places(regions, door)
            survey = Survey(
                ee.ImageCollection("COPERNICUS/S2_SR_HARMONIZED"),
                every,
                regions,
                places,
                Measure(SCHEMES["scl"], "SCL"),
                Grid(),
                by,
                Day.UTC,
                door,
            )
            started = time.process_time()
            plan = plan_of(survey, survey.sections())
            planned = time.process_time() - started
            started = time.process_time()
            next(survey.pieces())
            first = time.process_time() - started
            _print(f"\nby {by}: planned in {planned:.1f} s of CPU, the first piece after {first:.1f} s")
            _print(plan)
            tracemalloc.start()
            for _ in survey.pieces():
                pass
            _print(f"memory of making all pieces: {tracemalloc.get_traced_memory()[1] / 1e6:.0f} MB")
            tracemalloc.stop()
            started = time.process_time()
            table = Table(survey, Drive("country"), Existing.REFUSE, "country")
            sizes = [table.request(part).size for part in table.parts]
            cut = time.process_time() - started
            _print(
                f"as an exported table: {len(sizes)} tasks of {min(sizes) / 1e6:.1f} to {max(sizes) / 1e6:.1f} MB, "
                f"{sum(sizes) / 1e6:.0f} MB in all, cut and written out in {cut:.1f} s of CPU"
            )


def _print(line: object) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(*(int(word) for word in [*sys.argv[1:], *("10000", "3")[len(sys.argv) - 1 :]]))
