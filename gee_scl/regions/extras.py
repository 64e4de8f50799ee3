"""Packages that come with an extra, imported where a region needs them."""

from __future__ import annotations

import importlib
from typing import Any

from gee_scl.errors import MissingExtraError


def import_extra(package: str, extra: str, purpose: str) -> Any:
    """Import a package that may not be installed.

    Args:
        package: its name.
        extra: of gee-scl, that brings it.
        purpose: what it is needed for, with which the error begins.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        raise MissingExtraError(package, extra, purpose) from error
