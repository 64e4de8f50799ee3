"""Values as colours: palettes, stretches, styles, and geometries drawn with pens.

Here belongs what makes an image of bytes to look at; making a file of it is left to `views`. It imports `raster` and
what is below it.
"""
