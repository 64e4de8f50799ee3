"""Class rasters as files: colour tables, class names and styles, written into them and beside them."""
