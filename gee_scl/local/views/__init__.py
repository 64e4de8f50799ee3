"""Pixels that requests ask for: computePixels, maps, thumbnails, films and filmstrips.

Here belongs what a request says of its image, bands and grid, the arrays that are read for it, and the files that are
sent. It imports `graph`, `pictures`, `raster` and what is below them; not `assets`.
"""
