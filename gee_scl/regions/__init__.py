"""Anything a user calls a region, read into one checked value, and what it becomes on Earth Engine.

From the way in to what lies under it, each importing only what comes after it:

* `as_regions`: the way in, `as_regions` and, for one place, `as_region`.
* `files`: vector files, read.
* `sources`: bounding boxes, GeoJSON, shapes and frames of geopandas, read.
* `antimeridian`: rings that cross it, made continuous.
* `outlines`: all regions' rings as one flat table, and whether they have an area, lie on the Earth and are valid.
* `rings`: the rings of one region: closed, finite, in a CRS with an EPSG code.
* `columns`: the column that names the regions, and whether a column is there.
* `drafts`: regions as they were read, nothing checked yet.
* `around`: the area around regions, by which images are looked for.
* `region`: the values that all this makes, `Region` and `Regions`, and how an outline is sent with a request.
* `boxes`: boxes in degrees, with what great circles reach beyond them.
* `crs`: names of coordinate reference systems, and the way to longitude and latitude.
* `refusals`, `extras`: how a region is refused by its id; packages that may not be installed.

The room imports `requests` and what lies below. To import `region` loads no package of an extra.
"""
