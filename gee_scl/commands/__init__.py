"""The commands of gee-scl: one module each, with what it is asked and what it does."""
