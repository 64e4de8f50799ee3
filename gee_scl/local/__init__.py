"""An Earth Engine over local rasters: it speaks the REST API on loopback and imports nothing of the rest of gee_scl."""
