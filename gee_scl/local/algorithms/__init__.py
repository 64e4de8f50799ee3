"""Earth Engine's algorithms, one module per type, each function registered under its Earth Engine name."""

from __future__ import annotations

import importlib

MODULES = (
    "collection",
    "collection_pictures",
    "date",
    "dictionary",
    "element",
    "feature",
    "filter",
    "geometry",
    "image",
    "image_bands",
    "image_collection",
    "image_pictures",
    "image_expression",
    "image_frames",
    "image_mask",
    "image_math",
    "image_neighbourhood",
    "image_objects",
    "image_projection",
    "image_sampling",
    "image_styles",
    "join",
    "kernel",
    "list",
    "number",
    "pixel_type",
    "projection",
    "reducer",
    "reduction",
    "string",
)

for _module in MODULES:
    importlib.import_module(f"{__name__}.{_module}")
