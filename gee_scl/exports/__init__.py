"""Exports: rasters and tables to Drive, Cloud Storage, assets and local files, and the tasks that make them."""

from __future__ import annotations

from gee_scl.exports.download import DownloadedRaster, download_image
from gee_scl.exports.images import export_collection, export_image, preview_exports
from gee_scl.exports.listing import find_tasks, retry_failed, tasks, wait_all, watch
from gee_scl.exports.names import valid_name
from gee_scl.exports.tables import export_table, read_exported
from gee_scl.exports.task import Task, TaskStatus

__all__ = [
    "DownloadedRaster",
    "Task",
    "TaskStatus",
    "download_image",
    "export_collection",
    "export_image",
    "export_table",
    "find_tasks",
    "preview_exports",
    "read_exported",
    "retry_failed",
    "tasks",
    "valid_name",
    "wait_all",
    "watch",
]


def __dir__() -> list[str]:
    return __all__
