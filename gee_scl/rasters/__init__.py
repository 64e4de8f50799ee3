"""Rasters on disk that say what they show: colour tables, class names, and styles for other programs."""
