"""Vector data of the embedded engine: geometries, features, filters and joins."""
