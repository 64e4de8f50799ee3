"""Part of the embedded engine."""
