"""Values as the JSON of the REST API: what getInfo shows, and bands as assets list them.

Here belongs the form of answers, each written once. It imports `features`, `raster` and what is below them.
"""
