"""Mistakes with arguments: values of every sort, and which of them mean something for which kind of argument."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ee
import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

VALUES: dict[str, Callable[[], Any]] = {
    "None": lambda: None,
    "object": object,
    "class": lambda: dict,
    "function": lambda: lambda *_: None,
    "true": lambda: True,
    "numpy bool": lambda: np.bool_(True),
    "zero": lambda: 0,
    "negative": lambda: -3,
    "number": lambda: 1.5,
    "NaN": lambda: float("nan"),
    "infinity": lambda: float("inf"),
    "numpy integer": lambda: np.int64(3),
    "numpy float": lambda: np.float32(1.5),
    "pandas NA": lambda: pd.NA,
    "pandas NaT": lambda: pd.NaT,
    "text": lambda: "nonsense",
    "empty text": lambda: "",
    "digits": lambda: "7",
    "bytes": lambda: b"nonsense",
    "path": lambda: Path("no such folder") / "nonsense",
    "empty list": list,
    "list of texts": lambda: ["nonsense", "other"],
    "mixed list": lambda: [1, "a", None],
    "empty dictionary": dict,
    "dictionary": lambda: {"a": 1},
    "set": lambda: {"nonsense"},
    "generator": lambda: (word for word in ("nonsense", "other")),
    "date": lambda: dt.date(2023, 5, 8),
    "naive moment": lambda: dt.datetime(2023, 5, 8, 12),
    "aware moment": lambda: dt.datetime(2023, 5, 8, 12, tzinfo=dt.timezone(dt.timedelta(hours=5))),
    "timestamp": lambda: pd.Timestamp("2023-05-08 12:00"),
    "datetime64": lambda: np.datetime64("2023-05-08T12:00"),
    "box": lambda: (11.58, 46.42, 11.6, 46.44),
    "swapped box": lambda: (46.42, 11.58, 46.44, 11.6),
    "reversed box": lambda: (11.6, 46.44, 11.58, 46.42),
    "table": lambda: gpd.GeoDataFrame(
        {"n": ["a", "b"]}, geometry=[shapely.box(11.58, 46.42, 11.6, 46.44)] * 2, crs=4326, index=[7, 7]
    ),
    "frame": lambda: pd.DataFrame({"a": [1, 2]}, index=["x", "x"]),
    "image": lambda: ee.Image.constant(4).rename("SCL"),
    "collection": lambda: ee.ImageCollection([ee.Image.constant(4).rename("SCL")]),
    "features": lambda: ee.FeatureCollection([ee.Feature(ee.Geometry.Point(11.6, 46.4))]),
    "geometry": lambda: ee.Geometry.Point(11.6, 46.4),
    "table by text": lambda: gpd.GeoDataFrame(
        {"n": [1]}, geometry=[shapely.Point(11.59, 46.43)], crs=4326, index=["x"]
    ),
    "series of geometry": lambda: gpd.GeoSeries([shapely.Point(11.6, 46.4)], crs=4326, index=[7]),
    "series": lambda: pd.Series([1, 2], index=[5, 5]),
    "array": lambda: np.array([1, 2, 3]),
    "array without dimensions": lambda: np.array(float("nan")),
    "nested list": lambda: [[1, [2]]],
    "mixed dictionary": lambda: {1: "a", "b": None},
    "whole number beyond floats": lambda: 10**400,
    "text that cannot be written": lambda: "\ud800",
    "text that is too long": lambda: "x" * 5000,
    "moment before the year 1": lambda: dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14))),
    "server's text": lambda: ee.String("nonsense"),
    "server's number": lambda: ee.Number(3),
}
"""By name: what comes in place of an argument."""

FEW = ("object", "NaN", "mixed list", "frame", "bytes")
"""Those that are tried in every run; all of them take a minute."""

_NUMBERS = {"number", "numpy integer", "numpy float"}
_TEXTS = {"text", "digits", "text that cannot be written", "text that is too long"}
_PATHS = {"text", "digits"}
_MOMENTS = {"date", "naive moment", "aware moment", "timestamp", "datetime64"}
_REGIONS = {"box", "swapped box", "table", "table by text", "series of geometry", "features", "geometry"}
_CODES = {"numpy integer", "digits", "array", "series", "nested list"}
_FUNCTIONS = {"function", "class"}

_MEANINGFUL: dict[str, set[str]] = {
    "bool": {"true", "numpy bool"},
    "str": _TEXTS,
    "int": {"numpy integer"},
    "float": _NUMBERS,
    "object": _REGIONS,
    "ee.Image": {"image"},
    "ee.ImageCollection": {"collection"},
    "ee.Geometry": {"geometry"},
    "ee.Image | ee.ImageCollection": {"image", "collection"},
    "ClassSelection": {"zero", "empty list", *_CODES},
    "Sequence[str]": {"empty list", "list of texts", "generator"},
    "str | Sequence[str]": {"empty list", "list of texts", "generator", *_TEXTS},
    "Progress": {*_FUNCTIONS, "true"},
    "MakeView": _FUNCTIONS,
    "Moment": _MOMENTS,
    "int | tuple[int, int] | Moment": _MOMENTS,
    "dt.datetime": {"naive moment", "aware moment", "timestamp"},
    "str | dt.date": {*_MOMENTS, *_TEXTS},
    "str | Path": _PATHS,
    "str | os.PathLike[str]": _PATHS,
    "Folder": _PATHS,
    "Local": {"true"},
    "Hashable": set(),
    "Iterable[Hashable]": {"empty list", "series", "array"},
    "Iterable[Task] | str": {"empty list", *_TEXTS},
    "Width": {"numpy integer"},
    "View | ee.Image": {"image"},
    "View | ee.Image | Sequence[View | ee.Image] | Mapping[Any, View | ee.Image]": {"image"},
    "str | ClassSelection": {"zero", *_CODES},
    "str | MaskPreset | ClassSelection": {"zero", *_CODES},
    "Unlisted | str | int": {"zero", "negative", "numpy integer"},
    "Mapping[int, float]": {"empty dictionary", "dictionary"},
    "Mapping[Any, float]": {"empty dictionary"},
    "Mapping[str, str]": {"empty dictionary"},
    "Mapping[str, ClassSelection]": {"dictionary"},
    "str | Palette | Mapping[str, str] | Mapping[int, str] | Sequence[str]": {"empty dictionary"},
    "tuple[LegendEntry, ...]": {"empty list"},
    "tuple[int, ...]": {"array", "series"},
    "tuple[str, str]": {"list of texts", "generator"},
    "int | Sequence[int]": {"numpy integer"},
}
"""By annotation, without "or None": values that mean something there. Of others no value of the list does."""


_AT_ZERO = (
    *("cloud_probability", "cloud_score", "max_cloud", "threshold", "share", "min_clear", "opacity"),
    *("class_weight", "day_weight", "distance_weight", "priority", "timeout", "scenes"),
    *("metres", "dilation", "erosion", "min_area", "max_gap", "older_than_days", "retries"),
)
_ANY_SIGN = ("value", "nodata", "low")
_OF_NAMES: dict[str, set[str]] = {
    **{word: {"zero"} for word in _AT_ZERO},
    **{word: {"zero", "negative"} for word in _ANY_SIGN},
    "shares": {"true"},
}
"""By the name of a parameter: numbers that mean something at zero or below it, and True for what is in view."""


def meaningful(name: str, parameter: inspect.Parameter) -> set[str]:
    """The values that a callable may accept for one of its parameters."""
    annotation = str(parameter.annotation)
    kind = annotation.removesuffix(" | None")
    values = set(_MEANINGFUL.get(kind, set())) | _OF_NAMES.get(parameter.name, set())
    if kind != annotation or parameter.default is None:
        values.add("None")
    if parameter.default == "" or (name, parameter.name) == ("Scheme", "title"):
        values.add("empty text")
    return values
