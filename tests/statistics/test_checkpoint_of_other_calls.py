"""What a checkpoint gives to a call that is not the one it was made by: exactly the frame of a call without one.

Each case is a call that saves, and another that goes on from there: the other's frame is compared, digit by digit, with
that of the same call without a checkpoint, and the pairs that it asks for are counted. Where answers of the first would
be wrong for the second, they are asked for again, or the folder is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ee
import pandas as pd
import pytest

import gee_scl
from gee_scl.local.server import LocalServer
from tests.support.engines import server_over, session_on

FINE = gee_scl.Limits(rows=6, regions=2, parallel=2)
BOXES = [(11.56, 46.42, 11.58, 46.44), (11.60, 46.42, 11.62, 46.44)]


@pytest.fixture(scope="module")
def server(sample: Path) -> Iterator[LocalServer]:
    with server_over(sample) as server, session_on(server.url):
        yield server


@dataclass(frozen=True)
class Call:
    """A call of class_statistics.

    Attributes:
        images: what it is given.
        regions: likewise.
        limits: of its requests.
        more: arguments.
    """

    images: ee.ImageCollection
    regions: Any
    limits: gee_scl.Limits = FINE
    more: dict[str, Any] = field(default_factory=dict)

    def frame(self, folder: Path | None, by: str) -> pd.DataFrame:
        run = gee_scl.Run(limits=self.limits, checkpoint=folder)
        return gee_scl.class_statistics(self.images, self.regions, run=run, **{"by": by, **self.more})


def images(start: str = "2023-06-01", end: str = "2023-07-01", **more: Any) -> ee.ImageCollection:
    return gee_scl.collection(start=start, end=end, **more)


def regions(*places: int) -> dict[str, Any]:
    everything = gee_scl.sample_regions()
    return {**everything, "features": [everything["features"][place] for place in places or range(6)]}


def masked(images: ee.ImageCollection) -> ee.ImageCollection:
    return images.map(gee_scl.mask_clouds)


def merged() -> ee.ImageCollection:
    """Of one tile each image twice, as it is and without clouds."""
    return images(tiles="32TPS").merge(masked(images(tiles="32TPS")))


def coarse_in_may(start: str) -> ee.ImageCollection:
    """Images whose grid is that of the SCL, but for those of May, which have pixels of 60 m."""

    def regridded(image: ee.Image) -> ee.Image:
        classes = image.select("SCL")
        coarse = classes.reproject("EPSG:32632", None, 60).copyProperties(image, image.propertyNames())
        month = ee.Date(image.get("system:time_start")).get("month")
        return ee.Image(ee.Algorithms.If(month.eq(5), coarse, classes))

    return images(start).map(regridded)


def on_the_server(boxes: list[tuple[float, ...]]) -> ee.FeatureCollection:
    return ee.FeatureCollection([ee.Feature(ee.Geometry.Rectangle(list(box))) for box in boxes])


NAMED = {"id": "name"}

NOTHING_MORE = {
    "another order of the regions": lambda: (Call(images(), regions()), Call(images(), regions(5, 3, 4, 0, 2, 1))),
    "another id": lambda: (Call(images(), regions(), more=NAMED), Call(images(), regions())),
    "other columns": lambda: (Call(images(), regions(), more=NAMED), Call(images(), regions(), more={"keep": "name"})),
    "other limits": lambda: (
        Call(images(), regions()),
        Call(images(), regions(), gee_scl.Limits(rows=100, parallel=7)),
    ),
    "fewer regions of a merged collection": lambda: (Call(merged(), regions()), Call(merged(), regions(4, 1, 2))),
    "the same outline under another number": lambda: (
        Call(images(), BOXES),
        Call(images(), [BOXES[1], BOXES[0], BOXES[1], BOXES[1]]),
    ),
}
"""The other call asks for nothing."""

SOMETHING_MORE = {
    "more of both, cut otherwise": lambda: (
        Call(images(), regions(1, 3)),
        Call(images(end="2023-08-01"), regions(), gee_scl.Limits(rows=5, parallel=3, pixels=100_000)),
    ),
    "more images of which something was made": lambda: (
        Call(masked(images()), regions(), more=NAMED),
        Call(masked(images(end="2023-08-01")), regions(4, 1, 2), more=NAMED),
    ),
    "more images on regions that only the server knows": lambda: (
        Call(images(), on_the_server(BOXES)),
        Call(images(end="2023-08-01"), on_the_server(BOXES)),
    ),
    "an outline that changed by a millionth of a second": lambda: (
        Call(images(), BOXES),
        Call(images(), [BOXES[0], (*BOXES[1][:3], BOXES[1][3] + 1e-9)]),
    ),
    "a coarser image before": lambda: (
        Call(coarse_in_may("2023-06-01"), regions()),
        Call(coarse_in_may("2023-05-01"), regions()),
    ),
}
"""The other call asks for something, and has something."""

REFUSED = {
    "something was made of the images": lambda: (Call(images(), regions()), Call(masked(images()), regions())),
    "a coarser image before, whose scale is that of the caller's CRS": lambda: (
        Call(coarse_in_may("2023-06-01"), regions(), more={"crs": "EPSG:3035"}),
        Call(coarse_in_may("2023-05-01"), regions(), more={"crs": "EPSG:3035"}),
    ),
    "a code that was none before": lambda: (
        Call(images(), regions(), more={"scheme": water(range(12))}),
        Call(images(), regions(), more={"scheme": water(range(11))}),
    ),
}


def water(codes: Any) -> gee_scl.Scheme:
    classes = (gee_scl.SchemeClass(1, "Water", "0000ff", (6,)),)
    return gee_scl.Scheme("mine", "Mine", classes, tuple(codes))


def asked(server: LocalServer, call: Call, folder: Path | None, by: str) -> tuple[pd.DataFrame, int]:
    """A call's frame, and how many pairs of region and image the engine has met for it."""
    before = server.counters.total
    frame = call.frame(folder, by)
    return frame, (server.counters.total - before).pairs


