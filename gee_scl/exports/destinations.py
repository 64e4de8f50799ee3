"""Where tasks write: Drive, Cloud Storage or an asset, as values, and how files are written there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, fields

from gee_scl.errors import ArgumentError
from gee_scl.exports.pixel_types import LOWEST_NUMBER
from gee_scl.options.arguments import check_fields, checked
from gee_scl.options.checks import number_between, whole_number
from gee_scl.options.choices import TableFormat
from gee_scl.requests.connection import open_project
from gee_scl.requests.task_bodies import Store, TaskPlace

__all__ = ["Asset", "CloudStorage", "Drive"]

FILE_BLOCK = 256
"""Of which the sides of files are multiples: Earth Engine's `shardSize`."""

_ASSET_PART = re.compile(r"[A-Za-z0-9_-]{1,100}")

_OF_RASTERS = ("nodata", "cloud_optimized", "file_dimensions", "skip_empty")
_OF_TABLES = ("table_format",)


@dataclass(frozen=True, kw_only=True)
class Files:
    """How files are written; `Drive` and `CloudStorage` say what each means."""

    nodata: float | None = None
    cloud_optimized: bool = True
    file_dimensions: int | Sequence[int] | None = None
    skip_empty: bool = False
    table_format: TableFormat | str = "CSV"

    def __post_init__(self) -> None:
        check_fields(self, but=("bucket",))
        if self.nodata is not None:
            number_between("nodata", self.nodata, LOWEST_NUMBER)
        object.__setattr__(self, "file_dimensions", _checked_sides(self.file_dimensions))
        object.__setattr__(self, "table_format", TableFormat.of("table_format", self.table_format))

    @property
    def sides(self) -> tuple[int, int] | None:
        """Columns and rows of the files of a large image; None leaves them to Earth Engine."""
        sides = self.file_dimensions
        return None if sides is None or isinstance(sides, int) else (sides[0], sides[1])

    @property
    def format(self) -> TableFormat:
        """Of tables."""
        return TableFormat(self.table_format)  # type: ignore[call-arg]

    def refuse(self, names: Sequence[str], of: str) -> None:
        """Refuse what is said of other files than those that are to be written.

        Raises:
            ArgumentError: one of these fields is not as it is by default.
        """
        for field in fields(self):
            if field.name in names and getattr(self, field.name) != field.default:
                text = f"{type(self).__name__} with {field.name}={getattr(self, field.name)!r}"
                raise ArgumentError("to", text, f"a destination without it, as it is of {of}")


@dataclass(frozen=True)
class Drive(Files):
    """A folder of Google Drive.

    Attributes:
        folder: its name; it is made if there is none. None is the top of Drive.
        nodata: of rasters, the value of masked pixels. None takes 0 for classes (255 where 0 is a class), the highest
            value of unsigned numbers, the lowest of signed ones, and -9999 for fractions.
        cloud_optimized: of rasters, whether files can be read in parts over a network, and have overviews.
        file_dimensions: of rasters, columns and rows of the files that a large image is cut into, or one number for
            both, multiples of 256; None cuts at 2 GiB, as Earth Engine does. `add_color_table` joins them.
        skip_empty: of rasters, whether files without any data are left out.
        table_format: of tables: "CSV"; "GeoJSON", "SHP", "KML" or "KMZ", which have the regions' outlines too;
            "TFRecord". Shapefiles cut the names of columns after ten characters.

    All but the folder are given by name. What is said of rasters is refused where a table is exported, and the other
    way round.

    Raises:
        ArgumentError: an empty name, or another value that cannot be used.

    Examples:
        >>> task = exports.export_image(image, "lake", to=exports.Drive("scl"), region=(11.60, 46.44, 11.65, 46.47))

        The local engine writes to a folder in place of Drive:

        >>> task.wait().destinations
        ('file:///.../gee-scl-exports/drive/scl/lake.tif',)

        A table with the regions' outlines:

        >>> outlined = exports.Drive("scl", table_format="GeoJSON")
        >>> exports.export_table(image, fields, "fields", to=outlined).wait().destinations
        ('file:///.../gee-scl-exports/drive/scl/fields.geojson',)
    """

    folder: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.folder is not None:
            _check_text("folder", self.folder, "the name of a folder, or None")

    @checked()
    def address(self, name: str) -> str:
        """What the export of this name is called there, for people.

        Args:
            name: of the file.
        """
        return f"drive://{_path(self.folder, name)}"

    @checked()
    def task_place(self, name: str, *, replace: bool = False) -> TaskPlace:
        """The place as a task is told.

        Args:
            name: of the file.
            replace: of no use here: Drive keeps both files.
        """
        return TaskPlace(Store.DRIVE, name, self.folder)


