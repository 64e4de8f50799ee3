"""The way in: anything a user calls a region, read, checked and named before anything is sent."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ee
import numpy as np

from gee_scl.errors import RegionError
from gee_scl.options.arguments import checked
from gee_scl.regions.antimeridian import unwrap
from gee_scl.regions.columns import check_kept, region_ids, require_column
from gee_scl.regions.crs import GEODETIC_CRS
from gee_scl.regions.drafts import Draft
from gee_scl.regions.files import read_file
from gee_scl.regions.outlines import centroids, check_degrees, check_shapes, flat_outlines, geometries, part_boxes
from gee_scl.regions.refusals import no_regions
from gee_scl.regions.region import Region, Regions
from gee_scl.regions.sources import read_object


@checked(but=("regions",))
def as_regions(
    regions: object, *, id: str | None = None, keep: str | Sequence[str] = (), layer: str | None = None
) -> Regions:
    """Reads, checks and names regions.

    Earth Engine objects are kept as they are and can only be checked by the server. All other regions are refused here,
    by id, if they have no area, are invalid, contain a pole, or exceed Earth Engine's limit of 2,000,000 vertices. Open
    rings are closed; a MultiPolygon cut at the antimeridian (RFC 7946) stays cut.

    Args:
        regions: an ee.FeatureCollection, ee.Feature or ee.Geometry; GeoJSON as dict or file; the path of a vector file;
            a GeoDataFrame or GeoSeries; anything with `__geo_interface__`; a bounding box (west, south, east, north) in
            degrees, which crosses the antimeridian where west > east, and is at most 180 degrees wide then; or a list
            of such geometries or features. Regions that were read before stay as they are.
        id: property (column) that holds the ids, all different and none missing. GeoJSON's own feature ids are used for
            id="id" if no property has that name. By default regions are numbered from 0.
        keep: properties (columns) to carry; None where a region lacks one.
        layer: layer of a vector file that has several.

    Returns:
        The regions. No request is made.

    Raises:
        RegionError: what was given is no region, or one that cannot be measured.
        MissingExtraError: a package of the extra "regions" or "parquet" is needed and not installed. Bounding boxes and
            Earth Engine objects need none.

    Examples:
        >>> from gee_scl.regions.as_regions import as_regions
        >>> as_regions((11.0, 48.0, 11.2, 48.1)).items[0].geodesic
        False
        >>> [region.id for region in as_regions(fields, id="name").items][:3]
        ['Lake', 'Farmland', 'Single field']
    """
    if isinstance(regions, Regions):
        return _read_before(regions, id, keep, layer)
    kept = _columns(keep)
    check_kept(kept)
    path = Path(os.fspath(regions)) if isinstance(regions, str | os.PathLike) else None
    if layer is not None and path is None:
        raise RegionError("layer", layer, "None, unless regions is the path of a vector file")
    server: ee.FeatureCollection | None = _server_side(regions)
    if server is not None:
        return Regions((), server, id, kept)
    wanted = kept if id is None else (id, *kept)
    source = read_object(regions, wanted) if path is None else read_file(path, layer, wanted)
    if not source.drafts:
        raise no_regions()
    ids = list(range(len(source.drafts))) if id is None else region_ids(source, id)
    for column in kept:
        require_column("keep", column, source.columns)
    return Regions(tuple(_build(source.drafts, ids, kept)), None, id, kept)


def _read_before(regions: Regions, id: str | None, keep: str | Sequence[str], layer: str | None) -> Regions:
    """Regions that this function has read before; their names and columns are settled."""
    for argument, value, settled in (
        ("id", id, regions.id_column),
        ("keep", _columns(keep), regions.keep),
        ("layer", layer, None),
    ):
        if value and value != settled:
            raise RegionError(argument, value, f"{settled!r}, as the regions were read", "Give it where they are read.")
    return regions


def _columns(keep: str | Sequence[str]) -> tuple[str, ...]:
    """The columns to carry, each once; a text is the name of one."""
    return (keep,) if isinstance(keep, str) else tuple(dict.fromkeys(keep))


def _server_side(regions: Any) -> ee.FeatureCollection | None:
    members = regions if isinstance(regions, list | tuple) else [regions]
    collection: ee.FeatureCollection | None = None
    if isinstance(regions, ee.FeatureCollection):
        collection = regions
    elif members and all(isinstance(region, ee.Feature | ee.Geometry) for region in members):
        collection = ee.FeatureCollection([ee.Feature(region) for region in members])
    return collection


def _build(drafts: Sequence[Draft], ids: Sequence[object], keep: Sequence[str]) -> Iterator[Region]:
    # A CRS without an EPSG code ends in longitude and latitude.
    systems = [draft.crs if draft.crs.startswith("EPSG:") else GEODETIC_CRS for draft in drafts]
    geodesic = [draft.geodesic or system != draft.crs for draft, system in zip(drafts, systems, strict=True)]
    outlines = flat_outlines(drafts, ids)
    check_degrees(outlines, np.array([system == GEODETIC_CRS for system in systems]), ids)
    unwrap(outlines, np.array(geodesic), ids)
    if not all(draft.is_box for draft in drafts):
        check_shapes(outlines, ids)
    shapes = geometries(outlines, len(drafts))
    boxes = part_boxes(outlines, len(drafts))
    centres = centroids(boxes, systems, ids)
    for index, draft in enumerate(drafts):
        properties = {name: draft.properties.get(name) for name in keep}
        yield Region(
            ids[index], shapes[index], systems[index], geodesic[index], properties, centres[index], boxes[index]
        )


def as_region(region: object, argument: str = "region", layer: str | None = None) -> Regions:
    """What `as_regions` reads, for a parameter that is called otherwise, as errors then say.

    Args:
        region: the same.
        argument: the caller's name for it.
        layer: of a vector file that has several.

    Raises:
        RegionError: as in `as_regions`, as is the other.
        MissingExtraError: see there.
    """
    try:
        return as_regions(region, layer=layer)
    except RegionError as error:
        argument = argument if error.argument == "regions" else error.argument
        raise RegionError(argument, error.given, error.allowed, error.hint) from None
