"""What a run of the comparisons was made with."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

import rasterio

from tests.benchmarks.alone import CHECKOUT
from tests.benchmarks.contenders import CONTENDERS

_PACKAGES = "earthengine-api", "numpy", "scipy", "pandas", "geopandas", "rasterio", "shapely", "xarray", "numba"


def facts() -> dict[str, str | int]:
    """The machine, and the state of this checkout."""
    return {
        "system": platform.platform(),
        "processors": os.cpu_count() or 0,
        "python": platform.python_version(),
        "commit": commit(CHECKOUT),
    }


def versions() -> dict[str, str]:
    """Of the contenders that are installed, and of what they stand on."""
    found = {"GDAL": rasterio.__gdal_version__}
    rivals = [contender.package for contender in CONTENDERS.values() if contender.package is not None]
    for name in dict.fromkeys([*rivals, *_PACKAGES]):
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def described() -> str:
    """Both, for people."""
    known = facts()
    listed = ", ".join(f"{name} {version}" for name, version in versions().items())
    return (
        f"gee-scl at {known['commit']}, Python {known['python']}, {known['processors']} processors, {known['system']}\n"
        f"{listed}"
    )


def commit(checkout: Path) -> str:
    """Its name, with a plus where files differ from it; the folder's name where git knows none."""
    command = ["git", "-C", str(checkout), "describe", "--always", "--dirty=+", "--exclude=*"]
    try:
        asked = subprocess.run(command, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return checkout.resolve().name
    return asked.stdout.strip()
