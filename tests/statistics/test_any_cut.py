"""However the work is cut, ordered and shared out, the frame is the same to the bit, and its counts are numpy's."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import ee
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import gee_scl
from gee_scl.local.server import LocalServer
from tests.support.engines import session_on

pytestmark = [pytest.mark.real, pytest.mark.filterwarnings("ignore::gee_scl.RegionWarning")]

CODES = range(1, 12)

Box = tuple[int, int, int, int]
"""First column, first row, columns and rows, in pixels of the tile."""


@dataclass(frozen=True)
class Tile:
    """A recorded tile and the engine that serves it.

    Attributes:
        folder: of its catalogue.
        server: over the folder.
        reach: pixels to which boxes grow.
    """

    folder: Path
    server: LocalServer
    reach: int

    @cached_property
    def files(self) -> dict[pd.Timestamp, Path]:
        """The files of codes by the time of their item."""
        times = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(self.folder.glob("items/*.json"))}
        files = {
            pd.Timestamp(item["properties"]["datetime"]): self.folder / "assets" / name / "SCL.tif"
            for name, item in times.items()
        }
        return dict(sorted(files.items()))

    @cached_property
    def profile(self) -> rasterio.profiles.Profile:
        """What the files have in common."""
        with rasterio.open(next(iter(self.files.values()))) as file:
            return file.profile

    @cached_property
    def codes(self) -> dict[pd.Timestamp, np.ndarray]:
        """All pixels, read by rasterio."""
        read = {}
        for time, path in self.files.items():
            with rasterio.open(path) as file:
                read[time] = file.read(1)
        return read

    def boxes(self) -> st.SearchStrategy[list[Box]]:
        """Boxes of whole pixels, some of them across the tile's edge."""
        width, height = self.profile["width"], self.profile["height"]
        sides = st.integers(1, self.reach), st.integers(1, self.reach)
        box = st.tuples(st.integers(-3, width - 1), st.integers(-3, height - 1), *sides)
        return st.lists(box, min_size=2, max_size=9, unique=True)

    def regions(self, boxes: Sequence[Box], shift: float) -> gpd.GeoDataFrame:
        """The boxes on the ground, in the tile's own plane, a part of a pixel further east and south."""
        at = self.profile["transform"] @ Affine.translation(shift, shift)
        shapes = [shapely.box(*(at @ (left, top + rows)), *(at @ (left + columns, top)))
                  for left, top, columns, rows in boxes]  # fmt: skip
        return gpd.GeoDataFrame({"name": [str(box) for box in boxes]}, geometry=shapes, crs=self.profile["crs"])

    def counts(self, boxes: Sequence[Box], times: Sequence[pd.Timestamp]) -> dict[tuple[str, pd.Timestamp], list[int]]:
        """Pixels of each code by box and time."""
        return {
            (str(box), time): np.bincount(self._part(time, box).ravel(), minlength=12)[1:].tolist()
            for box in boxes
            for time in times
        }

    def _part(self, time: pd.Timestamp, box: Box) -> np.ndarray:
        left, top, columns, rows = box
        return self.codes[time][max(0, top) : max(0, top + rows), max(0, left) : max(0, left + columns)]


@pytest.fixture(scope="module")
def tiles(shared: Path) -> Iterator[dict[str, Tile]]:
    """118 dates of 31UDS, 32 pixels wide, and one of the whole of 29UNU, 40 % of which has no data."""
    with ExitStack() as stack:
        made = {}
        for name, reach in (("31UDS", 20), ("29UNU", 700)):
            folder = shared / "data" / name
            made[name] = Tile(folder, stack.enter_context(LocalServer(folder)), reach)
        yield made


def ordered(frame: pd.DataFrame) -> pd.DataFrame:
    keys = [name for name in ("region", "image", "date", "class_value") if name in frame]
    return frame.sort_values(keys, kind="stable").reset_index(drop=True)


limits = st.builds(
    gee_scl.Limits,
    rows=st.integers(1, 60),
    bytes=st.sampled_from([400, 1500, 5_000_000]),
    pixels=st.sampled_from([200, 5_000, 300_000, 150_000_000]),
    regions=st.integers(1, 9),
    page=st.integers(1, 60),
    parallel=st.integers(1, 4),
)


@pytest.mark.parametrize("name", ["31UDS", "29UNU"])
@settings(max_examples=12, deadline=None)
@given(data=st.data())
@pytest.mark.long
def test_any_cut_gives_the_same_frame_with_numpys_counts(
    name: str, tiles: dict[str, Tile], data: st.DataObject
) -> None:
    tile = tiles[name]
    boxes = data.draw(tile.boxes(), "boxes")
    shuffled = data.draw(st.permutations(boxes), "order")
    cut = data.draw(limits, "limits")
    refused = data.draw(st.none() | st.integers(1, 20), "pairs that are refused")
    options = {
        "by": data.draw(st.sampled_from(["image", "date"])),
        "weights": data.draw(st.sampled_from(["centre", "fraction"])),
    }
    # Less than half a pixel: centres stay where they are, and edges get fractions.
    shift = data.draw(st.sampled_from([0.0, 0.3]), "shift")
    every = list(tile.files)
    first = data.draw(st.integers(0, len(every) - 1), "first date")
    times = every[first : first + data.draw(st.integers(1, 8), "dates")]

    with session_on(tile.server.url), ExitStack() as stack:
        images = gee_scl.collection(duplicates="keep").filter(within(times))
        whole = measured(images, tile.regions(boxes, shift), gee_scl.Limits(parallel=1), **options)
        if refused is not None:
            stack.enter_context(tile.server.fail("table.*", error="memory", pairs=refused))
        pieces = measured(images, tile.regions(shuffled, shift), cut, **options)
    assert_frame_equal(ordered(pieces), ordered(whole), check_exact=True)
    if shuffled == boxes:
        assert_frame_equal(pieces, whole, check_exact=True)

    if shift and options["weights"] == "fraction":
        return
    # Days of these tiles have one image each.
    day_of: Callable[[pd.Timestamp], pd.Timestamp] = pd.Timestamp.normalize if options["by"] == "date" else pd.Timestamp
    expected = {(box, day_of(time)): counts for (box, time), counts in tile.counts(boxes, times).items()}
    found = {
        key: rows.sort_values("class_value")["pixels"].tolist()
        for key, rows in whole.groupby(["region", "date"], observed=True)
    }
    assert found.keys() <= expected.keys()
    assert {key: found.get(key, [0] * len(CODES)) for key in expected} == expected


def within(times: Sequence[pd.Timestamp]) -> ee.Filter:
    """From the first of these times to the last."""
    low, high = (int(time.timestamp() * 1000) for time in (times[0], times[-1]))
    return ee.Filter.And(
        ee.Filter.gte("system:time_start", low - 1000), ee.Filter.lte("system:time_start", high + 1000)
    )


def measured(
    images: ee.ImageCollection, regions: gpd.GeoDataFrame, cut: gee_scl.Limits, **options: str
) -> pd.DataFrame:
    return gee_scl.class_statistics(images, regions, id="name", run=gee_scl.Run(limits=cut), **options)
