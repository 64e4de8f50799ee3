"""The statistics frame: rows as Earth Engine answers them, as a pandas frame with one row per class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from gee_scl.classes.schemes import Scheme
from gee_scl.frames.answers import REGION_KEY, TOTAL, pixels_and_areas
from gee_scl.options.choices import By, Layout, Value, Weights
from gee_scl.regions.place import Place
from gee_scl.scenes.scene import Scene

FloatArray = npt.NDArray[np.float64]


def statistics_frame(
    rows: Sequence[dict[str, Any]],
    scheme: Scheme,
    places: Sequence[Place],
    scenes: Sequence[Scene],
    keep: Sequence[str],
    *,
    by: By,
    weights: Weights,
    layout: Layout = Layout.LONG,
    value: Value = Value.PERCENT,
) -> tuple[pd.DataFrame, list[object]]:
    """The frame, and the ids of the regions that have no row.

    Args:
        rows: one per region and image or day, with `pixels_<value>`, `area_<value>`, `total` and a key.
        scheme: the classes, in the order they have in the frame.
        places: the regions, in the order they have in the frame.
        scenes: the images.
        keep: properties of the regions to carry.
        by: what a row is of.
        weights: how a pixel on a region's edge counts.
        layout: long or wide.
        value: what the wide layout holds.
    """
    time = "image" if by is By.IMAGE else "day"
    columns = [REGION_KEY, time, *pixels_and_areas(scheme.values), TOTAL]
    table = pd.DataFrame(list(rows), columns=columns)
    position = {place.key: n for n, place in enumerate(places)}
    table["place"] = table[REGION_KEY].map(position).astype("int64")
    labels = _labels(table, time, places, {scene.index: scene for scene in scenes}, keep)
    ranks = ["place", "date", "image"] if time == "image" else ["place", "date"]
    order = labels.assign(place=table["place"]).sort_values(ranks).index
    table, labels = table.loc[order], labels.loc[order].reset_index(drop=True)
    met = set(table["place"])
    missing = [place.id for n, place in enumerate(places) if n not in met]
    measures = _measures(table, scheme, weights)
    if layout is Layout.WIDE:
        return pd.concat([labels, pd.DataFrame(measures[value], columns=scheme.names)], axis=1), missing
    return _long(labels, measures, scheme), missing


def _labels(
    table: pd.DataFrame, time: str, places: Sequence[Place], scenes: Mapping[str, Scene], keep: Sequence[str]
) -> pd.DataFrame:
    """What a row is about: region, carried properties, image and tile, date."""
    labels: dict[str, Any] = {"region": [places[n].id for n in table["place"]]}
    labels |= {name: _exact([places[n].kept[name] for n in table["place"]]) for name in keep}
    if time == "image":
        labels["image"] = table["image"]
        labels["tile"] = [scenes[index].tile for index in table["image"]]
        moments = [scenes[index].time for index in table["image"]]
    else:
        moments = list(table["day"])
    dates = pd.to_datetime(pd.Series(moments, dtype="float64"), unit="ms", utc=True)
    labels["date"] = dates.astype("datetime64[ns, UTC]")
    return pd.DataFrame(labels, index=table.index)


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


def _measures(table: pd.DataFrame, scheme: Scheme, weights: Weights) -> dict[str, Any]:
    """For each measure an array of rows x classes. A sum over no pixel may be missing in the answer: it is 0."""
    sums = table[[*pixels_and_areas(scheme.values), TOTAL]].astype(np.float64).fillna(0).to_numpy()
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
