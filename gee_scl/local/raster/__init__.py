"""Grids, lazy images, reducers and the reductions over regions."""
