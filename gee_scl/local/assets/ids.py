"""Ids of the assets that users write: which are allowed, and which folder each has."""

from __future__ import annotations

import re
from pathlib import Path

from gee_scl.local.errors import EvaluationError

PUBLIC = "projects/earthengine-public/assets/"
"""What the REST API puts before the ids of public assets."""

LEGACY = "projects/earthengine-legacy/assets/"
"""What the client puts before ids of the old form, `users/NAME/...`."""

_FOREIGN = ("projects/earthengine-public/", "projects/earthengine-legacy/")
"""Where nobody writes."""

_MAX_FOLDERS = 10
_PART = re.compile(r"[A-Za-z0-9_-]{1,100}")
_PROJECT = re.compile(r"[a-z][a-z0-9-]{4,28}[a-z0-9]")

_INVALID_NAME = (
    "Invalid asset name: '{}'. Folder names must be separated with '/', and at most 10 folders are allowed in the "
    "path. Names must contain only the following characters: A..Z, a..z, 0..9, '_' or '-'."
)


def plain_id(name: str) -> str:
    """An asset's id: names of the old form come with the client's prefix."""
    return name.removeprefix(LEGACY)


def full_name(asset_id: str) -> str:
    """An asset's name in the REST API."""
    return asset_id if asset_id.startswith("projects/") else LEGACY + asset_id


def is_root(asset_id: str) -> bool:
    """Whether it is that of a project's assets, or of a user's, as a whole."""
    parts = asset_id.split("/")
    return (parts[0] == "projects" and len(parts) == 3 and parts[2] == "assets") or (
        parts[0] == "users" and len(parts) == 2
    )


def folder_of(root: Path, asset_id: str) -> Path:
    """The folder of an id, which every part of must be a plain name.

    Raises:
        EvaluationError: the name is not allowed.
    """
    parts = asset_id.split("/")
    rooted = (parts[0] == "projects" and parts[2:3] == ["assets"] and _PROJECT.fullmatch(parts[1])) or (
        parts[0] == "users" and len(parts) > 1
    )
    if not rooted or len(parts) > _MAX_FOLDERS + 3 or not all(map(_PART.fullmatch, parts)):
        raise EvaluationError(_INVALID_NAME.format(asset_id[:200]))
    return root.joinpath(*parts)


def check_writable(name: str) -> None:
    """Refuse a name under which nobody writes, or that is a root's.

    Raises:
        EvaluationError: it is one.
    """
    asset_id = plain_id(name)
    if asset_id.startswith(_FOREIGN):
        raise EvaluationError(f"Asset '{asset_id:.200}' does not exist or doesn't allow this operation.")
    if is_root(asset_id):
        raise EvaluationError(_INVALID_NAME.format(name))
