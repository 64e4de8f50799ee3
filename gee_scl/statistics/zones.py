"""UTM zones: which zone's grid each region is counted on, where images of several zones are put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import ee

from gee_scl.regions.place import Place
from gee_scl.scenes.scene import Scene
from gee_scl.statistics.grid import Grid
from gee_scl.statistics.parts import scene_digest


def zones(places: Sequence[Place], scenes: Sequence[Scene], grid: Grid) -> dict[str, list[int]]:
    """The regions' positions by the CRS they are counted in: that of the images' zones whose meridian is nearest.

    Args:
        places: the regions.
        scenes: the images.
        grid: as far as the caller has said.
    """
    if grid.crs is not None:
        return {grid.crs: list(range(len(places)))}
    candidates = sorted({scene.crs for scene in scenes})
    by_crs: dict[str, list[int]] = {}
    for position, place in enumerate(places):
        nearest = min(candidates, key=lambda crs: _off_meridian(crs, place.centroid))
        by_crs.setdefault(nearest, []).append(position)
    return by_crs


def _off_meridian(crs: str, centroid: tuple[float, float]) -> tuple[float, bool]:
    """How far a place is from the meridian of a UTM zone, in degrees; and whether it is in the other hemisphere."""
    zone = re.fullmatch(r"EPSG:32([67])(\d\d)", crs)
    if zone is None:
        return 360, False
    longitude, latitude = centroid
    meridian = 6 * int(zone[2]) - 183
    return abs((longitude - meridian + 180) % 360 - 180), (zone[1] == "6") != (latitude >= 0)


def zone_grid(
    crs: str, images_of: Callable[[Sequence[Scene]], ee.ImageCollection], scenes: Sequence[Scene], grid: Grid
) -> dict[str, Any]:
    """The arguments of reduceRegions for what is put together in a zone, which has no grid of its own.

    Args:
        crs: of the zone.
        images_of: some of the images, as a collection with one band.
        scenes: its images.
        grid: as far as the caller has said. The rest is that of the zone's first image, which is looked up by the
            request itself.
    """
    if grid.crs is not None:
        return {"crs": grid.crs, "scale": grid.scale or scenes[0].scale}
    model = _model(crs, scenes)
    return {"crs": ee.Image(images_of([model]).first()).projection(), "scale": grid.scale}


def zone_setting(crs: str, scenes: Sequence[Scene], grid: Grid) -> str:
    """By what the grid of a zone is known again, so that no answer is taken for one that was counted on another grid.

    Tiles of MGRS lie on one lattice, whichever image comes first; of other images the first one says where theirs is.

    Args:
        crs: of the zone.
        scenes: its images.
        grid: as far as the caller has said.
    """
    if grid.crs is not None:
        return f"{crs} {grid.scale or scenes[0].scale}"
    if grid.scale is not None:
        return f"{crs} {grid.scale}"
    model = _model(crs, scenes)
    return f"{crs} {model.scale}" + ("" if model.tile else f" {scene_digest(model)}")


def _model(crs: str, scenes: Sequence[Scene]) -> Scene:
    """The image whose grid a zone has, where the caller has named none."""
    return next(scene for scene in scenes if scene.crs == crs)