@dataclass(frozen=True)
class CloudStorage(Files):
    """A bucket of Google Cloud Storage.

    Attributes:
        bucket: its name.
        prefix: before the files' names, with "/" between folders; None for none.
        nodata: as in `Drive`, like all that follow.
        cloud_optimized: likewise.
        file_dimensions: likewise.
        skip_empty: likewise.
        table_format: likewise.

    All but bucket and prefix are given by name.

    Raises:
        ArgumentError: an empty name, or another value that cannot be used.

    Examples:
        >>> bucket = exports.CloudStorage("your-bucket", "scl/2023", file_dimensions=4096)
        >>> exports.export_image(image, "lake", to=bucket, region=(11.60, 46.44, 11.65, 46.47)).wait().destinations
        ('file:///.../gee-scl-exports/gs/your-bucket/scl/2023/lake.tif',)
    """

    bucket: str
    prefix: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_text("bucket", self.bucket, "the name of a bucket")
        if self.prefix is not None:
            _check_text("prefix", self.prefix, "folders with '/' between them, or None")

    @checked()
    def address(self, name: str) -> str:
        """What the export of this name is called there.

        Args:
            name: of the file.
        """
        return f"gs://{_path(self.bucket, self.prefix, name)}"

    @checked()
    def task_place(self, name: str, *, replace: bool = False) -> TaskPlace:
        """The place as a task is told.

        Args:
            name: of the file.
            replace: of no use here: Cloud Storage always replaces the object.
        """
        return TaskPlace(Store.CLOUD_STORAGE, _path(self.prefix, name), self.bucket)


@dataclass(frozen=True)
class Asset:
    """A folder of Earth Engine's assets. An asset keeps its mask, is never cut, and has no file format.

    Attributes:
        folder: its id; None is that of the project, `projects/<project>/assets`.

    Raises:
        ArgumentError: no id of a folder of assets.

    Examples:
        >>> task = exports.export_image(image, "lake", to=exports.Asset(), region=(11.60, 46.44, 11.65, 46.47))
        >>> task.wait().state
        'SUCCEEDED'
        >>> ee.Image("projects/gee-scl-local/assets/lake").bandNames().getInfo()
        ['SCL']
    """

    folder: str | None = None

    def __post_init__(self) -> None:
        if self.folder is None:
            return
        allowed = "the id of a folder of assets, such as 'projects/my-project/assets/scl'"
        _check_text("folder", self.folder, allowed)
        parts = self.folder.split("/")
        old = parts[0] == "users"
        if not (old and len(parts) > 1) and not (parts[0] == "projects" and len(parts) > 2 and parts[2] == "assets"):
            raise ArgumentError("folder", self.folder, allowed)
        wrong = next((part for part in parts[1 if old else 3 :] if not _ASSET_PART.fullmatch(part)), None)
        if wrong is not None:
            raise ArgumentError("folder", self.folder, f"folders of letters, digits, '-' and '_', unlike {wrong!r}")

    @checked()
    def address(self, name: str) -> str:
        """The id of the asset of this name. No request is made, but a session is open.

        Args:
            name: of the asset.
        """
        folder = f"projects/{open_project()}/assets" if self.folder is None else self.folder
        return f"{folder}/{name}"

    @checked()
    def task_place(self, name: str, *, replace: bool = False) -> TaskPlace:
        """The place as a task is told.

        Args:
            name: of the asset.
            replace: whether one that exists may be replaced.
        """
        return TaskPlace(Store.ASSET, self.address(name), replace=replace)


Destination = Drive | CloudStorage | Asset
"""Where an export goes."""

_INSTEAD = {"drive": "Drive('folder')", "cloud": "CloudStorage('bucket', 'prefix')", "asset": "Asset('folder')"}
"""What to write for a word."""


def raster_destination(to: object) -> Destination:
    """Where a raster goes, as a caller gives it.

    Raises:
        ArgumentError: it is no destination, or says of tables how they are written.
    """
    destination = _checked(to)
    if isinstance(destination, Files):
        destination.refuse(_OF_TABLES, "tables")
    return destination


def table_destination(to: object) -> Destination:
    """Where a table goes, as a caller gives it.

    Raises:
        ArgumentError: it is no destination, or says of rasters how they are written.
    """
    destination = _checked(to)
    if isinstance(destination, Files):
        destination.refuse(_OF_RASTERS, "rasters")
    return destination


def _checked(to: object) -> Destination:
    if isinstance(to, Drive | CloudStorage | Asset):
        return to
    instead = _INSTEAD.get(to) if isinstance(to, str) else None
    hint = "" if instead is None else f"Write to=gee_scl.exports.{instead}."
    raise ArgumentError("to", to, "a Drive(...), CloudStorage(...) or Asset(...) of gee_scl.exports", hint)


def _checked_sides(file_dimensions: int | Sequence[int] | None) -> tuple[int, int] | None:
    if file_dimensions is None:
        return None
    sides = file_dimensions if isinstance(file_dimensions, Sequence) else (file_dimensions,) * 2
    allowed = f"positive multiples of {FILE_BLOCK}, or None"
    try:
        width, height = (whole_number("file_dimensions", side, FILE_BLOCK) for side in sides)
    except ValueError as error:
        raise ArgumentError("file_dimensions", file_dimensions, allowed) from error
    if width % FILE_BLOCK or height % FILE_BLOCK:
        raise ArgumentError("file_dimensions", file_dimensions, allowed)
    return width, height


def _check_text(argument: str, text: object, allowed: str) -> None:
    if not isinstance(text, str) or not text.strip("/ "):
        raise ArgumentError(argument, text, allowed)


def _path(*parts: str | None) -> str:
    return "/".join(part.strip("/") for part in parts if part)
