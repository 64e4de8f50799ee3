"""A scheme of another class raster, whose values leave gaps."""

from __future__ import annotations

from gee_scl.classes.schemes import Scheme

WORLD_COVER = Scheme.from_lists(
    "worldcover",
    [10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 100],
    [
        "Tree cover",
        "Shrubland",
        "Grassland",
        "Cropland",
        "Built-up",
        "Bare / sparse vegetation",
        "Snow and ice",
        "Permanent water bodies",
        "Herbaceous wetland",
        "Mangroves",
        "Moss and lichen",
    ],
    ["006400", "ffbb22", "ffff4c", "f096ff", "fa0000", "b4b4b4", "f0f0f0", "0064c8", "0096a0", "00cf75", "fae6a0"],
)
