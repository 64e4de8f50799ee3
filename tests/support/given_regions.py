"""Regions as users give them, and what is read of them."""

from __future__ import annotations

import geopandas
import numpy as np
import shapely
from hypothesis import strategies as st

from gee_scl.regions.as_regions import as_regions
from gee_scl.regions.region import Region

SQUARE = {"type": "Polygon", "coordinates": [[[10, 50], [11, 50], [11, 51], [10, 51], [10, 50]]]}


TRIANGLE = {"type": "Polygon", "coordinates": [[[20, 50], [21, 50], [20, 51], [20, 50]]]}


UTM_SQUARE = shapely.box(500_000, 5_500_000, 510_000, 5_510_000)


# PROJ knows the Mollweide projection, EPSG has no code for it.
MOLLWEIDE = "+proj=moll +lon_0=0 +datum=WGS84 +units=m"


def feature(geometry, **properties):
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def features(*members, **more):
    return {"type": "FeatureCollection", "features": list(members), **more}


def polygon(*rings):
    return {"type": "Polygon", "coordinates": [[list(position) for position in ring] for ring in rings]}


def frame(*shapes, crs="EPSG:4326", **columns):
    return geopandas.GeoDataFrame(columns, geometry=list(shapes), crs=crs)


def only(regions, **options) -> Region:
    (region,) = as_regions(regions, **options).items
    return region


def ids(regions, **options):
    return [region.id for region in as_regions(regions, **options).items]


def longitudes(region):
    return [x for x, _ in region.geometry["coordinates"][0]]


@st.composite
def convex_polygons(draw):
    """Corners on an ellipse, anywhere on Earth but at the poles, the antimeridian included."""
    angles = sorted(draw(st.sets(st.integers(0, 359), min_size=3, max_size=12)))
    longitude, latitude = draw(st.integers(-180, 179)), draw(st.integers(-80, 80))
    width = draw(st.sampled_from([0.01, 1.0, 30.0]))
    x = longitude + width * np.cos(np.radians(angles))
    y = latitude + min(width, 5.0) * np.sin(np.radians(angles))
    return list(zip(((x + 180) % 360 - 180).tolist(), y.tolist(), strict=True))
