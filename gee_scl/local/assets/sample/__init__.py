"""The synthetic sample: a small STAC catalogue of invented Sentinel-2 images, made on first use in the user's cache."""

from gee_scl.local.assets.sample.catalogue import cache_folder, ensure_sample, sample_regions

__all__ = ["cache_folder", "ensure_sample", "sample_regions"]
