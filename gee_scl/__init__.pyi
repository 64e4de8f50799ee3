"""The public names, and where each is defined: for type checkers and editors, and for `__init__.py`.

That imports a name from here when it is first asked for. What comes from a package is one of its modules.
"""

from gee_scl import exports, views
from gee_scl.classes.baselines import baseline_table
from gee_scl.classes.class_table import SclClass
from gee_scl.classes.legend import legend
from gee_scl.classes.mask_presets import MASK_PRESETS, mask_table
from gee_scl.classes.palettes import PALETTES
from gee_scl.classes.scheme_class import SchemeClass
from gee_scl.classes.schemes import SCHEMES, Scheme
from gee_scl.errors import (
    ArgumentError,
    CheckpointError,
    ClassError,
    CollectionError,
    FolderError,
    GeeSclError,
    IncompleteError,
    MissingExtraError,
    NotInitializedError,
    RegionError,
    RequestError,
    SchemeError,
)
from gee_scl.exports.raster_files.color_tables import ColoredRaster, add_color_table
from gee_scl.expressions.cloud_products import with_cloud_probability, with_cloud_score
from gee_scl.expressions.colors import true_color, visualize
from gee_scl.expressions.composites import PixelScore, composite, monthly_composites
from gee_scl.expressions.masks import class_mask, keep_classes, mask_clouds, masked_share
from gee_scl.expressions.morphology import dilate, distance_to, erode, mask_edges, remove_specks
from gee_scl.expressions.occurrence import class_date, mode, occurrence
from gee_scl.expressions.quality import always_cloud, cloud_agreement, contradicted_snow
from gee_scl.expressions.remap import indicators, remap, with_class_properties
from gee_scl.expressions.transitions import transition_image
from gee_scl.frames.partitions import read_statistics
from gee_scl.frames.region_warning import RegionWarning
from gee_scl.requests.limits import Limits
from gee_scl.requests.patience import QuotaWarning
from gee_scl.requests.run import Run
from gee_scl.scenes.changes import BaselineWarning
from gee_scl.scenes.clear_share import best_scenes, clear_shares, with_clear_share
from gee_scl.scenes.collection import collection, without_duplicates
from gee_scl.scenes.mosaics import daily_mosaics
from gee_scl.scenes.percentages import tile_percentages
from gee_scl.scenes.periods import with_period
from gee_scl.scenes.scene import DayWarning
from gee_scl.scenes.surroundings import with_pass_classes
from gee_scl.session import initialize, local_session, sample_regions
from gee_scl.statistics.checkpoint_folder import clear_checkpoint
from gee_scl.statistics.class_statistics import class_statistics
from gee_scl.statistics.cloud_agreement import cloud_agreement_table
from gee_scl.statistics.plan import Plan, plan, plan_transitions
from gee_scl.statistics.transitions import transitions
from gee_scl.views import charts, layers
from gee_scl.views.contact_sheet import contact_sheet
from gee_scl.views.pages.map_page import write_map
from gee_scl.views.pages.report import write_report
from gee_scl.views.thumbnails import thumbnail
from gee_scl.views.timelapses import timelapse
from gee_scl.views.view import View

__version__: str

__all__ = [
    "MASK_PRESETS",
    "PALETTES",
    "SCHEMES",
    "ArgumentError",
    "BaselineWarning",
    "CheckpointError",
    "ClassError",
    "CollectionError",
    "ColoredRaster",
    "DayWarning",
    "FolderError",
    "GeeSclError",
    "IncompleteError",
    "Limits",
    "MissingExtraError",
    "NotInitializedError",
    "PixelScore",
    "Plan",
    "QuotaWarning",
    "RegionError",
    "RegionWarning",
    "RequestError",
    "Run",
    "Scheme",
    "SchemeClass",
    "SchemeError",
    "SclClass",
    "View",
    "__version__",
    "add_color_table",
    "always_cloud",
    "baseline_table",
    "best_scenes",
    "charts",
    "class_date",
    "class_mask",
    "class_statistics",
    "clear_checkpoint",
    "clear_shares",
    "cloud_agreement",
    "cloud_agreement_table",
    "collection",
    "composite",
    "contact_sheet",
    "contradicted_snow",
    "daily_mosaics",
    "dilate",
    "distance_to",
    "erode",
    "exports",
    "indicators",
    "initialize",
    "keep_classes",
    "layers",
    "legend",
    "local_session",
    "mask_clouds",
    "mask_edges",
    "mask_table",
    "masked_share",
    "mode",
    "monthly_composites",
    "occurrence",
    "plan",
    "plan_transitions",
    "read_statistics",
    "remap",
    "remove_specks",
    "sample_regions",
    "thumbnail",
    "tile_percentages",
    "timelapse",
    "transition_image",
    "transitions",
    "true_color",
    "views",
    "visualize",
    "with_class_properties",
    "with_clear_share",
    "with_cloud_probability",
    "with_cloud_score",
    "with_pass_classes",
    "with_period",
    "without_duplicates",
    "write_map",
    "write_report",
]
