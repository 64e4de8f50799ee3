"""HTML files to send to somebody: the map, the report, and what both are made of."""
