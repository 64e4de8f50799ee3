"""Pixels as numbers: grids, lazy images, files, operators, neighbourhoods, reducers and the reductions over regions.

Here belongs whatever computes values and masks on a grid, and what reads and writes raster files. It imports `context`,
`values`, `vector`, `texts` and `errors`; not `features`, and no algorithm's name but the keys of its tables.
"""
