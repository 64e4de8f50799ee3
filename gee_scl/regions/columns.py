"""The regions' own columns: which there are, and the one that names the regions."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from numbers import Real

from gee_scl.errors import Plain, RegionError
from gee_scl.options.names import nearest
from gee_scl.regions.drafts import Source
from gee_scl.regions.refusals import without_id

FRAME_COLUMNS = (
    *("region", "image", "tile", "date", "class_value", "class_name"),
    *("pixels", "area_m2", "percent", "percent_of_region"),
    *("from_value", "from_name", "to_value", "to_name"),
    *("both_cloud", "only_scl", "only_other", "both_clear", "agreement"),
    *("day", "time", "total", "region_order"),
)
"""What the columns of frames and exported tables are called: a region's own of that name would be lost in them."""

_OURS = re.compile(r"(pixels|area)_\d+|pixels_outside_scheme|gee_scl.*|system:.*|\.geo")
"""Columns of an answer that are called after class values, and names of this package and of Earth Engine."""


def check_kept(keep: Sequence[str], taken: Collection[str] = ()) -> None:
    """Refuse to carry columns that are called like those of a frame or table.

    Args:
        keep: names of the regions' columns.
        taken: further names, such as those of classes in the wide layout.

    Raises:
        RegionError: one is called so.
    """
    for column in keep:
        if column in FRAME_COLUMNS or column in taken or _OURS.fullmatch(str(column)):
            allowed = f"columns of other names than those of the result: {', '.join((*FRAME_COLUMNS, *taken))}"
            hint = f"Rename it in the regions first, for example to {f'own_{column}'!r}."
            raise RegionError("keep", column, allowed, hint)


def region_ids(source: Source, column: str) -> list[object]:
    """The ids of regions, in their order.

    Args:
        source: the regions as they were read.
        column: the property that holds the ids; "id" may also be GeoJSON's own.

    Raises:
        RegionError: no such property, or ids that are missing, repeated, or neither text nor number.
    """
    if column == "id" and "id" not in source.columns and any(draft.feature_id is not None for draft in source.drafts):
        ids = [draft.feature_id for draft in source.drafts]
    else:
        require_column("id", column, source.columns)
        ids = [draft.properties.get(column) for draft in source.drafts]
    positions: dict[object, list[int]] = {}
    for position, value in enumerate(ids):
        if value is None or value != value:  # NaN and NaT differ from themselves
            raise without_id(column, position)
        if not isinstance(value, str | Real):
            fault = Plain(f"{column!r}, which is {value!r} at position {position}")
            raise RegionError("id", fault, "a property that holds text or numbers")
        positions.setdefault(value, []).append(position)
    repeated = [f"{value!r} at positions {_list(places)}" for value, places in positions.items() if len(places) > 1]
    if repeated:
        raise RegionError(
            "id", Plain(f"{column!r}, which repeats {_list(repeated, 3)}"), "a property that names each region"
        )
    return ids


def _list(values: Sequence[object], limit: int = 5) -> str:
    rest = len(values) - limit
    return ", ".join(map(str, values[:limit])) + (f" and {rest} more" if rest > 0 else "")


def require_column(argument: str, column: str, columns: Collection[str]) -> None:
    """Refuse a column that the regions do not have.

    Args:
        argument: of the function that was called, as the error says.
        column: the name that was given.
        columns: those that there are.

    Raises:
        RegionError: it is not there.
    """
    if column not in columns:
        names = ", ".join(map(repr, columns))
        allowed = f"one of the properties {names}" if names else "nothing, the regions have no properties"
        raise RegionError(argument, column, allowed, nearest(column, columns))
