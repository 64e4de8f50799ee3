"""Who counts pixels by class, each as its users would write it; what a contender needs is imported when it counts."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import rasterio
from rasterio.features import geometry_mask, geometry_window, rasterize

from tests.benchmarks.comparisons import BINCOUNT, CODES, LOOP, Job

Counts = npt.NDArray[np.float64]
"""Pixels by raster, region and code. What is said of code 0 is not looked at: it is no data to most."""


@dataclass(frozen=True)
class Contender:
    """A way to count.

    Attributes:
        count: does the work, and is what is measured.
        counts: its answer as an array, which is not measured.
        package: the distribution that it needs, if it is not one that gee-scl needs.
        opened: what has to be open while it counts.
        by_centre: whether it counts the pixels whose centre is in a region, so that its counts are exactly known.
    """

    count: Callable[[Job], Any]
    counts: Callable[[Job, Any], Counts]
    package: str | None = None
    opened: Callable[[Job], AbstractContextManager[object]] = lambda _: nullcontext()
    by_centre: bool = True

    @property
    def version(self) -> str | None:
        """That of its package, or None where that is not installed."""
        try:
            return importlib.metadata.version(self.package or "rasterio")
        except importlib.metadata.PackageNotFoundError:
            return None


@contextmanager
def _session(job: Job) -> Iterator[None]:
    """Client and engine in this process, so that its seconds of CPU are those of both."""
    import gee_scl
    from gee_scl.local.server import LocalServer

    with LocalServer(job.folder) as server, gee_scl.local_session(server.url):
        yield


def _gee_scl(job: Job) -> Any:
    import gee_scl

    return gee_scl.class_statistics(gee_scl.collection(), job.regions)


def _of_frame(job: Job, frame: Any) -> Counts:
    wide = frame.pivot_table(
        index=["date", "region"], columns="class_value", values="pixels", fill_value=0, observed=True
    ).reindex(columns=range(CODES), fill_value=0)
    # A region that an image does not meet has no rows.
    moments = wide.index.unique("date").sort_values()
    table = np.zeros((len(job.rasters), len(job.regions), CODES))
    table[moments.get_indexer(wide.index.get_level_values("date")), wide.index.get_level_values("region")] = wide
    return table


def _bincount(job: Job) -> Counts:
    """The rasters as a whole, whatever the regions."""
    counts = []
    for path in job.rasters:
        with rasterio.open(path) as file:
            counts.append([np.bincount(file.read(1).ravel(), minlength=CODES)])
    return np.array(counts)


def _loop(job: Job) -> Counts:
    counts = np.zeros((len(job.rasters), len(job.regions), CODES))
    for image, path in enumerate(job.rasters):
        with rasterio.open(path) as file:
            for region, shape in enumerate(job.regions.geometry):
                window = geometry_window(file, [shape])
                codes = file.read(1, window=window)
                inside = geometry_mask([shape], codes.shape, file.window_transform(window), invert=True)
                counts[image, region] = np.bincount(codes[inside], minlength=CODES)
    return counts


def _rasterstats(job: Job) -> Any:
    """Given paths, of which it reads a window for each region."""
    from rasterstats import zonal_stats

    return [zonal_stats(job.regions, path, categorical=True) for path in job.rasters]


def _rasterstats_at_best(job: Job) -> Any:
    """Given arrays, each of which is read once."""
    from rasterstats import zonal_stats

    answer = []
    for path in job.rasters:
        with rasterio.open(path) as file:
            codes = file.read(1)
        answer.append(zonal_stats(job.regions, codes, affine=file.transform, nodata=0, categorical=True))
    return answer


def _of_dictionaries(job: Job, answer: Any) -> Counts:
    return np.array([[[region.get(code, 0) for code in range(CODES)] for region in image] for image in answer])


_OPERATIONS = ["unique", "frac", "count"]


def _exactextract(job: Job) -> Any:
    """A call for each raster."""
    from exactextract import exact_extract

    return [exact_extract(path, job.regions, _OPERATIONS, output="pandas") for path in job.rasters]


def _exactextract_at_best(job: Job) -> Any:
    """One call for all rasters, which have one grid, by the quicker of its strategies."""
    from exactextract import exact_extract
    from exactextract.raster import RasterioRasterSource

    with ExitStack() as files:
        sources = [
            RasterioRasterSource(files.enter_context(rasterio.open(path)), name=f"image{number}")
            for number, path in enumerate(job.rasters)
        ]
        frame = exact_extract(sources, job.regions, _OPERATIONS, output="pandas", strategy="raster-sequential")
    if len(sources) == 1:  # of which the columns do not bear the name
        return [frame]
    return [
        frame.rename(columns={f"image{number}_{name}": name for name in _OPERATIONS}) for number in range(len(sources))
    ]


def _of_fractions(job: Job, frames: Any) -> Counts:
    table = np.zeros((len(job.rasters), len(job.regions), CODES))
    for image, frame in zip(table, frames, strict=True):
        for region, codes, shares, count in zip(image, *(frame[name] for name in _OPERATIONS), strict=True):
            region[np.asarray(codes, int)] = np.asarray(shares) * count
    return table


def _xarray_spatial(job: Job) -> Any:
    """By an array of labels, of the type that it sorts fastest."""
    import xarray as xr
    from xrspatial.zonal import crosstab

    numbers = np.arange(1, len(job.regions) + 1, dtype=np.int16)
    with rasterio.open(job.rasters[0]) as file:
        labels = rasterize(
            zip(job.regions.geometry, numbers.tolist(), strict=True),
            *(file.shape, 0),
            transform=file.transform,
            dtype="int16",
        )
    tables = []
    for path in job.rasters:
        with rasterio.open(path) as file:
            codes = xr.DataArray(file.read(1))
        tables.append(crosstab(xr.DataArray(labels), codes, zone_ids=numbers, nodata_values=0))
    return tables


def _of_crosstabs(job: Job, tables: Any) -> Counts:
    wide = [
        table.set_index("zone").reindex(index=range(1, len(job.regions) + 1), columns=range(CODES), fill_value=0)
        for table in tables
    ]
    return np.array([table.to_numpy() for table in wide])


def _rioxarray(job: Job) -> Counts:
    """Each region's box first, without which a clip takes twenty times as long."""
    import rioxarray

    counts = np.zeros((len(job.rasters), len(job.regions), CODES))
    for image, path in enumerate(job.rasters):
        with rioxarray.open_rasterio(path) as file:
            codes = file.squeeze("band", drop=True)
            for region, shape in enumerate(job.regions.geometry):
                clipped = codes.rio.clip_box(*shape.bounds).rio.clip([shape])
                counts[image, region] = np.bincount(clipped.to_numpy().ravel(), minlength=CODES)
    return counts


def _as_it_is(_: Job, counts: Counts) -> Counts:
    return counts


CONTENDERS = {
    "gee-scl": Contender(_gee_scl, _of_frame, opened=_session),
    BINCOUNT: Contender(_bincount, _as_it_is),
    LOOP: Contender(_loop, _as_it_is),
    "rasterstats": Contender(_rasterstats, _of_dictionaries, "rasterstats"),
    "rasterstats at best": Contender(_rasterstats_at_best, _of_dictionaries, "rasterstats"),
    "exactextract": Contender(_exactextract, _of_fractions, "exactextract", by_centre=False),
    "exactextract at best": Contender(_exactextract_at_best, _of_fractions, "exactextract", by_centre=False),
    "xarray-spatial": Contender(_xarray_spatial, _of_crosstabs, "xarray-spatial"),
    "rioxarray clip": Contender(_rioxarray, _as_it_is, "rioxarray"),
}
"""By name."""
