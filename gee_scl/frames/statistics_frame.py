"""The statistics frame: what was measured, as a pandas frame with one row per class."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gee_scl.classes.schemes import Scheme
from gee_scl.frames.answers import TOTAL, pixels_and_areas
from gee_scl.frames.measured import FloatArray, IntArray, Measured
from gee_scl.options.choices import Layout, Value, Weights
from gee_scl.options.dates import utc_dates
from gee_scl.regions.place import Place
from gee_scl.scenes.scene import Scene


@dataclass(frozen=True)
class _Sums:
    """What was measured, in the order of the frame.

    Attributes:
        places: positions of the rows' regions.
        parts: positions of the rows' images, or days.
        pixels: rows x classes.
        area: likewise.
        total: of each row's region, one column.
    """

    places: IntArray
    parts: IntArray
    pixels: npt.NDArray[Any]
    area: FloatArray
    total: FloatArray


def statistics_frame(
    several: list[Measured],
    scheme: Scheme,
    places: Sequence[Place],
    parts: Sequence[Scene] | Sequence[int],
    keep: Sequence[str],
    *,
    weights: Weights,
    layout: Layout = Layout.LONG,
    value: Value = Value.PERCENT,
) -> pd.DataFrame:
    """The frame of what was measured; a region without a row is not in it.

    A large frame is most of what a job has in memory. So it is there once: what it is made of is let go on the way.

    Args:
        several: rows with `pixels_<value>`, `area_<value>` and `total`, in any order. The list is emptied.
        scheme: the classes, in the order they have in the frame.
        places: the regions, in the order they have in the frame.
        parts: the images; or the days, as milliseconds of their midnights in UTC.
        keep: properties of the regions to carry.
        weights: how a pixel on a region's edge counts.
        layout: long or wide.
        value: what the wide layout holds.
    """
    sums = _sums(several, scheme, parts, weights)
    labels = label_columns(sums.places, sums.parts, places, parts, keep)
    if layout is Layout.WIDE:
        return pd.concat([labels, pd.DataFrame(_measures(sums)[value](), columns=scheme.names)], axis=1)
    return _long(labels, sums, scheme)


def _sums(several: list[Measured], scheme: Scheme, parts: Sequence[Scene] | Sequence[int], weights: Weights) -> _Sums:
    none = np.empty(0, np.int64)
    of_places = np.concatenate([none, *(measured.places for measured in several)])
    of_parts = np.concatenate([none, *(measured.parts for measured in several)])
    order = _order(of_places, of_parts, parts)
    goes_to = np.empty(len(order), np.int64)
    goes_to[order] = np.arange(len(order))
    shape = len(order), len(scheme.values)
    pixels = np.empty(shape, np.int64 if weights is Weights.CENTRE else np.float64)
    area, total = np.empty(shape), np.empty((len(order), 1))
    columns, start, count = [*pixels_and_areas(scheme.values), TOTAL], 0, shape[1]
    several.reverse()
    while several:
        measured = several.pop()
        values = measured.values[:, [measured.columns.index(name) for name in columns]]
        rows = goes_to[start : start + len(measured)]
        pixels[rows], area[rows], total[rows] = values[:, :count], values[:, count:-1], values[:, -1:]
        start += len(measured)
    return _Sums(of_places[order], of_parts[order], pixels, area, total)


def _order(of_places: IntArray, of_parts: IntArray, parts: Sequence[Scene] | Sequence[int]) -> IntArray:
    """The rows by region, then time (images without one are last), then name of the image."""
    ranks = sorted(range(len(parts)), key=lambda number: _rank(parts[number]))
    rank = np.empty(len(parts), np.int64)
    rank[ranks] = np.arange(len(parts))
    return np.lexsort((rank[of_parts], of_places))


def _rank(part: Scene | int) -> tuple[bool, int, str]:
    time, name = (part.time, part.index) if isinstance(part, Scene) else (part, "")
    return time is None, time or 0, name


def label_columns(
    of_places: IntArray,
    of_parts: IntArray,
    places: Sequence[Place],
    parts: Sequence[Scene] | Sequence[int],
    keep: Sequence[str],
) -> pd.DataFrame:
    """What a row is about: region, carried properties, image and tile, date.

    Args:
        of_places: positions of the rows' regions.
        of_parts: positions of the rows' images, or days.
        places: the regions.
        parts: the images, or days.
        keep: properties of the regions to carry.
    """
    labels: dict[str, Any] = {"region": [places[n].id for n in of_places]}
    labels |= {name: _exact([places[n].kept[name] for n in of_places]) for name in keep}
    met = [parts[n] for n in of_parts]
    scenes = [part for part in met if isinstance(part, Scene)]
    times: list[int | None] = [part for part in met if isinstance(part, int)]
    if parts and isinstance(parts[0], Scene):
        labels |= {"image": [scene.index for scene in scenes], "tile": [scene.tile for scene in scenes]}
        times = [scene.time for scene in scenes]
    labels["date"] = utc_dates(times)
    return pd.DataFrame(labels)


def _exact(values: list[Any]) -> Any:
    """Values as a column: whole numbers keep their digits where some are missing, which pandas would make floats of."""
    present = [value for value in values if value is not None]
    whole = all(isinstance(value, int | np.integer) and not isinstance(value, bool) for value in present)
    if not whole or len(present) in (0, len(values)):
        return values
    for dtype in ("Int64", "UInt64"):
        limits = np.iinfo(dtype.lower())
        if limits.min <= min(present) and max(present) <= limits.max:
            return pd.array(values, dtype=dtype)
    return pd.Series(values, dtype=object).to_numpy()


def _measures(sums: _Sums) -> dict[str, Callable[[], Any]]:
    """For each measure what makes an array of rows x classes of it."""
    return {
        "pixels": lambda: sums.pixels,
        "area_m2": lambda: sums.area,
        "percent": lambda: _share(sums.area, sums.area.sum(axis=1, keepdims=True)),
        "percent_of_region": lambda: _share(sums.area, sums.total),
    }


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    share: FloatArray = np.full_like(part, np.nan)
    np.divide(part, whole, out=share, where=whole > 0)
    return np.multiply(share, 100, out=share)


def _long(labels: pd.DataFrame, sums: _Sums, scheme: Scheme) -> pd.DataFrame:
    count = len(scheme.values)
    columns: dict[str, Any] = {str(name): labels.pop(str(name)).array.repeat(count) for name in list(labels)}
    columns["class_value"] = np.tile(np.asarray(scheme.values, dtype=np.int64), len(sums.places))
    codes = np.tile(np.arange(count, dtype=np.min_scalar_type(-count)), len(sums.places))
    columns["class_name"] = pd.Categorical.from_codes(codes, categories=pd.Index(scheme.names))
    columns |= {name: make().ravel() for name, make in _measures(sums).items()}
    return pd.DataFrame(columns, copy=False)
