"""The statistics frame: what was measured, as a pandas frame with one row per class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from gee_scl.classes.schemes import Scheme
from gee_scl.frames.answers import TOTAL, pixels_and_areas
from gee_scl.frames.measured import FloatArray, IntArray, Measured
from gee_scl.options.choices import Layout, Value, Weights
from gee_scl.options.dates import utc_dates
from gee_scl.regions.place import Place
from gee_scl.scenes.scene import Scene


def statistics_frame(
    measured: Measured,
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

    Args:
        measured: with `pixels_<value>`, `area_<value>` and `total`, in any order.
        scheme: the classes, in the order they have in the frame.
        places: the regions, in the order they have in the frame.
        parts: the images; or the days, as milliseconds of their midnights in UTC.
        keep: properties of the regions to carry.
        weights: how a pixel on a region's edge counts.
        layout: long or wide.
        value: what the wide layout holds.
    """
    rows = measured.take(_order(measured, parts))
    labels = _labels(rows, places, parts, keep)
    measures = _measures(rows, scheme, weights)
    if layout is Layout.WIDE:
        return pd.concat([labels, pd.DataFrame(measures[value], columns=scheme.names)], axis=1)
    return _long(labels, measures, scheme)


def _order(measured: Measured, parts: Sequence[Scene] | Sequence[int]) -> IntArray:
    """The rows by region, then time (images without one are last), then name of the image."""
    ranks = sorted(range(len(parts)), key=lambda number: _rank(parts[number]))
    rank = np.empty(len(parts), np.int64)
    rank[ranks] = np.arange(len(parts))
    return np.lexsort((rank[measured.parts], measured.places))


def _rank(part: Scene | int) -> tuple[bool, int, str]:
    time, name = (part.time, part.index) if isinstance(part, Scene) else (part, "")
    return time is None, time or 0, name


def _labels(
    rows: Measured, places: Sequence[Place], parts: Sequence[Scene] | Sequence[int], keep: Sequence[str]
) -> pd.DataFrame:
    """What a row is about: region, carried properties, image and tile, date."""
    labels: dict[str, Any] = {"region": [places[n].id for n in rows.places]}
    labels |= {name: _exact([places[n].kept[name] for n in rows.places]) for name in keep}
    met = [parts[n] for n in rows.parts]
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


def _measures(rows: Measured, scheme: Scheme, weights: Weights) -> dict[str, Any]:
    """For each measure an array of rows x classes."""
    places = [rows.columns.index(name) for name in [*pixels_and_areas(scheme.values), TOTAL]]
    sums = rows.values[:, places]
    count = len(scheme.values)
    pixels, area, total = sums[:, :count], sums[:, count : 2 * count], sums[:, -1:]
    return {
        "pixels": pixels.astype(np.int64) if weights is Weights.CENTRE else pixels,
        "area_m2": area,
        "percent": _share(area, area.sum(axis=1, keepdims=True)),
        "percent_of_region": _share(area, total),
    }


def _share(part: FloatArray, whole: FloatArray) -> FloatArray:
    return 100 * np.divide(part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def _long(labels: pd.DataFrame, measures: dict[str, Any], scheme: Scheme) -> pd.DataFrame:
    count = len(scheme.values)
    frame = labels.loc[labels.index.repeat(count)].reset_index(drop=True)
    frame["class_value"] = np.tile(np.asarray(scheme.values, dtype=np.int64), len(labels))
    codes = np.tile(np.arange(count), len(labels))
    frame["class_name"] = pd.Categorical.from_codes(codes, categories=pd.Index(scheme.names))
    for name, values in measures.items():
        frame[name] = values.ravel()
    return frame
