"""How a region is refused: by its id, with what is wrong and what is allowed."""

from __future__ import annotations

from gee_scl.errors import Plain, RegionError


def refusal(region_id: object, fault: str, allowed: str, hint: str = "") -> RegionError:
    """The error that names a region and its fault."""
    return RegionError("regions", Plain(f"region {region_id!r}: {fault}"), allowed, hint)


def no_regions() -> RegionError:
    """The error of a collection without regions."""
    return RegionError("regions", Plain("an empty collection"), "at least one region")


def without_area(region_id: object) -> RegionError:
    """The error of a region that is no polygon."""
    return RegionError("regions", Plain(f"region {region_id!r} without area"), "polygons", "Buffer points and lines.")


def without_id(column: str | None, position: int) -> RegionError:
    """The error of a region that lacks what the others are named by."""
    fault = Plain(f"{column!r}, which has no value at position {position}")
    return RegionError("id", fault, "a property that every region has")


def outside(region_id: object, crs: str) -> RegionError:
    """The error of a region whose coordinates its CRS does not have."""
    return refusal(region_id, f"coordinates outside what {crs} can express", "coordinates in the region's own CRS")
