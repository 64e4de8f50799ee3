"""Exports: what a task writes, and the folder that stands for Drive, Cloud Storage and assets."""
