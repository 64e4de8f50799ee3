"""Sentinel-2's Scene Classification Layer (SCL) on Google Earth Engine.

Start with `initialize`, find scenes with `collection`, and measure them with `class_statistics`:

    import gee_scl

    gee_scl.initialize(local=True)  # or initialize(project="your-project") for Earth Engine
    images = gee_scl.collection(start="2023-05-01", end="2023-09-01")
    frame = gee_scl.class_statistics(images, "fields.geojson", id="name", by="date")
"""

from __future__ import annotations

# The functions `collection` and `legend` are named like their modules: importing them here, once, makes the package's
# attributes the functions.
from gee_scl.collection import collection, without_duplicates
from gee_scl.errors import (
    ArgumentError,
    ClassError,
    CollectionError,
    FolderError,
    GeeSclError,
    MissingExtraError,
    NotInitializedError,
    RegionError,
    RequestError,
    SchemeError,
)
from gee_scl.legend import SclClass, class_codes, legend
from gee_scl.schemes import SCHEMES, Scheme, SchemeClass, get_scheme
from gee_scl.session import initialize, local_session
from gee_scl.statistics import RegionWarning, class_statistics

__version__ = "0.1.0"

__all__ = [
    "SCHEMES",
    "ArgumentError",
    "ClassError",
    "CollectionError",
    "FolderError",
    "GeeSclError",
    "MissingExtraError",
    "NotInitializedError",
    "RegionError",
    "RegionWarning",
    "RequestError",
    "Scheme",
    "SchemeClass",
    "SchemeError",
    "SclClass",
    "__version__",
    "class_codes",
    "class_statistics",
    "collection",
    "get_scheme",
    "initialize",
    "legend",
    "local_session",
    "without_duplicates",
]