def same(one: pd.DataFrame, other: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.mark.filterwarnings("ignore::gee_scl.RegionWarning")
@pytest.mark.parametrize("by", ["image", "date"])
@pytest.mark.parametrize("case", NOTHING_MORE)
@pytest.mark.some(5)
def test_what_is_the_same_work_is_not_asked_for_again(server: LocalServer, tmp_path: Path, case: str, by: str) -> None:
    first, other = NOTHING_MORE[case]()
    assert asked(server, first, tmp_path / "checkpoint", by)[1] > 0
    frame, pairs = asked(server, other, tmp_path / "checkpoint", by)
    assert pairs == 0
    same(frame, other.frame(None, by))


@pytest.mark.filterwarnings("ignore::gee_scl.RegionWarning")
@pytest.mark.parametrize("by", ["image", "date"])
@pytest.mark.parametrize("case", SOMETHING_MORE)
@pytest.mark.some(4)
def test_what_is_other_work_is_asked_for(server: LocalServer, tmp_path: Path, case: str, by: str) -> None:
    first, other = SOMETHING_MORE[case]()
    first.frame(tmp_path / "checkpoint", by)
    frame, pairs = asked(server, other, tmp_path / "checkpoint", by)
    whole, all_pairs = asked(server, other, None, by)
    same(frame, whole)
    # Days that are counted on the grid of another first image are other work, all of them.
    assert 0 < pairs < all_pairs + (by == "date" and case == "a coarser image before")


@pytest.mark.parametrize("by", ["image", "date"])
@pytest.mark.parametrize("case", REFUSED)
@pytest.mark.some(3)
def test_what_is_another_job_is_refused(server: LocalServer, tmp_path: Path, case: str, by: str) -> None:
    first, other = REFUSED[case]()
    first.frame(tmp_path / "checkpoint", by)
    with pytest.raises(gee_scl.CheckpointError, match="of another job"):
        other.frame(tmp_path / "checkpoint", by)


def test_days_by_the_sun_are_kept_as_such(server: LocalServer, tmp_path: Path) -> None:
    solar = {"day": "solar"}
    Call(images(), regions(), more=solar).frame(tmp_path / "checkpoint", "date")
    other = Call(images(end="2023-08-01"), regions(2, 0), more=solar)
    same(other.frame(tmp_path / "checkpoint", "date"), other.frame(None, "date"))
    with pytest.raises(gee_scl.CheckpointError, match="of another job"):
        Call(images(), regions()).frame(tmp_path / "checkpoint", "date")


def test_transitions_are_of_their_periods_regions_and_pick(server: LocalServer, tmp_path: Path) -> None:
    """One folder holds several periods, as each is another image."""

    def change(start: str, end: str, *places: int, folder: Path | None, **more: Any) -> pd.DataFrame:
        run = gee_scl.Run(limits=FINE, checkpoint=folder)
        before, after = images(start, "2023-06-15"), images("2023-06-15", end)
        return gee_scl.transitions(before, after, regions(*places), id="name", run=run, **more)

    calls: list[tuple[tuple[Any, ...], dict[str, Any]]] = [
        (("2023-06-01", "2023-07-01"), {}),
        (("2023-06-01", "2023-07-01", 4, 2, 1), {}),
        (("2023-06-01", "2023-07-10"), {}),
        (("2023-05-20", "2023-07-01"), {}),
        (("2023-06-01", "2023-07-01"), {"pick": "last"}),
        (("2023-06-01", "2023-07-01"), {"pick": "first"}),
    ]
    for given, more in calls:
        same(change(*given, folder=tmp_path / "checkpoint", **more), change(*given, folder=None, **more))
