"""What carries properties: selecting, filtering, joining and aggregating the elements of collections.

Here belongs what is decided by properties and places, without reading pixels. It imports `values`, `vector` and what is
below them; not `raster`.
"""
