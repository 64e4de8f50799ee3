"""Where images, collections and tables come from: STAC items, what was exported or created, and the synthetic sample.

Here belongs what turns files and metadata into Earth Engine's assets and back. It imports `answers`, `raster`, `places`
and what is below them; never `views`, `graph` or `algorithms`: an asset is loaded, not asked for.
"""
