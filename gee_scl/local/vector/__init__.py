"""Geometries: their vertices and edges on the sphere and on planes, coordinate reference systems, and GeoJSON.

Here belongs what shapes are and how they are measured and carried; nothing here knows a pixel, a property or a request.
It imports `errors` only.
"""
