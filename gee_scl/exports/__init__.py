"""Exports: rasters and tables to Drive, Cloud Storage, assets and local files, and the tasks that make them.

It imports `statistics` and what lies below.
"""

# From the way in to what lies under it, each importing only what comes after it:
#
# images, tables         one task or many, of rasters or of class statistics
# table_parts            how a table is cut where one task cannot write it
# table_export           a handle of all tasks of a table
# download               a raster of this machine, without a task
# table_files            what a table's task has written, read as the statistics frame
# task_list              all tasks: found again, watched, waited for, retried
# queue                  tasks are started: nothing twice, and no more than has room
# task, status           a handle of one task, and how it is doing
# journal, request       requests, as they are kept on this machine, and one of them
# rasters                what is exported of an image
# lattices               where it lies: grids, bounds of images and regions
# raster_options         what is exported of each image, as a caller says it
# destinations           where tasks write, and how files are written there
# table_columns          columns of tables, and their cells
# grids, pixel_types     values: pixels of a raster, and their types
# names                  names of exports, and marks by which a task is known again
# raster_files           class rasters on this machine: colours, names, styles

from __future__ import annotations

from gee_scl.exports.destinations import Asset, CloudStorage, Drive
from gee_scl.exports.download import download_image
from gee_scl.exports.images import export_collection, export_image, preview_exports
from gee_scl.exports.table_export import TableExport
from gee_scl.exports.table_files import read_exported
from gee_scl.exports.tables import export_table, plan_table
from gee_scl.exports.task import Task
from gee_scl.exports.task_list import retry_failed, tasks, wait_all, watch

__all__ = [
    "Asset",
    "CloudStorage",
    "Drive",
    "TableExport",
    "Task",
    "download_image",
    "export_collection",
    "export_image",
    "export_table",
    "plan_table",
    "preview_exports",
    "read_exported",
    "retry_failed",
    "tasks",
    "wait_all",
    "watch",
]


def __dir__() -> list[str]:
    return __all__
