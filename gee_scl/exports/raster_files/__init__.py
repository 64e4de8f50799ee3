"""Class rasters as files: colours, class names, statistics and styles, written into them and beside them.

From the way in to what lies under it, each importing only what comes after it:

* `color_tables`: the way in, `add_color_table`, and what it did with a raster, `ColoredRaster`.
* `side_files`: the files beside a raster: which belong there, which may be replaced, and what a killed call has left.
* `tiffs`: a TIFF written again with its colours, and compared with the original.
* `class_rasters`: a raster as it is, with the classes that it is to show; refused where it cannot have colours.
* `pixels`: the pixels of a raster that is open, counted or read a stripe at a time.
* `bands`: what a band says of its classes and statistics, as tags (`band_tags`) and as GDAL's XML.
* `tiled`: which files are parts of one export, and the VRT that joins them.
* `styles`: a scheme as GIS programs read it: here are the colours and names of each value, in every format.

It imports `classes`, `requests` and what lies below, and nothing else of `exports`.
"""
