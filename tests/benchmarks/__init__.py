"""Commands that measure how fast the package is, against named peers in the same run."""
