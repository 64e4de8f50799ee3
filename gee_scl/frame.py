"""The statistics frame: rows as Earth Engine answers them, as a pandas frame with one row per class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from gee_scl.measurement import REGION_KEY, Place, Scene, pixels_and_areas
from gee_scl.schemes import Scheme

FloatArray = npt.NDArray[np.float64]

Layout = Literal["long", "wide"]
Value = Literal["pixels", "area_m2", "percent", "percent_of_region"]


def statistics_frame(
    rows: Sequence[dict[str, Any]],
    scheme: Scheme,
    places: Sequence[Place],
    scenes: Sequence[Scene],
    keep: Sequence[str],
    weighted: bool,
    layout: Layout,
    value: Value,
) -> tuple[pd.DataFrame, list[object]]:
    """The frame, and the ids of the regions that have no row.

    Args:
        rows: one per region and image or day, with `pixels_<value>`, `area_<value>`, `total` and a key.
        scheme: the classes, in the order they have in the frame.
        places: the regions, in the order they have in the frame.
        scenes: the images.
        keep: properties of the regions to carry.
        weighted: whether pixels are counted by the part of them that is in the region.
        layout: long or wide.
        value: what the wide layout holds.
    """
    wide = _ordered(rows, places, scenes, keep)
    met = set(wide["place"])
    missing = [place.id for position, place in enumerate(places) if position not in met]
    labels = wide.drop(columns=["place", "total", *pixels_and_areas(scheme.values)])
    measures = _measures(wide, scheme, weighted)
    if layout == "wide":
        columns = pd.DataFrame(measures[value], columns=scheme.names, index=labels.index)
        return pd.concat([labels, columns], axis=1), missing
    return _long(labels, measures, scheme), missing


def _ordered(
    rows: Sequence[dict[str, Any]], places: Sequence[Place], scenes: Sequence[Scene], keep: Sequence[str]
) -> pd.DataFrame:
    """One line per region and image or day, labelled, sorted by region, time and tile."""
    position = {place.key: n for n, place in enumerate(places)}
    scene = {s.index: s for s in scenes}
    table = pd.DataFrame.from_records(list(rows))
    if table.empty:  # no region meets any image: the frame has its columns, and no row
        table = pd.DataFrame(columns=[REGION_KEY, "image"])
    table["place"] = table[REGION_KEY].map(position).astype("int64")
    labels: dict[str, Any] = {"region": [places[n].id for n in table["place"]]}
    labels |= {name: [places[n].kept[name] for n in table["place"]] for name in keep}
    by_image = "image" in table
    if by_image:
        labels["image"] = table["image"]
        labels["tile"] = [scene[index].tile for index in table["image"]]
        milliseconds = [scene[index].time for index in table["image"]]
    else:
        milliseconds = list(table["day"])
    labels["date"] = pd.to_datetime(pd.Series(milliseconds, dtype="float64"), unit="ms", utc=True).astype(
        "datetime64[ns, UTC]"
    )
    labelled = pd.concat(
        [pd.DataFrame(labels, index=table.index), table.drop(columns=[REGION_KEY, "image", "day"], errors="ignore")],
        axis=1,
    )
    return labelled.sort_values(["place", "date", *(["image"] if by_image else [])], ignore_index=True)


def _measures(wide: pd.DataFrame, scheme: Scheme, weighted: bool) -> dict[str, Any]:
    """For each measure an array of rows x classes. A sum over no pixel may be missing in the answer: it is 0."""
    table = wide.reindex(columns=[*pixels_and_areas(scheme.values), "total"]).fillna(0).to_numpy(dtype=np.float64)
    count = len(scheme.values)
    pixels, area, total = table[:, :count], table[:, count : 2 * count], table[:, -1:]
    classified = area.sum(axis=1, keepdims=True)
    return {
        "pixels": pixels if weighted else pixels.astype(np.int64),
        "area_m2": area,
        "percent": _share(area, classified),
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
