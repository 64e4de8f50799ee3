"""The synthetic sample: a small STAC catalogue of invented Sentinel-2 images, made on first use in the user's cache.

Here belongs what invents it: the ground, the acquisitions, what is seen, and the files that it is kept in. It imports
the grid and the GeoTIFF writer of `raster`, and nothing else of the engine.
"""

from gee_scl.local.assets.sample.cache import CACHE_VARIABLE, cache_folder, ensure_sample
from gee_scl.local.assets.sample.regions import sample_regions

__all__ = ["CACHE_VARIABLE", "cache_folder", "ensure_sample", "sample_regions"]
